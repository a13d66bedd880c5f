"""Cycles worked out by hand, one rule each (RULES R6.3-R6.5)."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from invclose_xl.costflow import solving
from invclose_xl.costflow.balls import Ball
from invclose_xl.costflow.cycles import Solution, value_flow
from invclose_xl.costflow.flow import value_acyclic
from tests.costflow.flows import Flow, after_close, cents, flow_of, rounding_of, without_history


def solve(flow: Flow, **kept: str) -> Solution:
    """``kept``: what receipts keep where there is no solution, by name; nothing was closed before."""
    earlier = without_history(len(flow.names))
    for name, amount in kept.items():
        earlier.kept[flow.number(name)] = cents(amount)
    return value_flow(flow.build(), earlier)


def costs(flow: Flow, solution: Solution) -> dict[str, float]:
    return {name: value / 100 for name, value in zip(flow.names, solution.valuation.value.tolist(), strict=True)}


def residue(flow: Flow, solution: Solution) -> dict[str, float]:
    left = rounding_of(flow, solution)
    return {flow.names[m]: left[m] / 100 for m in np.flatnonzero(left).tolist()}


def loop_names(flow: Flow, solution: Solution) -> list[str]:
    return [" ".join(flow.names[m] for m in loop.movements) for loop in solution.loops]


TWO_SITES = """
    receipt bought   qty 10 cost 100.00
    receipt back     qty 5
    issue   out                     # 12 of the 15 in A go to B
    receipt there    qty 12
    issue   return                  # 5 of the 12 in B come back
    receipt legA     qty 15
    issue   intoA
    take intoA bought 10
    take intoA back 5
    transfer avg intoA -> legA 1/1
    take out legA 12
    feed T1 out -> there 12/12
    take return there 5
    feed T2 return -> back 5/5
