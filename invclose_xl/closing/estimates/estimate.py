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
from typing import NamedTuple

import numpy as np

from invclose_xl.closing.moving_average.walk import MovingAverage, walk_moving_average
from invclose_xl.closing.state.as_of import compute_posted_cost, select_financial, select_physical
from invclose_xl.closing.state.cost_price import compute_at_cost_price
from invclose_xl.closing.state.estimate_basis import Basis
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


class _Estimated(NamedTuple):
    """Estimates of one kind of item, in the columns of ``Estimates``."""

    row: Int64
    amount: Int64
    basis: Int64
    value: Int64
    quantity: Int64


def estimate(book: Book, state: LedgerState, day: int, marks: Marks, chosen: Bool) -> tuple[Int64, Estimates]:
    """Return the posted costs at D without blanks, and what was estimated for it; only chosen items are."""
    posted = compute_posted_cost(book, day)
    estimated = state.estimated
    arrived = posted[estimated.row] != NO_AMOUNT
    stale = chosen[book.transactions.item[estimated.row]] & (
        arrived | (estimated.is_physical & select_financial(book, day)[estimated.row])
    )
    posted[estimated.row[~stale]] = estimated.amount[~stale]
    back = (estimated.row[stale], estimated.amount[stale], estimated.is_physical[stale])
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
        _Estimated(moving.row, moving.amount, moving.basis, moving.value, moving.quantity),
        _estimate_at_standard_cost(book, np.flatnonzero(needed & (model == InventoryModel.STANDARD_COST))),
    ]
    needed &= is_periodic(model)
    if needed.any():
        parts.append(_walk_queue(book, state, day, marks, posted, needed))
    made = _Estimated(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    made = _Estimated(*(column[np.argsort(made.row, kind="stable")] for column in made))
    posted[made.row] = made.amount
    posted[posted == NO_AMOUNT] = 0
    posted += np.where(blank, total, 0)
    return posted, Estimates(*made, *back, moving, expensed)


def _estimate_at_standard_cost(book: Book, row: Int64) -> _Estimated:
    """Estimate rows of standard cost items at quantity x cost price (RULES R8.4)."""
    size = np.abs(book.transactions.quantity[row])
    price = compute_at_cost_price(book, row, size)
    basis = np.where(price.has_price, int(Basis.STANDARD_COST), int(Basis.NO_PRICE))
    return _Estimated(row, price.amount, basis, price.amount, size)


def _walk_queue(book: Book, state: LedgerState, day: int, marks: Marks, posted: Int64, needed: Bool) -> _Estimated:
    """Go through the queue of all groups with a blank, oldest first; LIFO date: a day's receipts first (RULES R2.5)."""
    transactions = book.transactions
    financial = select_financial(book, day)
    proxy, leg = state.legs.find_charged(transactions)
    present = financial | select_physical(book, day)
    present[proxy] = True
    concerned = np.zeros(len(book.groups), dtype=np.bool_)
    concerned[transactions.group[needed]] = True
    row = np.flatnonzero(present & concerned[transactions.group])
    date = np.where(financial, transactions.financial_date, transactions.physical_date)
    date[proxy] = state.legs.date[leg - len(transactions)]
    date = date[row]
    after_receipts = (book.get_item_models()[transactions.item] == InventoryModel.LIFO_DATE) & (
        transactions.quantity < 0
    )
    row = row[np.lexsort((row, after_receipts[row], date))]
    include_physical = book.get_item_flags("include_physical_value")[transactions.item]
    counts = financial | include_physical
    # A closing transfer brings nothing; what was charged on its receipt leg is part of the average (R7.4).
    counts[proxy] = True
    gone = transactions.prior_settled_quantity.copy()
    gone[proxy] = np.abs(transactions.quantity[proxy])
    adjusted = np.zeros(len(transactions), dtype=np.int64)
    adjustments = state.adjusted
    own = (adjustments.row < len(transactions)) & (
        adjustments.is_physical != financial[np.minimum(adjustments.row, len(transactions) - 1)]
    )
    np.add.at(adjusted, adjustments.row[own], adjustments.amount[own])
    adjusted[proxy] = _sum_amounts(len(transactions) + len(state.legs), adjustments.row, adjustments.amount)[leg]
    mark_start, mark_receipt, mark_quantity = _find_marked_receipts(transactions.quantity, marks)
    lot_start, lot_issue = _find_original_issues(book)
    price = compute_at_cost_price(book, np.arange(len(transactions)), np.abs(transactions.quantity))
    walk = _estimate_in_order.run(
        row, transactions.group.astype(np.int64), transactions.quantity, np.where(present, posted, NO_AMOUNT), adjusted,
        counts, needed, price.amount, price.has_price, gone, transactions.prior_settled_amount,
        mark_start, mark_receipt, mark_quantity, lot_start, lot_issue, NO_AMOUNT, len(book.groups),
        size=max(len(transactions), len(book.groups)), columns=6, work=len(row),
    )  # fmt: skip
    made = np.flatnonzero(needed)
    return _Estimated(made, walk.amount[made], walk.basis[made], walk.value[made], walk.average_quantity[made])


def _sum_amounts(size: int, at: Int64, amounts: Int64) -> Int64:
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
    transactions = book.transactions
    start = np.zeros(len(transactions) + 1, dtype=np.int64)
    pairs = find_original_issues(transactions)
    np.cumsum(np.bincount(pairs.receipt, minlength=len(transactions)), out=start[1:])
    return start, pairs.issue


RUNNING_AVERAGE, MARKED_RECEIPTS = int(Basis.RUNNING_AVERAGE), int(Basis.MARKED_RECEIPTS)
ORIGINAL_ISSUE, COST_PRICE, NO_PRICE = int(Basis.ORIGINAL_ISSUE), int(Basis.COST_PRICE), int(Basis.NO_PRICE)
"""Codes of the kernel as plain integers, which its lists and arrays hold"""


@kernel
def _estimate_in_order(  # type: ignore[no-untyped-def]
    order, group_of, quantity, posted, adjusted, counts, needed, fallback, has_price, gone_quantity, gone_amount,
    mark_start, mark_receipt, mark_quantity, lot_start, lot_issue, no_amount, groups,
    amount, basis, value, average_quantity, group_value, group_quantity,
):  # fmt: skip
    """Keep value and quantity of each group; before a blank is reached, they are its running average.

    What was settled before the workbook's time (``gone_quantity``, ``gone_amount``) is not on hand any more.
    """
    for movement in range(len(posted)):
        amount[movement] = posted[movement]
    for position in range(len(order)):
        movement = order[position]
        group = group_of[movement]
        size = abs(quantity[movement])
        if needed[movement]:
            found = no_amount
            marked, cost = 0, 0
            for pair in range(mark_start[movement], mark_start[movement + 1]):
                receipt = mark_receipt[pair]
                if amount[receipt] != no_amount:
                    marked += mark_quantity[pair]
                    cost += mul_div(amount[receipt] + adjusted[receipt], mark_quantity[pair], quantity[receipt])
            if marked == size and mark_start[movement] < mark_start[movement + 1]:
                found, basis[movement] = cost, MARKED_RECEIPTS
                value[movement], average_quantity[movement] = cost, size
            # a return costs what its original issue cost, all lines of it together; one without a cost yet says nothing
            issued, cost = 0, 0
            for pair in range(lot_start[movement], lot_start[movement + 1]):
                issue = lot_issue[pair]
                if amount[issue] == no_amount:
                    issued = 0
                    break
                issued -= quantity[issue]
                cost += amount[issue] + adjusted[issue]
            if issued > 0:
                found, basis[movement] = mul_div(cost, size, issued), ORIGINAL_ISSUE
                value[movement], average_quantity[movement] = cost, issued
            if found == no_amount:
                # below zero there is no average to take: the cost price takes its place, and 0 where there is none
                if group_value[group] >= 0 and group_quantity[group] > 0:
                    found, basis[movement] = mul_div(group_value[group], size, group_quantity[group]), RUNNING_AVERAGE
                    value[movement], average_quantity[movement] = group_value[group], group_quantity[group]
                elif has_price[movement]:
                    found, basis[movement] = fallback[movement], COST_PRICE
                    value[movement], average_quantity[movement] = found, size
                else:
                    found, basis[movement] = 0, NO_PRICE
                    value[movement], average_quantity[movement] = 0, size
            amount[movement] = found
        if counts[movement]:
            cost, left = amount[movement] + adjusted[movement] - gone_amount[movement], size - gone_quantity[movement]
            if quantity[movement] > 0:
                group_value[group] += cost
                group_quantity[group] += left
            else:
                group_value[group] -= cost
                group_quantity[group] -= left
    return len(amount)
