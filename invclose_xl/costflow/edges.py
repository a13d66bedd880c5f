"""The equations of components as a graph: who hands what share of its value to whom.

An edge hands on (value x num + shift) / den, exactly
what R6.3 rounds: a piece takes open value x quantity / open quantity, where the open value is what is left when
earlier settlements were handed their share of the change (RULES R7.4).

In      a Part.
Out     Edges: columns of integers, and the edges into and out of every node.
Errors  none.
Cost    O(pieces + members).
Source  RULES R6.1-R6.3, R7.4.
"""

from collections.abc import Sequence
from math import lcm

from invclose_xl.costflow.components import Part


class Edges:
    """Edge e goes from tail[e] to head[e]; nothing goes to the outside."""

    def __init__(self, part: Part) -> None:
        flow = part.flow
        self.first_feed = len(flow)
        nodes = len(flow) + len(flow.feeds)
        self.tail: list[int] = []
        self.head: list[int] = []
        self.num: list[int] = []
        self.shift: list[int] = []
        self.den: list[int] = []
        self.into: list[list[int]] = [[] for _ in range(nodes)]
        self.out: list[list[int]] = [[] for _ in range(nodes)]
        self.is_fed = {m for m, f in enumerate(flow.fed_by.tolist()) if f >= 0}
        """fed receipts; in a component all receipts are"""
        self._add_pieces(part)
        self._add_feeds(part)

    def _add(self, tail: int, head: int, num: int, shift: int, den: int) -> None:
        edge = len(self.tail)
        self.tail.append(tail)
        self.head.append(head)
        self.num.append(num)
        self.shift.append(shift)
        self.den.append(den)
        self.out[tail].append(edge)
        self.into[head].append(edge)

    def _add_pieces(self, part: Part) -> None:
        flow = part.flow
        start, issue, quantity = (c.tolist() for c in (flow.pieces.start, flow.pieces.issue, flow.pieces.quantity))
        handed_start, handed_issue = flow.handed.start.tolist(), flow.handed.issue.tolist()
        handed_quantity = flow.handed.quantity.tolist()
        for r in sorted(self.is_fed):
            whole, settled = int(flow.quantity[r]), int(flow.settled_amount[r])
            handed, before, open_quantity = (
                int(flow.handed_quantity[r]), int(flow.cost_before[r]), int(flow.open_quantity[r]),
            )  # fmt: skip
            for p in range(start[r], start[r + 1]):
                i, q = issue[p], quantity[p]
                if i == part.outside:
                    continue
                if handed:
                    shift = (handed * before - settled * whole) * q
                    self._add(r, i, (whole - handed) * q, shift, whole * open_quantity)
                else:
                    self._add(r, i, q, -settled * q, open_quantity)
            for p in range(handed_start[r], handed_start[r + 1]):
                if handed_issue[p] != part.outside:
                    self._add(r, handed_issue[p], handed_quantity[p], -before * handed_quantity[p], whole)

    def _add_feeds(self, part: Part) -> None:
        feeds = part.flow.feeds
        start, feed, sign = (c.tolist() for c in (feeds.member_start, feeds.member_feed, feeds.member_sign))
        for m in range(part.outside):
            for k in range(start[m], start[m + 1]):
                self._add(m, self.first_feed + feed[k], sign[k], 0, 1)
        fed_start, receipt = feeds.fed_start.tolist(), feeds.fed_receipt.tolist()
        fed_from, fed_to, weight = (c.tolist() for c in (feeds.fed_from, feeds.fed_to, feeds.weight))
        for f in range(len(feeds)):
            for k in range(fed_start[f], fed_start[f + 1]):
                self._add(self.first_feed + f, receipt[k], fed_to[k] - fed_from[k], 0, weight[f])

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

    def shortest_loop(self, first: int) -> list[int]:
        """Return the movements of a shortest cycle through one of its nodes, in its direction."""
        came_from = {first: first}
        reached = [first]
        for v in reached:
            for e in self.out[v]:
                n = self.head[e]
                if n == first:
                    loop = [v]
                    while loop[-1] != first:
                        loop.append(came_from[loop[-1]])
                    return [m for m in reversed(loop) if m < self.first_feed]
                if n not in came_from:
                    came_from[n] = v
                    reached.append(n)
        return []
