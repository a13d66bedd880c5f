"""Averages of a unit of time (the period, a day, a month): of what is left from the units before and what comes in.

In      the open movements of the model's items; which unit a date belongs to (a number that grows with time), and the
        date of a unit's closing transfer.
Out     pairs in order of matching, and the closing transfers they run through. In a unit without issues nothing
        happens; from one candidate issues settle straight; several are each settled against the issue leg of a
        transfer, and the issues against its receipt leg, which stays a candidate. Issues that find no receipt wait for
        the next unit with some.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Cost    O(issues + receipts) after sorting: a merge leaves one candidate, so every receipt is merged once.
Source  RULES R5.9; Dynamics AX 2012, "About weighted average with physical value and marking".
"""

from collections.abc import Callable

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Int64
from invclose_xl.domain.links.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.models import InventoryModel
from invclose_xl.matching.queue import Matched, OpenMovements


def match_averages(
    open_movements: OpenMovements,
    model: InventoryModel,
    unit_of: Callable[[Int64], Int64],
    transfer_date: Callable[[Int64], Int64],
) -> Matched:
    """Average each costing group unit by unit, oldest first."""
    issues, receipts = open_movements.issues(), open_movements.receipts()
    first_leg = len(open_movements.movements)
    # Every merge leaves one candidate of at least two, so there are fewer legs than receipts; a pair into a leg takes a
    # receipt or a leg whole, a pair out of one ends an issue or a candidate.
    steps = len(issues) + 4 * len(receipts)
    averaged = _average_unit_by_unit.run(
        issues.row, issues.group, unit_of(issues.date), issues.quantity,
        receipts.row, receipts.group, unit_of(receipts.date), receipts.quantity,
        first_leg, size=steps, columns=9,
    )  # fmt: skip
    principle = np.where(averaged.out_direct == 1, model.principle, model.summarized).astype(np.int8)
    made = averaged.leg_total > 0
    return Matched(
        Pairs(averaged.out_issue, averaged.out_receipt, averaged.out_quantity, principle),
        ClosingTransfers(
            first_leg,
            averaged.leg_group[made].astype(np.int32),
            transfer_date(averaged.leg_unit[made]).astype(np.int32),
            averaged.leg_total[made],
        ),
    )


# long because a compiled kernel is one function: one walk over groups, units, receipts and issues
@kernel
def _average_unit_by_unit(  # type: ignore[no-untyped-def]
    issue_row, issue_group, issue_unit, issue_quantity, receipt_row, receipt_group, receipt_unit, receipt_quantity,
    first_leg,
    out_issue, out_receipt, out_quantity, out_direct, leg_group, leg_unit, leg_total, candidate, left,
):  # fmt: skip
    """Go through the units of each group; ``candidate`` and ``left`` are scratch: open receipts of the group so far."""
    pairs = transfers = receipt = 0
    start = 0
    while start < len(issue_group):
        group = issue_group[start]
        end = start
        while end < len(issue_group) and issue_group[end] == group:
            end += 1
        while receipt < len(receipt_group) and receipt_group[receipt] < group:
            receipt += 1
        candidates = 0
        waiting, arrived = start, start
        wanted = issue_quantity[start]
        while waiting < end:
            has_receipt = receipt < len(receipt_group) and receipt_group[receipt] == group
            # the issues that still wait never find a receipt: they stay open (RULES R5.10)
            if not has_receipt and arrived == end:
                break
            if not has_receipt:
                unit = issue_unit[arrived]
            elif arrived == end:
                unit = receipt_unit[receipt]
            else:
                unit = min(issue_unit[arrived], receipt_unit[receipt])
            while receipt < len(receipt_group) and receipt_group[receipt] == group and receipt_unit[receipt] <= unit:
                candidate[candidates], left[candidates] = receipt_row[receipt], receipt_quantity[receipt]
                candidates += 1
                receipt += 1
            while arrived < end and issue_unit[arrived] <= unit:
                arrived += 1
            # no issue, or nothing to take from: what is here waits for the next unit
            if waiting == arrived or candidates == 0:
                continue
            direct = 1
            # one receipt is settled directly; several go through a closing transfer first, whole (RULES R5.9)
            if candidates > 1:
                direct = 0
                total = 0
                for position in range(candidates):
                    out_issue[pairs], out_receipt[pairs] = first_leg + 2 * transfers, candidate[position]
                    out_quantity[pairs], out_direct[pairs] = left[position], 0
                    pairs += 1
                    total += left[position]
                leg_group[transfers], leg_unit[transfers], leg_total[transfers] = group, unit, total
                # from here on its receipt leg is the only candidate: what the issues leave is the next opening stock
                candidate[0], left[0] = first_leg + 2 * transfers + 1, total
                candidates = 1
                transfers += 1
            while waiting < arrived and left[0] > 0:
                taken = min(wanted, left[0])
                out_issue[pairs], out_receipt[pairs] = issue_row[waiting], candidate[0]
                out_quantity[pairs], out_direct[pairs] = taken, direct
                pairs += 1
                wanted -= taken
                left[0] -= taken
                if wanted == 0:
                    waiting += 1
                    if waiting < end:
                        wanted = issue_quantity[waiting]
            if left[0] == 0:
                candidates = 0
        start = end
    return pairs
