"""A result sheet that is already there: new rows, the user's arrangement.

In      the sheet as found, its new rows, and the formats of its columns.
Out     the worksheet part in blocks: column order, widths, hidden columns, filters, conditional formats, comments and
        the user's own cells stay; the used range, filters, tables and links are fitted to the new rows.
Errors  BookUnusable when rows of the user stand where new rows must go.
Cost    O(cells), streamed.
Source  WORKBOOK "Written"; ECMA-376 part 1, 18.3 and 18.5.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import quoteattr

import polars as pl

from invclose_xl.domain.words import Status
from invclose_xl.workbook.existing.locate import FoundSheet, numbered_rows
from invclose_xl.workbook.existing.sheet_source import (
    cell_text,
    cells_by_column,
    put_together,
    shared_index,
    shared_texts,
)
from invclose_xl.workbook.layout import LOCK_CAPTION
from invclose_xl.workbook.package.cell_reference import (
    Range,
    column_letters,
    column_number,
    split_reference,
    whole_number,
)
from invclose_xl.workbook.package.package import TRUE, Package
from invclose_xl.workbook.package.xml import Element, XmlPart, attribute_spans
from invclose_xl.workbook.results.new_sheet import (
    CAPTION_CELL,
    Looks,
    grey_rows,
    hyperlinks,
    total_formula,
    total_value,
)
from invclose_xl.workbook.results.row_heights import STANDARD_WIDTH, heading_height, widths_of
from invclose_xl.workbook.results.rows_below import make_room, rows_xml_below
from invclose_xl.workbook.results.rows_xml import RowFormat, SheetColumn, number_cell, rows_xml, serial_of, text_cell
from invclose_xl.workbook.results.user_cells import (
    ROW_ATTRIBUTES,
    KeptRows,
    UserCell,
    extra_columns,
    read_kept_rows,
)
from invclose_xl.workbook.results.workbook_part import insert_in_order

_ORDER = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
    "headerFooter", "rowBreaks", "colBreaks", "customProperties", "cellWatches", "ignoredErrors", "smartTags",
    "drawing", "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip
OLD_LABEL = re.compile(r"Total( \S+)?$")


@dataclass(slots=True)
class Rewrite:
    """One sheet to be rewritten. Create it with ``plan``; then read ``part`` once."""

    found: FoundSheet
    frame: pl.DataFrame
    looks: Looks
    row_format: RowFormat
    closed_up_to: date | None
    closed_date_cell: str
    grey: int
    with_links: bool
    totals_label: str = ""
    label_column: int = 0
    """where the old label of the totals stands; 0 where it is gone, or a text of the user's own"""
    kept: KeptRows = field(default_factory=KeptRows)
    below: dict[int, list[UserCell]] = field(default_factory=dict)

    @property
    def new_bottom(self) -> int:
        """The last row of the new data; a table holds at least one row."""
        return self.found.heading_row + max(self.frame.height, 1)

    @property
    def old_bottom(self) -> int:
        """The last row of the old data."""
        return (
            self.found.last_data_row
            if self.found.table is not None
            else max(self.kept.last_row, self.found.last_data_row)
        )

    def part(self) -> Iterator[bytes]:
        """Yield the worksheet part."""
        self._edit_top()
        self._edit_frame()
        top = self.found.parts.top
        first = top.root.children[0]
        # insertions at the end of the rows are part of them, so the frame of the fragment is cut off by length
        head, tail = top.source[: first.open_end], top.source[first.close_start :]
        edited = top.edited_source()
        top_rows = edited[len(head) : len(edited) - len(tail)]
        extra = extra_columns(self.kept, self.found, self.frame, self.row_format)
        rows = rows_xml(self.frame, self._columns(extra), self.found.first_row, self.row_format, extra)
        bottom = rows_xml_below(self.below, self.kept, self.row_format.prefix)
        yield from put_together(self.found.parts, top_rows, rows, bottom)

    def _columns(self, extra: pl.DataFrame | None) -> list[SheetColumn]:
        by_field = {c.field: c for c in self.found.spec.columns}
        widths = widths_of(self.found.parts.frame.root.child("cols"))
        placed = {
            n: SheetColumn(column_letters(n), by_field[f], self.looks.data[f], widths.get(n, STANDARD_WIDTH))
            for f, n in self.found.columns.items()
        }
        for letters in extra.columns if extra is not None else ():
            if letters != ROW_ATTRIBUTES:
                placed.setdefault(column_number(letters), SheetColumn(letters, None))
        return [placed[n] for n in sorted(placed)]

    # ---- rows above the data

    def _edit_top(self) -> None:
        top = self.found.parts.top
        rows = numbered_rows(self.found.parts.rows)
        for number, row in rows.items():
            if number > self.found.heading_row:
                top.remove(row)
        self._add_headings(top, rows)
        self._fit_headings(top, rows)
        self._edit_totals(top, rows)
        if self.found.spec.table == "lock":
            self._edit_closed_date(top, rows)

    def _add_headings(self, top: XmlPart, rows: dict[int, Element]) -> None:
        """Name the columns that the sheet did not have yet."""
        letters, number = self.found.letters(), self.found.heading_row
        headings = {
            self.found.columns[c.field]: text_cell(
                letters[c.field], number, c.heading, self.looks.headings[c.field], self.row_format.prefix
            )
            for c in self.found.spec.columns
            if c.field in self.found.added
        }
        self._set_cells(top, rows, number, headings)

    def _fit_headings(self, top: XmlPart, rows: dict[int, Element]) -> None:
        """Let the row of the headings be as high as they are, unless somebody chose its height."""
        row = rows[self.found.heading_row]
        if row.attributes.get("customHeight", "0") in TRUE:
            return
        height = heading_height(self.found.headings, widths_of(self.found.parts.frame.root.child("cols")))
        stated = row.attributes.get("ht", "")
        if height > (float(stated) if stated.replace(".", "", 1).isdigit() else 0):
            top.set_attribute(row, "ht", str(height))

    def _edit_totals(self, top: XmlPart, rows: dict[int, Element]) -> None:
        number = self.found.heading_row - 1
        columns = [c for c in self.found.spec.columns if c.total]
        if number < 1 or not columns:
            return
        letters = self.found.letters()
        cells: dict[int, str] = {}
        row = rows.get(number)
        present = cells_by_column(row, number) if row is not None else {}
        if self.label_column:
            look, at = _style_of(present.get(self.label_column), self.looks.caption), column_letters(self.label_column)
            cells[self.label_column] = text_cell(at, number, self.totals_label, look, self.row_format.prefix)
        for column in columns:
            place = self.found.columns[column.field]
            old = present.get(place)
            if old is not None and old.child("f") is None and old.attributes.get("t") in ("s", "inlineStr", "str"):
                continue
            formula = total_formula(column, self.frame, letters, self.found.first_row, self.new_bottom)
            value = total_value(column, self.frame, self.row_format)
            look = _style_of(old, self.looks.totals[column.field])
            cells[place] = number_cell(letters[column.field], number, value, look, self.row_format.prefix, formula)
        for column in self.found.spec.columns:
            before = present.get(self.found.columns.get(column.field, 0))
            summed = before.child("f") if before is not None and not column.total else None
            if summed is not None and summed.text.startswith(f"SUMIFS({letters[column.field]}"):
                # what version 0.1.0 added up here cannot be added
                place = self.found.columns[column.field]
                cells[place] = number_cell(letters[column.field], number, "", 0, self.row_format.prefix)
        self._set_cells(top, rows, number, cells)

    def _edit_closed_date(self, top: XmlPart, rows: dict[int, Element]) -> None:
        letters, number = split_reference(self.closed_date_cell)
        if number >= self.found.heading_row:
            return
        place = Range.parse(self.closed_date_cell)
        assert place is not None
        present = cells_by_column(rows[number], number) if number in rows else {}
        look = _style_of(present.get(place.left), self.looks.date)
        day = "" if self.closed_up_to is None else str(serial_of(self.closed_up_to, self.row_format.uses_1904))
        cells = {place.left: number_cell(letters, number, day, look, self.row_format.prefix)}
        if 1 not in present and place.left > 1:
            cells[1] = text_cell("A", number, LOCK_CAPTION, self.looks.caption, self.row_format.prefix)
        self._set_cells(top, rows, number, cells)

    def _set_cells(self, top: XmlPart, rows: dict[int, Element], number: int, cells: dict[int, str]) -> None:
        """Put cells into a row above the data, replacing those in the same columns."""
        if not cells:
            return
        prefix = self.row_format.prefix
        row = rows.get(number)
        if row is None:
            body = "".join(cells[c] for c in sorted(cells))
            following = next((rows[n] for n in sorted(rows) if n > number), None)
            xml = f'<{prefix}row r="{number}">{body}</{prefix}row>'
            if following is not None:
                top.insert(following.start, xml)
            return
        present = cells_by_column(row, number)
        top.drop_attribute(row, "spans")
        for column in sorted(cells):
            if column in present:
                top.replace(present[column].start, present[column].end, cells[column])
                continue
            following = next((present[c] for c in sorted(present) if c > column), None)
            if following is not None:
                top.insert(following.start, cells[column])
            else:
                top.append_child(row, cells[column])

    # ---- everything around the rows

    def _edit_frame(self) -> None:
        frame = self.found.parts.frame
        root = frame.root
        last = max([self.new_bottom, *self.below])
        used = self.found.dimension
        right = max([*self.found.headings, used.right if used else 1])
        dimension = root.child("dimension")
        if dimension is not None:
            frame.set_attribute(dimension, "ref", str(Range(1, 1, right, last)))
        for element in root.descendants():
            if element.name in ("autoFilter", "sortState", "sortCondition"):
                self._fit(frame, element, "ref")
            elif element.name in ("conditionalFormatting", "dataValidation", "ignoredError"):
                self._fit(frame, element, "sqref")
            elif element.name == "sqref" and element.text:
                fitted = self.fitted(element.text)
                if fitted != element.text:
                    frame.replace(element.open_end, element.close_start, fitted)
        self._grey_out(frame, root)
        if self.with_links or any(c.kind == "link" for c in self.found.spec.columns):
            self._edit_links(frame, root)

    def _grey_out(self, frame: XmlPart, root: Element) -> None:
        """Grey rows that do not count, unless the sheet has formats of its own that look at their Status."""
        letters, status = self.found.letters(), _word_of(self.found)
        if not status or any(status in e.text for e in root.descendants() if e.name == "formula"):
            return
        left, right = min(self.found.columns.values()), max(self.found.columns.values())
        rows = Range(left, self.found.heading_row, right, self.new_bottom)
        xml = grey_rows(self.found.spec, self.grey, rows, self.row_format.prefix, letters["status"])
        if xml:
            insert_in_order(frame, root, _ORDER, "conditionalFormatting", xml)

    def _fit(self, document: XmlPart, element: Element, attribute: str) -> None:
        if attribute in attribute_spans(document.source, element):
            old = element.attributes[attribute]
            if (new := self.fitted(old)) != old:
                document.set_attribute(element, attribute, new)

    def fitted(self, references: str) -> str:
        """Return references with those that ended at the old last row of data ending at the new one."""
        out: list[str] = []
        for reference in references.split():
            area = Range.parse(reference)
            reaches = area is not None and area.bottom == self.old_bottom and area.top <= self.found.first_row
            if area is not None and reaches:
                out.append(str(Range(area.left, area.top, area.right, self.new_bottom)))
            else:
                out.append(reference)
        return " ".join(out)

    def _edit_links(self, frame: XmlPart, root: Element) -> None:
        prefix = self.row_format.prefix
        places = {self.found.columns[c.field]: c.field for c in self.found.spec.columns if c.kind == "link"}
        links = ""
        if self.with_links:
            links = "".join(
                "".join(hyperlinks(self.frame.get_column(name), column_letters(n), self.found.first_row, prefix))
                for n, name in places.items()
            )
        listed = root.child("hyperlinks")
        if listed is None:
            if links:
                insert_in_order(frame, root, _ORDER, "hyperlinks", f"<{prefix}hyperlinks>{links}</{prefix}hyperlinks>")
            return
        old = [e for e in listed.children if self._is_our_link(e, places)]
        if not links and len(old) == len(listed.children):
            frame.remove(listed)
            return
        for element in old:
            frame.remove(element)
        if links:
            frame.append_child(listed, links)

    def _is_our_link(self, element: Element, places: dict[int, str]) -> bool:
        area = Range.parse(element.attributes.get("ref", ""))
        return area is not None and area.left in places and area.top > self.found.heading_row


