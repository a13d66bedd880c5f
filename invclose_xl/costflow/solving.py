"""One component of the cost flow is solved: the exact value of each of its receipts, rounded, or that there is none.

Most nodes take from one node of the component only, so each hangs, on one way, below a node where ways meet:
value = factor x that + constant. Only these meeting nodes are unknowns; they are eliminated one after the other, those
with few neighbours first. The gain is below 1 exactly if every pivot of that elimination is above 0: identity less
gains is then a nonsingular M-matrix. Where components brought back make factors negative, ways between two meeting
nodes are netted, and the magnitudes of the result decide about the gain.

In      Cycles, one component of it, what is known of each node, the nodes whose values are wanted.
Out     their values, rounded; None without outside value, with a gain of 1 or more, or beyond all books (RULES R6.5).
Units   minor units.
Errors  none: what bounds cannot tell (half a minor unit exactly, a gain of exactly 1) is decided in rational numbers.
Cost    O(nodes and links) + the elimination of the meeting nodes, which are few or have few neighbours.
Source  RULES R6.4, R6.5; A. Berman, R. Plemmons, "Nonnegative matrices in the mathematical sciences", chapter 6.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from invclose_xl.costflow.balls import Ball, Number, Undecided, is_positive, round_number
from invclose_xl.costflow.components import Cycles

KINDS_OF_NUMBERS: tuple[Callable[[int], Number], ...] = (Ball.of, Fraction)
"""tried in this order; each makes a number of an integer"""
LARGEST = 10**16
"""no book holds larger amounts; what would be larger counts as without a finite value"""

Equation = dict[int, Number]
"""an equation: what share of which unknowns"""


class _NoFiniteValueError(Exception):
    """The component multiplies itself."""


def solve(cycles: Cycles, nodes: range, known: list[int], wanted: Sequence[int]) -> list[int] | None:
    """Return the exact values of the wanted nodes of a component, rounded; None where there is no finite solution.

    ``known`` is what each node has from outside the component.
    """
    if not any(known) and not any(cycles.shift[link] for node in nodes for link in cycles.links[node]):
        return None
    for number in KINDS_OF_NUMBERS:
        try:
            values = [round_number(value) for value in _solve_exactly(cycles, nodes, known, wanted, number)]
        except Undecided:
            continue
        except _NoFiniteValueError:
            return None
        return values if max(map(abs, values)) <= LARGEST else None
    raise AssertionError("rational numbers leave nothing undecided")


def _solve_exactly(
    cycles: Cycles, nodes: range, known: list[int], wanted: Sequence[int], number: Callable[[int], Number]
) -> list[Number]:
    """Solve a component in the given kind of numbers."""
    hanging = _hang_tree(cycles, nodes, known, number)
    if any(cycles.num[link] < 0 for node in nodes for link in cycles.links[node]):
        magnitudes = {node: {on: abs(factor) for on, factor in row.items()} for node, row in hanging.rows.items()}
        _eliminate(magnitudes, dict(hanging.constants))
    meeting = _eliminate(hanging.rows, hanging.constants)
    below = [node - nodes.start for node in wanted]
    return [hanging.factor[n] * meeting[hanging.root[n]] + hanging.constant[n] for n in below]


@dataclass(frozen=True, slots=True)
class _Hanging:
    """Nodes are counted from the first of the component."""

    root: list[int]
    """the meeting node that each node hangs below"""
    factor: list[Number]
    constant: list[Number]
    """value = factor x value of the root + constant"""
    rows: dict[int, Equation]
    constants: dict[int, Number]
    """the equations of the meeting nodes"""


def _hang_tree(cycles: Cycles, nodes: range, known: list[int], number: Callable[[int], Number]) -> _Hanging:
    """Hang every node below the node where ways meet, and add up the ways from meeting node to meeting node."""
    incoming = [0] * len(nodes)
    for node in nodes:
        for link in cycles.links[node]:
            incoming[cycles.head[link] - nodes.start] += 1
    reached = [own_node for own_node, count in enumerate(incoming) if count > 1] or [0]  # a ring: any node will do
    zero, one = number(0), number(1)
    root, factor, constant = [-1] * len(nodes), [zero] * len(nodes), [zero] * len(nodes)
    rows: dict[int, Equation] = {own_node: {} for own_node in reached}
    constants = {own_node: number(known[own_node]) for own_node in reached}
    for own_node in reached:
        root[own_node], factor[own_node] = own_node, one
    for own_node in reached:
        for link in cycles.links[nodes.start + own_node]:
            head, num, den = cycles.head[link] - nodes.start, cycles.num[link], cycles.den[link]
            passed_on, fixed = factor[own_node], constant[own_node]
            if num != den:
                passed_on = passed_on * num / den
                fixed = fixed if fixed is zero else fixed * num / den
            if cycles.shift[link]:
                fixed = fixed + number(cycles.shift[link]) / den
            if head in rows:
                row = rows[head]
                row[root[own_node]] = row[root[own_node]] + passed_on if root[own_node] in row else passed_on
                constants[head] = constants[head] if fixed is zero else constants[head] + fixed
            else:
                root[head], factor[head] = root[own_node], passed_on
                constant[head] = fixed + known[head] if known[head] else fixed
                reached.append(head)
    return _Hanging(root, factor, constant, rows, constants)


def _eliminate(rows: dict[int, Equation], constants: dict[int, Number]) -> dict[int, Number]:
    """Solve unknown = constant + its row, for all unknowns; rows and constants are used up.

    Every unknown is put into the equations that mention it, those with few neighbours first.
    """
    mentioned: dict[int, set[int]] = {node: set() for node in rows}
    for node, row in rows.items():
        for on in row:
            mentioned[on].add(node)
    solved: list[int] = []
    waiting = [(len(row) * len(mentioned[node]), node) for node, row in rows.items()]
    heapq.heapify(waiting)
    while waiting:
        effort, node = heapq.heappop(waiting)  # as it was when it was put there: it may have grown since
        row, heads = rows[node], mentioned[node]
        if effort != len(row) * len(heads):
            heapq.heappush(waiting, (len(row) * len(heads), node))
            continue
        heads.discard(node)
        pivot = 1 - row.pop(node) if node in row else None
        if pivot is not None:
            if not is_positive(pivot):
                raise _NoFiniteValueError
            # (1 - what comes back) x value = the others
            for on in row:
                row[on] = row[on] / pivot
            constants[node] = constants[node] / pivot
        for on in row:
            mentioned[on].discard(node)
        for head in heads:
            their = rows[head]
            factor = their.pop(node)
            constants[head] = constants[head] + factor * constants[node]
            for on, share in row.items():
                their[on] = their[on] + factor * share if on in their else factor * share
                mentioned[on].add(head)
        solved.append(node)
    values: dict[int, Number] = {}
    for node in reversed(solved):
        value = constants[node]
        for on, share in rows[node].items():
            value = value + share * values[on]
        values[node] = value
    return values
