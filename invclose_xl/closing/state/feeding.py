"""Feeds of a book at D: legs that settle with each other are left out, receipts that keep their price too.

In      a book, what earlier runs left standing, the movements, the pairs that this run makes of transfers.
Out     feeds of every cause, and what is wrong with them.
Source  RULES R4.1 (afterwards the legs have no feed), R6.2, R2.6, R7.5.
"""

from invclose_xl.closing.state.as_of import select_settling_physical
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.costflow.feeds import FeedFault, FeedLinks, find_feeds
from invclose_xl.domain.book import Book, Bool
from invclose_xl.domain.links.pairs import Pairs
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER, PRINCIPLES, is_periodic
from invclose_xl.domain.movements import Movements
from invclose_xl.matching.transfers import select_legs_that_will_pair


def find_feeds_of_book(
    book: Book, state: LedgerState, movements: Movements, non_financial: Pairs, in_scope: Bool
) -> tuple[list[FeedLinks], list[FeedFault]]:
    """Find the feeds whose receipts may be adjusted; ``in_scope`` says per transaction whether the run takes it."""
    rows, transactions = movements.transactions, book.transactions
    present = movements.present[:rows]
    periodic = is_periodic(book.get_item_models()[transactions.item])
    fixed = book.get_item_flags("fixed_receipt_price")[transactions.item]
    allowed = movements.financial[:rows] | select_settling_physical(book, transactions.item)
    adjustable = present & periodic & in_scope & allowed & ~fixed
    without_feed = select_legs_that_will_pair(transactions, periodic & ~(present & allowed))
    settled = state.settled
    own = (settled.principle == PRINCIPLES[NON_FINANCIAL_TRANSFER]).to_numpy()
    for legs in (non_financial.issue, non_financial.receipt, settled.issue[own], settled.receipt[own]):
        without_feed[legs] = True
    return find_feeds(transactions, present, adjustable, without_feed)
