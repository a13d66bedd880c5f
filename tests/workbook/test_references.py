"""A cell has one place, on the user's sheets and on ours; a reference that names none is told, at once.

Source  ECMA-376 part 1, 18.18.7; the readers are cells_exact, cells_plain (input and results) and sheet_source,
        sheet_scan (arrangement of our sheets).
"""

import re
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.cells.cells import SharedTexts
from invclose_xl.workbook.cells.large import Limits
from invclose_xl.workbook.cells.read import read_cells
from invclose_xl.workbook.package.cell_reference import (
    Range,
    cell_column,
    check_reference,
    column_letters,
    column_number,
    row_number,
)
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.xml import BadXml
from invclose_xl.workbook.results.write import refuse_unwritable, write_results
from tests.books import Book, Item
from tests.closings.closed_book import NOW, _part_of
from tests.workbook.result_tables import DAY, SCALES, tables
from tests.workbook.test_package import Parts, repacked

WRONG = (
    "1.5", "-", "", "A", "7", "a3", "$A$3", "A1:B2", "A0", "A03", "A1048577", "XFE3", "AAAA3", "É3", "A３", "A-3",
    "A 3", "9" * 400, "A" * 400 + "3", "\t", "#REF!",
)  # fmt: skip
RUNS = (("close", "--date", "2026-02-28"), ("recalculate", "--date", "2026-02-28"), ("reverse",), ("status",),
        ("check", "--date", "2026-02-28"))  # fmt: skip


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 4, "40.00")
    book.issue("S1", date(2026, 1, 9), 2, "30.00")
    path = book.write(tmp_path_factory.mktemp("closed") / "book.xlsx")
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "cfo") == 0
    return path


def with_reference(closed: Path, path: Path, sheet: str, row: int, reference: str, element: str = "c") -> Path:
    """Give the first cell of a row (or the row itself) another reference."""
    path.write_bytes(closed.read_bytes())
    part = _part_of(path, sheet)
    pattern = rf'(<{element}\b[^>]*? ?r=")([A-Z]*{row})(")'

    def change(parts: Parts) -> Parts:
        escaped = reference.replace("\t", "&#9;")
        text, times = re.subn(pattern, lambda m: m[1] + escaped + m[3], parts[part].decode(), count=1)
        assert times == 1
        parts[part] = text.encode()
        return parts

    return repacked(path, change)


@pytest.mark.parametrize("reference", WRONG)
@pytest.mark.parametrize(("sheet", "row"), [("Transactions", 2), ("Settlements", 3), ("Settlements", 2), ("Lock", 4),
                                            ("Locked rows", 3), ("Log", 2), ("Items", 1)])  # fmt: skip
