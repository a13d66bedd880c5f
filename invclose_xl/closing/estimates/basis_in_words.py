"""How an estimate, or an expensed difference, came about, in words.

Source  RULES R8.4, R8.5 ("with how it came about").
"""

from invclose_xl.closing.estimates.estimate import Estimates
from invclose_xl.closing.state.estimate_basis import Basis
from invclose_xl.closing.state.price_differences import Expense, PriceDifferences, Reason
from invclose_xl.domain.book import Scales
from invclose_xl.domain.money import format_amount, format_quantity

_PHRASES = {
    Basis.RUNNING_AVERAGE: "Running average: {value} for {quantity}",
    Basis.MARKED_RECEIPTS: "Marked receipts: {value} for {quantity}",
    Basis.ORIGINAL_ISSUE: "Original issue: {value} for {quantity}",
    Basis.COST_PRICE: "Cost price of the item",
    Basis.NO_PRICE: "No average and no cost price",
    Basis.STANDARD_COST: "Standard cost",
    Basis.MOVING_AVERAGE: "Moving average: {value} for {quantity}",
    Basis.PACKING_SLIP: "Cost at the packing slip: {value} for {quantity}",
}
_REASONS = {
    Reason.BACKDATED: "{taken} at the average of its posting instead of its own {own}; the difference is expensed",
    Reason.NEGATIVE_STOCK: "{part} of {whole} cover stock below zero at its average; {taken} instead of {own}, the"
    " difference is expensed",
    Reason.LATE_INVOICE: "{own} more than the packing slip, {part} of {whole} on hand; {taken} added to the"
    " inventory value, the rest expensed",
}


_INVOICED = "taken back, the transaction was invoiced"
_CHANGED = "taken back, later postings changed it"
_REPEATED = "expensed at the packing slip, now with the invoice"
SUPERSEDED = "Taken back: the amount is known now, or the transaction was invoiced"


def describe_basis(estimates: Estimates, scales: Scales) -> list[str]:
    """Say for each estimate how it came about."""
    return [
        _PHRASES[Basis(basis)].format(
            value=format_amount(value, scales.currency_decimals),
            quantity=format_quantity(quantity, scales.quantity_scale),
        )
        for basis, value, quantity in zip(
            estimates.basis.tolist(), estimates.value.tolist(), estimates.quantity.tolist(), strict=True
        )
    ]


def describe_expense(rows: Expense, scales: Scales) -> list[str]:
    """Say for each expensed difference how it came about, or why an earlier one is taken back."""
    texts = []
    for row, difference in enumerate(rows.difference.tolist()):
        reason = Reason(int(rows.reason[row]))
        if difference >= 0:
            what = _describe_difference(rows.differences, difference, reason, scales)
        elif rows.repeated[row]:
            what = _REPEATED
        else:
            what = _INVOICED if rows.is_physical[row] else _CHANGED
        texts.append(f"{reason.label}: {what}")
    return texts


def _describe_difference(differences: PriceDifferences, row: int, reason: Reason, scales: Scales) -> str:
    own, taken = int(differences.own[row]), int(differences.taken[row])
    text = _REASONS[reason].format(
        own=format_amount(abs(own) if reason is Reason.LATE_INVOICE else own, scales.currency_decimals),
        taken=format_amount(abs(taken) if reason is Reason.LATE_INVOICE else taken, scales.currency_decimals),
        part=format_quantity(int(differences.part[row]), scales.quantity_scale),
        whole=format_quantity(int(differences.whole[row]), scales.quantity_scale),
    )
    return text.replace("more than", "less than") if reason is Reason.LATE_INVOICE and own < 0 else text
