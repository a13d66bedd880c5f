"""The Python API: close, recalculate, reverse and status, the same path and the same cents as the commands.

In      the path of a workbook; clock and user are parameters, so that a run can be repeated to the byte.
Out     Summary, problems, BookStatus. Close, recalculate and reverse write the workbook; How says where.
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5), InvariantBroken (70): the numbers are the exit
        codes of the command line.
Source  WORKBOOK "Command line"; RULES R10.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TypedDict, Unpack

from invclose_xl import __version__
from invclose_xl.analysis.compare.runs import compare_runs, earlier_run
from invclose_xl.api.in_parts import runner_of
from invclose_xl.api.places import Kept, Wish, place_of
from invclose_xl.api.run_context import RunContext, book_or_raise
from invclose_xl.closing.close import run_with_recalculation
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.dates import (
    choose_close_date,
    choose_recalculation_date,
    left_out_recalculation,
)
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.reverse import reverse as reverse_book
from invclose_xl.closing.state.currency import in_recorded_currency, other_currency, with_currency
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.views.changes import RunChanges
from invclose_xl.domain.words import ClosingType, Specification
from invclose_xl.files.landing import Landing
from invclose_xl.reports.summary import Summary, summarize
from invclose_xl.tables.parts.plan import PART_ROWS

Progress = Callable[[str, int, int], None]


class How(TypedDict, total=False):
    """What every function that writes takes besides: where results go, and when and by whom the run is made."""

    output: str | Path | None
    """write to this file and leave the book untouched"""
    dry_run: bool
    """write nothing"""
    backup: bool
    """keep the book as it was as ``NAME.before-IC-000001.xlsx`` (default: True)"""
    drop_signature: bool
    """write a signed workbook without its signature"""
    force: bool
    """let ``output`` take the place of whatever file is there, except the book"""
    notes_parts: bool
    """say on *Log* which parts of the file the write touched (default: True)"""
    landing: Landing | None
    """knows from the rename on that the results are there, whatever happens then"""
    now: datetime | None
    """clock, UTC"""
    user: str | None
    progress: Progress | None
    runner: str
    """of a folder of tables: local (default), processes, spark"""
    memory: str
    """what the processes of a run may take together, such as 8GB; a folder is closed in parts then"""
    part_rows: int
    """rows of a part, about; the same number gives the same Digest, wherever the parts are closed"""
    spark: object | None
    """the session that the runner spark works in; without one, the session that is active, or a local one"""


def close(
    book: str | Path,
    up_to: date | None = None,
    *,
    specification: Specification | str | None = None,
    posting_date: date | None = None,
    **how: Unpack[How],
) -> Summary:
    """Close inventory up to a date and write the results into the workbook."""
    with _Opened(Path(book), how) as opened:
        content, state = opened.content, read_state(opened.content)[0]
        parameters, first = content.parameters, opened.first_day()
        chosen = choose_close_date(state, first, up_to, parameters.close_inventory_up_to, opened.where.today)
        request = opened.request(ClosingType.CLOSING, chosen.day, specification, posting_date)
        follows = parameters.run_recalculation_after_closing
        left_out = left_out_recalculation(chosen.day, follows)
        outcome = opened.run(request, (*opened.warnings, *chosen.remarks, *left_out))
        if follows and not left_out:
            outcome = run_with_recalculation(content, request, outcome)
        return opened.finish(outcome)


def recalculate(
    book: str | Path,
    up_to: date | None = None,
    *,
    items: Sequence[str] = (),
    item_groups: Sequence[str] = (),
    posting_date: date | None = None,
    **how: Unpack[How],
) -> Summary:
    """Adjust costs up to a date without settling or locking; all items, or the given ones."""
    with _Opened(Path(book), how) as opened:
        parameter = opened.content.parameters.recalculate_inventory_up_to
        chosen = choose_recalculation_date(up_to, parameter, opened.where.today)
        request = opened.request(ClosingType.RECALCULATION, chosen.day, None, posting_date)
        request = replace(request, items=tuple(items), item_groups=tuple(item_groups))
        return opened.finish(opened.run(request, (*opened.warnings, *chosen.remarks)))


def reverse(
    book: str | Path,
    closing: str | None = None,
    *,
    posting_date: date | None = None,
    **how: Unpack[How],
) -> Summary:
    """Undo the latest closing or recalculation; ``closing`` names it, to be sure which.

    ``posting_date`` dates the opposite voucher where the ledger is closed at the date of the original.
    """
    with _Opened(Path(book), how) as opened:
        request = opened.request(ClosingType.REVERSAL, opened.where.today, None, posting_date)
        warnings = (*opened.warnings, *other_currency(opened.content, Severity.WARNING))
        opened.content = in_recorded_currency(opened.content)
        return opened.finish(reverse_book(opened.content, closing, request, warnings))


class _Opened:
    """A workbook or a folder of tables on its way through one command: refused early, read, computed, written."""

    def __init__(self, path: Path, how: How) -> None:
        self.progress = how.get("progress")
        self.where = RunContext.here(how.get("now"), how.get("user"))
        output = how.get("output")
        self._dry_run = how.get("dry_run", False)
        wish = Wish(
            Path(output) if output is not None else None,
            self._dry_run,
            how.get("backup", True),
            how.get("drop_signature", False),
            how.get("force", False),
            how.get("notes_parts", True),
            runner_of(
                how.get("runner", "local"), how.get("memory", ""), how.get("spark"), how.get("part_rows", PART_ROWS)
            ),
        )
        self._place = place_of(path, wish)
        self._landing = how.get("landing") or Landing()

    def __enter__(self) -> "_Opened":
        self._place.begin()
        try:
            reading = self._place.read(self.progress)
            self.content = with_currency(book_or_raise(reading))
        except BaseException:
            self._place.end()
            raise
        self.warnings = reading.problems
        if self.progress:
            self.progress("Computing", 0, 1)
        return self

    def __exit__(self, *_: object) -> None:
        self._place.end()

    def first_day(self) -> date | None:
        """Return the date of the first transaction."""
        return self._place.first_day(self.content)

    def run(self, request: RunRequest, said: tuple[Problem, ...]) -> Outcome:
        """Close or recalculate, wherever that is done."""
        return self._place.run(self.content, request, said)

    def request(
        self, kind: ClosingType, up_to: date, specification: Specification | str | None, posting_date: date | None
    ) -> RunRequest:
        """Return the order of a run by the user of this command, at its time."""
        wanted = Specification(specification) if specification else self.content.parameters.specification
        where = self.where
        return RunRequest(
            kind, up_to, wanted, where.now, where.user, __version__, posting_date, calendar_day=where.today
        )

    def finish(self, outcome: Outcome) -> Summary:
        """Write what a run left behind, unless it is a dry run, and sum it up."""
        content, lock = self.content, outcome.new[outcome.main]["lock"].row(0, named=True)
        kept = Kept(self._place.target())
        if not self._dry_run:
            self._landing.what = (
                f"{kept.target} was written: {lock['type']} {lock['closing']} up to {lock['up_to']} is in it."
            )
            kept = self._place.write(outcome, content, self._landing, self.progress)
        summary = summarize(
            outcome.new[outcome.main],
            (*outcome.problems, *self._place.remarks),
            content.parameters.currency,
            content.scales.currency_decimals,
            None if self._dry_run else kept.target,
            kept.backup,
        )
        return replace(summary, changes=_changes(content, outcome), unkept=kept.unkept, parts=kept.parts)


def _changes(content: Book, outcome: Outcome) -> RunChanges | None:
    """What moved against the run that closed this period before and was reversed, if there is one."""
    lock = outcome.new[outcome.main]["lock"].row(0, named=True)
    if lock["type"] != ClosingType.CLOSING:
        return None
    earlier = earlier_run(outcome.tables, lock["closing"])
    return compare_runs(replace(content, history=outcome.tables), earlier, lock["closing"]) if earlier else None
