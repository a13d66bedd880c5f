"""The inventory close and the recalculation: match, value, adjust, post; the close also settles and locks.

In      a book and an order: type, date D, specification, items, who and when.
Out     Outcome: the complete result tables, those of earlier runs included, and what is to be said about the run.
Errors  InputFault (marks, feeds, accounts, forbidden negative stock), Refused (dates, anything changed behind the
        lock), LawBroken. Nothing is returned then, so nothing can be written.
Source  RULES R2.1-R2.4, R10.4.
"""

from dataclasses import replace

import polars as pl

from invclose_xl.closing.compute import compute
from invclose_xl.closing.cost_changes import cost_changes
from invclose_xl.closing.dates import day_after
from invclose_xl.closing.evidence import keep
from invclose_xl.closing.findings import negative_stock, warnings
from invclose_xl.closing.laws import check_laws
from invclose_xl.closing.lock import date_if_closed, refuse_date, refuse_posting_date
from invclose_xl.closing.order import Order
from invclose_xl.closing.outcome import Outcome, appended, sealed
from invclose_xl.closing.posting import post
from invclose_xl.closing.record import record
from invclose_xl.closing.reverse import reversal
from invclose_xl.closing.standing import read_standing
from invclose_xl.closing.verify import verify
from invclose_xl.domain.book import Book
from invclose_xl.domain.problem import InputFault, Problem, Refused, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import ClosingType, Status


def run_order(book: Book, order: Order, read_warnings: tuple[Problem, ...] = ()) -> Outcome:
    """Close or recalculate the book up to the order's date."""
    standing, gone = read_standing(book)
    refused = refuse_date(standing, order) + refuse_posting_date(book.parameters.ledger_closed_up_to, order)
    refused += verify(book, standing) or gone
    if refused:
        raise Refused(refused)
    book, done = without_later_recalculations(book, order)
    new, said = _recorded(book, order, read_warnings)
    done.append(new)
    return Outcome(appended(book, new), tuple(done), len(done) - 1, tuple(said))


def run_with_recalculation(book: Book, order: Order, outcome: Outcome) -> Outcome:
    """Recalculate up to today right after a close, as a closing of its own (RULES R10.4)."""
    start = max(order.local_day, day_after(order.up_to))
    posting_date = date_if_closed(book.parameters.ledger_closed_up_to, start, order.posting_date)
    again = replace(order, type=ClosingType.RECALCULATION, up_to=start, posting_date=posting_date)
    after = run_order(replace(book, history=outcome.tables), again)
    return Outcome(after.tables, outcome.new + after.new, outcome.main, outcome.problems + after.problems)


def without_later_recalculations(book: Book, order: Order) -> tuple[Book, list[Tables]]:
    """Reverse active recalculations dated after D (RULES R2.3); return the book after it, and the rows that add."""
    done: list[Tables] = []
    for name in _later_recalculations(book, order):
        dated = book.history["vouchers"].filter(pl.col("closing") == name)["date"]
        ledger_closed = book.parameters.ledger_closed_up_to
        posting_date = date_if_closed(ledger_closed, dated[0], order.posting_date) if len(dated) else None
        undone = sealed(reversal(book, name, order, posting_date), book)
        book = replace(book, history=appended(book, undone))
        done.append(undone)
    return book, done


def _later_recalculations(book: Book, order: Order) -> list[str]:
    """Active recalculations dated after D, newest first (RULES R2.3)."""
    lock = book.history["lock"]
    later = lock.filter(
        (pl.col("type") == ClosingType.RECALCULATION)
        & (pl.col("status") == Status.ACTIVE)
        & (pl.col("up_to") > order.up_to)
    )
    return later["closing"].to_list()[::-1]


def _recorded(book: Book, order: Order, read_warnings: tuple[Problem, ...]) -> tuple[Tables, list[Problem]]:
    """Compute the run, post it, check the laws, and write it down."""
    standing, _ = read_standing(book)
    run = compute(book, order, standing)
    changes = cost_changes(run)
    what = "Inventory close" if order.settles else "Inventory recalculation"
    posting = post(
        book, changes, run.name, order.voucher_date, order.specification, f"{what} {run.name} up to {order.up_to}"
    )
    stock = negative_stock(run)
    errors = posting.problems + [p for p in stock if p.severity is Severity.ERROR]
    if errors:
        raise InputFault(errors)
    said = [*read_warnings, *stock, *warnings(run)]
    rows = record(run, posting.voucher, said)
    rows["locked_rows"] = pl.concat([rows["locked_rows"], keep(run.name, posting.kept)])
    new = sealed(rows, book)
    check_laws(run, posting, changes, new)
    return new, said
