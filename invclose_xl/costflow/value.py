"""From pairs to costs: the cost flow of one run is put together and valued.

In      movements, the matching, what active closings settled, and feeds between movements.
Out     Costs: amount of every pair, new cost of every movement.
Errors  none.
Source  RULES R6.1, R6.3, R7.1, R4.1.
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.costflow.flow import CostFlow, Feeds, Pieces, Valuation, value_acyclic
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.words import Principle


@dataclass(frozen=True, slots=True)
class Costs:
    """What the run found; the arrays over movements go on after the old ones with the legs made by this run."""

    pair_amount: Int64
    """per pair of the matching"""
    pair_settles: Bool
    """True: settlement, False: value link (RULES R5.2)"""
    cost: Int64
    """new cost of every movement, magnitude"""
    valuation: Valuation


def value_pairs(movements: Movements, pairs: Pairs, transfers: ClosingTransfers) -> Costs:
    """Value all pairs of a run exactly (RULES R6.3)."""
    old, size = len(movements), len(movements) + 2 * len(transfers)
    financial = np.concatenate([movements.financial, np.ones(size - old, dtype=np.bool_)])
    settles = financial[pairs.issue] & financial[pairs.receipt]
    own = pairs.principle == Principle.NON_FINANCIAL_TRANSFER
    valued = np.flatnonzero(~own)
    valued = valued[np.argsort(~settles[valued], kind="stable")]
    pieces, order = Pieces.by_receipt(size, pairs.issue[valued], pairs.receipt[valued], pairs.quantity[valued])

    taken = _taken_from_issues(movements, pairs, own)
    known = _extended(np.where(movements.is_receipt, movements.cost, _base_cost(movements, taken)), size)
    known[pairs.issue[own]] = movements.cost[pairs.issue[own]]
    known[pairs.receipt[own]] = movements.cost[pairs.issue[own]]
    open_quantity = _extended(movements.open_quantity, size)
    open_quantity[transfers.first_leg + 1 :: 2] = transfers.quantity
    is_receipt = _extended(movements.is_receipt.astype(np.int64), size)
    is_receipt[transfers.first_leg + 1 :: 2] = 1
    feeds, fed_by = _leg_feeds(size, transfers)
    none = np.zeros(0, dtype=np.int64)
    flow = CostFlow(
        is_receipt=is_receipt,
        known=known,
        fed_by=fed_by,
        open_quantity=open_quantity,
        settled_amount=_extended(movements.settled_amount, size),
        handed_quantity=np.zeros(size, dtype=np.int64),
        quantity=_extended(np.abs(movements.quantity), size),
        cost_before=known,
        pieces=pieces,
        handed=Pieces(np.zeros(size + 1, dtype=np.int64), none, none),
        feeds=feeds,
    )
    valuation = value_acyclic(flow)
    amount = np.zeros(len(pairs), dtype=np.int64)
    amount[valued[order]] = valuation.piece_amount
    amount[own] = known[pairs.issue[own]]
    return Costs(amount, settles, valuation.value, valuation)


def _taken_from_issues(movements: Movements, pairs: Pairs, own: Bool) -> Int64:
    """Quantity that this run settles or links, per old movement."""
    taken = np.zeros(len(movements), dtype=np.int64)
    counts = (pairs.issue < len(movements)) & ~own
    np.add.at(taken, pairs.issue[counts], pairs.quantity[counts])
    return taken


def _base_cost(movements: Movements, taken: Int64) -> Int64:
    """Cost of an issue apart from this run's pieces: earlier settlements + the uncovered part (RULES R7.1)."""
    open_quantity = movements.open_quantity
    rest = movements.rest.copy()
    rest[taken == open_quantity] = 0
    for m in np.flatnonzero((taken > 0) & (taken < open_quantity)):
        rest[m] -= mul_div(int(rest[m]), int(taken[m]), int(open_quantity[m]))
    return movements.settled_amount + rest


def _extended(column: Int64, size: int) -> Int64:
    out = np.zeros(size, dtype=np.int64)
    out[: len(column)] = column
    return out


def _leg_feeds(size: int, transfers: ClosingTransfers) -> tuple[Feeds, Int64]:
    """The receipt leg of a closing transfer is worth what its issue leg took (RULES R5.9)."""
    count = len(transfers)
    number = np.arange(count, dtype=np.int64)
    issue_legs = transfers.first_leg + 2 * number
    is_issue_leg = np.zeros(size, dtype=np.int64)
    is_issue_leg[issue_legs] = 1
    member_start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(is_issue_leg, out=member_start[1:])
    ones = np.ones(count, dtype=np.int64)
    zeros = np.zeros(count, dtype=np.int64)
    fed_by = np.full(size, -1, dtype=np.int64)
    fed_by[issue_legs + 1] = number
    feeds = Feeds(
        constant=zeros,
        weight=ones,
        members=ones,
        member_start=member_start,
        member_feed=number,
        member_sign=ones,
        fed_start=np.arange(count + 1, dtype=np.int64),
        fed_receipt=issue_legs + 1,
        fed_from=zeros,
        fed_to=ones,
    )
    return feeds, fed_by
