"""The inventory close and the recalculation: match, value, adjust, post; the close also settles and locks.

In      a book and an order: type, date D, specification, items, who and when.
Out     Outcome: the complete result tables, those of earlier runs included, and what is to be said about the run.
Errors  InputFault (marks, feeds, accounts, forbidden negative stock), Refused (dates, anything changed behind the
        lock), InvariantBroken. Nothing is returned then, so nothing can be written.
Source  RULES R2.1-R2.4, R10.4.
"""

from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.closing.compute import compute
from invclose_xl.closing.earlier.corrections import Corrections, correct
from invclose_xl.closing.earlier.partial_invoices import split_rows
from invclose_xl.closing.findings.all_findings import negative_stock, warnings
from invclose_xl.closing.findings.rows import rows_changed
from invclose_xl.closing.invariants import check_laws
from invclose_xl.closing.lock.period import date_if_closed, refuse_date, refuse_posting_date
from invclose_xl.closing.lock.sealing import Outcome, append_run, seal
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.posting.cost_changes import cost_changes
from invclose_xl.closing.posting.voucher import post
from invclose_xl.closing.record import record
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.reverse import reversal
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import financial_as_of
from invclose_xl.closing.state.as_seen import notes_to_keep
from invclose_xl.closing.state.ledger_state import LedgerState, closing_name, read_state
from invclose_xl.closing.state.locked_rows import keep
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import day_after
from invclose_xl.domain.problems.problem import InputFault, InvariantBroken, Problem, Refused, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import ClosingType, Status


def execute_run(book: Book, request: RunRequest, read_warnings: tuple[Problem, ...] = ()) -> Outcome:
    """Close or recalculate the book up to the order's date."""
    state, _ = read_state(book)
    refused = refuse_date(state, request) + refuse_posting_date(book.parameters.ledger_closed_up_to, request)
    refused += verify(book, state)
    if refused:
        raise Refused(refused)
    book, done = without_later_recalculations(book, request)
    new, said = _recorded(book, request, read_warnings)
    done.append(new)
    return Outcome(append_run(book, new), tuple(done), len(done) - 1, tuple(said))


def run_with_recalculation(book: Book, request: RunRequest, outcome: Outcome) -> Outcome:
    """Recalculate up to today right after a close, as a closing of its own (RULES R10.4)."""
    start = max(request.local_day, day_after(request.up_to))
    posting_date = date_if_closed(book.parameters.ledger_closed_up_to, start, request.posting_date)
    again = replace(request, type=ClosingType.RECALCULATION, up_to=start, posting_date=posting_date)
    after = execute_run(replace(book, history=outcome.tables), again)
    return Outcome(after.tables, outcome.new + after.new, outcome.main, outcome.problems + after.problems)


def without_later_recalculations(book: Book, request: RunRequest) -> tuple[Book, list[Tables]]:
    """Reverse active recalculations dated after D (RULES R2.3); return the book after it, and the rows that add."""
    done: list[Tables] = []
    for name in _later_recalculations(book, request):
        dated = book.history["vouchers"].filter(pl.col("closing") == name)["date"]
        ledger_closed = book.parameters.ledger_closed_up_to
        posting_date = date_if_closed(ledger_closed, dated[0], request.posting_date) if len(dated) else None
        undone = seal(reversal(book, name, request, posting_date), book)
        book = replace(book, history=append_run(book, undone))
        done.append(undone)
    return book, done


def _later_recalculations(book: Book, request: RunRequest) -> list[str]:
    """Active recalculations dated after D, newest first (RULES R2.3)."""
    lock = book.history["lock"]
    later = lock.filter(
        (pl.col("type") == ClosingType.RECALCULATION)
        & (pl.col("status") == Status.ACTIVE)
        & (pl.col("up_to") > request.up_to)
    )
    return later["closing"].to_list()[::-1]


def corrected(book: Book, request: RunRequest) -> tuple[Book, LedgerState, Corrections]:
    """Take back what belongs to rows that are others now (RULES R8.6); return the book to go on with."""
    state, _ = read_state(book)
    name = closing_name(state.last_number + 1)
    splits = split_rows(book, state.closed_up_to) if state.last_closing else []
    book, corrections = correct(book, request.day, name, request.up_to, splits)
    state, gone = read_state(book)
    if gone:
        names = ", ".join(gone[:5])
        raise InvariantBroken(f"The result sheets still name {names}. Nothing was written; please report this.")
    return book, state, corrections


def _recorded(book: Book, request: RunRequest, read_warnings: tuple[Problem, ...]) -> tuple[Tables, list[Problem]]:
    """Compute the run, post it, check the laws, and write it down."""
    history = book.history
    book, state, corrections = corrected(book, request)
    run = compute(book, request, state)
    changes = cost_changes(run)
    what = "Inventory close" if request.settles else "Inventory recalculation"
    posting = post(
        book, changes, run.name, request.voucher_date, request.specification,
        f"{what} {run.name} up to {request.up_to}", corrections.lines, run.manual.entries,
    )  # fmt: skip
    stock = negative_stock(run)
    errors = posting.problems + [p for p in stock if p.severity is Severity.ERROR]
    if errors:
        raise InputFault(errors)
    said = [*read_warnings, *rows_changed(book, corrections), *stock, *warnings(run)]
    rows = record(run, posting.voucher, said, corrections)
    kept = [posting.kept, corrections.notes, *([] if request.settles else [notes_of(run, corrections)])]
    rows["locked_rows"] = pl.concat([rows["locked_rows"], *(keep(run.name, notes) for notes in kept)])
    before = replace(book, history=history)
    new = seal(rows, before)
    check_laws(run, posting, changes, corrections, append_run(before, new), new)
    return new, said


def notes_of(run: Run, corrections: Corrections) -> pl.DataFrame:
    """Return what a recalculation keeps of the rows it wrote about."""
    e = run.estimates
    rows = (run.adjustments.row, e.row, e.back_row, e.expense.row, run.manual.row)
    shared = np.array(corrections.shared, dtype=np.int64)
    return notes_to_keep(run.book, np.concatenate([*rows, shared]), financial_as_of(run.book, run.request.day))
