"""The queues that all models walk: open issues and receipts of all costing groups, group by group.

In      movements and what of each is available for matching.
Out     Queue columns sorted by costing group, then date, then row order (RULES R2.5), oldest or newest first; physical
        and financial movements are in one queue, each by the date that it has at D (R5.3). Pairs never cross costing
        groups (R3.2).
Cost    O(n log n) for the sort; the walk is O(issues + receipts) for all groups together.
Source  RULES R2.5, R3.2, R5.3, R5.4, R5.5, R5.10.
"""

from dataclasses import dataclass, field

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.links.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.movements import Movements


@dataclass(frozen=True, slots=True)
class Queue:
    """Open movements of one side in queue order."""

    row: Int64
    group: Int64
    date: Int64
    quantity: Int64

    def __len__(self) -> int:
        """Number of movements in the queue."""
        return len(self.row)

    def where(self, chosen: Bool) -> "Queue":
        """Return the chosen movements, order kept."""
        return Queue(self.row[chosen], self.group[chosen], self.date[chosen], self.quantity[chosen])


@dataclass(frozen=True, slots=True)
class OpenMovements:
    """Input of the rule of one model: the movements of its items, and what of each is available."""

    movements: Movements
    available: Int64
    chosen: Bool
    """movements of the model's items"""
    lifo_oldest_issue_first: bool
    """the parameter *LIFO issue order*"""

    def issues(self, newest_first: bool = False) -> Queue:
        """Return the open issues in queue order."""
        return line_up(self.movements, self.available, self.chosen & ~self.movements.is_receipt, newest_first)

    def receipts(self, newest_first: bool = False) -> Queue:
        """Return the open receipts in queue order."""
        return line_up(self.movements, self.available, self.chosen & self.movements.is_receipt, newest_first)

    def take_pairs(self, pairs: Pairs) -> "OpenMovements":
        """Return what is still available when pairs have taken theirs."""
        left = self.available.copy()
        np.subtract.at(left, pairs.issue, pairs.quantity)
        np.subtract.at(left, pairs.receipt, pairs.quantity)
        return OpenMovements(self.movements, left, self.chosen, self.lifo_oldest_issue_first)


@dataclass(frozen=True, slots=True)
class Matched:
    """Result of the rule of one model: pairs in order of matching, and the closing transfers that they run through.

    Transfer k of the model has the legs ``len(movements) + 2k`` and ``+ 1``; the registry numbers those of all models.
    """

    pairs: Pairs
    transfers: ClosingTransfers = field(default_factory=lambda: ClosingTransfers.none())


def line_up(movements: Movements, available: Int64, chosen: Bool, newest_first: bool = False) -> Queue:
    """Return the chosen movements that have something available; on one date the later row is the newer."""
    row = np.flatnonzero(chosen & (available > 0))
    group, date = movements.group[row].astype(np.int64), movements.date[row].astype(np.int64)
    order = np.lexsort((-row, -date, group) if newest_first else (row, date, group))
    row = row[order]
    return Queue(row, group[order], date[order], available[row])


def walk(issues: Queue, receipts: Queue, principle: int) -> Pairs:
    """Pair both queues from their heads, group by group; what finds no partner is not in the result."""
    if not len(issues) or not len(receipts):
        return Pairs.none()
    issue, receipt, quantity = _walk.run(
        issues.group,
        issues.quantity,
        receipts.group,
        receipts.quantity,
        size=len(issues) + len(receipts),
        columns=3,
    )
    return Pairs.of(issues.row[issue], receipts.row[receipt], quantity, principle)


@kernel
def _walk(issue_group, issue_quantity, receipt_group, receipt_quantity, out_issue, out_receipt, out_quantity):  # type: ignore[no-untyped-def]
    """Walk both queues once; each step closes an issue, a receipt, or both."""
    pairs = issue = receipt = 0
    wanted, left = issue_quantity[0], receipt_quantity[0]
    while True:
        if issue_group[issue] == receipt_group[receipt]:
            taken = min(wanted, left)
            out_issue[pairs], out_receipt[pairs], out_quantity[pairs] = issue, receipt, taken
            pairs += 1
            wanted -= taken
            left -= taken
        # both queues are sorted by costing group, so the group that lags behind finds no partner any more
        elif issue_group[issue] < receipt_group[receipt]:
            wanted = 0
        else:
            left = 0
        if wanted == 0:
            issue += 1
            if issue == len(issue_group):
                return pairs
            wanted = issue_quantity[issue]
        if left == 0:
            receipt += 1
            if receipt == len(receipt_group):
                return pairs
            left = receipt_quantity[receipt]
