"""IDs that a spreadsheet program made dates of: refused or named, whatever shape they have now, never read silently."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.importing.closed import refused, run
from tests.importing.test_tool_lines import HEADINGS, HOW, ROWS, file_of, line

SHAPES = (
    "1-Mar", "01-Mar", "Mar-26", "1-Mar-26", "1. Mrz", "01. Mrz", "Mrz 26", "1-mars", "mars-26", "01-ene", "1-Dez",
    "2026-03-01", "01.03.2026", "3/1/2026", "3/1/26", "3-1-2026", "2026-03-01 00:00:00", "1:30", "01:30:00",
)  # fmt: skip
OTHERS = ("3-1", "MAR1", "MAR-26", "A-2026", "2026-03", "10.5", "May", "1-MAR", "20260301", "12/34", "L2")


def with_lots(folder: Path, *lots: str) -> Path:
    rows = (*ROWS, (ROWS[1][0].replace("2", "3"), *ROWS[1][1:]))
    return file_of(folder, [line(HEADINGS), *(line((*row[:-1], lot)) for row, lot in zip(rows, lots, strict=False))])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.sampled(5)
def test_an_id_that_looks_like_a_date_is_named(shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = with_lots(tmp_path / "export", "L1", shape)
    assert run("import", str(source), *HOW, "--output", str(tmp_path / "book.xlsx"), "--strict") == 6
    assert f"InventTransId, found {shape!r}. The ID looks like a date" in capsys.readouterr().err


@pytest.mark.parametrize("lots", [*((one, "L9") for one in OTHERS), ("05.01.2026", "17.02.2026", "")])
@pytest.mark.sampled(4)
def test_other_ids_are_not_and_where_all_are_dates_it_is_their_name(lots: tuple[str, ...], tmp_path: Path) -> None:
    source = with_lots(tmp_path / "export", *lots)
    assert run("import", str(source), *HOW, "--output", str(tmp_path / "book.xlsx"), "--strict") == 0


def test_a_record_is_no_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line(HEADINGS), *(line((f"2026-01-0{k}", *row[1:])) for k, row in enumerate(ROWS, 1))]
    said = refused(capsys, file_of(tmp_path / "export", rows), tmp_path / "book.xlsx", *HOW)
    assert "RecId, found '2026-01-01'. A date or a logical value" in said[0]


@pytest.mark.parametrize("value", [date(2026, 3, 1), True])
def test_a_date_cell_is_no_id(value: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = openpyxl.Workbook()
    book.active.title = "InventTrans"
    for row in (HEADINGS, *ROWS):
        book.active.append(row)
    for row in (2, 3):
        book.active.cell(row, HEADINGS.index("InventTransId") + 1).value = value  # all of them: no name, still
    book.save(tmp_path / "export.xlsx")
    said = refused(capsys, tmp_path / "export.xlsx", tmp_path / "book.xlsx", *HOW)
    assert "InventTransId, found" in said[0]
    assert "(IC442)" in said[0]
