"""One of our sheets as a raw table: the rows that hold data, and the cells of each field as columns.

In      the cells of a sheet, its heading row, the formats of the workbook.
Out     RawTable: wholly empty rows are left out; each field's cells are made into a column only when asked for.
Errors  none here; Findings collects what the parsers find, with sheet, cell and heading.
Source  WORKBOOK "Read": rows between and below, hidden or filtered, all count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import Bool, Int32, SheetCells
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.domain.words import RESTORE
from invclose_xl.workbook.cells.cells import BLANK, NO_CELLS, NUMBER, TEXT, Cells, ColumnCells, Float64, UInt8
from invclose_xl.workbook.layout import InputColumn
from invclose_xl.workbook.package.cell_reference import Range, column_letters
from invclose_xl.workbook.package.parts import ExcelTable
from invclose_xl.workbook.tables.headings import Headings, others
from invclose_xl.workbook.values.values import Cell, Fault, Locale

_Value = TypeVar("_Value", np.uint8, np.int32, np.float64)


@dataclass(frozen=True, slots=True)
class TableColumn:
    """The cells of one field, one element per row of the table."""

    kind: UInt8
    number: Float64
    text_at: Int32
    format: UInt8
    texts: pl.Series

    def text(self) -> pl.Series:
        """Return the texts of all rows, null where a cell has none."""
        return self.texts.gather(self.text_at)

    def has_texts(self) -> bool:
        """Say whether any cell holds text."""
        return bool((self.kind == TEXT).any())

    def cell(self, row: int) -> Cell:
        """Return one cell."""
        at = int(self.text_at[row])
        text = str(self.texts[at]) if at else ""
        return Cell(int(self.kind[row]), float(self.number[row]), text, int(self.format[row]))


@dataclass(frozen=True, slots=True)
class Extent:
    """The rows below the headings that may be data."""

    last_row: int
    totals: tuple[int, ...] = ()
    """totals rows of an Excel table with these headings"""
    table: ExcelTable | None = None
    """the Excel table with the sheet's name, which is all that is read"""


@dataclass(frozen=True, slots=True)
class RawTable:
    """The data of a sheet below its headings."""

    cells: SheetCells
    numbers: dict[str, int]
    """field -> column number"""
    locale: Locale
    merges: tuple[Range, ...]
    blank_texts: pl.Series
    """one null per row, shared by all fields that the sheet has no column for"""
    _source: Cells
    _formats: UInt8
    parts: tuple["RawTable", ...] = ()
    """the sheets that the table goes on in, this one included; none where it is one sheet"""
    own_headings: tuple[str, ...] = ()
    """of the columns that are not read: the user's own"""

    def __len__(self) -> int:
        """Number of rows that hold data."""
        return len(self.cells.rows)

    @property
    def has_long_texts(self) -> bool:
        """Some text of the sheet is longer than Excel allows."""
        return self._source.has_long_texts or any(part.has_long_texts for part in self.parts)

    def has(self, name: str) -> bool:
        """Say whether the sheet has a column for a field."""
        return name in self.numbers or any(part.has(name) for part in self.parts)

    def without_rows(self, left_out: Bool) -> "RawTable":
        """Return the table without some of its rows."""
        cells, parts = self.cells.take_rows(~left_out), self.parts
        if self.cells.part is not None:
            parts = tuple(part.without_rows(left_out[self.cells.part == k]) for k, part in enumerate(parts))
        return replace(self, cells=cells, blank_texts=self.blank_texts.head(len(cells.rows)), parts=parts)

    def without_cells(self) -> "RawTable":
        """Return the table with its place in the sheet but no cells, which are the most of its memory."""
        return replace(self, _source=NO_CELLS, parts=tuple(part.without_cells() for part in self.parts))

    def column(self, name: str) -> TableColumn:
        """Return the cells of a field; all blank where the sheet has no such column."""
        if self.parts:
            return one_below_the_other([part.column(name) for part in self.parts])
        source = self._source.column_of(self.numbers.get(name, 0))
        here, at = self._places(source)
        kind, style = _spread(source.kind, here, at, len(self)), _spread(source.style, here, at, len(self))
        number, text_at = _spread(source.number, here, at, len(self)), _spread(source.text_at, here, at, len(self))
        known = np.minimum(style, len(self._formats) - 1)
        return TableColumn(kind, number, text_at, np.where(kind == NUMBER, self._formats[known], 0), source_texts(self))

    def filled(self, name: str) -> Bool:
        """Return which rows have a value in a field."""
        if self.parts:
            return np.concatenate([part.filled(name) for part in self.parts])
        source = self._source.column_of(self.numbers.get(name, 0))
        here, at = self._places(source)
        return np.asarray(_spread(source.kind, here, at, len(self)) != BLANK)

    def texts_below(self, name: str) -> list[tuple[int, str]]:
        """Return what is in the column of a field below the last row of the table: sheet row and text."""
        column, last = self._source.column_of(self.numbers[name]), int(self.cells.rows[-1]) if len(self) else 0
        below = np.flatnonzero(column.row > last)
        texts = self._source.texts.gather(column.text_at[below]).fill_null("")
        return list(zip(column.row[below].tolist(), texts.to_list(), strict=True))

    def _places(self, source: ColumnCells) -> tuple[slice | Int32, slice | Int32]:
        """Return which cells of a column belong to rows of the table, and to which."""
        rows, own = self.cells.rows, source.row
        first, end = np.searchsorted(own, (rows[0], rows[-1] + 1)).tolist() if len(rows) else (0, 0)
        if end - first == len(rows) and np.array_equal(own[first:end], rows):
            return slice(first, end), slice(0, len(rows))
        place = np.full(int(rows[-1]) + 1 if len(rows) else 1, -1, dtype=np.int32)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        at = place[own[first:end]]
        here = np.arange(first, end, dtype=np.int32)
        return here[at >= 0], at[at >= 0]


