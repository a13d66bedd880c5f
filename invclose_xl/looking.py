"""The Python API of what people look at: explanations, checks and reconciliations, as text, plain data and DataFrames.

In      the path of a workbook.
Out     Explained, CheckReport; nothing is written unless a file is named.
Errors  InputFault (3), Refused (4), BookUnusable (5), UnknownSubject (2): the numbers are the exit codes.
Source  WORKBOOK "Command line".
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Unpack

import polars as pl

from invclose_xl import __version__
from invclose_xl.analysis.check_tables import (
    by_account,
    by_cause,
    cost_prices,
    covering_receipts,
    negative_chains,
    open_quantities,
    transfers_without_partner,
)
from invclose_xl.analysis.ledger.differences import find_differences
from invclose_xl.analysis.preview import Preview, preview
from invclose_xl.analysis.stock_ages import stock_ages
from invclose_xl.analysis.trace.trace import trace_costs
from invclose_xl.closing.lock.sealing import closed_date
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.request.dates import choose_close_date, first_date
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import in_recorded_currency, other_currency
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import day_number
from invclose_xl.domain.problems.printable import printable
from invclose_xl.domain.problems.problem import InputFault, Problem, Refused, Severity
from invclose_xl.domain.views.trace import Trace
from invclose_xl.domain.words import ClosingType, Status
from invclose_xl.files.target import PICTURE_ENDINGS
from invclose_xl.places import read_data
from invclose_xl.report_file import Report, ReportHow
from invclose_xl.reports.check.check import CheckReport
from invclose_xl.reports.check.check import check_report as report_of
from invclose_xl.reports.check.workbook import write_check
from invclose_xl.reports.costs.explanation import explain as explain_trace
from invclose_xl.reports.costs.explanation_parts import Explanation
from invclose_xl.reports.explain.plain_data import explain_json, explain_rows
from invclose_xl.reports.explain.text import explain_text
from invclose_xl.reports.explain.workbook import write_explanation
from invclose_xl.reports.pictures.picture import content, draw
from invclose_xl.reports.reconciliation.reconcile import EMPTY_LEDGER, NO_LEDGER, Reconciliation, reconciliation
from invclose_xl.reports.reconciliation.workbook import write_reconciliation
from invclose_xl.reports.section import Decimals, Section
from invclose_xl.run_context import RunContext, book_or_raise

CELL = re.compile(r"(.+)!\$?[A-Za-z]{1,3}\$?(\d+)$")


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation and the way of the costs it was drawn from."""

    explanation: Explanation
    trace: Trace
    book: Path

    def text(self) -> str:
        """Return the page that the command prints."""
        return explain_text(self.trace, self.explanation)

    def json(self) -> dict[str, object]:
        """Return plain data; amounts are decimal text."""
        return explain_json(self.trace, self.explanation)

    def picture(self, path: str | Path, view: str | None = None, **how: Unpack[ReportHow]) -> None:
        """Write an .svg or .png file; ``view`` is time or flow, by default what suits the subject."""
        report = Report.at(Path(path), self.book, "Picture", PICTURE_ENDINGS, **how)
        drawing = draw(self.trace, self.explanation, view)
        made = content(drawing, report.target.suffix, report.mark)
        report.write(lambda file: file.write(made))

    def workbook(
        self, path: str | Path, book: str | Path, now: datetime | None = None, **how: Unpack[ReportHow]
    ) -> None:
        """Write a workbook with the explanation and its picture, its links leading to ``book``."""
        report = Report.at(Path(path), Path(book), "Explanation", **how)
        report.write(
            lambda file: write_explanation(
                self.trace, self.explanation, report.book, report.target, file, now, report.mark
            )
        )

    def frame(self) -> pl.DataFrame:
        """Return the parts of the cost, down to where they come from and went, one row each."""
        return pl.DataFrame(explain_rows(self.trace, self.explanation), infer_schema_length=None)


