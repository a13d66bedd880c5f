"""The change of inventory value of every run, from its rows: the *Lock* of version 0.1.0 added costs up without a side.

In      a book and its result tables.
Out     adjustments with what they did to inventory; one figure per run, None where a side is not known any more.
Units   minor units: receipts +, issues -.
Source  WORKBOOK "Written" (Change of inventory value); RULES R10.3.
"""

import numpy as np
import polars as pl

from invclose_xl.domain.book import Book
from invclose_xl.domain.id_keys import make_id_keys, make_key_column
from invclose_xl.domain.tables import FORMAT, Tables
from invclose_xl.domain.views.old_book import find_rolled_forward
from invclose_xl.domain.words import Cause, ClosingType

OF_ISSUES = (Cause.SETTLEMENT.value, Cause.VALUE_LINK.value)
OF_RECEIPTS = tuple(
    cause.value
    for cause in (
        Cause.TRANSFER, Cause.RETURN, Cause.PRODUCTION, Cause.NON_FINANCIAL_TRANSFER, Cause.MANUAL_ADJUSTMENT,
    )
)  # fmt: skip


def fill_inventory_changes(book: Book, adjustments: pl.DataFrame) -> pl.DataFrame:
    """Fill in what adjustments did to inventory where an earlier version left it out.

    The cause says the side; where it does not, the row of the transaction does.
    """
    if not adjustments["inventory_change"].null_count():
        return adjustments
    transactions = book.transactions
    sides = pl.DataFrame({"key": make_id_keys(transactions.id), "side": np.where(transactions.quantity > 0, 1, -1)})
    side = (
        adjustments.select(key=make_key_column("transaction"))
        .join(sides.unique("key", keep="first"), on="key", how="left", maintain_order="left")
        .get_column("side")
    )
    by_cause = pl.when(pl.col("cause").is_in(OF_ISSUES)).then(-1).when(pl.col("cause").is_in(OF_RECEIPTS)).then(1)
    return adjustments.with_columns(pl.coalesce("inventory_change", pl.col("adjustment") * pl.coalesce(by_cause, side)))


def read_inventory_changes(book: Book, history: Tables) -> dict[str, int | None]:
    """Return the figure of every run on the lock; a Reversal has the opposite of what it reverses.

    A run before a roll-forward has what the lock says of it: a part of what it wrote went along only.
    """
    rows = fill_inventory_changes(book, history["adjustments"])
    change = pl.col("inventory_change")
    sums = rows.group_by("closing").agg(pl.when(change.is_null().any()).then(None).otherwise(change.sum()))
    of: dict[str, int | None] = dict(sums.rows())
    found: dict[str, int | None] = {}
    lock, rolled = history["lock"], find_rolled_forward(history["lock"])
    columns = ("closing", "type", "reverses", "adjustment_amount", "format")
    for closing, kind, reverses, stated, written_in in lock.select(columns).rows():
        if closing < rolled:
            found[closing] = stated if written_in == FORMAT else None
        elif kind == ClosingType.REVERSAL:
            original = of.get(reverses, 0)
            found[closing] = None if original is None else -original
        else:
            found[closing] = of.get(closing, 0)
    return found
