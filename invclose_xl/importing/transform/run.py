"""One import from the tables that were found to the rows of a book: read, sort out, join, add up.

In      tables, the mapping, the company.
Out     Imported.
Errors  InputFault with everything that is wrong, found in one run as far as one fault does not hide another.
Source  WORKBOOK "Command line" (import).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.mapping.model import Mapping
from invclose_xl.importing.mapping.recognise import Matched, recognise
from invclose_xl.importing.sources.table import Table
from invclose_xl.importing.transform.balance import Agreed, check_arrived, check_read
from invclose_xl.importing.transform.models import with_models
from invclose_xl.importing.transform.passed_over import Read, companies, sort_out
from invclose_xl.importing.transform.sheets import Sheets, sheets_of
from invclose_xl.importing.transform.typed import typed_table
from invclose_xl.importing.transform.views import Tables


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made of an export."""

    mapping: Mapping
    company: str
    matched: dict[str, Matched]
    not_read: tuple[Table, ...]
    """tables of the export that the mapping does not know"""
    reads: dict[str, Read]
    sheets: Sheets
    agreed: list[Agreed]


def import_tables(mapping: Mapping, tables: Sequence[Table], company: str = "", model: str = "") -> Imported:
    """Turn the tables of an export into the rows of a book."""
    faults = Faults()
    matched = recognise(mapping, tables, faults)
    faults.stop_if_any()
    typed = {name: typed_table(mapping, name, matched.get(name), faults) for name in mapping.sources}
    chosen = _company(mapping, companies(mapping, list(typed.values())), company, faults)
    faults.stop_if_any()
    joined = Tables({}, faults, {name: m.table.file for name, m in matched.items()})
    reads = {}
    for name, table in typed.items():
        reads[name] = sort_out(mapping, table, chosen, joined)
        joined.frames[name] = reads[name].kept
        check_read(reads[name], faults)
    faults.stop_if_any()
    for view in mapping.views:
        joined.add_view(view)
    sheets = sheets_of(mapping, joined)
    faults.stop_if_any()
    with_models(sheets, model, faults)
    agreed = check_arrived(mapping, joined.frames, sheets, faults)
    faults.stop_if_any()
    used = {id(m.table) for m in matched.values()}
    not_read = tuple(t for t in tables if id(t) not in used)
    return Imported(mapping, chosen, matched, not_read, reads, sheets, agreed)


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
