"""Sheets of an earlier format get the columns of the present one, and keep what their runs wrote.

Source  WORKBOOK "Formats of our sheets"; RULES R10.2.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from invclose_xl.audit.verify_close import verify
from invclose_xl.cli.main import main
from invclose_xl.domain.formats.upgrade import BEGINNINGS, NAMES
from invclose_xl.domain.tables import ADDED, FORMAT, SHEETS, is_in_format
from invclose_xl.domain.words import EstimateCause, EstimateType, LockedKind
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.results import Results, number, text

BOOKS = Path(__file__).parent / "books" / "0.1.0"
NOW = datetime(2026, 7, 20, 9, 30)
NEXT = {"moving_average": "2026-02-28", "recalculation": "2026-03-31"}
"""books with expensed differences, estimates and what a recalculation noted, and their next close"""


@pytest.fixture(params=NEXT)
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(BOOKS / f"{request.param}.xlsx", tmp_path))


def close(book: Path) -> int:
    return main(["close", str(book), "--date", NEXT[book.stem], "--no-backup"], NOW, "controller")


def changed(book: Path, sheet: str, change: Callable[[Worksheet], object]) -> None:
    workbook = openpyxl.load_workbook(book)
    change(workbook[sheet])
    workbook.save(book)


def headings(book: Path, sheet: str) -> dict[str, int]:
    rows = openpyxl.load_workbook(book)[sheet].iter_rows(max_row=6)
    row = next(row for row in rows if "Closing" in [cell.value for cell in row])
    return {str(cell.value): cell.column for cell in row if cell.value}


def test_the_next_run_says_in_columns_what_words_said(book: Path) -> None:
    assert close(book) == 0
    results = Results(book)
    formats = [number(row["Format"]) for row in results.rows("Lock", "Closing")]
    assert formats == [FORMAT] + [1] * (len(formats) - 1) or formats == [1] * (len(formats) - 1) + [FORMAT]
    estimates = results.result("Estimated costs", active=False)
    assert {text(row["Type"]) for row in estimates} <= {word.value for word in EstimateType}
    assert {text(row["Cause"]) for row in estimates} <= {word.value for word in EstimateCause}
    for row in estimates:
        said = text(row["Basis"]).partition(":")[0]
        assert text(row["Type"]) == (said if said in list(EstimateType) else EstimateType.ESTIMATE)
    locked = results.rows("Locked rows", "Closing")
    kinds = {text(row["Kind"]) for row in locked if row["Sequence"] is None}
    assert kinds <= {kind.value for kind in LockedKind}
    assert not [row for row in locked if text(row["Transaction ID"]).startswith(tuple(BEGINNINGS.values()))]
    assert [check for check in verify(book) if check.faults] == []
    assert main(["check", str(book)], NOW, "controller") == 0


@pytest.mark.parametrize(("heading", "value"), [("Kind", "Financial"), ("Type", "Late invoice"), ("Cause", "Share")])
def test_an_edited_column_of_an_old_row_is_found(
    heading: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = Path(shutil.copy(BOOKS / "moving_average.xlsx", tmp_path))
    assert close(book) == 0
    place = headings(book, "Estimated costs")

    def edit(sheet: Worksheet) -> None:
        row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, place["Closing"]).value == "IC-000001")
        sheet.cell(row, place[heading]).value = value

    changed(book, "Estimated costs", edit)
    assert main(["check", str(book)], NOW, "controller") == 4
    assert f"{heading}, found '{value}'. IC-000001 wrote something else here." in capsys.readouterr().err


def test_columns_that_are_needed_find_room_or_say_where_it_lacks(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    last = max(headings(book, "Estimated costs").values())

    def note(sheet: Worksheet) -> None:
        sheet.cell(4, last + 2).value = "mine"

    changed(book, "Estimated costs", note)
    before = book.read_bytes()
    assert close(book) == 5
    assert book.read_bytes() == before
    said = capsys.readouterr().err
    assert "now gets Kind, Type and Cause" in said
    assert "insert 3 columns to the left of column L" in said
    changed(book, "Estimated costs", lambda sheet: sheet.insert_cols(last + 2, 3))
    assert close(book) == 0
    assert openpyxl.load_workbook(book)["Estimated costs"].cell(4, last + 5).value == "mine"
    assert main(["check", str(book)], NOW, "controller") == 0


def test_sheets_without_their_tables_get_the_columns(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    for sheet in workbook.worksheets:
        for name in list(sheet.tables):
            del sheet.tables[name]
    workbook.save(book)
    assert close(book) == 0
    assert main(["check", str(book)], NOW, "controller") == 0
    assert {"Kind", "Type", "Cause"} <= headings(book, "Estimated costs").keys()


def test_every_added_column_is_one_that_old_sheets_may_lack() -> None:
    optional = {(sheet.table, column.field) for sheet in OUTPUT_SHEETS for column in sheet.columns if column.added}
    added = {(table, field) for table, fields in ADDED.items() for field in fields}
    assert added <= optional
    for table, field in added:
        assert not is_in_format(table, field, 1)
        assert is_in_format(table, field, FORMAT)
        assert list(SHEETS[table]).index(field) >= len(SHEETS[table]) - len(ADDED[table]), "digests go by order"


def test_every_kind_of_locked_row_has_its_old_beginning() -> None:
    assert {*BEGINNINGS, *NAMES} == set(LockedKind)
