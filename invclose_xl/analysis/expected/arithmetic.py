"""Differences that need no other run: a sign, another posted cost, cents, and what is done with an uncovered part.

In      a Trial and, for one transaction, what the other system says.
Out     the cause and a sentence; None where none of these gives its figure exactly.
Units   minor units.
Source  RULES R6.3 (rounding), R5.10 (uncovered quantity), R7.1 (sign of an adjustment).
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.analysis.expected.world import Trial
from invclose_xl.domain.book import Int64
from invclose_xl.domain.money import NO_AMOUNT, format_amount, mul_div
from invclose_xl.domain.views.expected import Unlike

Found = tuple[Unlike, str]


@dataclass(frozen=True, slots=True)
class Settling:
    """Per transaction of the book that was read: how much of it this run settled or linked, in how many pieces."""

    tried: Trial
    quantity: Int64
    covered: Int64
    """of issues: the quantity that this run matched, and"""
    taken: Int64
    """for how much"""
    pieces: Int64

    @staticmethod
    def of(tried: Trial) -> "Settling":
        """Add up the pairs of the run by issue and by receipt."""
        run = tried.run
        pairs, size = run.matching.pairs, len(run.movements) + 2 * len(run.matching.transfers)
        covered, taken, pieces = np.zeros((3, size), dtype=np.int64)
        np.add.at(covered, pairs.issue, pairs.quantity)
        np.add.at(taken, pairs.issue, run.costs.pair_amount)
        for side in (pairs.issue, pairs.receipt):
            np.add.at(pieces, side, 1)
        for links in run.feeds:
            members = np.bincount(links.member_feed, minlength=len(links))
            pieces[links.fed] += members[links.fed_feed]
        quantity = np.abs(run.movements.quantity)
        return Settling(tried, *(tried.to_book_order(column) for column in (quantity, covered, taken, pieces)))


def find_by_arithmetic(
    settling: Settling, row: int, ours: int, theirs: int, their_cost: int, decimals: int
) -> Found | None:
    """Look for a cause that one transaction's own figures show."""
    tried = settling.tried
    our_cost = int(tried.cost[row])
    old_cost = our_cost - int(tried.adjustment[row])
    if theirs == -ours:
        says = "The figures are the same with the opposite sign: positive means that the cost rises, on issues too."
        return Unlike.SIGN, says
    if their_cost not in (NO_AMOUNT, old_cost + theirs):
        before = format_amount(their_cost - theirs, decimals)
        return (
            Unlike.POSTED_COST,
            f"Its new cost less its adjustment is {before}: it began with another posted cost than this book's"
            f" {format_amount(old_cost, decimals)}.",
        )
    quantity, covered = int(settling.quantity[row]), int(settling.covered[row])
    if 0 < covered < quantity:
        whole = mul_div(int(settling.taken[row]), quantity, covered)
        if old_cost + theirs == whole:
            return Unlike.UNCOVERED, "It values the uncovered quantity, too, at what the covered part cost."
        if theirs == 0:
            return Unlike.UNCOVERED, "It leaves the whole issue at its posted cost until all of it is covered."
    return _find_rounding(settling, row, ours - theirs, our_cost, old_cost + theirs, decimals)


def _find_rounding(
    settling: Settling, row: int, difference: int, our_cost: int, their_cost: int, decimals: int
) -> Found | None:
    quantity, pieces = int(settling.quantity[row]), max(1, int(settling.pieces[row]))
    if abs(difference) <= pieces:
        what = "a settlement" if pieces == 1 else f"each of {pieces} settlements and shares"
        return (
            Unlike.ROUNDING,
            f"A smallest unit for {what}: it rounds them by themselves, here the last takes the rest.",
        )
    scale = 10**settling.tried.world.book.scales.quantity_scale
    for digits in range(decimals, decimals + 4):
        fine = 10 ** (digits - decimals)
        unit = mul_div(our_cost * fine, scale, quantity)
        if mul_div(unit, quantity, scale * fine) == their_cost:
            return (
                Unlike.ROUNDING,
                f"It rounds the unit cost to {digits} decimals first, and multiplies by the quantity.",
            )
    return None


def find_small_limit(ours: Int64, theirs: Int64, left: Int64, agreeing: Int64) -> tuple[int, Int64] | None:
    """Return a limit below which the other system adjusts nothing while all it does adjust lies above; and the rows.

    ``left``: rows without a cause. ``agreeing``: rows that both adjust alike.
    """
    missing = left[(theirs[left] == 0) & (ours[left] != 0)]
    made = np.abs(theirs[agreeing])
    made = made[made > 0]
    if not len(missing) or not len(made):
        return None
    small = missing[np.abs(ours[missing]) < made.min()]
    return (int(np.abs(ours[small]).max()), small) if len(small) else None
