"""Small cost flows by chance, valued word by word (``by_hand``) and by the program: the same to the cent.

Every example is made from its seed alone, so a failure is repeated by ``flow_by(seed)``.
"""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invclose_xl.costflow import bottlenecks, cycles, knot, ring
from invclose_xl.costflow.cycles import value_flow
from invclose_xl.costflow.flow import value_acyclic
from invclose_xl.domain.money import NO_AMOUNT
from tests.costflow.by_hand import ByHand
from tests.costflow.flows import Flow, column, random_flow

SEEDS = st.integers(0, 2**48)


def flow_by(seed: int, signed: bool = False) -> tuple[Flow, list[int]]:
    chance = random.Random(seed)
    flow = random_flow(chance, chance.randint(2, 9), chance.randint(2, 9), chance.randint(1, 7), signed)
    return flow, [chance.randint(0, 3000) for _ in flow.names]


def check(seed: int, signed: bool) -> None:
    flow, present = flow_by(seed, signed)
    solution, expected = value_flow(flow.build(), column(present)), ByHand(flow).run(present)
    assert solution.valuation.value.tolist() == [expected.value["m", m] for m in range(len(flow.names))]
    assert solution.valuation.feed_total.tolist() == [expected.value["f", f] for f in range(len(flow.feeds))]
    assert sorted(loop.movements[0] for loop in solution.loops if not loop.solved) == sorted(expected.unsolved)
    for m, left in enumerate(solution.residue.tolist()):
        assert left == (expected.share_of(m) - expected.held[m] if m in expected.held else 0)


@pytest.mark.parametrize("way", ["as it comes", "never small", "sparse", "enclosed"])
@pytest.mark.parametrize("signed", [False, True])
def test_as_by_hand(way: str, signed: bool) -> None:
    @settings(max_examples=200 if way == "enclosed" else 700, deadline=None, derandomize=True, database=None)
    @given(SEEDS)
    def compare(seed: int) -> None:
        check(seed, signed)

    with pytest.MonkeyPatch.context() as patch:
        if way == "enclosed":
            patch.setattr(cycles, "ENCLOSE_FROM", 0)
        elif way != "as it comes":
            patch.setattr(ring, "SHORT", 0)
            patch.setattr(knot, "SMALL", 0)
        if way == "sparse":
            patch.setattr(bottlenecks, "DENSE", 0)
        compare()


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(SEEDS)
def test_what_hangs_on_no_cycle_is_not_touched(seed: int) -> None:
    flow, present = flow_by(seed)
    plain, solution = value_acyclic(flow.build()), value_flow(flow.build(), column(present))
    valued = plain.value != NO_AMOUNT
    assert np.array_equal(plain.value[valued], solution.valuation.value[valued])
    assert not solution.residue[valued].any()
    assert not len(solution.valuation.unvalued)


@settings(max_examples=700, deadline=None, derandomize=True, database=None)
@given(SEEDS, st.booleans())
def test_a_second_run_moves_nothing(seed: int, signed: bool) -> None:
    """RULES R6.4, R6.7: the residues of the first run count as handed on in the second."""
    flow, present = flow_by(seed, signed)
    first = value_flow(flow.build(), column(present))
    for m, left in enumerate(first.residue.tolist()):
        flow.known[m] -= left
    second = value_flow(flow.build(), first.valuation.value)
    assert np.array_equal(first.valuation.value, second.valuation.value)
    assert np.array_equal(first.valuation.piece_amount, second.valuation.piece_amount)
    assert not second.residue.any()
    assert second.loops == ()
