"""A result sheet that the workbook does not have yet: headings, table, totals, print set-up.

In      the sheet's layout, its rows, and the formats of its columns.
Out     the worksheet part in blocks, and where its table and its print titles are.
Errors  none.
Cost    O(cells), streamed.
Source  WORKBOOK "Written"; ECMA-376 part 1, 18.3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import quoteattr

import polars as pl

from invclose_xl.domain.leg_rows import ISSUE_LEG
from invclose_xl.domain.money import format_decimal
from invclose_xl.domain.words import Status
from invclose_xl.workbook.layout import LOCK_CAPTION, OutputColumn, OutputSheet
from invclose_xl.workbook.package.cell_reference import Range, column_letters
from invclose_xl.workbook.package.styles import Look, Styles
from invclose_xl.workbook.results.row_heights import heading_height
from invclose_xl.workbook.results.rows_xml import (
    LAST_ROW,
    OWN_WORDS,
    RowFormat,
    SheetColumn,
    decimals_of,
    number_cell,
    number_format,
    row_formula,
    rows_xml,
    serial_of,
    text_cell,
)

CAPTION_CELL = "C1"
MOST_LINKS = 60_000
"""Excel takes 65,530 links on a sheet; beyond that the cells stay plain text."""
MOST_LOOKED_AT = 20_000
"""Rows of a total that are looked at one by one."""
_MARKUP = re.compile(r'[&<>"\n\r\t]')
"""what an attribute cannot hold as it is"""
_NUMBERS = ("quantity", "amount", "unit_cost", "count")


@dataclass(frozen=True, slots=True)
class Looks:
    """The cell formats of one sheet."""

    headings: dict[str, int]
    caption: int
    date: int
    data: dict[str, int]
    totals: dict[str, int]


def looks_of(spec: OutputSheet, styles: Styles, row_format: RowFormat, *, with_links: bool) -> Looks:
    """Return the formats that a sheet needs."""
    codes = {c.field: number_format(c, row_format.scales) for c in spec.columns}
    in_lines = any(c.field in OWN_WORDS for c in spec.columns)
    return Looks(
        {c.field: styles.index(_look_of_heading(c)) for c in spec.columns},
        styles.index(Look(bold=True)),
        styles.index(Look("yyyy\\-mm\\-dd", bold=True, align="left")),
        {c.field: styles.index(_look_of_cells(c, codes[c.field], in_lines, with_links)) for c in spec.columns},
        {c.field: styles.index(Look(codes[c.field], bold=True)) for c in spec.columns if c.total},
    )


def _look_of_heading(column: OutputColumn) -> Look:
    """Over numbers to the right, beside the button of the filter; over texts and dates where these begin."""
    is_number = column.kind in _NUMBERS
    return Look(header=True, align="right" if is_number else "left", indent=2 if is_number else 1)


def _look_of_cells(column: OutputColumn, code: str, in_lines: bool, with_links: bool) -> Look:
    """Numbers to the right; texts and dates to the left, off the number before them. A digest is cut at its cell."""
    if column.field in ("digest", "file_digest"):
        return Look(code, align="fill")
    is_number = column.kind in _NUMBERS
    return Look(
        code, link=with_links and column.kind == "link", align="" if is_number else "left",
        indent=0 if is_number else 1, top=in_lines, wrap=column.field in OWN_WORDS,
    )  # fmt: skip


def heading_row_of(spec: OutputSheet) -> int:
    """Return the row of a new sheet's headings: below the totals, and on the Lock below the closed date."""
    return 3 if spec.table == "lock" else 2


def capacity(heading_row: int) -> int:
    """Return how many rows fit below the headings."""
    return LAST_ROW - heading_row


