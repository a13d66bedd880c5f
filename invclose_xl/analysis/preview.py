"""Preview of a close at D: computed in full and neither written nor required to succeed.

In      a book and an order.
Out     Preview: the run, its voucher, and everything that would be said about it, errors included.
Errors  InputFault and Refused where not even a run can be computed: marks, feeds, dates, changes behind the lock.
Source  RULES R12, R2.3, R11.
"""

from dataclasses import dataclass

from invclose_xl.closing.close import reverse_later_recalculations
from invclose_xl.closing.compute import compute
from invclose_xl.closing.findings.all_findings import find_negative_stock, find_warnings
from invclose_xl.closing.findings.rows import find_changed_rows
from invclose_xl.closing.lock.period import refuse_date
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.part import correct_changed_rows
from invclose_xl.closing.posting.cost_changes import collect_cost_changes
from invclose_xl.closing.posting.voucher import Posting, post
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import Problem, Refused
from invclose_xl.domain.problems.tally import Stages, put_together


@dataclass(frozen=True, slots=True)
class Preview:
    """A run that was not recorded."""

    run: Run
    posting: Posting
    problems: tuple[Problem, ...]


def preview(book: Book, request: RunRequest) -> Preview:
    """Compute what an order would do."""
    state = read_state(book)
    refused = refuse_date(state, request) + verify(book, state)
    if refused:
        raise Refused(refused)
    book, undone = reverse_later_recalculations(book, request)
    now = correct_changed_rows(book, request, None if undone else state)
    book, state, corrections = now.book, now.state, now.corrections
    run = compute(book, request, state)
    changes, lines, entries = collect_cost_changes(run), corrections.lines, run.manual.entries
    posting = post(book, changes, run.name, request.voucher_date, request.specification, "", lines, entries)
    said: Stages = (
        list(find_changed_rows(book, corrections, run.manual)),
        find_negative_stock(run),
        posting.problems,
        *find_warnings(run),
    )
    return Preview(run, posting, put_together([said]))
