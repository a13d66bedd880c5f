"""What if: the same closes under another inventory model, against a book that really has it.

Source  WORKBOOK "Command line" (compare --model).
"""

import json
from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item
from tests.by_the_rules.small_books import SmallBook
from tests.comparison.expecting import compared, with_expected
from tests.results import Results, number, text
from tests.rollforward.side_by_side import NOW, run

MONTHS = ("2026-01-25", "2026-02-15", "2026-03-08")
SEED = 5


def closed(book: Book, path: Path) -> Path:
    book.write(path)
    for up_to in MONTHS:
        assert run(path, "close", "--date", up_to) == 0
    return path


def what_if(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    capsys.readouterr()
    before = path.read_bytes()
    assert main(["compare", str(path), "--json", *options], NOW, "tester") == 0
    assert path.read_bytes() == before
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def stock(path: Path) -> dict[str, Decimal]:
    values: Counter[str] = Counter()
    for row in Results(path).result("Stock value"):
        values[text(row["Item number"])] += number(row["Closing value"]) + number(row["Not invoiced value"])  # type: ignore[assignment]
    return dict(values)  # type: ignore[arg-type]


def posted(path: Path) -> dict[str, Decimal]:
    net: Counter[str] = Counter()
    for row in Results(path).rows("Vouchers", "Closing"):
        net[text(row["Account"])] += number(row["Debit"]) - number(row["Credit"])  # type: ignore[assignment]
    return dict(net)  # type: ignore[arg-type]


@pytest.mark.long
@pytest.mark.parametrize(("model", "items"), [("Weighted average", "ABC"), ("LIFO", "AC")])
def test_it_is_what_a_book_of_that_model_holds(
    model: str, items: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = SmallBook(SEED).book
    other = deepcopy(book)
    for item in other.items:
        item.model = model if item.number in items else item.model
    path, really = closed(book, tmp_path / "book.xlsx"), closed(other, tmp_path / "other.xlsx")
    named = [] if items == "ABC" else [word for item in items for word in ("--item", item)]
    found = what_if(path, capsys, "--model", model.upper(), *named)
    assert (found["closes"], found["items"], found["up_to"]) == (3, len(items), MONTHS[-1])
    rows = {row["item"]: row for row in found["by_item"]}
    for side, of in (("here", path), ("then", really)):
        values = stock(of)
        assert {name: Decimal(row[f"value_{side}"]) for name, row in rows.items()} == {
            n: values.get(n, 0) for n in rows
        }
        accounts = {row["account"]: Decimal(row[side]) for row in found["by_account"]}
        assert accounts == {name: posted(of).get(name, Decimal(0)) for name in accounts}
    assert any(Decimal(row["value_difference"]) for row in found["by_item"])
    # What inventory is worth more, something else has cost less: the accounts say where.
    assert sum(Decimal(row["difference"]) for row in found["by_account"]) == 0


def test_the_same_model_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = SmallBook(SEED).book
    for item in book.items:
        item.model = "FIFO"
    found = what_if(closed(book, tmp_path / "book.xlsx"), capsys, "--model", "FIFO")
    differences = [row[name] for row in found["by_item"] for name in ("value_difference", "sales_difference")]
    differences += [row["difference"] for row in found["by_account"]]
    assert set(differences) == {"0.00"}


def test_a_month_to_come_and_its_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A close that was not made yet is added on both sides; the cost of a sale is what it is settled at."""
    path = SmallBook(SEED).book.write(tmp_path / "book.xlsx")
    report = tmp_path / "what if.xlsx"
    command = ["compare", str(path), "--model", "LIFO", "--date", "2026-03-31", "--output", str(report)]
    assert main(command, NOW, "tester") == 0
    page = capsys.readouterr().out
    assert "1 close up to 2026-03-31, with LIFO for all items" in page
    workbook = openpyxl.load_workbook(report)
    assert workbook.sheetnames == ["What if", "By item", "By account"]
    found = what_if(path, capsys, "--model", "LIFO", "--date", "2026-03-31")
    sheet = workbook["What if"]
    assert [str(Decimal(str(sheet.cell(5, k).value)).quantize(Decimal("0.01"))) for k in (2, 3)] == [
        found["stock_value_here"], found["stock_value_then"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--item", "A"), 2, "name it with --model"),
        (("--model", "HIFO"), 2, "There is no inventory model 'HIFO'; it is one of: FIFO, LIFO"),
        (("--model", "FIFO", "--closing", "IC-000001"), 2, "takes no --closing"),
        (("--model", "FIFO", "--runs", "IC-000001", "IC-000002"), 2, "takes no --model"),
        (("--model", "FIFO", "--item", "NONE", "--date", "2026-01-31"), 3, "IC353"),
    ],
)
def test_what_cannot_be_asked(
    options: tuple[str, ...], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = SmallBook(SEED).book.write(tmp_path / "book.xlsx")
    assert main(["compare", str(path), *options], NOW, "tester") == code
    assert says in capsys.readouterr().err


def test_a_closed_ledger_refuses_no_comparison(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is posted, so no period of the ledger can be shut for it: neither What if nor Expected."""
    book = Book([Item("A", "FIFO")], parameters={"Ledger closed up to": date(2026, 5, 31)})
    book.receive("P1", date(2026, 1, 5), 1, "10.00")
    book.receive("P2", date(2026, 1, 6), 1, "12.00")
    book.issue("S1", date(2026, 1, 7), 1, "11.00")
    path = with_expected(book.write(tmp_path / "book.xlsx"), {"S1": Decimal(-1)})
    assert run(path, "close", "--date", "2026-01-31") == 4
    found = what_if(path, capsys, "--model", "LIFO", "--date", "2026-01-31")
    assert [row["sales_difference"] for row in found["by_item"]] == ["2.00"]
    assert compared(path, capsys, "--date", "2026-01-31")["differences"] == []
