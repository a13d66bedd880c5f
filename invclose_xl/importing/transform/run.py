"""One import from the tables that were found to the rows of a book: read, sort out, join, add up.

In      tables, the mapping, the company.
Out     Imported.
Errors  InputFault with everything that is wrong, found in one run as far as one fault does not hide another.
Source  WORKBOOK "Command line" (import).
"""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.mapping.model import Mapping
from invclose_xl.importing.mapping.recognise import MatchedTable, recognise
from invclose_xl.importing.sources.table import ExportTable
from invclose_xl.importing.transform.agreement import check_agreement
from invclose_xl.importing.transform.balance import Agreed, check_arrived, check_read
from invclose_xl.importing.transform.missing_columns import name_missing_columns, name_missing_tables
from invclose_xl.importing.transform.models import with_models
from invclose_xl.importing.transform.passed_over import EqualRows, Read, companies, sort_out
from invclose_xl.importing.transform.references import hold_references
from invclose_xl.importing.transform.sheets import Sheets, sheets_of
from invclose_xl.importing.transform.typed import typed_table
from invclose_xl.importing.transform.views import JoinedTables, Lost


@dataclass(frozen=True, slots=True)
class Imported:
    """An export turned into rows of a book."""

    mapping: Mapping
    company: str
    matched: dict[str, MatchedTable]
    not_read: tuple[ExportTable, ...]
    """tables of the export that the mapping does not know"""
    reads: dict[str, Read]
    sheets: Sheets
    agreed: list[Agreed]
    lost: list[Lost]
    """references that find nothing"""
    made_ids: int
    """rows that had no ID of their own"""
    problems: tuple[Problem, ...]
    """warnings"""


NO_ROWS = pl.DataFrame()


def import_tables(
    mapping: Mapping,
    tables: Sequence[ExportTable],
    company: str = "",
    model: str = "",
    equal_rows: EqualRows = "refuse",
    in_book: Dictionary[str, pl.DataFrame] | None = None,
) -> Imported:
    """Turn the tables of an export into the rows of a book; ``in_book`` are the rows that it has already, by sheet."""
    faults, there = Faults(), in_book or {}
    matched = recognise(mapping, tables, faults)
    faults.stop_if_any()
    name_missing_columns(mapping, matched, faults)
    typed = {name: typed_table(mapping, name, matched.get(name), faults) for name in mapping.sources}
    chosen = _company(mapping, companies(mapping, list(typed.values())), company, faults)
    faults.stop_if_any()
    files = {name: m.table.file for name, m in matched.items()}
    joined = JoinedTables({}, faults, files, {name: frozenset(m.headings) for name, m in matched.items()})
    reads = {}
    for name, table in typed.items():
        reads[name] = sort_out(mapping, table, chosen, joined, equal_rows)
        joined.frames[name] = reads[name].kept
        check_read(reads[name], faults)
    check_agreement(mapping.agrees, reads, joined.columns, faults)
    faults.stop_if_any()
    _name_empty(mapping, matched, reads, faults)
    for view in mapping.views:
        joined.add_view(view)
    name_missing_tables(mapping, matched, joined.frames, faults)
    sheets = sheets_of(mapping, joined)
    faults.stop_if_any()
    lost = [*joined.lost, *hold_references(mapping, sheets, there.get("Transactions", NO_ROWS), faults)]
    with_models(sheets, model, faults, mapping.models_from, there)
    agreed = check_arrived(mapping, joined.frames, sheets, faults, frozenset(files))
    faults.stop_if_any()
    used = {id(m.table) for m in matched.values()}
    not_read = tuple(t for t in tables if id(t) not in used)
    problems = tuple(faults.problems)
    return Imported(mapping, chosen, matched, not_read, reads, sheets, agreed, lost, joined.made_ids, problems)


def _name_empty(mapping: Mapping, matched: dict[str, MatchedTable], reads: dict[str, Read], faults: Faults) -> None:
    """Name required tables that have headings and nothing below them."""
    for name, read in reads.items():
        if name in matched and read.read.rows == 0 and mapping.sources[name].required:
            faults.add("IC439", CellRef(matched[name].table.file), "", f"{name} has headings, but no row.",
                       "Export the table again, with its rows.", Severity.WARNING)  # fmt: skip


def _company(mapping: Mapping, found: dict[str, int], wanted: str, faults: Faults) -> str:
    """Return the company whose rows are imported."""
    names = listed(f"{name} ({format_count(count, 'row')})" for name, count in found.items())
    if wanted and found and wanted.lower() not in (name.lower() for name in found):
        faults.add("IC411", CellRef(), wanted, f"The export has no rows of this company; it has {names}.",
                   "Name one of these with --company.")  # fmt: skip
    if not wanted and len({name.lower() for name in found}) > 1:
        faults.add("IC411", CellRef(), "", f"The export has rows of more than one company: {names}.",
                   f"Name the one that the book is for: --company {next(iter(found))}.")  # fmt: skip
    return wanted or next(iter(found), "")
