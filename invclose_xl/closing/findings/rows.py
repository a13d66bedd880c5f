"""What is said of rows that are others now than the runs before saw them.

In      the book, and what a run put right (closing.earlier.corrections).
Out     Problems.
Source  RULES R8.6, R11.
"""

from collections.abc import Iterator

import polars as pl

from invclose_xl.closing.earlier.corrections import Corrections
from invclose_xl.domain.book import Book
from invclose_xl.domain.money import amount_text
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity

MOST_NAMED = 5


def rows_changed(book: Book, corrections: Corrections) -> Iterator[Problem]:
    """One line for all rows of which something posted was taken back."""
    names = corrections.names
    if not names:
        return
    adjusted = int(corrections.adjustments.filter(pl.col("cause") == "Taken back")["adjustment"].abs().sum())
    estimated = corrections.estimated_costs.filter(pl.col("transaction").is_in(list(names)))["amount"]
    shown = ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
    decimals, sums = book.scales.currency_decimals, {"adjustments": adjusted, "estimates": int(estimated.abs().sum())}
    taken_back = [f"{what} of {amount_text(total, decimals)}" for what, total in sums.items() if total]
    taken_back = taken_back or ["it had come to 0 in all"]
    rows = "1 row was" if len(names) == 1 else f"{len(names)} rows were"
    yield Problem(
        "IC550", Severity.INFORMATION, CellRef("Adjustments"), "",
        f"{rows} changed, moved or removed after a recalculation: {shown}. What the recalculation had posted was"
        f" taken back: {' and '.join(taken_back)}.",
        "No action is needed if you expected this. Otherwise, check the rows.", "R8.6",
        transaction=names[0] if len(names) == 1 else "",
    )  # fmt: skip
