"""Goods in transit: what the issues of a transfer sent and its receipts have not taken in yet.

In      a book, and the entries of its stock ledger up to a date.
Out     quantity and value by costing group of the sender; the legs inside one group too, while one of them is missing.
        Where the steps of a transfer order do not meet, what was sent less what was taken in: a value without quantity,
        as the account of goods in transit has it.
Units   as the entries.
Cost    O(rows that carry a Transfer ID).
Source  WORKBOOK "Written" (Stock value); RULES R6.2 (which rows are legs of one transfer).
"""

import numpy as np
import polars as pl

from invclose_xl.domain.book import Book
from invclose_xl.domain.links.feed_members import number_transfer_steps


def compute_in_transit(book: Book, entries: pl.DataFrame) -> pl.DataFrame:
    """Return code (costing group), in_transit_quantity and in_transit_value; entries have row, quantity, amount."""
    transactions = book.transactions
    step = number_transfer_steps(transactions)
    row = np.flatnonzero(step >= 0)
    if not len(row):
        return pl.DataFrame(schema=dict.fromkeys(("code", "in_transit_quantity", "in_transit_value"), pl.Int64))
    legs = pl.DataFrame(
        {
            "row": row,
            "transfer": transactions.transfer[row],
            "item": transactions.item[row],
            "code": transactions.group[row].astype(np.int64),
            "sends": transactions.quantity[row] < 0,
            "step": step[row],
        }
    )
    held = entries.group_by("row").agg(pl.col("quantity").sum(), pl.col("amount").sum())
    sends = pl.col("sends")
    there = legs.join(held, on="row", how="inner", maintain_order="left")
    has_both = pl.col("sends").any() & (~pl.col("sends")).any()
    under_way = (
        there.with_columns(meets=has_both.over("step"))
        .group_by("transfer", "item", maintain_order=True)
        .agg(
            pl.col("code").filter(sends).first(),
            pl.col("meets").all(),
            in_transit_quantity=-pl.col("quantity").sum(),
            in_transit_value=-pl.col("amount").sum(),
        )
        .filter(
            pl.col("code").is_not_null()
            & ((pl.col("in_transit_quantity") > 0) | ((pl.col("in_transit_quantity") == 0) & ~pl.col("meets")))
        )
    )
    return under_way.group_by("code").agg(
        pl.col("in_transit_quantity").sum().cast(pl.Int64), pl.col("in_transit_value").sum().cast(pl.Int64)
    )
