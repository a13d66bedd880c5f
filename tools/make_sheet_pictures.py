"""Draw parts of real sheets as a spreadsheet program shows them: the pictures of the README and of the tutorial.

In      examples/january.xlsx and the book that docs/tutorial.md makes, closed here; values, formats and colours are
        those of the sheets.
Out     docs/pictures/sheet-*.svg and flow-bells.svg; run this file to write them. A test draws them again and compares.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell.cell import Cell

import invclose_xl
from invclose_xl.reports.pictures.svg import text_width

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from tests.test_pages import Command, Paste, paste, steps  # noqa: E402

NOW = datetime(2026, 2, 1, 8, 0)
SIZE, ROW, PAD, NUMBERS, TABS, GAP, CAPTION, EDGE = 13, 24, 10, 40, 30, 26, 30, 14
INK, GRID, FRAME, SHADE, MARK, RED = "#1f2933", "#d9dee4", "#c3ccd6", "#f1f4f7", "#fff3c4", "#c00000"
FONT = 'font-family="Calibri, Carlito, Segoe UI, Arial, sans-serif"'


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of one sheet: some of its columns, the rows that are kept, those that are marked."""

    sheet: str
    caption: str
    headings: tuple[str, ...]
    keep: Callable[[dict[str, Any]], bool] = lambda row: True
    mark: Callable[[dict[str, Any]], bool] = lambda row: False


def draw(book: Path, panels: tuple[Panel, ...]) -> str:
    """Return the panels below one another as one SVG."""
    workbook = openpyxl.load_workbook(book)
    tabs = [name for name in workbook.sheetnames if workbook[name].sheet_state == "visible"]
    grids = [_Grid(workbook[panel.sheet], panel) for panel in panels]
    width = max(grid.width for grid in grids) + 2 * EDGE
    parts, y = [], EDGE
    for grid in grids:
        parts += grid.draw(EDGE, y, width - 2 * EDGE, tabs)
        y += grid.height + GAP
    height = y - GAP + EDGE
    title = escape("; ".join(panel.caption for panel in panels))
    size = f'width="{width:.0f}" height="{height}" viewBox="0 0 {width:.0f} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {FONT}>'
    return "\n".join([head, f"<title>{title}</title>", _box(0, 0, width, height, "#ffffff"), *parts, "</svg>"]) + "\n"


class _Grid:
    """A panel with the widths of its columns."""

    def __init__(self, sheet: Any, panel: Panel) -> None:
        self.panel = panel
        head = next(row for row in sheet.iter_rows(max_row=8) if panel.headings[0] in [cell.value for cell in row])
        columns = {cell.value: cell.column for cell in head}
        rows = [
            row
            for row in sheet.iter_rows(min_row=head[0].row + 1)
            if row[0].value is not None and panel.keep({name: row[at - 1].value for name, at in columns.items()})
        ]
        self.marked = [panel.mark({name: row[at - 1].value for name, at in columns.items()}) for row in rows]
        self.cells = [[row[columns[name] - 1] for name in panel.headings] for row in (head, *rows)]
        self.widths = [
            max(text_width(shown(cell), SIZE) * (1.12 if cell is column[0] else 1.0) for cell in column) + 2 * PAD + 4
            for column in zip(*self.cells, strict=True)
        ]
        self.width = NUMBERS + sum(self.widths)
        self.height = CAPTION + ROW * (len(self.cells) + 1) + TABS

    def draw(self, left: float, top: float, width: float, tabs: list[str]) -> Iterator[str]:
        """Caption, letters of the columns, numbers of the rows, cells, tabs."""
        spare = (width - self.width) / len(self.widths)
        widths = [w + spare for w in self.widths]
        yield _text(left, top + 17, self.panel.caption, INK, bold=True, size=15)
        top += CAPTION
        bottom = top + ROW * (len(self.cells) + 1)
        yield _box(left, top, width, ROW, SHADE)
        yield _box(left, top, NUMBERS, bottom - top, SHADE)
        x = left + NUMBERS
        for cell, wide in zip(self.cells[0], widths, strict=True):
            yield _text(x + wide / 2, top + 16, cell.column_letter, "#6b7785", anchor="middle")
            x += wide
        for number, cells in enumerate(self.cells):
            y = top + ROW * (number + 1)
            yield _text(left + NUMBERS / 2, y + 16, str(cells[0].row), "#6b7785", anchor="middle")
            x = left + NUMBERS
            for cell, wide in zip(cells, widths, strict=True):
                yield from self._cell(cell, x, y, wide, number)
                x += wide
        yield _box(left, bottom, width, TABS, SHADE)
        yield from self._tabs(left + 8, bottom, width, tabs)
        yield _box(left, top, width, bottom + TABS - top, "none", FRAME)

    def _cell(self, cell: Cell, x: float, y: float, wide: float, number: int) -> Iterator[str]:
        is_head = number == 0
        fill = f"#{cell.fill.fgColor.rgb[2:]}" if is_head else MARK if self.marked[number - 1] else "#ffffff"
        yield _box(x, y, wide, ROW, fill, GRID)
        is_number = isinstance(self.cells[1][[c.column for c in self.cells[0]].index(cell.column)].value, int | float)
        colour = "#ffffff" if is_head else RED if is_red(cell) else INK
        at, anchor = (x + wide - PAD, "end") if is_number else (x + PAD, "start")
        yield _text(at, y + 16, shown(cell), colour, bold=is_head, anchor=anchor)

    def _tabs(self, x: float, y: float, width: float, tabs: list[str]) -> Iterator[str]:
        first = max(0, tabs.index(self.panel.sheet) - 2)
        for name in tabs[first:]:
            wide = text_width(name, SIZE) + 2 * PAD
            if x + wide > width:
                return
            if name == self.panel.sheet:
                yield _box(x, y, wide, TABS - 6, "#ffffff") + _box(x, y + TABS - 8, wide, 2, "#1F4E78")
            yield _text(x + wide / 2, y + 16, name, INK, bold=name == self.panel.sheet, anchor="middle")
            x += wide + 4


