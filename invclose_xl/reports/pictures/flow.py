"""The cost-flow view: boxes for transactions, arrows for the cost that goes from one to the next, purchases to sales.

In      a Trace and a place.
Out     a Drawing: on the left what the cost of the place comes from, on the right where it went.
Cost    of more than MOST_BOXES transactions those with the largest amounts are drawn.
Source  RULES R6.1.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.explanation_parts import amount, day, quantity
from invclose_xl.reports.costs.parts import NOWHERE, CostParts, Part
from invclose_xl.reports.pictures.svg import GREY, INK, ISSUE, LINK, RECEIPT, Drawing, fitted, text_width

MOST_BOXES = 60
GAP_X = 112
NARROWEST, ONE_LINE, WIDEST = 150, 240, 440
MANY_ROWS = 14
"""boxes in one column; of more, each has fewer lines, so that the picture stays readable as a whole"""
MARGIN, TOP, LINE = 30, 76, 14.5


@dataclass(frozen=True, slots=True)
class Box:
    """The size of every box of a drawing, and whether there is room for the document's line."""

    width: float
    height: float
    gap: float
    brief: bool


@dataclass(slots=True)
class Flow:
    """Boxes in columns, and arrows."""

    column: dict[int, int] = field(default_factory=dict)
    arrows: dict[tuple[int, int], tuple[int, str]] = field(default_factory=dict)
    """from, to -> amount, what"""
    left_out: int = 0


def draw_flow(trace: Trace, movement: int) -> Drawing:
    """Draw the way of the cost of a place."""
    parts = CostParts(trace)
    flow = Flow({movement: 0})
    _spread(flow, movement, parts.sources, -1)
    _spread(flow, movement, parts.uses, 1)
    columns = _columns(flow)
    rows = max(len(own) for own in columns.values())
    box = _box_size(trace, flow, rows)
    first = min(columns)
    width = 2 * MARGIN + len(columns) * box.width + (len(columns) - 1) * GAP_X
    height = TOP + rows * (box.height + box.gap) + MARGIN
    title = f"Where the cost of {trace.movements.id[movement]} comes from and where it went"
    drawing = Drawing(max(width, 620, min(2 * MARGIN + text_width(title, 17), 1100)), height, title)
    drawing.text(MARGIN, 30, fitted(title, 17, drawing.width - 2 * MARGIN), 17, LINK, bold=True, anchor="start")
    note = "Each arrow: how much of the cost goes from one transaction to the next"
    cut = f"; {flow.left_out} more transactions with smaller amounts are left out" if flow.left_out else ""
    drawing.text(MARGIN, 50, fitted(note + cut, 11, drawing.width - 2 * MARGIN), 11, GREY, anchor="start")
    corner: dict[int, tuple[float, float]] = {}
    for column, own in columns.items():
        offset = (rows - len(own)) * (box.height + box.gap) / 2
        for position, drawn in enumerate(own):
            corner[drawn] = (
                MARGIN + (column - first) * (box.width + GAP_X),
                TOP + offset + position * (box.height + box.gap),
            )
    _arrows(trace, drawing, flow, corner, box)
    for drawn, (x, y) in corner.items():
        _draw_box(trace, drawing, flow, drawn, x, y, box, drawn == movement)
    return drawing


def _box_size(trace: Trace, flow: Flow, rows: int) -> Box:
    """Make boxes as wide as the widest of their lines."""
    brief = rows > MANY_ROWS
    widest = max(text_width(text, 11) for m in flow.column for text, *_ in _lines(trace, flow, m, brief))
    width = min(max(widest + 18, NARROWEST), WIDEST)
    height = 10 + LINE * max(len(_lines(trace, flow, m, brief)) for m in flow.column)
    return Box(width, height, 8 if brief else 16, brief)


def _spread(flow: Flow, movement: int, step: Callable[[int], list[Part]], side: int) -> None:
    """Follow the largest amounts first, until there are enough boxes; a box stands farther out than all before it."""
    waiting = [(movement, 0)]
    seen = {movement}
    while waiting:
        waiting.sort(key=lambda pair: pair[1])
        reached, _ = waiting.pop()
        for part in step(reached):
            if part.movement == NOWHERE:
                continue
            other = part.movement
            if other not in seen and other not in flow.column:
                if len(flow.column) >= MOST_BOXES:
                    flow.left_out += 1
                    seen.add(other)
                    continue
                seen.add(other)
                flow.column[other] = flow.column[reached] + side
                waiting.append((other, abs(part.amount)))
            if other in flow.column:
                key = (other, reached) if side < 0 else (reached, other)
                known = flow.arrows.get(key, (0, ""))[0]
                flow.arrows[key] = (known + part.amount, part.what)
    _push_out(flow, side)


def _push_out(flow: Flow, side: int) -> None:
    """Move boxes outward until every arrow of this side goes to the right; loops are left as they are."""
    for _ in range(len(flow.column)):
        moved = False
        for one, two in flow.arrows:
            inner, outer = (two, one) if side < 0 else (one, two)
            too_near = flow.column[outer] * side <= flow.column[inner] * side
            if (
                too_near
                and flow.column[outer] * side > 0
                and abs(flow.column[outer]) < 12
                and not _back(flow, outer, inner)
            ):
                flow.column[outer] = flow.column[inner] + side
                moved = True
        if not moved:
            return


def _back(flow: Flow, one: int, two: int) -> bool:
    return (one, two) in flow.arrows and (two, one) in flow.arrows


