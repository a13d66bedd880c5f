"""Rows of a result sheet as XML by machine code, straight into the bytes that are compressed next.

In      for every column the XML around its values, and the values of some thousand rows: whole numbers with their
        decimals, or texts as they are to stand in the file.
Out     the bytes of the rows.
Errors  none.
Cost    about a nanosecond per byte written.
Source  ECMA-376 part 1, 18.3.1.4 (c) and 18.3.1.73 (row).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.machine_code import compile_function
from invclose_xl.workbook.results.rows_xml import ROW_MARK

MOST_DIGITS = 20
"""sign and digits of a whole number of 64 bits; its point is one more"""
_ZERO, _MINUS, _POINT, _BLANK, _UNDERSCORE, _X = ord("0"), ord("-"), ord("."), ord(" "), ord("_"), ord("x")
_AND, _LESS, _GREATER = ord("&"), ord("<"), ord(">")
_LAST_PLANE = 0xEF
"""Begins, among others, the two characters that XML does not know."""
_TEN = np.uint64(10)
_POWERS = np.array([10**n for n in range(20)], dtype=np.uint64)
_NOTHING, _NUMBER, _TEXT = range(3)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a column as bytes, one after the other."""

    data: bytes
    lengths: Int64

    @classmethod
    def of(cls, texts: pl.Series) -> "Texts":
        """Put texts together; null is ''."""
        filled = texts.fill_null("")
        return cls(str(filled.str.join("").item()).encode(), filled.str.len_bytes().cast(pl.Int64).to_numpy())

    def is_plain(self) -> bool:
        """Say whether every text may stand in the file as it is, whatever XML and spreadsheets make of some."""
        return bool(_is_plain(np.frombuffer(self.data + b" ", dtype=np.uint8), self.lengths))


@dataclass(frozen=True, slots=True)
class Rendered:
    """One column: the XML before and after each value, and its values. A row that is not present has no cell."""

    before: str
    after: str = ""
    present: Bool | None = None
    """all, where None"""
    units: Int64 | None = None
    decimals: int = 0
    texts: "Texts | None" = None
    before_preserved: str = ""
    preserved: Bool | None = None
    """texts whose blanks at the ends count, and what stands before these"""


def render(columns: Sequence[Rendered], first_row: int, rows: int) -> bytes:
    """Return the XML of some rows; the first has the given number."""
    most = 1
    kind, decimals = np.zeros(len(columns), dtype=np.int64), np.zeros(len(columns), dtype=np.int64)
    units = np.zeros((len(columns), rows), dtype=np.int64)
    present, preserved = np.ones((len(columns), rows), dtype=np.bool_), np.zeros((len(columns), rows), dtype=np.bool_)
    literals, ends, first_of = _cut([t for c in columns for t in (c.before, c.before_preserved, c.after)])
    pieces, text_start, size = [], np.zeros(len(columns), dtype=np.int64), 0
    for k, column in enumerate(columns):
        marks = column.before.count(ROW_MARK) * MOST_DIGITS
        around = len(column.before.encode()) + len(column.before_preserved.encode()) + len(column.after.encode())
        most += rows * (around + marks + MOST_DIGITS + 1)
        if column.present is not None:
            present[k] = column.present
        if column.preserved is not None:
            preserved[k] = column.preserved
        if column.units is not None:
            kind[k], decimals[k], units[k] = _NUMBER, column.decimals, column.units
        elif column.texts is not None:
            kind[k], text_start[k] = _TEXT, size
            units[k] = column.texts.lengths
            pieces.append(column.texts.data)
            size += len(column.texts.data)
    out = np.empty(most + size, dtype=np.uint8)
    end = _render(
        first_row, rows, kind, decimals, units, present, preserved, literals, ends, first_of,
        np.frombuffer(b"".join(pieces) + b" ", dtype=np.uint8), text_start, np.zeros(MOST_DIGITS, dtype=np.uint8), out,
    )  # fmt: skip
    return out[:end].tobytes()


