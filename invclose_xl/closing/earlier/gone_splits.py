"""Rows that were split by partial invoicing under new IDs: which rows of the sheet stand where they stood.

In      a book with its history.
Out     key of a row that is not on the sheet any more -> its first part's row. All parts are of one item, costing
        group, Reference and side, so any of them stands for what runs wrote about the whole.
Source  RULES R8.6, R10.2.
"""

import json
from datetime import date

import polars as pl

from invclose_xl.closing.earlier.partial_invoices import split_rows
from invclose_xl.closing.state.as_seen import get_transaction_key
from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind


def find_gone_split_rows(book: Book) -> dict[str, int]:
    """Return what runs noted, whether they count still or not, and what no run has seen yet."""
    noted, lock = select_locked_rows(book.history, LockedKind.PARTS), book.history["lock"]
    closed = lock.filter(pl.col("closing").is_in(list_active_closings(lock).implode()))["up_to"].max()
    splits = split_rows(book, to_day_number(closed)) if isinstance(closed, date) else []
    if not len(noted) and not splits:
        return {}
    row_of = {get_transaction_key(name): row for row, name in enumerate(book.transactions.id.to_list())}
    found: dict[str, int] = {}
    for name, text in noted.select("transaction", "fingerprint").rows():
        parts = [row_of[key] for part, _ in json.loads(text) if (key := get_transaction_key(part)) in row_of]
        if parts:
            found[get_transaction_key(name)] = parts[0]
    found |= {get_transaction_key(split.name): split.rows[0] for split in splits}
    return {key: row for key, row in found.items() if key not in row_of}
