"""Corrections before a run starts: what recalculations posted for rows that are others now is taken back.

In      a book, D, and the split rows behind the lock (closing.earlier.partial_invoices).
Out     the book as the run goes on with it: its history without what is taken back, shares in the place of what stood
        for split rows; and Corrections: the rows and voucher lines by which that is written down.
Units   minor units, positive: the cost rises.
Source  RULES R8.6, R2.6, R10.2, R10.4.
"""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from invclose_xl.closing.earlier.partial_invoices import SplitRow
from invclose_xl.closing.earlier.shares import Shares, share_out, write_parts_text
from invclose_xl.closing.state.as_of import select_chargeable, select_financial, select_physical
from invclose_xl.closing.state.as_seen import (
    Seen,
    describe_rows,
    drop_recalculated,
    drop_taken_back,
    find_last_active_closing,
    get_transaction_key,
    read_notes,
)
from invclose_xl.closing.state.earlier_postings import FINANCIAL, Accounts, Posted
from invclose_xl.closing.state.inventory_change import OF_ISSUES
from invclose_xl.closing.state.locked_rows import make_locked_row
from invclose_xl.domain.book import Book
from invclose_xl.domain.id_keys import make_id_keys, make_key_column
from invclose_xl.domain.tables import ESTIMATED_COSTS, NOTE, SHEETS, TEXT, UNITS, Schema, Tables, cast_to_schema
from invclose_xl.domain.words import Cause, EstimateCause, Kind, LockedKind, Status

ACTIVE = pl.col("status") == Status.ACTIVE
CHANGED_BASIS = "Taken back: the row was changed or removed after the recalculation"
LINES: Schema = {
    "amount": UNITS, "rounding": UNITS, "change": UNITS, "row": UNITS, "by_hand": pl.Boolean(), "sign": UNITS,
    "item_group": TEXT, "item_number": TEXT, "reference": TEXT, "meaning": pl.Int8(), "ledger_dimension": TEXT,
    "inventory": TEXT, "offset": TEXT, "rounding_account": TEXT,
}  # fmt: skip
"""voucher lines as closing.posting.voucher makes them of cost changes"""


@dataclass(frozen=True, slots=True)
class Corrections:
    """Rows that a run writes about what earlier runs posted."""

    adjustments: pl.DataFrame
    estimated_costs: pl.DataFrame
    notes: pl.DataFrame
    """columns of NOTE: for *Locked rows*"""
    lines: pl.DataFrame
    """voucher lines by which it is posted back"""
    names: tuple[str, ...]
    """transactions whose postings are taken back, in the order of the sheet"""
    shared: tuple[int, ...]
    """rows of Transactions that have a share of what stood for a split row"""

    @property
    def is_nothing(self) -> bool:
        """Every row is as it was: what earlier runs left stands as they left it."""
        return not self.names and not self.shared

    @property
    def inventory(self) -> int:
        """Return what the lines change inventory by."""
        return int((self.lines["sign"] * self.lines["amount"]).sum())


NOTHING = Corrections(
    pl.DataFrame(schema=SHEETS["adjustments"]),
    pl.DataFrame(schema=ESTIMATED_COSTS),
    pl.DataFrame(schema=NOTE),
    pl.DataFrame(schema=LINES),
    (),
    (),
)
"""of a book without a run"""


def correct(book: Book, day: int, closing: str, up_to: date, splits: list[SplitRow]) -> tuple[Book, Corrections]:
    """Take back what belongs to rows that are others now, and share out what stood for split rows."""
    if not len(book.history["lock"]):
        return book, NOTHING
    history = drop_taken_back(book.history)
    book = replace(book, history=history)
    written = _RecalculatedRows.of(book)
    changed = _complete_splits(book, written.find_changed(book, day), splits)
    changed &= set(written.names)
    undone = written.undo(book, changed, closing, up_to)
    book = replace(book, history=drop_recalculated(history, changed))
    before = _read_shared_before(book)
    shares = share_out(book, closing, up_to, [s for s in splits if get_transaction_key(s.name) not in before])
    names = tuple(written.names[key] for key in written.names if key in changed)
    kind = [LockedKind.TAKEN_BACK.value] * len(names)
    marks = {"transaction": list(names), "fingerprint": [written.since] * len(names), "kind": kind}
    corrections = Corrections(
        pl.concat([undone.adjustments, shares.adjustments]),
        pl.concat([undone.estimated_costs, shares.estimated_costs]),
        pl.concat([pl.DataFrame(marks, schema=NOTE), shares.notes]),
        undone.lines,
        names,
        shares.rows,
    )
    return replace(book, history=_append_shares(book.history, shares)), corrections


