"""The cost flow: receipts hand their value to the issues they pay for, issues hand theirs to the receipts they feed.

The graph has three kinds of nodes. A receipt is worth its known value + its share of what its feed hands on. An issue
costs its base (what earlier settlements took, and the posted cost of the uncovered part) + what it takes from its
receipts. A feed adds up costs of its members and shares them among receipts: a transfer, a return, a production
order, or the two legs of a closing transfer. Matching has fixed all pairs, so this is one system of linear equations;
here its acyclic part is valued exactly, each node once, in dependency order (RULES R6.3). What is left over hangs on
cycles, which ``costflow.cycles`` solves.

In      CostFlow: columns of integers, see the fields. Nothing is modified but the Valuation.
Out     Valuation: value of every receipt, cost of every issue, amount of every piece.
Units   amounts in minor units, quantities in 10**-quantity_scale.
Errors  none; nodes on or behind a cycle stay unvalued.
Cost    O(movements + pieces + feed members), each product widened where it must be.
Source  RULES R6.1-R6.3, R7.4.
"""

from dataclasses import dataclass, field

import numpy as np

from invclose_xl.domain.book import Int64
from invclose_xl.domain.kernel import kernel
from invclose_xl.domain.money import NO_AMOUNT, mul_div


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of receipts, sorted by receipt and in the order in which they are valued (RULES R6.3).

    ``start[r]:start[r + 1]`` are the pieces of receipt r.
    """

    start: Int64
    issue: Int64
    quantity: Int64

    @staticmethod
    def by_receipt(movements: int, issue: Int64, receipt: Int64, quantity: Int64) -> "tuple[Pieces, Int64]":
        """Sort pieces by receipt, order kept; also return which input position each piece came from."""
        order = np.argsort(receipt, kind="stable")
        start = np.zeros(movements + 1, dtype=np.int64)
        np.cumsum(np.bincount(receipt, minlength=movements), out=start[1:])
        return Pieces(start, issue[order], quantity[order]), order


@dataclass(frozen=True, slots=True)
class Feeds:
    """Feeds: what their members cost, plus a constant, is shared among the fed receipts.

    Members: ``member_start[m]:member_start[m + 1]`` are the feeds that movement m belongs to, with a sign.
    Shares: receipt ``fed_receipt[k]`` of feed f, for k in ``fed_start[f]:fed_start[f + 1]`` in row order, gets
    round(total x fed_to / weight) - round(total x fed_from / weight): cents by cumulative rounding (RULES R6.2).
    """

    constant: Int64
    weight: Int64
    members: Int64
    """number of members of each feed"""
    member_start: Int64
    member_feed: Int64
    member_sign: Int64
    fed_start: Int64
    fed_receipt: Int64
    fed_from: Int64
    fed_to: Int64

    def __len__(self) -> int:
        """Number of feeds."""
        return len(self.constant)


@dataclass(frozen=True, slots=True)
class CostFlow:
    """The system of equations; arrays over movements unless said otherwise."""

    is_receipt: Int64
    """1 for receipts, 0 for issues"""
    known: Int64
    """receipts: value without the feed's share; issues: base cost"""
    fed_by: Int64
    """feed of each receipt, -1 for none"""
    open_quantity: Int64
    """receipts: what new pieces are taken from"""
    settled_amount: Int64
    """receipts: what earlier settlements took"""
    handed_quantity: Int64
    """receipts: quantity settled by active closings, to which a change of cost is handed down (RULES R7.4)"""
    quantity: Int64
    """magnitude"""
    cost_before: Int64
    """receipts: the cost that earlier settlements know, on-hand adjustments of later date added"""
    pieces: Pieces
    handed: Pieces
    """earlier settlements of receipts whose cost may change, in canonical order"""
    feeds: Feeds
    present: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """the cost every movement has now; may be left out where no minimum is set"""
    minimum: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """fed receipts: a change of the present cost below this is not handed on (RULES R6.6); 0 inside cycles"""

    def __len__(self) -> int:
        """Number of movements."""
        return len(self.known)


@dataclass(frozen=True, slots=True)
class Valuation:
    """The solution; NO_AMOUNT where a node is not valued yet."""

    value: Int64
    """receipts: value, issues: cost"""
    piece_amount: Int64
    handed_amount: Int64
    """what each earlier settlement gets of the change of its receipt's cost"""
    feed_total: Int64
    """what each feed has to share"""

    @property
    def unvalued(self) -> Int64:
        """Movements on or behind a cycle."""
        return np.flatnonzero(self.value == NO_AMOUNT)


def value_acyclic(flow: CostFlow, held: Int64 | None = None) -> Valuation:
    """Value all that can be valued in dependency order.

    ``held`` gives receipts a fixed value instead of their feed's share (NO_AMOUNT = not held): the cuts of cycles.
    """
    size = len(flow)
    held = np.full(size, NO_AMOUNT, dtype=np.int64) if held is None else held
    longest = max(size + 1, len(flow.pieces.issue), len(flow.handed.issue), len(flow.feeds))
    value, piece, handed, total, _, _, _ = _advance.run(
        flow.is_receipt, flow.known, flow.fed_by, flow.open_quantity, flow.settled_amount, flow.handed_quantity,
        flow.quantity, flow.cost_before, held,
        flow.pieces.start, flow.pieces.issue, flow.pieces.quantity,
        flow.handed.start, flow.handed.issue, flow.handed.quantity,
        flow.feeds.constant, flow.feeds.weight, flow.feeds.members,
        flow.feeds.member_start, flow.feeds.member_feed, flow.feeds.member_sign,
        flow.feeds.fed_start, flow.feeds.fed_receipt, flow.feeds.fed_from, flow.feeds.fed_to,
        _or_zeros(flow.present, size), _or_zeros(flow.minimum, size), NO_AMOUNT,
        size=longest, columns=7, work=size + len(flow.pieces.issue),
    )  # fmt: skip
    return Valuation(
        value[:size], piece[: len(flow.pieces.issue)], handed[: len(flow.handed.issue)], total[: len(flow.feeds)]
    )


