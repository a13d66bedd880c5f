"""The plainest component, a single ring: every node hands on to exactly one other. One division solves it.

Most loops of a real book are such rings of a few movements, and there may be thousands of them.

In      the edges of a Part, and a component that is a ring.
Out     the way round, and the value of the node it starts at.
Errors  none.
Cost    O(nodes), in whole numbers; their length grows with the ring, so it is for short ones (SHORT).
Source  RULES R6.4, R6.5.
"""

from collections.abc import Callable
from dataclasses import dataclass

from invclose_xl.costflow.edges import Edges
from invclose_xl.domain.money import mul_div

SHORT = 60
"""nodes; longer rings are solved like every other component"""


@dataclass(frozen=True, slots=True)
class Ring:
    """Once round: value = (value x num + shift) / den."""

    way: list[int]
    """movements, from the first fed receipt"""
    num: int
    shift: int
    den: int
    has_outside_value: bool

    @property
    def is_solvable(self) -> bool:
        """The gain is below 1."""
        return abs(self.num) < self.den

    @property
    def rounded_value(self) -> int:
        """The exact value of the first movement of the way, rounded."""
        return mul_div(self.shift, 1, self.den - self.num)


def ring_of(edges: Edges, nodes: list[int], constant: Callable[[int], int]) -> Ring | None:
    """Go round once from the first fed receipt; None where the component is no short ring."""
    if len(nodes) > SHORT or any(len(edges.into[v]) != 1 for v in nodes):
        return None
    first = next(v for v in nodes if v in edges.is_fed)
    way: list[int] = []
    v, num, shift, den, outside = first, 1, 0, 1, False
    while not way or v != first:
        if v < edges.first_feed:
            way.append(v)
        (e,) = edges.out[v]
        v = edges.head[e]
        known = constant(v)
        outside = outside or bool(known) or bool(edges.shift[e])
        num *= edges.num[e]
        shift = shift * edges.num[e] + (edges.shift[e] + known * edges.den[e]) * den
        den *= edges.den[e]
    return Ring(way, num, shift, den, outside)
