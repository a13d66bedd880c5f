"""Stock against the general ledger at a date, as a workbook of live formulas.

In      the path of a workbook or a folder of tables.
Out     Reconciliation, and the file ``BOOK.reconciliation.xlsx``.
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Command line" (reconcile); RULES R12.
"""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from invclose_xl.analysis.ledger.differences import find_differences
from invclose_xl.analysis.stock_ages import compute_stock_ages
from invclose_xl.api.context.arguments import date_of, moment_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.report_file import Report
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.closing.lock.sealing import read_closed_date
from invclose_xl.closing.state.currency import find_other_currency, name_recorded_currency
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import EPOCH, to_day_number
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.domain.views.account_names import index_account_names
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.files.landing import Landing
from invclose_xl.reports.reconciliation.reconcile import (
    EMPTY_LEDGER,
    NO_LEDGER,
    ReconciliationData,
    collect_reconciliation,
)
from invclose_xl.reports.reconciliation.result import Reconciliation, show_reconciliation
from invclose_xl.reports.reconciliation.workbook import write_reconciliation
from invclose_xl.reports.section import Decimals, Section


def reconcile(
    book: str | Path,
    up_to: date | None = None,
    *,
    output: str | Path | None = None,
    now: datetime | None = None,
    original: str | Path | None = None,
    force: bool = False,
    landing: Landing | None = None,
) -> Reconciliation:
    """Compare stock with the general ledger at a date and write a workbook of live formulas.

    book     a workbook, or a folder of tables
    up_to    the date; default: the closed date, else the last date of the book
    output   the workbook to write; default: ``BOOK.reconciliation.xlsx`` beside the book
    now      clock, UTC where it has no zone
    original  the workbook that ``book`` is a copy of: links lead there
    force    replace whatever file is there, except the book
    landing  knows from the rename on that the workbook is there

    returns   Reconciliation: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors    WrongUsage, InputFault, Refused, BookUnusable; the book is never written
    """
    refuse_other_than_flags(force=force)
    path, asked = path_of(book), date_of(up_to, "up_to")
    moment = moment_of(now)
    target = path_of(output, "output") if output else path.with_name(f"{path.stem}.reconciliation.xlsx")
    at = path_of(original or path, "original")
    made = Report.at(target, at, "Reconciliation", force=force, landing=landing)
    read = book_or_raise(read_data(path))
    content = name_recorded_currency(read)
    entries = value_entries(content)
    last = entries["date"].max()
    day = asked or read_closed_date(content.history) or (last if isinstance(last, date) else EPOCH)
    data = _collect(content, escape_controls(path.name), day, entries)
    sections: list[Section] = []
    made.write(lambda file: sections.extend(write_reconciliation(data, made.book, target, file, moment, made.mark)))
    problems = tuple(find_other_currency(read, Severity.WARNING))
    return show_reconciliation(replace(data, sections=tuple(sections), problems=problems), target)


def _collect(content: Book, name: str, up_to: date, entries: pl.DataFrame) -> ReconciliationData:
    day = to_day_number(up_to)
    ledger = content.ledger if content.ledger is not None and len(content.ledger) else None
    found = find_differences(content, entries, ledger, day) if ledger is not None else None
    lock = content.history["lock"]
    items = content.items
    names = (
        dict(zip(items.number.to_list(), items.name.fill_null("").to_list(), strict=True)) if len(items.name) else {}
    )
    return collect_reconciliation(
        name,
        up_to,
        entries,
        compute_stock_ages(content, day, entries),
        found.rows if found else None,
        found.lines if found else None,
        lock.filter((pl.col("status") == Status.ACTIVE) & (pl.col("type") != ClosingType.REVERSAL)),
        names,
        index_account_names(content.posting),
        Decimals(content.scales.currency_decimals, content.scales.quantity_scale),
        content.parameters.currency,
        EMPTY_LEDGER if content.ledger is not None else NO_LEDGER,
    )
