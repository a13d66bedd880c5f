"""Moving average: value and quantity of each costing group from posting to posting, and what cannot stay in them.

An issue takes value x quantity / quantity on hand; the last piece takes all that is left. A receipt comes at its own
cost, unless it is backdated (it takes the average of the moment) or covers negative stock (the covering part takes the
average at which the stock went below zero). A later invoice changes the value as far as the receipt is still on hand,
that of an issue as long as anything is. The differences are expensed. Amounts that the book gives for issues are taken
as they are.

In      a book, what stands, D, the posted costs at D with blanks, the blanks to estimate, the items of the run.
Out     MovingAverage: estimates, expensed differences, backdated postings, the stock at D.
Units   amounts in minor units; quantities in 10**-quantity_scale.
Errors  rows of the sheet *Cost adjustments* that revalue a stock of nothing.
Cost    O(n log n) in the rows of moving average items since the last Closing.
Source  RULES R8.1-R8.4; Dynamics AX 2012, "About moving average".
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.closing.adjustments.manual import find_revaluations_since
from invclose_xl.closing.moving_average.posting_order import (
    Revaluations,
    Update,
    Updates,
    WalkedTransactions,
    order_updates,
)
from invclose_xl.closing.state.cost_price import compute_at_cost_price
from invclose_xl.closing.state.estimate_basis import Basis
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.closing.state.price_differences import PriceDifferences, Reason
from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Book, Bool, Int64, count_unit_cost_decimals
from invclose_xl.domain.links.returns import find_original_issues
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT, mul_div


@dataclass(frozen=True, slots=True)
class MovingAverage:
    """Result of the walk through the postings; rows are those of Transactions."""

    row: Int64
    """estimated transactions, in row order"""
    amount: Int64
    basis: Int64
    value: Int64
    quantity: Int64
    differences: PriceDifferences
    backdated_row: Int64
    backdated_after: Int64
    """the day that had been posted already"""
    walked: Bool
    """per transaction: of an item that was walked through"""
    group: Int64
    stock_quantity: Int64
    """at D, per costing group"""
    stock_value: Int64
    counted_row: Int64
    """the transactions that this stock consists of"""
    nothing_on_hand: Int64
    """rows of the sheet Cost adjustments that revalue a stock of nothing"""
    revalued: dict[int, int]
    """row of that sheet that revalues to a new unit cost -> what that came to"""


def walk_moving_average(
    book: Book, state: LedgerState, day: int, posted: Int64, needed: Bool, chosen: Bool
) -> MovingAverage:
    """Walk through everything that happened to the moving average items of the run since the last Closing."""
    transactions = book.transactions
    walked = np.asarray(((book.get_item_models() == InventoryModel.MOVING_AVERAGE) & chosen)[transactions.item])
    sheet_row = find_revaluations_since(book, state, day, walked)
    revaluations = _read_revaluations(book, sheet_row)
    walked_rows, updates = order_updates(book, state, day, posted, needed, walked, revaluations)
    opening_quantity, opening_value = _compute_opening_stock(book, state, walked_rows)
    price = compute_at_cost_price(book, walked_rows.row, walked_rows.size)
    lot_start, lot_place = _find_original_issues(book, walked_rows)
    groups, size = len(walked_rows.group_code), len(walked_rows.row)
    walk = _walk.run(
        updates.kind, updates.place, updates.day, updates.cost,
        walked_rows.group, walked_rows.size, transactions.quantity[walked_rows.row] > 0, price.amount, price.has_price,
        lot_start, lot_place,
        walked_rows.known, opening_quantity, opening_value, state.closed_up_to, NO_AMOUNT, _compute_divisor(book),
        size=max(size, len(updates.kind), groups), columns=12, work=len(updates.kind),
    )  # fmt: skip
    by_place = _ByPlace(walk.cost[:size], walk.basis[:size], walk.value[:size], walk.quantity[:size])
    count = len(updates.kind)
    by_update = _ByUpdate(
        walk.reason[:count], walk.taken[:count], walk.own_amount[:count], walk.part[:count], walk.day_before[:count]
    )
    estimated = np.flatnonzero(needed[walked_rows.row])
    backdated = np.flatnonzero(by_update.seen_before > updates.day)
    entered = np.isin(updates.kind, (Update.PHYSICAL, Update.FINANCIAL))
    to_unit_cost = updates.kind == Update.NEW_UNIT_COST
    return MovingAverage(
        row=walked_rows.row[estimated],
        amount=by_place.cost[estimated] + transactions.prior_settled_amount[walked_rows.row[estimated]],
        basis=by_place.basis[estimated],
        value=by_place.value[estimated],
        quantity=by_place.quantity[estimated],
        differences=_collect_differences(walked_rows, updates, by_place, by_update),
        backdated_row=walked_rows.row[updates.place[backdated]],
        backdated_after=by_update.seen_before[backdated],
        walked=walked,
        group=walked_rows.group_code,
        stock_quantity=walk.on_hand[:groups],
        stock_value=walk.stock_value[:groups],
        counted_row=np.union1d(
            walked_rows.row[walked_rows.opening != NO_AMOUNT], walked_rows.row[updates.place[entered]]
        ),
        nothing_on_hand=np.sort(updates.sheet_row[(updates.sheet_row >= 0) & (by_update.part <= 0)]),
        revalued=dict(
            zip(updates.sheet_row[to_unit_cost].tolist(), by_update.taken[to_unit_cost].tolist(), strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class _ByPlace:
    """Columns that the walk fills in for each transaction; average = value / quantity."""

    cost: Int64
    basis: Int64
    value: Int64
    quantity: Int64


@dataclass(frozen=True, slots=True)
class _ByUpdate:
    """Columns that the walk fills in for each update."""

    reason: Int64
    """0: nothing is expensed; else the Reason + 1"""
    taken: Int64
    own: Int64
    part: Int64
    """as in PriceDifferences; of revaluations what is on hand, and of those to a new unit cost what they come to"""
    seen_before: Int64
    """the latest day that its group had seen"""


def _read_revaluations(book: Book, sheet_row: Int64) -> Revaluations:
    sheet = book.cost_adjustments
    if sheet is None:
        return Revaluations(sheet_row, sheet_row, sheet_row, sheet_row > 0, sheet_row)
    row, day = sheet.transaction[sheet_row].astype(np.int64), sheet.day[sheet_row].astype(np.int64)
    to_unit_cost = sheet.has_unit_cost()[sheet_row]
    brings = sheet.amount[sheet_row].copy()
    brings[to_unit_cost] = sheet.new_unit_cost[sheet_row[to_unit_cost]] if to_unit_cost.any() else 0
    return Revaluations(sheet_row, row, day, to_unit_cost, brings)


def _compute_divisor(book: Book) -> int:
    """Return what new unit cost x quantity is divided by to be in minor units."""
    return 1 if book.cost_adjustments is None else 10 ** count_unit_cost_decimals(book.cost_adjustments, book.scales)


def _compute_opening_stock(book: Book, state: LedgerState, walked_rows: WalkedTransactions) -> tuple[Int64, Int64]:
    """Quantity and value of each costing group at the last Closing: costs, and what was expensed up to then."""
    counted = np.flatnonzero(walked_rows.opening != NO_AMOUNT)
    then = state.expensed.closing <= state.last_closing
    expensed = np.zeros(len(book.transactions), dtype=np.int64)
    np.add.at(expensed, state.expensed.row[then], state.expensed.amount[then])
    sign = np.where(book.transactions.quantity[walked_rows.row[counted]] > 0, 1, -1)
    quantity, value = np.zeros((2, len(walked_rows.group_code)), dtype=np.int64)
    np.add.at(quantity, walked_rows.group[counted], sign * walked_rows.size[counted])
    np.add.at(value, walked_rows.group[counted], sign * (walked_rows.opening + expensed[walked_rows.row])[counted])
    return quantity, value


def _find_original_issues(book: Book, walked_rows: WalkedTransactions) -> tuple[Int64, Int64]:
    """Per place of a return receipt the places of the issues that it gives back, -1 where they are not there."""
    pairs = find_original_issues(book.transactions)
    place_of = np.full(len(book.transactions), -1, dtype=np.int64)
    place_of[walked_rows.row] = np.arange(len(walked_rows.row))
    own = place_of[pairs.receipt] >= 0
    start = np.zeros(len(walked_rows.row) + 1, dtype=np.int64)
    np.cumsum(np.bincount(place_of[pairs.receipt[own]], minlength=len(walked_rows.row)), out=start[1:])
    return start, place_of[pairs.issue[own]]


def _collect_differences(
    walked_rows: WalkedTransactions, updates: Updates, by_place: _ByPlace, by_update: _ByUpdate
) -> PriceDifferences:
    chosen = np.flatnonzero((by_update.reason > 0) & (by_update.taken != by_update.own))
    place, reason = updates.place[chosen], by_update.reason[chosen] - 1
    return PriceDifferences(
        row=walked_rows.row[place],
        reason=reason,
        taken=by_update.taken[chosen],
        own=by_update.own[chosen],
        part=by_update.part[chosen],
        whole=walked_rows.size[place],
        cost=np.where(reason == Reason.LATE_INVOICE, by_place.cost[place], by_update.taken[chosen]),
    )


INVOICE, UNCOUNTED, REVALUATION = int(Update.INVOICE), int(Update.UNCOUNTED), int(Update.REVALUATION)
ORIGINAL_ISSUE, COST_PRICE, NO_PRICE = int(Basis.ORIGINAL_ISSUE), int(Basis.COST_PRICE), int(Basis.NO_PRICE)
MOVING_AVERAGE, PACKING_SLIP = int(Basis.MOVING_AVERAGE), int(Basis.PACKING_SLIP)
NOT_EXPENSED = 0
BACKDATED, NEGATIVE_STOCK, LATE_INVOICE = (1 + int(reason) for reason in Reason)
"""Codes of the kernel as plain integers, which its lists and arrays hold; a reason is 1 + Reason."""


# long because a compiled kernel is one function: one walk over the updates of all groups
@kernel
def _walk(  # type: ignore[no-untyped-def]
    kind, transaction_of, day, brought, group_of, size, is_receipt, price, has_price, lot_start, lot_issue,
    known, opening_quantity, opening_value, closed_up_to, no_amount, divisor,
    cost, basis, value, quantity, reason, taken, own_amount, part, day_before, on_hand, stock_value, latest_day,
):  # fmt: skip
    """Keep quantity, value and latest day of each group; ``kind`` is of Update, ``basis`` of Basis.

    An update of a receipt brings ``taken`` into the stock where its own amount is ``own_amount``; ``part`` is the
    quantity that the difference, if there is a ``reason`` for one, is about.
    """
    for transaction in range(len(known)):
        cost[transaction] = known[transaction]
    for group in range(len(opening_quantity)):
        on_hand[group], stock_value[group] = opening_quantity[group], opening_value[group]
        latest_day[group] = closed_up_to
    for update in range(len(kind)):
        transaction, given = transaction_of[update], brought[update]
        group, whole = group_of[transaction], size[transaction]
        day_before[update], part[update] = day[update], on_hand[group]
        if kind[update] >= REVALUATION:
            # an amount, or a unit cost for all that is on hand
            by_amount = kind[update] == REVALUATION
            taken[update] = given if by_amount else mul_div(given, on_hand[group], divisor) - stock_value[group]
            stock_value[group] += taken[update]
            continue
        if kind[update] == INVOICE:
            if given == no_amount:
                given = cost[transaction]
                if quantity[transaction] == 0:
                    basis[transaction], value[transaction], quantity[transaction] = PACKING_SLIP, given, whole
            own_amount[update] = taken[update] = given - cost[transaction]
            if is_receipt[transaction]:
                # only what is still on hand takes the difference of the invoice (RULES R8.1)
                reason[update], part[update] = LATE_INVOICE, min(max(on_hand[group], 0), whole)
                taken[update] = mul_div(own_amount[update], part[update], whole)
            elif on_hand[group] == 0:
                # nor does an empty stock take the difference of an issue
                reason[update], taken[update] = LATE_INVOICE, 0
            stock_value[group] += taken[update] if is_receipt[transaction] else -taken[update]
            cost[transaction] = given
            continue
        # below zero there is an average as long as the value is below zero too
        has_average = stock_value[group] >= 0 if on_hand[group] > 0 else on_hand[group] < 0 and stock_value[group] < 0
        if given == no_amount:
            issued, spent = 0, 0
            for pair in range(lot_start[transaction], lot_start[transaction + 1]):
                issue = lot_issue[pair]
                if issue < 0 or cost[issue] == no_amount:
                    issued = 0
                    break
                issued, spent = issued + size[issue], spent + cost[issue]
            if issued > 0:
                basis[transaction], value[transaction], quantity[transaction] = ORIGINAL_ISSUE, spent, issued
            elif has_average:
                basis[transaction] = MOVING_AVERAGE
                value[transaction], quantity[transaction] = abs(stock_value[group]), abs(on_hand[group])
            else:
                basis[transaction] = COST_PRICE if has_price[transaction] else NO_PRICE
                value[transaction], quantity[transaction] = price[transaction], whole
            given = mul_div(value[transaction], whole, quantity[transaction])
        cost[transaction] = given
        if kind[update] == UNCOUNTED:
            continue
        own_amount[update] = taken[update] = given
        day_before[update] = latest_day[group]
        # backdated: issues after it took the average without it, so it comes in at the average and the rest is expensed
        if is_receipt[transaction] and has_average and day[update] < latest_day[group]:
            reason[update], part[update] = BACKDATED, whole
            taken[update] = mul_div(abs(stock_value[group]), whole, abs(on_hand[group]))
        # what covers stock below zero takes the cost that went out; the difference is expensed (RULES R8.4)
        elif is_receipt[transaction] and on_hand[group] < 0:
            reason[update], part[update] = NEGATIVE_STOCK, min(whole, -on_hand[group])
            taken[update] -= mul_div(given, part[update], whole)
            taken[update] += mul_div(-stock_value[group], part[update], -on_hand[group])
        on_hand[group] += whole if is_receipt[transaction] else -whole
        stock_value[group] += taken[update] if is_receipt[transaction] else -taken[update]
        latest_day[group] = max(latest_day[group], day[update])
    return len(cost)
