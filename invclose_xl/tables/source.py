"""A folder of tables as the reader sees it: every table under the contract's name, with the contract's headings.

In      a folder; the results that lie in it or beside it.
Out     a BookSource (workbook.source): the same parsers, checks and findings as for a workbook.
Errors  Problems for missing tables and columns and for types that cannot be read exactly; BookUnusable for a file
        that is damaged or half written.
Cost    the columns of the contract are read, no others; one file after the other.
Source  WORKBOOK "Read" and "Command line" (a folder of tables).
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from invclose_xl.domain.book import SheetCells
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import BookUnusable, CellRef, Problem, Severity
from invclose_xl.files.faults import sentence
from invclose_xl.tables.columns import refused_type, wanted_type
from invclose_xl.tables.files import TableFile, TableFiles, table_name
from invclose_xl.tables.frame_table import FrameTable, RowRef, frame_table
from invclose_xl.workbook.input.source import StoredResults
from invclose_xl.workbook.layout import InputColumn, InputSheet
from invclose_xl.workbook.package.package import Sheet
from invclose_xl.workbook.tables.headings import Headings, match_headings
from invclose_xl.workbook.tables.table import Findings, RawTable, joined
from invclose_xl.workbook.values.values import Fault, Locale

_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The headings of a file, and the types of its columns; all text in a CSV file."""

    headings: tuple[str, ...]
    types: tuple[pl.DataType, ...]
    first_row: int
    """number of the first row of data"""
    separator: str = ""


class FolderSource:
    """The tables of one folder."""

    uses_1904 = False

    def __init__(self, tables: Mapping[str, TableFiles], results: StoredResults) -> None:
        self._tables = tables
        self._results = results
        names = list(tables)
        self.all = tuple(
            Sheet(_shown(tables[name]), name, "visible", "worksheet", 0, k) for k, name in enumerate(names)
        )

    def find(self, name: str) -> Sheet | None:
        """Return the table of a name; None where there is none."""
        return next((sheet for sheet in self.all if sheet.part == name), None)

    def further(self, name: str) -> list[Sheet]:
        """Return nothing: a table has as many files as it likes, and they are read as one."""
        return []

    def table(self, sheet: Sheet, columns: Sequence[InputColumn], locale: Locale) -> tuple[RawTable | None, Findings]:
        """Return the data of all files of a table; None where a file lacks required columns, or cannot be exact."""
        tables: list[RawTable] = []
        problems: list[Problem] = []
        files = self._tables[sheet.part]
        for file in files.files:
            table, findings = read_file(file, files.shown(file), columns, locale)
            problems += findings.problems
            tables += [] if table is None else [table]
        if len(tables) < len(files.files):
            return None, Findings(SheetCells(sheet.name, {}, np.zeros(0, dtype=np.int32)), problems)
        whole = joined(tables)
        return whole, Findings(whole.cells, problems)

    def results(self) -> StoredResults:
        """Return what earlier runs left."""
        return self._results

    def missing(self, spec: InputSheet) -> Problem:
        """Name a required table that is not there."""
        names = ", ".join(s.name for s in self.all) or "none of the contract"
        needed = ", ".join(c.heading for c in spec.columns if c.required)
        name = table_name(spec.name)
        return Problem(
            "IC101", Severity.ERROR, CellRef(name), "", f"The folder has no table {name} (it has: {names}).",
            f"Add {name}.parquet or {name}.csv, or a folder {name} of such files, with the columns {needed}.",
            CODES["IC101"].rule,
        )  # fmt: skip


def _shown(table: TableFiles) -> str:
    return table.shown(table.files[0]) if len(table.files) == 1 else table_name(table.sheet)


def read_file(
    file: TableFile, shown: str, columns: Sequence[InputColumn], locale: Locale
) -> tuple[FrameTable | None, Findings]:
    """Return the contract's columns of one file."""
    there = columns_of_file(file, shown)
    first = 1 if there.separator else 0
    headings = match_headings(first, dict(enumerate(there.headings, 1)), columns)
    findings = Findings(SheetCells(shown, {}, np.zeros(0, dtype=np.int32)))
    _report_headings(shown, there, headings, findings)
    kinds = {column.field: column.kind for column in columns if column.field in headings.columns}
    for field, kind in kinds.items():
        number = headings.columns[field]
        fault = refused_type(there.types[number - 1], kind)
        if fault:
            where = RowRef(shown, 0, "", there.headings[number - 1])
            fix = f"Write it as {wanted_type(kind)}."
            findings.at(where, Fault("IC450", str(there.types[number - 1]), fault, fix))
    if findings.stops():
        return None, findings
    frame = frame_of(file, shown, there, {field: headings.columns[field] for field in kinds})
    table = frame_table(shown, headings, frame, kinds, there.first_row, locale)
    return table, Findings(table.cells, findings.problems)


