"""A folder of tables becomes a workbook: sheets of the contract, typed cells, and the result sheets of its closings.

In      typed tables; the book they were read into.
Out     an .xlsx file as bytes, without result sheets yet; ``workbook.write`` adds those.
Errors  BookUnusable for a table that no workbook can hold.
Source  WORKBOOK "Read"; "Command line" (convert).
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import xlsxwriter

from invclose_xl.domain.days import FIRST_SHEET_DATE
from invclose_xl.tables.typed import TypedTable
from invclose_xl.workbook.package.cell_reference import MOST_ROWS
from invclose_xl.workbook.values.values import Locale

"""days before stay text: Excel's calendar is another one there"""
EXACT_DIGITS = 15
WIDTH = 16
_ROWS = MOST_ROWS - 1


def workbook_of(tables: list[TypedTable], locale: Locale) -> bytes:
    """Return a workbook with the tables as sheets; long ones go on in further sheets."""
    file = BytesIO()
    book = xlsxwriter.Workbook(
        file, {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
               "strings_to_urls": False}
    )  # fmt: skip
    with book:
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy\\-mm\\-dd"})
        for table in tables:
            for number, frame in enumerate(_pieces(table.parts), 1):
                name = table.spec.name if number == 1 else f"{table.spec.name} ({number})"
                sheet = book.add_worksheet(name)
                sheet.set_column(0, max(frame.width - 1, 0), WIDTH)
                sheet.freeze_panes(1, 0)
                for column, heading in enumerate(frame.columns):
                    sheet.write_string(0, column, heading, bold)
                for row, values in enumerate(frame.iter_rows(), 1):
                    for column, value in enumerate(values):
                        _write(sheet, row, column, value, day, locale)
    return file.getvalue()


def _pieces(parts: tuple[pl.DataFrame, ...]) -> Iterator[pl.DataFrame]:
    for part in parts:
        for start in range(0, max(part.height, 1), _ROWS):
            yield part.slice(start, _ROWS)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any, locale: Locale) -> None:
    """Write one value; a number of more than 15 digits is text, which loses none of them."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "Yes" if value else "No")
    elif isinstance(value, date):
        if value < FIRST_SHEET_DATE:
            sheet.write_string(row, column, value.isoformat())
        else:
            sheet.write_datetime(row, column, value, day)
    elif isinstance(value, Decimal):
        number = value.normalize()
        if len(number.as_tuple().digits) <= EXACT_DIGITS:
            sheet.write_number(row, column, float(number))
        else:
            sheet.write_string(row, column, format(number, "f").replace(".", locale.decimal_separator or "."))
    else:
        sheet.write_string(row, column, value)
