"""Scan rows of plain sheet XML as machine code: one pass over the bytes, straight to columns.

In      the bytes of whole ``<row>`` elements, followed by SENTINEL, so that no loop needs to look for their end.
Out     kind, position, format, number and text of every cell that holds something, up to the first row that is not of
        the plainest form. What is accepted is a part of what ``cells.plain`` accepts, and means the same; the caller
        gives any other row to the XML parser.
Errors  none: a row that is damaged is a row that is not plain.
Cost    about a nanosecond per byte. A text that occurred a short while ago is not kept again.
Source  ECMA-376 part 1, 18.3.1.4 (c), 18.3.1.73 (row); docs/decisions.md, "Two ways to read a sheet".
"""

# ruff: noqa: SIM109, SIM110 (loops and comparisons as they are compiled best)

from typing import Any

import numpy as np

from invclose_xl.domain.machine_code import compile_function
from invclose_xl.workbook.cells.cells import (
    BLANK,
    BOOLEAN,
    ERROR,
    ISO_DATE,
    LONGEST_FORMULA,
    NUMBER,
    SHARED,
    TEXT,
    UNPARSED,
)
from invclose_xl.workbook.cells.plain import INLINE
from invclose_xl.workbook.package.cell_reference import MOST_COLUMNS, MOST_ROWS
from invclose_xl.workbook.package.mentions import MOST_CELL_FORMATS

SENTINEL = b'<">' + b"<" * 29
"""Ends every run of letters, digits or text; longer than the longest literal that is compared."""
SHORTEST_CELL = len('<c r="A1"><v>1</v></c>')
SEPARATOR = 0x01
"""Ends every text of the pool; XML has no way to write it."""
SEEN_SLOTS = 1 << 12
"""Texts that are remembered, to name them again by their number."""

(
    CELLS, TEXTS, POOL_BYTES, STOPPED_AT, LAST_ROW, HAS_ENTITIES, HAS_ESCAPES, ROUGH_ENDS, HIGHEST_FORMAT, ROW_FORMATS,
    FACTS,
) = range(11)  # fmt: skip
"""Places in the array of what a scan reports. STOPPED_AT: where the first row that is not plain begins, or the end.
ROUGH_ENDS: some text is blank, or begins or ends with what may be a blank. HIGHEST_FORMAT: of all cells; ROW_FORMATS:
some row has an attribute that may be one, too."""

NOT_PLAIN = -1

_ORDINARY, _END, _FORBIDDEN, _AMPERSAND, _GREATER, _UNDERSCORE, _HIGH = range(7)


def _classes() -> Any:
    """Return what each byte means within a text."""
    classes = np.full(256, _ORDINARY, dtype=np.uint8)
    classes[:0x20] = _FORBIDDEN  # also the carriage return, which XML reads as a line feed
    classes[[ord("\t"), ord("\n")]] = _ORDINARY
    for byte, meaning in ((b"<", _END), (b"&", _AMPERSAND), (b">", _GREATER), (b"_", _UNDERSCORE), (b"\xef", _HIGH)):
        classes[byte[0]] = meaning
    return classes


def _bytes(text: str) -> Any:
    return np.frombuffer(text.encode(), dtype=np.uint8)


_CLASS = _classes()
_POWERS = np.array([10.0**n for n in range(23)])
"""The powers of ten that a 64-bit float holds exactly."""
_MOST_EXACT = 1 << 53
_MOST_DIGITS = 7
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)

