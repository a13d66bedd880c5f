"""Small cost flows by chance, valued word by word (``by_hand``) and by the program: the same to the cent.

Every example is made from its seed alone, so a failure is repeated by ``flow_by(seed)``.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invclose_xl.costflow import solving
from invclose_xl.costflow.balls import Ball
from invclose_xl.costflow.cycles import Earlier, value_flow
from invclose_xl.costflow.flow import compute_passed_on, value_acyclic
from invclose_xl.domain.money import NO_AMOUNT
from tests.costflow.by_hand import ByHand, Past
from tests.costflow.flows import (
    FeedLine,
    Flow,
    after_close,
    after_recalculation,
    column,
    random_flow,
    rounding_of,
    without_history,
)

SEEDS = st.integers(0, 2**48)


def flow_by(seed: int, signed: bool = False) -> tuple[Flow, Past]:
    """A flow, and a past in which some of its movements were closed, now and then at the costs they still have."""
    chance = random.Random(seed)
    flow = random_flow(chance, chance.randint(2, 9), chance.randint(2, 9), chance.randint(1, 7), signed)
    size = len(flow.names)
    fed = {r for feed in flow.feeds for r, _ in feed.fed}
    rounding = [chance.choice((0, 0, 0, 1, -2)) if m in fed else 0 for m in range(size)]
    closed = [chance.choice((NO_AMOUNT, chance.randint(0, 3000))) for _ in range(size)]
    past = Past([chance.randint(0, 3000) for _ in range(size)], closed, [0] * size, rounding)
    if chance.random() < 0.5:
        closing = value_flow(flow.build(), earlier_of(past))
        past.closed = closing.valuation.value.tolist()
        past.closed_rounding = (rounding_of(flow, closing) + column(rounding)).tolist()
        if chance.random() < 0.5:
            flow.known[chance.randrange(size)] += 1
    return flow, past


def earlier_of(past: Past) -> Earlier:
    return Earlier(column(past.kept), column(past.closed), column(past.closed_rounding), column(past.rounding))


def check(seed: int, signed: bool) -> None:
    flow, past = flow_by(seed, signed)
    cost_flow = flow.build()
    solution, expected = value_flow(cost_flow, earlier_of(past)), ByHand(flow).run(past)
    assert solution.valuation.value.tolist() == [expected.value["m", m] for m in range(len(flow.names))]
    assert solution.valuation.feed_total.tolist() == [expected.value["f", f] for f in range(len(flow.feeds))]
    loops = {
        done: sorted(loop.movements[0] for loop in solution.loops if loop.solved == done) for done in (True, False)
    }
    assert loops == {True: sorted(expected.solved), False: sorted(expected.unsolved)}
    worth = compute_passed_on(cost_flow, solution.valuation.feed_total)
    assert all(worth[m] == expected.share_of(m) for m in expected.held)


@pytest.mark.parametrize("numbers", [(Ball.of, Fraction), (Fraction,)], ids=["bounds first", "rational"])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.sampled(4)
def test_as_by_hand(
    numbers: tuple[Callable[[int], object], ...], signed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solving, "KINDS_OF_NUMBERS", numbers)

    @settings(max_examples=700, deadline=None, derandomize=True, database=None)
    @given(SEEDS)
    def compare(seed: int) -> None:
        check(seed, signed)

    compare()


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_what_hangs_on_no_cycle_is_not_touched(seed: int) -> None:
    flow, past = flow_by(seed)
    plain, solution = value_acyclic(flow.build()), value_flow(flow.build(), earlier_of(past))
    valued = plain.value != NO_AMOUNT
    assert np.array_equal(plain.value[valued], solution.valuation.value[valued])
    assert not rounding_of(flow, solution)[valued].any()
    assert not len(solution.valuation.unvalued)


@pytest.mark.long
@settings(max_examples=700, deadline=None, derandomize=True, database=None)
@given(SEEDS, st.booleans())
def test_a_second_run_moves_nothing(seed: int, signed: bool) -> None:
    """RULES R6.4, R6.7: after a recalculation the same is solved again, after a close nothing is."""
    flow, past = flow_by(seed, signed)
    first = value_flow(flow.build(), earlier_of(past))
    for again, earlier in (
        after_recalculation(flow, earlier_of(past), rounding_of(flow, first)),
        after_close(flow, earlier_of(past), first),
    ):
        second = value_flow(again.build(), earlier)
        assert np.array_equal(first.valuation.value, second.valuation.value)
        assert np.array_equal(first.valuation.piece_amount, second.valuation.piece_amount)
        assert not rounding_of(again, second).any()
    assert second.loops == ()


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(SEEDS, SEEDS)
@pytest.mark.long
def test_a_run_does_not_depend_on_the_recalculations_before_it(seed: int, other: int) -> None:
    """RULES R6.4: recalculated at other costs, then closed, as if it had not been recalculated."""
    flow, past = flow_by(seed)
    closing = value_flow(flow.build(), earlier_of(past))
    chance = random.Random(other)
    before = replace(flow, known=[known + chance.choice((0, 0, chance.randint(-500, 500))) for known in flow.known])
    recalculation = value_flow(before.build(), earlier_of(past))
    later, earlier = after_recalculation(flow, earlier_of(past), rounding_of(before, recalculation))
    again = value_flow(later.build(), earlier)
    assert np.array_equal(closing.valuation.value, again.valuation.value)


def test_legs_of_closing_transfers_hold_nothing() -> None:
    """Any loop may be led through the legs of closing transfers: these always cost the same, and no cent is lost."""
    through = 0
    for seed in range(300):
        flow, _ = flow_by(seed)
        flow = with_legs(flow, random.Random(seed))
        solution = value_flow(flow.build(), without_history(len(flow.names)))
        none = [0] * len(flow.names)
        past = Past(none, [NO_AMOUNT] * len(flow.names), none, none)
        expected = ByHand(flow).run(past)
        assert solution.valuation.value.tolist() == [expected.value["m", m] for m in range(len(flow.names))]
        for feed in flow.feeds:
            if feed.is_closing_transfer:
                (issue, _), (receipt, _) = feed.members[0], feed.fed[0]
                assert solution.valuation.value[issue] == solution.valuation.value[receipt]
                through += any(receipt in loop.movements for loop in solution.loops)
    assert through > 20


def with_legs(flow: Flow, chance: random.Random) -> Flow:
    """Put a closing transfer between some feeds and the issues that paid for them: member -> legs -> new issue."""
    for feed in list(flow.feeds):
        if chance.random() < 0.5 and feed.members:
            member, sign = feed.members[0]
            if sign != 1 or flow.is_receipt[member]:
                continue
            pieces = [k for k, (issue, _, _) in enumerate(flow.takes) if issue == member]
            if not pieces:
                continue
            out = flow.add(f"out{member}", False)
            into = flow.add(f"into{member}", True, 0, sum(flow.takes[k][2] for k in pieces))
            for k in pieces:
                flow.takes[k] = (out, *flow.takes[k][1:])
            flow.takes.append((member, into, chance.randint(1, flow.quantity[into])))
            flow.feeds.append(FeedLine(0, [(out, 1)], [(into, 1)], 1, is_closing_transfer=True))
    return flow
