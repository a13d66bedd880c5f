"""Row order: rows that the lock already holds, by their sequence, then the others as the sheet has them.

In      the Draft of the transactions, the table of locked rows, the costing group of every row.
Out     Transactions in row order, amounts as magnitudes.
Source  RULES R1 (row order; cost).
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import Int32, Int64, SheetCells, Transactions
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.workbook.parse_keys import codes, fold, positions
from invclose_xl.workbook.parse_transactions import Draft

Order = npt.NDArray[np.int64]


def row_order(ids: pl.Series, locked_rows: pl.DataFrame) -> Order:
    """Return the sheet's rows in row order."""
    if locked_rows.is_empty():
        return np.arange(len(ids), dtype=np.int64)
    sequence = positions(ids, fold(locked_rows["transaction"])).astype(np.int64)
    later = len(locked_rows) + np.arange(len(ids), dtype=np.int64)
    return np.argsort(np.where(sequence >= 0, sequence, later), kind="stable")


def in_row_order(draft: Draft, units: dict[str, Int64], group: Int32, order: Order) -> Transactions:
    """Put the columns together as the engine sees them."""
    quantity = units["quantity"]
    sign = np.where(quantity > 0, 1, -1)

    def magnitude(name: str) -> Int64:
        amount = draft.amounts[name]
        return np.where(amount == NO_AMOUNT, NO_AMOUNT, np.where(amount == NO_AMOUNT, 0, amount) * sign)[order]

    def text(name: str) -> pl.Series:
        return draft.texts[name].gather(order)

    lot, lot_ids = codes(text("lot"))
    cells = draft.table.cells
    return Transactions(
        id=text("id"),
        item=draft.item[order],
        group=group[order],
        reference=text("reference").fill_null(""),
        physical_date=draft.dates["physical_date"][order],
        financial_date=draft.dates["financial_date"][order],
        quantity=quantity[order],
        physical_amount=magnitude("physical_amount"),
        financial_amount=magnitude("financial_amount"),
        prior_adjustment=_zero_where_blank(magnitude("prior_adjustment")),
        prior_settled_quantity=_zero_where_blank(units["prior_settled_quantity"])[order],
        prior_settled_amount=_zero_where_blank(draft.amounts["prior_settled_amount"])[order],
        lot=lot,
        lot_ids=lot_ids,
        transfer=codes(text("transfer"))[0],
        production=codes(text("production"))[0],
        marked_to=text("marked_to"),
        marked_quantity=units["marked_quantity"][order],
        return_lot=text("return_lot"),
        cost_share=draft.cost_share[order],
        inventory_account=text("inventory_account"),
        offset_account=text("offset_account"),
        ledger_dimension=text("ledger_dimension"),
        cells=SheetCells(cells.sheet, cells.columns, cells.rows[order]),
    )


def _zero_where_blank(units: Int64) -> Int64:
    return np.where(units == NO_AMOUNT, 0, units)