def shown(cell: Cell) -> str:
    """Write a cell as its format does."""
    value = cell.value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if value == 0 and cell.number_format.endswith(";"):
        return ""
    if isinstance(value, int | float):
        return f"{value:,.2f}" if "0.00" in cell.number_format else f"{value:,.10g}"
    return "" if value is None else str(value)


def is_red(cell: Cell) -> bool:
    """Say whether the format of a cell shows its number in red."""
    return isinstance(cell.value, int | float) and cell.value < 0 and "[Red]" in cell.number_format


def _box(x: float, y: float, width: float, height: float, fill: str, edge: str = "none") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{fill}" stroke="{edge}"/>'


def _text(
    x: float, y: float, text: str, fill: str, *, bold: bool = False, anchor: str = "start", size: int = SIZE
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{weight}'
    return f'<text {place} fill="{fill}">{escape(text)}</text>'


def _of_bike(row: dict[str, Any]) -> bool:
    return row["Item number"] == "B-TOUR" and (row.get("Site") == "2" or row.get("Costing group") == "site=2")


def _is_one(row: dict[str, Any]) -> bool:
    return row["Transaction ID"] == "T0217"


TYPED = (
    Panel(
        "Transactions",
        "January's transactions, as they were typed in",
        ("Transaction ID", "Item number", "Reference", "Financial date", "Quantity", "Financial cost amount"),
    ),
)
RESULTS = (
    Panel(
        "Settlements",
        "Which receipt paid for which issue",
        ("Item number", "Principle", "Issue", "Receipt", "Quantity", "Amount", "Issue date", "Receipt date"),
    ),
    Panel(
        "Adjustments",
        "What each issue really cost",
        (
            "Item number",
            "Transaction ID",
            "Transaction date",
            "Quantity",
            "Old cost",
            "New cost",
            "Adjustment",
            "Cause",
        ),
    ),
    Panel(
        "Vouchers",
        "The entry to post",
        ("Voucher", "Date", "Line", "Account", "Specification", "Debit", "Credit"),
    ),
)
BEFORE_AFTER = (
    Panel(
        "Transactions",
        "Before: the sales as they were posted, at an estimated cost",
        ("Transaction ID", "Item number", "Reference", "Number", "Financial date", "Quantity", "Financial cost amount"),
        _of_bike,
        _is_one,
    ),
    Panel(
        "Adjustments",
        "After: what each of them really cost, and why",
        ("Transaction ID", "Transaction date", "Reference", "Quantity", "Old cost", "New cost", "Adjustment", "Cause"),
        _of_bike,
        _is_one,
    ),
)


def pictures(folder: Path) -> dict[str, str]:
    """Return every picture by the name of its file; the tutorial's show the book that its page makes."""
    tutorial = steps((ROOT / "docs" / "tutorial.md").read_text("utf-8"))
    month, bikes = folder / "month.xlsx", folder / "bikes.xlsx"
    invclose_xl.new_book(month, with_examples=False)
    for step in tutorial:
        if isinstance(step, Paste):
            paste(replace(step, book=str(folder / step.book)))
        elif isinstance(step, Command) and "close" in step.words:
            break
    invclose_xl.close(month, now=NOW, user="example", backup=False)
    invclose_xl.close(ROOT / "examples" / "january.xlsx", output=bikes, now=NOW, user="example")
    invclose_xl.explain(month, "S2").picture(folder / "bells.svg")
    return {
        "sheet-before-after.svg": draw(bikes, BEFORE_AFTER),
        "sheet-typed.svg": draw(month, TYPED),
        "sheet-results.svg": draw(month, RESULTS),
        "flow-bells.svg": (folder / "bells.svg").read_text("utf-8"),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        for file, svg in pictures(Path(name)).items():
            (ROOT / "docs" / "pictures" / file).write_text(svg, "utf-8")
