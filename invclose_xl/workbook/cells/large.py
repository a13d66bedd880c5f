"""Read a large sheet part in pieces: plain XML in bulk, whatever is not plain with the XML parser.

In      the bytes of a sheet part, in pieces; nothing is ever held whole.
Out     the same batches of cells and merged areas that the XML parser alone gives.
Errors  BadXml, as the XML parser gives it.
Cost    half a microsecond per plain cell, five for the others and their neighbours in a piece of two megabytes.
Source  LAB "Read"; docs/decisions.md, "Two ways to read a sheet".
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from invclose_xl.workbook.cells.cells import Batch
from invclose_xl.workbook.cells.exact import ExactReader
from invclose_xl.workbook.cells.plain import Plain, read_plain
from invclose_xl.workbook.package.cell_reference import Range

BULK_FROM = 1 << 17
"""Bytes of a sheet part from which reading in bulk is faster, measured."""
PIECE = 2 << 20
THREADS, PIECES_AHEAD = 2, 3
"""The work is polars', which runs beside Python; more threads than this only cost memory."""
_OPENING = b"<sheetData>"
_CLOSING = b"</sheetData>"
_LONGEST_HEAD = 1 << 20
_UTF8 = re.compile(rb"^<\?xml[^>]*encoding=[\"'](?i:utf-?8|us-ascii)[\"']|^<\?xml (?![^>]*encoding)|^<[a-z]")


def read_large(chunks: Iterable[bytes], piece: int = PIECE) -> tuple[list[Batch], list[Range]]:
    """Read a sheet part; the result does not depend on the size of the pieces."""
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
        return _Reading(head[:at], piece, pool).run(head[at:], stream)


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

    def __init__(self, head: bytes, piece: int, pool: ThreadPoolExecutor) -> None:
        self._head = head
        self._piece = piece
        self._pool = pool
        self._row = 0
        self._batches: list[Batch] = []
        self._waiting: deque[tuple[bytes, Future[Plain | None]]] = deque()

    def run(self, pending: bytes, stream: Iterator[bytes]) -> tuple[list[Batch], list[Range]]:
        while True:
            while len(pending) < self._piece:
                chunk = next(stream, b"")
                if not chunk:
                    break
                pending += chunk
            if _has_markup(pending):
                return self._rest(pending, stream)
            end = pending.find(_CLOSING)
            cut = end if end >= 0 else pending.rfind(b"<row")
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
        reader = ExactReader(self._row)
        reader.feed(self._head)
        batches, merges = _exactly(pending, stream, reader)
        return self._batches + batches, merges

    def _submit(self, rows: bytes) -> None:
        """Have whole rows read while the next ones are unpacked."""
        if rows:
            self._waiting.append((rows, self._pool.submit(read_plain, rows)))
            self._settle(PIECES_AHEAD)

    def _settle(self, ahead: int) -> None:
        """Take what was read, in order, until only so many pieces are still being read."""
        while len(self._waiting) > ahead:
            rows, future = self._waiting.popleft()
            plain = future.result()
            if plain is not None:
                self._batches.append(plain.batch)
                self._row = plain.last_row
                continue
            reader = ExactReader(self._row)
            reader.feed(self._head + rows + _CLOSING)
            self._batches += reader.finish()
            self._row = reader.row
