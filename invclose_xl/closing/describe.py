"""Numbers in sentences: how the log and the sheets put amounts, quantities and averages into words.

Source  RULES R8.5 ("with how it came about").
"""

import numpy as np

from invclose_xl.closing.estimate import Basis, Estimates
from invclose_xl.domain.book import Int64, Scales
from invclose_xl.domain.money import text_of

_PHRASES = {
    Basis.RUNNING_AVERAGE: "Running average: {value} for {quantity}",
    Basis.MARKED_RECEIPTS: "Marked receipts: {value} for {quantity}",
    Basis.ORIGINAL_ISSUE: "Original issue: {value} for {quantity}",
    Basis.COST_PRICE: "Cost price of the item",
    Basis.NO_PRICE: "No average and no cost price",
}


def quantity_text(units: int, scales: Scales) -> str:
    """Write a quantity without decimals that say nothing: 2.500 is 2.5."""
    text = text_of(units, scales.quantity_scale)
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount_text(units: int, scales: Scales) -> str:
    """Write an amount with the currency's decimals and thousands apart: 1,234.50."""
    text = text_of(abs(units), scales.currency_decimals)
    whole, _, part = text.partition(".")
    grouped = f"{int(whole):,}"
    return ("-" if units < 0 else "") + grouped + (f".{part}" if part else "")


def describe_basis(estimates: Estimates, order: Int64, scales: Scales) -> list[str]:
    """Say for each estimate, in the given order, how it came about."""
    return [
        _PHRASES[Basis(basis)].format(value=amount_text(value, scales), quantity=quantity_text(quantity, scales))
        for basis, value, quantity in zip(
            estimates.basis[order].tolist(),
            estimates.value[order].tolist(),
            np.asarray(estimates.quantity)[order].tolist(),
            strict=True,
        )
    ]
