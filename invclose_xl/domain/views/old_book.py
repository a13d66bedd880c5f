"""Runs of the book that a book was rolled forward from: it has their rows of the lock, not what they wrote.

In      the lock of a book, and a run.
Out     the sentence that sends the reader to the old book; '' where the run is this book's own.
Source  WORKBOOK "Command line" (rollforward).
"""

import polars as pl

from invclose_xl.domain.words import ClosingType


def find_rolled_forward(lock: pl.DataFrame) -> str:
    """Return the last closing by which a book was rolled forward, '' where none: what is up to it was carried."""
    names = lock.filter(pl.col("type") == ClosingType.ROLL_FORWARD)["closing"].to_list()
    return str(max(names, default=""))


def explain_old_run(lock: pl.DataFrame, closing: str) -> str:
    """Return why nothing can be told of a run here."""
    rolled, name = find_rolled_forward(lock), closing.strip().upper()
    if name > rolled or name not in lock["closing"]:
        return ""
    return (
        f"What runs up to {rolled} wrote is in the book that this one was rolled forward from, so ask there about"
        f" {name}: the sheet Roll-forward names it."
    )


def explain_absence(lock: pl.DataFrame) -> str:
    """Return where a transaction that is not here may be; '' where the book was not rolled forward."""
    return "It may be in the book that this one was rolled forward from." if find_rolled_forward(lock) else ""
