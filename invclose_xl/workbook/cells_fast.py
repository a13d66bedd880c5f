"""Read a large sheet part in pieces: plain XML with the compiled scan, whatever is not plain with the XML parser.

In      the bytes of a sheet part, in pieces; nothing is ever held whole.
Out     the same batches of cells and merged areas that the XML parser alone gives.
Errors  BadXml, as the XML parser gives it.
Cost    0.1 microseconds per plain cell; two for the others, together with their neighbours of about two megabytes.
Source  LAB "Read"; docs/decisions.md, "Two ways to read a sheet".
"""

import re
from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from invclose_xl.workbook.cell_reference import Range
from invclose_xl.workbook.cells import Batch
from invclose_xl.workbook.cells_exact import ExactReader
from invclose_xl.workbook.cells_texts import read_entities, unescape_all

SCAN_FROM = 12 << 20
"""Bytes of a sheet part from which loading the compiler pays, measured on two cores."""
PIECE = 2 << 20
SHORTEST_CELL = len("<c><v>1</v></c>")
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
    reading = _Reading(head[:at], piece)
    return reading.run(head[at:], stream)


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


class Scratch:
    """Columns for the cells of one piece, used again for the next."""

    def __init__(self, size: int) -> None:
        most = size // SHORTEST_CELL + 1
        self.row, self.column, self.style, self.text_at = (np.empty(most, dtype=np.int32) for _ in range(4))
        self.kind = np.empty(most, dtype=np.uint8)
        self.number = np.empty(most, dtype=np.float64)
        self.text = np.empty(size, dtype=np.uint8)


class _Reading:
    """One pass over the rows of a sheet."""

    def __init__(self, head: bytes, piece: int) -> None:
        self._head = head
        self._piece = piece
        self._row = 0
        self._batches: list[Batch] = []
        self._scratch: Scratch | None = None

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
            self._take(pending[:cut])
            pending = pending[cut:]
            if end >= 0:
                break
        batches, merges = _exactly(self._head + pending, stream, ExactReader())
        return self._batches + batches, merges

    def _rest(self, pending: bytes, stream: Iterator[bytes]) -> tuple[list[Batch], list[Range]]:
        """Read everything that is left with the parser."""
        reader = ExactReader(self._row)
        reader.feed(self._head)
        batches, merges = _exactly(pending, stream, reader)
        return self._batches + batches, merges

    def _take(self, rows: bytes) -> None:
        if not rows:
            return
        batch = self._scanned(rows)
        if batch is not None:
            self._batches.append(batch)
            return
        reader = ExactReader(self._row)
        reader.feed(self._head + rows + _CLOSING)
        self._batches += reader.finish()
        self._row = reader.row

    def _scanned(self, rows: bytes) -> Batch | None:
        """Scan whole rows; None where they are not plain."""
        from invclose_xl.workbook.cells_scan import PADDING, scan

        if self._scratch is None or len(self._scratch.text) < len(rows):
            self._scratch = Scratch(len(rows))
        scratch = self._scratch
        row, column, kind, style = scratch.row, scratch.column, scratch.kind, scratch.style
        number, text_at, text = scratch.number, scratch.text_at, scratch.text
        xml = np.frombuffer(rows + bytes(PADDING), dtype=np.uint8)
        found, used, last = scan(xml, self._row, row, column, kind, style, number, text_at, text)
        if found < 0:
            return None
        try:
            texts = _split(text[:used].tobytes())
        except UnicodeDecodeError:
            return None
        self._row = last
        kept = slice(0, found)
        return Batch(
            row[kept].copy(), column[kept].copy(), kind[kept].copy(), style[kept].copy(), number[kept].copy(),
            text_at[kept].copy(), texts,
        )  # fmt: skip


def _split(joined: bytes) -> pl.Series:
    """Cut the texts of a batch apart at their dividers."""
    if not joined:
        return pl.Series([], dtype=pl.String)
    texts = pl.Series([joined[:-1].decode()]).str.split("<").explode()
    if b"&" in joined:
        texts = read_entities(texts)
    return unescape_all(texts) if b"_x" in joined or b"&" in joined else texts
