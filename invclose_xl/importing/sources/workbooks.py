"""The sheets of a workbook as tables: a grid that was exported, or several tables side by side.

In      an .xlsx or .xlsm file.
Out     one ExportTable for each sheet that has headings; numbers as the decimal of their 15 significant digits, dates
        as ISO.
Errors  BookUnusable where the file is no workbook.
Source  RULES R0; EXPORTS.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from invclose_xl.importing.sources.table import ExportTable
from invclose_xl.workbook.cells.cells import BOOLEAN, ISO_DATE, NUMBER, TEXT, Bool, Cells, UInt8
from invclose_xl.workbook.cells.number_formats import DATE, formats_of
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.tables.sheet import Sheets

ROWS_SEARCHED = 20
FEWEST_HEADINGS = 2


def workbook_tables(file: Path) -> list[ExportTable]:
    """Return a table for each sheet of a workbook that has headings."""
    found = []
    with Package.open(file) as package:
        sheets, formats = Sheets(package), formats_of(package)
        epoch = date(1904, 1, 1) if package.uses_1904 else date(1899, 12, 30)
        for sheet in sheets.all:
            table = _table(file, sheet.name, sheets.cells(sheet), formats, epoch)
            if table is not None:
                found.append(table)
    return found


def _table(file: Path, name: str, cells: Cells, formats: UInt8, epoch: date) -> ExportTable | None:
    headings_row = _headings_row(cells)
    if not headings_row:
        return None
    texts = cell_texts(cells, formats, epoch)
    headings = {int(cells.column[i]): str(texts[i]) for i in np.flatnonzero(cells.row == headings_row).tolist()}
    positions: dict[str, int] = {}
    for position, heading in sorted(headings.items()):
        positions.setdefault(heading.strip(), position)

    def read(wanted: Sequence[str]) -> pl.DataFrame:
        return rows_below(cells, texts, headings_row, {heading: positions[heading] for heading in wanted})

    def not_texts(wanted: Sequence[str]) -> pl.DataFrame:
        odd = np.flatnonzero(_are_dates(cells, formats) | (cells.kind == BOOLEAN))
        marked = pl.Series("text", [None], dtype=pl.String).new_from_index(0, len(texts))
        marked = marked.scatter(odd, texts.gather(odd))
        return rows_below(cells, marked, headings_row, {heading: positions[heading] for heading in wanted})

    names = (name, file.stem) if name.casefold().startswith(("sheet", "tabelle", "feuil", "hoja")) else (name,)
    return ExportTable(names, f"{file.name}, {name}", "workbook", tuple(positions), read, headings_row + 1,
                       not_texts=not_texts)  # fmt: skip


def rows_below(cells: Cells, texts: pl.Series, headings_row: int, columns: Mapping[str, int]) -> pl.DataFrame:
    """Return some columns of a sheet as texts, one row for each below the headings, blank ones included."""
    below = cells.row > headings_row
    last = int(cells.row[below].max()) if below.any() else headings_row
    found = {}
    for name, position in columns.items():
        at = np.flatnonzero(below & (cells.column == position))
        filled = pl.DataFrame({"row": cells.row[at] - headings_row - 1, "text": texts.gather(at)})
        found[name] = _spread(filled, last - headings_row)
    return pl.DataFrame(found, schema=dict.fromkeys(columns, pl.String))


def _spread(filled: pl.DataFrame, rows: int) -> pl.Series:
    """Put texts into their rows; blank ones are null."""
    every = pl.DataFrame({"row": np.arange(rows, dtype=np.int32)})
    return every.join(filled, on="row", how="left", maintain_order="left").get_column("text")


def _headings_row(cells: Cells) -> int:
    """Return the first of the rows on top that hold the most texts, 0 where none holds two."""
    rows = np.unique(cells.row)[:ROWS_SEARCHED]
    counts = [(int(((cells.row == row) & (cells.kind == TEXT)).sum()), -int(row)) for row in rows]
    most, row = max(counts, default=(0, 0))
    return -row if most >= FEWEST_HEADINGS else 0


def cell_texts(cells: Cells, formats: UInt8, epoch: date) -> pl.Series:
    """Return each cell as text; an error value or a formula without a result stands as it is shown."""
    texts = cells.texts.gather(cells.text_at.tolist()).to_list()
    is_date = _are_dates(cells, formats)
    for position in np.flatnonzero((cells.kind == NUMBER) | (cells.kind == BOOLEAN)).tolist():
        number = float(cells.number[position])
        if cells.kind[position] == BOOLEAN:
            texts[position] = "1" if number else "0"
        elif is_date[position]:
            days = int(number)
            texts[position] = (epoch + timedelta(days + (0 < days < 60 and epoch.year == 1899))).isoformat()
        else:
            texts[position] = format(number, ".15g")
    for position in np.flatnonzero(cells.kind == ISO_DATE).tolist():
        texts[position] = str(texts[position])
    return pl.Series("text", texts, dtype=pl.String)


def _are_dates(cells: Cells, formats: UInt8) -> Bool:
    """Return which cells are shown as dates."""
    shown = formats[np.minimum(cells.style, len(formats) - 1)] == DATE
    days = (cells.kind == NUMBER) & shown & (cells.number >= 0) & (cells.number < 2_958_466)
    found: Bool = days | (cells.kind == ISO_DATE)
    return found
