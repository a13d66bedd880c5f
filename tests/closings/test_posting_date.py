"""``--posting-date`` dates the voucher of a run and nothing else, wherever the ledger is closed at its own date.

Source  RULES R9.3, R2.3, R10.3, R10.4.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

import invclose_xl
from invclose_xl.cli.main import main
from tests.books import Book, Cell, Item
from tests.errors.edits import edit_book

NOW = datetime(2026, 3, 5, 9, 0)
LEDGER = "Parameters!B2"


def a_book(path: Path, ledger_closed: date) -> Path:
    parameters: dict[str, Cell] = {"Ledger closed up to": ledger_closed}
    book = Book([Item("A", "FIFO")], parameters=parameters)
    book.receive("P1", date(2026, 1, 5), 10, "100.00")
    book.issue("S1", date(2026, 1, 10), 4, "48.00")
    return book.write(path / "book.xlsx")


def run(capsys: pytest.CaptureFixture[str], command: str, path: Path, *arguments: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main([command, str(path), "--no-backup", *arguments], NOW, "cfo")
    return code, capsys.readouterr().err


def dates_of(path: Path) -> dict[str, tuple[str, list[str]]]:
    """Per closing: its Up to date on the lock, and the dates of its voucher lines."""
    from invclose_xl.workbook.input.read import read_book

    book = read_book(path).book
    assert book is not None
    vouchers = book.history["vouchers"]
    return {
        row["closing"]: (
            str(row["up_to"]),
            sorted({str(d) for d in vouchers.filter(vouchers["closing"] == row["closing"])["date"]}),
        )
        for row in book.history["lock"].iter_rows(named=True)
    }


@pytest.mark.parametrize("command", ["close", "recalculate"])
def test_the_advice_of_a_closed_ledger_works(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    path = a_book(tmp_path, date(2026, 2, 10))
    code, said = run(capsys, command, path, "--date", "2026-01-31")
    assert code == 4
    assert "Enter a later date for the voucher: --posting-date 2026-02-11 (IC203)" in said
    assert run(capsys, command, path, "--date", "2026-01-31", "--posting-date", "2026-02-10")[0] == 4
    assert run(capsys, command, path, "--date", "2026-01-31", "--posting-date", "2026-02-11")[0] == 0
    assert dates_of(path) == {"IC-000001": ("2026-01-31", ["2026-02-11"])}


@pytest.mark.parametrize("command", ["close", "recalculate"])
def test_it_dates_the_voucher_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    def result(name: str, *arguments: str) -> dict[str, Any]:
        (tmp_path / name).mkdir()
        path = a_book(tmp_path / name, date(2025, 12, 31))
        capsys.readouterr()
        assert main([command, str(path), "--json", "--no-backup", "--date", "2026-01-31", *arguments], NOW, "cfo") == 0
        said = json.loads(capsys.readouterr().out)
        return {k: v for k, v in said.items() if k not in ("written", "digest")}

    assert result("plain") == result("dated", "--posting-date", "2026-02-11")


@pytest.mark.long
def test_a_reversal_takes_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path, date(2025, 12, 31))
    assert run(capsys, "close", path, "--date", "2026-01-31")[0] == 0
    edit_book(path, {"cells": {LEDGER: {"date": "2026-02-28"}}})
    code, said = run(capsys, "reverse", path)
    assert code == 4
    assert "--posting-date 2026-03-01 (IC222)" in said
    assert run(capsys, "reverse", path, "--posting-date", "2026-02-28")[0] == 4
    assert run(capsys, "reverse", path, "--posting-date", "2026-03-01")[0] == 0
    assert dates_of(path) == {
        "IC-000001": ("2026-01-31", ["2026-01-31"]), "IC-000002": ("2026-01-31", ["2026-03-01"])
    }  # fmt: skip
    assert run(capsys, "close", path, "--date", "2026-01-31", "--posting-date", "2026-03-01")[0] == 0
    assert run(capsys, "reverse", path)[0] == 0, "the voucher it undoes is dated in the open period"
    assert dates_of(path)["IC-000004"][1] == ["2026-03-01"]
    assert invclose_xl.status(path).closed_up_to is None


def test_later_recalculations_are_reversed_in_the_open_period(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = a_book(tmp_path, date(2025, 12, 31))
    assert run(capsys, "recalculate", path, "--date", "2026-02-15")[0] == 0
    assert run(capsys, "recalculate", path, "--date", "2026-03-02", "--item", "A")[0] == 0
    edit_book(path, {"cells": {LEDGER: {"date": "2026-02-28"}}})
    assert run(capsys, "close", path, "--date", "2026-01-31")[0] == 4
    assert run(capsys, "close", path, "--date", "2026-01-31", "--posting-date", "2026-03-01")[0] == 0
    dated = [dates for _, dates in dates_of(path).values() if dates]
    assert dated == [["2026-02-15"], ["2026-03-01"], ["2026-03-01"]], "the one, its reversal, the close"


def test_the_recalculation_after_a_close_is_dated_where_the_ledger_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody chose its date, today; so the posting date serves it only where the ledger is closed today."""
    for ledger, expected in ((date(2026, 3, 31), "2026-04-01"), (date(2026, 2, 28), "2026-03-05")):
        (tmp_path / expected).mkdir()
        path = a_book(tmp_path / expected, ledger)
        edit_book(
            path,
            {"cells": {"Parameters!A3": "Run recalculation after closing", "Parameters!B3": "Yes"},
             "append": {"Transactions": [["P2", "A"]]}},
        )  # fmt: skip
        headings = {"Financial date": {"date": "2026-02-10"}, "Quantity": 5, "Financial cost amount": 50}
        fill_last_row(path, headings)
        add_issue(path)
        assert run(capsys, "close", path, "--date", "2026-01-31", "--posting-date", "2026-04-01")[0] == 0
        assert dates_of(path)["IC-000002"] == ("2026-03-05", [expected])


def fill_last_row(path: Path, values: dict[str, Any]) -> None:
    import openpyxl

    names = [cell.value for cell in openpyxl.load_workbook(path)["Transactions"][1]]
    row = openpyxl.load_workbook(path)["Transactions"].max_row
    letters = {heading: openpyxl.utils.get_column_letter(names.index(heading) + 1) for heading in values}
    edit_book(path, {"cells": {f"Transactions!{letters[h]}{row}": v for h, v in values.items()}})


def add_issue(path: Path) -> None:
    edit_book(path, {"append": {"Transactions": [["S2", "A"]]}})
    fill_last_row(path, {"Financial date": {"date": "2026-02-20"}, "Quantity": -5, "Financial cost amount": -70})


@pytest.mark.parametrize(
    ("command", "arguments"),
    [("close", ["--date", "2026-01-31"]), ("recalculate", ["--date", "2026-01-31"]), ("reverse", [])],
)
def test_a_date_before_the_run_is_refused_with_the_earliest_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, arguments: list[str]
) -> None:
    path = a_book(tmp_path, date(2025, 12, 31))
    if command == "reverse":
        assert run(capsys, "close", path, "--date", "2026-01-31")[0] == 0
    code, said = run(capsys, command, path, *arguments, "--posting-date", "2026-01-30")
    assert code == 4
    assert "Enter this date or a later one: --posting-date 2026-01-31 (IC224)" in said
    assert run(capsys, command, path, *arguments, "--posting-date", "2026-01-31")[0] == 0
