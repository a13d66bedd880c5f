"""FIFO matching: the oldest open receipt pays for the oldest open issue.

In      movements; what of each is available; which belong to FIFO items.
Out     pairs in order of matching. A receipt dated after the issue, but up to D, pays too.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Source  RULES R5.4; Dynamics AX 2012, "About FIFO with physical value and marking".
"""

from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import Pairs
from invclose_xl.domain.words import Principle
from invclose_xl.matching.queue import line_up, walk


def match_fifo(movements: Movements, available: Int64, chosen: Bool) -> Pairs:
    """Walk both queues from the oldest on."""
    issues = line_up(movements, available, chosen & ~movements.is_receipt)
    receipts = line_up(movements, available, chosen & movements.is_receipt)
    return walk(issues, receipts, Principle.FIFO)
