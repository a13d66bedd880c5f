"""The texts that cells share, and the ways a text is escaped in a workbook.

In      the shared strings part: plain texts, rich texts of several runs, phonetic readings.
Out     one text per entry, runs joined, phonetic readings left out, ``_x000D_`` read as the character it means.
Errors  BookUnusable where the part is not well-formed or declares entities.
Cost    plain entries are split off in bulk (a million in about a second); only rich ones meet the XML parser.
Source  ECMA-376 part 1, 18.4 (shared strings), 22.9.2.19 (ST_Xstring).
"""

import re
from xml.parsers import expat

import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.cells.cells import SharedTexts
from invclose_xl.workbook.package.archive import damaged
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.xml import SEPARATOR, BadXml, decode

BULK_FROM = 1 << 20
"""Bytes of the part from which splitting in bulk is worth its checks."""

PARSER_FAULTS = (expat.ExpatError, LookupError, ValueError)
"""What the parser raises: XML that is not well-formed, an encoding that does not exist or that it cannot read."""

_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_USUAL_ENTITIES = "^[^&]*(?:&(?:amp|lt|gt|quot|apos);[^&]*)*$"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLAIN_ENTRY = r"^<t(?: xml:space=\"preserve\")?>[^<\r]*</t></si>$"


def plain_parser() -> expat.XMLParserType:
    """Return a namespace-aware parser, in the part's own encoding, that refuses entities."""
    parser = expat.ParserCreate(None, SEPARATOR)
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise BadXml("it declares XML entities, which could expand without end")

    parser.EntityDeclHandler = refuse
    return parser


def shared_texts(package: Package) -> SharedTexts:
    """Return the texts of the shared strings part by their number."""
    part = package.shared_strings
    if part is None:
        return SharedTexts.of(pl.Series([], dtype=pl.String))
    data = package.part(part)
    try:
        texts = _in_bulk(data) if len(data) >= BULK_FROM else None
        return SharedTexts.of(unescape_all(_one_by_one(data) if texts is None else texts))
    except (BadXml, *PARSER_FAULTS) as fault:
        raise BookUnusable(damaged(package.path, f"{part}: {fault}")) from fault


def _in_bulk(data: bytes) -> pl.Series | None:
    """Split a part of plain entries; None where its XML is anything but plain."""
    source, encoding = decode(data)
    start, stop = source.find(b"<si>"), source.rfind(b"</sst>")
    if not encoding.startswith("utf-8") or start < 0 or stop < start or b"<!" in source:
        return None
    try:
        entries = pl.Series([source[start + 4 : stop].decode()]).str.split("<si>").explode()
    except UnicodeDecodeError:
        return None
    entries = entries.str.strip_chars_end()
    texts = entries.str.strip_prefix("<t>").str.strip_prefix('<t xml:space="preserve">').str.strip_suffix("</t></si>")
    texts = read_entities(texts)
    rich = (~entries.str.contains(_PLAIN_ENTRY)).arg_true()
    if len(rich) > len(entries) // 10:
        return None
    if len(rich):
        head, tail = source[:start].decode(), "</sst>"
        parsed = [_one_by_one(f"{head}<si>{entry}{tail}".encode()) for entry in entries.gather(rich)]
        if any(len(p) != 1 for p in parsed):
            return None
        texts = texts.scatter(rich, [p.item() for p in parsed])
    return texts


def read_entities(texts: pl.Series) -> pl.Series:
    """Read ``&amp;`` and its kin in texts cut out of XML; the five usual ones in bulk, others by the parser."""
    at = texts.str.contains("&", literal=True).arg_true()
    if not len(at):
        return texts
    marked = texts.gather(at)
    read = marked
    for entity, character in _ENTITIES.items():
        read = read.str.replace_all(entity, character, literal=True)
    others = (~marked.str.contains(_USUAL_ENTITIES)).arg_true()
    if len(others):
        read = read.scatter(others, [_entities(text) for text in marked.gather(others)])
    return texts.scatter(at, read)


def _entities(text: str) -> str:
    parser = expat.ParserCreate("utf-8")
    parts: list[str] = []
    parser.CharacterDataHandler = parts.append
    try:
        parser.Parse(f"<t>{text}</t>".encode(), True)
    except expat.ExpatError as fault:
        raise BadXml(str(fault)) from fault
    return "".join(parts)


class _Entries:
    """Collects the entries of a shared strings part."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.parts: list[str] | None = None
        self.in_text = False
        self.skipping = 0

    def open(self, name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(SEPARATOR)[2]
        if local == "si":
            self.parts = []
        elif local == "rPh":
            self.skipping += 1
        elif local == "t":
            self.in_text = not self.skipping

    def close(self, name: str) -> None:
        local = name.rpartition(SEPARATOR)[2]
        if local == "si":
            self.texts.append("".join(self.parts or ()))
            self.parts = None
        elif local == "rPh":
            self.skipping -= 1
        elif local == "t":
            self.in_text = False

    def text(self, text: str) -> None:
        if self.in_text and self.parts is not None:
            self.parts.append(text)


def _one_by_one(data: bytes) -> pl.Series:
    entries = _Entries()
    parser = plain_parser()
    parser.StartElementHandler = entries.open
    parser.EndElementHandler = entries.close
    parser.CharacterDataHandler = entries.text
    parser.Parse(data, True)
    return pl.Series(entries.texts, dtype=pl.String)


def unescape_all(texts: pl.Series) -> pl.Series:
    """Read ``_x000D_`` as the character it stands for, wherever it occurs."""
    at = texts.str.contains("_x", literal=True).arg_true()
    return texts.scatter(at, [unescape(text) for text in texts.gather(at)]) if len(at) else texts


def unescape(text: str) -> str:
    """Read ``_x000D_`` as the character it stands for; two halves of a surrogate pair become one character."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
