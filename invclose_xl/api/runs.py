"""Close, recalculate and reverse: the same path and the same cents from Python, the command line and the buttons.

In      the path of a workbook; clock and user are parameters, so that a run can be repeated to the byte.
Out     Summary; the workbook is written, or ``output``, or nothing (``dry_run``).
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5), InvariantBroken (70): the numbers are the exit
        codes of the command line.
Source  WORKBOOK "Command line"; RULES R10.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from invclose_xl import __version__
from invclose_xl.api.context.arguments import (
    count_of,
    date_of,
    moment_of,
    name_of,
    names_of,
    path_of,
    refuse_not_callable,
    refuse_other_than_flags,
    specification_of,
)
from invclose_xl.api.context.places import Kept, Wish, place_of
from invclose_xl.api.context.run_context import RunContext, book_or_raise
from invclose_xl.api.context.runner import PART_ROWS, Runner, runner_of
from invclose_xl.closing.close import run_with_recalculation
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.dates import (
    TransactionDays,
    choose_close_date,
    choose_recalculation_date,
    describe_left_out_recalculation,
)
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import fill_currency, find_other_currency, name_recorded_currency
from invclose_xl.closing.state.ledger_state import LedgerState, read_state
from invclose_xl.domain.book import Book, Scales
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import ClosingType, Specification, Status
from invclose_xl.files.landing import Landing
from invclose_xl.reports.compare import RunComparison, run_comparison
from invclose_xl.reports.summary import Summary, WrittenBook, summarize
from invclose_xl.workbook.cells.memory import give_back_memory
from invclose_xl.workbook.progress import Progress

if TYPE_CHECKING:
    import polars as pl


# long because every parameter is explicit and described
def close(
    book: str | Path,
    up_to: date | None = None,
    *,
    specification: Specification | str | None = None,
    posting_date: date | None = None,
    output: str | Path | None = None,
    dry_run: bool = False,
    backup: bool = True,
    drop_signature: bool = False,
    force: bool = False,
    notes_parts: bool = True,
    runner: Literal["local", "processes", "spark"] = "local",
    memory: str = "",
    part_rows: int = PART_ROWS,
    spark: object | None = None,
    now: datetime | None = None,
    user: str | None = None,
    progress: Progress | None = None,
    landing: Landing | None = None,
) -> Summary:
    """Close inventory up to a date and write the results into the workbook.

    book            a workbook, or a folder of tables
    up_to           the last day of the period; default: the sheet Parameters, else the next month end
    specification   detail of the voucher lines: ``Total``, ``Item group`` or ``Item number``; default: the sheet
                    Parameters, else Item group
    posting_date    date of the voucher, where the ledger is closed at the date of the run
    output          write to this file and leave the book untouched
    dry_run         compute and report everything, write nothing
    backup          keep the book as it was as ``NAME.before-IC-000001.xlsx``
    drop_signature  write a signed workbook without its signature
    force           let ``output`` take the place of whatever file is there, except the book
    notes_parts     say on *Log* which parts of the file the write touched
    runner          where a folder of tables is closed: ``local``, in ``processes``, or in ``spark``
    memory          what the processes of a run may take together, such as ``8GB``
    part_rows       rows of a part, about; the same number gives the same Digest, wherever the parts are closed
    spark           the session that the runner spark works in; default: the one that is active, or a local one
    now, user       clock (UTC where it has no zone) and login; default: those of this machine
    progress        called with what is done, how much of it, of how much
    landing         knows from the rename on that the results are there, whatever happens then

    returns         Summary: Decimal amounts in the currency of the book, quantities in the unit of the item; ``frame``
                    has rows
    errors          WrongUsage, InputFault, Refused, BookUnusable, InvariantBroken; nothing is written then
    """
    day, posted = date_of(up_to, "up_to"), date_of(posting_date, "posting_date")
    detail = specification_of(specification)
    where = runner_of(runner, memory, spark, count_of(part_rows, "part_rows"))
    wish = wish_of(output, dry_run, backup, drop_signature, force, notes_parts, where)
    with _Opened(book, wish, moment_of(now), user, progress, landing) as opened:
        state, parameters = read_state(opened.content), opened.content.parameters
        chosen = choose_close_date(state, opened.days(), day, parameters.close_inventory_up_to, opened.where.today)
        request = opened.request(ClosingType.CLOSING, chosen.day, detail, posted)
        follows = parameters.run_recalculation_after_closing
        left_out = describe_left_out_recalculation(chosen.day, follows)
        outcome = opened.run(request, (*opened.warnings, *chosen.remarks, *left_out), state)
        if follows and not left_out:
            outcome = run_with_recalculation(opened.content, request, outcome)
        del state  # nothing of the book is in memory while the results are written
        return opened.finish(outcome)


def recalculate(
    book: str | Path,
    up_to: date | None = None,
    *,
    items: Sequence[str] = (),
    item_groups: Sequence[str] = (),
    posting_date: date | None = None,
    output: str | Path | None = None,
    dry_run: bool = False,
    backup: bool = True,
    drop_signature: bool = False,
    force: bool = False,
    notes_parts: bool = True,
    runner: Literal["local", "processes", "spark"] = "local",
    memory: str = "",
    part_rows: int = PART_ROWS,
    spark: object | None = None,
    now: datetime | None = None,
    user: str | None = None,
    progress: Progress | None = None,
    landing: Landing | None = None,
) -> Summary:
    """Adjust costs up to a date without settling or locking; all items, or the given ones.

    book            a workbook, or a folder of tables
    up_to           the date; default: the sheet Parameters, else today
    items           only these item numbers, and
    item_groups     only items of these groups; both empty: all items
    posting_date    date of the voucher, where the ledger is closed at the date of the run
    output          write to this file and leave the book untouched
    dry_run         compute and report everything, write nothing
    backup          keep the book as it was as ``NAME.before-IC-000001.xlsx``
    drop_signature  write a signed workbook without its signature
    force           let ``output`` take the place of whatever file is there, except the book
    notes_parts     say on *Log* which parts of the file the write touched
    runner          where a folder of tables is closed: ``local``, in ``processes``, or in ``spark``
    memory          what the processes of a run may take together, such as ``8GB``
    part_rows       rows of a part, about; the same number gives the same Digest, wherever the parts are closed
    spark           the session that the runner spark works in; default: the one that is active, or a local one
    now, user       clock (UTC where it has no zone) and login; default: those of this machine
    progress        called with what is done, how much of it, of how much
    landing         knows from the rename on that the results are there, whatever happens then

    returns         Summary: Decimal amounts in the currency of the book, quantities in the unit of the item; ``frame``
                    has rows
    errors          WrongUsage, InputFault, Refused, BookUnusable, InvariantBroken; nothing is written then
    """
    day, posted = date_of(up_to, "up_to"), date_of(posting_date, "posting_date")
    only, groups = names_of(items, "items"), names_of(item_groups, "item_groups")
    where = runner_of(runner, memory, spark, count_of(part_rows, "part_rows"))
    wish = wish_of(output, dry_run, backup, drop_signature, force, notes_parts, where)
    with _Opened(book, wish, moment_of(now), user, progress, landing) as opened:
        parameter = opened.content.parameters.recalculate_inventory_up_to
        chosen = choose_recalculation_date(day, parameter, opened.where.today)
        request = opened.request(ClosingType.RECALCULATION, chosen.day, None, posted)
        request = replace(request, items=only, item_groups=groups)
        return opened.finish(opened.run(request, (*opened.warnings, *chosen.remarks)))


def reverse(
    book: str | Path,
    closing: str | None = None,
    *,
    posting_date: date | None = None,
    output: str | Path | None = None,
    dry_run: bool = False,
    backup: bool = True,
    drop_signature: bool = False,
    force: bool = False,
    notes_parts: bool = True,
    now: datetime | None = None,
    user: str | None = None,
    progress: Progress | None = None,
    landing: Landing | None = None,
) -> Summary:
    """Undo the latest closing or recalculation.

    book            a workbook, or a folder of tables
    closing         names it, such as ``IC-000003``, to be sure which
    posting_date    dates the opposite voucher where the ledger is closed at the date of the original
    output          write to this file and leave the book untouched
    dry_run         compute and report everything, write nothing
    backup          keep the book as it was as ``NAME.before-IC-000001.xlsx``
    drop_signature  write a signed workbook without its signature
    force           let ``output`` take the place of whatever file is there, except the book
    notes_parts     say on *Log* which parts of the file the write touched
    now, user       clock (UTC where it has no zone) and login; default: those of this machine
    progress        called with what is done, how much of it, of how much
    landing         knows from the rename on that the results are there, whatever happens then

    returns         Summary: Decimal amounts in the currency of the book, quantities in the unit of the item; ``frame``
                    has rows
    errors          WrongUsage, InputFault, Refused, BookUnusable, InvariantBroken; nothing is written then
    """
    posted, named = date_of(posting_date, "posting_date"), name_of(closing, "closing", "IC-000003")
    wish = wish_of(output, dry_run, backup, drop_signature, force, notes_parts, runner_of("local", ""))
    with _Opened(book, wish, moment_of(now), user, progress, landing) as opened:
        request = opened.request(ClosingType.REVERSAL, opened.where.today, None, posted)
        warnings = (*opened.warnings, *find_other_currency(opened.content, Severity.WARNING))
        opened.content = name_recorded_currency(opened.content)
        from invclose_xl.closing.reverse import reverse as reverse_book

        return opened.finish(reverse_book(opened.content, named, request, warnings))


def wish_of(
    output: str | Path | None, dry_run: bool, backup: bool, drop_signature: bool, force: bool, notes_parts: bool,
    runner: Runner,
) -> Wish:  # fmt: skip
    """Return how a run is to write."""
    refuse_other_than_flags(
        dry_run=dry_run, backup=backup, drop_signature=drop_signature, force=force, notes_parts=notes_parts
    )
    target = None if output is None else path_of(output, "output")
    return Wish(target, dry_run, backup, drop_signature, force, notes_parts, runner)


class _Opened:
    """A workbook or a folder of tables on its way through one command: refused early, read, computed, written."""

    def __init__(
        self, book: str | Path, wish: Wish, now: datetime | None, user: str | None, progress: Progress | None,
        landing: Landing | None,
    ) -> None:  # fmt: skip
        refuse_not_callable(progress, "progress")
        self.progress, self._landing = progress, landing or Landing()
        self.where = RunContext.here(now, name_of(user, "user", "ann"))
        self._dry_run = wish.dry_run
        self._place = place_of(path_of(book), wish)

    def __enter__(self) -> "_Opened":
        self._place.begin()
        try:
            reading = self._place.read(self.progress)
            self.content = fill_currency(book_or_raise(reading))
        except BaseException:
            self._place.end()
            raise
        self.warnings = reading.problems
        if self.progress:
            self.progress("Computing", 0, 1)
        return self

    def __exit__(self, *_: object) -> None:
        self._place.end()

    def days(self) -> TransactionDays | None:
        """Return the dates of the first and the last transaction."""
        return self._place.days(self.content)

    def run(self, request: RunRequest, said: tuple[Problem, ...], state: LedgerState | None = None) -> Outcome:
        """Close or recalculate, wherever that is done; ``state`` is what earlier runs left, where it is read."""
        return self._place.run(self.content, request, said, state)

    def request(
        self, kind: ClosingType, up_to: date, specification: Specification | None, posting_date: date | None
    ) -> RunRequest:
        """Return the order of a run by the user of this command, at its time."""
        wanted = specification or self.content.parameters.specification
        where = self.where
        return RunRequest(
            kind, up_to, wanted, where.now, where.user, __version__, posting_date, calendar_day=where.today
        )

    def finish(self, outcome: Outcome) -> Summary:
        """Write what a run left behind, unless it is a dry run, and sum it up."""
        lock, changes = outcome.new[outcome.main]["lock"].row(0, named=True), _changes(self.content, outcome)
        scales, currency = self.content.scales, self.content.parameters.currency
        issues = outcome.issues
        if issues is None:
            issues = self.content.transactions.id.filter(self.content.transactions.quantity < 0)
        del self.content
        give_back_memory()
        kept = Kept(self._place.target())
        if not self._dry_run:
            self._landing.what = (
                f"{kept.target} was written: {lock['type']} {lock['closing']} up to {lock['up_to']} is in it."
            )
            kept = self._place.write(outcome, scales, currency, self._landing, self.progress)
        new = outcome.new[outcome.main]
        target = None if self._dry_run else kept.target
        said = Counter(outcome.said or [(p.severity, p.code) for p in outcome.problems])
        said.update((p.severity, p.code) for p in self._place.remarks)
        summary = summarize(
            new,
            outcome.rows or {name: len(frame) for name, frame in new.items()},
            (*outcome.problems, *self._place.remarks),
            said,
            currency,
            scales.currency_decimals,
            WrittenBook(target, kept.backup, kept.unkept, kept.parts),
            changes,
            issues,
            outcome.estimated or [new["estimated_costs"]],
        )
        return summary.with_rows(partial(_run_table, new, scales))


def _run_table(new: Tables, scales: Scales, name: str) -> "pl.DataFrame":
    """Return the rows that a run added to a sheet, for who asks."""
    from invclose_xl.api.run_tables import run_table

    return run_table(new, scales, name)


def _changes(content: Book, outcome: Outcome) -> RunComparison | None:
    """Compare with the run that closed this period before and was reversed, if there is one."""
    lock = outcome.new[outcome.main]["lock"].row(0, named=True)
    if lock["type"] != ClosingType.CLOSING or Status.REVERSED not in outcome.tables["lock"]["status"]:
        return None
    from invclose_xl.analysis.compare.runs import compare_runs, find_earlier_run

    earlier = find_earlier_run(outcome.tables, lock["closing"])
    if earlier is None:
        return None
    return run_comparison(compare_runs(replace(content, history=outcome.tables), earlier, lock["closing"]))
