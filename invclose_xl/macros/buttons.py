"""The buttons of a workbook: one function each, the same path and the same cents as the command line.

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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

from invclose_xl import __version__
from invclose_xl.api import checking, comparing, explaining, exporting, reconciling, runs
from invclose_xl.api.context.report_file import is_free
from invclose_xl.api.importing import import_book
from invclose_xl.domain.problems.groups import group_problems
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import BookUnusable, InputFault, InvCloseError, Problem, Refused
from invclose_xl.importing.book.import_sheet import sheets_written
from invclose_xl.macros.log import ButtonResult, logged
from invclose_xl.macros.words import KINDS_SHOWN, beside, done, imported_rows, kinds, passed_over
from invclose_xl.reports.costs.explanation import UnknownSubject
from invclose_xl.reports.summary import Summary
from invclose_xl.template_builder.words import EXAMPLE, EXPLAINED_NAME, EXPORT_NAME, ITEM_NAME, MODEL_NAME
from invclose_xl.workbook.layout import ITEMS, TRANSACTIONS
from invclose_xl.workbook.open_book.book import OpenBook, Stopped
from invclose_xl.workbook.open_book.changes import UndoFailed
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.results.earlier_cells import Entry, ResultSheet, result_sheets

NOTHING_CHANGED = "Nothing was changed."
WHAT_TO_SELECT = (
    "Select a cell in the row of a transaction there, or enter an ID in the cell beside the button: a transaction, "
    "an item, a document, a lot, or a voucher such as IC-000001."
)


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


def preview(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Preview a close*: what a close would leave open, warn about and post, as a workbook beside the book."""
    _press(_preview, Now(now, user))


