"""Changes of an open book, each of which can be made and taken back: blocks of cells, tables, sheets, links.

In      a book as xlwings has it.
Out     the change made; nothing else of the book is touched.
Errors  whatever the application says.
Cost    one call of the application per block and per column format, one per link.
Source  xlwings API reference; WORKBOOK "Written".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from invclose_xl.workbook.layout import CLOSED_DATE_NAME
from invclose_xl.workbook.package.cell_reference import Range
from invclose_xl.workbook.results.earlier_cells import Entry, ResultSheet

LONGEST_IN_BLOCK = 8_000
"""Older versions of Excel refuse blocks with longer texts; such cells go one by one."""
MOST_LINKS = 250
"""A link is a call of its own; beyond that the cell names the place without a link."""
HEADER_FILL, HEADER_FONT = (31, 78, 120), (255, 255, 255)
GENERAL = "General"


class Change(Protocol):
    """One call or a few that belong together."""

    def do(self, book: Any) -> None:
        """Make the change."""

    def undo(self, book: Any) -> None:
        """Take it back; called only after ``do`` was called, even if that failed half way."""


@dataclass(slots=True)
class WriteBlock:
    """Entries of a rectangle; ``formats`` are set first, for the columns that get cells they did not have."""

    sheet: str
    row: int
    column: int
    new: list[list[Entry]]
    old: list[list[Entry]]
    codes: Sequence[str]
    """number format of each column"""
    sets_formats: bool
    before: list[Any] = field(default_factory=list)

    def do(self, book: Any) -> None:
        """Write the new entries."""
        sheet = book.sheets[self.sheet]
        if self.sets_formats:
            for offset, code in enumerate(self.codes):
                cells = self._cells(sheet, offset, 1)
                self.before.append(cells.number_format or GENERAL)
                cells.number_format = code or GENERAL
        self._write(sheet, self.new)

    def undo(self, book: Any) -> None:
        """Write the old entries."""
        sheet = book.sheets[self.sheet]
        self._write(sheet, self.old)
        for offset, code in enumerate(self.before):
            self._cells(sheet, offset, 1).number_format = code

    def _cells(self, sheet: Any, offset: int, width: int) -> Any:
        first = (self.row, self.column + offset)
        return sheet.range(first, (self.row + len(self.new) - 1, self.column + offset + width - 1))

    def _write(self, sheet: Any, entries: list[list[Entry]]) -> None:
        long = [
            (row_number, column_number)
            for row_number, row in enumerate(entries)
            for column_number, entry in enumerate(row)
            if isinstance(entry, str) and len(entry) > LONGEST_IN_BLOCK
        ]
        apart = set(long)
        self._cells(sheet, 0, len(self.codes)).value = [
            [
                None if (row_number, column_number) in apart else typed(entry, self.codes[column_number])
                for column_number, entry in enumerate(row)
            ]
            for row_number, row in enumerate(entries)
        ]
        for row_number, column_number in long:
            sheet.range((self.row + row_number, self.column + column_number)).value = typed(
                entries[row_number][column_number], self.codes[column_number]
            )


@dataclass(slots=True)
class ClearRows:
    """Rows of the user's own to be emptied; formats stay."""

    sheet: str
    first: int
    last: int
    width: int
    was: Any = None

    def do(self, book: Any) -> None:
        """Empty them."""
        cells = self._cells(book)
        self.was = cells.formula
        cells.clear_contents()

    def undo(self, book: Any) -> None:
        """Put back what was entered, formulas as formulas."""
        if self.was is not None:
            self._cells(book).formula = self.was

    def _cells(self, book: Any) -> Any:
        return book.sheets[self.sheet].range((self.first, 1), (self.last, self.width))


@dataclass(slots=True)
class ResizeTable:
    """The range of a table."""

    sheet: str
    table: str
    new: Range
    old: Range

    def do(self, book: Any) -> None:
        """Fit it."""
        sheet = book.sheets[self.sheet]
        sheet.tables[self.table].resize(sheet.range(str(self.new)))

    def undo(self, book: Any) -> None:
        """Give it the old range back."""
        sheet = book.sheets[self.sheet]
        sheet.tables[self.table].resize(sheet.range(str(self.old)))


