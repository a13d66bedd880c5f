"""What the buttons of a workbook call: one function per button, the same path and the same cents as the command line.

In      the open book (``Book.caller()``) as it stands, unsaved entries included; it is read through a copy.
Out     its result sheets rewritten block by block, the copy kept beside it, a message that a person understands.
        The book is not saved: that is for the user to do.
Errors  none leave: findings go to the sheet *Log* and the first faulty cell is selected, everything else is a message.
        Whatever happens, the settings of the application are given back and the book's data are as before.
Source  WORKBOOK "Command line"; RULES R10.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

from invclose_xl import __version__, api, looking
from invclose_xl.cli import main
from invclose_xl.closing.record import log_rows
from invclose_xl.domain.problem import BookUnusable, CellRef, InputFault, InvCloseError, Problem, Refused, Severity
from invclose_xl.reports.button_words import KINDS_SHOWN, beside, done, kinds, times
from invclose_xl.reports.summary import Summary
from invclose_xl.templates.words import EXAMPLE
from invclose_xl.workbook.layout import ITEMS, TRANSACTIONS
from invclose_xl.workbook.live import LiveBook, Stopped
from invclose_xl.workbook.live_changes import UndoFailed
from invclose_xl.workbook.result_cells import Entry, ResultSheet, Rows, empty_log, result_sheets

LOG = "Log"
MOST_LOGGED = 10_000
NOTHING_CHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Said:
    """How a button ends: a message, and whether it is bad news."""

    text: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """Clock and user, where tests give them."""

    now: datetime | None
    user: str | None


def check(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Check*: what is wrong or doubtful goes to the sheet Log."""
    _press(_check, Now(now, user))


