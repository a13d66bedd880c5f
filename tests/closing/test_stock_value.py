"""The sheet Stock value: by hand, through the command line, and over everything that may happen to it.

Source  WORKBOOK "Written" (Stock value); RULES R10.2, R10.3.
"""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item
from tests.results import Results, Row, check_laws, number, text

OLD = Path(__file__).parent.parent / "old_books" / "books" / "0.1.0"
FIGURES = ("Opening quantity", "Opening value", "Receipts quantity", "Receipts value", "Issues quantity",
           "Issues value", "Adjustments", "Closing quantity", "Closing value", "Unit cost", "Not invoiced quantity",
           "Not invoiced value", "In transit quantity", "In transit value", "Change of inventory value")  # fmt: skip


def january(day: int) -> date:
    return date(2026, 1, day)


def a_book() -> Book:
    items = [Item("F", "FIFO"), Item("M", "Moving average"), Item("S", "Standard cost", cost_price=Decimal(5)),
             Item("T", "FIFO"), Item("V", "FIFO", flags={"Include physical value": "Yes"})]  # fmt: skip
    book = Book(items)
    book.receive("O1", january(1), 10, "100.00", item="F", reference="Opening")
    book.receive("P1", january(10), 5, "60.00", item="F", reference="Purchase order")
    book.issue("S1", january(20), 12, "110.00", item="F", reference="Sales order")
    book.receive("M1", january(3), 10, "100.00", item="M")
    book.issue("M2", january(4), 4, item="M")
    book.receive("D1", january(3), 10, "50.00", item="S")
    book.issue("D2", january(4), 3, item="S")
    book.receive("T0", january(5), 4, "40.00", item="T", site="1")
    book.issue("T1", january(28), 4, "40.00", item="T", site="1", reference="Transfer", transfer_id="X")
    book.receive("T2", date(2026, 2, 2), 4, "40.00", item="T", site="2", reference="Transfer", transfer_id="X")
    book.add("V", "V1", 2, physical_date=january(15), physical_cost_amount=Decimal("20.00"))
    book.issue("S2", date(2026, 2, 10), 1, "10.00", item="F", reference="Sales order")
    return book


BY_HAND = {
    "F": (10, "100.00", 5, "60.00", 12, "110.00", "-14.00", 3, "36.00", 12, 0, 0, 0, 0, "-14.00"),
    "M": (0, 0, 10, "100.00", 4, "40.00", 0, 6, "60.00", 10, 0, 0, 0, 0, 0),
    "S": (0, 0, 10, "50.00", 3, "15.00", 0, 7, "35.00", 5, 0, 0, 0, 0, 0),
    "T": (0, 0, 4, "40.00", 4, "40.00", 0, 0, 0, 0, 0, 0, 4, "40.00", 0),
    "V": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, "20.00", 0, 0, 0),
}


@pytest.mark.parametrize(
    ("rows", "quantity", "value"),
    [
        ([("I", 4, "30.00", "1", "TransferOrderShip"), ("R", 4, "30.00", "2", "TransferOrderReceive")], 0, "10.00"),
        ([("I", 4, "40.00", "1", "TransferOrderShip"), ("R", 4, "40.00", "2", "TransferOrderReceive")], 0, "0.00"),
        ([("I", 4, "30.00", "1", "Transfer"), ("R", 4, "30.00", "2", "Transfer")], 0, "0.00"),
        ([("I", 4, "30.00", "1", "TransferOrderShip")], 4, "40.00"),
        ([("I", 4, "30.00", "1", "Transfer"), ("R", 3, "22.50", "2", "Transfer")], 1, "10.00"),
        ([("I", 4, "30.00", "1", "Transfer"), ("R", 4, "30.00", "2", "Transfer"),
          ("I", 1, "7.50", "2", "TransferOrderScrap")], 0, "0.00"),
    ],
)  # fmt: skip
def test_in_transit_is_what_the_account_keeps(
    tmp_path: Path, rows: list[tuple[str, int, str, str, str]], quantity: int, value: str
) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P", january(1), 10, "100.00", site="1", reference="Purchase order")
    for k, (kind, moved, posted, site, reference) in enumerate(rows):
        add = book.issue if kind == "I" else book.receive
        add(f"T{k}", january(5 + k), moved, posted, site=site, reference=reference, transfer_id="X")
    path = book.write(tmp_path / "book.xlsx")
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"]) == 0
    stock = [row for row in Results(path).result("Stock value") if row["Costing group"] == "site=1"]
    assert [(number(r["In transit quantity"]), number(r["In transit value"])) for r in stock] == [
        (quantity, Decimal(value))
    ]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = a_book().write(tmp_path / "book.xlsx")
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"]) == 0
    return path


def rows_of(path: Path) -> dict[str, Row]:
    return {
        f"{text(r['Item number'])} {text(r['Costing group'])}".strip(): r for r in Results(path).result("Stock value")
    }


def figures(row: Row) -> tuple[Decimal, ...]:
    return tuple(number(row[heading]) for heading in FIGURES)


def total(path: Path) -> Decimal:
    return sum((number(r["Closing value"]) for r in rows_of(path).values()), Decimal(0))


