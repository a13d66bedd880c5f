"""Where boxes and arrows of the cost flow lie: columns, passages between boxes, lanes below them for what goes back.

In      arrows between boxes, in columns counted from the box that is explained; the size of a box.
Out     FlowLayout: the corner of each box, the route of each arrow. No arrow crosses a box: in a column it runs through
        a passage of its own; one that goes back, as in a loop, runs below all boxes.
Source  Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", 1981.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from invclose_xl.reports.pictures.svg import Curve, Point

GAP_X = 112
"""between columns"""
MARGIN, TOP = 30, 76
PASSAGE, LANE = 10, 14
TURN = 56
"""how far an arrow that goes back swings out; its curve reaches three quarters of it"""
SWEEPS = 6

Arrow = tuple[int, int]
Passage = tuple[int, int, int]
"""an arrow and the column that it runs through"""
Stop = int | Passage


@dataclass(frozen=True, slots=True)
class BoxSize:
    """The size of every box of a drawing, in pixels, and whether there is room for the document's line."""

    width: float
    height: float
    gap: float
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an arrow, curve by curve; where its amount stands, and which end of the text that is."""

    curves: tuple[Curve, ...]
    label: Point
    anchor: str


@dataclass(frozen=True, slots=True)
class FlowLayout:
    """Corners and routes, and the size of the picture."""

    corners: Mapping[int, Point]
    routes: Mapping[Arrow, Route]
    width: float
    height: float


def assign_columns(start: int, arrows: Iterable[Arrow], side: int) -> dict[int, int]:
    """Return a column for each box that arrows lead to from ``start``: one farther out than all that lead to it.

    ``side`` -1 follows arrows against their direction, to columns -1, -2, … An arrow that closes a loop does not
    count.
    """
    outward: dict[int, list[int]] = defaultdict(list)
    for one, two in arrows:
        inner, outer = (two, one) if side < 0 else (one, two)
        outward[inner].append(outer)
    order, closing = _depth_first(start, outward)
    column = {start: 0}
    for inner in order:
        for outer in outward[inner]:
            if (inner, outer) not in closing:
                column[outer] = max(column.get(outer, 0), column[inner] + 1)
    return {box: side * distance for box, distance in column.items()}


def _depth_first(start: int, outward: Mapping[int, Sequence[int]]) -> tuple[list[int], set[Arrow]]:
    """Return the boxes, each before all that it leads to, and the arrows that close a loop."""
    finished: list[int] = []
    closing: set[Arrow] = set()
    is_open: dict[int, bool] = {start: True}
    waiting = [(start, iter(outward.get(start, ())))]
    while waiting:
        box, rest = waiting[-1]
        outer = next(rest, None)
        if outer is None:
            is_open[box] = False
            finished.append(box)
            waiting.pop()
        elif outer not in is_open:
            is_open[outer] = True
            waiting.append((outer, iter(outward.get(outer, ()))))
        elif is_open[outer]:
            closing.add((box, outer))
    return finished[::-1], closing


def lay_out(columns: Mapping[int, int], arrows: Iterable[Arrow], box: BoxSize) -> FlowLayout:
    """Return where everything lies."""
    used = {column: number for number, column in enumerate(sorted(set(columns.values())))}
    at = {drawn: used[column] for drawn, column in columns.items()}
    ways = {arrow: _stops(arrow, at) for arrow in arrows}
    back = sorted((a for a, way in ways.items() if not way), key=lambda a: (at[a[0]] - at[a[1]], a))
    stacks = _order(at, [way for way in ways.values() if way])
    turns_left = any(at[two] == 0 for _, two in back)
    turns_right = any(at[one] == len(used) - 1 for one, _ in back)
    left = MARGIN + turns_left * TURN
    tall = max(sum(_height(stop, box) for stop in stack) for stack in stacks)
    corners: dict[Stop, Point] = {}
    for column, stack in enumerate(stacks):
        y = TOP + (tall - sum(_height(stop, box) for stop in stack)) / 2
        for stop in stack:
            corners[stop] = (left + column * (box.width + GAP_X), y)
            y += _height(stop, box)
    lanes = {arrow: TOP + tall + (number + 0.5) * LANE for number, arrow in enumerate(back)}
    routes = _routes(ways, lanes, corners, box)
    width = left + len(used) * (box.width + GAP_X) - GAP_X + MARGIN + turns_right * TURN
    boxes = {stop: corner for stop, corner in corners.items() if isinstance(stop, int)}
    return FlowLayout(boxes, routes, width, TOP + tall + len(back) * LANE + MARGIN)


def _stops(arrow: Arrow, at: Mapping[int, int]) -> tuple[Stop, ...]:
    """Return the boxes and passages on the way of an arrow; nothing for one that goes back."""
    one, two = arrow
    if at[two] <= at[one]:
        return ()
    return (one, *((one, two, column) for column in range(at[one] + 1, at[two])), two)


def _height(stop: Stop, box: BoxSize) -> float:
    return box.height + box.gap if isinstance(stop, int) else PASSAGE


def _order(at: Mapping[int, int], ways: Sequence[tuple[Stop, ...]]) -> list[list[Stop]]:
    """Order each column by the middle of those that its stops are joined to, to and fro, so that few arrows cross."""
    stacks: list[list[Stop]] = [[] for _ in range(max(at.values()) + 1)]
    for drawn, column in at.items():
        stacks[column].append(drawn)
    before: dict[Stop, list[Stop]] = defaultdict(list)
    behind: dict[Stop, list[Stop]] = defaultdict(list)
    for way in ways:
        for stop in way[1:-1]:
            assert not isinstance(stop, int)
            stacks[stop[2]].append(stop)
        for one, two in pairwise(way):
            behind[one].append(two)
            before[two].append(one)
    place = {stop: (number + 0.5) / len(stack) for stack in stacks for number, stop in enumerate(stack)}
    for sweep in range(SWEEPS):
        joined, order = (before, stacks) if sweep % 2 == 0 else (behind, stacks[::-1])
        for stack in order:
            middle = {s: sum(place[o] for o in joined[s]) / len(joined[s]) if joined[s] else place[s] for s in stack}
            stack.sort(key=lambda stop: (middle[stop], place[stop]))
            place |= {stop: (number + 0.5) / len(stack) for number, stop in enumerate(stack)}
    return stacks


def _routes(
    ways: Mapping[Arrow, tuple[Stop, ...]], lanes: Mapping[Arrow, float], corners: Mapping[Stop, Point], box: BoxSize
) -> dict[Arrow, Route]:
    out: dict[int, list[Arrow]] = defaultdict(list)
    into: dict[int, list[Arrow]] = defaultdict(list)
    for arrow in ways:
        out[arrow[0]].append(arrow)
        into[arrow[1]].append(arrow)
    start = _ports(out, {a: lanes.get(a) or corners[way[1]][1] for a, way in ways.items()}, corners, box)
    end = _ports(into, {a: lanes.get(a) or corners[way[-2]][1] for a, way in ways.items()}, corners, box)
    routes = {}
    for arrow, way in ways.items():
        first = (corners[arrow[0]][0] + box.width, start[arrow])
        last = (corners[arrow[1]][0] - 1, end[arrow])
        if way:
            # On the side with fewer arrows the amounts stand apart from each other.
            near_end = len(out[arrow[0]]) > len(into[arrow[1]])
            routes[arrow] = _forward(first, last, [corners[stop] for stop in way[1:-1]], box, near_end=near_end)
        else:
            routes[arrow] = _around(first, last, lanes[arrow])
    return routes


def _ports(
    joined: Mapping[int, list[Arrow]], goal: Mapping[Arrow, float], corners: Mapping[Stop, Point], box: BoxSize
) -> dict[Arrow, float]:
    """Return where on the side of its box each arrow begins or ends, from the highest goal down."""
    ports = {}
    for drawn, arrows in joined.items():
        for number, arrow in enumerate(sorted(arrows, key=lambda a: (goal[a], a)), start=1):
            ports[arrow] = corners[drawn][1] + box.height * number / (len(arrows) + 1)
    return ports


def _forward(first: Point, last: Point, passages: Sequence[Point], box: BoxSize, *, near_end: bool) -> Route:
    """From the right side of a box through passages to the left side of another."""
    curves: list[Curve] = []
    begin = first
    for x, top in passages:
        y = top + PASSAGE / 2
        curves += [_across(begin, (x, y)), _straight((x, y), (x + box.width, y))]
        begin = (x + box.width, y)
    curves.append(_across(begin, last))
    along, (one, _, _, two) = (0.8, curves[-1]) if near_end else (0.2, curves[0])
    y = (1 - along) ** 2 * (1 + 2 * along) * one[1] + along * along * (3 - 2 * along) * two[1]
    x = two[0] - 12 if near_end else one[0] + 6
    return Route(tuple(curves), (x, y + 4), "end" if near_end else "start")


def _around(first: Point, last: Point, lane: float) -> Route:
    """Out to the right, back along a lane below all boxes, and in from the left."""
    (x, y), (to_x, to_y) = first, last
    curves = (
        ((x, y), (x + TURN, y), (x + TURN, lane), (x, lane)),
        _straight((x, lane), (to_x, lane)),
        ((to_x, lane), (to_x - TURN, lane), (to_x - TURN, to_y), (to_x, to_y)),
    )
    return Route(curves, ((x + to_x) / 2, lane + 4), "middle")


def _across(one: Point, two: Point) -> Curve:
    middle = (one[0] + two[0]) / 2
    return one, (middle, one[1]), (middle, two[1]), two


def _straight(one: Point, two: Point) -> Curve:
    third = (two[0] - one[0]) / 3
    return one, (one[0] + third, one[1]), (two[0] - third, two[1]), two
