"""Moving average: value and quantity of each costing group from posting to posting, and what cannot stay in them.

An issue takes value x quantity / quantity on hand; the last piece takes all that is left. A receipt comes at its own
cost, unless it is backdated (it takes the average of the moment) or covers negative stock (the covering part takes the
average at which the stock went below zero). A later invoice changes the value as far as the receipt is still on hand.
The differences are expensed. Amounts that the book gives for issues are taken as they are.

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
from invclose_xl.closing.moving_average.posting_order import Places, Revaluations, Update, Updates, order_updates
from invclose_xl.closing.state.cost_price import compute_at_cost_price
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.closing.state.price_differences import Differences, Reason
from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Book, Bool, Int64, count_unit_cost_decimals
from invclose_xl.domain.links.returns import find_original_issues
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT, mul_div


@dataclass(frozen=True, slots=True)
class MovingAverage:
    """What the walk through the postings found; rows are those of Transactions."""

    row: Int64
    """estimated transactions, in row order"""
    amount: Int64
    basis: Int64
    value: Int64
    quantity: Int64
    differences: Differences
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
    t = book.transactions
    walked = np.asarray(((book.get_item_models() == InventoryModel.MOVING_AVERAGE) & chosen)[t.item])
    sheet_row = find_revaluations_since(book, state, day, walked)
    revaluations = _read_revaluations(book, sheet_row)
    places, updates = order_updates(book, state, day, posted, needed, walked, revaluations)
    opening_quantity, opening_value = _compute_opening_stock(book, state, places)
    price = compute_at_cost_price(book, places.row, places.size)
    lot_start, lot_place = _find_original_issues(book, places)
    groups, size = len(places.group_code), len(places.row)
    columns = _walk.run(
        updates.kind, updates.place, updates.day, updates.cost,
        places.group, places.size, t.quantity[places.row] > 0, price.amount, price.has_price, lot_start, lot_place,
        places.known, opening_quantity, opening_value, state.closed_up_to, NO_AMOUNT, _compute_divisor(book),
        size=max(size, len(updates.kind), groups), columns=12, work=len(updates.kind),
    )  # fmt: skip
    by_place = _ByPlace(*(c[:size] for c in columns[:4]))
    by_update = _ByUpdate(*(c[: len(updates.kind)] for c in columns[4:9]))
    estimated = np.flatnonzero(needed[places.row])
    backdated = np.flatnonzero(by_update.seen_before > updates.day)
    entered = np.isin(updates.kind, (Update.PHYSICAL, Update.FINANCIAL))
    to_unit_cost = updates.kind == Update.NEW_UNIT_COST
    return MovingAverage(
        row=places.row[estimated],
        amount=by_place.cost[estimated] + t.prior_settled_amount[places.row[estimated]],
        basis=by_place.basis[estimated],
        value=by_place.value[estimated],
        quantity=by_place.quantity[estimated],
        differences=_collect_differences(places, updates, by_place, by_update),
        backdated_row=places.row[updates.place[backdated]],
        backdated_after=by_update.seen_before[backdated],
        walked=walked,
        group=places.group_code,
        stock_quantity=columns[9][:groups],
        stock_value=columns[10][:groups],
        counted_row=np.union1d(places.row[places.opening != NO_AMOUNT], places.row[updates.place[entered]]),
        nothing_on_hand=np.sort(updates.sheet_row[(updates.sheet_row >= 0) & (by_update.part <= 0)]),
        revalued=dict(
            zip(updates.sheet_row[to_unit_cost].tolist(), by_update.taken[to_unit_cost].tolist(), strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class _ByPlace:
    """What the walk fills in for each transaction; average = value / quantity."""

    cost: Int64
    basis: Int64
    value: Int64
    quantity: Int64


@dataclass(frozen=True, slots=True)
class _ByUpdate:
    """What the walk fills in for each update."""

    reason: Int64
    """0: nothing is expensed; else the Reason + 1"""
    taken: Int64
    own: Int64
    part: Int64
    """as in Differences; of revaluations what is on hand, and of those to a new unit cost what they come to"""
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


def _compute_opening_stock(book: Book, state: LedgerState, places: Places) -> tuple[Int64, Int64]:
    """Quantity and value of each costing group at the last Closing: costs, and what was expensed up to then."""
    counted = np.flatnonzero(places.opening != NO_AMOUNT)
    then = state.expensed.closing <= state.last_closing
    expensed = np.zeros(len(book.transactions), dtype=np.int64)
    np.add.at(expensed, state.expensed.row[then], state.expensed.amount[then])
    sign = np.where(book.transactions.quantity[places.row[counted]] > 0, 1, -1)
    quantity, value = np.zeros((2, len(places.group_code)), dtype=np.int64)
    np.add.at(quantity, places.group[counted], sign * places.size[counted])
    np.add.at(value, places.group[counted], sign * (places.opening + expensed[places.row])[counted])
    return quantity, value


def _find_original_issues(book: Book, places: Places) -> tuple[Int64, Int64]:
    """Per place of a return receipt the places of the issues that it gives back, -1 where they are not there."""
    pairs = find_original_issues(book.transactions)
    place_of = np.full(len(book.transactions), -1, dtype=np.int64)
    place_of[places.row] = np.arange(len(places.row))
    own = place_of[pairs.receipt] >= 0
    start = np.zeros(len(places.row) + 1, dtype=np.int64)
    np.cumsum(np.bincount(place_of[pairs.receipt[own]], minlength=len(places.row)), out=start[1:])
    return start, place_of[pairs.issue[own]]


def _collect_differences(places: Places, updates: Updates, by_place: _ByPlace, by_update: _ByUpdate) -> Differences:
    chosen = np.flatnonzero((by_update.reason > 0) & (by_update.taken != by_update.own))
    place, reason = updates.place[chosen], by_update.reason[chosen] - 1
    return Differences(
        row=places.row[place],
        reason=reason,
        taken=by_update.taken[chosen],
        own=by_update.own[chosen],
        part=by_update.part[chosen],
        whole=places.size[place],
        cost=np.where(reason == Reason.LATE_INVOICE, by_place.cost[place], by_update.taken[chosen]),
    )


@kernel
def _walk(  # type: ignore[no-untyped-def]
    kind, place, day, brought, group, size, is_receipt, price, has_price, lot_start, lot_place,
    known, opening_quantity, opening_value, closed_up_to, no_amount, divisor,
    cost, basis, value, quantity, reason, taken, own, part, seen_before, have, worth, seen,
):  # fmt: skip
    """Keep quantity, value and latest day of each group; kinds are those of Update, bases those of Basis."""
    for m in range(len(known)):
        cost[m] = known[m]
    for g in range(len(opening_quantity)):
        have[g], worth[g], seen[g] = opening_quantity[g], opening_value[g], closed_up_to
    for k in range(len(kind)):
        m, given = place[k], brought[k]
        g, q = group[m], size[m]
        seen_before[k], part[k] = day[k], have[g]
        if kind[k] >= 4:
            taken[k] = given if kind[k] == 4 else mul_div(given, have[g], divisor) - worth[g]
            worth[g] += taken[k]
            continue
        if kind[k] == 2:
            if given == no_amount:
                given = cost[m]
                if quantity[m] == 0:
                    basis[m], value[m], quantity[m] = 7, given, q
            own[k] = taken[k] = given - cost[m]
            if is_receipt[m]:
                reason[k], part[k] = 3, min(max(have[g], 0), q)
                taken[k] = mul_div(own[k], part[k], q)
            worth[g] += taken[k] if is_receipt[m] else -taken[k]
            cost[m] = given
            continue
        averages = (have[g] > 0 and worth[g] >= 0) or (have[g] < 0 and worth[g] < 0)
        if given == no_amount:
            issued, spent = 0, 0
            for p in range(lot_start[m], lot_start[m + 1]):
                if lot_place[p] < 0 or cost[lot_place[p]] == no_amount:
                    issued = 0
                    break
                issued, spent = issued + size[lot_place[p]], spent + cost[lot_place[p]]
            if issued > 0:
                basis[m], value[m], quantity[m] = 2, spent, issued
            elif averages:
                basis[m], value[m], quantity[m] = 6, abs(worth[g]), abs(have[g])
            else:
                basis[m], value[m], quantity[m] = (3 if has_price[m] else 4), price[m], q
            given = mul_div(value[m], q, quantity[m])
        cost[m] = given
        if kind[k] == 3:
            continue
        own[k] = taken[k] = given
        seen_before[k] = seen[g]
        if is_receipt[m] and averages and day[k] < seen[g]:
            reason[k], part[k] = 1, q
            taken[k] = mul_div(abs(worth[g]), q, abs(have[g]))
        elif is_receipt[m] and have[g] < 0:
            reason[k], part[k] = 2, min(q, -have[g])
            taken[k] += mul_div(-worth[g], part[k], -have[g]) - mul_div(given, part[k], q)
        have[g] += q if is_receipt[m] else -q
        worth[g] += taken[k] if is_receipt[m] else -taken[k]
        seen[g] = max(seen[g], day[k])
    return len(cost)
