"""Reviewed by, Reviewed on and Note belong to the user: no run touches them, and they do not count for the lock.

Source  WORKBOOK "Written" (Lock).
"""

import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.closings.closed_book import cells_of, run
from tests.results import Results

REVIEW = {"Reviewed by": "J. Doe", "Reviewed on": date(2026, 4, 2), "Note": "=see mail of 1 April"}


@pytest.mark.long
def test_a_review_survives_every_run(closed: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    shutil.copy(closed, path)
    workbook = openpyxl.load_workbook(path)
    for place in cells_of(path, "Lock", "Closing"):
        if place.heading in REVIEW and place.key == "IC-000001":
            cell = workbook["Lock"][place.cell]
            cell.value = REVIEW[place.heading]
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
            cell.number_format = "yyyy-mm-dd" if place.heading == "Reviewed on" else "General"
    workbook.save(path)
    steps = [("close", "--date", "2026-03-31"), ("recalculate", "--date", "2026-04-10"), *[("reverse",)] * 5]
    for step in [*steps, ("close", "--date", "2026-01-31")]:
        assert run(path, *step) == 0
        rows = {row["Closing"]: row for row in Results(path).rows("Lock", "Closing")}
        assert {heading: rows["IC-000001"][heading] for heading in REVIEW} == REVIEW
        assert {row[heading] for key, row in rows.items() for heading in REVIEW if key != "IC-000001"} == {None}
