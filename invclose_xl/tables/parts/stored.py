"""Results of the parts of a run, on the drive: kept part by part, taken up again range by range of items.

In      a Part; the working folder of the run.
Out     the part without its rows; later the rows of all parts by item, a million or so at a time.
Errors  OSError, as the drive has it.
Source  WORKBOOK "Command line" (--memory), "Written" (order of rows).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from invclose_xl.closing.part import Part
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.tables import Tables
from invclose_xl.tables.parts.messages import keep_messages
from invclose_xl.tables.parts.split import folder_of

BY_ITEM = ("settlements", "value_links", "adjustments", "closing_transactions", "estimated_costs", "stock_value")
"""tables whose rows are in the order of items"""
AT_ONCE = 500_000
"""rows that are put in order together"""
ROW_GROUP = 20_000
_OWN = ("_part", "_at", "_ahead", "_by")


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part; its rows and messages are on the drive, but those of the lock, of the voucher, and tallies."""

    part: Part
    rows: dict[str, int]
    """table -> how many rows"""
    change: int
    """of inventory by its adjustments"""


def store_part(part: Part, folder: Path, number: int) -> StoredPart:
    """Write the rows of a part into its folder."""
    target = folder_of(folder, number)
    target.mkdir(parents=True, exist_ok=True)
    tables: Tables = {**part.rows, "stock_value": part.value}
    for name in BY_ITEM:
        ahead = pl.int_range(pl.len()) < part.leading.get(name, 0)
        frame = tables[name].with_columns(
            pl.lit(number, dtype=pl.Int32).alias("_part"), pl.int_range(pl.len()).alias("_at"), ahead.alias("_ahead"),
            make_id_keys(tables[name]["item"]).alias("_by"),
        )  # fmt: skip
        frame.sort("_ahead", "_by", "_at").write_parquet(
            _file(target, name), compression="lz4", row_group_size=ROW_GROUP
        )
    locked, has_sequence = part.rows["locked_rows"], pl.col("sequence").is_not_null()
    is_new = has_sequence & (pl.col("sequence") > part.last_sequence)
    new = locked.filter(is_new).with_columns(part.places["place"])
    for name, frame, by in (
        ("new", new, "place"), ("known", locked.filter(has_sequence & ~is_new), "sequence"),
    ):  # fmt: skip
        frame.sort(by).write_parquet(_file(target, name), compression="lz4", row_group_size=ROW_GROUP)
    locked.filter(~has_sequence).write_parquet(_file(target, "texts"), compression="lz4")
    kept = {name: part.rows[name] for name in ("lock", "vouchers")}
    read, _, *said = keep_messages((part.read, (), *part.said), folder, number)
    return StoredPart(
        replace(part, rows=kept, value=part.value.clear(), places=part.places.clear(), said=said, read=tuple(read)),
        {name: len(tables[name]) for name in (*BY_ITEM, "locked_rows")},
        int(part.rows["adjustments"]["inventory_change"].sum()),
    )


def take_over_part(source: Path, folder: Path, number: int) -> None:
    """Let what one attempt wrote about a part be that of the run."""
    for file in folder_of(source, number).iterdir():
        os.replace(file, folder_of(folder, number) / file.name)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.out"


def _scan(folder: Path, count: int, name: str) -> pl.LazyFrame:
    return pl.scan_parquet([_file(folder_of(folder, part), name) for part in range(count)], hive_partitioning=False)


def by_item(folder: Path, count: int, name: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table of all parts: those that stand ahead, then the others, both by item; with ``_part``.

    An item is of one part, and its rows stay in the order in which the part has them.
    """
    scan = _scan(folder, count, name)
    for ahead in (True, False):
        own = scan.filter(pl.col("_ahead") == ahead)
        for first, last in _ranges(own, "_by"):
            rows = own.filter(pl.col("_by").is_between(pl.lit(first), pl.lit(last))).collect()
            yield rows.sort("_by", "_part", "_at").drop("_at", "_ahead", "_by")


def by_number(folder: Path, count: int, name: str, column: str) -> Iterator[pl.DataFrame]:
    """Yield locked rows of all parts in the order of a column of numbers."""
    scan = _scan(folder, count, name)
    most = scan.select(pl.col(column).max()).collect().item()
    for start in range(0, 0 if most is None else int(most) + 1, AT_ONCE):
        rows = scan.filter((pl.col(column) >= start) & (pl.col(column) < start + AT_ONCE)).collect()
        if len(rows):
            yield rows.sort(column, maintain_order=True)


def texts_of(folder: Path, count: int) -> Iterator[pl.DataFrame]:
    """Yield what is locked beside transactions, part by part."""
    for part in range(count):
        yield pl.read_parquet(_file(folder_of(folder, part), "texts"))


def _ranges(scan: pl.LazyFrame, by: str) -> list[tuple[str, str]]:
    """Return ranges of keys, each of about so many rows as are put in order at once."""
    counts = scan.group_by(by).len().collect().sort(by)
    piece = counts.with_columns(piece=(pl.col("len").cum_sum() - pl.col("len")) // AT_ONCE)
    return piece.group_by("piece", maintain_order=True).agg(pl.col(by).first(), last=pl.col(by).last()).select(
        by, "last"
    ).rows()  # fmt: skip
