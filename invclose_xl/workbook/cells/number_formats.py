"""Cell formats that show a number as a date, a time or a duration.

In      the styles part: number formats and the cell formats that use them.
Out     one of PLAIN, DATE, TIME, DURATION per cell format (the s="" of a cell).
Errors  BookUnusable where the part is damaged.
Source  ECMA-376 part 1, 18.8.30 (numFmt: built-in ids) and 18.8.31 (format codes).
"""

import re

import numpy as np

from invclose_xl.workbook.cells.cells import UInt8
from invclose_xl.workbook.package.cell_reference import whole_number
from invclose_xl.workbook.package.package import Package

PLAIN, DATE, TIME, DURATION = range(4)

_BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, 22, *range(27, 37), *range(50, 59)), DATE),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), TIME),
    46: DURATION,
}
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]")
_DAY_TIME = re.compile(r"am/pm|a/p|上午/下午", re.IGNORECASE)


def kind_of_format(code: str) -> int:
    """Say how a number format code shows a number."""
    first = _NOT_SHOWN.sub("", code.split(";", 1)[0])
    if _ELAPSED.search(first):
        return DURATION
    shown = _DAY_TIME.sub("h", _BRACKETS.sub("", first)).casefold()
    if "general" in shown or (any(mark in shown for mark in "0#?@") and not _has_clock(shown)):
        return PLAIN
    if any(mark in shown for mark in "ydbge") or ("m" in shown and not _has_clock(shown)):
        return DATE
    return TIME if _has_clock(shown) else PLAIN


def _has_clock(shown: str) -> bool:
    return "h" in shown or "s" in shown


def formats_of(package: Package) -> UInt8:
    """Return the kind of every cell format of a workbook."""
    part = package.styles
    if part is None:
        return np.zeros(1, dtype=np.uint8)
    root = package.document(part).root
    own: dict[str, int] = {}
    listed = root.child("numFmts")
    for element in listed.all("numFmt") if listed else ():
        own[element.attributes.get("numFmtId", "")] = kind_of_format(element.attributes.get("formatCode", ""))
    used = root.child("cellXfs")
    kinds = []
    for element in used.all("xf") if used else ():
        number = element.attributes.get("numFmtId", "0")
        kinds.append(own[number] if number in own else _BUILT_IN.get(whole_number(number), PLAIN))
    return np.array(kinds or [PLAIN], dtype=np.uint8)