def _spread(values: npt.NDArray[_Value], here: slice | Int32, at: slice | Int32, size: int) -> npt.NDArray[_Value]:
    """Put values to their places among so many rows; 0, which is BLANK, where there is none."""
    if isinstance(here, slice):
        return values[here]
    spread = np.zeros(size, dtype=values.dtype)
    spread[at] = values[here]
    return spread


def source_texts(table: RawTable) -> pl.Series:
    """Return the texts that the columns of a table point to."""
    return table._source.texts


def joined(tables: Sequence[RawTable]) -> RawTable:
    """Put the tables of several sheets one below the other (WORKBOOK: ``Transactions (2)`` and so on)."""
    first = tables[0]
    if len(tables) == 1:
        return first
    columns = {name: column for table in reversed(tables) for name, column in table.cells.columns.items()}
    rows = np.concatenate([table.cells.rows for table in tables])
    part = np.repeat(np.arange(len(tables), dtype=np.int32), [len(table) for table in tables])
    cells = replace(first.cells, columns=columns, rows=rows, parts=tuple(table.cells for table in tables), part=part)
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    own = tuple(dict.fromkeys(heading for table in tables for heading in table.own_headings))
    return replace(first, cells=cells, blank_texts=blank, parts=tuple(tables), own_headings=own)


def one_below_the_other(columns: Sequence[TableColumn]) -> TableColumn:
    """Join the columns of several sheets; each finds its texts behind those of the sheets before."""
    text_at, offset = [], 0
    for column in columns:
        text_at.append(np.where(column.text_at > 0, column.text_at + offset, 0).astype(np.int32))
        offset += len(column.texts)
    kind, number, style = (
        np.concatenate([getattr(column, name) for column in columns]) for name in ("kind", "number", "format")
    )
    texts = pl.concat([column.texts for column in columns], rechunk=True)
    return TableColumn(kind, number, np.concatenate(text_at), style, texts)


def raw_table(sheet: str, cells: Cells, headings: Headings, extent: Extent, formats: UInt8, locale: Locale) -> RawTable:
    """Cut the rows below the headings out of a sheet; rows in which all our columns are blank are left out."""
    filled = [cells.column_of(number).row for number in headings.columns.values()]
    holds_data = np.zeros(max((int(row[-1]) for row in filled if len(row)), default=0) + 1, dtype=np.bool_)
    for row in filled:
        holds_data[row] = True
    below = headings.row + 1
    rows = (below + np.flatnonzero(holds_data[below : extent.last_row + 1])).astype(np.int32)
    rows = rows[~np.isin(rows, extent.totals)] if extent.totals else rows
    columns = {
        name: (column_letters(number), headings.texts[number].strip()) for name, number in headings.columns.items()
    }
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    merges = tuple(m for m in cells.merges if m.bottom > headings.row)
    return RawTable(
        SheetCells(sheet, columns, rows), dict(headings.columns), locale, merges, blank, cells, formats,
        own_headings=others(headings),
    )  # fmt: skip


