"""Row order: rows that the lock already holds, by their sequence, then the others as the sheet has them.

In      the Draft of the transactions, the table of locked rows, the costing group of every row.
Out     Transactions in row order, amounts as magnitudes.
Source  RULES R1 (row order; cost).
"""

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import NO_DATE, Hashes, Int32, Int64, Transactions
from invclose_xl.domain.fingerprint import fingerprint_ids, fingerprint_numbers, fingerprint_texts
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
_Value = TypeVar("_Value", np.bool_, np.int32, np.int64)


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


def _unless_as_it_is(rows: Order) -> Order | None:
    """Return None where row order is the order of the sheet, so that no column is copied."""
    return None if np.array_equal(rows, np.arange(len(rows))) else rows


def in_row_order(
    draft: Draft, units: dict[str, Int64], group: Int32, rows: Order, words: ReferenceWords
) -> Transactions:
    """Put the columns together as the engine sees them."""
    order = _unless_as_it_is(rows)
    quantity = units["quantity"]
    is_issue = quantity <= 0

    def arranged(values: npt.NDArray[_Value]) -> npt.NDArray[_Value]:
        return values if order is None else values[order]

    def magnitude(name: str) -> Int64:
        amount = draft.amounts[name].copy()
        np.negative(amount, out=amount, where=is_issue & (amount != NO_AMOUNT))
        return arranged(amount)

    def text(name: str) -> pl.Series:
        return draft.texts[name] if order is None else draft.texts[name].gather(order)

    lot, lot_ids = codes(text("lot"))
    cells = draft.table.cells
    reference = text("reference").fill_null("")
    return Transactions(
        id=text("id"),
        item=arranged(draft.item),
        group=arranged(group),
        reference=reference,
        meaning=words.find_meanings(reference, arranged(quantity), arranged(numbered_rows(cells))),
        physical_date=arranged(draft.dates["physical_date"]),
        financial_date=arranged(draft.dates["financial_date"]),
        quantity=arranged(quantity),
        physical_amount=magnitude("physical_amount"),
        financial_amount=magnitude("financial_amount"),
        prior_adjustment=_zero_where_blank(magnitude("prior_adjustment")),
        prior_settled_quantity=arranged(np.abs(_zero_where_blank(units["prior_settled_quantity"]))),
        prior_settled_amount=arranged(np.abs(_zero_where_blank(draft.amounts["prior_settled_amount"]))),
        lot=lot,
        lot_ids=lot_ids,
        transfer=codes(text("transfer"))[0],
        production=codes(text("production"))[0],
        marked_to=text("marked_to"),
        marked_quantity=arranged(units["marked_quantity"]),
        return_lot=text("return_lot"),
        cost_share=arranged(draft.cost_share),
        inventory_account=text("inventory_account"),
        offset_account=text("offset_account"),
        ledger_dimension=text("ledger_dimension"),
        cells=cells if order is None else cells.take_rows(order),
        number=text("number"),
        site=text("site"),
        warehouse=text("warehouse"),
        voucher=text("voucher"),
        physical_voucher=text("physical_voucher"),
    )


def sort_hashes_in_row_order(
    draft: Draft, units: dict[str, Int64], quantity_scale: int, currency_decimals: int, rows: Order
) -> dict[str, Hashes]:
    """Return the fingerprints of the contract's columns that the sheet has (RULES R10.2)."""
    order, hashes = _unless_as_it_is(rows), {}
    for column in TRANSACTIONS.columns:
        name = column.field
        if not draft.table.has(name) or name in NOT_LOCKED:
            continue
        if name in draft.texts:
            text = draft.texts[name]
            values = fingerprint_ids(text) if column.kind == "id" else fingerprint_texts(text)
        elif name in draft.dates:
            values = fingerprint_numbers(draft.dates[name], 0, NO_DATE)
        elif name in units:
            values = fingerprint_numbers(units[name], quantity_scale, NO_AMOUNT)
        elif name in draft.amounts:
            values = fingerprint_numbers(draft.amounts[name], currency_decimals, NO_AMOUNT)
        else:
            values = fingerprint_numbers(draft.cost_share, SHARE_DECIMALS, NO_AMOUNT)
        hashes[name] = values if order is None else values[order]
    return hashes


def _zero_where_blank(units: Int64) -> Int64:
    return np.where(units == NO_AMOUNT, 0, units)
