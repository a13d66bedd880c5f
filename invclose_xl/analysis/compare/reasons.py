"""Why a transaction came out otherwise in one run than in another.

In      the rows that two runs wrote, and the inputs they saw.
Out     one sentence per transaction.
Source  WORKBOOK "Command line" (status --compare).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.analysis.compare.inputs import Inputs
from invclose_xl.domain.models import MARKING, PRINCIPLES
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import Cause

BY_MARK = PRINCIPLES[MARKING]
OWN_LEG = r"^IC-\d+/W"
"""a closing transfer of the run itself: the same transfer has another number in every run"""
TRANSFER = "closing transfer W"
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class SettledWith:
    """The part of an issue that one receipt paid for."""

    quantity: int
    amount: int
    principles: frozenset[str]


@dataclass(frozen=True, slots=True)
class RunRows:
    """The rows that one run wrote."""

    changes: pl.DataFrame
    """adjustments and estimates: transaction, item, date, cause, amount"""
    pieces: dict[str, dict[str, SettledWith]]
    """issue -> receipt -> what it took"""
    places: dict[str, tuple[str, date | None]]
    totals: dict[str, int]
    causes: dict[str, dict[str, int]]
    """transaction -> cause -> amount"""

    @staticmethod
    def of(history: Tables, closing: str) -> "RunRows":
        """Return what a run wrote about transactions; closing transfers of its own are named without its number."""
        of_run = pl.col("closing") == closing
        adjusted = history["adjustments"].filter(of_run)
        estimated = history["estimated_costs"].filter(of_run)
        changes = pl.concat(
            [
                adjusted.select("transaction", "item", date="transaction_date", cause="cause", amount="adjustment"),
                estimated.select("transaction", "item", "date", cause=pl.lit("Estimate"), amount="amount"),
            ]
        )
        taken = pl.concat([history["settlements"].filter(of_run), history["value_links"].filter(of_run)]).with_columns(
            pl.col("issue", "receipt").str.replace(OWN_LEG.replace(r"IC-\d+", closing), TRANSFER)
        )
        pieces: dict[str, dict[str, SettledWith]] = {}
        sums = taken.group_by("issue", "receipt", maintain_order=True).agg(
            pl.col("quantity").sum(), pl.col("amount").sum(), pl.col("principle").unique()
        )
        for issue, receipt, quantity, amount, principles in sums.rows():
            pieces.setdefault(issue, {})[receipt] = SettledWith(quantity, amount, frozenset(principles))
        places = {t: (i, d) for t, i, d in changes.select("transaction", "item", "date").rows()}
        places |= {t: (i, d) for t, i, d in taken.select("issue", "item", "issue_date").rows()}
        causes: dict[str, dict[str, int]] = {}
        totals: dict[str, int] = {}
        for transaction, cause, amount in changes.select("transaction", "cause", "amount").rows():
            of = causes.setdefault(transaction, {})
            of[cause] = of.get(cause, 0) + amount
            totals[transaction] = totals.get(transaction, 0) + amount
        return RunRows(changes, pieces, places, totals, causes)

    def sum_amount(self, name: str) -> int:
        """Return what the run changed the cost of a transaction by."""
        return self.totals.get(name, 0)

    def find_item_and_date(self, name: str) -> tuple[str, date | None] | None:
        """Item and date of a transaction."""
        return self.places.get(name)

    def find_differing(self, other: "RunRows") -> list[str]:
        """Transactions whose cost or settlements differ; a closing transfer is none."""
        names = {*self.totals, *other.totals, *self.pieces, *other.pieces}
        return sorted(
            name
            for name in names
            if not name.startswith(TRANSFER)
            and (self.sum_amount(name) != other.sum_amount(name) or self.pieces.get(name) != other.pieces.get(name))
        )


def explain_why(name: str, before: RunRows, after: RunRows, seen: Inputs, now: Inputs) -> str:
    """Say in one sentence why a transaction came out otherwise; the first reasons only."""
    known = bool(seen.locked) and bool(now.locked)
    if known and name in now and name not in seen:
        return "New transaction."
    if known and name in seen and name not in now:
        return "The transaction is no longer there, or no longer dated in the period."
    reasons = [f"it has {words}" for words in seen.describe_changes(name, now)]
    reasons += _explain_by_cause(before.causes.get(name, {}), after.causes.get(name, {}))
    old, new = before.pieces.get(name, {}), after.pieces.get(name, {})
    if not set(old) & set(new):
        reasons += _explain_by_model(old, new)
    for receipt in [*new, *(r for r in old if r not in new)]:
        reasons += _explain_receipt(receipt, old.get(receipt), new.get(receipt), (before, after), (seen, now))
    reasons = list(dict.fromkeys(reason.replace("/R", "") if TRANSFER in reason else reason for reason in reasons)) or [
        "its cost was already different when the run began"
    ]
    more = f" and {len(reasons) - MOST_REASONS} more" if len(reasons) > MOST_REASONS else ""
    sentence = "; ".join(reasons[:MOST_REASONS]) + more
    return sentence[0].upper() + sentence[1:] + "."


def _explain_by_cause(old: dict[str, int], new: dict[str, int]) -> Iterator[str]:
    words = {
        Cause.MANUAL_ADJUSTMENT.value: "another cost adjustment",
        Cause.SETTLED_BEFORE.value: "another share of its cost adjustments is expensed",
        Cause.TRANSFER.value: "its transfer passes on another cost",
        Cause.RETURN.value: "its sale has another cost",
        Cause.PRODUCTION.value: "its components have another cost",
        "Estimate": "another estimate",
    }
    for cause, text in words.items():
        if old.get(cause, 0) != new.get(cause, 0):
            yield text


def _explain_by_model(old: dict[str, SettledWith], new: dict[str, SettledWith]) -> Iterator[str]:
    """Say that another model matched; where a receipt is common to both runs, its own sentence says so."""
    one, other = ({name for piece in pieces.values() for name in piece.principles} - {BY_MARK} for pieces in (old, new))
    if one and other and one != other:
        yield f"matched by {' and '.join(sorted(other))} instead of {' and '.join(sorted(one))}"


def _explain_receipt(
    receipt: str,
    old: SettledWith | None,
    new: SettledWith | None,
    rows: tuple[RunRows, RunRows],
    inputs: tuple[Inputs, Inputs],
) -> Iterator[str]:
    """Return what is different about the part taken from one receipt."""
    seen, now = inputs
    if old is None and new is not None:
        if new.principles == {BY_MARK}:
            yield f"marked to {receipt}"
        elif seen.locked and receipt in now and receipt not in seen:
            yield f"new receipt {receipt}"
        else:
            yield f"takes from {receipt}{_explain_share(receipt, inputs)}"
    elif new is None and old is not None:
        if old.principles == {BY_MARK}:
            yield f"no longer marked to {receipt}"
        elif now.locked and receipt in seen and receipt not in now:
            yield f"receipt {receipt} is no longer there"
        else:
            yield f"no longer takes from {receipt}{_explain_share(receipt, inputs)}"
    elif old is not None and new is not None and old != new:
        if old.principles != new.principles:
            by, instead = (" and ".join(sorted(piece.principles)) for piece in (new, old))
            yield f"{receipt} by {by} instead of {instead}"
        if old.quantity != new.quantity:
            yield f"another quantity of {receipt}"
        elif old.amount != new.amount:
            yield f"changed cost of {receipt}{_explain_cost(receipt, rows, inputs)}"


def _explain_share(receipt: str, inputs: tuple[Inputs, Inputs]) -> str:
    changes = inputs[0].describe_changes(receipt, inputs[1])
    return f" ({', '.join(changes)})" if changes else ""


def _explain_cost(receipt: str, rows: tuple[RunRows, RunRows], inputs: tuple[Inputs, Inputs]) -> str:
    """Why a receipt costs something else: its own cells, its adjustments, or what a closing transfer took together."""
    before, after = rows
    reasons = inputs[0].describe_changes(receipt, inputs[1])
    reasons += _explain_by_cause(before.causes.get(receipt, {}), after.causes.get(receipt, {}))
    leg = f"{receipt[:-2]}/I" if receipt.startswith(TRANSFER) else ""
    old, new = before.pieces.get(leg, {}), after.pieces.get(leg, {})
    for name in [*new, *(r for r in old if r not in new)]:
        reasons += _explain_receipt(name, old.get(name), new.get(name), rows, inputs)
    return f" ({', '.join(reasons[:MOST_REASONS])})" if reasons else ""
