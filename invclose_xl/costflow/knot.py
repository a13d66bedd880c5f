"""A component is cut open at one fed receipt after the other, each held at its exact value, rounded.

Every node of the component hangs on exactly one way below a bottleneck, a node where ways meet: its value is
factor x bottleneck + shift. When a receipt is held, all that hangs below it is valued by R6.3 at once, and the ways
that led over it to bottlenecks are replaced by amounts. So a cut costs what it changes, not the whole component, and
thousands of them are cheap. What is still cyclic is known from the bottlenecks alone.

In      one component of a Part: its edges, and a Valuing of the Part.
Out     the receipts that were held and their values, in the order of the cuts.
Errors  none.
Units   factors, shifts and values of bottlenecks in 2**-160, see ``bottlenecks``; what is held in minor units.
Cost    O(component) + per cut what it values + the solution of the bottlenecks; in rational numbers where the bound
        on that cannot tell the cent.
Source  RULES R6.4.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from invclose_xl.costflow.bottlenecks import BITS, UNIT, Bottlenecks
from invclose_xl.costflow.components import component_of
from invclose_xl.costflow.edges import Edges
from invclose_xl.costflow.exact import Equations
from invclose_xl.costflow.flow import Valuing
from invclose_xl.domain.money import NO_AMOUNT, mul_div

SMALL = 24
"""up to this many nodes rational numbers are faster than bounds"""
LARGEST = 10**16
"""no book holds larger amounts; what would be larger counts as without a finite value"""
STEPS = 8


class Knot:
    """A component under the knife."""

    def __init__(self, edges: Edges, valuing: Valuing, nodes: list[int]) -> None:
        self._edges, self._valuing, self._all = edges, valuing, nodes
        self._signed = any(edges.num[e] < 0 for v in nodes for e in edges.out[v])
        self._fed = [v for v in nodes if v in edges.is_fed]
        bottlenecks = [v for v in nodes if len(edges.into[v]) > 1] or [self._fed[0]]
        self._nodes = bottlenecks
        self._number = {v: i for i, v in enumerate(bottlenecks)}
        self._system = Bottlenecks(len(bottlenecks))
        self._ways: list[dict[int, int]] = [{} for _ in bottlenecks]
        """from each bottleneck to each: number of ways that are still unknown"""
        self._known = dict.fromkeys(nodes, False)
        self._root = dict.fromkeys(nodes, -1)
        self._factor = dict.fromkeys(nodes, 0)
        self._shift = dict.fromkeys(nodes, 0)
        self._inexact = dict.fromkeys(nodes, 0)
        self._exits: dict[int, list[tuple[int, int, int]]] = {v: [] for v in nodes}
        """from each node to bottlenecks: bottleneck, factor and shift of the way"""
        self._dead: set[int] = set()
        """nodes that no longer lead back to where they hang"""
        self._grow()

    def _grow(self) -> None:
        """Hang every node below its bottleneck, and sum up the ways from bottleneck to bottleneck."""
        edges, number = self._edges, self._number
        reached = list(self._nodes)
        for v in self._nodes:
            self._root[v], self._factor[v] = number[v], UNIT
        for v in reached:
            for e in edges.out[v]:
                head, num, den = edges.head[e], edges.num[e], edges.den[e]
                factor = num * self._factor[v] // den
                shift = (num * self._shift[v] + (edges.shift[e] << BITS)) // den
                inexact = -(-abs(num) * self._inexact[v] // den) + 1
                if head in number:
                    to, a = number[head], self._root[v]
                    self._exits[v].append((to, factor, shift))
                    self._system.add(to, a, factor, shift)
                    self._system.inexact += inexact
                    self._ways[a][to] = self._ways[a].get(to, 0) + 1
                else:
                    self._root[head] = self._root[v]
                    self._factor[head], self._inexact[head] = factor, inexact
                    self._shift[head] = shift + (self._valuing.constant(head) << BITS)
                    reached.append(head)

    def _constant_of_bottleneck(self, number: int) -> int:
        return self._valuing.constant(self._nodes[number])

    def has_outside_value(self) -> bool:
        """Tell whether anything but the component itself has a part in its values (RULES R6.5)."""
        edges = self._edges
        return any(self._valuing.constant(v) or any(edges.shift[e] for e in edges.out[v]) for v in self._all)

    def is_solvable(self) -> bool:
        """Tell whether the component has a finite solution that it tends to: its gain is below 1 (RULES R6.5).

        Exact where nothing is handed on more than once in all, which is the rule; else proven by ``certify``; else
        found in rational numbers. Where components are brought back to a production order (negative factors), ways
        between two bottlenecks are netted, and of the result the magnitudes count. A component of more than 200
        bottlenecks for which none of this gives a proof counts as not solvable.
        """
        members = list(range(len(self._nodes)))
        by_sums = self._edges.hand_on_at_most_all(self._all)
        certified = by_sums is not False and self._system.certify(members)
        if by_sums is not None:
            return by_sums
        return certified or (len(members) <= 200 and self._equations(self._all).gain_below_one(self._nodes))

    def cut_open(self, present: Sequence[int]) -> list[tuple[int, int]] | None:
        """Hold one fed receipt after the other until nothing is cyclic any more; None if the first has no value.

        Where a later one has no value within reach, which only negative factors can bring about, it keeps its
        present cost.
        """
        cuts: list[tuple[int, int]] = []
        waiting = [(set(range(len(self._nodes))), self._fed)]
        while waiting:
            members, candidates = waiting.pop()
            for at, receipt in enumerate(candidates):
                if not self._is_cyclic(receipt, members):
                    continue
                value = self._rounded_value(receipt, members)
                if value is None and not cuts:
                    return None
                if value is None:
                    value = self._valuing.constant(receipt) if present[receipt] == NO_AMOUNT else present[receipt]
                cuts.append((receipt, value))
                if not self._hold(receipt, value, members):
                    waiting += self._fallen_apart(members, candidates[at + 1 :])
                    break
        return cuts

    def _is_cyclic(self, receipt: int, members: set[int]) -> bool:
        """Tell whether a receipt leads back to the bottleneck it hangs below; ``members`` is one component."""
        if self._known[receipt] or self._root[receipt] not in members:
            return False
        edges = self._edges
        walk = [(receipt, iter(edges.out[receipt]))]
        while walk:
            v, below = walk[-1]
            if any(to in members for to, _, _ in self._exits[v]):
                return True
            for e in below:
                following = edges.head[e]
                if not (following in self._number or following in self._dead or self._known[following]):
                    walk.append((following, iter(edges.out[following])))
                    break
            else:
                self._dead.add(v)
                walk.pop()
        return False

    def _hold(self, receipt: int, value: int, members: set[int]) -> bool:
        """Hold a receipt and value what follows; tell whether the component still hangs together."""
        edges, valuing = self._edges, self._valuing
        valuing.hold(receipt, value)
        gone: list[tuple[int, int]] = []
        for m in valuing.go_on():
            if m not in self._known:
                continue
            self._now_known(int(m), members, gone)
            for e in edges.out[m]:
                f = edges.head[e] - edges.first_feed
                if f >= 0 and valuing.feed_waiting[f] == 0 and not self._known[edges.head[e]]:
                    self._now_known(edges.head[e], members, gone)
        if len(members) == 1:
            (only,) = members
            return only in self._ways[only]
        tails = {a for a, _ in gone if a in members}
        heads = {u for _, u in gone if u in members}
        return bool(members) and all(self._reaches(a, heads, members) for a in tails)

    def _now_known(self, v: int, members: set[int], gone: list[tuple[int, int]]) -> None:
        if self._known[v]:
            return
        self._known[v] = True
        if v in self._number:
            members.discard(self._number[v])
        a = self._root[v]
        for to, factor, shift in self._exits[v]:
            self._system.add(to, a, -factor, -shift)
            self._ways[a][to] -= 1
            if not self._ways[a][to]:
                del self._ways[a][to]
                self._system.drop(to, a)
                gone.append((a, to))

    def _reaches(self, start: int, wanted: set[int], members: set[int]) -> bool:
        missing = wanted - {start}
        seen, reached = {start}, [start]
        for a in reached:
            if not missing:
                break
            for to in self._ways[a]:
                if to in members and to not in seen:
                    seen.add(to)
                    missing.discard(to)
                    reached.append(to)
        return not missing

    def _fallen_apart(self, members: set[int], candidates: list[int]) -> list[tuple[set[int], list[int]]]:
        """Return what is still cyclic, the part that depends on no other one last; each with its fed receipts."""
        order = sorted(members)
        place = {u: i for i, u in enumerate(order)}
        edges = [(place[a], place[to]) for a in order for to in self._ways[a] if to in place]
        tail, head = (np.array(side, dtype=np.int64) for side in (zip(*edges, strict=True) if edges else ((), ())))
        label = component_of(len(order), tail, head).tolist()
        parts: dict[int, tuple[set[int], list[int]]] = {}
        for u, part in zip(order, label, strict=True):
            parts.setdefault(part, (set(), []))[0].add(u)
        for r in candidates:
            if not self._known[r] and self._root[r] in place:
                parts[label[place[self._root[r]]]][1].append(r)
        return [
            parts[part]
            for part in sorted(parts)
            if len(parts[part][0]) > 1 or any(u in self._ways[u] for u in parts[part][0])
        ]

    def _rounded_value(self, receipt: int, members: set[int]) -> int | None:
        """Return the exact value of a fed receipt, rounded; None where there is none within reach."""
        value = None
        if len(self._all) > SMALL:
            value = self._bounded_value(receipt, sorted(members))
        if value is None:
            exact = self._equations(self._above(receipt)).solve_for(receipt)
            value = None if exact is None else mul_div(exact.numerator, 1, exact.denominator)
        return None if value is None or abs(value) > LARGEST else value

    def _bounded_value(self, receipt: int, members: list[int]) -> int | None:
        """Improve the bottlenecks until all values within the bound round alike; None if they never do."""
        system = self._system
        if not (system.certify(members) if self._signed else system.is_certified):
            return None
        bound = system.bound(members, self._constant_of_bottleneck)
        for _ in range(STEPS):
            a = self._root[receipt]
            middle = (self._factor[receipt] * system.value[a] >> BITS) + self._shift[receipt]
            inexact = self._inexact[receipt] * (abs(system.value[a]) // UNIT + 2)
            off = (abs(self._factor[receipt]) * system.off_by(a, bound) >> BITS) + inexact + 2
            low = mul_div(middle - off, 1, UNIT)
            if low == mul_div(middle + off, 1, UNIT):
                return low
            if off < UNIT >> 60:
                return None
            last = bound
            system.improve(members, anew=False)
            bound = system.bound(members, self._constant_of_bottleneck)
            if 4 * bound > last:
                system.improve(members, anew=True)
                bound = system.bound(members, self._constant_of_bottleneck)
        return None

    def _above(self, receipt: int) -> list[int]:
        """Return all that a receipt depends on and is not known."""
        seen, reached = {receipt}, [receipt]
        for v in reached:
            for e in self._edges.into[v]:
                tail = self._edges.tail[e]
                if tail not in seen and not self._known[tail]:
                    seen.add(tail)
                    reached.append(tail)
        return reached

    def _equations(self, nodes: Sequence[int]) -> Equations:
        """Write down the equations of nodes that depend on nothing unknown but each other."""
        edges, equations = self._edges, Equations()
        unknown = [v for v in nodes if not self._known[v]]
        for v in unknown:
            shifts = sum(
                (Fraction(edges.shift[e], edges.den[e]) for e in edges.into[v] if not self._known[edges.tail[e]]),
                Fraction(self._valuing.constant(v)),
            )
            equations.add(v, shifts)
        for v in unknown:
            for e in edges.into[v]:
                if not self._known[edges.tail[e]]:
                    equations.depend(v, edges.tail[e], Fraction(edges.num[e], edges.den[e]))
        return equations
