"""Currency of the amounts of a book: the one that the active runs recorded, whatever is entered now.

In      a book; its active closings and recalculations, each with the currency of its time on *Locked rows*.
Out     the recorded currency; the book with its amounts named so; the problem where another one is entered.
Source  RULES R10.2 (a blank says nothing), R10.3 (a reversal is the way out).
"""

from dataclasses import replace

import polars as pl

from invclose_xl.domain.book import Book
from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind, Status


def read_recorded_currency(book: Book) -> str:
    """Return the currency that the latest active run recorded which knew one; '' where none did."""
    lock = book.history["lock"].filter((pl.col("status") == Status.ACTIVE) & (pl.col("reverses") == ""))
    rows = select_locked_rows(book.history, LockedKind.CURRENCY)
    rows = rows.filter(pl.col("closing").is_in(lock["closing"].implode()))
    return next((c for c in reversed(rows.sort("closing")["fingerprint"].to_list()) if c), "")


def find_other_currency(book: Book, severity: Severity = Severity.REFUSED) -> list[Problem]:
    """Name a currency that is not that of the amounts that are there: nothing is converted."""
    recorded, currency = read_recorded_currency(book), book.parameters.currency.strip()
    if not recorded or not currency or make_id_key(recorded) == make_id_key(currency):
        return []
    latest = book.history["lock"].filter((pl.col("status") == Status.ACTIVE) & (pl.col("reverses") == ""))
    return [
        Problem(
            "IC230", severity, CellRef("Parameters"), currency,
            f"The currency was {recorded} at the last closing; amounts are not converted.",
            f"Set Currency back to {recorded}, or reverse {latest['closing'][-1]} first.", "R10.2",
        )
    ]  # fmt: skip


def name_recorded_currency(book: Book) -> Book:
    """Return the book with its amounts named in the recorded currency, for whatever shows or takes back amounts."""
    recorded = read_recorded_currency(book)
    if not recorded:
        return book
    return replace(book, parameters=book.parameters.model_copy(update={"currency": recorded}))


def fill_currency(book: Book) -> Book:
    """Return the book with the recorded currency where it states none now, or the same one in other letters."""
    return book if find_other_currency(book) else name_recorded_currency(book)
