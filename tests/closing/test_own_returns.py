"""A sale that its own return covers: one message says so, and neither the circle nor the later date is a second one.

Source  RULES R6.4, R6.5, R11.
"""

from datetime import date
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item


@pytest.mark.parametrize("returned", [2, 5], ids=["in part", "wholly"])
def test_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str], returned: int) -> None:
    book = Book([Item("A", "LIFO")])
    book.receive("P", date(2026, 1, 1), 10, "100.00", reference="Purchase order")
    book.issue("S", date(2026, 1, 3), 5, "55.00", reference="Sales order", lot_id="L")
    book.receive("T", date(2026, 1, 4), returned, f"{11 * returned}.00", reference="Return order", return_lot_id="L")
    assert main(["close", str(book.write(tmp_path / "book.xlsx")), "--date", "2026-01-31", "--no-backup"]) == 0
    said = capsys.readouterr().err
    assert said.count("IC556") == 1
    assert [code for code in ("IC513", "IC523", "IC524") if code in said] == []


def test_a_later_receipt_that_is_no_return_is_still_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book([Item("A", "LIFO")])
    book.receive("P", date(2026, 1, 1), 10, "100.00", reference="Purchase order")
    book.issue("S", date(2026, 1, 3), 5, "55.00", reference="Sales order", lot_id="L")
    book.receive("Q", date(2026, 1, 4), 2, "22.00", reference="Purchase order")
    assert main(["close", str(book.write(tmp_path / "book.xlsx")), "--date", "2026-01-31", "--no-backup"]) == 0
    assert "IC513" in capsys.readouterr().err
