"""The period lock: what a run may not touch.

In      a book, what stands, and the order.
Out     Problems with severity Refused; none where the run may go on.
Source  RULES R2.1, R9.3, R10.1.
"""

from datetime import date, timedelta

import numpy as np

from invclose_xl.closing.order import Order
from invclose_xl.closing.standing import Standing
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.problem import CellRef, Problem, Severity


def refuse_date(standing: Standing, order: Order) -> list[Problem]:
    """A close must be later than the last one (RULES R2.1)."""
    if standing.closed_up_to == NO_DATE or order.day > standing.closed_up_to:
        return []
    closed = date(1970, 1, 1) + timedelta(days=standing.closed_up_to)
    return [
        Problem(
            "IC202", Severity.REFUSED, CellRef("Lock"), str(order.up_to),
            f"Inventory is already closed up to {closed}.",
            f"Close to a date after {closed}, or reverse the last closing first.", rule="R2.1",
        )
    ]  # fmt: skip


def refuse_posting_date(ledger_closed: date | None, order: Order) -> list[Problem]:
    """A voucher must not fall into a closed ledger period (RULES R9.3)."""
    posting_date = order.posting_date or order.up_to
    if ledger_closed is None or posting_date > ledger_closed:
        return []
    return [
        Problem(
            "IC203", Severity.REFUSED, CellRef("Parameters"), str(posting_date),
            f"The ledger is closed up to {ledger_closed}, so a voucher dated {posting_date} cannot be posted.",
            f"Give a later date for the voucher: --posting-date {ledger_closed + timedelta(days=1)}", rule="R9.3",
        )
    ]  # fmt: skip


def late_postings(book: Book, standing: Standing) -> list[Problem]:
    """Rows behind the lock that no closing has seen (RULES R10.1)."""
    if standing.closed_up_to == NO_DATE:
        return []
    t, closed = book.transactions, standing.closed_up_to
    physical = (t.physical_date != NO_DATE) & (t.physical_date <= closed)
    financial = (t.financial_date != NO_DATE) & (t.financial_date <= closed)
    known = book.history["locked_rows"]["transaction"].str.to_lowercase()
    new = ~t.id.str.to_lowercase().is_in(known.implode()).to_numpy()
    day = date(1970, 1, 1) + timedelta(days=closed)
    return [
        Problem(
            "IC204", Severity.REFUSED,
            t.cells.cell(row, "financial_date" if financial[row] else "physical_date"), "",
            f"The transaction is dated on or before {day}, and inventory is closed up to that day.",
            f"Date it after {day}, or reverse the closing first.",
            rule="R10.1", item=str(book.items.number[int(t.item[row])]), transaction=t.id[row],
        )
        for row in np.flatnonzero(new & (physical | financial)).tolist()
    ]  # fmt: skip
