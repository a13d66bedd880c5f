"""The sheet *Expected*, another system's own result for a close, and what a comparison with it finds.

Units   minor units, quantities in 10**-quantity_scale; adjustments as our sheets have them: positive = the cost rises.
Source  WORKBOOK "Optional sheets" (Expected), "Command line" (compare).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from invclose_xl.domain.book import Int64, SheetCells
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.tables import DAY, TEXT, UNITS, Schema


@dataclass(frozen=True, slots=True)
class Expected:
    """The rows of the sheet; NO_AMOUNT where an amount is blank, '' where a text is."""

    transaction: pl.Series
    closing: pl.Series
    adjustment: Int64
    new_cost: Int64
    cells: SheetCells

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.adjustment)


class Unlike(StrEnum):
    """Why another system's adjustment differs from ours; the order is that of the report."""

    SIGN = "Other sign"
    POSTED_COST = "Other posted cost"
    ROUNDING = "Rounding"
    UNCOVERED = "Uncovered quantity"
    MARK = "Mark"
    CHARGE = "Charge not known"
    MINIMUM = "Minimum amount"
    ORDER = "Order on one date"
    DATE = "Other date"
    GROUP = "Other costing group"
    MODEL = "Other model"
    LOOP = "Loop stopped early"
    NOT_FOUND = "Nothing found"


DIFFERENCES: Schema = {
    "transaction": TEXT, "item": TEXT, "group": TEXT, "date": DAY, "reference": TEXT, "quantity": UNITS, "ours": UNITS,
    "theirs": UNITS, "difference": UNITS, "our_cost": UNITS, "their_cost": UNITS, "cause": TEXT, "why": TEXT,
    "cell": TEXT,
}  # fmt: skip
"""one row per transaction whose adjustment differs; ``cause`` is one of ``Unlike``, ``why`` a sentence"""
BY_CAUSE: Schema = {"cause": TEXT, "count": UNITS, "ours": UNITS, "theirs": UNITS, "difference": UNITS, "change": UNITS}
"""``change``: the difference as inventory feels it, receipts +, issues -"""
BY_ACCOUNT: Schema = {"account": TEXT, "account_name": TEXT, "cause": TEXT, "difference": UNITS}
"""debit - credit that the other system's voucher has more than ours"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our run beside another system's result."""

    closing: str
    """the run that was compared; '' where it was computed for the comparison only"""
    up_to: date
    differences: pl.DataFrame
    by_cause: pl.DataFrame
    by_account: pl.DataFrame
    listed: int
    """transactions of the sheet *Expected* that were compared"""
    agreeing: int
    """transactions of which both say the same, those included that neither adjusts"""
    agreeing_amount: int
    """sum of the adjustments that both make"""
    charged: int
    """transactions whose charge (*Cost adjustments*, *Charges*) was added to the other system's figure, and"""
    charged_amount: int
    ours: int
    """change of inventory value of our run, by its adjustments, and"""
    theirs: int
    trials: int
    """how many runs were computed to find causes"""
    everything_tried: bool
    """False: a large book, so that not every cause was looked for"""
    problems: tuple[Problem, ...]
    currency: str
