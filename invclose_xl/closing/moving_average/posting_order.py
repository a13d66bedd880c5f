"""Posting order of moving average items: which update happened when, as far as a sheet can tell.

Rows are in the order in which they were posted. A row's first update happens at its row. An invoice that comes
later, and a revaluation, happen when the first following row of the costing group dated after them comes, at the
latest at the end. What the last Closing has seen is not replayed: it is the opening stock.

In      a book, what stands, D, the posted costs at D with blanks, and which transactions to look at.
Out     Updates, in the order in which they happened.
Cost    O(n log n) in the rows of moving average items.
Source  RULES R8.1 (without physical value only financial updates count), R8.4, R1 (row order).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from invclose_xl.closing.state.as_of import select_financial, select_physical
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import NO_DATE, Book, Bool, Int64, Integers
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.words import Cause


class Update(IntEnum):
    """Kind of a change of the stock."""

    PHYSICAL = 0
    """counted from the packing slip on"""
    FINANCIAL = 1
    """counted from the invoice on"""
    INVOICE = 2
    """counted before; the invoice brings its own amount"""
    UNCOUNTED = 3
    """a packing slip where only invoices count: all it may need is an estimate"""
    REVALUATION = 4
    """by an amount"""
    NEW_UNIT_COST = 5
    """a revaluation to what one unit is to cost"""


@dataclass(frozen=True, slots=True)
class Revaluations:
    """Manual adjustments of what is on hand that the opening stock does not have yet."""

    sheet_row: Int64
    """of the sheet Cost adjustments"""
    row: Int64
    day: Int64
    to_unit_cost: Bool
    amount: Int64
    """what the value changes by, or the new unit cost"""


@dataclass(frozen=True, slots=True)
class WalkedTransactions:
    """The transactions concerned, one element each, in row order. Updates refer to their places."""

    row: Int64
    group: Int64
    """numbered from 0; ``group_code`` of each number is the costing group"""
    group_code: Int64
    size: Int64
    """quantity as a magnitude, less what was settled before the workbook's time; likewise all costs"""
    opening: Int64
    """cost of what the opening stock already counts, NO_AMOUNT of everything else"""
    known: Int64
    """the same, and what packing slips that do not count were given or estimated at"""
    seen: Bool
    """there at the last Closing, counted or not"""


