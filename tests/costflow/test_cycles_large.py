"""Large components: what the fast way finds is what rational numbers say, no cent is lost, and a second run is still.

The sizes are small enough for every test run; how long the full sizes take is measured by ``measure_cycles.py``.
"""

import numpy as np
import pytest

from invclose_xl.costflow import bottlenecks, cycles, knot, ring
from invclose_xl.costflow.cycles import Solution, value_flow
from invclose_xl.costflow.flow import CostFlow
from invclose_xl.domain import kernel
from invclose_xl.domain.money import NO_AMOUNT
from tests.costflow import shapes
from tests.costflow.flows import Flow, flow_of

SHAPES = {
    "loops": lambda: shapes.small_loops(20, 500),
    "ring": lambda: shapes.ring(400),
    "two sites": lambda: shapes.weighted_average_sites(2, 150),
    "five sites": lambda: shapes.weighted_average_sites(5, 150),
    "queues": lambda: shapes.band(300, 4),
    "long queues": lambda: shapes.band(120, 30),
}


def value(flow: CostFlow) -> Solution:
    return value_flow(flow, np.full(len(flow), NO_AMOUNT, dtype=np.int64))


def same(one: Solution, other: Solution) -> bool:
    pairs = [
        (one.residue, other.residue),
        (one.valuation.value, other.valuation.value),
        (one.valuation.piece_amount, other.valuation.piece_amount),
    ]
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("shape", SHAPES)
def test_bounds_say_what_rational_numbers_say(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = SHAPES[shape]().build()
    monkeypatch.setattr(ring, "SHORT", 0)
    monkeypatch.setattr(knot, "SMALL", 0)
    bounded = value(flow)
    assert all(loop.solved for loop in bounded.loops)
    monkeypatch.setattr(bottlenecks, "DENSE", 0)
    assert same(bounded, value(flow))
    monkeypatch.setattr(knot, "SMALL", 10**9)
    assert same(bounded, value(flow))


@pytest.mark.parametrize("shape", SHAPES)
def test_no_cent_is_lost(shape: str) -> None:
    """All that comes in = all that is left + the residues: these feeds hand on all they get, and nothing else."""
    flow: Flow = SHAPES[shape]()
    cost_flow = flow.build()
    solution = value(cost_flow)
    valuation = solution.valuation
    given = np.zeros(len(cost_flow), dtype=np.int64)
    receipt = np.repeat(np.arange(len(cost_flow)), np.diff(cost_flow.pieces.start))
    np.add.at(given, receipt, valuation.piece_amount)
    handed_on = np.diff(cost_flow.feeds.member_start) > 0
    is_receipt = cost_flow.is_receipt == 1
    left_on_hand = (valuation.value - given)[is_receipt].sum()
    gone_out = valuation.value[~is_receipt & ~handed_on].sum()
    assert cost_flow.known.sum() == left_on_hand + gone_out + solution.residue.sum()
    assert np.abs(solution.residue).max() <= 10


@pytest.mark.parametrize("shape", SHAPES)
def test_a_second_run_moves_nothing(shape: str) -> None:
    flow = SHAPES[shape]()
    first = value(flow.build())
    for m, left in enumerate(first.residue.tolist()):
        flow.known[m] -= left
    second = value_flow(flow.build(), first.valuation.value)
    assert np.array_equal(first.valuation.value, second.valuation.value)
    assert not second.residue.any()
    assert second.loops == ()


def test_a_recalculation_repeated_moves_nothing() -> None:
    """Its closing transfers are virtual: in the second run their legs are new again and have no cost yet (R10.4)."""
    flow = shapes.weighted_average_sites(3, 90)
    first = value(flow.build())
    for m, left in enumerate(first.residue.tolist()):
        flow.known[m] -= left
    present = first.valuation.value.copy()
    legs = [m for feed in flow.feeds for m, share in feed.fed if flow.quantity[m] != share]
    assert len(legs) == 3
    present[legs] = NO_AMOUNT
    second = value_flow(flow.build(), present)
    assert np.array_equal(first.valuation.value, second.valuation.value)
    assert not second.residue.any()
    assert second.loops == ()


def test_a_value_that_moves_by_a_cent_moves_its_component_only() -> None:
    """Twenty loops, one of them bought 0.01 dearer: all others keep what they had."""
    flow = shapes.small_loops(20, 200)
    first = value(flow.build())
    for m, left in enumerate(first.residue.tolist()):
        flow.known[m] -= left
    flow.known[0] += 100
    second = value_flow(flow.build(), first.valuation.value)
    assert len(second.loops) == 1
    assert np.array_equal(first.valuation.value[6:], second.valuation.value[6:])


def test_compiled_and_uncompiled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = shapes.weighted_average_sites(3, 60).build()
    plain = value(flow)
    monkeypatch.setattr(kernel, "COMPILE_FROM", 0)
    assert same(plain, value(flow))


def test_a_thousand_loops_are_enclosed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between bounds, compiled, every loop is decided, and as rational numbers say."""
    flow = shapes.small_loops(1_000, 10_000).build()
    one_by_one: list[object] = []
    monkeypatch.setattr(cycles, "_solved", lambda *all_of_it: one_by_one.append(all_of_it))
    enclosed = value(flow)
    assert one_by_one == []
    assert len(enclosed.loops) == 1_000
    monkeypatch.undo()
    monkeypatch.setattr(cycles, "ENCLOSE_FROM", 10**18)
    assert same(enclosed, value(flow))
    assert enclosed.loops == value(flow).loops


def test_bounds_leave_what_they_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minor unit exactly, a gain of 1, nothing from outside, amounts near 63 bits: all as without bounds."""
    texts = ("""
        receipt A qty 2 cost 0.01
        issue a
        take a A 1
        feed T a -> B 1/1
        receipt B qty 1
        issue b
        take b B 1
        feed U b -> A 1/1
    """, """
        receipt A qty 1 cost 1.00
        issue a
        take a A 1
        feed T a -> A 1/1
    """, """
        receipt A qty 2
        issue a
        take a A 1
        feed T a -> A 1/1
    """, """
        receipt A qty 999 cost 40000000000000.00
        issue a
        take a A 998
        feed T a -> A 1/1
    """)  # fmt: skip
    for text in texts:
        flow = flow_of(text).build()
        present = np.arange(len(flow)) * 10
        monkeypatch.setattr(cycles, "ENCLOSE_FROM", 0)
        bounded = value_flow(flow, present)
        monkeypatch.setattr(cycles, "ENCLOSE_FROM", 10**18)
        exact = value_flow(flow, present)
        assert same(bounded, exact)
        assert bounded.loops == exact.loops
