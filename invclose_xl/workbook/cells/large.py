"""Read a large sheet part in pieces: plain rows in bulk, whatever is not plain with the XML parser.

In      the bytes of a sheet part, in pieces; nothing is ever held whole.
Out     the same batches of cells and merged areas that the XML parser alone gives.
Errors  BadXml, as the XML parser gives it.
Cost    a twentieth of a microsecond per plain cell where there is a compiler, half of one without; five for the others.
Source  LAB "Read"; docs/decisions.md, "Two ways to read a sheet".
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from invclose_xl.domain.machine_code import is_available
from invclose_xl.workbook.cells.cells import Batch
from invclose_xl.workbook.cells.exact import ExactReader
from invclose_xl.workbook.cells.plain import Plain, read_plain
from invclose_xl.workbook.package.cell_reference import Range
from invclose_xl.workbook.package.mentions import MOST_CELL_FORMATS, highest_format_in


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of a sheet part from which another reader is faster, measured."""

    bulk: int = 1 << 17
    compiled: int = 24 << 20
    """from here it pays to load the compiler"""


PIECE = 2 << 20
THREADS, PIECES_AHEAD = 2, 3
"""The work runs beside Python; more threads than this only cost memory."""
MOST_ODD_ROWS = 8
"""So many rows of a piece are read one by one before the rest of it is left to the parser."""
_OPENING = b"<sheetData>"
_CLOSING = b"</sheetData>"
_ROW = b"<row"
_LONGEST_HEAD = 1 << 20
_UTF8 = re.compile(rb"^<\?xml[^>]*encoding=[\"'](?i:utf-?8|us-ascii)[\"']|^<\?xml (?![^>]*encoding)|^<[a-z]")

PlainReader = Callable[[bytes, int], Plain]


def plain_reader(size: int, limits: Limits) -> PlainReader:
    """Return what reads the plain rows of a part of so many bytes."""
    if size < limits.compiled or not is_available():
        return read_plain
    from invclose_xl.workbook.cells.compiled import read_compiled

    return read_compiled


def read_large(
    chunks: Iterable[bytes],
    reader: PlainReader = read_plain,
    piece: int = PIECE,
    hears_format: Callable[[int], None] = lambda _: None,
) -> tuple[list[Batch], list[Range]]:
    """Read a sheet part; the result depends neither on the size of the pieces nor on the reader of plain rows.

    ``hears_format`` is told the highest cell format that the part names, where all of it was looked at.
    """
    stream = iter(chunks)
    head = b""
    while _OPENING not in head and len(head) < _LONGEST_HEAD:
        chunk = next(stream, b"")
        if not chunk:
            break
        head += chunk
    at = head.find(_OPENING) + len(_OPENING)
    if at < len(_OPENING) or b"<!" in head[:at] or not _UTF8.match(head) or not _is_plain_head(head[:at]):
        return _exactly(head, stream, ExactReader())
    with ThreadPoolExecutor(THREADS) as pool:
        reading = _Reading(head[:at], piece, _beside(pool), reader)
        found = reading.run(head[at:], stream)
    if reading.highest_format is not None:
        hears_format(reading.highest_format)
    return found


Submit = Callable[[PlainReader, bytes], Callable[[], Plain]]


def _beside(pool: ThreadPoolExecutor) -> Submit:
    """Return what has rows read beside this thread; at once and in it where no thread can be started."""

    def submit(reader: PlainReader, rows: bytes) -> Callable[[], Plain]:
        try:
            return pool.submit(reader, rows, 0).result
        except RuntimeError:
            plain = reader(rows, 0)
            return lambda: plain

    return submit


def _is_plain_head(head: bytes) -> bool:
    """Say whether the cells that follow carry no prefix: the parser sees the same ``sheetData`` as we do."""
    reader = ExactReader()
    reader.feed(head)
    return reader.in_cells


def _exactly(pending: bytes, stream: Iterator[bytes], reader: ExactReader) -> tuple[list[Batch], list[Range]]:
    reader.feed(pending)
    for chunk in stream:
        reader.feed(chunk)
    reader.feed(b"", last=True)
    return reader.finish(), reader.merges


def _has_markup(data: bytes) -> bool:
    """Say whether there are comments, CDATA or instructions; the rare second letter is looked for first."""
    return (b"!" in data and b"<!" in data) or (b"?" in data and b"<?" in data)


class _Reading:
    """One pass over the rows of a sheet."""

    def __init__(self, head: bytes, piece: int, submit: Submit, reader: PlainReader) -> None:
        self._head = head
        self._piece = piece
        self._beside = submit
        self._plain = reader
        self._row = 0
        self.highest_format: int | None = highest_format_in([head], MOST_CELL_FORMATS)
        """None where some of the part was not looked at"""
        self._batches: list[Batch] = []
        self._waiting: deque[tuple[bytes, Callable[[], Plain]]] = deque()

    def run(self, pending: bytes, stream: Iterator[bytes]) -> tuple[list[Batch], list[Range]]:
        while True:
            parts, size = [pending], len(pending)
            while size < self._piece and (chunk := next(stream, b"")):
                parts.append(chunk)
                size += len(chunk)
            pending = b"".join(parts)
            if _has_markup(pending):
                return self._rest(pending, stream)
            end = pending.find(_CLOSING)
            cut = end if end >= 0 else pending.rfind(_ROW)
            if cut <= 0 and end < 0:
                return self._rest(pending, stream)
            self._submit(pending[:cut])
            pending = pending[cut:]
            if end >= 0:
                break
        self._settle(0)
        batches, merges = _exactly(self._head + pending, stream, ExactReader())
        return self._batches + batches, merges

    def _rest(self, pending: bytes, stream: Iterator[bytes]) -> tuple[list[Batch], list[Range]]:
        """Read everything that is left with the parser."""
        self._settle(0)
        self.highest_format = None
        reader = ExactReader(self._row)
        reader.feed(self._head)
        batches, merges = _exactly(pending, stream, reader)
        return self._batches + batches, merges

    def _submit(self, rows: bytes) -> None:
        """Have whole rows read while the next ones are unpacked."""
        if rows:
            self._waiting.append((rows, self._beside(self._plain, rows)))
            self._settle(PIECES_AHEAD)

    def _settle(self, ahead: int) -> None:
        """Take what was read, in order, until only so many pieces are still being read."""
        while len(self._waiting) > ahead:
            rows, result = self._waiting.popleft()
            plain = result()
            self._take(plain)
            odd = 0
            while plain.end < len(rows):
                start, odd = plain.end, odd + 1
                stop = rows.find(_ROW, start + 1) if start > 0 and odd <= MOST_ODD_ROWS else -1
                self._read_exactly(rows[start:] if stop < 0 else rows[start:stop])
                if stop < 0:
                    break
                rows = rows[stop:]
                plain = self._plain(rows, self._row)
                self._take(plain)

    def _take(self, plain: Plain) -> None:
        if plain.batch is not None:
            self._batches.append(plain.batch)
            self._row = plain.last_row
            self._see(plain.highest_format)

    def _see(self, highest: int | None) -> None:
        known = self.highest_format
        self.highest_format = None if known is None or highest is None else max(known, highest)

    def _read_exactly(self, rows: bytes) -> None:
        self._see(highest_format_in([rows], MOST_CELL_FORMATS))
        reader = ExactReader(self._row)
        reader.feed(self._head + rows + _CLOSING)
        self._batches += reader.finish()
        self._row = reader.row
