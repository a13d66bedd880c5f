"""A sheet of ours as it is in the file: its frame (all but the rows), its top rows, and where its headings are.

In      a worksheet part, streamed; the rows behind the headings pass by unread.
Out     the frame as an XmlPart with an empty ``sheetData``; the rows down to the headings as another; and, when asked
        for, the old rows with the cells that are not ours.
Errors  BookUnusable where the part is not well-formed.
Cost    inflating the part; parsing only its beginning and its end (``scan`` parses all of it).
Source  ECMA-376 part 1, 18.3.1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.parsers import expat

from invclose_xl.workbook.package.archive import damaged
from invclose_xl.workbook.package.cell_reference import (
    MOST_COLUMNS,
    cell_column,
    column_letters,
    row_number,
    whole_number,
)
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.pieces import in_utf8
from invclose_xl.workbook.package.xml import (
    BadXml,
    Element,
    XmlPart,
    encode,
    encoding_of,
    make_parser,
    split_name,
    tag_end,
)

HEADING_ROWS = 40
"""Headings stand somewhere in the first rows; a title and notes may be above them."""
LOOKED_AT = 1 << 14
"""Bytes that are parsed before asking again whether the top rows are complete."""


@dataclass(frozen=True, slots=True)
class SheetParts:
    """A worksheet part taken apart: frame (with an empty sheetData), and its top rows (in a sheetData of their own)."""

    frame: XmlPart
    top: XmlPart
    encoding: str

    @property
    def rows(self) -> list[Element]:
        """The top rows, as far as they were read."""
        return list(self.top.root.children[0].children)


def take_apart(package: Package, part: str) -> SheetParts:
    """Split a worksheet part into frame and top rows."""
    try:
        encoding = encoding_of(next(package.chunks(part), b""))[1]
        return _split(in_utf8(package, part), encoding)
    except BadXml as fault:
        raise BadXml(damaged(package.path, f"{part}: {fault}")) from fault


def find_filled_columns(package: Package, part: str) -> frozenset[int]:
    """Return the columns of a worksheet part in which some cell holds anything; formats alone are nothing."""
    reader = _Filled()
    try:
        for chunk in in_utf8(package, part):
            reader.parser.Parse(chunk, False)
    except (expat.ExpatError, BadXml) as fault:
        raise BadXml(damaged(package.path, f"{part}: {fault}")) from fault
    return frozenset(reader.columns)


class _Filled:
    """Notes the columns of cells that hold a value, a formula or a text."""

    def __init__(self) -> None:
        self.columns: set[int] = set()
        self.parser = make_parser()
        self.parser.StartElementHandler = self._open
        self._row = 0
        self._column = 0

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        name = split_name(tag)[1]
        if name == "c":
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else cell_column(reference, self._row)
        elif name == "row":
            self._row, self._column = row_number(attributes.get("r"), self._row), 0
        elif name in ("v", "f", "is") and self._column:
            self.columns.add(self._column)


class _Head:
    """Feeds expat until the top rows are complete, and notes where things stand."""

    def __init__(self) -> None:
        self.data_start = -1
        self.top_end = -1
        self.sheet_data_closed = -1
        self.root_start = -1
        self._depth = 0
        self._rows = 0
        self.parser = make_parser()
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close

    @property
    def is_done(self) -> bool:
        return self.sheet_data_closed >= 0 or self.has_more_rows

    @property
    def has_more_rows(self) -> bool:
        return self._rows > HEADING_ROWS

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self.root_start = self.parser.CurrentByteIndex
        elif self._depth == 2 and split_name(name)[1] == "sheetData" and self.data_start < 0:
            self.data_start = self.parser.CurrentByteIndex
        elif self._depth == 3 and self.data_start >= 0 and self.sheet_data_closed < 0:
            self._rows += 1
            if self._rows <= HEADING_ROWS + 1:
                self.top_end = self.parser.CurrentByteIndex

    def _close(self, name: str) -> None:
        if self._depth == 2 and self.data_start >= 0 and split_name(name)[1] == "sheetData":
            self.sheet_data_closed = self.parser.CurrentByteIndex
        self._depth -= 1


def _split(chunks: Iterator[bytes], encoding: str) -> SheetParts:
    head = _Head()
    seen = bytearray()
    for chunk in chunks:
        seen += chunk
        try:
            for at in range(0, len(chunk), LOOKED_AT):
                head.parser.Parse(chunk[at : at + LOOKED_AT], False)
                if head.is_done:
                    break
        except expat.ExpatError as fault:
            raise BadXml(str(fault)) from fault
        if head.is_done:
            break
    if head.data_start < 0:
        raise BadXml("it has no sheetData")
    source = bytes(seen)
    data_open_end = tag_end(source, head.data_start)
    name = source[head.data_start + 1 : data_open_end].rstrip(b"/>").split()[0]
    if source[data_open_end - 2 : data_open_end] == b"/>":
        top_rows, tail = b"", source[data_open_end:] + b"".join(chunks)
    else:
        top_end = head.top_end if head.has_more_rows else head.sheet_data_closed
        top_rows = source[data_open_end:top_end]
        tail = _tail(source[top_end:], chunks, b"</" + name)
    root_open = source[head.root_start : tag_end(source, head.root_start)]
    root_name = root_open[1:].rstrip(b"/>").split()[0]
    frame = XmlPart(source[: head.data_start] + b"<" + name + b"/>" + tail, decoded=True)
    wrapped = root_open + b"<" + name + b">" + top_rows + b"</" + name + b"></" + root_name + b">"
    return SheetParts(frame, XmlPart(wrapped, decoded=True), encoding)


def _tail(first: bytes, chunks: Iterator[bytes], closing: bytes) -> bytes:
    """Return what follows sheetData: the last closing tag of that name in the part is the real one."""
    kept = first
    found = False
    while True:
        at = kept.rfind(closing)
        if at >= 0:
            found = True
            kept = kept[at:]
        elif not found:
            kept = kept[-len(closing) :]
        more = next(chunks, None)
        if more is None:
            break
        kept += more
    if not found:
        raise BadXml("its sheetData does not end")
    return kept[kept.index(b">") + 1 :]


def put_together(parts: SheetParts, top_rows: bytes, rows: Iterable[bytes], bottom: bytes) -> Iterator[bytes]:
    """Yield the part again: the edited frame around the given rows, in the part's own encoding."""
    data = next(c for c in parts.frame.root.children if c.name == "sheetData")
    parts.frame.replace(data.start, data.end, "\0")
    before, after = parts.frame.edited_source().split(b"\0")
    tag = data.tag("sheetData").encode()
    if parts.encoding == "utf-8-sig":
        before = b"\xef\xbb\xbf" + before
    pieces = _in_turn(before + b"<" + tag + b">" + top_rows, rows, bottom + b"</" + tag + b">" + after)
    if parts.encoding in ("utf-8", "utf-8-sig"):
        yield from pieces
        return
    yield encode(b"".join(pieces), parts.encoding)


