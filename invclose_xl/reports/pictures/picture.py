"""The picture of an explanation: the time diagram of a costing group, or the cost-flow view across items.

In      a Trace, an Explanation, the view that was asked for (or none).
Out     the drawing, and the bytes of an .svg or .png file.
Errors  BookUnusable where nothing can be drawn of the subject, or the package for PNG is missing.
Source  WORKBOOK "Command line" (explain --picture).
"""

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.explanation_parts import Explanation, Node
from invclose_xl.reports.costs.parts import NOWHERE
from invclose_xl.reports.pictures.flow import draw_flow
from invclose_xl.reports.pictures.svg import Drawing
from invclose_xl.reports.pictures.time import draw_time

TIME, FLOW = "time", "flow"


def draw(trace: Trace, explained: Explanation, view: str | None = None) -> Drawing:
    """Draw a transaction (flow where its cost crosses costing groups, else time) or an item (time)."""
    movement = explained.movement
    if movement == NOWHERE:
        movement = _of_item(trace, explained)
        view = view or TIME
    crosses = _crosses(trace, movement, (*explained.sources, *explained.uses))
    return (
        draw_flow(trace, movement)
        if (view or (FLOW if crosses else TIME)) == FLOW
        else draw_time(trace, movement, explained.movement != NOWHERE)
    )


def content(drawing: Drawing, ending: str, mark: str) -> bytes:
    """Return the file of a drawing, .svg or .png, with the mark of the book it was made from."""
    return drawing.png(mark) if ending.lower() == ".png" else drawing.svg(mark).encode()


def _of_item(trace: Trace, explained: Explanation) -> int:
    """Return a place of the item's largest costing group."""
    own = (trace.movements.item == explained.id) if explained.subject == "item" else None
    if own is None or not own.any():
        raise BookUnusable(f"There is no picture of a {explained.subject}; name a transaction or an item.")
    groups = trace.movements.group.filter(own)
    largest = groups.rename("group").value_counts(sort=True)["group"][0]
    return int((own & (trace.movements.group == largest)).arg_true()[0])


def _crosses(trace: Trace, movement: int, nodes: tuple[Node, ...]) -> bool:
    """Return whether the way leads to another item or costing group."""
    movements = trace.movements
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        other = node.part.movement
        if other != NOWHERE and (
            movements.item[other] != movements.item[movement] or movements.group[other] != movements.group[movement]
        ):
            return True
        waiting += node.children
    return False
