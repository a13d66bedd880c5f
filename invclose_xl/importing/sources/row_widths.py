"""Does every row of a text file have as many fields as its headings? Readers of CSV fill short rows in silence.

In      the bytes of a file, as UTF-8, its separator, how many columns it has.
Out     nothing; or Ragged: the first row with another number of fields, and how many are like it.
Cost    numpy over blocks of the bytes; quotation marks are followed only where there are any.
Source  RFC 4180, section 2 (4, 5, 6): fields of each line; quotation marks around separators and line breaks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 22
QUOTE, LINE_END, RETURN = 34, 10, 13
MOST_ALONE, MOST_LINES = 1000, 10_000
"""Longer lines, and more of them in a block, are never what a tool wrote around the rows"""


@dataclass(frozen=True, slots=True)
class Ragged:
    """The first row that has another number of fields than the headings."""

    row: int
    """counted from 1, as a spreadsheet program shows it"""
    line: int
    """counted from 1, as an editor shows it: a text may hold line breaks"""
    fields: int
    rows: int
    """how many such rows there are"""
    is_open: bool = False
    """a quotation mark in it is never closed"""


def find_ragged(
    data: bytes, separator: str, columns: int, skipped: int = 0, is_no_row: Callable[[bytes], bool] | None = None
) -> Ragged | None:
    """Return the first row whose number of fields is not that of the columns; blank lines are none.

    ``is_no_row`` is asked for lines of one field: what a tool wrote below the rows is none either.
    """
    whole = np.frombuffer(data, dtype=np.uint8)
    first: tuple[int, int, int] | None = None
    count = row = start = 0
    for ends, separators in _rows(whole, ord(separator)):
        starts = np.concatenate([np.array([start], dtype=np.int64), ends[:-1] + 1])
        length = ends - starts
        is_blank = (length == 0) | ((length == 1) & (whole[starts.clip(max=len(whole) - 1)] == RETURN))
        wrong = (separators + 1 != columns) & ~is_blank
        wrong[: max(0, skipped - row)] = False
        if is_no_row is not None:
            for at in np.flatnonzero(wrong & (separators == 0) & (length < MOST_ALONE))[:MOST_LINES].tolist():
                wrong[at] = not is_no_row(data[int(starts[at]) : int(ends[at])])
        if wrong.any():
            at = int(wrong.argmax())
            first = first or (row + at + 1, int(starts[at]), int(separators[at]) + 1)
            count += int(wrong.sum())
        row, start = row + len(ends), int(ends[-1]) + 1
    if first is None:
        return None
    number, begins, fields = first
    is_open = count == 1 and number == row and bool(np.count_nonzero(whole[begins:] == QUOTE) % 2)
    return Ragged(number, data.count(b"\n", 0, begins) + 1, fields, count, is_open)


def _rows(whole: NDArray[np.uint8], separator: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield, by block, where rows end and how many separators each has outside quotation marks."""
    is_inside, open_separators = np.uint8(0), 0
    for begin in range(0, len(whole), BLOCK):
        block = whole[begin : begin + BLOCK]
        ends, marks = block == LINE_END, block == separator
        quotes = block == QUOTE
        if quotes.any():
            inside = np.bitwise_xor.accumulate(quotes.view(np.uint8)) ^ is_inside
            is_inside = inside[-1]
            outside = inside == 0
            ends, marks = ends & outside, marks & outside
        elif is_inside:
            continue
        at = np.flatnonzero(ends)
        before = np.searchsorted(np.flatnonzero(marks), at)
        total = int(np.count_nonzero(marks))
        if not len(at):
            open_separators += total
            continue
        separators = np.diff(before, prepend=0)
        separators[0] += open_separators
        open_separators = total - int(before[-1])
        yield at + begin, separators
    if len(whole) and (is_inside or whole[-1] != LINE_END):
        yield np.array([len(whole)], dtype=np.int64), np.array([open_separators], dtype=np.int64)
