"""IDs and accounts that differ only in case or in how their letters are encoded are one, wherever they stand.

Source  RULES R0: IDs compare trimmed, in Unicode normal form C and without regard to case; accounts likewise.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.errors.raw_book import TRANSACTIONS, base, write_book
from tests.results import Results

NOW = datetime(2026, 2, 10, 9, 30)
SPELLINGS = {
    "case": ("rad-a", "RAD-A"),
    "sharp s": ("maß", "MASS"),
    "composed": ("caf\u00e9", "cafe\u0301"),
    "composed capital": ("caf\u00e9", "CAFE\u0301"),
    "sigma": ("\u03bb\u03cc\u03b3\u03bf\u03c2", "\u039b\u03cc\u03b3\u03bf\u03a3"),
    "blanks": ("rad a", "  RAD A "),
}
JANUARY, SOLD, LATER = {"date": "2026-01-05"}, {"date": "2026-01-10"}, {"date": "2026-01-12"}
pairs = pytest.mark.parametrize(("one", "other"), SPELLINGS.values(), ids=list(SPELLINGS))


def _close(path: Path, sheets: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    write_book(path, base() | sheets)
    capsys.readouterr()
    assert main([str(path), "--date", "2026-01-31", "--json"], NOW, "controller") == 0
    return [p["code"] for p in json.loads(capsys.readouterr().out)["problems"]]


@pairs
@pytest.mark.parametrize("named", ["id", "lot"])
@pytest.mark.sampled(5)
def test_a_mark_and_a_return_find_what_they_name(
    one: str, other: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = [*TRANSACTIONS, "Lot ID", "Marked to", "Return lot ID", "Reference"]
    first, lot = (one, None) if named == "id" else ("P2", one)
    rows = [["P1", "CHAIN", JANUARY, 1, 10, None, None, None, "Purchase order"],
            [first, "CHAIN", JANUARY, 1, 20, lot, None, None, "Purchase order"],
            ["S1", "CHAIN", SOLD, -1, -10, f"{one}-sale", other, None, "Sales order"],
            ["R1", "CHAIN", LATER, 1, 10, None, None, f"{other.strip()}-SALE", "Sales order"]]  # fmt: skip
    codes = _close(tmp_path / "book.xlsx", {"Transactions": [head, *rows]}, capsys)
    assert "IC521" not in codes
    costs = {row["Transaction ID"]: row["New cost"] for row in
             Results(tmp_path / "book.xlsx").result("Adjustments", "IC-000001")}  # fmt: skip
    assert {name: float(cost) for name, cost in costs.items()} == {"S1": 20.0, "R1": 20.0}


@pairs
@pytest.mark.sampled(3)
def test_items_cost_adjustments_explain_and_item(
    one: str, other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.xlsx"
    sheets = {
        "Items": [["Item number", "Item model group"], [f"i {one}", "FIFO"]],
        "Transactions": [TRANSACTIONS, [one, f"i {other.strip()}", JANUARY, 10, 100],
                         ["S1", f"i {one}", SOLD, -10, -100]],
        "Cost adjustments": [["Transaction ID", "Date", "Amount"], [other, SOLD, 5]],
    }  # fmt: skip
    write_book(path, base() | sheets)
    limited = ["recalculate", str(path), "--date", "2026-01-31", "--item", f"I {other.strip()}"]
    assert main(limited, NOW, "controller") == 0
    assert main([str(path), "--date", "2026-01-31"], NOW, "controller") == 0
    for subject in (other, f"I {other.strip()}"):
        capsys.readouterr()
        assert main(["explain", str(path), subject], NOW, "controller") == 0
        assert one in capsys.readouterr().out


@pairs
@pytest.mark.sampled(3)
def test_a_locked_id_may_change_its_spelling(
    one: str, other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.xlsx"
    rows = [[one, "CHAIN", JANUARY, 10, 120], ["S1", "CHAIN", SOLD, -4, None]]
    _close(path, {"Transactions": [TRANSACTIONS, *rows]}, capsys)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Transactions"]
    sheet["A2"] = other
    sheet.append(["S2", "CHAIN", datetime(2026, 2, 5), -6, None])
    sheet.cell(4, 3).number_format = "yyyy-mm-dd"
    workbook.save(path)
    for command in (["status"], ["explain", one], ["close", "--date", "2026-02-28"], ["reconcile"]):
        run = [command[0], str(path), *command[1:]]
        assert main(run, datetime(2026, 3, 5), "controller") == 0, capsys.readouterr().err
    assert {float(row["Quantity"]) for row in Results(path).result("Settlements", "IC-000002")} == {6.0}


@pairs
def test_one_dimension_and_one_account(
    one: str, other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head = [*TRANSACTIONS, "Inventory account", "Offset account", "Ledger dimension"]
    rows = [["P1", "CHAIN", JANUARY, 10, 120, f"a {one}", "c", f"d {one}"],
            ["S1", "CHAIN", SOLD, -4, -40, f"a {other.strip()}", f"o {one}", f"d {other.strip()}"],
            ["S2", "CHAIN", SOLD, -4, -40, f"a {one}", f"o {other.strip()}", f"d {one}"]]  # fmt: skip
    ledger = [["Account", "Date", "Amount"], [f"a {other.strip()}", {"date": "2026-01-31"}, 40],
              [f"a {one}", {"date": "2026-01-31"}, -16]]  # fmt: skip
    path = tmp_path / "book.xlsx"
    _close(path, {"Transactions": [head, *rows], "Ledger": ledger}, capsys)
    lines = Results(path).result("Vouchers", "IC-000001", active=False)
    seen = [(line["Account"], line["Ledger dimension"], float(line["Debit"] or 0) - float(line["Credit"] or 0))
            for line in lines]  # fmt: skip
    assert sorted(seen) == [(f"a {one}", f"d {one}", -16.0), (f"o {one}", f"d {one}", 16.0)]
    assert main(["reconcile", str(path)], NOW, "controller") == 0
