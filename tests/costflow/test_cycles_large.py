"""Large components: what bounds prove is what rational numbers say, no cent is lost, and a second run is still.

The sizes are small enough for every test run; how long the full sizes take is measured by ``measure_cycles.py``.
"""

from fractions import Fraction

import numpy as np
import pytest

from invclose_xl.compiled import kernel
from invclose_xl.costflow import solving
from invclose_xl.costflow.cycles import Earlier, Solution, value_flow
from invclose_xl.domain.money import NO_AMOUNT
from tests.costflow import shapes
from tests.costflow.flows import Flow, after_close, after_recalculation, flow_of, rounding_of, without_history

SHAPES = {
    "loops": lambda: shapes.small_loops(20, 500),
    "ring": lambda: shapes.ring(400),
    "two sites": lambda: shapes.weighted_average_sites(2, 150),
    "five sites": lambda: shapes.weighted_average_sites(5, 150),
    "queues": lambda: shapes.band(300, 4),
    "long queues": lambda: shapes.band(120, 30),
}


def value(flow: Flow, earlier: Earlier | None = None) -> Solution:
    return value_flow(flow.build(), earlier or without_history(len(flow.names)))


def same(one: Solution, other: Solution) -> bool:
    pairs = [
        (one.valuation.value, other.valuation.value),
        (one.valuation.piece_amount, other.valuation.piece_amount),
        (one.valuation.feed_total, other.valuation.feed_total),
    ]
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("shape", SHAPES)
def test_bounds_say_what_rational_numbers_say(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = SHAPES[shape]()
    bounded = value(flow)
    assert all(loop.solved for loop in bounded.loops)
    monkeypatch.setattr(solving, "KINDS_OF_NUMBERS", (Fraction,))
    rational = value(flow)
    assert same(bounded, rational)
    assert bounded.loops == rational.loops


@pytest.mark.parametrize("shape", SHAPES)
def test_no_cent_is_lost(shape: str) -> None:
    """All that comes in = all that is left + the residues: these feeds hand on all they get, and nothing else."""
    flow: Flow = SHAPES[shape]()
    cost_flow = flow.build()
    solution = value(flow)
    valuation, residue = solution.valuation, rounding_of(flow, solution)
    given = np.zeros(len(cost_flow), dtype=np.int64)
    np.add.at(given, cost_flow.pieces.receipts(), valuation.piece_amount)
    passed_on = np.diff(cost_flow.feeds.member_start) > 0
    is_receipt = cost_flow.is_receipt == 1
    left_on_hand = (valuation.value - given)[is_receipt].sum()
    gone_out = valuation.value[~is_receipt & ~passed_on].sum()
    assert cost_flow.known.sum() == left_on_hand + gone_out + residue.sum()
    assert np.abs(residue).max() <= 2


@pytest.mark.parametrize("shape", SHAPES)
def test_a_second_run_moves_nothing(shape: str) -> None:
    flow = SHAPES[shape]()
    first, nothing = value(flow), without_history(len(flow.names))
    again, earlier = after_recalculation(flow, nothing, rounding_of(flow, first))
    recalculated = value(again, earlier)
    again, earlier = after_close(flow, nothing, first)
    closed = value(again, earlier)
    for second in (recalculated, closed):
        assert same(first, second)
        assert not rounding_of(again, second).any()
    assert closed.loops == ()


def test_a_recalculation_after_a_close_moves_nothing() -> None:
    """Its closing transfers are virtual: their legs are new and were not there when the last close was made (R10.4)."""
    flow = shapes.weighted_average_sites(3, 90)
    first = value(flow)
    again, earlier = after_close(flow, without_history(len(flow.names)), first)
    legs = [m for feed in flow.feeds if feed.is_closing_transfer for m, _ in feed.members + feed.fed]
    assert len(legs) == 6
    earlier.closed[legs] = NO_AMOUNT
    second = value(again, earlier)
    assert same(first, second)
    assert second.loops == ()


def test_a_value_that_moves_by_a_cent_moves_its_component_only() -> None:
    """Twenty loops, one of them bought 1.00 dearer: all others keep what they had."""
    flow = shapes.small_loops(20, 200)
    first = value(flow)
    again, earlier = after_close(flow, without_history(len(flow.names)), first)
    again.known[0] += 100
    second = value(again, earlier)
    assert len(second.loops) == 1
    assert np.array_equal(first.valuation.value[6:], second.valuation.value[6:])


def test_what_a_close_has_not_seen_opens_its_component_only() -> None:
    """Twenty loops, one of them with a movement that is new since the close: all others keep what they had."""
    flow = shapes.small_loops(20, 200)
    first = value(flow)
    again, earlier = after_close(flow, without_history(len(flow.names)), first)
    earlier.closed[1] = NO_AMOUNT
    second = value(again, earlier)
    assert len(second.loops) == 1
    assert same(first, second)


@pytest.mark.long
def test_compiled_and_uncompiled_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = shapes.weighted_average_sites(3, 60)
    plain = value(flow)
    monkeypatch.setattr(kernel, "COMPILE_FROM", 0)
    assert same(plain, value(flow))


@pytest.mark.parametrize(("transfers", "reach"), [(300, 5), (300, 1), (40, 40)])
def test_queues_without_any_history_have_an_answer(transfers: int, reach: int) -> None:
    """A first close, where no movement has a cost from before: solved, or named as a loop without solution."""
    flow = shapes.band(transfers, reach)
    solution = value(flow)
    assert not len(solution.valuation.unvalued)
    assert solution.loops


@pytest.mark.parametrize("large", [0, 200])
def test_what_bounds_cannot_tell(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minor unit exactly, a gain of 1, nothing from outside, amounts near 63 bits; in small and long loops."""
    cases = [("2 cost 0.01", 1, 1, True), ("1 cost 1.00", 1, 77, False), ("2", 1, 77, False),
             ("999 cost 40000000000000.00", 998, 77, False)]  # fmt: skip
    for quantity, taken, value_of_first, solved in cases:
        lines = [f"receipt A qty {quantity}", "issue a0", f"take a0 A {taken}"]
        for n in range(large):
            lines += [f"receipt R{n} qty 1", f"issue a{n + 1}", f"feed T{n} a{n} -> R{n} 1/1", f"take a{n + 1} R{n} 1"]
        flow = flow_of("\n".join([*lines, f"feed T a{large} -> A 1/1"]))
        earlier = without_history(len(flow.names))
        earlier.kept[:] = 77
        found = value(flow, earlier)
        assert [loop.solved for loop in found.loops] == [solved]
        assert found.valuation.value[0] == value_of_first + (1 if solved else 0)
        monkeypatch.setattr(solving, "KINDS_OF_NUMBERS", (Fraction,))
        assert same(found, value(flow, earlier))
        monkeypatch.undo()
