"""Weighted average matching: all open receipts of the period become one average, from which issues settle.

In      movements; what of each is available; which belong to weighted average items; the number of the first leg.
Out     pairs in order of matching, and the closing transfers they run through.
        No issues: nothing. No receipts: the issues stay open. One receipt: issues settle straight from it.
        Several: each is settled against the issue leg of a transfer, the issues against its receipt leg.
Errors  none: what no receipt covers is simply not in the result (RULES R5.10).
Source  RULES R5.7, R5.9; Dynamics AX 2012, "About weighted average with physical value and marking".
"""

import numpy as np

from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.words import Principle
from invclose_xl.matching.queue import Queue, line_up, walk


def match_weighted_average(
    movements: Movements, available: Int64, chosen: Bool, first_leg: int
) -> tuple[Pairs, ClosingTransfers]:
    """Return the pairs and transfers of one unit per costing group: the period up to D (RULES R5.7)."""
    issues = line_up(movements, available, chosen & ~movements.is_receipt)
    receipts = line_up(movements, available, chosen & movements.is_receipt)
    groups = int(max(issues.group.max(initial=-1), receipts.group.max(initial=-1))) + 1
    candidates = np.bincount(receipts.group, minlength=groups)
    candidates[np.bincount(issues.group, minlength=groups) == 0] = 0

    direct = walk(
        issues.where(candidates[issues.group] == 1),
        receipts.where(candidates[receipts.group] == 1),
        Principle.WEIGHTED_AVERAGE_DIRECT,
    )
    merged = receipts.where(candidates[receipts.group] > 1)
    group, unit = np.unique(merged.group, return_inverse=True)
    total = np.zeros(len(group), dtype=np.int64)
    np.add.at(total, unit, merged.quantity)
    date = np.full(len(group), movements.day, dtype=np.int64)
    transfers = ClosingTransfers(first_leg, group.astype(np.int32), date.astype(np.int32), total)
    legs = first_leg + 2 * np.arange(len(group), dtype=np.int64)
    summarized = Principle.WEIGHTED_AVERAGE_SUMMARIZED
    into = Pairs.of(legs[unit], merged.row, merged.quantity, summarized)
    out_of = walk(
        issues.where(candidates[issues.group] > 1), Queue(legs + 1, group.astype(np.int64), date, total), summarized
    )
    return Pairs.joined([direct, into, out_of]), transfers
