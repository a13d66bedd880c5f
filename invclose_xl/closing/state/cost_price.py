"""Quantities at the item's cost price: standard cost, and the fallback where there is no average.

In      a book, rows of its transactions and how much of each.
Out     the amounts, rounded once, and which items have a price.
Source  RULES R8.2, R8.4.
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.compiled.kernel import kernel
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.money import NO_AMOUNT, mul_div


@dataclass(frozen=True, slots=True)
class AtCostPrice:
    """One element per row asked for; the amount is 0 where the item has no price."""

    amount: Int64
    has_price: Bool


def compute_at_cost_price(book: Book, row: Int64, size: Int64) -> AtCostPrice:
    """Return quantity x cost price; ``size`` is the quantity as a magnitude."""
    scales = book.scales
    price = book.items.cost_price[book.transactions.item[row]]
    has_price = price != NO_AMOUNT
    decimals = scales.price_scale + scales.quantity_scale - scales.currency_decimals
    (amount,) = _scale_products.run(
        np.where(has_price, price, 0), size, 10 ** max(decimals, 0), 10 ** max(-decimals, 0), size=len(row), columns=1
    )
    return AtCostPrice(amount, np.asarray(has_price))


@kernel
def _scale_products(price, quantity, divisor, factor, out):  # type: ignore[no-untyped-def]
    """Round each price x quantity to currency."""
    for row in range(len(price)):
        out[row] = mul_div(price[row] * factor, quantity[row], divisor)
    return len(price)
