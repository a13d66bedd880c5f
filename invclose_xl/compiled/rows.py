"""Rows of a table as text by machine code, such as the XML of a sheet.

In      for every column the text around its values, and the values of some thousand rows: whole numbers with their
        decimals, or texts as they are.
Out     the bytes of the rows, in pieces that a processor's cache holds until they are compressed.
Errors  none.
Cost    less than half a nanosecond per byte written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from invclose_xl.compiled import ROW_MARK
from invclose_xl.compiled.copying import STEP, copy_bytes
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.machine_code import compile_function

MOST_DIGITS = 20
"""sign and digits of a whole number of 64 bits; its point is one more"""
PIECE = 1 << 20
"""Bytes that are rendered at once, about."""
_ZERO, _MINUS, _POINT = ord("0"), ord("-"), ord(".")
_TEN, _HUNDRED = np.uint64(10), np.uint64(100)
_POWERS = np.array([10**n for n in range(20)], dtype=np.uint64)
_PAIRS = np.frombuffer("".join(f"{n:02}" for n in range(100)).encode(), dtype=np.uint8)
_LITERAL, _ROW, _NUMBER, _TEXT, _UNLESS, _UNLESS_TEXT = range(6)
"""What a step of a row does: write what is around values, the number of the row, a number, a text; go on elsewhere
where a flag is not set, or where a text is blank."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a column as bytes, one after the other."""

    data: bytes
    lengths: Int64

    @classmethod
    def of(cls, texts: pl.Series) -> "Texts":
        """Put texts together; null is ''."""
        filled = texts.fill_null("")
        return cls(filled.str.join("").cast(pl.Binary).item(), filled.str.len_bytes().cast(pl.Int64).to_numpy())


@dataclass(frozen=True, slots=True)
class Rendered:
    """One column: the text before and after each value, and its values. A row that is not present has none of it."""

    before: str
    after: str = ""
    present: Bool | None = None
    """all, where None; of texts those that are not blank"""
    units: Int64 | None = None
    decimals: int = 0
    texts: "Texts | None" = None
    before_preserved: str = ""
    preserved: Bool | None = None
    """texts whose blanks at the ends count, and what is before these"""


@dataclass(slots=True)
class _Steps:
    """The steps that write a row, and what they read."""

    rows: int
    steps: list[list[int]] = field(default_factory=list)
    literals: bytearray = field(default_factory=bytearray)
    columns: list[Int64] = field(default_factory=list)
    """whole numbers, or the lengths of texts"""
    flags: list[Bool] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    text_start: list[int] = field(default_factory=list)
    longest: int = 0
    """bytes of a row without its texts, at most"""
    _joined: bool = False
    """whether the last step may be gone on with: no other step leads behind it"""

    def add(self, column: Rendered) -> None:
        """Add what writes a column."""
        away: list[int] = []
        text, is_optional = column.texts, column.present is not None
        if text is not None:
            at = self._column(text.lengths, text.data)
            if is_optional:
                away.append(self._leave(_UNLESS_TEXT, at))
            if column.preserved is None:
                self._write(column.before)
            else:
                other = self._leave(_UNLESS, self._flag(column.preserved))
                self._write(column.before_preserved)
                behind = self._leave(_UNLESS, self._flag(~column.preserved))
                self._land(other)
                self._write(column.before)
                self._land(behind)
            self._step(_TEXT, at, 0)
        else:
            if column.present is not None:
                away.append(self._leave(_UNLESS, self._flag(column.present)))
            self._write(column.before)
            if column.units is not None:
                self._step(_NUMBER, self._column(column.units, b""), column.decimals)
                self.longest += MOST_DIGITS + 1
        self._write(column.after)
        for step in away:
            self._land(step)

    def _write(self, text: str) -> None:
        for number, piece in enumerate(text.encode().split(ROW_MARK.encode())):
            if number:
                self._step(_ROW, 0, 0)
                self.longest += MOST_DIGITS
            if piece and self._joined and self.steps[-1][0] == _LITERAL:
                self.steps[-1][2] += len(piece)
            elif piece:
                self._step(_LITERAL, len(self.literals), len(self.literals) + len(piece))
            self.literals += piece
            self.longest += len(piece)

    def _step(self, what: int, one: int, other: int) -> None:
        self.steps.append([what, one, other])
        self._joined = True

    def _leave(self, what: int, at: int) -> int:
        self._step(what, at, 0)
        return len(self.steps) - 1

    def _land(self, step: int) -> None:
        self.steps[step][2] = len(self.steps)
        self._joined = False

    def _flag(self, values: Bool) -> int:
        self.flags.append(values)
        return len(self.flags) - 1

    def _column(self, values: Int64, texts: bytes) -> int:
        self.columns.append(values)
        self.text_start.append(sum(map(len, self.texts)))
        self.texts.append(texts)
        return len(self.columns) - 1

    def room(self) -> Int64:
        """Return how many bytes every row takes at most."""
        room = np.full(self.rows, self.longest, dtype=np.int64)
        for lengths in (values for values, texts in zip(self.columns, self.texts, strict=True) if texts):
            room += lengths
        return room


