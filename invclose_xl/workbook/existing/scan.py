"""The old rows of a result sheet in one fast pass: which hold anything that is not ours.

In      the sheet's XML, and where our columns are.
Out     row attributes, the rows with cells outside our columns or below the data, and any single row parsed.
Errors  none beyond XML that is not well-formed.
Cost    a count by regular expressions where all is plain; else one expat pass that looks at element starts only.
Source  ECMA-376 part 1, 18.3.1.73 and 18.3.1.4.
"""

import re
from collections.abc import Iterable, Mapping

from invclose_xl.workbook.existing.locate import FoundSheet
from invclose_xl.workbook.package.cell_reference import cell_column, column_letters, row_number, whole_number
from invclose_xl.workbook.package.xml import SEPARATOR, BadXml, Element, XmlPart, make_parser, tag_end

_PLAIN = rb'(?: spans="[\d:]+")?(?: ht="[\d.]+")?(?: x14ac:dyDescent="[\d.]+")?/?>'
"""what follows the number of a row that nobody has arranged; its height is what a program has computed"""
_PLAIN_ROW = re.compile(rb'<row r="\d+"' + _PLAIN)
_LAST_ROW = re.compile(rb'.*<row r="(\d+)"', re.DOTALL)
_ATTRIBUTE = re.compile(rb'\s([A-Za-z]+)="([^"]*)"')
_ROW_ATTRIBUTES = ("hidden", "ht", "customHeight", "outlineLevel", "collapsed", "s", "customFormat")
_CHOSEN = ("hidden", "customHeight", "outlineLevel", "collapsed", "customFormat")


def last_row_of_ours(source: bytes, found: FoundSheet) -> int | None:
    """Return the last row where all rows below the headings are plainly ours alone; None where a closer look is due.

    Months of results are rewritten in every run: most of the time nobody has put anything beside them.
    """
    start = source.find(b'<row r="%d"' % (found.heading_row + 1))
    end = source.rfind(b"</sheetData>")
    if start < 0 or end < start or found.parts.frame.root.prefix:
        return None
    rows = source[start:end]
    ours = b"|".join(column_letters(n).encode() for n in sorted(found.columns.values()))
    cells = len(re.findall(rb'<c r="(?:%s)\d+"' % ours, rows))
    last = _LAST_ROW.match(rows[-(1 << 16) :])
    if b"<!" in rows or last is None or cells != len(re.findall(rb"<c[ />]", rows)):
        return None
    if len(_PLAIN_ROW.findall(rows)) != len(re.findall(rb"<row[ />]", rows)):
        return None
    bottom = found.last_data_row if found.table is not None else int(last[1])
    return int(last[1]) if int(last[1]) <= bottom else None


def arranged_rows(chunks: Iterable[bytes], found: FoundSheet) -> dict[int, str]:
    """Return the attributes of the rows below the headings that somebody has hidden, grouped, formatted or made higher.

    Streams: a sheet of a million rows is never held whole. A row's height alone, without a sign that a person chose it,
    is what the program that saved the file has computed.
    """
    prefix = found.parts.frame.root.tag("row").encode()
    row = re.compile(rb"<" + prefix + rb'\s(?!r="\d+"' + _PLAIN + rb")[^>]*>")
    attributes: dict[int, str] = {}
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = text.rfind(b">") + 1
        for tag in row.finditer(text, 0, end):
            stated = {name.decode(): value.decode() for name, value in _ATTRIBUTE.findall(tag[0])}
            number = whole_number(stated.get("r"))
            if number > found.heading_row and (kept := _arranged(stated)):
                attributes[number] = kept
        rest = text[end:]
    return attributes


def _arranged(stated: Mapping[str, str]) -> str:
    """Return the attributes of a row as text, '' where nobody has hidden, grouped, formatted it or made it higher."""
    if all(stated.get(name, "0") in ("0", "false") for name in _CHOSEN):
        return ""
    of_height = stated.get("customHeight", "0") not in ("0", "false")
    kept = [n for n in _ROW_ATTRIBUTES if n in stated and (n != "ht" or of_height)]
    return "".join(f' {name}="{stated[name]}"' for name in kept)


class OldRows:
    """One fast pass over the old rows: it notes rows with attributes and rows with cells that are not ours."""

    def __init__(self, source: bytes, found: FoundSheet) -> None:
        self._source = source
        self._found = found
        self._ours = set(found.columns.values())
        self._bottom = found.last_data_row if found.table is not None else 1 << 30
        self._starts: dict[int, int] = {}
        self.attributes: dict[int, str] = {}
        self.rows_with_user_cells: set[int] = set()
        self.last_row = found.heading_row
        self._row = 0
        self._column = 0
        root = found.parts.frame.root
        flavour = (root.space, "{}", root.prefix) if root.prefix else (root.space, "{}")
        self._cell_name = SEPARATOR.join(flavour).format("c")
        self._row_name = SEPARATOR.join(flavour).format("row")
        self._parser = make_parser()
        self._parser.StartElementHandler = self._open
        self._parser.Parse(source, True)
        del self._parser

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._cell_name:
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else cell_column(reference, self._row)
            if self._row > self._found.heading_row:
                self.last_row = self._row
                if self._row > self._bottom or self._column not in self._ours:
                    self.rows_with_user_cells.add(self._row)
        elif name == self._row_name:
            self._row = row_number(attributes.get("r"), self._row)
            if self._row in self._starts:
                raise BadXml(f"it states its row {self._row} twice")
            self._column = 0
            self._starts[self._row] = self._parser.CurrentByteIndex
            if self._row > self._found.heading_row and len(attributes) > 1:
                wanted = _arranged(attributes)
                if wanted:
                    self.attributes[self._row] = wanted

    def row(self, number: int) -> tuple[XmlPart, Element]:
        """Return one old row, parsed."""
        start = self._starts[number]
        end = tag_end(self._source, start)
        name = self._source[start + 1 : end].split()[0].rstrip(b"/>")
        if self._source[end - 2 : end] != b"/>":
            closing = self._source.index(b"</" + name, end)
            end = self._source.index(b">", closing) + 1
        root = self._found.parts.frame.root
        opening = self._found.parts.frame.source[root.start : root.open_end]
        root_name = root.tag(root.name).encode()
        document = XmlPart(opening + self._source[start:end] + b"</" + root_name + b">")
        return document, document.root.children[0]