def plan(
    package: Package,
    found: FoundSheet,
    frame: pl.DataFrame,
    looks: Looks,
    row_format: RowFormat,
    closed_up_to: date | None,
    closed_date_cell: str,
    grey: int,
    *,
    with_links: bool,
    totals_label: str,
) -> Rewrite:
    """Return how a sheet will be rewritten; reads the user's own cells where there can be any."""
    rewrite = Rewrite(found, frame, looks, row_format, closed_up_to, closed_date_cell, grey, with_links, totals_label)
    rewrite.label_column = _label_column(package, found)
    rewrite.kept = read_kept_rows(package, found)
    rewrite.below = make_room(package, rewrite.kept, found, rewrite.new_bottom)
    return rewrite


def _label_column(package: Package, found: FoundSheet) -> int:
    """Return where the label of the totals stands: ours says Total, with the currency of its time or none."""
    number = found.heading_row - 1
    row = numbered_rows(found.parts.rows).get(number)
    cells = cells_by_column(row, number) if row is not None else {}
    shared = shared_texts(package, {i for cell in cells.values() if (i := shared_index(cell)) is not None})
    labels = (column for column, cell in cells.items() if OLD_LABEL.match(cell_text(cell, shared)))
    return min(labels, default=0)


def fit_table(document: XmlPart, rewrite: Rewrite) -> None:
    """Let a table and its filter span the new rows, the totals row of its own included."""
    root = document.root
    ref = Range.parse(root.attributes.get("ref", ""))
    table = rewrite.found.table
    if ref is None or table is None:
        return
    own = Range.parse(table.ref) or ref
    right, down = own.left - ref.left, own.top - ref.top
    whole = Range(own.left, own.top, own.right, rewrite.new_bottom + table.totals_rows)
    if str(whole) != root.attributes["ref"]:
        document.set_attribute(root, "ref", str(whole))
    _add_to_table(document, rewrite.found)
    for element in root.descendants():
        if element.name in ("autoFilter", "sortState", "sortCondition") and "ref" in element.attributes:
            wide = (
                _wider(element.attributes["ref"], rewrite.found)
                if element.name == "autoFilter"
                else element.attributes["ref"]
            )
            fitted = rewrite.fitted(_moved(wide, right, down))
            if fitted != element.attributes["ref"]:
                document.set_attribute(element, "ref", fitted)


