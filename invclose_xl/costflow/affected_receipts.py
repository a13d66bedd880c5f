"""Receipts whose cost may move, and with it what earlier settlements passed on to the issues they paid for.

In      what active closings settled, and which receipts may have changed since.
Out     the earlier settlements that take part in the cost flow of this run.
Cost    O(settlements reached), by a walk along settlements, legs and feeds.
Source  RULES R7.4.
"""

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.costflow.flow import count_starts
from invclose_xl.domain.book import Bool, Int64


def find_affected_receipts(
    changed: Bool,
    settled_receipt: Int64,
    settled_issue: Int64,
    member: Int64,
    fed: Int64,
    feed_of: tuple[Int64, Int64],
    feeds: int,
) -> Bool:
    """Return the receipts whose cost may move: the changed ones, and all that their issues feed.

    ``member`` and ``fed`` are joined by their ``feeds`` feeds: ``feed_of`` is the feed of each member and that of each
    fed receipt. A feed may have no receipt yet, and there may be more feeds than movements.
    """
    size = len(changed)
    starts, targets = [], []
    for nodes, source, target in (
        (size, settled_receipt, settled_issue), (size, member, size + feed_of[0]), (feeds, feed_of[1], fed),
    ):  # fmt: skip
        starts.append(count_starts(source, nodes))
        targets.append(target[np.argsort(source, kind="stable")])
    walk = _spread.run(
        changed, starts[0], targets[0], starts[1], targets[1], starts[2], targets[2],
        size=size + feeds, columns=2, work=int(changed.sum()) + len(settled_issue),
    )  # fmt: skip
    return np.asarray(walk.seen[:size] == 1)


@kernel
def _spread(  # type: ignore[no-untyped-def]
    changed, settled_start, settled_issue, member_start, member_feed, feed_start, feed_receipt, seen, waiting
):
    """Walk from the changed receipts; ``seen`` marks movements, and feeds, which are numbered behind them."""
    size = len(changed)
    end = 0
    for node in range(size):
        if changed[node]:
            seen[node] = 1
            waiting[end] = node
            end += 1
    done = 0
    while done < end:
        node = waiting[done]
        done += 1
        # behind the movements stand the feeds: a feed leads to what it feeds, nothing else
        if node >= size:
            for edge in range(feed_start[node - size], feed_start[node - size + 1]):
                if seen[feed_receipt[edge]] == 0:
                    seen[feed_receipt[edge]] = 1
                    waiting[end] = feed_receipt[edge]
                    end += 1
            continue
        for edge in range(settled_start[node], settled_start[node + 1]):
            if seen[settled_issue[edge]] == 0:
                seen[settled_issue[edge]] = 1
                waiting[end] = settled_issue[edge]
                end += 1
        for edge in range(member_start[node], member_start[node + 1]):
            if seen[member_feed[edge]] == 0:
                seen[member_feed[edge]] = 1
                waiting[end] = member_feed[edge]
                end += 1
    return len(seen)
