"""One unit more in any number of any result sheet of a closed book: the independent reader says so."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.closings.test_rows_at_random import Life

USERS_OWN = {"Reviewed by", "Reviewed on", "Note"}


def numbers(workbook: Any) -> Iterator[Any]:
    """Every cell below the headings of a result sheet that holds a number."""
    for spec in OUTPUT_SHEETS:
        if spec.name not in workbook.sheetnames:
            continue
        is_below = False
        for row in workbook[spec.name].iter_rows():
            texts = {cell.value for cell in row}
            if is_below:
                yield from (c for c in row if isinstance(c.value, int | float) and not isinstance(c.value, bool))
            is_below = is_below or bool(texts & {"Closing"} and texts - {"Closing", None})


def is_refused(book: Path) -> bool:
    """Whether the reader names a fault, or will not read the book: a format that is one more is a later version's."""
    try:
        return any(check.faults for check in verify_close.verify(book))
    except verify_close.CannotVerify:
        return True


@pytest.mark.long
@pytest.mark.parametrize("seed", [3, 8])
def test_one_unit_in_any_number_is_found(seed: int, tmp_path: Path) -> None:
    life = Life(random.Random(seed), known=False)
    for _ in range(10):
        life.post()
    book = life.book.write(tmp_path / "book.xlsx")
    assert main([str(book), "--date", str(life.closed + timedelta(days=28))]) == 0
    assert main(["recalculate", str(book), "--date", str(life.closed + timedelta(days=40))]) == 0
    assert verify_close.report(verify_close.verify(book)).endswith("checks hold.")
    workbook = load_workbook(book, data_only=True)
    changed, missed = 0, []
    for cell in numbers(workbook):
        was = cell.value
        cell.value = was + (0.01 if "." in cell.number_format else 1)
        workbook.save(book)
        cell.value = was
        changed += 1
        if not is_refused(book):
            missed.append(f"{cell.parent.title}!{cell.coordinate}: {was}")
    assert missed == []
    assert changed > 100
