"""How an estimate came about, in words.

Source  RULES R8.5 ("with how it came about").
"""

from invclose_xl.closing.estimate import Basis, Estimates
from invclose_xl.domain.book import Scales
from invclose_xl.domain.money import amount_text, quantity_text

_PHRASES = {
    Basis.RUNNING_AVERAGE: "Running average: {value} for {quantity}",
    Basis.MARKED_RECEIPTS: "Marked receipts: {value} for {quantity}",
    Basis.ORIGINAL_ISSUE: "Original issue: {value} for {quantity}",
    Basis.COST_PRICE: "Cost price of the item",
    Basis.NO_PRICE: "No average and no cost price",
}


def describe_basis(estimates: Estimates, scales: Scales) -> list[str]:
    """Say for each estimate how it came about."""
    return [
        _PHRASES[Basis(basis)].format(
            value=amount_text(value, scales.currency_decimals), quantity=quantity_text(quantity, scales.quantity_scale)
        )
        for basis, value, quantity in zip(
            estimates.basis.tolist(), estimates.value.tolist(), estimates.quantity.tolist(), strict=True
        )
    ]
