"""What is said of rows that are others now than the runs before saw them.

In      the book, what a run put right (closing.earlier.corrections), and the manual changes that it found.
Out     Problems.
Source  RULES R8.6, R11.
"""

from collections.abc import Iterator

import polars as pl

from invclose_xl.closing.adjustments.manual import ManualChanges
from invclose_xl.closing.earlier.corrections import Corrections
from invclose_xl.domain.book import NO_CODE, Book
from invclose_xl.domain.money import format_amount
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity

MOST_NAMED = 5


def find_changed_rows(book: Book, corrections: Corrections, manual: ManualChanges) -> Iterator[Problem]:
    """One line for all rows of Transactions of which something posted was taken back, one for those entered by hand."""
    if corrections.names:
        yield _describe_changed_transactions(book, corrections)
    if manual.taken_back:
        yield _describe_changed_adjustments(book, manual)


def _describe_changed_transactions(book: Book, corrections: Corrections) -> Problem:
    names = corrections.names
    adjusted = int(corrections.adjustments.filter(pl.col("cause") == "Taken back")["adjustment"].abs().sum())
    estimated = corrections.estimated_costs.filter(pl.col("transaction").is_in(list(names)))["amount"]
    decimals, sums = book.scales.currency_decimals, {"adjustments": adjusted, "estimates": int(estimated.abs().sum())}
    taken_back = [f"{what} of {format_amount(total, decimals)}" for what, total in sums.items() if total]
    taken_back = taken_back or ["it had come to 0 in all"]
    rows = "1 row was" if len(names) == 1 else f"{len(names)} rows were"
    return Problem(
        "IC550", Severity.INFORMATION, CellRef("Adjustments"), "",
        f"{rows} changed, moved or removed after a recalculation: {_show_cells(names)}. What the "
        "recalculation had posted"
        f" was taken back: {' and '.join(taken_back)}.",
        "No action is needed if you expected this. Otherwise, check the rows.", "R8.6",
        transaction=names[0] if len(names) == 1 else "",
    )  # fmt: skip


def _describe_changed_adjustments(book: Book, manual: ManualChanges) -> Problem:
    """Rows of Cost adjustments, and shares of Charges, by the receipts that they were posted for."""
    back = manual.sheet_row == NO_CODE
    names = tuple(book.transactions.id.gather(manual.row[back]).unique(maintain_order=True))
    total = format_amount(sum(abs(charge.amount) for charge in manual.taken_back), book.scales.currency_decimals)
    number = len(manual.taken_back)
    rows = "1 cost adjustment or charge was" if number == 1 else f"{number:,} cost adjustments or charges were"
    receipts = "receipt" if len(names) == 1 else "receipts"
    return Problem(
        "IC550", Severity.INFORMATION, CellRef("Adjustments"), "",
        f"{rows} changed, moved, removed or shared out anew after a recalculation: of the"
        f" {receipts} {_show_cells(names)}. What had been posted was taken back: adjustments of {total}.",
        "No action is needed if you expected this. Otherwise, check the sheets Cost adjustments and Charges.", "R8.6",
        transaction=names[0] if len(names) == 1 else "",
    )  # fmt: skip


def _show_cells(names: tuple[str, ...]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
