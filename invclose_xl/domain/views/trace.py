"""The way of the costs through a book, as it stands: what explanations and pictures are drawn from.

A place is a transaction (in row order) or, after them, a leg of a closing transfer. A link is a settlement or a value
link that counts; a feed is one issue behind a fed receipt; a step is an adjustment that counts.

Units   days since 1970-01-01, quantities in 10**-quantity_scale, amounts in minor units, costs as magnitudes.
Source  RULES R1, R6.1, R6.2.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool, Int32, Int64


@dataclass(frozen=True, slots=True)
class TracedMovements:
    """Transactions and, after them, legs of closing transfers: one element each."""

    id: pl.Series
    item: pl.Series
    group: pl.Series
    """costing group as sheets show it"""
    model: pl.Series
    reference: pl.Series
    """as the sheet has it"""
    meaning: pl.Series
    """the contract's word for it; itself where it has no other meaning"""
    number: pl.Series
    """document number, '' where blank"""
    lot: pl.Series
    voucher: pl.Series
    """of the ledger, '' where blank"""
    physical_voucher: pl.Series
    cell: pl.Series
    """where the transaction stands, '' for legs"""
    transactions: int
    physical_date: Int32
    date: Int32
    """financial date, else physical date"""
    financial: Bool
    quantity: Int64
    """signed"""
    posted: Int64
    cost: Int64
    settled_quantity: Int64
    prior_settled_quantity: Int64
    prior_settled_amount: Int64
    uncovered: Int64
    """of issues: the posted cost of what no receipt covers (RULES R7.1)"""
    basis: pl.Series
    """how the posted cost was estimated; '' where it was given, null where it is blank and not estimated yet"""
    partner: Int64
    """of legs: the other leg; -1 elsewhere"""

    def __len__(self) -> int:
        """Number of places."""
        return len(self.quantity)

    def is_leg(self, movement: int) -> bool:
        """Made by a closing."""
        return movement >= self.transactions

    def is_receipt(self, movement: int) -> bool:
        """Quantity above zero."""
        return bool(self.quantity[movement] > 0)


@dataclass(frozen=True, slots=True)
class TracedLinks:
    """Settlements and value links that count, oldest closing first."""

    issue: Int64
    receipt: Int64
    quantity: Int64
    """0: handed down later to a settlement of before (RULES R7.4)"""
    amount: Int64
    principle: pl.Series
    closing: pl.Series
    settles: Bool

    def __len__(self) -> int:
        """Number of links."""
        return len(self.issue)


@dataclass(frozen=True, slots=True)
class FeedPaths:
    """One element per fed receipt and issue behind it (RULES R6.2)."""

    receipt: Int64
    issue: Int64
    sign: Int64
    """-1: a component that came back"""
    cause: pl.Series
    share_from: Int64
    share_to: Int64
    weight: Int64
    """the receipt has the part from share_from to share_to of weight of what its issues cost together"""

    def __len__(self) -> int:
        """Number of paths."""
        return len(self.issue)


@dataclass(frozen=True, slots=True)
class Steps:
    """Adjustments that count, oldest closing first."""

    movement: Int64
    kind: pl.Series
    cause: pl.Series
    closing: pl.Series
    amount: Int64
    rounding_difference: Int64
    charges: tuple[tuple[tuple[str, int], ...], ...]
    """of manual adjustments: the charges that shares of it belong to, with these shares"""

    def __len__(self) -> int:
        """Number of adjustments."""
        return len(self.movement)


@dataclass(frozen=True, slots=True)
class VoucherParts:
    """Parts of every voucher line: one element per transaction, account and closing."""

    closing: pl.Series
    line: Int64
    movement: Int64
    amount: Int64
    """debit +, credit -"""
    what: pl.Series
    """the cause, Estimate or Rounding difference"""


@dataclass(frozen=True, slots=True)
class Trace:
    """All of it, and the words it is told in."""

    movements: TracedMovements
    links: TracedLinks
    feeds: FeedPaths
    steps: Steps
    closings: pl.DataFrame
    """rows of the lock (domain.tables.LOCK)"""
    vouchers: pl.DataFrame
    """voucher lines (domain.tables.VOUCHERS)"""
    voucher_parts: VoucherParts
    item_names: dict[str, str]
    """item number -> product name"""
    currency: str
    currency_decimals: int
    quantity_scale: int
    closed_up_to: date | None


def group_rows_by(keys: Int64, size: int) -> tuple[Int64, Int64]:
    """Group rows by key 0..size-1: rows in order of key, and where each key's rows begin."""
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys, minlength=size), out=start[1:])
    return np.argsort(keys, kind="stable"), start
