"""Scan plain sheet XML, compiled: the same cells as the XML parser finds, at the speed of reading memory.

In      UTF-8 bytes of whole ``<row>`` elements, without comments, and the columns to fill.
Out     how many cells were found, how many bytes of text, and the last row; -1 cells where anything but the plainest
        XML turns up (rich texts, errors, formulas without a result, entities in odd places, odd elements): the
        caller reads those bytes with the XML parser instead. What it accepts, it reads as the parser would.
        The bytes end in PADDING zeros: no loop runs past a zero, and no look ahead is longer than that.
Errors  none.
Cost    about 0.1 microseconds per cell. Loaded only for large sheets: the compiler is slow to load.
Source  ECMA-376 part 1, 18.3.1.4 (c).
"""

from collections.abc import Callable
from typing import Any, cast

import numba
import numpy as np

from invclose_xl.workbook.cells import BOOLEAN, MOST_COLUMNS, MOST_ROWS, SHARED, TEXT, UNPARSED
from invclose_xl.workbook.cells import NUMBER as NUMBER_KIND

LT, GT, SLASH, EQUALS, BLANK_BYTE = 60, 62, 47, 61, 32
DOUBLE_QUOTE, SINGLE_QUOTE, MINUS, POINT, ZERO, NINE = 34, 39, 45, 46, 48, 57
A, Z, B, C, F, I, N, O, R, S, T, V, W = 65, 90, 98, 99, 102, 105, 110, 111, 114, 115, 116, 118, 119  # noqa: E741
TAB, NEW_LINE = 9, 10
PADDING = 64
INLINE_STRING, OPEN_INLINE, CLOSE_INLINE, SPACE_ATTRIBUTE = (
    np.frombuffer(word, dtype=np.uint8) for word in (b"inlineStr", b"<is><t", b"</t></is>", b' xml:space="')
)
EXACT_DIGITS = 15
"""So many digits, and a division by a power of ten below 10**22, give the nearest double at once."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile; keep the machine code beside the package, or in the user's cache, where that is possible."""
    try:
        return cast(Callable[..., Any], numba.njit(cache=True)(function))
    except RuntimeError:
        return cast(Callable[..., Any], numba.njit(function))


@compiled
def starts(xml: Any, i: int, word: Any) -> bool:
    """Say whether the bytes at i are this word."""
    for k in range(len(word)):  # noqa: SIM110 - compiled
        if xml[i + k] != word[k]:
            return False
    return True


@compiled
def skip_blanks(xml: Any, i: int) -> int:
    """Return the next position that is no blank."""
    while xml[i] == 32 or xml[i] == 10 or xml[i] == 13 or xml[i] == 9:
        i += 1
    return i


@compiled
def open_value(xml: Any, i: int) -> tuple[int, int]:
    """Return the one-letter name (else 0) of the attribute at i and where its value begins; 0, -1 if it is odd."""
    start = i
    while xml[i] != EQUALS:
        if xml[i] <= BLANK_BYTE or xml[i] == LT or xml[i] == GT or xml[i] == SLASH:
            return 0, -1
        i += 1
    name = xml[start] if i - start == 1 else 0
    if xml[i + 1] != DOUBLE_QUOTE and xml[i + 1] != SINGLE_QUOTE:
        return 0, -1
    return name, i + 2


@compiled
def whole(xml: Any, i: int, stop: int) -> tuple[int, int]:
    """Return the digits at i as a number and the position after them; -1 if none, or not up to the stop byte."""
    number, start = 0, i
    while ZERO <= xml[i] <= NINE:
        number = number * 10 + xml[i] - ZERO
        i += 1
    return (number, i) if i > start and i - start < 10 and xml[i] == stop else (-1, i)


@compiled
def open_row(xml: Any, i: int, row: int) -> tuple[int, int]:
    """Read the attributes of a row; return its number and the position after its tag; -1 if odd."""
    while True:
        i = skip_blanks(xml, i)
        if xml[i] == SLASH and xml[i + 1] == GT:
            return row, i + 2
        if xml[i] == GT:
            return row, i + 1
        name, i = open_value(xml, i)
        if i < 0:
            return -1, i
        quote = xml[i - 1]
        if name == R:
            row, i = whole(xml, i, quote)
            if row <= 0 or row > MOST_ROWS:
                return -1, i
        while xml[i] != quote:
            if xml[i] == LT or xml[i] == 0:
                return -1, i
            i += 1
        i += 1


