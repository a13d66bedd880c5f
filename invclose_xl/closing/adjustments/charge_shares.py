"""Shares of charges: every row of the sheet *Charges* that no Closing has posted yet, spread over its receipts.

The receipts are those that are financial as of D; what a Closing has spread stays as it was, whatever comes later.

In      a book, what stands, the transactions at D with their posted costs.
Out     ChargeShares, which add up to the amounts of their rows; input errors.
Units   minor units, positive = the cost rises.
Source  RULES R7.4 (cents by cumulative rounding in row order).
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.closing.adjustments.charge_receipts import HEADINGS, ChargeReceipts
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import NO_DATE, Book, Bool, Charges, Int64
from invclose_xl.domain.days import to_date
from invclose_xl.domain.models import is_periodic
from invclose_xl.domain.money import share_cumulatively
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.words import SpreadBy

MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class ChargeShares:
    """One element per charge and receipt; the receipts of one charge follow each other in row order."""

    charge: Int64
    """row of the sheet Charges"""
    row: Int64
    """its receipt"""
    amount: Int64


def find_charges_since(charges: Charges, state: LedgerState, day: int) -> list[int]:
    """Return the rows of the sheet that a run at D spreads: dated up to D, after what the last Closing has posted."""
    after = (state.closed_up_to == NO_DATE) | (charges.day > state.closed_up_to)
    return np.flatnonzero(after & (charges.day <= day)).tolist()


def share_charges(book: Book, state: LedgerState, movements: Movements, day: int) -> tuple[ChargeShares, list[Problem]]:
    """Spread the charges that a run at D finds."""
    charges, rows = book.charges, movements.transactions
    found: list[tuple[int, Int64, list[int]]] = []
    problems: list[Problem] = []
    due = [] if charges is None else find_charges_since(charges, state, day)
    if charges is not None and due:
        selects = ChargeReceipts(book, charges, movements.is_receipt[:rows] & _select_invoiced(movements))
        periodic = is_periodic(book.get_item_models()[book.transactions.item])
        for charge in due:
            receipts = selects.of(charge)
            weights = _weigh_receipts(charges.spread_by[charge], movements, receipts)
            if not len(receipts):
                problems.append(_describe_no_selection(book, charges, charge, selects))
            elif not periodic[receipts].all():
                problems.append(_describe_never_adjusted(book, charges, charge, receipts[~periodic[receipts]]))
            elif not sum(weights):
                problems.append(_describe_no_value(charges, charge))
            else:
                found.append((charge, receipts, share_cumulatively(int(charges.amount[charge]), weights)))
    none = np.zeros(0, dtype=np.int64)
    return ChargeShares(
        np.concatenate([none, *(np.full(len(receipts), charge, dtype=np.int64) for charge, receipts, _ in found)]),
        np.concatenate([none, *(receipts for _, receipts, _ in found)]),
        np.array([share for _, _, shares in found for share in shares], dtype=np.int64),
    ), problems


def _select_invoiced(movements: Movements) -> Bool:
    """Transactions that are financial as of D; rows that stand for legs of closing transfers are never there."""
    rows = movements.transactions
    return np.asarray(movements.financial[:rows] & movements.present[:rows])


def _weigh_receipts(spread_by: SpreadBy, movements: Movements, receipts: Int64) -> list[int]:
    """Return what the shares of some receipts are measured by; a receipt worth less than nothing takes nothing."""
    match spread_by:
        case SpreadBy.VALUE:
            weights: list[int] = np.maximum(movements.posted[receipts], 0).tolist()
        case SpreadBy.QUANTITY:
            weights = movements.quantity[receipts].tolist()
        case SpreadBy.EQUALLY:
            weights = [1] * len(receipts)
    return weights


def _describe_no_selection(book: Book, charges: Charges, charge: int, selects: ChargeReceipts) -> Problem:
    alone = selects.find_criteria_without_receipts(charge)
    name = (
        alone[0] if alone else next((n for n, names in charges.criteria.items() if names[charge] is not None), "date")
    )
    what = "The charge belongs to no receipt that is invoiced up to the date of the run"
    if alone:
        what += f": none fits {' or '.join(HEADINGS[n] for n in alone)}, whatever the other cells of the row say."
    elif charges.names_nothing(charge):
        what += ", because none is invoiced up to then."
    else:
        what += "; each criterion has receipts, but no receipt meets all of them."
    fix = "Correct what it belongs to, or date the charge when its receipts are invoiced, or delete the row."
    return Problem(
        "IC182",
        Severity.ERROR,
        charges.cells.cell(charge, name),
        _show_criterion(charges, charge, name),
        what,
        fix,
        "R7.4",
    )


def _show_criterion(charges: Charges, charge: int, name: str) -> str:
    """Return what a cell of a charge holds: a name or a day."""
    days = {"received_from": charges.received_from, "received_to": charges.received_to, "date": charges.day}
    return str(to_date(int(days[name][charge]))) if name in days else str(charges.criteria[name][charge])


def _describe_never_adjusted(book: Book, charges: Charges, charge: int, receipts: Int64) -> Problem:
    items = book.items.number.gather(book.transactions.item[receipts]).unique(maintain_order=True).to_list()
    names = ", ".join(items[:MOST_NAMES]) + (" …" if len(items) > MOST_NAMES else "")
    what = (
        f"{format_count(len(receipts), 'receipt')} of the charge {choose_form(len(receipts), 'is', 'are')} "
        "of items whose"
        f" receipts keep their cost, at standard cost or moving average: {names}."
    )
    fix = "Name the other items or item groups one row each, and post the share of these in the ledger."
    return Problem("IC185", Severity.ERROR, charges.cells.cell(charge, "amount"), "", what, fix, "R7.4")


def _describe_no_value(charges: Charges, charge: int) -> Problem:
    what = "All receipts of the charge have a value of 0, so it cannot be spread by value."
    fix = "Enter Quantity or Equally under Spread by."
    return Problem("IC184", Severity.ERROR, charges.cells.cell(charge, "spread_by"), "Value", what, fix, "R7.4")
