"""Cycles of the cost flow are solved exactly, and the flow goes on: no iteration, no limit, no tolerance.

Goods that go round, A to B and back by transfer, rework, repacking, by-products, make the cost flow depend on itself.
What depends on each other is a strongly connected component. Component by component, in dependency order, every fed
receipt is held at its exact value, rounded; everything else in it is then valued as if there were no cycle. What the
feed of a held receipt hands on besides is the rounding difference, which ``passed_on`` tells.

In      CostFlow, and what earlier runs left: Earlier.
Out     Solution: the whole valuation, and the loops for the log.
Units   amounts in minor units.
Errors  none: a component without a finite solution keeps its costs and says so.
Cost    nothing without a cycle; else O(movements + pieces), plus for each component what ``solving`` says.
Source  RULES R6.3-R6.7.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from invclose_xl.costflow.flow import CostFlow, Valuation, Valuing, compute_passed_on, value_acyclic
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.money import NO_AMOUNT

if TYPE_CHECKING:
    from invclose_xl.costflow.components import Cycles


@dataclass(frozen=True, slots=True)
class Earlier:
    """Costs that earlier closings left, per movement: a cycle never sees what was recalculated since."""

    kept: Int64
    """the cost that a fed receipt keeps in a loop without solution (RULES R6.5)"""
    closed: Int64
    """cost at the last active Closing, NO_AMOUNT where the movement was not there"""
    closed_rounding: Int64
    """rounding difference that was left after it"""
    rounding: Int64
    """of fed receipts, the same: ``known`` of the flow counts them as handed on (R6.7)"""


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
    loops: tuple[Loop, ...]
    """components in dependency order; those in which nothing changed since the last Closing are left out"""


def value_flow(flow: CostFlow, earlier: Earlier) -> Solution:
    """Value the whole flow."""
    valuing = Valuing(flow)
    valuing.advance()
    if valuing.is_complete:
        return Solution(valuing.get_valuation(), ())
    return _value_with_loops(flow, earlier, valuing)


def _value_with_loops(flow: CostFlow, earlier: Earlier, valuing: Valuing) -> Solution:
    # loaded by need: most books have no loop
    from invclose_xl.costflow.components import find_cycles
    from invclose_xl.costflow.solving import solve

    unvalued = np.zeros(len(flow), dtype=np.bool_)
    unvalued[valuing.get_valuation().unvalued] = True
    cycles = find_cycles(flow, unvalued)
    unchanged = _Unchanged(flow, earlier, cycles)
    fed = (flow.fed_by >= 0) & ~_select_legs(flow)
    loops = []
    for place, component in enumerate(cycles.components):
        if component.inlets:
            valuing.advance()
        receipts = [n for n in component.nodes if cycles.node[n] < len(flow) and fed[cycles.node[n]]]
        movements = [cycles.node[n] for n in receipts]
        if unchanged.holds(place, valuing):
            values = earlier.closed[movements].tolist()
        else:
            known = [_sum_known_part(cycles.node[n], valuing, earlier) for n in component.nodes]
            solved = solve(cycles, component.nodes, known, receipts)
            values = earlier.kept[movements].tolist() if solved is None else solved
            way = [m for m in cycles.find_shortest_loop(receipts[0]) if m < len(flow)]
            loops.append(Loop(tuple(way), solved is not None))
        for movement, value in zip(movements, values, strict=True):
            valuing.hold(movement, value)
    valuing.advance()
    if not valuing.is_complete:
        raise ArithmeticError("closing transfers alone form a loop, which dates do not allow")
    return Solution(valuing.get_valuation(), tuple(loops))


def _sum_known_part(node: int, valuing: Valuing, earlier: Earlier) -> int:
    """Return the part of a node from outside its component; rounding differences are no part of it (RULES R6.1)."""
    known = valuing.get_known_part(node)
    return known + int(earlier.rounding[node]) if node < len(earlier.rounding) else known


def _select_legs(flow: CostFlow) -> Bool:
    """Legs of closing transfers: they keep no cost of their own, a receipt leg costs what its issue leg took."""
    feeds, legs = flow.feeds, np.zeros(len(flow), dtype=np.bool_)
    legs[feeds.fed_receipt[feeds.is_closing_transfer[feeds.get_feed_of_shares()]]] = True
    member = np.repeat(np.arange(len(flow)), np.diff(feeds.member_start))
    legs[member[feeds.is_closing_transfer[feeds.member_feed]]] = True
    return legs


class _Unchanged:
    """Components that the last Closing left as they are: solving them again would only move cents (RULES R6.4)."""

    def __init__(self, flow: CostFlow, earlier: Earlier, cycles: "Cycles") -> None:
        self._size, self._cycles = len(flow), cycles
        self._component = np.repeat(np.arange(len(cycles.components)), [len(c.nodes) for c in cycles.components])
        nodes = np.array(cycles.node, dtype=np.int64)
        self._movement_nodes = nodes < self._size
        self._movements = nodes[self._movement_nodes]
        legs = _select_legs(flow)
        # a movement that the Closing did not see makes its loop another one, whatever it costs
        self._same = self._check_all_of((earlier.closed != NO_AMOUNT) | legs)
        self._trial: Valuation | None = None
        if not any(self._same):
            return
        # one trial for all: were every loop held as the Closing left it, which of them would come out the same?
        held = np.full(self._size, NO_AMOUNT, dtype=np.int64)
        fed = self._movements[(flow.fed_by >= 0)[self._movements] & ~legs[self._movements]]
        held[fed] = np.where(earlier.closed[fed] == NO_AMOUNT, earlier.kept[fed], earlier.closed[fed])
        self._trial = value_acyclic(flow, held)
        rounding = compute_passed_on(flow, self._trial.feed_total) + earlier.rounding - self._trial.value
        as_closed = (flow.fed_by < 0) | (rounding == earlier.closed_rounding)
        self._same = self._check_all_of((self._trial.value == earlier.closed) & as_closed | legs)

    def _check_all_of(self, per_movement: Bool) -> list[bool]:
        """Tell per component whether something is true of all its movements."""
        same = np.ones(len(self._cycles.components), dtype=np.bool_)
        same[self._component[self._movement_nodes][~per_movement[self._movements]]] = False
        return [bool(s) for s in same]

    def holds(self, place: int, valuing: Valuing) -> bool:
        """Tell whether no cost in a component has changed, nor anything that it depends on."""
        if self._trial is None or not self._same[place]:
            return False
        inlets = self._cycles.components[place].inlets
        return all(valuing.get_known_part(movement) == self._trial.value[movement] for movement in inlets)
