"""Computing a run: everything that a close or a recalculation at D finds, before anything is written down.

In      a book, what earlier runs left, and an order.
Out     Run.
Errors  InputFault: marks, feeds and manual adjustments that cannot be followed.
Source  RULES R2.4.
"""

import numpy as np
import polars as pl

from invclose_xl.closing.adjust import adjust
from invclose_xl.closing.as_of import chargeable_as_of, model_of_movements, movements_as_of, settles_physical
from invclose_xl.closing.feeding import feeds_of_book
from invclose_xl.closing.findings import feed_problems, mark_errors
from invclose_xl.closing.limits import estimate_within_limits
from invclose_xl.closing.manual import (
    ManualChanges,
    find_manual_changes,
    manual_errors,
    nothing_open,
    revaluation_errors,
)
from invclose_xl.closing.order import Order
from invclose_xl.closing.run import Run
from invclose_xl.closing.standing import Standing, closing_name
from invclose_xl.costflow.feeds import FeedLinks
from invclose_xl.costflow.value import Situation, value_pairs
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.id_keys import id_key, id_keys
from invclose_xl.domain.marks import Marks, resolve_marks
from invclose_xl.domain.models import is_periodic
from invclose_xl.domain.money import NO_AMOUNT, round_decimal
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problem import CellRef, InputFault, Problem, Severity
from invclose_xl.domain.words import Cause
from invclose_xl.matching.registry import Matching, match

FEED_CAUSES = [Cause.TRANSFER.value, Cause.RETURN.value, Cause.PRODUCTION.value]


