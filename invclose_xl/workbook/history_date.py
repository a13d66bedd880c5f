"""The date at the top of the sheet Lock, which people and formulas look at: does it say what the lock's rows say?

In      the sheet Lock and the table of its rows.
Out     a Problem with severity Refused where the date was changed by hand.
Source  RULES R10.2; WORKBOOK "Written" (Lock).
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from invclose_xl.domain.codes import CODES
from invclose_xl.domain.problem import CellRef, Problem, Severity
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.workbook.cell_reference import column_letters
from invclose_xl.workbook.cells import BLANK, NUMBER, Cells
from invclose_xl.workbook.headings import ROWS_SEARCHED
from invclose_xl.workbook.layout import LOCK_CAPTION, OUTPUT_SHEETS, heading_key
from invclose_xl.workbook.number_formats import DATE
from invclose_xl.workbook.parse_sheet import Sheets
from invclose_xl.workbook.parse_values import Cell, Locale, read_date, shown

LOCK = next(sheet.name for sheet in OUTPUT_SHEETS if sheet.table == "lock")
EPOCH = date(1970, 1, 1)


def changed_closed_date(sheets: Sheets, lock: pl.DataFrame, locale: Locale) -> list[Problem]:
    """Compare the date beside the caption with the last active Closing; without the caption there is no date."""
    sheet = sheets.find(LOCK)
    if sheet is None:
        return []
    cells = sheets.cells(sheet)
    place = _beside_the_caption(cells)
    if place is None:
        return []
    row, column, cell = place
    active = (pl.col("status") == Status.ACTIVE) & (pl.col("type") == ClosingType.CLOSING)
    latest = lock.filter(active)["up_to"].max()
    closed = latest if isinstance(latest, date) else None
    value = read_date(cell, locale)
    day = EPOCH + timedelta(days=value) if isinstance(value, int) else None
    if day == closed and not (day is None and cell.kind != BLANK):
        return []
    found = str(day) if day else "" if cell.kind == BLANK else shown(cell, locale)
    says = f"closed up to {closed}" if closed else "not closed"
    return [
        Problem(
            "IC217", Severity.REFUSED, CellRef(sheet.name, row, column_letters(column), ""), found,
            f"The rows of the lock say that inventory is {says}.", f"Set it back to {closed or 'blank'}.",
            CODES["IC217"].rule,
        )
    ]  # fmt: skip


def _beside_the_caption(cells: Cells) -> tuple[int, int, Cell] | None:
    """Return row, column and content of the first filled cell to the right of the caption; the third column if none."""
    top = np.flatnonzero(cells.row <= ROWS_SEARCHED)
    texts = cells.texts.gather(cells.text_at[top]).fill_null("").to_list()
    wanted = heading_key(LOCK_CAPTION)
    caption = next((int(at) for at, text in zip(top, texts, strict=True) if heading_key(text) == wanted), None)
    if caption is None:
        return None
    row, column = int(cells.row[caption]), int(cells.column[caption])
    right = np.flatnonzero((cells.row == row) & (cells.column > column) & (cells.kind != BLANK))
    if not len(right):
        return row, column + 2, Cell(BLANK)
    at = int(right[0])
    text = cells.texts[int(cells.text_at[at])] or ""
    # Whatever its format is now, a whole number here is a day.
    number = float(cells.number[at]) if cells.kind[at] == NUMBER else 0.0
    return row, int(cells.column[at]), Cell(int(cells.kind[at]), number, text, DATE)
