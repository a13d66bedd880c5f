"""LIFO date matching: each issue is paid by the newest open receipt dated on or before it.

In      the open movements of LIFO date items.
Out     pairs in order of matching.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Cost    O(issues + receipts) after sorting: receipts wait on a stack, the newest on top.
Source  RULES R5.6, R2.5 (on one date receipts come before issues); Dynamics AX 2012, "About LIFO date".
"""

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.links.pairs import Pairs
from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.queue import Matched, OpenMovements, Queue, walk

PRINCIPLE = InventoryModel.LIFO_DATE.principle


def match(open_movements: OpenMovements) -> Matched:
    """First every issue with the receipts up to its date; then the uncovered, oldest first, with later receipts."""
    issues, receipts = _sort_last_row_first(open_movements.issues()), open_movements.receipts()
    taken = _take_newest_before.run(
        issues.group,
        issues.date,
        issues.quantity,
        receipts.group,
        receipts.date,
        receipts.quantity,
        size=len(issues) + len(receipts),
        columns=5,
    )
    covered = Pairs.of(issues.row[taken.out_issue], receipts.row[taken.out_receipt], taken.out_quantity, PRINCIPLE)
    left = open_movements.take_pairs(covered)
    return Matched(Pairs.joined([covered, walk(left.issues(), left.receipts(), PRINCIPLE)]))


def _sort_last_row_first(issues: Queue) -> Queue:
    """Oldest date first, but on one date the last row first (RULES R5.6)."""
    order = np.lexsort((-issues.row, issues.date, issues.group))
    return Queue(issues.row[order], issues.group[order], issues.date[order], issues.quantity[order])


@kernel
def _take_newest_before(  # type: ignore[no-untyped-def]
    issue_group, issue_date, issue_quantity, receipt_group, receipt_date, receipt_quantity,
    out_issue, out_receipt, out_quantity, stack, left,
):  # fmt: skip
    """Stack the receipts as their dates pass; every issue takes from the top. ``stack`` and ``left`` are scratch."""
    pairs = receipt = top = 0
    for issue in range(len(issue_group)):
        # what is left on the stack belongs to the group before, and receipts of groups without issues are passed over
        if issue == 0 or issue_group[issue] != issue_group[issue - 1]:
            top = 0
            while receipt < len(receipt_group) and receipt_group[receipt] < issue_group[issue]:
                receipt += 1
        while (
            receipt < len(receipt_group)
            and receipt_group[receipt] == issue_group[issue]
            and receipt_date[receipt] <= issue_date[issue]
        ):
            stack[top], left[top] = receipt, receipt_quantity[receipt]
            top += 1
            receipt += 1
        wanted = issue_quantity[issue]
        # wanted > 0 with an empty stack: uncovered by its date; later receipts are for the second pass
        while wanted > 0 and top > 0:
            taken = min(wanted, left[top - 1])
            out_issue[pairs], out_receipt[pairs], out_quantity[pairs] = issue, stack[top - 1], taken
            pairs += 1
            wanted -= taken
            left[top - 1] -= taken
            if left[top - 1] == 0:
                top -= 1
    return pairs
