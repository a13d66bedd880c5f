"""Input sheets under other names: a continuation without its first sheet is read, a name nearly right is said."""

from pathlib import Path
from typing import Any

import pytest

from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.layout import INPUT_SHEETS
from tests.errors.raw_book import base, write_book

ADJUSTED = [["Transaction ID", "Date", "Amount"], ["P1", {"date": "2026-01-25"}, 30]]
CHARGED = [["Date", "Amount", "Spread by"], [{"date": "2026-01-25"}, 30, "Value"]]


@pytest.mark.parametrize("name", ["Items", "Item model groups", "Transactions", "Cost adjustments"])
def test_a_continuation_alone_is_the_table(tmp_path: Path, name: str) -> None:
    sheets: dict[str, Any] = {**base(), "Cost adjustments": ADJUSTED}
    whole = read_book(write_book(tmp_path / "whole.xlsx", sheets)).book
    sheets[f"{name} (2)"] = sheets.pop(name)
    reading = read_book(write_book(tmp_path / "book.xlsx", sheets))
    assert whole is not None
    assert reading.book is not None
    assert [(p.code, p.where.sheet) for p in reading.problems] == [("IC158", f"{name} (2)")]
    assert reading.book.transactions.id.to_list() == whole.transactions.id.to_list()
    assert reading.book.cost_adjustments is not None
    assert whole.cost_adjustments is not None
    assert reading.book.cost_adjustments.amount.tolist() == whole.cost_adjustments.amount.tolist()


@pytest.mark.parametrize(
    ("name", "rows", "named"),
    [
        ("Cost adjustment", ADJUSTED, True),
        ("CostAdjustments", ADJUSTED, True),
        ("Cost adjustment (2)", ADJUSTED, True),
        ("Charge", CHARGED, True),
        ("Charge", CHARGED[:1], False),
        ("Changes", [["What", "Who"], ["a", "b"]], False),
        ("Notes", ADJUSTED, False),
    ],
)
def test_a_name_nearly_right_is_named(tmp_path: Path, name: str, rows: list[Any], named: bool) -> None:
    reading = read_book(write_book(tmp_path / "book.xlsx", {**base(), name: rows}))
    assert [p.where.sheet for p in reading.problems if p.code == "IC585"] == [name] * named


def test_beside_the_right_sheet_nothing_is_said(tmp_path: Path) -> None:
    sheets = {**base(), "Cost adjustments": ADJUSTED, "Cost adjustment": ADJUSTED}
    assert read_book(write_book(tmp_path / "book.xlsx", sheets)).problems == ()


def test_no_two_input_sheets_are_nearly_each_other() -> None:
    from invclose_xl.workbook.values.near import MOST_EDITS, edits, letters

    names = [letters(sheet.name) for sheet in INPUT_SHEETS]
    assert all(edits(a, b) > MOST_EDITS for a in names for b in names if a != b)
