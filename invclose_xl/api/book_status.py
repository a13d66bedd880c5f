"""Status of a book: the closed date, the history of closings, and what is open.

In      the path of a workbook or a folder of tables; nothing is written.
Out     BookStatus.
Errors  InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Command line" (status).
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from invclose_xl.analysis.open_items import count_open_items
from invclose_xl.api.context.arguments import moment_of, path_of
from invclose_xl.api.context.places import read_data
from invclose_xl.api.context.run_context import RunContext, book_or_raise
from invclose_xl.closing.lock.sealing import read_closed_date
from invclose_xl.closing.request.dates import find_default_close_date, find_transaction_days
from invclose_xl.closing.state.currency import find_other_currency, name_recorded_currency
from invclose_xl.closing.state.inventory_change import read_inventory_changes
from invclose_xl.closing.stock.stock_value import compute_stock_value
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.reports.documents.document import exact
from invclose_xl.reports.status import BookStatus, RunRow


def status(book: str | Path, *, now: datetime | None = None) -> BookStatus:
    """Return the closed date, the history of closings, and what is open.

    book    a workbook or a folder of tables
    now     the clock, for the default date of the next close; UTC where it has no zone

    returns  BookStatus: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors   WrongUsage, InputFault, Refused, BookUnusable; nothing is written
    """
    path = path_of(book)
    read = book_or_raise(read_data(path))
    content = name_recorded_currency(read)
    opened, days = count_open_items(content), find_transaction_days(content.transactions)
    value = compute_stock_value(content, content.history)
    decimals, closed = content.scales.currency_decimals, read_closed_date(content.history)

    def amount(units: int | None) -> Decimal:
        return exact(units or 0, decimals)

    return BookStatus(
        currency=content.parameters.currency,
        problems=tuple(find_other_currency(read, Severity.WARNING)),
        closed_up_to=closed,
        next_date=find_default_close_date(
            opened.closed_up_to, days.first if days else None, RunContext.here(moment_of(now), "").today
        ),
        stock_value=amount(int(value["closing_value"].sum())) if closed else None,
        not_invoiced_value=amount(int(value["not_invoiced_value"].sum())) if closed else None,
        open_receipts=opened.receipts,
        open_receipt_value=amount(opened.receipt_value),
        open_issues=opened.issues,
        open_issue_cost=amount(opened.issue_cost),
        history=_history(content, amount),
    )


def _history(content: Book, amount: Callable[[int | None], Decimal]) -> tuple[RunRow, ...]:
    changes = read_inventory_changes(content, content.history)
    return tuple(
        RunRow(
            closing=row["closing"],
            type=row["type"],
            up_to=row["up_to"],
            status=row["status"],
            adjustment_amount=None if changes[row["closing"]] is None else amount(changes[row["closing"]]),
            warnings=row["warnings"] or 0,
            run_at=row["run_at"],
            run_by=row["run_by"],
            version=row["version"],
            digest=row["digest"],
        )
        for row in content.history["lock"].iter_rows(named=True)
    )
