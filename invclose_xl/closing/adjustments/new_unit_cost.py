"""New unit costs in amounts: the amount by which it changes the cost of its receipt.

The cost it starts from is the one that the last Closing left, and what was entered by hand since, in the order of
dates; on one date amounts count before new unit costs. Recalculations have no part in it, nor have feeds.

In      all rows to be posted, the transactions at D, what rows of moving average items come to.
Out     the same rows, the amount in place of the new unit cost; input errors: costs that are too large.
Units   minor units; unit costs in 10**-unit_cost_scale.
Source  RULES R7.4 (Transaction: the whole quantity; On hand: only what is open), R0 (limit).
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import Book, CostAdjustments, Int64, count_unit_cost_decimals
from invclose_xl.domain.money import MOST_UNITS, format_amount, mul_div
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problems.problem import Problem, Severity


def fill_amounts(
    book: Book,
    state: LedgerState,
    movements: Movements,
    revalued: Mapping[int, int],
    entries: CostAdjustments,
    since: Int64,
) -> tuple[CostAdjustments, list[Problem]]:
    """Give the rows that no Closing has posted yet (``since``) their amounts."""
    asked = since[entries.has_unit_cost()[since]]
    if not len(asked):
        return entries, []
    amount = entries.amount.copy()
    walked = np.array([entry in revalued for entry in asked.tolist()], dtype=np.bool_)
    amount[asked[walked]] = [revalued[entry] for entry in asked[walked].tolist()]
    receipts = np.unique(entries.transaction[asked[~walked]])
    closed = _read_cost_after_last_closing(book, state, movements)
    problems: list[Problem] = []
    for receipt in receipts.tolist():
        rows = since[entries.transaction[since] == receipt]
        rows = rows[np.lexsort((rows, entries.has_unit_cost()[rows], entries.day[rows]))]
        _follow(book, movements, entries, rows.tolist(), int(closed[receipt]), amount)
    too_large = asked[np.abs(amount[asked]) >= MOST_UNITS]
    for entry in too_large.tolist():
        limit = format_amount(MOST_UNITS, book.scales.currency_decimals)
        what = f"At this unit cost the receipt would cost {limit} or more, which is too large."
        where = entries.cells.cell(entry, "new_unit_cost")
        problems.append(Problem("IC187", Severity.ERROR, where, "", what, "Correct the New unit cost.", "R7.4"))
    amount[too_large] = 0
    return replace(entries, amount=amount), problems


def compute_cost_at(book: Book, entries: CostAdjustments, entry: int, quantity: int) -> int:
    """Return what a quantity costs at the new unit cost of a row, rounded once."""
    return mul_div(int(entries.new_unit_cost[entry]), quantity, 10 ** count_unit_cost_decimals(entries, book.scales))


def _read_cost_after_last_closing(book: Book, state: LedgerState, movements: Movements) -> Int64:
    adjusted, cost = state.adjusted, movements.posted.copy()
    counts = (adjusted.is_physical != movements.financial[adjusted.row]) & (adjusted.closing <= state.last_closing)
    np.add.at(cost, adjusted.row[counts], adjusted.amount[counts])
    row, leg = state.legs.find_charged(book.transactions)
    cost[row] = cost[leg]
    return cost


def _follow(
    book: Book, movements: Movements, entries: CostAdjustments, rows: list[int], closed: int, amount: Int64
) -> None:
    """Fill in the amounts of one receipt, each row starting from what the rows before it made of the cost."""
    receipt = int(entries.transaction[rows[0]])
    quantity, settled = int(movements.quantity[receipt]), int(movements.settled_quantity[receipt])
    before = int(book.transactions.prior_settled_quantity[receipt])
    whole = on_hand = 0
    for entry in rows:
        if entries.has_unit_cost()[entry]:
            if entries.on_hand[entry]:
                given = mul_div(whole, settled - before, quantity) + mul_div(whole, before, quantity)
                present = closed - int(movements.settled_amount[receipt]) + on_hand + whole - given
                wanted = compute_cost_at(book, entries, entry, quantity - settled)
            else:
                present, wanted = closed + whole + on_hand, compute_cost_at(book, entries, entry, quantity)
            change = wanted - present
            amount[entry] = change if abs(change) < MOST_UNITS else MOST_UNITS
        if entries.on_hand[entry]:
            on_hand += int(amount[entry])
        else:
            whole += int(amount[entry])
