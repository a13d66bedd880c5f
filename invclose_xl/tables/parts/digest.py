"""The sorted lines of large tables, for the Digest: written into buckets by their beginning, sorted bucket by bucket.

In      rows of result tables, piece by piece.
Out     the lines of a table as closing.state.locked_rows.compute_digest_of_tables takes them.
Errors  OSError, as the drive has it.
Cost    O(rows log rows); in memory is one bucket. The bounds of the buckets are lines of the first piece and of a
        sample of every other, so that a bucket is larger than meant only where the lines of a table are not alike.
Source  RULES R10.2 (Digest).
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from invclose_xl.closing.state.locked_rows import LINE_END, LINES_AT_ONCE, write_row_texts
from invclose_xl.domain.book import Scales
from invclose_xl.domain.tables import FORMAT

IN_A_BUCKET = 500_000
SAMPLED = 200
"""of so many lines one is looked at to find the bounds"""


class SortedLines:
    """Lines of all tables of a run."""

    def __init__(self, folder: Path, scales: Scales) -> None:
        self._folder, self._scales = folder, scales
        self._pieces: dict[str, int] = {}
        self._samples: dict[str, list[str]] = {}
        self._rows: dict[str, int] = {}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Keep the lines of some rows."""
        lines = write_row_texts(frame, name, self._scales, FORMAT).sort().alias("line")
        if not len(lines):
            return
        number = self._pieces[name] = self._pieces.get(name, 0) + 1
        self._rows[name] = self._rows.get(name, 0) + len(lines)
        # As texts of Python: a column of some lines would hold the memory of all of them.
        self._samples.setdefault(name, []).extend(lines.gather_every(SAMPLED).to_list())
        (self._folder / name).mkdir(parents=True, exist_ok=True)
        lines.to_frame().write_parquet(self._file(name, number), compression="lz4", row_group_size=20_000)

    def _file(self, name: str, number: int) -> Path:
        return self._folder / name / f"{number:08}.parquet"

    def of(self, name: str) -> Iterator[bytes]:
        """Yield the sorted lines of a table put together, some thousands at a time."""
        is_first = True
        for bucket in self._buckets(name):
            for start in range(0, len(bucket), LINES_AT_ONCE):
                piece: bytes = bucket.slice(start, LINES_AT_ONCE).str.join(LINE_END).cast(pl.Binary).item()
                yield piece if is_first else LINE_END.encode() + piece
                is_first = False

    def _buckets(self, name: str) -> Iterator[pl.Series]:
        """Every piece is sorted, so of a bucket only the row groups between its bounds are read."""
        if name not in self._pieces:
            return
        scan = pl.scan_parquet([self._file(name, k) for k in range(1, self._pieces[name] + 1)])
        line = pl.col("line")
        bounds = self._bounds(name)
        for low, high in zip([None, *bounds], [*bounds, None], strict=True):
            inside = pl.lit(value=True)
            inside = inside if low is None else inside & (line >= low)
            inside = inside if high is None else inside & (line < high)
            yield scan.filter(inside).collect().to_series().sort()

    def _bounds(self, name: str) -> list[str]:
        sample = pl.Series(self._samples[name], dtype=pl.String).sort()
        count = self._rows[name] // IN_A_BUCKET
        at = [len(sample) * k // (count + 1) for k in range(1, count + 1)]
        return sample.gather(at).unique().sort().to_list()