@compiled
def place(xml: Any, i: int, quote: int) -> tuple[int, int, int]:
    """Read ``B2``; return column, row and position after; column -1 if it is none."""
    column = 0
    while A <= xml[i] <= Z:
        column = column * 26 + xml[i] - A + 1
        i += 1
        if column > MOST_COLUMNS:
            return -1, 0, i
    row, i = whole(xml, i, quote)
    return (column, row, i) if column > 0 and row > 0 else (-1, 0, i)


@compiled
def cell_type(xml: Any, i: int) -> int:
    """Return the letter of the cell type that the attribute value at i names; 0 for those read elsewhere."""
    quote = xml[i - 1]
    first = xml[i]
    if xml[i + 1] == quote:
        return first if first in (S, N, B) else 0
    if first == S and xml[i + 1] == T and xml[i + 2] == R and xml[i + 3] == quote:
        return T
    return I if starts(xml, i, INLINE_STRING) and xml[i + 9] == quote else 0


@compiled
def open_cell(xml: Any, i: int, row: int, column: int) -> tuple[int, int, int, int]:
    """Read the attributes of a cell; return column, style, type and where ``>`` or ``/>`` is; column -1 if odd."""
    style, letter = 0, N
    while True:
        i = skip_blanks(xml, i)
        if xml[i] == GT or (xml[i] == SLASH and xml[i + 1] == GT):
            return column, style, letter, i
        name, i = open_value(xml, i)
        if i < 0:
            return -1, 0, 0, i
        quote = xml[i - 1]
        if name == R:
            column, stated, i = place(xml, i, quote)
            if column < 0 or stated != row:
                return -1, 0, 0, i
        elif name == S:
            style, i = whole(xml, i, quote)
            if style < 0 or style > MOST_ROWS:
                return -1, 0, 0, i
        elif name == T:
            letter = cell_type(xml, i)
            if letter == 0:
                return -1, 0, 0, i
        while xml[i] != quote:
            if xml[i] == LT or xml[i] == 0:
                return -1, 0, 0, i
            i += 1
        i += 1


@compiled
def skip_formula(xml: Any, i: int) -> int:
    """Return the position after the formula that begins at i; -1 if it is odd."""
    while xml[i] != GT:
        if xml[i] == DOUBLE_QUOTE or xml[i] == SINGLE_QUOTE:
            quote = xml[i]
            i += 1
            while xml[i] != quote and xml[i] != 0:
                i += 1
        if xml[i] == 0:
            return -1
        i += 1
    if xml[i - 1] == SLASH:
        return i + 1
    while xml[i] != LT and xml[i] != 0:
        i += 1
    return i + 4 if xml[i + 1] == SLASH and xml[i + 2] == F and xml[i + 3] == GT else -1


@compiled
def plain_number(xml: Any, i: int) -> tuple[bool, float, int]:
    """Return whether the number at i has so few digits that it is exact at once, the number, and what follows it."""
    negative = xml[i] == MINUS
    if negative:
        i += 1
    mantissa, digits, decimals = 0, 0, 0
    while ZERO <= xml[i] <= NINE:
        mantissa = mantissa * 10 + xml[i] - ZERO
        digits += 1
        i += 1
    if xml[i] == POINT:
        i += 1
        while ZERO <= xml[i] <= NINE:
            mantissa = mantissa * 10 + xml[i] - ZERO
            digits += 1
            decimals += 1
            i += 1
    if xml[i] != LT or digits == 0 or digits > EXACT_DIGITS:
        return False, 0.0, i
    number = mantissa / 10.0**decimals
    return True, -number if negative else number, i


@compiled
def copy_text(xml: Any, i: int, text: Any, used: int) -> tuple[int, int]:
    """Copy up to the next ``<``, copied too, as the divider; return positions, -1 at a control character."""
    while xml[i] != LT:
        if xml[i] < BLANK_BYTE and xml[i] != TAB and xml[i] != NEW_LINE:
            return -1, used
        text[used] = xml[i]
        used += 1
        i += 1
    text[used] = LT
    return i, used + 1


@compiled
def cell_value(xml: Any, i: int, letter: int, text: Any, used: int) -> tuple[int, float, int, int]:
    """Read the content of ``<v>`` at i; return kind, number, and the positions after it; position -1 if odd."""
    if letter == N:
        exact, number, after = plain_number(xml, i)
        if exact:
            return NUMBER_KIND, number, after, used
        if xml[i] == LT:
            return 0, 0.0, -1, used
        after, used = copy_text(xml, i, text, used)
        return UNPARSED, 0.0, after, used
    if letter == S:
        index, after = whole(xml, i, LT)
        return SHARED, float(index), after if index >= 0 else -1, used
    if letter == B:
        known = (xml[i] == ZERO or xml[i] == ZERO + 1) and xml[i + 1] == LT
        return BOOLEAN, float(xml[i] - ZERO), i + 1 if known else -1, used
    if letter == T:
        after, used = copy_text(xml, i, text, used)
        return TEXT, 0.0, after, used
    return 0, 0.0, -1, used


