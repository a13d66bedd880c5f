"""The check before a close: every error and warning of the input, and what a close would do.

In      the path of a workbook or a folder of tables.
Out     CheckReport; nothing is written unless a file is named.
Errors  BookUnusable (5), WrongUsage (2). Errors in the data are in the report.
Source  WORKBOOK "Command line" (check); RULES R12.
"""

from datetime import date, datetime
from pathlib import Path

import polars as pl

from invclose_xl import __version__
from invclose_xl.analysis.check_tables import (
    list_covering_receipts,
    list_deviating_cost_prices,
    list_negative_stock,
    list_open_quantities,
    list_unbalanced_transfers,
    sum_by_account,
    sum_by_cause,
)
from invclose_xl.analysis.preview import Preview, preview
from invclose_xl.api.context.arguments import date_of, moment_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.report_file import Report
from invclose_xl.api.context.run_context import RunContext
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.request.dates import choose_close_date, find_transaction_days
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import name_recorded_currency
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import InputFault, Problem, Refused
from invclose_xl.domain.words import ClosingType
from invclose_xl.files.landing import Landing
from invclose_xl.reports.check.check import CheckData, CheckReport, collect_check, show_check
from invclose_xl.reports.check.workbook import write_check
from invclose_xl.reports.section import Decimals


def check(book: str | Path, up_to: date | None = None, *, now: datetime | None = None) -> list[Problem]:
    """Return every input error and warning of the workbook, and what a close would warn about; write nothing.

    book, up_to, now    as ``check_report`` takes them

    returns             every Problem with its cell, by severity
    errors              WrongUsage, BookUnusable; what is wrong in the data is returned
    """
    return list(check_report(book, up_to, now=now).problems)


def check_report(
    book: str | Path,
    up_to: date | None = None,
    *,
    output: str | Path | None = None,
    now: datetime | None = None,
    original: str | Path | None = None,
    force: bool = False,
    landing: Landing | None = None,
) -> CheckReport:
    """Check a workbook as a close would run.

    book     a workbook, or a folder of tables
    up_to    the date of the close; default: the sheet Parameters, else the next month end
    output   a workbook to write the report to, with links to the cells
    now      clock, UTC where it has no zone
    original  the workbook that ``book`` is a copy of: links lead there
    force    let ``output`` take the place of whatever file is there, except the book
    landing  knows from the rename on that the report is there

    returns   CheckReport: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors    WrongUsage, BookUnusable; what is wrong in the data is in the report
    """
    refuse_other_than_flags(force=force)
    path, day, context = path_of(book), date_of(up_to, "up_to"), RunContext.here(moment_of(now), "")
    made = None
    if output is not None:
        at = path_of(original or book, "original")
        made = Report.at(path_of(output, "output"), at, "Check", force=force, landing=landing)
    data = _check(path, day, context)
    if made is not None:
        made.write(lambda file: write_check(data, made.book, made.target, file, now, made.mark))
    return show_check(data)


def _check(path: Path, up_to: date | None, where: RunContext) -> CheckData:
    reading = read_data(path)
    if reading.book is None:
        return collect_check(None, reading.problems, {}, Decimals(2, 0), "")
    content, found = reading.book, list(reading.problems)
    decimals = Decimals(content.scales.currency_decimals, content.scales.quantity_scale)
    currency = name_recorded_currency(content).parameters.currency
    try:
        order, remarks = _request_of_check(content, up_to, where)
        seen = preview(content, order)
    except (InputFault, Refused) as stop:
        state = read_state(content)
        changed = [p for p in verify(content, state) if p not in stop.problems]
        return collect_check(None, (*found, *changed, *stop.problems), {}, decimals, currency)
    problems = (*found, *remarks, *seen.problems)
    return collect_check(order.up_to, problems, _frames(seen), decimals, currency)


def _request_of_check(content: Book, up_to: date | None, where: RunContext) -> tuple[RunRequest, tuple[Problem, ...]]:
    parameters = content.parameters
    state, days = read_state(content), find_transaction_days(content.transactions)
    chosen = choose_close_date(state, days, up_to, parameters.close_inventory_up_to, where.today)
    request = RunRequest(
        ClosingType.CLOSING, chosen.day, parameters.specification, where.now, "", __version__, calendar_day=where.today
    )
    return request, chosen.remarks


def _frames(seen: Preview) -> dict[str, pl.DataFrame]:
    open_issues = list_open_quantities(seen.run)
    return {
        "Open quantities": open_issues,
        "Covering receipts": list_covering_receipts(seen.run, open_issues),
        "Cost prices": list_deviating_cost_prices(seen.run),
        "Negative stock": list_negative_stock(seen.run),
        "Transfers": list_unbalanced_transfers(seen.run),
        "By cause": sum_by_cause(seen.run),
        "By account": sum_by_account(seen.run.book, seen.posting),
    }
