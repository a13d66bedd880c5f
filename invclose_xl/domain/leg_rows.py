"""Rows that stand for legs of closing transfers among the transactions, so that a leg can be charged (RULES R7.4).

The stock that an average leaves is a receipt leg. A charge on it has an item, a costing group and accounts like a
charge on any receipt, so the leg gets a row of its own behind the transactions. The row has no date: it is never there,
nothing is settled with it, and no sheet shows it.

In      the transactions, the items and costing groups, the result tables, and the names that the book charges.
Out     the transactions with a row for each leg that is charged, or was charged by an earlier run.
Source  RULES R7.4, R5.9, R9.1.
"""

from collections.abc import Iterable
from dataclasses import fields, replace

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_CODE, NO_DATE, CostingGroups, Hashes, Items, SheetCells, Transactions
from invclose_xl.domain.id_keys import make_id_key, make_id_keys, make_key_column
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.references import Meaning
from invclose_xl.domain.tables import Tables, repeat_value
from invclose_xl.domain.words import Status

LEG = r"^IC-\d+/W\d+/[IR]$"
"""the ID of a leg of a closing transfer"""
ISSUE_LEG = r"^IC-\d+/W\d+/I$"
"""the issue leg of one: what it takes is what its receipt leg gives, so a total would count it twice"""
_ACCOUNTS = ("inventory_account", "ledger_dimension")


def find_named_legs(names: pl.Series, history: Tables) -> pl.DataFrame:
    """Return the legs that the book charges (of active closings), and those that runs wrote adjustments of."""
    legs = history["closing_transactions"].with_columns(key=make_key_column("transaction")).unique("key", keep="first")
    if not len(legs):
        return legs
    asked = make_id_keys(names.drop_nulls()).implode()
    adjusted = history["adjustments"]["transaction"]
    written = make_id_keys(adjusted.filter(adjusted.str.contains(LEG))).implode()
    own = pl.col("key").is_in(asked) & (pl.col("status") == Status.ACTIVE)
    return legs.filter(own | pl.col("key").is_in(written)).sort("transaction")


def add_leg_rows(
    transactions: Transactions, legs: pl.DataFrame, items: Items, groups: CostingGroups, history: Tables
) -> Transactions:
    """Return the transactions with a row for each of these legs behind them."""
    if not len(legs):
        return transactions
    count = len(legs)
    group, item = _find_groups(legs, items, groups)
    none, blank = np.zeros(count, dtype=np.int64), repeat_value(None, count)
    sign = np.where(legs["transaction"].str.ends_with("/I").to_numpy(), -1, 1)
    texts = {
        "id": legs["transaction"],
        "reference": blank.fill_null(""),
        **_find_accounts(transactions, legs, history),
    }
    own = {
        "item": item,
        "group": group,
        "meaning": none + Meaning.BLANK,
        "physical_date": none + NO_DATE,
        "financial_date": none + NO_DATE,
        "quantity": legs["quantity"].to_numpy() * sign,
        "marked_quantity": none + NO_AMOUNT,
        "cost_share": none + NO_AMOUNT,
        "lot": none + NO_CODE,
        "transfer": none + NO_CODE,
        "production": none + NO_CODE,
    }
    columns: dict[str, object] = {"cells": _add_cells(transactions.cells, count)}
    for field in fields(transactions):
        values = getattr(transactions, field.name)
        if isinstance(values, np.ndarray):
            columns[field.name] = np.concatenate([values, own.get(field.name, none)]).astype(values.dtype)
        elif isinstance(values, pl.Series) and len(values) == len(transactions) and field.name != "lot_ids":
            columns[field.name] = pl.concat([values, texts.get(field.name, blank)])
    return replace(transactions, **columns)  # type: ignore[arg-type]


def add_leg_hashes(hashes: dict[str, Hashes], legs: int) -> dict[str, Hashes]:
    """Return fingerprints of as many rows as there are then; nothing is ever compared with those of legs."""
    return {name: np.concatenate([values, np.zeros(legs, dtype=values.dtype)]) for name, values in hashes.items()}


def drop_leg_rows(transactions: Transactions) -> Transactions:
    """Return the rows of the sheet alone."""
    rows = len(transactions) - int(transactions.stands_for_leg.sum())
    if rows == len(transactions):
        return transactions
    columns: dict[str, object] = {"cells": transactions.cells.take_rows(np.arange(rows, dtype=np.int64))}
    for field in fields(transactions):
        values = getattr(transactions, field.name)
        is_column = isinstance(values, np.ndarray | pl.Series) and field.name != "lot_ids"
        if is_column and len(values) == len(transactions):
            columns[field.name] = values[:rows]
    return replace(transactions, **columns)  # type: ignore[arg-type]


def _add_cells(cells: SheetCells, count: int) -> SheetCells:
    """No cell is theirs: row 0."""
    rows = np.concatenate([cells.rows, np.zeros(count, dtype=cells.rows.dtype)])
    part = None if cells.part is None else np.concatenate([cells.part, np.zeros(count, dtype=cells.part.dtype)])
    return replace(cells, rows=rows, part=part)


def _find_groups(legs: pl.DataFrame, items: Items, groups: CostingGroups) -> tuple[np.ndarray, np.ndarray]:
    """Costing group and item of each leg; a leg of a group that is gone is refused before anything is computed."""
    known = pl.DataFrame({"item": make_id_keys(items.number.gather(groups.item)), "group": make_id_keys(groups.label)})
    known = known.with_columns(pl.col("group").fill_null(""), code=pl.int_range(pl.len(), dtype=pl.Int64))
    keys = legs.select(make_key_column("item"), make_key_column("group").fill_null(""))
    code = keys.join(known, on=["item", "group"], how="left", maintain_order="left")["code"].fill_null(0).to_numpy()
    return code, groups.item[code]


def _find_accounts(transactions: Transactions, legs: pl.DataFrame, history: Tables) -> dict[str, pl.Series]:
    """Inventory account and ledger dimension that all receipts have in common which went into a leg (RULES R9.1)."""
    settled = history["settlements"].filter(
        (pl.col("status") == Status.ACTIVE) & pl.col("issue").str.contains(ISSUE_LEG)
    )
    into: dict[str, list[str]] = {}
    for issue, receipt in (
        settled.select(make_key_column("issue"), make_key_column("receipt")).unique(maintain_order=True).rows()
    ):
        into.setdefault(issue, []).append(receipt)
    row_of = {key: row for row, key in enumerate(make_id_keys(transactions.id).to_list())}
    found: dict[str, list[str | None]] = {name: [] for name in _ACCOUNTS}
    for leg in legs["transaction"].to_list():
        rows = _find_receipts(make_id_key(leg), into, row_of)
        for name in _ACCOUNTS:
            values = getattr(transactions, name).gather(rows).unique().to_list()
            found[name].append(values[0] if len(values) == 1 else None)
    return {name: pl.Series(values, dtype=pl.String) for name, values in found.items()}


def _find_receipts(leg: str, into: dict[str, list[str]], row_of: dict[str, int]) -> list[int]:
    """Rows of the receipts that went into a leg, through the legs of earlier closings."""
    rows: list[int] = []
    waiting: Iterable[str] = [leg]
    while waiting:
        receipts = [r for name in waiting for r in into.get(name[:-1] + "i" if name[-1:] in "ir" else name, [])]
        rows += [row_of[r] for r in receipts if r in row_of]
        waiting = [r for r in receipts if r not in row_of]
    return rows
