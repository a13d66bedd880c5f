"""A table of a folder in the shape that the parsers read: columns by field, rows with their number, places with files.

In      one file's columns under the names of their fields.
Out     a RawTable whose places are ``items.parquet row 17``.
Source  WORKBOOK "Read"; STYLE "A user-data error".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool, SheetCells
from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.tables.columns import blank_column, column_of
from invclose_xl.workbook.cells.cells import BLANK, LONGEST_TEXT, NO_CELLS
from invclose_xl.workbook.layout import InputKind
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.tables.headings import Headings, others
from invclose_xl.workbook.tables.table import RawTable, TableColumn, one_below_the_other
from invclose_xl.workbook.values.values import Locale


@dataclass(frozen=True, slots=True)
class RowRef(CellRef):
    """A place in a table: file and row; the headings of a CSV file are its row 1, a Parquet file begins with row 1."""

    def __str__(self) -> str:
        """Write file and row; the heading is beside it in every message."""
        return f"{self.sheet} row {self.row}" if self.row else self.sheet

    @property
    def short(self) -> str:
        """The place inside its file: ``row 4``."""
        return f"row {self.row}"

    @property
    def letters(self) -> str:
        """Nothing: rows of a table are named by their number alone."""
        return ""


@dataclass(frozen=True, slots=True)
class FileCells(SheetCells):
    """Where the fields of one file stand."""

    def cell(self, row: int, field_name: str) -> CellRef:
        """Return the place of one field of one row."""
        own = self if self.part is None else self.parts[int(self.part[row])]
        letter, heading = own.columns.get(field_name, ("A", ""))
        return RowRef(own.sheet, int(self.rows[row]), letter, heading)


@dataclass(frozen=True, slots=True)
class FrameTable(RawTable):
    """The data of a table that is a frame."""

    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    """one column per field that the table has"""
    kinds: Mapping[str, InputKind] = field(default_factory=dict)
    long_texts: bool = False

    @property
    def has_long_texts(self) -> bool:
        """Some text of the table is longer than Excel allows."""
        return self.long_texts or any(part.has_long_texts for part in self.parts)

    def filled(self, name: str) -> Bool:
        """Return which rows have a value in a field."""
        return np.asarray(self.column(name).kind != BLANK)

    def without_rows(self, left_out: Bool) -> "FrameTable":
        """Return the table without some of its rows."""
        cells, parts = self.cells.take_rows(~left_out), self.parts
        if self.cells.part is not None:
            parts = tuple(part.without_rows(left_out[self.cells.part == k]) for k, part in enumerate(parts))
        frame = self.frame if parts else self.frame.filter(pl.Series(~left_out))
        return replace(self, cells=cells, blank_texts=self.blank_texts.head(len(cells.rows)), parts=parts, frame=frame)

    def without_cells(self) -> "FrameTable":
        """Return the table with its places but no values, which are the most of its memory."""
        return replace(self, frame=pl.DataFrame(), parts=tuple(part.without_cells() for part in self.parts))

    def column(self, name: str) -> TableColumn:
        """Return the cells of a field; all blank where the table has no such column."""
        if self.parts:
            return one_below_the_other([part.column(name) for part in self.parts])
        if name not in self.frame.columns:
            return blank_column(len(self))
        return column_of(self.frame[name], self.kinds[name])


def filled_rows(frame: pl.DataFrame) -> Bool:
    """Return the rows in which any column holds anything."""
    filled = np.zeros(len(frame), dtype=np.bool_)
    for column in frame.get_columns():
        if column.dtype == pl.String:
            filled |= (column.str.strip_chars() != "").fill_null(value=False).to_numpy()
        else:
            filled |= column.is_not_null().to_numpy()
    return filled


def has_long_texts(frame: pl.DataFrame) -> bool:
    """Say whether any text is longer than a cell of Excel holds."""
    longest = [column.str.len_bytes().max() for column in frame.get_columns() if column.dtype == pl.String]
    return any(isinstance(length, int) and length > LONGEST_TEXT for length in longest)


def frame_table(
    file: str, headings: Headings, frame: pl.DataFrame, kinds: Mapping[str, InputKind], first_row: int, locale: Locale
) -> FrameTable:
    """Return one file's table; rows in which all our columns are blank are left out."""
    filled = filled_rows(frame)
    long_texts = has_long_texts(frame)
    if not filled.all():
        frame = frame.filter(pl.Series(filled))
    rows = (first_row + np.flatnonzero(filled)).astype(np.int32)
    places = {
        name: (column_letters(number), headings.texts[number].strip()) for name, number in headings.columns.items()
    }
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
    return FrameTable(
        FileCells(file, places, rows), dict(headings.columns), locale, (), blank, NO_CELLS, np.zeros(1, dtype=np.uint8),
        (), others(headings), frame, kinds, long_texts,
    )  # fmt: skip
