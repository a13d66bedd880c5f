"""Manual cost adjustments: which of them this run finds, and what is wrong with them.

In      the rows of *Cost adjustments* and the shares of *Charges*, the transactions at D, what earlier runs posted.
Out     ManualChanges, per receipt; input errors.
Units   minor units, positive = the cost rises.
Source  RULES R7.4, R8.6.
"""

from dataclasses import dataclass, replace

import numpy as np

from invclose_xl.closing.earlier.charges import Charge, compare_charges, read_posted_charges
from invclose_xl.closing.state.as_of import select_chargeable, select_financial
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import NO_CODE, NO_DATE, Book, Bool, CostAdjustments, Int64
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.words import Cause


@dataclass(frozen=True, slots=True)
class ManualChanges:
    """Manual adjustments that this run posts for the first time, and those that it takes back."""

    entries: CostAdjustments | None
    """all rows that could be posted (closing.adjustments.entries)"""
    sheet_row: Int64
    """row of ``entries`` of each adjustment that is new; NO_CODE where one is taken back that is no longer there"""
    row: Int64
    """its transaction"""
    amount: Int64
    on_hand_since: Int64
    """per transaction: on-hand adjustments since the last active Closing, this run's included"""
    settled_before: Int64
    """per transaction: change of its cost for the share of adjustments that a former system settled, and"""
    settled_before_since: Int64
    """all of it since the last active Closing, this run's included"""
    taken_back: tuple[Charge, ...] = ()
    """how those were posted that are taken back, in their order"""

    def sum_per_transaction(self, transactions: int) -> Int64:
        """Sum of the new adjustments of each transaction."""
        total = np.zeros(transactions, dtype=np.int64)
        np.add.at(total, self.row, self.amount)
        return total

    def sum_taken_back(self, transactions: int) -> Int64:
        """Sum what takes back rows that are others now, for each transaction (RULES R8.6)."""
        total, back = np.zeros(transactions, dtype=np.int64), self.sheet_row == NO_CODE
        np.add.at(total, self.row[back], self.amount[back])
        return total

    def change_of_cost(self, transactions: int) -> Int64:
        """Return what of the new adjustments stays in the cost of each transaction."""
        return self.sum_per_transaction(transactions) + self.settled_before


def find_manual_changes(
    book: Book, state: LedgerState, day: int, financial: Bool, sheet: CostAdjustments | None
) -> ManualChanges:
    """Find what the rows ask for, dated up to D and on receipts financial at D, and no active run has posted yet.

    What recalculations posted for rows that are others now is taken back as it was posted (RULES R8.6).
    """
    on_hand = np.zeros(len(book.transactions), dtype=np.int64)
    whole = np.zeros(len(book.transactions), dtype=np.int64)
    since = np.zeros(0, dtype=np.int64)
    if sheet is not None and len(sheet.amount):
        since = find_rows_since(book, sheet, state, day, financial)
        later = since[(state.closed_up_to == NO_DATE) | (sheet.day[since] > state.closed_up_to)]
        later = later[sheet.on_hand[later]]
        np.add.at(on_hand, sheet.transaction[later], sheet.amount[later])
        passed_down = since[~sheet.on_hand[since]]
        np.add.at(whole, sheet.transaction[passed_down], sheet.amount[passed_down])
    posted = {row: charges for row, charges in read_posted_charges(book).items() if financial[row]}
    new, obsolete = compare_charges(sheet, since.tolist(), posted)
    of_new = [int(sheet.transaction[k]) for k in new] if sheet is not None else []
    amounts = [int(sheet.amount[k]) for k in new] if sheet is not None else []
    stood = _sum_posted_since(state, len(book.transactions))
    wanted = np.where(financial, _share_settled_before(book, whole), stood)
    return ManualChanges(
        sheet,
        np.array([*new, *[NO_CODE] * len(obsolete)], dtype=np.int64),
        np.array([*of_new, *[row for row, _ in obsolete]], dtype=np.int64),
        np.array([*amounts, *[-charge.amount for _, charge in obsolete]], dtype=np.int64),
        on_hand,
        wanted - stood,
        wanted,
        tuple(charge for _, charge in obsolete),
    )


