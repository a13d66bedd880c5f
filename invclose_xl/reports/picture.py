"""The picture of an explanation: the time diagram of a costing group, or the cost-flow view across items.

In      a Trace, an Explanation, the view that was asked for (or none), a file name.
Out     an .svg or .png file.
Errors  BookUnusable where the file cannot be written, or nothing can be drawn of the subject.
Source  WORKBOOK "Command line" (explain --picture).
"""

from pathlib import Path

from invclose_xl.domain.problem import BookUnusable
from invclose_xl.domain.trace import Trace
from invclose_xl.reports.cost_parts import NOWHERE
from invclose_xl.reports.explain_parts import Explanation, Node
from invclose_xl.reports.picture_flow import draw_flow
from invclose_xl.reports.picture_svg import Drawing
from invclose_xl.reports.picture_time import draw_time

TIME, FLOW = "time", "flow"


def draw(trace: Trace, explained: Explanation, view: str | None = None) -> Drawing:
    """Draw a transaction (flow where its cost crosses costing groups, else time) or an item (time)."""
    place = explained.place
    if place == NOWHERE:
        place = _of_item(trace, explained)
        view = view or TIME
    crosses = _crosses(trace, place, (*explained.sources, *explained.uses))
    return (
        draw_flow(trace, place)
        if (view or (FLOW if crosses else TIME)) == FLOW
        else draw_time(trace, place, explained.place != NOWHERE)
    )


def save(drawing: Drawing, path: Path) -> None:
    """Write the drawing in the format of the file's name."""
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise BookUnusable(f"{path}: a picture is an .svg or a .png file.")
    content = drawing.png() if kind == ".png" else drawing.svg().encode()
    try:
        path.write_bytes(content)
    except OSError as fault:
        raise BookUnusable(f"{path} cannot be written: {fault}.") from fault


def _of_item(trace: Trace, explained: Explanation) -> int:
    """Return a place of the item's largest costing group."""
    own = (trace.places.item == explained.id) if explained.subject == "item" else None
    if own is None or not own.any():
        raise BookUnusable(f"There is no picture of a {explained.subject}; name a transaction or an item.")
    groups = trace.places.group.filter(own)
    largest = groups.rename("group").value_counts(sort=True)["group"][0]
    return int((own & (trace.places.group == largest)).arg_true()[0])


def _crosses(trace: Trace, place: int, nodes: tuple[Node, ...]) -> bool:
    """Whether the way leads to another item or costing group."""
    p = trace.places
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        other = node.part.place
        if other != NOWHERE and (p.item[other] != p.item[place] or p.group[other] != p.group[place]):
            return True
        waiting += node.children
    return False
