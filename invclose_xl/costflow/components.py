"""Cycles of the cost flow are found: its strongly connected components, cut out as a little cost flow of their own.

In      a Valuing that could go no further: what it left unvalued hangs on cycles or behind them.
Out     components in dependency order, and Part: components cut out of the flow.
Errors  none.
Cost    O(movements + pieces + members) once, plus the size of each component.
Source  RULES R6.4 ("per strongly connected component"); R. Tarjan, "Depth-first search and linear graph algorithms".
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from invclose_xl.costflow.flow import CostFlow, Feeds, Pieces, Valuing
from invclose_xl.domain.book import Int64
from invclose_xl.domain.kernel import kernel


@dataclass(frozen=True, slots=True)
class Component:
    """A strongly connected component, both ascending: movements in row order."""

    movements: Int64
    feeds: Int64
    inlets: list[int]
    """unvalued nodes outside that it depends on; feeds are numbered after the movements of the flow"""


@dataclass(frozen=True, slots=True)
class Part:
    """Components as a cost flow of their own; what comes from outside is valued and counts as known.

    They do not depend on each other and stand one after the other. The last movement of ``flow`` is in none of them:
    it takes the pieces that leave them. Nodes are the movements of ``flow``, and behind them its feeds.
    """

    flow: CostFlow
    movements: Int64
    """movement number of each movement of ``flow`` but the last"""
    start: Int64
    """component c has the movements ``start[c]:start[c + 1]`` of ``flow``, in row order"""
    feed_start: Int64

    def __len__(self) -> int:
        """Number of components."""
        return len(self.start) - 1

    @property
    def outside(self) -> int:
        """The movement that stands for all outside."""
        return len(self.movements)

    def nodes(self, component: int) -> list[int]:
        """Return the nodes of one component."""
        first = len(self.flow)
        return [
            *range(int(self.start[component]), int(self.start[component + 1])),
            *range(first + int(self.feed_start[component]), first + int(self.feed_start[component + 1])),
        ]


def cyclic_components(flow: CostFlow, valuing: Valuing) -> list[Component]:
    """Find all components with a cycle, each before those that depend on it."""
    size = len(flow)
    unvalued = np.zeros(size, dtype=np.bool_)
    unvalued[valuing.valuation().unvalued] = True
    number = np.cumsum(unvalued) - 1
    movements = np.flatnonzero(unvalued)
    first_feed = len(movements)
    tails, heads = [], []
    for pieces in (flow.pieces, flow.handed):
        receipt = np.repeat(np.arange(size, dtype=np.int64), np.diff(pieces.start))
        inside = unvalued[receipt]
        tails.append(number[receipt[inside]])
        heads.append(number[pieces.issue[inside]])
    member = np.repeat(np.arange(size, dtype=np.int64), np.diff(flow.feeds.member_start))
    inside = unvalued[member]
    tails.append(number[member[inside]])
    heads.append(first_feed + flow.feeds.member_feed[inside])
    fed = movements[(flow.is_receipt[movements] == 1) & (flow.fed_by[movements] >= 0)]
    tails.append(first_feed + flow.fed_by[fed])
    heads.append(number[fed])
    tail, head = np.concatenate(tails), np.concatenate(heads)
    label = component_of(first_feed + len(flow.feeds), tail, head)
    members = np.bincount(label)
    entering = (label[tail] != label[head]) & (members[label[head]] > 1)
    inlet = np.unique(np.stack([label[head[entering]], tail[entering]]), axis=1)
    node_number = np.concatenate([movements, size + np.arange(len(flow.feeds))])
    inlets: dict[int, list[int]] = {}
    for component, node in zip(inlet[0].tolist(), node_number[inlet[1]].tolist(), strict=True):
        inlets.setdefault(component, []).append(node)
    cyclic = np.flatnonzero(members[label] > 1)
    cyclic = cyclic[np.lexsort((cyclic, -label[cyclic]))]
    bounds = np.flatnonzero(np.diff(label[cyclic], prepend=-1, append=-1))
    found = []
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        nodes = cyclic[start:end]
        split = int(np.searchsorted(nodes, first_feed))
        inlets_here = inlets.get(int(label[nodes[0]]), [])
        found.append(Component(movements[nodes[:split]], nodes[split:] - first_feed, inlets_here))
    return found


def component_of(nodes: int, tail: Int64, head: Int64) -> Int64:
    """Return the component of each node; whatever depends on a component has a lower number than that."""
    order = np.argsort(tail, kind="stable")
    start = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(tail, minlength=nodes), out=start[1:])
    # a node costs about four times as much as a row of the simple loops that the limit was measured on
    label, *_ = _tarjan.run(start, head[order], size=nodes, columns=5, work=4 * (nodes + len(head)))
    return label


@kernel
def _tarjan(start, head, label, found, low, path, call):  # type: ignore[no-untyped-def]
    """Number components as they are completed; ``found`` and ``low`` are 1 + order of discovery, 0 = not seen.

    ``path`` holds the nodes not yet in a component, ``call`` the nodes whose edges are being walked; the next edge of
    a node is kept in ``label`` (as a negative number) until its component is complete.
    """
    nodes = len(start) - 1
    seen, components, path_end = 0, 0, 0
    for root in range(nodes):
        if found[root] != 0:
            continue
        call_end = 1
        call[0] = root
        while call_end > 0:
            v = call[call_end - 1]
            if found[v] == 0:
                seen += 1
                found[v], low[v], label[v] = seen, seen, -1 - start[v]
                path[path_end] = v
                path_end += 1
            edge = -1 - label[v]
            while edge < start[v + 1]:
                w = head[edge]
                if found[w] == 0:
                    break
                if label[w] < 0 and low[w] < low[v]:
                    low[v] = low[w]
                edge += 1
            label[v] = -1 - edge
            if edge < start[v + 1]:
                call[call_end] = head[edge]
                call_end += 1
                continue
            call_end -= 1
            if low[v] == found[v]:
                w = -1
                while w != v:
                    path_end -= 1
                    w = path[path_end]
                    label[w] = components
                components += 1
    return nodes


def cut_out(flow: CostFlow, valuing: Valuing, components: Sequence[Component]) -> Part:
    """Make components a cost flow of their own, when all they depend on outside is valued."""
    movements = np.concatenate([c.movements for c in components])
    feeds = np.concatenate([c.feeds for c in components])
    place, feed_place = np.full(len(flow), -1), np.full(len(flow.feeds), -1)
    size, outside = len(movements) + 1, len(movements)
    place[movements], feed_place[feeds] = np.arange(outside), np.arange(len(feeds))
    is_receipt = _with_outside(flow.is_receipt[movements], 0)
    taken_so_far = np.array([valuing.value[m] for m in movements.tolist()], dtype=np.int64)
    known = np.where(is_receipt[:-1] == 1, flow.known[movements], taken_so_far)
    fed_by = np.where(is_receipt[:-1] == 1, flow.fed_by[movements], -1)
    part = CostFlow(
        is_receipt=is_receipt,
        known=_with_outside(known, 0),
        fed_by=_with_outside(np.where(fed_by >= 0, feed_place[fed_by], -1), -1),
        open_quantity=_with_outside(flow.open_quantity[movements], 0),
        settled_amount=_with_outside(flow.settled_amount[movements], 0),
        handed_quantity=_with_outside(flow.handed_quantity[movements], 0),
        quantity=_with_outside(flow.quantity[movements], 0),
        cost_before=_with_outside(flow.cost_before[movements], 0),
        pieces=_pieces_of(flow.pieces, movements, place, size),
        handed=_pieces_of(flow.handed, movements, place, size),
        feeds=_feeds_of(flow.feeds, valuing, movements, feeds, place, feed_place),
    )
    start, feed_start = (
        np.cumsum([0, *(len(column) for column in columns)])
        for columns in ([c.movements for c in components], [c.feeds for c in components])
    )
    return Part(part, movements, start, feed_start)


def _pieces_of(pieces: Pieces, movements: Int64, place: Int64, size: int) -> Pieces:
    at, start = _ranges(pieces.start, movements)
    issue = place[pieces.issue[at]]
    return Pieces(_with_outside(start, int(start[-1])), np.where(issue < 0, size - 1, issue), pieces.quantity[at])


def _feeds_of(
    feeds: Feeds, valuing: Valuing, movements: Int64, chosen: Int64, place: Int64, feed_place: Int64
) -> Feeds:
    """Feeds of components: members outside are in their total already, fed receipts outside do not matter."""
    at, start = _ranges(feeds.member_start, movements)
    owner = np.repeat(np.arange(len(movements)), np.diff(start))
    member_feed = feed_place[feeds.member_feed[at]]
    inside = member_feed >= 0
    share, share_start = _ranges(feeds.fed_start, chosen)
    of_feed = np.repeat(np.arange(len(chosen)), np.diff(share_start))
    fed = place[feeds.fed_receipt[share]]
    kept = fed >= 0
    return Feeds(
        constant=np.array([valuing.total[f] for f in chosen.tolist()], dtype=np.int64),
        weight=feeds.weight[chosen],
        members=np.bincount(member_feed[inside], minlength=len(chosen)),
        member_start=_with_outside(_starts(owner[inside], len(movements)), int(inside.sum())),
        member_feed=member_feed[inside],
        member_sign=feeds.member_sign[at][inside],
        fed_start=_starts(of_feed[kept], len(chosen)),
        fed_receipt=fed[kept],
        fed_from=feeds.fed_from[share][kept],
        fed_to=feeds.fed_to[share][kept],
    )


def _ranges(start: Int64, chosen: Int64) -> tuple[Int64, Int64]:
    """Positions of all entries of the chosen rows, one row after the other, and where each row starts among them."""
    count = start[chosen + 1] - start[chosen]
    end = np.cumsum(count)
    at = np.arange(int(end[-1]) if len(end) else 0) + np.repeat(start[chosen] - (end - count), count)
    return at, np.concatenate([np.zeros(1, dtype=np.int64), end])


def _starts(sorted_by: Int64, size: int) -> Int64:
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(sorted_by, minlength=size), out=start[1:])
    return start


def _with_outside(column: Int64, value: int) -> Int64:
    return np.append(column, np.int64(value))
