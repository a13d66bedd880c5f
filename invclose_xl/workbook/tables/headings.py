"""Find the heading row of a sheet and the columns of our fields in it.

In      the texts of the first rows, and the columns that are looked for, under all their names.
Out     Headings: the row, and for each field the column and the heading as the user wrote it.
Errors  none: what is missing or is there twice is in the result.
Source  WORKBOOK, opening paragraph; "Other languages".
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from invclose_xl.workbook.layout import InputColumn, heading_key

ROWS_SEARCHED = 50
ORIGIN = "inventtransorigin"
"""a column of the raw table InventTrans"""


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
    translated: tuple[tuple[InputColumn, int], ...] = ()
    """columns that are headed like one of ours in another language, in a row that is complete in English: not read"""

    def nearest(self, column: InputColumn) -> int | None:
        """Return the column whose heading is most like a missing one."""
        taken = set(self.columns.values())
        free = {heading_key(text): number for number, text in self.texts.items() if number not in taken}
        names = [heading_key(name) for name in (column.heading, *column.aliases, *column.translated)]
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
    """Match the texts of one row with the columns that are looked for.

    Headings of other languages count where the row lacks a required heading without them: in a row that is complete in
    English, a column *Standort* is the user's own.
    """
    keys = {number: heading_key(texts[number]) for number in sorted(texts)}
    columns, twice = _match(keys, _names(wanted))
    _add_those_of_an_export(keys, wanted, columns)
    if not any(c.required and c.field not in columns for c in wanted):
        others, _ = _match(keys, _translated(wanted))
        own = tuple((c, others[c.field]) for c in wanted if c.field in others.keys() - columns.keys())
        return Headings(row, columns, dict(texts), twice=twice, translated=own)
    columns, twice = _match(keys, _translated(wanted) | _names(wanted))
    missing = tuple(c for c in wanted if c.required and c.field not in columns)
    return Headings(row, columns, dict(texts), missing, twice)


def _add_those_of_an_export(keys: Mapping[int, str], wanted: Sequence[InputColumn], columns: dict[str, int]) -> None:
    """Add the columns that only an export calls so, in a row that is an export's; elsewhere they are the user's own."""
    if not ({"receipt", "issue"} <= set(keys.values()) or ORIGIN in keys.values()):
        return
    fields = {heading_key(name): column.field for column in wanted for name in column.in_grid}
    for number, key in keys.items():
        if fields.get(key, key) not in columns and key in fields:
            columns[fields[key]] = number


def _names(wanted: Sequence[InputColumn]) -> dict[str, InputColumn]:
    return {heading_key(name): column for column in wanted for name in (*reversed(column.aliases), column.heading)}


def _translated(wanted: Sequence[InputColumn]) -> dict[str, InputColumn]:
    return {heading_key(name): column for column in wanted for name in column.translated}


def _match(
    keys: Mapping[int, str], fields: Mapping[str, InputColumn]
) -> tuple[dict[str, int], tuple[tuple[InputColumn, int, int], ...]]:
    """Return the column of each field, and the columns that say again what an earlier one says."""
    columns: dict[str, int] = {}
    twice: list[tuple[InputColumn, int, int]] = []
    for number, key in keys.items():
        column = fields.get(key)
        if column is None:
            continue
        if column.field in columns:
            twice.append((column, columns[column.field], number))
        else:
            columns[column.field] = number
    return columns, tuple(twice)