def render(columns: Sequence[Rendered], first_row: int, rows: int) -> Iterator[bytes]:
    """Yield the text of some rows; the first has the given number."""
    row = _Steps(rows)
    for column in columns:
        row.add(column)
    ends = np.cumsum(row.room())
    out = np.empty(max(PIECE, int(np.diff(ends, prepend=0).max(initial=0))) + STEP, dtype=np.uint8)
    steps, literals = np.array(row.steps, dtype=np.int64).T, _pad(row.literals)
    units = np.array(row.columns, dtype=np.int64).reshape(len(row.columns), rows)
    flags = np.array(row.flags, dtype=np.bool_).reshape(len(row.flags), rows)
    texts, text_at = _pad(*row.texts), np.array(row.text_start, dtype=np.int64)
    start, before, digits = 0, 0, np.zeros(MOST_DIGITS + STEP, dtype=np.uint8)
    while start < rows:
        stop = max(int(np.searchsorted(ends, before + PIECE, side="right")), start + 1)
        end = _render(
            first_row, start, stop, steps[0], steps[1], steps[2], literals, units, flags, texts, text_at, digits, out
        )
        yield out[:end].tobytes()
        start, before = stop, int(ends[stop - 1])


def _pad(*pieces: bytes | bytearray) -> Any:
    return np.frombuffer(b"".join((*pieces, bytes(STEP))), dtype=np.uint8)


@compile_function
def _write_whole(number: Any, fewest: int, out: Any, at: int) -> int:
    """Write the digits of a number that is not negative, at least so many; return where they end."""
    count = 1
    while count < MOST_DIGITS and number >= _POWERS[count]:
        count += 1
    end = at + max(count, fewest)
    place = end
    # two digits at a time: the division is what costs, and the pair is looked up
    while number >= _HUNDRED:
        following = number // _HUNDRED
        pair = 2 * np.int64(number - following * _HUNDRED)
        place -= 2
        out[place], out[place + 1] = _PAIRS[pair], _PAIRS[pair + 1]
        number = following
    while place > at:
        following = number // _TEN
        place -= 1
        out[place] = _ZERO + (number - following * _TEN)
        number = following
    return end


@compile_function
def _write_decimal(units: int, decimals: int, out: Any, at: int) -> int:
    """Write integers of 10**-decimals as ``money.format_decimal`` does."""
    if units < 0:
        out[at] = _MINUS
        at += 1
    end = _write_whole(np.uint64(-units) if units < 0 else np.uint64(units), decimals + 1, out, at)
    if decimals == 0:
        return end
    for place in range(end, end - decimals, -1):
        out[place] = out[place - 1]
    out[end - decimals] = _POINT
    return end + 1


@compile_function
def _render(
    first_row: int, start: int, stop: int, what: Any, one: Any, other: Any, literals: Any, units: Any, flags: Any,
    texts: Any, text_at: Any, digits: Any, out: Any,
) -> int:  # fmt: skip
    """Write some rows; return how many bytes. ``text_at`` goes on to the next text of each column."""
    at = 0
    for row in range(start, stop):
        count = _write_whole(np.uint64(first_row + row), 1, digits, 0)  # every cell of the row names it
        step = 0
        while step < len(what):
            kind = what[step]
            if kind == _LITERAL:
                at = copy_bytes(literals, one[step], other[step], out, at)
            elif kind == _ROW:
                at = copy_bytes(digits, 0, count, out, at)
            elif kind == _NUMBER:
                at = _write_decimal(units[one[step], row], other[step], out, at)
            elif kind == _TEXT:
                length, from_ = units[one[step], row], text_at[one[step]]
                at = copy_bytes(texts, from_, from_ + length, out, at)
                text_at[one[step]] = from_ + length
            elif (kind == _UNLESS and not flags[one[step], row]) or (
                kind == _UNLESS_TEXT and not units[one[step], row]
            ):
                step = other[step]
                continue
            step += 1
    return at
