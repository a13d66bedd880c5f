"""The user's own on a result sheet: cells in other columns, reviewer's notes, hidden rows, rows below the table.

In      a sheet of ours as it is in the file, and the rows that will be on it.
Out     for each new row the user's cells and row attributes, ready to be written in between; and the rows below.
Errors  none beyond XML that is not well-formed.
Cost    one pass over the old rows; none where the file itself says that nothing of the user's is there.
Source  WORKBOOK "Written" (Lock: Reviewed by, Reviewed on, Note are kept).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.sax.saxutils import escape

import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.existing.locate import FoundSheet
from invclose_xl.workbook.existing.scan import OldRows, arranged_rows, last_row_of_ours
from invclose_xl.workbook.existing.sheet_source import cell_text, cells_by_column, shared_index, shared_texts
from invclose_xl.workbook.package.archive import damaged
from invclose_xl.workbook.package.cell_reference import Range, column_letters, whole_number
from invclose_xl.workbook.package.package import TRUE, Package
from invclose_xl.workbook.package.pieces import in_utf8
from invclose_xl.workbook.package.xml import BadXml, Element, XmlPart, attribute_spans, decode
from invclose_xl.workbook.results.rows_xml import RowFormat, plain_text, serial_of

ALWAYS_READ = 8 << 20
"""Sheets up to this size are read whole; of larger ones that hold nothing but ours only the row elements are."""

ROW_ATTRIBUTES = "row"
"""The name of the column that carries attributes of row elements beside columns named by letters."""

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserCell:
    """A cell of the user, cut open at its reference so that it can be in another row."""

    column: int
    before: str
    after: str
    has_formula: bool
    is_blank: bool
    style: str = ""

    def at(self, row: int) -> str:
        """Return the cell for a row."""
        return f"{self.before}{column_letters(self.column)}{row}{self.after}"


@dataclass(slots=True)
class KeptRows:
    """The user's part of the old rows."""

    attributes: dict[int, str] = field(default_factory=dict)
    in_place: dict[int, list[UserCell]] = field(default_factory=lambda: defaultdict(list))
    """cells that stay in their row: formulas, and what is beside the table"""
    with_key: dict[Key, list[tuple[int, list[UserCell]]]] = field(default_factory=lambda: defaultdict(list))
    """cells that follow the row of ours they belong to, with the row they were in, top down"""
    below: dict[int, list[UserCell]] = field(default_factory=dict)
    """rows under the old data, all cells"""
    calculated: dict[int, UserCell] = field(default_factory=dict)
    """what each new row of the user's calculated table columns holds"""
    last_row: int = 0


def needs_reading(package: Package, found: FoundSheet) -> bool:
    """Say whether old rows can hold anything that is not ours."""
    if package.member(found.sheet.part).size <= ALWAYS_READ:
        return True
    used, bottom = found.dimension, found.last_data_row
    if used is None or not bottom or used.bottom > bottom or found.table is None or found.table.totals_rows:
        return True
    if any(column not in found.columns.values() for column in range(1, used.right + 1)):
        return True
    return has_active_filter(package, found)


def has_active_filter(package: Package, found: FoundSheet) -> bool:
    """Say whether rows may be hidden by a filter."""
    filters = [found.parts.frame.root.child("autoFilter")]
    if found.table is not None:
        filters.append(package.document(found.table.part).root.child("autoFilter"))
    return any(f is not None and f.child("filterColumn") is not None for f in filters)


def read_kept_rows(package: Package, found: FoundSheet) -> KeptRows:
    """Return what of the old rows is the user's."""
    try:
        return _kept_rows(package, found)
    except BadXml as fault:
        raise BookUnusable(damaged(package.path, f"the sheet {found.sheet.name}: {fault}")) from fault


def _kept_rows(package: Package, found: FoundSheet) -> KeptRows:
    if not needs_reading(package, found):
        kept = KeptRows(last_row=found.last_data_row)
        kept.attributes = arranged_rows(in_utf8(package, found.sheet.part), found)
        return kept
    source, _ = decode(package.part(found.sheet.part))
    last_row = last_row_of_ours(source, found)
    if last_row is not None:
        plain = KeptRows(last_row=last_row)
        plain.calculated = _calculated_columns(package, found, plain)
        return plain
    scan = OldRows(source, found)
    kept = KeptRows(attributes=scan.attributes, last_row=scan.last_row)
    bottom = found.last_data_row if found.table is not None else scan.last_row
    wanted: set[int] = set()
    rows = {number: scan.row(number) for number in scan.rows_with_user_cells}
    for row in rows.values():
        wanted |= {i for c in row[1].all("c") if (i := shared_index(c)) is not None}
    shared = shared_texts(package, wanted)
    for number, (document, element_of_row) in sorted(rows.items()):
        cells = cells_by_column(element_of_row, number)
        if number > bottom:
            kept.below[number] = [_user_cell(document, cell, column) for column, cell in cells.items()]
            continue
        follows: list[UserCell] = []
        for column, element in cells.items():
            if column in found.columns.values():
                continue
            cell = _user_cell(document, element, column)
            if not cell.has_formula and belongs_to_row(found, column):
                follows.append(cell)
            else:
                kept.in_place[number].append(cell)
        if follows:
            kept.with_key[_old_key(found, cells, shared)].append((number, follows))
    kept.calculated = _calculated_columns(package, found, kept)
    return kept


