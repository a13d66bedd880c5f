"""From pairs to costs: the cost flow of one run is put together and valued.

In      ValuationInput: movements, pairs, transfers, feeds, what active closings settled, manual adjustments.
Out     ValuationResult: amount of every pair, what earlier settlements are handed down, new cost of every movement,
        rounding differences, loops.
Errors  none.
Source  RULES R4.1, R6.1-R6.7, R7.1, R7.4.
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.costflow.affected_receipts import find_affected_receipts
from invclose_xl.costflow.cycles import Earlier, Loop, value_flow
from invclose_xl.costflow.feeds import FeedLinks
from invclose_xl.costflow.flow import CostFlow, Feeds, ReceiptShares, compute_passed_on, count_starts
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.links.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.words import Cause


@dataclass(frozen=True, slots=True)
class ValuationInput:
    """Everything that valuing needs; arrays over the movements that existed before this run, unless said otherwise."""

    movements: Movements
    pairs: Pairs
    transfers: ClosingTransfers
    feeds: list[FeedLinks]
    settled_issue: Int64
    """active settlements of earlier closings, in canonical order"""
    settled_receipt: Int64
    settled_quantity: Int64
    leg_partner: Int64
    """per leg of earlier closing transfers (issue leg, receipt leg, …): movement number of the other leg"""
    fed_before: Int64
    """part of ``movements.adjusted`` that feeds handed on"""
    fed_since: Int64
    """part of ``movements.adjusted`` that recalculations since the last Closing made of feeds and of transfers inside a
    costing group: it stays only as far as this run finds those again (RULES R6.4)"""
    rounding_since: Int64
    """rounding differences that those recalculations left: found anew, or taken back"""
    manual: Int64
    """manual adjustments that this run finds"""
    cost_before: Int64
    """receipts: the cost at the last active Closing + on-hand adjustments since (RULES R7.4)"""
    closed_cost: Int64
    """cost that the last active Closing left, NO_AMOUNT where the movement was not there"""
    closed_rounding: Int64
    """rounding differences that were left after it, which count as handed on (RULES R6.7)"""
    kept_cost: Int64
    """receipts: the present cost without what feeds handed on in recalculations since the last active Closing"""
    chosen: Bool
    """a recalculation may be limited to some items; all others keep their cost (RULES R10.4)"""
    minimum_amount: int


@dataclass(frozen=True, slots=True)
class ValuationResult:
    """Amounts and costs; arrays over movements go on after the old ones with the legs made by this run."""

    pair_amount: Int64
    """per pair of the matching"""
    pair_settles: Bool
    """True: settlement, False: value link (RULES R5.2)"""
    passed_down: Int64
    """positions of earlier settlements that are handed something down, and"""
    passed_down_amount: Int64
    """how much"""
    cost: Int64
    """new cost of every movement, magnitude"""
    rounding_difference: Int64
    """per movement: what its feed hands on, less what the receipt was given in this run and before"""
    loops: tuple[Loop, ...]


def value_pairs(situation: ValuationInput) -> ValuationResult:
    """Value all pairs of a run exactly."""
    movements, pairs, transfers = situation.movements, situation.pairs, situation.transfers
    old, size = len(movements), len(movements) + 2 * len(transfers)
    financial = np.concatenate([movements.financial, np.ones(size - old, dtype=np.bool_)])
    settles = financial[pairs.issue] & financial[pairs.receipt]
    own = pairs.principle == NON_FINANCIAL_TRANSFER
    # settlements before value links: a link is found again by the next run, and must not move a settled cent (R7.1)
    valued = np.flatnonzero(~own)
    valued = valued[np.argsort(~settles[valued], kind="stable")]
    pieces, order = ReceiptShares.by_receipt(size, pairs.issue[valued], pairs.receipt[valued], pairs.quantity[valued])

    known = _compute_known_values(situation, own, settles, size)
    feeds, fed_by = _join_feeds(situation, size)
    passed_down, chosen = _collect_earlier_settlements(situation, known[:old], feeds, size)
    is_receipt = _extend(movements.is_receipt.astype(np.int64), size)
    is_receipt[transfers.first_leg + 1 :: 2] = 1
    open_quantity = _extend(movements.open_quantity, size)
    open_quantity[transfers.first_leg + 1 :: 2] = transfers.quantity
    minimum = np.zeros(size, dtype=np.int64)
    for links in situation.feeds:
        minimum[links.fed] = situation.minimum_amount
    passed_down_quantity = np.zeros(size, dtype=np.int64)
    np.add.at(passed_down_quantity, situation.settled_receipt[chosen], situation.settled_quantity[chosen])
    present = _extend(movements.cost + situation.manual, size)
    flow = CostFlow(
        is_receipt=is_receipt,
        known=known,
        fed_by=fed_by,
        open_quantity=open_quantity,
        settled_amount=_extend(movements.settled_amount, size),
        passed_down_quantity=passed_down_quantity,
        quantity=_extend(np.abs(movements.quantity), size),
        cost_before=_extend(situation.cost_before, size),
        pieces=pieces,
        passed_down=passed_down,
        feeds=feeds,
        present=present,
        minimum=minimum,
    )
    closed = np.full(size, NO_AMOUNT, dtype=np.int64)
    closed[:old] = situation.closed_cost
    earlier = Earlier(
        kept=_extend(situation.kept_cost, size),
        closed=closed,
        closed_rounding=_extend(situation.closed_rounding, size),
        rounding=np.where(fed_by >= 0, _extend(situation.closed_rounding, size), 0),
    )
    solution = value_flow(flow, earlier)
    valuation = solution.valuation
    amount = np.zeros(len(pairs), dtype=np.int64)
    amount[valued[order]] = valuation.piece_amount
    amount[own] = _compute_transfer_amounts(situation, own)
    rounding = np.zeros(size, dtype=np.int64)
    worth = compute_passed_on(flow, valuation.feed_total)
    rounding[:old] = np.where(movements.is_receipt, -situation.rounding_since, 0)
    for links in situation.feeds:
        rounding[links.fed] += worth[links.fed] - valuation.value[links.fed]
    amount_passed_down = valuation.passed_down_amount
    return ValuationResult(amount, settles, chosen, amount_passed_down, valuation.value, rounding, solution.loops)


def _compute_known_values(situation: ValuationInput, own: Bool, settles: Bool, size: int) -> Int64:
    """Receipts: value apart from this run's share of feeds; issues: base cost."""
    movements, pairs = situation.movements, situation.pairs
    settled, linked = (np.zeros(len(movements), dtype=np.int64) for _ in range(2))
    counts = (pairs.issue < len(movements)) & ~own
    for taken, which in ((settled, counts & settles), (linked, counts & ~settles)):
        np.add.at(taken, pairs.issue[which], pairs.quantity[which])
    unfed = movements.cost + situation.manual - situation.fed_since
    value = np.where(movements.is_receipt, unfed, _compute_base_cost(movements, settled, linked))
    for links in situation.feeds:
        fed = links.fed
        apart = unfed[fed] - situation.fed_before[fed] - situation.closed_rounding[fed]
        value[fed] = apart - movements.posted[fed] if links.cause is Cause.RETURN else apart
    # what is out of the scope of a recalculation takes part in the flow at the cost it has (RULES R10.4)
    value[~situation.chosen] = movements.cost[~situation.chosen]
    # Wholly open, so its cost is its posted cost: what recalculations and value links adjusted never enters (R7.1).
    value[pairs.issue[own]], value[pairs.receipt[own]] = movements.posted[pairs.issue[own]], 0
    np.add.at(value, pairs.receipt[own], _compute_transfer_amounts(situation, own))
    legs = situation.leg_partner[::2]
    value[legs] = movements.adjusted[legs] + situation.manual[legs]
    return _extend(value, size)