def total_formula(column: OutputColumn, frame: pl.DataFrame, letters: dict[str, str], first: int, last: int) -> str:
    """Return the formula over the rows of a column that count and that a filter shows.

    A plain SUBTOTAL where all rows count; where some do not, each row is looked at by itself, which takes a calculation
    per row: of very many rows those that count are added up, whatever a filter shows. Vouchers have no status, a
    reversal posts the opposite.
    """
    if column.formula:
        return row_formula(column, letters, first - 2, (first, last))
    cells = f"{letters[column.field]}{first}:{letters[column.field]}{last}"
    if not len(frame):
        return f"SUBTOTAL(109,{cells})"
    status, issues = (f"{letters[f]}{first}:{letters[f]}{last}" if f in letters else "" for f in ("status", "issue"))
    some_do_not = status and bool((frame["status"] != Status.ACTIVE.value).any())
    has_legs = issues and bool(frame["issue"].str.contains(ISSUE_LEG).any())
    if not some_do_not and not has_legs:
        return f"SUBTOTAL(109,{cells})"
    if frame.height > MOST_LOOKED_AT:
        return f'SUMIFS({cells},{status},"{Status.ACTIVE.value}"' + (f',{issues},"<>IC-*/W*/I")' if has_legs else ")")
    top = f"{letters[column.field]}{first}"
    parts = [f"SUBTOTAL(109,OFFSET({top},ROW({cells})-ROW({top}),0))", f'--({status}="{Status.ACTIVE.value}")']
    if has_legs:
        parts.append(f'--ISERROR(SEARCH("IC-*/W*/I",{issues}))')
    return f"SUMPRODUCT({','.join(parts)})"


