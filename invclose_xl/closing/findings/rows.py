"""Findings about rows that are others now than the runs before saw them.

In      the book, what a run put right (closing.earlier.corrections), and the manual changes that it found.
Out     Tallies; the transactions are named in the order of their IDs.
Source  RULES R8.6, R11.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import polars as pl

from invclose_xl.closing.adjustments.manual import ManualChanges
from invclose_xl.closing.earlier.corrections import Corrections
from invclose_xl.domain.book import NO_CODE, Book
from invclose_xl.domain.money import format_amount
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.problems.tally import Tally

MOST_NAMED = 5


def find_changed_rows(book: Book, corrections: Corrections, manual: ManualChanges) -> Iterator[Tally]:
    """One line for all rows of Transactions of which something posted was taken back, one for those entered by hand."""
    decimals = book.scales.currency_decimals
    if names := corrections.names:
        adjusted = int(corrections.adjustments.filter(pl.col("cause") == "Taken back")["adjustment"].abs().sum())
        estimates = corrections.estimated_costs.filter(pl.col("transaction").is_in(list(names)))["amount"]
        describe = partial(_describe_changed_transactions, decimals)
        fix = "No action is needed if you expected this. Otherwise, check the rows."
        yield Tally(("IC550", "rows"), describe, (adjusted, int(estimates.abs().sum())), _make_example(fix), names)
    if manual.taken_back:
        total = sum(abs(charge.amount) for charge in manual.taken_back)
        names = tuple(book.transactions.id.gather(manual.row[manual.sheet_row == NO_CODE]).unique(maintain_order=True))
        describe = partial(_describe_changed_adjustments, decimals)
        fix = "No action is needed if you expected this. Otherwise, check the sheets Cost adjustments and Charges."
        yield Tally(("IC550", "by hand"), describe, (len(manual.taken_back), total), _make_example(fix), names)


def _make_example(fix: str) -> tuple[Problem, ...]:
    return (Problem("IC550", Severity.INFORMATION, CellRef("Adjustments"), "", "", fix, "R8.6"),)


def _describe_changed_transactions(decimals: int, tally: Tally) -> Iterator[Problem]:
    adjusted, estimated = tally.numbers
    sums = {"adjustments": adjusted, "estimates": estimated}
    taken_back = [f"{what} of {format_amount(total, decimals)}" for what, total in sums.items() if total]
    taken_back = taken_back or ["it had come to 0 in all"]
    names = tally.names
    rows = "1 row was" if len(names) == 1 else f"{len(names)} rows were"
    yield _tell(
        tally,
        f"{rows} changed, moved or removed after a recalculation: {_show_cells(names)}. What the recalculation had"
        f" posted was taken back: {' and '.join(taken_back)}.",
    )


def _describe_changed_adjustments(decimals: int, tally: Tally) -> Iterator[Problem]:
    """Rows of Cost adjustments, and shares of Charges, by the receipts that they were posted for."""
    (number, total), names = tally.numbers, tally.names
    rows = "1 cost adjustment or charge was" if number == 1 else f"{number:,} cost adjustments or charges were"
    receipts = "receipt" if len(names) == 1 else "receipts"
    yield _tell(
        tally,
        f"{rows} changed, moved, removed or shared out anew after a recalculation: of the"
        f" {receipts} {_show_cells(names)}. What had been posted was taken back: adjustments of"
        f" {format_amount(total, decimals)}.",
    )


def _tell(tally: Tally, sentence: str) -> Problem:
    names = tally.names
    return replace(tally.first(sentence), transaction=names[0] if len(names) == 1 else "")


def _show_cells(names: tuple[str, ...]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