@dataclass(slots=True)
class Findings:
    """Problems of one sheet; ``bad`` says which cells of a field already have one, so that none is named twice."""

    cells: SheetCells
    problems: list[Problem] = field(default_factory=list)
    bad: dict[str, Bool] = field(default_factory=dict)
    as_refusal: str = ""
    """code that all findings take, as refusals, because nobody but this program should have written the sheet"""
    empty_dates: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    """field -> the rows whose date is the empty date of another system; one remark counts them all"""
    tallies: list[Tally] = field(default_factory=list)
    """what one sentence says of many rows; told once all parts of the book are together"""

    def is_bad(self, name: str) -> Bool:
        """Return which rows already have a problem in a field."""
        if name not in self.bad:
            self.bad[name] = np.zeros(len(self.cells.rows), dtype=np.bool_)
        return self.bad[name]

    def stops(self) -> bool:
        """Say whether any problem so far is an error."""
        return any(p.severity in (Severity.ERROR, Severity.REFUSED) for p in self.problems)

    def cell(self, row: int, name: str, fault: Fault, severity: Severity = Severity.ERROR) -> None:
        """Keep a problem of one cell."""
        if severity is not Severity.WARNING:
            self.is_bad(name)[row] = True
        self.at(self.cells.cell(row, name), fault, severity)

    def at(self, where: CellRef, fault: Fault, severity: Severity = Severity.ERROR) -> None:
        """Keep a problem of any place."""
        if self.as_refusal:
            fault, severity = replace(fault, code=self.as_refusal, fix=RESTORE), Severity.REFUSED
        self.problems.append(make_problem(where, fault, severity))

    def example(self, row: int, name: str, fault: Fault, severity: Severity = Severity.WARNING) -> Problem:
        """Return a row that a tally may name."""
        return make_problem(self.cells.cell(row, name), fault, severity)

    def name_empty_dates(self) -> None:
        """Count in one remark which cells hold the empty date of another system (RULES R0)."""
        if not self.empty_dates:
            return
        fault = Fault("IC156", "", "", "No action is needed if these dates are meant to be blank.")
        examples = [
            self.example(int(rows[0]), name, fault, Severity.INFORMATION) for name, rows in self.empty_dates.items()
        ]
        count = sum(len(rows) for rows in self.empty_dates.values())
        self.tallies.append(Tally(("IC156", self.cells.sheet), _count_empty_dates, (count,), tuple(examples)))


def _count_empty_dates(tally: Tally) -> Iterator[Problem]:
    """Tell the columns from left to right."""
    (count,) = tally.numbers
    columns = {example.where.heading: example.where.column for example in tally.examples}
    headings = " and ".join(sorted(columns, key=lambda heading: (len(columns[heading]), columns[heading])))
    holds = "holds the empty date" if count == 1 else "hold empty dates"
    cells = "1 cell" if count == 1 else f"{count:,} cells"
    yield tally.first(f"{cells} of {headings} {holds} of another system (0, 1900-01-01 or 1753-01-01), read as blank.")


def make_problem(where: CellRef, fault: Fault, severity: Severity) -> Problem:
    """Return the problem of a place."""
    return Problem(fault.code, severity, where, fault.found, fault.problem, fault.fix, CODES[fault.code].rule)


def required(table: RawTable, column: InputColumn, blank: Bool, findings: Findings) -> None:
    """Name every blank cell of a required column, and the merged cells that hide one."""
    fix = f"Enter the {column.heading}, or delete the row (totals belong above the headings)."
    fault = Fault("IC118", "", f"The row has data but no {column.heading}.", fix)
    name_blanks(table, column.field, blank, fault, findings)


def name_blanks(table: RawTable, name: str, blank: Bool, fault: Fault, findings: Findings) -> None:
    """Report a fault for every blank cell; where merged cells hide the value, it is these that are named."""
    rows = np.flatnonzero(blank & ~findings.is_bad(name)).tolist()
    merged = merged_rows(table, name) if rows else {}
    for row in rows:
        if row in merged:
            problem = f"The cells {merged[row]} are merged, so only the first of them holds a value."
            findings.cell(row, name, Fault("IC119", "", problem, f"Unmerge {merged[row]} and fill in every row."))
        else:
            findings.cell(row, name, fault)


def merged_rows(table: RawTable, name: str) -> dict[int, Range]:
    """Return the rows whose cell of a field belongs to merged cells."""
    if table.cells.part is not None:
        starts = [int(np.searchsorted(table.cells.part, k)) for k in range(len(table.parts))]
        return {
            start + row: merge
            for start, part in zip(starts, table.parts, strict=True)
            for row, merge in merged_rows(part, name).items()
        }
    number = table.numbers.get(name, 0)
    rows: dict[int, Range] = {}
    for merge in table.merges:
        if merge.left <= number <= merge.right:
            first, end = np.searchsorted(table.cells.rows, (merge.top, merge.bottom + 1)).tolist()
            if first < end and first not in rows:
                rows.update(dict.fromkeys(range(first, end), merge))
    return rows
