"""Cost flows from readable text, and by chance.

In      lines such as

            receipt P1 qty 10 cost 100.00 [settled 0.00] [handed 4 before 90.00]
            issue   S1 [base 5.00]
            take    S1 P1 4             a piece of 4 out of receipt P1
            handed  S0 P1 4             an earlier settlement, to which changes of P1's cost are handed down
            feed    T1 S1 - B1 + 2.00 -> R1 5/10, R2 5/10
            transfer W1 S2 -> R3 1/1    the two legs of a closing transfer

        where movements are numbered in the order of their lines, pieces in the order of theirs.
Out     Flow: the CostFlow, and the names.
"""

import random
from dataclasses import dataclass, field, replace

import numpy as np

from invclose_xl.costflow.cycles import Earlier, Solution
from invclose_xl.costflow.flow import CostFlow, Feeds, ReceiptShares, compute_passed_on
from invclose_xl.domain.book import Int64
from invclose_xl.domain.money import NO_AMOUNT


@dataclass
class FeedLine:
    constant: int
    members: list[tuple[int, int]]
    """movement, sign"""
    fed: list[tuple[int, int]]
    """receipt, share"""
    weight: int
    is_closing_transfer: bool = False


@dataclass
class Flow:
    """A cost flow while it is written down."""

    names: list[str] = field(default_factory=list)
    is_receipt: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    quantity: list[int] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    passed_down_quantity: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    takes: list[tuple[int, int, int]] = field(default_factory=list)
    """issue, receipt, quantity"""
    passed_down: list[tuple[int, int, int]] = field(default_factory=list)
    feeds: list[FeedLine] = field(default_factory=list)

    def number(self, name: str) -> int:
        return self.names.index(name)

    def add(self, name: str, receipt: bool, known: int = 0, quantity: int = 0) -> int:
        self.names.append(name)
        self.is_receipt.append(int(receipt))
        self.known.append(known)
        self.quantity.append(quantity)
        self.settled.append(0)
        self.passed_down_quantity.append(0)
        self.before.append(0)
        return len(self.names) - 1

    def build(self) -> CostFlow:
        size = len(self.names)
        pieces, passed_down = _pieces(size, self.takes), _pieces(size, self.passed_down)
        quantity, passed_down_quantity = column(self.quantity), column(self.passed_down_quantity)
        fed_by = np.full(size, -1, dtype=np.int64)
        for f, feed in enumerate(self.feeds):
            for receipt, _ in feed.fed:
                fed_by[receipt] = f
        return CostFlow(
            is_receipt=column(self.is_receipt),
            known=column(self.known),
            fed_by=fed_by,
            open_quantity=quantity - passed_down_quantity,
            settled_amount=column(self.settled),
            passed_down_quantity=passed_down_quantity,
            quantity=quantity,
            cost_before=column(self.before),
            pieces=pieces,
            passed_down=passed_down,
            feeds=_feeds(size, self.feeds),
        )


def column(values: list[int]) -> Int64:
    return np.array(values, dtype=np.int64)


def cents(text: str) -> int:
    return round(float(text) * 100)


def flow_of(text: str) -> Flow:
    """Read a flow."""
    flow = Flow()
    lines = [line.split("#")[0].split() for line in text.strip().splitlines()]
    for words in lines:
        if words and words[0] in ("receipt", "issue"):
            given = dict(zip(words[2::2], words[3::2], strict=True))
            m = flow.add(words[1], words[0] == "receipt", cents(given.get("cost", given.get("base", "0"))))
            flow.quantity[m] = int(given.get("qty", "0"))
            flow.settled[m] = cents(given.get("settled", "0"))
            flow.passed_down_quantity[m] = int(given.get("handed", "0"))
            flow.before[m] = cents(given.get("before", "0"))
    for words in lines:
        if words and words[0] in ("take", "handed"):
            pair = (flow.number(words[1]), flow.number(words[2]), int(words[3]))
            (flow.takes if words[0] == "take" else flow.passed_down).append(pair)
        elif words and words[0] in ("feed", "transfer"):
            flow.feeds.append(_feed_line(flow, " ".join(words[2:]), words[0] == "transfer"))
    return flow


def _feed_line(flow: Flow, text: str, is_closing_transfer: bool) -> FeedLine:
    giving, taking = text.split("->")
    constant, members, sign = 0, [], 1
    for word in giving.split():
        if word in ("+", "-"):
            sign = -1 if word == "-" else 1
        elif word in flow.names:
            members.append((flow.number(word), sign))
        else:
            constant += sign * cents(word)
    fed, weight = [], 1
    for part in taking.split(","):
        name, share = part.split()
        fed.append((flow.number(name), int(share.split("/")[0])))
        weight = int(share.split("/")[1])
    return FeedLine(constant, members, fed, weight, is_closing_transfer)


def _pieces(size: int, takes: list[tuple[int, int, int]]) -> ReceiptShares:
    issue, receipt, quantity = (column([t[k] for t in takes]) for k in range(3))
    return ReceiptShares.by_receipt(size, issue, receipt, quantity)[0]


