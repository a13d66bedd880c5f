"""A folder of as many transactions of every kind as are asked for: mixed books side by side, under their own names.

In      how many transactions, about.
Out     a folder of Parquet: models, marks, transfers, production, returns, loops, estimates, cost adjustments.
"""

from functools import cache
from pathlib import Path

import polars as pl

from invclose_xl.api.converting import convert
from tests.mixed.books import POSTING, mixed_book

SEEDS = (2, 5)
NAMES = (
    "Transaction ID", "Item number", "Lot ID", "Marked to", "Return lot ID", "Transfer ID", "Production number",
)  # fmt: skip
OF_A_BOOK = (*NAMES, "Item model group")
RENAMED = ("items", "transactions", "cost_adjustments")
ACTS = 150


@cache
def _tables(desk: Path) -> dict[str, list[pl.DataFrame]]:
    """Return the tables of some mixed books."""
    found: dict[str, list[pl.DataFrame]] = {}
    for seed in SEEDS:
        book = mixed_book(seed, ACTS)
        book.parameters = {}
        book.posting = list(POSTING)
        convert(book.write(desk / f"{seed}.xlsx"), desk / f"{seed}")
        for path in sorted((desk / f"{seed}").glob("*.parquet")):
            found.setdefault(path.stem, []).append(_prefixed(pl.read_parquet(path), f"{seed}-"))
    return found


def _prefixed(frame: pl.DataFrame, prefix: str, columns: tuple[str, ...] = OF_A_BOOK) -> pl.DataFrame:
    return frame.with_columns((prefix + pl.col(c)).alias(c) for c in columns if c in frame.columns)


def every_kind(rows: int, folder: Path, desk: Path) -> Path:
    """Write the folder."""
    tables = _tables(desk)
    folder.mkdir()
    copies = max(1, round(rows / sum(map(len, tables["transactions"]))))
    for name, books in tables.items():
        whole = pl.concat(books, how="diagonal_relaxed")
        if name in RENAMED:
            whole = pl.concat([_prefixed(whole, f"{copy:05}-", NAMES) for copy in range(copies)])
        elif name != "item_model_groups":
            whole = whole.unique(maintain_order=True)
        if name == "transactions":
            whole = whole.sort("Physical date", "Transaction ID", nulls_last=True)
        whole.write_parquet(folder / f"{name}.parquet")
    return folder