_ROW, _ROW_END, _CELL = _bytes('<row r="'), _bytes("</row>"), _bytes('<c r="')
_STYLE, _TYPE = _bytes(' s="'), _bytes(' t="')
_VALUE, _VALUE_END, _CELL_END = _bytes("<v>"), _bytes("</v>"), _bytes("</c>")
_INLINE, _INLINE_KEPT, _INLINE_END = _bytes("<is><t>"), _bytes('<is><t xml:space="preserve">'), _bytes("</t></is>")
_FORMULA, _FORMULA_END, _FROM = _bytes("<f"), _bytes("</f>"), _bytes(" from =")
_T_STRING, _T_INLINE = _bytes('str"'), _bytes('inlineStr"')
_S_SMALL, _I_SMALL, _N_SMALL, _B_SMALL, _D_SMALL, _P_SMALL = ord("s"), ord("i"), ord("n"), ord("b"), ord("d"), ord("p")
_BLANK, _FEED, _RETURN, _TAB = ord(" "), ord("\n"), ord("\r"), ord("\t")
_LESS, _CLOSES, _SLASH, _QUOTE, _MINUS, _PLUS, _POINT = (
    ord("<"),
    ord(">"),
    ord("/"),
    ord('"'),
    ord("-"),
    ord("+"),
    ord("."),
)
_0, _9, _A, _Z, _E, _E_SMALL, _X, _BRACKET, _AND = (
    ord("0"),
    ord("9"),
    ord("A"),
    ord("Z"),
    ord("E"),
    ord("e"),
    ord("x"),
    ord("]"),
    ord("&"),
)


@compile_function
def _is_there(data: Any, at: int, literal: Any) -> bool:
    for position in range(len(literal)):
        if data[at + position] != literal[position]:
            return False
    return True


@compile_function
def _after_blanks(data: Any, at: int) -> int:
    while data[at] == _FEED or data[at] == _BLANK or data[at] == _RETURN or data[at] == _TAB:
        at += 1
    return at


@compile_function
def _whole(data: Any, at: int) -> tuple[int, int]:
    """Read at most seven digits, the first of which is no idle zero; return where they end and what they say."""
    value, start = 0, at
    while _0 <= data[at] <= _9 and at - start < _MOST_DIGITS:
        value = value * 10 + (data[at] - _0)
        at += 1
    if at == start or (data[start] == _0 and at > start + 1):
        return NOT_PLAIN, 0
    return at, value


@compile_function
def _row_head(data: Any, at: int, facts: Any) -> tuple[int, int]:
    """Read ``<row r="7" spans="1:9">``; return where it ends and the number of the row."""
    if not _is_there(data, at, _ROW):
        return NOT_PLAIN, 0
    at, row = _whole(data, at + len(_ROW))
    if at < 0 or data[at] != _QUOTE or row < 1 or row > MOST_ROWS:
        return NOT_PLAIN, 0
    while data[at] != _CLOSES:
        if data[at] == _LESS or (data[at] == _SLASH and data[at + 1] != _CLOSES):
            return NOT_PLAIN, 0
        if data[at] == _S_SMALL and data[at - 1] <= _BLANK and data[at + 1] != _P_SMALL:  # it is no spans
            facts[ROW_FORMATS] = 1
        at += 1
    return at + 1, row


@compile_function
def _reference(data: Any, at: int, row: int) -> tuple[int, int]:
    """Read ``AB7"`` in row 7; return where it ends and the number of the column."""
    column, start = 0, at
    while _A <= data[at] <= _Z and at - start < 3:
        column = column * 26 + (data[at] - _A + 1)
        at += 1
    at, stated = _whole(data, at)
    if at < 0 or data[at] != _QUOTE or stated != row or column < 1 or column > MOST_COLUMNS:
        return NOT_PLAIN, 0
    return at + 1, column


@compile_function
def _kind_of(data: Any, at: int) -> tuple[int, int]:
    """Read the value of the attribute ``t``; return where it ends and the kind of the cell."""
    first = data[at]
    if first == _S_SMALL:
        if data[at + 1] == _QUOTE:
            return at + 2, SHARED
        return (at + len(_T_STRING), TEXT) if _is_there(data, at, _T_STRING) else (NOT_PLAIN, 0)
    if first == _I_SMALL:
        return (at + len(_T_INLINE), INLINE) if _is_there(data, at, _T_INLINE) else (NOT_PLAIN, 0)
    if data[at + 1] == _QUOTE:
        if first == _N_SMALL:
            return at + 2, UNPARSED
        if first == _B_SMALL:
            return at + 2, BOOLEAN
        if first == _E_SMALL:
            return at + 2, ERROR
        if first == _D_SMALL:
            return at + 2, ISO_DATE
    return NOT_PLAIN, 0


