"""Columns and tables that are not there although costs depend on them: what is assumed is a warning, not a note alone.

In      the mapping, the tables that were found; the rows that need a table.
Out     nothing.
Errors  IC437: a warning for each column that is missed; an error where another column means nothing without it; IC444:
        a warning for each table that is missed.
Source  WORKBOOK "Command line" (import).
"""

from collections.abc import Mapping as Dictionary

import polars as pl

from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.importing.faults import Faults
from invclose_xl.importing.mapping.model import Mapping
from invclose_xl.importing.mapping.recognise import MatchedTable
from invclose_xl.importing.transform.views import matching


def name_missing_columns(mapping: Mapping, matched: Dictionary[str, MatchedTable], faults: Faults) -> None:
    """Name the columns without which costs may come out otherwise."""
    for name, table in matched.items():
        there = table.headings
        for column, spec in mapping.sources[name].columns.items():
            if column in there or any(other in there or other in matched for other in spec.unless):
                continue
            if spec.only_with and not any(other in there or other in matched for other in spec.only_with):
                continue
            alone = spec.never_without in there
            if not (alone or spec.changes):
                continue
            called = f" (it may be called {', '.join(spec.names)})" if spec.names else ""
            says = f"{name} has no column {column}{called}: {spec.assumed} {spec.changes} may differ."
            if alone:
                says = (
                    f"{name} has no column {column}{called}, but it has {there[spec.never_without]}: one says"
                    " nothing without the other."
                )
            faults.add(
                "IC437", CellRef(table.table.file), "", says,
                f"Export the column {column} too; if it has another heading, add that to sources.{name}.columns."
                f"{column}.names in a copy of the mapping (--show-map), and import with --map.",
                Severity.ERROR if alone else Severity.WARNING,
            )  # fmt: skip


def _exported(mapping: Mapping, table: str) -> str:
    """Return the table of the export that a table of the mapping is made of: a user never sees the others' names."""
    made_of = {view.name: view.source for view in mapping.views}
    while isinstance(source := made_of.get(table), str):
        table = source
    return table


def name_missing_tables(
    mapping: Mapping, matched: Dictionary[str, MatchedTable], frames: Dictionary[str, pl.DataFrame], faults: Faults
) -> None:
    """Name the tables that rows of others need."""
    for name, source in mapping.sources.items():
        if source.missed is None or name in matched:
            continue
        rows = matching(frames[source.missed.table], source.missed.when).height
        if rows:
            needed, exported = choose_form(rows, "needs", "need"), _exported(mapping, source.missed.table)
            faults.add(
                "IC444", CellRef(), "",
                f"The table {name} is missing, and {format_count(rows, 'row')} of {exported} {needed} it."
                f" {source.without} {source.missed.changes} may differ.",
                source.export or f"Export the table {name} too, and put it beside the others.", Severity.WARNING,
            )  # fmt: skip
