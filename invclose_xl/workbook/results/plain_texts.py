"""Texts that a sheet's XML may hold as they are, found by machine code.

In      the texts of a column as bytes.
Out     whether none needs an escape or a word about the blanks at its ends.
Cost    about a tenth of a nanosecond per byte.
Source  ECMA-376 part 1, 22.9.2.19 (``_xHHHH_``); XML 1.0, 2.2 and 2.4.
"""

from typing import Any

import numpy as np

from invclose_xl.compiled.rows import Texts
from invclose_xl.domain.machine_code import compile_function

_BLANK, _UNDERSCORE, _X, _AND, _LESS, _GREATER = ord(" "), ord("_"), ord("x"), ord("&"), ord("<"), ord(">")
_ZERO, _NINE, _UPPER_A, _UPPER_F, _LOWER_A, _LOWER_F = ord("0"), ord("9"), ord("A"), ord("F"), ord("a"), ord("f")
_LAST_PLANE = 0xEF
"""Begins, among others, the two characters that XML does not know."""


def are_plain(texts: Texts) -> bool:
    """Say whether every text may be in the file as it is, whatever XML and spreadsheets make of some."""
    return bool(_is_plain(np.frombuffer(texts.data, dtype=np.uint8), texts.lengths))


@compile_function
def _is_hexadecimal(byte: int) -> bool:
    return _ZERO <= byte <= _NINE or _UPPER_A <= byte <= _UPPER_F or _LOWER_A <= byte <= _LOWER_F


@compile_function
def _looks_escaped(data: Any) -> bool:
    """Say whether ``_xHHHH_`` stands somewhere."""
    for at in range(len(data) - 6):
        if data[at] == _UNDERSCORE and data[at + 1] == _X and data[at + 6] == _UNDERSCORE:
            digits = 2
            while digits < 6 and _is_hexadecimal(data[at + digits]):
                digits += 1
            if digits == 6:
                return True
    return False


@compile_function
def _is_plain(data: Any, lengths: Any) -> bool:
    """Say whether no byte needs an escape, and no text a word about its blanks."""
    found = escapes = False
    for byte in data:  # without a way out, so that many bytes are looked at in one step
        found |= (byte < 0x20) | (byte == _AND) | (byte == _LESS) | (byte == _GREATER) | (byte == _LAST_PLANE)
    for place in range(len(data) - 1):
        escapes |= (data[place] == _UNDERSCORE) & (data[place + 1] == _X)
    if found or (escapes and _looks_escaped(data)):
        return False
    at = 0
    for length in lengths:
        if length > 0:  # beyond ASCII there are more blanks than one byte shows
            first, last = data[at], data[at + length - 1]
            if first == _BLANK or last == _BLANK or first >= 0x80 or last >= 0x80:
                return False
        at += length
    return True
