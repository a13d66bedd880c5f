"""A Delta table of an export.

In      a folder with ``_delta_log``.
Out     an ExportTable of the rows that are there now: files that the log removed are left out, columns that it keeps
        in the file names (partitions) are put back, columns that it renamed have their names.
Errors  IC416 where rows are deleted by a deletion vector, or the log cannot be followed (files.delta_log).
Source  EXPORTS.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from invclose_xl.files.delta_log import DeltaFault, DeltaTable, read_delta_log
from invclose_xl.importing.faults import fault
from invclose_xl.importing.sources.parquet import read_parquet
from invclose_xl.importing.sources.table import ExportTable, as_text


def delta_table(folder: Path) -> ExportTable:
    """Return the table as the log's last version has it."""
    try:
        delta = read_delta_log(folder)
    except DeltaFault as found:
        raise fault("IC416", folder.name, found.found, found.problem, found.fix) from found

    def read(wanted: Sequence[str]) -> pl.DataFrame:
        parts = [_part(folder, path, values, delta, wanted) for path, values in delta.files.items()]
        empty = pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
        return pl.concat([empty, *parts])

    how = f"Delta, version {delta.version}"
    return ExportTable((folder.name,), folder.name, how, tuple(delta.columns), read, 2, len(delta.files))


def _part(
    folder: Path, path: str, values: Mapping[str, str | None], delta: DeltaTable, wanted: Sequence[str]
) -> pl.DataFrame:
    """Read one file; partition columns have one value in all its rows."""
    file = folder / path
    physical = {name: delta.columns[name].physical for name in wanted}
    stored = [p for p in physical.values() if p not in values]
    if stored:
        frame = as_text(read_parquet(file, stored))
    else:
        frame = pl.DataFrame({"": range(pl.scan_parquet(file).select(pl.len()).collect().item())})
    fixed = {p: values[p] for p in physical.values() if p in values}
    frame = frame.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in fixed.items())
    return frame.select(pl.col(p).alias(name) for name, p in physical.items())
