"""Postings of a row that was split by partial invoicing, shared among its parts.

Amounts are shared by quantity, in row order by cumulative rounding, and so is how they were posted; each part goes on
from its share.

In      a book, and which of its rows stand for which locked row (closing.earlier.partial_invoices).
Out     Shares: the rows of result tables that say so. Together they are zero, so nothing reaches the ledger.
Units   minor units, positive: the cost rises.
Source  RULES R8.6, R10.2.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl

from invclose_xl.closing.earlier.partial_invoices import SplitRow
from invclose_xl.closing.state.as_seen import find_last_active_closing, get_transaction_key
from invclose_xl.closing.state.earlier_postings import Posted, PostedByAccount, read_active_manual_postings
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import to_date
from invclose_xl.domain.id_keys import make_key_column
from invclose_xl.domain.money import format_quantity, mul_div
from invclose_xl.domain.tables import ESTIMATED_COSTS, NOTE, SHEETS
from invclose_xl.domain.words import EstimateCause, EstimateType, Kind, LockedKind, Status

SPLIT_BASIS = "Taken back: the row was split, its parts go on with their shares"
SHARE_BASIS = "Share of {}"
Amounts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Rows of result tables."""

    adjustments: pl.DataFrame
    estimated_costs: pl.DataFrame
    notes: pl.DataFrame
    """columns of NOTE: for *Locked rows*"""
    rows: tuple[int, ...]
    """rows of Transactions that have a share"""


def write_parts_text(book: Book, split: SplitRow) -> str:
    """Write down the parts of a split row and their quantities."""
    transactions, scale = book.transactions, book.scales.quantity_scale
    parts = [[transactions.id[r], format_quantity(int(transactions.quantity[r]), scale)] for r in split.rows]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def share_out(book: Book, closing: str, up_to: date, splits: list[SplitRow]) -> Shares:
    """Share out what stands for each split row; one for which nothing stands has no shares."""
    stands = read_active_manual_postings(book, find_last_active_closing(book.history)) if splits else {}
    adjustments: list[dict[str, object]] = []
    estimates: list[dict[str, object]] = []
    notes: list[tuple[str, str, str]] = []
    rows: list[int] = []
    for split in splits:
        own = _Split(book, split, closing, up_to)
        adjusted, estimated = list(own.share_adjustments()), list(own.share_estimates())
        adjustments += adjusted
        estimates += estimated
        if adjusted or estimated:
            notes.append((split.name, write_parts_text(book, split), LockedKind.PARTS.value))
            notes += own.share_postings(stands)
            rows += split.rows
    return Shares(
        pl.DataFrame(adjustments, schema=SHEETS["adjustments"]),
        pl.DataFrame(estimates, schema=ESTIMATED_COSTS),
        pl.DataFrame(notes, schema=NOTE, orient="row"),
        tuple(rows),
    )


