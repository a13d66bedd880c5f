"""Cycles of the cost flow are solved exactly, cut open, and the flow goes on: no iteration, no limit, no tolerance.

Goods that go round, A to B and back by transfer, rework, repacking, by-products, make the cost flow depend on
itself. What depends on each other is a strongly connected component. Component by component, in dependency order,
its first fed receipt in row order is held at its exact value, rounded; what follows from it is valued as everything
else; what is still cyclic is cut in the same way.

In      CostFlow, and the cost that every movement has now.
Out     Solution: the whole valuation, rounding differences of the cuts, and the loops for the log.
Units   amounts in minor units.
Errors  none: a component without a finite solution keeps its present costs and says so.
Cost    nothing without a cycle; else O(movements + pieces), plus for each component what ``knot`` says.
Source  RULES R6.3-R6.7.
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.costflow.components import Part, cut_out, cyclic_components, shortest_loop
from invclose_xl.costflow.edges import Edges
from invclose_xl.costflow.flow import CostFlow, Valuation, Valuing, handed_on, value_acyclic
from invclose_xl.costflow.knot import Knot
from invclose_xl.domain.book import Int64
from invclose_xl.domain.money import NO_AMOUNT


@dataclass(frozen=True, slots=True)
class Loop:
    """A component of the cost flow, shown by one of its cycles."""

    movements: tuple[int, ...]
    """a shortest way round, in its direction, from the first fed receipt in row order back to it"""
    solved: bool
    """False: no value from outside, or gain >= 1 (RULES R6.5)"""


@dataclass(frozen=True, slots=True)
class Solution:
    """The cost flow, valued."""

    valuation: Valuation
    residue: Int64
    """per movement: of fed receipts that were held, what the feed hands on less what they were given, else 0"""
    loops: tuple[Loop, ...]
    """components in dependency order; those whose present costs are right already are left out"""


def value_flow(flow: CostFlow, present: Int64) -> Solution:
    """Value the whole flow.

    ``present``: the cost of each movement now, NO_AMOUNT for those that this run makes. A component whose present
    costs satisfy all its rounded equations is left alone (RULES R6.4).
    """
    valuing = Valuing(flow)
    valuing.go_on()
    held = np.zeros(len(flow), dtype=np.bool_)
    loops: list[Loop] = []
    if not valuing.is_complete:
        place, feed_place = np.full(len(flow), -1), np.full(len(flow.feeds), -1)
        for component in cyclic_components(flow, valuing):
            part = cut_out(flow, valuing, component, place, feed_place)
            cuts, loop = _settle(part, np.append(present[component.movements], 0))
            loops += loop
            for m in component.movements.tolist():
                valuing.minimum[m] = 0  # RULES R6.6: not inside cycles
            for receipt, value in cuts:
                held[part.movements[receipt]] = True
                valuing.hold(int(part.movements[receipt]), value)
            valuing.go_on()
    valuation = valuing.valuation()
    residue = np.where(held, handed_on(flow, valuation) - valuation.value, 0)
    return Solution(valuation, residue, tuple(loops))


def _settle(part: Part, present: Int64) -> tuple[list[tuple[int, int]], list[Loop]]:
    """Return the receipts of one component that are to be held, with their values, and the loop for the log."""
    kept = np.where((part.flow.fed_by >= 0) & (present != NO_AMOUNT), present, NO_AMOUNT)
    keep = [(m, int(kept[m])) for m in np.flatnonzero(kept != NO_AMOUNT).tolist()]
    valuation = value_acyclic(part.flow, kept)
    if not len(valuation.unvalued):
        right = handed_on(part.flow, valuation) == kept
        if right[kept != NO_AMOUNT].all():
            return keep, []
    knot = Knot(part, Edges(part))
    solved = knot.has_outside_value() and knot.is_solvable()
    return knot.cut_open(present.tolist()) if solved else keep, [Loop(shortest_loop(part), solved)]