def total_value(column: OutputColumn, frame: pl.DataFrame, row_format: RowFormat) -> str:
    """Return what that formula gives, exactly."""
    if not len(frame):
        return format_decimal(0, decimals_of(column.kind, row_format.scales))
    rows = frame.filter(pl.col("status") == Status.ACTIVE.value) if "status" in frame.columns else frame
    if "issue" in rows.columns:
        rows = rows.filter(~pl.col("issue").str.contains(ISSUE_LEG))
    total = (
        sum(rows.get_column(column.field).drop_nulls().to_list())
        if rows.height < 1000
        else int(rows.get_column(column.field).sum() or 0)
    )
    return format_decimal(total, decimals_of(column.kind, row_format.scales))


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet to be written; ``frame`` is the part of the result table that is on it."""

    spec: OutputSheet
    frame: pl.DataFrame
    looks: Looks
    row_format: RowFormat
    space: str
    relations_space: str
    closed_up_to: date | None
    totals_label: str
    with_links: bool
    grey: int
    """the format of rows that do not count any more"""

    @property
    def heading_row(self) -> int:
        """The row of the headings."""
        return heading_row_of(self.spec)

    @property
    def table_range(self) -> Range:
        """Headings and rows; a table holds at least one row, blank where there is none."""
        bottom = self.heading_row + max(self.frame.height, 1)
        return Range(1, self.heading_row, len(self.spec.columns), bottom)

    def part(self, table_relation: str) -> Iterator[bytes]:
        """Yield the worksheet part."""
        yield self._before().encode()
        yield self._top_rows().encode()
        yield from rows_xml(self.frame, self._columns(), self.heading_row + 1, self.row_format)
        yield self._after(table_relation).encode()

    def _columns(self) -> list[SheetColumn]:
        return [
            SheetColumn(column_letters(i), c, self.looks.data[c.field], _width(c))
            for i, c in enumerate(self.spec.columns, 1)
        ]

    def _before(self) -> str:
        heading = self.heading_row
        fit = '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>' if not self.spec.hidden else ""
        whole = Range(1, 1, self.table_range.right, self.table_range.bottom)
        # The look of a column is that of cells which a button writes: it states values and number formats only.
        widths = "".join(
            f'<col min="{i}" max="{i}" width="{_width(c)}.7109375" style="{self.looks.data[c.field]}" customWidth="1"/>'
            for i, c in enumerate(self.spec.columns, 1)
        )
        below = heading + 1
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            f'<worksheet xmlns="{self.space}" xmlns:r="{self.relations_space}">{fit}<dimension ref="{whole}"/>'
            f'<sheetViews><sheetView workbookViewId="0"><pane ySplit="{heading}" topLeftCell="A{below}" '
            f'activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="A{below}" '
            f'sqref="A{below}"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
            f"<cols>{widths}</cols><sheetData>"
        )

    def _top_rows(self) -> str:
        heading = self.heading_row
        rows: list[str] = []
        if self.spec.table == "lock":
            day = "" if self.closed_up_to is None else str(serial_of(self.closed_up_to, self.row_format.uses_1904))
            rows.append(
                f'<row r="1">{text_cell("A", 1, LOCK_CAPTION, self.looks.caption)}'
                f"{number_cell('C', 1, day, self.looks.date)}</row>"
            )
        letters = {c.field: column_letters(i) for i, c in enumerate(self.spec.columns, 1)}
        totals = [
            number_cell(
                letters[c.field],
                heading - 1,
                total_value(c, self.frame, self.row_format),
                self.looks.totals[c.field],
                formula=total_formula(c, self.frame, letters, heading + 1, self.table_range.bottom),
            )
            for c in self.spec.columns
            if c.total
        ]
        if totals:
            label = text_cell("A", heading - 1, self.totals_label, self.looks.caption)
            rows.append(f'<row r="{heading - 1}">{label}{"".join(totals)}</row>')
        headings = "".join(
            text_cell(letters[c.field], heading, c.heading, self.looks.headings[c.field]) for c in self.spec.columns
        )
        own = dict(enumerate(self.spec.columns, 1))
        height = heading_height({i: c.heading for i, c in own.items()}, {i: _width(c) for i, c in own.items()})
        attribute = f' ht="{height}"' if height else ""
        rows.append(f'<row r="{heading}"{attribute}>{headings}</row>')
        return "".join(rows)

    def _after(self, table_relation: str) -> str:
        parts = ["</sheetData>", grey_rows(self.spec, self.grey, self.table_range)]
        if self.with_links:
            parts.append(f"<hyperlinks>{''.join(self._links())}</hyperlinks>")
        parts.append('<pageMargins left="0.25" right="0.25" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>')
        if not self.spec.hidden:
            parts.append(
                '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
                "<headerFooter><oddFooter>&amp;L&amp;A&amp;R&amp;P / &amp;N</oddFooter></headerFooter>"
            )
        table = self.table_range
        rows = Range(table.left, table.top + 1, table.right, table.bottom)
        parts.append(f'<ignoredErrors><ignoredError sqref="{rows}" numberStoredAsText="1"/></ignoredErrors>')
        parts.append(f'<tableParts count="1"><tablePart r:id="{table_relation}"/></tableParts></worksheet>')
        return "".join(parts)

    def _links(self) -> Iterator[str]:
        for position, column in enumerate(self.spec.columns, 1):
            if column.kind == "link":
                letter = column_letters(position)
                yield from hyperlinks(self.frame.get_column(column.field), letter, self.heading_row + 1)


def _width(column: OutputColumn) -> int:
    """Width in characters: headings take several lines, but no word of them does."""
    return max(column.width, max(map(len, column.heading.split())) + 4)


def grey_rows(spec: OutputSheet, grey: int, table: Range, prefix: str = "", status: str = "") -> str:
    """Return the conditional format that greys out rows that do not count; '' for sheets without Status."""
    places = [column_letters(table.left + k) for k, c in enumerate(spec.columns) if c.field == "status"]
    letter = status or (places[0] if places else "")
    if not letter or spec.hidden:
        return ""
    rows = Range(table.left, table.top + 1, table.right, table.bottom)
    words = f'OR(${letter}{rows.top}="{Status.REVERSED.value}",${letter}{rows.top}="{Status.REPLACED.value}")'
    return (
        f'<{prefix}conditionalFormatting sqref="{rows}"><{prefix}cfRule type="expression" dxfId="{grey}" priority="1">'
        f"<{prefix}formula>{words}</{prefix}formula></{prefix}cfRule></{prefix}conditionalFormatting>"
    )


def count_links(spec: OutputSheet, frame: pl.DataFrame) -> int:
    """Return how many cells of a table would be links."""
    return sum(
        int(frame.get_column(c.field).str.contains("!", literal=True).sum() or 0)
        for c in spec.columns
        if c.kind == "link"
    )


def hyperlinks(targets: pl.Series, letter: str, first_row: int, prefix: str = "") -> Iterator[str]:
    """Yield a hyperlink element for each cell of a column that names another cell."""
    for offset, target in enumerate(targets.to_list()):
        if target and "!" in target:
            location = quoteattr(target) if _MARKUP.search(target) else f'"{target}"'
            yield f'<{prefix}hyperlink ref="{letter}{first_row + offset}" location={location} display={location}/>'
