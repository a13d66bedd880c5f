"""Computing a run: everything that a close or a recalculation at D finds, before anything is written down.

In      a book, what earlier runs left, and an order.
Out     Run.
Errors  InputFault: marks, feeds and manual adjustments that cannot be followed.
Source  RULES R2.4.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.adjust import adjust
from invclose_xl.closing.adjustments.entries import read_manual_entries
from invclose_xl.closing.adjustments.manual import (
    ManualChanges,
    find_charges_on_nothing,
    find_manual_changes,
    find_manual_errors,
    find_revaluation_errors,
)
from invclose_xl.closing.estimates.limits import estimate_within_limits
from invclose_xl.closing.findings.all_findings import find_feed_problems, mark_errors
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import (
    derive_movements,
    get_movement_models,
    select_chargeable,
    select_settling_physical,
)
from invclose_xl.closing.state.feeding import find_feeds_of_book
from invclose_xl.closing.state.ledger_state import LedgerState, format_closing_number
from invclose_xl.costflow.feeds import FeedLinks
from invclose_xl.costflow.value import ValuationInput, value_pairs
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.links.marks import Marks, resolve_marks
from invclose_xl.domain.models import is_periodic
from invclose_xl.domain.money import NO_AMOUNT, round_decimal
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity
from invclose_xl.domain.words import Cause
from invclose_xl.matching.registry import Matching, match

FEED_CAUSES = [Cause.TRANSFER.value, Cause.RETURN.value, Cause.PRODUCTION.value]


def compute(book: Book, request: RunRequest, state: LedgerState) -> Run:
    """Match and value everything up to the order's date."""
    transactions = book.transactions
    periodic = is_periodic(book.get_item_models()[transactions.item])
    marks, faults = resolve_marks(transactions, periodic)
    by_hand = find_manual_errors(book, state)
    errors = mark_errors(book, faults) + by_hand
    chosen = select_items(book, request)
    posted, estimates = estimate_within_limits(book, state, request.day, marks, chosen)
    errors += find_revaluation_errors(book, estimates.moving.nothing_on_hand)
    movements = derive_movements(book, state, request.day, posted)
    movements = replace(movements, eligible=movements.eligible & chosen[movements.item])
    model = get_movement_models(book, movements.item)
    matching = match(
        transactions,
        movements,
        model,
        marks,
        _sum_settled_before(state, marks),
        _find_not_yet_eligible(book, movements),
        book.parameters.lifo_issue_order == "Oldest first",
    )
    in_scope = chosen[transactions.item]
    feeds, feed_faults = find_feeds_of_book(book, state, movements, matching.non_financial, in_scope)
    errors += [p for p in find_feed_problems(book, feed_faults) if p.severity is Severity.ERROR]
    entries, faulty = read_manual_entries(
        book, state, movements, request.day, estimates.moving.revalued, {p.where.row for p in by_hand}
    )
    chargeable = select_chargeable(book, request.day)
    manual = find_manual_changes(book, state, request.day, chargeable & in_scope, entries)
    errors += faulty + find_charges_on_nothing(book, manual, movements.open_quantity, periodic)
    if errors:
        raise InputFault(errors)
    costs = value_pairs(_collect_valuation_input(book, state, movements, matching, feeds, manual, chosen))
    adjustments = adjust(movements, state, matching.pairs, costs, manual, feeds, in_scope, periodic)
    return Run(
        book=book,
        request=request,
        chosen=chosen,
        name=format_closing_number(state.last_number + 1),
        state=state,
        movements=movements,
        model=model,
        marks=marks,
        matching=matching,
        estimates=estimates,
        feeds=feeds,
        feed_faults=feed_faults,
        manual=manual,
        costs=costs,
        adjustments=adjustments,
    )


def select_items(book: Book, request: RunRequest) -> Bool:
    """Return which items a run takes: all, or those a recalculation is limited to (RULES R2.1)."""
    if not request.items and not request.item_groups:
        return np.ones(len(book.items), dtype=np.bool_)
    number, group = make_id_keys(book.items.number), make_id_keys(book.items.item_group)
    chosen = np.zeros(len(book.items), dtype=np.bool_)
    problems = []
    for names, column, what in ((request.items, number, "item"), (request.item_groups, group, "item group")):
        for name in names:
            own = (column == make_id_key(name)).to_numpy()
            chosen |= own
            if not own.any():
                problems.append(
                    Problem(
                        "IC353", Severity.ERROR, CellRef("Items"), name, f"The sheet Items has no such {what}.",
                        f"Correct the {what} that was asked for (--{what.replace(' ', '-')}), or leave it out.", "R2.1",
                    )
                )  # fmt: skip
    if problems:
        raise InputFault(problems)
    return chosen


