"""Changes of an open book by which its result sheets hold other entries: computed whole, done, or undone.

In      the result sheets as they stand and as they shall be (``earlier_result``).
Out     changes, each of which can be done to an open book and taken back; block by block, never cell by cell.
Errors  whatever the application says; ``apply`` takes back what was done before it lets the error through.
Cost    one comparison of all entries; one call of the application per block and per column format.
Source  WORKBOOK "Written".
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.workbook.open_book.calls import (
    AddLinks,
    AddSheet,
    CellLinks,
    Change,
    ClearLinks,
    DressSheet,
    ResizeTable,
    WriteBlock,
)
from invclose_xl.workbook.results.earlier_cells import Entry, ResultSheet, Rows, cell_of

BLOCK = 5_000
"""Rows per call: large enough to be quick, small enough for a progress bar and the Esc key."""


PAUSES = (0.0, 0.1, 0.5)
"""Seconds before each attempt to take a change back: an application that is busy refuses calls for a moment."""


class UndoFailed(InvCloseError):
    """A change could not be taken back; the copy beside the book is the book as it was."""


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


def _links(sheet: ResultSheet, other: Rows) -> Iterator[CellLinks]:
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
        yield CellLinks(sheet.name, at, (targets[0][0], targets[-1][0]), tuple(targets))


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


@contextmanager
def for_now(book: Any, planned: Sequence[Change]) -> Iterator[None]:
    """Make changes that are taken back at the end, whatever happens in between."""
    done: list[Change] = []
    try:
        for change in planned:
            done.append(change)
            change.do(book)
        yield
    except BaseException as reason:
        _take_back(book, done, reason)
        raise
    _take_back(book, done, None)


def _take_back(book: Any, done: list[Change], reason: BaseException | None) -> None:
    failed: Exception | None = None
    reason_now: Exception | None = None
    for change in reversed(done):
        for pause in PAUSES:
            time.sleep(pause)
            try:
                change.undo(book)
                break
            except Exception as fault:  # the rest must be taken back all the same
                reason_now = fault
        else:
            failed = reason_now
    if failed is not None:
        told = f"{reason}; and what" if reason is not None else "What"
        raise UndoFailed(f"{told} was written could not be taken back ({failed})") from (reason or failed)
