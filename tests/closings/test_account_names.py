"""Names of accounts: where Posting gives them they stand beside the account, and nothing else changes.

Source  WORKBOOK "Optional sheets" (Posting), "Written" (Vouchers).
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.audit.verify_close import verify
from invclose_xl.cli.main import main
from tests.errors.raw_book import base, write_book
from tests.results import Results

NOW = datetime(2026, 3, 2, 9, 30)
PLAIN = ["Item group", "Reference", "Inventory account", "Offset account"]
NAMES = ["Inventory account name", "Offset account name"]
JANUARY, FEBRUARY = ("--date", "2026-01-31"), ("--date", "2026-02-28")


def _book(path: Path, *, named: bool) -> Path:
    sheets: dict[str, Any] = base()
    sheets["Transactions"] += [
        ["S2", "CHAIN", {"date": "2026-01-21"}, -3, -27],
        ["S3", "CHAIN", {"date": "2026-02-10"}, -3, -33],
    ]
    rows: list[list[Any]] = [[None, None, "1400", "5000"], [None, "Rounding", None, "8900"]]
    names = [["Goods in stock", "Cost of sales"], [None, "Rounding"]]
    sheets["Posting"] = [PLAIN + NAMES, *(r + n for r, n in zip(rows, names, strict=True))] if named else [PLAIN, *rows]
    return write_book(path, sheets)


def _names(path: Path) -> set[tuple[str, str]]:
    return {(str(row["Account"]), str(row["Account name"] or "")) for row in Results(path).rows("Vouchers", "Closing")}


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments), NOW, "controller") == 0, capsys.readouterr().err
    return capsys.readouterr().out


def _rename(path: Path, cell: str, name: str) -> None:
    workbook = openpyxl.load_workbook(path)
    workbook["Posting"][cell] = name
    workbook.save(path)


def test_names_follow_posting_and_every_run_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = _book(tmp_path / "book.xlsx", named=True)
    assert "1400 Goods in stock" in _run(capsys, str(book), *JANUARY)
    assert _names(book) == {("1400", "Goods in stock"), ("5000", "Cost of sales")}
    _rename(book, "F2", "Cost of goods sold")
    _run(capsys, str(book), *FEBRUARY)
    assert _names(book) == {("1400", "Goods in stock"), ("5000", "Cost of goods sold")}
    _run(capsys, "reverse", str(book))
    assert len(_names(book)) == 2
    assert not [check for check in verify(book) if check.faults]


def test_the_same_run_without_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for named in (True, False):
        book = _book(tmp_path / f"named-{named}.xlsx", named=named)
        _run(capsys, str(book), *JANUARY)
        lock = Results(book).rows("Lock", "Closing")[0]
        lines = [
            {k: v for k, v in row.items() if k != "Account name"} for row in Results(book).rows("Vouchers", "Closing")
        ]
        found.append((lock["Digest"], lines))
    assert found[0] == found[1]


def test_names_stand_in_every_report_that_names_accounts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = _book(tmp_path / "book.xlsx", named=True)
    name = "Goods in stock"
    assert name in _run(capsys, "check", str(book), *JANUARY)
    _run(capsys, str(book), *JANUARY)
    assert name in _run(capsys, "explain", str(book), "IC-000001")
    assert name in _run(capsys, "explain", str(book), "IC-000001/1")
    assert name in _run(capsys, "compare", str(book), *JANUARY, "--model", "LIFO")
    _run(capsys, "reverse", str(book))
    _run(capsys, str(book), *JANUARY)
    compared = json.loads(_run(capsys, "compare", str(book), "--runs", "IC-000001", "IC-000002", "--json"))
    assert name in {row["account_name"] for row in compared["accounts"]}
    target = tmp_path / "reconciliation.xlsx"
    _run(capsys, "reconcile", str(book), "--output", str(target))
    rows = list(openpyxl.load_workbook(target, read_only=True)["By account"].values)
    assert any(row[1:3] == ("1400", name) for row in rows)


def test_without_names_no_report_has_a_column_for_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = _book(tmp_path / "book.xlsx", named=False)
    assert "Account name" not in _run(capsys, "check", str(book), *JANUARY)
    _run(capsys, str(book), *JANUARY)
    assert "Account name" not in _run(capsys, "explain", str(book), "IC-000001")


def test_a_folder_closed_in_parts_has_the_names_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = _book(tmp_path / "book.xlsx", named=True), tmp_path / "folder"
    _run(capsys, "convert", str(book), str(folder))
    _run(capsys, str(folder), *JANUARY, "--runner", "local")
    back = tmp_path / "back.xlsx"
    _run(capsys, "convert", str(folder), str(back))
    assert _names(back) == {("1400", "Goods in stock"), ("5000", "Cost of sales")}
