"""Rows into the input sheets of a workbook, and the sheet *Import*; everything else keeps its bytes.

In      a workbook, the rows that are new on each sheet, cells of rows that changed.
Out     the edits in a PackageEdit; a million rows are streamed in blocks, never all in memory as XML.
Errors  IC402 where the book lacks a sheet that must be filled; BookUnusable where its rows do not fit on it.
Source  WORKBOOK "Read", "Written"; ECMA-376 part 1, 18.3.1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.importing.transform.sheets import NUMBERS
from invclose_xl.workbook.existing.sheet_source import cells_by_column
from invclose_xl.workbook.layout import InputColumn, InputSheet, OutputColumn, OutputKind
from invclose_xl.workbook.package.cell_reference import Range, column_letters, whole_number
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Sheet
from invclose_xl.workbook.package.styles import Look, Styles
from invclose_xl.workbook.package.xml import Element, XmlPart
from invclose_xl.workbook.results.rows_xml import (
    LAST_ROW,
    RowFormat,
    SheetColumn,
    number_cell,
    rows_xml,
    serial_of,
    text_cell,
)
from invclose_xl.workbook.tables.headings import Headings

Changes = Mapping[int, Mapping[str, str | None]]
"""row of the sheet -> field -> the text of its new value"""
ROWS_ABOVE = 10
"""kept free for what is above the rows of a sheet that is made anew"""
MARK = "\0"
"""Stands where the new rows go; no XML holds it."""
DATE_LOOK = Look("yyyy\\-mm\\-dd")
TEXT_LOOK = Look("@")


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Where the rows of an input sheet stand."""

    sheet: Sheet
    spec: InputSheet
    headings: Headings
    last_row: int
    """the last row that holds data, else the headings' own"""


def number_text(values: pl.Series) -> pl.Series:
    """Return exact numbers as a cell states them."""
    return values.cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.replace(r"\.$", "")


def split_rows(new: pl.DataFrame, room: int) -> list[pl.DataFrame]:
    """Part rows into those that a sheet has room for, and those of each sheet that it goes on in."""
    parts = [new.head(room)]
    most = LAST_ROW - ROWS_ABOVE
    return [*parts, *(new.slice(at, most) for at in range(room, new.height, most))]


def room_on(place: SheetRows) -> int:
    """Return how many rows fit below those that a sheet has."""
    return max(0, LAST_ROW - place.last_row)


def fill_sheet(edit: PackageEdit, styles: Styles, place: SheetRows, new: pl.DataFrame, changes: Changes) -> None:
    """Register the edits of one sheet: new rows below the last, changed cells in place, tables stretched."""
    package = edit.package
    first = place.last_row + 1
    if first + new.height - 1 > LAST_ROW:
        raise BookUnusable(
            f"{new.height:,} rows do not fit on the sheet {place.sheet.name}, which ends at row {LAST_ROW:,}: import "
            "a shorter period, or into a new book."
        )
    document = XmlPart(package.part(place.sheet.part), depth=6)
    root = document.root
    data = next(c for c in root.children if c.name == "sheetData")
    prefix = f"{root.prefix}:" if root.prefix else ""
    rows = {whole_number(row.attributes.get("r"), 0): row for row in data.children}
    columns = _columns(root, rows.get(place.last_row if place.last_row > place.headings.row else 0), place, styles)
    _change_cells(document, rows, columns, place, changes, prefix, package.uses_1904)
    _drop_empty_rows(document, rows, first, new.height)
    _stretch(document, root, place, first + new.height - 1)
    row_format = RowFormat(Scales(0, 0, 0), package.uses_1904, prefix)
    texts = _as_cells(new)
    placed = [c for c in columns if c.column is not None and c.column.field in new.columns]

    document.append_child(data, MARK)
    before, after = document.edited_source().split(MARK.encode())

    def content() -> Iterator[bytes]:
        yield before
        yield from rows_xml(texts, placed, first, row_format)
        yield after

    edit.replace(place.sheet.part, content)
    bottom = first + new.height - 1
    for table in package.tables_of(place.sheet):
        area = Range.parse(table.ref)
        if area is not None and area.top == place.headings.row and bottom > area.bottom and not table.totals_rows:
            _stretch_table(edit.document(table.part), bottom)