def _compute_transfer_amounts(situation: ValuationInput, own: Bool) -> Int64:
    """Amounts of the pairs of non-financial transfers: the issue's cost, its cents shared cumulatively (RULES R4.1)."""
    pairs, movements = situation.pairs.where(own), situation.movements
    amount = movements.posted[pairs.issue]
    whole = -movements.quantity[pairs.issue]
    through: dict[int, int] = {}
    for pair in np.flatnonzero(pairs.quantity != whole).tolist():
        issue = int(pairs.issue[pair])
        begin = through.get(issue, 0)
        through[issue] = begin + int(pairs.quantity[pair])
        cost, of = int(movements.posted[issue]), int(whole[pair])
        amount[pair] = mul_div(cost, through[issue], of) - mul_div(cost, begin, of)
    return amount


def _compute_base_cost(movements: Movements, settled: Int64, linked: Int64) -> Int64:
    """Cost of an issue apart from this run's pieces: earlier settlements + the uncovered part (RULES R7.1).

    What is settled leaves the posted cost first, then what is linked: a later run, which finds the one settled and
    links the other again, then finds the same cents and moves nothing (R6.4, R10.4).
    """
    uncovered_cost, still_open = movements.uncovered_cost.copy(), movements.open_quantity.copy()
    for taken in (settled, linked):
        uncovered_cost[taken == still_open] = 0
        for movement in np.flatnonzero((taken > 0) & (taken < still_open)):
            uncovered_cost[movement] -= mul_div(
                int(uncovered_cost[movement]), int(taken[movement]), int(still_open[movement])
            )
        still_open -= taken
    return movements.settled_amount + uncovered_cost


