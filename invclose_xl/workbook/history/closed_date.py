"""The date at the top of the sheet Lock, which people and formulas look at: does it say what the lock's rows say?

In      the sheet Lock, the name ClosedDate, and the table of the lock's rows.
Out     a Problem with severity Refused where the date or what the name stands for was changed by hand.
Source  RULES R10.2; WORKBOOK "Written" (Lock).
"""

from datetime import date
from functools import partial

import numpy as np
import polars as pl

from invclose_xl.domain.days import to_date
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.workbook.cells.cells import BLANK, NUMBER, Cells
from invclose_xl.workbook.cells.number_formats import DATE
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, LOCK_CAPTION, OUTPUT_SHEETS, heading_key
from invclose_xl.workbook.package.cell_reference import Range, column_letters
from invclose_xl.workbook.package.package import Sheet
from invclose_xl.workbook.tables.headings import ROWS_SEARCHED
from invclose_xl.workbook.tables.sheet import Sheets
from invclose_xl.workbook.values.dates import read_date
from invclose_xl.workbook.values.values import Cell, Locale, shown

LOCK = next(sheet.name for sheet in OUTPUT_SHEETS if sheet.table == "lock")
CellPosition = tuple[int, int]
"""row and column of a cell"""


def changed_closed_date(sheets: Sheets, lock: pl.DataFrame, locale: Locale) -> list[Problem]:
    """Compare the date with the last active Closing, wherever the name ClosedDate and the caption say it stands."""
    sheet = sheets.find(LOCK)
    if sheet is None:
        return []
    cells = sheets.cells(sheet)
    active = (pl.col("status") == Status.ACTIVE) & (pl.col("type") == ClosingType.CLOSING)
    latest = lock.filter(active)["up_to"].max()
    closed = latest if isinstance(latest, date) else None
    caption, names = _caption(cells), sheets.names(CLOSED_DATE_NAME, sheet)
    places = [place for place in map(partial(_named_cell, sheet), names) if place and _is_date_cell(place, caption)]
    if caption is None and not places:
        problem = f"The line '{LOCK_CAPTION}' is no longer at the top of the sheet."
        fix = f"Write {LOCK_CAPTION} into A1 and {closed or 'nothing'} into C1."
        return [_refused(CellRef(sheet.name), "", problem, fix)]
    if names and not places:
        assert caption is not None
        row, column = _beside(cells, *caption)
        problem = f"The name {CLOSED_DATE_NAME} no longer refers to the date at the top of the sheet."
        fix = f"Let it refer to {LOCK}!${column_letters(column)}${row} again (Formulas, Name Manager)."
        return [_refused(CellRef(sheet.name, row, column_letters(column), ""), names[0], problem, fix)]
    if caption is not None:
        places.append(_beside(cells, *caption) if not places or _filled_beside(cells, *caption) else places[0])
    wrong = [_wrong_date(sheet.name, cells, row, column, closed, locale) for row, column in dict.fromkeys(places)]
    return [problem for problem in wrong if problem]


def _wrong_date(sheet: str, cells: Cells, row: int, column: int, closed: date | None, locale: Locale) -> Problem | None:
    cell = _cell(cells, row, column)
    value = read_date(cell, locale)
    day = to_date(value) if isinstance(value, int) else None
    if day == closed and not (day is None and cell.kind != BLANK):
        return None
    found = str(day) if day else "" if cell.kind == BLANK else shown(cell, locale)
    says = f"closed up to {closed}" if closed else "not closed"
    where = CellRef(sheet, row, column_letters(column), "")
    problem = f"The rows of the lock say that inventory is {says}."
    return _refused(where, found, problem, f"Set it back to {closed or 'blank'}.")


def _refused(where: CellRef, found: str, problem: str, fix: str) -> Problem:
    return Problem("IC217", Severity.REFUSED, where, found, problem, fix, CODES["IC217"].rule)


def _caption(cells: Cells) -> CellPosition | None:
    """Return row and column of the caption."""
    top = np.flatnonzero(cells.row <= ROWS_SEARCHED)
    texts = cells.texts.gather(cells.text_at[top]).fill_null("").to_list()
    wanted = heading_key(LOCK_CAPTION)
    at = next((int(at) for at, text in zip(top, texts, strict=True) if heading_key(text) == wanted), None)
    return None if at is None else (int(cells.row[at]), int(cells.column[at]))


def _named_cell(sheet: Sheet, text: str) -> CellPosition | None:
    """Return the single cell of the sheet that a name refers to."""
    name, _, cell = text.strip().removeprefix("=").rpartition("!")
    area = Range.parse(cell.replace("$", ""))
    if not area or (area.top, area.left) != (area.bottom, area.right):
        return None
    own = name.strip("'").replace("''", "'").casefold() == sheet.name.casefold()
    return (area.top, area.left) if own else None


def _is_date_cell(place: CellPosition, caption: CellPosition | None) -> bool:
    """The date is in the caption's row, to the right of it; without the caption only the name knows."""
    return caption is None or (place[0] == caption[0] and place[1] > caption[1])


def _filled_beside(cells: Cells, row: int, column: int) -> bool:
    return bool(((cells.row == row) & (cells.column > column) & (cells.kind != BLANK)).any())


def _beside(cells: Cells, row: int, column: int) -> CellPosition:
    """Return the first filled cell to the right of the caption; the third column if none is."""
    right = np.flatnonzero((cells.row == row) & (cells.column > column) & (cells.kind != BLANK))
    return (row, int(cells.column[right[0]])) if len(right) else (row, column + 2)


def _cell(cells: Cells, row: int, column: int) -> Cell:
    found = np.flatnonzero((cells.row == row) & (cells.column == column))
    if not len(found):
        return Cell(BLANK)
    at = int(found[0])
    # Whatever its format is now, a whole number here is a day.
    number = float(cells.number[at]) if cells.kind[at] == NUMBER else 0.0
    return Cell(int(cells.kind[at]), number, cells.texts[int(cells.text_at[at])] or "", DATE)
