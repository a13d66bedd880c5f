"""Dates more than a year after the closing date: one warning with their number and cells, and the close goes on.

Source  RULES R11.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.cli.main import main
from tests.errors.raw_book import TRANSACTIONS, base, write_book

NOW = datetime(2028, 3, 10, 9, 30)
HEADINGS = [*TRANSACTIONS, "Physical date"]


def _said(rows: list[list[Any]], run: list[str], path: Path, capsys: pytest.CaptureFixture[str],
          **sheets: list[list[Any]]) -> list[str]:  # fmt: skip
    first = [["P1", "CHAIN", {"date": "2026-01-05"}, 10, 100, None]]
    write_book(path, base() | {"Transactions": [HEADINGS, *first, *rows]} | sheets)
    assert main([run[0], str(path), *run[1:]], NOW, "controller") == 0
    return [line for line in capsys.readouterr().err.splitlines() if "IC563" in line]


def _sold(name: str, day: str, physical: str | None = None) -> list[Any]:
    return [name, "CHAIN", {"date": day}, -1, -10, {"date": physical} if physical else None]


@pytest.mark.parametrize("run", ["close", "check", "recalculate"])
@pytest.mark.parametrize(
    ("closed", "day", "is_far"),
    [
        ("2026-01-31", "2027-01-31", False),
        ("2026-01-31", "2027-02-01", True),
        ("2028-02-29", "2029-02-28", False),
        ("2028-02-29", "2029-03-01", True),
        ("2026-01-31", "9999-12-31", True),
        ("2026-01-31", "2062-01-10", True),
    ],
)
@pytest.mark.sampled(5)
def test_from_the_day_after_the_same_day_of_the_next_year(
    run: str, closed: str, day: str, is_far: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _said([_sold("S1", day)], [run, "--date", closed], tmp_path / "book.xlsx", capsys)
    assert len(lines) == is_far
    assert all(f"1 date is more than a year after {closed}: Transactions!C3." in line for line in lines)


def test_the_last_year_of_the_calendar_has_no_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["close", "--date", "9999-02-28"]
    assert _said([_sold("S1", "9999-12-31")], run, tmp_path / "book.xlsx", capsys) == []


def test_all_of_them_in_one_line_with_the_first_cells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [_sold(f"S{k}", f"20{50 + k}-01-10", f"20{50 + k}-01-09" if k else None) for k in range(2)]
    by_hand = [["Transaction ID", "Date", "Amount"], *[["P1", {"date": "2062-01-10"}, 5] for _ in range(4)]]
    run = ["close", "--date", "2026-01-31"]
    lines = _said(rows, run, tmp_path / "book.xlsx", capsys, **{"Cost adjustments": by_hand})
    assert len(lines) == 1
    places = "Transactions!C3, Transactions!C4, Transactions!F4, 'Cost adjustments'!B2, 'Cost adjustments'!B3"
    assert f"7 dates are more than a year after 2026-01-31: {places} and 2 more." in lines[0]
