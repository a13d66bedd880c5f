"""Sheets of report workbooks: formats, sections as tables with totals and links, print set-up.

In      sections, the decimals of the book, and where the book lies as seen from the report.
Out     cells. Amounts are written as exact decimals, never through a binary float.
Errors  OSError where the file cannot be written: for the writer of all files to put into words.
Source  WORKBOOK "Written" (header row, filters, frozen header, number formats, totals above the headings).
"""

import errno
import os
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from invclose_xl.domain.money import format_decimal
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.reports.book_link import BookLink
from invclose_xl.reports.section import Column, Decimals, Section

INK, PALE, GREEN, RED, GREY = "#1F4E78", "#EEF3F8", "#2E7D32", "#B3261E", "#6B7280"
FONT = {"font_name": "Calibri", "font_size": 11}
TEXTS = ("text", "date", "cell")
WRAPPED, SLACK, ROW = 40, 4, 15.0
"""texts of columns this wide are wrapped; characters lost to the indent and to whole words; height of a line"""
MOST_LINKS = 60_000
"""Excel takes 65,530 links on a sheet"""


def way_to(book: Path, report: Path) -> str:
    """Return how links of a report lead to the book: from folder to folder, or the whole path where drives differ."""
    try:
        way = os.path.relpath(os.path.realpath(book), os.path.dirname(os.path.realpath(report))).replace(os.sep, "/")
    except ValueError:
        way = os.path.realpath(book).replace(os.sep, "/")
    return escape_controls(way)