def _find_not_yet_eligible(book: Book, movements: Movements) -> Bool:
    """Movements that marks wait for: not eligible yet, by date or because they are not invoiced (RULES R5.1)."""
    rows = movements.transactions
    not_yet_eligible = np.zeros(len(movements), dtype=np.bool_)
    physical_only = ~movements.financial[:rows] & ~select_settling_physical(book, movements.item[:rows])
    not_yet_eligible[:rows] = ~movements.present[:rows] | physical_only
    return not_yet_eligible


def _sum_settled_before(state: LedgerState, marks: Marks) -> Int64:
    """Per mark, the quantity that active closings settled between its two sides (RULES R5.1)."""
    settled = state.settled
    if not len(marks) or not len(settled.issue):
        return np.zeros(len(marks), dtype=np.int64)
    history = pl.DataFrame(
        {
            "low": np.minimum(settled.issue, settled.receipt),
            "high": np.maximum(settled.issue, settled.receipt),
            "quantity": settled.quantity,
        }
    )
    totals = history.group_by("low", "high").agg(pl.col("quantity").sum())
    wanted = pl.DataFrame(
        {"low": np.minimum(marks.carrier, marks.partner), "high": np.maximum(marks.carrier, marks.partner)}
    )
    found = wanted.join(totals, on=["low", "high"], how="left", maintain_order="left")
    return found["quantity"].fill_null(0).to_numpy().astype(np.int64)


def collect_valuation_input(run: Run) -> ValuationInput:
    """Return what the costs of a run were computed from."""
    return _collect_valuation_input(run.book, run.state, run.movements, run.matching, run.feeds, run.manual, run.chosen)


def _collect_valuation_input(
    book: Book,
    state: LedgerState,
    movements: Movements,
    matching: Matching,
    feeds: list[FeedLinks],
    manual: ManualChanges,
    chosen: Bool,
) -> ValuationInput:
    """Put together what valuing needs; amounts only, no dates."""
    size, adjusted = len(movements), state.adjusted
    same_kind = adjusted.is_physical != movements.financial[adjusted.row]
    by_feed = same_kind & adjusted.cause.is_in(FEED_CAUSES).to_numpy()
    closed = same_kind & (adjusted.closing <= state.last_closing)
    of_transfers = by_feed | (same_kind & (adjusted.cause == Cause.NON_FINANCIAL_TRANSFER.value).to_numpy())
    again = of_transfers & ~closed
    fed_since = _sum_amounts(size, adjusted.row[again], adjusted.amount[again])
    closed_cost = movements.posted + _sum_amounts(size, adjusted.row[closed], adjusted.amount[closed])
    cost_before = closed_cost.copy()
    was_there = movements.present & (movements.date <= state.closed_up_to)
    by_hand = np.zeros(size, dtype=np.int64)
    by_hand[: movements.transactions] = manual.change_of_cost(movements.transactions)
    cost_before[: movements.transactions] += manual.on_hand_since + manual.settled_before_since
    row, leg = state.legs.find_charged(book.transactions)
    by_hand[leg] = by_hand[row]
    cost_before[leg] += manual.on_hand_since[row]
    return ValuationInput(
        movements=movements,
        pairs=matching.pairs,
        transfers=matching.transfers,
        feeds=feeds,
        settled_issue=state.settled.issue,
        settled_receipt=state.settled.receipt,
        settled_quantity=state.settled.quantity,
        leg_partner=state.legs.partner,
        fed_before=_sum_amounts(size, adjusted.row[by_feed & closed], adjusted.amount[by_feed & closed]),
        fed_since=fed_since,
        rounding_since=_sum_amounts(size, adjusted.row[again], adjusted.rounding_difference[again]),
        manual=by_hand,
        cost_before=cost_before,
        closed_cost=np.where(was_there, closed_cost, NO_AMOUNT),
        closed_rounding=_sum_amounts(size, adjusted.row[closed], adjusted.rounding_difference[closed]),
        kept_cost=movements.cost + by_hand - fed_since,
        chosen=chosen[movements.item],
        minimum_amount=round_decimal(book.parameters.minimum_amount, book.scales.currency_decimals),
    )


def _sum_amounts(size: int, at: Int64, amounts: Int64) -> Int64:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, at, amounts)
    return total
