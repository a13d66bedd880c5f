"""LIFO matching: the newest open receipt of the whole period pays for the newest open issue.

In      the open movements of LIFO items.
Out     pairs in order of matching. A receipt dated after the issue, but up to D, pays too.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Source  RULES R5.5; Dynamics AX 2012, "About LIFO with physical value and marking" (newest issue first; the newer
        documentation takes the oldest issue first, hence the setting).
"""

from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.queue import Matched, OpenMovements, walk


def match(open_movements: OpenMovements) -> Matched:
    """Walk the receipts from the newest on, the issues as the parameter *LIFO issue order* says."""
    issues = open_movements.issues(newest_first=not open_movements.lifo_oldest_issue_first)
    return Matched(walk(issues, open_movements.receipts(newest_first=True), InventoryModel.LIFO.principle))
