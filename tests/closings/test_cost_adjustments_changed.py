"""A row of *Cost adjustments* that a recalculation posted and that is another one at the close (RULES R8.6)."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.cli.main import main
from tests.errors.edits import edit_book
from tests.errors.raw_book import base, write_book
from tests.results import Results

NOW = datetime(2026, 2, 10, 9, 30)
HEADINGS = ["Transaction ID", "Date", "Amount", "Offset account"]


@pytest.mark.parametrize(
    ("edit", "rows"),
    [
        ({"cells": {"Cost adjustments!D2": "6002"}}, ["-50", "50"]),
        ({"cells": {"Cost adjustments!C2": 80}}, ["30"]),
        ({"cells": {"Cost adjustments!B2": {"date": "2026-02-20"}}}, ["-50"]),
        ({"remove": {"Cost adjustments": [2]}}, ["-50"]),
    ],
    ids=["account", "amount", "date", "gone"],
)
def test_what_is_taken_back_is_written_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], edit: dict[str, Any], rows: list[str]
) -> None:
    row = ["P1", {"date": "2026-01-25"}, 50, "6001"]
    path = write_book(tmp_path / "book.xlsx", {**base(), "Cost adjustments": [HEADINGS, row]})
    assert main(["recalculate", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    edit_book(path, edit)
    capsys.readouterr()
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    (said,) = [line for line in capsys.readouterr().err.splitlines() if "IC550" in line]
    assert "of the receipt P1. What had been posted was taken back: adjustments of 50.00." in said
    written = [
        Decimal(str(r["Adjustment"]))
        for r in Results(path).rows("Adjustments", "Closing")
        if (r["Closing"], r["Cause"]) == ("IC-000002", "Manual adjustment")
    ]
    assert written == [Decimal(amount) for amount in rows]
    assert main(["verify", str(path)], NOW) == 0