@compile_function
def _attributes(data: Any, at: int) -> tuple[int, int, int]:
    """Read ``s`` and ``t``, in any order; return where they end, the kind and the format of the cell."""
    kind, style = -1, -1
    while data[at] == _BLANK:
        if style < 0 and _is_there(data, at, _STYLE):
            at, style = _whole(data, at + len(_STYLE))
            if at < 0 or data[at] != _QUOTE or style > MOST_ROWS:
                return NOT_PLAIN, 0, 0
            at += 1
        elif kind < 0 and _is_there(data, at, _TYPE):
            at, kind = _kind_of(data, at + len(_TYPE))
            if at < 0:
                return NOT_PLAIN, 0, 0
        else:
            return NOT_PLAIN, 0, 0
    return at, UNPARSED if kind < 0 else kind, max(style, 0)


@compile_function
def _number(data: Any, at: int) -> tuple[int, float]:
    """Read a decimal that a 64-bit float holds without a second rounding; return where it ends and its value.

    Its digits make a whole number below 2**53, which is divided once by a power of ten that is exact too: IEEE 754
    rounds such a quotient correctly. Everything else is left to the general reader of numbers.
    """
    negative = data[at] == _MINUS
    if negative:
        at += 1
    digits, decimals, exponent = 0, 0, 0
    if not _0 <= data[at] <= _9:
        return NOT_PLAIN, 0.0
    while _0 <= data[at] <= _9 and digits < _MOST_EXACT:
        digits = digits * 10 + (data[at] - _0)
        at += 1
    if data[at] == _POINT:
        at += 1
        start = at
        while _0 <= data[at] <= _9 and digits < _MOST_EXACT:
            digits = digits * 10 + (data[at] - _0)
            at += 1
        decimals = at - start
        if decimals == 0:
            return NOT_PLAIN, 0.0
    if data[at] == _E or data[at] == _E_SMALL:
        at += 1
        below = data[at] == _MINUS
        if below or data[at] == _PLUS:
            at += 1
        at, exponent = _whole(data, at + 1 if data[at] == _0 and _0 <= data[at + 1] <= _9 else at)
        if at < 0:
            return NOT_PLAIN, 0.0
        exponent = -exponent if below else exponent
    power = exponent - decimals
    if data[at] != _LESS or digits >= _MOST_EXACT or power > 22 or power < -22:
        return NOT_PLAIN, 0.0
    value = digits * _POWERS[power] if power >= 0 else digits / _POWERS[-power]
    return at, -value if negative else value


@compile_function
def _text(data: Any, at: int, facts: Any) -> tuple[int, Any]:
    """Walk through a text up to its end tag; return where that begins and the hash of the text."""
    hashed = _FNV_START
    while True:
        meaning = _CLASS[data[at]]
        if meaning != _ORDINARY:
            if meaning == _END:
                return at, hashed
            if meaning == _FORBIDDEN:
                return NOT_PLAIN, hashed
            if meaning == _AMPERSAND:
                facts[HAS_ENTITIES] = 1
            elif meaning == _UNDERSCORE:
                if data[at + 1] == _X:
                    facts[HAS_ESCAPES] = 1
            elif meaning == _GREATER:
                if data[at - 1] == _BRACKET and data[at - 2] == _BRACKET:
                    return NOT_PLAIN, hashed
            elif data[at + 1] == 0xBF and data[at + 2] >= 0xBE:  # U+FFFE and U+FFFF are no characters
                return NOT_PLAIN, hashed
        hashed = (hashed ^ np.uint64(data[at])) * _FNV_PRIME
        at += 1


