"""What a book is like now: the closed date, the history of closings, and what is open.

In      the path of a workbook or a folder of tables; nothing is written.
Out     BookStatus.
Errors  InputFault (3), Refused (4), BookUnusable (5).
Source  WORKBOOK "Command line" (status).
"""

from datetime import datetime
from pathlib import Path

import polars as pl

from invclose_xl.analysis.open_items import open_items
from invclose_xl.api.places import read_data
from invclose_xl.api.run_context import RunContext, book_or_raise
from invclose_xl.closing.lock.sealing import closed_date
from invclose_xl.closing.request.dates import default_close_date, first_date
from invclose_xl.closing.state.currency import in_recorded_currency, other_currency
from invclose_xl.closing.state.inventory_change import inventory_changes
from invclose_xl.closing.stock.stock_value import stock_value
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.reports.status import BookStatus


def status(book: str | Path, *, now: datetime | None = None) -> BookStatus:
    """Return the closed date, the history of closings, and what is open."""
    read = book_or_raise(read_data(Path(book)))
    content = in_recorded_currency(read)
    opened = open_items(content)
    value = stock_value(content, content.history)
    changes = inventory_changes(content, content.history)
    lock = content.history["lock"]
    return BookStatus(
        closed_date(content.history),
        default_close_date(opened.closed_up_to, first_date(content.transactions), RunContext.here(now, "").today),
        lock.with_columns(adjustment_amount=pl.col("closing").replace_strict(changes, return_dtype=pl.Int64)),
        opened.receipts,
        opened.receipt_value,
        opened.issues,
        opened.issue_cost,
        content.parameters.currency,
        content.scales.currency_decimals,
        int(value["closing_value"].sum()),
        int(value["not_invoiced_value"].sum()),
        tuple(other_currency(read, Severity.WARNING)),
    )