@compiled
def inline_text(xml: Any, i: int, text: Any, used: int) -> tuple[int, int]:
    """Read ``<is><t>...</t></is>`` at i; return the positions after it; -1 if it is anything more."""
    if not starts(xml, i, OPEN_INLINE):
        return -1, used
    i += len(OPEN_INLINE)
    if xml[i] == BLANK_BYTE:
        if not starts(xml, i, SPACE_ATTRIBUTE):
            return -1, used
        i += len(SPACE_ATTRIBUTE)
        while xml[i] != DOUBLE_QUOTE and xml[i] != 0:
            i += 1
        i += 1
    if xml[i] != GT:
        return -1, used
    i, used = copy_text(xml, i + 1, text, used)
    if i < 0 or not starts(xml, i, CLOSE_INLINE):
        return -1, used
    return i + len(CLOSE_INLINE), used


@compiled
def cell_content(xml: Any, i: int, letter: int, text: Any, used: int) -> tuple[int, float, int, int]:
    """Read what stands between ``<c>`` and ``</c>``; kind 0 is an empty cell; position -1 if odd."""
    kind, number = 0, 0.0
    i = skip_blanks(xml, i)
    has_formula = xml[i + 1] == F and (xml[i + 2] == GT or xml[i + 2] == BLANK_BYTE or xml[i + 2] == SLASH)
    if has_formula:
        i = skip_formula(xml, i)
        if i < 0:
            return 0, 0.0, -1, used
        i = skip_blanks(xml, i)
    if xml[i + 1] == V and xml[i + 2] == GT:
        kind, number, i, used = cell_value(xml, i + 3, letter, text, used)
        if i < 0 or xml[i + 1] != SLASH or xml[i + 2] != V or xml[i + 3] != GT:
            return 0, 0.0, -1, used
        i = skip_blanks(xml, i + 4)
    elif has_formula:
        return 0, 0.0, -1, used
    elif letter == I and xml[i + 1] == I:
        kind = TEXT
        i, used = inline_text(xml, i, text, used)
        if i < 0:
            return 0, 0.0, -1, used
        i = skip_blanks(xml, i)
    if xml[i] != LT or xml[i + 1] != SLASH or xml[i + 2] != C or xml[i + 3] != GT:
        return 0, 0.0, -1, used
    return kind, number, i + 4, used


@compiled
def scan(
    xml: Any, at_row: int, rows: Any, columns: Any, kinds: Any, styles: Any, numbers: Any, text_at: Any, text: Any
) -> tuple[int, int, int]:
    """Fill the columns; return the number of cells, of texts' bytes, and the last row; -1 cells if XML is odd."""
    n, texts, used, i, row, column = 0, 0, 0, 0, at_row, 0
    inside = False
    end = len(xml) - PADDING
    while i < end:
        if xml[i] == BLANK_BYTE or xml[i] == NEW_LINE or xml[i] == 13 or xml[i] == TAB:
            i += 1
            continue
        if xml[i] != LT:
            return -1, 0, row
        if inside and xml[i + 1] == C and (xml[i + 2] == BLANK_BYTE or xml[i + 2] == GT):
            column, style, letter, i = open_cell(xml, i + 2, row, column + 1)
            if column < 0 or column > MOST_COLUMNS:
                return -1, 0, row
            if xml[i] == SLASH:
                i += 2
                continue
            before = used
            kind, number, i, used = cell_content(xml, i + 1, letter, text, used)
            if i < 0:
                return -1, 0, row
            if kind == 0:
                continue
            rows[n], columns[n], kinds[n], styles[n], numbers[n] = row, column, kind, style, number
            text_at[n] = texts if used > before else -1
            texts += used > before
            n += 1
        elif not inside and xml[i + 1] == R and xml[i + 2] == O and xml[i + 3] == W:
            row, i = open_row(xml, i + 4, row + 1)
            column = 0
            if row < 0 or row > MOST_ROWS:
                return -1, 0, row
            inside = xml[i - 2] != SLASH
        elif (
            inside
            and xml[i + 1] == SLASH
            and xml[i + 2] == R
            and xml[i + 3] == O
            and xml[i + 4] == W
            and xml[i + 5] == GT
        ):
            i += 6
            inside = False
        else:
            return -1, 0, row
    return (-1 if inside else n), used, row
