"""Cells of a closed book changed by somebody: an honest edit, or a forger who has read how the Digest is made."""

from collections.abc import Callable
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from invclose_xl.audit import verify_close


def headings(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """Return the row of the headings of a result or input sheet, and the column of each."""
    for row in sheet.iter_rows(max_row=5):
        texts = {str(cell.value): cell.column for cell in row if cell.value is not None}
        if {"Closing", "Transaction ID"} & texts.keys():
            return row[0].row, texts
    raise AssertionError(sheet.title)


def cell_of(sheet: Worksheet, heading: str, **where: object) -> Cell:
    """Return the first cell of a column whose row has these values; headings with _ for blanks."""
    top, columns = headings(sheet)
    wanted = {columns[name.replace("_", " ")]: value for name, value in where.items()}
    for row in range(top + 1, sheet.max_row + 1):
        if all(sheet.cell(row, column).value == value for column, value in wanted.items()):
            found = sheet.cell(row, columns[heading])
            assert isinstance(found, Cell)
            return found
    raise AssertionError((sheet.title, where))


def edit(book: Path, sheet: str, heading: str, change: Callable[[object], object], **where: object) -> None:
    """Change one cell; formulas become what they had come to, as in a book saved as values."""
    workbook = load_workbook(book, data_only=True)
    cell = cell_of(workbook[sheet], heading, **where)
    cell.value = change(cell.value)  # type: ignore[assignment]
    workbook.save(book)


def delete_row(book: Path, sheet: str, **where: object) -> None:
    """Take one row out."""
    workbook = load_workbook(book, data_only=True)
    workbook[sheet].delete_rows(cell_of(workbook[sheet], "Closing", **where).row)
    workbook.save(book)


def forge_digests(book: Path) -> None:
    """Make the chain of Digests hold again after an edit."""
    while faults := verify_close.check_digests(verify_close.Book(book)).faults:
        where, _, rest = faults[0].partition(":")
        workbook = load_workbook(book, data_only=True)
        workbook["Lock"][where.split("!")[1]] = rest.rsplit(" ", 1)[1]
        workbook.save(book)
