"""Large cost flows of the shapes that occur: small loops in a big book, a ring, sites that exchange goods all month."""

import random

from tests.costflow.flows import FeedLine, Flow


def small_loops(loops: int, movements: int) -> Flow:
    """``loops`` loops of two sites, among plain receipts that issues take from."""
    flow, chance = Flow(), random.Random(loops)
    for _ in range(loops):
        bought = flow.add("", True, chance.randint(1000, 99999), 100)
        out = flow.add("", False)
        there = flow.add("", True, 0, 60)
        back = flow.add("", False)
        again = flow.add("", True, 0, 30)
        sold = flow.add("", False)
        flow.takes += [(out, bought, 50), (out, again, 10), (back, there, 30), (sold, again, 20), (sold, there, 30)]
        flow.feeds += [FeedLine(0, [(out, 1)], [(there, 60)], 60), FeedLine(0, [(back, 1)], [(again, 30)], 30)]
    while len(flow.names) < movements:
        receipt, issue = flow.add("", True, chance.randint(1, 9999), 10), flow.add("", False)
        flow.takes.append((issue, receipt, chance.randint(1, 10)))
    return flow


def ring(transactions: int, seed: int = 1) -> Flow:
    """One loop through all transactions: every receipt also pays for a sale, every issue also has bought goods."""
    flow, chance = Flow(), random.Random(seed)
    hops = transactions // 2
    receipts = [flow.add("", True, chance.randint(0, 99), chance.randint(900, 1100)) for _ in range(hops)]
    issues = [flow.add("", False, chance.randint(0, 99)) for _ in range(hops)]
    for n in range(hops):
        flow.takes.append((issues[n], receipts[n], flow.quantity[receipts[n]] - chance.randint(0, 1)))
        flow.feeds.append(FeedLine(0, [(issues[n], 1)], [(receipts[(n + 1) % hops], 1)], 1))
    return flow


def weighted_average_sites(sites: int, transfers: int, seed: int = 1) -> Flow:
    """Sites under weighted average: a closing transfer collects all receipts of a site, all its issues take from it.

    ``transfers`` transfers between sites drawn by chance, in the order of the month; every site also buys and sells.
    """
    flow, chance = Flow(), random.Random(seed)
    lot = max(10_000, 5 * transfers)
    bought = [[flow.add("", True, chance.randint(10_000, 9_999_999), lot) for _ in range(3)] for _ in range(sites)]
    issued: list[list[tuple[int, int]]] = [[] for _ in range(sites)]
    received: list[list[tuple[int, int]]] = [[(r, lot) for r in site] for site in bought]
    for _ in range(transfers):
        source, target = chance.sample(range(sites), 2)
        q = chance.randint(1, 12)
        issue, receipt = flow.add("", False), flow.add("", True, chance.choice((0, 0, 3)), q)
        issued[source].append((issue, q))
        received[target].append((receipt, q))
        flow.feeds.append(FeedLine(0, [(issue, 1)], [(receipt, q)], q))
    for site in range(sites):
        total = sum(q for _, q in received[site])
        out, into = flow.add("", False), flow.add("", True, 0, total)
        flow.takes += [(out, r, q) for r, q in received[site]]
        flow.feeds.append(FeedLine(0, [(out, 1)], [(into, 1)], 1, is_closing_transfer=True))
        sold = flow.add("", False)
        for issue, q in [*issued[site], (sold, total // 3)]:
            left = total - sum(q for _, q in issued[site]) - total // 3
            assert left >= 0
            flow.takes.append((issue, into, q))
    return flow


def band(transfers: int, reach: int, seed: int = 1) -> Flow:
    """Two sites whose queues have drifted apart: every issue is paid by two receipts some places away in time."""
    flow, chance = Flow(), random.Random(seed)
    receipts, issues = [], []
    for _ in range(transfers):
        issues.append(flow.add("", False, chance.randint(0, 500)))
        receipts.append(flow.add("", True, 0, 10))
    left = [10] * transfers
    for n in range(transfers):
        flow.feeds.append(FeedLine(0, [(issues[n], 1)], [(receipts[n], 1)], 1))
        for _ in range(2):
            r = min(transfers - 1, max(0, n + chance.randint(-reach, reach)))
            if left[r] > 1:
                q = chance.randint(1, min(5, left[r] - 1))
                left[r] -= q
                flow.takes.append((issues[n], receipts[r], q))
    return flow
