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

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.cell_reference import MOST_COLUMNS, Range, column_letters

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


@dataclass(frozen=True, slots=True)
class Cells:
    """All cells of a sheet that hold something; ``text_at`` counts in ``texts``, 0 where there is none."""

    row: Int32
    column: Int32
    kind: UInt8
    style: Int32
    number: Float64
    text_at: Int32
    texts: pl.Series
    """trimmed (RULES R0); the first is null and stands for no text"""
    merges: tuple[Range, ...] = ()
    has_long_texts: bool = False
    """some text is longer than Excel allows"""


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


_NONE = np.zeros(0, dtype=np.int32)
NO_CELLS = Cells(
    _NONE, _NONE, _NONE.astype(np.uint8), _NONE, _NONE.astype(np.float64), _NONE, pl.Series([None], dtype=pl.String)
)


def join(batches: list[Batch], shared: SharedTexts, merges: Sequence[Range], sheet: str) -> Cells:
    """Put the batches of one sheet together and look the shared texts up; the list is used up to save memory."""
    texts = [shared.texts]
    offset = len(shared.texts)
    for batch in batches:
        _settle(batch, shared.is_blank, offset)
        texts += [batch.texts] if len(batch.texts) else []
        offset += len(batch.texts)
    row, column = _drain(batches, "row", np.int32), _drain(batches, "column", np.int32)
    kind, style = _drain(batches, "kind", np.uint8), _drain(batches, "style", np.int32)
    number, text_at = _drain(batches, "number", np.float64), _drain(batches, "text_at", np.int32)
    batches.clear()
    has_long_texts = shared.has_long_texts or any(_has_long(part) for part in texts[1:])
    order = _order(row, column, sheet)
    if order is not None:
        row, column, kind, style, number, text_at = (
            row[order], column[order], kind[order], style[order], number[order], text_at[order],
        )  # fmt: skip
    return Cells(
        row,
        column,
        kind,
        style,
        number,
        text_at,
        pl.concat(texts, rechunk=True) if len(texts) > 1 else texts[0],
        tuple(merges),
        has_long_texts,
    )


def _has_long(texts: pl.Series) -> bool:
    longest = texts.str.len_bytes().max()
    return isinstance(longest, int) and longest > LONGEST_TEXT


def _drain(batches: Sequence[Batch], name: str, kind: npt.DTypeLike) -> Any:
    """Join one column of all batches and let the pieces go."""
    joined = np.concatenate([np.zeros(0, dtype=kind), *(getattr(batch, name) for batch in batches)])
    for batch in batches:
        setattr(batch, name, None)
    return joined


def _settle(batch: Batch, shared_blank: npt.NDArray[np.bool_], offset: int) -> None:
    """Look shared texts up, read numbers still given as text, drop blank texts, count texts in the sheet's pool."""
    kind, number, text_at = batch.kind, batch.number, batch.text_at
    if len(batch.texts):
        batch.texts = batch.texts.str.strip_chars()
        kind[(kind == TEXT) & np.append((batch.texts == "").to_numpy(), False)[text_at]] = BLANK
    _read_numbers(batch)
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
        for name in ("row", "column", "kind", "style", "number", "text_at"):
            setattr(batch, name, getattr(batch, name)[keep])


def _read_numbers(batch: Batch) -> None:
    """Read the numbers that a scan left as text: many digits, exponents, and what is none."""
    waiting = np.flatnonzero(batch.kind == UNPARSED)
    if not len(waiting):
        return
    words = batch.texts.gather(batch.text_at[waiting])
    plain = words.str.contains(r"^[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?$")
    values = pl.select(pl.when(plain).then(words)).to_series().cast(pl.Float64, strict=False).to_numpy()
    good = np.isfinite(values)
    batch.number[waiting] = np.where(good, values, 0.0)
    batch.kind[waiting] = np.where(good, NUMBER, ERROR)


def _order(row: Int32, column: Int32, sheet: str) -> npt.NDArray[np.int64] | None:
    """Return the order by row and column, None where the file already keeps it."""
    same_row = row[1:] == row[:-1]
    if (np.where(same_row, column[1:] > column[:-1], row[1:] > row[:-1])).all():
        return None
    key = row.astype(np.int64) * (MOST_COLUMNS + 1) + column
    order = np.argsort(key, kind="stable")
    twice = np.flatnonzero(np.diff(key[order]) == 0)
    if len(twice):
        at = order[twice[0]]
        raise BookUnusable(
            f"The sheet {sheet} states its cell {column_letters(int(column[at]))}{int(row[at])} twice: open the "
            "workbook in Excel, let Excel repair it, and save it."
        )
    return order
