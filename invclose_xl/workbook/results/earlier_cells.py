"""The result sheets of a workbook file as entries: what to type into each cell of an open book to have the same.

In      a workbook file that holds result sheets.
Out     per sheet its cells by row, the formats of its columns, its table. A text entry begins with ``'``, a formula
        with ``=``; numbers are the cells' own doubles, which are what amounts and dates are in any open book.
Errors  BookUnusable for a damaged file.
Cost    a few hundred nanoseconds per cell of the result sheets.
Source  WORKBOOK "Written".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from invclose_xl.domain.book import Scales
from invclose_xl.workbook.cells.cells import BOOLEAN, ERROR, NO_VALUE, NUMBER, Cells
from invclose_xl.workbook.existing.locate import FoundSheet, find_sheets, numbered_rows
from invclose_xl.workbook.existing.sheet_source import cells_by_column
from invclose_xl.workbook.layout import OUTPUT_SHEETS, OutputSheet
from invclose_xl.workbook.package.cell_reference import Range
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.results.rows_xml import number_format, row_formula
from invclose_xl.workbook.tables.sheet import Sheets

Entry = float | str | bool | None
Rows = dict[int, list[Entry]]

_ANY_SCALES = Scales(2, 0, 2)
_BUILT_IN = {0: "", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 14: "yyyy\\-mm\\-dd", 49: "@"}


@dataclass(frozen=True, slots=True)
class ResultSheet:
    """One result sheet; rows and columns count from 1, the entries of a row from column 1."""

    spec: OutputSheet
    name: str
    heading_row: int
    columns: dict[str, int]
    """field -> column"""
    rows: Rows
    formats: dict[int, str]
    """column -> number format of its data"""
    top_formats: dict[tuple[int, int], str]
    """row, column -> number format above the headings"""
    table: str
    table_range: Range | None
    is_hidden: bool

    @property
    def bottom(self) -> int:
        """The last row that holds anything."""
        return max(self.rows, default=0)

    @property
    def width(self) -> int:
        """Number of columns that hold anything."""
        return max((len(row) for row in self.rows.values()), default=0)

    def column(self, field: str) -> list[Entry]:
        """Return the entries of a field below the headings, blank rows left out."""
        at = self.columns[field] - 1
        return [row[at] if at < len(row) else None for number, row in self.rows.items() if number > self.heading_row]

    def with_rows(self, rows: Rows) -> "ResultSheet":
        """Return the sheet with other rows; its table spans them."""
        area = self.table_range
        if area is not None:
            bottom = max([number for number in rows if number > self.heading_row], default=self.heading_row + 1)
            area = Range(area.left, area.top, area.right, bottom)
        return replace(self, rows=rows, table_range=area)


def result_sheets(path: Path, only: str = "", specs: Sequence[OutputSheet] = OUTPUT_SHEETS) -> dict[str, ResultSheet]:
    """Return the result sheets of a workbook file by sheet name, in the contract's order; all, or of one table.

    ``specs`` are the sheets that are looked for, where these are others than the contract's.
    """
    found: dict[str, ResultSheet] = {}
    with Package.open(path) as package:
        sheets = Sheets(package)
        codes = _format_codes(package)
        for spec in specs:
            if only not in ("", spec.name):
                continue
            for sheet in find_sheets(package, spec)[0]:
                found[sheet.sheet.name] = _result_sheet(sheet, sheets.cells(sheet.sheet), codes)
    return found


def _result_sheet(found: FoundSheet, cells: Cells, codes: list[str]) -> ResultSheet:
    rows = _rows(cells)
    for number, row in numbered_rows(found.parts.rows).items():
        for column, cell in cells_by_column(row, number).items():
            formula = cell.child("f")
            if formula is not None and formula.text and number <= found.heading_row:
                _put(rows.setdefault(number, []), column, f"={formula.text}")
    _put_formulas(rows, found)
    formats: dict[int, str] = {}
    top_formats: dict[tuple[int, int], str] = {}
    for number, column, style in zip(cells.row.tolist(), cells.column.tolist(), cells.style.tolist(), strict=True):
        code = codes[style] if 0 <= style < len(codes) else ""
        if number > found.heading_row:
            formats[column] = code
        else:
            top_formats[number, column] = code
    for column_spec in found.spec.columns:
        at = found.columns.get(column_spec.field)
        if at is not None and column_spec.kind in ("text", "date", "moment"):
            formats.setdefault(at, number_format(column_spec, _ANY_SCALES))
    table = found.table
    return ResultSheet(
        found.spec,
        found.sheet.name,
        found.heading_row,
        found.columns | _user_columns(found),
        rows,
        formats,
        top_formats,
        table.name if table else "",
        Range.parse(table.ref) if table else None,
        found.sheet.visibility != "visible",
    )


def _put_formulas(rows: Rows, found: FoundSheet) -> None:
    """Let the cells of our rows compute what their columns compute."""
    letters = found.letters()
    for column in found.spec.columns:
        at = found.columns.get(column.field, 0)
        whole = (found.first_row, max([found.first_row, *rows]))
        if not at or not row_formula(column, letters, 1, whole):
            continue
        for number, row in rows.items():
            if number > found.heading_row and len(row) >= at and row[at - 1] is not None:
                _put(row, at, f"={row_formula(column, letters, number, whole)}")


def _user_columns(found: FoundSheet) -> dict[str, int]:
    """Return where the columns stand that the user fills in."""
    wanted = {c.heading.casefold(): c.field for c in found.spec.columns if c.field in found.spec.user_fields}
    return {wanted[h.casefold()]: at for at, h in found.headings.items() if h.casefold() in wanted}


def _rows(cells: Cells) -> Rows:
    rows: Rows = {}
    texts = cells.texts.gather(cells.text_at.clip(min=0)).to_list() if len(cells.texts) else [None] * len(cells.row)
    each = zip(
        cells.row.tolist(), cells.column.tolist(), cells.kind.tolist(), cells.number.tolist(), texts, strict=True
    )
    for number, column, kind, value, text in each:
        entry: Entry
        if kind == NUMBER:
            entry = value
        elif kind == BOOLEAN:
            entry = bool(value)
        elif kind == NO_VALUE:
            entry = text if text.startswith("=") else f"={text}"
        elif kind == ERROR:
            entry = text
        else:
            entry = f"'{text}"
        _put(rows.setdefault(number, []), column, entry)
    return rows


def _put(row: list[Entry], column: int, entry: Entry) -> None:
    row.extend([None] * (column - len(row)))
    row[column - 1] = entry


def _format_codes(package: Package) -> list[str]:
    """Return the number format code of every cell format."""
    if package.styles is None:
        return [""]
    root = package.document(package.styles).root
    listed, used = root.child("numFmts"), root.child("cellXfs")
    own = {
        e.attributes.get("numFmtId", ""): e.attributes.get("formatCode", "")
        for e in (listed.all("numFmt") if listed else ())
    }
    codes = []
    for element in used.all("xf") if used else ():
        number = element.attributes.get("numFmtId", "0")
        codes.append(own.get(number) or _BUILT_IN.get(int(number) if number.isdigit() else 0, ""))
    return codes or [""]


def empty_log() -> ResultSheet:
    """Return the sheet Log for a book that has none yet."""
    spec = next(sheet for sheet in OUTPUT_SHEETS if sheet.table == "log")
    columns = {c.field: at for at, c in enumerate(spec.columns, 1)}
    formats = {columns[c.field]: "@" for c in spec.columns if c.kind == "text" and c.field not in ("message", "fix")}
    rows: Rows = {2: [f"'{c.heading}" for c in spec.columns]}
    return ResultSheet(spec, spec.name, 2, columns, rows, formats, {}, spec.name, Range(1, 2, len(columns), 3), False)


def cell_of(address: str) -> tuple[str, int, int] | None:
    """Return sheet, row and column of a text such as ``'Item model groups'!C4``; None where it names no cell."""
    sheet, mark, cell = address.rpartition("!")
    area = Range.parse(cell) if mark else None
    if area is None:
        return None
    if sheet.startswith("'") and sheet.endswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return sheet, area.top, area.left
