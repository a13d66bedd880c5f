"""The sheet *Import*: what became of every row that was read, as a result sheet of ours.

In      a PackageEdit, an Imported.
Out     the sheet, made anew.
Source  WORKBOOK "Command line" (import).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.importing.book.existing import places_of
from invclose_xl.importing.book.fill import number_text
from invclose_xl.importing.book.report import report_frame
from invclose_xl.importing.mapping.sheets import sheet_of
from invclose_xl.importing.transform.run import Imported
from invclose_xl.workbook.layout import OutputColumn, OutputKind, OutputSheet
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.styles import Styles
from invclose_xl.workbook.results.write_plan import plan_further_sheets
from invclose_xl.workbook.tables.sheet import Sheets

IMPORT = OutputSheet(
    "import",
    "Import",
    (
        OutputColumn("table", "Table", width=26),
        OutputColumn("file", "File", width=28),
        OutputColumn("how", "Read as", width=32),
        OutputColumn("what", "What", width=16),
        OutputColumn("rows", "Rows", "count", 10),
        OutputColumn("quantity", "Quantity", "quantity", 16),
        OutputColumn("amount", "Amount", "amount", 18),
        OutputColumn("text", "Text", width=90),
    ),
)


def add_sheets(
    edit: PackageEdit, imported: Imported, missing: Mapping[str, pl.DataFrame], others: Callable[[Styles], None]
) -> None:
    """Register the edits that write the sheet, the sheets that the book lacks, and ``others`` with them."""
    frame, decimals = report_frame(imported)
    numbers = [c for f in missing.values() for c in f.get_columns() if c.dtype == pl.Decimal]
    decimals = max([decimals, *(_decimals(c) for c in numbers)])
    tables = [(IMPORT, _scaled(frame, decimals))]
    tables += [(_as_output(name), _scaled(rows, decimals)) for name, rows in missing.items()]
    plan_further_sheets(edit, tables, Scales(decimals, decimals, 0), others=others)


def _decimals(numbers: pl.Series) -> int:
    return int(str(number_text(numbers).str.split(".").list.get(1, null_on_oob=True).str.len_chars().max() or 0))


def _scaled(frame: pl.DataFrame, decimals: int) -> pl.DataFrame:
    """Return exact numbers as integers of their smallest unit."""
    return frame.select(
        [(c * 10**decimals).cast(pl.Int64) if c.dtype == pl.Decimal else c for c in frame.get_columns()]
    )


def sheets_written(package: Package, names: Iterable[str]) -> tuple[OutputSheet, ...]:
    """Return the sheets that an import fills in a workbook, with the columns that these have there, and its own."""
    sheets = Sheets(package)
    found = []
    for name in names:
        for place in places_of(package, sheets, name):
            headings = {field: place.headings.texts[at].strip() for field, at in place.headings.columns.items()}
            columns = tuple(
                replace(c, heading=headings[c.field]) for c in _as_output(name).columns if c.field in headings
            )
            found.append(OutputSheet(place.sheet.name, place.sheet.name, columns))
    return (*found, IMPORT)


def _as_output(name: str) -> OutputSheet:
    """Return an input sheet that the book lacks, or one that another goes on in, as a sheet to be written."""
    spec = sheet_of(re.sub(r" \(\d+\)$", "", name))
    assert spec is not None
    kinds: dict[str, OutputKind] = {"quantity": "quantity", "amount": "amount", "price": "amount", "share": "amount",
                                    "date": "date"}  # fmt: skip
    columns = tuple(OutputColumn(c.field, c.heading, kinds.get(c.kind, "text"), 20) for c in spec.columns)
    return OutputSheet(name, name, columns)
