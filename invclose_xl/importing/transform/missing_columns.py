"""Columns that are not there although costs depend on them: what is assumed instead is a warning, never a note alone.

In      the mapping, the tables that were found.
Out     nothing.
Errors  IC437: a warning for each column that is missed; an error where another column means nothing without it.
Source  WORKBOOK "Command line" (import).
"""

from collections.abc import Mapping as Dictionary

from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.importing.faults import Faults
from invclose_xl.importing.mapping.model import Mapping
from invclose_xl.importing.mapping.recognise import MatchedTable


def name_missing_columns(mapping: Mapping, matched: Dictionary[str, MatchedTable], faults: Faults) -> None:
    """Name the columns without which costs may come out otherwise."""
    for name, table in matched.items():
        there = table.headings
        for column, spec in mapping.sources[name].columns.items():
            if column in there or any(other in there or other in matched for other in spec.unless):
                continue
            if spec.only_with and not any(other in there for other in spec.only_with):
                continue
            alone = spec.never_without in there
            if not (alone or spec.changes_costs):
                continue
            called = f" (it may be called {', '.join(spec.names)})" if spec.names else ""
            says = f"{name} has no column {column}{called}: {spec.assumed} Costs may differ."
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
