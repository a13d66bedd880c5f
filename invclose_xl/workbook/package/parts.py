"""The words of a package: parts and their keys, relationships, sheets, tables, names.

Source  ECMA-376 parts 1, 2 and 4.
"""

import codecs
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote
from xml.parsers import expat

from invclose_xl.workbook.package.xml import BadXml, Element, encoding_of, make_parser, split_name

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
CONTENT_TYPES = "[Content_Types].xml"
TRUE = ("1", "true", "on")

_LOOKED_AT = 1 << 12
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
"""Byte order marks, the other half of two-byte letters, and blanks."""

ROOTS = {
    "worksheet": "worksheet", "chartsheet": "chartsheet", "dialogsheet": "dialogsheet", "sharedStrings": "sst",
    "styles": "styleSheet", "table": "table", "calcChain": "calcChain", "pivotCacheDefinition": "pivotCacheDefinition",
    "comments": "comments", "theme": "theme", "drawing": "wsDr", "chart": "chartSpace", "chartEx": "chartSpace",
    "externalLink": "externalLink", "pivotTable": "pivotTableDefinition", "pivotCacheRecords": "pivotCacheRecords",
    "queryTable": "queryTable", "connections": "connections", "chartUserShapes": "userShapes", "slicer": "slicers",
    "slicerCache": "slicerCacheDefinition", "sheetMetadata": "metadata", "person": "personList",
    "threadedComment": "ThreadedComments",
}  # fmt: skip
"""Kinds of relationships, and the first element of the parts they lead to."""

_TYPES = {
    "main": "officeDocument", "sharedstrings": "sharedStrings", "calcchain": "calcChain",
    "pivotcachedefinition": "pivotCacheDefinition",
    "pivotcacherecords": "pivotCacheRecords", "pivottable": "pivotTable",
    **{kind.lower(): kind for kind in ("worksheet", "chartsheet", "dialogsheet", "styles", "table", "comments", "theme",
                                       "drawing", "chart")},
}  # fmt: skip


def kind_of_type(content_type: str) -> str:
    """Return the kind of relationship that leads to parts of a content type; '' where it tells none."""
    head, _, word = content_type.strip().lower().removesuffix("+xml").rpartition(".")
    return _TYPES.get(word, "") if content_type.lower().endswith("+xml") and "openxmlformats" in head else ""


Visibility = Literal["visible", "hidden", "veryHidden"]
SheetKind = Literal["worksheet", "chartsheet", "dialogsheet", "macrosheet", "other"]


@dataclass(frozen=True, slots=True)
class Relationship:
    """One line of a .rels part; ``target`` is a part key (see part_key), or the address where external."""

    id: str
    type: str
    target: str
    external: bool
    written: str = ""
    """the target as the file spells it"""

    def is_a(self, kind: str) -> bool:
        """Say whether its type ends in ``/kind``, in either flavour of the standard."""
        return self.type.rsplit("/", 1)[-1] == kind


@dataclass(frozen=True, slots=True)
class Sheet:
    """A tab of the workbook; ``part`` is empty where the file names none that exists."""

    name: str
    part: str
    visibility: Visibility
    kind: SheetKind
    sheet_id: int
    position: int
    """0 for the first tab; what localSheetId counts"""


@dataclass(frozen=True, slots=True)
class ExcelTable:
    """An Excel table; ``ref`` spans its headings, rows and totals: ``A3:K40``."""

    name: str
    part: str
    ref: str
    columns: tuple[str, ...]
    header_rows: int
    totals_rows: int


@dataclass(frozen=True, slots=True)
class DefinedName:
    """A name of the workbook; ``sheet`` is the position of the tab it is local to, else None."""

    name: str
    text: str
    sheet: int | None


def part_key(name: str) -> str:
    """Return what equal part names share: OPC compares without case, and some programs write ``\\`` or ``%20``."""
    return unquote(name).replace("\\", "/").lstrip("/").lower()


def relationships_part(part: str) -> str:
    """Return the key of the part that holds a part's relationships; '' stands for the package."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def resolve(source: str, target: str) -> str:
    """Return the key of the part that a relationship of ``source`` points to."""
    address = unquote(target.split("#")[0]).replace("\\", "/")
    if address.startswith("/"):
        return part_key(posixpath.normpath(address))
    return part_key(posixpath.normpath(posixpath.join(posixpath.dirname(source), address)))


def relation_id(element: Element, name: str = "id") -> str:
    """Return an element's r:id, in either flavour of the standard."""
    return element.attributes.get(f"{{{RELATIONS}}}{name}") or element.attributes.get(
        f"{{{STRICT_RELATIONS}}}{name}", ""
    )


@dataclass(frozen=True, slots=True)
class Prologue:
    """The beginning of a part, its first element included."""

    root: str
    """local name of the first element; '' where there is none: a picture, a macro, broken XML"""
    declares_entities: bool = False


def read_prologue(chunks: Iterable[bytes]) -> Prologue:
    """Read a part as far as its first element, however far away that is, in whatever encoding."""
    roots: list[str] = []
    parser = make_parser()
    parser.StartElementHandler = lambda name, _attributes: roots.append(split_name(name)[1])
    decoder: codecs.IncrementalDecoder | None = None
    try:
        for chunk in chunks:
            if decoder is None:
                if not chunk.lstrip(_BEFORE_XML).startswith(b"<"):
                    return Prologue("")
                length, encoding = encoding_of(chunk)
                decoder = codecs.getincrementaldecoder(encoding.removesuffix("+bom"))()
                chunk = chunk[length:]
            for at in range(0, len(chunk), _LOOKED_AT):
                parser.Parse(decoder.decode(chunk[at : at + _LOOKED_AT]), False)
                if roots:
                    return Prologue(roots[0])
    except BadXml:
        return Prologue("", declares_entities=True)
    except (expat.ExpatError, ValueError, LookupError):
        pass  # broken XML is judged where it is parsed
    return Prologue(roots[0] if roots else "")


def sheet_kind(relationship: Relationship | None) -> SheetKind:
    """Return what a tab is, by the type of the relationship that leads to its part."""
    if relationship is None:
        return "other"
    kind = relationship.type.rsplit("/", 1)[-1]
    known: dict[str, SheetKind] = {
        "worksheet": "worksheet",
        "chartsheet": "chartsheet",
        "dialogsheet": "dialogsheet",
        "xlMacrosheet": "macrosheet",
        "xlIntlMacrosheet": "macrosheet",
    }
    return known.get(kind, "other")
