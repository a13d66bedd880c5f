"""Parquet files of one table.

In      files with the same columns.
Out     an ExportTable; numbers are given as the text of their exact value, floats by the shortest text that means them.
Errors  IC405 for a file that is no Parquet.
Source  EXPORTS.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from invclose_xl.importing.faults import fault
from invclose_xl.importing.sources.table import ExportTable, as_text


def parquet_table(files: Sequence[Path], names: tuple[str, ...]) -> ExportTable:
    """Return the table that lies in Parquet files."""
    columns = headings_of(files[0])
    sizes: list[int] = []

    def read(wanted: Sequence[str]) -> pl.DataFrame:
        parts = [as_text(read_parquet(file, wanted)) for file in files]
        sizes[:] = [part.height for part in parts]
        return pl.concat(parts)

    return ExportTable(
        names, files[0].name, "Parquet", columns, read, 2, len(files), tuple(file.name for file in files), sizes
    )


def headings_of(file: Path) -> tuple[str, ...]:
    """Return the columns of a Parquet file."""
    return tuple(schema_of(file))


def schema_of(file: Path) -> Mapping[str, pl.DataType]:
    """Return names and types of the columns."""
    try:
        return pl.read_parquet_schema(file)
    except (pl.exceptions.PolarsError, OSError) as reason:
        raise _damaged(file, reason) from None


def read_parquet(file: Path, wanted: Sequence[str]) -> pl.DataFrame:
    """Read some columns of one file."""
    missing = [column for column in wanted if column not in schema_of(file)]
    if missing:
        raise fault(
            "IC403", file.name, "", f"The column {missing[0]} is missing here, but other files of the table have it.",
            "Export all files of the table with the same columns.",
        )  # fmt: skip
    try:
        return pl.read_parquet(file, columns=list(wanted))
    except (pl.exceptions.PolarsError, OSError) as reason:
        raise _damaged(file, reason) from None


def _damaged(file: Path, reason: BaseException) -> Exception:
    text = str(reason).splitlines()[0]
    return fault("IC405", file.name, "", f"The file cannot be read as Parquet: {text}.", "Export the table again.")
