"""The inventory close: match, value, adjust, post, lock, and write it all down.

In      a book and an order: type Closing, date D, specification, who and when.
Out     Outcome: the complete result tables, those of earlier runs included, and what is to be said about the run.
Errors  InputFault (marks, accounts, forbidden negative stock), Refused (date behind the lock, rows behind the lock),
        LawBroken. Nothing is returned then, so nothing can be written.
Source  RULES R2.4.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from invclose_xl.closing.adjust import CAUSES
from invclose_xl.closing.compute import compute
from invclose_xl.closing.findings import negative_stock, warnings
from invclose_xl.closing.laws import check_laws
from invclose_xl.closing.lock import late_postings, refuse_date, refuse_posting_date
from invclose_xl.closing.order import Order
from invclose_xl.closing.posting import CostChanges, post
from invclose_xl.closing.record import record
from invclose_xl.closing.run import Run
from invclose_xl.closing.standing import read_standing
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.problem import InputFault, Problem, Refused, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import Cause

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run: ``tables`` is what the workbook is to hold, ``new`` what this run added to it."""

    closing: str
    up_to: date
    closed_up_to: date | None
    tables: Tables
    new: Tables
    problems: tuple[Problem, ...]


def close(book: Book, order: Order, read_warnings: tuple[Problem, ...] = ()) -> Outcome:
    """Close the book up to the order's date."""
    standing, gone = read_standing(book)
    refused = (
        refuse_date(standing, order)
        + refuse_posting_date(book.parameters.ledger_closed_up_to, order)
        + gone
        + late_postings(book, standing)
    )
    if refused:
        raise Refused(refused)
    run = compute(book, order, standing)
    posting_date = order.posting_date or order.up_to
    changes = cost_changes(run)
    posting = post(
        book, changes, run.name, posting_date, order.specification, f"Inventory close {run.name} up to {order.up_to}"
    )
    stock = negative_stock(run)
    errors = posting.problems + [p for p in stock if p.severity is Severity.ERROR]
    if errors:
        raise InputFault(errors)
    said = [*read_warnings, *stock, *warnings(run)]
    new = record(run, posting.voucher, said)
    check_laws(run, posting, changes)
    tables = {name: pl.concat([book.history[name], frame]) for name, frame in new.items()}
    return Outcome(run.name, order.up_to, order.up_to, tables, new, tuple(said))


def cost_changes(run: Run) -> CostChanges:
    """Everything of a run that goes to the ledger: adjustments, and estimates unless they are not to be posted."""
    a, e, manual = run.adjustments, run.estimates, run.manual
    own = a.cause != CAUSES.index(Cause.MANUAL_ADJUSTMENT)
    parts = [CostChanges.of(a.row[own], a.amount[own], a.is_physical[own], a.rounding_difference[own])]
    sheet = run.book.cost_adjustments
    if sheet is not None and len(manual.row):
        none = np.zeros(len(manual.row), dtype=np.int64)
        account = sheet.offset_account.gather(manual.sheet_row)
        parts.append(CostChanges(manual.row, manual.amount, none, none > 0, none == 0, account))
    if run.book.parameters.post_estimated_costs:
        parts.append(CostChanges.of(e.row, e.amount, ~run.movements.financial[e.row]))
        parts.append(CostChanges.of(e.back_row, -e.back_amount, e.back_is_physical))
    return CostChanges.joined(parts)


def default_date(closed_up_to: int, today: date) -> date:
    """End of the month before today; later the end of the month after the last close (RULES R10.5)."""
    if closed_up_to == NO_DATE:
        return today.replace(day=1) - timedelta(days=1)
    last = EPOCH + timedelta(days=closed_up_to)
    end = _end_of_month(last)
    return end if last < end else _end_of_month(end + timedelta(days=1))


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
