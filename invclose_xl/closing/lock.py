"""The period lock: which dates a run may have.

In      what stands, and the order.
Out     Problems with severity Refused; none where the run may go on.
Source  RULES R2.1, R9.3, R10.1.
"""

from datetime import date, timedelta

from invclose_xl.closing.order import Order
from invclose_xl.closing.standing import Standing
from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.problem import CellRef, Problem, Severity


def refuse_date(standing: Standing, order: Order) -> list[Problem]:
    """A close or recalculation must be later than the last close (RULES R2.1)."""
    if standing.closed_up_to == NO_DATE or order.day > standing.closed_up_to:
        return []
    closed = date(1970, 1, 1) + timedelta(days=standing.closed_up_to)
    return [
        Problem(
            "IC202", Severity.REFUSED, CellRef("Lock"), str(order.up_to),
            f"Inventory is already closed up to {closed}.",
            f"Take a date after {closed}, or reverse the last closing first.", rule="R2.1",
        )
    ]  # fmt: skip


def refuse_posting_date(ledger_closed: date | None, order: Order) -> list[Problem]:
    """A voucher must not fall into a closed ledger period (RULES R9.3)."""
    if ledger_closed is None or order.voucher_date > ledger_closed:
        return []
    return [
        Problem(
            "IC203", Severity.REFUSED, CellRef("Parameters"), str(order.voucher_date),
            f"The ledger is closed up to {ledger_closed}, so a voucher dated {order.voucher_date} cannot be posted.",
            f"Give a later date for the voucher: --posting-date {ledger_closed + timedelta(days=1)}", rule="R9.3",
        )
    ]  # fmt: skip


def refuse_ledger(ledger_closed: date | None, voucher_date: date, closing: str) -> list[Problem]:
    """The opposite voucher carries the original's date, which the ledger must still accept (RULES R10.3)."""
    if ledger_closed is None or voucher_date > ledger_closed:
        return []
    return [
        Problem(
            "IC222", Severity.REFUSED, CellRef("Parameters"), str(ledger_closed),
            f"The voucher of {closing} is dated {voucher_date}, and the ledger is closed up to {ledger_closed}.",
            "Open the ledger period and the parameter Ledger closed up to, or correct costs by cost adjustments.",
            rule="R9.3",
        )
    ]  # fmt: skip
