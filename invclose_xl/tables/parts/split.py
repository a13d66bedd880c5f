"""Transactions of a folder are laid down part by part, so that each part can be read alone, by whatever process.

In      the plan, the files of the transactions.
Out     in a working folder, one folder a part, the rows of its items as Parquet; each with its file, row and place.
Errors  OSError, as the drive has it.
Cost    one pass over all columns of the contract, a million rows at a time.
Source  WORKBOOK "Command line" (--memory).
"""

from pathlib import Path

import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.tables.parts.part_tables import FILE, PLACE, ROW
from invclose_xl.tables.parts.plan import Plan, pieces


def lay_down(planned: Plan, folder: Path) -> None:
    """Write the rows of every part into a folder of its own."""
    before = 0
    for number, file in enumerate(planned.files):
        first_row = file.columns.first_row
        for piece, (start, frame) in enumerate(pieces(file, list(file.kinds))):
            rows = with_places(frame, number, start, before - first_row).with_columns(
                _part=part_of(frame["item"], planned.parts)
            )
            for (part,), own in rows.partition_by("_part", as_dict=True, maintain_order=True).items():
                target = folder_of(folder, int(str(part)))
                target.mkdir(parents=True, exist_ok=True)
                own.drop("_part").write_parquet(target / f"{number:06}-{piece:06}.parquet", compression="lz4")
            empty = frame.clear()
        before += planned.rows[number]
    for part in range(planned.count):
        target = folder_of(folder, part)
        if not target.exists():
            target.mkdir(parents=True)
            with_places(empty, 0, 0, 0).write_parquet(target / "none.parquet")


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
