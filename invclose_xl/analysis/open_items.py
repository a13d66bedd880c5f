"""Open items between runs: receipts that still hold value, issues that no receipt has covered.

In      a book.
Out     OpenItems at the latest date of the book.
Source  RULES R1 (open quantity, open value).
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.closing.estimates.limits import estimate_within_limits
from invclose_xl.closing.state.as_of import derive_movements, get_movement_models
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.links.marks import Marks
from invclose_xl.domain.models import is_periodic


@dataclass(frozen=True, slots=True)
class OpenItems:
    """Counts and values of what the next close would look at; periodic models only."""

    closed_up_to: int
    """days since 1970-01-01, NO_DATE if never closed"""
    receipts: int
    receipt_value: int
    issues: int
    issue_cost: int


def count_open_items(book: Book) -> OpenItems:
    """Count what is open, all transactions of the book included."""
    state = read_state(book)
    transactions = book.transactions
    day = max(
        int(transactions.physical_date.max(initial=NO_DATE)), int(transactions.financial_date.max(initial=NO_DATE))
    )
    none = np.zeros(0, dtype=np.int64)
    all_items = np.ones(len(book.items), dtype=np.bool_)
    posted, _ = estimate_within_limits(book, state, day, Marks(none, none, none), all_items)
    movements = derive_movements(book, state, day, posted)
    periodic = is_periodic(get_movement_models(book, movements.item))
    is_open = periodic & movements.present & (movements.open_quantity > 0)
    receipts, issues = is_open & movements.is_receipt, is_open & ~movements.is_receipt
    return OpenItems(
        state.closed_up_to,
        int(receipts.sum()),
        int(movements.open_value[receipts].sum()),
        int(issues.sum()),
        int(movements.uncovered_cost[issues].sum()),
    )