@pytest.mark.sampled(11, long=3)
def test_a_cell_without_a_place_is_refused(closed: Path, tmp_path: Path, sheet: str, row: int, reference: str,
                                           capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    path = with_reference(closed, tmp_path / "book.xlsx", sheet, row, reference)
    before = path.read_bytes()
    for command, *options in RUNS if reference in ("1.5", "-") else RUNS[:1]:
        assert main([command, str(path), *options], NOW, "cfo") == 5
        assert sheet in capsys.readouterr().err
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("reference", ["0", "-1", "1.5", "", "A", "1048577", "99999999999", " 3", "²"])
@pytest.mark.parametrize(("sheet", "row"), [("Transactions", 2), ("Settlements", 3), ("Lock", 4)])
def test_a_row_without_a_place_is_refused(closed: Path, tmp_path: Path, sheet: str, row: int, reference: str) -> None:
    path = with_reference(closed, tmp_path / "book.xlsx", sheet, row, reference, "row")
    assert main(["close", str(path), "--date", "2026-02-28"], NOW, "cfo") == 5


@pytest.mark.parametrize("sheet", ["Settlements", "Lock", "Transactions"])
def test_a_row_or_cell_stated_twice_is_refused(closed: Path, tmp_path: Path, sheet: str) -> None:
    """Two rows of one number: whose cells would be the user's?"""
    path = tmp_path / "book.xlsx"
    path.write_bytes(closed.read_bytes())
    part = _part_of(path, sheet)

    def twice(parts: Parts) -> Parts:
        rows = re.findall(rb"<row .*?</row>", parts[part], re.DOTALL)
        parts[part] = parts[part].replace(rows[-1], rows[-1] * 2)
        return parts

    repacked(path, twice)
    assert main(["close", str(path), "--date", "2026-02-28"], NOW, "cfo") == 5


def test_a_result_sheet_is_refused_by_the_writer_too(closed: Path, tmp_path: Path) -> None:
    """Whoever has read the book before: what the writer finds wrong it names itself."""
    path = with_reference(closed, tmp_path / "book.xlsx", "Settlements", 3, "-")
    with pytest.raises(BookUnusable, match=r"Settlements: it names a cell '-' in row 3"):
        write_results(path, tables(1), SCALES, "EUR", DAY)
    path = with_reference(closed, tmp_path / "book.xlsx", "Settlements", 2, "1.5")
    with pytest.raises(BookUnusable, match=r"names a cell '1\.5' in row 2"):
        refuse_unwritable(path, None)


@pytest.mark.parametrize("reference", WRONG)
def test_references_that_are_none(reference: str) -> None:
    with pytest.raises(BadXml):
        cell_column(reference, 3)


def test_references_that_are_some() -> None:
    assert [cell_column(r, 3) for r in ("A3", "Z3", "AA3", "XFD3")] == [1, 26, 27, 16_384]
    assert [column_letters(column_number(c)) for c in ("A", "AZ", "XFD")] == ["A", "AZ", "XFD"]
    assert [column_number(c) for c in ("XFE", "-", "1", "", "AAAA", "É")] == [0] * 6
    assert column_letters(-5) == ""
    assert [row_number(text, 4) for text in (None, "9", "1048576")] == [5, 9, 1_048_576]


@pytest.mark.parametrize("text", ["A1:XFE9", "A1:B1048577", "B2:A1", "A:B", "1:2", "-", "1.5:2", "A0", "A1:B2:C3", ""])
def test_areas_that_are_none(text: str) -> None:
    assert Range.parse(text) is None


def test_large_sheets_are_read_by_the_same_rule(closed: Path, tmp_path: Path) -> None:
    path = with_reference(closed, tmp_path / "book.xlsx", "Transactions", 2, "XFE2")
    with Package.open(path) as package:
        sheet = package.sheet("Transactions")
        assert sheet is not None
        with pytest.raises(BookUnusable, match="names a cell 'XFE2'"):
            read_cells(package, sheet, SharedTexts.of(pl.Series([], dtype=pl.String)), Limits(bulk=1))


# ---- ranges

RANGES = ("A1", "A1:B2", "A:C", "1:3", "$A$1", "$A$1:$B$2", "XFD1048576", "A1:XFD1048576", "$A:$C", "$1:$3")
NO_RANGES = (
    "", "-", "1.5", "A", "7", "A:", ":A1", "A1:B", "A:3", "a1", "A0", "A1:B0", "A1048577", "XFE3", "AAAA3", "A1:B2:C3",
    "A３", "$", "#REF!", "A" * 400, "9" * 400, "Sheet1!A1", "A1,B2",
)  # fmt: skip


@pytest.mark.parametrize("text", RANGES)
def test_what_names_cells(text: str) -> None:
    check_reference(text)


@pytest.mark.parametrize("text", NO_RANGES)
def test_what_names_no_cells(text: str) -> None:
    with pytest.raises(BadXml, match="it names the cells"):
        check_reference(text)


HANGING = {
    "table": '<table ref="{}"/>',
    "mergeCell": '<mergeCells count="1"><mergeCell ref="{}"/></mergeCells>',
    "conditionalFormatting": '<conditionalFormatting sqref="{}"><cfRule type="expression" priority="9">'
    "<formula>TRUE</formula></cfRule></conditionalFormatting>",
    "dataValidation": '<dataValidations count="1"><dataValidation sqref="A1 {}"/></dataValidations>',
    "hyperlink": '<hyperlinks><hyperlink ref="{}" location="A1"/></hyperlinks>',
    "autoFilter": '<autoFilter ref="{}"/>',
}


def hung(closed: Path, path: Path, sheet: str, element: str, reference: str) -> Path:
    """Hang something on cells of a sheet, which are those of ``reference``."""
    path.write_bytes(closed.read_bytes())
    part = _part_of(path, sheet)

    def change(parts: Parts) -> Parts:
        if element == "table":
            rels = f"xl/worksheets/_rels/{part.rpartition('/')[2]}.rels"
            name = re.search(r'Target="[^"]*(tables/[^"]+)"', parts[rels].decode())
            assert name
            table = f"xl/{name[1]}"
            text, times = re.subn(r'(<table\b[^>]*? ref=")[^"]*', rf"\g<1>{reference}", parts[table].decode(), count=1)
            parts[table] = text.encode()
        else:
            text, times = re.subn("</sheetData>", f"</sheetData>{HANGING[element].format(reference)}",
                                  parts[part].decode())  # fmt: skip
            parts[part] = text.encode()
        assert times == 1
        return parts

    return repacked(path, change)


@pytest.mark.parametrize("reference", ["-", "1.5 -", "A0"])
@pytest.mark.parametrize("element", HANGING)
def test_a_range_of_no_cells_on_our_sheets_is_refused(
    element: str, reference: str, closed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = hung(closed, tmp_path / "book.xlsx", "Settlements", element, reference)
    before = book.read_bytes()
    assert main([str(book), "--date", "2026-02-28"], NOW) == 5
    assert "the sheet Settlements: it names the cells" in capsys.readouterr().err
    assert book.read_bytes() == before


@pytest.mark.parametrize("element", [e for e in HANGING if e != "table"])
def test_a_range_on_the_users_sheets_stays_as_it_is(element: str, closed: Path, tmp_path: Path) -> None:
    book = hung(closed, tmp_path / "book.xlsx", "Transactions", element, "1.5 -")
    part = _part_of(book, "Transactions")
    before = zipfile.ZipFile(book).read(part)
    assert main([str(book), "--date", "2026-02-28", "--no-backup"], NOW) == 0
    assert zipfile.ZipFile(book).read(part) == before
