"""The rows of one run as DataFrames of exact decimals: settlements, adjustments, estimates, voucher lines, …

In      the result tables of a run, or the path of a closed book.
Out     DataFrames; amounts in the currency of the book, quantities in the unit of the item.
Errors  UnknownRun, WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Written" (what each column means).
"""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from invclose_xl.analysis.compare.runs import UnknownRun
from invclose_xl.api.context.arguments import name_of, path_of
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.closing.state.currency import name_recorded_currency
from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import WrongUsage
from invclose_xl.domain.tables import RESULTS, Tables
from invclose_xl.domain.views.old_book import explain_old_run
from invclose_xl.tables.results import columns_of, table_of
from invclose_xl.workbook.layout import OUTPUT_SHEETS, OutputSheet

NAMES = {sheet.name.casefold(): sheet for sheet in OUTPUT_SHEETS if sheet.table in RESULTS}


@dataclass(frozen=True, slots=True)
class RunTables:
    """The rows of one run of a book.

    ``frame`` gives a table by the name of its sheet: Decimal amounts and quantities.
    """

    closing: str
    _tables: Tables = field(repr=False)
    _scales: Scales = field(repr=False)

    def frame(self, name: str) -> pl.DataFrame:
        """Return rows of the run by the name of their sheet: ``Settlements``, ``Adjustments``, ``Vouchers``, …"""
        return run_table(self._tables, self._scales, name)


def run_tables(book: str | Path, closing: str | None = None) -> RunTables:
    """Return the rows that one run left in a closed book.

    book     a workbook or a folder of tables
    closing  the run, such as ``IC-000003``; default: the latest

    returns  RunTables: DataFrames; Decimal amounts in the currency of the book, quantities in the
             unit of the item
    errors   WrongUsage, UnknownRun, InputFault, Refused, BookUnusable; nothing is written
    """
    path, wanted = path_of(book), name_of(closing, "closing", "IC-000003")
    content = name_recorded_currency(book_or_raise(read_data(path)))
    runs = content.history["lock"]["closing"].to_list()
    name = wanted.strip().upper() if wanted else max(runs, default="")
    if name not in runs:
        raise UnknownRun(f"The workbook has no run {wanted or 'yet'}; it has: {', '.join(runs) or 'none'}.")
    if elsewhere := explain_old_run(content.history["lock"], name):
        raise UnknownRun(elsewhere)
    tables = {table: content.history[table].filter(pl.col("closing") == name) for table in RESULTS}
    return RunTables(name, tables, content.scales)


def run_table(tables: Tables, scales: Scales, name: str) -> pl.DataFrame:
    """Return one result table with the fields of WORKBOOK as columns."""
    sheet = _sheet_named(name)
    written = table_of(sheet, tables[sheet.table], scales)
    return written.rename({column.heading: column.field for column in columns_of(sheet)})


def _sheet_named(name: str) -> OutputSheet:
    found = NAMES.get(name.casefold()) if isinstance(name, str) else None
    if found is None:
        raise WrongUsage(f"A run has no table {name!r}; it has: {', '.join(sheet.name for sheet in NAMES.values())}.")
    return found
