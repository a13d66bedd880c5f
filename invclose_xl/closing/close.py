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

from invclose_xl.closing.adjust import adjust
from invclose_xl.closing.as_of import model_of_movements, movements_as_of, settles_physical
from invclose_xl.closing.estimate import estimate
from invclose_xl.closing.findings import mark_errors, negative_stock, warnings
from invclose_xl.closing.laws import check_laws
from invclose_xl.closing.lock import late_postings, refuse_date, refuse_posting_date
from invclose_xl.closing.order import Order
from invclose_xl.closing.posting import CostChanges, post
from invclose_xl.closing.record import record
from invclose_xl.closing.run import Run
from invclose_xl.closing.standing import Standing, closing_name, read_standing
from invclose_xl.costflow.value import value_pairs
from invclose_xl.domain.book import NO_DATE, Book, Bool, Int64
from invclose_xl.domain.marks import Marks, resolve_marks
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.problem import InputFault, Problem, Refused, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.matching.registry import match

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
    changes = CostChanges.joined([_adjusted(run), *([_estimated(run)] if book.parameters.post_estimated_costs else [])])
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


def compute(book: Book, order: Order, standing: Standing) -> Run:
    """Match and value everything up to the order's date, without writing anything down."""
    periodic = book.model_of_item()[book.transactions.item] <= 4
    marks, faults = resolve_marks(book.transactions, periodic)
    if faults:
        raise InputFault(mark_errors(book, faults))
    posted, estimates = estimate(book, standing, order.day, marks)
    movements = movements_as_of(book, standing, order.day, posted)
    model = model_of_movements(book, movements.item)
    matching = match(
        book.transactions,
        movements,
        model,
        marks,
        _settled_before(standing, marks),
        _awaited(book, movements),
        book.parameters.lifo_issue_order == "Oldest first",
    )
    costs = value_pairs(movements, matching.pairs, matching.transfers)
    adjustments = adjust(movements, matching.pairs, costs, periodic)
    name = closing_name(standing.last_number + 1)
    return Run(book, order, name, standing, movements, model, marks, matching, estimates, costs, adjustments)


def _awaited(book: Book, movements: Movements) -> Bool:
    """Movements that marks wait for: not eligible yet, by date or because they are not invoiced (RULES R5.1)."""
    rows = movements.transactions
    awaited = np.zeros(len(movements), dtype=np.bool_)
    later = ~movements.present[:rows]
    physical_only = ~movements.financial[:rows] & ~settles_physical(book, movements.item[:rows])
    awaited[:rows] = later | physical_only
    return awaited


def _settled_before(standing: Standing, marks: Marks) -> Int64:
    """Per mark, the quantity that active closings settled between its two sides (RULES R5.1)."""
    s = standing.settled
    if not len(marks) or not len(s.issue):
        return np.zeros(len(marks), dtype=np.int64)
    history = pl.DataFrame(
        {"low": np.minimum(s.issue, s.receipt), "high": np.maximum(s.issue, s.receipt), "quantity": s.quantity}
    )
    totals = history.group_by("low", "high").agg(pl.col("quantity").sum())
    wanted = pl.DataFrame(
        {"low": np.minimum(marks.carrier, marks.partner), "high": np.maximum(marks.carrier, marks.partner)}
    )
    found = wanted.join(totals, on=["low", "high"], how="left", maintain_order="left")
    return found["quantity"].fill_null(0).to_numpy().astype(np.int64)


def _adjusted(run: Run) -> CostChanges:
    a = run.adjustments
    return CostChanges(a.row, a.amount, a.rounding_difference, a.is_physical)


def _estimated(run: Run) -> CostChanges:
    e = run.estimates
    return CostChanges(e.row, e.amount, np.zeros(len(e), dtype=np.int64), ~run.movements.financial[e.row])


def default_date(closed_up_to: int, today: date) -> date:
    """End of the month before today; later the end of the month after the last close (RULES R10.5)."""
    if closed_up_to == NO_DATE:
        return today.replace(day=1) - timedelta(days=1)
    last = EPOCH + timedelta(days=closed_up_to)
    end = _end_of_month(last)
    return end if last < end else _end_of_month(end + timedelta(days=1))


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