@compile_function
def _formula(data: Any, at: int, facts: Any) -> tuple[int, int, int]:
    """Read ``<f …>…</f>`` or ``<f …/>``; return where it ends, and where its text begins and ends."""
    at += len(_FORMULA)
    if data[at] != _CLOSES and data[at] != _BLANK and data[at] != _SLASH:
        return NOT_PLAIN, 0, 0
    while data[at] != _CLOSES:
        if data[at] == _LESS or (data[at] == _SLASH and data[at + 1] != _CLOSES):
            return NOT_PLAIN, 0, 0
        at += 1
    at += 1
    if data[at - 2] == _SLASH:
        return at, at, at
    start = at
    at, _ = _text(data, at, facts)
    if at < 0 or not _is_there(data, at, _FORMULA_END):
        return NOT_PLAIN, 0, 0
    return at + len(_FORMULA_END), start, at


@compile_function
def _is_simple(data: Any, start: int, end: int) -> bool:
    """Say whether every byte is a character as it stands: then their number is the length of the text."""
    for position in range(start, end):
        if data[position] >= 0x80 or data[position] == _AND:
            return False
    return True


@compile_function
def _keep(data: Any, start: int, end: int, hashed: Any, pool: Any, text_start: Any, seen: Any, facts: Any) -> int:
    """Put a text into the pool, unless it was seen a short while ago; return its number."""
    slot = np.int64(hashed & np.uint64(SEEN_SLOTS - 1))
    length = end - start
    known = seen[slot] - 1
    if known >= 0 and text_start[known + 1] - text_start[known] == length + 1:
        before = text_start[known]
        same = True
        for offset in range(length):
            if pool[before + offset] != data[start + offset]:
                same = False
                break
        if same:
            return int(known)
    if length == 0 or data[start] <= _BLANK or data[end - 1] <= _BLANK or data[start] >= 0x80 or data[end - 1] >= 0x80:
        facts[ROUGH_ENDS] = 1
    number, at = facts[TEXTS], facts[POOL_BYTES]
    for offset in range(length):
        pool[at + offset] = data[start + offset]
    pool[at + length] = SEPARATOR
    facts[TEXTS], facts[POOL_BYTES] = number + 1, at + length + 1
    text_start[number + 1] = at + length + 1
    seen[slot] = number + 1
    return int(number)


@compile_function
def _keep_error(data: Any, start: int, end: int, formula: int, formula_end: int, pool: Any, text_start: Any,
                facts: Any) -> int:  # fmt: skip
    """Put an error value and the short formula that it comes from into the pool; return its number."""
    facts[ROUGH_ENDS] = 1
    number, at = facts[TEXTS], facts[POOL_BYTES]
    for position in range(start, end):
        pool[at] = data[position]
        at += 1
    for position in range(len(_FROM)):
        pool[at] = _FROM[position]
        at += 1
    for position in range(formula, formula_end):
        pool[at] = data[position]
        at += 1
    pool[at] = SEPARATOR
    facts[TEXTS], facts[POOL_BYTES] = number + 1, at + 1
    text_start[number + 1] = at + 1
    return int(number)


