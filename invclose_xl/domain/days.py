"""Days as numbers and as dates: everything that is computed with counts days since 1970-01-01.

In      a date, or days since 1970-01-01 (``book.NO_DATE`` is nobody's day and is never handed in).
Out     the other of the two.
Source  RULES R0 (dates are whole days of the calendar up to 9999-12-31).
"""

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
FIRST_SHEET_DATE = date(1900, 3, 1)
"""before it Excel's calendar has a day too many, 1900-02-29, so no earlier date is read or written"""


def to_day_number(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return (day - EPOCH).days


def to_date(day: int) -> date:
    """Return days since 1970-01-01 as a date."""
    return EPOCH + timedelta(days=int(day))


def get_day_after(day: date) -> date:
    """Return the next day; the calendar ends with 9999-12-31."""
    return day + timedelta(days=1) if day < date.max else day
