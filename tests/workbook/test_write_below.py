"""What a user has put below our table: it stays below when the table grows, or the run says why it cannot."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.results.write import write_results
from tests.workbook.excel_rules import broken_rules
from tests.workbook.result_tables import DAY, SCALES, plain_book, tables


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Path]:
    path = plain_book(tmp_path / "book.xlsx")
    write_results(path, tables(), SCALES, "EUR", DAY)
    yield path
    assert broken_rules(path) == []


def test_notes_below_the_table_stay_below_it(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    sheet["A6"], sheet["A8"], sheet["C30"], sheet["N6"] = "reviewed", "see the letter", 12.5, "beside"
    sheet.row_dimensions[8].height = 33
    workbook.save(book)
    write_results(book, tables(1), SCALES, "EUR", DAY)
    assert openpyxl.load_workbook(book)["Settlements"]["A8"].value == "see the letter"
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert [after[c].value for c in ("A9", "A11", "C33", "N6")] == ["reviewed", "see the letter", 12.5, "beside"]
    assert (after.row_dimensions[8].height, after.row_dimensions[11].height) == (None, 33)
    assert after["A6"].value == "IC-000002"
    assert after["C30"].value is None


def test_a_table_that_gets_shorter_leaves_them_where_they_are(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Settlements"]["A7"] = "reviewed"
    workbook.save(book)
    write_results(book, tables(1, 1), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert [after[c].value for c in ("A3", "A4", "A7")] == ["IC-000001", None, "reviewed"]


def test_what_lies_far_below_does_not_move(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Settlements"]["A20"], workbook["Settlements"]["A22"] = "notes", "=SUM(I3:I5)"
    workbook.save(book)
    write_results(book, tables(2), SCALES, "EUR", DAY)
    after = openpyxl.load_workbook(book)["Settlements"]
    assert (after["A20"].value, after["A22"].value) == ("notes", "=SUM(I3:I5)")


@pytest.mark.parametrize("what", ["formula", "merged", "comment", "link", "validation", "conditional", "table"])
def test_what_cannot_move_and_keep_its_meaning_is_refused(book: Path, what: str) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Settlements"]
    sheet["A7"], sheet["B7"] = "mine", "yours"
    if what == "formula":
        sheet["I9"] = "=SUM(I3:I5)"
    elif what == "merged":
        sheet.merge_cells("A8:B9")
    elif what == "comment":
        sheet["A7"].comment = Comment("why?", "controller")
    elif what == "link":
        sheet["A7"].hyperlink = "https://example.org/42"
    elif what == "validation":
        validation = DataValidation(type="list", formula1='"yes,no"')
        validation.add("A7")
        sheet.add_data_validation(validation)
    elif what == "conditional":
        sheet.conditional_formatting.add("A7:A9", CellIsRule(operator="greaterThan", formula=["20"]))
    else:
        sheet["A8"], sheet["B8"] = "1", "2"
        sheet.add_table(Table(displayName="Mine", ref="A7:B8"))
    workbook.save(book)
    before = book.read_bytes()
    with pytest.raises(BookUnusable, match=r"Settlements!.* is below the table"):
        write_results(book, tables(2), SCALES, "EUR", DAY)
    assert book.read_bytes() == before
