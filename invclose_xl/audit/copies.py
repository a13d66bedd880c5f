"""Tables of the book as CSV files, for people and programs without Excel.

In      a result table, its sheet, and the decimals of the book.
Out     text: one heading row, values as the sheet has them, numbers with a point, dates as 2026-01-31.
Source  RFC 4180; WORKBOOK "Written" (the headings).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import polars as pl

from invclose_xl.domain.money import format_decimal
from invclose_xl.reports.section import Decimals
from invclose_xl.workbook.layout import OUTPUT_SHEETS, OutputColumn

UNIT_COST_DECIMALS, QUANTITY_DECIMALS = 6, 6
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV, with the mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return "\ufeff" + text.getvalue()


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def table_csv(table: str, frame: pl.DataFrame, decimals: Decimals) -> str:
    """Return a result table under the headings of its sheet."""
    sheet = next(sheet for sheet in OUTPUT_SHEETS if sheet.table == table)
    columns = [column for column in sheet.columns if column.field in frame.columns]
    rows = frame.select([column.field for column in columns]).iter_rows()
    written = ([value_text(v, c, decimals) for v, c in zip(row, columns, strict=True)] for row in rows)
    return csv_text([column.heading for column in columns], written)


def value_text(value: object, column: OutputColumn, decimals: Decimals) -> str:
    """Return a value as text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, int):
        return safe(str(value))
    places = {"amount": decimals.currency, "quantity": decimals.quantity, "unit_cost": UNIT_COST_DECIMALS}
    return format_decimal(value, places.get(column.kind, 0))
