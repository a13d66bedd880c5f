"""Rows of an input sheet taken out, cells of others changed, rows added: what stays keeps its bytes and moves up.

In      the sheet, its heading row, and Changes: rows by their number in the sheet, cells by column letter.
Out     the worksheet part; its table, filter, range and the references of its own formulas fitted.
Errors  BookUnusable where something hangs on rows that would move: merged cells, comments, links.
Cost    the part is held in memory once.
Source  WORKBOOK "Written"; ECMA-376 part 1, 18.3.1.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.workbook.package.cell_reference import MOST_ROWS, Range, column_letters, column_number
from invclose_xl.workbook.package.edit import PackageEdit
from invclose_xl.workbook.package.package import ExcelTable, Package, Sheet
from invclose_xl.workbook.package.xml import Element, XmlPart, decode, encode
from invclose_xl.workbook.results.rows_xml import number_cell, text_cell

Value = tuple[str, str] | None
"""("number", digits), ("text", text), ("cell", XML with {cell} where its reference stands), or None: blank"""
_REFERENCE = re.compile(
    r"(\"(?:[^\"]|\"\")*\")|('(?:[^']|'')*'!|[A-Za-z_][\w.]*!)?(\$?[A-Za-z]{1,3}\$?\d+)(:\$?[A-Za-z]{1,3}\$?\d+)?(?![\w(])"
)
_PLACE = re.compile(r"(\$?[A-Za-z]{1,3}\$?)(\d+)$")


@dataclass(slots=True)
class Changes:
    """Changes of one sheet."""

    dropped: set[int] = field(default_factory=set)
    cells: dict[int, dict[str, Value]] = field(default_factory=dict)
    added: list[dict[str, Value]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    """new columns: letter -> heading"""

    @property
    def is_empty(self) -> bool:
        """Nothing changes."""
        return not (self.dropped or self.cells or self.added or self.headings)


@dataclass(frozen=True, slots=True)
class InputRows:
    """Where the data of the sheet stand."""

    sheet: Sheet
    heading_row: int
    last_row: int
    """of the data"""


def change_rows(edit: PackageEdit, place: InputRows, changes: Changes) -> list[str]:
    """Register the edits of one sheet; return the cells whose formula could only be kept as its value."""
    if changes.is_empty:
        return []
    package, sheet = edit.package, place.sheet
    source, encoding = decode(package.part(sheet.part))
    moves = _Moves(place, changes)
    if moves.first_moved <= MOST_ROWS:
        _refuse_what_hangs_on_rows(package, sheet, source, moves)
    rewritten = _SheetPart(source, moves)
    data = rewritten.text()
    edit.replace(sheet.part, lambda: [encode(data, encoding)])
    for table in package.tables_of(sheet):
        _fit_table(edit, table, moves, changes)
    return rewritten.values_kept


class _Moves:
    """Where every row of the sheet goes."""

    def __init__(self, place: InputRows, changes: Changes) -> None:
        self.place, self.changes = place, changes
        self._dropped = sorted(changes.dropped)
        moved = [self._dropped[0]] if self._dropped else []
        self.first_moved = min([*moved, place.last_row + 1]) if changes.dropped or changes.added else MOST_ROWS + 1
        if self.new(place.last_row, at_end=True) + len(changes.added) > MOST_ROWS:
            raise BookUnusable(f"The sheet {place.sheet.name} has no room for {len(changes.added):,} rows more.")

    def new(self, row: int, *, at_end: bool = False) -> int:
        """Return the number that a row has afterwards; of a dropped row that of the next one, or the one before."""
        before = bisect_left(self._dropped, row)
        number = row - before
        if row in self.changes.dropped and at_end:
            number -= 1
        return number + (len(self.changes.added) if row > self.place.last_row else 0)

    @property
    def last(self) -> int:
        """The last row of the data afterwards."""
        return self.new(self.place.last_row, at_end=True) + len(self.changes.added)


class _SheetPart:
    """The worksheet part, rewritten row by row."""

    def __init__(self, source: bytes, moves: _Moves) -> None:
        self._moves, self._changes = moves, moves.changes
        self.values_kept: list[str] = []
        opening = re.search(rb"<((?:\w+:)?)sheetData\b[^>]*?(/?)>", source)
        assert opening is not None
        prefix = opening[1].decode()
        self._p = prefix
        if opening[2]:
            self._head, self._data, self._tail = source[: opening.end()], "", source[opening.end() :]
        else:
            end = source.rindex(f"</{prefix}sheetData>".encode())
            self._head, self._data = source[: opening.end()], source[opening.end() : end].decode()
            self._tail = source[end:]
        self._row = re.compile(rf"<{prefix}row\b([^>]*?)(?:/>|>(.*?)</{prefix}row>)", re.DOTALL)
        self._cell = re.compile(rf"<{prefix}c\b([^>]*?)(?:/>|>(.*?)</{prefix}c>)", re.DOTALL)
        self._formula = re.compile(rf"<{prefix}f\b([^>]*?)(?:/>|>(.*?)</{prefix}f>)", re.DOTALL)

    def text(self) -> bytes:
        rows = "".join(self._rows())
        head = self._fitted(self._head.decode())
        return head.encode() + rows.encode() + self._fitted(self._tail.decode()).encode()

    def _rows(self) -> Iterator[str]:
        number, place = 0, self._moves.place
        added = False
        for found in self._row.finditer(self._data):
            given = re.search(r'\br="(\d+)"', found[1])
            number = int(given[1]) if given else number + 1
            if number > place.last_row and not added:
                yield from self._added()
                added = True
            if number not in self._changes.dropped:
                yield self._moved(found, number)
        if not added:
            yield from self._added()

    def _moved(self, found: re.Match[str], number: int) -> str:
        new = self._moves.new(number)
        changed = dict(self._changes.cells.get(number, {}))
        if number == self._moves.place.heading_row:
            changed |= {letter: ("text", heading) for letter, heading in self._changes.headings.items()}
        has_formula = f"<{self._p}f" in found[0]
        if new == number and not changed and not has_formula:
            return found[0]
        cells = self._cells(found[2] or "", number)
        if has_formula:
            cells = {letter: self._with_formula(text, letter, number) for letter, text in cells.items()}
        for letter, value in changed.items():
            style = _style(cells.get(letter) or (cells.get(max(cells, key=column_number)) if value and number ==
                           self._moves.place.heading_row and cells else ""))  # fmt: skip
            cells[letter] = self._written(letter, number, value, style)
        inner = "".join(cells[letter] for letter in sorted(cells, key=column_number))
        if new != number:
            inner = self._cell.sub(lambda c: _renumbered(c[0], number, new), inner)
        attributes = re.sub(r'\br="\d+"', f'r="{new}"', found[1])
        attributes = re.sub(r'\sspans="[^"]*"', "", attributes) if changed else attributes
        return f"<{self._p}row{attributes.rstrip('/')}>{inner}</{self._p}row>"

    def _cells(self, inner: str, number: int) -> dict[str, str]:
        """Return the cells of a row by letter; one without a reference stands right of the one before."""
        cells, last = {}, 0
        for found in self._cell.finditer(inner):
            given = re.search(r'\br="([A-Z]+)\d+"', found[1])
            last = column_number(given[1]) if given else last + 1
            cells[column_letters(last)] = found[0]
        return cells

    def _written(self, letter: str, number: int, value: Value, style: int) -> str:
        if value is None:
            look = f' s="{style}"' if style else ""
            return f'<{self._p}c r="{letter}{number}"{look}/>'
        kind, text = value
        if kind == "cell":
            return text.replace("{cell}", f"{letter}{number}")
        write: Callable[..., str] = text_cell if kind == "text" else number_cell
        return write(letter, number, text, style, self._p)

    def _added(self) -> Iterator[str]:
        first = self._moves.last - len(self._changes.added) + 1
        for number, values in enumerate(self._changes.added, start=first):
            cells = [self._written(c, number, values[c], 0) for c in sorted(values, key=column_number) if values[c]]
            yield f'<{self._p}row r="{number}">{"".join(cells)}</{self._p}row>'

    # ---- formulas and ranges

    def _with_formula(self, cell: str, letter: str, number: int) -> str:
        """Fit the references of a formula; one that is shared, or leads to a row that goes, stays as its value."""

        def fitted(found: re.Match[str]) -> str:
            if re.search(r'\bt="(?:shared|array|dataTable)"', found[1]):
                self.values_kept.append(f"{letter}{number}")
                return ""
            text = _references(found[2] or "", self._moves)
            if text is None:
                self.values_kept.append(f"{letter}{number}")
                return ""
            return f"<{self._p}f{found[1]}>{text}</{self._p}f>"

        return self._formula.sub(fitted, cell)

    def _fitted(self, frame: str) -> str:
        """Fit the used range and the sheet's own filter."""
        moves = self._moves
        right = max((column_number(c) for c in self._changes.headings), default=0)

        def range_(found: re.Match[str]) -> str:
            area = Range.parse(found[2])
            if area is None:
                return found[0]
            bottom = max(moves.new(min(area.bottom, MOST_ROWS), at_end=True), moves.last)
            fitted = Range(area.left, area.top, max(area.right, right), min(bottom, MOST_ROWS))
            return f"{found[1]}{fitted}{found[3]}"

        return re.sub(rf'(<{self._p}(?:dimension|autoFilter)\b[^>]*?\bref=")([A-Z0-9:$]+)(")', range_, frame)


