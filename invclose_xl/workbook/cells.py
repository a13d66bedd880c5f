"""The cells of a sheet as flat columns, exactly as the file states them: raw kind, number, text, format.

In      batches of cells, in the order of the file, and the texts the cells share.
Out     Cells: one element per cell that holds anything, ascending by row and column. Nothing is interpreted:
        a date is still a number with a date format, a text number is still text.
Errors  BookUnusable where a sheet states one cell twice.
Source  ECMA-376 part 1, 18.3.1.4 (c) and 18.18.11 (ST_CellType); LAB "Cell fidelity".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.problem import BookUnusable
from invclose_xl.workbook.cell_reference import Range, column_letters

BLANK, NUMBER, TEXT, BOOLEAN, ERROR, ISO_DATE, NO_VALUE = range(7)
"""What a cell holds. NO_VALUE: a formula without a stored result; its text is the formula."""
SHARED, UNPARSED = 7, 8
"""Only inside a Batch: a text given by its number in the shared strings; a number still given as text."""

Int32 = npt.NDArray[np.int32]
Float64 = npt.NDArray[np.float64]
UInt8 = npt.NDArray[np.uint8]

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384


@dataclass(frozen=True, slots=True)
class Batch:
    """Cells as a scan found them; ``text_at`` counts in this batch's own texts, -1 where there is none."""

    row: Int32
    column: Int32
    kind: UInt8
    style: Int32
    number: Float64
    text_at: Int32
    texts: pl.Series


@dataclass(frozen=True, slots=True)
class Cells:
    """All cells of a sheet that hold something; ``text_at`` counts in ``texts``, -1 where there is none."""

    row: Int32
    column: Int32
    kind: UInt8
    style: Int32
    number: Float64
    text_at: Int32
    texts: pl.Series
    """trimmed (RULES R0)"""
    merges: tuple[Range, ...] = ()


def join(batches: Sequence[Batch], shared: pl.Series, merges: Sequence[Range], sheet: str) -> Cells:
    """Put the batches of one sheet together and look the shared texts up."""
    if not batches:
        none = np.zeros(0, dtype=np.int32)
        return Cells(none, none, none.astype(np.uint8), none, none.astype(np.float64), none, shared, tuple(merges))
    row = np.concatenate([b.row for b in batches])
    column = np.concatenate([b.column for b in batches])
    kind = np.concatenate([b.kind for b in batches])
    number = np.concatenate([b.number for b in batches])
    text_at = _text_positions(batches, kind, number, len(shared))
    texts = pl.concat([shared, *(b.texts for b in batches)], rechunk=True).str.strip_chars()
    texts, text_at, kind, number = _settle(texts, text_at, kind, number)
    text_at[kind == NUMBER] = -1
    style = np.concatenate([b.style for b in batches])
    keep = kind != BLANK
    if not keep.all():
        row, column, kind, style, number, text_at = _take(keep, row, column, kind, style, number, text_at)
    order = _order(row, column, sheet)
    if order is not None:
        row, column, kind, style, number, text_at = _take(order, row, column, kind, style, number, text_at)
    return Cells(row, column, kind, style, number, text_at, texts, tuple(merges))


def _take(
    which: Any, row: Int32, column: Int32, kind: UInt8, style: Int32, number: Float64, text_at: Int32
) -> tuple[Int32, Int32, UInt8, Int32, Float64, Int32]:
    return row[which], column[which], kind[which], style[which], number[which], text_at[which]


def _text_positions(batches: Sequence[Batch], kind: UInt8, number: Float64, shared: int) -> Int32:
    """Count all texts of the sheet in one pool: the shared ones first, then those of each batch."""
    parts = []
    offset = shared
    for batch in batches:
        parts.append(np.where(batch.text_at < 0, -1, batch.text_at + offset).astype(np.int32))
        offset += len(batch.texts)
    text_at = np.concatenate(parts)
    by_number = kind == SHARED
    known = by_number & (number >= 0) & (number < shared)
    text_at[known] = number[known].astype(np.int32)
    kind[known] = TEXT
    kind[by_number & ~known] = ERROR
    return text_at


def _settle(texts: pl.Series, text_at: Int32, kind: UInt8, number: Float64) -> tuple[pl.Series, Int32, UInt8, Float64]:
    """Read the numbers still given as text, and let blank texts be blank cells."""
    blank = (texts == "").to_numpy()
    kind[(kind == TEXT) & blank[text_at]] = BLANK
    waiting = np.flatnonzero(kind == UNPARSED)
    if len(waiting):
        words = texts.gather(text_at[waiting])
        plain = words.str.contains(r"^[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?$")
        values = pl.select(pl.when(plain).then(words)).to_series().cast(pl.Float64, strict=False).to_numpy()
        good = np.isfinite(values)
        number[waiting] = np.where(good, values, 0.0)
        kind[waiting] = np.where(good, NUMBER, ERROR)
    return texts, text_at, kind, number


def _order(row: Int32, column: Int32, sheet: str) -> npt.NDArray[np.int64] | None:
    """Return the order by row and column, None where the file already keeps it."""
    key = row.astype(np.int64) * (MOST_COLUMNS + 1) + column
    steps = np.diff(key)
    if (steps > 0).all():
        return None
    order = np.argsort(key, kind="stable")
    twice = np.flatnonzero(np.diff(key[order]) == 0)
    if len(twice):
        at = order[twice[0]]
        raise BookUnusable(
            f"The sheet {sheet} states its cell {column_letters(int(column[at]))}{int(row[at])} twice: open the "
            "workbook in Excel, let Excel repair it, and save it."
        )
    return order
