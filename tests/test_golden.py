"""Golden workbooks: every cell of the result sheets, with its number format, against a dump that was checked by hand.

In      tests/golden/<case>/input.txt (domain language), expected.txt (the dump), WHY.md (rule and hand calculation).
Out     ``pytest tests/test_golden.py --update-golden`` writes expected.txt anew: read the difference before committing.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import Cell

from invclose_xl.cli.main import main
from tests.books import append_rows
from tests.language import parse_case
from tests.results import check_laws

FOLDER = Path(__file__).parent / "golden"
CASES = sorted(path.parent for path in FOLDER.glob("*/input.txt"))
SHEETS = ("Settlements", "Value links", "Adjustments", "Vouchers", "Closing transactions", "Estimated costs", "Lock",
          "Log")  # fmt: skip
CHANGING = {"Lock": {"Version", "Digest"}, "Log": {"Message", "What to do"}}
"""Columns that differ from version to version; only their headings are compared."""

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def dump_cells(path: Path) -> str:
    """One line per cell: ``Settlements!H4 | n | 10 | #,##0.00``; formulas as formulas."""
    workbook = openpyxl.load_workbook(path)
    lines = []
    for name in SHEETS:
        masked: set[int] = set()
        for row in workbook[name].iter_rows():
            for cell in row:
                if cell.value is None:
                    continue
                if cell.column in masked:
                    lines.append(f"{name}!{cell.coordinate} | differs")
                    continue
                if cell.value in CHANGING.get(name, ()):
                    masked.add(cell.column)
                lines.append(f"{name}!{cell.coordinate} | {described(cell)}")
    return "\n".join(lines) + "\n"


def described(cell: Cell) -> str:
    value = cell.value
    if isinstance(value, datetime | date):
        value = str(value).removesuffix(" 00:00:00")
    return f"{cell.data_type} | {value} | {cell.number_format}"


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_golden(case: Path, tmp_path: Path, update_golden: bool, capsys: pytest.CaptureFixture[str]) -> None:
    parsed = parse_case(case / "input.txt")
    path = parsed.book.write(tmp_path / "book.xlsx")
    for step in parsed.steps:
        if step is not parsed.steps[0]:
            append_rows(path, step.rows)
        assert main([str(path), "--date", str(step.day), "--no-backup"], NOW, "auditor") == 0, capsys.readouterr().err
    assert check_laws(path) == []
    dump = dump_cells(path)
    if update_golden:
        (case / "expected.txt").write_text(dump, "utf-8")
    assert dump.splitlines() == (case / "expected.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_golden_book_says_why(case: Path) -> None:
    assert len((case / "WHY.md").read_text("utf-8")) > 200
