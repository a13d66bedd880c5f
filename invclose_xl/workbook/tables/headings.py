"""Find the heading row of a sheet and the columns of our fields in it.

In      the texts of the first rows, and the columns that are looked for.
Out     Headings: the row, and for each field the column and the heading as the user wrote it.
Errors  none: what is missing or stands there twice is in the result.
Source  WORKBOOK, opening paragraph.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invclose_xl.workbook.layout import InputColumn, heading_key

ROWS_SEARCHED = 50


@dataclass(frozen=True, slots=True)
class Headings:
    """A heading row. ``missing`` required columns make it unusable."""

    row: int
    columns: Mapping[str, int]
    """field -> column number"""
    texts: Mapping[int, str]
    """column number -> heading as the user wrote it"""
    missing: tuple[InputColumn, ...] = ()
    twice: tuple[tuple[InputColumn, int, int], ...] = field(default=())
    """field, its first column, another column that also is its heading"""

    def nearest(self, column: InputColumn) -> int | None:
        """Return the column whose heading is most like a missing one."""
        taken = set(self.columns.values())
        free = {heading_key(text): number for number, text in self.texts.items() if number not in taken}
        names = [heading_key(name) for name in (column.heading, *column.aliases)]
        found = [match for name in names for match in difflib.get_close_matches(name, free, n=1, cutoff=0.75)]
        return free[found[0]] if found else None


def others(headings: Headings) -> tuple[str, ...]:
    """Return the headings of the row that none of our columns has."""
    ours = set(headings.columns.values())
    return tuple(text.strip() for number, text in sorted(headings.texts.items()) if number not in ours and text.strip())


def find_headings(rows: Sequence[tuple[int, Mapping[int, str]]], wanted: Sequence[InputColumn]) -> Headings | None:
    """Return the first row that holds all required headings, else the one that holds most of them; None if no row does.

    ``rows`` are sheet row and texts by column number, from the top.
    """
    best: Headings | None = None
    for row, texts in rows[:ROWS_SEARCHED]:
        found = match_headings(row, texts, wanted)
        if not found.missing:
            return found
        if found.columns and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def match_headings(row: int, texts: Mapping[int, str], wanted: Sequence[InputColumn]) -> Headings:
    """Match the texts of one row with the columns that are looked for, aliases included."""
    fields = {heading_key(name): column for column in wanted for name in (*reversed(column.aliases), column.heading)}
    columns: dict[str, int] = {}
    twice: list[tuple[InputColumn, int, int]] = []
    for number in sorted(texts):
        column = fields.get(heading_key(texts[number]))
        if column is None:
            continue
        if column.field in columns:
            twice.append((column, columns[column.field], number))
        else:
            columns[column.field] = number
    missing = tuple(c for c in wanted if c.required and c.field not in columns)
    return Headings(row, columns, dict(texts), missing, tuple(twice))
