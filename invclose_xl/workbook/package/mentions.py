"""Names and ids that the parts of a package speak of, there or not: nothing new may answer to one of them.

In      an opened package.
Out     ids of relationships, base names of parts, numbers of sheets, tables and formats. Too many do no harm, so
        text is searched, in any encoding, wherever it stands.
Errors  BadXml for a part that cannot be read as text.
Cost    one pass over the small parts; over the sheets (``highest_cell_format``) only when formats are to be added, and
        only over those whose formats nobody has seen while reading their cells.
Source  ECMA-376 part 1, 18.2.19 (sheetId), 18.3.1.4 (s), 18.5.1.2 (id), 18.8.30 (numFmtId); part 2, 9.3.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from html import unescape
from itertools import count

from invclose_xl.domain.machine_code import is_available
from invclose_xl.workbook.package.package import Package, part_key
from invclose_xl.workbook.package.pieces import in_utf8
from invclose_xl.workbook.package.xml import BadXml, Element, XmlPart, decode, found_in_chunks, whole_tags

MOST_CELL_FORMATS = 65_490
"""What Excel takes in one workbook."""
SMALL = 4 << 20
"""Parts beyond are data: sheets, texts, caches, pictures."""
_RELATION = re.compile(rb"\brid\d{1,9}\b", re.IGNORECASE)
_TARGET = re.compile(r"\bTarget\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_NUMBER = re.compile(rb"\b(sheetId|activeSheetId|sId|tableId|numFmtId)\s*=\s*[\"'](\d{1,10})[\"']")
_TABLE = re.compile(rb"<(?:\w+:)?table\s[^>]*?\bid\s*=\s*[\"'](\d{1,10})[\"']")
_CHAIN = re.compile(rb"\si\s*=\s*[\"'](\d{1,10})[\"']")
_STYLE = re.compile(rb"\s(?:s|style)\s*=\s*[\"'](\d{1,10})[\"']")
_FAMILIES = {"sheetId": "sheet", "activeSheetId": "sheet", "sId": "sheet", "tableId": "table", "numFmtId": "format"}


COMPILED_FROM = 24 << 20
"""Bytes of a sheet from which machine code looks for the formats that it names."""


class Mentions:
    """Looks once, when first asked."""

    def __init__(self, package: Package) -> None:
        self._package = package

    @cached_property
    def part_names(self) -> frozenset[str]:
        """Base names, in lower case, of all parts that any relationship points to."""
        found: set[str] = set()
        for key in sorted(self._package.keys()):
            if key.endswith(".rels") and self._package.member(key).size <= SMALL:
                text = _text(self._package.part(key)).decode(errors="replace")
                targets = (unescape(one or other) for one, other in _TARGET.findall(text))
                found.update(posixpath.basename(part_key(target)) for target in targets)
        return frozenset(found)

    @cached_property
    def _numbers(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {"sheet": set(), "table": set(), "format": set()}
        sheets = {sheet.part for sheet in self._package.sheets()}
        for key in self._package.keys() - sheets:
            if not key.endswith(".xml") or self._package.member(key).size > SMALL:
                continue
            text = _text(self._package.part(key))
            for name, number in _NUMBER.findall(text):
                found[_FAMILIES[name.decode()]].add(int(number))
            found["table"].update(int(number) for number in _TABLE.findall(text))
        chain = self._package.related("calcChain")
        if chain is not None:
            found["sheet"].update(_all_numbers(_CHAIN, in_utf8(self._package, chain)))
        return found

    def free_number(self, kind: str, used: Iterable[int], largest: int) -> int:
        """Return a number for a new sheet, table or number format: behind all others, or the lowest that is free."""
        taken = self._numbers[kind] | set(used)
        behind = max((n for n in taken if n < largest), default=0) + 1
        return behind if behind <= largest and behind not in taken else next(n for n in count(1) if n not in taken)

    def is_number(self, kind: str, number: int) -> bool:
        """Say whether something speaks of a number."""
        return number in self._numbers[kind]

    def highest_cell_format(self, limit: int) -> int:
        """Return the highest index below a limit that a cell, row or column of any tab names; -1 where none does."""
        highest = -1
        for sheet in self._package.sheets():
            if sheet.part in self._package.formats_named:
                highest = max(highest, self._package.formats_named[sheet.part])
            elif sheet.part:
                is_large = self._package.member(sheet.part).size >= COMPILED_FROM and is_available()
                search = _highest_compiled if is_large else highest_format_in
                highest = max(highest, search(in_utf8(self._package, sheet.part), limit))
        return highest


def highest_format_in(chunks: Iterable[bytes], limit: int) -> int:
    """Return the highest format below a limit that some XML names; -1 where it names none."""
    return max((number for number in _all_numbers(_STYLE, chunks) if number < limit), default=-1)


def _highest_compiled(chunks: Iterable[bytes], limit: int) -> int:
    from invclose_xl.workbook.package.mentions_compiled import SENTINEL, highest_format

    pieces = whole_tags(chunks)
    return max((highest_format(piece + SENTINEL, len(piece), limit) for piece in pieces), default=-1)


def relation_ids(document: XmlPart) -> set[str]:
    """Return what in a part looks like the id of a relationship, in lower case."""
    found = {name.decode().lower() for name in _RELATION.findall(document.source)}
    found.update(value.lower() for value in _values(document.root) if len(value) < 16)
    return found


def _values(element: Element) -> Iterator[str]:
    waiting = [element]
    while waiting:
        element = waiting.pop()
        yield from element.attributes.values()
        waiting += element.children


def _all_numbers(pattern: re.Pattern[bytes], chunks: Iterable[bytes]) -> set[int]:
    return {int(number) for number in found_in_chunks(pattern, chunks)}


def _text(data: bytes) -> bytes:
    """Return a part in UTF-8; as it is where its encoding is none."""
    try:
        return decode(data)[0]
    except BadXml:
        return data
