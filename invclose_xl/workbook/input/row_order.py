"""Row order: rows that the lock already holds, by their sequence, then the others as the sheet has them.

In      the Draft of the transactions, the table of locked rows, the costing group of every row.
Out     Transactions in row order, amounts as magnitudes.
Source  RULES R1 (row order; cost).
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import NO_DATE, Hashes, Int32, Int64, Transactions
from invclose_xl.domain.fingerprint import fingerprint_numbers, fingerprint_texts
from invclose_xl.domain.id_keys import find_positions, make_id_keys
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.references import ReferenceWords
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import Status
from invclose_xl.workbook.input.references import numbered_rows
from invclose_xl.workbook.input.transactions import SHARE_DECIMALS, Draft
from invclose_xl.workbook.layout import TRANSACTIONS
from invclose_xl.workbook.tables.keys import codes

NOT_LOCKED = frozenset(("unit", "currency", "status"))
"""columns that are compared and never change a cost, so that they may be added behind the lock"""
Order = npt.NDArray[np.int64]


def row_order(ids: pl.Series, results: Tables) -> Order:
    """Return the sheet's rows in row order; what reversed closings locked is unlocked again."""
    active = results["lock"].filter(pl.col("status") == Status.ACTIVE)["closing"]
    locked_rows = results["locked_rows"].filter(
        pl.col("sequence").is_not_null() & pl.col("closing").is_in(active.implode())
    )
    if locked_rows.is_empty():
        return np.arange(len(ids), dtype=np.int64)
    sequence = find_positions(ids, make_id_keys(locked_rows["transaction"])).astype(np.int64)
    later = len(locked_rows) + np.arange(len(ids), dtype=np.int64)
    return np.argsort(np.where(sequence >= 0, sequence, later), kind="stable")


def in_row_order(
    draft: Draft, units: dict[str, Int64], group: Int32, order: Order, words: ReferenceWords
) -> Transactions:
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
    reference = text("reference").fill_null("")
    return Transactions(
        id=text("id"),
        item=draft.item[order],
        group=group[order],
        reference=reference,
        meaning=words.find_meanings(reference, quantity[order], numbered_rows(cells)[order]),
        physical_date=draft.dates["physical_date"][order],
        financial_date=draft.dates["financial_date"][order],
        quantity=quantity[order],
        physical_amount=magnitude("physical_amount"),
        financial_amount=magnitude("financial_amount"),
        prior_adjustment=_zero_where_blank(magnitude("prior_adjustment")),
        prior_settled_quantity=np.abs(_zero_where_blank(units["prior_settled_quantity"]))[order],
        prior_settled_amount=np.abs(_zero_where_blank(draft.amounts["prior_settled_amount"]))[order],
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
        cells=cells.take_rows(order),
        number=text("number"),
        site=text("site"),
        warehouse=text("warehouse"),
        voucher=text("voucher"),
        physical_voucher=text("physical_voucher"),
    )


def sort_hashes_in_row_order(
    draft: Draft, units: dict[str, Int64], quantity_scale: int, currency_decimals: int, order: Order
) -> dict[str, Hashes]:
    """Return the fingerprints of the contract's columns that the sheet has (RULES R10.2)."""
    hashes = {}
    for column in TRANSACTIONS.columns:
        name = column.field
        if not draft.table.has(name) or name in NOT_LOCKED:
            continue
        if name in draft.texts:
            text = draft.texts[name]
            values = fingerprint_texts(make_id_keys(text) if column.kind == "id" else text)
        elif name in draft.dates:
            values = fingerprint_numbers(draft.dates[name], 0, NO_DATE)
        elif name in units:
            values = fingerprint_numbers(units[name], quantity_scale, NO_AMOUNT)
        elif name in draft.amounts:
            values = fingerprint_numbers(draft.amounts[name], currency_decimals, NO_AMOUNT)
        else:
            values = fingerprint_numbers(draft.cost_share, SHARE_DECIMALS, NO_AMOUNT)
        hashes[name] = values[order]
    return hashes


def _zero_where_blank(units: Int64) -> Int64:
    return np.where(units == NO_AMOUNT, 0, units)
