"""Input sheets as a careful user would make them: Excel tables with dates, amounts and headings in their formats.

In      rows as dicts, heading -> text, Decimal, date or None.
Out     a workbook; the same input gives the same bytes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter

Cell = str | Decimal | date | int | None
Row = Mapping[str, Cell]

AMOUNTS = {"Physical cost amount", "Financial cost amount", "Cost price", "Value at hand"}
WIDTHS = {
    "Product name": 30, "Name": 40, "Item model group": 18, "Inventory model": 24, "Reference": 17, "Value": 16,
    "Physical cost amount": 20, "Financial cost amount": 21, "Transaction ID": 15, "Include physical value": 21,
    "Financial inventory": 19, "Close inventory up to": 24, "Physical date": 14, "Financial date": 14,
    "Item number": 14, "Item group": 12, "Inventory account": 18, "Offset account": 16, "Ledger dimension": 17,
    "Production number": 19, "Return lot ID": 14, "Marked quantity": 17, "Dimension": 18,
}  # fmt: skip
INK, PALE = "#1F3A5F", "#EEF3F8"


class NeatBook:
    """A workbook with one Excel table per input sheet."""

    def __init__(self, path: Path) -> None:
        self.workbook = xlsxwriter.Workbook(str(path))
        self.workbook.set_properties({"created": datetime(2026, 2, 1, 8, 0), "title": path.stem, "author": "Example"})
        font = {"font_name": "Calibri", "font_size": 11}
        self.title = self.workbook.add_format({**font, "bold": True, "font_size": 16, "font_color": INK})
        self.plain = self.workbook.add_format({**font, "text_wrap": True, "valign": "top"})
        self.head = self.workbook.add_format(
            {**font, "bold": True, "font_color": "white", "bg_color": INK, "valign": "vcenter"}
        )
        self.day = self.workbook.add_format({**font, "num_format": "yyyy-mm-dd", "align": "left"})
        self.amount = self.workbook.add_format({**font, "num_format": "#,##0.00"})
        self.quantity = self.workbook.add_format({**font, "num_format": "#,##0.###"})

    def table(
        self, name: str, headings: Sequence[str], rows: Sequence[Row], tab: str = INK
    ) -> xlsxwriter.worksheet.Worksheet:
        """Write a sheet that is one Excel table of the same name."""
        sheet = self.workbook.add_worksheet(name)
        sheet.set_tab_color(tab)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, WIDTHS.get(heading, max(11, len(heading) + 4)))
        sheet.add_table(
            0, 0, max(len(rows), 1), len(headings) - 1,
            {"name": name.replace(" ", "_"), "style": "Table Style Light 1", "banded_rows": True,
             "columns": [{"header": h, "header_format": self.head} for h in headings]},
        )  # fmt: skip
        for number, row in enumerate(rows, start=1):
            for column, heading in enumerate(headings):
                self._cell(sheet, number, column, heading, row.get(heading))
        sheet.freeze_panes(1, 1)
        return sheet

    def _cell(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, heading: str, value: Cell) -> None:
        if isinstance(value, date):
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self.day)
        elif isinstance(value, Decimal | int):
            sheet.write_number(row, column, value, self.amount if heading in AMOUNTS else self.quantity)
        elif value:
            sheet.write_string(row, column, value)

    def note(self, name: str, title: str, lines: Sequence[str]) -> None:
        """Write a sheet of the user's own: a title and some sentences."""
        sheet = self.workbook.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, title, self.title)
        for number, line in enumerate(lines, start=2):
            sheet.write_string(number, 0, line, self.plain)

    def close(self) -> None:
        """Write the file."""
        self.workbook.close()