def compute(book: Book, order: Order, standing: Standing) -> Run:
    """Match and value everything up to the order's date."""
    transactions = book.transactions
    periodic = is_periodic(book.model_of_item()[transactions.item])
    marks, faults = resolve_marks(transactions, periodic)
    errors = mark_errors(book, faults) + manual_errors(book, standing)
    if errors:
        raise InputFault(errors)
    chosen = chosen_items(book, order)
    posted, estimates = estimate_within_limits(book, standing, order.day, marks, chosen)
    errors = revaluation_errors(book, estimates.moving.nothing_on_hand)
    if errors:
        raise InputFault(errors)
    movements = movements_as_of(book, standing, order.day, posted)
    movements.eligible[:] &= chosen[movements.item]
    model = model_of_movements(book, movements.item)
    matching = match(
        transactions,
        movements,
        model,
        marks,
        _settled_before(standing, marks),
        _awaited(book, movements),
        book.parameters.lifo_issue_order == "Oldest first",
    )
    in_scope = chosen[transactions.item]
    feeds, feed_faults = feeds_of_book(book, standing, movements, matching.non_financial, in_scope)
    errors = [p for p in feed_problems(book, feed_faults) if p.severity is Severity.ERROR]
    if errors:
        raise InputFault(errors)
    manual = find_manual_changes(book, standing, order.day, chargeable_as_of(book, order.day) & in_scope)
    errors = nothing_open(book, manual, movements.open_quantity, periodic)
    if errors:
        raise InputFault(errors)
    costs = value_pairs(_situation(book, standing, movements, matching, feeds, manual, chosen))
    adjustments = adjust(movements, standing, matching.pairs, costs, manual, feeds, in_scope, periodic)
    return Run(
        book=book,
        order=order,
        name=closing_name(standing.last_number + 1),
        standing=standing,
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


def chosen_items(book: Book, order: Order) -> Bool:
    """Return which items a run takes: all, or those a recalculation is limited to (RULES R2.1)."""
    if not order.items and not order.item_groups:
        return np.ones(len(book.items), dtype=np.bool_)
    number, group = id_keys(book.items.number), id_keys(book.items.item_group)
    chosen = np.zeros(len(book.items), dtype=np.bool_)
    problems = []
    for names, column, what in ((order.items, number, "item"), (order.item_groups, group, "item group")):
        for name in names:
            own = (column == id_key(name)).to_numpy()
            chosen |= own
            if not own.any():
                problems.append(
                    Problem(
                        "IC353", Severity.ERROR, CellRef("Items"), name, f"The sheet Items has no such {what}.",
                        f"Correct the {what}, or leave it out.", "R2.1",
                    )
                )  # fmt: skip
    if problems:
        raise InputFault(problems)
    return chosen


def _awaited(book: Book, movements: Movements) -> Bool:
    """Movements that marks wait for: not eligible yet, by date or because they are not invoiced (RULES R5.1)."""
    rows = movements.transactions
    awaited = np.zeros(len(movements), dtype=np.bool_)
    physical_only = ~movements.financial[:rows] & ~settles_physical(book, movements.item[:rows])
    awaited[:rows] = ~movements.present[:rows] | physical_only
    return awaited


def _settled_before(standing: Standing, marks: Marks) -> Int64:
    """Per mark, the quantity that active closings settled between its two sides (RULES R5.1)."""
    s = standing.settled
    if not len(marks) or not len(s.issue):
        return np.zeros(len(marks), dtype=np.int64)
    history = pl.DataFrame(
        {"low": np.minimum(s.issue, s.receipt), "high": np.maximum(s.issue, s.receipt), "quantity": s.quantity}
    )
    totals = history.group_by("low", "high").agg(pl.col("quantity").sum())
    wanted = pl.DataFrame(
        {"low": np.minimum(marks.carrier, marks.partner), "high": np.maximum(marks.carrier, marks.partner)}
    )
    found = wanted.join(totals, on=["low", "high"], how="left", maintain_order="left")
    return found["quantity"].fill_null(0).to_numpy().astype(np.int64)


def situation_of(run: Run) -> Situation:
    """Return what the costs of a run were computed from."""
    chosen = chosen_items(run.book, run.order)
    return _situation(run.book, run.standing, run.movements, run.matching, run.feeds, run.manual, chosen)


def _situation(
    book: Book,
    standing: Standing,
    movements: Movements,
    matching: Matching,
    feeds: list[FeedLinks],
    manual: ManualChanges,
    chosen: Bool,
) -> Situation:
    """Put together what valuing needs; amounts only, no dates."""
    size, a = len(movements), standing.adjusted
    same_kind = a.is_physical != movements.financial[a.row]
    by_feed = same_kind & a.cause.is_in(FEED_CAUSES).to_numpy()
    rounding_before = _total(size, a.row[same_kind], a.rounding_difference[same_kind])
    closed = same_kind & (a.closing <= standing.last_closing)
    of_transfers = by_feed | (same_kind & (a.cause == Cause.NON_FINANCIAL_TRANSFER.value).to_numpy())
    again = of_transfers & ~closed
    fed_since = _total(size, a.row[again], a.amount[again])
    closed_cost = movements.posted + _total(size, a.row[closed], a.amount[closed])
    cost_before = closed_cost.copy()
    was_there = movements.present & (movements.date <= standing.closed_up_to)
    by_hand = np.zeros(size, dtype=np.int64)
    by_hand[: movements.transactions] = manual.change_of_cost(movements.transactions)
    cost_before[: movements.transactions] += manual.on_hand_since + manual.settled_before_since
    row, leg = standing.legs.charged(book.transactions)
    by_hand[leg] = by_hand[row]
    cost_before[leg] += manual.on_hand_since[row]
    return Situation(
        movements=movements,
        pairs=matching.pairs,
        transfers=matching.transfers,
        feeds=feeds,
        settled_issue=standing.settled.issue,
        settled_receipt=standing.settled.receipt,
        settled_quantity=standing.settled.quantity,
        leg_partner=standing.legs.partner,
        fed_before=_total(size, a.row[by_feed & closed], a.amount[by_feed & closed]),
        rounding_before=rounding_before,
        fed_since=fed_since,
        rounding_since=_total(size, a.row[again], a.rounding_difference[again]),
        manual=by_hand,
        cost_before=cost_before,
        closed_cost=np.where(was_there, closed_cost, NO_AMOUNT),
        closed_rounding=_total(size, a.row[closed], a.rounding_difference[closed]),
        kept_cost=movements.cost + by_hand - fed_since,
        chosen=chosen[movements.item],
        minimum_amount=round_decimal(book.parameters.minimum_amount, book.scales.currency_decimals),
    )


def _total(size: int, at: Int64, amounts: Int64) -> Int64:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, at, amounts)
    return total
