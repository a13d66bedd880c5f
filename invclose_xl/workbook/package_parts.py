"""The words of a package: parts and their keys, relationships, sheets, tables, names.

Source  ECMA-376 parts 1, 2 and 4.
"""

import posixpath
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote
from xml.parsers import expat

from invclose_xl.workbook.package_xml import BadXml, Element, decode, make_parser

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
CONTENT_TYPES = "[Content_Types].xml"
TRUE = ("1", "true", "on")

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
class Table:
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


def declares_entities(prologue: bytes) -> bool:
    """Say whether an XML part's beginning declares entities."""
    try:
        text, _ = decode(prologue[: len(prologue) & ~1])
    except BadXml:
        return False
    if b"<!DOCTYPE" not in text:
        return False
    parser = make_parser()
    try:
        parser.Parse(text, False)
    except BadXml:
        return True
    except expat.ExpatError:
        return False  # a cut or broken prologue is judged where the part is parsed
    return False


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
