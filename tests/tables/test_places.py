"""Every message about a folder names file and row, never a cell: every book that shows a fault, as CSV files."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.api.context.places import read_data
from invclose_xl.api.runs import close
from invclose_xl.domain.problems.problem import InvCloseError, Problem
from invclose_xl.tables.files import table_name
from invclose_xl.tables.frame_table import RowRef
from invclose_xl.workbook.layout import INPUT_SHEETS
from tests.errors.raw_book import book_from_json

ERRORS = Path(__file__).parent.parent / "errors"
BOOKS = sorted(
    folder.name
    for folder in ERRORS.iterdir()
    if folder.name.startswith("IC") and "files" not in json.loads((folder / "book.json").read_text("utf-8"))
)
TRIED = [pytest.param(book, marks=pytest.mark.full if number % 4 else ()) for number, book in enumerate(BOOKS)]
CELL = re.compile(r"![A-Z]{1,3}\d+|\bcells? [A-Z]{1,3}\d+\b|\bin [A-Z]{1,2}\d+\b")
ROWS_A_FILE = 2


def as_files(book: Path, folder: Path) -> None:
    """Write the sheets of the contract as CSV files, the transactions as several."""
    folder.mkdir()
    names = {spec.name for spec in INPUT_SHEETS}
    for sheet in openpyxl.load_workbook(book, data_only=True).worksheets:
        if sheet.title not in names:
            continue
        rows = [["" if v is None else _text(v) for v in row] for row in sheet.iter_rows(values_only=True)]
        rows = rows or [[""]]
        name = table_name(sheet.title)
        if sheet.title != "Transactions":
            _write(folder / f"{name}.csv", rows)
            continue
        (folder / name).mkdir()
        for start in range(1, max(len(rows), 2), ROWS_A_FILE):
            _write(folder / name / f"part-{start}.csv", [rows[0], *rows[start : start + ROWS_A_FILE]])


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "Yes" if value is True else "No" if value is False else str(value)


def _write(path: Path, rows: list[list[str]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def problems_of(folder: Path) -> Iterator[Problem]:
    """Yield what reading has to say, and closing, in one piece and in parts, for the first time and again."""
    try:
        yield from read_data(folder).problems
        for dry_run in (True, False, True):
            yield from close(folder, part_rows=2, memory="1GB" if dry_run else "", dry_run=dry_run).problems
    except InvCloseError as fault:
        yield from getattr(fault, "problems", ())


@pytest.mark.parametrize("name", TRIED)
@pytest.mark.sampled(25, long=3)
def test_no_message_names_a_cell(name: str, tmp_path: Path) -> None:
    book = book_from_json(tmp_path / "book.xlsx", (ERRORS / name / "book.json").read_text("utf-8"))
    try:
        as_files(book, tmp_path / "data")
    except (ValueError, KeyError, TypeError) as fault:
        pytest.skip(f"no other program reads this book ({fault})")
    for problem in problems_of(tmp_path / "data"):
        assert isinstance(problem.where, RowRef) or not problem.where.row, problem.line()
        assert not CELL.search(problem.line()), problem.line()