def handed_on(flow: CostFlow, valuation: Valuation) -> Int64:
    """Return what its feed would make each fed receipt worth; 0 for receipts without feed.

    Where a receipt was not given that (a cut, the minimum amount), the difference to its value is the rounding
    difference (RULES R6.4, R6.6, R6.7).
    """
    feeds = flow.feeds
    feed = np.repeat(np.arange(len(feeds), dtype=np.int64), np.diff(feeds.fed_start))
    worth = np.zeros(len(flow), dtype=np.int64)
    upper, lower = _shares.run(
        valuation.feed_total[feed], feeds.fed_from, feeds.fed_to, feeds.weight[feed], size=len(feed), columns=2
    )
    worth[feeds.fed_receipt] = flow.known[feeds.fed_receipt] + upper - lower
    return worth


@kernel
def _shares(total, fed_from, fed_to, weight, upper, lower):  # type: ignore[no-untyped-def]
    """Round the feed's total at both ends of every share."""
    for s in range(len(total)):
        upper[s] = mul_div(total[s], fed_to[s], weight[s])
        lower[s] = mul_div(total[s], fed_from[s], weight[s])
    return len(total)


def _or_zeros(column: Int64, size: int) -> Int64:
    return column if len(column) else np.zeros(size, dtype=np.int64)


@kernel
def _advance(  # type: ignore[no-untyped-def]
    is_receipt, known, fed_by, open_quantity, settled_amount, handed_quantity, quantity, cost_before, held,
    piece_start, piece_issue, piece_quantity, handed_start, handed_issue, handed_piece,
    constant, weight, members, member_start, member_feed, member_sign, fed_start, fed_receipt, fed_from, fed_to,
    present, minimum, no_amount,
    value, piece_amount, handed_amount, total, waiting, feed_waiting, ready,
):  # fmt: skip
    """Value ready movements until none is left; ``ready`` is the list of valued movements still to hand on.

    ``waiting[m]`` counts the pieces an issue still lacks, ``feed_waiting[f]`` the members a feed still lacks.
    """
    movements, feeds = len(known), len(constant)
    end = 0
    for p in range(len(piece_issue)):
        waiting[piece_issue[p]] += 1
    for p in range(len(handed_issue)):
        waiting[handed_issue[p]] += 1
    for f in range(feeds):
        total[f], feed_waiting[f] = constant[f], members[f]
    for m in range(movements):
        value[m] = no_amount
        if is_receipt[m] == 1:
            if held[m] != no_amount:
                value[m] = held[m]
            elif fed_by[m] < 0:
                value[m] = known[m]
        elif waiting[m] == 0:
            value[m] = known[m]
        if value[m] != no_amount:
            ready[end] = m
            end += 1
    done = 0
    while done < end:
        m = ready[done]
        done += 1
        if is_receipt[m] == 1:
            rest, rest_quantity = 0, handed_quantity[m]
            if rest_quantity > 0:
                rest = mul_div(value[m] - cost_before[m], rest_quantity, quantity[m])
            left, left_quantity = value[m] - settled_amount[m] - rest, open_quantity[m]
            for p in range(handed_start[m], handed_start[m + 1]):
                taken = mul_div(rest, handed_piece[p], rest_quantity)
                handed_amount[p] = taken
                rest -= taken
                rest_quantity -= handed_piece[p]
                i = handed_issue[p]
                known_so_far = value[i] if value[i] != no_amount else known[i]
                value[i] = known_so_far + taken
                waiting[i] -= 1
                if waiting[i] == 0:
                    ready[end] = i
                    end += 1
            for p in range(piece_start[m], piece_start[m + 1]):
                taken = mul_div(left, piece_quantity[p], left_quantity)
                piece_amount[p] = taken
                left -= taken
                left_quantity -= piece_quantity[p]
                i = piece_issue[p]
                known_so_far = value[i] if value[i] != no_amount else known[i]
                value[i] = known_so_far + taken
                waiting[i] -= 1
                if waiting[i] == 0:
                    ready[end] = i
                    end += 1
        for k in range(member_start[m], member_start[m + 1]):
            f = member_feed[k]
            total[f] += member_sign[k] * value[m]
            feed_waiting[f] -= 1
            if feed_waiting[f] == 0:
                for s in range(fed_start[f], fed_start[f + 1]):
                    r = fed_receipt[s]
                    if value[r] == no_amount:
                        upper = mul_div(total[f], fed_to[s], weight[f])
                        value[r] = known[r] + upper - mul_div(total[f], fed_from[s], weight[f])
                        if abs(value[r] - present[r]) < minimum[r]:
                            value[r] = present[r]
                        ready[end] = r
                        end += 1
    for m in range(movements):
        if waiting[m] > 0 and is_receipt[m] == 0:
            value[m] = no_amount
    return len(value)
