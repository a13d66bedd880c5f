"""Labels at the arrows of the time diagram, and the room they take.

A few transactions have their labels upright, one line each for name, quantity and cost. Many stand close together and
have them turned, so that sixty still fit on a screen or a page. Numbers are never cut; a long name is, in the middle.

In      a Trace, the places that are drawn.
Out     LabelLayout: the room of a place, and its labels on a Drawing.
"""

from dataclasses import dataclass

from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.explanation_parts import amount, day, quantity
from invclose_xl.reports.pictures.svg import GREY, INK, Drawing, fitted, text_width

UPRIGHT_UP_TO = 1500
"""pixels of all transactions with upright labels; beyond it they are turned"""
LINE, TURNED_LINE = 15, 13
SIZE = 10.5
SHORTEST, LONGEST_NAME = 66, 170
STEM, TURNED_STEM = 96, 150


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """The room that each transaction has."""

    turned: bool
    slot: float
    above: float
    below: float
    """heights of the labels"""
    stem: float

    @property
    def gap(self) -> float:
        """Room of a line between transactions, for a closing."""
        return 30.0


@dataclass(frozen=True, slots=True)
class Label:
    """The texts at one transaction; its name, its numbers, what its cost was before."""

    name: str
    numbers: tuple[str, str]
    was: str
    invoiced: bool

    def lines(self, turned: bool) -> list[tuple[str, str]]:
        """Return texts with their role, from the name on."""
        left, right = ("", "") if self.invoiced else ("(", ")")
        if turned:
            numbers = f"{left}{' at '.join(self.numbers)}{right}"
            return [(self.name, "name"), (", ".join(t for t in (numbers, self.was) if t), "number")]
        numbered = [(f"{left}{n}{right}", "number") for n in self.numbers]
        return [(self.name, "name"), *numbered, *([(self.was, "was")] if self.was else [])]


def label_of(trace: Trace, movement: int) -> Label:
    """Return what is written at a transaction; what is not invoiced is in brackets."""
    movements = trace.movements
    number, cost = quantity(trace, movements.quantity[movement]), amount(trace, movements.cost[movement])
    changed = not movements.is_leg(movement) and movements.posted[movement] != movements.cost[movement]
    was = f"was {amount(trace, movements.posted[movement])}" if changed else ""
    return Label(
        fitted(_short(movements.id[movement]), 11, LONGEST_NAME),
        (number, cost),
        was,
        bool(movements.financial[movement]),
    )


def layout_of(trace: Trace, movements: list[int], slots: int) -> LabelLayout:
    """Choose how labels stand."""
    receipt = trace.movements.is_receipt
    labels = {m: label_of(trace, m) for m in movements}

    def widest(which: list[int], turned: bool) -> float:
        texts = [text for m in which for text, _ in labels[m].lines(turned)]
        return max((text_width(text, 11) for text in texts), default=0.0)

    slot = max(float(SHORTEST), widest(movements, False) + 8)
    if slots * slot <= UPRIGHT_UP_TO:
        return LabelLayout(False, slot, 4 * LINE, 4 * LINE, STEM)
    above = widest([m for m in movements if receipt(m)], True)
    below = widest([m for m in movements if not receipt(m)], True)
    return LabelLayout(True, 2 * TURNED_LINE + 6, above + 8, below + 8, TURNED_STEM)


def draw_label(
    trace: Trace, drawing: Drawing, movement: int, x: float, head: float, layout: LabelLayout, strong: bool
) -> None:
    """Write the texts of a transaction beyond the head of its arrow."""
    movements, up = trace.movements, trace.movements.is_receipt(movement)
    tip = (
        f"{movements.id[movement]}, {day(trace, movement)}, {movements.reference[movement]} "
        f"{movements.number[movement]}"
    )
    lines = label_of(trace, movement).lines(layout.turned)
    for line, (text, role) in enumerate(lines if layout.turned or not up else lines[::-1]):
        size = 11 if role == "name" else SIZE
        colour, bold = (GREY if role == "was" else INK), role == "name" or (strong and role == "number")
        if layout.turned:
            at = x + (line - (len(lines) - 1) / 2) * TURNED_LINE + 4
            y, anchor = (head - 7, "start") if up else (head + 7, "end")
            drawing.text(at, y, text, size, colour, bold, anchor, tip=tip, turned=True)
        else:
            y = head - 7 - line * LINE if up else head + 13 + line * LINE
            drawing.text(x, y, text, size, colour, bold, tip=tip)


def _short(name: str) -> str:
    """``IC-000001/W3/R`` is W3 of the closing that is beside it."""
    return name.split("/", 1)[1].replace("/I", " in").replace("/R", " out") if "/W" in name else name