class ReportBook:
    """A workbook of ours with its formats."""

    def __init__(self, file: BinaryIO, title: str, decimals: Decimals, created: datetime | None, mark: str) -> None:
        self.workbook = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd", "strings_to_urls": False})
        properties: dict[str, object] = {"title": title, "author": "invclose-xl", "comments": mark}
        if created is not None:
            properties["created"] = created
        self.workbook.set_properties(properties)
        self.decimals = decimals
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def close(self) -> None:
        """Write the file; raises OSError where that fails."""
        try:
            self.workbook.close()
        except FileCreateError as fault:
            cause = fault.args[0] if fault.args else None
            raise (cause if isinstance(cause, OSError) else OSError(errno.EIO, str(fault))) from fault

    def style(self, **properties: object) -> Format:
        """Return a format; equal ones are made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({**FONT, **properties})
        return self._formats[key]

    def number_format(self, column: Column) -> str:
        """Return how the numbers of a column are shown."""
        currency = "#,##0" + ("." + "0" * self.decimals.currency if self.decimals.currency else "")
        return {
            "amount": currency, "quantity": "#,##0.######", "unit_cost": "#,##0.00####", "percent": '0.0" %"',
            "count": "#,##0", "date": "yyyy-mm-dd",
        }.get(column.kind, "General")  # fmt: skip

    def decimal(self, units: int, column: Column) -> Decimal:
        """Return the exact decimal of an integer of the book."""
        return Decimal(format_decimal(units, self.decimals.of(column.kind)))

    def section(
        self, section: Section, book: str | None = None, names: Mapping[str, str] | None = None,
        formulas: Mapping[str, str] | None = None,
    ) -> Worksheet:  # fmt: skip
        """Add a sheet with one section: title, explanation, totals, table.

        ``names`` gives columns names that formulas on other sheets use; ``formulas`` writes a column as a formula, with
        {row} for the number of its row.
        """
        section = section.without_blank_columns()
        sheet = self.workbook.add_worksheet(section.name)
        top = self.head(sheet, section.title, section.explains if len(section) else section.nothing)
        rows = max(len(section), 1)
        self.totals(sheet, section, top - 1, top + 1)
        for position, column in enumerate(section.columns):
            sheet.set_column(position, position, max(column.width, len(column.heading) + 4))
        heads = [{"header": c.heading, "header_format": self.heading(c, True)} for c in section.columns]
        sheet.add_table(
            top, 0, top + rows, len(section.columns) - 1,
            {"name": section.name.replace(" ", "_"), "style": "Table Style Light 1", "columns": heads},
        )  # fmt: skip
        for number, row in enumerate(section.frame.iter_rows(named=True), start=top + 1):
            self._height(sheet, number, section, row)
            for position, column in enumerate(section.columns):
                text = (formulas or {}).get(column.field)
                if text is None:
                    self.cell(sheet, number, position, column, row[column.field], book if number < MOST_LINKS else None)
                else:
                    form = self.style(num_format=self.number_format(column), valign="top")
                    self.formula(
                        sheet,
                        number,
                        position,
                        text.format(row=number + 1),
                        form,
                        self.decimal(row[column.field], column),
                    )
        for field, name in (names or {}).items():
            position = next(position for position, column in enumerate(section.columns) if column.field == field)
            cells = [xl_rowcol_to_cell(r, position, row_abs=True, col_abs=True) for r in (top + 1, top + rows)]
            self.workbook.define_name(name, f"='{section.name}'!{cells[0]}:{cells[1]}")
        sheet.freeze_panes(top + 1, 1)
        self.print_setup(sheet, section.title, top)
        keys = sum(column.field.endswith("_key") for column in section.columns)
        if keys:  # what only formulas read need not be printed
            sheet.print_area(0, 0, top + rows, len(section.columns) - keys - 1)
        return sheet

    def _height(self, sheet: Worksheet, number: int, section: Section, row: Mapping[str, object]) -> None:
        """Make a row as high as its longest text needs, so that nothing is cut off."""
        lines = [-(-len(str(row[c.field] or "")) // (c.width - SLACK)) for c in section.columns if c.width >= WRAPPED]
        if max(lines, default=1) > 1:
            sheet.set_row(number, ROW * max(lines))

    def heading(self, column: Column, has_filter: bool = False) -> Format:
        """Return the format of a heading: over numbers to the right, beside the button where there is a filter."""
        side = "left" if column.kind in TEXTS else "right"
        indent = 1 if side == "left" else 2 if has_filter else 0
        return self.style(bold=True, font_color="white", bg_color=INK, align=side, indent=indent)

    def formula(
        self, sheet: Worksheet, row: int, number: int, formula: str, form: Format, value: Decimal | str
    ) -> None:
        """Write a formula with the value that it has, so that readers which do not calculate see it too."""
        sheet.write_formula(row, number, formula, form, value)

    def head(self, sheet: Worksheet, title: str, explains: str) -> int:
        """Write title and explanation; return the row of the headings below (a row is left for totals)."""
        sheet.hide_gridlines(2)
        sheet.write_string(0, 0, title, self.style(bold=True, font_size=16, font_color=INK))
        sheet.write_string(1, 0, explains, self.style(font_color=GREY))
        sheet.set_row(0, 24)
        return 4

    def totals(self, sheet: Worksheet, section: Section, at: int, first: int) -> None:
        """Write live totals over the rows that a filter shows."""
        last = first + max(len(section), 1) - 1
        if any(column.total for column in section.columns) and not section.columns[0].total:
            sheet.write_string(at, 0, "Total", self.style(bold=True))
        for number, column in enumerate(section.columns):
            if column.total:
                cells = f"{xl_rowcol_to_cell(first, number)}:{xl_rowcol_to_cell(last, number)}"
                form = self.style(bold=True, num_format=self.number_format(column))
                total = self.decimal(int(section.frame[column.field].sum()), column)
                self.formula(sheet, at, number, f"=SUBTOTAL(109,{cells})", form, total)

    def cell(self, sheet: Worksheet, row: int, number: int, column: Column, value: object, book: str | None) -> None:
        """Write one cell of a table."""
        if value is None or value == "":
            return
        if column.kind == "cell" and book is not None:
            self.link(sheet, row, number, str(value), book)
        elif isinstance(value, date):
            sheet.write_datetime(
                row, number, value, self.style(num_format="yyyy-mm-dd", align="left", indent=1, valign="top")
            )
        elif isinstance(value, int):
            form = self.style(num_format=self.number_format(column), valign="top")
            sheet.write_number(row, number, self.decimal(value, column), form)
        elif column.width >= WRAPPED:
            sheet.write_string(
                row, number, str(value), self.style(indent=1, text_wrap=True, align="left", valign="top")
            )
        else:
            sheet.write_string(row, number, str(value), self.style(indent=1, align="left", valign="top"))

    def link(self, sheet: Worksheet, row: int, number: int, cell: str, book: str) -> None:
        """Write a link to a cell of the user's workbook; ``book`` is its address (``way_to``)."""
        form = self.style(font_color="#0563C1", underline=1, indent=1, align="left", valign="top")
        sheet.write_url(row, number, BookLink(book, cell), form)

    def print_setup(self, sheet: Worksheet, title: str, heading_row: int | None = None, one_page: bool = False) -> None:
        """Landscape on one page in width, headings on every page, page numbers."""
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1 if one_page else 0)
        if heading_row is not None:
            sheet.repeat_rows(heading_row)
        sheet.set_margins(0.5, 0.5, 0.6, 0.6)
        sheet.set_footer(f"&L{title.replace('&', '&&')}&C&P / &N&R&D")
