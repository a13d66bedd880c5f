"""Settlements in the time diagram: curved arrows from the receipt that pays to the issue, each with its quantity.

In      the links of a Trace, where each transaction stands.
Out     curves and texts on a Drawing; no text lies on another.
Source  Dynamics AX 2012, the figures of the pages on inventory models; RULES R5.
"""

from collections import defaultdict

from invclose_xl.reports.costs.explanation_parts import quantity
from invclose_xl.reports.costs.parts import CostParts
from invclose_xl.reports.pictures.svg import GREY, LINK, Drawing, text_width

FEW = 25
"""so many arrows are drawn a little thicker"""

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
LinkText = tuple[Curve, str, str, str]
"""a curve, the quantity on it, its colour, from which transaction to which"""


def draw_links(
    parts: CostParts, drawing: Drawing, at: dict[int, int], xs: list[float], axis: float, stem: float
) -> list[LinkText]:
    """Draw settlements and value links, and return their quantities.

    Ends are spread over the arrows of the transactions, so that lines do not lie on each other.
    """
    links = parts.trace.links
    drawn = [
        link
        for link in range(len(links))
        if int(links.issue[link]) in at and int(links.receipt[link]) in at and links.quantity[link]
    ]
    by_receipt: dict[int, list[int]] = defaultdict(list)
    for link in drawn:
        by_receipt[int(links.receipt[link])].append(link)
    start, end = {}, {}
    for receipt, own in by_receipt.items():
        # The farthest issue hangs on the top of the stem, so that arrows of one receipt do not cross.
        own.sort(key=lambda link: -abs(xs[at[int(links.issue[link])]] - xs[at[receipt]]))
        for rank, link in enumerate(own):
            start[link] = axis - stem * (0.82 - 0.64 * (rank + 0.5) / len(own))
    # Long arrows arrive lower than short ones, so that they do not run through the heads of others.
    by_length = sorted(
        drawn, key=lambda link: (abs(xs[at[int(links.issue[link])]] - xs[at[int(links.receipt[link])]]), link)
    )
    for rank, link in enumerate(by_length):
        end[link] = axis + stem * (0.16 + 0.66 * (rank + 0.5) / len(drawn))
    texts: list[LinkText] = []
    for link in drawn:
        left, right = xs[at[int(links.receipt[link])]], xs[at[int(links.issue[link])]]
        away = 1 if right >= left else -1
        reach = max(12.0, abs(right - left) * 0.35) * away
        colour = LINK if links.settles[link] else GREY
        points = (
            (left + 2 * away, start[link]),
            (left + reach, start[link]),
            (right - reach, end[link]),
            (right - 4 * away, end[link]),
        )
        if left == right:
            points = (left + 3, start[link]), (left + 34, start[link]), (right + 34, end[link]), (right + 4, end[link])
        drawing.curve(*points, colour, 1.3 if len(drawn) <= FEW else 0.9, "" if links.settles[link] else "4 3")
        tip = " → ".join(parts.trace.movements.id[int(side[link])] for side in (links.receipt, links.issue))
        texts.append((points, quantity(parts.trace, links.quantity[link]), colour, tip))
    return texts


def draw_quantities(drawing: Drawing, texts: list[LinkText], xs: list[float]) -> None:
    """Write the quantities on the curves, over everything else."""
    labels = Labels(xs)
    for points, text, colour, tip in texts:
        spot = labels.free_spot(points, text)
        if spot is not None:
            drawing.text(spot[0], spot[1] + 4, text, 10.5, colour, halo=True, tip=tip)


class Labels:
    """Keeps texts on curves apart from each other and from the arrows of the transactions."""

    def __init__(self, stems: list[float]) -> None:
        self._stems = stems
        self._taken: list[tuple[float, float, float]] = []

    def free_spot(self, curve: Curve, text: str) -> Point | None:
        """Return where on a curve a text can stand, if need be on the arrow of a transaction; None: nowhere."""
        half = text_width(text, 10.5) / 2 + 2
        for stems in (self._stems, []):
            for at_share in (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8, 0.14, 0.86):
                weights = (
                    (1 - at_share) ** 3,
                    3 * at_share * (1 - at_share) ** 2,
                    3 * at_share * at_share * (1 - at_share),
                    at_share**3,
                )
                x, y = (sum(w * point[c] for w, point in zip(weights, curve, strict=True)) for c in (0, 1))
                on_stem = any(abs(x - stem) < half + 2 for stem in stems)
                if on_stem or any(abs(x - tx) < half + th and abs(y - ty) < 13 for tx, ty, th in self._taken):
                    continue
                self._taken.append((x, y, half))
                return x, y
        return None
