"""Partial invoicing: what was received is invoiced in parts; the parts stand for the row that the lock knows.

Source  RULES R10.2.
"""

from datetime import date
from pathlib import Path

import pytest

from tests.books import Book, Item
from tests.closings.closed_book import run
from tests.closings.story import edit
from tests.results import Results, broken_laws

RECEIPT = "receipt {} 2026-01-05 {} qty {} slip {} lot=L1 site=1"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """P1: 10 received for 100.00, not invoiced; S1 was valued from it."""
    book = Book([Item("A", "FIFO", flags={"Include physical value": "Yes"})])
    book.add("A", "P1", 10, physical_date=date(2026, 1, 5), physical_cost_amount=100, lot_id="L1", site="1")
    book.add("A", "S1", -4, physical_date=date(2026, 1, 10), financial_date=date(2026, 1, 10),
             financial_cost_amount=-44, site="1")  # fmt: skip
    path = book.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    return path


def test_the_row_keeps_a_part(book: Path) -> None:
    """The row itself is invoiced for 6; the rest stands in a new row, which is the older one of the two now."""
    edit(book, ["set P1 Quantity=6", "set P1 Physical-cost-amount=60", "invoice P1 2026-02-03 amount 66.00",
                RECEIPT.format("P1B", "physical", 4, "40.00")])  # fmt: skip
    assert run(book, "close", "--date", "2026-02-28") == 0
    results = Results(book)
    assert broken_laws(results) == []
    assert [(r["Issue"], r["Receipt"], r["Quantity"]) for r in results.result("Value links")] == [("S1", "P1B", 4)]
    edit(book, ["invoice P1B 2026-03-03 amount 48.00"])
    assert run(book, "close", "--date", "2026-03-31") == 0


@pytest.mark.long
def test_three_parts_under_new_ids(book: Path) -> None:
    edit(book, ["remove P1", RECEIPT.format("P1A", "invoiced 2026-02-03", 3, "30.00") + " amount 33.00",
                RECEIPT.format("P1B", "invoiced 2026-02-04", 3, "30.00") + " amount 36.00",
                RECEIPT.format("P1C", "physical", 4, "40.00")])  # fmt: skip
    assert run(book, "close", "--date", "2026-02-28") == 0
    assert broken_laws(Results(book)) == []
    edit(book, ["invoice P1C 2026-03-03 amount 48.00"])
    assert run(book, "close", "--date", "2026-03-31") == 0
    assert broken_laws(Results(book)) == []
    assert run(book, "reverse") == 0
    assert run(book, "reverse") == 0
    assert run(book, "close", "--date", "2026-02-28") == 0


def test_the_row_must_not_come_back(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once its parts are locked they stand for it."""
    edit(book, ["remove P1", RECEIPT.format("P1A", "physical", 10, "100.00")])
    assert run(book, "close", "--date", "2026-02-28") == 0
    edit(book, [RECEIPT.format("P1", "physical", 10, "100.00")])
    assert run(book, "close", "--date", "2026-03-31") == 4
    assert "IC204" in capsys.readouterr().err


KEPT = ["set P1 Quantity=6", "set P1 Physical-cost-amount=60"]


@pytest.mark.parametrize(
    "lines",
    [
        [*KEPT, RECEIPT.format("P1B", "physical", 5, "40.00")],
        [*KEPT, RECEIPT.format("P1B", "physical", 4, "41.00")],
        [*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00")[:-1] + "2"],
        [*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00").replace("L1", "L2")],
        [*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00").replace("01-05", "01-06")],
        [*KEPT, RECEIPT.format("P1B", "invoiced 2026-01-30", 4, "40.00") + " amount 40.00"],
    ],
    ids=["other quantity", "other amount", "other site", "other lot", "other date", "invoiced in the closed period"],
)  # fmt: skip
@pytest.mark.sampled(5)
def test_parts_that_are_none(book: Path, lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    edit(book, lines)
    before = book.read_bytes()
    assert run(book, "close", "--date", "2026-02-28") == 4
    assert "Transactions!" in capsys.readouterr().err
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([*KEPT, RECEIPT.format("P1B", "physical", 3, "30.00")],
         "The row and 1 other row of its lot come to 9 for 90.00; 10 for 100.00 was locked, so 1 is missing and an"
         " amount of 10.00 is missing."),
        ([*KEPT, RECEIPT.format("P1B", "physical", 4, "41.00")],
         "come to 10 for 101.00; 10 for 100.00 was locked, so an amount of 1.00 is too much."),
        ([*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00")[:-1] + "2"], "P1B has its lot, but another site."),
        ([*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00").replace("01-05", "01-06")],
         "P1B has its lot, but another physical date."),
        ([*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00 ref=Counting")],
         "P1B has its lot, but another Reference."),
        (["remove P1"], "No row of its lot stands for it; 10 for 100.00 was locked, so 10 is missing"),
    ],
    ids=["too few", "too much", "other site", "other date", "other reference", "none"],
)  # fmt: skip
@pytest.mark.sampled(5)
def test_what_is_missing_is_said_in_figures(
    book: Path, lines: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(book, lines)
    capsys.readouterr()
    assert run(book, "close", "--date", "2026-02-28") == 4
    said = capsys.readouterr().err
    assert words in said
    assert "Let rows with the same Lot ID, Reference, physical date and dimensions add up to what was locked" in said


def test_without_a_lot_nothing_stands_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book([Item("A", "FIFO")])
    book.add("A", "P1", 10, physical_date=date(2026, 1, 5), physical_cost_amount=100, site="1")
    path = book.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    edit(path, [*KEPT, RECEIPT.format("P1B", "physical", 4, "40.00").replace("lot=L1 ", "")])
    assert run(path, "close", "--date", "2026-02-28") == 4
    assert "It has no Lot ID, so no other rows can stand for parts of it." in capsys.readouterr().err
