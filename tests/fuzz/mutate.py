"""Workbooks gone wrong: one part of a whole package changed, or the archive itself.

In      the bytes of a workbook and a random generator; the same seed makes the same file.
Out     the changed bytes, and what was done, so that a finding can be told.
Errors  none.
"""

import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

VALUES = (
    "", "0", "-1", "1", "2", "99999999999", "4294967296", "1e308", "1e999", "NaN", "0x10", " 5 ", "1_000", "+5", "²",
    "１", "A1", "XFE1", "A1048577", "A0", "$A$1:B2", "B2:A1", "A1:XFD1048576", "true", "s", "inlineStr", "e", "d", "b",
    "str",
    "rId1", "rId999", "../../../etc/passwd", "/xl/workbook.xml", "#REF!", "&amp;", "&#10;", "2026-01-31", "2026-13-45",
    "Settlements", "Transactions", "Lock", "_x0000_", "=1+1", "x" * 40_000, "9" * 5_000,
)  # fmt: skip
TAG = re.compile(rb"<(/?)([A-Za-z_][\w.:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
ATTRIBUTE = re.compile(rb"\s([\w.:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
OFTEN = re.compile(r"worksheets/|workbook\.xml|styles|sharedStrings|tables/|\.rels|Content_Types|pivotCache|calcChain")
LARGEST_SWAPPED = 4000
OURS = re.compile(
    r"Settlements|Value links|Adjustments|Vouchers|Closing transactions|Estimated costs|Stock value|Lock|Locked rows"
    r"|Log"
)
POINTS = re.compile(
    rb"\s(r|ref|sqref|s|t|id|Id|r:id|Target|TargetMode|Type|localSheetId|sheetId|numFmtId|fontId|fillId|xfId|count|name|"
    rb"displayName|headerRowCount|totalsRowCount|PartName|ContentType|spans|location|tableColumnId)=\"([^\"]*)\""
)
"""Attributes by which one thing in a workbook points to another."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed workbook, and what was changed in it."""

    data: bytes
    kind: str
    """part (one part of a whole package) or archive"""
    what: str


@dataclass(frozen=True, slots=True)
class Span:
    """An element in the bytes of a part."""

    start: int
    open_end: int
    close_start: int
    end: int


def mutant(data: bytes, chance: random.Random) -> Mutant:
    """Change one thing."""
    if chance.random() < 0.75:
        return _with_one_part_changed(data, chance)
    change = chance.choice(ARCHIVE_CHANGES)
    return Mutant(change(data, chance), "archive", change.__name__)


def closed_mutant(data: bytes, chance: random.Random) -> Mutant:
    """Change one thing in what a close has left: result sheets, their tables, relationships, formats, names."""
    parts = _parts(data)
    ours = sorted(_parts_of_ours(parts))
    rels = [name for name in parts if name.endswith(".rels")]
    beside = [
        name for name in parts if re.search(r"styles|workbook\.xml$|tables/|Content_Types|drawings|comments", name)
    ]
    name = chance.choice(chance.choice([ours, ours, sorted(rels), sorted(beside)]))
    change = chance.choice((point_elsewhere, point_elsewhere, *XML_CHANGES))
    parts[name] = change(parts[name], chance)
    return Mutant(_packed(parts), "part", f"{change.__name__} in {name}")


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    return out.getvalue()


def _parts_of_ours(parts: dict[str, bytes]) -> set[str]:
    """The parts of the result sheets, by name and relationship."""
    tabs = re.findall(r"<sheet [^>]*>", parts["xl/workbook.xml"].decode())
    links = re.findall(r"<Relationship [^>]*>", parts["xl/_rels/workbook.xml.rels"].decode())
    targets = {_value(link, "Id"): _value(link, "Target").removeprefix("/xl/") for link in links}
    return {f"xl/{targets[_value(tab, 'r:id')]}" for tab in tabs if OURS.fullmatch(_value(tab, "name"))}


def _value(tag: str, attribute: str) -> str:
    found = re.search(rf'\s{attribute}="([^"]*)"', tag)
    return found[1] if found else ""


def point_elsewhere(xml: bytes, chance: random.Random) -> bytes:
    """Let one thing point to what another points to, or nowhere."""
    found = list(POINTS.finditer(xml))
    if not found:
        return change_attribute(xml, chance)
    point = chance.choice(found)
    others = [other[2] for other in found if other[1] == point[1]]
    value = chance.choice(others) if chance.random() < 0.5 else chance.choice(VALUES).encode()
    return xml[: point.start(2)] + value + xml[point.end(2) :]


def _with_one_part_changed(data: bytes, chance: random.Random) -> Mutant:
    parts = _parts(data)
    names = sorted(parts)
    often = [name for name in names if OFTEN.search(name)]
    name = chance.choice(often if often and chance.random() < 0.8 else names)
    change = chance.choice(XML_CHANGES if chance.random() < 0.8 else BYTE_CHANGES)
    parts[name] = change(parts[name], chance)
    return Mutant(_packed(parts), "part", f"{change.__name__} in {name}")


# ---- the elements of a part


def spans(xml: bytes) -> list[Span]:
    """Return the elements of a part, however deep."""
    found: list[Span] = []
    stack: list[tuple[bytes, int, int]] = []
    for tag in TAG.finditer(xml):
        closing, name, _, empty = tag.groups()
        if closing:
            if stack and stack[-1][0] == name:
                _, start, open_end = stack.pop()
                found.append(Span(start, open_end, tag.start(), tag.end()))
        elif empty:
            found.append(Span(tag.start(), tag.end(), tag.end(), tag.end()))
        else:
            stack.append((name, tag.start(), tag.end()))
    return found


def _some_span(xml: bytes, chance: random.Random) -> Span:
    found = spans(xml)
    return chance.choice(found) if found else Span(0, 0, 0, len(xml))


def delete_element(xml: bytes, chance: random.Random) -> bytes:
    span = _some_span(xml, chance)
    return xml[: span.start] + xml[span.end :]


def repeat_element(xml: bytes, chance: random.Random) -> bytes:
    span = _some_span(xml, chance)
    times = chance.choice((1, 1, 2, 500)) if span.end - span.start < LARGEST_SWAPPED else 1
    return xml[: span.end] + xml[span.start : span.end] * times + xml[span.end :]


def empty_element(xml: bytes, chance: random.Random) -> bytes:
    span = _some_span(xml, chance)
    return xml[: span.open_end] + xml[span.close_start :]


def swap_elements(xml: bytes, chance: random.Random) -> bytes:
    one, other = sorted((_some_span(xml, chance), _some_span(xml, chance)), key=lambda s: s.start)
    if one.end > other.start:
        return xml[: one.start] + xml[one.open_end : one.close_start] + xml[one.end :]
    return b"".join((
        xml[: one.start], xml[other.start : other.end], xml[one.end : other.start], xml[one.start : one.end],
        xml[other.end :],
    ))  # fmt: skip


def nest_element(xml: bytes, chance: random.Random) -> bytes:
    """Put an element into copies of its own tag, as deep as nobody expects."""
    span = _some_span(xml, chance)
    if span.open_end == span.end:
        return repeat_element(xml, chance)
    depth = chance.choice((1, 3, 300))
    opening, closing = xml[span.start : span.open_end], xml[span.close_start : span.end]
    return xml[: span.start] + opening * depth + xml[span.start : span.end] + closing * depth + xml[span.end :]


def change_attribute(xml: bytes, chance: random.Random) -> bytes:
    found = list(ATTRIBUTE.finditer(xml))
    if not found:
        return change_text(xml, chance)
    attribute = chance.choice(found)
    group = 2 if attribute.group(2) is not None else 3
    start, end = attribute.span(group)
    return xml[:start] + chance.choice(VALUES).encode() + xml[end:]


def drop_attribute(xml: bytes, chance: random.Random) -> bytes:
    found = list(ATTRIBUTE.finditer(xml))
    if not found:
        return delete_element(xml, chance)
    attribute = chance.choice(found)
    return xml[: attribute.start()] + xml[attribute.end() :]


def rename_attribute(xml: bytes, chance: random.Random) -> bytes:
    found = list(ATTRIBUTE.finditer(xml))
    if not found:
        return delete_element(xml, chance)
    start, end = chance.choice(found).span(1)
    return xml[:start] + b"other" + xml[end:]


def change_text(xml: bytes, chance: random.Random) -> bytes:
    found = [t for t in re.finditer(rb">([^<]+)<", xml) if t.group(1).strip()]
    if not found:
        return delete_element(xml, chance)
    start, end = chance.choice(found).span(1)
    return xml[:start] + chance.choice(VALUES).encode() + xml[end:]


def rename_element(xml: bytes, chance: random.Random) -> bytes:
    span = _some_span(xml, chance)
    whole = re.sub(rb"^<[\w.:-]+", b"<other", xml[span.start : span.end])
    if span.end > span.open_end:
        whole = re.sub(rb"</[\w.:-]+\s*>$", b"</other>", whole)
    return xml[: span.start] + whole + xml[span.end :]


def add_something(xml: bytes, chance: random.Random) -> bytes:
    """Put in what XML allows and spreadsheet programs do not write."""
    thing = chance.choice((
        b"<!-- a comment -->", b"<?target data?>", b"<![CDATA[1]]>", b"  \n\t", b"text", b'<x:y xmlns:x="urn:z"/>',
        b"<extLst><ext/></extLst>", b"<r/>", b"<c/>", b"<row/>", b"<v>1</v>", b"<f>1+1</f>",
    ))  # fmt: skip
    span = _some_span(xml, chance)
    at = chance.choice((span.start, span.open_end, span.close_start, span.end))
    return xml[:at] + thing + xml[at:]


def declare_doctype(xml: bytes, chance: random.Random) -> bytes:
    body = xml.split(b"?>", 1)[-1]
    entities = chance.choice((b"", b'[<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]', b'[<!ENTITY x SYSTEM "file:///x">]'))
    return b'<?xml version="1.0"?><!DOCTYPE x ' + entities + b">" + body


def recode(xml: bytes, chance: random.Random) -> bytes:
    """Write the part in another encoding, or only say so."""
    encoding = chance.choice(("utf-16", "utf-16-le", "utf-8-sig", "iso-8859-1", "no-such-code", "utf-7"))
    body = xml.split(b"?>", 1)[-1].decode(errors="replace")
    text = f'<?xml version="1.0" encoding="{encoding}"?>{body}'
    return text.encode(encoding, "replace") if encoding not in ("no-such-code", "utf-7") else text.encode()


def change_namespace(xml: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(rb'xmlns(?::\w+)?="([^"]*)"', xml))
    if not found:
        return delete_element(xml, chance)
    start, end = chance.choice(found).span(1)
    return xml[:start] + b"urn:something-else" + xml[end:]


# ---- bytes


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 16))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def take_out(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.choice((1, 8, 200)) :]


