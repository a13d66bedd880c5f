"""The transactions as they stand at D: what is there, what it cost, what is open, what may be matched.

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
    t, legs = book.transactions, state.legs
    rows = len(t)
    financial = select_financial(book, day)
    physical = select_physical(book, day)
    quantity = np.concatenate([t.quantity, legs.quantity])
    is_financial = np.concatenate([financial, np.ones(len(legs), dtype=np.bool_)])
    settled_quantity = np.concatenate([t.prior_settled_quantity, np.zeros(len(legs), dtype=np.int64)])
    settled_amount = np.concatenate([t.prior_settled_amount, np.zeros(len(legs), dtype=np.int64)])
    prior_quantity, prior_amount = settled_quantity.copy(), settled_amount.copy()
    s = state.settled
    for side in (s.issue, s.receipt):
        np.add.at(settled_quantity, side, s.quantity)
        np.add.at(settled_amount, side, s.amount)
    issue_leg = np.minimum(legs.partner, np.arange(rows, rows + len(legs)))
    # A receipt leg costs what its issue leg took, what was handed down to it later included (RULES R7.4).
    everything = np.concatenate([posted, settled_amount[issue_leg]])
    rest = _compute_uncovered_cost(state, everything - prior_amount, np.abs(quantity) - prior_quantity)
    group = np.concatenate([t.group, legs.group])
    item = np.concatenate([t.item, book.groups.item[legs.group]])
    date = np.where(financial, t.financial_date, t.physical_date)
    date, adjusted = np.concatenate([date, legs.date]), _sum_active_adjustments(state, is_financial)
    mirror_legs(book, state, (date, everything, adjusted, settled_quantity, settled_amount, rest, is_financial))
    movements = Movements(
        day=day,
        transactions=rows,
        id=pl.concat([t.id, legs.id]),
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
        rest=rest,
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
    t = book.transactions
    blank = t.financial_amount == NO_AMOUNT
    financial = np.where(blank, NO_AMOUNT, np.where(blank, 0, t.financial_amount) + t.prior_adjustment)
    posted = np.where(
        select_financial(book, day), financial, np.where(select_physical(book, day), t.physical_amount, 0)
    )
    return posted.astype(np.int64)


def get_movement_models(book: Book, item: Integers) -> Int64:
    """Return the inventory model of each movement."""
    return book.get_item_models()[item].astype(np.int64)


def select_settling_physical(book: Book, item: Integers) -> Bool:
    """Whether physical-only transactions of the item may be matched (RULES R2.2)."""
    allowed = may_settle_physical(book.get_item_models()[item])
    return np.asarray(book.get_item_flags("include_physical_value")[item] & allowed)


def _select_eligible(book: Book, movements: Movements) -> Bool:
    """Open, there at D, of a periodic model, and financial or let into the queue as physical (RULES R2.2, R5.3)."""
    periodic = is_periodic(get_movement_models(book, movements.item))
    allowed = movements.financial | select_settling_physical(book, movements.item)
    return np.asarray(periodic & movements.present & allowed & (movements.open_quantity > 0))


def _sum_active_adjustments(state: LedgerState, financial: Bool) -> Int64:
    """Sum the active adjustments of the kind that each movement is of at D (RULES R7.2)."""
    a = state.adjusted
    total = np.zeros(len(financial), dtype=np.int64)
    same_kind = a.is_physical != financial[a.row]
    np.add.at(total, a.row[same_kind], a.amount[same_kind])
    return total


def _compute_uncovered_cost(state: LedgerState, posted_rest: Int64, rest_quantity: Int64) -> Int64:
    """Take from each issue's posted cost, closing by closing, the share that was settled in it (RULES R7.1)."""
    s = state.settled
    if not len(s.issue):
        return posted_rest
    frame = pl.DataFrame({"closing": s.closing, "issue": s.issue, "quantity": s.quantity})
    frame = frame.group_by("closing", "issue").agg(pl.col("quantity").sum()).sort("closing", "issue")
    (rest,) = _take_shares.run(
        frame["issue"].to_numpy(),
        frame["quantity"].to_numpy(),
        posted_rest,
        rest_quantity,
        size=len(posted_rest),
        columns=2,
        work=len(frame),
    )[:1]
    return rest


@kernel
def _take_shares(issue, quantity, posted_rest, rest_quantity, rest, left):  # type: ignore[no-untyped-def]
    """Lower ``rest`` by round(rest x settled / rest quantity) for one settled quantity after the other."""
    for m in range(len(posted_rest)):
        rest[m], left[m] = posted_rest[m], rest_quantity[m]
    for k in range(len(issue)):
        i = issue[k]
        if left[i] > 0:
            rest[i] -= mul_div(rest[i], quantity[k], left[i])
            left[i] -= quantity[k]
    return len(posted_rest)
