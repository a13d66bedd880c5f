"""The voucher of a run as another system loads it.

In      the path of a workbook or a folder of tables, a format, which run, and the file to write.
Out     ExportedVoucher: what is in the file.
Errors  UnknownRun, WrongUsage (2): no such run, a name or an option that does not fit. NoVoucher, Refused (4): the run
        made no voucher, the result sheets were edited. InputFault (3), BookUnusable (5).
Source  WORKBOOK "Command line" (voucher); RULES R9.3, R10.3 (a reversal has a voucher of its own).
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Literal

import polars as pl

from invclose_xl.analysis.compare.runs import UnknownRun
from invclose_xl.api.context.arguments import name_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.report_file import Report
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.closing.lock.verify_results import verify_results
from invclose_xl.closing.posting.voucher import has_accounts
from invclose_xl.closing.state.currency import name_recorded_currency
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import InvCloseError, Refused, WrongUsage
from invclose_xl.domain.views.old_book import explain_old_run, find_rolled_forward
from invclose_xl.domain.words import ClosingType
from invclose_xl.files.landing import Landing
from invclose_xl.reports.journal.exported import ExportedVoucher
from invclose_xl.reports.journal.formats import FORMATS
from invclose_xl.reports.journal.lines import Journal, JournalLine, JournalOptions, journal_lines, prove
from invclose_xl.reports.journal.written import ENDINGS, csv_bytes, read_csv, workbook_bytes

Format = Literal["d365", "business-central", "csv"]
Write = Callable[[BinaryIO], object]


class NoVoucher(InvCloseError):
    """There is nothing to hand over: the run changed no cost, or none was made yet."""

    exit_code = 4


def export_voucher(
    book: str | Path,
    target: str | Path,
    form: Format,
    closing: str | None = None,
    options: JournalOptions | None = None,
    *,
    original: str | Path | None = None,
    force: bool = False,
    landing: Landing | None = None,
) -> ExportedVoucher:
    """Write the voucher of a run into a file as another system loads it.

    book     a workbook, or a folder of tables
    target   the .csv or .xlsx file to write
    form     ``d365``, ``business-central`` or ``csv``
    closing  the run, such as ``IC-000002``; default: the latest that has a voucher
    options  how accounts, dimensions and dates are written, and the names of the journal
    original  the workbook that ``book`` is a copy of
    force    let ``target`` take the place of whatever file is there, except the book
    landing  knows from the rename on that the file is there

    returns   ExportedVoucher: its lines; amounts are Decimal in the currency of the book
    errors    WrongUsage, UnknownRun, NoVoucher, InputFault, Refused, BookUnusable; nothing is written then
    """
    refuse_other_than_flags(force=force)
    path, into, named = path_of(book), path_of(target, "target"), name_of(closing, "closing", "IC-000002")
    asked = JournalOptions() if options is None else options
    if not isinstance(asked, JournalOptions):
        raise WrongUsage("options is no JournalOptions: give invclose_xl.JournalOptions(…), or leave it out.")
    _refuse_date_format(asked.date_format)
    if form not in FORMATS:
        raise WrongUsage(f"There is no format {form!r}: the formats are {', '.join(FORMATS)}.")
    report = Report.at(into, path_of(original or path, "original"), "Voucher", ENDINGS, force=force, landing=landing)
    content = name_recorded_currency(book_or_raise(read_data(path)))
    edited = verify_results(content)
    if edited:
        raise Refused(edited)
    name = _run_with_voucher(content, named)
    rows = content.history["vouchers"].filter(pl.col("closing") == name)
    lines = journal_lines(rows, content.scales.currency_decimals)
    asked = replace(asked, currency=asked.currency or content.parameters.currency)
    journal = FORMATS[form](lines, asked)
    report.write(_content(journal, asked, report, lines))
    lock = content.history["lock"]
    taken_back = lock.filter(pl.col("reverses") == name)["closing"].to_list()
    total = sum((line.debit for line in lines), Decimal(0))
    return ExportedVoucher(
        closing=name,
        date=lines[0].date,
        format=form,
        lines=len(lines),
        debit=total,
        credit=total,
        currency=asked.currency,
        reversed_by=taken_back[0] if taken_back else "",
        by_role=not has_accounts(content),
        written=report.target,
    )


def _content(journal: Journal, options: JournalOptions, report: Report, lines: list[JournalLine]) -> Write:
    """Return what writes the file, after its totals were proved to be those of the sheet."""
    text = csv_bytes(journal, options)
    prove(journal, *read_csv(text), lines)
    made = text if report.target.suffix.lower() == ".csv" else workbook_bytes(journal, report.mark)
    return lambda file: file.write(made)


def _run_with_voucher(content: Book, closing: str | None) -> str:
    """Return the run that was asked for, or the latest one that made a voucher, reversals included."""
    lock, vouchers = content.history["lock"].sort("closing"), content.history["vouchers"]
    names, with_voucher = lock["closing"].to_list(), set(vouchers["closing"].to_list())
    if closing is None:
        found = [name for name in names if name in with_voucher]
        if not found:
            why = "the book was never closed" if not names else "no run has changed a cost yet"
            why = "no run since it was rolled forward has changed a cost" if find_rolled_forward(lock) else why
            raise NoVoucher(f"There is no voucher to write: {why}. Nothing was written.")
        return str(found[-1])
    known = {name.casefold(): name for name in names}
    name = known.get(closing.strip().casefold())
    if name is None:
        runs = f"the runs are {', '.join(names)}" if names else "the book was never closed"
        raise UnknownRun(f"There is no run {closing}: {runs}.")
    if elsewhere := explain_old_run(lock, name):
        raise UnknownRun(f"{elsewhere} Nothing was written.")
    if name not in with_voucher:
        kind = dict(lock.select("closing", "type").rows())[name]
        why = "what it reverses made none" if kind == ClosingType.REVERSAL else "it changed no cost"
        raise NoVoucher(f"{name} made no voucher: {why}. Nothing was written.")
    return str(name)


def _refuse_date_format(text: str) -> None:
    if any(text.count(token) != 1 for token in ("YYYY", "MM", "DD")):
        raise WrongUsage(f"--date-format {text!r} must name year, month and day, such as YYYY-MM-DD or DD.MM.YYYY.")
