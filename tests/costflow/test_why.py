"""The numbers of WHY.md are those that the program and the iteration give."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from invclose_xl.costflow.cycles import value_flow
from invclose_xl.costflow.flow import compute_passed_on, value_acyclic
from invclose_xl.domain.money import NO_AMOUNT, format_decimal
from tests.costflow.flows import Flow, flow_of, rounding_of, without_history

PAGE = (Path(__file__).parent / "WHY.md").read_text("utf-8")


def flow() -> Flow:
    found = re.search(r"```flow\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return flow_of(found[1])


def table(heading: str) -> list[list[str]]:
    lines = PAGE.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"| {heading}"))
    rows = []
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def rounds() -> Iterator[tuple[int, int]]:
    """Put what comes back into T3-in, and again: T3-in, and what the sales cost, after each round."""
    written = flow()
    cost_flow = written.build()
    receipt, sold = written.number("T3-in"), [written.number(name) for name in ("S1", "S2", "S3")]
    held = np.full(len(cost_flow), NO_AMOUNT, dtype=np.int64)
    held[receipt] = 0
    while True:
        valuation = value_acyclic(cost_flow, held)
        held[receipt] = compute_passed_on(cost_flow, valuation.feed_total)[receipt]
        yield int(held[receipt]), int(valuation.value[sold].sum())


def test_the_exact_answer() -> None:
    written = flow()
    solution = value_flow(written.build(), without_history(len(written.names)))
    assert not rounding_of(written, solution).any()
    for step, amount in table("step"):
        name = re.split(r"[ ,]", step)[0]
        assert format_decimal(int(solution.valuation.value[written.number(name)]), 2) == amount
    back = Fraction(15168, 100) / (1 - Fraction(9408, 10000))
    assert back == Fraction(94800, 37)
    assert solution.valuation.value[written.number("T3-in")] == round(100 * back)


def test_what_iteration_leaves_wrong() -> None:
    expected = {int(row[0]): row[1:] for row in table("rounds")}
    last, found = max(expected), {}
    for n, (back, sold) in zip(range(1, last + 50), rounds(), strict=False):
        if n in expected:
            found[n] = [format_decimal(back, 2), format_decimal(256216 - back, 2), format_decimal(sold, 2)]
        if n > last:
            assert format_decimal(back, 2) == expected[last][0], "nothing moves any more"
    assert found == expected


def test_where_a_minimum_stops() -> None:
    ((limit, *expected),) = table("stops when")
    before = 0
    for n, (back, _) in enumerate(rounds(), start=1):
        if (back - before) / 100 < float(limit):
            assert [str(n), format_decimal(back, 2), format_decimal(256216 - back, 2)] == expected
            return
        before = back