def _add_to_table(document: XmlPart, found: FoundSheet) -> None:
    """Let a table have the columns that its sheet did not have yet."""
    listed = document.root.child("tableColumns")
    if listed is None or not found.added:
        return
    known = list(listed.all("tableColumn"))
    free = max(whole_number(c.attributes.get("id")) for c in known) + 1
    names = [found.headings[found.columns[field]] for field in found.added]
    tag = document.root.tag("tableColumn")
    xml = "".join(f'<{tag} id="{free + k}" name={quoteattr(name)}/>' for k, name in enumerate(names))
    document.append_child(listed, xml)
    document.set_attribute(listed, "count", str(len(known) + len(names)))


def _wider(reference: str, found: FoundSheet) -> str:
    """Let the filter of a table reach over the columns that were added."""
    area = Range.parse(reference)
    if area is None:
        return reference
    return str(Range(area.left, area.top, area.right + len(found.added), area.bottom))


def _moved(reference: str, right: int, down: int) -> str:
    """Move a reference along with a table whose headings moved without it."""
    area = Range.parse(reference)
    if area is None or not (right or down):
        return reference
    return str(Range(area.left + right, area.top + down, area.right + right, area.bottom + down))


def closed_date_cell(found: FoundSheet, named: str) -> str:
    """Return the cell that shows the closed date: the named one, else beside the caption, else where we put it."""
    if named:
        return named
    for number, row in numbered_rows(found.parts.rows).items():
        if number < found.heading_row and cells_by_column(row, number):
            return f"C{number}"
    return CAPTION_CELL


def _word_of(found: FoundSheet) -> str:
    """Return what a format says that looks at the Status of the rows; '' where there is none."""
    return f'"{Status.REVERSED.value}"' if "status" in found.columns else ""


def _style_of(cell: Element | None, otherwise: int) -> int:
    style = cell.attributes.get("s", "") if cell is not None else ""
    return whole_number(style, otherwise)
