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

from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Bool, Int64
from invclose_xl.domain.money import NO_AMOUNT, mul_div


def count_starts(number: Int64, size: int) -> Int64:
    """Return where the elements of each number below ``size`` begin in sorted order; at the end, how many there are."""
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(number, minlength=size), out=start[1:])
    return start


@dataclass(frozen=True, slots=True)
class ReceiptShares:
    """Pieces of receipts, sorted by receipt and in the order in which they are valued (RULES R6.3).

    ``start[r]:start[r + 1]`` are the pieces of receipt r.
    """

    start: Int64
    issue: Int64
    quantity: Int64

    @staticmethod
    def by_receipt(movements: int, issue: Int64, receipt: Int64, quantity: Int64) -> "tuple[ReceiptShares, Int64]":
        """Sort pieces by receipt, order kept; also return which input position each piece came from."""
        order = np.argsort(receipt, kind="stable")
        return ReceiptShares(count_starts(receipt, movements), issue[order], quantity[order]), order

    def followed_by(self, others: "ReceiptShares") -> "tuple[ReceiptShares, Int64]":
        """Put the pieces of each receipt before the others of it; also return where each came from, these first."""
        if not len(self.issue):
            return others, np.arange(len(others.issue))
        issue, quantity = np.r_[self.issue, others.issue], np.r_[self.quantity, others.quantity]
        return ReceiptShares.by_receipt(len(self.start) - 1, issue, np.r_[self.receipts(), others.receipts()], quantity)

    def receipts(self) -> Int64:
        """Return the receipt of each piece."""
        return np.repeat(np.arange(len(self.start) - 1, dtype=np.int64), np.diff(self.start))


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
    is_closing_transfer: Bool
    """a receipt leg costs what its issue leg took; it is no fed receipt in the words of the rules (RULES R5.9)"""

    def __len__(self) -> int:
        """Number of feeds."""
        return len(self.constant)

    def get_feed_of_shares(self) -> Int64:
        """Return the feed of each share."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.fed_start))


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
    passed_down_quantity: Int64
    """receipts: quantity settled by active closings, to which a change of cost is handed down (RULES R7.4)"""
    quantity: Int64
    """magnitude"""
    cost_before: Int64
    """receipts: the cost that earlier settlements know, on-hand adjustments of later date added"""
    pieces: ReceiptShares
    passed_down: ReceiptShares
    """earlier settlements of receipts whose cost may change, in canonical order"""
    feeds: Feeds
    present: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """the cost every movement has now; may be left out where no minimum is set"""
    minimum: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """fed receipts: a change of the present cost below this is not handed on (RULES R6.6)"""

    def __len__(self) -> int:
        """Number of movements."""
        return len(self.known)


@dataclass(frozen=True, slots=True)
class Valuation:
    """The solution; NO_AMOUNT where a node is not valued yet."""

    value: Int64
    """receipts: value, issues: cost"""
    piece_amount: Int64
    passed_down_amount: Int64
    """what each earlier settlement gets of the change of its receipt's cost"""
    feed_total: Int64
    """what each feed has to share"""

    @property
    def unvalued(self) -> Int64:
        """Movements on or behind a cycle."""
        return np.flatnonzero(self.value == NO_AMOUNT)


def value_acyclic(flow: CostFlow, held: Int64 | None = None) -> Valuation:
    """Value all that can be valued in dependency order.

    ``held`` gives receipts a fixed value instead of their feed's share (NO_AMOUNT = not held).
    """
    valuing = Valuing(flow, held)
    valuing.advance()
    return valuing.get_valuation()


class Valuing:
    """A valuation under way: what is known flows on; a receipt on a cycle may be held and the flow goes on from it.

    ``value`` of an issue that still waits for pieces is the sum of what it has so far, and so is ``total`` of a feed
    that still waits for members.
    """

    def __init__(self, flow: CostFlow, held: Int64 | None = None) -> None:
        self.flow = flow
        self._size = size = len(flow)
        feeds, receipt = flow.feeds, flow.is_receipt == 1
        self._run, column = _advance.choose(size + len(flow.pieces.issue))
        shares, self._order = flow.passed_down.followed_by(flow.pieces)
        first_open = shares.start[:-1] + np.diff(flow.passed_down.start)
        waiting = np.bincount(shares.issue, minlength=size)
        value = np.where(receipt & (flow.fed_by >= 0), NO_AMOUNT, flow.known)
        if not feeds.members.all():
            # nothing arrives at a feed without members: its constant is all it has to share, from the start
            alone = (flow.fed_by >= 0) & (feeds.members[flow.fed_by] == 0)
            value = np.where(receipt & alone, compute_passed_on(flow, feeds.constant), value)
        if held is not None:
            value = np.where(receipt & (held != NO_AMOUNT), held, value)
        ready = np.flatnonzero(np.where(receipt, value != NO_AMOUNT, waiting == 0))
        self._begin, self._end = 0, len(ready)
        self._inputs = [column(c) for c in (
            flow.is_receipt, flow.known, flow.open_quantity, flow.settled_amount, flow.passed_down_quantity,
            flow.quantity, flow.cost_before, shares.start, first_open, shares.issue,
            shares.quantity,
            feeds.weight, feeds.member_start, feeds.member_feed, feeds.member_sign,
            feeds.fed_start, feeds.fed_receipt, feeds.fed_from, feeds.fed_to, _default_to_zeros(flow.present, size),
            _default_to_zeros(flow.minimum, size),
        )]  # fmt: skip
        self.value, self.waiting = column(value), column(waiting)
        self.total, self.feed_waiting = column(feeds.constant.copy()), column(feeds.members.copy())
        self._share = column(np.zeros(len(shares.issue), dtype=np.int64))
        self.ready = column(np.concatenate([ready, np.zeros(size - len(ready), dtype=np.int64)]))

    def hold(self, receipt: int, value: int) -> None:
        """Give a receipt a value of its own; one that has a value already keeps it."""
        if self.value[receipt] == NO_AMOUNT:
            self.value[receipt] = value
            self.ready[self._end] = receipt
            self._end += 1

    def advance(self) -> None:
        """Value what can be valued now."""
        self._end = self._begin = self._run(
            *self._inputs, NO_AMOUNT, self._begin, self._end,
            self.value, self._share, self.total, self.waiting, self.feed_waiting, self.ready,
        )  # fmt: skip

    @property
    def is_complete(self) -> bool:
        """Every movement is valued."""
        return self._end == len(self.flow)

    def get_known_part(self, node: int) -> int:
        """Return what is known of a movement or feed, without what it still waits for."""
        if node >= self._size:
            return int(self.total[node - self._size])
        value = int(self.value[node])
        return int(self.flow.known[node]) if value == NO_AMOUNT else value

    def get_valuation(self) -> Valuation:
        """Return what is valued so far."""
        value = np.array(self.value, dtype=np.int64)
        value[(self.flow.is_receipt == 0) & (np.array(self.waiting, dtype=np.int64) > 0)] = NO_AMOUNT
        amount = np.zeros(len(self._order), dtype=np.int64)
        amount[self._order] = np.array(self._share, dtype=np.int64)
        passed_down, piece = np.split(amount, [len(self.flow.passed_down.issue)])
        return Valuation(value, piece, passed_down, np.array(self.total, dtype=np.int64))


