"""The cells of a sheet, column by column, exactly as the file states them: raw kind, number, text, format.

In      batches of cells, in the order of the file, and the texts the cells share.
Out     Cells: one element per cell that holds anything. Nothing is interpreted: a date is still a number with a date
        format, a text number is still text.
Errors  BookUnusable where a sheet states one cell twice.
Source  ECMA-376 part 1, 18.3.1.4 (c) and 18.18.11 (ST_CellType); LAB "Cell fidelity".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.cell_reference import Range, column_letters

BLANK, NUMBER, TEXT, BOOLEAN, ERROR, ISO_DATE, NO_VALUE = range(7)
"""What a cell holds. NO_VALUE: a formula without a stored result; its text is the formula."""
SHARED, UNPARSED = 7, 8
"""Only inside a Batch: a text given by its number in the shared strings; a number still given as text."""
DECIMAL = 9
"""Never in a workbook: an exact number of a table that has more digits than a float holds, as plain decimal text."""

Int32 = npt.NDArray[np.int32]
Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
UInt8 = npt.NDArray[np.uint8]

LONGEST_TEXT = 32_767
LONGEST_FORMULA = 60
"""A longer formula is not repeated in messages."""


@dataclass(slots=True)
class Batch:
    """Cells as a scan found them; ``text_at`` counts in this batch's own texts, -1 where there is none."""

    row: Int32
    column: Int32
    kind: UInt8
    style: Int32
    number: Float64
    text_at: Int32
    texts: pl.Series
    is_trimmed: bool = False
    """known: no text is blank or has blanks at its ends"""


@dataclass(frozen=True, slots=True)
class CellBlock:
    """Cells of one column, ascending by row; ``text_at`` counts in the texts of the sheet, 0 where there is none."""

    row: Int32
    kind: UInt8
    style: Int32
    number: Float64
    text_at: Int32


@dataclass(frozen=True, slots=True)
class ColumnCells:
    """All cells of one column that hold something, one piece below the other, as they were read."""

    pieces: tuple[CellBlock, ...]

    @property
    def row(self) -> Int32:
        """Row of every cell, ascending."""
        return np.asarray(self._all("row", np.int32))

    @property
    def kind(self) -> UInt8:
        """Kind of every cell: number, text, nothing, …"""
        return np.asarray(self._all("kind", np.uint8))

    @property
    def style(self) -> Int32:
        """Format of every cell, by its number."""
        return np.asarray(self._all("style", np.int32))

    @property
    def number(self) -> Float64:
        """Number of every cell."""
        return np.asarray(self._all("number", np.float64))

    @property
    def text_at(self) -> Int32:
        """Return where the text of every cell stands, 0 where there is none."""
        return np.asarray(self._all("text_at", np.int32))

    def _all(self, name: str, kind: npt.DTypeLike) -> Any:
        if len(self.pieces) == 1:
            return getattr(self.pieces[0], name)
        return np.concatenate([np.zeros(0, dtype=kind), *(getattr(piece, name) for piece in self.pieces)])

    def kind_in(self, row: int) -> int:
        """Return what the cell of a row holds."""
        for piece in self.pieces:
            at = int(np.searchsorted(piece.row, row))
            if at < len(piece.row) and piece.row[at] == row:
                return int(piece.kind[at])
        return BLANK

    def first_texts(self, top: int, bottom: int, most: int) -> list[tuple[int, int]]:
        """Return row and place of the first texts in some rows."""
        found: list[tuple[int, int]] = []
        for piece in self.pieces:
            first, end = np.searchsorted(piece.row, (top, bottom + 1)).tolist()
            at = first + np.flatnonzero(piece.kind[first:end] == TEXT)[: most - len(found)]
            found += zip(piece.row[at].tolist(), piece.text_at[at].tolist(), strict=True)
            if len(found) >= most:
                break
        return found


NO_COLUMN = ColumnCells(())


