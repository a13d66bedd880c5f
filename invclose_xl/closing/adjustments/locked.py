"""Rows of *Cost adjustments* and *Charges* behind the lock: changed, removed, or entered there since.

In      a book with its history.
Out     Problems with severity Refused, each with its cell; the way out is the caller's where none is said.
Source  RULES R7.4 (dated in the closed period: refused), R10.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.closing.state.ledger_state import LedgerState, list_active_closings
from invclose_xl.closing.state.locked_rows import (
    ADJUSTMENT_COLUMNS,
    CHARGE_COLUMNS,
    fingerprint_adjustments,
    fingerprint_charges,
)
from invclose_xl.domain.book import Book, Int32, SheetCells
from invclose_xl.domain.days import to_date
from invclose_xl.domain.fingerprint import unpack_hashes
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind

MOST_UNLIKE = 0.4
"""A row of which fewer cells are as they were is another row."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One of the two sheets, and what the lock keeps of it."""

    name: str
    what: str
    """what a row is called"""
    kind: LockedKind
    """of the lock's rows of it; their ID is what the row is known by"""
    columns: Sequence[str]
    day: Int32
    cells: SheetCells
    fingerprints: list[str]

    def describe_removed(self, name: str) -> str:
        """Say that a row is gone."""
        return f"{self.what} of this transaction was" if self.is_of_a_transaction else f"{self.what} {name} was"

    @property
    def is_of_a_transaction(self) -> bool:
        """Return whether its rows are known by a transaction."""
        return self.kind is LockedKind.COST_ADJUSTMENT


def verify_by_hand(book: Book, state: LedgerState) -> list[Problem]:
    """Compare the locked rows of both sheets with those dated up to the closed date."""
    closed = to_date(state.closed_up_to)
    last = str(list_active_closings(book.history["lock"])[-1])
    # A later closing locks all rows up to its date again, so the last one knows them all.
    problems = []
    for sheet in _list_sheets(book):
        rows = select_locked_rows(book.history, sheet.kind).filter(pl.col("closing") == last)
        problems += _compare_sheet(sheet, rows, state.closed_up_to, closed, last)
    return problems


def _list_sheets(book: Book) -> list[_Sheet]:
    none = SheetCells("", {}, book.transactions.physical_date[:0])
    adjustments, charges = book.cost_adjustments, book.charges
    days = book.transactions.physical_date[:0]
    return [
        _Sheet(
            "Cost adjustments", "A cost adjustment", LockedKind.COST_ADJUSTMENT, ADJUSTMENT_COLUMNS,
            days if adjustments is None else adjustments.day, none if adjustments is None else adjustments.cells,
            [] if adjustments is None else fingerprint_adjustments(book).to_list(),
        ),
        _Sheet(
            "Charges", "The charge", LockedKind.CHARGE, CHARGE_COLUMNS, days if charges is None else charges.day,
            none if charges is None else charges.cells, fingerprint_charges(book).to_list(),
        ),
    ]  # fmt: skip


def _compare_sheet(sheet: _Sheet, kept: pl.DataFrame, closed_up_to: int, closed: date, last: str) -> list[Problem]:
    """Compare as multisets; what is left on both sides is paired by likeness."""
    left: dict[str, list[str]] = {}
    for name, fingerprint in kept.select("transaction", "fingerprint").rows():
        left.setdefault(fingerprint, []).append(name)
    added = []
    for row, fingerprint in enumerate(sheet.fingerprints):
        if sheet.day[row] > closed_up_to:
            continue
        if left.get(fingerprint):
            left[fingerprint].pop()
        else:
            added.append((row, fingerprint))
    remaining = [(name, fingerprint) for fingerprint, names in left.items() for name in names]
    problems = []
    for row, fingerprint in added:
        problems += _describe_changes(sheet, row, fingerprint, remaining, closed, last)
    return problems + [
        Problem(
            "IC214", Severity.REFUSED, CellRef(sheet.name),
            name if sheet.is_of_a_transaction else "",
            f"{sheet.describe_removed(name)} locked and is no longer on the sheet.", "", "R10.2",
            transaction=name if sheet.is_of_a_transaction else "",
        )
        for name, _ in remaining
    ]  # fmt: skip


def _describe_changes(
    sheet: _Sheet, row: int, now: str, remaining: list[tuple[str, str]], closed: date, last: str
) -> list[Problem]:
    """Pair an unknown row with the most similar lost one; without one it is a late entry."""
    new = unpack_hashes(now, sheet.columns)

    def alike(candidate: tuple[str, str]) -> float:
        old = unpack_hashes(candidate[1], sheet.columns)
        filled = old.keys() | new.keys()
        return sum(old.get(c) == new.get(c) for c in filled) / max(len(filled), 1)

    kind = "cost adjustment" if sheet.is_of_a_transaction else "charge"
    best = max(remaining, key=alike, default=None)
    if best is None or alike(best) < MOST_UNLIKE:
        return [
            Problem(
                "IC207", Severity.REFUSED, sheet.cells.cell(row, "date"), "",
                f"The {kind} is dated in the closed period.",
                f"Enter a date after {closed}, or reverse {last} first.", "R7.4",
            )
        ]  # fmt: skip
    remaining.remove(best)
    old = unpack_hashes(best[1], sheet.columns)
    was = "" if sheet.is_of_a_transaction else f" The charge was {best[0]}."
    return [
        Problem(
            "IC213", Severity.REFUSED, sheet.cells.cell(row, column), "",
            f"This cell of a locked {kind} was {'emptied' if column not in new else 'changed'}.{was}", "", "R10.2",
        )
        for column in sheet.columns
        if old.get(column) != new.get(column)
    ]  # fmt: skip