def compute_passed_on(flow: CostFlow, feed_total: Int64) -> Int64:
    """Return what its feed would make each fed receipt worth; 0 for receipts without feed.

    ``feed_total`` is what each feed has to share. Where a receipt was not given that (held in a cycle, the minimum
    amount), the difference to its value is the rounding difference (RULES R6.4, R6.6, R6.7).
    """
    feeds = flow.feeds
    feed = feeds.get_feed_of_shares()
    worth = np.zeros(len(flow), dtype=np.int64)
    upper, lower = _round_shares.run(
        feed_total[feed], feeds.fed_from, feeds.fed_to, feeds.weight[feed],
        size=len(feed), columns=2, work=len(flow) + len(flow.pieces.issue),
    )  # fmt: skip
    worth[feeds.fed_receipt] = flow.known[feeds.fed_receipt] + upper - lower
    return worth


@kernel
def _round_shares(total, fed_from, fed_to, weight, upper, lower):  # type: ignore[no-untyped-def]
    """Round the feed's total at both ends of every share."""
    for share in range(len(total)):
        upper[share] = mul_div(total[share], fed_to[share], weight[share])
        lower[share] = mul_div(total[share], fed_from[share], weight[share])
    return len(total)


def _default_to_zeros(column: Int64, size: int) -> Int64:
    return column if len(column) else np.zeros(size, dtype=np.int64)


# long because a compiled kernel is one function
@kernel
def _advance(  # type: ignore[no-untyped-def]
    is_receipt, known, open_quantity, settled_amount, passed_down_quantity, quantity, cost_before,
    share_start, first_open, share_issue, share_quantity,
    weight, member_start, member_feed, member_sign, fed_start, fed_receipt, fed_from, fed_to,
    present, minimum, no_amount, done, end,
    value, share_amount, total, waiting, feed_waiting, ready,
):  # fmt: skip
    """Value ready movements until none is left; ``ready[done:end]`` are valued and still to hand on.

    ``waiting[node]`` counts the pieces an issue still lacks, ``feed_waiting[feed]`` the members a feed still lacks.
    """
    while done < end:
        node = ready[done]
        done += 1
        if is_receipt[node] == 1:
            # what this receipt's cost changed by goes to the issues that earlier closings settled from it (RULES R7.4)
            left, left_quantity = 0, passed_down_quantity[node]
            if left_quantity > 0:
                left = mul_div(value[node] - cost_before[node], left_quantity, quantity[node])
            # all else of its value is for what is open of it
            open_value = value[node] - settled_amount[node] - left
            # each issue takes its share of what those before it left, so the last one takes all that remains and no
            # cent is lost (RULES R6.3)
            for share in range(share_start[node], share_start[node + 1]):
                if share == first_open[node]:
                    left, left_quantity = open_value, open_quantity[node]
                taken = mul_div(left, share_quantity[share], left_quantity)
                share_amount[share] = taken
                left -= taken
                left_quantity -= share_quantity[share]
                own_issue = share_issue[share]
                value[own_issue] += taken
                waiting[own_issue] -= 1
                if waiting[own_issue] == 0:
                    ready[end] = own_issue
                    end += 1
        # a receipt may be a member too: the components brought back to a production order, with the sign -1
        for membership in range(member_start[node], member_start[node + 1]):
            feed = member_feed[membership]
            total[feed] += member_sign[membership] * value[node]
            feed_waiting[feed] -= 1
            if feed_waiting[feed] == 0:
                for fed in range(fed_start[feed], fed_start[feed + 1]):
                    receipt = fed_receipt[fed]
                    # a held receipt has its value already: it was begun from to open a cycle
                    if value[receipt] == no_amount:
                        upper = mul_div(total[feed], fed_to[fed], weight[feed])
                        value[receipt] = known[receipt] + upper - mul_div(total[feed], fed_from[fed], weight[feed])
                        # a change below the minimum amount is not handed on (RULES R6.6)
                        if abs(value[receipt] - present[receipt]) < minimum[receipt]:
                            value[receipt] = present[receipt]
                        ready[end] = receipt
                        end += 1
    return end