def _extend(column: Int64, size: int) -> Int64:
    out = np.zeros(size, dtype=np.int64)
    out[: len(column)] = column
    return out


def _join_feeds(situation: ValuationInput, size: int) -> tuple[Feeds, Int64]:
    """Number the feeds of all causes, and the legs of all closing transfers, one after the other."""
    movements, transfers = situation.movements, situation.transfers
    new_issue_legs = transfers.first_leg + 2 * np.arange(len(transfers), dtype=np.int64)
    issue_legs = np.concatenate([situation.leg_partner[1::2], new_issue_legs])
    receipt_legs = np.concatenate([situation.leg_partner[::2], new_issue_legs + 1])
    legs = np.arange(len(issue_legs), dtype=np.int64)
    one, zero = np.ones_like(legs), np.zeros_like(legs)
    of_legs = FeedLinks(Cause.TRANSFER, one, legs, issue_legs, one, legs, receipt_legs, zero, one)
    every = [of_legs, *situation.feeds]
    first = np.cumsum([0, *map(len, every)])

    def join(name: str) -> Int64:
        return np.concatenate([getattr(links, name) for links in every])

    def join_numbers(name: str) -> Int64:
        return np.concatenate([getattr(links, name) + start for links, start in zip(every, first, strict=False)])

    members, feed_of_member = join("member"), join_numbers("member_feed")
    by_member = np.argsort(members, kind="stable")
    feed_of_fed, receipts = join_numbers("fed_feed"), join("fed")
    by_feed = np.lexsort((receipts, feed_of_fed))
    fed_by = np.full(size, -1, dtype=np.int64)
    fed_by[receipts] = feed_of_fed
    feeds = Feeds(
        constant=np.concatenate([zero, *(_compute_posted_change(links, movements) for links in situation.feeds)]),
        weight=join("weight"),
        members=np.bincount(feed_of_member, minlength=first[-1]).astype(np.int64),
        member_start=count_starts(members, size),
        member_feed=feed_of_member[by_member],
        member_sign=join("member_sign")[by_member],
        fed_start=count_starts(feed_of_fed, int(first[-1])),
        fed_receipt=receipts[by_feed],
        fed_from=join("fed_from")[by_feed],
        fed_to=join("fed_to")[by_feed],
        is_closing_transfer=np.arange(first[-1]) < len(legs),
    )
    return feeds, fed_by


def _compute_posted_change(links: FeedLinks, movements: Movements) -> Int64:
    """Transfers and production hand on changes of the posted cost, returns the cost itself (RULES R6.2)."""
    constant = np.zeros(len(links), dtype=np.int64)
    if links.cause is not Cause.RETURN:
        np.subtract.at(constant, links.member_feed, links.member_sign * movements.posted[links.member])
    return constant


def _collect_earlier_settlements(
    situation: ValuationInput, known: Int64, feeds: Feeds, size: int
) -> tuple[ReceiptShares, Int64]:
    """Earlier settlements of receipts whose cost may move in this run, and which positions they are."""
    movements, receipt = situation.movements, situation.settled_receipt
    changed = np.zeros(size, dtype=np.bool_)
    old = len(movements)
    own_change = movements.is_receipt & (movements.cost + situation.manual != situation.cost_before)
    changed[:old] = own_change | (known != movements.cost)
    changed[situation.pairs.issue] = True
    for links in situation.feeds:
        changed[links.fed] |= movements.settled_quantity[links.fed] > 0
    feed_of_fed = np.repeat(np.arange(len(feeds), dtype=np.int64), np.diff(feeds.fed_start))
    member = np.repeat(np.arange(size, dtype=np.int64), np.diff(feeds.member_start))
    reached = find_affected_receipts(
        changed, receipt, situation.settled_issue, member, feeds.fed_receipt, (feeds.member_feed, feed_of_fed),
        len(feeds),
    )  # fmt: skip
    chosen = np.flatnonzero(reached[receipt] & (situation.settled_quantity > 0) & situation.chosen[receipt])
    chosen = chosen[np.argsort(receipt[chosen], kind="stable")]
    pieces, _ = ReceiptShares.by_receipt(
        size, situation.settled_issue[chosen], receipt[chosen], situation.settled_quantity[chosen]
    )
    return pieces, chosen
