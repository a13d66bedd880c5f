"""LIFO matching: the newest open receipt of the whole period pays for the newest open issue.

In      movements; what of each is available; which belong to LIFO items.
Out     pairs in order of matching. A receipt dated after the issue, but up to D, pays too.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Source  RULES R5.5; Dynamics AX 2012, "About LIFO with physical value and marking" (newest issue first; the newer
        documentation takes the oldest issue first, hence the setting).
"""

from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import Pairs
from invclose_xl.domain.words import Principle
from invclose_xl.matching.queue import line_up, walk


def match_lifo(movements: Movements, available: Int64, chosen: Bool, oldest_issue_first: bool) -> Pairs:
    """Walk the receipts from the newest on, the issues as the parameter *LIFO issue order* says."""
    issues = line_up(movements, available, chosen & ~movements.is_receipt, newest_first=not oldest_issue_first)
    receipts = line_up(movements, available, chosen & movements.is_receipt, newest_first=True)
    return walk(issues, receipts, Principle.LIFO)
