"""The order in which earlier closings matched, found again from what their settlements say.

The sheet lists settlements by issue, and a user may sort it; what a receipt hands down is split as it was matched.

In      active settlements as columns, in any order.
Out     positions that put the settlements of each receipt in the order of matching.
Source  RULES R2.4, R2.5, R5.4-R5.8 (order), R7.4 (use).
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import Int64
from invclose_xl.domain.models import MARKING, NON_FINANCIAL_TRANSFER, PRINCIPLES, InventoryModel

BEFORE_MODELS = (PRINCIPLES[NON_FINANCIAL_TRANSFER], PRINCIPLES[MARKING])


def sort_for_matching(
    frame: pl.DataFrame, issue: Int64, closing: Int64, lifo_oldest_first: bool
) -> npt.NDArray[np.intp]:
    """Sort settlements by closing; in each: transfers, marks, then the model in its own order of issues.

    Models take issues oldest first, by date and row; LIFO newest first unless the setting says otherwise; LIFO date
    takes the last row of a day first, and what only a later receipt covers in the end.
    """
    stage = np.full(len(frame), len(BEFORE_MODELS), dtype=np.int64)
    for place, name in enumerate(BEFORE_MODELS):
        stage[(frame["principle"] == name).to_numpy()] = place
    day = frame["issue_date"].cast(pl.Int32).fill_null(0).to_numpy().astype(np.int64)
    row = issue.copy()
    if not lifo_oldest_first:
        newest_first = (frame["principle"] == PRINCIPLES[InventoryModel.LIFO.principle]).to_numpy()
        day[newest_first] *= -1
        row[newest_first] *= -1
    by_date = (frame["principle"] == PRINCIPLES[InventoryModel.LIFO_DATE.principle]).to_numpy()
    at_last = by_date & (frame["receipt_date"] > frame["issue_date"]).fill_null(False).to_numpy()
    row[by_date & ~at_last] *= -1
    stage[at_last] += 1
    return np.lexsort((frame["quantity"].to_numpy(), row, day, stage, closing))
