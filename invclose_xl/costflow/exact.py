"""Linear equations of a cycle solved in rational numbers, one unknown after the other.

Used for small components, and in large ones where two candidates for a cent lie closer together than any bound on an
approximation can tell: half a cent exactly.

In      Equations: every unknown is a constant plus multiples of others.
Out     the exact value of one unknown, or None where there is none; whether the gain stays below 1.
Errors  none.
Cost    unknowns with few neighbours go first, so that what is nearly a tree or a ring costs O(n log n) steps.
Source  RULES R6.4, R6.5.
"""

import heapq
from collections.abc import Iterable
from fractions import Fraction

_ONE = Fraction(1)


class Equations:
    """Unknown v = constant[v] + sum of into[v][u] x unknown u."""

    def __init__(self) -> None:
        self.constant: dict[int, Fraction] = {}
        self.into: dict[int, dict[int, Fraction]] = {}
        self._out: dict[int, set[int]] = {}

    def add(self, unknown: int, constant: Fraction) -> None:
        """Add an unknown."""
        self.constant[unknown] = constant
        self.into[unknown] = {}
        self._out[unknown] = set()

    def depend(self, unknown: int, on: int, factor: Fraction) -> None:
        """Add ``factor`` x unknown ``on`` to what an unknown is."""
        row = self.into[unknown]
        row[on] = row.get(on, Fraction(0)) + factor
        self._out[on].add(unknown)

    def eliminate(self, v: int) -> bool:
        """Put what v is into all equations that mention it; False if it depends on itself with factor 1."""
        row = self.into.pop(v)
        keep = _ONE - row.pop(v, Fraction(0))
        constant, heads = self.constant.pop(v), self._out.pop(v)
        heads.discard(v)
        if keep == 0:
            return False
        for u in row:
            self._out[u].discard(v)
        for head in heads:
            factor = self.into[head].pop(v) / keep
            self.constant[head] += factor * constant
            for u, inner in row.items():
                self.depend(head, u, factor * inner)
        return True

    def eliminate_all(self, unknowns: Iterable[int]) -> bool:
        """Eliminate, those with few neighbours first; of equals the one that was merged least often first."""
        waiting = dict.fromkeys(unknowns, 0)
        queue = [(self._effort(v), 0, v) for v in waiting]
        heapq.heapify(queue)
        while queue:
            effort, merged, v = heapq.heappop(queue)
            if v not in waiting:
                continue
            now = (self._effort(v), waiting[v])
            if now != (effort, merged):
                heapq.heappush(queue, (*now, v))
                continue
            near = (self.into[v].keys() | self._out[v]) - {v}
            if not self.eliminate(v):
                return False
            del waiting[v]
            for n in near:
                if n in waiting:
                    waiting[n] = max(waiting[n], merged + 1)
        return True

    def _effort(self, v: int) -> int:
        return len(self.into[v]) * len(self._out[v])

    def solve_for(self, unknown: int) -> Fraction | None:
        """Return the value of one unknown; None where the equations do not determine it."""
        if not self.eliminate_all([v for v in self.constant if v != unknown]):
            return None
        keep = _ONE - self.into[unknown].get(unknown, Fraction(0))
        return self.constant[unknown] / keep if keep else None

    def gain_below_one(self, bottlenecks: Iterable[int]) -> bool:
        """Tell whether the equations, reduced to their bottlenecks, multiply nothing by 1 or more.

        All other unknowns depend on one unknown only, so putting them in is no division; parallel ways between two
        bottlenecks are netted by it. Of the magnitudes of what is left, the largest eigenvalue is below 1 exactly if
        every pivot of the elimination is above 0 (the matrix is then a nonsingular M-matrix).
        """
        left = set(bottlenecks)
        if not self.eliminate_all([v for v in self.constant if v not in left]):
            return False
        for row in self.into.values():
            for on, factor in row.items():
                row[on] = abs(factor)
        for v in sorted(left, key=self._effort):
            if self.into[v].get(v, Fraction(0)) >= 1 or not self.eliminate(v):
                return False
        return True
