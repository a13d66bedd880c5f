"""Feeds: transfers, returns and production orders, by which the cost of issues becomes the cost of receipts.

In      transactions (references, IDs, quantities, cost shares; no dates) and which of them are there.
Out     FeedLinks: members and shares of every feed; and what is wrong with them.
Errors  FeedFault values: input errors and warnings of R6.2, by row.
Cost    O(n log n) in the rows that carry a Transfer ID, a production number or a return lot.
Source  RULES R6.2, R2.6, R7.5.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool, Int64, Transactions
from invclose_xl.domain.links.feed_members import (
    number_transfer_steps,
    select_component_issues,
    select_produced_receipts,
    select_return_receipts,
    select_returned_components,
    select_transfers,
)
from invclose_xl.domain.links.returns import find_original_issues
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.words import Cause

STEPS_APART = (
    "Under this Transfer ID, the shipment has no receipt and the receive has no issue. They are two steps, so no cost"
    " is handed on: the receipt keeps its posted cost, and the difference stays in the account of goods in transit."
)
SHARE_UNITS = 10**15
"""cost shares are in 10**-15"""


@dataclass(frozen=True, slots=True)
class FeedFault:
    """Something wrong or remarkable about a feed; ``field`` names the column of the row.

    ``quantities`` stand where the problem has ``{}``, to be written in the decimals of the book.
    """

    row: int
    code: str
    field: str
    problem: str
    quantities: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Feeds of one cause. Members give their cost (returns) or the change of their posted cost (all others)."""

    cause: Cause
    weight: Int64
    """per feed: the whole that shares are parts of"""
    member_feed: Int64
    member: Int64
    member_sign: Int64
    fed_feed: Int64
    fed: Int64
    fed_from: Int64
    fed_to: Int64

    def __len__(self) -> int:
        """Number of feeds."""
        return len(self.weight)


def find_feeds(
    transactions: Transactions, present: Bool, adjustable: Bool, without_feed: Bool
) -> tuple[list[FeedLinks], list[FeedFault]]:
    """Find all feeds, returns before transfers before production where a receipt would have several.

    ``present``: there at D. ``adjustable``: receipts that a feed may change now. ``without_feed``: legs of
    non-financial transfers, which are settled with each other instead (RULES R4.1).
    """
    returns, faults = _find_returns(transactions, present, adjustable)
    transfers, transfer_faults = _find_transfers(transactions, present, adjustable, ~without_feed)
    production, production_faults = _find_production(transactions, present, adjustable)
    return [returns, transfers, production], faults + transfer_faults + production_faults


def _find_returns(transactions: Transactions, present: Bool, adjustable: Bool) -> tuple[FeedLinks, list[FeedFault]]:
    """A return receipt has the unit cost of all lines of the original issue together."""
    originals = find_original_issues(transactions)
    faults = _find_return_faults(transactions, originals.receipt)
    lots, feed = np.unique(originals.lot, return_inverse=True)
    from_transfer = select_transfers(transactions)[originals.issue]
    for row in np.unique(originals.receipt[from_transfer]).tolist():
        faults.append(FeedFault(row, "IC341", "return_lot", "This is the lot of a transfer, not of a sale."))
    line = pl.DataFrame({"feed": feed, "row": originals.issue}).unique().sort("feed", "row")
    line_feed, issue = line["feed"].to_numpy(), line["row"].to_numpy().astype(np.int64)
    back = pl.DataFrame({"feed": feed, "row": originals.receipt}).unique().sort("feed", "row")
    back_feed, receipt = back["feed"].to_numpy(), back["row"].to_numpy().astype(np.int64)
    issued = _sum(len(lots), line_feed, -transactions.quantity[issue])
    shares = _cut_shares(back_feed, receipt, transactions.quantity[receipt])
    end = shares[3]
    for share in np.flatnonzero(end > issued[back_feed]).tolist():
        lines = issue[line_feed == back_feed[share]]
        name = str(transactions.id[int(lines[0])]) + (
            f" and the other lines of its lot ({len(lines)})" if len(lines) > 1 else ""
        )
        problem = f"More is returned than was issued: {{}} up to this row, of {{}} that {name} issued."
        amounts = (int(end[share]), int(issued[back_feed[share]]))
        faults.append(FeedFault(int(receipt[share]), "IC342", "quantity", problem, amounts))
    there = present[issue]
    weight = _sum(len(lots), line_feed[there], -transactions.quantity[issue[there]])
    fed = adjustable[receipt] & (weight[back_feed] > 0)
    members = line_feed[there], issue[there], np.ones(int(there.sum()), dtype=np.int64)
    return FeedLinks(Cause.RETURN, np.maximum(weight, 1), *members, *(column[fed] for column in shares)), faults


