"""A folder of as many transactions of every kind as are asked for: mixed books side by side, under their own names.

In      how many transactions, about.
Out     a folder of Parquet: models, marks, transfers, production, returns, loops, estimates, cost adjustments, charges.
"""

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from invclose_xl.api.converting import convert
from tests.mixed.books import POSTING, mixed_book

SEEDS = (2, 5)
NAMES = (
    "Transaction ID", "Item number", "Lot ID", "Marked to", "Return lot ID", "Transfer ID", "Production number",
    "Number",
)  # fmt: skip
OF_A_BOOK = (*NAMES, "Item model group")
RENAMED = ("items", "transactions", "cost_adjustments", "charges")
ACTS = 150
DAYS = (date(2026, 1, 15), date(2026, 1, 20), date(2026, 2, 15))


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
        last = {name: tables[-1] for name, tables in found.items()}
        found["transactions"][-1], charges = _charged(last, f"{seed}-")
        found.setdefault("charges", []).append(charges)
    return found


def _charged(tables: dict[str, pl.DataFrame], prefix: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give purchases of two items one number, and return freight for it, duty for one of the items, a later invoice."""
    periodic = pl.col("Inventory model").is_in(["FIFO", "LIFO", "Weighted average"])
    items = tables["items"].join(tables["item_model_groups"].filter(periodic), on="Item model group", how="semi")
    bought = (
        (pl.col("Reference") == "Purchase order") & (pl.col("Financial date") <= DAYS[0]) & (pl.col("Quantity") > 0)
    )
    chosen = (
        tables["transactions"]
        .filter(bought)
        .join(items, on="Item number", how="semi")
        .unique("Item number", keep="first", maintain_order=True)
        .head(2)
    )
    number = pl.when(pl.col("Transaction ID").is_in(chosen["Transaction ID"].implode())).then(pl.lit(f"{prefix}PO"))
    charges = pl.DataFrame(
        {
            "Date": [DAYS[1], DAYS[1], DAYS[2]],
            "Amount": pl.Series(["100.01", "7.77", "-3.33"]).cast(pl.Decimal(20, 2)),
            "Spread by": ["Value", "Quantity", "Equally"],
            "Number": [f"{prefix}PO", None, f"{prefix}PO"],
            "Item number": [None, chosen["Item number"][1], None],
            "Received to": [None, DAYS[1], None],
            "Text": ["Freight", "Duty", "Freight, credit note"],
        }
    )
    return tables["transactions"].with_columns(Number=number), charges


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
