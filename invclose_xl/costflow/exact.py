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
        """Put what v is into all equations that mention it; False, and nothing done, if it is 1 x itself."""
        row = self.into[v]
        keep = _ONE - row.get(v, Fraction(0))
        if keep == 0:
            return False
        heads = self._out.pop(v) - {v}
        constant = self.constant.pop(v)
        del self.into[v]
        row.pop(v, None)
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
        exchanges = len(waiting)
        while waiting:
            before = len(waiting)
            self._eliminate_where_possible(waiting)
            if len(waiting) == before:
                exchanges -= 1
                if exchanges < 0 or not self._exchange(next(iter(waiting)), waiting):
                    return False
        return True

    def _eliminate_where_possible(self, waiting: dict[int, int]) -> None:
        """Eliminate all of ``waiting`` but those that are 1 x themselves; it counts how often each was merged."""
        queue = [(self._effort(v), merged, v) for v, merged in waiting.items()]
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
            if self.eliminate(v):
                del waiting[v]
                for n in near:
                    if n in waiting:
                        waiting[n] = max(waiting[n], merged + 1)

    def _exchange(self, v: int, waiting: dict[int, int]) -> bool:
        """Let the equation of v, which is 1 x itself, say what another unknown is, and that one's what v is."""
        others = [u for u, factor in self.into[v].items() if u != v and factor]
        if not others:
            return False
        u = next((u for u in others if u in waiting), others[0])
        mine, others_row = self.into[v], self.into[u]
        my_constant, other_constant = self.constant[v], self.constant[u]
        for row, unknown in ((mine, v), (others_row, u)):
            for on in row:
                self._out[on].discard(unknown)
        self._replace(u, -my_constant / mine[u], {w: -f / mine[u] for w, f in mine.items() if w not in (u, v)})
        moved = dict(others_row)
        moved[v] = moved.get(v, Fraction(0)) + 1
        moved[u] = moved.get(u, Fraction(0)) - 1
        self._replace(v, other_constant, moved)
        return True

    def _replace(self, unknown: int, constant: Fraction, row: dict[int, Fraction]) -> None:
        """Replace the equation of an unknown, of which no other equation's list of mentions knows any more."""
        self.constant[unknown], self.into[unknown] = constant, {}
        for on, factor in row.items():
            if factor:
                self.depend(unknown, on, factor)

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
