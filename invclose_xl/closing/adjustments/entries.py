"""Everything that a run has to post by hand: rows of *Cost adjustments*, and after them the shares of *Charges*.

In      a book, its state, the transactions at D, and what new unit costs of moving average items come to, by row.
Out     CostAdjustments of both sheets, every amount filled in that the run may post; and input errors: charges that
        select nothing, or receipts that are never adjusted; unit costs that are too large.
Source  RULES R7.4.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.charge_shares import ChargeShares, share_charges
from invclose_xl.closing.adjustments.manual import find_rows_since
from invclose_xl.closing.adjustments.new_unit_cost import fill_amounts
from invclose_xl.closing.state.as_of import select_chargeable
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import NO_CODE, Book, Charges, CostAdjustments, SheetCells
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problems.problem import Problem


def read_manual_entries(
    book: Book, state: LedgerState, movements: Movements, day: int, revalued: Mapping[int, int], faulty: Collection[int]
) -> tuple[CostAdjustments | None, list[Problem]]:
    """Return the rows of both sheets as a run at D sees them; None where there are none.

    ``faulty`` are rows of the sheet *Cost adjustments* that are named already: nothing more is found out about them.
    """
    shares, problems = share_charges(book, state, movements, day)
    entries = book.cost_adjustments
    if entries is not None and faulty:
        left_out = np.isin(entries.cells.rows, list(faulty))
        entries = replace(entries, transaction=np.where(left_out, NO_CODE, entries.transaction).astype(np.int32))
    if book.charges is not None and len(shares.row):
        entries = _append_shares(entries, book.charges, shares, book.scales.currency_decimals)
    if entries is None or not len(entries.amount):
        return entries, problems
    since = find_rows_since(book, entries, state, day, select_chargeable(book, day))
    entries, too_large = fill_amounts(book, state, movements, revalued, entries, since)
    return entries, problems + too_large


def _append_shares(
    entered: CostAdjustments | None, charges: Charges, shares: ChargeShares, decimals: int
) -> CostAdjustments:
    """Put the shares behind the rows of the other sheet, named after their charge; a share of 0 changes nothing."""
    some = shares.amount != 0
    charge, size = shares.charge[some], int(some.sum())
    blank = np.full(size, NO_AMOUNT, dtype=np.int64)
    labels = {k: charges.label(k, decimals) for k in np.unique(charge).tolist()}
    own = CostAdjustments(
        transaction=shares.row[some].astype(np.int32),
        day=charges.day[charge],
        amount=shares.amount[some],
        on_hand=np.zeros(size, dtype=np.bool_),
        offset_account=charges.offset_account.gather(charge),
        text=pl.Series([labels[k] for k in charge.tolist()], dtype=pl.String),
        cells=charges.cells.take_rows(charge),
        new_unit_cost=blank,
        charge=charge,
    )
    if entered is None or not len(entered.amount):
        return own
    unit_cost = entered.new_unit_cost if len(entered.new_unit_cost) else np.full(len(entered.amount), NO_AMOUNT)
    return replace(
        entered,
        transaction=np.concatenate([entered.transaction, own.transaction]),
        day=np.concatenate([entered.day, own.day]),
        amount=np.concatenate([entered.amount, own.amount]),
        on_hand=np.concatenate([entered.on_hand, own.on_hand]),
        offset_account=pl.concat([entered.offset_account, own.offset_account]),
        text=pl.concat([entered.text, own.text]),
        cells=_join_cells(entered.cells, own.cells),
        new_unit_cost=np.concatenate([unit_cost, blank]),
        charge=np.concatenate([np.full(len(entered.amount), NO_CODE, dtype=np.int64), charge]),
    )


def _join_cells(first: SheetCells, second: SheetCells) -> SheetCells:
    """Return the cells of two sheets, one behind the other."""
    parts = [cells.parts if cells.part is not None else (cells,) for cells in (first, second)]
    part = [
        np.zeros(len(cells.rows), dtype=np.int32) if cells.part is None else cells.part for cells in (first, second)
    ]
    return replace(
        first,
        rows=np.concatenate([first.rows, second.rows]),
        parts=(*parts[0], *parts[1]),
        part=np.concatenate([part[0], part[1] + len(parts[0])]).astype(np.int32),
    )