def _references(formula: str, moves: _Moves) -> str | None:
    """Return a formula with its references on this sheet fitted; None where one of them leads to a row that goes."""
    lost = False
    own = moves.place.sheet.name.replace("'", "''").casefold()

    def fitted(found: re.Match[str]) -> str:
        nonlocal lost
        sheet = found[2]
        if found[1] or (sheet and sheet[:-1].strip("'").casefold() != own):
            return found[0]
        first, second = found[3], found[4]
        if second is None:
            place = _PLACE.match(first)
            assert place is not None
            row = int(place[2])
            if row in moves.changes.dropped:
                lost = True
                return found[0]
            return f"{sheet or ''}{place[1]}{moves.new(row)}"
        one, other = _PLACE.match(first), _PLACE.match(second[1:])
        assert one is not None
        assert other is not None
        bottom = moves.new(int(other[2]), at_end=True)
        if int(other[2]) == moves.place.last_row:
            bottom = moves.last
        return f"{sheet or ''}{one[1]}{moves.new(int(one[2]))}:{other[1]}{bottom}"

    text = _REFERENCE.sub(fitted, formula.replace("&quot;", '"'))
    return None if lost else text.replace('"', "&quot;")


def _style(cell: str | None) -> int:
    found = re.match(r'<[^>]*?\bs="(\d+)"', cell or "")
    return int(found[1]) if found else 0


