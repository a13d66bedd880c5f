"""Weighted average date matching: each day has its own average of what is left from the days before and its receipts.

In      the open movements of weighted average date items.
Out     pairs in order of matching, and the closing transfers they run through, dated with their day.
Source  RULES R5.8, R5.9; Dynamics AX 2012, "About weighted average date".
"""

from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.averages import match_averages
from invclose_xl.matching.queue import Matched, OpenMovements


def match(open_movements: OpenMovements) -> Matched:
    """Average day by day."""
    return match_averages(
        open_movements,
        InventoryModel.WEIGHTED_AVERAGE_DATE,
        unit_of=lambda date: date,
        transfer_date=lambda day: day,
    )
