"""Default dates, and what is to be said about a date that was asked for.

In      the book, what stands, what the user asked for, today as the user's calendar has it.
Out     the date of a run and remarks; or a refusal.
Source  RULES R10.5.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from invclose_xl.closing.state.ledger_state import LedgerState, format_closing_number
from invclose_xl.domain.book import NO_DATE, Transactions
from invclose_xl.domain.days import get_day_after, to_date
from invclose_xl.domain.problems.problem import CellRef, Problem, Refused, Severity

CLOSE_UP_TO = "Close inventory up to"
NOTHING_LATER = "Reverse the last closing first: the calendar has no later date."
LEDGER_NEVER_OPEN = "Correct Ledger closed up to on the sheet Parameters: the calendar has no later date."


@dataclass(frozen=True, slots=True)
class ChosenDate:
    """The date of a run, and what is to be said about it."""

    day: date
    remarks: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class TransactionDays:
    """The dates of a book's first and last transaction, physical or financial."""

    first: date
    last: date


def choose_close_date(
    state: LedgerState, days: TransactionDays | None, asked: date | None, parameter: date | None, today: date
) -> ChosenDate:
    """Return the closing date: asked for, else on the sheet Parameters, else the next end of a month.

    ``days`` is None in a book without transactions.
    """
    first = days.first if days else None
    if asked is not None:
        return ChosenDate(asked, _warn_of_future_date(asked, today, is_entered=False))
    closed = state.closed_up_to
    day = find_default_close_date(closed, first, today)
    if parameter is not None:
        if closed != NO_DATE and parameter <= to_date(closed):
            raise Refused([_describe_closed_already(state, parameter, day)])
        return ChosenDate(parameter, _warn_of_future_date(parameter, today, is_entered=True))
    if day >= today:
        raise Refused([_describe_month_not_over(state, first, day, today)])
    return ChosenDate(day, _name_empty_month(state, days, day))


def describe_left_out_recalculation(closing_date: date, is_asked_for: bool) -> tuple[Problem, ...]:
    """Say that no recalculation follows a close up to the last day of the calendar (RULES R10.4)."""
    if not is_asked_for or closing_date < date.max:
        return ()
    problem = f"The calendar ends on {closing_date}, so no recalculation followed: it needs a later day."
    return (Problem("IC515", Severity.WARNING, CellRef(), "", problem, "Enter a date that has passed.", rule="R10.5"),)


def choose_recalculation_date(asked: date | None, parameter: date | None, today: date) -> ChosenDate:
    """Return the date of a recalculation: asked for, else on the sheet Parameters, else today."""
    day = asked or parameter or today
    return ChosenDate(day, _warn_of_future_date(day, today, is_entered=asked is None and parameter is not None))


def find_transaction_days(transactions: Transactions) -> TransactionDays | None:
    """Return the earliest and the latest date of all transactions; None where there is none."""
    dates = np.concatenate([transactions.physical_date, transactions.financial_date])
    dates = dates[dates != NO_DATE]
    return TransactionDays(to_date(dates.min()), to_date(dates.max())) if len(dates) else None


def find_default_close_date(closed_up_to: int, first: date | None, today: date) -> date:
    """End of the month of the first transaction; later the end of the month after the last close.

    After a close in the middle of a month, that month's own end. A book without transactions: the last month that is
    over.
    """
    if closed_up_to == NO_DATE:
        return _get_end_of_month(first) if first else today.replace(day=1) - timedelta(days=1)
    last = to_date(closed_up_to)
    end = _get_end_of_month(last)
    return end if last < end or end == date.max else _get_end_of_month(end + timedelta(days=1))


def advise_later_date(day: date, advice: str, otherwise: str) -> str:
    """Return advice that ends in the day after, or the other where the calendar has none."""
    return f"{advice} {get_day_after(day)}" if day < date.max else otherwise


def _get_end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _describe_closed_already(state: LedgerState, found: date, following: date) -> Problem:
    last, name = to_date(state.closed_up_to), format_closing_number(state.last_closing)
    return Problem(
        "IC223", Severity.REFUSED, CellRef("Parameters", heading=CLOSE_UP_TO), str(found),
        f"Inventory is closed up to {last} already ({name}).",
        f"Enter the next date, {following}." if last < date.max else NOTHING_LATER, rule="R10.5",
    )  # fmt: skip


def _describe_month_not_over(state: LedgerState, first: date | None, day: date, today: date) -> Problem:
    """Say why there is no month to close, and which date can be entered instead, if any."""
    wait, enter = f"Wait until {day} has passed, or", "enter the date: --date"
    if state.closed_up_to == NO_DATE:
        problem = f"The month of the first transaction ends on {day}, which has not passed yet."
        fix = f"{wait} {enter} {min(today, day)}"
        if first is not None and first > today:
            problem = f"The first transaction is dated {first}, after today, {today}: there is nothing to close yet."
            fix = f"{wait} correct the dates on the sheet Transactions if they are wrong."
    else:
        name, last = format_closing_number(state.last_closing), to_date(state.closed_up_to)
        closed = f"Inventory is closed up to {last} by {name}, and"
        if last < date.max:
            problem = f"{closed} the next month has not ended yet."
            fix = f"{wait} {enter} {min(max(today, get_day_after(last)), day)}"
        else:
            problem, fix = f"{closed} the calendar ends there: nothing is left to close.", NOTHING_LATER
    return Problem("IC205", Severity.REFUSED, CellRef(), "", problem, fix, rule="R10.5")


def _name_empty_month(state: LedgerState, days: TransactionDays | None, day: date) -> tuple[Problem, ...]:
    """Warn of a month that nobody named and in which nothing is dated: a close may have been started once too often."""
    if state.closed_up_to == NO_DATE or days is None or days.last > (closed := to_date(state.closed_up_to)):
        return ()
    problem = (
        f"No date was given, so the close takes the month after the last one, up to {day}; but no transaction is dated"
        f" after {closed}."
    )
    fix = (
        "No action is needed if that month had no transactions. If they are still to be entered, reverse this close"
        " first."
    )
    return (Problem("IC596", Severity.WARNING, CellRef("Transactions"), "", problem, fix, rule="R10.5"),)


def _warn_of_future_date(day: date, today: date, *, is_entered: bool) -> tuple[Problem, ...]:
    """Warn of a date to come; only one that is entered on the sheet Parameters has a cell."""
    if day <= today:
        return ()
    where, found = (CellRef("Parameters", heading=CLOSE_UP_TO), str(day)) if is_entered else (CellRef(), "")
    problem = f"The date {day} is after today, {today}. Transactions dated until then could not be entered any more."
    return (Problem("IC515", Severity.WARNING, where, found, problem, "Enter a date that has passed.", rule="R10.5"),)
