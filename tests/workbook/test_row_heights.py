"""Rows whose sentences take several lines are as high as that; heights that a person chose stay, headings are mended.

Source  WORKBOOK "Written" (nothing cut off).
"""

import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl

from invclose_xl.cli.main import main
from tests.books import Book, Item
from tests.closings.closed_book import NOW


def closed_with_a_long_message(folder: Path) -> Path:
    """An issue of site 1 whose stock lies in site 2: its message takes several lines of the Log."""
    book = Book(items=[Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 10, "100", site="2")
    book.issue("S1", date(2026, 1, 20), 4, "40", site="1")
    path = book.write(folder / "book.xlsx")
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    return path


def test_a_long_message_is_not_printed_over_the_next_row(tmp_path: Path) -> None:
    path = closed_with_a_long_message(tmp_path)
    for day in ("2026-02-28", "2026-03-31"):
        log = openpyxl.load_workbook(path)["Log"]
        long = [r for r in range(3, log.max_row + 1) if len(str(log.cell(r, 8).value)) > 150]
        short = [r for r in range(3, log.max_row + 1) if len(str(log.cell(r, 8).value)) < 60]
        assert long
        assert short
        assert all(log.row_dimensions[r].height >= 30 for r in long)  # type: ignore[operator]
        assert {log.row_dimensions[r].height for r in short if len(str(log.cell(r, 9).value)) < 50} <= {None}
        assert main(["close", str(path), "--date", day, "--no-backup"], NOW, "controller") == 0
    assert "customHeight" not in _log_xml(path)


def test_a_height_that_somebody_chose_stays_and_another_programs_does_not(tmp_path: Path) -> None:
    path = closed_with_a_long_message(tmp_path)
    workbook = openpyxl.load_workbook(path)
    workbook["Log"].row_dimensions[3].height = 77  # openpyxl states that it was chosen
    workbook.save(path)
    assert main(["close", str(path), "--date", "2026-02-28", "--no-backup"], NOW, "controller") == 0
    assert openpyxl.load_workbook(path)["Log"].row_dimensions[3].height == 77


def test_headings_of_an_earlier_version_get_their_height(tmp_path: Path) -> None:
    book = Book(items=[Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 10, "100")
    path = book.write(tmp_path / "book.xlsx")
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    low = {n: re.sub(rb'(<row r="\d+") ht="\d+"', rb"\1", data) if "worksheets" in n else data
           for n, data in parts.items()}  # fmt: skip
    assert low != parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in low.items():
            new.writestr(name, data)
    assert main(["close", str(path), "--date", "2026-02-28", "--no-backup"], NOW, "controller") == 0
    assert openpyxl.load_workbook(path)["Stock value"].row_dimensions[2].height == 45


def _log_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as package:
        texts = [package.read(n).decode() for n in package.namelist() if "worksheets/sheet" in n]
    return next(t for t in texts if "What to do" in t)