def _renumbered(cell: str, old: int, new: int) -> str:
    return re.sub(rf'^(<[^>]*?\br="[A-Z]+){old}"', rf'\g<1>{new}"', cell)


def _refuse_what_hangs_on_rows(package: Package, sheet: Sheet, source: bytes, moves: _Moves) -> None:
    """Merged cells, links and comments on rows that would move would be on other rows then."""
    tail = source[source.rfind(b"</") :] if b"sheetData" not in source else source[source.rfind(b"sheetData>") :]
    hanging = [("merged cells", rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z0-9:$]+)\""),
               ("a link", rb"<(?:\w+:)?hyperlink\b[^>]*?\bref=\"([A-Z0-9:$]+)\"")]  # fmt: skip
    texts = [(what, [m.decode() for m in re.findall(pattern, tail)]) for what, pattern in hanging]
    for relation in package.relationships(sheet.part).values():
        if relation.is_a("comments") and package.has(relation.target):
            refs = re.findall(rb"<(?:\w+:)?comment\b[^>]*?\bref=\"([A-Z0-9$]+)\"", package.part(relation.target))
            texts.append(("a comment", [m.decode() for m in refs]))
    for what, cells in texts:
        for cell in cells:
            area = Range.parse(cell.replace("$", ""))
            if area is not None and area.bottom >= moves.first_moved:
                raise BookUnusable(
                    f"The sheet {sheet.name} has {what} in {cell}, and the row would move up when settled rows are "
                    "left behind: remove it in a copy of the workbook, and roll that forward."
                )


def _fit_table(edit: PackageEdit, table: ExcelTable, moves: _Moves, changes: Changes) -> None:
    """Fit a table of the sheet to its rows; new columns become columns of it where they are beside it."""
    document = edit.document(table.part)
    area = Range.parse(table.ref)
    if area is None or area.bottom <= moves.place.heading_row:
        return
    bottom = moves.new(area.bottom, at_end=True)
    if area.bottom - table.totals_rows == moves.place.last_row:
        bottom = moves.last + table.totals_rows
    letters = sorted(changes.headings, key=column_number)
    inside = bool(letters) and column_number(letters[0]) == area.right + 1
    if letters and not inside and area.top == moves.place.heading_row:
        raise BookUnusable(
            f"The sheet {moves.place.sheet.name} needs the column {changes.headings[letters[0]]}, and something stands "
            f"right of its table {table.name}: move that away, or add the column to the table, and run again."
        )
    right = column_number(letters[-1]) if inside else area.right
    fitted = Range(area.left, moves.new(area.top), right, max(bottom, moves.new(area.top) + 1))
    document.set_attribute(document.root, "ref", str(fitted))
    for child in document.root.children:
        if child.name == "autoFilter" and Range.parse(child.attributes.get("ref", "")):
            document.set_attribute(child, "ref", str(Range(fitted.left, fitted.top, fitted.right,
                                                           fitted.bottom - table.totals_rows)))  # fmt: skip
        if child.name == "tableColumns" and inside:
            _add_columns(document, child, [changes.headings[letter] for letter in letters])


def _add_columns(document: XmlPart, columns: Element, headings: list[str]) -> None:
    ids = [int(c.attributes.get("id", "0") or 0) for c in columns.children]
    for number, heading in enumerate(headings, start=max(ids, default=0) + 1):
        document.append_child(columns, f'<{columns.tag("tableColumn")} id="{number}" name={quoteattr(heading)}/>')
    document.set_attribute(columns, "count", str(len(ids) + len(headings)))
