"""The Python API: close, check and status of a workbook, the same path and the same cents as the command line.

In      the path of a workbook; clock and user are parameters, so that a run can be repeated to the byte.
Out     Summary, problems, BookStatus. ``close`` writes the workbook unless told otherwise.
Errors  InputFault (3), Refused (4), BookUnusable (5), LawBroken (70): the numbers are the command line's exit codes.
Source  WORKBOOK "Command line"; RULES R10.5.
"""

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from invclose_xl import __version__
from invclose_xl.closing.close import close as close_book
from invclose_xl.closing.close import compute, default_date
from invclose_xl.closing.findings import negative_stock, warnings
from invclose_xl.closing.open_items import open_items
from invclose_xl.closing.order import Order
from invclose_xl.closing.standing import closing_name, read_standing
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.problem import CellRef, InputFault, Problem, Refused, Severity
from invclose_xl.domain.words import ClosingType, Specification
from invclose_xl.reports.status import BookStatus
from invclose_xl.reports.summary import Summary, summarize
from invclose_xl.workbook.read import Reading, read_book
from invclose_xl.workbook.write import refuse_unwritable, stamp, write_results

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Where and when a run takes place."""

    now: datetime
    user: str

    @staticmethod
    def here(now: datetime | None = None, user: str | None = None) -> "Circumstances":
        """Return clock and user of this machine where they are not given."""
        moment = now or datetime.now(UTC)
        return Circumstances(moment.replace(tzinfo=None, microsecond=0), user or _user_name())


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


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
    now: datetime | None = None,
    user: str | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Close inventory up to a date and write the results into the workbook, or into a copy at ``output``."""
    path, out = Path(book), Path(output) if output is not None else None
    where = Circumstances.here(now, user)
    if not dry_run:
        refuse_unwritable(path, out, drop_signature=drop_signature)
    seen = stamp(path)
    reading = _usable(read_book(path, progress))
    content = _book_of(reading)
    day, remarks = _closing_date(content, up_to, where.now.date())
    order = Order(
        ClosingType.CLOSING,
        day,
        Specification(specification) if specification else content.parameters.specification,
        where.now,
        where.user,
        __version__,
        posting_date,
    )
    if progress:
        progress("Closing", 0, 1)
    outcome = close_book(content, order, (*reading.problems, *remarks))
    kept = None if dry_run or out is not None or not backup else _backup_path(path, outcome.closing)
    if not dry_run:
        write_results(
            path,
            outcome.tables,
            content.scales,
            content.parameters.currency,
            outcome.closed_up_to,
            output=out,
            backup=kept,
            drop_signature=drop_signature,
            expected=seen,
            progress=progress,
        )
    return summarize(
        outcome.new,
        outcome.problems,
        content.parameters.currency,
        content.scales.currency_decimals,
        None if dry_run else (out or path),
        kept,
    )


def check(book: str | Path, up_to: date | None = None, *, now: datetime | None = None) -> list[Problem]:
    """Return every input error and warning of the workbook, and what a close would warn about; write nothing."""
    reading = read_book(Path(book))
    if reading.book is None:
        return list(reading.problems)
    where = Circumstances.here(now, "")
    day, remarks = _closing_date(reading.book, up_to, where.now.date(), refuse=False)
    parameters = reading.book.parameters
    order = Order(ClosingType.CLOSING, day, parameters.specification, where.now, where.user, __version__)
    standing, gone = read_standing(reading.book)
    try:
        run = compute(reading.book, order, standing)
    except InputFault as fault:
        return [*reading.problems, *remarks, *gone, *fault.problems]
    return [*reading.problems, *remarks, *gone, *negative_stock(run), *warnings(run)]


def status(book: str | Path, *, now: datetime | None = None) -> BookStatus:
    """Return the closed date, the history of closings, and what is open."""
    content = _book_of(_usable(read_book(Path(book))))
    opened = open_items(content)
    return BookStatus(
        None if opened.closed_up_to == NO_DATE else _date(opened.closed_up_to),
        default_date(opened.closed_up_to, Circumstances.here(now, "").now.date()),
        content.history["lock"],
        opened.receipts,
        opened.receipt_value,
        opened.issues,
        opened.issue_cost,
        content.parameters.currency,
        content.scales.currency_decimals,
    )


def _usable(reading: Reading) -> Reading:
    """Raise where the reading has errors: refusals only when there is no plain error as well."""
    refused = [p for p in reading.problems if p.severity is Severity.REFUSED]
    if any(p.severity is Severity.ERROR for p in reading.problems):
        raise InputFault(list(reading.problems))
    if refused:
        raise Refused(refused)
    return reading


def _book_of(reading: Reading) -> Book:
    if reading.book is None:
        raise InputFault(list(reading.problems))
    return reading.book


def _date(day: int) -> date:
    return date.fromordinal(day + date(1970, 1, 1).toordinal())


def _closing_date(book: Book, asked: date | None, today: date, refuse: bool = True) -> tuple[date, list[Problem]]:
    """Return the closing date and what is to be said about it (RULES R10.5)."""
    standing, _ = read_standing(book)
    closed = standing.closed_up_to
    wanted, remarks = asked, list[Problem]()
    typed = book.parameters.close_inventory_up_to
    if wanted is None and typed is not None:
        if closed != NO_DATE and typed <= _date(closed):
            remarks.append(
                _remark(
                    "IC514",
                    Severity.INFORMATION,
                    str(typed),
                    "The date is already closed, so the next period is taken instead.",
                    "Empty the parameter, or enter the next date.",
                )
            )
        else:
            wanted = typed
    if wanted is not None:
        if wanted > today:
            remarks.append(
                _remark(
                    "IC515",
                    Severity.WARNING,
                    str(wanted),
                    f"The closing date lies after today, {today}: everything dated up to it will be locked.",
                    "Close up to a day that is over.",
                )
            )
        return wanted, remarks
    day = default_date(closed, today)
    if day > today and refuse:
        name = closing_name(standing.last_closing)
        raise Refused(
            [
                _remark(
                    "IC205",
                    Severity.REFUSED,
                    str(day),
                    f"Inventory is closed up to {_date(closed)} by {name}, and the next month is not over.",
                    f"Wait until {day} has passed, or give the date: --date {today}",
                )
            ]
        )
    return day, remarks  # fmt: skip


def _remark(code: str, severity: Severity, found: str, problem: str, fix: str) -> Problem:
    return Problem(code, severity, CellRef("Parameters"), found, problem, fix, rule="R10.5")


def _backup_path(book: Path, closing: str) -> Path:
    """``book.before-IC-000001.xlsx``; a kept book is never overwritten."""
    path = book.with_name(f"{book.stem}.before-{closing}{book.suffix}")
    number = 2
    while path.exists():
        path = book.with_name(f"{book.stem}.before-{closing} ({number}){book.suffix}")
        number += 1
    return path
