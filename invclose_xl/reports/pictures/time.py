"""The time diagram: receipts as arrows up, issues as arrows down, settlements as arrows from receipt to issue.

In      a Trace and a place: its costing group is drawn, the place itself in bold.
Out     a Drawing. Dates run to the right, each transaction in its own place; what is not invoiced is in brackets
        and is dashed; closes are vertical lines; an issue whose cost changed shows the posted one too.
Cost    of more than MOST_PLACES transactions those nearest to the place are drawn.
Source  Dynamics AX 2012, the figures of the pages on inventory models; RULES R5.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from invclose_xl.domain.views.trace import Trace
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.reports.costs.explanation_parts import day
from invclose_xl.reports.costs.parts import CostParts
from invclose_xl.reports.pictures.labels import LabelLayout, draw_label, layout_of
from invclose_xl.reports.pictures.links import draw_links, draw_quantities
from invclose_xl.reports.pictures.svg import GREY, INK, ISSUE, LINK, PALE, RECEIPT, Drawing, fitted, text_width

MOST_PLACES = 60
MARGIN, TOP, LINE = 46, 96, 15
TITLE, LONGEST_TITLE = 17, 900


@dataclass(frozen=True, slots=True)
class Slot:
    """One place on the axis: a transaction, or both legs of a closing transfer."""

    movements: tuple[int, ...]
    day: int


def draw_time(trace: Trace, movement: int, highlight: bool = True) -> Drawing:
    """Draw the costing group of a place."""
    parts, movements = CostParts(trace), trace.movements
    own = np.flatnonzero(
        ((movements.item == movements.item[movement]) & (movements.group == movements.group[movement])).to_numpy()
    ).tolist()
    chosen = _nearest(parts, movement, own)
    slots = _slots(trace, chosen)
    at = {own_movement: k for k, slot in enumerate(slots) for own_movement in slot.movements}
    layout = layout_of(trace, list(at), len(slots))
    lines = _closings(trace, slots)
    group = f", {movements.group[movement]}" if movements.group[movement] else ""
    name = trace.item_names.get(movements.item[movement], "")
    title = f"{movements.item[movement]}{' ' + name if name else ''}{group}: {movements.model[movement]}"
    cut = (
        f"{len(chosen)} of {len(own)} transactions, those nearest to {movements.id[movement]}"
        if len(chosen) < len(own)
        else ""
    )
    legend = "Receipts above, issues below; in brackets: not invoiced; arrows: which receipt covers which issue"
    legend += "; " + cut if cut else ""
    texts = min(MARGIN + max(text_width(title, TITLE), text_width(legend, 11)), LONGEST_TITLE)
    layout = _spread(layout, len(slots), texts - MARGIN - layout.gap * (len(lines) + 1))
    xs = _positions(slots, lines, layout)
    width = max(max(xs, default=0.0) + layout.slot / 2 + layout.gap, texts) + MARGIN
    heads = _closing_labels(lines, xs, layout, width)
    top = TOP + LINE * max((row for *_, row in heads), default=0)
    axis = top + layout.above + layout.stem
    under = axis + layout.stem + layout.below + 14
    height = under + (text_width("2026-12-31", 11) if layout.turned else 20) + 24
    drawing = Drawing(width, height, f"{movements.id[movement]}, in bold: {title}" if highlight else title)
    drawing.text(MARGIN, 30, fitted(title, TITLE, width - 2 * MARGIN), TITLE, LINK, bold=True, anchor="start")
    drawing.text(MARGIN, 50, fitted(legend, 11, width - 2 * MARGIN), 11, GREY, anchor="start")
    for head in heads:
        _closing_line(drawing, *head, bottom=height - 16)
    drawing.line(MARGIN - 16, axis, width - MARGIN + 16, axis, INK, 1.6)
    quantities = draw_links(parts, drawing, at, xs, axis, layout.stem)
    for slot, position in zip(slots, xs, strict=True):
        for own_movement in slot.movements:
            _show_movement(trace, drawing, own_movement, position, axis, layout, highlight and own_movement == movement)
    draw_quantities(drawing, quantities, xs)
    _dates(trace, drawing, slots, xs, under, layout)
    return drawing


def _spread(layout: LabelLayout, slots: int, room: float) -> LabelLayout:
    """Give few transactions more room each, at most twice as much, where the words above them are wider."""
    return replace(layout, slot=max(layout.slot, min(room / max(slots, 1), 2 * layout.slot)))


def _nearest(parts: CostParts, movement: int, own: list[int]) -> list[int]:
    """Return at most MOST_PLACES places: those linked to the place first, step by step, then those near in time."""
    movements, links = parts.trace.movements, parts.trace.links
    if len(own) <= MOST_PLACES:
        return own
    members, chosen, waiting = set(own), [movement], [movement]
    seen = {movement}
    while waiting and len(chosen) < MOST_PLACES:
        reached = waiting.pop(0)
        near = [int(links.receipt[k]) for k in parts.links_of_issue(reached)]
        near += [int(links.issue[k]) for k in parts.links_of_receipt(reached)]
        near += [int(movements.partner[reached])] if movements.partner[reached] >= 0 else []
        for other in near:
            if other in members and other not in seen and len(chosen) < MOST_PLACES:
                seen.add(other)
                chosen.append(other)
                waiting.append(other)
    rest = sorted(
        (reached for reached in own if reached not in seen),
        key=lambda reached: (abs(int(movements.date[reached]) - int(movements.date[movement])), reached),
    )
    return sorted(chosen + rest[: MOST_PLACES - len(chosen)])


def _slots(trace: Trace, chosen: list[int]) -> list[Slot]:
    traced, slots, done = trace.movements, [], set()
    for movement in chosen:
        if movement in done:
            continue
        partner = int(traced.partner[movement])
        movements = tuple(sorted((movement, partner))) if partner >= 0 else (movement,)
        done |= set(movements)
        slots.append(Slot(movements, int(traced.date[movement])))
    return sorted(slots, key=lambda s: (s.day, s.movements[0] >= traced.transactions, s.movements[0]))


def _closings(trace: Trace, slots: list[Slot]) -> list[tuple[int, str, bool]]:
    """Return behind which slot each active closing stands, its label, and whether it is a close."""
    found = []
    lock = trace.closings
    for name, kind, status, up_to in lock.select("closing", "type", "status", "up_to").rows():
        if status != Status.ACTIVE or kind == ClosingType.REVERSAL:
            continue
        until = int(np.datetime64(up_to, "D").astype(np.int64))
        behind = sum(slot.day <= until for slot in slots)
        found.append((behind, f"{name}  {up_to}", kind == ClosingType.CLOSING))
    return found


def _positions(slots: list[Slot], lines: list[tuple[int, str, bool]], layout: LabelLayout) -> list[float]:
    """Return the middle of each slot; a closing takes a little room of its own."""
    before: dict[int, int] = defaultdict(int)
    for number, _, _ in lines:
        before[number] += 1
    xs, right = [], float(MARGIN)
    for number in range(len(slots)):
        right += layout.gap * before[number]
        xs.append(right + layout.slot / 2)
        right += layout.slot
    return xs


Head = tuple[float, str, bool, bool, int]
"""a closing: where it stands, its label, whether it is a close, whether the label is to the left, in which row"""


def _closing_labels(
    lines: list[tuple[int, str, bool]], xs: list[float], layout: LabelLayout, width: float
) -> list[Head]:
    """Choose rows for the labels of closings, so that none lies on another."""
    found: list[Head] = []
    ends: list[float] = []
    behind: dict[int, int] = defaultdict(int)
    for number, label, is_close in lines:
        own = (
            (xs[number - 1] + layout.slot / 2 if number else MARGIN - layout.gap)
            + layout.gap / 2
            + behind[number] * layout.gap
        )
        behind[number] += 1
        size = text_width(label, 11) + 5
        left = own - size > MARGIN / 2
        start, end = (own - size, own) if left else (own, own + size)
        row = next((n for n, taken in enumerate(ends) if taken < start), len(ends))
        ends[row : row + 1] = [end + 8]
        found.append((min(own, width - 4), label, is_close, left, row))
    return found


def _closing_line(
    drawing: Drawing, x: float, label: str, is_close: bool, left: bool, row: int, *, bottom: float
) -> None:
    colour, y = (LINK if is_close else GREY), 78 + LINE * row
    drawing.line(x, y - 4, x, bottom, colour, 1.6 if is_close else 1.2, "7 4" if is_close else "2 4")
    drawing.text(x + (-5 if left else 5), y, label, 11, colour, True, "end" if left else "start", halo=True)


def _show_movement(
    trace: Trace, drawing: Drawing, movement: int, x: float, axis: float, layout: LabelLayout, strong: bool
) -> None:
    """Draw one arrow and its labels."""
    movements = trace.movements
    up = movements.is_receipt(movement)
    colour = (RECEIPT if up else ISSUE) if not movements.is_leg(movement) else GREY
    head = axis - layout.stem if up else axis + layout.stem
    drawing.arrow(x, axis, x, head, colour, 3.4 if strong else 2.0, "" if movements.financial[movement] else "5 3")
    draw_label(trace, drawing, movement, x, head, layout, strong)


def _dates(trace: Trace, drawing: Drawing, slots: list[Slot], xs: list[float], y: float, layout: LabelLayout) -> None:
    """Write each date once, below its transactions, with a bracket over all of them."""
    number = 0
    while number < len(slots):
        last = number
        while last + 1 < len(slots) and slots[last + 1].day == slots[number].day:
            last += 1
        left, right = xs[number] - layout.slot * 0.4, xs[last] + layout.slot * 0.4
        drawing.line(left, y, right, y, PALE, 2)
        text = day(trace, slots[number].movements[0])
        middle = (left + right) / 2
        if layout.turned and right - left < text_width(text, 11):
            drawing.text(middle + 4, y + 6, text, 11, GREY, anchor="end", turned=True)
        else:
            drawing.text(middle, y + 16, text, 11, GREY)
        number = last + 1