def find_rows_since(book: Book, sheet: CostAdjustments, state: LedgerState, day: int, financial: Bool) -> Int64:
    """Return the rows dated up to D, on receipts financial at D, that no Closing has posted yet."""
    counts = (sheet.transaction != NO_CODE) & (sheet.day <= day)
    counts &= financial[np.where(sheet.transaction == NO_CODE, 0, sheet.transaction)]
    return np.flatnonzero(counts & ~_select_posted_by_close(book, sheet, state))


def _share_settled_before(book: Book, whole: Int64) -> Int64:
    """Share of the adjustments of whole receipts that belongs to what a former system settled (RULES R7.4)."""
    transactions = book.transactions
    share = np.zeros(len(transactions), dtype=np.int64)
    for row in np.flatnonzero((whole != 0) & (transactions.prior_settled_quantity != 0)).tolist():
        share[row] = -mul_div(
            int(whole[row]), int(transactions.prior_settled_quantity[row]), abs(int(transactions.quantity[row]))
        )
    return share


def _sum_posted_since(state: LedgerState, transactions: int) -> Int64:
    """Sum what recalculations since the last active Closing posted for the share settled before."""
    adjusted, total = state.adjusted, np.zeros(transactions, dtype=np.int64)
    own = (adjusted.cause == Cause.SETTLED_BEFORE.value).to_numpy() & (adjusted.closing > state.last_closing)
    own &= adjusted.row < transactions
    np.add.at(total, adjusted.row[own], adjusted.amount[own])
    return total


def find_revaluations_since(book: Book, state: LedgerState, day: int, walked: Bool) -> Int64:
    """Rows of the sheet that revalue what is on hand of moving average items, and that no Closing has posted yet."""
    sheet = book.cost_adjustments
    if sheet is None or not len(sheet.amount):
        return np.zeros(0, dtype=np.int64)
    row = np.maximum(sheet.transaction, 0)
    counts = (sheet.transaction != NO_CODE) & sheet.on_hand & (sheet.day <= day)
    counts &= walked[row] & select_financial(book, day)[row]
    return np.flatnonzero(counts & ~_select_posted_by_close(book, sheet, state))


def _select_posted_by_close(book: Book, sheet: CostAdjustments, state: LedgerState) -> Bool:
    """Rows behind the lock whose receipt was financial by then: the lock keeps them, and a close takes all it finds."""
    closed = state.closed_up_to
    if closed == NO_DATE:
        return np.zeros(len(sheet.amount), dtype=np.bool_)
    financial = select_chargeable(book, closed)[np.maximum(sheet.transaction, 0)]
    return np.asarray((sheet.transaction != NO_CODE) & (sheet.day <= closed) & financial)


def find_manual_errors(book: Book, state: LedgerState) -> list[Problem]:
    """Adjustments of issues, and of items that the close never adjusts, are input errors.

    What a close has posted was right when it did: the item may have had another model then (RULES R3.3).
    """
    sheet = book.cost_adjustments
    if sheet is None:
        return []
    transactions, models = book.transactions, book.get_item_models()
    leg = transactions.stands_for_leg
    problems = []
    posted = _select_posted_by_close(book, sheet, state)
    for entry, row in enumerate(sheet.transaction.tolist()):
        if row == NO_CODE or posted[entry]:
            continue
        model = InventoryModel(int(models[transactions.item[row]]))
        if leg[row]:
            problems += _find_leg_errors(book, sheet, entry, model)
            continue
        if transactions.quantity[row] < 0:
            what = "This transaction is an issue; only the cost of receipts can be adjusted by hand."
            fix = "Adjust the receipt that the issue was settled with; the change reaches the issue by itself."
            problems.append(_describe_error(book, sheet, entry, row, "IC351", what, fix))
        elif model is InventoryModel.MOVING_AVERAGE and not sheet.on_hand[entry]:
            what = "The item is valued at moving average, so what was issued of this receipt keeps its cost."
            fix = "Enter On hand under Applies to, which revalues what is on hand at the date, or delete the row."
            problems.append(_describe_error(book, sheet, entry, row, "IC352", what, fix))
        elif model is InventoryModel.STANDARD_COST:
            what = f"The item is valued at {model.label.lower()}, which the close never adjusts."
            problems.append(_describe_error(book, sheet, entry, row, "IC352", what, "Delete the row."))
    return problems


