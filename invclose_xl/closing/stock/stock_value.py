"""Stock value: what every item and costing group held, received, issued, was adjusted by and holds at a close.

In      a book with its history, the run's own rows included; or a date D and the date where the period begins.
Out     one row per item and costing group with stock or movement (domain.tables.STOCK_VALUE).
Units   amounts in minor units, quantities in 10**-quantity_scale, unit cost in millionths; issues as magnitudes.
Cost    O(rows).
Source  WORKBOOK "Written" (Stock value); RULES R1 (posted cost), R2.6, R8.4.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.closing.stock.in_transit import compute_in_transit
from invclose_xl.closing.stock.stock_ledger import (
    ADJUSTMENT,
    EXPENSED_DIFFERENCE,
    PRIOR,
    list_unnamed_entries,
)
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import compute_unit_cost
from invclose_xl.domain.references import Meaning
from invclose_xl.domain.tables import STOCK_VALUE, Tables, cast_to_schema, repeat_value
from invclose_xl.domain.words import ClosingType, Kind


@dataclass(frozen=True, slots=True)
class Period:
    """Period of a row of *Stock value*: the days after ``begins`` up to ``ends``; both may be no date."""

    closing: str
    begins: date | None
    """the day of the close before; None: the book begins here"""
    ends: date


def find_latest_period(history: Tables) -> Period | None:
    """Return the period of the latest active close; recalculations lie behind it and change nothing up to its day."""
    lock = history["lock"]
    closes = lock.filter(pl.col("closing").is_in(list_active_closings(lock).implode())).sort("closing")
    if not len(closes):
        return None
    days = closes["up_to"].to_list()
    rolled = lock.filter((pl.col("type") == ClosingType.ROLL_FORWARD) & (pl.col("up_to") == days[-1]))
    if len(rolled):  # nothing has happened in this book yet: all it holds is its opening
        return Period(str(rolled["closing"][-1]), days[-1], days[-1])
    return Period(str(closes["closing"][-1]), days[-2] if len(days) > 1 else None, days[-1])


def compute_stock_value(book: Book, history: Tables) -> pl.DataFrame:
    """Return the rows of the sheet for what a book holds after these runs; none where no close is active."""
    period = find_latest_period(history)
    if period is None:
        return pl.DataFrame(schema=STOCK_VALUE)
    return compute_stock_of_period(replace(book, history=history), period)


def compute_stock_of_period(book: Book, period: Period) -> pl.DataFrame:
    """Return the rows of one period; opening + receipts - issues + adjustments = closing, in every row."""
    entries = list_unnamed_entries(book).select("row", "date", "type", "kind", "cause", "quantity", "amount")
    in_time = entries["date"] <= period.ends
    entries = entries if in_time.all() else entries.filter(in_time)
    code = book.transactions.group[entries["row"].to_numpy()].astype(np.int64)
    sums = _sum_entries(book, period, entries, code).join(
        compute_in_transit(book, entries), on="code", how="full", coalesce=True
    ).fill_null(0).sort("code")  # fmt: skip
    sums = sums.filter(pl.any_horizontal(pl.exclude("code") != 0))
    return _add_names(book, period, sums)


def _sum_entries(book: Book, period: Period, entries: pl.DataFrame, code: Int64) -> pl.DataFrame:
    """Add the entries up by costing group; what estimates made of a period's issues belongs to what was posted."""
    transactions, row = book.transactions, entries["row"].to_numpy()
    amount, quantity = entries["amount"].to_numpy(), entries["quantity"].to_numpy()
    financial = (entries["kind"] == Kind.FINANCIAL).to_numpy()
    by_run = ((entries["type"] == ADJUSTMENT) & (entries["cause"] != PRIOR)).to_numpy()
    if period.begins is None:
        before = financial & (transactions.meaning[row] == Meaning.OPENING) & ~by_run
        within = np.ones(len(row), dtype=np.bool_)
    else:
        begun = (entries["date"] <= period.begins).to_numpy()
        before, within = financial & begun, ~begun
    posted = financial & ~before & ~by_run
    expensed = (entries["cause"] == EXPENSED_DIFFERENCE).to_numpy()
    received = posted & (transactions.quantity[row] > 0) & ~expensed
    issued = posted & ~received
    adjusted = financial & by_run & within & ~before

    def total(values: Int64, chosen: Bool) -> Int64:
        sums = np.zeros(len(book.groups), dtype=np.int64)
        np.add.at(sums, code[chosen], values[chosen])
        return sums

    of_period = {
        "opening_quantity": total(quantity, before),
        "opening_value": total(amount, before),
        "receipts_quantity": total(quantity, received),
        "receipts_value": total(amount, received),
        "issues_quantity": -total(quantity, issued),
        "issues_value": -total(amount, issued),
        "adjustments": total(amount, adjusted),
        "not_invoiced_quantity": total(quantity, ~financial),
        "not_invoiced_value": total(amount, ~financial),
        "change": total(amount, by_run & within),
        "moved": np.bincount(code[within], minlength=len(book.groups)),
    }
    return pl.DataFrame({"code": np.arange(len(book.groups)), **of_period})


def _add_names(book: Book, period: Period, sums: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of the item, and what follows from the sums."""
    code = sums["code"].to_numpy().astype(np.int64)
    item = book.groups.item[code].astype(np.int64)
    items = book.items
    labels = pl.Series([m.label for m in sorted(InventoryModel)], dtype=pl.String)
    models = book.get_item_models()[item].astype(np.int64)
    frame = sums.with_columns(
        closing=pl.lit(period.closing),
        item=items.number.gather(item),
        name=_get_text(items.name, item),
        item_group=items.item_group.gather(item),
        model=labels.gather(models),
        group=book.groups.label.gather(code).fill_null(""),
        unit=_get_text(items.unit, item),
        closing_quantity=pl.col("opening_quantity") + pl.col("receipts_quantity") - pl.col("issues_quantity"),
        closing_value=pl.col("opening_value")
        + pl.col("receipts_value")
        - pl.col("issues_value")
        + pl.col("adjustments"),
    )
    frame = frame.with_columns(unit_cost=_compute_unit_cost(book, frame))
    return cast_to_schema(frame, STOCK_VALUE)


def _get_text(column: pl.Series, item: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pl.Series:
    """A column of the item master; blank where the book was not read from a sheet."""
    if not len(column):
        return repeat_value("", len(item))
    return column.gather(item).fill_null("")


def _compute_unit_cost(book: Book, frame: pl.DataFrame) -> pl.Series:
    """Closing value by closing quantity in millionths as ``unit_cost`` has it."""
    decimals, scale = book.scales.currency_decimals, book.scales.quantity_scale
    each = zip(frame["closing_value"].to_list(), frame["closing_quantity"].to_list(), strict=True)
    return pl.Series([compute_unit_cost(v, q, decimals, scale) for v, q in each], dtype=pl.Int64)
