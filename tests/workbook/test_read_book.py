"""What a user's sheets may look like, and what the engine gets of them.

Source  WORKBOOK "Read"; RULES R0, R1 (row order), R3.1.
"""

import shutil
import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.workbook.cells.number_formats import DATE, DURATION, PLAIN, TIME, kind_of_format
from invclose_xl.workbook.input.read import read_book
from tests.errors.raw_book import TRANSACTIONS, base, write_book

JANUARY = {"date": "2026-01-05"}
ROOT = Path(__file__).parent.parent.parent


UNLIKELY = {"IC560", "IC563"}
"""warnings about books of receipts only and of old dates, as tests of single cells have them"""


def good(path: Path) -> Book:
    reading = read_book(path)
    assert [p.line() for p in reading.problems if p.code not in UNLIKELY] == []
    assert reading.book is not None
    return reading.book


def lines(path: Path) -> list[str]:
    return [p.line() for p in read_book(path).problems]


def day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=int(number))


def test_a_plain_book(tmp_path: Path) -> None:
    book = good(write_book(tmp_path / "b.xlsx", base()))
    t = book.transactions
    assert t.id.to_list() == ["P1", "S1"]
    assert [day(d) for d in t.financial_date] == [date(2026, 1, 5), date(2026, 1, 20)]
    assert t.physical_date.tolist() == [NO_DATE, NO_DATE]
    assert t.quantity.tolist() == [10, -4]
    assert t.financial_amount.tolist() == [10000, 4000]
    assert t.physical_amount.tolist() == [NO_AMOUNT, NO_AMOUNT]
    assert book.model_groups[0].model is InventoryModel.FIFO
    assert book.model_groups[0].include_physical_value
    assert str(t.cells.cell(1, "quantity")) == "Transactions!D3"


def test_titles_notes_blank_rows_aliases_and_own_columns(tmp_path: Path) -> None:
    sheets = base()
    sheets["Transactions"] = [
        ["Stock movements of January"], [], ["exported by K.", None, "do not sort"], [],
        ["my note", "dataAREAid", "RECID", "ITEMID", "  QTY ", "DateFinancial", "CostAmountPosted"],
        ["a", "usmf", 101, "chain", 2.5, JANUARY, 25],
        [],
        ["only a note of mine"],
        ["b", "usmf", 102.0, "\u00a0Chain ", -1, JANUARY, -10],
    ]  # fmt: skip
    book = good(write_book(tmp_path / "b.xlsx", sheets))
    t = book.transactions
    assert t.id.to_list() == ["101", "102"]
    assert t.item.tolist() == [0, 0]
    assert t.quantity.tolist() == [25, -10]
    assert book.scales.quantity_scale == 1
    assert t.cells.rows.tolist() == [6, 9]


def test_the_table_of_the_sheets_name_is_the_range(tmp_path: Path) -> None:
    sheets = base()
    sheets["Transactions"] = [
        ["Transaction ID", "Item number", "Quantity", "not", "this"],
        TRANSACTIONS,
        ["P1", "CHAIN", JANUARY, 10, 100],
        ["Total", None, None, 10, 100],
        [],
        ["below", "the", "table", "text", None],
    ]
    path = write_book(tmp_path / "b.xlsx", sheets, tables={"Transactions": "transactions A2:E4"})
    assert good(path).transactions.id.to_list() == ["P1"]


def test_rows_right_below_the_table_are_named(tmp_path: Path) -> None:
    sheets = base()
    rows = [
        TRANSACTIONS,
        ["P1", "CHAIN", JANUARY, 10, 100],
        ["P2", "CHAIN", JANUARY, 1, 10],
        ["P3", "CHAIN", None, 1, 9],
    ]
    sheets["Transactions"] = [*rows, ["sum", None, None, 12, 119]]
    path = write_book(tmp_path / "b.xlsx", sheets, tables={"Transactions": "Transactions A1:E2"})
    lines = [p.line() for p in read_book(path).problems]
    assert [line for line in lines if "IC146" in line] == lines
    assert "Rows 3 to 4 are directly below the table Transactions (A1:E2)" in lines[0]
    assert "down to E4" in lines[0]


@pytest.mark.parametrize(
    "below",
    [
        [["Total", None, None, 10, 100]],
        [["Total", "of the month", None, "=SUM", 100]],
        [[], ["P2", "CHAIN", JANUARY, 1, 10]],
        [["Total", None, None, 10, 100], ["P2", "CHAIN", JANUARY, 1, 10]],
    ],
)
def test_a_sum_or_a_note_below_the_table_is_the_users(tmp_path: Path, below: list[list[object]]) -> None:
    sheets = base()
    sheets["Transactions"] = [TRANSACTIONS, ["P1", "CHAIN", JANUARY, 10, 100], *below]
    path = write_book(tmp_path / "b.xlsx", sheets, tables={"Transactions": "Transactions A1:E2"})
    assert good(path).transactions.id.to_list() == ["P1"]