def _append_shares(history: Tables, shares: Shares) -> Tables:
    """Add the shares to the history, as if the run had written them already."""
    if not len(shares.rows):
        return history
    # The run itself is not on the lock yet; postings of the last Closing count.
    kept = make_locked_row(find_last_active_closing(history), shares.notes)
    return {
        **history,
        "adjustments": pl.concat([history["adjustments"], shares.adjustments]),
        "estimated_costs": pl.concat([history["estimated_costs"], shares.estimated_costs]),
        "locked_rows": pl.concat([history["locked_rows"], kept]),
    }


def _read_shared_before(book: Book) -> dict[str, str]:
    """Key of a split row -> the parts to which recalculations since the last Closing gave their shares."""
    rows = read_notes(book.history, LockedKind.PARTS).filter(pl.col("closing") > find_last_active_closing(book.history))
    return dict(rows.sort("closing", maintain_order=True).select("key", "text").rows())


def _complete_splits(book: Book, changed: set[str], splits: list[SplitRow]) -> set[str]:
    """Take a split row and its parts together: all of them are others once one is, or once it is split otherwise.

    The split row itself may be gone, as long as the same parts stand for it.
    """
    now = {get_transaction_key(s.name): write_parts_text(book, s) for s in splits}
    found = set(changed)
    for key, kept in _read_shared_before(book).items():
        parts = {get_transaction_key(name) for name, _ in json.loads(kept)}
        if now.get(key) != kept or changed & parts:
            found |= {key, *parts}
        elif key not in parts:
            found.discard(key)
    return found