@dataclass(frozen=True)
class Cells:
    """All cells of a sheet that hold something, column by column.

    Their arrays ``row``, ``column``, ``kind`` and so on, ascending by row and column, are made when asked for: of a
    large sheet they take the memory of all columns once more.
    """

    columns: Mapping[int, ColumnCells]
    """by number of the column, ascending"""
    texts: pl.Series
    """trimmed (RULES R0); the first is null and stands for no text"""
    merges: tuple[Range, ...] = ()
    has_long_texts: bool = False
    """some text is longer than Excel allows"""

    def column_of(self, number: int) -> ColumnCells:
        """Return the cells of one column."""
        return self.columns.get(number, NO_COLUMN)

    @cached_property
    def _order(self) -> npt.NDArray[np.int64]:
        return np.argsort(self._one_after_the_other("row", np.int32), kind="stable")

    def _one_after_the_other(self, name: str, kind: npt.DTypeLike) -> Any:
        return np.concatenate([np.zeros(0, dtype=kind), *(getattr(column, name) for column in self.columns.values())])

    @cached_property
    def row(self) -> Int32:
        """Row of every cell."""
        return np.asarray(self._one_after_the_other("row", np.int32)[self._order])

    @cached_property
    def column(self) -> Int32:
        """Column of every cell."""
        sizes = [len(column.row) for column in self.columns.values()]
        return np.repeat(np.array(list(self.columns), dtype=np.int32), sizes)[self._order]

    @cached_property
    def kind(self) -> UInt8:
        """Kind of every cell: number, text, nothing, …"""
        return np.asarray(self._one_after_the_other("kind", np.uint8)[self._order])

    @cached_property
    def style(self) -> Int32:
        """Format of every cell, by its number."""
        return np.asarray(self._one_after_the_other("style", np.int32)[self._order])

    @cached_property
    def number(self) -> Float64:
        """Number of every cell."""
        return np.asarray(self._one_after_the_other("number", np.float64)[self._order])

    @cached_property
    def text_at(self) -> Int32:
        """Return where the text of every cell is in ``texts``, 0 where there is none."""
        return np.asarray(self._one_after_the_other("text_at", np.int32)[self._order])


@dataclass(frozen=True, slots=True)
class SharedTexts:
    """The texts that the cells of a workbook share, trimmed; the first is null and stands for no text."""

    texts: pl.Series
    is_blank: Bool
    has_long_texts: bool

    @classmethod
    def of(cls, texts: pl.Series) -> "SharedTexts":
        """Trim the texts of the shared strings part."""
        trimmed = pl.concat([pl.Series([None], dtype=pl.String), texts.str.strip_chars()], rechunk=True)
        return cls(trimmed, (trimmed == "").fill_null(False).to_numpy(), _has_long(trimmed))


NO_CELLS = Cells({}, pl.Series([None], dtype=pl.String))


def join(batches: list[Batch], shared: SharedTexts, merges: Sequence[Range], sheet: str) -> Cells:
    """Put the batches of one sheet together and look the shared texts up; the list is used up to save memory."""
    texts = [shared.texts]
    offset = len(shared.texts)
    pieces: dict[int, list[CellBlock]] = {}
    for batch in batches:
        _trim(batch)
    _read_numbers(batches)
    for batch in batches:
        _settle(batch, shared.is_blank, offset)
        texts += [batch.texts] if len(batch.texts) else []
        offset += len(batch.texts)
        for column, piece in _cut(batch):
            pieces.setdefault(column, []).append(piece)
    batches.clear()
    columns = {column: _ascending(pieces[column]) for column in sorted(pieces)}
    _refuse_twice(columns, sheet)
    if len(texts) == 1:
        return Cells(columns, shared.texts, tuple(merges), shared.has_long_texts)
    whole = pl.concat(texts, rechunk=True)
    return Cells(columns, whole, tuple(merges), _has_long(whole))


def _cut(batch: Batch) -> Iterator[tuple[int, CellBlock]]:
    """Cut a batch, sorted by column, into its columns."""
    column = batch.column
    if not len(column):
        return
    starts = np.flatnonzero(np.diff(column, prepend=np.int32(-1))).tolist()
    for start, end in zip(starts, [*starts[1:], len(column)], strict=True):
        part = slice(start, end)
        piece = CellBlock(
            batch.row[part], batch.kind[part], batch.style[part], batch.number[part], batch.text_at[part]
        )  # fmt: skip
        yield int(column[start]), piece


