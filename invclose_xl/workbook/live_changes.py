"""What has to change in an open book so that its result sheets hold other entries: computed whole, done, or undone.

In      the result sheets as they stand and as they shall be (``result_cells``).
Out     changes, each of which can be done to an open book and taken back; block by block, never cell by cell.
Errors  whatever the application says; ``apply`` takes back what was done before it lets the error through.
Cost    one comparison of all entries; one call of the application per block and per column format.
Source  WORKBOOK "Written".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from invclose_xl.domain.problem import InvCloseError
from invclose_xl.workbook.cell_reference import Range
from invclose_xl.workbook.layout import CLOSED_DATE_NAME
from invclose_xl.workbook.result_cells import Entry, ResultSheet, Rows, cell_of

BLOCK = 5_000
"""Rows per call: large enough to be quick, small enough for a progress bar and the Esc key."""
LONGEST_IN_BLOCK = 8_000
"""Older versions of Excel refuse blocks with longer texts; such cells go one by one."""
MOST_LINKS = 250
"""A link is a call of its own; beyond that the cell names the place without a link."""
HEADER_FILL, HEADER_FONT = (31, 78, 120), (255, 255, 255)
GENERAL = "General"


class UndoFailed(InvCloseError):
    """A change could not be taken back; the copy beside the book is the book as it was."""


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
            (i, k)
            for i, row in enumerate(entries)
            for k, entry in enumerate(row)
            if isinstance(entry, str) and len(entry) > LONGEST_IN_BLOCK
        ]
        apart = set(long)
        self._cells(sheet, 0, len(self.codes)).value = [
            [None if (i, k) in apart else typed(entry, self.codes[k]) for k, entry in enumerate(row)]
            for i, row in enumerate(entries)
        ]
        for i, k in long:
            sheet.range((self.row + i, self.column + k)).value = typed(entries[i][k], self.codes[k])


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
class Links:
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

    links: Links

    def do(self, book: Any) -> None:
        """Take them out."""
        self.links.clear(book)

    def undo(self, book: Any) -> None:
        """Put them back; their entries stand again."""
        self.links.add(book)


@dataclass(slots=True)
class AddLinks:
    """New links come after entries have changed."""

    links: Links

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


# ---- comparing


def changes(before: Mapping[str, ResultSheet], after: Mapping[str, ResultSheet], has_date_name: bool) -> list[Change]:
    """Return every change that turns the sheets of ``before`` into those of ``after``, in the order to make them."""
    found: list[Change] = []
    for name, sheet in after.items():
        old = before.get(name)
        if old is None:
            found.append(AddSheet(sheet))
            found += _blocks(sheet, {}, sheet.rows)
            found.append(DressSheet(sheet, sheet.spec.table == "lock" and not has_date_name))
            found += [AddLinks(links) for links in _links(sheet, {})]
            continue
        grows = _resized(old, sheet)
        found += [ClearLinks(links) for links in _links(old, sheet.rows)]
        if grows is not None and grows.new.bottom > grows.old.bottom:
            found.append(grows)
        found += _blocks(sheet, old.rows, sheet.rows)
        found += [AddLinks(links) for links in _links(sheet, old.rows)]
        if grows is not None and grows.new.bottom < grows.old.bottom:
            found.append(grows)
    return found


def _resized(old: ResultSheet, new: ResultSheet) -> ResizeTable | None:
    if not old.table or old.table_range is None or new.table_range is None or old.table_range == new.table_range:
        return None
    return ResizeTable(new.name, old.table, new.table_range, old.table_range)


def _blocks(sheet: ResultSheet, old: Rows, new: Rows) -> Iterator[WriteBlock]:
    """Yield the rectangles that differ."""
    width = max((len(row) for rows in (old, new) for row in rows.values()), default=0)
    blank: list[Entry] = []

    def full(row: list[Entry]) -> list[Entry]:
        return row + [None] * (width - len(row))

    changed = [n for n in sorted(old.keys() | new.keys()) if full(old.get(n, blank)) != full(new.get(n, blank))]
    for first, last in _runs(changed, sheet.heading_row):
        rows = range(first, last + 1)
        was, shall = [full(old.get(n, blank)) for n in rows], [full(new.get(n, blank)) for n in rows]
        is_new = all(n not in old for n in rows)
        differ = [any(a[k] != b[k] for a, b in zip(was, shall, strict=True)) for k in range(width)]
        for left, right in _columns(differ):
            codes = [sheet.formats.get(k + 1, "") if first > sheet.heading_row else "" for k in range(left, right)]
            yield WriteBlock(
                sheet.name, first, left + 1, [r[left:right] for r in shall], [r[left:right] for r in was], codes,
                is_new and first > sheet.heading_row,
            )  # fmt: skip


def _runs(rows: list[int], heading_row: int) -> Iterator[tuple[int, int]]:
    """Yield runs of rows: unbroken, at most a block long, not across the headings."""
    start = 0
    for position in range(1, len(rows) + 1):
        ends = (
            position == len(rows)
            or rows[position] != rows[position - 1] + 1
            or position - start >= BLOCK
            or rows[position - 1] <= heading_row
        )
        if ends:
            yield rows[start], rows[position - 1]
            start = position


def _columns(differ: list[bool]) -> Iterator[tuple[int, int]]:
    start = None
    for position, is_different in enumerate([*differ, False]):
        if is_different and start is None:
            start = position
        elif not is_different and start is not None:
            yield start, position
            start = None


def _links(sheet: ResultSheet, other: Rows) -> Iterator[Links]:
    """Yield the links of a sheet whose entries are not the same in other rows."""
    at = next((sheet.columns[c.field] for c in sheet.spec.columns if c.kind == "link" and c.field in sheet.columns), 0)
    targets = []
    for number, row in sorted(sheet.rows.items()):
        entry = row[at - 1] if at and number > sheet.heading_row and at <= len(row) else None
        target = entry[1:] if isinstance(entry, str) else ""
        was = other.get(number, [])
        if cell_of(target) and (at > len(was) or was[at - 1] != entry):
            targets.append((number, target))
    if targets:
        yield Links(sheet.name, at, (targets[0][0], targets[-1][0]), tuple(targets))


# ---- doing


def apply(book: Any, planned: Sequence[Change], between: Callable[[int, int], None]) -> None:
    """Make the changes; if one fails, or ``between`` raises, take back what was done and let the error through."""
    done: list[Change] = []
    try:
        for position, change in enumerate(planned):
            between(position, len(planned))
            done.append(change)
            change.do(book)
    except BaseException as reason:
        _take_back(book, done, reason)
        raise


def _take_back(book: Any, done: list[Change], reason: BaseException) -> None:
    failed: Exception | None = None
    for change in reversed(done):
        try:
            change.undo(book)
        except Exception as fault:  # the rest must be taken back all the same
            failed = fault
    if failed is not None:
        raise UndoFailed(f"{reason}; and what was written could not be taken back ({failed})") from reason
