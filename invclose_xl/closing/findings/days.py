"""Dates far after the closing date: most often a year or a century that was mistyped.

In      a Run.
Out     one Problem with the number of dates and their first cells.
Source  RULES R11.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np

from invclose_xl.closing.run.computed_run import Run
from invclose_xl.domain.book import Int32, SheetCells
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.problems.tally import Tally

MOST_CELLS = 5
"""So many cells are named; the others are counted."""


def find_dates_far_ahead(run: Run) -> Iterator[Tally]:
    """Name the dates more than a year after D, all in one warning, in row order, those entered by hand last."""
    day = run.request.up_to
    if day.year == date.max.year:
        return
    limit = to_day_number(_add_year(day))
    transactions, by_hand = run.book.transactions, run.book.cost_adjustments
    far = _find_cells_after(
        limit,
        transactions.cells,
        {"physical_date": transactions.physical_date, "financial_date": transactions.financial_date},
    )
    if by_hand is not None:
        far += _find_cells_after(limit, by_hand.cells, {"date": by_hand.day})
    if (charges := run.book.charges) is not None:
        far += _find_cells_after(limit, charges.cells, {"date": charges.day})
    if not far:
        return
    fix = "Correct the dates. No action is needed if they are right."
    examples = [Problem("IC563", Severity.WARNING, cell, "", str(day), fix, "R11") for cell in far[:MOST_CELLS]]
    yield Tally(("IC563",), _count_dates, (len(far),), tuple(examples))


def _count_dates(tally: Tally) -> Iterator[Problem]:
    (count,), day = tally.numbers, tally.examples[0].problem
    others = f" and {count - MOST_CELLS:,} more" if count > MOST_CELLS else ""
    said = f"{format_count(count, 'date')} {choose_form(count, 'is', 'are')} more than a year after {day}:"
    said += f" {', '.join(str(example.where) for example in tally.examples[:MOST_CELLS])}{others}."
    yield tally.first(said)


def _add_year(day: date) -> date:
    """Return the same day of the next year; 29 February counts as 28 February."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


def _find_cells_after(limit: int, cells: SheetCells, days: dict[str, Int32]) -> list[CellRef]:
    found = [(row, name) for name, column in days.items() for row in np.flatnonzero(column > limit).tolist()]
    places = [(row, cells.cell(row, name)) for row, name in found]
    return [cell for _, cell in sorted(places, key=lambda place: (place[0], len(place[1].column), place[1].column))]
