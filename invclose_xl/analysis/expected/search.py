"""The search for causes: suppositions are tried one after the other until the other system's figures come out.

In      a world, what the other system adjusted every transaction by.
Out     cause and sentence of every transaction that differs.
Cost    one run in memory for each supposition; no more of them than a limit that falls with the size of the book.
Source  WORKBOOK "Command line" (compare).
"""

from collections.abc import Callable, Iterator

import numpy as np

from invclose_xl.analysis.expected.arithmetic import Settling, find_by_arithmetic, find_small_limit
from invclose_xl.analysis.expected.iterations import iterate_rounds
from invclose_xl.analysis.expected.suppositions import Supposition, list_general, list_particular
from invclose_xl.analysis.expected.world import Trial, World, compute_trial
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.money import format_amount
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.views.expected import Unlike

ROWS_IN_ALL, MOST_TRIALS, FEWEST_TRIALS = 4_000_000, 400, 12
FURTHER = " It reaches this item through a transfer, a production order or a return."
More = Callable[[World], Iterator[Supposition]]


class Search:
    """What is known of the differences so far."""

    def __init__(self, world: World, base: Trial, theirs: Int64, their_cost: Int64, more: More) -> None:
        self.trials = 1
        self._limit = max(FEWEST_TRIALS, min(MOST_TRIALS, ROWS_IN_ALL // max(1, len(theirs))))
        self._world, self._now, self._more = world, base, more
        self._theirs, self._their_cost = theirs, their_cost
        self._item = world.book.transactions.item
        self.found: dict[int, tuple[Unlike, str]] = {}
        self._by_itself = np.zeros(len(theirs), dtype=np.bool_)
        """explained by arithmetic: no run will give these figures"""

    @property
    def everything_tried(self) -> bool:
        """Whether the limit was never met."""
        return self.trials < self._limit

    def _open(self, figures: Int64 | None = None) -> Bool:
        mine = self._now.adjustment if figures is None else figures
        return np.asarray((mine != self._theirs) & ~self._by_itself)

    def run(self) -> None:
        """Look for causes, the cheapest first; what stays open is named Nothing found."""
        ours = self._now.adjustment.copy()
        differs = np.flatnonzero(self._open())
        self._try_arithmetic()
        for whole_item_only in (True, False):
            while self._open().any() and self.everything_tried and self._run_round(whole_item_only):
                self._try_arithmetic()
        self._try_small_limit(ours)
        for row in differs.tolist():
            self.found.setdefault(row, (Unlike.NOT_FOUND, "No other setting of this run gives the other figure."))

    def _try_arithmetic(self) -> None:
        settling = Settling.of(self._now)
        decimals = self._world.book.scales.currency_decimals
        for row in np.flatnonzero(self._open()).tolist():
            cause = find_by_arithmetic(
                settling, row, int(self._now.adjustment[row]), int(self._theirs[row]), int(self._their_cost[row]),
                decimals,
            )  # fmt: skip
            if cause is not None:
                self.found[row] = cause
                self._by_itself[row] = True

    def _try_small_limit(self, ours: Int64) -> None:
        left = np.array([row for row in np.flatnonzero(self._open()).tolist() if row not in self.found], dtype=np.int64)
        agreeing = np.flatnonzero(ours == self._theirs)
        small = find_small_limit(ours, self._theirs, left, agreeing)
        if small is None:
            return
        limit = format_amount(small[0], self._world.book.scales.currency_decimals)
        for row in small[1].tolist():
            says = f"It makes no adjustment up to {limit}, and every one that it makes is larger."
            self.found[row] = (Unlike.MINIMUM, says)

    # ---- suppositions

    def _run_round(self, whole_item_only: bool) -> bool:
        """Try every supposition on the world as it is now; return whether any was accepted."""
        accepted = self._try(list_particular, whole_item_only)
        accepted |= self._try_loops(whole_item_only)
        accepted |= self._try(lambda world, *_: self._more(world), whole_item_only)
        return self._try(list_general, whole_item_only) or accepted

    def _try(self, kind: Callable[[World, Int64, Int64], Iterator[Supposition]], whole_item_only: bool) -> bool:
        rows = np.flatnonzero(self._open())
        accepted = False
        for supposition in kind(self._world, rows, self._theirs[rows]) if len(rows) else ():
            if not self._open().any() or not self.everything_tried:
                break
            accepted |= self._accept(supposition, whole_item_only)
        return accepted

    def _accept(self, supposition: Supposition, whole_item_only: bool) -> bool:
        still_open = self._open()
        items = np.zeros(len(self._world.book.items), dtype=np.bool_)
        items[self._item[still_open]] = True
        tried = self._try_supposition(supposition, items)
        if tried is None:
            return False
        gained, lost, asked = (self._count(rows) for rows in self._compare_moves(tried, still_open))
        fits = (gained > 0) & (gained == asked) & (lost == 0) if whole_item_only else gained > lost
        if not fits.any():
            return False
        if not supposition.for_all and (fits != items).any():
            tried = self._try_supposition(supposition, fits)
            if tried is None:
                return False
        after = self._open(tried.adjustment)
        if after.sum() >= still_open.sum() or (supposition.for_all and whole_item_only and (after & ~still_open).any()):
            return False
        self._take(supposition, tried, still_open & ~after, fits)
        return True

    def _try_supposition(self, supposition: Supposition, items: Bool) -> Trial | None:
        self.trials += 1
        world = supposition.change(self._world, items)
        return None if world is None else compute_trial(world)

    def _compare_moves(self, tried: Trial, still_open: Bool) -> tuple[Bool, Bool, Bool]:
        after = self._open(tried.adjustment)
        return still_open & ~after, after & ~still_open, still_open

    def _count(self, rows: Bool) -> Int64:
        return np.bincount(self._item[rows], minlength=len(self._world.book.items)).astype(np.int64)

    def _take(self, supposition: Supposition, tried: Trial, rows: Bool, items: Bool) -> None:
        for row in np.flatnonzero(rows).tolist():
            reached = supposition.for_all or items[self._item[row]]
            self.found[row] = (supposition.cause, supposition.says + ("" if reached else FURTHER))
        self._world, self._now = tried.world, tried

    def _try_loops(self, whole_item_only: bool) -> bool:
        """Costs that were carried on for some rounds only."""
        still_open = self._open()
        if not still_open.any():
            return False
        asked = self._count(still_open)
        best: tuple[int, int, Bool] | None = None
        for one in iterate_rounds(self._now):
            self.trials += 1
            fits = still_open & (one.adjustment == self._theirs)
            if whole_item_only:
                fits &= (self._count(fits) == asked)[self._item]
            if fits.sum() > (best[0] if best else 0):
                best = (int(fits.sum()), one.number, fits)
            if fits.sum() == still_open.sum() or not self.everything_tried:
                break
        if best is None:
            return False
        for row in np.flatnonzero(best[2]).tolist():
            says = f"Carried on for {format_count(best[1], 'round')} only; here the costs are solved to the end."
            self.found[row] = (Unlike.LOOP, says)
            self._by_itself[row] = True
        return True
