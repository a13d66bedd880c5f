"""Weighted average matching: all open receipts of the period become one average, from which issues settle.

In      the open movements of weighted average items.
Out     pairs in order of matching, and the closing transfers they run through, dated D.
Source  RULES R5.7, R5.9; Dynamics AX 2012, "About weighted average with physical value and marking".
"""

import numpy as np

from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.averages import match_averages
from invclose_xl.matching.queue import Matched, OpenMovements


def match(open_movements: OpenMovements) -> Matched:
    """Average the whole period up to D as one unit."""
    return match_averages(
        open_movements,
        InventoryModel.WEIGHTED_AVERAGE,
        unit_of=np.zeros_like,
        transfer_date=lambda unit: np.full_like(unit, open_movements.movements.day),
    )