@dataclass(frozen=True, slots=True)
class Updates:
    """One element per update, in the order in which they happened."""

    kind: Int64
    place: Int64
    day: Int64
    cost: Int64
    """what the update brings, NO_AMOUNT where it is to be estimated"""
    sheet_row: Int64
    """of revaluations: the row of the sheet Cost adjustments"""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Updates that happen at their row, or where ``waits`` not before a following row dated after them."""

    kind: Int64
    place: Int64
    day: Int64
    cost: Int64
    waits: Bool


def order_updates(
    book: Book,
    state: LedgerState,
    day: int,
    posted: Int64,
    needed: Bool,
    looked_at: Bool,
    revaluations: Revaluations,
) -> tuple[WalkedTransactions, Updates]:
    """Return the transactions that are looked at and there at D, and what happened to them since the last Closing."""
    transactions = book.transactions
    left = np.abs(transactions.quantity) - transactions.prior_settled_quantity
    row = np.flatnonzero(looked_at & (select_financial(book, day) | select_physical(book, day)) & (left > 0))
    group_code, group = np.unique(transactions.group[row], return_inverse=True)
    base = min(state.closed_up_to, day)
    financial_then, physical_then = select_financial(book, base)[row], select_physical(book, base)[row]
    before, after = (cost[row] for cost in _compute_costs(book, state, day, posted, looked_at))
    counts_physical = book.get_item_flags("include_physical_value")[transactions.item[row]]
    opening = np.where(financial_then, after, np.where(physical_then & counts_physical, before, NO_AMOUNT))
    seen = financial_then | physical_then
    walked_rows = WalkedTransactions(
        row=row,
        group=group.astype(np.int64),
        group_code=group_code.astype(np.int64),
        size=left[row],
        opening=opening,
        known=np.where(seen & (opening == NO_AMOUNT), before, opening),
        seen=seen,
    )
    waiting = _find_updates(book, day, walked_rows, before, after, counts_physical, needed, financial_then)
    first_day = _find_first_day(transactions.physical_date[row], transactions.financial_date[row])
    return walked_rows, _sort_updates(walked_rows, first_day, waiting, revaluations)


def _compute_costs(book: Book, state: LedgerState, day: int, posted: Int64, looked_at: Bool) -> tuple[Int64, Int64]:
    """Cost of each transaction from the packing slip on, and from the invoice on; NO_AMOUNT where not known."""
    transactions = book.transactions
    estimated, adjusted = state.estimated, state.adjusted
    before = transactions.physical_amount.copy()
    fill = estimated.is_physical & (before[estimated.row] == NO_AMOUNT)
    before[estimated.row[fill]] = estimated.amount[fill]
    after = np.where(select_financial(book, day), posted, NO_AMOUNT)
    row = np.minimum(adjusted.row, max(len(transactions) - 1, 0))
    replayed = (adjusted.cause == Cause.MANUAL_ADJUSTMENT.value).to_numpy() & (adjusted.closing > state.last_closing)
    counts = (adjusted.row < len(transactions)) & ~(replayed & looked_at[row])
    for cost, kind in ((before, adjusted.is_physical), (after, ~adjusted.is_physical)):
        change = -transactions.prior_settled_amount
        np.add.at(change, row[counts & kind], adjusted.amount[counts & kind])
        known = cost != NO_AMOUNT
        cost[known] += change[known]
    return before, after


def _find_first_day(physical: Integers, financial: Integers) -> Int64:
    """Day of the first update: the earlier one of the two that are there."""
    first = np.minimum(physical, financial)
    return np.where(first == NO_DATE, np.maximum(physical, financial), first).astype(np.int64)


def _find_updates(
    book: Book,
    day: int,
    walked_rows: WalkedTransactions,
    before: Int64,
    after: Int64,
    counts_physical: Bool,
    needed: Bool,
    financial_then: Bool,
) -> _Waiting:
    """Say which updates each transaction has had since the last Closing."""
    transactions, row = book.transactions, walked_rows.row
    physical_day, financial_day = (
        transactions.physical_date[row].astype(np.int64),
        transactions.financial_date[row].astype(np.int64),
    )
    is_financial = select_financial(book, day)[row]
    late = (physical_day != NO_DATE) & (~is_financial | (financial_day > physical_day)) & (physical_day <= day)
    counted = walked_rows.opening != NO_AMOUNT
    can_be_valued = (before != NO_AMOUNT) | (transactions.quantity[row] < 0) | needed[row]
    physical = ~counted & counts_physical & late & can_be_valued
    invoice = is_financial & ~financial_then & late & (physical | counted)
    financial = ~counted & ~physical & is_financial
    new_issue = (transactions.quantity[row] < 0) & ~walked_rows.seen
    uncounted = ~counted & ~physical & late & (new_issue | (needed[row] & ~is_financial))
    parts = []
    for kind, chosen, date, cost, waits in (
        (Update.PHYSICAL, physical, physical_day, before, walked_rows.seen),
        (Update.FINANCIAL, financial, financial_day, after, walked_rows.seen | late),
        (Update.INVOICE, invoice, financial_day, after, np.ones(len(row), dtype=np.bool_)),
        (Update.UNCOUNTED, uncounted, physical_day, before, walked_rows.seen),
    ):
        at = np.flatnonzero(chosen)
        parts.append(_Waiting(np.full(len(at), int(kind), dtype=np.int64), at, date[at], cost[at], waits[at]))
    return _join_waiting(parts)


def _join_waiting(parts: list[_Waiting]) -> _Waiting:
    return _Waiting(
        np.concatenate([p.kind for p in parts]),
        np.concatenate([p.place for p in parts]),
        np.concatenate([p.day for p in parts]),
        np.concatenate([p.cost for p in parts]),
        np.concatenate([p.waits for p in parts]),
    )


def _sort_updates(
    walked_rows: WalkedTransactions, first_day: Int64, updates: _Waiting, revaluations: Revaluations
) -> Updates:
    """Let what waits happen before the first following row dated after it, in the order of its own dates."""
    known = np.isin(revaluations.row, walked_rows.row)
    at = np.searchsorted(walked_rows.row, revaluations.row[known])
    kind = np.where(revaluations.to_unit_cost[known], int(Update.NEW_UNIT_COST), int(Update.REVALUATION))
    revalued = _Waiting(
        kind.astype(np.int64), at, revaluations.day[known], revaluations.amount[known], np.ones(len(at), dtype=np.bool_)
    )
    sheet_row = np.concatenate([np.full(len(updates.kind), -1), revaluations.sheet_row[known]]).astype(np.int64)
    all_of_them = _join_waiting([updates, revalued])
    happens = _find_next_rows(walked_rows, first_day, all_of_them)
    order = np.lexsort((all_of_them.place, all_of_them.kind, all_of_them.day, ~all_of_them.waits, happens))
    columns = (all_of_them.kind, all_of_them.place, all_of_them.day, all_of_them.cost, sheet_row)
    return Updates(*(column[order] for column in columns))


def _find_next_rows(walked_rows: WalkedTransactions, first_day: Int64, updates: _Waiting) -> Int64:
    """Place of the row at or before which each update happens; behind the last place where no row follows."""
    walked = np.flatnonzero(~walked_rows.seen)
    walked = walked[np.argsort(walked_rows.group[walked], kind="stable")]
    group = walked_rows.group[walked]
    group_start = np.searchsorted(group, np.arange(len(walked_rows.group_code) + 1))
    turn = np.zeros(len(walked_rows.row), dtype=np.int64)
    turn[walked] = np.arange(len(walked))
    own_group = walked_rows.group[updates.place]
    from_start = walked_rows.seen[updates.place] | (updates.kind >= Update.REVALUATION)
    start = np.where(from_start, group_start[own_group], turn[updates.place] + 1)
    happens = np.where(updates.waits, len(walked_rows.row), updates.place)
    asked = np.flatnonzero(updates.waits & (start < group_start[own_group + 1]))
    asked = asked[np.argsort(-start[asked], kind="stable")]
    walk = _find_first_later_row.run(
        start[asked], updates.day[asked], group, first_day[walked],
        size=max(len(asked), len(walked)), columns=2, work=len(asked) + len(walked),
    )  # fmt: skip
    found = walk.found[: len(asked)]
    happens[asked[found >= 0]] = walked[found[found >= 0]]
    return happens


@kernel
def _find_first_later_row(start, day, group, first_day, found, stack):  # type: ignore[no-untyped-def]
    """For each start, from the last to the first: the first row from there on, in its group, dated after the day.

    The stack holds the rows that are dated after all rows between them and the present one, so the dates fall from
    its bottom to its top, and the top is the nearest row.
    """
    row, depth = len(group), 0
    for wanted in range(len(start)):
        while row > start[wanted]:
            row -= 1
            if row + 1 < len(group) and group[row] != group[row + 1]:
                depth = 0
            # a row dated no later than this one is hidden behind it from all starts before
            while depth > 0 and first_day[stack[depth - 1]] <= first_day[row]:
                depth -= 1
            stack[depth] = row
            depth += 1
        # dates fall from bottom to top: the topmost one after the day is found by halving
        low, high = 0, depth
        while low < high:
            middle = (low + high) // 2
            if first_day[stack[middle]] > day[wanted]:
                low = middle + 1
            else:
                high = middle
        found[wanted] = stack[low - 1] if low > 0 else -1
    return max(len(start), len(group))
