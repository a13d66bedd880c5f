"""Measure how long cycles of full size take: ``python -m tests.costflow.measure_cycles``.

Prints CPU seconds, and the ratio to valuing as many movements without any cycle.
"""

import time
from collections.abc import Callable

import numpy as np

from invclose_xl.costflow.cycles import Solution, value_flow
from invclose_xl.costflow.flow import CostFlow, compute_passed_on, value_acyclic
from tests.costflow import shapes
from tests.costflow.flows import without_history

SHAPES: dict[str, Callable[[], shapes.Flow]] = {
    "1,000 loops of 6 movements, 200,000 movements": lambda: shapes.small_loops(1_000, 200_000),
    "10,000 loops of 6 movements, 200,000 movements": lambda: shapes.small_loops(10_000, 200_000),
    "one ring through 50,000 movements": lambda: shapes.ring(50_000),
    "two sites, weighted average, 3,000 transfers": lambda: shapes.weighted_average_sites(2, 3_000),
    "two sites, weighted average, 20,000 transfers": lambda: shapes.weighted_average_sites(2, 20_000),
    "fifty sites, weighted average, 5,000 transfers": lambda: shapes.weighted_average_sites(50, 5_000),
    "queues drifted apart by 20 places, 5,000 transfers": lambda: shapes.band(5_000, 20),
}


def seconds(work: Callable[[CostFlow], object], flow: CostFlow) -> float:
    start = time.process_time()
    work(flow)
    return time.process_time() - start


def solve(flow: CostFlow) -> Solution:
    return value_flow(flow, without_history(len(flow)))


def main() -> None:
    for name, make in SHAPES.items():
        flow = make().build()
        plain = shapes.small_loops(0, len(flow)).build()
        solve(shapes.small_loops(1, len(flow)).build())
        without, taken = min(seconds(value_acyclic, plain) for _ in range(3)), seconds(solve, flow)
        valuation = solve(flow).valuation
        held = int(
            np.count_nonzero((flow.fed_by >= 0) & (compute_passed_on(flow, valuation.feed_total) != valuation.value))
        )
        print(f"{name:55} {taken:7.3f} s  {taken / without:6.1f} x  residues on {held}")


if __name__ == "__main__":
    main()
