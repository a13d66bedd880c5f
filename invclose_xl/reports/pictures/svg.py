"""A drawing of lines, arrows, boxes and texts, as SVG; and as PNG where the package resvg-py is installed.

In      shapes in pixels, from the top left corner.
Out     the text of an SVG file that needs nothing else; the bytes of a PNG file.
Errors  BookUnusable where a PNG is asked for and cannot be made.
"""

import struct
import unicodedata
import zlib
from collections.abc import Sequence
from html import escape

from invclose_xl.domain.problems.problem import BookUnusable

INK, RECEIPT, ISSUE, LINK, GREY, PALE = "#1F2937", "#2E7D32", "#B3261E", "#1F3A5F", "#6B7280", "#D1D5DB"
FONTS = "Calibri, Carlito, 'Segoe UI', 'DejaVu Sans', Arial, Helvetica, sans-serif"
HEADER = 33
"""bytes of a PNG file's signature and first chunk"""
NARROW, WIDE = frozenset("fijlrtI.,:;'|!()[] "), frozenset("mwMW@%")


def text_width(text: str, size: float) -> float:
    """Estimate how wide a text is: generously, so that no text leaves its place in whatever font there is."""
    return sum(_letter(c) for c in text) * size


def _letter(letter: str) -> float:
    """Return the width of a letter in font sizes."""
    if letter in NARROW:
        return 0.38
    if letter in WIDE:
        return 0.95
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    return 0.7 if letter.isupper() else 0.56


def fitted(text: str, size: float, width: float) -> str:
    """Cut a text to a width, in the middle: the end of a number tells it from its neighbours."""
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 0, -1):
        head = kept // 2
        cut = text[:head] + "…" + text[len(text) - (kept - head) :]
        if text_width(cut, size) <= width:
            return cut
    return "…"


Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
"""cubic: its ends, and what bends it between them"""


class Drawing:
    """Shapes in the order in which they are drawn; later ones lie on top."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self._shapes: list[str] = []

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1.2, dashes: str = ""
    ) -> None:
        """Draw a straight line."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._shapes.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
            f' stroke-width="{width}"{dashed}/>'
        )

    def arrow(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 2.0, dashes: str = ""
    ) -> None:
        """Draw a vertical arrow with its head at the second point."""
        back = 8 if y2 > y1 else -8
        self.line(x1, y1, x2, y2 - back, colour, width, dashes)
        points = f"{x2:.1f},{y2:.1f} {x2 - 4.5:.1f},{y2 - back:.1f} {x2 + 4.5:.1f},{y2 - back:.1f}"
        self._shapes.append(f'<polygon points="{points}" fill="{colour}"/>')

    def curve(
        self, start: tuple[float, float], one: tuple[float, float], two: tuple[float, float], end: tuple[float, float],
        colour: str = LINK, width: float = 1.3, dashes: str = "",
    ) -> None:  # fmt: skip
        """Draw a curve with an arrow head at its end, in the direction from which it comes."""
        self.curves([(start, one, two, end)], colour, width, dashes)

    def curves(self, curves: Sequence[Curve], colour: str = LINK, width: float = 1.3, dashes: str = "") -> None:
        """Draw curves from end to end, with an arrow head at the last end."""
        _, _, two, end = curves[-1]
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        dx, dy = end[0] - two[0], end[1] - two[1]
        length = max((dx * dx + dy * dy) ** 0.5, 0.001)
        ux, uy = dx / length, dy / length
        bx, by = end[0] - 8 * ux, end[1] - 8 * uy
        path = "M{:.1f} {:.1f}".format(*curves[0][0])
        for _, one, other, to in [*curves[:-1], (*curves[-1][:3], (bx, by))]:
            path += " C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}".format(*one, *other, *to)
        self._shapes.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>')
        head = [end, (bx - 3.6 * uy, by + 3.6 * ux), (bx + 3.6 * uy, by - 3.6 * ux)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in head)
        self._shapes.append(f'<polygon points="{points}" fill="{colour}"/>')

    def box(self, x: float, y: float, width: float, height: float, fill: str, edge: str, strong: bool = False) -> None:
        """Draw a box with round corners."""
        self._shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" fill="{fill}"'
            f' stroke="{edge}" stroke-width="{2.6 if strong else 1.2}"/>'
        )

    def text(
        self, x: float, y: float, text: str, size: float = 11, colour: str = INK, bold: bool = False,
        anchor: str = "middle", halo: bool = False, tip: str = "", turned: bool = False,
    ) -> None:  # fmt: skip
        """Write a text; halo: readable on lines; tip: shown under the mouse; turned: running upwards."""
        weight = ' font-weight="bold"' if bold else ""
        glow = ' stroke="white" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if halo else ""
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
        inside = f"<title>{escape(tip)}</title>{escape(text)}" if tip else escape(text)
        self._shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
            f"{weight}{glow}{turn}>"
            f"{inside}</text>"
        )

    def svg(self, mark: str = "") -> str:
        """Return the file's text; ``mark`` says what it was made from."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}" height="{self.height:.0f}"'
            f' viewBox="0 0 {self.width:.0f} {self.height:.0f}" font-family="{escape(FONTS)}">'
        )
        ground = f'<rect width="{self.width:.0f}" height="{self.height:.0f}" fill="white"/>'
        told = [f"<title>{escape(self.title)}</title>", *([f"<desc>{escape(mark)}</desc>"] if mark else [])]
        return "\n".join([head, *told, ground, *self._shapes, "</svg>", ""])

    def png(self, mark: str = "") -> bytes:
        """Return the picture as PNG, twice as sharp as its size in pixels; ``mark`` says what it was made from."""
        try:
            import resvg_py
        except ImportError:
            raise BookUnusable(
                "A PNG picture needs the package resvg-py: pip install 'invclose-xl[pictures]'. Or name a .svg file."
            ) from None
        made = bytes(resvg_py.svg_to_bytes(svg_string=self.svg(), zoom=2))
        return _described(made, mark) if mark else made


def _described(png: bytes, text: str) -> bytes:
    """Put a description behind the header of a PNG file (PNG 1.2, 4.2.3.3: iTXt)."""
    body = b"iTXtDescription\0\0\0\0\0" + text.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:HEADER] + chunk + png[HEADER:]
