"""Books that carry another system's result on a sheet *Expected*.

In      a test book, closed as the other system sees it, or figures by hand.
Out     adjustments by transaction; the book with the sheet; what ``compare`` says of it as plain data.
Source  WORKBOOK "Optional sheets" (Expected).
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book
from tests.results import Results, number, text

DAY = "2026-01-31"
Figures = dict[str, Decimal]


def adjustments_of(book: Book, folder: Path, up_to: str = DAY) -> Figures:
    """Close a book in a file of its own and return what was adjusted."""
    path, closed = book.write(folder / "theirs.xlsx"), folder / "theirs closed.xlsx"
    assert main([str(path), "--date", up_to, "--output", str(closed), "--force"]) == 0
    figures: Figures = {}
    for row in Results(closed).result("Adjustments"):
        name = text(row["Transaction ID"])
        figures[name] = figures.get(name, Decimal(0)) + number(row["Adjustment"])
    return figures


def with_expected(path: Path, figures: Mapping[str, Decimal], **columns: Mapping[str, object]) -> Path:
    """Add the sheet to a workbook, as somebody would paste it; more columns by heading."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Expected")
    sheet.append(["Transaction ID", "Adjustment", *(name.replace("_", " ") for name in columns)])
    for name, figure in figures.items():
        sheet.append([name, figure, *(column.get(name) for column in columns.values())])
    workbook.save(path)
    return path


def compared(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """Run ``compare --json``, which leaves the book as it is."""
    capsys.readouterr()
    before = path.read_bytes()
    assert main(["compare", str(path), "--json", *options]) == 0
    assert path.read_bytes() == before
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def causes(found: dict[str, Any]) -> dict[str, str]:
    """Return the cause of every transaction that differs."""
    return {row["transaction"]: row["cause"] for row in found["differences"]}
