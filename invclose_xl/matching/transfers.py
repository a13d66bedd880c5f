"""Non-financial transfers: legs in one costing group settle with each other before anything else.

In      transactions (step of the transfer, group, quantity) and movements.
Out     pairs (issue leg, receipt leg) with principle Non-financial transfer, in row order of the issues; and the legs
        that wait for such a pair, which feed nothing.
Errors  none: legs that find no counterpart stay in the queues.
Cost    O(n log n) in the legs.
Source  RULES R4.1, R4.2; Dynamics 365, "Inventory costing FAQ" (pre-close of non-financial transfers).
"""

import numpy as np

from invclose_xl.domain.book import Bool, Int64, Transactions
from invclose_xl.domain.links.feed_members import number_transfer_steps
from invclose_xl.domain.links.pairs import Pairs
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER
from invclose_xl.domain.movements import Movements


def match_non_financial_transfers(transactions: Transactions, movements: Movements, periodic: Bool) -> Pairs:
    """Pair the legs of a step inside a costing group that are financial as of D and wholly open.

    ``periodic`` says per transaction whether its item is settled at all. This is the one place where matching looks at
    an amount: legs that were posted with the same cost belong together.
    """
    rows = movements.transactions
    ready = movements.financial & movements.eligible & (movements.settled_quantity == 0)
    legs = _Legs(transactions, periodic & ready[:rows], movements.posted[:rows])
    # most alike first: what was posted with one cost is one parcel; quantity alone, then pieces, are guesses
    legs.pair_alike(by_cost=True)
    legs.pair_alike(by_cost=False)
    legs.pair_in_pieces()
    return legs.pairs()


def select_legs_that_will_pair(transactions: Transactions, waiting: Bool) -> Bool:
    """Legs that will settle with each other once they take part: they have no part in a feed (RULES R6.2).

    ``waiting``: legs of periodic items that are not there yet at D, or not invoiced where that counts. Were they not
    left out, a transfer of two steps under one ID, the second of them dated after D, would seem to have two senders.
    """
    rows = len(transactions)
    legs = _Legs(transactions, waiting, np.zeros(rows, dtype=np.int64))
    legs.pair_alike(by_cost=False)
    legs.pair_in_pieces()
    found = np.zeros(rows, dtype=np.bool_)
    pairs = legs.pairs()
    found[pairs.issue] = found[pairs.receipt] = True
    return found


class _Legs:
    """Legs that may still be paired: ``row`` in row order, and ``place``, equal in one step, item and costing group."""

    def __init__(self, transactions: Transactions, free: Bool, cost: Int64) -> None:
        step = number_transfer_steps(transactions)
        self.row = np.flatnonzero((step >= 0) & free)
        # one number for step and group: a step may run through several groups, and legs pair inside one only
        key = step[self.row] * (int(transactions.group.max(initial=0)) + 1) + transactions.group[self.row]
        _, self.place = np.unique(key, return_inverse=True)
        self._quantity, self._cost = transactions.quantity, cost
        self._found: list[tuple[Int64, Int64, Int64]] = []

    def pair_alike(self, by_cost: bool) -> None:
        """Pair issues and receipts of the same quantity, and cost; the first of each with the first of the other."""
        quantity = self._quantity[self.row]
        is_receipt = quantity > 0
        kind = _number_rows(self.place, np.abs(quantity), *([self._cost[self.row]] if by_cost else []))
        # the first issue of a kind meets the first receipt of it, the second the second: those of one turn are side by
        # side once sorted, issue before receipt
        order = np.lexsort((self.row, is_receipt, kind))
        turn = np.empty(len(order), dtype=np.int64)
        turn[order] = _rank_within_runs(kind[order] * 2 + is_receipt[order])
        by_turn = np.lexsort((is_receipt, turn, kind))
        kind, turn, receives, row = kind[by_turn], turn[by_turn], is_receipt[by_turn], self.row[by_turn]
        first = np.flatnonzero((kind[1:] == kind[:-1]) & (turn[1:] == turn[:-1]) & receives[1:] & ~receives[:-1])
        self._take(row[first], row[first + 1], self._quantity[row[first + 1]])

    def pair_in_pieces(self) -> None:
        """Pair what is left piece by piece in row order, where both sides add up to the same quantity."""
        quantity = self._quantity[self.row]
        left = np.zeros(int(self.place.max(initial=-1)) + 1, dtype=np.int64)
        np.add.at(left, self.place, quantity)
        even = np.flatnonzero(left[self.place] == 0)
        even = even[np.argsort(self.place[even], kind="stable")]
        bounds = np.flatnonzero(np.diff(self.place[even])) + 1
        found = [_cut_into_pieces(legs, self._quantity[legs]) for legs in np.split(self.row[even], bounds) if len(legs)]
        if found:
            issue, receipt, quantity = (np.concatenate(part) for part in zip(*found, strict=True))
            self._take(issue, receipt, quantity)

    def _take(self, issue: Int64, receipt: Int64, quantity: Int64) -> None:
        self._found.append((issue, receipt, quantity))
        kept = ~np.isin(self.row, np.concatenate([issue, receipt]))
        self.row, self.place = self.row[kept], self.place[kept]

    def pairs(self) -> Pairs:
        """Return what was found, in row order of the issues, then of the receipts."""
        issue, receipt, quantity = (np.concatenate(part) for part in zip(*self._found, strict=True))
        issue, receipt, quantity = (part.astype(np.int64) for part in (issue, receipt, quantity))
        order = np.lexsort((receipt, issue))
        return Pairs.of(issue[order], receipt[order], quantity[order], NON_FINANCIAL_TRANSFER)


def _rank_within_runs(sorted_key: Int64) -> Int64:
    """Count from 0 within each run of equal keys."""
    starts = np.flatnonzero(np.r_[True, sorted_key[1:] != sorted_key[:-1]]) if len(sorted_key) else sorted_key
    return np.arange(len(sorted_key)) - np.repeat(starts, np.diff(np.r_[starts, len(sorted_key)]))


def _number_rows(*columns: Int64) -> Int64:
    """Number the different rows of some columns."""
    order = np.lexsort(columns)
    new = np.zeros(len(order), dtype=np.bool_)
    for column in columns:
        new[1:] |= column[order][1:] != column[order][:-1]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new)
    return number


def _cut_into_pieces(legs: Int64, quantity: Int64) -> tuple[Int64, Int64, Int64]:
    """Lay issues and receipts, of one total, along one line and cut it wherever a leg of either ends."""
    issues, receipts = legs[quantity < 0], legs[quantity > 0]
    given, taken = np.cumsum(-quantity[quantity < 0]), np.cumsum(quantity[quantity > 0])
    cuts = np.union1d(given, taken)
    return issues[np.searchsorted(given, cuts)], receipts[np.searchsorted(taken, cuts)], np.diff(cuts, prepend=0)