def _find_leg_errors(book: Book, sheet: CostAdjustments, entry: int, model: InventoryModel) -> list[Problem]:
    """A leg of a closing transfer may be charged where it is the stock of an average item, and only that stock."""
    row = int(sheet.transaction[entry])
    if book.transactions.quantity[row] < 0:
        what = "This is the issue leg of a closing transfer; only its receipt leg is stock."
        receipt = f"{book.transactions.id[row][:-1]}R"
        return [
            _describe_error(book, sheet, entry, row, "IC351", what, f"Enter {receipt} with On hand under Applies to.")
        ]
    if not model.is_periodic:
        what = f"The item is valued at {model.label.lower()} now, so what an earlier close left is not adjusted."
        fix = "Delete the row."
        if model is InventoryModel.MOVING_AVERAGE:
            fix = "Enter a receipt of the item from the sheet Transactions with On hand under Applies to."
        return [_describe_error(book, sheet, entry, row, "IC352", what, fix)]
    if not sheet.on_hand[entry]:
        what = "This leg of a closing transfer is stock of an average item; only what is on hand of it can be adjusted."
        fix = "Enter On hand under Applies to, or adjust the receipt that brought the goods in."
        cell = sheet.cells.cell(entry, "applies_to")
        return [replace(_describe_error(book, sheet, entry, row, "IC580", what, fix), where=cell, found="")]
    return []


def find_revaluation_errors(book: Book, sheet_rows: Int64) -> list[Problem]:
    """Revaluations of moving average items on a day on which nothing is on hand: their amount would stay for ever."""
    sheet, transactions = book.cost_adjustments, book.transactions
    if sheet is None:
        return []
    what = "Nothing of this item is on hand at the date, so there is nothing to revalue."
    fix = "Correct the date, or delete the row."
    return [
        Problem(
            "IC354", Severity.ERROR, sheet.cells.cell(k, "date"), "", what, fix, "R7.4",
            str(book.items.number[int(transactions.item[sheet.transaction[k]])]),
            transactions.id[int(sheet.transaction[k])],
        )
        for k in sheet_rows.tolist()
    ]  # fmt: skip


def find_charges_on_nothing(book: Book, manual: ManualChanges, open_quantity: Int64, periodic: Bool) -> list[Problem]:
    """New adjustments of what is on hand of a receipt, of which nothing is: no issue and no stock could take them."""
    sheet, transactions = manual.entries, book.transactions
    if sheet is None:
        return []
    new = manual.sheet_row[manual.sheet_row >= 0]
    row = sheet.transaction[new]
    what = "Nothing of this receipt is open, so there is nothing on hand to adjust."
    fix = "Enter Transaction under Applies to, which changes the issues that it was settled with, or delete the row."
    of_leg = "Enter the leg or the receipt that is on hand now, or delete the row."
    leg = transactions.stands_for_leg
    return [
        Problem(
            "IC354", Severity.ERROR, sheet.cells.cell(k, "applies_to"), "", what,
            of_leg if leg[sheet.transaction[k]] else fix, "R7.4",
            str(book.items.number[int(transactions.item[sheet.transaction[k]])]),
            transactions.id[int(sheet.transaction[k])],
        )
        for k in new[sheet.on_hand[new] & periodic[row] & (open_quantity[row] == 0)].tolist()
    ]  # fmt: skip


def _describe_error(
    book: Book, sheet: CostAdjustments, entry: int, row: int, code: str, problem: str, fix: str
) -> Problem:
    transactions = book.transactions
    return Problem(
        code, Severity.ERROR, sheet.cells.cell(entry, "transaction"), transactions.id[row], problem, fix, "R7.4",
        str(book.items.number[int(transactions.item[row])]), transactions.id[row],
    )  # fmt: skip