"""


def test_two_sites() -> None:
    """a = what comes back to A. A holds 100 + a, sends 12/15 of it, of which 5/12 come back:

        a = (100 + a) x 12/15 x 5/12 = (100 + a) / 3,  so a = 50 exactly.

    out = 12/15 x 150 = 120, which is all that is in B; 5/12 of it are 50: the ring closes without a residue.
    """
    flow = flow_of(TWO_SITES)
    solution = solve(flow, back="40.00", there="1.00")
    assert costs(flow, solution) == {
        "bought": 100, "back": 50, "out": 120, "there": 120, "return": 50, "legA": 150, "intoA": 150,
    }  # fmt: skip
    assert residue(flow, solution) == {}
    assert loop_names(flow, solution) == ["back intoA legA out there return"]
    assert solution.loops[0].solved


@pytest.mark.parametrize(
    ("bought", "held", "left"),
    [
        ("100.01", (50.01, 120.01), {"back": -0.01, "there": 0.01}),
        ("100.02", (50.01, 120.02), {}),
        ("100.03", (50.02, 120.04), {}),
    ],
)
def test_two_sites_in_cents(bought: str, held: tuple[float, float], left: dict[str, float]) -> None:
    """As above, a is half of what was bought and what B receives is 12/10 of it; both are held, rounded.

    100.01: 50.005 is held at 50.01, 120.012 at 120.01. legA = 150.02, out = 12/15 of it = 120.016, 0.01 more than there
    holds; return = 5/12 of 120.01 = 50.004, 0.01 less than back holds.
    """
    flow = flow_of(TWO_SITES.replace("100.00", bought))
    solution = solve(flow)
    found = costs(flow, solution)
    assert (found["back"], found["there"]) == held
    assert found["legA"] == found["intoA"]
    assert residue(flow, solution) == left


def test_the_residue_is_what_the_feed_hands_on_less_what_is_held() -> None:
    """R pays 100 issues of one unit each; half of each issue's cost goes round and comes back to R.

    v = 1.01 + v/2, so R is held at 2.02, and every S at 0.01 (0.0101). Of the 100 issues 98 take 0.02 and 2 take 0.03,
    half of which, 0.015, is 0.01 more than their S hold. The 100 J hand on 1.00, so the feed would make R worth 2.01.
    """
    lines = ["receipt R qty 100 cost 1.01"]
    for n in range(100):
        lines += [f"issue I{n}", f"receipt S{n} qty 1", f"take I{n} R 1", f"feed F{n} I{n} -> S{n} 1/2"]
        lines += [f"issue J{n}", f"take J{n} S{n} 1"]
    lines.append("feed all " + " + ".join(f"J{n}" for n in range(100)) + " -> R 1/1")
    flow = flow_of("\n".join(lines))
    solution = solve(flow)
    assert costs(flow, solution)["R"] == 2.02
    assert sorted(costs(flow, solution)[f"I{n}"] for n in range(100)) == [0.02] * 98 + [0.03] * 2
    left = residue(flow, solution)
    assert left.pop("R") == -0.01
    assert list(left.values()) == [0.01, 0.01]
    assert all(costs(flow, solution)[f"I{name[1:]}"] == 0.03 for name in left)


def test_a_receipt_that_feeds_itself() -> None:
    """Rework: 3 of 10 are reworked and become part of the same receipt. v = 70 + 3/10 v = 100."""
    flow = flow_of("""
        receipt made   qty 10 cost 70.00
        issue   rework
        issue   sold
        take rework made 3
        take sold made 7
        feed order rework -> made 1/1
    """)
    solution = solve(flow)
    assert costs(flow, solution) == {"made": 100, "rework": 30, "sold": 70}
    assert loop_names(flow, solution) == ["made rework"]


@pytest.mark.parametrize(("known", "held"), [("0.01", 1), ("0.03", 2), ("0.05", 3), ("-0.01", -1), ("-0.03", -2)])
@pytest.mark.parametrize("hops", [0, 40])
def test_half_a_cent_exactly(known: str, held: int, hops: int) -> None:
    """v = (known + v) / 3 is half of known: an odd number of cents is half a cent exactly, away from zero.

    ``hops`` puts transfers in between that change nothing, so that the ring is solved as a large component.
    """
    lines = ["receipt R qty 1", "issue I0"]
    for n in range(hops):
        lines += [f"receipt S{n} qty 1", f"issue I{n + 1}", f"feed F{n} I{n} -> S{n} 1/1", f"take I{n + 1} S{n} 1"]
    lines += [f"issue other base {known}", f"feed last I{hops} + other -> R 1/3", "take I0 R 1"]
    flow = flow_of("\n".join(lines))
    assert round(costs(flow, solve(flow))["R"] * 100) == held


NO_VALUE = """
    receipt A qty 10 cost {}
    receipt B qty 10
    issue   a
    issue   b
    take a A 10
    take b B {}
    feed T1 a -> B 10/10
    feed T2 b -> A 10/10
