"""Estimated cost: what an issue without a posted amount is taken to have cost, the running average of its moment.

In      a book, what earlier runs left standing, D, and the resolved marks.
Out     the posted cost of every transaction at D with estimates in the blanks, and the new Estimates with their basis.
Units   amounts in minor units; quantities in 10**-quantity_scale.
Errors  none: without average and cost price the estimate is 0 and warned about.
Cost    O(n log n) for the queue of the costing groups in which something is blank, nothing where nothing is.
Source  RULES R8.1-R8.3, R8.5; Dynamics AX 2012, "About running average cost price".
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from invclose_xl.closing.as_of import financial_as_of, physical_as_of, posted_as_of
from invclose_xl.closing.standing import Standing
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.kernel import kernel
from invclose_xl.domain.marks import UNLIMITED, Marks
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.returns import original_issues, return_receipts


class Basis(IntEnum):
    """How an estimate came about."""

    RUNNING_AVERAGE = 0
    MARKED_RECEIPTS = 1
    ORIGINAL_ISSUE = 2
    COST_PRICE = 3
    NO_PRICE = 4


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

    def __len__(self) -> int:
        """Number of estimates."""
        return len(self.row)


def estimate(book: Book, standing: Standing, day: int, marks: Marks, chosen: Bool) -> tuple[Int64, Estimates]:
    """Return the posted costs at D without blanks, and what was estimated for it; only chosen items are."""
    posted = posted_as_of(book, day)
    e = standing.estimated
    arrived = posted[e.row] != NO_AMOUNT
    stale = chosen[book.transactions.item[e.row]] & (arrived | (e.is_physical & financial_as_of(book, day)[e.row]))
    posted[e.row[~stale]] = e.amount[~stale]
    back = (e.row[stale], e.amount[stale], e.is_physical[stale])
    needed = (posted == NO_AMOUNT) & ((book.transactions.quantity < 0) | return_receipts(book.transactions))
    needed &= chosen[book.transactions.item]
    none = np.zeros(0, dtype=np.int64)
    made = Estimates(none, none, none, none, none, *back)
    if needed.any():
        made = Estimates(*_walk_queue(book, standing, day, marks, posted, needed), *back)
    posted[made.row] = made.amount
    posted[posted == NO_AMOUNT] = 0
    return posted, made


def _walk_queue(
    book: Book, standing: Standing, day: int, marks: Marks, posted: Int64, needed: Bool
) -> tuple[Int64, Int64, Int64, Int64, Int64]:
    """Go through the queue of all groups with a blank, oldest first."""
    t = book.transactions
    financial = financial_as_of(book, day)
    present = financial | physical_as_of(book, day)
    concerned = np.zeros(len(book.groups), dtype=np.bool_)
    concerned[t.group[needed]] = True
    row = np.flatnonzero(present & concerned[t.group])
    date = np.where(financial, t.financial_date, t.physical_date)[row]
    row = row[np.lexsort((row, date))]
    include_physical = book.flag_of_item("include_physical_value")[t.item]
    counts = financial | include_physical
    adjusted = np.zeros(len(t), dtype=np.int64)
    a = standing.adjusted
    own = (a.row < len(t)) & (a.is_physical != financial[np.minimum(a.row, len(t) - 1)])
    np.add.at(adjusted, a.row[own], a.amount[own])
    mark_start, mark_receipt, mark_quantity = _marked_receipts(t.quantity, marks)
    lot_start, lot_issue = _original_issues(book)
    fallback, has_price = _at_cost_price(book)
    amount, basis, value, quantity = _estimate_in_order.run(
        row, t.group.astype(np.int64), t.quantity, np.where(present, posted, NO_AMOUNT), adjusted, counts,
        needed, fallback, has_price,
        mark_start, mark_receipt, mark_quantity, lot_start, lot_issue, NO_AMOUNT, len(book.groups),
        size=max(len(t), len(book.groups)), columns=6, work=len(row),
    )[:4]  # fmt: skip
    made = np.flatnonzero(needed)
    return made, amount[made], basis[made], value[made], quantity[made]


def _marked_receipts(quantity: Int64, marks: Marks) -> tuple[Int64, Int64, Int64]:
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


def _original_issues(book: Book) -> tuple[Int64, Int64]:
    """Per return receipt with a return lot, the issue rows of the original lot or transaction."""
    t = book.transactions
    start = np.zeros(len(t) + 1, dtype=np.int64)
    pairs = original_issues(t)
    np.cumsum(np.bincount(pairs.receipt, minlength=len(t)), out=start[1:])
    return start, pairs.issue


def _at_cost_price(book: Book) -> tuple[Int64, Bool]:
    """Every transaction's quantity at the cost price of its item (RULES R8.2), and whether there is a price."""
    t, scales = book.transactions, book.scales
    price = book.items.cost_price[t.item]
    has_price = price != NO_AMOUNT
    decimals = scales.price_scale + scales.quantity_scale - scales.currency_decimals
    (amount,) = _scale_products.run(
        np.where(has_price, price, 0), np.abs(t.quantity), 10 ** max(decimals, 0), 10 ** max(-decimals, 0),
        size=len(t), columns=1,
    )  # fmt: skip
    return amount, has_price


@kernel
def _scale_products(price, quantity, divisor, factor, out):  # type: ignore[no-untyped-def]
    """Round each price x quantity to currency."""
    for k in range(len(price)):
        out[k] = mul_div(price[k] * factor, quantity[k], divisor)
    return len(price)


@kernel
def _estimate_in_order(  # type: ignore[no-untyped-def]
    order, group, quantity, posted, adjusted, counts, needed, fallback, has_price,
    mark_start, mark_receipt, mark_quantity, lot_start, lot_issue, no_amount, groups,
    amount, basis, value, average_quantity, group_value, group_quantity,
):  # fmt: skip
    """Keep value and quantity of each group; before a blank is reached, they are its running average."""
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
            cost = amount[m] + adjusted[m]
            group_quantity[g] += quantity[m]
            if quantity[m] > 0:
                group_value[g] += cost
            else:
                group_value[g] -= cost
    return len(amount)