@dataclass(slots=True)
class AddSheet:
    """A result sheet that the book does not have yet, without its entries."""

    sheet: ResultSheet

    def do(self, book: Any) -> None:
        """Add it behind the last one."""
        made = book.sheets.add(self.sheet.name, after=book.sheets[len(book.sheets) - 1])
        for at, column in enumerate(self.sheet.spec.columns, 1):
            made.range((1, at)).column_width = max(column.width, len(column.heading) + 3)

    def undo(self, book: Any) -> None:
        """Delete it."""
        if self.sheet.name in [sheet.name for sheet in book.sheets]:
            book.sheets[self.sheet.name].delete()


@dataclass(slots=True)
class DressSheet:
    """Heading colours, table, frozen headings, visibility, the name of the closed date: goes when the sheet goes."""

    sheet: ResultSheet
    names_date: bool

    def do(self, book: Any) -> None:
        """Dress a sheet whose entries stand."""
        spec, made = self.sheet, book.sheets[self.sheet.name]
        width = len(spec.spec.columns)
        headings = made.range((spec.heading_row, 1), (spec.heading_row, width))
        if spec.table_range is not None and spec.table:
            cells = made.range(str(spec.table_range))
            made.tables.add(source=cells, name=spec.table, has_headers=True, table_style_name="TableStyleLight1")
        headings.color, headings.font.color, headings.font.bold = HEADER_FILL, HEADER_FONT, True
        for (row, column), code in spec.top_formats.items():
            if code:
                made.range((row, column)).number_format = code
        if self.names_date:
            book.names.add(CLOSED_DATE_NAME, f"='{spec.name}'!$C$1")
        if spec.is_hidden:
            made.visible = False

    def undo(self, book: Any) -> None:
        """Take the name away; the rest goes with the sheet."""
        if self.names_date and CLOSED_DATE_NAME in [name.name for name in book.names]:
            book.names[CLOSED_DATE_NAME].delete()


@dataclass(slots=True)
class CellLinks:
    """Links of cells that name other cells; the entries themselves are written in between (see ``changes``)."""

    sheet: str
    column: int
    rows: tuple[int, int]
    """first and last row that may have a link"""
    targets: tuple[tuple[int, str], ...]
    """row, cell it names"""

    def clear(self, book: Any) -> None:
        """Take links, and the entries with them, out of the cells; emptying a cell alone leaves its link."""
        first, last = self.rows
        book.sheets[self.sheet].range((first, self.column), (last, self.column)).clear()

    def add(self, book: Any) -> None:
        """Make the cells links."""
        sheet = book.sheets[self.sheet]
        for row, target in self.targets[:MOST_LINKS]:
            cell = sheet.range((row, self.column))
            cell.add_hyperlink(f"#{target}", text_to_display=target, screen_tip="Go to the cell")


@dataclass(slots=True)
class ClearLinks:
    """Old links go before entries change."""

    links: CellLinks

    def do(self, book: Any) -> None:
        """Take them out."""
        self.links.clear(book)

    def undo(self, book: Any) -> None:
        """Put them back; their entries stand again."""
        self.links.add(book)


@dataclass(slots=True)
class AddLinks:
    """New links come after entries have changed."""

    links: CellLinks

    def do(self, book: Any) -> None:
        """Add them."""
        self.links.add(book)

    def undo(self, book: Any) -> None:
        """Take them out; the old entries are written after."""
        self.links.clear(book)


def typed(entry: Entry, code: str) -> Entry:
    """Return what an application is given: text that it would take for something else keeps its ``'``."""
    if not isinstance(entry, str) or not entry.startswith("'"):
        return entry
    text = entry[1:]
    if code == "@" or (text[:1].isalpha() and " " in text and len(text) > 20):
        return text if not text.startswith("'") else entry
    return entry
