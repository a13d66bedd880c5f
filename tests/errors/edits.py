"""What a user does to a workbook between two runs, done with another program than the one under test.

In      a workbook and a mapping: ``cells`` {"Sheet!B2": value}, ``append`` {sheet: rows}, ``remove`` {sheet: numbers},
        ``drop`` {sheet: true} (its tab is deleted).
        Values as in raw_book.py: text, numbers, null for blank, {"date": "2026-01-31"}.
Out     the workbook, saved by openpyxl.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell import Cell


def edit_book(path: Path, edits: Mapping[str, Mapping[str, Any]]) -> None:
    """Change cells, append rows and remove rows, in that order."""
    workbook = openpyxl.load_workbook(path)
    for place, value in edits.get("cells", {}).items():
        sheet, cell = place.rsplit("!", 1)
        _fill(workbook[sheet][cell], value)
    for sheet, rows in edits.get("append", {}).items():
        for row in rows:
            number = workbook[sheet].max_row + 1
            for column, value in enumerate(row, 1):
                _fill(workbook[sheet].cell(number, column), value)
    for sheet, numbers in edits.get("remove", {}).items():
        for number in sorted(numbers, reverse=True):
            workbook[sheet].delete_rows(number)
    for sheet in edits.get("drop", {}):
        del workbook[sheet]
    workbook.save(path)


def _fill(cell: Cell, value: Any) -> None:
    if isinstance(value, Mapping):
        cell.value = date.fromisoformat(value["date"])
        cell.number_format = "yyyy-mm-dd"
    else:
        cell.value = value
