"""Recognising the tables of an export, and the system that wrote it.

In      the tables that were found; a mapping, or all of them.
Out     Recognised: for each source of the mapping its table, for each of its columns the heading.
Errors  IC400 no system fits; IC417 more than one does; IC402, IC403 a table or a column is missing; IC404 two fit.
Source  EXPORTS; WORKBOOK "Command line" (import --system).
"""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.mapping.model import Mapping, Source
from invclose_xl.importing.sources.table import ExportTable, name_key


@dataclass(frozen=True, slots=True)
class MatchedTable:
    """A source of a mapping with the table it is."""

    table: ExportTable
    headings: Map[str, str]
    """column of the mapping -> heading in the file, of those that are there"""

    @property
    def not_used(self) -> list[str]:
        """Headings that the mapping does not read."""
        used = set(self.headings.values())
        return [c for c in self.table.columns if c not in used]


def headings_for(source: Source, table: ExportTable) -> dict[str, str]:
    """Return which headings of a table are the columns of a source."""
    there = {name_key(c): c for c in reversed(table.columns)}
    found = {}
    for name, column in source.columns.items():
        for candidate in (name, *column.names):
            if name_key(candidate) in there:
                found[name] = there[name_key(candidate)]
                break
    return found


def missing_columns(source: Source, table: ExportTable) -> list[str]:
    """Return the required columns that a table lacks."""
    found = headings_for(source, table)
    return [name for name, column in source.columns.items() if column.required and name not in found]


def choose_mapping(mappings: Sequence[Mapping], tables: Sequence[ExportTable]) -> Mapping:
    """Return the one mapping whose required tables are all there, else the one that names of tables and columns tell.

    Of the second ``recognise`` says what is missing.
    """
    fitting = [m for m in mappings if not _missing(m, tables)]
    if len(fitting) == 1:
        return fitting[0]
    near = max(mappings, key=lambda m: _nearness(m, tables))
    named = {m.system: _named(m, tables) for m in mappings}
    if not fitting and named[near.system] > max((n for system, n in named.items() if system != near.system), default=0):
        return near
    faults = Faults()
    names = listed(f"{t.names[0]} ({listed(t.columns, 8)})" for t in tables)
    if fitting:
        systems = listed(m.system for m in fitting)
        faults.add("IC417", CellRef(tables[0].file), "", f"The tables fit more than one system: {systems}.",
                   "Name the one it is with --system.")  # fmt: skip
    else:
        hint = (
            f" Nearest is {near.system}, but it does not fit: {'; '.join(_missing(near, tables))}."
            if _nearness(near, tables)
            else ""
        )
        faults.add(
            "IC400", CellRef(tables[0].file), "",
            f"The tables are of no system that is known ({listed(m.system for m in mappings)}). Found: {names}.{hint}",
            "Name the system with --system to see what is missing, or say what the columns are in a mapping of your"
            " own: copy one from invclose-xl import --show-map dynamics, change it, and give it with --map.",
        )  # fmt: skip
    faults.stop_if_any()
    raise AssertionError("one of them is an error")


def _named(mapping: Mapping, tables: Sequence[ExportTable]) -> int:
    """Return how many tables have the name of one of the mapping's."""
    keys = {name_key(name) for source, spec in mapping.sources.items() for name in (source, *spec.names)}
    return sum(bool(table.keys & keys) for table in tables)


def _nearness(mapping: Mapping, tables: Sequence[ExportTable]) -> int:
    keys = {name_key(c) for t in tables for c in t.columns}
    needed = {name_key(n) for s in mapping.sources.values() for n, c in s.columns.items() if c.required}
    return len(needed & keys)


def _missing(mapping: Mapping, tables: Sequence[ExportTable]) -> list[str]:
    """Return what keeps a mapping from fitting: required tables and columns that are not there."""
    faults = Faults()
    recognise(mapping, tables, faults)
    return [p.problem.rstrip(".") for p in faults.problems if p.code in ("IC402", "IC403")]


def recognise(mapping: Mapping, tables: Sequence[ExportTable], faults: Faults) -> dict[str, MatchedTable]:
    """Return the table of each source that is there; what is missing or fits twice goes to the faults."""
    wanted = {name: frozenset(map(name_key, (name, *source.names))) for name, source in mapping.sources.items()}
    found: dict[str, list[ExportTable]] = {name: [t for t in tables if t.keys & keys] for name, keys in wanted.items()}
    claimed = {id(t) for some in found.values() for t in some}
    for name, source in mapping.sources.items():
        if not found[name]:
            unnamed = [t for t in tables if id(t) not in claimed and _is_like(source, t)]
            found[name] = unnamed
            claimed |= {id(t) for t in unnamed}
    matched = {}
    for name, source in mapping.sources.items():
        matched_table = _one(name, source, _fitting(source, found[name]), tables, faults)
        if matched_table is not None:
            matched[name] = matched_table
    if mapping.either and not any(name in matched for name in mapping.either):
        there = listed(t.names[0] for t in tables)
        faults.add("IC402", CellRef(tables[0].file), "",
                   f"One of the tables {' and '.join(mapping.either)} is needed (there is {there}).",
                   "Export it, and put it beside the others.")  # fmt: skip
    return matched


def _is_like(source: Source, table: ExportTable) -> bool:
    """Return whether the columns alone say that it is this table."""
    required = sum(c.required for c in source.columns.values())
    return required >= 2 and not missing_columns(source, table)


def _fitting(source: Source, tables: list[ExportTable]) -> list[ExportTable]:
    whole = [t for t in tables if not missing_columns(source, t)]
    return whole or tables


def _one(
    name: str, source: Source, found: list[ExportTable], tables: Sequence[ExportTable], faults: Faults
) -> MatchedTable | None:
    if not found:
        if source.required:
            there = listed(t.names[0] for t in tables)
            export = source.export or f"Export the table {name} too, and put it beside the others."
            faults.add("IC402", CellRef(tables[0].file), "", f"The table {name} is missing (there is {there}).", export)
        return None
    if len(found) > 1:
        files = listed(t.file for t in found)
        faults.add("IC404", CellRef(found[0].file), "", f"More than one table could be {name}: {files}.",
                   "Leave only one of them in the folder.")  # fmt: skip
        return None
    table = found[0]
    missing = missing_columns(source, table)
    for column in missing:
        near = get_close_matches(column, table.columns, 1, 0.7)
        meant = f" {near[0]} is near." if near else ""
        may_be = listed((column, *source.columns[column].names))
        faults.add(
            "IC403", CellRef(table.file), "",
            f"{name} has no column {column} (it may be called {may_be}).{meant} It has {listed(table.columns, 60)}.",
            f"Export the column too; if it has another heading, add that to sources.{name}.columns.{column}.names in a"
            " copy of the mapping (--show-map), and import with --map.",
        )  # fmt: skip
    return None if missing else MatchedTable(table, headings_for(source, table))
