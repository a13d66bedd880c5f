"""Monthly average matching: each calendar month has its own average of what is left from before and its receipts.

In      the open movements of monthly average items.
Out     pairs in order of matching, and the closing transfers they run through, dated with the last day of their
        month, or D where the month goes on after it.
Source  RULES R5.11, R5.9.
"""

import numpy as np

from invclose_xl.domain.book import Int64
from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.averages import match_averages
from invclose_xl.matching.queue import Matched, OpenMovements


def match(open_movements: OpenMovements) -> Matched:
    """Average month by month."""
    return match_averages(
        open_movements,
        InventoryModel.MONTHLY_AVERAGE,
        unit_of=_get_month,
        transfer_date=lambda month: np.minimum(_get_last_day(month), open_movements.movements.day),
    )


def _get_month(date: Int64) -> Int64:
    """Months since January 1970."""
    return date.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _get_last_day(month: Int64) -> Int64:
    return (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1
