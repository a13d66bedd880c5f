"""Input that goes on in further sheets: read, named, closed and locked like the rest."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.workbook.input.read import read_book
from tests.errors.raw_book import GROUPS, ITEMS, TRANSACTIONS, base, write_book

NOW = datetime(2026, 2, 10, 9, 30)
JANUARY, LATER = {"date": "2026-01-05"}, {"date": "2026-01-20"}


def in_three(path: Path, last: list[object] | None = None) -> Path:
    """One book whose transactions stand on three sheets, with headings in another order on each."""
    sheets = base()
    sheets["Transactions"] = [TRANSACTIONS, ["P1", "CHAIN", JANUARY, 10, 100]]
    sheets["Transactions (3)"] = [
        ["Quantity", "Site", "Item number", "Transaction ID", "Financial date", "Financial cost amount"],
        *([last] if last else [[-5, None, "CHAIN", "S2", LATER, None]]),
    ]
    sheets["transactions (2)"] = [
        [None], ["Transaction ID", "Financial date", "Item number", "Financial cost amount", "Quantity"],
        ["P2", JANUARY, "CHAIN", 200, 10], ["S1", LATER, "CHAIN", -40, -4],
    ]  # fmt: skip
    return write_book(path, sheets)


def test_rows_of_all_sheets_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    book = read_book(in_three(tmp_path / "book.xlsx")).book
    assert book is not None
    t = book.transactions
    assert t.id.to_list() == ["P1", "P2", "S1", "S2"]
    assert t.quantity.tolist() == [10, 10, -4, -5]
    assert [str(t.cells.cell(row, "quantity")) for row in range(4)] == [
        "Transactions!D2", "'transactions (2)'!E3", "'transactions (2)'!E4", "'Transactions (3)'!A2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ([0, None, "CHAIN", "S2", LATER, None], "'Transactions (3)'!A2: Quantity"),
        ([-5, None, "NOBODY", "S2", LATER, None], "'Transactions (3)'!C2: Item number"),
        ([-5, None, "CHAIN", "p1", LATER, None], "'Transactions (3)'!D2: Transaction ID"),
        ([-5, None, "CHAIN", "S2", "soon", None], "'Transactions (3)'!E2: Financial date"),
        ([-5, None, "CHAIN", "S2", LATER, 50], "'Transactions (3)'!F2: Financial cost amount"),
        ([1e307, None, "CHAIN", "S2", LATER, 50], "'Transactions (3)'!A2: Quantity"),
    ],
)
def test_messages_name_the_sheet(row: list[object], line: str, tmp_path: Path) -> None:
    problems = read_book(in_three(tmp_path / "book.xlsx", row)).problems
    assert any(p.line().startswith(line) for p in problems), [p.line() for p in problems]


def test_a_missing_heading_on_a_further_sheet_is_named_there(tmp_path: Path) -> None:
    sheets = base()
    sheets["Transactions (2)"] = [["Transaction ID", "Item number", "Financial date"], ["S2", "CHAIN", LATER]]
    lines = [p.line() for p in read_book(write_book(tmp_path / "book.xlsx", sheets)).problems]
    assert any(line.startswith("'Transactions (2)'!") and "Quantity" in line for line in lines)


def test_they_are_closed_and_locked_like_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = in_three(tmp_path / "book.xlsx")
    assert main([str(path), "--date", "2026-01-31"], NOW, "controller") == 0
    workbook = openpyxl.load_workbook(path)
    costs = [row[6].value for row in workbook["Estimated costs"].iter_rows(min_row=3) if row[1].value == "S2"]
    assert costs or workbook["Settlements"].max_row > 2
    workbook["transactions (2)"]["D3"] = 201
    workbook.save(path)
    capsys.readouterr()
    assert main(["status", str(path)], NOW, "controller") == 0
    assert main([str(path), "--date", "2026-02-28"], datetime(2026, 3, 5), "controller") == 4
    assert "'transactions (2)'!D3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sheet", "first", "second"),
    [
        ("Items", [ITEMS, ["CHAIN", "FIFO", None]], [ITEMS, ["SADDLE", "NONE", None]]),
        ("Item model groups", [GROUPS, ["FIFO", "FIFO", "Yes"]], [GROUPS, ["NONE", "FIFO", "No"]]),
        ("Ledger", [["Account", "Amount"], ["1", 5]], [["Amount", "Account"], [6, "2"]]),
        ("Posting", [["Item group", "Reference", "Inventory account", "Offset account"], [None, None, "1", "2"]],
         [["Item group", "Reference", "Inventory account", "Offset account"], ["A", None, "1", "2"]]),
        ("Dimensions", [["Dimension", "Financial inventory"], ["Site", "No"]],
         [["Dimension", "Financial inventory"], ["Batch number", "Yes"]]),
        ("Cost adjustments", [["Transaction ID", "Date", "Amount"], ["P1", LATER, 5]],
         [["Date", "Transaction ID", "Amount"], [LATER, "P1", 6]]),
        ("Parameters", [["Name", "Value"], ["Currency", "EUR"]], [["Name", "Value"], ["Minimum amount", 1]]),
    ],
)  # fmt: skip
def test_every_input_sheet_goes_on(sheet: str, first: list[list[object]], second: list[list[object]],
                                   tmp_path: Path) -> None:  # fmt: skip
    sheets = base()
    sheets["Item model groups"] = [GROUPS, ["FIFO", "FIFO", "Yes"], ["NONE", "FIFO", "No"]]
    sheets |= {sheet: first, f"{sheet} (2)": second}
    reading = read_book(write_book(tmp_path / "book.xlsx", sheets))
    assert reading.book is not None, [p.line() for p in reading.problems]
    assert [p.code for p in reading.problems if p.code == "IC158"] == ["IC158"]
    book = reading.book
    seen = {
        "Items": len(book.items) == 2,
        "Item model groups": len(book.model_groups) == 2,
        "Ledger": book.ledger is not None and book.ledger.amount.tolist() == [500, 600],
        "Posting": len(book.posting) == 2,
        "Dimensions": "Batch number" in book.financial_dimensions and "Site" not in book.financial_dimensions,
        "Cost adjustments": book.cost_adjustments is not None and book.cost_adjustments.amount.tolist() == [500, 600],
        "Parameters": (book.parameters.currency, book.parameters.minimum_amount) == ("EUR", Decimal(1)),
    }
    assert seen[sheet]