def close(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Close*: close the inventory up to the date of Parameters, else the next end of a month."""
    _press(_close, Now(now, user))


def recalculate(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Recalculate*: adjust costs without settling or locking."""
    _press(_recalculate, Now(now, user))


def reverse(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Reverse*: undo the latest closing or recalculation."""
    _press(_reverse, Now(now, user))


def reconcile(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Reconcile*: make the reconciliation workbook beside the book, and open it."""
    _press(_reconcile, Now(now, user))


def remove_examples(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Remove the example rows*."""
    _press(_remove_examples, Now(now, user))


# ---- what a button does


def _press(act: Callable[[LiveBook, Now], Said], at: Now) -> None:
    """Run a button: settings held and given back, every end a message."""
    live = LiveBook.caller()
    with live.at_work():
        said = _outcome(act, live, at)
    live.say(said.text, is_bad=said.is_bad)


def _outcome(act: Callable[[LiveBook, Now], Said], live: LiveBook, at: Now) -> Said:
    try:
        try:
            return act(live, at)
        except (InputFault, Refused) as found:
            return _told(live, found.problems)
    except Stopped as stop:
        return Said(f"{stop} {NOTHING_CHANGED}")
    except UndoFailed as fault:
        return Said(f"Writing failed: {fault}. Close this workbook without saving and open it again.", is_bad=True)
    except InvCloseError as fault:
        return Said(str(fault), is_bad=True)
    except Exception as fault:  # the last resort: a person at a spreadsheet gets a sentence, never a traceback
        text = f"invclose-xl {__version__} could not finish: {type(fault).__name__}: {fault}\n\n{NOTHING_CHANGED}"
        return Said(f"{text} Please report this together with the workbook.", is_bad=True)


def _check(live: LiveBook, at: Now) -> Said:
    with _copied(live) as copy:
        problems = looking.check(copy, now=at.now)
        return _logged(live, copy, problems)


def _close(live: LiveBook, at: Now) -> Said:
    def allowed(summary: Summary, _after: dict[str, ResultSheet]) -> bool:
        count = sum(summary.warnings.values())
        if not count:
            return True
        warned = f"Closing up to {summary.up_to} has {times(count, 'warning')}:\n\n{kinds(summary.problems)}"
        return live.ask(f"{warned}\n\nClose all the same? (No: press Check to see each with its cell.)")

    def run(copy: Path) -> Summary:
        return api.close(copy, now=at.now, user=at.user, progress=live.progress)

    return _write(live, run, allowed)


def _recalculate(live: LiveBook, at: Now) -> Said:
    def run(copy: Path) -> Summary:
        return api.recalculate(copy, now=at.now, user=at.user, progress=live.progress)

    return _write(live, run, lambda _summary, _after: True)


def _reverse(live: LiveBook, at: Now) -> Said:
    def allowed(_summary: Summary, after: dict[str, ResultSheet]) -> bool:
        reverses, undone = _last(after["Lock"], "reverses"), ""
        lock = after["Lock"]
        for name, kind, day in zip(lock.column("closing"), lock.column("type"), lock.column("up_to"), strict=True):
            if name == reverses:
                undone = f"{_text(kind).lower()} {_text(name)} up to {_day(day)}"
        question = f"Reverse the {undone}?\n\nIts settlements and adjustments no longer count, the opposite voucher is"
        return live.ask(f"{question} made, and its period is open again.")

    def run(copy: Path) -> Summary:
        return api.reverse(copy, now=at.now, user=at.user, progress=live.progress)

    return _write(live, run, allowed)


def _reconcile(live: LiveBook, at: Now) -> Said:
    path = live.path
    target = path.with_name(f"{path.stem}.reconciliation.xlsx")
    with _copied(live) as copy, StringIO() as told:
        live.progress("reconciling", 0, 1)
        with redirect_stdout(told), redirect_stderr(told):
            code = main(["reconcile", str(copy), "--output", str(target)], at.now, at.user)
        if code in (InputFault.exit_code, Refused.exit_code):
            return _logged(live, copy, looking.check(copy, now=at.now))
        if code != 0:
            return Said(told.getvalue().strip(), is_bad=True)
    live.open(target)
    return Said(f"The reconciliation is in a workbook of its own, which is open now: {beside(target)}")


def _remove_examples(live: LiveBook, _at: Now) -> Said:
    live.progress("removing the example rows", 0, 1)
    with _copied(live) as copy:
        lock = result_sheets(copy).get("Lock")
    if lock is not None and any(_text(status) == "Active" for status in lock.column("status")):
        return Said(f"The examples are part of a closing: press Reverse first. {NOTHING_CHANGED}", is_bad=True)
    if not live.ask(f"Empty all rows of Items and Transactions whose key begins with {EXAMPLE}?"):
        return Said(NOTHING_CHANGED)
    rows = sum(live.clear_rows(spec.name, "A", EXAMPLE) for spec in (TRANSACTIONS, ITEMS))
    return Said(f"{times(rows, 'example row')} removed. Now paste your own, from row 2 on.")


def _write(
    live: LiveBook, run: Callable[[Path], Summary], is_allowed: Callable[[Summary, dict[str, ResultSheet]], bool]
) -> Said:
    """Compute on a copy, ask, keep the copy beside the book, then write into the open book."""
    with _copied(live) as copy:
        before = result_sheets(copy)
        summary = run(copy)
        after = result_sheets(copy)
        if not is_allowed(summary, after):
            return Said(NOTHING_CHANGED)
        assert summary.backup is not None
        kept = _keep(summary.backup, live.path.parent)
        try:
            live.replace_results(before, after)
        except UndoFailed as fault:
            raise UndoFailed(f"{fault}. The book as it was: {beside(kept)}") from fault
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
    return Said(done(summary, kept))


# ---- copies


@contextmanager
def _copied(live: LiveBook) -> Iterator[Path]:
    """Yield a copy of the open book, under its own name, in a folder that goes afterwards."""
    path = live.path
    live.fit_input_tables()
    with tempfile.TemporaryDirectory(prefix="invclose-xl-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path.name
        live.save_copy(copy)
        yield copy


def _keep(backup: Path, folder: Path) -> Path:
    """Put the copy beside the book; one that is there is never overwritten."""
    kept, number = folder / backup.name, 2
    while kept.exists():
        kept = folder / f"{backup.stem} ({number}){backup.suffix}"
        number += 1
    try:
        shutil.copyfile(backup, kept)
    except OSError as fault:
        raise BookUnusable(
            f"No copy of the book could be saved in {folder} ({fault.strerror}), so nothing was written: save the "
            "workbook to a folder that you may write to, then press the button again."
        ) from fault
    return kept


# ---- findings


def _told(live: LiveBook, problems: Sequence[Problem]) -> Said:
    """Findings that stopped a run: on the Log, with the first faulty cell selected."""
    try:
        with _copied(live) as copy:
            return _logged(live, copy, problems)
    except InvCloseError as fault:
        first = "\n".join(problem.line() for problem in problems[:KINDS_SHOWN])
        return Said(f"{first}\n\n{fault}", is_bad=True)


def _logged(live: LiveBook, copy: Path, problems: Sequence[Problem]) -> Said:
    """Write findings to the Log, go to the first faulty cell, and say what was found."""
    before = result_sheets(copy)
    old = before.get(LOG)
    new = _with_findings(old or empty_log(), problems)
    live.replace_results({LOG: old} if old else {}, {LOG: new})
    bad = [p for p in problems if p.severity in (Severity.ERROR, Severity.REFUSED)]
    first = next((p for p in bad if p.where.row), None)
    if first is not None:
        live.show(first.where)
    elif problems:
        live.show(CellRef(LOG))
    if not problems:
        return Said("Nothing is wrong, and there is nothing to warn about.")
    if not bad:
        count = sum(p.severity is Severity.WARNING for p in problems)
        what = f"{times(count, 'warning')}, each on the sheet Log" if count else "Only remarks, on the sheet Log"
        return Said(f"No errors. {what}:\n\n{kinds(problems)}")
    text = f"{times(len(bad), 'problem')} to correct first, each with its cell on the sheet Log:\n\n{kinds(bad)}"
    if first is not None:
        text += f"\n\nThe first is selected: {first.where}. {first.problem} {first.fix}"
    return Said(f"{text}\n\nNothing but the Log was changed.", is_bad=True)


def _with_findings(log: ResultSheet, problems: Sequence[Problem]) -> ResultSheet:
    """Return the Log with the rows of closings kept, and below them what was found now, without a closing."""
    closing = log.columns["closing"] - 1
    rows: Rows = {n: row for n, row in log.rows.items() if n <= log.heading_row}
    number = log.heading_row
    for n, row in sorted(log.rows.items()):
        if n > log.heading_row and len(row) > closing and row[closing] not in (None, "'"):
            number += 1
            rows[number] = row
    findings = log_rows("", list(problems[:MOST_LOGGED]))
    width = max(log.columns.values())
    for record in findings.iter_rows(named=True):
        number += 1
        entries: list[Entry] = [None] * width
        for field, value in record.items():
            if value:
                entries[log.columns[field] - 1] = f"'{value}"
        rows[number] = entries
    return log.with_rows(rows)


# ---- words


def _text(entry: Entry) -> str:
    return entry.removeprefix("'") if isinstance(entry, str) else ""


def _last(sheet: ResultSheet, field: str) -> Entry:
    entries = [entry for entry in sheet.column(field) if entry is not None]
    return entries[-1] if entries else None


def _day(entry: Entry) -> str:
    return str(date(1899, 12, 30) + timedelta(days=int(entry))) if isinstance(entry, float) else _text(entry)
