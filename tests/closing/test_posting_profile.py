"""An incomplete posting profile is named completely, and nothing is written (R9.1); why there is no voucher (R9.3)."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item

DAY = date(2026, 1, 10)


def book() -> Book:
    """Six combinations to post: four of them lack something, one of the issues carries its accounts itself."""
    made = Book([Item("A", "FIFO", "G1"), Item("B", "FIFO", "G2")], parameters={"Minimum amount": Decimal(5)})
    made.posting = [("G1", "Sales order", "1300", "5100"), ("", "Counting", "1300", ""), ("G2", "", "", "5900")]
    for item in ("A", "B"):
        made.receive(f"P{item}", DAY, 20, "200.00", item, site="1")
        for n, reference in enumerate(("Sales order", "Counting")):
            made.issue(f"{item}{n}", DAY, 1, "9.00", item, site="1", reference=reference)
    made.issue("OWN", DAY, 1, "9.00", "A", site="1", reference="Movement", inventory_account="1", offset_account="2")
    own = {"reference": "Transfer", "transfer_id": "T1", "inventory_account": "1", "offset_account": "2"}
    made.issue("TI", DAY, 4, "44.00", "A", site="1", **own)
    made.receive("TR", DAY, 4, "44.00", "A", site="2", **own)
    return made


def test_every_missing_combination(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book().write(tmp_path / "book.xlsx")
    before = path.read_bytes()
    assert main([str(path), "--date", "2026-01-31"]) == 3
    said = [line.split(", so the voucher")[0] for line in capsys.readouterr().err.splitlines() if "IC320" in line]
    assert said == [
        "Posting: No Inventory account for Item group G2, Reference Sales order",
        "Posting: No Offset account for Item group G1, Reference Counting",
        "Posting: No Offset account for Item group (blank), Reference Rounding",
    ]
    assert path.read_bytes() == before


def test_a_complete_profile(tmp_path: Path) -> None:
    made = book()
    made.posting += [("G2", "Sales order", "1400", ""), ("G1", "", "", "5800"), ("", "Rounding", "", "6900")]
    path = made.write(tmp_path / "book.xlsx")
    assert main([str(path), "--date", "2026-01-31", "--no-backup"]) == 0


def test_why_there_is_no_voucher(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two issues change by as much up as down; without them nothing changes."""
    for posted, why in (
        (("9.00", "11.00"), "the changes offset each other or are not posted"),
        (("10.00", "10.00"), "no cost changed"),
    ):
        made = Book([Item("A", "FIFO")])
        made.receive("P", DAY, 2, "20.00")
        for n, amount in enumerate(posted):
            made.issue(f"S{n}", DAY, 1, amount)
        assert main([str(made.write(tmp_path / "book.xlsx")), "--date", "2026-01-31", "--no-backup"]) == 0
        assert f"none: {why}" in capsys.readouterr().out


def test_a_word_that_is_not_known_may_be_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """IC320 names the sheet References for such a word, and only for such; to follow it is enough."""
    made = book()
    made.posting = [("", word, "1300", "5100") for word in ("Sales order", "Counting", "Rounding")]
    made.issue("X", DAY, 1, "9.00", "A", site="1", reference="Leihgabe")
    path = made.write(tmp_path / "book.xlsx")
    assert main([str(path), "--date", "2026-01-31"]) == 3
    said = [line for line in capsys.readouterr().err.splitlines() if "IC320" in line]
    assert said
    assert all(("Leihgabe is not a known word" in s and "References" in s) == ("Reference Leihgabe" in s) for s in said)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("References")
    for row in (["Reference", "Means"], ["Leihgabe", "Counting"]):
        sheet.append(row)
    workbook.save(path)
    assert main([str(path), "--date", "2026-01-31", "--no-backup"]) == 0
