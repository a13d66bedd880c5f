"""Result tables of a run that are too large for memory: files on the drive, read when somebody asks for them.

In      the folder in which a run in parts put its rows together.
Out     Tables (domain.tables) as everybody takes them; or each table written as one file, without reading it whole.
Errors  OSError, as the drive has it.
Source  WORKBOOK "Command line" (--memory).
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.tables import SHEETS, Tables
from invclose_xl.tables.results import COMPRESSION, engine_frame, fields_of, spec_of, table_of


class OnDrive(dict[str, pl.DataFrame]):
    """Result tables of a run that lie on the drive; each is read when it is asked for."""

    def __init__(self, small: Tables, folder: Path, rows: dict[str, int], scales: Scales) -> None:
        super().__init__(small)
        self.rows, self._folder, self._scales = rows, folder, scales

    def __missing__(self, name: str) -> pl.DataFrame:
        """Read a table."""
        if name not in self.rows:
            raise KeyError(name)
        return pl.concat([pl.DataFrame(schema=SHEETS[name]), *self.pieces(name)])

    def pieces(self, name: str) -> Iterator[pl.DataFrame]:
        """Yield the rows of a table file by file."""
        sheet = spec_of(name)
        for file in self._list_files(name):
            yield engine_frame(sheet, fields_of(sheet, pl.scan_parquet(file)).collect(), self._scales)

    def _list_files(self, name: str) -> list[Path]:
        """Return the files of a table, in the order of its rows."""
        return sorted((self._folder / name).glob("*.parquet"))

    def copy_to(self, name: str, path: Path) -> int:
        """Write a table as one file; return its rows."""
        files = self._list_files(name)
        if not files:
            frame = table_of(spec_of(name), self[name], self._scales)
            frame.write_parquet(path, compression=COMPRESSION)
            return len(frame)
        pl.scan_parquet(files, hive_partitioning=False).sink_parquet(path, compression=COMPRESSION)
        return self.rows[name]


class BehindHistory(dict[str, pl.DataFrame]):
    """The result tables after a run: those before it, and behind them the rows of the run, when they are asked for."""

    def __init__(self, lock: pl.DataFrame, earlier: Callable[[str], pl.DataFrame], new: OnDrive) -> None:
        super().__init__(lock=pl.concat([lock, new["lock"]]))
        self._earlier, self._new = earlier, new

    def __missing__(self, name: str) -> pl.DataFrame:
        """Put a table together."""
        return pl.concat([self._earlier(name), self._new[name]])
