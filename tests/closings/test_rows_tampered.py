"""Rows deleted, added or swapped behind the lock, the name of the closed date, and what only looks like an edit.

Source  RULES R10.1, R10.2.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.closings.closed_book import run
from tests.closings.test_resaved import COMPARED, rows_of
from tests.closings.test_tampering import refusals
from tests.results import Results

SHEETS = [sheet.name for sheet in OUTPUT_SHEETS]
ALIKE = ("Estimated costs", "Closing transactions")
"""one estimate; two legs that have all but their IDs in common"""
Edit = Callable[[openpyxl.Workbook], object]


def edited(closed: Path, tmp_path: Path, edit: Edit) -> Path:
    """Let a script of the user's change a copy of the book."""
    workbook = openpyxl.load_workbook(closed)
    edit(workbook)
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def top_of(sheet: Worksheet) -> int:
    """Return the row of the headings."""
    words = ("Closing", "Transaction ID")
    return next(row[0].row for row in sheet.iter_rows() if any(cell.value in words for cell in row))


def delete(sheet: Worksheet) -> None:
    """Delete the first row of data."""
    sheet.delete_rows(top_of(sheet) + 1)


def repeat(sheet: Worksheet) -> None:
    """Write the first row of data once more, below the last one."""
    sheet.append([cell.value for cell in sheet[top_of(sheet) + 1]])


def repeat_inside(sheet: Worksheet) -> None:
    """The same, and the Excel table grows with it."""
    repeat(sheet)
    table = next(iter(sheet.tables.values()))
    table.ref = table.ref.rstrip("0123456789") + str(sheet.max_row)


def swap(sheet: Worksheet) -> None:
    """Exchange the contents of a column between two rows that differ in it: one row's key, the other one's rest."""
    top = top_of(sheet)
    words = ("Transaction ID", "Issue", "Account", "Type", "Code", "Item number")
    column = min((words.index(cell.value), cell.column) for cell in sheet[top] if cell.value in words)[1]
    one = sheet.cell(top + 1, column)
    other = next(c for c in (sheet.cell(r, column) for r in range(top + 2, sheet.max_row + 1)) if c.value != one.value)
    one.value, other.value = other.value, one.value


@pytest.mark.parametrize("how", [delete, repeat, repeat_inside, swap])
@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.sampled(13, long=2)
def test_rows_of_our_sheets(closed: Path, tmp_path: Path, sheet: str, how: Callable[[Worksheet], None]) -> None:
    if how is swap and sheet in ALIKE:
        pytest.skip("its rows differ in nothing that could be swapped")
    found = refusals(edited(closed, tmp_path, lambda book: how(book[sheet])))
    assert found
    assert {p.severity.value for p in found} == {"Refused"}
    if (sheet, how) != ("Locked rows", swap):
        assert any(p.where.sheet in (sheet, "Lock") or "The sheet Lock has no such closing" in p.problem for p in found)


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.sampled(5)
def test_one_of_our_sheets_is_gone(closed: Path, tmp_path: Path, sheet: str) -> None:
    def remove(book: openpyxl.Workbook) -> None:
        del book[sheet]

    found = refusals(edited(closed, tmp_path, remove))
    assert [(p.where.sheet, p.code) for p in found] == [(sheet, "IC163" if sheet == "Lock" else "IC161")]


def delete_an_issue(sheet: Worksheet) -> None:
    """Delete the row of S1, of which no other sheet of the user's speaks."""
    sheet.delete_rows(5)


def a_row_of_its_own(sheet: Worksheet) -> None:
    """Add a row dated in the closed period."""
    row = {cell.column: sheet.cell(5, cell.column).value for cell in sheet[1]}
    sheet.append({**row, 1: "NEW"})


@pytest.mark.parametrize(
    ("how", "codes"), [(delete_an_issue, {"IC212"}), (swap, {"IC211"}), (a_row_of_its_own, {"IC204"})]
)
def test_rows_of_transactions(closed: Path, tmp_path: Path, how: Callable[[Worksheet], None], codes: set[str]) -> None:
    assert {p.code for p in refusals(edited(closed, tmp_path, lambda b: how(b["Transactions"])))} == codes


