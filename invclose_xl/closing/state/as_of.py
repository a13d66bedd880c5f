"""The transactions as they are at D: what is there, what it cost, what is open, what may be matched.

In      a book, what earlier runs left standing, the closing date D, and estimates for issues without an amount.
Out     Movements.
Cost    O(transactions + standing rows).
Source  RULES R1, R2.2, R5.3, R7.1, R7.2.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import NO_DATE, Book, Bool, Int64, Integers
from invclose_xl.domain.models import is_periodic, may_settle_physical
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.movements import Movements


def derive_movements(book: Book, state: LedgerState, day: int, posted: Int64) -> Movements:
    """Put transactions and standing legs together; ``posted`` is the posted cost of every transaction at D."""
    transactions, legs = book.transactions, state.legs
    rows = len(transactions)
    financial = select_financial(book, day)
    physical = select_physical(book, day)
    quantity = np.concatenate([transactions.quantity, legs.quantity])
    is_financial = np.concatenate([financial, np.ones(len(legs), dtype=np.bool_)])
    settled_quantity = np.concatenate([transactions.prior_settled_quantity, np.zeros(len(legs), dtype=np.int64)])
    settled_amount = np.concatenate([transactions.prior_settled_amount, np.zeros(len(legs), dtype=np.int64)])
    prior_quantity, prior_amount = settled_quantity.copy(), settled_amount.copy()
    settled = state.settled
    for side in (settled.issue, settled.receipt):
        np.add.at(settled_quantity, side, settled.quantity)
        np.add.at(settled_amount, side, settled.amount)
    issue_leg = np.minimum(legs.partner, np.arange(rows, rows + len(legs)))
    # A receipt leg costs what its issue leg took, what was handed down to it later included (RULES R7.4).
    everything = np.concatenate([posted, settled_amount[issue_leg]])
    uncovered_cost = _compute_uncovered_cost(state, everything - prior_amount, np.abs(quantity) - prior_quantity)
    group = np.concatenate([transactions.group, legs.group])
    item = np.concatenate([transactions.item, book.groups.item[legs.group]])
    date = np.where(financial, transactions.financial_date, transactions.physical_date)
    date, adjusted = np.concatenate([date, legs.date]), _sum_active_adjustments(state, is_financial)
    mirror_legs(
        book, state, (date, everything, adjusted, settled_quantity, settled_amount, uncovered_cost, is_financial)
    )
    movements = Movements(
        day=day,
        transactions=rows,
        id=pl.concat([transactions.id, legs.id]),
        item=item,
        group=group,
        date=date,
        present=np.concatenate([financial | physical, np.ones(len(legs), dtype=np.bool_)]),
        financial=is_financial,
        quantity=quantity,
        posted=everything,
        adjusted=adjusted,
        settled_quantity=settled_quantity,
        settled_amount=settled_amount,
        uncovered_cost=uncovered_cost,
        eligible=np.zeros(len(quantity), dtype=np.bool_),
    )
    return replace(movements, eligible=_select_eligible(book, movements))


def mirror_legs(book: Book, state: LedgerState, columns: Sequence[Integers | Bool]) -> None:
    """Let a row that stands for a leg look like the leg: it is never there, all that it says is the leg's already.

    ``columns`` of movements, transactions first, are changed in place, before anything else sees them.
    """
    row, leg = state.legs.find_charged(book.transactions)
    for column in columns:
        column[row] = column[leg]


def select_chargeable(book: Book, day: int) -> Bool:
    """Transactions that a manual adjustment dated up to D may find: financial ones, and legs (RULES R7.4)."""
    return select_financial(book, day) | book.transactions.stands_for_leg


def select_financial(book: Book, day: int) -> Bool:
    """Financial date up to D (RULES R1)."""
    date = book.transactions.financial_date
    return np.asarray((date != NO_DATE) & (date <= day))


def select_physical(book: Book, day: int) -> Bool:
    """Not financial yet at D, but physical date up to D (RULES R1)."""
    date = book.transactions.physical_date
    return np.asarray(~select_financial(book, day) & (date != NO_DATE) & (date <= day))


def compute_posted_cost(book: Book, day: int) -> Int64:
    """Posted cost of every transaction at D, NO_AMOUNT where it is blank, 0 where the transaction is not there yet."""
    transactions = book.transactions
    blank = transactions.financial_amount == NO_AMOUNT
    financial = np.where(
        blank, NO_AMOUNT, np.where(blank, 0, transactions.financial_amount) + transactions.prior_adjustment
    )
    posted = np.where(
        select_financial(book, day), financial, np.where(select_physical(book, day), transactions.physical_amount, 0)
    )
    return posted.astype(np.int64)


def get_movement_models(book: Book, item: Integers) -> Int64:
    """Return the inventory model of each movement."""
    return book.get_item_models()[item].astype(np.int64)


def select_settling_physical(book: Book, item: Integers) -> Bool:
    """Return whether physical-only transactions of the item may be matched (RULES R2.2)."""
    allowed = may_settle_physical(book.get_item_models()[item])
    return np.asarray(book.get_item_flags("include_physical_value")[item] & allowed)


def _select_eligible(book: Book, movements: Movements) -> Bool:
    """Open, there at D, of a periodic model, and financial or let into the queue as physical (RULES R2.2, R5.3)."""
    periodic = is_periodic(get_movement_models(book, movements.item))
    allowed = movements.financial | select_settling_physical(book, movements.item)
    return np.asarray(periodic & movements.present & allowed & (movements.open_quantity > 0))


def _sum_active_adjustments(state: LedgerState, financial: Bool) -> Int64:
    """Sum the active adjustments of the kind that each movement is of at D (RULES R7.2)."""
    adjusted = state.adjusted
    total = np.zeros(len(financial), dtype=np.int64)
    same_kind = adjusted.is_physical != financial[adjusted.row]
    np.add.at(total, adjusted.row[same_kind], adjusted.amount[same_kind])
    return total


def _compute_uncovered_cost(state: LedgerState, posted_cost: Int64, uncovered_quantity: Int64) -> Int64:
    """Take from each issue's posted cost, closing by closing, the share that was settled in it (RULES R7.1)."""
    settled = state.settled
    if not len(settled.issue):
        return posted_cost
    frame = pl.DataFrame({"closing": settled.closing, "issue": settled.issue, "quantity": settled.quantity})
    frame = frame.group_by("closing", "issue").agg(pl.col("quantity").sum()).sort("closing", "issue")
    taken = _take_shares.run(
        frame["issue"].to_numpy(),
        frame["quantity"].to_numpy(),
        posted_cost,
        uncovered_quantity,
        size=len(posted_cost),
        columns=2,
        work=len(frame),
    )
    return taken.uncovered_cost


@kernel
def _take_shares(issue, quantity, posted_cost, uncovered_quantity, uncovered_cost, left):  # type: ignore[no-untyped-def]
    """Lower ``uncovered_cost`` by round(cost x settled / uncovered quantity), one settlement after the other."""
    for movement in range(len(posted_cost)):
        uncovered_cost[movement], left[movement] = posted_cost[movement], uncovered_quantity[movement]
    for share in range(len(issue)):
        movement = issue[share]
        if left[movement] > 0:
            uncovered_cost[movement] -= mul_div(uncovered_cost[movement], quantity[share], left[movement])
            left[movement] -= quantity[share]
    return len(posted_cost)