def _find_return_faults(transactions: Transactions, known: Int64) -> list[FeedFault]:
    unknown = np.setdiff1d(np.flatnonzero(select_return_receipts(transactions)), known)
    return [
        FeedFault(row, "IC521", "return_lot", "No issue of this item has this ID; the return keeps its posted cost.")
        for row in unknown.tolist()
    ]


def _find_transfers(
    transactions: Transactions, present: Bool, adjustable: Bool, free: Bool
) -> tuple[FeedLinks, list[FeedFault]]:
    """The receipts of one step of a transfer share what its issues were adjusted by, by quantity."""
    step = number_transfer_steps(transactions)
    row = np.flatnonzero((step >= 0) & free)
    feeds, feed = np.unique(step[row], return_inverse=True)
    is_receipt = transactions.quantity[row] > 0
    issued = _sum(len(feeds), feed[~is_receipt], -transactions.quantity[row[~is_receipt]])
    received = _sum(len(feeds), feed[is_receipt], transactions.quantity[row[is_receipt]])
    faults = _find_transfer_faults(transactions, row, feed, present[row])
    issue_feed, issue = feed[~is_receipt], row[~is_receipt]
    receipt_feed, receipt = feed[is_receipt], row[is_receipt]
    order = np.argsort(receipt_feed, kind="stable")
    receipt_feed, receipt = receipt_feed[order], receipt[order]
    shares = _cut_shares(receipt_feed, receipt, transactions.quantity[receipt])
    there = present[issue]
    fed = adjustable[receipt] & (issued[receipt_feed] > 0)
    members = issue_feed[there], issue[there], np.ones(int(there.sum()), dtype=np.int64)
    whole = np.maximum(np.maximum(issued, received), 1)
    return FeedLinks(Cause.TRANSFER, whole, *members, *(column[fed] for column in shares)), faults


