"""The old rows of a result sheet in one fast pass: which hold anything that is not ours.

In      the sheet's XML, and where our columns are.
Out     row attributes, the rows with cells outside our columns or below the data, and any single row parsed.
Errors  none beyond XML that is not well-formed.
Cost    one expat pass that looks at element starts only.
Source  ECMA-376 part 1, 18.3.1.73 and 18.3.1.4.
"""

from invclose_xl.workbook.cell_reference import column_letters, column_number
from invclose_xl.workbook.package_xml import SEPARATOR, Document, Element, make_parser, tag_end
from invclose_xl.workbook.sheet_found import FoundSheet

_ROW_ATTRIBUTES = ("hidden", "ht", "customHeight", "outlineLevel", "collapsed", "s", "customFormat")


class OldRows:
    """One fast pass over the old rows: it notes rows with attributes and rows with cells that are not ours."""

    def __init__(self, source: bytes, found: FoundSheet) -> None:
        self._source = source
        self._found = found
        self._ours = {column_letters(n) for n in found.columns.values()}
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

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._cell_name:
            reference = attributes.get("r", "")
            letters = reference.rstrip("0123456789")
            self._column = column_number(letters) if letters else self._column + 1
            if self._row > self._found.heading_row:
                self.last_row = self._row
                if self._row > self._bottom or (letters or column_letters(self._column)) not in self._ours:
                    self.rows_with_user_cells.add(self._row)
        elif name == self._row_name:
            number = attributes.get("r", "")
            self._row = int(number) if number.isdigit() else self._row + 1
            self._column = 0
            self._starts[self._row] = self._parser.CurrentByteIndex
            if self._row > self._found.heading_row and len(attributes) > 1:
                wanted = [(n, attributes[n]) for n in _ROW_ATTRIBUTES if n in attributes]
                if wanted:
                    self.attributes[self._row] = "".join(f' {n}="{v}"' for n, v in wanted)

    def row(self, number: int) -> tuple[Document, Element]:
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
        document = Document(opening + self._source[start:end] + b"</" + root_name + b">")
        return document, document.root.children[0]
