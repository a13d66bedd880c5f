"""Result sheets are read back as they were written, whoever saved the book meanwhile and however its rows are sorted.

Source  WORKBOOK "Written"; RULES R1 (row order), R10.2.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.domain.tables import FORMAT, RESULTS, Tables, make_empty_tables
from invclose_xl.workbook.input.read import Reading, read_book
from invclose_xl.workbook.results.write import write_results
from tests.errors.raw_book import TRANSACTIONS, base, result_sheets, write_book

SCALES = Scales(currency_decimals=2, quantity_scale=3, price_scale=0)
DAY = date(2026, 1, 31)


def frame(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    blank = {column: "" if kind == pl.String() else None for column, kind in RESULTS[name].items()}
    return pl.DataFrame([{**blank, **row} for row in rows], schema=RESULTS[name])


def results() -> Tables:
    settled = {"closing": "IC-000001", "date": DAY, "item": "CHAIN", "principle": "FIFO", "issue": "S1",
               "receipt": "P1", "quantity": 1500, "amount": 123456789012345, "issue_date": DAY,
               "status": "Active"}  # fmt: skip
    return {
        **make_empty_tables(),
        "settlements": frame(
            "settlements", settled, {**settled, "amount": -1, "group": "site=1 / color=Blå", "item": "00123"}
        ),
        "estimated_costs": frame(
            "estimated_costs", {"closing": "IC-000001", "unit_cost": 1234567, "basis": "=not a formula"}
        ),
        "lock": frame("lock", {"closing": "IC-000001", "type": "Closing", "up_to": DAY, "status": "Active", "items": 3,
                               "run_at": datetime(2026, 2, 1, 9, 30, 59), "digest": "ab" * 32, "format": FORMAT}),
        "locked_rows": frame(
            "locked_rows",
            {"transaction": "S1", "sequence": 1, "closing": "IC-000001"},
            {"transaction": "P1", "sequence": 2, "closing": "IC-000001"},
        ),
    }  # fmt: skip


def written(tmp_path: Path, tables: Tables) -> Path:
    path = write_book(tmp_path / "book.xlsx", base())
    write_results(path, tables, SCALES, "EUR", DAY)
    return path


def history(reading: Reading) -> Tables:
    assert [p.line() for p in reading.problems] == []
    assert reading.book is not None
    assert reading.book.scales.quantity_scale >= 1
    return reading.book.history


def in_thousandths(tables: Tables, scale: int) -> Tables:
    """Bring quantities from the scale of the book to that of the tables of this test."""
    factor = 10 ** (SCALES.quantity_scale - scale)
    return {n: f.with_columns(pl.col("quantity") * factor) if "quantity" in f.columns else f for n, f in tables.items()}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    expected = results()
    reading = read_book(written(tmp_path, expected))
    found = in_thousandths(history(reading), reading.book.scales.quantity_scale)  # type: ignore[union-attr]
    assert [name for name in expected if not expected[name].equals(found[name])] == []


def test_row_order_is_the_locks(tmp_path: Path) -> None:
    book = read_book(written(tmp_path, results())).book
    assert book is not None
    assert book.transactions.id.to_list() == ["S1", "P1"]
    assert book.transactions.cells.rows.tolist() == [3, 2]


def test_sorted_rows_moved_and_added_columns_change_nothing(tmp_path: Path) -> None:
    expected = results()
    path = written(tmp_path, expected)
    book = openpyxl.load_workbook(path)
    sheet = book["Settlements"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    heads, data = rows[0], rows[1:]
    sheet.delete_rows(1, sheet.max_row)
    sheet.append(["checked in March"])
    for row in [heads, *reversed(data)]:
        sheet.append([*reversed(row), "mine"])
    book.save(path)
    found = history(read_book(path))
    key = "amount"
    assert found["settlements"].sort(key)["item"].to_list() == expected["settlements"].sort(key)["item"].to_list()
    assert found["settlements"].sort(key)[key].to_list() == expected["settlements"].sort(key)[key].to_list()


def test_continued_sheets_are_one_table(tmp_path: Path) -> None:
    lock = {"Closing": "IC-000001", "Type": "Closing", "Status": "Active"}
    first, second = {"Closing": "IC-000001", "Issue": "S1"}, {"Closing": "IC-000001", "Issue": "S2"}
    sheets = {**base(), **result_sheets({"Lock": [lock], "Settlements": [first]})}
    sheets["Settlements (2)"] = result_sheets({"Settlements": [second]})["Settlements"]
    found = history_of(write_book(tmp_path / "b.xlsx", sheets))
    assert found["settlements"]["issue"].to_list() == ["S1", "S2"]


def history_of(path: Path) -> Tables:
    book = read_book(path).book
    assert book is not None
    return book.history


def test_a_sheet_of_the_users_with_our_name_is_left_to_the_writer(tmp_path: Path) -> None:
    sheets = {**base(), "Lock": [["Door", "Code"], ["north", 1234]], "Log": [["when", "what"]]}
    assert history_of(write_book(tmp_path / "b.xlsx", sheets))["lock"].is_empty()


def test_headings_without_rows_are_a_book_never_closed(tmp_path: Path) -> None:
    assert history_of(write_book(tmp_path / "b.xlsx", {**base(), **result_sheets({})}))["lock"].is_empty()


@pytest.mark.parametrize("cell", [{"error": "#REF!"}, "ten", 1.005, {"formula": "1+1"}, True])
def test_cells_no_run_wrote_are_refused(tmp_path: Path, cell: Any) -> None:
    lock = {"Closing": "IC-000001", "Type": "Closing", "Status": "Active"}
    sheets = {
        **base(),
        **result_sheets({"Lock": [lock], "Adjustments": [{"Closing": "IC-000001", "Adjustment": cell}]}),
    }
    reading = read_book(write_book(tmp_path / "b.xlsx", sheets))
    assert [(p.code, p.severity) for p in reading.problems] == [("IC160", Severity.REFUSED)]
    assert reading.book is None


def test_quantities_of_earlier_runs_count_for_the_scale(tmp_path: Path) -> None:
    lock = {"Closing": "IC-000001", "Type": "Closing", "Status": "Active"}
    sheets = {**base(), **result_sheets({"Lock": [lock], "Settlements": [{"Closing": "IC-000001", "Quantity": 0.125}]})}
    sheets["Transactions"] = [TRANSACTIONS, ["P1", "CHAIN", {"date": "2026-01-05"}, 10, 100]]
    book = read_book(write_book(tmp_path / "b.xlsx", sheets)).book
    assert book is not None
    assert book.transactions.quantity.tolist() == [10_000]
    assert book.history["settlements"]["quantity"].to_list() == [125]
