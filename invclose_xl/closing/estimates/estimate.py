"""Estimated cost: what an issue without a posted amount is taken to have cost, the running average of its moment.

In      a book, what earlier runs left standing, D, and the resolved marks.
Out     the posted cost of every transaction at D with estimates in the blanks and with what was expensed of receipts of
        moving average items, and the new Estimates with their basis.
Units   amounts in minor units; quantities in 10**-quantity_scale.
Errors  none: without average and cost price the estimate is 0 and warned about.
Cost    O(n log n) for the queue of the costing groups in which something is blank, nothing where nothing is.
Source  RULES R8.1-R8.5; Dynamics AX 2012, "About running average cost price".
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.closing.estimates.basis import Basis
from invclose_xl.closing.moving_average.walk import MovingAverage, walk_moving_average
from invclose_xl.closing.state.as_of import compute_posted_cost, select_financial, select_physical
from invclose_xl.closing.state.cost_price import compute_at_cost_price
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.closing.state.price_differences import Expense, find_price_differences
from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.links.feed_members import select_return_receipts
from invclose_xl.domain.links.marks import UNLIMITED, Marks
from invclose_xl.domain.links.returns import find_original_issues
from invclose_xl.domain.models import InventoryModel, is_periodic
from invclose_xl.domain.money import NO_AMOUNT, mul_div


@dataclass(frozen=True, slots=True)
class Estimates:
    """One element per new estimate, in row order; ``value`` / ``quantity`` is the average it was taken from."""

    row: Int64
    amount: Int64
    basis: Int64
    value: Int64
    quantity: Int64
    back_row: Int64
    """estimates of earlier runs that are taken back, because the amount came or the transaction became financial"""
    back_amount: Int64
    back_is_physical: Bool
    moving: MovingAverage
    expense: Expense

    def __len__(self) -> int:
        """Number of estimates."""
        return len(self.row)


def estimate(book: Book, state: LedgerState, day: int, marks: Marks, chosen: Bool) -> tuple[Int64, Estimates]:
    """Return the posted costs at D without blanks, and what was estimated for it; only chosen items are."""
    posted = compute_posted_cost(book, day)
    e = state.estimated
    arrived = posted[e.row] != NO_AMOUNT
    stale = chosen[book.transactions.item[e.row]] & (arrived | (e.is_physical & select_financial(book, day)[e.row]))
    posted[e.row[~stale]] = e.amount[~stale]
    back = (e.row[stale], e.amount[stale], e.is_physical[stale])
    needed = (posted == NO_AMOUNT) & ((book.transactions.quantity < 0) | select_return_receipts(book.transactions))
    needed &= chosen[book.transactions.item]
    model = book.get_item_models()[book.transactions.item]
    moving = walk_moving_average(book, state, day, posted, needed, chosen)
    expensed = find_price_differences(
        state.expensed, state.last_closing, moving.differences, moving.walked, select_financial(book, day)
    )
    total = np.zeros(len(posted), dtype=np.int64)
    total[expensed.total_row] = expensed.total
    blank = posted == NO_AMOUNT
    posted += np.where(blank, 0, total)
    parts = [
        (moving.row, moving.amount, moving.basis, moving.value, moving.quantity),
        _estimate_at_standard_cost(book, np.flatnonzero(needed & (model == InventoryModel.STANDARD_COST))),
    ]
    needed &= is_periodic(model)
    if needed.any():
        parts.append(_walk_queue(book, state, day, marks, posted, needed))
    row = np.concatenate([part[0] for part in parts])
    order = np.argsort(row, kind="stable")
    amount, basis, value, quantity = (np.concatenate([part[k] for part in parts])[order] for k in range(1, 5))
    posted[row[order]] = amount
    posted[posted == NO_AMOUNT] = 0
    posted += np.where(blank, total, 0)
    return posted, Estimates(row[order], amount, basis, value, quantity, *back, moving, expensed)


def _estimate_at_standard_cost(book: Book, row: Int64) -> tuple[Int64, Int64, Int64, Int64, Int64]:
    """Estimate rows of standard cost items at quantity x cost price (RULES R8.4)."""
    size = np.abs(book.transactions.quantity[row])
    price = compute_at_cost_price(book, row, size)
    basis = np.where(price.has_price, int(Basis.STANDARD_COST), int(Basis.NO_PRICE))
    return row, price.amount, basis, price.amount, size


def _walk_queue(
    book: Book, state: LedgerState, day: int, marks: Marks, posted: Int64, needed: Bool
) -> tuple[Int64, Int64, Int64, Int64, Int64]:
    """Go through the queue of all groups with a blank, oldest first; LIFO date: a day's receipts first (RULES R2.5)."""
    t = book.transactions
    financial = select_financial(book, day)
    proxy, leg = state.legs.find_charged(t)
    present = financial | select_physical(book, day)
    present[proxy] = True
    concerned = np.zeros(len(book.groups), dtype=np.bool_)
    concerned[t.group[needed]] = True
    row = np.flatnonzero(present & concerned[t.group])
    date = np.where(financial, t.financial_date, t.physical_date)
    date[proxy] = state.legs.date[leg - len(t)]
    date = date[row]
    after_receipts = (book.get_item_models()[t.item] == InventoryModel.LIFO_DATE) & (t.quantity < 0)
    row = row[np.lexsort((row, after_receipts[row], date))]
    include_physical = book.get_item_flags("include_physical_value")[t.item]
    counts = financial | include_physical
    # A closing transfer brings nothing; what was charged on its receipt leg is part of the average (R7.4).
    counts[proxy] = True
    gone = t.prior_settled_quantity.copy()
    gone[proxy] = np.abs(t.quantity[proxy])
    adjusted = np.zeros(len(t), dtype=np.int64)
    a = state.adjusted
    own = (a.row < len(t)) & (a.is_physical != financial[np.minimum(a.row, len(t) - 1)])
    np.add.at(adjusted, a.row[own], a.amount[own])
    adjusted[proxy] = _total(len(t) + len(state.legs), a.row, a.amount)[leg]
    mark_start, mark_receipt, mark_quantity = _find_marked_receipts(t.quantity, marks)
    lot_start, lot_issue = _find_original_issues(book)
    price = compute_at_cost_price(book, np.arange(len(t)), np.abs(t.quantity))
    amount, basis, value, quantity = _estimate_in_order.run(
        row, t.group.astype(np.int64), t.quantity, np.where(present, posted, NO_AMOUNT), adjusted, counts,
        needed, price.amount, price.has_price, gone, t.prior_settled_amount,
        mark_start, mark_receipt, mark_quantity, lot_start, lot_issue, NO_AMOUNT, len(book.groups),
        size=max(len(t), len(book.groups)), columns=6, work=len(row),
    )[:4]  # fmt: skip
    made = np.flatnonzero(needed)
    return made, amount[made], basis[made], value[made], quantity[made]