def _cut(texts: Sequence[str]) -> tuple[Any, Int64, Int64]:
    """Cut texts at their marks; return all pieces one after the other, where each ends, and the first of each text."""
    pieces = [piece.encode() for text in texts for piece in text.split(ROW_MARK)]
    first_of = np.cumsum([0, *(text.count(ROW_MARK) + 1 for text in texts)], dtype=np.int64)
    return (
        np.frombuffer(b"".join(pieces) + b" ", dtype=np.uint8),
        np.cumsum([0, *map(len, pieces)], dtype=np.int64),
        first_of,
    )


@compile_function
def _is_plain(data: Any, lengths: Any) -> bool:
    """Say whether no byte needs an escape, and no text a word about its blanks."""
    for k in range(len(data) - 1):
        byte = data[k]
        if byte < 0x20 or byte in (_AND, _LESS, _GREATER, _LAST_PLANE):
            return False
        if byte == _UNDERSCORE and data[k + 1] == _X:
            return False
    at = 0
    for length in lengths:
        if length > 0:  # beyond ASCII there are more blanks than one byte shows
            first, last = data[at], data[at + length - 1]
            if first == _BLANK or last == _BLANK or first >= 0x80 or last >= 0x80:
                return False
        at += length
    return True


@compile_function
def _write_whole(number: Any, fewest: int, out: Any, at: int) -> int:
    """Write the digits of a number that is not negative, at least so many; return where they end."""
    count, rest = 1, number // _TEN
    while rest > 0:
        rest //= _TEN
        count += 1
    end = at + max(count, fewest)
    for k in range(end - 1, at - 1, -1):
        following = number // _TEN
        out[k] = _ZERO + (number - following * _TEN)
        number = following
    return end


@compile_function
def _write_decimal(units: int, decimals: int, power: Any, out: Any, at: int) -> int:
    """Write integers of 10**-decimals as ``money.text_of`` does."""
    if units < 0:
        out[at] = _MINUS
        at += 1
    rest = np.uint64(-units) if units < 0 else np.uint64(units)
    if decimals == 0:
        return _write_whole(rest, 1, out, at)
    whole = rest // power
    at = _write_whole(whole, 1, out, at)
    out[at] = _POINT
    return _write_whole(rest - whole * power, decimals, out, at + 1)


@compile_function
def _copy(source: Any, start: int, end: int, out: Any, at: int) -> int:
    for k in range(end - start):
        out[at + k] = source[start + k]
    return at + end - start


@compile_function
def _write_literal(literals: Any, ends: Any, first: int, last: int, digits: Any, count: int, out: Any, at: int) -> int:
    """Write the pieces of some XML with the number of the row between them."""
    at = _copy(literals, ends[first], ends[first + 1], out, at)
    for piece in range(first + 1, last):
        at = _copy(digits, 0, count, out, at)
        at = _copy(literals, ends[piece], ends[piece + 1], out, at)
    return at


@compile_function
def _render(
    first_row: int, rows: int, kind: Any, decimals: Any, units: Any, present: Any, preserved: Any, literals: Any,
    ends: Any, first_of: Any, texts: Any, text_at: Any, digits: Any, out: Any,
) -> int:  # fmt: skip
    """Write all rows; return how many bytes. ``text_at`` goes on to the next text of each column."""
    at = 0
    for row in range(rows):
        count = _write_whole(np.uint64(first_row + row), 1, digits, 0)
        for column in range(len(kind)):
            length = units[column, row] if kind[column] == _TEXT else 0
            if present[column, row]:
                before = 3 * column + (1 if preserved[column, row] else 0)
                at = _write_literal(literals, ends, first_of[before], first_of[before + 1], digits, count, out, at)
                if kind[column] == _NUMBER:
                    power = _POWERS[decimals[column]]
                    at = _write_decimal(units[column, row], decimals[column], power, out, at)
                at = _copy(texts, text_at[column], text_at[column] + length, out, at)
                after = 3 * column + 2
                at = _write_literal(literals, ends, first_of[after], first_of[after + 1], digits, count, out, at)
            text_at[column] += length
    return at
