"""Before any command: clock and user, and a book without errors.

In      what a caller hands in; a Reading.
Out     RunContext; the Book.
Errors  InputFault (3), Refused (4) where the reading found errors.
Source  WORKBOOK "Command line".
"""

import getpass
from dataclasses import dataclass
from datetime import UTC, date, datetime

from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.domain.problems.problem import InputFault, Refused, Severity
from invclose_xl.workbook.input.read import Reading

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class RunContext:
    """When, and by whom."""

    now: datetime
    """UTC, whole seconds: what is in *Run at*"""
    user: str
    today: date
    """the day on the user's own calendar: what decides about default dates (RULES R10.5)"""

    @staticmethod
    def here(now: datetime | None = None, user: str | None = None) -> "RunContext":
        """Return clock and user of this machine where they are not given."""
        moment = now or datetime.now(UTC)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        stands = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        return RunContext(stands, user or _user_name(), moment.astimezone().date())


def _user_name() -> str:
    """Return the login name as it can be in a cell."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
    return escape_controls(" ".join(name.split()))[:LONGEST_NAME] or "unknown"


def book_or_raise(reading: Reading) -> Book:
    """Return the book; raise where the reading has errors, or refusals when there is no plain error as well."""
    if any(p.severity is Severity.ERROR for p in reading.problems):
        raise InputFault(list(reading.problems))
    refused = [p for p in reading.problems if p.severity is Severity.REFUSED]
    if refused or reading.book is None:
        raise Refused(refused)
    return reading.book