def _total(size: int, at: Int64, amounts: Int64) -> Int64:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, at, amounts)
    return total


def _find_marked_receipts(quantity: Int64, marks: Marks) -> tuple[Int64, Int64, Int64]:
    """Per issue, the receipts it is marked to and how much of each, where it is wholly marked (RULES R8.3)."""
    carrier_is_issue = quantity[marks.carrier] < 0
    issue = np.where(carrier_is_issue, marks.carrier, marks.partner)
    receipt = np.where(carrier_is_issue, marks.partner, marks.carrier)
    order = np.argsort(issue, kind="stable")
    issue, receipt = issue[order], receipt[order]
    wanted = np.minimum(marks.quantity[order], np.minimum(np.abs(quantity[issue]), quantity[receipt]))
    wanted = np.where(
        marks.quantity[order] == UNLIMITED, np.minimum(np.abs(quantity[issue]), quantity[receipt]), wanted
    )
    start = np.zeros(len(quantity) + 1, dtype=np.int64)
    np.cumsum(np.bincount(issue, minlength=len(quantity)), out=start[1:])
    return start, receipt, wanted


def _find_original_issues(book: Book) -> tuple[Int64, Int64]:
    """Per return receipt with a return lot, the issue rows of the original lot or transaction."""
    t = book.transactions
    start = np.zeros(len(t) + 1, dtype=np.int64)
    pairs = find_original_issues(t)
    np.cumsum(np.bincount(pairs.receipt, minlength=len(t)), out=start[1:])
    return start, pairs.issue


@kernel
def _estimate_in_order(  # type: ignore[no-untyped-def]
    order, group, quantity, posted, adjusted, counts, needed, fallback, has_price, gone_quantity, gone_amount,
    mark_start, mark_receipt, mark_quantity, lot_start, lot_issue, no_amount, groups,
    amount, basis, value, average_quantity, group_value, group_quantity,
):  # fmt: skip
    """Keep value and quantity of each group; before a blank is reached, they are its running average.

    What was settled before the workbook's time (``gone_quantity``, ``gone_amount``) is not on hand any more.
    """
    for m in range(len(posted)):
        amount[m] = posted[m]
    for k in range(len(order)):
        m = order[k]
        g = group[m]
        size = abs(quantity[m])
        if needed[m]:
            found = no_amount
            marked, cost = 0, 0
            for p in range(mark_start[m], mark_start[m + 1]):
                r = mark_receipt[p]
                if amount[r] != no_amount:
                    marked += mark_quantity[p]
                    cost += mul_div(amount[r] + adjusted[r], mark_quantity[p], quantity[r])
            if marked == size and mark_start[m] < mark_start[m + 1]:
                found, basis[m] = cost, 1
                value[m], average_quantity[m] = cost, size
            issued, cost = 0, 0
            for p in range(lot_start[m], lot_start[m + 1]):
                i = lot_issue[p]
                if amount[i] == no_amount:
                    issued = 0
                    break
                issued -= quantity[i]
                cost += amount[i] + adjusted[i]
            if issued > 0:
                found, basis[m] = mul_div(cost, size, issued), 2
                value[m], average_quantity[m] = cost, issued
            if found == no_amount:
                if group_value[g] >= 0 and group_quantity[g] > 0:
                    found, basis[m] = mul_div(group_value[g], size, group_quantity[g]), 0
                    value[m], average_quantity[m] = group_value[g], group_quantity[g]
                elif has_price[m]:
                    found, basis[m] = fallback[m], 3
                    value[m], average_quantity[m] = found, size
                else:
                    found, basis[m] = 0, 4
                    value[m], average_quantity[m] = 0, size
            amount[m] = found
        if counts[m]:
            cost, left = amount[m] + adjusted[m] - gone_amount[m], size - gone_quantity[m]
            if quantity[m] > 0:
                group_value[g] += cost
                group_quantity[g] += left
            else:
                group_value[g] -= cost
                group_quantity[g] -= left
    return len(amount)
