"""The highest cell format that a large sheet names, by machine code: the same as the expression in ``mentions`` finds.

In      a piece of a sheet's XML that is not cut within a tag.
Out     the highest number below a limit in an attribute ``s`` or ``style``; -1 where there is none.
Cost    about a nanosecond per byte.
"""

from typing import Any

import numpy as np

from invclose_xl.domain.machine_code import compile_function

_MOST_DIGITS = 10
_TAB, _CARRIAGE_RETURN, _BLANK, _EQUALS, _QUOTE, _APOSTROPHE = 0x09, 0x0D, ord(" "), ord("="), ord('"'), ord("'")
_S, _0, _9 = ord("s"), ord("0"), ord("9")
_REST_OF_STYLE = np.frombuffer(b"tyle", dtype=np.uint8)
SENTINEL = b"<" * 16
"""Ends the piece, so that no loop needs to look for its end."""


@compile_function
def _is_blank(byte: int) -> bool:
    return byte == _BLANK or _TAB <= byte <= _CARRIAGE_RETURN


@compile_function
def _after_blanks(data: Any, at: int) -> int:
    while _is_blank(data[at]):
        at += 1
    return at


@compile_function
def _number_of(data: Any, at: int) -> int:
    """Return the number of an attribute whose name begins here; -1 where it is no format."""
    at += 1
    rest = 0
    while rest < len(_REST_OF_STYLE) and data[at + rest] == _REST_OF_STYLE[rest]:
        rest += 1
    if rest == len(_REST_OF_STYLE):
        at += rest
    at = _after_blanks(data, at)
    if data[at] != _EQUALS:
        return -1
    at = _after_blanks(data, at + 1)
    if data[at] != _QUOTE and data[at] != _APOSTROPHE:
        return -1
    at += 1
    start, number = at, 0
    while _0 <= data[at] <= _9 and at - start < _MOST_DIGITS:
        number = number * 10 + (data[at] - _0)
        at += 1
    closed = data[at] == _QUOTE or data[at] == _APOSTROPHE
    return number if closed and at > start else -1


@compile_function
def highest_format(data: Any, end: int, limit: int) -> int:
    """Return the highest number of a format below a limit."""
    highest = -1
    for at in range(1, end):
        if data[at] == _S and _is_blank(data[at - 1]):
            number = _number_of(data, at)
            if highest < number < limit:
                highest = number
    return highest