"""


def test_nothing_from_outside() -> None:
    """R6.5: goods go round, and nobody ever paid for them. They keep what they are worth now; issues follow."""
    flow = flow_of(NO_VALUE.format("0.00", 9))
    solution = solve(flow, A="20.00", B="30.00", a="1.00", b="1.00")
    assert costs(flow, solution) == {"A": 20, "B": 30, "a": 20, "b": 27}
    assert residue(flow, solution) == {"A": 7, "B": -10}
    assert loop_names(flow, solution) == ["A a B b"]
    assert not solution.loops[0].solved


def test_a_gain_of_one() -> None:
    """R6.5: all goes round and 5.00 more comes in each time: there is no finite cost."""
    flow = flow_of(NO_VALUE.format("5.00", 10))
    solution = solve(flow, A="20.00", B="30.00")
    assert costs(flow, solution) == {"A": 20, "B": 30, "a": 20, "b": 30}
    assert residue(flow, solution) == {"A": 15, "B": -10}
    assert [loop.solved for loop in solution.loops] == [False]


def test_a_gain_above_one() -> None:
    """An issue that stands in two feeds, a transfer and a return, is handed on twice: 2 x 0.9 is above 1."""
    flow = flow_of("""
        receipt A qty 10 cost 5.00
        receipt B qty 10
        receipt C qty 10
        issue   a
        issue   b
        take a A 9
        take b B 10
        take b C 10
        feed T1 a -> B 1/1
        feed T2 a -> C 1/1
        feed T3 b -> A 1/1
    """)
    solution = solve(flow, A="1.00", B="2.00", C="3.00")
    assert costs(flow, solution) == {"A": 1, "B": 2, "C": 3, "a": 0.9, "b": 5}
    assert [loop.solved for loop in solution.loops] == [False]


def test_amounts_beyond_all_books() -> None:
    """A gain of 1 - 10**-12 on 10**7: finite, and still nothing a book can hold."""
    flow = flow_of("""
        receipt A qty 1000000000000 cost 10000000.00
        issue   a
        take a A 999999999999
        feed T a -> A 1/1
    """)
    solution = solve(flow, A="1.00")
    assert costs(flow, solution)["A"] == 1
    assert [loop.solved for loop in solution.loops] == [False]


def test_components_brought_back_are_netted() -> None:
    """i takes 90 of 100 out of R. 20 of it come back as b (a return: 20/90 of i); the product is i - b, all of which
    is repacked into R; b goes into R too. The feeds add up to 110/90 of i, the net is 90/90 x 0.9 = 0.9 < 1:

        R = 10 + (i - b) + b = 10 + i, i = 0.9 R: R = 100, i = 90, b = 20, product 70.
    """
    flow = flow_of("""
        receipt bought qty 1 cost 10.00
        receipt R qty 100
        issue   i
        receipt b qty 20
        receipt product qty 70
        issue   into
        issue   repacked
        take i R 90
        take into bought 1
        feed return i -> b 20/90
        feed order i - b -> product 1/1
        take repacked product 70
        take into b 20
        feed avg into + repacked -> R 1/1
    """)
    solution = solve(flow)
    assert costs(flow, solution) == {
        "bought": 10, "R": 100, "i": 90, "b": 20, "product": 70, "into": 30, "repacked": 70,
    }  # fmt: skip
    assert solution.loops[0].solved


def test_a_feed_that_nothing_flows_into() -> None:
    """R6.2: what comes through a feed without issues is its constant, in whatever place it stands among the feeds."""
    flow = flow_of("""
        receipt R qty 2 cost 1.00
        receipt S qty 2 cost 1.00
        issue   I
        take I R 2
        feed only 2.50 -> R 1/1
        feed too 0.50 -> S 1/1
    """)
    assert costs(flow, solve(flow)) == {"R": 3.5, "S": 1.5, "I": 3.5}


def test_what_is_left_alone() -> None:
    """R6.4: v = 0.05 + v x 9/10 is 0.50; but if nothing changed since a close left 0.46 and 0.41 (0.414), they stay."""
    flow = flow_of("""
        receipt R qty 10 cost 0.05
        issue   I
        take I R 9
        feed T I -> R 1/1
    """)
    assert costs(flow, solve(flow)) == {"R": 0.5, "I": 0.45}
    closed = replace(without_history(2), closed=np.array([46, 41]))
    solution = value_flow(flow.build(), closed)
    assert costs(flow, solution) == {"R": 0.46, "I": 0.41}
    assert solution.loops == ()
    assert residue(flow, solution) == {}
    for changed in (
        {"closed": np.array([46, 40])},
        {"closed_rounding": np.array([1, 0])},
        {"rounding": np.array([1, 0])},
    ):
        solution = value_flow(flow.build(), replace(closed, **changed))
        assert [loop.solved for loop in solution.loops] == [True]
    flow.known[1] = 1
    assert costs(flow, value_flow(flow.build(), closed)) == {"R": 0.6, "I": 0.55}


def test_what_a_close_left_to_the_rounding_difference_stays_there() -> None:
    """R6.7: 50.01 and 120.01 with 0.01 each way, as above; the next run finds nothing to do."""
    flow = flow_of(TWO_SITES.replace("100.00", "100.01"))
    first = solve(flow)
    again, earlier = after_close(flow, without_history(len(flow.names)), first)
    second = value_flow(again.build(), earlier)
    assert costs(again, second) == costs(flow, first)
    assert residue(again, second) == {}
    assert second.loops == ()


def test_two_rings_that_share() -> None:
    """Two rings share R = 1.00 + S + T, where S is half of a third of it and T a third: R = 1.00 + R/6 + R/3 = 2.00.

    S = 1/3 is held at 0.33, T = 2/3 at 0.67. Of I = 0.67 the feed of S hands on 0.34 (0.335), 0.01 more than S holds.
    """
    flow = flow_of("""
        receipt S qty 1
        receipt T qty 1
        receipt R qty 3 cost 1.00
        issue   I
        issue   J
        issue   s
        take I R 1
        take J R 1
        take s S 1
        take s T 1
        feed F I -> S 1/2
        feed G J -> T 1/1
        feed H s -> R 1/1
    """)
    solution = solve(flow)
    assert costs(flow, solution) == {"S": 0.33, "T": 0.67, "R": 2, "I": 0.67, "J": 0.67, "s": 1}
    assert residue(flow, solution) == {"S": 0.01}


def test_hand_downs_are_part_of_the_loop() -> None:
    """R7.4: R of 10 was 100.00 when 4 of it were settled for 40.00; S0 is handed 4/10 of every change.

    The 6 left go to I, which is wholly fed back as a third. v = 100 + (v - 40 - 0.4 (v - 100)) / 3 = 100 + v/5, so
    v = 125: handed down 0.4 x 25 = 10, open value 125 - 40 - 10 = 75, a third of it 25.
    """
    flow = flow_of("""
        receipt R qty 10 cost 100.00 settled 40.00 handed 4 before 100.00
        issue   S0 base 40.00
        issue   I
        handed S0 R 4
        take I R 6
        feed T I -> R 1/3
    """)
    assert costs(flow, solve(flow)) == {"R": 125, "S0": 50, "I": 75}


def test_a_loop_behind_a_loop() -> None:
    """The second loop takes rounded amounts of the first: v = 0.10 + v/3 = 0.15, half of it is 0.08 (0.075), and
    w = 0.08 + w/3 = 0.12."""
    flow = flow_of("""
        receipt W qty 3
        issue   w
        receipt V qty 6 cost 0.10
        issue   v
        issue   on
        receipt X qty 1
        issue   x
        take w W 1
        take v V 2
        take on V 3
        feed A v -> V 1/1
        feed B on -> X 1/1
        take x X 1
        feed C w + x -> W 1/1
    """)
    solution = solve(flow)
    assert costs(flow, solution) == {"W": 0.12, "w": 0.04, "V": 0.15, "v": 0.05, "on": 0.08, "X": 0.08, "x": 0.08}
    assert loop_names(flow, solution) == ["V v", "W w"]


def test_bounds_and_rational_numbers_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = flow_of(TWO_SITES.replace("100.00", "77.78"))
    expected = solve(flow).valuation.value.tolist()
    monkeypatch.setattr(solving, "KINDS_OF_NUMBERS", (Fraction,))
    assert solve(flow).valuation.value.tolist() == expected
    monkeypatch.setattr(solving, "KINDS_OF_NUMBERS", (Ball.of,))
    assert solve(flow).valuation.value.tolist() == expected


def test_without_cycles_nothing_changes() -> None:
    flow = flow_of("""
        receipt R qty 3 cost 10.00
        issue   a
        issue   b
        receipt S qty 1
        issue   c
        take a R 1
        take b R 1
        feed T a -> S 1/1
        take c S 1
    """)
    solution = solve(flow, S="1.00")
    plain = value_acyclic(flow.build())
    assert solution.valuation.value.tolist() == plain.value.tolist() == [1000, 333, 334, 333, 333]
    assert solution.loops == ()
