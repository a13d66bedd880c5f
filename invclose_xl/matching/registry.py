"""Which file holds the rule of which inventory model: a plain dictionary, and the order in which all is matched.

In      movements, marks, and what earlier closings left.
Out     Matching: all pairs in order of matching, the closing transfers, and what marks held or no longer found.
Source  RULES R2.4 (order), R4, R5.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from invclose_xl.domain.book import Bool, Int64, Transactions
from invclose_xl.domain.marks import Marks
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import ClosingTransfers, Pairs
from invclose_xl.domain.words import InventoryModel
from invclose_xl.matching.fifo import match_fifo
from invclose_xl.matching.lifo import match_lifo
from invclose_xl.matching.lifo_date import match_lifo_date
from invclose_xl.matching.marking import Marked, match_marked
from invclose_xl.matching.transfers import match_non_financial_transfers
from invclose_xl.matching.weighted_average import match_weighted_average
from invclose_xl.matching.weighted_average_date import match_weighted_average_date

QueueRule = Callable[[Movements, Int64, Bool], Pairs]
AverageRule = Callable[[Movements, Int64, Bool, int], tuple[Pairs, ClosingTransfers]]

QUEUES: dict[InventoryModel, QueueRule] = {
    InventoryModel.FIFO: match_fifo,
    InventoryModel.LIFO: lambda m, available, chosen: match_lifo(m, available, chosen, oldest_issue_first=False),
    InventoryModel.LIFO_DATE: match_lifo_date,
}
AVERAGES: dict[InventoryModel, AverageRule] = {
    InventoryModel.WEIGHTED_AVERAGE: match_weighted_average,
    InventoryModel.WEIGHTED_AVERAGE_DATE: match_weighted_average_date,
}


@dataclass(frozen=True, slots=True)
class Matching:
    """Everything that dates and quantities decide."""

    pairs: Pairs
    transfers: ClosingTransfers
    marked: Marked
    non_financial: Pairs


def match(
    transactions: Transactions,
    movements: Movements,
    model: Int64,
    marks: Marks,
    settled_before: Int64,
    awaited: Bool,
    oldest_issue_first: bool,
) -> Matching:
    """Match in the order of R2.4: non-financial transfers, marks, models.

    ``model`` is the inventory model of each movement; ``awaited`` says which movements are not eligible but may
    become so (RULES R5.1); ``settled_before`` is per mark what active closings settled between its two sides.
    """
    rows = movements.transactions
    periodic = model[:rows] <= InventoryModel.WEIGHTED_AVERAGE_DATE
    available = np.where(movements.eligible, movements.open_quantity, 0)
    non_financial = match_non_financial_transfers(transactions, movements, periodic)
    _take(available, non_financial)
    ignored = np.zeros(len(movements), dtype=np.bool_)
    ignored[non_financial.issue] = ignored[non_financial.receipt] = True

    marked = match_marked(
        movements, marks, available, np.where(awaited, movements.open_quantity, 0), settled_before, ignored
    )
    _take(available, marked.pairs)
    np.subtract.at(available, marked.holder[marked.held > 0], marked.held[marked.held > 0])

    queues = dict(QUEUES)
    if oldest_issue_first:
        queues[InventoryModel.LIFO] = lambda m, a, chosen: match_lifo(m, a, chosen, oldest_issue_first=True)
    parts = [non_financial, marked.pairs]
    for name, queue_rule in queues.items():
        parts.append(queue_rule(movements, available, model == name))
    averages: list[tuple[Pairs, ClosingTransfers]] = []
    for name, average_rule in AVERAGES.items():
        first_leg = len(movements) + 2 * sum(len(t) for _, t in averages)
        averages.append(average_rule(movements, available, model == name, first_leg))
    pairs, transfers = _number_transfers(len(movements), averages)
    return Matching(Pairs.joined([*parts, pairs]), transfers, marked, non_financial)


def _take(available: Int64, pairs: Pairs) -> None:
    """Lower what is available by what pairs use."""
    np.subtract.at(available, pairs.issue, pairs.quantity)
    np.subtract.at(available, pairs.receipt, pairs.quantity)


def _number_transfers(first_leg: int, averages: list[tuple[Pairs, ClosingTransfers]]) -> tuple[Pairs, ClosingTransfers]:
    """Renumber the legs of all average models together: by item, group, date (RULES R5.9)."""
    pairs = Pairs.joined([p for p, _ in averages])
    group = np.concatenate([t.group for _, t in averages])
    date = np.concatenate([t.date for _, t in averages])
    quantity = np.concatenate([t.quantity for _, t in averages])
    order = np.lexsort((date, group))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order), dtype=np.int64)

    def renumbered(movement: Int64) -> Int64:
        transfer, leg = np.divmod(np.maximum(movement - first_leg, 0), 2)
        if not len(number):
            return movement
        return np.where(movement >= first_leg, first_leg + 2 * number[transfer] + leg, movement)

    return (
        Pairs(renumbered(pairs.issue), renumbered(pairs.receipt), pairs.quantity, pairs.principle),
        ClosingTransfers(first_leg, group[order], date[order], quantity[order]),
    )
