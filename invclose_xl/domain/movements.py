"""Transactions as they are at the closing date D, followed by the legs of closing transfers.

A movement is one row of these columns: first every transaction in row order, then the legs that earlier closings
made (RULES R1, "row order"), then the legs that this run makes. All later work is done on movement numbers.

In      nothing; this is the data that matching and valuing share.
Units   days since 1970-01-01, quantities in 10**-quantity_scale, amounts in minor units, costs as magnitudes.
Source  RULES R1, R2.2, R5.2.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool, Int32, Int64


@dataclass(frozen=True, slots=True)
class Movements:
    """One element per movement; ``transactions`` of them are rows of the sheet, the others legs."""

    day: int
    transactions: int
    id: pl.Series
    item: Int32
    group: Int32
    date: Int32
    """financial date if financial as of D, else physical date"""
    present: Bool
    """there at D: financial or physical"""
    financial: Bool
    quantity: Int64
    """signed"""
    posted: Int64
    """posted cost or its estimate, magnitude (RULES R1)"""
    adjusted: Int64
    """active adjustments of the same kind"""
    settled_quantity: Int64
    settled_amount: Int64
    uncovered_cost: Int64
    """what of the posted cost no settlement has taken yet: the posted cost of the uncovered part (RULES R7.1)"""
    eligible: Bool
    """may be matched in this run (RULES R2.2)"""

    def __len__(self) -> int:
        """Number of movements."""
        return len(self.quantity)

    @property
    def is_receipt(self) -> Bool:
        """Quantity above zero."""
        return self.quantity > 0

    @property
    def open_quantity(self) -> Int64:
        """Quantity that no settlement has taken (RULES R1), as a magnitude."""
        return np.abs(self.quantity) - self.settled_quantity

    @property
    def cost(self) -> Int64:
        """Posted cost + active adjustments of the same kind (RULES R1)."""
        return self.posted + self.adjusted

    @property
    def open_value(self) -> Int64:
        """Of receipts: cost - settled amount (RULES R1)."""
        return self.cost - self.settled_amount
