"""Has anything behind the lock been changed? Every later run asks first.

In      a book with its history.
Out     Problems with severity Refused, each with its cell, the old value where our sheets know it, and the way out.
Source  RULES R10.1, R10.2, R3.3.
"""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.locked import verify_by_hand
from invclose_xl.closing.earlier.partial_invoices import find_replacements
from invclose_xl.closing.lock.partial_invoices_missing import NO_LOT, describe_missing_parts
from invclose_xl.closing.lock.previous_values import find_previous_value
from invclose_xl.closing.lock.verify_results import verify_decimals, verify_results
from invclose_xl.closing.state.currency import find_other_currency
from invclose_xl.closing.state.ledger_state import LedgerState, list_active_closings
from invclose_xl.closing.state.locked_rows import (
    INVOICE_COLUMNS,
    PHYSICAL,
    RELEASED,
    TRANSACTION_COLUMNS,
    fingerprint_transactions,
    read_locked_transactions,
    select_dated_up_to,
)
from invclose_xl.domain.book import NO_DATE, Book, Int64
from invclose_xl.domain.days import to_date
from invclose_xl.domain.fingerprint import unpack_hashes
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.models import is_periodic
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind

SPLIT = ("quantity", "physical_amount")
"""columns that change where a packing slip is split"""


def verify(book: Book, state: LedgerState) -> list[Problem]:
    """Return everything that was changed, added or removed behind the lock."""
    if not len(book.history["lock"]):
        return []
    return verify_results(book) + verify_inputs(book, state)


def verify_inputs(book: Book, state: LedgerState) -> list[Problem]:
    """Return what was changed on the input behind the lock; what closings wrote was compared elsewhere."""
    problems: list[Problem] = []
    if verify_decimals(book):
        return problems
    problems += find_other_currency(book)
    if state.closed_up_to == NO_DATE:
        return problems
    way_out = (
        f"Restore it as it was, or reverse {_get_last_closing(book)} first. To correct a cost, enter "
        "a later cost adjustment."
    )
    found = _verify_transactions(book, state) + verify_by_hand(book, state) + _verify_settings(book, state)
    return problems + [p if p.fix else replace(p, fix=way_out) for p in found]


def _get_last_closing(book: Book) -> str:
    return str(list_active_closings(book.history["lock"])[-1])


def _verify_transactions(book: Book, state: LedgerState) -> list[Problem]:
    """Compare every locked row with its fingerprint, and look for rows that were never locked."""
    closed, transactions = state.closed_up_to, book.transactions
    day = to_date(closed)
    locked = read_locked_transactions(book).filter(pl.col("fingerprint") != RELEASED)
    was_physical = locked["fingerprint"].str.starts_with(PHYSICAL)
    key = make_id_keys(transactions.id)
    at = pl.DataFrame({"key": key, "row": np.arange(len(transactions))})
    found = locked.join(at, on="key", how="left", maintain_order="left")
    row = found["row"].fill_null(0).to_numpy()
    physical = np.zeros(len(transactions), dtype=np.bool_)
    physical[row[(was_physical & found["row"].is_not_null()).to_numpy()]] = True
    now = fingerprint_transactions(book, physical).gather(row)
    same = ((now == found["fingerprint"]) & found["row"].is_not_null()).to_numpy()
    known = np.zeros(len(transactions), dtype=np.bool_)
    known[row[found["row"].is_not_null().to_numpy()]] = True
    late = select_dated_up_to(book, closed) & ~known
    gone, changed = found["row"].is_null().to_numpy(), ~same & found["row"].is_not_null().to_numpy()
    excused_rows, excused_locked, _ = find_replacements(book, found, gone | changed, np.flatnonzero(late))
    problems = []
    unknown = np.setdiff1d(np.flatnonzero(late), excused_rows)
    for locked_row in np.flatnonzero((gone | changed) & ~excused_locked).tolist():
        name, before, left = (
            found["transaction"][locked_row],
            found["fingerprint"][locked_row],
            None if gone[locked_row] else int(row[locked_row]),
        )
        if left is None:
            parts = describe_missing_parts(book, name, before, left, unknown)
            problems.append(_describe_removed(book, name, found["closing"][locked_row], parts))
        else:
            problems += _find_changed_cells(book, left, before, now[locked_row], unknown)
    late[excused_rows] = False
    physical[excused_rows] = True
    problems += [_describe_late(book, r, closed, day) for r in np.flatnonzero(late).tolist()]
    invoiced = physical & (transactions.financial_date != NO_DATE) & (transactions.financial_date <= closed)
    problems += [_describe_invoiced_too_early(book, r, day) for r in np.flatnonzero(invoiced).tolist()]
    return problems


