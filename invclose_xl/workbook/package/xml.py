"""XML parts as text with a map: where each element stands, so that an edit splices and all other bytes stay.

In      the bytes of a part, in any encoding XML knows (UTF-8, UTF-16, ISO-8859-1, ...), any prefixes.
Out     a tree of elements with offsets; edits that insert, replace and set attributes, given back in the
        part's own encoding.
Errors  BadXml for what is not well-formed, and for a document type that declares entities (it could expand
        itself without end; no spreadsheet program writes one).
Cost    O(size of the part), one expat pass; not for sheet data, which ``sheet_source`` streams.
Source  XML 1.0; Namespaces in XML 1.0; ECMA-376 part 2.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from invclose_xl.domain.problems.problem import BookUnusable

SEPARATOR = "\x01"
MOST_ELEMENTS = 500_000
"""Of a part that is held as a tree (a quarter of a gigabyte). Rows and shared texts can be more: they are streamed."""
DEEPEST = 1_000
"""Elements within elements; spreadsheets nest a dozen."""
_TAG = re.compile(rb"""(?:[^>"']++|"[^"]*"|'[^']*')*+>""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le+bom"),
    (codecs.BOM_UTF16_BE, "utf-16-be+bom"),
)


class BadXml(BookUnusable):
    """The part is not well-formed, or not safe to read; the text says why."""


@dataclass(slots=True)
class Element:
    """One element and its place: ``<`` at start, content from open_end to close_start, next thing at end."""

    space: str
    name: str
    prefix: str
    attributes: Mapping[str, str]
    """by local name, or ``{namespace}name`` where the attribute has a prefix"""
    namespaces: Mapping[str, str]
    """prefixes in scope"""
    start: int
    open_end: int
    close_start: int = -1
    end: int = -1
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Written as ``<name/>``."""
        return self.open_end == self.end

    def child(self, name: str) -> "Element | None":
        """Return the first child of this local name in the element's own namespace."""
        return next(self.all(name), None)

    def all(self, name: str) -> Iterator["Element"]:
        """Yield the children of this local name in the element's own namespace."""
        return (c for c in self.children if c.name == name and c.space == self.space)

    def descendants(self) -> Iterator["Element"]:
        """Yield everything inside, from the beginning to the end."""
        for child in self.children:
            yield child
            yield from child.descendants()

    def tag(self, name: str) -> str:
        """Return the qualified name of an element of the same namespace."""
        return f"{self.prefix}:{name}" if self.prefix else name

    def prefix_of(self, space: str) -> str | None:
        """Return a prefix in scope (not the default one) that stands for a namespace."""
        return next((p for p, uri in self.namespaces.items() if uri == space and p), None)


def encoding_of(head: bytes) -> tuple[int, str]:
    """Return the length of the byte order mark and the encoding, as ``encode`` takes it, from a part's beginning."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return len(mark), encoding
    if head[:2] == b"<\0":
        return 0, "utf-16-le"
    if head[:2] == b"\0<":
        return 0, "utf-16-be"
    declared = _declared_encoding(head[:200])
    return 0, "utf-8" if declared in ("utf-8", "utf8", "us-ascii", "ascii") else declared


def decode(data: bytes) -> tuple[bytes, str]:
    """Return the part as UTF-8 without byte order mark, and the encoding to write it back in."""
    mark, encoding = encoding_of(data)
    if encoding in ("utf-8", "utf-8-sig"):
        return data[mark:], encoding
    return _recode(data[mark:], encoding.removesuffix("+bom")), encoding


def encode(text: bytes, encoding: str) -> bytes:
    """Give UTF-8 text back in the encoding that ``decode`` found."""
    if encoding == "utf-8":
        return text
    if encoding == "utf-8-sig":
        return codecs.BOM_UTF8 + text
    if encoding.endswith("+bom"):
        plain = encoding.removesuffix("+bom")
        mark = codecs.BOM_UTF16_LE if plain == "utf-16-le" else codecs.BOM_UTF16_BE
        return mark + text.decode().encode(plain)
    return text.decode().encode(encoding, "xmlcharrefreplace")


def _recode(data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).encode()
    except (ValueError, LookupError) as fault:
        raise BadXml(f"not readable as {encoding}: {fault}") from fault


def _declared_encoding(head: bytes) -> str:
    """Read ``encoding="…"`` of the XML declaration; UTF-8 where there is none."""
    if not head.startswith(b"<?xml"):
        return "utf-8"
    declaration = head[: head.find(b"?>")]
    at = declaration.find(b"encoding")
    if at < 0:
        return "utf-8"
    rest = declaration[at + 8 :].lstrip(b" \t\r\n=")
    quote = rest[:1]
    return rest[1 : rest.find(quote, 1)].decode("ascii", "replace").strip().lower()


class XmlPart:
    """A parsed part and the edits made to it. Elements deeper than ``depth`` are passed over.

    ``decoded`` says that the data is in UTF-8 already, whatever encoding it still declares.
    """

    def __init__(self, data: bytes, depth: int = 100, *, decoded: bool = False) -> None:
        self.source, self._encoding = (data, "utf-8") if decoded else decode(data)
        self._edits: list[tuple[int, int, int, str]] = []
        self.root = _Builder(self.source, depth).build()

    @property
    def is_edited(self) -> bool:
        """Return whether anything was changed."""
        return bool(self._edits)

    def insert(self, at: int, text: str) -> None:
        """Put text before an offset; several insertions at one offset keep their order."""
        self.replace(at, at, text)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put text in place of a stretch of the source."""
        self._edits.append((start, end, len(self._edits), text))

    def remove(self, element: Element) -> None:
        """Take an element out."""
        self.replace(element.start, element.end, "")

    def append_child(self, parent: Element, text: str) -> None:
        """Put text at the end of an element's content; ``<a/>`` is opened for it."""
        if not parent.is_empty:
            self.insert(parent.close_start, text)
            return
        earlier = [i for i, edit in enumerate(self._edits) if edit[:2] == (parent.open_end - 2, parent.open_end)]
        closing = f"</{parent.tag(parent.name)}>"
        if earlier:
            start, end, order, before = self._edits[earlier[0]]
            self._edits[earlier[0]] = (start, end, order, before.removesuffix(closing) + text + closing)
        else:
            self.replace(parent.open_end - 2, parent.open_end, f">{text}{closing}")

    def set_attribute(self, element: Element, name: str, value: str) -> None:
        """Give an attribute (by its qualified name) a value, adding it where it is missing."""
        quoted = escape(value, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
        span = attribute_spans(self.source, element).get(name)
        if span:
            self.replace(span[1], span[2], quoted.replace("'", "&apos;"))
        else:
            self.insert(element.start + 1 + len(element.tag(element.name).encode()), f' {name}="{quoted}"')

    def drop_attribute(self, element: Element, name: str) -> None:
        """Remove an attribute, with the blank before it."""
        span = attribute_spans(self.source, element).get(name)
        if span:
            self.replace(span[0], span[2] + 1, "")

    def text(self, element: Element) -> str:
        """Return the source of an element."""
        return self.source[element.start : element.end].decode()

    def edited_source(self) -> bytes:
        """Return the part with all edits as UTF-8 without byte order mark."""
        out: list[bytes] = []
        position = 0
        for start, end, _, text in sorted(self._edits, key=lambda edit: edit[:3]):
            if start < position:
                raise AssertionError("edits overlap")
            out += (self.source[position:start], text.encode())
            position = end
        out.append(self.source[position:])
        return b"".join(out)

    def to_bytes(self) -> bytes:
        """Return the part with all edits, in its own encoding."""
        return encode(self.edited_source(), self._encoding)


class _Builder:
    """One expat pass that builds the tree."""

    def __init__(self, source: bytes, depth: int) -> None:
        self._source = source
        self._depth = depth
        self._level = 0
        self._count = 0
        self._stack: list[Element] = []
        self._root: Element | None = None
        self._declared: dict[str, str] = {}
        self._parser = make_parser()
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._text
        self._parser.StartNamespaceDeclHandler = self._declare

    def build(self) -> Element:
        try:
            self._parser.Parse(self._source, True)
        except expat.ExpatError as fault:
            raise BadXml(str(fault)) from fault
        finally:
            del self._parser  # it knows us as we know it: without a collector neither would ever go
        if self._root is None:
            raise BadXml("no element found")
        return self._root

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix or ""] = uri or ""

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._level += 1
        if self._level > self._depth:
            self._declared.clear()
            if self._level > DEEPEST:
                raise BadXml(f"its elements are nested more than {DEEPEST:,} deep, which no spreadsheet program writes")
            return
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise BadXml(f"it holds more than {MOST_ELEMENTS:,} elements, which no spreadsheet program writes")
        start = self._parser.CurrentByteIndex
        scope = self._stack[-1].namespaces if self._stack else {}
        if self._declared:
            scope = {**scope, **self._declared}
            self._declared.clear()
        space, local, prefix = split_name(name)
        named = {attribute_key(key): value for key, value in attributes.items()}
        element = Element(space, local, prefix, named, scope, start, tag_end(self._source, start))
        if self._stack:
            self._stack[-1].children.append(element)
        elif self._root is None:
            self._root = element
        self._stack.append(element)

    def _close(self, _name: str) -> None:
        self._level -= 1
        if self._level >= self._depth:
            return
        element = self._stack.pop()
        if self._source[element.open_end - 2 : element.open_end] == b"/>":
            element.close_start = element.end = element.open_end
        else:
            element.close_start = self._parser.CurrentByteIndex
            element.end = self._source.index(b">", element.close_start) + 1

    def _text(self, text: str) -> None:
        if self._level <= self._depth and self._stack:
            self._stack[-1].text += text


def make_parser() -> expat.XMLParserType:
    """Return a namespace-aware parser for decoded UTF-8 that refuses entities."""
    parser = expat.ParserCreate("utf-8", SEPARATOR)
    parser.namespace_prefixes = True
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise BadXml("it declares XML entities, which could expand without end")

    parser.EntityDeclHandler = refuse
    return parser


def split_name(name: str) -> tuple[str, str, str]:
    """Return namespace, local name and prefix of a name as expat gives it."""
    parts = name.split(SEPARATOR)
    if len(parts) == 1:
        return "", parts[0], ""
    return parts[0], parts[1], parts[2] if len(parts) > 2 else ""


def attribute_key(name: str) -> str:
    """Return how an attribute is looked up: plain, or with its namespace in braces."""
    space, local, _ = split_name(name)
    return f"{{{space}}}{local}" if space else local


def tag_end(source: bytes, start: int) -> int:
    """Return the offset after the ``>`` of the tag that begins at start; quoted values may hold a ``>``."""
    tag = _TAG.match(source, start)
    if tag is None:
        raise BadXml("a tag does not end")
    return tag.end()


def attribute_spans(source: bytes, element: Element) -> dict[str, tuple[int, int, int]]:
    """Return for each attribute as written: where the blank before it begins, and where its value does and ends."""
    spans: dict[str, tuple[int, int, int]] = {}
    stop = element.open_end - (2 if source[element.open_end - 2 : element.open_end] == b"/>" else 1)
    position = element.start + 1 + len(element.tag(element.name).encode())
    while True:
        equals = source.find(b"=", position, stop)
        if equals < 0:
            return spans
        name = source[position:equals].strip().decode()
        opening = equals + 1
        while source[opening : opening + 1] not in (b'"', b"'"):
            opening += 1
        closing = source.index(source[opening : opening + 1], opening + 1)
        spans[name] = (position, opening + 1, closing)
        position = closing + 1


def found_in_chunks(pattern: re.Pattern[bytes], chunks: Iterable[bytes]) -> set[bytes]:
    """Return all that a pattern with one group finds in a part that comes in pieces; no piece is cut within a tag."""
    found: set[bytes] = set()
    for text in whole_tags(chunks):
        found.update(pattern.findall(text))
    return found


def whole_tags(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a part that comes in pieces in other pieces, none of which is cut within a tag."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = text.rfind(b">") + 1
        yield text[:end]
        rest = text[end:]
