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

from invclose_xl.costflow.components import Component, Part, cut_out, cyclic_components
from invclose_xl.costflow.edges import Edges
from invclose_xl.costflow.flow import CostFlow, Valuation, Valuing, handed_on, value_acyclic
from invclose_xl.costflow.knot import LARGEST, Knot
from invclose_xl.costflow.ring import ring_of
from invclose_xl.domain.book import Bool, Int64
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
    waiting = [] if valuing.is_complete else cyclic_components(flow, valuing)
    for component in waiting:
        for m in component.movements.tolist():
            valuing.minimum[m] = 0  # RULES R6.6: not inside cycles
    while waiting:
        ready = [component for component in waiting if _is_ready(component, valuing)]
        waiting = [component for component in waiting if component.inlets]
        part = cut_out(flow, valuing, ready)
        cuts, found = _settle(part, np.append(present[part.movements], NO_AMOUNT))
        loops += found
        for receipt, value in cuts:
            held[part.movements[receipt]] = True
            valuing.hold(int(part.movements[receipt]), value)
        valuing.go_on()
    valuation = valuing.valuation()
    residue = np.where(held, handed_on(flow, valuation) - valuation.value, 0)
    return Solution(valuation, residue, tuple(loops))


def _is_ready(component: Component, valuing: Valuing) -> bool:
    """Tell whether all a component depends on is valued; what is valued is not asked for again."""
    while component.inlets and valuing.is_valued(component.inlets[-1]):
        component.inlets.pop()
    return not component.inlets


def _settle(part: Part, present: Int64) -> tuple[list[tuple[int, int]], list[Loop]]:
    """Return the receipts of the components that are to be held, with their values, and the loops for the log."""
    kept = np.where(part.flow.fed_by >= 0, present, NO_AMOUNT)
    right = _right_already(part, kept)
    cuts = [(m, int(kept[m])) for m in np.flatnonzero((kept != NO_AMOUNT) & np.append(right, False)).tolist()]
    loops: list[Loop] = []
    if right.all():
        return cuts, loops
    edges, valuing = Edges(part), Valuing(part.flow)
    costs = present.tolist()
    for component in np.unique(np.repeat(np.arange(len(part)), np.diff(part.start))[~right]).tolist():
        nodes = part.nodes(component)
        ring = ring_of(edges, nodes, valuing.constant)
        if ring:
            solved = ring.has_outside_value and ring.is_solvable and abs(ring.rounded_value) <= LARGEST
            held = [(ring.way[0], ring.rounded_value)] if solved else None
            way = ring.way
        else:
            knot = Knot(edges, valuing, nodes)
            held = knot.cut_open(costs) if knot.has_outside_value() and knot.is_solvable() else None
            way = edges.shortest_loop(next(v for v in nodes if v in edges.is_fed))
        cuts += (
            [(m, int(kept[m])) for m in nodes if m in edges.is_fed and kept[m] != NO_AMOUNT] if held is None else held
        )
        loops.append(Loop(tuple(part.movements[way].tolist()), held is not None))
    return cuts, loops


def _right_already(part: Part, kept: Int64) -> Bool:
    """Per movement of a Part: the present costs satisfy all rounded equations of its component (RULES R6.4)."""
    valuation = value_acyclic(part.flow, kept)
    wrong = (kept != NO_AMOUNT) & (handed_on(part.flow, valuation) != kept)
    wrong[valuation.unvalued] = True
    component = np.repeat(np.arange(len(part)), np.diff(part.start))
    wrong_components = np.zeros(len(part), dtype=np.bool_)
    wrong_components[component[wrong[:-1]]] = True
    return ~wrong_components[component]