@dataclass(frozen=True, slots=True)
class _RecalculatedRows:
    """Rows that active recalculations since the last Closing wrote, and the rows as they saw them."""

    since: str
    """the last active Closing"""
    adjustments: pl.DataFrame
    estimates: pl.DataFrame
    """of the sheets, with the key of the transaction"""
    postings: dict[str, list[Posted]]
    names: dict[str, str]
    """key -> the transaction as the sheets name it"""
    seen: dict[str, Seen]

    @staticmethod
    def of(book: Book) -> "_RecalculatedRows":
        """Read it from the history."""
        history, since = book.history, find_last_active_closing(book.history)
        later = pl.col("closing") > since
        key = make_key_column("transaction")
        adjustments, estimates = (
            history[name].filter(ACTIVE & later).sort("closing", maintain_order=True).with_columns(key=key)
            for name in ("adjustments", "estimated_costs")
        )
        postings: dict[str, list[Posted]] = {}
        posted = read_notes(history, LockedKind.POSTING).filter(later).sort("closing", maintain_order=True)
        for of, text in posted["key", "text"].rows():
            postings.setdefault(of, []).append(Posted.read(text))
        names = {
            k: n
            for f in (adjustments, estimates)
            for k, n in f.select("key", "transaction").unique(maintain_order=True).rows()
        }
        noted = read_notes(history, LockedKind.SEEN).filter(later).sort("closing", maintain_order=True)
        seen = {k: Seen.read(text) for k, text in noted.select("key", "text").rows()}
        ids = (
            {get_transaction_key(name): name for name in book.transactions.id.to_list()}
            if seen.keys() - names.keys()
            else {}
        )
        names |= {k: ids.get(k, k) for k in [*seen, *postings] if k not in names}
        written = _RecalculatedRows(since, adjustments, estimates, postings, names, seen)
        for unknown in names.keys() - seen.keys():
            seen[unknown] = written.read_from_sheets(unknown)
        return written

    def read_from_sheets(self, key: str) -> Seen:
        """Return what the result sheets tell of a row of which older versions kept nothing."""
        adjusted, estimated = self.adjustments.filter(key=key), self.estimates.filter(key=key)
        rows = adjusted if len(adjusted) else estimated
        last: dict[str, Any] = rows.row(-1, named=True) if len(rows) else {"item": "", "group": "", "quantity": 0}
        receipts = adjusted.filter(~pl.col("cause").is_in(OF_ISSUES))
        return Seen(
            item=last["item"],
            item_group=None,
            model=None,
            group=last["group"] or "",
            sign=1 if len(receipts) or not len(rows) else -1,
            quantity=str(last["quantity"]),
            is_financial=last["kind"] == Kind.FINANCIAL if len(adjusted) else None,
            reference=last["reference"] if len(adjusted) else None,
            inventory=None,
            offset=None,
            ledger_dimension=None,
        )

    def find_changed(self, book: Book, day: int) -> set[str]:
        """Keys of transactions that are others now, dated after D, or gone."""
        if not self.names:
            return set()
        financial = select_financial(book, day)
        present = select_chargeable(book, day) | select_physical(book, day)
        at = {get_transaction_key(name): row for row, name in enumerate(book.transactions.id.to_list())}
        there = [key for key in self.names if key in at and present[at[key]]]
        now = describe_rows(book, np.array([at[key] for key in there], dtype=np.int64), financial)
        same = {key for key, seen in zip(there, now, strict=True) if not self.seen[key].is_another(seen)}
        return set(self.names) - same

    def undo(self, book: Book, keys: set[str], closing: str, up_to: date) -> "_Undone":
        """Return the opposite of everything that was written about some transactions."""
        stamp = {"closing": pl.lit(closing), "status": pl.lit(Status.ACTIVE.value)}
        chosen = pl.col("key").is_in(sorted(keys))
        adjusted = self.adjustments.filter(chosen).group_by("key", "kind", maintain_order=True).agg(
            pl.col("item", "group", "transaction", "transaction_date", "reference", "quantity").last(),
            old_cost=pl.col("new_cost").last(),
            adjustment=-pl.col("adjustment").sum(),
            rounding_difference=-pl.col("rounding_difference").fill_null(0).sum(),
        ).filter((pl.col("adjustment") != 0) | (pl.col("rounding_difference") != 0))  # fmt: skip
        adjusted = adjusted.with_columns(
            **stamp, date=pl.lit(up_to), new_cost=pl.col("old_cost") + pl.col("adjustment"),
            inventory_change=pl.col("adjustment") * pl.col("key").replace_strict(
                {key: self.seen[key].sign for key in keys}, default=1, return_dtype=UNITS
            ),
            cause=pl.lit(Cause.TAKEN_BACK.value), charge=pl.lit(""),
        )  # fmt: skip
        estimated = self.estimates.filter(chosen).with_columns(
            **stamp,
            amount=-pl.col("amount"),
            basis=pl.lit(CHANGED_BASIS),
            kind=pl.when(pl.col("kind") != "").then("kind").otherwise(self._choose_kind(keys)),
            cause=pl.lit(EstimateCause.TAKEN_BACK.value),
        )
        lines = [line for key in self.names if key in keys for line in self._offset_lines(book, key)]
        return _Undone(
            cast_to_schema(adjusted, SHEETS["adjustments"]),
            cast_to_schema(estimated, ESTIMATED_COSTS),
            pl.DataFrame(lines, schema=LINES),
        )

    def _choose_kind(self, keys: set[str]) -> pl.Expr:
        """Return which cost the estimates of rows were of, where only the facts of the row say so."""
        kinds = {key: Kind.PHYSICAL if self.seen[key].is_financial is False else Kind.FINANCIAL for key in keys}
        return pl.col("key").replace_strict(
            {key: kind.value for key, kind in kinds.items()}, default=Kind.FINANCIAL.value, return_dtype=TEXT
        )

    def _offset_lines(self, book: Book, key: str) -> list[dict[str, object]]:
        """Post back what was posted, account by account; what nobody noted, as today's rules say."""
        seen, sums = self.seen[key], dict[Accounts, tuple[int, int]]()
        left = self._sum_financial_adjustments(key)
        for posted in self.postings.get(key, ()):
            amount, rounding = sums.get(posted.accounts, (0, 0))
            sums[posted.accounts] = amount + posted.amount, rounding + posted.rounding_difference
            if posted.kind == FINANCIAL:
                left = left[0] - posted.amount, left[1] - posted.rounding_difference
        item = make_id_keys(book.items.number).index_of(get_transaction_key(seen.item))
        common = {
            "change": -1,
            "row": -1,
            "by_hand": False,
            "sign": seen.sign,
            "item_group": seen.item_group or (book.items.item_group[item] if item is not None else ""),
            "item_number": seen.item,
            "reference": seen.reference or "",
            "meaning": int(book.references.find_meaning(seen.reference or "")),
        }
        lines = [
            {**common, "amount": -amount, "rounding": -rounding, "ledger_dimension": to.ledger_dimension,
             "inventory": to.inventory, "offset": to.offset, "rounding_account": to.rounding}
            for to, (amount, rounding) in sums.items() if to.posts and (amount or rounding)
        ]  # fmt: skip
        if any(left) and (item is None or book.get_item_flags("post_financial_inventory")[item]):
            lines.append({**common, "amount": -left[0], "rounding": -left[1], "ledger_dimension": "",
                          "inventory": None, "offset": None, "rounding_account": None})  # fmt: skip
        return lines

    def _sum_financial_adjustments(self, key: str) -> tuple[int, int]:
        """Sum what the sheet adjusted of the financial cost, not by charges: amount and rounding difference."""
        own = self.adjustments.filter(
            (pl.col("key") == key)
            & (pl.col("kind") == Kind.FINANCIAL)
            & ~pl.col("cause").is_in([Cause.MANUAL_ADJUSTMENT.value, Cause.SETTLED_BEFORE.value])
        )
        return int(own["adjustment"].sum()), int(own["rounding_difference"].fill_null(0).sum())


@dataclass(frozen=True, slots=True)
class _Undone:
    adjustments: pl.DataFrame
    estimated_costs: pl.DataFrame
    lines: pl.DataFrame