def explain(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Explain*: where every cent of a cost comes from, as a workbook beside the book.

    Of what the cell beside the button names, else of the row that is selected on *Transactions*.
    """
    _press(_explain, Now(now, user))


def compare(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Compare with Expected*: a close beside another system's result, as a workbook beside the book."""
    _press(_compare, Now(now, user))


def what_if(now: datetime | None = None, user: str | None = None) -> None:
    """Button *What if*: the closes under the inventory model that the cell beside it names, for its item or all."""
    _press(_what_if, Now(now, user))


def voucher(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Voucher*: the voucher of the latest run that made one, as a table in a workbook beside the book."""
    _press(_voucher, Now(now, user))


def import_export(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Import*: add what is new in the export that the cell beside the button names."""
    _press(_import, Now(now, user))


def remove_examples(now: datetime | None = None, user: str | None = None) -> None:
    """Button *Remove the example rows*."""
    _press(_remove_examples, Now(now, user))


# ---- what a button does


def _press(act: Callable[[OpenBook, Now], ButtonResult], at: Now) -> None:
    """Run a button: settings held and given back, every end a message."""
    open_book = OpenBook.caller()
    with open_book.at_work():
        result = _outcome(act, open_book, at)
    open_book.show_message(result.text, is_bad=result.is_bad)


def _outcome(act: Callable[[OpenBook, Now], ButtonResult], open_book: OpenBook, at: Now) -> ButtonResult:
    try:
        try:
            return act(open_book, at)
        except (InputFault, Refused) as found:
            return _told(open_book, found.problems)
    except Stopped as stop:
        return ButtonResult(f"{stop} {NOTHING_CHANGED}")
    except UndoFailed as fault:
        text = f"Writing failed: {fault}. Close this workbook without saving and open it again."
        return ButtonResult(text, is_bad=True)
    except InvCloseError as fault:
        return ButtonResult(str(fault), is_bad=True)
    except Exception as fault:  # the last resort: a person at a spreadsheet gets a sentence, never a traceback
        text = f"invclose-xl {__version__} could not finish: {type(fault).__name__}: {fault}\n\n{NOTHING_CHANGED}"
        return ButtonResult(f"{text} Please report this together with the workbook.", is_bad=True)


def _check(open_book: OpenBook, at: Now) -> ButtonResult:
    with _copied(open_book) as copy:
        problems = checking.check(copy, now=at.now)
        return logged(open_book, copy, problems)


def _close(open_book: OpenBook, at: Now) -> ButtonResult:
    def allowed(summary: Summary, _after: dict[str, ResultSheet]) -> bool:
        count = sum(summary.warnings.values())
        question = f"Close inventory up to {summary.up_to}?"
        if not count:
            return open_book.ask(f"{question}\n\nIts transactions are locked then. There are no warnings.")
        warned = f"There are {format_count(count, 'warning')}:" if count > 1 else "There is 1 warning:"
        look = "No: nothing is changed; press Check to see each with its cell."
        return open_book.ask(f"{question}\n\n{warned}\n{kinds(summary.problems)}\n\n{look}")

    def run(copy: Path) -> Summary:
        return runs.close(copy, now=at.now, user=at.user, progress=open_book.progress, notes_parts=False)

    return _write(open_book, run, allowed)


def _recalculate(open_book: OpenBook, at: Now) -> ButtonResult:
    def run(copy: Path) -> Summary:
        return runs.recalculate(copy, now=at.now, user=at.user, progress=open_book.progress, notes_parts=False)

    def allowed(summary: Summary, _after: dict[str, ResultSheet]) -> bool:
        return open_book.ask(f"Recalculate costs up to {summary.up_to}?\n\nCosts are adjusted; nothing is locked.")

    return _write(open_book, run, allowed)


def _reverse(open_book: OpenBook, at: Now) -> ButtonResult:
    def allowed(summary: Summary, after: dict[str, ResultSheet]) -> bool:
        lock = after["Lock"]
        columns = (lock.column(field) for field in ("closing", "reverses", "type", "up_to"))
        runs = {_text(name): of for name, *of in zip(*columns, strict=True)}
        reversed_run = _text(runs[summary.closing][0])
        _, kind, day = runs[reversed_run]
        undone = f"{_text(kind).lower()} {reversed_run} up to {_day(day)}"
        question = f"Reverse the {undone}?\n\nIts settlements and adjustments are cancelled, a reversing voucher is"
        return open_book.ask(f"{question} made, and its period is open again.")

    def run(copy: Path) -> Summary:
        return runs.reverse(copy, now=at.now, user=at.user, progress=open_book.progress, notes_parts=False)

    return _write(open_book, run, allowed)


def _reconcile(open_book: OpenBook, at: Now) -> ButtonResult:
    target = open_book.beside("reconciliation", partial(is_free, kind="Reconciliation"))
    open_book.progress("reconciling", 0, 1)
    with _copied(open_book) as copy:
        reconciling.reconcile(copy, output=target, now=at.now, original=open_book.path)
    return _shown(open_book, target, "The reconciliation is")


def _preview(open_book: OpenBook, at: Now) -> ButtonResult:
    target = open_book.beside("check", partial(is_free, kind="Check"))
    open_book.progress("previewing", 0, 1)
    with _copied(open_book) as copy:
        report = checking.check_report(copy, output=target, now=at.now, original=open_book.path)
    what = f"The preview of a close up to {report.up_to} is" if report.up_to else "The list of what stops a close is"
    return _shown(open_book, target, what)


def _explain(open_book: OpenBook, at: Now) -> ButtonResult:
    asked, row = open_book.named_text(EXPLAINED_NAME), open_book.selected_row(TRANSACTIONS.name)
    target = open_book.beside("explanation", partial(is_free, kind="Explanation"))
    open_book.progress("explaining", 0, 1)
    with _copied(open_book) as copy:
        try:
            explained = explaining.explain(copy, asked or f"{TRANSACTIONS.name}!A{row}")
        except UnknownSubject as fault:
            return ButtonResult(
                str(fault) if asked else f"Row {row} of Transactions holds no transaction. {WHAT_TO_SELECT}", True
            )
        explained.workbook(target, open_book.path, at.now)
    return _shown(open_book, target, f"{explained.title}: the explanation is")


def _compare(open_book: OpenBook, at: Now) -> ButtonResult:
    target = open_book.beside("comparison", partial(is_free, kind="Comparison"))
    open_book.progress("comparing", 0, 1)
    with _copied(open_book) as copy:
        compared = comparing.compare(copy, output=target, now=at.now, original=open_book.path)
    count = len(compared.frame("Differences"))
    found = format_count(count, "difference") if count else "No difference"
    return _shown(open_book, target, f"{found} up to {compared.up_to}: the comparison is")


def _what_if(open_book: OpenBook, at: Now) -> ButtonResult:
    model, item = open_book.named_text(MODEL_NAME), open_book.named_text(ITEM_NAME)
    if not model:
        return ButtonResult("Enter an inventory model in the cell beside the button, such as Weighted average.", True)
    target = open_book.beside("what-if", partial(is_free, kind="What if"))
    open_book.progress("trying another model", 0, 1)
    with _copied(open_book) as copy:
        items = (item,) if item else ()
        compared = comparing.compare_model(copy, model, items=items, output=target, now=at.now, original=open_book.path)
    return _shown(open_book, target, f"{compared.question}: what the closes would have left is")


def _voucher(open_book: OpenBook, _at: Now) -> ButtonResult:
    target = open_book.beside("voucher", partial(is_free, kind="Voucher"))
    open_book.progress("writing the voucher", 0, 1)
    with _copied(open_book) as copy:
        made = exporting.export_voucher(copy, target, "csv", original=open_book.path)
    total = f"{made.debit:,f}{f' {made.currency}' if made.currency else ''}"
    what = f"The voucher of {made.closing}, {format_count(made.lines, 'line')}, debit = credit = {total}, is"
    more = "For Dynamics 365 and Business Central: invclose-xl voucher (docs/vouchers.md)."
    shown = _shown(open_book, target, what)
    return ButtonResult(f"{shown.text}\n\n{more}", shown.is_bad)


def _import(open_book: OpenBook, at: Now) -> ButtonResult:
    asked = open_book.named_text(EXPORT_NAME) or open_book.ask_text("File or folder of the export:")
    if not asked:
        return ButtonResult(f"Enter the file or folder of the export in the cell beside the button. {NOTHING_CHANGED}")
    source = open_book.path.parent / asked.strip('"')
    open_book.progress("importing", 0, 1)
    with _copied(open_book) as copy:
        made = copy.with_name(f"import-{copy.name}")
        shutil.copyfile(copy, made)
        report = import_book(source, into=made, backup=False, now=at.now)
        if report.written is None:
            return ButtonResult(f"Nothing in {source.name} is new. {NOTHING_CHANGED}")
        with Package.open(made) as package:
            specs = sheets_written(package, report.new_rows)
        before, after = (result_sheets(path, specs=specs) for path in (copy, made))
        if not open_book.ask(f"Import {imported_rows(report)} from {source.name}?\n\n{passed_over(report)}"):
            return ButtonResult(NOTHING_CHANGED)
        open_book.replace_results(before, after)
    text = f"Imported: {imported_rows(report)}. The sheet Import says what was read, kept and passed over."
    return ButtonResult(f"{text}\n\nThe workbook is not saved yet: save it to keep the result.")


def _shown(open_book: OpenBook, made: Path, what: str) -> ButtonResult:
    """Open what was made beside the book."""
    is_open = "which is open now" if open_book.open(made) else "which you can open"
    return ButtonResult(f"{what} in a workbook of its own, {is_open}: {beside(made)}.")


def _remove_examples(open_book: OpenBook, _at: Now) -> ButtonResult:
    open_book.progress("removing the example rows", 0, 1)
    with _copied(open_book) as copy:
        lock = result_sheets(copy).get("Lock")
    if lock is not None and _counts(lock):
        return ButtonResult(f"The examples are part of a closing: press Reverse first. {NOTHING_CHANGED}", is_bad=True)
    planned = [rows for spec in (TRANSACTIONS, ITEMS) for rows in open_book.rows_that_begin_with(spec.name, EXAMPLE)]
    if not planned:
        return ButtonResult(f"There are no example rows any more. {NOTHING_CHANGED}")
    if not open_book.ask(f"Empty all rows of Items and Transactions whose key begins with {EXAMPLE}?"):
        return ButtonResult(NOTHING_CHANGED)
    open_book.apply(planned)
    count = sum(rows.last - rows.first + 1 for rows in planned)
    return ButtonResult(f"{format_count(count, 'example row')} removed. Now paste your own, from row 2 on.")


def _write(
    open_book: OpenBook, run: Callable[[Path], Summary], is_allowed: Callable[[Summary, dict[str, ResultSheet]], bool]
) -> ButtonResult:
    """Compute on a copy, ask, keep the copy beside the book, then write into the open book."""
    with _copied(open_book) as copy:
        before = result_sheets(copy)
        summary = run(copy)
        after = result_sheets(copy)
        if not is_allowed(summary, after):
            return ButtonResult(NOTHING_CHANGED)
        assert summary.backup is not None
        kept = _keep(summary.backup, open_book.path.parent)
        try:
            open_book.replace_results(before, after)
        except UndoFailed as fault:
            raise UndoFailed(f"{fault}. The book as it was: {beside(kept)}") from fault
        except BaseException:
            kept.unlink(missing_ok=True)
            raise
    return ButtonResult(done(summary, kept))


# ---- copies


@contextmanager
def _copied(open_book: OpenBook) -> Iterator[Path]:
    """Yield a copy of the open book, under its own name, in a folder that goes afterwards."""
    path = open_book.path
    with tempfile.TemporaryDirectory(prefix="invclose-xl-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / path.name
        open_book.save_copy(copy)
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


def _told(open_book: OpenBook, problems: Sequence[Problem]) -> ButtonResult:
    """Findings that stopped a run: on the Log, with the first faulty cell selected."""
    try:
        with _copied(open_book) as copy:
            return logged(open_book, copy, problems)
    except InvCloseError as fault:
        first = "\n".join(group.line() for group in group_problems(problems)[:KINDS_SHOWN])
        return ButtonResult(f"{first}\n\n{fault}", is_bad=True)


# ---- words


def _text(entry: Entry) -> str:
    return entry.removeprefix("'") if isinstance(entry, str) else ""


def _counts(lock: ResultSheet) -> bool:
    """Return whether there is a closing or recalculation that was not reversed."""
    rows = zip(lock.column("type"), lock.column("status"), strict=True)
    return any(_text(kind) != "Reversal" and _text(status) == "Active" for kind, status in rows)


def _day(entry: Entry) -> str:
    return str(date(1899, 12, 30) + timedelta(days=int(entry))) if isinstance(entry, float) else _text(entry)