def test_the_totals_row_of_any_table_is_no_data(tmp_path: Path) -> None:
    sheets = base()
    sheets["Transactions"] = [
        TRANSACTIONS,
        ["P1", "CHAIN", JANUARY, 10, 100],
        ["Total", None, None, 10, 100],
        ["P2", "CHAIN", JANUARY, 1, 10],
    ]
    path = write_book(tmp_path / "b.xlsx", sheets, tables={"Transactions": "Table1 A1:E3"})
    assert good(path).transactions.id.to_list() == ["P1", "P2"]


def test_merged_cells_that_hide_dates_and_amounts_are_named(tmp_path: Path) -> None:
    sheets = base()
    sheets["Transactions"] = [TRANSACTIONS, ["P1", "CHAIN", JANUARY, 1, 10], ["P2", "CHAIN", None, 1, None]]
    sheets["Transactions"].append(["P3", "CHAIN", JANUARY, 1, None])
    path = write_book(tmp_path / "b.xlsx", sheets, merges={"Transactions": ["C2:C3", "E3:E4"]})
    assert [(line.split(":")[0], line[-6:-1]) for line in lines(path)] == [
        ("Transactions!C3", "IC119"), ("Transactions!E4", "IC119"),
    ]  # fmt: skip


def test_a_heading_row_far_down_is_found_but_not_below_fifty_rows(tmp_path: Path) -> None:
    sheets = base()
    sheets["Items"] = [*([["x"]] * 49), *(sheets["Items"] or [])]
    assert len(good(write_book(tmp_path / "b.xlsx", sheets)).items) == 2
    sheets["Items"] = [["x"], *sheets["Items"]]
    assert lines(write_book(tmp_path / "c.xlsx", sheets))[0].startswith("Items: No row of the first 50")


def test_the_1904_date_system(tmp_path: Path) -> None:
    book = good(write_book(tmp_path / "b.xlsx", base(), date1904=True))
    assert [day(d) for d in book.transactions.financial_date] == [date(2026, 1, 5), date(2026, 1, 20)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ({"iso": "2026-01-31"}, date(2026, 1, 31)),
        ({"iso": "2026-01-31T00:00:00Z"}, date(2026, 1, 31)),
        (46053, date(2026, 1, 31)),
        ({"number": 46053.00000000001, "format": "dd.mm.yyyy"}, date(2026, 1, 31)),
        ({"number": 61, "format": "yyyy"}, date(1900, 3, 1)),
        ({"number": 2958465, "format": "mmm d"}, date(9999, 12, 31)),
    ],
)
def test_dates(tmp_path: Path, cell: Any, expected: date) -> None:
    sheets = base()
    sheets["Transactions"] = [TRANSACTIONS, ["P1", "CHAIN", cell, 10, 100]]
    book = good(write_book(tmp_path / "b.xlsx", sheets))
    assert day(book.transactions.financial_date[0]) == expected


@pytest.mark.parametrize(
    ("cell", "units"),
    [(0.1 + 0.2, 30), ("1234.56", 123456), ("-0.01", -1), (1e-9, 0), (100.10, 10010), (2.675, 268), (-2.675, -268)],
)
def test_amounts_are_the_decimals_of_fifteen_digits(tmp_path: Path, cell: Any, units: int) -> None:
    sheets = base()
    sheets["Transactions"] = [[*TRANSACTIONS, "Prior adjustment"], ["P1", "CHAIN", JANUARY, 10, 100, cell]]
    reading = read_book(write_book(tmp_path / "b.xlsx", sheets))
    assert reading.book is not None
    assert reading.book.transactions.prior_adjustment.tolist() == [units]


def test_separators_and_orders_that_the_user_has_set(tmp_path: Path) -> None:
    sheets = base()
    sheets["Parameters"] = [
        ["Name", "Value"],
        ["Minimum amount", "0,50"],
        ["decimal separator", ","],
        ["Date order", "DMY"],
    ]
    sheets["Transactions"] = [
        TRANSACTIONS, ["P1", "CHAIN", "5.1.2026", "1.010,5", "1 000,25"], ["P2", "CHAIN", "2026-01-05", "3", "7,5"],
    ]  # fmt: skip
    book = good(write_book(tmp_path / "b.xlsx", sheets))
    t = book.transactions
    assert t.quantity.tolist() == [10105, 30]
    assert t.financial_amount.tolist() == [100025, 750]
    assert {day(d) for d in t.financial_date} == {date(2026, 1, 5)}
    assert str(book.parameters.minimum_amount) == "0.50"


@pytest.mark.parametrize("decimals", [0, 3])
def test_currencies_of_other_decimals(tmp_path: Path, decimals: int) -> None:
    sheets = base()
    sheets["Parameters"] = [["Name", "Value"], ["Currency decimals", decimals], ["Maximum deviation %", 12.5]]
    book = good(write_book(tmp_path / "b.xlsx", sheets))
    assert book.transactions.financial_amount.tolist() == [100 * 10**decimals, 40 * 10**decimals]
    assert str(book.parameters.maximum_deviation) == "12.5"


