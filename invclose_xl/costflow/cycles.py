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
from invclose_xl.costflow.edges import EdgeColumns, Edges, Ways
from invclose_xl.costflow.enclosure import Enclosing
from invclose_xl.costflow.flow import CostFlow, Valuation, Valuing, handed_on, value_acyclic
from invclose_xl.costflow.knot import LARGEST, Knot
from invclose_xl.costflow.ring import ring_of
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.kernel import COMPILE_FROM
from invclose_xl.domain.money import NO_AMOUNT

WORK = 100
"""rows of simple loops that one movement of a component counts for"""
ENCLOSE_FROM = COMPILE_FROM


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
    work = len(flow) + len(flow.pieces.issue) + WORK * sum(len(c.movements) for c in waiting)
    for component in waiting:
        for m in component.movements.tolist():
            valuing.minimum[m] = 0  # RULES R6.6: not inside cycles
    while waiting:
        ready = [component for component in waiting if _is_ready(component, valuing)]
        waiting = [component for component in waiting if component.inlets]
        part = cut_out(flow, valuing, ready)
        cuts, found = _settle(part, np.append(present[part.movements], NO_AMOUNT), work)
        loops += found
        for receipt, value in cuts:
            held[part.movements[receipt]] = True
            valuing.hold(int(part.movements[receipt]), value)
        valuing.go_on()
    valuation = valuing.valuation()
    residue = np.where(held, handed_on(flow, valuation, work) - valuation.value, 0)
    return Solution(valuation, residue, tuple(loops))


def _is_ready(component: Component, valuing: Valuing) -> bool:
    """Tell whether all a component depends on is valued; what is valued is not asked for again."""
    while component.inlets and valuing.is_valued(component.inlets[-1]):
        component.inlets.pop()
    return not component.inlets


def _settle(part: Part, present: Int64, work: int) -> tuple[list[tuple[int, int]], list[Loop]]:
    """Return the receipts of the components that are to be held, with their values, and the loops for the log."""
    kept = np.where(part.flow.fed_by >= 0, present, NO_AMOUNT)
    right = _right_already(part, kept, work)
    cuts = [(m, int(kept[m])) for m in np.flatnonzero((kept != NO_AMOUNT) & np.append(right, False)).tolist()]
    loops: list[Loop] = []
    if right.all():
        return cuts, loops
    waiting = np.unique(np.repeat(np.arange(len(part)), np.diff(part.start))[~right]).tolist()
    columns = EdgeColumns.of(part)
    solved: dict[int, list[tuple[int, int]] | None] = {**_enclosed(part, columns, waiting, work)}
    left = [component for component in waiting if component not in solved]
    if left:
        edges, valuing, costs = Edges(part, columns), Valuing(part.flow, work=work), present.tolist()
        solved.update((component, _solved(edges, valuing, part.nodes(component), costs)) for component in left)
    ways, fed, first_fed = Ways(part, columns), *_fed_receipts(part)
    movement = part.movements.tolist()
    for component in waiting:
        held, first = solved[component], first_fed[component]
        if held is None:
            held = [(m, int(kept[m])) for m in fed[first : first_fed[component + 1]] if kept[m] != NO_AMOUNT]
        cuts += held
        way = ways.shortest_loop(fed[first])
        loops.append(Loop(tuple(movement[m] for m in way), solved[component] is not None))
    return cuts, loops


def _fed_receipts(part: Part) -> tuple[list[int], list[int]]:
    """Fed receipts, and where those of each component begin among them."""
    fed = np.flatnonzero(part.flow.fed_by >= 0)
    return fed.tolist(), np.searchsorted(fed, part.start).tolist()


def _enclosed(part: Part, columns: EdgeColumns, waiting: list[int], work: int) -> dict[int, list[tuple[int, int]]]:
    """Cut the small components between bounds, where the work is large enough to be compiled."""
    if work < ENCLOSE_FROM or not columns.fits:
        return {}
    return Enclosing(part, columns, Valuing(part.flow, work=work), work).cut_all(waiting)


def _solved(edges: Edges, valuing: Valuing, nodes: list[int], present: list[int]) -> list[tuple[int, int]] | None:
    """Solve one component; None where it has no finite solution."""
    ring = ring_of(edges, nodes, valuing.constant)
    if ring:
        solved = ring.has_outside_value and ring.is_solvable and abs(ring.rounded_value) <= LARGEST
        return [(ring.way[0], ring.rounded_value)] if solved else None
    knot = Knot(edges, valuing, nodes)
    return knot.cut_open(present) if knot.has_outside_value() and knot.is_solvable() else None


def _right_already(part: Part, kept: Int64, work: int) -> Bool:
    """Per movement of a Part: the present costs satisfy all rounded equations of its component (RULES R6.4)."""
    valuation = value_acyclic(part.flow, kept, work)
    wrong = (kept != NO_AMOUNT) & (handed_on(part.flow, valuation, work) != kept)
    wrong[valuation.unvalued] = True
    component = np.repeat(np.arange(len(part)), np.diff(part.start))
    wrong_components = np.zeros(len(part), dtype=np.bool_)
    wrong_components[component[wrong[:-1]]] = True
    return ~wrong_components[component]
