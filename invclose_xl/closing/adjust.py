"""Adjustments: what each transaction's cost changes by, new cost - old cost.

In      movements, the matching and the costs that the cost flow found.
Out     Adjustments in the order of the sheet; legs of closing transfers are never adjusted.
Units   minor units, magnitudes; positive = the cost rises, on issues too.
Source  RULES R7.1, R7.2, R4.1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from invclose_xl.costflow.value import Costs
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.pairs import Pairs
from invclose_xl.domain.words import Cause, Principle

CAUSES = tuple(Cause)


@dataclass(frozen=True, slots=True)
class Adjustments:
    """One element per adjustment."""

    row: Int64
    old_cost: Int64
    new_cost: Int64
    rounding_difference: Int64
    cause: npt.NDArray[np.int8]
    """position in CAUSES"""
    is_physical: Bool

    def __len__(self) -> int:
        """Number of adjustments."""
        return len(self.row)

    @property
    def amount(self) -> Int64:
        """New cost - old cost."""
        return self.new_cost - self.old_cost


def adjust(movements: Movements, pairs: Pairs, costs: Costs, periodic: Bool) -> Adjustments:
    """Compare every transaction of a periodic item that is there at D with what it cost before."""
    rows = movements.transactions
    new, old = costs.cost[:rows], movements.cost[:rows]
    row = np.flatnonzero((new != old) & movements.present[:rows] & periodic[:rows])
    row = row[np.lexsort((row, movements.date[row], movements.group[row]))]
    cause = np.full(len(movements) + 1, CAUSES.index(Cause.VALUE_LINK), dtype=np.int8)
    settled = pairs.issue[costs.pair_settles & (pairs.issue < len(movements))]
    cause[settled] = CAUSES.index(Cause.SETTLEMENT)
    own = pairs.principle == Principle.NON_FINANCIAL_TRANSFER
    cause[pairs.receipt[own]] = CAUSES.index(Cause.NON_FINANCIAL_TRANSFER)
    return Adjustments(
        row, old[row], new[row], np.zeros(len(row), dtype=np.int64), cause[row], ~movements.financial[row]
    )
