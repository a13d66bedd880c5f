"""A journal as a file: CSV, or a workbook with one sheet.

In      a Journal; the ending that the file's name has.
Out     its bytes; and the same values read back from them, for the proof of the totals.
Source  RFC 4180 (CSV in UTF-8, without a mark: it is a program that reads it).
"""

import csv
import io
from datetime import date
from decimal import Decimal

import xlsxwriter

from invclose_xl.reports.journal.lines import Journal, JournalOptions

ENDINGS = (".csv", ".xlsx")


def csv_bytes(journal: Journal, options: JournalOptions) -> bytes:
    """Return the table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(journal.headings)
    writer.writerows([_text(value, options) for value in row] for row in journal.rows)
    return text.getvalue().encode()


def read_csv(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Read headings and rows back."""
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    return rows[0], rows[1:]


def workbook_bytes(journal: Journal, mark: str) -> bytes:
    """Return the table as a workbook: text is text, dates are dates, amounts are numbers; ``mark`` says whose it is."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as workbook:
        workbook.set_properties({"title": journal.sheet, "author": "invclose-xl", "comments": mark})
        sheet = workbook.add_worksheet(journal.sheet)
        bold, amount = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "#,##0.00####"})
        for column, heading in enumerate(journal.headings):
            sheet.write_string(0, column, heading, bold)
            sheet.set_column(column, column, max(12, len(heading) + 2))
        for number, row in enumerate(journal.rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(number, column, value)
                else:
                    sheet.write_number(number, column, value, amount if isinstance(value, Decimal) else None)
    return made.getvalue()


def _text(value: str | int | Decimal | date, options: JournalOptions) -> str:
    if isinstance(value, date):
        return options.written_date(value)
    return format(value, "f") if isinstance(value, Decimal) else str(value)
