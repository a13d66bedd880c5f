"""The example rows of a template that an import fills: they make room in a fresh one, and are named in any other.

In      the rows that are on the sheets of a book.
Out     the same without the examples, and how many there were; or a warning for each sheet (IC438).
Source  WORKBOOK "Command line" (import --into, new).
"""

from dataclasses import replace

import polars as pl

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.importing.book.fill import SheetRows
from invclose_xl.template_builder.words import EXAMPLE
from invclose_xl.workbook.package.cell_reference import column_letters

Standing = dict[str, list[tuple[SheetRows, pl.DataFrame]]]
"""sheet -> each of the sheets that it is on, with its rows as texts"""
KEYS = {"Transactions": "id", "Items": "number"}
"""the sheets that have examples, with the column that tells them"""


def is_example(keys: pl.Series) -> pl.Series:
    """Return which keys are those of examples; blank ones are none."""
    return keys.str.starts_with(f"{EXAMPLE}-").fill_null(value=False)


def make_room(standing: Standing) -> tuple[Standing, dict[str, int], list[Problem]]:
    """Leave the examples out where a book holds nothing else; name them where there is more."""
    counts: dict[str, int] = {}
    own = 0
    for name, column in KEYS.items():
        for _, texts in standing.get(name, []):
            keys = texts.get_column(column).drop_nulls()
            examples = int(is_example(keys).sum())
            own += len(keys) - examples
            counts[name] = counts.get(name, 0) + examples
    counts = {name: count for name, count in counts.items() if count}
    if not counts:
        return standing, {}, []
    if own:
        return standing, {}, [_named(*first, counts[name]) for name in counts if (first := _first(standing, name))]
    emptied = {name: [(replace(place, last_row=place.headings.row), texts.clear()) for place, texts in standing[name]]
               for name in counts}  # fmt: skip
    return {**standing, **emptied}, counts, []


def _first(standing: Standing, name: str) -> tuple[SheetRows, int] | None:
    for place, texts in standing[name]:
        rows = is_example(texts.get_column(KEYS[name])).arg_true()
        if len(rows):
            return place, place.headings.row + 1 + int(rows[0])
    return None


def _named(place: SheetRows, row: int, count: int) -> Problem:
    at = place.headings.columns[KEYS[place.spec.name]]
    where = CellRef(place.sheet.name, row, column_letters(at), place.headings.texts[at].strip())
    problem = (
        f"{format_count(count, 'row')} of the template's example {choose_form(count, 'stands', 'stand')} among your"
        f" own, and a close counts {choose_form(count, 'it', 'them')}."
    )
    fix = f"Delete the rows that begin with {EXAMPLE} (with buttons: Remove the example rows), if they are not yours."
    return Problem("IC438", Severity.WARNING, where, "", problem, fix, CODES["IC438"].rule)
