"""Stock against the general ledger at a date, as a workbook of live formulas.

In      the path of a workbook or a folder of tables.
Out     Reconciliation, and the file ``BOOK.reconciliation.xlsx``.
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Command line" (reconcile); RULES R12.
"""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Unpack

import polars as pl

from invclose_xl.analysis.ledger.differences import find_differences
from invclose_xl.analysis.stock_ages import stock_ages
from invclose_xl.api.places import read_data
from invclose_xl.api.report_file import Report, ReportHow
from invclose_xl.api.run_context import book_or_raise
from invclose_xl.closing.lock.sealing import closed_date
from invclose_xl.closing.state.currency import in_recorded_currency, other_currency
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import day_number
from invclose_xl.domain.problems.printable import printable
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.reports.reconciliation.reconcile import EMPTY_LEDGER, NO_LEDGER, Reconciliation, reconciliation
from invclose_xl.reports.reconciliation.workbook import write_reconciliation
from invclose_xl.reports.section import Decimals, Section


def reconcile(
    book: str | Path,
    up_to: date | None = None,
    *,
    output: str | Path | None = None,
    now: datetime | None = None,
    lies_at: str | Path | None = None,
    **how: Unpack[ReportHow],
) -> Reconciliation:
    """Compare stock with the general ledger at a date and write the workbook ``BOOK.reconciliation.xlsx``.

    The date is the given one, else the closed date, else the last date of the book. ``lies_at`` is where the workbook
    lies that ``book`` is a copy of: links lead there.
    """
    path = Path(book)
    target = Path(output) if output else path.with_name(f"{path.stem}.reconciliation.xlsx")
    made = Report.at(target, Path(lies_at or path), "Reconciliation", **how)
    read = book_or_raise(read_data(path))
    content = in_recorded_currency(read)
    entries = value_entries(content)
    last = entries["date"].max()
    day = up_to or closed_date(content.history) or (last if isinstance(last, date) else date(1970, 1, 1))
    drawn = _reconciliation(content, printable(path.name), day, entries)
    sections: list[Section] = []
    made.write(lambda file: sections.extend(write_reconciliation(drawn, made.book, target, file, now, made.mark)))
    return replace(drawn, sections=tuple(sections), problems=tuple(other_currency(read, Severity.WARNING)))


def _reconciliation(content: Book, name: str, up_to: date, entries: pl.DataFrame) -> Reconciliation:
    day = day_number(up_to)
    ledger = content.ledger if content.ledger is not None and len(content.ledger) else None
    found = find_differences(content, entries, ledger, day) if ledger is not None else None
    lock = content.history["lock"]
    items = content.items
    names = (
        dict(zip(items.number.to_list(), items.name.fill_null("").to_list(), strict=True)) if len(items.name) else {}
    )
    return reconciliation(
        name,
        up_to,
        entries,
        stock_ages(content, day, entries),
        found.rows if found else None,
        found.lines if found else None,
        lock.filter((pl.col("status") == Status.ACTIVE) & (pl.col("type") != ClosingType.REVERSAL)),
        names,
        Decimals(content.scales.currency_decimals, content.scales.quantity_scale),
        content.parameters.currency,
        EMPTY_LEDGER if content.ledger is not None else NO_LEDGER,
    )
