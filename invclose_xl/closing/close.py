"""The inventory close and the recalculation: match, value, adjust, post; the close also settles and locks.

In      a book and an order: type, date D, specification, items, who and when.
Out     Outcome: the complete result tables, those of earlier runs included, and what is to be said about the run.
Errors  InputFault (marks, feeds, accounts, forbidden negative stock), Refused (dates, anything changed behind the
        lock), InvariantBroken. Nothing is returned then, so nothing can be written.
Source  RULES R2.1-R2.4, R10.4.
"""

from dataclasses import replace

import polars as pl

from invclose_xl.closing.lock.period import find_closed_posting_date, refuse_date, refuse_posting_date
from invclose_xl.closing.lock.sealing import Outcome, append_run, seal, seal_rows
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.part import close_part
from invclose_xl.closing.record import write_log
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.ledger_state import LedgerState, read_state
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import get_day_after
from invclose_xl.domain.problems.problem import Problem, Refused
from invclose_xl.domain.problems.tally import put_together
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import ClosingType, Status


def execute_run(
    book: Book, request: RunRequest, read_warnings: tuple[Problem, ...] = (), state: LedgerState | None = None
) -> Outcome:
    """Close or recalculate the book up to the date of the request; ``state``: where the caller has read it already."""
    state = read_state(book) if state is None else state
    refused = refuse_date(state, request) + refuse_posting_date(book.parameters.ledger_closed_up_to, request)
    refused += verify(book, state)
    if refused:
        raise Refused(refused)
    book, done = reverse_later_recalculations(book, request)
    new, said = _record_run(book, request, read_warnings, None if done else state)
    done.append(new)
    return Outcome(append_run(book, new), tuple(done), len(done) - 1, said)


def run_with_recalculation(book: Book, request: RunRequest, outcome: Outcome) -> Outcome:
    """Recalculate up to today right after a close, as a closing of its own (RULES R10.4)."""
    start = max(request.local_day, get_day_after(request.up_to))
    posting_date = find_closed_posting_date(book.parameters.ledger_closed_up_to, start, request.posting_date)
    again = replace(request, type=ClosingType.RECALCULATION, up_to=start, posting_date=posting_date)
    after = execute_run(replace(book, history=outcome.tables), again)
    return Outcome(after.tables, outcome.new + after.new, outcome.main, outcome.problems + after.problems)


def reverse_later_recalculations(book: Book, request: RunRequest) -> tuple[Book, list[Tables]]:
    """Reverse active recalculations dated after D (RULES R2.3); return the book after it, and the rows that add."""
    done: list[Tables] = []
    for name in _find_later_recalculations(book, request):
        from invclose_xl.closing.reverse import make_reversal

        dated = book.history["vouchers"].filter(pl.col("closing") == name)["date"]
        ledger_closed = book.parameters.ledger_closed_up_to
        posting_date = find_closed_posting_date(ledger_closed, dated[0], request.posting_date) if len(dated) else None
        undone = seal(make_reversal(book, name, request, posting_date), book)
        book = replace(book, history=append_run(book, undone))
        done.append(undone)
    return book, done


def _find_later_recalculations(book: Book, request: RunRequest) -> list[str]:
    """Active recalculations dated after D, newest first (RULES R2.3)."""
    lock = book.history["lock"]
    later = lock.filter(
        (pl.col("type") == ClosingType.RECALCULATION)
        & (pl.col("status") == Status.ACTIVE)
        & (pl.col("up_to") > request.up_to)
    )
    return later["closing"].to_list()[::-1]


def _record_run(
    book: Book, request: RunRequest, read_warnings: tuple[Problem, ...], state: LedgerState | None
) -> tuple[Tables, tuple[Problem, ...]]:
    """Compute the whole book as one part, and seal it."""
    part = close_part(book, request, state=state)
    said = tuple(dict.fromkeys([*read_warnings, *put_together([part.said])]))
    return seal_rows(write_log(part.rows, said), part.value, book.history["lock"], book.scales), said
