"""Costs as a system gets them that carries them on in rounds and stops: the issues, what they feed, again.

In      a Trial.
Out     per round the adjustments there would be if it were the last one.
Cost    one valuing without feeds per round; as many rounds as costs go on moving, at most MOST_ROUNDS.
Source  RULES R6.2, R6.4 (this tool solves the equations instead).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from invclose_xl.analysis.expected.world import Trial
from invclose_xl.closing.compute import collect_valuation_input
from invclose_xl.costflow.feeds import FeedLinks
from invclose_xl.costflow.value import ValuationInput, value_pairs
from invclose_xl.domain.book import Int64
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.words import Cause

MOST_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Round:
    """Adjustments per transaction after so many rounds."""

    number: int
    adjustment: Int64


def iterate_rounds(tried: Trial) -> Iterator[Round]:
    """Go on until nothing moves any more."""
    run = tried.run
    situation = collect_valuation_input(run)
    feeds = [links for links in situation.feeds if len(links.fed)]
    if not feeds:
        return
    fed = np.unique(np.concatenate([links.fed for links in feeds]))
    value = (run.movements.cost + situation.manual)[fed]
    before: Int64 | None = None
    for number in range(1, MOST_ROUNDS + 1):
        cost = _value_issues_at(situation, fed, value)
        passed_down = _compute_passed_on(situation, feeds, cost, fed)
        for receipts in (passed_down, value):
            now = cost.copy()
            now[fed] = receipts
            moved = now[: run.movements.transactions] - run.movements.cost[: run.movements.transactions]
            yield Round(number if receipts is passed_down else number - 1, tried.to_book_order(moved))
        if before is not None and (passed_down == before).all():
            return
        before, value = passed_down, passed_down


def _value_issues_at(situation: ValuationInput, fed: Int64, value: Int64) -> Int64:
    """Value all pairs with the fed receipts held at given costs."""
    movements = situation.movements
    manual = situation.manual.copy()
    manual[fed] = value - movements.cost[fed] + situation.fed_since[fed]
    held = replace(situation, feeds=[], manual=manual)
    return value_pairs(held).cost[: len(movements)]


def _compute_passed_on(situation: ValuationInput, feeds: list[FeedLinks], cost: Int64, fed: Int64) -> Int64:
    """Return what the fed receipts cost once their issues handed on what they cost now, each by cumulative rounding."""
    movements = situation.movements
    unfed = movements.cost + situation.manual - situation.fed_since
    value = (movements.cost + situation.manual).copy()
    for links in feeds:
        member_cost = cost[links.member]
        if links.cause is not Cause.RETURN:
            member_cost = member_cost - movements.posted[links.member]
        total = np.zeros(len(links), dtype=np.int64)
        np.add.at(total, links.member_feed, links.member_sign * member_cost)
        for position, receipt in enumerate(links.fed.tolist()):
            feed = int(links.fed_feed[position])
            whole, weight = int(total[feed]), int(links.weight[feed])
            share = mul_div(whole, int(links.fed_to[position]), weight) - mul_div(
                whole, int(links.fed_from[position]), weight
            )
            apart = int(unfed[receipt] - situation.fed_before[receipt] - situation.closed_rounding[receipt])
            if links.cause is Cause.RETURN:
                apart -= int(movements.posted[receipt])
            value[receipt] = apart + share
    return value[fed]
