"""The same data as a workbook and as a folder of tables, closed side by side, and what both came to.

In      a workbook; the folder follows it: its tables are those of the workbook, its closings are its own.
Out     the result tables of both, put so that they must be equal.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from invclose_xl.api.context.places import read_data
from invclose_xl.api.converting import convert
from invclose_xl.cli.main import main
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import LockedKind

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
OF_PLACES = (pl.col("kind") == LockedKind.RESULT_ROWS) & pl.col("transaction").is_in(["log", "lock"])
"""prints of rows that name a place or a digest"""


@dataclass
class Both:
    """A workbook, and its tables."""

    book: Path
    folder: Path

    @staticmethod
    def of(book: Path) -> "Both":
        both = Both(book, book.with_suffix(""))
        convert(both.book, both.folder)
        return both

    def follow(self) -> None:
        """Give the folder the rows that the workbook got meanwhile."""
        fresh = self.book.with_name("fresh")
        convert(self.book, fresh)
        closings = fresh / "closings"
        shutil.rmtree(closings, ignore_errors=True)
        shutil.move(self.folder / "closings", closings)
        shutil.rmtree(self.folder)
        fresh.rename(self.folder)

    def run(self, command: str, options: Sequence[str] = (), of_book: Sequence[str] = ()) -> int:
        """Run a command on both; they must end alike."""
        code = main([command, str(self.book), *options, *of_book], NOW, "auditor")
        assert self.run_folder(command, options) == code
        return code

    def run_folder(self, command: str, options: Sequence[str]) -> int:
        """Run a command on the folder alone."""
        return main([command, str(self.folder), *options], NOW, "auditor")

    def compare(self) -> None:
        """Demand that both hold the same."""
        assert_same(results(self.book), results(self.folder))


def results(path: Path) -> Tables:
    reading = read_data(path)
    assert reading.book is not None, [p.line() for p in reading.problems]
    return {name: comparable(name, frame) for name, frame in reading.book.history.items()}


def comparable(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Put a table so that it is the same for sheets and for tables: oldest closing first, no places, no digests."""
    frame = frame.sort("closing", maintain_order=True)
    if name == "log":
        return frame.drop("cell").with_columns(pl.col("message", "fix").str.replace_all(r"\b[A-Z]+(\d+)\b", "row $1"))
    if name == "lock":
        return frame.drop("digest")
    if name == "locked_rows":
        return frame.filter(~OF_PLACES)
    return frame


def assert_same(one: Tables, other: Tables) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert_frame_equal(one[name], other[name], check_dtypes=True)