def put_in(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 8, 200))) + data[at:]


def repeat_bytes(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = start + chance.choice((1, 8, 200))
    return data[:end] + data[start:end] + data[end:]


def nothing_left(_data: bytes, _chance: random.Random) -> bytes:
    return b""


# ---- the archive


def _rewritten(data: bytes, change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]], method: int) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(info.filename, archive.read(info)) for info in archive.infolist()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in change(parts):
            archive.writestr(name, body)
    return out.getvalue()


def lose_a_part(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        parts.pop(chance.randrange(len(parts)))
        return parts

    return _rewritten(data, change, zipfile.ZIP_DEFLATED)


def rename_a_part(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        at = chance.randrange(len(parts))
        name, body = parts[at]
        other = (name.upper(), name.replace("/", "\\"), "/" + name, "../" + name, name + "x", "é" + name, "a" * 60_000)
        parts[at] = (chance.choice(other), body)
        return parts

    return _rewritten(data, change, zipfile.ZIP_DEFLATED)


def exchange_parts(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
        names = [name for name, _ in parts]
        names[one], names[other] = names[other], names[one]
        return [(name, body) for name, (_, body) in zip(names, parts, strict=True)]

    return _rewritten(data, change, zipfile.ZIP_DEFLATED)


def another_order(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        chance.shuffle(parts)
        return parts

    return _rewritten(data, change, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)))


def add_parts(data: bytes, chance: random.Random) -> bytes:
    def change(parts: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        name, _ = chance.choice(parts)
        extra = (
            ("xl/unknown.bin", chance.randbytes(500)),
            (name.upper() + "1", b"<a/>"),
            ("folder/", b""),
            ("[x]", b"x"),
        )
        return [*parts, chance.choice(extra)]

    return _rewritten(data, change, zipfile.ZIP_DEFLATED)


def data_around(data: bytes, chance: random.Random) -> bytes:
    before, behind = chance.choice((0, 1, 500)), chance.choice((0, 1, 500))
    return chance.randbytes(before) + data + chance.randbytes(behind)


def spoil_headers(data: bytes, chance: random.Random) -> bytes:
    """Change bytes of the headers and of the directory only: sizes, offsets, flags, methods."""
    changed = bytearray(data)
    places = [m.start() for m in re.finditer(rb"PK(?:\x01\x02|\x03\x04|\x05\x06)", data)]
    for _ in range(chance.choice((1, 2, 5))):
        at = chance.choice(places) + chance.randrange(4, 46)
        if at < len(changed):
            changed[at] = chance.choice((0, 1, 8, 0x7F, 0xFF, chance.randrange(256)))
    return bytes(changed)


XML_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    delete_element, repeat_element, empty_element, swap_elements, nest_element, change_attribute, change_attribute,
    change_attribute, drop_attribute, rename_attribute, change_text, change_text, rename_element, add_something,
    declare_doctype, recode, change_namespace,
)  # fmt: skip
BYTE_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_bits, cut, take_out, put_in, repeat_bytes, nothing_left,
)  # fmt: skip
ARCHIVE_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_bits, cut, take_out, put_in, repeat_bytes, lose_a_part, rename_a_part, exchange_parts, another_order,
    add_parts, data_around, spoil_headers, spoil_headers,
)  # fmt: skip