def columns_of_file(file: TableFile, shown: str) -> FileColumns:
    """Return the headings and types of a file; of a Delta table its log has them."""
    if file.path.suffix.lower() == ".csv":
        return _columns_of_csv(file.path, shown)
    try:
        schema = pl.read_parquet_schema(file.path)
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise _damaged(file.path, shown, fault) from fault
    if file.columns is None:
        return FileColumns(tuple(schema), tuple(schema.values()), 1)
    types = [pl.String() if c.physical in file.fixed else c.dtype or pl.Null() for c in file.columns.values()]
    return FileColumns(tuple(file.columns), tuple(types), 1)


def column_in(file: TableFile, heading: str) -> pl.Expr:
    """Return a column of a Parquet file by the name that people see; null where the file is older than the column."""
    if file.columns is None:
        return pl.col(heading)
    column = file.columns[heading]
    if column.physical in file.fixed:
        return pl.lit(file.fixed[column.physical], dtype=pl.String)
    if column.physical not in pl.read_parquet_schema(file.path):
        return pl.lit(None, dtype=column.dtype)
    return pl.col(column.physical).cast(column.dtype or pl.String())


def _columns_of_csv(file: Path, shown: str) -> FileColumns:
    try:
        with open(file, encoding="utf-8-sig", newline="") as text:
            line = text.readline()
            separator = max(_SEPARATORS, key=line.count) if any(s in line for s in _SEPARATORS) else ","
            text.seek(0)
            headings = next(csv.reader(text, delimiter=separator), [])
    except (OSError, csv.Error) as fault:
        raise _damaged(file, shown, fault) from fault
    except UnicodeDecodeError:
        raise BookUnusable(f"{shown} is not written in UTF-8: save it as CSV UTF-8, and run again.") from None
    return FileColumns(tuple(headings), (pl.String(),) * len(headings), 2, separator)


def scan_file(file: TableFile, there: FileColumns, wanted: Mapping[str, int]) -> pl.LazyFrame:
    """Return the wanted columns of a Parquet file; each gets the name of its field."""
    rows = pl.scan_parquet(file.path, hive_partitioning=False)
    columns = [column_in(file, there.headings[number - 1]).alias(field) for field, number in wanted.items()]
    # The index keeps as many rows as the file has, where all other columns have one value.
    return rows.with_row_index("_at").select("_at", *columns).drop("_at") if file.fixed else rows.select(columns)


def frame_of(file: TableFile, shown: str, there: FileColumns, wanted: Mapping[str, int]) -> pl.DataFrame:
    """Read the wanted columns; each gets the name of its field."""
    try:
        if not there.separator:
            return scan_file(file, there, wanted).collect()
        frame = pl.read_csv(
            file.path, separator=there.separator, has_header=False, skip_rows=1, infer_schema=False,
            schema={f"{k}": pl.String for k in range(1, len(there.headings) + 1)},
        )  # fmt: skip
        return frame.select(pl.col(f"{number}").alias(field) for field, number in wanted.items())
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise _damaged(file.path, shown, fault) from fault


def _damaged(file: Path, shown: str, fault: Exception) -> BookUnusable:
    if isinstance(fault, OSError) and fault.errno:
        return BookUnusable(sentence(file, fault))
    what = "CSV" if file.suffix.lower() == ".csv" else "Parquet"
    said = str(fault).strip().split("\n")[0][:120]
    return BookUnusable(
        f"{shown} is damaged or only half written, no {what} that can be read ({said}): write it again."
    )


def _report_headings(shown: str, there: FileColumns, headings: Headings, findings: Findings) -> None:
    """Name required columns that are missing, and columns that are there twice."""
    for column in headings.missing:
        nearest = headings.nearest(column)
        text = there.headings[nearest - 1].strip() if nearest else ""
        fix = f"Rename it to {column.heading}." if nearest else f"Add a column with the heading {column.heading}."
        has = ", ".join(h.strip() for h in there.headings)
        problem = f"The file has no column {column.heading} (it has: {has})."
        findings.at(RowRef(shown), Fault("IC102", text, problem, fix))
    for column, first, second in headings.twice:
        one, other = there.headings[first - 1].strip(), there.headings[second - 1].strip()
        problem = f"{one} is already the column {column.heading}."
        fix = "Rename the column that should not be read."
        findings.at(RowRef(shown, 0, "", other), Fault("IC103", "", problem, fix))
