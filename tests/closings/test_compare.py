"""What changed between two runs: accounts, items and transactions, and why.

Source  WORKBOOK "Command line" (status --compare).
"""

import json
from datetime import date
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item
from tests.closings.closed_book import NOW, run
from tests.closings.story import edit

CHANGES = [
    "receipt P0 2026-01-02 qty 2 amount 30.00", "set P1 Financial-cost-amount=110.00", "set S2 Marked-to=P2",
    "set Q2 Financial-cost-amount=26.00", "set S4 Quantity=-2", "issue S9 2026-01-20 qty 1 posted 5.00",
    "charge P3 2026-01-30 5.00",
]  # fmt: skip
WHY = {
    "S1": "New receipt P0; another quantity of P1.",
    "S2": "It has another mark; marked to P2; no longer takes from P1 (another cost amount).",
    "S3": "Changed cost of P1 (another cost amount).",
    "S4": "It has another quantity; another quantity of P3.",
    "S9": "New transaction.",
    "P3": "Another cost adjustment.",
    "T1": "Changed cost of closing transfer W1 (changed cost of Q2 (another cost amount)).",
}


def day(number: int) -> date:
    return date(2026, 1, number)


@pytest.fixture
def again(tmp_path: Path) -> Path:
    """A book whose January was closed, reversed, corrected and closed again."""
    book = Book([Item("A", "FIFO"), Item("B", "Weighted average"), Item("C", "FIFO")])
    book.receive("P1", day(5), 10, "100.00")
    book.receive("P2", day(6), 10, "120.00")
    for name, number, quantity, posted in (("S1", 10, 4, "48.00"), ("S2", 12, 3, "30.00"), ("S3", 13, 2, "20.00")):
        book.issue(name, day(number), quantity, posted)
    book.receive("Q1", day(5), 1, "10.00", "B")
    book.receive("Q2", day(6), 1, "20.00", "B")
    book.issue("T1", day(10), 1, "12.00", "B")
    book.receive("P3", day(5), 5, "50.00", "C")
    book.issue("S4", day(6), 1, "10.00", "C")
    path = book.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert run(path, "reverse") == 0
    edit(path, CHANGES)
    return path


def test_a_close_that_is_done_again_says_what_moved(again: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["close", str(again), "--date", "2026-01-31", "--no-backup"], NOW, "cfo") == 0
    said = capsys.readouterr().out
    assert "Against IC-000001, which closed this period before and was reversed" in said
    assert "New receipt P0" in said
    capsys.readouterr()
    assert main(["status", str(again), "--compare", "ic-000001", "IC-000003", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["transaction"]: row["why"] for row in found["transactions"]} == WHY
    assert [(row["account"], row["difference"]) for row in found["accounts"]] == [
        ("Cost of goods sold", "41.00"), ("Inventory", "-36.00"), ("Inventory adjustment", "-5.00"),
    ]  # fmt: skip
    assert {row["item"]: (row["before"], row["after"]) for row in found["items"]} == {
        "A": ("-8.00", "18.00"), "B": ("3.00", "6.00"), "C": ("0.00", "17.00"),
    }  # fmt: skip
    assert main(["status", str(again), "--compare", "IC-000001", "IC-000003"]) == 0
    page = capsys.readouterr().out
    assert all(len(line) <= 100 for line in page.splitlines())
    assert "IC-000003 against IC-000001" in page


def test_the_same_again_has_nothing_to_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", day(5), 10, "100.00")
    book.issue("S1", day(10), 4, "48.00")
    path = book.write(tmp_path / "book.xlsx")
    for command in (("close", "--date", "2026-01-31"), ("reverse",), ("close", "--date", "2026-01-31")):
        assert run(path, *command) == 0
    assert "Nothing changed: the same settlements" in capsys.readouterr().out


def test_another_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", day(5), 10, "100.00")
    book.receive("P2", day(6), 10, "120.00")
    book.issue("S1", day(10), 4, "48.00")
    path = book.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert run(path, "reverse") == 0
    edit(path, ["model A LIFO"])
    capsys.readouterr()
    assert run(path, "close", "--date", "2026-01-31") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Matched by LIFO instead of FIFO; takes from P2; no longer takes from P1." in said


def test_an_unknown_run(again: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", str(again), "--compare", "IC-000001", "IC-000009"]) == 2
    assert capsys.readouterr().err == "The workbook has no closing IC-000009; it has: IC-000001, IC-000002.\n"


@pytest.fixture
def two_months(tmp_path: Path) -> Path:
    """January and February closed one after the other: marked, settled in part, left open, new."""
    book = Book([Item("A", "FIFO")])
    book.receive("P1", day(5), 10, "100.00")
    book.receive("P2", day(6), 2, "24.00")
    book.issue("M1", day(10), 2, "20.00", marked_to="P2")
    book.issue("S1", day(12), 4, "48.00")
    book.issue("S2", day(13), 9, "99.00")
    book.receive("P3", date(2026, 2, 3), 10, "130.00")
    book.issue("S3", date(2026, 2, 5), 1, "12.00")
    path = book.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert run(path, "close", "--date", "2026-02-28") == 0
    return path


@pytest.mark.parametrize("backwards", [False, True])
def test_two_months_say_which_of_them_a_transaction_belongs_to(
    two_months: Path, capsys: pytest.CaptureFixture[str], backwards: bool
) -> None:
    capsys.readouterr()
    names = ["IC-000001", "IC-000002"]
    assert main(["status", str(two_months), "--compare", *(reversed(names) if backwards else names), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["transactions"]
    assert {row["transaction"]: row["why"] for row in rows} == {
        "M1": "Settled or adjusted by IC-000001; IC-000002 had nothing to change.",
        "S1": "Settled or adjusted by IC-000001; IC-000002 had nothing to change.",
        "S2": "Settled or adjusted by IC-000001 in part, by IC-000002 again.",
        "S3": "Dated after IC-000001.",
    }
    assert main(["status", str(two_months), "--compare", *names]) == 0
    assert "o longer" not in capsys.readouterr().out


def test_a_close_and_its_reversal(two_months: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(two_months, "reverse") == 0
    capsys.readouterr()
    assert main(["status", str(two_months), "--compare", "IC-000002", "IC-000003"]) == 0
    said = capsys.readouterr().out
    assert "IC-000003 took back what IC-000002 did." in said
    assert "o longer" not in said
