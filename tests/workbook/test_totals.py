"""A closed book opened by somebody else: its totals as LibreOffice calculates them, and its pages as they print.

Source  WORKBOOK "Written" (totals, printing).
"""

import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.reports.recalculated import Formula, recalculated

JANUARY = Path(__file__).parent.parent.parent / "examples" / "january.xlsx"
NOW = datetime(2026, 2, 2, 8, 15, tzinfo=UTC)
SHOWN = [sheet.name for sheet in OUTPUT_SHEETS if sheet.name != "Locked rows"]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """January closed, reversed and closed again: rows that count, rows that do not, and closing transfers."""
    path = tmp_path_factory.mktemp("totals") / "january.xlsx"
    shutil.copy(JANUARY, path)
    for words in (["close", str(path)], ["reverse", str(path)], ["close", str(path)]):
        assert main([*words, "--no-backup"], NOW, "controller") == 0
    return path


@pytest.mark.long
def test_totals_are_what_another_program_calculates(book: Path, tmp_path: Path) -> None:
    own = [f for f in recalculated(book, tmp_path) if f.cell.split("!")[0] in SHOWN]
    assert {f.cell.split("!")[0] for f in own if "SUBTOTAL" in f.text} >= {"Settlements", "Adjustments", "Stock value"}
    assert any(f.text.startswith("=SUMPRODUCT(") and "SEARCH" in f.text for f in own)
    assert [f for f in own if not _same(f)] == []


def _same(formula: Formula) -> bool:
    stored, computed = formula.stored, formula.computed
    if isinstance(stored, int | float) and isinstance(computed, int | float):
        return round(Decimal(str(stored)), 6) == round(Decimal(str(computed)), 6)
    return (stored or "") == (computed or "")


@pytest.mark.long
@pytest.mark.parametrize("name", SHOWN)
def test_every_sheet_prints_one_page_wide_with_its_headings(book: Path, name: str) -> None:
    sheet = openpyxl.load_workbook(book)[name]
    spec = next(s for s in OUTPUT_SHEETS if s.name == name)
    top = next(r for r in (1, 2, 3, 4) if sheet.cell(r, 1).value == spec.columns[0].heading)
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (int(sheet.page_setup.fitToWidth or 1), int(sheet.page_setup.fitToHeight)) == (1, 0)
    assert sheet.print_title_rows == f"${top}:${top}"


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.sampled(3)
def test_no_heading_is_cut_off(book: Path, name: str) -> None:
    """A heading that does not fit into its column has lines enough, none of its words is broken."""
    sheet = openpyxl.load_workbook(book)[name]
    spec = next(s for s in OUTPUT_SHEETS if s.name == name)
    top = next(r for r in (1, 2, 3, 4) if sheet.cell(r, 1).value == spec.columns[0].heading)
    height = sheet.row_dimensions[top].height or 15
    for cell in sheet[top]:
        width = sheet.column_dimensions[cell.column_letter].width
        assert max(map(len, cell.value.split())) < width
        lines, used = 1, 0
        for word in cell.value.split():
            used += len(word) + 1
            if used > width:
                lines, used = lines + 1, len(word) + 1
        assert height >= 15 * lines, cell.value
