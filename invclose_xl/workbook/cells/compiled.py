"""Read whole rows of plain sheet XML with the compiled scan.

In      the text of whole ``<row>`` elements.
Out     a Batch of the cells of all rows before the first that is not plain.
Errors  BadXml for an entity that does not exist.
Cost    see scan; the texts of a piece are made into a column at once.
"""

from threading import local

import numpy as np
import polars as pl

from invclose_xl.workbook.cells.cells import Batch, order_by_column
from invclose_xl.workbook.cells.plain import Plain
from invclose_xl.workbook.cells.scan import (
    CELLS,
    FACTS,
    HAS_ENTITIES,
    HAS_ESCAPES,
    HIGHEST_FORMAT,
    LAST_ROW,
    POOL_BYTES,
    ROUGH_ENDS,
    ROW_FORMATS,
    SEEN_SLOTS,
    SENTINEL,
    SEPARATOR,
    SHORTEST_CELL,
    STOPPED_AT,
    TEXTS,
    scan_rows,
)
from invclose_xl.workbook.cells.texts import read_entities, unescape_all
from invclose_xl.workbook.package.mentions import MOST_CELL_FORMATS
from invclose_xl.workbook.package.mentions_compiled import highest_format


class _Scratch:
    """Room that a scan writes into, for pieces of up to so many bytes; used again, because fresh memory is slow."""

    def __init__(self, size: int) -> None:
        most = size // SHORTEST_CELL + 2
        self.size = size
        self.row, self.column, self.style, self.text_at = (np.empty(most, dtype=np.int32) for _ in range(4))
        self.kind, self.number = np.empty(most, dtype=np.uint8), np.empty(most, dtype=np.float64)
        self.pool, self.text_start = np.empty(size + 2, dtype=np.uint8), np.zeros(most, dtype=np.int32)


class _OfThread(local):
    scratch: _Scratch | None = None


_of_thread = _OfThread()


def _scratch_for(size: int) -> _Scratch:
    """Return this thread's scratch, made anew where it is too small."""
    if _of_thread.scratch is None or _of_thread.scratch.size < size:
        _of_thread.scratch = _Scratch(size)
    return _of_thread.scratch


def read_compiled(rows: bytes, row_before: int) -> Plain:
    """Read whole rows up to the first that is not plain."""
    try:
        rows.isascii() or rows.decode()
    except UnicodeDecodeError:
        return Plain(None, row_before, 0)
    scratch = _scratch_for(len(rows))
    seen, facts = np.zeros(SEEN_SLOTS, dtype=np.int32), np.zeros(FACTS, dtype=np.int64)
    data = rows + SENTINEL
    scan_rows(
        data, len(rows), row_before, scratch.row, scratch.column, scratch.kind, scratch.style, scratch.number,
        scratch.text_at, scratch.pool, scratch.text_start,
        seen, facts,
    )  # fmt: skip
    cells = int(facts[CELLS])
    if not facts[STOPPED_AT]:
        return Plain(None, row_before, 0)
    order = order_by_column(scratch.column[:cells])
    batch = Batch(
        scratch.row[order], scratch.column[order], scratch.kind[order], scratch.style[order], scratch.number[order],
        scratch.text_at[order],
        _texts(scratch.pool[: max(int(facts[POOL_BYTES]) - 1, 0)].tobytes(), facts),
        is_trimmed=not (facts[ROUGH_ENDS] or facts[HAS_ENTITIES] or facts[HAS_ESCAPES]),
    )  # fmt: skip
    highest = int(facts[HIGHEST_FORMAT])
    if facts[ROW_FORMATS]:
        highest = max(highest, int(highest_format(data, len(rows), MOST_CELL_FORMATS)))
    return Plain(batch, int(facts[LAST_ROW]), int(facts[STOPPED_AT]), highest)


def _texts(pool: bytes, facts: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pl.Series:
    if not facts[TEXTS]:
        return pl.Series([], dtype=pl.String)
    texts = pl.Series([pool.decode()]).str.split(chr(SEPARATOR)).explode()
    if facts[HAS_ENTITIES]:
        texts = read_entities(texts)
    return unescape_all(texts) if facts[HAS_ESCAPES] or facts[HAS_ENTITIES] else texts
