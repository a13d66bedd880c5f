"""A pivot's memory of its source: only its head is looked at, for it lists every item of every column.

In      the definition part of a pivot cache, streamed.
Out     where the pivot takes its data from, and the part again, told to refresh when the workbook is opened.
Errors  BookUnusable where the head is not well-formed.
Cost    the head; the rest passes by.
Source  ECMA-376 part 1, 18.10.1.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from invclose_xl.workbook.package.archive import damaged
from invclose_xl.workbook.package.package import TRUE, Package
from invclose_xl.workbook.package.pieces import in_utf8
from invclose_xl.workbook.package.xml import BadXml, XmlPart, encode, encoding_of

_FIELDS = re.compile(rb"<(?:[\w.-]+:)?cacheFields[\s>/]")
_ROOT = re.compile(rb"<([\w.-]+:)?pivotCacheDefinition[\s>]")


@dataclass(frozen=True, slots=True)
class PivotCache:
    """The head of a pivot cache definition, which says where the pivot takes its data from."""

    package: Package
    part: str
    head: XmlPart
    head_length: int
    """bytes of the part, in UTF-8, that the head stands for"""
    closing: bytes
    """what was added to make a document of the head"""

    @property
    def refreshes(self) -> bool:
        """Already set to refresh."""
        return self.head.root.attributes.get("refreshOnLoad") in TRUE

    def source(self) -> tuple[str, str]:
        """Return the sheet and the name that it is fed by, both casefolded; blank where it is fed from outside."""
        source = self.head.root.child("cacheSource")
        cells = source.child("worksheetSource") if source else None
        if cells is None or any(key.endswith("}id") for key in cells.attributes):
            return "", ""
        return cells.attributes.get("sheet", "").casefold(), cells.attributes.get("name", "").casefold()

    def refreshing(self) -> Iterator[bytes]:
        """Yield the part, set to refresh; call it once."""
        self.head.set_attribute(self.head.root, "refreshOnLoad", "1")
        encoding = encoding_of(next(self.package.chunks(self.part), b""))[1]
        start = self.head.edited_source().removesuffix(self.closing)
        if encoding not in ("utf-8", "utf-8-sig"):
            rest = b"".join(in_utf8(self.package, self.part))[self.head_length :]
            yield encode(start + rest, encoding)
            return
        yield encode(start, encoding)
        skip = self.head_length
        for chunk in in_utf8(self.package, self.part):
            yield chunk[skip:]
            skip = max(skip - len(chunk), 0)


def read_pivot_cache(package: Package, part: str) -> PivotCache:
    """Read the head of a pivot cache definition."""
    text = b""
    fields = None
    for chunk in in_utf8(package, part):
        text += chunk
        fields = _FIELDS.search(text)
        if fields is not None:
            break
    root = _ROOT.search(text)
    closing = b""
    if fields is not None and root is not None:
        text = text[: fields.start()]
        closing = b"</" + (root[1] or b"") + b"pivotCacheDefinition>"
    try:
        return PivotCache(package, part, XmlPart(text + closing, decoded=True), len(text), closing)
    except BadXml as fault:
        raise BadXml(damaged(package.path, f"{part}: {fault}")) from fault
