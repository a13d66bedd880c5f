"""Sheets of ours that a workbook already has, as the user has arranged them since.

In      a package and the layout of a result sheet.
Out     for each such sheet: row of the headings, which column shows which field, its table, its last row; or the one
        reason why a sheet of that name is not ours.
Errors  none here; ``write`` turns the reasons into a refusal.
Cost    inflates each of our sheets once, parses its beginning and end.
Source  WORKBOOK "Written"; WORKBOOK "Read" (how headings match).
"""

from dataclasses import dataclass, replace

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.tables import ADDED
from invclose_xl.workbook.existing.sheet_source import (
    SheetParts,
    cell_text,
    cells_by_column,
    find_filled_columns,
    shared_index,
    shared_texts,
    take_apart,
)
from invclose_xl.workbook.layout import OutputColumn, OutputSheet, heading_key
from invclose_xl.workbook.package.archive import damaged
from invclose_xl.workbook.package.cell_reference import Range, check_reference, column_letters, row_number
from invclose_xl.workbook.package.package import ExcelTable, Package, Sheet
from invclose_xl.workbook.package.xml import BadXml, Element


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """A sheet of ours that is already there."""

    spec: OutputSheet
    sheet: Sheet
    parts: SheetParts
    heading_row: int
    columns: dict[str, int]
    """field -> column number, where the user has put it"""
    headings: dict[int, str]
    """column number -> heading, the user's own columns included"""
    table: ExcelTable | None
    other_tables: tuple[Range, ...]
    added: tuple[str, ...] = ()
    """fields whose columns the sheet did not have yet"""

    @property
    def last_data_row(self) -> int:
        """The last row of the old data, or 0 if only a full reading could tell."""
        if self.table is not None and (ref := Range.parse(self.table.ref)):
            return max(ref.bottom - self.table.totals_rows, self.heading_row)
        used = self.dimension
        return max(used.bottom, self.heading_row) if used else 0

    @property
    def dimension(self) -> Range | None:
        """Return what the file says is the used range."""
        element = self.parts.frame.root.child("dimension")
        return Range.parse(element.attributes.get("ref", "")) if element else None

    @property
    def first_row(self) -> int:
        """The first row below the headings."""
        return self.heading_row + 1

    def with_added_columns(self, package: Package) -> "FoundSheet":
        """Put columns that the sheet of an earlier version lacks behind the others, if nothing else is there."""
        lacking = [c for c in self.spec.columns if c.added and c.field not in self.columns]
        if not lacking or self.find_in_the_way(package):
            return self
        last = self._last_column
        columns = {c.field: number for number, c in enumerate(lacking, last + 1)}
        headings = {columns[c.field]: c.heading for c in lacking}
        table = self.table
        if table is not None and (area := Range.parse(table.ref)):
            table = replace(table, ref=str(Range(area.left, area.top, last + len(lacking), area.bottom)))
        return replace(
            self, columns=self.columns | columns, headings=self.headings | headings, table=table, added=tuple(columns)
        )

    def find_in_the_way(self, package: Package) -> int:
        """Return the first column that holds something where added columns would stand; 0 where none does."""
        lacking = [c for c in self.spec.columns if c.added and c.field not in self.columns]
        used, last = self.dimension, self._last_column
        if not lacking or (used is not None and used.right <= last):
            return 0
        filled = find_filled_columns(package, self.sheet.part)
        return min((column for column in filled if last < column <= last + len(lacking)), default=0)

    @property
    def _last_column(self) -> int:
        """The last column of the table, or of all headings where there is none."""
        area = Range.parse(self.table.ref) if self.table is not None else None
        if area is not None:
            return area.right
        return max(number for number, heading in self.headings.items() if heading)

    @property
    def needed(self) -> list[OutputColumn]:
        """The columns that the sheet of an earlier version lacks and that a later run reads."""
        known = ADDED.get(self.spec.table, {})
        return [c for c in self.spec.columns if c.field in known and c.field not in self.columns]

    def letters(self) -> dict[str, str]:
        """Return the column letters of our fields."""
        return {field: column_letters(number) for field, number in self.columns.items()}


def continuation_name(spec: OutputSheet, number: int) -> str:
    """Return the name of the n-th sheet of a table that does not fit on one."""
    return spec.name if number == 1 else f"{spec.name} ({number})"