@compile_function
def _content(
    data: Any,
    at: int,
    kind: int,
    number: Any,
    text_at: Any,
    cell: int,
    pool: Any,
    text_start: Any,
    seen: Any,
    facts: Any,
) -> tuple[int, int]:
    """Read what is between ``<c …>`` and ``</c>``; return where the cell ends, and its kind."""
    formula = formula_end = 0
    if data[at + 1] == _FORMULA[1]:
        at, formula, formula_end = _formula(data, at, facts)
        if at < 0:
            return NOT_PLAIN, 0
    elif _is_there(data, at, _CELL_END):
        return at + len(_CELL_END), BLANK
    inline = False
    if _is_there(data, at, _VALUE):
        at += len(_VALUE)
    elif kind == INLINE and _is_there(data, at, _INLINE):
        at, inline = at + len(_INLINE), True
    elif kind == INLINE and _is_there(data, at, _INLINE_KEPT):
        at, inline = at + len(_INLINE_KEPT), True
    else:
        return NOT_PLAIN, 0
    start = at
    number[cell], text_at[cell] = 0.0, -1
    is_text = kind == INLINE or kind == TEXT
    if data[at] == _LESS and not is_text:
        return NOT_PLAIN, 0
    if kind == UNPARSED:
        end, value = _number(data, at)
        if end > 0:
            number[cell], kind, at = value, NUMBER, end
    elif kind == SHARED:
        at, index = _whole(data, at)
        number[cell] = index
    elif kind == BOOLEAN:
        number[cell] = data[at] - _0
        at = at + 1 if data[at] == _0 or data[at] == _0 + 1 else NOT_PLAIN
    if at < 0:
        return NOT_PLAIN, 0
    if kind == UNPARSED or kind == ERROR or kind == ISO_DATE or is_text:
        at, hashed = _text(data, at, facts)
        if at < 0:
            return NOT_PLAIN, 0
        if kind == ERROR and formula_end > formula:
            if formula_end - formula > LONGEST_FORMULA or not _is_simple(data, formula, formula_end):
                return NOT_PLAIN, 0
            text_at[cell] = _keep_error(data, start, at, formula, formula_end, pool, text_start, facts)
        else:
            text_at[cell] = _keep(data, start, at, hashed, pool, text_start, seen, facts)
    ending = _INLINE_END if inline else _VALUE_END
    if not _is_there(data, at, ending) or not _is_there(data, at + len(ending), _CELL_END):
        return NOT_PLAIN, 0
    return at + len(ending) + len(_CELL_END), TEXT if is_text else kind


@compile_function
def scan_rows(
    data: Any, end: int, row_before: int, row: Any, column: Any, kind: Any, style: Any, number: Any, text_at: Any,
    pool: Any, text_start: Any, seen: Any, facts: Any,
) -> None:  # fmt: skip
    """Fill the columns with the cells of plain rows; ``facts`` says how many, and where the scan stopped."""
    at, cell = 0, 0
    facts[LAST_ROW] = row_before
    while True:
        at = _after_blanks(data, at)
        facts[CELLS], facts[STOPPED_AT] = cell, at
        texts, pool_bytes = facts[TEXTS], facts[POOL_BYTES]
        if at >= end:
            break
        at, here = _row_head(data, at, facts)
        if at < 0:
            break
        open_row = data[at - 2] != _SLASH
        while open_row:
            at = _after_blanks(data, at)
            if not _is_there(data, at, _CELL):
                if not _is_there(data, at, _ROW_END):
                    at = NOT_PLAIN
                else:
                    at += len(_ROW_END)
                break
            at, column[cell] = _reference(data, at + len(_CELL), here)
            if at < 0:
                break
            at, stated, style[cell] = _attributes(data, at)
            if at < 0:
                break
            if facts[HIGHEST_FORMAT] < style[cell] < MOST_CELL_FORMATS:
                facts[HIGHEST_FORMAT] = style[cell]
            if data[at] == _SLASH and data[at + 1] == _CLOSES:
                at += 2
                continue
            if data[at] != _CLOSES:
                at = NOT_PLAIN
                break
            at, found = _content(data, at + 1, stated, number, text_at, cell, pool, text_start, seen, facts)
            if at < 0:
                break
            row[cell], kind[cell] = here, found
            if found != BLANK:
                cell += 1
        if at < 0:
            facts[TEXTS], facts[POOL_BYTES] = texts, pool_bytes
            break
        facts[LAST_ROW] = here