class _Split:
    """One split row, and what stands for it."""

    def __init__(self, book: Book, split: SplitRow, closing: str, up_to: date) -> None:
        self.book, self.split, self.closing, self.up_to = book, split, closing, up_to
        self.sizes = [abs(int(book.transactions.quantity[r])) for r in split.rows]
        self.total = sum(self.sizes)
        self.keys = [get_transaction_key(book.transactions.id[r]) for r in split.rows]
        of = (pl.col("status") == Status.ACTIVE) & (make_key_column("transaction") == get_transaction_key(split.name))
        self.adjustments = book.history["adjustments"].filter(of & (pl.col("kind") == Kind.PHYSICAL))
        self.estimates = book.history["estimated_costs"].filter(of)

    def of(self, amount: int) -> Amounts:
        """Share an amount by quantity: the k-th part has round(amount x share up to k) less what is before it."""
        through = np.cumsum(self.sizes).tolist()
        reached = [0, *(mul_div(amount, t, self.total) for t in through)]
        return tuple(b - a for a, b in pairwise(reached))

    def _make_row(self, part: int | None) -> dict[str, object]:
        """Columns that both sheets have; without a part those of the split row, which may be gone."""
        transactions = self.book.transactions
        row = self.split.rows[0 if part is None else part]
        size = self.total if part is None else self.sizes[part]
        return {
            "closing": self.closing,
            "date": self.up_to,
            "item": self.book.items.number[int(transactions.item[row])],
            "group": self.book.groups.label[int(transactions.group[row])],
            "transaction": self.split.name if part is None else transactions.id[row],
            "quantity": size,
            "status": Status.ACTIVE.value,
        }

    def share_adjustments(self) -> Iterator[dict[str, object]]:
        """Physical adjustments, cause by cause: taken off the split row, given to the parts."""
        transactions = self.book.transactions
        causes = self.adjustments.group_by("cause", maintain_order=True).agg(
            pl.col("adjustment").sum(), pl.col("rounding_difference").fill_null(0).sum(), pl.col("new_cost").last()
        )
        for cause, amount, rounding, cost in causes.rows():
            shared, rounded, costs = self.of(amount), self.of(rounding), self.of(cost - amount)
            given: list[tuple[int | None, int, int, int]] = [(None, -amount, -rounding, cost)]
            given += [(k, shared[k], rounded[k], costs[k]) for k in range(len(shared))]
            for part, change, kept_back, old in given:
                if not change and not kept_back:
                    continue
                row = self.split.rows[0 if part is None else part]
                yield {
                    **self._make_row(part),
                    "transaction_date": to_date(transactions.physical_date[row]),
                    "reference": transactions.reference[row],
                    "kind": Kind.PHYSICAL.value,
                    "old_cost": old,
                    "new_cost": old + change,
                    "adjustment": change,
                    "charge": "",
                    "inventory_change": change if transactions.quantity[row] > 0 else -change,
                    "rounding_difference": kept_back,
                    "cause": cause,
                }

    def share_estimates(self) -> Iterator[dict[str, object]]:
        """The estimate, and what was expensed for each reason."""
        for of in EstimateType:
            amount = int(self.estimates.filter(pl.col("type") == of)["amount"].sum())
            if amount:
                yield from self._share_amounts(amount, of)

    def _share_amounts(self, amount: int, of: EstimateType) -> Iterator[dict[str, object]]:
        transactions, scales = self.book.transactions, self.book.scales
        per_unit = 10 ** (6 + scales.quantity_scale - scales.currency_decimals) if scales.currency_decimals <= 6 else 1
        given: list[tuple[int | None, int]] = [(None, -amount), *enumerate(self.of(amount))]
        words = "" if of is EstimateType.ESTIMATE else f"{of.value}: "
        for part, value in given:
            row = self.split.rows[0 if part is None else part]
            size = self.total if part is None else self.sizes[part]
            yield {
                **self._make_row(part),
                "date": to_date(transactions.physical_date[row]),
                "unit_cost": mul_div(abs(value), per_unit, size),
                "amount": value,
                "basis": f"{words}{SPLIT_BASIS if part is None else SHARE_BASIS.format(self.split.name)}",
                "kind": Kind.PHYSICAL.value,
                "type": of.value,
                "cause": (EstimateCause.SPLIT if part is None else EstimateCause.SHARE).value,
            }

    def share_postings(self, stands: PostedByAccount) -> Iterator[tuple[str, str, str]]:
        """Share out how it was posted; the last account of a kind takes what rounding leaves."""
        transactions = self.book.transactions
        for (key, kind, is_physical), accounts in stands.items():
            if key != get_transaction_key(self.split.name) or not is_physical:
                continue
            totals = [self.of(sum(part)) for part in zip(*accounts.values(), strict=True)]
            left = [list(total) for total in totals]
            for place, (to, amounts) in enumerate(accounts.items()):
                last = place == len(accounts) - 1
                shared = [tuple(left[posting]) if last else self.of(amounts[posting]) for posting in range(2)]
                yield self._note(self.split.name, Posted(kind, True, -amounts[0], -amounts[1], to))
                for part_number, row in enumerate(self.split.rows):
                    for posting in range(2):
                        left[posting][part_number] -= shared[posting][part_number]
                    yield self._note(
                        transactions.id[row], Posted(kind, True, shared[0][part_number], shared[1][part_number], to)
                    )

    def _note(self, name: str, posted: Posted) -> tuple[str, str, str]:
        return name, posted.text(), LockedKind.POSTING.value
