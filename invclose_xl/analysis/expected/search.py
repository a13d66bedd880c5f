"""The search for causes: suppositions are tried one after the other until the other system's figures come out.

What explains every difference of the book by one cause is looked for first, then what explains all of an item, and only
then what explains a part of one: knock-on cents of a mark are the mark's, though a rounding would give them, too.

In      a world, what the other system adjusted every transaction by.
Out     cause and sentence of every transaction that differs.
Cost    one run in memory for each supposition; no more of them than a limit that falls with the size of the book.
Source  WORKBOOK "Command line" (compare).
"""

from collections.abc import Callable, Iterator
from enum import Enum

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


class CauseExtent(Enum):
    """How much one cause has to explain to be taken."""

    BOOK = "every difference of the book"
    ITEM = "every difference of an item"
    PART = "more of an item than it spoils"


class Search:
    """The differences, and the causes found so far."""

    def __init__(self, world: World, base: Trial, theirs: Int64, their_cost: Int64, more: More) -> None:
        self.trials = 1
        self._limit = max(FEWEST_TRIALS, min(MOST_TRIALS, ROWS_IN_ALL // max(1, len(theirs))))
        self._world, self._now, self._more = world, base, more
        self._theirs, self._their_cost = theirs, their_cost
        self._item = world.book.transactions.item
        self.found: dict[int, tuple[Unlike, str]] = {}
        self._by_itself = np.zeros(len(theirs), dtype=np.bool_)
        """explained without another run: by arithmetic, or by rounds"""
        self._tried: dict[tuple[str, bytes], Int64 | None] = {}
        """of the world as it is now: what suppositions adjust, by their sentence and items; None: no such run"""

    @property
    def everything_tried(self) -> bool:
        """Return whether the limit was never met."""
        return self.trials < self._limit

    def _differs(self, figures: Int64) -> Bool:
        return np.asarray(figures != self._theirs)

    def _open(self) -> Bool:
        return self._differs(self._now.adjustment) & ~self._by_itself

    def run(self) -> None:
        """Look for causes, the cheapest first; what stays open is named Nothing found."""
        ours = self._now.adjustment.copy()
        differs = np.flatnonzero(self._open())
        for extent in CauseExtent:
            self._try_arithmetic(extent)
            while self._open().any() and self.everything_tried and self._run_round(extent):
                self._try_arithmetic(extent)
        self._try_small_limit(ours)
        for row in differs.tolist():
            self.found.setdefault(row, (Unlike.NOT_FOUND, "No other setting of this run gives the other figure."))

    def _try_arithmetic(self, extent: CauseExtent) -> None:
        settling = Settling.of(self._now)
        decimals = self._world.book.scales.currency_decimals
        causes: dict[int, tuple[Unlike, str]] = {}
        rows = np.flatnonzero(self._open())
        for row in rows.tolist():
            cause = find_by_arithmetic(
                settling, row, int(self._now.adjustment[row]), int(self._theirs[row]), int(self._their_cost[row]),
                decimals,
            )  # fmt: skip
            if cause is not None:
                causes[row] = cause
        named = self._name_groups(rows, extent)
        kinds: dict[int, set[Unlike | None]] = {}
        for row, group in zip(rows.tolist(), named, strict=True):
            kinds.setdefault(group, set()).add(causes[row][0] if row in causes else None)
        for row, group in zip(rows.tolist(), named, strict=True):
            if row in causes and len(kinds[group]) == 1:
                self.found[row] = causes[row]
                self._by_itself[row] = True

    def _name_groups(self, rows: Int64, extent: CauseExtent) -> list[int]:
        """Return for each row a number that it shares with those that have to have the same cause."""
        if extent is CauseExtent.BOOK:
            return [0] * len(rows)
        numbers: list[int] = (self._item[rows] if extent is CauseExtent.ITEM else rows).tolist()
        return numbers

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

    def _run_round(self, extent: CauseExtent) -> bool:
        """Try every supposition on the world as it is now; return whether any was accepted."""
        accepted = self._try(list_particular, extent)
        accepted |= self._try_loops(extent)
        accepted |= self._try(lambda now, *_: self._more(now.world), extent)
        return self._try(list_general, extent) or accepted

    def _try(self, kind: Callable[[Trial, Int64, Int64], Iterator[Supposition]], extent: CauseExtent) -> bool:
        rows = np.flatnonzero(self._open())
        accepted = False
        for supposition in kind(self._now, rows, self._theirs) if len(rows) else ():
            if not self._open().any() or not self.everything_tried:
                break
            accepted |= self._accept(supposition, extent)
        return accepted

    def _accept(self, supposition: Supposition, extent: CauseExtent) -> bool:
        still_open = self._open()
        items = self._find_items(still_open)
        figures = self._try_supposition(supposition, items)
        if figures is None:
            return False
        after = self._differs(figures)
        if extent is CauseExtent.BOOK:
            fits = items & (not after.any())
        else:
            asked, gained, lost = map(self._count, (still_open, still_open & ~after, after & ~self._differs_now()))
            fits = (gained > 0) & (gained == asked) & (lost == 0) if extent is CauseExtent.ITEM else gained > lost
        if not fits.any():
            return False
        tried = self._compute(supposition, items if supposition.for_all else fits)
        if tried is None:
            return False
        after = self._differs(tried.adjustment)
        spoils = supposition.for_all and extent is CauseExtent.ITEM and (after & ~self._differs_now()).any()
        if spoils or after.sum() >= self._differs_now().sum():
            return False
        self._take(supposition, tried, fits)
        return True

    def _differs_now(self) -> Bool:
        return self._differs(self._now.adjustment)

    def _find_items(self, rows: Bool) -> Bool:
        return self._count(rows) > 0

    def _try_supposition(self, supposition: Supposition, items: Bool) -> Int64 | None:
        """Return what a run adjusts under a supposition; one that was tried on this world is not computed again."""
        key = supposition.says, items.tobytes()
        if key not in self._tried:
            tried = self._compute(supposition, items)
            self._tried[key] = None if tried is None else tried.adjustment
        return self._tried[key]

    def _compute(self, supposition: Supposition, items: Bool) -> Trial | None:
        self.trials += 1
        world = supposition.change(self._world, items)
        return None if world is None else compute_trial(world)

    def _count(self, rows: Bool) -> Int64:
        return np.bincount(self._item[rows], minlength=len(self._world.book.items)).astype(np.int64)

    def _take(self, supposition: Supposition, tried: Trial, items: Bool) -> None:
        """Go on from a world; what was explained by itself and moves with it is asked for again."""
        moved = tried.adjustment != self._now.adjustment
        for row in np.flatnonzero(self._differs_now() & ~self._differs(tried.adjustment)).tolist():
            reached = supposition.for_all or items[self._item[row]]
            self.found[row] = (supposition.cause, supposition.says + ("" if reached else FURTHER))
        for row in np.flatnonzero(moved & self._by_itself & self._differs(tried.adjustment)).tolist():
            del self.found[row]
        self._by_itself &= ~moved
        self._world, self._now = tried.world, tried
        self._tried.clear()

    def _try_loops(self, extent: CauseExtent) -> bool:
        """Costs that were carried on for some rounds only."""
        still_open = self._open()
        if not still_open.any():
            return False
        asked = self._count(still_open)
        best: tuple[int, int, Bool] | None = None
        for one in iterate_rounds(self._now):
            self.trials += 1
            fits = still_open & (one.adjustment == self._theirs)
            if extent is CauseExtent.ITEM:
                fits &= (self._count(fits) == asked)[self._item]
            elif extent is CauseExtent.BOOK and (one.adjustment != self._theirs).any():
                continue
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