def _describe_removed(book: Book, name: str, closing: str, parts: str) -> Problem:
    return Problem(
        "IC212", Severity.REFUSED, CellRef("Transactions"), name,
        f"This transaction was locked by {closing} and is no longer on the sheet.{parts}",
        _describe_way_out_of_parts(book, parts), "R10.2", transaction=name,
    )  # fmt: skip


def _describe_way_out_of_parts(book: Book, parts: str) -> str:
    """Say what would stand for a packing slip that was split; '' where nothing can."""
    if not parts or parts == NO_LOT:
        return ""
    return (
        "Let rows with the same Lot ID, Reference, physical date and dimensions add up to what was locked, or put the"
        f" row back, or reverse {_get_last_closing(book)} first."
    )


def _find_changed_cells(book: Book, row: int, before: str, now: str, late: Int64) -> list[Problem]:
    """Name each changed cell of a locked row; of a packing slip that was split, what its parts lack."""
    transactions = book.transactions
    old = unpack_hashes(before.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
    new = unpack_hashes(now.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
    differ = [c for c in TRANSACTION_COLUMNS if old.get(c) != new.get(c)]
    if before.startswith(PHYSICAL):
        differ = [c for c in differ if c not in INVOICE_COLUMNS]
    problems = []
    for column in differ:
        known = find_previous_value(book, row, column, old[column]) if column in old else ""
        was = f" It was {known}." if known else (" It was blank." if column not in old else "")
        parts = ""
        if column == next((c for c in differ if c in SPLIT), None):
            parts = describe_missing_parts(book, transactions.id[row], before, row, late)
        problems.append(
            Problem(
                "IC211", Severity.REFUSED, transactions.cells.cell(row, column), "",
                f"This cell of a locked transaction was {'emptied' if column not in new else 'changed'}.{was}{parts}",
                _describe_way_out_of_parts(book, parts),
                "R10.2", str(book.items.number[int(transactions.item[row])]), transactions.id[row],
            )
        )  # fmt: skip
    return problems


def _describe_late(book: Book, row: int, closed: int, day: date) -> Problem:
    transactions = book.transactions
    financial = transactions.financial_date[row] != NO_DATE and transactions.financial_date[row] <= closed
    return Problem(
        "IC204", Severity.REFUSED, transactions.cells.cell(row, "financial_date" if financial else "physical_date"), "",
        f"The transaction is dated on or before {day}, and inventory is closed up to that day.",
        f"Enter a date after {day}, or reverse {_get_last_closing(book)} "
        "first.", "R10.1", str(book.items.number[int(transactions.item[row])]),
        transactions.id[row],
    )  # fmt: skip


def _describe_invoiced_too_early(book: Book, row: int, day: date) -> Problem:
    transactions = book.transactions
    return Problem(
        "IC206", Severity.REFUSED, transactions.cells.cell(row, "financial_date"), "",
        f"The transaction was not invoiced when inventory was closed up to {day}, so its invoice must be dated later.",
        f"Enter an invoice date after {day}, or reverse {_get_last_closing(book)} first.", "R10.1",
        str(book.items.number[int(transactions.item[row])]), transactions.id[row],
    )  # fmt: skip


def _verify_settings(book: Book, state: LedgerState) -> list[Problem]:
    """The financial dimensions may change only while nothing is open (RULES R3.3)."""
    rows = select_locked_rows(book.history, LockedKind.DIMENSIONS)
    kept = rows.filter(pl.col("closing") == _get_last_closing(book))["fingerprint"]
    problems = []
    dimensions = ", ".join(book.financial_dimensions)
    if len(kept) and kept[-1] != dimensions and _is_anything_open(book, state):
        problems.append(
            Problem(
                "IC208", Severity.REFUSED, CellRef("Dimensions"), dimensions,
                f"The financial dimensions were {kept[-1]} at the last closing; they can be changed only"
                " when no quantity is open.",
                f"Set them back to {kept[-1]}.", "R3.3",
            )
        )  # fmt: skip
    return problems


def _is_anything_open(book: Book, state: LedgerState) -> bool:
    """Return whether any locked transaction or leg of a periodic item still has an open quantity."""
    transactions, settled, legs = book.transactions, state.settled, state.legs
    quantity = np.concatenate(
        [np.abs(transactions.quantity) - transactions.prior_settled_quantity, np.abs(legs.quantity)]
    )
    for side in (settled.issue, settled.receipt):
        np.subtract.at(quantity, side, settled.quantity)
    behind = np.concatenate([select_dated_up_to(book, state.closed_up_to), np.ones(len(legs), dtype=np.bool_)])
    periodic = np.concatenate(
        [is_periodic(book.get_item_models()[transactions.item]), np.ones(len(legs), dtype=np.bool_)]
    )
    return bool(((quantity > 0) & behind & periodic).any())
