"""One table of an export: where it lies, how it was read, and its cells as text.

In      a reader of a kind of file.
Out     ExportTable; ``read`` returns the wanted columns, every cell as the text of its exact value, null where
        it is blank.
Source  EXPORTS.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import polars as pl

Read = Callable[[Sequence[str]], pl.DataFrame]


def name_key(name: str) -> str:
    """Return what two names of a table or column share: letters and digits, in any case."""
    return "".join(c for c in name.casefold() if c.isalnum())


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table as it was found."""

    names: tuple[str, ...]
    """what it may be called: its file, its folder, its sheet; the first is shown"""
    file: str
    """of the first file, or ``book.xlsx, sheet``"""
    how: str
    """how it was read, in words"""
    columns: tuple[str, ...]
    read: Read
    """all rows of some columns as text"""
    first_row: int = 2
    """the number of the first row of data, as a spreadsheet program shows it"""
    parts: int = 1
    """how many files it comes in"""
    files: tuple[str, ...] = ()
    """their names, where it comes in several"""
    sizes: list[int] = field(default_factory=list)
    """how many rows each of them has, once they are read"""
    notes: list[str] = field(default_factory=list)
    """what was found out while reading the rows"""
    not_texts: Read | None = None
    """of a workbook: the cells of some columns that are dates or logical values, as text; null where they are not"""

    def place(self, row: int) -> tuple[str, int]:
        """Return the file that a row lies in, and its number there; ``row`` counts on through all files."""
        for file, size in zip(self.files, self.sizes, strict=False):
            if row < self.first_row + size:
                return file, row
            row -= size
        return self.file, row

    @property
    def keys(self) -> frozenset[str]:
        """Its names as they are compared."""
        return frozenset(name_key(name) for name in self.names)


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return every cell as the text of its exact value: floats by their shortest text, dates as ISO."""
    return frame.select([_column_as_text(frame.get_column(name)) for name in frame.columns])


def _column_as_text(values: pl.Series) -> pl.Series:
    kind = values.dtype
    if kind == pl.String:
        return values
    if kind == pl.Boolean:
        return values.cast(pl.Int8).cast(pl.String)
    if kind == pl.Date:
        return values.dt.to_string("%Y-%m-%d")
    if isinstance(kind, pl.Datetime):
        return values.dt.replace_time_zone(None).dt.to_string("%Y-%m-%dT%H:%M:%S")
    if kind.is_float():
        text = values.cast(pl.String)
        return text.str.replace(r"\.0$", "")
    if kind == pl.Binary:
        return values.cast(pl.String, strict=False)
    if kind.is_nested():
        return pl.Series(values.name, [None if v is None else str(v) for v in values.to_list()], dtype=pl.String)
    return values.cast(pl.String)