def _calculated_columns(package: Package, found: FoundSheet, kept: KeptRows) -> dict[int, UserCell]:
    """Return the cell that Excel would fill down in each column of the table that the user gave one formula."""
    if found.table is None or (ref := Range.parse(found.table.ref)) is None:
        return {}
    columns = package.document(found.table.part).root.child("tableColumns")
    root = found.parts.frame.root
    cells: dict[int, UserCell] = {}
    for number, column in enumerate(columns.all("tableColumn") if columns else (), ref.left):
        formula = column.child("calculatedColumnFormula")
        if formula is None or number in found.columns.values() or formula.attributes.get("array") in TRUE:
            continue
        old = [
            cell_tag for row in sorted(kept.in_place) for cell_tag in kept.in_place[row] if cell_tag.column == number
        ]
        look = old[-1].style if old else ""
        cell_tag, formula_tag = root.tag("c"), root.tag("f")
        after = f'"{look}><{formula_tag}>{escape(formula.text)}</{formula_tag}></{cell_tag}>'
        cells[number] = UserCell(number, f'<{cell_tag} r="', after, has_formula=True, is_blank=False)
    return cells


def belongs_to_row(found: FoundSheet, column: int) -> bool:
    """A column with a heading beside ours is about our row; anything else just is on the sheet."""
    if any(r.left <= column <= r.right for r in found.other_tables):
        return False
    if found.table is not None:
        ref = Range.parse(found.table.ref)
        return ref is not None and ref.left <= column <= ref.right
    left, right = min(found.columns.values()), max(found.columns.values())
    between = range(min(column, left), max(column, right) + 1)
    return all(found.headings.get(c, "").strip() for c in between)


def _user_cell(document: XmlPart, cell: Element, column: int) -> UserCell:
    source = document.source
    span = attribute_spans(source, cell).get("r")
    if span is None:
        name_end = cell.start + 1 + len(cell.tag(cell.name).encode())
        before = source[cell.start : name_end] + b' r="'
        after = b'"' + source[name_end : cell.end]
    else:
        before, after = source[cell.start : span[1]], source[span[2] : cell.end]
    look = whole_number(cell.attributes.get("s"), -1)
    style = f' s="{look}"' if look >= 0 else ""
    return UserCell(column, before.decode(), after.decode(), cell.child("f") is not None, not cell.children, style)


def key_fields(found: FoundSheet) -> list[str]:
    """Return the fields that tell rows of a table apart; the Lock's rows have their number."""
    if found.spec.table == "lock":
        return ["closing"]
    return [c.field for c in found.spec.columns if c.field not in ("status", *found.spec.user_fields)]


def _old_key(found: FoundSheet, cells: dict[int, Element], shared: dict[int, str]) -> Key:
    values = []
    for name in key_fields(found):
        cell = cells.get(found.columns[name])
        values.append(_same_number(cell_text(cell, shared)) if cell is not None else "")
    return tuple(values)


def new_keys(found: FoundSheet, frame: pl.DataFrame, row_format: RowFormat) -> Iterator[Key]:
    """Yield the key of each new row, comparable with those of the old ones."""
    by_field = {c.field: c for c in found.spec.columns}
    fields = key_fields(found)
    for row in frame.select(fields).iter_rows():
        yield tuple(
            str(serial_of(value, row_format.uses_1904))
            if by_field[name].kind == "date" and value is not None
            else _same_number(plain_text(value, by_field[name], row_format.scales))
            for name, value in zip(fields, row, strict=True)
        )


def _same_number(text: str) -> str:
    """Return 12.50 and 12.5 alike."""
    if not text or text[0] not in "-0123456789":
        return text
    try:
        return format(Decimal(text).normalize(), "f")
    except InvalidOperation:
        return text


def extra_columns(kept: KeptRows, found: FoundSheet, frame: pl.DataFrame, row_format: RowFormat) -> pl.DataFrame | None:
    """Return the user's cells and row attributes for the new rows, as ``rows_xml`` wants them."""
    first = found.first_row
    rows = range(first, first + frame.height)
    cells: dict[int, dict[int, UserCell]] = defaultdict(dict)
    for row, follows in _follow_rows(kept, found, frame, row_format):
        cells[row].update({c.column: c for c in follows})
    for row, placed in kept.in_place.items():
        cells[row].update({c.column: c for c in placed})
    calculated = kept.calculated if frame.height else {}
    if not cells and not kept.attributes and not calculated:
        return None
    columns = sorted({c for placed in cells.values() for c in placed} | calculated.keys())
    data: dict[str, list[str | None]] = {column_letters(c): [None] * frame.height for c in columns}
    data[ROW_ATTRIBUTES] = [None] * frame.height
    for row, by_column in cells.items():
        if row in rows:
            for column, cell in by_column.items():
                data[column_letters(column)][row - first] = cell.at(row)
    for column, template in calculated.items():
        letters = column_letters(column)
        data[letters] = [cell or template.at(first + i) for i, cell in enumerate(data[letters])]
    for row, attributes in kept.attributes.items():
        if row in rows:
            data[ROW_ATTRIBUTES][row - first] = attributes
    return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))


def _follow_rows(
    kept: KeptRows, found: FoundSheet, frame: pl.DataFrame, row_format: RowFormat
) -> Iterator[tuple[int, list[UserCell]]]:
    """Yield the new row of cells that follow ours; where their row is gone they stay where they were."""
    if not kept.with_key:
        return
    waiting = {key: list(rows) for key, rows in kept.with_key.items()}
    taken: set[int] = set()
    for row, key in enumerate(new_keys(found, frame, row_format), found.first_row):
        if waiting.get(key):
            taken.add(row)
            yield row, waiting[key].pop(0)[1]
    for rows in waiting.values():
        for row, cells in rows:
            if row not in taken:
                yield row, cells