def test_rows_of_cost_adjustments(closed: Path, tmp_path: Path) -> None:
    gone = refusals(edited(closed, tmp_path, lambda b: b["Cost adjustments"].delete_rows(2)))
    assert [(p.code, p.transaction) for p in gone] == [("IC214", "P1")]
    added = ["P2", date(2026, 2, 28), 1.0]
    late = refusals(edited(closed, tmp_path, lambda b: b["Cost adjustments"].append(added)))
    assert [(p.code, str(p.where)) for p in late] == [("IC207", "'Cost adjustments'!B4")]


def test_each_changed_row_is_compared_with_the_row_it_was(closed: Path, tmp_path: Path) -> None:
    """What is left of the old rows is paired by likeness: both are named by the one cell that changed, none as new."""

    def exchange(workbook: openpyxl.Workbook) -> None:
        amounts = [workbook["Cost adjustments"][cell] for cell in ("C2", "C3")]
        for amount in amounts:
            amount.value += 0.01

    found = refusals(edited(closed, tmp_path, exchange))
    assert [(p.code, str(p.where)) for p in found] == [
        ("IC213", "'Cost adjustments'!C2"), ("IC213", "'Cost adjustments'!C3"),
    ]  # fmt: skip


def test_a_row_unlike_the_one_that_is_gone_is_a_late_entry(closed: Path, tmp_path: Path) -> None:
    def replace_row(workbook: openpyxl.Workbook) -> None:
        sheet = workbook["Cost adjustments"]
        day = sheet["B2"].value
        sheet.delete_rows(2)
        sheet.append(["P2", day, 1.0])

    found = refusals(edited(closed, tmp_path, replace_row))
    assert [(p.code, p.transaction) for p in found] == [("IC207", ""), ("IC214", "P1")]


@pytest.mark.parametrize("text", ["Lock!$A$1", "Lock!$D$1", "46100", "Items!$A$2", "#REF!"])
def test_the_name_of_the_closed_date_stands_for_something_else(closed: Path, tmp_path: Path, text: str) -> None:
    def rename(book: openpyxl.Workbook) -> None:
        book.defined_names["ClosedDate"] = DefinedName("ClosedDate", attr_text=text)

    assert {p.code for p in refusals(edited(closed, tmp_path, rename))} == {"IC217"}


def test_the_date_is_watched_without_its_caption(closed: Path, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Lock"]["A1"] = "Shut until"
        book["Lock"]["C1"] = date(2025, 12, 31)

    (problem,) = refusals(edited(closed, tmp_path, edit))
    assert (str(problem.where), problem.found) == ("Lock!C1", "2025-12-31")


def test_neither_caption_nor_name(closed: Path, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Lock"].delete_rows(1)
        del book.defined_names["ClosedDate"]

    (problem,) = refusals(edited(closed, tmp_path, edit))
    assert "no longer at the top of the sheet" in problem.problem


def test_other_decimals_are_one_problem(closed: Path, tmp_path: Path) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        book["Parameters"]["B3"] = 3

    assert [p.code for p in refusals(edited(closed, tmp_path, edit))] == ["IC209"]


def pushed_down(sheet: Worksheet) -> None:
    """Insert rows above, as a program does that leaves the Excel table behind."""
    sheet.insert_rows(1, 3)


def pushed_right(sheet: Worksheet) -> None:
    """Insert columns likewise."""
    sheet.insert_cols(1, 2)


def hidden(sheet: Worksheet) -> None:
    """Hide every row."""
    for row in range(1, sheet.max_row + 1):
        sheet.row_dimensions[row].hidden = True


@pytest.mark.parametrize("how", [pushed_down, pushed_right, hidden])
@pytest.mark.sampled(3)
def test_what_is_moved_or_hidden_counts_all_the_same(
    closed: Path, tmp_path: Path, how: Callable[[Worksheet], None]
) -> None:
    def edit(book: openpyxl.Workbook) -> None:
        for sheet in book.worksheets:
            if sheet.title != "Lock" or how is hidden:
                how(sheet)

    path = edited(closed, tmp_path, edit)
    assert [p.line() for p in refusals(path)] == []
    (tmp_path / "plain").mkdir()
    plain = edited(closed, tmp_path / "plain", lambda book: None)
    for book in (path, plain):
        assert run(book, "close", "--date", "2026-03-31") == 0
    assert [p.line() for p in refusals(path)] == []
    for sheet in COMPARED:
        assert rows_of(Results(path), sheet) == rows_of(Results(plain), sheet), sheet
