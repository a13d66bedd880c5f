"""Return receipts and the issues that they give back.

In      the column *Return lot ID* of the transactions: a Transaction ID, or a Lot ID for all lines of that lot.
Out     pairs of return receipt and original issue, of one item.
Source  RULES R6.2 (return feed), R8.3.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_CODE, Int64, Transactions
from invclose_xl.domain.id_keys import make_id_keys, make_key_column
from invclose_xl.domain.links.feed_members import select_return_receipts


@dataclass(frozen=True, slots=True)
class Originals:
    """One element per pair of return receipt and original issue, by receipt, then issue, in row order."""

    receipt: Int64
    issue: Int64
    lot: Int64
    """equal for all returns that name the same transaction or lot"""


def find_original_issues(transactions: Transactions) -> Originals:
    """Find the issues that each return receipt names; the transaction of that ID goes before the lot of that ID."""
    receipts = np.flatnonzero(select_return_receipts(transactions))
    none = np.zeros(0, dtype=np.int64)
    if not len(receipts):
        return Originals(none, none, none)
    wanted = pl.DataFrame({"receipt": receipts, "key": transactions.return_lot.gather(receipts)}).with_columns(
        make_key_column("key")
    )
    wanted = wanted.with_columns(lot=pl.col("key").rank("dense").cast(pl.Int64))
    issues = np.flatnonzero(transactions.quantity < 0)
    by_id = pl.DataFrame({"issue": issues, "key": make_id_keys(transactions.id.gather(issues))})
    in_lot = issues[transactions.lot[issues] != NO_CODE]
    lot_key = (
        make_id_keys(transactions.lot_ids.gather(transactions.lot[in_lot]))
        if len(in_lot)
        else pl.Series([], dtype=pl.String)
    )
    by_lot = pl.DataFrame({"issue": in_lot, "key": lot_key})
    first = wanted.join(by_id, on="key", how="inner")
    rest = wanted.join(by_id, on="key", how="anti").join(by_lot, on="key", how="inner")
    pairs = pl.concat([first, rest]).sort("receipt", "issue")
    receipt, issue, lot = (pairs[c].to_numpy().astype(np.int64) for c in ("receipt", "issue", "lot"))
    same_item = transactions.item[receipt] == transactions.item[issue]
    return Originals(receipt[same_item], issue[same_item], lot[same_item])
