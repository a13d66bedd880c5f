"""Manual cost adjustments: which of them this run finds, and what is wrong with them.

In      the sheet *Cost adjustments*, the transactions at D, and what earlier runs posted of them.
Out     ManualChange per receipt; input errors.
Units   minor units, positive = the cost rises.
Source  RULES R7.4.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from invclose_xl.closing.as_of import financial_as_of
from invclose_xl.closing.standing import Standing
from invclose_xl.domain.book import NO_CODE, NO_DATE, Book, Bool, CostAdjustments, Int64
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.problem import Problem, Severity
from invclose_xl.domain.words import Cause

MOST_TRIED = 12
"""rows of one receipt that are tried in combination"""


@dataclass(frozen=True, slots=True)
class ManualChanges:
    """What this run posts for the first time; ``sheet_row`` is the row of the sheet *Cost adjustments*."""

    sheet_row: Int64
    """of each adjustment that is new; NO_CODE where one is taken back that is no longer in the sheet"""
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
    """Find what the sheet asks for, dated up to D and on receipts financial at D, and no active run has posted yet."""
    sheet = book.cost_adjustments
    on_hand = np.zeros(len(book.transactions), dtype=np.int64)
    a = standing.adjusted
    posted = np.zeros(len(book.transactions), dtype=np.int64)
    manual = (a.cause == Cause.MANUAL_ADJUSTMENT.value).to_numpy() & (a.row < len(posted))
    np.add.at(posted, a.row[manual], a.amount[manual])
    posted[~financial] = 0
    since = np.zeros(0, dtype=np.int64)
    if sheet is not None and len(sheet.amount):
        counts = (sheet.transaction != NO_CODE) & (sheet.day <= day)
        counts &= financial[np.where(sheet.transaction == NO_CODE, 0, sheet.transaction)]
        closed = counts & _posted_by_a_close(book, sheet, standing)
        np.subtract.at(posted, sheet.transaction[closed], sheet.amount[closed])
        since = np.flatnonzero(counts & ~closed)
        later = since[(standing.closed_up_to == NO_DATE) | (sheet.day[since] > standing.closed_up_to)]
        later = later[sheet.on_hand[later]]
        np.add.at(on_hand, sheet.transaction[later], sheet.amount[later])
    new, obsolete = _not_posted_yet(sheet, since, posted)
    return ManualChanges(
        np.concatenate([new, np.full(len(obsolete), NO_CODE, dtype=np.int64)]),
        np.concatenate([sheet.transaction[new].astype(np.int64) if sheet is not None else new, obsolete]),
        np.concatenate([sheet.amount[new] if sheet is not None else new, -posted[obsolete]]),
        on_hand,
    )


def revaluations_since(book: Book, standing: Standing, day: int, walked: Bool) -> Int64:
    """Rows of the sheet that revalue what is on hand of moving average items, and that no Closing has posted yet."""
    sheet = book.cost_adjustments
    if sheet is None or not len(sheet.amount):
        return np.zeros(0, dtype=np.int64)
    row = np.maximum(sheet.transaction, 0)
    counts = (sheet.transaction != NO_CODE) & sheet.on_hand & (sheet.day <= day)
    counts &= walked[row] & financial_as_of(book, day)[row]
    return np.flatnonzero(counts & ~_posted_by_a_close(book, sheet, standing))


def _posted_by_a_close(book: Book, sheet: CostAdjustments, standing: Standing) -> Bool:
    """Rows behind the lock whose receipt was financial by then: the lock keeps them, and a close takes all it finds."""
    closed = standing.closed_up_to
    if closed == NO_DATE:
        return np.zeros(len(sheet.amount), dtype=np.bool_)
    financial = financial_as_of(book, closed)[np.maximum(sheet.transaction, 0)]
    return np.asarray((sheet.transaction != NO_CODE) & (sheet.day <= closed) & financial)


def _not_posted_yet(sheet: CostAdjustments | None, since: Int64, posted: Int64) -> tuple[Int64, Int64]:
    """Split the rows since the last close: those that recalculations have not posted yet, by what they posted.

    Nothing locks such rows, so they may have been changed since: where no rows add up to what was posted of a
    transaction, all of them are new, and the second result names the transaction: what was posted is taken back.
    """
    rows_of: dict[int, list[int]] = {}
    if sheet is not None:
        for k in since.tolist():
            rows_of.setdefault(int(sheet.transaction[k]), []).append(k)
    known: set[int] = set()
    obsolete = []
    for transaction in np.flatnonzero(posted).tolist():
        rows = rows_of.get(transaction, [])
        found = _adding_up(sheet, rows, int(posted[transaction])) if sheet is not None else []
        known.update(found)
        if not found:
            obsolete.append(transaction)
    new = [k for k in since.tolist() if k not in known]
    return np.array(new, dtype=np.int64), np.array(obsolete, dtype=np.int64)


def _adding_up(sheet: CostAdjustments, rows: list[int], wanted: int) -> list[int]:
    """Return rows that add up to an amount: the first ones of the sheet if they do, else the largest such set."""
    for size in range(1, len(rows) + 1):
        if int(sheet.amount[rows[:size]].sum()) == wanted:
            return rows[:size]
    if len(rows) > MOST_TRIED:
        return []
    for size in range(len(rows) - 1, 0, -1):
        for chosen in combinations(rows, size):
            if int(sheet.amount[list(chosen)].sum()) == wanted:
                return list(chosen)
    return []


def manual_errors(book: Book, standing: Standing) -> list[Problem]:
    """Adjustments of issues, and of items that the close never adjusts, are input errors.

    What a close has posted was right when it did: the item may have had another model then (RULES R3.3).
    """
    sheet = book.cost_adjustments
    if sheet is None:
        return []
    t, models = book.transactions, book.model_of_item()
    problems = []
    posted = _posted_by_a_close(book, sheet, standing)
    for k, row in enumerate(sheet.transaction.tolist()):
        if row == NO_CODE or posted[k]:
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


def nothing_open(book: Book, manual: ManualChanges, open_quantity: Int64, periodic: Bool) -> list[Problem]:
    """New adjustments of what is on hand of a receipt, of which nothing is: no issue and no stock could take them."""
    sheet, t = book.cost_adjustments, book.transactions
    if sheet is None:
        return []
    new = manual.sheet_row[manual.sheet_row >= 0]
    row = sheet.transaction[new]
    what = "Nothing of this receipt is open, so there is nothing on hand to adjust."
    fix = "Enter Transaction under Applies to, which changes the issues that it was settled with, or remove the row."
    return [
        Problem(
            "IC354", Severity.ERROR, sheet.cells.cell(k, "applies_to"), "", what, fix, "R7.4",
            str(book.items.number[int(t.item[sheet.transaction[k]])]), t.id[int(sheet.transaction[k])],
        )
        for k in new[sheet.on_hand[new] & periodic[row] & (open_quantity[row] == 0)].tolist()
    ]  # fmt: skip


def _error(book: Book, sheet: CostAdjustments, k: int, row: int, code: str, problem: str, fix: str) -> Problem:
    t = book.transactions
    return Problem(
        code, Severity.ERROR, sheet.cells.cell(k, "transaction"), t.id[row], problem, fix, "R7.4",
        str(book.items.number[int(t.item[row])]), t.id[row],
    )  # fmt: skip