def _columns(flow: Flow) -> dict[int, list[int]]:
    """Order the boxes of each column by the middle of those that they are joined to, so that few arrows cross."""
    columns: dict[int, list[int]] = defaultdict(list)
    for own_movement, column in flow.column.items():
        columns[column].append(own_movement)
    movement = {own_movement: k for own in columns.values() for k, own_movement in enumerate(own)}
    joined: dict[int, list[int]] = defaultdict(list)
    for one, two in flow.arrows:
        joined[one].append(two)
        joined[two].append(one)
    for _ in range(4):
        for column in sorted(columns, key=abs):
            own = columns[column]
            inner = {
                own_movement: [o for o in joined[own_movement] if abs(flow.column[o]) < abs(column)]
                or joined[own_movement]
                for own_movement in own
            }
            own.sort(
                key=lambda own_movement: (
                    sum(movement[o] for o in inner[own_movement]) / max(len(inner[own_movement]), 1),
                    own_movement,
                )
            )
            movement |= {own_movement: k for k, own_movement in enumerate(own)}
    used = sorted(columns)
    return {k: columns[column] for k, column in enumerate(used)}


def _arrows(trace: Trace, drawing: Drawing, flow: Flow, corner: dict[int, tuple[float, float]], box: Box) -> None:
    out: dict[int, list[tuple[int, int]]] = defaultdict(list)
    into: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for key in flow.arrows:
        out[key[0]].append(key)
        into[key[1]].append(key)
    start: dict[tuple[int, int], float] = {}
    end: dict[tuple[int, int], float] = {}
    for own, ends, side in ((out, start, 1), (into, end, 0)):
        for movement, keys in own.items():
            keys.sort(key=lambda key: corner[key[side]][1])
            for number, key in enumerate(keys):
                ends[key] = corner[movement][1] + box.height * (number + 1) / (len(keys) + 1)
    for key, (units, _) in flow.arrows.items():
        (ax, _), (bx, _) = corner[key[0]], corner[key[1]]
        from_point, to_point = (ax + box.width, start[key]), (bx - 1, end[key])
        bend = max(GAP_X * 0.5, abs(to_point[0] - from_point[0]) * 0.5)
        drawing.curve(
            from_point,
            (from_point[0] + bend, from_point[1]),
            (to_point[0] - bend, to_point[1]),
            to_point,
            "#8AA4C1",
            1.4,
        )
        near_end = len(out[key[0]]) > len(into[key[1]])
        # On the side with fewer arrows the amounts stand apart from each other.
        t = 0.8 if near_end else 0.2  # how far along the Bézier curve
        y = (1 - t) ** 2 * (1 + 2 * t) * from_point[1] + t * t * (3 - 2 * t) * to_point[1]
        x = from_point[0] + 6 if not near_end else to_point[0] - 12
        drawing.text(x, y + 4, amount(trace, units), 10.5, LINK, anchor="end" if near_end else "start", halo=True)


def _draw_box(
    trace: Trace, drawing: Drawing, flow: Flow, movement: int, x: float, y: float, box: Box, strong: bool
) -> None:  # fmt: skip
    movements = trace.movements
    leg, receipt = movements.is_leg(movement), movements.is_receipt(movement)
    edge = GREY if leg else RECEIPT if receipt else ISSUE
    fill = "#F3F4F6" if leg else "#EEF7EF" if receipt else "#FDF0EF"
    drawing.box(x, y, box.width, box.height, fill, edge, strong)
    tip = (
        f"{movements.id[movement]}, {movements.item[movement]} {movements.group[movement]}, "
        f"{_document(trace, movement)}"
    )
    for line, (text, bold, colour) in enumerate(_lines(trace, flow, movement, box.brief)):
        drawing.text(x + 9, y + 16 + line * LINE, fitted(text, 11, box.width - 12), 11, colour, bold, "start", tip=tip)


def _lines(trace: Trace, flow: Flow, movement: int, brief: bool) -> list[tuple[str, bool, str]]:
    """Return the texts of a box: who, of what, by which document, when, how much and at what cost."""
    movements = trace.movements
    number, cost = quantity(trace, movements.quantity[movement]), amount(trace, movements.cost[movement])
    when = (
        f"{day(trace, movement)}:  {number} at {cost}"
        if movements.financial[movement]
        else f"{day(trace, movement)}:  ({number} at {cost})"
    )
    if brief:
        return [(movements.id[movement], True, INK), (movements.item[movement], False, INK), (when, False, INK)]
    both = f"{movements.item[movement]}  {movements.group[movement]}".rstrip()
    what = (both, "") if text_width(both, 11) <= ONE_LINE else (movements.item[movement], movements.group[movement])
    texts = [movements.id[movement], *what, _document(trace, movement), when, _own(trace, flow, movement)]
    colours = (INK, INK, INK, GREY, INK, GREY)
    return [(text, k == 0, colour) for k, (text, colour) in enumerate(zip(texts, colours, strict=True)) if text]


def _document(trace: Trace, movement: int) -> str:
    movements = trace.movements
    return " ".join(t for t in (movements.reference[movement], movements.number[movement]) if t) or (
        "Closing transfer" if movements.is_leg(movement) else ""
    )


def _own(trace: Trace, flow: Flow, movement: int) -> str:
    """What of a cost no arrow brings: work and overhead, posted cost that no receipt covers."""
    arriving = [units for (_, to), (units, _) in flow.arrows.items() if to == movement]
    rest = int(trace.movements.cost[movement]) - sum(arriving)
    return f"of it {amount(trace, rest)} of its own" if arriving and rest and flow.column[movement] <= 0 else ""
