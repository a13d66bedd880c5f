"""Manual cost adjustments: which of them this run finds, and what is wrong with them.

In      the sheet *Cost adjustments*, the transactions at D, and what earlier runs posted of them.
Out     ManualChange per receipt; input errors.
Units   minor units, positive = the cost rises.
Source  RULES R7.4.
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.closing.as_of import financial_as_of
from invclose_xl.closing.standing import Standing
from invclose_xl.domain.book import NO_CODE, NO_DATE, Book, Bool, CostAdjustments, Int64
from invclose_xl.domain.problem import Problem, Severity
from invclose_xl.domain.words import Cause, InventoryModel


@dataclass(frozen=True, slots=True)
class ManualChanges:
    """What this run posts for the first time; ``sheet_row`` is the row of the sheet *Cost adjustments*."""

    sheet_row: Int64
    """of each adjustment that is new"""
    row: Int64
    """its transaction"""
    amount: Int64
    on_hand_since: Int64
    """per transaction: on-hand adjustments since the last active Closing, this run's included"""

    def per_transaction(self, transactions: int) -> Int64:
        """Sum of the new adjustments of each transaction."""
        total = np.zeros(transactions, dtype=np.int64)
        np.add.at(total, self.row, self.amount)
        return total


def find_manual_changes(book: Book, standing: Standing, day: int, financial: Bool) -> ManualChanges:
    """Find adjustments dated up to D, on receipts that are financial at D, that no active run has posted yet."""
    sheet = book.cost_adjustments
    none = np.zeros(0, dtype=np.int64)
    on_hand = np.zeros(len(book.transactions), dtype=np.int64)
    if sheet is None or not len(sheet.amount):
        return ManualChanges(none, none, none, on_hand)
    counts = (sheet.transaction != NO_CODE) & (sheet.day <= day)
    counts &= financial[np.where(sheet.transaction == NO_CODE, 0, sheet.transaction)]
    active = np.flatnonzero(counts)
    posted = np.zeros(len(book.transactions), dtype=np.int64)
    manual = (standing.adjusted.cause == Cause.MANUAL_ADJUSTMENT.value).to_numpy()
    own = manual & (standing.adjusted.row < len(posted))
    np.add.at(posted, standing.adjusted.row[own], standing.adjusted.amount[own])
    new = _not_posted_yet(sheet, active, posted)
    since = active[
        (sheet.on_hand[active]) & ((standing.closed_up_to == NO_DATE) | (sheet.day[active] > standing.closed_up_to))
    ]
    np.add.at(on_hand, sheet.transaction[since], sheet.amount[since])
    return ManualChanges(new, sheet.transaction[new].astype(np.int64), sheet.amount[new], on_hand)


def revaluations_since(book: Book, standing: Standing, day: int, walked: Bool) -> Int64:
    """Rows of the sheet that revalue what is on hand of moving average items, and that no Closing has posted yet."""
    sheet = book.cost_adjustments
    if sheet is None or not len(sheet.amount):
        return np.zeros(0, dtype=np.int64)
    row = np.maximum(sheet.transaction, 0)
    counts = (sheet.transaction != NO_CODE) & sheet.on_hand & (sheet.day <= day)
    counts &= walked[row] & financial_as_of(book, day)[row]
    a = standing.adjusted
    manual = (a.cause == Cause.MANUAL_ADJUSTMENT.value).to_numpy() & (a.closing <= standing.last_closing)
    posted = np.zeros(len(book.transactions), dtype=np.int64)
    np.add.at(posted, a.row[manual], a.amount[manual])
    return _not_posted_yet(sheet, np.flatnonzero(counts), posted)


def _not_posted_yet(sheet: CostAdjustments, active: Int64, posted: Int64) -> Int64:
    """Leave out, oldest first, the rows that add up to what earlier runs posted for their transaction."""
    order = active[np.lexsort((active, sheet.day[active]))]
    left = {int(r): int(a) for r, a in enumerate(posted.tolist()) if a}
    new = []
    running: dict[int, int] = {}
    pending: dict[int, list[int]] = {}
    for k in order.tolist():
        row = int(sheet.transaction[k])
        if row not in left:
            new.append(k)
            continue
        running[row] = running.get(row, 0) + int(sheet.amount[k])
        pending.setdefault(row, []).append(k)
        if running[row] == left[row]:
            pending[row].clear()
    for rows in pending.values():
        new += rows
    return np.array(sorted(new), dtype=np.int64)


def manual_errors(book: Book) -> list[Problem]:
    """Adjustments of issues, and of items that the close never adjusts, are input errors."""
    sheet = book.cost_adjustments
    if sheet is None:
        return []
    t, models = book.transactions, book.model_of_item()
    problems = []
    for k, row in enumerate(sheet.transaction.tolist()):
        if row == NO_CODE:
            continue
        model = InventoryModel(int(models[t.item[row]]))
        if t.quantity[row] < 0:
            what = "This transaction is an issue; only the cost of receipts can be adjusted by hand."
            fix = "Adjust the receipt that the issue was settled with; the change reaches the issue by itself."
            problems.append(_error(book, sheet, k, row, "IC351", what, fix))
        elif model is InventoryModel.MOVING_AVERAGE and not sheet.on_hand[k]:
            what = "The item is valued at moving average, so what was issued of this receipt keeps its cost."
            fix = "Enter On hand under Applies to, which revalues what is on hand at the date, or remove the row."
            problems.append(_error(book, sheet, k, row, "IC352", what, fix))
        elif model is InventoryModel.STANDARD_COST:
            what = f"The item is valued at {model.label.lower()}, which the close never adjusts."
            problems.append(_error(book, sheet, k, row, "IC352", what, "Remove the row."))
    return problems


def revaluation_errors(book: Book, sheet_rows: Int64) -> list[Problem]:
    """Revaluations of moving average items on a day on which nothing is on hand: their amount would stay for ever."""
    sheet, t = book.cost_adjustments, book.transactions
    if sheet is None:
        return []
    what = "Nothing of this item is on hand at the date, so there is nothing to revalue."
    fix = "Correct the date, or remove the row."
    return [
        Problem(
            "IC354", Severity.ERROR, sheet.cells.cell(k, "date"), "", what, fix, "R7.4",
            str(book.items.number[int(t.item[sheet.transaction[k]])]), t.id[int(sheet.transaction[k])],
        )
        for k in sheet_rows.tolist()
    ]  # fmt: skip


def _error(book: Book, sheet: CostAdjustments, k: int, row: int, code: str, problem: str, fix: str) -> Problem:
    t = book.transactions
    return Problem(
        code, Severity.ERROR, sheet.cells.cell(k, "transaction"), t.id[row], problem, fix, "R7.4",
        str(book.items.number[int(t.item[row])]), t.id[row],
    )  # fmt: skip