def _ascending(pieces: list[CellBlock]) -> ColumnCells:
    """Put the pieces of one column one below the other; sorted by row, where the file does not keep that order."""
    last = 0
    for piece in pieces:
        if piece.row[0] <= last or not (piece.row[1:] > piece.row[:-1]).all():
            break
        last = int(piece.row[-1])
    else:
        return ColumnCells(tuple(pieces))
    whole = ColumnCells(tuple(pieces))
    order = np.argsort(whole.row, kind="stable")
    sorted_piece = CellBlock(
        whole.row[order], whole.kind[order], whole.style[order], whole.number[order], whole.text_at[order]
    )
    return ColumnCells((sorted_piece,))


def _refuse_twice(columns: Mapping[int, ColumnCells], sheet: str) -> None:
    """Refuse a sheet that states one cell twice, naming the first such cell."""
    found = []
    for number, column in columns.items():
        if len(column.pieces) == 1:
            row = column.row
            twice = np.flatnonzero(row[1:] == row[:-1])
            found += [(int(row[twice[0]]), number)] if len(twice) else []
    if found:
        first, number = min(found)
        raise BookUnusable(
            f"The sheet {sheet} states its cell {column_letters(number)}{first} twice: open the workbook in Excel, let"
            " Excel repair it, and save it."
        )


def _has_long(texts: pl.Series) -> bool:
    longest = texts.str.len_bytes().max()
    return isinstance(longest, int) and longest > LONGEST_TEXT


def _trim(batch: Batch) -> None:
    """Take the blanks at their ends off the texts; cells whose text is nothing else are blank."""
    if len(batch.texts) and not batch.is_trimmed:
        batch.texts = batch.texts.str.strip_chars()
        is_blank = np.append((batch.texts == "").to_numpy(), False)
        batch.kind[(batch.kind == TEXT) & is_blank[batch.text_at]] = BLANK


def _settle(batch: Batch, shared_blank: npt.NDArray[np.bool_], offset: int) -> None:
    """Look shared texts up, drop blank texts, count in the sheet's texts; sort."""
    kind, number, text_at = batch.kind, batch.number, batch.text_at
    text_at = np.where((text_at < 0) | (kind == NUMBER), 0, text_at + offset).astype(np.int32)
    by_number = np.flatnonzero(kind == SHARED)
    if len(by_number):
        known = number[by_number] < len(shared_blank) - 1
        index = np.where(known, number[by_number] + 1, 0).astype(np.int64)
        text_at[by_number] = index
        kind[by_number] = np.where(known, np.where(shared_blank[index], BLANK, TEXT), ERROR)
    batch.text_at = text_at
    keep = kind != BLANK
    if not keep.all():
        _take(batch, keep)
    if (batch.column[1:] < batch.column[:-1]).any():
        _take(batch, order_by_column(batch.column))


def _take(batch: Batch, chosen: Bool | npt.NDArray[np.int64]) -> None:
    for name in ("row", "column", "kind", "style", "number", "text_at"):
        setattr(batch, name, getattr(batch, name)[chosen])


def order_by_column(column: Int32) -> npt.NDArray[np.int64]:
    """Return the order by column; the cells of one column stay as they are."""
    return np.argsort(column.astype(np.uint16), kind="stable")


def _read_numbers(batches: Sequence[Batch]) -> None:
    """Read the numbers that the scans left as text: many digits, exponents, and what is none."""
    waiting = [np.flatnonzero(batch.kind == UNPARSED) for batch in batches]
    having = [(batch, at) for batch, at in zip(batches, waiting, strict=True) if len(at)]
    if not having:
        return
    words = pl.concat([batch.texts.gather(batch.text_at[at]) for batch, at in having], rechunk=True)
    plain = words.str.contains(r"^[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?$")
    values = pl.select(pl.when(plain).then(words)).to_series().cast(pl.Float64, strict=False).to_numpy()
    ends = np.cumsum([len(at) for _, at in having])
    for (batch, at), read in zip(having, np.split(values, ends[:-1]), strict=True):
        good = np.isfinite(read)
        batch.number[at] = np.where(good, read, 0.0)
        batch.kind[at] = np.where(good, NUMBER, ERROR)
