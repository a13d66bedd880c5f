"""Who saves the book between two runs, and how its sheets are arranged, changes nothing.

Source  RULES R10.2; WORKBOOK "Written".
"""

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from tests.closings.closed_book import run, write_book
from tests.results import Results

STEPS = (("close", "--date", "2026-01-31"), ("close", "--date", "2026-02-28"), ("recalculate", "--date", "2026-03-15"),
         ("reverse",), ("close", "--date", "2026-03-31"))  # fmt: skip
COMPARED = ("Settlements", "Value links", "Adjustments", "Vouchers", "Closing transactions", "Estimated costs")


def by_openpyxl(path: Path) -> None:
    openpyxl.load_workbook(path).save(path)


def by_libreoffice(path: Path) -> None:
    out = path.parent / "saved"
    command = ["soffice", f"-env:UserInstallation=file://{path.parent}/profile", "--headless", "--convert-to", "xlsx",
               "--outdir", str(out), str(path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    shutil.move(out / path.name, path)


def rearranged(path: Path) -> None:
    """Sort every sheet at random, filter it, format it, add a column to it, move a column, add a sheet."""
    workbook = openpyxl.load_workbook(path)
    dice = random.Random(7)
    for sheet in workbook.worksheets:
        top = 3 if sheet.title == "Lock" else 2 if "Closing" in [c.value for c in sheet[2]] else 1
        if top == 1 and sheet.title in COMPARED:
            top = next(row[0].row for row in sheet.iter_rows() if row[0].value == "Closing")
        if sheet.title not in ("Notes", "Transactions"):
            sort_rows(sheet, top + 1, dice)
        sheet.cell(top, sheet.max_column + 1, f"My remark {len(sheet.title)}")
        sheet.row_dimensions[top + 1].hidden = True
        for cell in sheet[top + 1]:
            cell.font = Font(bold=True)
    if "Notes" not in workbook.sheetnames:
        workbook.create_sheet("Notes", 0)["A1"] = "Ask about S3"
    workbook.save(path)


def sort_rows(sheet: Worksheet, first: int, dice: random.Random) -> None:
    if sheet.max_row <= first:
        return
    rows = [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows(min_row=first)]
    dice.shuffle(rows)
    for number, row in enumerate(rows, first):
        for column, (value, number_format) in enumerate(row, 1):
            cell = sheet.cell(number, column)
            cell.value, cell.number_format = value, number_format


def play(path: Path, between: Callable[[Path], None] | None) -> Results:
    """Run all steps; before each of them somebody does something to the book."""
    write_book(path)
    for step in STEPS:
        if between is not None:
            between(path)
        assert run(path, *step) == 0, step
    return Results(path)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return play(tmp_path_factory.mktemp("plain") / "book.xlsx", None)


@pytest.mark.long
def test_saved_by_openpyxl(plain: Results, tmp_path: Path) -> None:
    assert digests(play(tmp_path / "book.xlsx", by_openpyxl)) == digests(plain)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
@pytest.mark.long
def test_saved_by_libreoffice(plain: Results, tmp_path: Path) -> None:
    assert digests(play(tmp_path / "book.xlsx", by_libreoffice)) == digests(plain)


@pytest.mark.long
def test_rearranged_by_the_user(plain: Results, tmp_path: Path) -> None:
    results = play(tmp_path / "book.xlsx", rearranged)
    for sheet in COMPARED:
        assert rows_of(results, sheet) == rows_of(plain, sheet), sheet


@pytest.mark.long
def test_the_transactions_sorted(closed: Path, tmp_path: Path) -> None:
    """Locked rows keep their order, whatever order the sheet has (RULES R1)."""
    path, other = tmp_path / "book.xlsx", tmp_path / "sorted.xlsx"
    shutil.copy(closed, path)
    workbook = openpyxl.load_workbook(closed)
    sort_rows(workbook["Transactions"], 2, random.Random(3))
    workbook.save(other)
    for book in (path, other):
        assert run(book, "close", "--date", "2026-03-31") == 0
    one, two = Results(path), Results(other)
    for sheet in COMPARED:
        assert rows_of(one, sheet) == rows_of(two, sheet), sheet


def digests(results: Results) -> list[object]:
    """The Digest covers every value that a run wrote, and the Digest before it."""
    return [row["Digest"] for row in results.rows("Lock", "Closing")]


def rows_of(results: Results, sheet: str) -> list[str]:
    """A user's order of rows stays; what stands in them is compared."""
    rows = results.result(sheet, active=False)
    return sorted(str({k: v for k, v in row.items() if k and "remark" not in k}) for row in rows)
