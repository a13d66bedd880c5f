"""The period lock: which dates a run may have.

In      what stands, and the order.
Out     Problems with severity Refused; none where the run may go on.
Source  RULES R2.1, R9.3, R10.1.
"""

from datetime import date

from invclose_xl.closing.request.dates import LEDGER_NEVER_OPEN, NOTHING_LATER, advise_later_date
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.days import to_date
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity

_LATER_VOUCHER = "Enter a later date for the voucher: --posting-date"


def refuse_date(state: LedgerState, request: RunRequest) -> list[Problem]:
    """A close or recalculation must be later than the last close (RULES R2.1)."""
    if state.closed_up_to == NO_DATE or request.day > state.closed_up_to:
        return []
    closed = to_date(state.closed_up_to)
    return [
        Problem(
            "IC202", Severity.REFUSED, CellRef("Lock"), str(request.up_to),
            f"Inventory is already closed up to {closed}.",
            f"Enter a date after {closed}, or reverse the last closing first." if closed < date.max else NOTHING_LATER,
            rule="R2.1",
        )
    ]  # fmt: skip


def refuse_posting_date(ledger_closed: date | None, request: RunRequest) -> list[Problem]:
    """A voucher must not fall into a closed ledger period, nor before the date of its run (RULES R9.3)."""
    if request.voucher_date < request.up_to:
        return [_describe_too_early(request.voucher_date, f"a run up to {request.up_to}", request.up_to)]
    if ledger_closed is None or request.voucher_date > ledger_closed:
        return []
    return [
        Problem(
            "IC203", Severity.REFUSED, CellRef("Parameters"), str(request.voucher_date),
            f"The ledger is closed up to {ledger_closed}, so a voucher dated {request.voucher_date} cannot be posted.",
            advise_later_date(ledger_closed, _LATER_VOUCHER, LEDGER_NEVER_OPEN), rule="R9.3",
        )
    ]  # fmt: skip


def find_closed_posting_date(ledger_closed: date | None, day: date, posting_date: date | None) -> date | None:
    """Return the posting date where the ledger is closed at a day, else None: that day itself (RULES R9.3)."""
    return posting_date if ledger_closed is not None and day <= ledger_closed else None


def refuse_ledger(ledger_closed: date | None, original: date, posting_date: date | None, closing: str) -> list[Problem]:
    """The opposite voucher has the original's date, or the posting date; the ledger must be open (RULES R10.3)."""
    voucher_date = posting_date or original
    if voucher_date < original:
        return [_describe_too_early(voucher_date, f"the voucher of {closing} ({original})", original)]
    if ledger_closed is None or voucher_date > ledger_closed:
        return []
    return [
        Problem(
            "IC222", Severity.REFUSED, CellRef("Parameters"), str(ledger_closed),
            f"The reversing voucher of {closing} would be dated {voucher_date}, and the ledger is closed up to"
            f" {ledger_closed}.",
            advise_later_date(ledger_closed, _LATER_VOUCHER, LEDGER_NEVER_OPEN), rule="R9.3",
        )
    ]  # fmt: skip


def _describe_too_early(found: date, before: str, earliest: date) -> Problem:
    return Problem(
        "IC224", Severity.REFUSED, CellRef(), str(found), f"The posting date is before the date of {before}.",
        f"Enter this date or a later one: --posting-date {earliest}", rule="R9.3",
    )  # fmt: skip
