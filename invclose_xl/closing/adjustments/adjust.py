"""Adjustments: what each transaction's cost changes by, one row per kind and cause.

In      movements, what earlier runs left, the matching, manual changes, and the costs that the cost flow found.
Out     Adjustments in the order of the sheet; legs of closing transfers are never adjusted.
Units   minor units, magnitudes; positive = the cost rises, on issues too.
Source  RULES R7.1, R7.2, R7.4, R8.6, R4.1, R6.7.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from invclose_xl.closing.adjustments.manual import ManualChanges
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.costflow.feeds import FeedLinks
from invclose_xl.costflow.value import ValuationResult
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.links.pairs import Pairs
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER
from invclose_xl.domain.movements import Movements
from invclose_xl.domain.words import Cause

CAUSES = tuple(Cause)


@dataclass(frozen=True, slots=True)
class Adjustments:
    """One element per adjustment; one transaction's follow each other, each starting from the cost before it."""

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


def adjust(
    movements: Movements,
    state: LedgerState,
    pairs: Pairs,
    costs: ValuationResult,
    manual: ManualChanges,
    feeds: list[FeedLinks],
    chosen: Bool,
    periodic: Bool,
) -> Adjustments:
    """Take back what became financial, post what was entered by hand, and carry every cost to its new value.

    ``chosen`` and ``periodic`` are per transaction: in the scope of the run, and settled by its model.
    """
    rows = movements.transactions
    taken_back = take_back_what_became_financial(movements, state, chosen)
    by_hand, undone = manual.sum_per_transaction(rows), manual.sum_taken_back(rows)
    old, apart = movements.cost[:rows], manual.settled_before
    after = old + by_hand + apart
    # outside the scope of a recalculation no cost is carried to its new value (RULES R10.4)
    counts = movements.present[:rows] & periodic & chosen
    # Posted to another account now, the amount being the same: two rows are behind the two sides of the voucher.
    undone = np.where(by_hand == 0, undone, 0)
    hand, back = np.flatnonzero(by_hand != undone), np.flatnonzero(undone)
    rounding = np.where(counts, costs.rounding_difference[:rows], 0)
    before = np.flatnonzero((apart != 0) & movements.present[:rows])
    new = np.where(counts, costs.cost[:rows], after)
    rest = np.flatnonzero((new != after) | (rounding != 0))
    cause = _find_causes(movements, pairs, costs, state, feeds)
    parts = [
        taken_back,
        _change_costs(back, old, old + undone, Cause.MANUAL_ADJUSTMENT, movements),
        _change_costs(hand, old + undone, old + by_hand, Cause.MANUAL_ADJUSTMENT, movements),
        _change_costs(before, after - apart, after, Cause.SETTLED_BEFORE, movements),
        Adjustments(rest, after[rest], new[rest], rounding[rest], cause[rest], ~movements.financial[rest]),
    ]
    return _sort_adjustments(movements, parts)


def take_back_what_became_financial(movements: Movements, state: LedgerState, chosen: Bool) -> Adjustments:
    """Take active physical adjustments back where a chosen transaction is financial now (RULES R7.2)."""
    adjusted, rows = state.adjusted, movements.transactions
    amount, rounding = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    now = adjusted.is_physical & (adjusted.row < rows) & movements.financial[adjusted.row]
    np.add.at(amount, adjusted.row[now], adjusted.amount[now])
    np.add.at(rounding, adjusted.row[now], adjusted.rounding_difference[now])
    row = np.flatnonzero(((amount != 0) | (rounding != 0)) & chosen)
    back = _change_costs(row, amount, np.zeros_like(amount), Cause.BECAME_FINANCIAL, movements)
    return replace(back, rounding_difference=-rounding[row], is_physical=~back.is_physical)


def _change_costs(row: Int64, old: Int64, new: Int64, cause: Cause, movements: Movements) -> Adjustments:
    """Adjustments of some rows for one cause; ``old`` and ``new`` are the costs of all transactions."""
    code = np.full(len(row), CAUSES.index(cause), dtype=np.int8)
    return Adjustments(row, old[row], new[row], np.zeros_like(row), code, ~movements.financial[row])


def _find_causes(
    movements: Movements, pairs: Pairs, costs: ValuationResult, state: LedgerState, feeds: list[FeedLinks]
) -> npt.NDArray[np.int8]:
    """Why the cost of each transaction would change in this run; what loses a value link keeps that cause."""
    # From the weakest reason to the strongest, each overwriting those before: what an earlier run did explains a change
    # only where this run does nothing to the transaction itself.
    cause = np.full(len(movements), CAUSES.index(Cause.SETTLEMENT), dtype=np.int8)
    adjusted = state.adjusted
    for of_feed in (Cause.TRANSFER, Cause.RETURN, Cause.PRODUCTION, Cause.NON_FINANCIAL_TRANSFER):
        cause[adjusted.row[(adjusted.cause == of_feed).to_numpy()]] = CAUSES.index(of_feed)
    was_linked = (state.adjusted.cause == Cause.VALUE_LINK).to_numpy()
    cause[state.adjusted.row[was_linked]] = CAUSES.index(Cause.VALUE_LINK)
    known = pairs.issue < len(movements)
    cause[pairs.issue[known]] = CAUSES.index(Cause.VALUE_LINK)
    cause[state.settled.issue[costs.passed_down[costs.passed_down_amount != 0]]] = CAUSES.index(Cause.SETTLEMENT)
    cause[pairs.issue[costs.pair_settles & known]] = CAUSES.index(Cause.SETTLEMENT)
    for links in feeds:
        cause[links.fed] = CAUSES.index(links.cause)
    own = pairs.principle == NON_FINANCIAL_TRANSFER
    cause[pairs.receipt[own]] = CAUSES.index(Cause.NON_FINANCIAL_TRANSFER)
    return cause


def _sort_adjustments(movements: Movements, parts: list[Adjustments]) -> Adjustments:
    """By group, date, row; the steps of one transaction in the order in which they happen."""
    row = np.concatenate([p.row for p in parts])
    step = np.repeat(np.arange(len(parts)), [len(p) for p in parts])
    order = np.lexsort((step, row, movements.date[row], movements.group[row]))
    return Adjustments(
        row[order],
        np.concatenate([p.old_cost for p in parts])[order],
        np.concatenate([p.new_cost for p in parts])[order],
        np.concatenate([p.rounding_difference for p in parts])[order],
        np.concatenate([p.cause for p in parts])[order],
        np.concatenate([p.is_physical for p in parts])[order],
    )
