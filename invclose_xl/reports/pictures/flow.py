"""The cost-flow view: boxes for transactions, arrows for the cost that goes from one to the next, purchases to sales.

In      a Trace and a place.
Out     a Drawing: on the left what the cost of the place comes from, on the right where it went.
Cost    of more than MOST_BOXES transactions those with the largest amounts are drawn.
Source  RULES R6.1.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.explanation_parts import amount, day, quantity
from invclose_xl.reports.costs.parts import NOWHERE, CostPart, CostParts
from invclose_xl.reports.pictures.flow_layout import MARGIN, BoxSize, FlowLayout, assign_columns, lay_out
from invclose_xl.reports.pictures.svg import GREY, INK, ISSUE, LINK, RECEIPT, Drawing, fitted, text_width

MOST_BOXES = 60
NARROWEST, ONE_LINE, WIDEST = 150, 240, 440
MANY_ROWS = 14
"""boxes in one column; of more, each has fewer lines, so that the picture stays readable as a whole"""
LINE = 14.5


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
    _assign_columns(flow, movement)
    rows = max(Counter(flow.column.values()).values())
    box = _box_size(trace, flow, rows)
    layout = lay_out(flow.column, flow.arrows, box)
    title = f"Where the cost of {trace.movements.id[movement]} comes from and where it went"
    drawing = Drawing(max(layout.width, 620, min(2 * MARGIN + text_width(title, 17), 1100)), layout.height, title)
    drawing.text(MARGIN, 30, fitted(title, 17, drawing.width - 2 * MARGIN), 17, LINK, bold=True, anchor="start")
    note = "Each arrow: how much of the cost goes from one transaction to the next"
    cut = f"; {flow.left_out} more transactions with smaller amounts are left out" if flow.left_out else ""
    drawing.text(MARGIN, 50, fitted(note + cut, 11, drawing.width - 2 * MARGIN), 11, GREY, anchor="start")
    _arrows(trace, drawing, flow, layout)
    for drawn, (x, y) in layout.corners.items():
        _draw_box(trace, drawing, flow, drawn, x, y, box, drawn == movement)
    return drawing


def _box_size(trace: Trace, flow: Flow, rows: int) -> BoxSize:
    """Make boxes as wide as the widest of their lines."""
    brief = rows > MANY_ROWS
    widest = max(text_width(text, 11) for m in flow.column for text, *_ in _lines(trace, flow, m, brief))
    width = min(max(widest + 18, NARROWEST), WIDEST)
    height = 10 + LINE * max(len(_lines(trace, flow, m, brief)) for m in flow.column)
    return BoxSize(width, height, 8 if brief else 16, brief)


def _spread(flow: Flow, movement: int, step: Callable[[int], list[CostPart]], side: int) -> None:
    """Follow the largest amounts first, until there are enough boxes.

    In a loop an arrow is found from both sides; it is one arrow all the same.
    """
    waiting = [(movement, 0)]
    seen = {movement}
    arrows: dict[tuple[int, int], tuple[int, str]] = {}
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
                flow.column[other] = side
                waiting.append((other, abs(part.amount)))
            if other in flow.column:
                key = (other, reached) if side < 0 else (reached, other)
                known = arrows.get(key, (0, ""))[0]
                arrows[key] = (known + part.amount, part.what)
    flow.arrows |= arrows


def _assign_columns(flow: Flow, movement: int) -> None:
    """Give each box its column: on the left what the cost comes from, on the right where it went."""
    side_of = dict(flow.column)
    for side in (-1, 1):
        own = [a for a in flow.arrows if all(end == movement or side_of[end] == side for end in a)]
        flow.column |= assign_columns(movement, own, side)


def _arrows(trace: Trace, drawing: Drawing, flow: Flow, layout: FlowLayout) -> None:
    for route in layout.routes.values():
        drawing.curves(route.curves, "#8AA4C1", 1.4)
    for arrow, route in layout.routes.items():
        units, _ = flow.arrows[arrow]
        tip = " → ".join(trace.movements.id[end] for end in arrow)
        drawing.text(*route.label, amount(trace, units), 10.5, LINK, anchor=route.anchor, halo=True, tip=tip)


def _draw_box(
    trace: Trace, drawing: Drawing, flow: Flow, movement: int, x: float, y: float, box: BoxSize, strong: bool
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
    """Return what of a cost no arrow brings: work and overhead, posted cost that no receipt covers."""
    arriving = [units for (_, to), (units, _) in flow.arrows.items() if to == movement]
    rest = int(trace.movements.cost[movement]) - sum(arriving)
    return f"of it {amount(trace, rest)} of its own" if arriving and rest and flow.column[movement] <= 0 else ""
