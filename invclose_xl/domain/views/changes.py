"""Changes between two runs of one book: which items, transactions and accounts moved, and why.

Units   minor units; an account's amount is debit - credit.
Source  WORKBOOK "Command line" (status --compare).
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.domain.tables import DAY, TEXT, UNITS, Schema

ITEMS: Schema = {"item": TEXT, "before": UNITS, "after": UNITS, "difference": UNITS}
"""adjustments and estimates of each item in the two runs, where they differ"""
ACCOUNTS: Schema = {"account": TEXT, "account_name": TEXT, "before": UNITS, "after": UNITS, "difference": UNITS}
TRANSACTIONS: Schema = {
    "transaction": TEXT, "item": TEXT, "date": DAY, "before": UNITS, "after": UNITS, "difference": UNITS, "why": TEXT,
}  # fmt: skip
"""transactions with another adjustment, estimate or settlement; ``why`` is one sentence"""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run as the lock has it."""

    closing: str
    type: str
    up_to: date
    status: str
    settled_amount: int
    adjustment_amount: int | None
    """the change of inventory value; None where the sides of an old run are not known any more"""


@dataclass(frozen=True, slots=True)
class RunChanges:
    """The second run against the first."""

    one: RunFacts
    other: RunFacts
    items: pl.DataFrame
    transactions: pl.DataFrame
    accounts: pl.DataFrame
    currency: str
    currency_decimals: int

    @property
    def nothing(self) -> bool:
        """Both runs came to the same."""
        return not (len(self.items) or len(self.transactions) or len(self.accounts))