def test_the_first_month_by_hand(book: Path) -> None:
    rows = rows_of(book)
    wanted = {"T site=1" if item == "T" else item: tuple(map(Decimal, row)) for item, row in BY_HAND.items()}
    assert {key: figures(row) for key, row in rows.items()} == wanted
    assert {text(r["Inventory model"]) for r in rows.values()} == {"FIFO", "Moving average", "Standard cost"}
    assert check_laws(book) == []


def test_the_next_month_opens_with_what_was_left(book: Path) -> None:
    assert main(["close", str(book), "--date", "2026-02-28", "--no-backup"]) == 0
    rows = rows_of(book)
    assert figures(rows["F"])[:9] == tuple(map(Decimal, (3, 36, 0, 0, 1, 10, -2, 2, 24)))
    assert figures(rows["T site=2"])[:9] == tuple(map(Decimal, (0, 0, 4, 40, 0, 0, 0, 4, 40)))
    assert "T site=1" not in rows, "neither stock nor movement"
    assert {row["Closing"] for row in rows.values()} == {"IC-000002"}


def test_every_row_and_the_total_add_up_as_formulas(book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["Stock value"]
    headings = {cell.value: cell.column_letter for cell in sheet[2]}
    o, r, i, a, c = (headings[f"{what}"] for what in ("Opening value", "Receipts value", "Issues value", "Adjustments",
                                                       "Closing value"))  # fmt: skip
    assert sheet.max_row == 2 + len(BY_HAND)
    for row in (1, *range(3, sheet.max_row + 1)):
        assert sheet[f"{c}{row}"].value == f"=ROUND({o}{row}+{r}{row}-{i}{row}+{a}{row},6)"
    for heading in FIGURES:
        if "quantity" in heading or heading == "Unit cost":
            assert sheet[f"{headings[heading]}1"].value is None, "different items are not added up"


def test_status_and_reconcile_say_the_same(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["status", str(book), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["stock_value"], said["not_invoiced_value"]) == ("131.00", "20.00")
    assert main(["reconcile", str(book)]) == 0
    printed = capsys.readouterr().out
    assert "151.00" in printed
    assert "131.00" in printed
    assert total(book) == Decimal("131.00")


@pytest.mark.long
def test_a_recalculation_leaves_it_and_a_reversal_brings_the_close_before(book: Path) -> None:
    first = {key: figures(row) for key, row in rows_of(book).items()}
    for step in (("recalculate", "--date", "2026-02-15"), ("close", "--date", "2026-02-28"), ("reverse",)):
        assert main([step[0], str(book), *step[1:], "--no-backup"]) == 0
        if step[0] != "close":
            assert {key: figures(row) for key, row in rows_of(book).items()} == first
    for _ in range(2):
        main(["reverse", str(book), "--no-backup"])
    assert rows_of(book) == {}
    assert main(["close", str(book), "--date", "2026-01-31", "--no-backup"]) == 0
    assert {key: figures(row) for key, row in rows_of(book).items()} == first


CELLS = [heading for heading in FIGURES if heading != "Closing"] + ["Item number", "Costing group", "Inventory model"]


@pytest.mark.parametrize("heading", CELLS)
@pytest.mark.sampled(4)
def test_an_edited_cell_is_named(book: Path, heading: str, capsys: pytest.CaptureFixture[str]) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Stock value"]
    cell = sheet.cell(3, next(c.column for c in sheet[2] if c.value == heading))
    cell.value = 7 if heading in FIGURES else "F site=9"
    workbook.save(book)
    capsys.readouterr()
    assert main(["close", str(book), "--date", "2026-02-28", "--no-backup"]) == 4
    assert f"'Stock value'!{cell.coordinate}" in capsys.readouterr().err


def test_rows_and_sheet_that_are_gone_are_named(book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Stock value"].delete_rows(4)
    less = tmp_path / "less.xlsx"
    workbook.save(less)
    del workbook["Stock value"]
    none = tmp_path / "none.xlsx"
    workbook.save(none)
    for path, code in ((less, "IC216"), (none, "IC161")):
        capsys.readouterr()
        assert main(["close", str(path), "--date", "2026-02-28", "--no-backup"]) == 4
        said = capsys.readouterr().err
        assert code in said
        assert "Stock value" in said


def test_saved_without_results_of_formulas_it_is_still_right(book: Path) -> None:
    openpyxl.load_workbook(book).save(book)
    assert main(["close", str(book), "--date", "2026-02-28", "--no-backup"]) == 0
    assert check_laws(book) == []


@pytest.mark.parametrize("name", ["fifo", "moving_average", "standard_cost", "physical_value"])
@pytest.mark.sampled(3)
def test_a_book_of_an_earlier_version_gets_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "book.xlsx"
    shutil.copy(OLD / f"{name}.xlsx", path)
    assert "Stock value" not in openpyxl.load_workbook(path).sheetnames
    assert main(["status", str(path)]) == 0
    assert main(["reverse", str(path), "--no-backup"]) == 0
    assert "Stock value" in openpyxl.load_workbook(path).sheetnames
    assert check_laws(path) == []
    day = "2030-12-31"
    assert main(["recalculate", str(path), "--date", day, "--no-backup"]) == 0
    assert main(["close", str(path), "--date", day, "--no-backup"]) == 0
    assert rows_of(path)
    assert check_laws(path) == []