def _in_turn(before: bytes, rows: Iterable[bytes], after: bytes) -> Iterator[bytes]:
    yield before
    yield from rows
    yield after


def shared_texts(package: Package, wanted: set[int]) -> dict[int, str]:
    """Return the shared texts of the given indexes, without keeping the others; phonetic guides are no text."""
    part = package.shared_strings
    if part is None or not wanted:
        return {}
    reader = _SharedTexts(wanted)
    try:
        for chunk in in_utf8(package, part):
            reader.parser.Parse(chunk, False)
            if reader.is_done:
                break
    except (expat.ExpatError, BadXml) as fault:
        raise BadXml(damaged(package.path, f"{part}: {fault}")) from fault
    return reader.texts


class _SharedTexts:
    """Collects texts by their position in the shared strings part."""

    def __init__(self, wanted: set[int]) -> None:
        self.texts: dict[int, str] = {}
        self._wanted = wanted
        self._last = max(wanted)
        self._index = -1
        self._phonetic = 0
        self._collect = False
        self._pieces: list[str] = []
        self.parser = make_parser()
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close

    @property
    def is_done(self) -> bool:
        return self._index > self._last

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        local = split_name(name)[1]
        if local == "si":
            self._index += 1
            self._pieces = []
        elif local == "rPh":
            self._phonetic += 1
        elif local == "t" and self._index in self._wanted and not self._phonetic:
            self.parser.CharacterDataHandler = self._pieces.append

    def _close(self, name: str) -> None:
        local = split_name(name)[1]
        if local == "t":
            self.parser.CharacterDataHandler = None
        elif local == "rPh":
            self._phonetic -= 1
        elif local == "si" and self._index in self._wanted:
            self.texts[self._index] = "".join(self._pieces)


def shared_index(cell: Element) -> int | None:
    """Return which shared text a cell shows, if it shows one."""
    value = cell.child("v")
    if cell.attributes.get("t") != "s" or value is None:
        return None
    index = whole_number(value.text, -1)
    return index if index >= 0 else None


def cell_text(cell: Element, shared: dict[int, str]) -> str:
    """Return what a cell holds as text; numbers as they are written."""
    index = shared_index(cell)
    if index is not None:
        return unescape_text(shared.get(index, ""))
    if cell.attributes.get("t") == "inlineStr":
        return unescape_text("".join(_inline_texts(cell)))
    value = cell.child("v")
    return unescape_text(value.text) if value is not None else ""


def _inline_texts(cell: Element) -> Iterator[str]:
    inline = cell.child("is")
    for child in inline.children if inline else ():
        if child.name == "t":
            yield child.text
        elif child.name == "r":
            yield from (t.text for t in child.all("t"))


def unescape_text(text: str) -> str:
    """Undo ``_xHHHH_``."""
    if "_x" not in text:
        return text
    out: list[str] = []
    position = 0
    while (at := text.find("_x", position)) >= 0:
        digits = text[at + 2 : at + 6]
        if len(digits) == 4 and text[at + 6 : at + 7] == "_" and all(d in "0123456789abcdefABCDEF" for d in digits):
            out += (text[position:at], chr(int(digits, 16)))
            position = at + 7
        else:
            out.append(text[position : at + 1])
            position = at + 1
    return "".join([*out, text[position:]])


def cells_by_column(row: Element, number: int) -> dict[int, Element]:
    """Return the cells of a row by column number; a cell without a reference stands right of the one before."""
    found: dict[int, Element] = {}
    last = 0
    for cell in row.all("c"):
        reference = cell.attributes.get("r")
        last = last + 1 if reference is None else cell_column(reference, number)
        if last in found or last > MOST_COLUMNS:
            raise BadXml(f"it states the cell {column_letters(last)}{number} twice, or one beyond the last column")
        found[last] = cell
    return found
