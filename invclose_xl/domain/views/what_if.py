"""The same closes under another inventory model: stock value, cost of sales and accounts side by side.

Units   minor units, quantities in 10**-quantity_scale.
Source  WORKBOOK "Command line" (compare --model).
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.domain.tables import TEXT, UNITS, Schema

BY_ITEM: Schema = {
    "item": TEXT, "name": TEXT, "item_group": TEXT, "model_here": TEXT, "model_then": TEXT, "quantity": UNITS,
    "value_here": UNITS, "value_then": UNITS, "value_difference": UNITS, "sales_here": UNITS, "sales_then": UNITS,
    "sales_difference": UNITS,
}  # fmt: skip
"""``sales``: cost of sales orders, returns and issues without a Reference, over all periods"""
BY_ACCOUNT: Schema = {"account": TEXT, "account_name": TEXT, "here": UNITS, "then": UNITS, "difference": UNITS}
"""what the vouchers of the closes come to, debit +, credit -"""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The closes of a book beside the same closes under another model."""

    model: str
    items: int
    """that have the other model, and"""
    of_items: int
    """of how many"""
    up_to: date
    closes: int
    begins_with_opening: bool
    """the book was rolled forward: what was closed before is its opening, under both models"""
    by_item: pl.DataFrame
    by_account: pl.DataFrame
    currency: str
