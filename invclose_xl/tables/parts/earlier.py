"""Results of earlier runs, for a run in parts: which items it links, and laid down part by part; never all in memory.

In      the closings that count; which part items and IDs belong to.
Out     pairs of items; in the working folder, beside the transactions of each part, what earlier runs wrote about them.
Errors  AsOne: an item or a transaction that was closed before is gone.
Cost    a pass over the result tables for the links and one to lay them down, a million rows at a time.
Source  RULES R6.1, R10.1; WORKBOOK "Command line" (--memory).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.id_keys import make_key_column
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import LockedKind
from invclose_xl.tables.history import BY_SEQUENCE, StoredClosings
from invclose_xl.tables.parts.links import AsOne

HISTORY = "history"
OF_BOOK = (LockedKind.DIMENSIONS, LockedKind.DECIMALS, LockedKind.CURRENCY, LockedKind.MODEL_GROUP)
"""kinds of *Locked rows* that are about the whole book"""
_BY_ITEM = ("settlements", "value_links", "adjustments", "closing_transactions", "estimated_costs", "stock_value")
_NAMES_OF = {"settlements": ("issue", "receipt"), "value_links": ("issue", "receipt"), "adjustments": ("transaction",),
             "estimated_costs": ("transaction",)}  # fmt: skip
_ITEM = make_key_column("item").alias("item")


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """The closings that count; of their rows only those of the lock are in memory."""

    stored: StoredClosings
    scales: Scales
    lock: pl.DataFrame
    vouchers: pl.DataFrame

    def rows(self, name: str) -> Iterator[pl.DataFrame]:
        """Yield the rows of a table, oldest run first, some at a time."""
        yield from self.stored.pieces(name, self.scales, self.lock)

    def table(self, name: str) -> pl.DataFrame:
        """Return a table whole."""
        names = ("lock", name)
        return self.stored.tables_of(self.scales.quantity_scale, self.scales.currency_decimals, names).tables[name]

    def legs(self) -> pl.DataFrame:
        """Return the legs of closing transfers and their items, both as keys: key, item."""
        named = [rows.select(make_key_column("transaction").alias("key"), _ITEM) for rows in self.rows(_LEGS)]
        return pl.concat([pl.DataFrame(schema={"key": pl.String, "item": pl.String}), *named]).unique("key")


_LEGS = "closing_transactions"


def links_of_history(earlier: EarlierRuns, ids: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Items that an earlier run wrote about together: costs flow along its settlements, and rows may be others now."""
    for table, fields in _NAMES_OF.items():
        for rows in earlier.rows(table):
            for name in fields:
                found = rows.select(make_key_column(name).alias("key"), _ITEM.alias("with")).unique()
                found = found.join(ids, on="key", how="inner").select("item", "with")
                yield found.filter(pl.col("item") != pl.col("with")).unique()


def lay_down_history(
    earlier: EarlierRuns, parts: pl.DataFrame, ids: pl.DataFrame, charges: pl.DataFrame, folders: list[Path]
) -> None:
    """Write what earlier runs wrote about the rows of each part into the folder of the part.

    ``parts``: item, part; ``ids``: key, part; ``charges``: fingerprint, part. A folder per part.
    """
    for name in _BY_ITEM:
        for number, rows in enumerate(earlier.rows(name)):
            of = rows.with_columns(_key=_ITEM).join(
                parts.rename({"item": "_key"}), on="_key", how="left", maintain_order="left"
            )
            if of["part"].null_count():
                raise AsOne("an item that was closed before has no transactions any more")
            _write(of.drop("_key"), name, number, folders)
    where = _places(earlier, parts, ids)
    for number, rows in enumerate(earlier.rows("locked_rows")):
        _write(_locked_by_part(rows, where, charges, len(folders)), "locked_rows", number, folders)


def history_of_part(folder: Path, lock: pl.DataFrame) -> Tables:
    """Return what earlier runs wrote about the rows of a part; the lock is known to all."""
    tables = {**make_empty_tables(), "lock": lock}
    for name in (*_BY_ITEM, "locked_rows"):
        files = sorted((folder / HISTORY).glob(f"{name}-*.parquet"))
        if files:
            tables[name] = pl.concat(pl.read_parquet(file) for file in files)
    locked = tables["locked_rows"]
    tables["locked_rows"] = locked[locked.select(BY_SEQUENCE).to_series()]
    return tables


def _write(rows: pl.DataFrame, name: str, number: int, folders: Iterable[Path]) -> None:
    by_part = rows.partition_by("part", as_dict=True, maintain_order=True, include_key=False)
    for part, folder in enumerate(folders):
        own = by_part.get((part,))
        if own is not None:
            (folder / HISTORY).mkdir(parents=True, exist_ok=True)
            own.write_parquet(folder / HISTORY / f"{name}-{number:06}.parquet", compression="lz4")


def _places(earlier: EarlierRuns, parts: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Return the part of every transaction and of every leg: _key, part."""
    if not len(ids) and not len(earlier.lock):
        return pl.DataFrame(schema={"_key": pl.String, "part": pl.Int64})
    legs = earlier.legs().join(parts, on="item", how="inner").select("key", "part")
    return pl.concat([ids, legs]).unique("key").rename({"key": "_key"})


def _locked_by_part(rows: pl.DataFrame, where: pl.DataFrame, charges: pl.DataFrame, count: int) -> pl.DataFrame:
    """Give *Locked rows* their part; what is about the whole book is of every part."""
    rows = rows.filter(pl.col("kind") != LockedKind.RESULT_ROWS).with_row_index("_at")
    of_book = pl.col("kind").is_in([kind.value for kind in OF_BOOK])
    of_charges = pl.col("kind") == LockedKind.CHARGE
    own = rows.filter(~of_book & ~of_charges).with_columns(_key=make_key_column("transaction"))
    own = own.join(where, on="_key", how="left", maintain_order="left").drop("_key")
    if own["part"].null_count():
        raise AsOne("a transaction that was locked is gone")
    known = charges.select("fingerprint", "part").unique("fingerprint")
    spread = rows.filter(of_charges).join(known, on="fingerprint", how="left", maintain_order="left")
    if spread["part"].null_count():
        raise AsOne("a charge that was locked is another one now, or gone")
    every = pl.DataFrame({"part": pl.Series(range(count), dtype=own["part"].dtype)})
    return pl.concat([own, spread, rows.filter(of_book).join(every, how="cross")]).sort("_at").drop("_at")