def _as_cells(new: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as ``rows_xml`` takes them: numbers as their own text."""
    return new.select([number_text(c) if c.dtype == pl.Decimal else c for c in new.get_columns()])


def _columns(root: Element, model: Element | None, place: SheetRows, styles: Styles) -> list[SheetColumn]:
    """Return the columns of the sheet with the formats that their last row has, else the column's own."""
    cells = cells_by_column(model, place.last_row) if model is not None else {}
    found = []
    for column in place.spec.columns:
        number = place.headings.columns.get(column.field)
        if number is None:
            continue
        style = whole_number(cells[number].attributes.get("s"), 0) if number in cells else _column_style(root, number)
        if not style and column.kind in ("date", "id"):
            style = styles.index(DATE_LOOK if column.kind == "date" else TEXT_LOOK)
        found.append(
            (number, SheetColumn(column_letters(number), OutputColumn(column.field, "", _kind(column)), style))
        )
    return [placed for _, placed in sorted(found, key=lambda pair: pair[0])]


def _kind(column: InputColumn) -> OutputKind:
    if column.kind == "date":
        return "date"
    return "count" if column.kind in NUMBERS else "text"


def _column_style(root: Element, number: int) -> int:
    listed = root.child("cols")
    for col in listed.children if listed else ():
        first, last = (whole_number(col.attributes.get(name), 0) for name in ("min", "max"))
        if first <= number <= last:
            return whole_number(col.attributes.get("style"), 0)
    return 0


def _drop_empty_rows(document: XmlPart, rows: Mapping[int, Element], first: int, count: int) -> None:
    """Take out what is in the rows that are filled now: formats, for data there are none."""
    if count:
        for number, row in rows.items():
            if number >= first:
                document.remove(row)


def _stretch(document: XmlPart, root: Element, place: SheetRows, bottom: int) -> None:
    dimension = root.child("dimension")
    area = Range.parse(dimension.attributes.get("ref", "")) if dimension is not None else None
    if dimension is not None and area is not None and bottom > area.bottom:
        right = max(area.right, *place.headings.columns.values())
        document.set_attribute(dimension, "ref", str(Range(min(area.left, 1), area.top, right, bottom)))


def _stretch_table(document: XmlPart, bottom: int) -> None:
    for element in (document.root, *document.root.all("autoFilter")):
        area = Range.parse(element.attributes.get("ref", ""))
        if area is not None:
            document.set_attribute(element, "ref", str(Range(area.left, area.top, area.right, bottom)))


# ---- cells in place


def _change_cells(
    document: XmlPart,
    rows: Mapping[int, Element],
    columns: list[SheetColumn],
    place: SheetRows,
    changes: Changes,
    prefix: str,
    uses_1904: bool,
) -> None:
    """Put new values into cells of rows that are there; the formats stay."""
    by_field = {c.column.field: c for c in columns if c.column is not None}
    for number, values in changes.items():
        row = rows[number]
        cells = cells_by_column(row, number)
        for field in sorted(values, key=lambda f: place.headings.columns[f]):
            at = place.headings.columns[field]
            old = cells.get(at)
            style = whole_number(old.attributes.get("s"), 0) if old is not None else by_field[field].style
            xml = _cell(by_field[field], number, values[field], style, uses_1904, prefix)
            if old is not None:
                document.replace(old.start, old.end, xml)
                continue
            right = next((cells[c] for c in sorted(cells) if c > at), None)
            if right is not None:
                document.insert(right.start, xml)
            else:
                document.append_child(row, xml)


def _cell(column: SheetColumn, row: int, value: str | None, style: int, uses_1904: bool, prefix: str) -> str:
    assert column.column is not None
    if value is None:
        return number_cell(column.letter, row, "", style, prefix)
    if column.column.kind == "date":
        return number_cell(column.letter, row, str(serial_of(date.fromisoformat(value), uses_1904)), style, prefix)
    if column.column.kind == "count":
        return number_cell(column.letter, row, value, style, prefix)
    return text_cell(column.letter, row, value, style, prefix)
