"""The time diagram: receipts as arrows up, issues as arrows down, settlements as arrows from receipt to issue.

In      a Trace and a place: its costing group is drawn, the place itself in bold.
Out     a Drawing. Dates run to the right, each transaction in its own place; what is not invoiced stands in brackets
        and is dashed; closes are vertical lines; an issue whose cost changed shows the posted one too.
Cost    of more than MOST_PLACES transactions those nearest to the place are drawn.
Source  Dynamics AX 2012, the figures of the pages on inventory models; RULES R5.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from invclose_xl.domain.trace import Trace
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.reports.cost_parts import CostParts
from invclose_xl.reports.explain import amount, day, quantity
from invclose_xl.reports.picture_svg import GREY, INK, ISSUE, LINK, PALE, RECEIPT, Drawing, fitted, text_width

MOST_PLACES = 60
SLOT, MARGIN = 84, 46
STEM = 96
LINE = 15
TOP = 96


@dataclass(frozen=True, slots=True)
class Slot:
    """One place on the axis: a transaction, or both legs of a closing transfer."""

    places: tuple[int, ...]
    day: int


def draw_time(trace: Trace, place: int, highlight: bool = True) -> Drawing:
    """Draw the costing group of a place."""
    parts, p = CostParts(trace), trace.places
    own = np.flatnonzero(((p.item == p.item[place]) & (p.group == p.group[place])).to_numpy()).tolist()
    chosen = _nearest(parts, place, own)
    slots = _slots(trace, chosen)
    at = {m: k for k, slot in enumerate(slots) for m in slot.places}
    lines = _closings(trace, slots)
    x = _positions(slots, lines)
    width = max((max(x) if x else 0) + SLOT + MARGIN, 560)
    axis = TOP + 4 * LINE + STEM
    height = axis + STEM + 4 * LINE + 78
    group = f", {p.group[place]}" if p.group[place] else ""
    name = trace.item_names.get(p.item[place], "")
    title = f"{p.item[place]}{' ' + name if name else ''}{group}: {p.model[place]}"
    drawing = Drawing(width, height, title)
    drawing.text(MARGIN, 30, title, 17, LINK, bold=True, anchor="start")
    cut = f"{len(chosen)} of {len(own)} transactions, those nearest to {p.id[place]}" if len(chosen) < len(own) else ""
    legend = "Receipts above, issues below; in brackets: not invoiced; arrows: who pays for whom"
    drawing.text(MARGIN, 50, f"{legend}{'; ' + cut if cut else ''}", 11, GREY, anchor="start")
    for k, label, is_close in lines:
        _closing_line(drawing, _between(x, k), height, label, is_close)
    drawing.line(MARGIN - 16, axis, width - MARGIN + 16, axis, INK, 1.6)
    _links(parts, drawing, at, x, axis)
    for slot, position in zip(slots, x, strict=True):
        for m in slot.places:
            _place(trace, drawing, m, position, axis, highlight and m == place)
    _dates(trace, drawing, slots, x, height)
    return drawing


def _nearest(parts: CostParts, place: int, own: list[int]) -> list[int]:
    """Return at most MOST_PLACES places: those linked to the place first, step by step, then those near in time."""
    p, links = parts.trace.places, parts.trace.links
    if len(own) <= MOST_PLACES:
        return own
    members, chosen, waiting = set(own), [place], [place]
    seen = {place}
    while waiting and len(chosen) < MOST_PLACES:
        m = waiting.pop(0)
        near = [int(links.receipt[k]) for k in parts.links_of_issue(m)]
        near += [int(links.issue[k]) for k in parts.links_of_receipt(m)]
        near += [int(p.partner[m])] if p.partner[m] >= 0 else []
        for other in near:
            if other in members and other not in seen and len(chosen) < MOST_PLACES:
                seen.add(other)
                chosen.append(other)
                waiting.append(other)
    rest = sorted((m for m in own if m not in seen), key=lambda m: (abs(int(p.date[m]) - int(p.date[place])), m))
    return sorted(chosen + rest[: MOST_PLACES - len(chosen)])


def _slots(trace: Trace, chosen: list[int]) -> list[Slot]:
    p, slots, done = trace.places, [], set()
    for m in chosen:
        if m in done:
            continue
        partner = int(p.partner[m])
        places = tuple(sorted((m, partner))) if partner >= 0 else (m,)
        done |= set(places)
        slots.append(Slot(places, int(p.date[m])))
    return sorted(slots, key=lambda s: (s.day, s.places[0] >= p.transactions, s.places[0]))


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


def _positions(slots: list[Slot], lines: list[tuple[int, str, bool]]) -> list[float]:
    """Return the middle of each slot; a closing takes a little room of its own."""
    before: dict[int, int] = defaultdict(int)
    for k, _, _ in lines:
        before[k] += 1
    x, right = [], float(MARGIN)
    for k in range(len(slots)):
        right += 30 * before[k]
        x.append(right + SLOT / 2)
        right += SLOT
    return x


def _between(x: list[float], k: int) -> float:
    return (x[k - 1] + SLOT / 2 + 14) if k else MARGIN + 4


def _closing_line(drawing: Drawing, x: float, height: float, label: str, is_close: bool) -> None:
    drawing.line(
        x, 74, x, height - 30, LINK if is_close else GREY, 1.6 if is_close else 1.2, "7 4" if is_close else "2 4"
    )
    anchor = "end" if x > text_width(label, 11) + MARGIN else "start"
    drawing.text(x + (-5 if anchor == "end" else 5), 78, label, 11, LINK if is_close else GREY, True, anchor, halo=True)


def _place(trace: Trace, drawing: Drawing, m: int, x: float, axis: float, strong: bool) -> None:
    """Draw one arrow and its labels."""
    p = trace.places
    up = p.is_receipt(m)
    physical = not p.financial[m]
    colour = (RECEIPT if up else ISSUE) if not p.is_leg(m) else GREY
    head = axis - STEM if up else axis + STEM
    drawing.arrow(x, axis, x, head, colour, 3.4 if strong else 2.0, "5 3" if physical else "")
    number, cost = quantity(trace, p.quantity[m]), amount(trace, p.cost[m])
    labels = [fitted(_short(p.id[m]), 11, SLOT - 4), number, cost]
    if physical:
        labels[1:] = [f"({labels[1]})", f"({cost})"]
    if not p.is_leg(m) and p.posted[m] != p.cost[m]:
        labels.append(f"was {amount(trace, p.posted[m])}")
    lines = labels if not up else labels[::-1]
    for k, text in enumerate(lines):
        y = axis + STEM + 13 + k * LINE if not up else axis - STEM - 7 - k * LINE
        first, old = text == labels[0], text.startswith("was ")
        tip = f"{p.id[m]}, {day(trace, m)}, {p.reference[m]} {p.number[m]}"
        bold = first or (strong and not old)
        drawing.text(
            x, y, fitted(text, 10.5, SLOT - 2), 11 if first else 10.5, GREY if old else INK, bold=bold, tip=tip
        )


def _short(name: str) -> str:
    """``IC-000001/W3/R`` is W3 of the closing that stands beside it."""
    return name.split("/", 1)[1].replace("/I", " in").replace("/R", " out") if "/W" in name else name


def _links(parts: CostParts, drawing: Drawing, at: dict[int, int], x: list[float], axis: float) -> None:
    """Draw settlements and value links; ends are spread over the stems so that lines do not lie on each other."""
    links = parts.trace.links
    drawn = [
        k for k in range(len(links)) if int(links.issue[k]) in at and int(links.receipt[k]) in at and links.quantity[k]
    ]
    by_receipt: dict[int, list[int]] = defaultdict(list)
    for k in drawn:
        by_receipt[int(links.receipt[k])].append(k)
    start, end = {}, {}
    for receipt, own in by_receipt.items():
        # The farthest issue hangs on the top of the stem, so that arrows of one receipt do not cross.
        own.sort(key=lambda k: -abs(x[at[int(links.issue[k])]] - x[at[receipt]]))
        for n, k in enumerate(own):
            start[k] = axis - STEM * (0.82 - 0.64 * (n + 0.5) / len(own))
    # Long arrows arrive lower than short ones, so that they do not run through the heads of others.
    by_length = sorted(drawn, key=lambda k: (abs(x[at[int(links.issue[k])]] - x[at[int(links.receipt[k])]]), k))
    for n, k in enumerate(by_length):
        end[k] = axis + STEM * (0.16 + 0.66 * (n + 0.5) / len(drawn))
    labels = Labels(x)
    texts = []
    for k in drawn:
        a, b = x[at[int(links.receipt[k])]], x[at[int(links.issue[k])]]
        away = 1 if b >= a else -1
        reach = max(26.0, abs(b - a) * 0.35) * away
        colour = LINK if links.settles[k] else GREY
        points = (a + 2 * away, start[k]), (a + reach, start[k]), (b - reach, end[k]), (b - 4 * away, end[k])
        if a == b:
            points = (a + 3, start[k]), (a + 34, start[k]), (b + 34, end[k]), (b + 4, end[k])
        drawing.curve(*points, colour, 1.3, "" if links.settles[k] else "4 3")
        texts.append((points, quantity(parts.trace, links.quantity[k]), colour))
    for points, text, colour in texts:
        spot = labels.free_spot(points, text)
        if spot is not None:
            drawing.text(spot[0], spot[1] + 4, text, 10.5, colour, halo=True)


Point = tuple[float, float]


class Labels:
    """Keeps texts on curves apart from each other and from the arrows of the transactions."""

    def __init__(self, stems: list[float]) -> None:
        self._stems = stems
        self._taken: list[tuple[float, float, float]] = []

    def free_spot(self, curve: tuple[Point, Point, Point, Point], text: str) -> Point | None:
        """Return where on a curve a text can stand; None where nothing is free."""
        half = text_width(text, 10.5) / 2 + 2
        for t in (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8, 0.14, 0.86):
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x, y = (sum(w * point[c] for w, point in zip(weights, curve, strict=True)) for c in (0, 1))
            if any(abs(x - stem) < half + 2 for stem in self._stems):
                continue
            if any(abs(x - tx) < half + th and abs(y - ty) < 13 for tx, ty, th in self._taken):
                continue
            self._taken.append((x, y, half))
            return x, y
        return None


def _dates(trace: Trace, drawing: Drawing, slots: list[Slot], x: list[float], height: float) -> None:
    """Write each date once, below the first of its transactions, with a bracket over all of them."""
    y = height - 44
    k = 0
    while k < len(slots):
        last = k
        while last + 1 < len(slots) and slots[last + 1].day == slots[k].day:
            last += 1
        left, right = x[k] - SLOT * 0.4, x[last] + SLOT * 0.4
        drawing.line(left, y, right, y, PALE, 2)
        text = day(trace, slots[k].places[0])
        drawing.text((left + right) / 2, y + 16, text, 11, GREY)
        k = last + 1
