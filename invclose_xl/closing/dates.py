"""Default dates, and what is to be said about a date that was asked for.

In      what stands, what the user asked for, today.
Out     the date of a run and remarks; or a refusal.
Source  RULES R10.5.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from invclose_xl.closing.standing import Standing, closing_name
from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.problem import CellRef, Problem, Refused, Severity

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ChosenDate:
    """The date of a run, and what is to be said about it."""

    day: date
    remarks: tuple[Problem, ...]


def choose_close_date(standing: Standing, asked: date | None, parameter: date | None, today: date) -> ChosenDate:
    """Return the closing date: asked for, else on the sheet Parameters, else the next end of a month."""
    closed = standing.closed_up_to
    if asked is not None:
        return ChosenDate(asked, _in_the_future(asked, today))
    remarks: tuple[Problem, ...] = ()
    if parameter is not None:
        if closed == NO_DATE or parameter > EPOCH + timedelta(days=closed):
            return ChosenDate(parameter, _in_the_future(parameter, today))
        problem = "The date is already closed, so the next period is taken."
        remarks = (
            _remark("IC514", Severity.INFORMATION, parameter, problem, "Enter the next date, or empty the cell."),
        )
    day = default_close_date(closed, today)
    if day > today:
        name, last = closing_name(standing.last_closing), EPOCH + timedelta(days=closed)
        problem = f"Inventory is closed up to {last} by {name}, and the next month is not over."
        fix = f"Wait until {day} has passed, or give the date: --date {today}"
        raise Refused([_remark("IC205", Severity.REFUSED, day, problem, fix)])
    return ChosenDate(day, remarks)


def choose_recalculation_date(asked: date | None, parameter: date | None, today: date) -> ChosenDate:
    """Return the date of a recalculation: asked for, else on the sheet Parameters, else today."""
    day = asked or parameter or today
    return ChosenDate(day, _in_the_future(day, today))


def default_close_date(closed_up_to: int, today: date) -> date:
    """End of the month before today; later the end of the month after the last close."""
    if closed_up_to == NO_DATE:
        return today.replace(day=1) - timedelta(days=1)
    last = EPOCH + timedelta(days=closed_up_to)
    end = _end_of_month(last)
    return end if last < end else _end_of_month(end + timedelta(days=1))


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _in_the_future(day: date, today: date) -> tuple[Problem, ...]:
    if day <= today:
        return ()
    problem = f"The date lies after today, {today}; what is still to come will be too late for it."
    return (_remark("IC515", Severity.WARNING, day, problem, "Take a day that is over."),)


def _remark(code: str, severity: Severity, found: date, problem: str, fix: str) -> Problem:
    return Problem(code, severity, CellRef("Parameters"), str(found), problem, fix, rule="R10.5")
