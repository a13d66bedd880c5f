"""Transactions of a folder are laid down part by part, so that each part can be read alone, by whatever process.

In      the plan, the files of the transactions.
Out     in a working folder, one folder a part, the rows of its items as Parquet; each with its file, row and place.
Errors  OSError, as the drive has it.
Cost    one pass over all columns of the contract, a million rows at a time.
Source  WORKBOOK "Command line" (--memory).
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.tables.parts.part_tables import FILE, PLACE, ROW
from invclose_xl.tables.parts.plan import Plan, pieces


def lay_down(planned: Plan, folder: Path) -> None:
    """Write the rows of every part into a folder of its own."""
    for number in range(len(planned.files)):
        for part, first, rows in rows_by_part(planned, number):
            target = folder_of(folder, part)
            target.mkdir(parents=True, exist_ok=True)
            rows.write_parquet(target / f"{number:06}-{first:012}.parquet", compression="lz4")
    for part in range(planned.count):
        target = folder_of(folder, part)
        if not any(target.glob("*.parquet")):
            target.mkdir(parents=True, exist_ok=True)
            no_rows(planned).write_parquet(target / "none.parquet")


def rows_by_part(
    planned: Plan, number: int, start: int = 0, count: int | None = None
) -> Iterator[tuple[int, int, pl.DataFrame]]:
    """Yield the rows of a file, or of a range of it, by part; each with the number of the first row of its piece."""
    file = planned.files[number]
    before = sum(planned.rows[:number]) - file.columns.first_row
    for first, frame in pieces(file, list(file.kinds), start, count):
        parts = part_of(frame["item"], planned.parts).alias("_part")
        rows = with_places(frame, number, first, before).with_columns(parts)
        for (part,), own in rows.partition_by("_part", as_dict=True, maintain_order=True).items():
            yield int(str(part)), first, own.drop("_part")


def no_rows(planned: Plan) -> pl.DataFrame:
    """Return the columns that transactions of a part have, without a row."""
    file = planned.files[0]
    types = {field: file.columns.types[number - 1] for field, number in file.fields().items()}
    return pl.DataFrame(schema={**types, ROW: pl.Int64, FILE: pl.Int32, PLACE: pl.Int64})


def with_places(frame: pl.DataFrame, file: int, start: int, before: int) -> pl.DataFrame:
    """Add file, row and place to transactions that follow each other."""
    row = pl.int_range(start, start + pl.len(), dtype=pl.Int64)
    return frame.with_columns(row.alias(ROW), pl.lit(file, dtype=pl.Int32).alias(FILE)).with_columns(
        (pl.col(ROW) + before).alias(PLACE)
    )


def part_of(item: pl.Series, parts: pl.DataFrame) -> pl.Series:
    """Return the part that transactions belong to by their item."""
    keys = make_id_keys(item.cast(pl.String)).fill_null("").alias("item").to_frame()
    return keys.join(parts, on="item", how="left", maintain_order="left")["part"].fill_null(0)


def folder_of(folder: Path, part: int) -> Path:
    """Return where the rows of a part are."""
    return folder / f"part-{part:06}"


def rows_of_part(folder: Path, part: int) -> pl.DataFrame:
    """Return the transactions of a part, in row order."""
    return pl.read_parquet(folder_of(folder, part) / "*.parquet", hive_partitioning=False).sort(PLACE)
