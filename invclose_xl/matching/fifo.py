"""FIFO matching: the oldest open receipt pays for the oldest open issue.

In      the open movements of FIFO items.
Out     pairs in order of matching. A receipt dated after the issue, but up to D, pays too.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Source  RULES R5.4; Dynamics AX 2012, "About FIFO with physical value and marking".
"""

from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.queue import Matched, OpenMovements, walk


def match(open_movements: OpenMovements) -> Matched:
    """Walk both queues from the oldest on."""
    return Matched(walk(open_movements.issues(), open_movements.receipts(), InventoryModel.FIFO.principle))
