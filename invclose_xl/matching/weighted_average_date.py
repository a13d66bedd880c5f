"""Weighted average date matching: each day has its own average of what is left from the days before and its receipts.

In      movements; what of each is available; which belong to weighted average date items; the number of the first leg.
Out     pairs in order of matching, and the closing transfers they run through, dated with their day.
        Issues that no receipt covers wait for the next day with receipts.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Cost    O(issues + receipts) after sorting: a merge leaves one candidate, so every receipt is merged once.
Source  RULES R5.8, R5.9; Dynamics AX 2012, "About weighted average date".
"""

import numpy as np

from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.kernel import kernel
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.words import Principle
from invclose_xl.matching.queue import line_up


def match_weighted_average_date(
    movements: Movements, available: Int64, chosen: Bool, first_leg: int
) -> tuple[Pairs, ClosingTransfers]:
    """Return the pairs and transfers of one unit per costing group and day (RULES R5.8)."""
    issues = line_up(movements, available, chosen & ~movements.is_receipt)
    receipts = line_up(movements, available, chosen & movements.is_receipt)
    none = np.zeros(0, dtype=np.int64)
    if not len(issues) or not len(receipts):
        return Pairs.none(), ClosingTransfers(first_leg, none.astype(np.int32), none.astype(np.int32), none)
    # Every merge leaves one candidate of at least two, so there are fewer legs than receipts; a pair into a leg takes a
    # receipt or a leg whole, a pair out of one ends an issue or a candidate.
    steps = len(issues) + 4 * len(receipts)
    issue, receipt, quantity, direct, group, date, total, _, _ = _average_day_by_day.run(
        issues.row, issues.group, issues.date, issues.quantity,
        receipts.row, receipts.group, receipts.date, receipts.quantity,
        first_leg, size=steps, columns=9,
    )  # fmt: skip
    principle = np.where(
        direct == 1, Principle.WEIGHTED_AVERAGE_DATE_DIRECT, Principle.WEIGHTED_AVERAGE_DATE_SUMMARIZED
    ).astype(np.int8)
    made = total > 0
    transfers = ClosingTransfers(first_leg, group[made].astype(np.int32), date[made].astype(np.int32), total[made])
    return Pairs(issue, receipt, quantity, principle), transfers


# long because a compiled kernel is one function: one walk over groups, days, receipts and issues
@kernel
def _average_day_by_day(  # type: ignore[no-untyped-def]
    issue_row, issue_group, issue_date, issue_quantity, receipt_row, receipt_group, receipt_date, receipt_quantity,
    first_leg,
    out_issue, out_receipt, out_quantity, out_direct, leg_group, leg_date, leg_total, candidate, left,
):  # fmt: skip
    """Go through the days of each group; ``candidate`` and ``left`` are scratch: open receipts of the group so far."""
    n = transfers = r = 0
    start = 0
    while start < len(issue_group):
        group = issue_group[start]
        end = start
        while end < len(issue_group) and issue_group[end] == group:
            end += 1
        while r < len(receipt_group) and receipt_group[r] < group:
            r += 1
        candidates = 0
        waiting, arrived = start, start
        wanted = issue_quantity[start]
        while waiting < end:
            has_receipt = r < len(receipt_group) and receipt_group[r] == group
            if not has_receipt and arrived == end:
                break
            if not has_receipt:
                day = issue_date[arrived]
            elif arrived == end:
                day = receipt_date[r]
            else:
                day = min(issue_date[arrived], receipt_date[r])
            while r < len(receipt_group) and receipt_group[r] == group and receipt_date[r] <= day:
                candidate[candidates], left[candidates] = receipt_row[r], receipt_quantity[r]
                candidates += 1
                r += 1
            while arrived < end and issue_date[arrived] <= day:
                arrived += 1
            if waiting == arrived or candidates == 0:
                continue
            direct = 1
            if candidates > 1:
                direct = 0
                total = 0
                for c in range(candidates):
                    out_issue[n], out_receipt[n] = first_leg + 2 * transfers, candidate[c]
                    out_quantity[n], out_direct[n] = left[c], 0
                    n += 1
                    total += left[c]
                leg_group[transfers], leg_date[transfers], leg_total[transfers] = group, day, total
                candidate[0], left[0] = first_leg + 2 * transfers + 1, total
                candidates = 1
                transfers += 1
            while waiting < arrived and left[0] > 0:
                taken = min(wanted, left[0])
                out_issue[n], out_receipt[n] = issue_row[waiting], candidate[0]
                out_quantity[n], out_direct[n] = taken, direct
                n += 1
                wanted -= taken
                left[0] -= taken
                if wanted == 0:
                    waiting += 1
                    if waiting < end:
                        wanted = issue_quantity[waiting]
            if left[0] == 0:
                candidates = 0
        start = end
    return n