def _find_transfer_faults(transactions: Transactions, row: Int64, feed: Int64, there: Bool) -> list[FeedFault]:
    """Steps with more than two ends; and those that have begun, of which legs are missing."""
    faults = []
    feeds = int(feed.max(initial=-1)) + 1
    first = np.full(feeds, len(transactions), dtype=np.int64)
    np.minimum.at(first, feed, row)
    quantity = transactions.quantity[row]
    issued, received = (_sum(feeds, feed, np.maximum(side * quantity, 0)) for side in (-1, 1))
    has_begun = np.bincount(feed[there], minlength=feeds) > 0
    for side, name in (
        (transactions.quantity[row] < 0, "issues from"),
        (transactions.quantity[row] > 0, "receives into"),
    ):
        pairs = np.unique(
            feed[side].astype(np.int64) * (int(transactions.group.max(initial=0)) + 1) + transactions.group[row[side]]
        )
        groups = np.bincount(pairs // (int(transactions.group.max(initial=0)) + 1), minlength=feeds)
        faults += [
            FeedFault(
                int(first[this_feed]), "IC343", "transfer",
                f"This Transfer ID {name} {int(groups[this_feed])} costing groups; one ID is one transfer "
                "between two of them.",
            )
            for this_feed in np.flatnonzero(groups > 1)
        ]  # fmt: skip
    transfer = (
        transactions.transfer[first].astype(np.int64) * (int(transactions.item.max(initial=0)) + 1)
        + transactions.item[first]
    )
    sent_only, received_only = ((one == 0) & has_begun for one in (received, issued))
    apart = np.intersect1d(transfer[sent_only], transfer[received_only])
    for this_feed in np.flatnonzero((issued != received) & has_begun).tolist():
        if transfer[this_feed] in apart and not issued[this_feed]:
            continue
        if transfer[this_feed] in apart and not received[this_feed]:
            faults.append(FeedFault(int(first[this_feed]), "IC578", "transfer", STEPS_APART))
            continue
        if not received[this_feed]:
            what = "The receipt of this transfer is missing; the cost stays in transit until it is received."
        elif not issued[this_feed]:
            what = "The issue of this transfer is missing; the receipt keeps its posted cost."
        else:
            what = "Issued and received quantity of this transfer differ; the difference keeps its share of the cost."
        faults.append(FeedFault(int(first[this_feed]), "IC522", "transfer", what))
    return faults


def _find_production(transactions: Transactions, present: Bool, adjustable: Bool) -> tuple[FeedLinks, list[FeedFault]]:
    """The produced receipts of one production number share what its components were adjusted by."""
    component_issue, component_receipt = select_component_issues(transactions), select_returned_components(transactions)
    feeds, code = np.unique(transactions.production, return_inverse=True)
    receipt = np.flatnonzero(select_produced_receipts(transactions))
    receipt = receipt[np.argsort(code[receipt], kind="stable")]
    feed = code[receipt].astype(np.int64)
    share, weight, faults = _share_production(transactions, receipt, feed, len(feeds))
    shares = _cut_shares(feed, receipt, share)
    member = np.flatnonzero((component_issue | component_receipt) & present)
    members = code[member].astype(np.int64), member, np.where(component_issue[member], 1, -1).astype(np.int64)
    fed = adjustable[receipt]
    return FeedLinks(Cause.PRODUCTION, np.maximum(weight, 1), *members, *(column[fed] for column in shares)), faults


def _share_production(
    transactions: Transactions, receipt: Int64, feed: Int64, feeds: int
) -> tuple[Int64, Int64, list[FeedFault]]:
    """Shares by cost share where given, else by posted value, else by quantity; and their whole per feed."""
    given = transactions.cost_share[receipt] != NO_AMOUNT
    with_share = np.bincount(feed[given], minlength=feeds)
    count = np.bincount(feed, minlength=feeds)
    by_share = with_share > 0
    share_sum = _sum(feeds, feed[given], transactions.cost_share[receipt[given]])
    faults = []
    first = np.full(feeds, len(transactions), dtype=np.int64)
    np.minimum.at(first, feed, receipt)
    for this_feed in np.flatnonzero(by_share & ((with_share < count) | (share_sum != SHARE_UNITS))).tolist():
        if with_share[this_feed] < count[this_feed]:
            what = "Some produced receipts of this production number have a cost share and some have none."
        else:
            total = f"{share_sum[this_feed] // SHARE_UNITS}.{share_sum[this_feed] % SHARE_UNITS:015d}".rstrip("0")
            what = f"The cost shares of this production number add up to {total} instead of 1."
        faults.append(FeedFault(int(first[this_feed]), "IC344", "cost_share", what))
    financial, physical = transactions.financial_amount[receipt], transactions.physical_amount[receipt]
    posted = np.where(financial != NO_AMOUNT, financial + transactions.prior_adjustment[receipt], physical)
    posted = np.maximum(posted, 0)
    by_value = _sum(feeds, feed, posted) > 0
    share = np.where(
        by_share[feed],
        transactions.cost_share[receipt],
        np.where(by_value[feed], posted, transactions.quantity[receipt]),
    )
    return share, _sum(feeds, feed, share), faults


def _sum(size: int, at: Int64, values: Int64) -> Int64:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, at, values)
    return total


def _cut_shares(feed: Int64, receipt: Int64, share: Int64) -> tuple[Int64, Int64, Int64, Int64]:
    """Return feed, receipt, begin and end of each receipt's share within its feed; ``feed`` is sorted."""
    end = np.cumsum(share)
    before = end - share
    starts = np.flatnonzero(np.diff(feed, prepend=-1))
    offset = np.repeat(before[starts], np.diff(starts, append=len(feed)))
    return feed, receipt, before - offset, end - offset
