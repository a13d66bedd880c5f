"""Rows of a table that are no data: blank ones, dashes, headings once more, what a tool says at the end.

In      a table, the columns of it that are read, as text.
Out     which rows are such, by what they are, for the report; a row of data is never one of them.
Cost    rows with at most one filled cell among those that are read are looked at whole; there are few.
Source  EXPORTS; WORKBOOK "Command line" (import: passed over by reason).
"""

import re

import polars as pl

from invclose_xl.importing.sources.table import ExportTable, name_key
from invclose_xl.importing.sources.tool_lines import DASHES_LINE, FOOTER_LINE, name_tool_line

BLANK_LINE, HEADINGS_LINE, TOTALS_LINE = "A blank line", "The headings once more", "A line of totals"
NO_DATA = (BLANK_LINE, DASHES_LINE, HEADINGS_LINE, FOOTER_LINE, TOTALS_LINE)
_TOTAL = r"(?i)^(?:(?:grand |sub)?totals?|gesamt(?:summe|ergebnis)?|summe|total g[ée]n[ée]ral|somme|suma)\s*:?$"
_FIGURE = re.compile(r"[-+(]*\d[\d.,\s  '’]*[-)]?")
"""a number, and no date"""


def find_no_data(table: ExportTable, text: pl.DataFrame) -> list[tuple[str, pl.Series]]:
    """Return the rows that are no data."""
    if not text.height:
        return []
    columns = [pl.col(name).str.strip_chars() for name in text.columns]
    filled = pl.sum_horizontal([((c != "").fill_null(value=False)).cast(pl.Int32) for c in columns])
    first = pl.any_horizontal(
        [(c == name).fill_null(value=False) for c, name in zip(columns, text.columns, strict=True)]
    )
    dashes = pl.any_horizontal([c.str.contains(r"^[-=]{3,}$").fill_null(value=False) for c in columns])
    total = pl.any_horizontal([c.str.contains(_TOTAL).fill_null(value=False) for c in columns])
    maybe = text.select((filled <= 1) | first | dashes | total).to_series()
    if not maybe.any():
        return []
    places = maybe.arg_true()
    whole = table.read(list(dict.fromkeys(table.columns)))[places]
    found: dict[str, list[int]] = {}
    for place, row in zip(places.to_list(), whole.iter_rows(named=True), strict=True):
        reason = _reason({name: cell.strip() for name, cell in row.items() if cell and cell.strip()}, len(row))
        if reason:
            found.setdefault(reason, []).append(place)
    return [(reason, _at(rows, text.height)) for reason, rows in found.items()]


def _at(places: list[int], size: int) -> pl.Series:
    return pl.Series([False]).new_from_index(0, size).scatter(places, values=True)


def _reason(cells: dict[str, str], columns: int) -> str:
    """Return what a row of some filled cells is; '' data, such as a row of an item that is called Total."""
    if not cells:
        return BLANK_LINE
    if all(name_tool_line(cell) == DASHES_LINE for cell in cells.values()):
        return DASHES_LINE
    if len(cells) > 1 and all(name_key(cell) == name_key(name) for name, cell in cells.items()):
        return HEADINGS_LINE
    if len(cells) == 1:
        return name_tool_line(next(iter(cells.values())))
    first, *others = cells.values()
    is_total = re.match(_TOTAL, first) and all(map(_FIGURE.fullmatch, others)) and 2 * len(cells) <= columns
    return TOTALS_LINE if is_total else ""
