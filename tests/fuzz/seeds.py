"""The workbooks that the fuzz run changes: small, and together with most of what the reader and the writer look at.

In      a folder.
Out     files whose close succeeds: plain, with shared texts and tables, strict, closed before and arranged since by a
        user (other columns, formats, comments, a chart, a pivot cache), and, where the corpus is there, real ones.
Errors  none.
"""

import contextlib
import io
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from invclose_xl.cli.main import main
from tests.corpus.attempt import CORPUS
from tests.errors.raw_book import MAIN, RELATIONS, base, write_book
from tests.tools.add_inputs import add_inputs

JANUARY = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
REAL = 6
SMALLEST_REAL, LARGEST_REAL = 8_000, 20_000


def make_seeds(folder: Path) -> Path:
    """Write the seed books into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_book(folder / "plain.xlsx", base())
    write_book(folder / "shared.xlsx", base(), shared=True, tables={"Transactions": "Transactions A1:E3"})
    write_book(folder / "from1904.xlsx", base(), date1904=True)
    _strict(write_book(folder / "strict.xlsx", base()))
    closed = write_book(folder / "closed.xlsx", base())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main([str(closed), "--date", "2026-01-31", "--no-backup"], now=JANUARY, user="fuzz") == 0
    _later_postings(closed)
    _arranged(closed, folder / "arranged.xlsx")
    _with_pivot(folder / "arranged.xlsx", folder / "pivot.xlsm")
    for number, real in enumerate(_real_books()):
        add_inputs(real, folder / f"real{number}{real.suffix}")
    return folder


def _later_postings(path: Path) -> None:
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Transactions"]
    sheet.append(["P2", "CHAIN", datetime(2026, 2, 3), 10, 120])
    sheet.append(["S2", "CHAIN", datetime(2026, 2, 20), -12, -110])
    workbook.save(path)


def _arranged(closed: Path, path: Path) -> None:
    """Save the closed book as somebody who works with it leaves it."""
    workbook = openpyxl.load_workbook(closed)
    sheet = workbook["Settlements"]
    sheet["M2"], sheet["M3"], sheet["N3"] = "Checked", "yes", "=I3*2"
    sheet["I3"].comment = Comment("why?", "controller")
    sheet.row_dimensions[3].hidden = True
    sheet.conditional_formatting.add("I3:I3", CellIsRule(operator="greaterThan", formula=["20"]))
    validation = DataValidation(type="list", formula1='"yes,no"')
    validation.add("M3:M3")
    sheet.add_data_validation(validation)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=9, min_row=2, max_row=3), titles_from_data=True)
    sheet.add_chart(chart, "P2")
    sheet["R2"], sheet["S2"], sheet["R3"], sheet["S3"] = "Site", "Budget", "1", 100
    sheet.add_table(Table(displayName="Budget", ref="R2:S3"))
    workbook.move_sheet("Lock", -7)
    workbook["Log"].sheet_state = "hidden"
    workbook["Lock"]["R4"] = "Auditor"
    workbook["Adjustments"].auto_filter.ref = "A2:O2"
    del workbook["Adjustments"].tables["Adjustments"]
    workbook.defined_names["Mine"] = DefinedName("Mine", attr_text="Settlements!$A$2:$L$3")
    workbook.save(path)


def _with_pivot(book: Path, path: Path) -> None:
    cache = (
        f'<pivotCacheDefinition xmlns="{MAIN}"><cacheSource type="worksheet"><worksheetSource ref="A2:L3" '
        'sheet="Settlements"/></cacheSource><cacheFields count="0"/></pivotCacheDefinition>'
    )
    chain = f'<calcChain xmlns="{MAIN}"><c r="I1" i="4"/><c r="N3"/></calcChain>'
    relations = (
        f'<Relationship Id="rIdP" Type="{RELATIONS}/pivotCacheDefinition" Target="pivotCache/definition1.xml"/>'
        f'<Relationship Id="rIdC" Type="{RELATIONS}/calcChain" Target="calcChain.xml"/></Relationships>'
    )

    def change(name: str, body: bytes) -> bytes:
        if name == "xl/_rels/workbook.xml.rels":
            return body.replace(b"</Relationships>", relations.encode())
        return body

    _copied(book, path, change, {"xl/pivotCache/definition1.xml": cache, "xl/calcChain.xml": chain})


def _strict(path: Path) -> None:
    def change(_name: str, body: bytes) -> bytes:
        body = body.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
        return body.replace(RELATIONS.encode(), b"http://purl.oclc.org/ooxml/officeDocument/relationships")

    whole = path.with_suffix(".tmp")
    path.rename(whole)
    _copied(whole, path, change, {})
    whole.unlink()


def _copied(book: Path, path: Path, change: Callable[[str, bytes], bytes], added: dict[str, str]) -> None:
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, body in added.items():
            new.writestr(name, body)


def _real_books() -> list[Path]:
    """Some small real workbooks, spread over the corpus; none where it is not there."""
    if not CORPUS.is_dir():
        return []
    small = sorted(p for p in CORPUS.glob("*.xls[xm]") if SMALLEST_REAL < p.stat().st_size < LARGEST_REAL)
    return small[:: max(len(small) // (2 * REAL), 1)][:REAL]


if __name__ == "__main__":
    make_seeds(Path(sys.argv[1]))
