"""The equations of components as a graph: who hands what share of its value to whom.

An edge hands on (value x num + shift) / den, exactly
what R6.3 rounds: a piece takes open value x quantity / open quantity, where the open value is what is left when
earlier settlements were handed their share of the change (RULES R7.4).

In      a Part.
Out     EdgeColumns: the edges, those of one tail together; Edges: the same as lists, with the edges into every node;
        Ways: a cycle of a component.
Errors  none.
Cost    O(pieces + members).
Source  RULES R6.1-R6.3, R7.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import lcm
from typing import Any

import numpy as np

from invclose_xl.costflow.components import Part
from invclose_xl.costflow.flow import CostFlow
from invclose_xl.domain.book import Bool, Int64

FITS = 2.0**62


@dataclass(frozen=True, slots=True)
class EdgeColumns:
    """Edge e goes from ``tail[e]`` to ``head[e]``; those of node v are ``start[v]:start[v + 1]``."""

    start: Int64
    tail: Int64
    head: Int64
    num: Int64
    shift: Int64
    den: Int64
    fits: bool
    """False: some product left 64 bits, so ``num``, ``shift`` and ``den`` hold Python's integers"""

    @staticmethod
    def of(part: Part) -> "EdgeColumns":
        """Write down the edges of all components of a part; nothing goes to the outside."""
        flow, first_feed = part.flow, len(part.flow)
        parts = [*_pieces(part, flow), *_members(part, first_feed), *_shares(flow, first_feed)]
        tail, head, num, shift, den = (np.concatenate([p[k] for p in parts]) for k in range(5))
        order = np.argsort(tail, kind="stable")
        start = np.zeros(first_feed + len(flow.feeds) + 1, dtype=np.int64)
        np.cumsum(np.bincount(tail, minlength=len(start) - 1), out=start[1:])
        fits = num.dtype != object
        return EdgeColumns(start, tail[order], head[order], num[order], shift[order], den[order], fits)


_Columns = tuple[Any, Any, Any, Any, Any]


def _pieces(part: Part, flow: CostFlow) -> list[_Columns]:
    """What receipts hand to issues: new pieces, and earlier settlements that share a change of cost."""
    r, p = _of_receipts(part, flow.pieces.start, flow.pieces.issue)
    plain = flow.handed_quantity[r] == 0
    whole, settled, handed, before, open_quantity, q = _wide_enough(
        plain, flow.quantity[r], flow.settled_amount[r], flow.handed_quantity[r],
        np.where(plain, 0, flow.cost_before[r]), flow.open_quantity[r], flow.pieces.quantity[p],
    )  # fmt: skip
    new = (
        r,
        flow.pieces.issue[p],
        np.where(plain, q, (whole - handed) * q),
        np.where(plain, -settled * q, (handed * before - settled * whole) * q),
        np.where(plain, open_quantity, whole * open_quantity),
    )
    r, p = _of_receipts(part, flow.handed.start, flow.handed.issue)
    none = np.zeros_like(r)
    whole, _, _, before, _, q = _wide_enough(
        r < 0, flow.quantity[r], none, none, flow.cost_before[r], none, flow.handed.quantity[p]
    )
    return [new, (r, flow.handed.issue[p], q, -before * q, whole)]


def _of_receipts(part: Part, start: Int64, issue: Int64) -> tuple[Int64, Int64]:
    """Receipt and position of every piece that stays inside."""
    receipt = np.repeat(np.arange(len(part.flow)), np.diff(start))
    inside = np.flatnonzero(issue != part.outside)
    return receipt[inside], inside


def _wide_enough(
    plain: Bool, whole: Int64, settled: Int64, handed: Int64, before: Int64, open_quantity: Int64, q: Int64
) -> list[Any]:
    """Columns whose products fit: in 64 bits, else as Python's integers."""
    columns = [whole, settled, handed, before, open_quantity, q]
    most, amount = (float(np.abs(c).max(initial=1)) for c in (whole, np.maximum(np.abs(settled), np.abs(before))))
    largest = float(q.max(initial=1)) * 2 * amount * (1.0 if plain.all() else most)
    return columns if max(largest, most * most) < FITS else [column.astype(object) for column in columns]


def _members(part: Part, first_feed: int) -> list[_Columns]:
    feeds = part.flow.feeds
    m = np.repeat(np.arange(len(part.flow)), np.diff(feeds.member_start))
    return [(m, first_feed + feeds.member_feed, feeds.member_sign, np.zeros_like(m), np.ones_like(m))]


def _shares(flow: CostFlow, first_feed: int) -> list[_Columns]:
    feeds = flow.feeds
    f = np.repeat(np.arange(len(feeds)), np.diff(feeds.fed_start))
    return [(first_feed + f, feeds.fed_receipt, feeds.fed_to - feeds.fed_from, np.zeros_like(f), feeds.weight[f])]


class Edges:
    """The edges as lists of Python's integers, and those into and out of every node."""

    def __init__(self, part: Part, columns: EdgeColumns) -> None:
        self.first_feed = len(part.flow)
        self.tail, self.head, self.num, self.shift, self.den = (
            c.tolist() for c in (columns.tail, columns.head, columns.num, columns.shift, columns.den)
        )
        self.out = [range(begin, end) for begin, end in pairwise(columns.start.tolist())]
        self.into: list[list[int]] = [[] for _ in self.out]
        for edge, head in enumerate(self.head):
            self.into[head].append(edge)
        self.is_fed = set(np.flatnonzero(part.flow.fed_by >= 0).tolist())
        """fed receipts; in a component all receipts are"""

    def hand_on_at_most_all(self, nodes: Sequence[int]) -> bool | None:
        """True: no node of a component hands on more than it has, some less; False: all exactly as much; None: neither.

        With the first, the gain of the component is below 1, with the second it is 1: both without any division. The
        first needs that every edge hands something on; a share of 0 makes it say None.
        """
        less = idle = False
        for edges in (self.out[v] for v in nodes):
            if any(self.num[e] < 0 for e in edges):
                return None
            idle = idle or any(self.num[e] == 0 for e in edges)
            whole = self.den[edges[0]]
            if all(self.den[e] == whole for e in edges):
                given = sum(self.num[e] for e in edges)
            else:
                whole = lcm(*(self.den[e] for e in edges))
                given = sum(self.num[e] * (whole // self.den[e]) for e in edges)
            if given > whole:
                return None
            less = less or given < whole
        return None if less and idle else less


class Ways:
    """The ways round, to show where a component goes in a circle."""

    def __init__(self, part: Part, columns: EdgeColumns) -> None:
        self._first_feed = len(part.flow)
        self._start, self._head = columns.start.tolist(), columns.head.tolist()

    def shortest_loop(self, first: int) -> list[int]:
        """Return the movements of a shortest cycle through one of the nodes, in its direction."""
        came_from = {first: first}
        reached = [first]
        for v in reached:
            for n in self._head[self._start[v] : self._start[v + 1]]:
                if n == first:
                    loop = [v]
                    while loop[-1] != first:
                        loop.append(came_from[loop[-1]])
                    return [m for m in reversed(loop) if m < self._first_feed]
                if n not in came_from:
                    came_from[n] = v
                    reached.append(n)
        return []