def find_sheets(package: Package, spec: OutputSheet) -> tuple[list[FoundSheet], str]:
    """Return the sheets of a result table in their order, or why one of that name is not ours."""
    found: list[FoundSheet] = []
    number = 1
    while (sheet := package.sheet(continuation_name(spec, number))) is not None:
        try:
            study = study_sheet(package, sheet, spec)
        except BadXml as fault:
            raise BookUnusable(damaged(package.path, f"the sheet {sheet.name}: {fault}")) from fault
        if isinstance(study, str):
            if number > 1:
                return found, ""  # a user's sheet of that name is only in the way if more rows come
            return found, study
        try:
            _check_references(package, study)
        except BadXml as fault:
            raise BookUnusable(damaged(package.path, f"the sheet {sheet.name}: {fault}")) from fault
        found.append(study)
        number += 1
    return found, ""


def _check_references(package: Package, found: FoundSheet) -> None:
    """Raise BadXml where anything that hangs on cells of a sheet of ours names none."""
    tables = [r.target for r in package.relationships(found.sheet.part).values() if r.is_a("table")]
    for root in (found.parts.frame.root, *(package.document(t).root for t in tables if package.has(t))):
        for element in (root, *root.descendants()):
            if "ref" in element.attributes:
                check_reference(element.attributes["ref"])
            listed = element.attributes.get("sqref", element.text if element.name == "sqref" else "")
            for reference in listed.split():
                check_reference(reference)


def study_sheet(package: Package, sheet: Sheet, spec: OutputSheet) -> FoundSheet | str:
    """Return how one sheet is arranged, or the reason why it is not ours."""
    if sheet.kind != "worksheet" or not sheet.part:
        return f"{sheet.name} is not a worksheet"
    tables = package.tables_of(sheet)
    required = {
        heading_key(c.heading): c.heading for c in spec.columns if c.field not in spec.user_fields and not c.added
    }
    parts = take_apart(package, sheet.part)
    own = next((t for t in tables if t.header_rows and required.keys() <= {heading_key(c) for c in t.columns}), None)
    ref = Range.parse(own.ref) if own else None
    rows = numbered_rows(parts.rows)
    tells = any(c.kind not in ("text", "link") for c in spec.columns)  # a row of data is not all text
    if own and ref and tells and _holds_only_texts(rows.get(ref.top), ref):
        headings = {ref.left + i: c for i, c in enumerate(own.columns)}
        return _found(spec, sheet, parts, ref.top, headings, own, tables)
    wanted = {i for row in rows.values() for c in row.all("c") if (i := shared_index(c)) is not None}
    shared = shared_texts(package, wanted)
    missing = required
    for number, row in rows.items():
        headings = {column: cell_text(cell, shared) for column, cell in cells_by_column(row, number).items()}
        lacking = {k: v for k, v in required.items() if k not in {heading_key(h) for h in headings.values()}}
        if not lacking:
            return _found(spec, sheet, parts, number, headings, _moved(own, ref, number, headings), tables)
        missing = min(missing, lacking, key=len)
    return f"{sheet.name} has no column {next(iter(missing.values()))}"


def _holds_only_texts(row: Element | None, area: Range) -> bool:
    """Return whether a row of a table can be its headings."""
    cells = cells_by_column(row, area.top) if row is not None else {}
    columns = range(area.left, area.right + 1)
    return all(c in cells and cells[c].attributes.get("t") in ("s", "str", "inlineStr") for c in columns)


def _moved(table: ExcelTable | None, area: Range | None, row: int, headings: dict[int, str]) -> ExcelTable | None:
    """Put a table where its headings are: some programs insert rows and columns without moving it."""
    if table is None or area is None:
        return None
    right = min(column for column, heading in headings.items() if heading) - area.left
    down = row - area.top
    moved = Range(area.left + right, row, area.right + right, area.bottom + down)
    return replace(table, ref=str(moved))


def _found(
    spec: OutputSheet,
    sheet: Sheet,
    parts: SheetParts,
    heading_row: int,
    headings: dict[int, str],
    table: ExcelTable | None,
    tables: tuple[ExcelTable, ...],
) -> FoundSheet:
    fields = {heading_key(c.heading): c.field for c in spec.columns if c.field not in spec.user_fields}
    columns: dict[str, int] = {}
    for number, heading in sorted(headings.items()):
        field = fields.get(heading_key(heading))
        if field is not None:
            columns.setdefault(field, number)
    others = tuple(r for t in tables if (table is None or t.part != table.part) and (r := Range.parse(t.ref)))
    return FoundSheet(spec, sheet, parts, heading_row, columns, headings, table, others)


def numbered_rows(rows: list[Element]) -> dict[int, Element]:
    """Return row elements by row number; a row without a number follows the one before."""
    numbered: dict[int, Element] = {}
    last = 0
    for row in rows:
        last = row_number(row.attributes.get("r"), last)
        if last in numbered:
            raise BadXml(f"it states its row {last} twice")
        numbered[last] = row
    return numbered