def _feeds(size: int, lines: list[FeedLine]) -> Feeds:
    belongs = sorted((m, f, sign) for f, feed in enumerate(lines) for m, sign in feed.members)
    member_start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(column([b[0] for b in belongs]), minlength=size), out=member_start[1:])
    fed_start = np.zeros(len(lines) + 1, dtype=np.int64)
    np.cumsum(column([len(feed.fed) for feed in lines]), out=fed_start[1:])
    shares = [(r, sum(s for _, s in feed.fed[:k]), share) for feed in lines for k, (r, share) in enumerate(feed.fed)]
    return Feeds(
        constant=column([feed.constant for feed in lines]),
        weight=column([feed.weight for feed in lines]),
        members=column([len(feed.members) for feed in lines]),
        member_start=member_start,
        member_feed=column([b[1] for b in belongs]),
        member_sign=column([b[2] for b in belongs]),
        fed_start=fed_start,
        fed_receipt=column([s[0] for s in shares]),
        fed_from=column([s[1] for s in shares]),
        fed_to=column([s[1] + s[2] for s in shares]),
        is_closing_transfer=np.array([feed.is_closing_transfer for feed in lines], dtype=np.bool_),
    )


def random_flow(chance: random.Random, receipts: int, issues: int, feeds: int, signed: bool = False) -> Flow:
    """A small flow full of cycles: feeds draw on issues anywhere, some receipts have earlier settlements."""
    flow = Flow()
    kinds = [True] * receipts + [False] * issues
    chance.shuffle(kinds)
    for n, receipt in enumerate(kinds):
        worth = chance.choice((0, chance.randint(0, 9), chance.randint(0, 10000), -chance.randint(0, 500)))
        flow.add(f"{'R' if receipt else 'I'}{n}", receipt, worth, chance.randint(1, 12) if receipt else 0)
    of = {kind: [n for n, k in enumerate(kinds) if k == kind] for kind in (True, False)}
    for r in of[True]:
        if chance.random() < 0.2 and flow.quantity[r] > 1:
            flow.passed_down_quantity[r] = chance.randint(1, flow.quantity[r] - 1)
            flow.before[r] = chance.randint(0, 2000)
            flow.settled[r] = chance.randint(0, 2000)
            flow.passed_down.append((chance.choice(of[False]), r, flow.passed_down_quantity[r]))
        left = flow.quantity[r] - flow.passed_down_quantity[r]
        while left and chance.random() < 0.85:
            taken = chance.choice((left, chance.randint(1, left)))
            flow.takes.append((chance.choice(of[False]), r, taken))
            left -= taken
    fed = chance.sample(of[True], min(len(of[True]), feeds + chance.randint(0, feeds)))
    free = list(of[False])
    chance.shuffle(free)
    for _ in range(feeds):
        mine = [fed.pop() for _ in range(min(len(fed), chance.choice((1, 1, 2))))]
        members = [(free.pop(), 1) for _ in range(min(len(free), chance.choice((1, 1, 2))))]
        if not mine or not members:
            break
        if signed and chance.random() < 0.5:
            members.append((chance.choice(of[True]), -1))
        shares = [(r, chance.randint(0, 5)) for r in sorted(mine)]
        weight = max(1, sum(s for _, s in shares)) + chance.choice((0, 0, 1))
        constant = chance.choice((0, chance.randint(-300, 300)))
        flow.feeds.append(FeedLine(constant, members, shares, weight))
    return flow


def without_history(size: int) -> Earlier:
    """Nothing ran before: a loop without solution keeps 0.00."""
    kept, closed_rounding, rounding = (np.zeros(size, dtype=np.int64) for _ in range(3))
    return Earlier(kept, np.full(size, NO_AMOUNT, dtype=np.int64), closed_rounding, rounding)


def rounding_of(flow: Flow, solution: Solution) -> Int64:
    """Per movement: what the feed of a receipt hands on less what it was given (RULES R6.7)."""
    cost_flow = flow.build()
    worth = compute_passed_on(cost_flow, solution.valuation.feed_total)
    return np.where(cost_flow.fed_by >= 0, worth - solution.valuation.value, 0)


def after_recalculation(flow: Flow, earlier: Earlier, left: Int64) -> tuple[Flow, Earlier]:
    """The flow when a recalculation has left these rounding differences: they count as handed on."""
    known = [k - r for k, r in zip(flow.known, left.tolist(), strict=True)]
    return replace(flow, known=known), replace(earlier, rounding=earlier.rounding + left)


def after_close(flow: Flow, earlier: Earlier, solution: Solution) -> tuple[Flow, Earlier]:
    """The same once more, after a close: its costs and rounding differences are those of the last close."""
    again, earlier = after_recalculation(flow, earlier, rounding_of(flow, solution))
    return again, replace(earlier, closed=solution.valuation.value.copy(), closed_rounding=earlier.rounding)
