"""A workbook in memory whose buttons are pressed, and what its result sheets hold.

In      a workbook file.
Out     the open workbook; its cells, looks and links, to be compared.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl

from invclose_xl.libreoffice.engine import open_book
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.macros.memory import Memory

NOW = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
JANUARY = Path(__file__).parents[2] / "examples" / "january.xlsx"
RESULTS = [spec.name for spec in OUTPUT_SHEETS]


def opened(path: Path, *answers: str) -> Memory:
    memory = Memory(path, answers)
    open_book(memory)
    return memory


def dump(path_or_book: Any) -> Iterator[tuple[str, str, Any]]:
    """Every cell of the result sheets: kind and value; dates as their numbers, formulas as their text."""
    book = openpyxl.load_workbook(path_or_book) if isinstance(path_or_book, Path) else path_or_book
    for name in RESULTS:
        for row in book[name].iter_rows():
            for cell in row:
                value = cell.value
                if isinstance(value, datetime):
                    value = openpyxl.utils.datetime.to_excel(value)
                if value is not None:
                    kind = "number" if isinstance(value, int | float) else cell.data_type
                    yield f"{name}!{cell.coordinate}", kind, round(value, 6) if kind == "number" else value


def dressed(path_or_book: Any) -> dict[str, Any]:
    book = openpyxl.load_workbook(path_or_book) if isinstance(path_or_book, Path) else path_or_book
    return {
        name: ([str(t.ref) for t in book[name].tables.values()], book[name].sheet_state,
               [c.number_format for c in book[name][book[name].max_row] if c.value is not None])
        for name in RESULTS
    }  # fmt: skip


def links(book: Any) -> dict[str, str]:
    return {c.coordinate: c.hyperlink.location for row in book["Log"].iter_rows() for c in row if c.hyperlink}
