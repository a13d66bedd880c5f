"""Cycles of the cost flow are found: its strongly connected components, with the equations inside them.

A link inside a component hands on (value x num + shift) / den, exactly what R6.3 rounds: a piece takes
open value x quantity / open quantity, where the open value is what is left when earlier settlements were handed their
share of the change (RULES R7.4).

In      a cost flow, and which of its movements could not be valued: they hang on cycles or behind them.
Out     Cycles: the components in dependency order, each with its nodes and links.
Units   ``num``, ``shift`` and ``den`` are Python's integers, so that no product can leave 64 bits.
Errors  none.
Cost    O(movements + pieces + members).
Source  RULES R6.1-R6.4, R7.4; R. Tarjan, "Depth-first search and linear graph algorithms".
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.costflow.flow import CostFlow, count_starts
from invclose_xl.domain.book import Bool, Int64

TARJAN_WORK = 4
"""a node of the component search costs about as much as so many rows of the loops that COMPILE_FROM was measured on"""


@dataclass(frozen=True, slots=True)
class Component:
    """A strongly connected component: a range of the nodes of Cycles."""

    nodes: range
    inlets: list[int]
    """unvalued movements outside that it depends on; never a feed: the receipts it feeds have no other way in"""


@dataclass(frozen=True, slots=True)
class Cycles:
    """The nodes that lie on cycles, numbered anew: component after component, within each in the order of the flow."""

    components: list[Component]
    """each before those that depend on it"""
    node: list[int]
    """number of each node in the flow: a movement, or behind the movements a feed"""
    links: list[list[int]]
    """per node, the links to other nodes of its component"""
    head: list[int]
    num: list[int]
    shift: list[int]
    den: list[int]

    def find_shortest_loop(self, first: int) -> list[int]:
        """Return the nodes of a shortest cycle through ``first``, in its direction, as numbers of the flow."""
        came_from = {first: first}
        reached = [first]
        for node in reached:
            for head in (self.head[link] for link in self.links[node]):
                if head == first:
                    way = [node]
                    while way[-1] != first:
                        way.append(came_from[way[-1]])
                    return [self.node[n] for n in reversed(way)]
                if head not in came_from:
                    came_from[head] = node
                    reached.append(head)
        return []


@dataclass(frozen=True, slots=True)
class _Links:
    """All links between unvalued nodes: ends, and which entry of which table of the flow each comes from."""

    tail: Int64
    head: Int64
    table: Int64
    entry: Int64


_PIECE, _HANDED_DOWN, _MEMBER, _SHARE = range(4)


def find_cycles(flow: CostFlow, unvalued: Bool) -> Cycles:
    """Find all components with a cycle."""
    size = len(flow)
    movements = np.flatnonzero(unvalued)
    number = np.cumsum(unvalued) - 1  # of the unvalued movements; feeds follow them
    links = _find_links(flow, unvalued, number, len(movements))
    label = find_component_of_nodes(len(movements) + len(flow.feeds), links.tail, links.head)
    in_flow = np.concatenate([movements, size + np.arange(len(flow.feeds))])
    is_cyclic = (np.bincount(label) > 1)[label]
    order = np.flatnonzero(is_cyclic)
    order = order[np.lexsort((order, -label[order]))]
    place = np.full(len(label), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    inside = np.flatnonzero(is_cyclic[links.tail] & (label[links.tail] == label[links.head]))
    inside = inside[np.argsort(place[links.tail[inside]], kind="stable")]
    num, shift, den = _compute_shares(flow, links.table[inside], links.entry[inside])
    start = np.searchsorted(place[links.tail[inside]], np.arange(len(order) + 1)).tolist()
    return Cycles(
        components=_find_components(label, order, links, in_flow),
        node=in_flow[order].tolist(),
        links=[list(range(begin, end)) for begin, end in pairwise(start)],
        head=place[links.head[inside]].tolist(),
        num=num,
        shift=shift,
        den=den,
    )


def _find_links(flow: CostFlow, unvalued: Bool, number: Int64, first_feed: int) -> _Links:
    """Every way by which an unvalued node has a part in the value of another one."""
    tails, heads, entries = [], [], []
    for pieces in (flow.pieces, flow.passed_down):
        receipt = pieces.receipts()
        entry = np.flatnonzero(unvalued[receipt])
        tails.append(number[receipt[entry]])
        heads.append(number[pieces.issue[entry]])
        entries.append(entry)
    member = np.repeat(np.arange(len(flow), dtype=np.int64), np.diff(flow.feeds.member_start))
    entry = np.flatnonzero(unvalued[member])
    tails.append(number[member[entry]])
    heads.append(first_feed + flow.feeds.member_feed[entry])
    entries.append(entry)
    entry = np.flatnonzero(unvalued[flow.feeds.fed_receipt])
    tails.append(first_feed + flow.feeds.get_feed_of_shares()[entry])
    heads.append(number[flow.feeds.fed_receipt[entry]])
    entries.append(entry)
    table = np.repeat(np.arange(len(entries)), [len(e) for e in entries])
    return _Links(np.concatenate(tails), np.concatenate(heads), table, np.concatenate(entries))


def _compute_shares(flow: CostFlow, table: Int64, entry: Int64) -> tuple[list[int], list[int], list[int]]:
    """Return the shares that the links hand on, as ``num``, ``shift`` and ``den``."""
    num, shift, den = (np.zeros(len(entry), dtype=object) for _ in range(3))
    at = table == _PIECE
    receipt = flow.pieces.receipts()[entry[at]]
    quantity, settled, passed_down, before, open_quantity, piece = (
        column.astype(object)
        for column in (
            flow.quantity[receipt], flow.settled_amount[receipt], flow.passed_down_quantity[receipt],
            flow.cost_before[receipt], flow.open_quantity[receipt], flow.pieces.quantity[entry[at]],
        )
    )  # fmt: skip
    quantity = np.where(passed_down == 0, 1, quantity)  # nothing handed down: the open value is value - settled
    num[at] = (quantity - passed_down) * piece
    shift[at] = (passed_down * before - settled * quantity) * piece
    den[at] = quantity * open_quantity
    at = table == _HANDED_DOWN
    receipt = flow.passed_down.receipts()[entry[at]]
    num[at] = flow.passed_down.quantity[entry[at]].astype(object)
    shift[at] = -flow.cost_before[receipt].astype(object) * num[at]
    den[at] = flow.quantity[receipt].astype(object)
    at = table == _MEMBER
    num[at] = flow.feeds.member_sign[entry[at]].astype(object)
    den[at] = 1
    at = table == _SHARE
    num[at] = (flow.feeds.fed_to - flow.feeds.fed_from)[entry[at]].astype(object)
    den[at] = flow.feeds.weight[flow.feeds.get_feed_of_shares()[entry[at]]].astype(object)
    return num.tolist(), shift.tolist(), den.tolist()


def _find_components(label: Int64, order: Int64, links: _Links, in_flow: Int64) -> list[Component]:
    """Cut the sorted cyclic nodes into components, and find what each waits for."""
    is_cyclic = np.zeros(len(label), dtype=np.bool_)
    is_cyclic[order] = True
    entering = is_cyclic[links.head] & (label[links.tail] != label[links.head])
    pairs = np.unique(np.stack([label[links.head[entering]], links.tail[entering]]), axis=1)
    inlets: dict[int, list[int]] = {}
    for component, node in zip(pairs[0].tolist(), in_flow[pairs[1]].tolist(), strict=True):
        inlets.setdefault(component, []).append(node)
    bounds = np.flatnonzero(np.diff(label[order], prepend=-1, append=-1)).tolist()
    labels = label[order].tolist()
    return [Component(range(begin, end), inlets.get(labels[begin], [])) for begin, end in pairwise(bounds)]


def find_component_of_nodes(nodes: int, tail: Int64, head: Int64) -> Int64:
    """Return the component of each node; whatever depends on a component has a lower number than that."""
    order = np.argsort(tail, kind="stable")
    start = count_starts(tail, nodes)
    numbered = _number_components.run(start, head[order], size=nodes, columns=5, work=TARJAN_WORK * (nodes + len(head)))
    return numbered.label


@kernel
def _number_components(start, head, label, found, low, path, call):  # type: ignore[no-untyped-def]
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
            node = call[call_end - 1]
            if found[node] == 0:
                seen += 1
                found[node], low[node], label[node] = seen, seen, -1 - start[node]
                path[path_end] = node
                path_end += 1
            edge = -1 - label[node]
            while edge < start[node + 1]:
                neighbour = head[edge]
                if found[neighbour] == 0:
                    break
                # a finished component lies behind: its label is not negative any more, and no way leads back from it
                if label[neighbour] < 0 and low[neighbour] < low[node]:
                    low[node] = low[neighbour]
                edge += 1
            label[node] = -1 - edge
            if edge < start[node + 1]:
                call[call_end] = head[edge]
                call_end += 1
                continue
            call_end -= 1
            # nothing found before this node can be reached from it: it closes a component with all above it on the path
            if low[node] == found[node]:
                neighbour = -1
                while neighbour != node:
                    path_end -= 1
                    neighbour = path[path_end]
                    label[neighbour] = components
                components += 1
    return nodes
