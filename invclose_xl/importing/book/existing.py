"""Where the input sheets of a workbook are, and what is on them already.

In      an opened workbook.
Out     SheetRows of each input sheet; its rows as texts, to be compared.
Errors  BookUnusable where new rows would not be part of the sheet's table.
Source  WORKBOOK "Read".
"""

from datetime import date
from pathlib import Path

import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.importing.book.fill import SheetRows
from invclose_xl.importing.mapping.sheets import sheet_of
from invclose_xl.importing.sources.workbooks import cell_texts, rows_below
from invclose_xl.importing.transform.typed import NUMBER
from invclose_xl.workbook.cells.number_formats import formats_of
from invclose_xl.workbook.package.cell_reference import Range
from invclose_xl.workbook.package.package import Package, Sheet
from invclose_xl.workbook.tables.sheet import Sheets


def place_of(package: Package, sheets: Sheets, name: str) -> SheetRows | None:
    """Return where a sheet of the contract is in a workbook."""
    return next(iter(places_of(package, sheets, name)), None)


def places_of(package: Package, sheets: Sheets, name: str) -> list[SheetRows]:
    """Return where a sheet of the contract and those that it goes on in, such as ``Items (2)``, stand."""
    first = sheets.find(name)
    found = (_place(package, sheets, name, s) for s in (*([first] if first else []), *sheets.further(name)))
    return [place for place in found if place is not None]


def _place(package: Package, sheets: Sheets, name: str, sheet: Sheet) -> SheetRows | None:
    spec = sheet_of(name)
    if spec is None:
        return None
    headings = sheets.headings(sheet, spec.columns)
    if headings is None or headings.missing:
        return None
    rows = sheets.cells(sheet).row
    below = rows[rows > headings.row]
    last = int(below.max()) if len(below) else headings.row
    for table in package.tables_of(sheet):
        area = Range.parse(table.ref)
        if area is not None and area.top == headings.row and (last > area.bottom or table.totals_rows):
            raise BookUnusable(
                f"On the sheet {sheet.name}, row {last} stands below the rows of the table {table.name} ({area}), "
                "where new rows would go: remove it, or the table's totals row, save, and run again."
            )
    return SheetRows(sheet, spec, headings, last)


def texts_of(package: Package, sheets: Sheets, place: SheetRows) -> pl.DataFrame:
    """Return what is in the columns of a sheet, by field: one row for each of the sheet, blank ones included."""
    epoch = date(1904, 1, 1) if package.uses_1904 else date(1899, 12, 30)
    cells = sheets.cells(place.sheet)
    texts = cell_texts(cells, formats_of(package), epoch)
    return rows_below(cells, texts, place.headings.row, place.headings.columns)


def rows_in(book: Path) -> dict[str, pl.DataFrame]:
    """Return what an import needs to know of the rows of a book.

    What other rows may name in its transactions: IDs and lots, transfers with their quantities. Which item has which
    model group, and which group which inventory model.
    """
    wanted = {"Transactions": ("id", "lot", "transfer", "quantity"), "Items": ("number", "model_group"),
              "Item model groups": ("name", "model")}  # fmt: skip
    found = {}
    with Package.open(book) as package:
        sheets = Sheets(package)
        for name, fields in wanted.items():
            if places := places_of(package, sheets, name):
                texts = pl.concat([texts_of(package, sheets, place) for place in places], how="diagonal")
                rows = texts.select(field for field in fields if field in texts.columns)
                found[name] = rows.with_columns(pl.col("^quantity$").cast(NUMBER, strict=False))
    return found
