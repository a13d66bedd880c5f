"""What a run is asked to do, and by whom: everything that comes from outside the workbook.

Source  WORKBOOK "Command line"; RULES R9.3, R10.5.
"""

from dataclasses import dataclass
from datetime import date, datetime

from invclose_xl.domain.words import ClosingType, Specification


@dataclass(frozen=True, slots=True)
class Order:
    """One run. Clock and user are handed in, so that the same order gives the same bytes."""

    type: ClosingType
    up_to: date
    specification: Specification
    run_at: datetime
    """UTC, whole seconds"""
    run_by: str
    version: str
    posting_date: date | None = None

    @property
    def day(self) -> int:
        """The closing date D in days since 1970-01-01."""
        return (self.up_to - date(1970, 1, 1)).days