def test_costing_groups_follow_the_financial_dimensions(tmp_path: Path) -> None:
    sheets = base()
    sheets["Dimensions"] = [["Dimension", "Financial inventory"], ["warehouse", "x"], ["Size", 0]]
    heads = [*TRANSACTIONS, "Warehouse", "Site", "Size"]
    places = [
        ("saddle", "12", "1"),
        ("CHAIN", "11", None),
        ("chain", "A", "2"),
        ("Chain", "a ", 2),
        ("SADDLE", None, None),
    ]
    sheets["Transactions"] = [
        heads,
        *([f"P{n}", item, JANUARY, 1, 1, house, site, "XL"] for n, (item, house, site) in enumerate(places)),
    ]  # fmt: skip
    book = good(write_book(tmp_path / "b.xlsx", sheets))
    assert book.financial_dimensions == ("Site", "Warehouse", "Configuration", "Color", "Style")
    assert book.groups.label.to_list() == ["warehouse=11", "site=2 / warehouse=A", "", "site=1 / warehouse=12"]
    assert book.groups.item.tolist() == [0, 0, 1, 1]
    assert book.transactions.group.tolist() == [3, 0, 1, 1, 2]


def test_numeric_and_text_ids_are_the_same_where_their_text_is(tmp_path: Path) -> None:
    sheets = base()
    sheets["Items"] = [["Item number", "Item model group"], [1001, "FIFO"], ["00123", "fifo"]]
    sheets["Transactions"] = [TRANSACTIONS, ["A", "1001", JANUARY, 1, 1], ["B", "00123", JANUARY, 1, 1]]
    assert good(write_book(tmp_path / "b.xlsx", sheets)).transactions.item.tolist() == [0, 1]
    sheets["Transactions"] = [TRANSACTIONS, ["A", 123, JANUARY, 1, 1]]
    assert "IC124" in lines(write_book(tmp_path / "c.xlsx", sheets))[0]


def test_errors_in_one_sheet_do_not_hide_those_in_another(tmp_path: Path) -> None:
    sheets = base()
    sheets["Items"] = None
    sheets["Transactions"] = [TRANSACTIONS, ["A", "ANY", JANUARY, 0, 1]]
    assert [line[-6:-1] for line in lines(write_book(tmp_path / "b.xlsx", sheets))] == ["IC101", "IC128"]


def test_transactions_without_any_date_column(tmp_path: Path) -> None:
    sheets = base()
    sheets["Transactions"] = [["Transaction ID", "Item number", "Quantity"], ["A", "CHAIN", -1]]
    assert [line[-6:-1] for line in lines(write_book(tmp_path / "b.xlsx", sheets))] == ["IC102"]


def test_merged_cells_over_optional_columns_are_blank(tmp_path: Path) -> None:
    path = write_book(tmp_path / "b.xlsx", base(), merges={"Transactions": ["F2:F3"], "Items": ["A1:A1"]})
    assert len(good(path).transactions) == 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", PLAIN), ("0.00", PLAIN), ("#,##0.00;[Red]-#,##0.00", PLAIN), ("0.00E+00", PLAIN), ("@", PLAIN),
        ('0 "days"', PLAIN), ("[$-409]d-mmm-yy;@", DATE), ("yyyy-mm-dd", DATE), ("mmm", DATE),
        ("dd/mm/yyyy hh:mm", DATE),
        ("h:mm AM/PM", TIME), ("mm:ss.0", TIME), ("[h]:mm:ss", DURATION), ("[mm]:ss", DURATION),
        ("[Red]General", PLAIN),
        ('"yes";"yes";"no"', PLAIN), ("0%", PLAIN), ("# ?/?", PLAIN), ('_-* #,##0.00 "kr."_-', PLAIN), ("ggge", DATE),
        ("\\d0", PLAIN), ("[Blue]0.0", PLAIN),
    ],
)  # fmt: skip
def test_number_formats(code: str, kind: int) -> None:
    assert kind_of_format(code) == kind


def same(one: Book, other: Book) -> None:
    for name in ("id", "item", "group", "financial_date", "physical_date", "quantity", "financial_amount"):
        assert list(getattr(one.transactions, name)) == list(getattr(other.transactions, name)), name
    assert list(one.items.number) == list(other.items.number)
    assert one.items.cost_price.tolist() == other.items.cost_price.tolist()
    assert one.parameters == other.parameters
    assert all(one.history[name].equals(other.history[name]) for name in one.history)


def test_a_book_saved_by_openpyxl_reads_the_same(tmp_path: Path) -> None:
    path = ROOT / "examples" / "january.xlsx"
    openpyxl.load_workbook(path).save(tmp_path / "saved.xlsx")
    same(good(path), good(tmp_path / "saved.xlsx"))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
@pytest.mark.long
def test_a_book_saved_by_libreoffice_reads_the_same(tmp_path: Path) -> None:
    path = ROOT / "examples" / "january.xlsx"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    same(good(path), good(tmp_path / "january.xlsx"))
