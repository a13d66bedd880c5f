"""The request for a run, and by whom: everything that comes from outside the workbook.

Source  WORKBOOK "Command line"; RULES R9.3, R10.4, R10.5.
"""

from dataclasses import dataclass
from datetime import date, datetime

from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.words import ClosingType, Specification


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run. Clock and user are handed in, so that the same order gives the same bytes."""

    type: ClosingType
    up_to: date
    specification: Specification
    run_at: datetime
    """UTC, whole seconds"""
    run_by: str
    version: str
    posting_date: date | None = None
    items: tuple[str, ...] = ()
    """recalculation: only these items, and"""
    item_groups: tuple[str, ...] = ()
    """the items of these groups; all items where both are empty"""
    calendar_day: date | None = None
    """the day on the user's own calendar; None: the day of ``run_at``"""

    @property
    def day(self) -> int:
        """The closing date D in days since 1970-01-01."""
        return to_day_number(self.up_to)

    @property
    def settles(self) -> bool:
        """A close settles and locks, a recalculation only adjusts (RULES R10.4)."""
        return self.type is ClosingType.CLOSING

    @property
    def local_day(self) -> date:
        """Today, as the user's calendar has it (RULES R10.5)."""
        return self.calendar_day or self.run_at.date()

    @property
    def voucher_date(self) -> date:
        """D, unless another date was asked for (RULES R9.3)."""
        return self.posting_date or self.up_to