def explain(book: str | Path, name: str) -> Explained:
    """Explain a transaction, an item, a document number, a lot, a voucher, or a voucher line (``IC-000001/3``).

    A cell (``Transactions!C9``) stands for the transaction of its row.
    """
    trace = trace_costs(in_recorded_currency(book_or_raise(read_data(Path(book)))))
    return Explained(explain_trace(trace, _transaction_at(trace, name) or name), trace, Path(book))


def refuse_picture(path: str | Path, book: str | Path, **how: Unpack[ReportHow]) -> None:
    """Refuse, before any work, a file that no picture may be drawn into."""
    Report.at(Path(path), Path(book), "Picture", PICTURE_ENDINGS, **how)


def _transaction_at(trace: Trace, cell: str) -> str:
    """Return the transaction whose row a cell is in; '' where there is none."""
    match = CELL.match(cell.strip())
    if match is None:
        return ""
    sheet, row = match[1], match[2]
    rows = trace.places.cell.str.to_lowercase().str.replace(r"![a-z]+", "!")
    at = rows.index_of(f"{sheet}!{row}".lower())
    return "" if at is None else str(trace.places.id[at])


def check(book: str | Path, up_to: date | None = None, *, now: datetime | None = None) -> list[Problem]:
    """Return every input error and warning of the workbook, and what a close would warn about; write nothing."""
    return list(check_report(book, up_to, now=now).problems)


def check_report(
    book: str | Path,
    up_to: date | None = None,
    *,
    output: str | Path | None = None,
    now: datetime | None = None,
    lies_at: str | Path | None = None,
    **how: Unpack[ReportHow],
) -> CheckReport:
    """Check a workbook as a close would run; ``output`` names a workbook for the report.

    ``lies_at`` is where the workbook lies that ``book`` is a copy of: links lead there.
    """
    made = Report.at(Path(output), Path(lies_at or book), "Check", **how) if output is not None else None
    report = _checked(Path(book), up_to, RunContext.here(now, ""))
    if made is not None:
        made.write(lambda file: write_check(report, made.book, made.target, file, now, made.mark))
    return report


def _checked(path: Path, up_to: date | None, where: RunContext) -> CheckReport:
    reading = read_data(path)
    if reading.book is None:
        return report_of(None, reading.problems, {}, Decimals(2, 0), "")
    content, found = reading.book, list(reading.problems)
    decimals = Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    currency = in_recorded_currency(content).parameters.currency
    try:
        order, remarks = _request_of_check(content, up_to, where)
        seen = preview(content, order)
    except (InputFault, Refused) as stop:
        state, _ = read_state(content)
        changed = [p for p in verify(content, state) if p not in stop.problems]
        return report_of(None, (*found, *changed, *stop.problems), {}, decimals, currency)
    problems = (*found, *remarks, *seen.problems)
    return report_of(order.up_to, problems, _frames(seen), decimals, currency)


def _request_of_check(content: Book, up_to: date | None, where: RunContext) -> tuple[RunRequest, tuple[Problem, ...]]:
    parameters = content.parameters
    state, first = read_state(content)[0], first_date(content.transactions)
    chosen = choose_close_date(state, first, up_to, parameters.close_inventory_up_to, where.today)
    request = RunRequest(
        ClosingType.CLOSING, chosen.day, parameters.specification, where.now, "", __version__, calendar_day=where.today
    )
    return request, chosen.remarks


def _frames(seen: Preview) -> dict[str, pl.DataFrame]:
    open_issues = open_quantities(seen.run)
    return {
        "Open quantities": open_issues,
        "Covering receipts": covering_receipts(seen.run, open_issues),
        "Cost prices": cost_prices(seen.run),
        "Negative stock": negative_chains(seen.run),
        "Transfers": transfers_without_partner(seen.run),
        "By cause": by_cause(seen.run),
        "By account": by_account(seen.posting),
    }


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
