"""The Python API of conversion: the same data as sheets or as tables, and every closing with it.

In      a workbook and a folder that is to be made; or a folder of tables and a workbook that is to be made.
Out     Converted: what was written, and what was not carried over, by name.
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5); nothing is written then.
Source  WORKBOOK "Command line" (convert).
"""

import tempfile
from pathlib import Path
from typing import BinaryIO

from invclose_xl.api.context.arguments import path_of, refuse_other_than_flags
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.closing.lock.sealing import read_closed_date
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import WrongUsage
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.files.target import WORKBOOK_ENDINGS, refuse_output
from invclose_xl.reports.converted import Converted
from invclose_xl.tables.files import find_tables, is_folder
from invclose_xl.tables.folder import open_folder, read_opened
from invclose_xl.tables.history import StoredClosings
from invclose_xl.tables.source import FolderSource
from invclose_xl.tables.to_folder import refuse_folder, write_folder
from invclose_xl.tables.to_workbook import workbook_of
from invclose_xl.tables.typed import TypedTable, typed_tables
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.results.write import write_results
from invclose_xl.workbook.tables.sheet import Sheets


def convert(
    source: str | Path, target: str | Path, *, force: bool = False, landing: Landing | None = None
) -> Converted:
    """Write a workbook as a folder of tables, or a folder of tables as a workbook.

    source   a workbook, or a folder of tables
    target   the folder or the workbook that is to be made
    force    let a workbook take the place of whatever file is there, except the source
    landing  knows from the rename on that the result is there

    returns  Converted: what was written, and what was not carried over, by name
    errors   WrongUsage, InputFault, Refused, BookUnusable; nothing is written then
    """
    refuse_other_than_flags(force=force)
    one, other = path_of(source, "source"), path_of(target, "target")
    landing = landing or Landing()
    landing.what = f"{other} was written, whole."
    if is_folder(one):
        return _to_workbook(one, other, force, landing)
    if other.suffix.lower() in WORKBOOK_ENDINGS:
        raise WrongUsage(f"{one} and {other} are both workbooks: name a folder for the tables.")
    return _to_folder(one, other, landing)


def _to_folder(book: Path, folder: Path, landing: Landing) -> Converted:
    refuse_folder(folder)
    content = book_or_raise(read_book(book))
    with Package.open(book) as package:
        sheets = Sheets(package)
        tables, _ = typed_tables(sheets, sheets.uses_1904)
        ours = {table.spec.name.casefold() for table in tables} | {spec.name.casefold() for spec in OUTPUT_SHEETS}
        own = [s.name for s in package.sheets() if _plain_name(s.name) not in ours]
    write_folder(folder, tables, content, landing)
    left = [f"the sheet {name}" for name in own] + _left_columns(tables)
    if len(content.history["lock"]):
        left.append("Reviewed by, Reviewed on and Note of the sheet Lock")
    return _converted(folder, tables, content, left)


def _plain_name(sheet: str) -> str:
    """``Transactions (2)`` goes on where Transactions ends."""
    name, _, number = sheet.strip().rpartition(" (")
    return (name if name and number.rstrip(")").isdigit() else sheet.strip()).casefold()


def _to_workbook(path: Path, book: Path, force: bool, landing: Landing) -> Converted:
    refuse_output(book, path, (".xlsx",), is_ours=lambda: False, force=force)
    folder = open_folder(path)
    content = book_or_raise(read_opened(folder))
    source = FolderSource(find_tables(folder.tables), StoredClosings({}))
    tables, locale = typed_tables(source, source.uses_1904)
    made = workbook_of(tables, locale)
    if len(content.history["lock"]):
        made = _with_results(made, content)
    replace_file(book, lambda file: _write(file, made), landing=landing)
    return _converted(book, tables, content, _left_columns(tables))


def _write(file: BinaryIO, made: bytes) -> None:
    file.write(made)


def _with_results(made: bytes, content: Book) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(made)
        write_results(
            path, content.history, content.scales, content.parameters.currency, read_closed_date(content.history)
        )
        return path.read_bytes()


def _left_columns(tables: list[TypedTable]) -> list[str]:
    return [f"the column {heading} of {table.spec.name}" for table in tables for heading in table.left_out]


def _converted(target: Path, tables: list[TypedTable], content: Book, left: list[str]) -> Converted:
    rows = {table.spec.name: sum(part.height for part in table.parts) for table in tables}
    closings = tuple(content.history["lock"]["closing"].to_list())
    return Converted(written=target, rows=rows, closings=closings, not_carried_over=tuple(left))
