"""Estimates that leave 64 bits are refused: an average times a quantity can be more than anything in the book.

In      what ``estimate`` takes.
Out     what it returns.
Errors  InputFault that names the issue, or the book where the average itself cannot be computed.
Source  RULES R0, R8.1. What is given is bounded while reading.
"""

import numpy as np

from invclose_xl.closing.estimates.estimate import Estimates, estimate
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.links.marks import Marks
from invclose_xl.domain.money import UNIT_COST_DECIMALS, format_amount
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity

MOST_ESTIMATED = 10**18
"""minor units, all estimates of a run together; likewise the largest unit cost, in its last decimal"""


def estimate_within_limits(
    book: Book, state: LedgerState, day: int, marks: Marks, chosen: Bool
) -> tuple[Int64, Estimates]:
    """Estimate, or refuse what is too large to be kept."""
    try:
        posted, estimates = estimate(book, state, day, marks, chosen)
    except OverflowError:
        raise InputFault([_describe_too_large(book, CellRef("Transactions"))]) from None
    amount = np.abs(estimates.amount.astype(np.float64))
    divisor = np.maximum(np.abs(estimates.quantity.astype(np.float64)), 1.0)
    shift = UNIT_COST_DECIMALS - book.scales.currency_decimals + book.scales.quantity_scale
    unit_cost = np.abs(estimates.value.astype(np.float64)) / divisor * 10.0**shift
    if amount.sum() >= MOST_ESTIMATED or (unit_cost >= MOST_ESTIMATED).any():
        worst = int(np.argmax(np.maximum(amount, unit_cost)))
        raise InputFault(
            [_describe_too_large(book, book.transactions.cells.cell(int(estimates.row[worst]), "quantity"))]
        )
    return posted, estimates


def _describe_too_large(book: Book, where: CellRef) -> Problem:
    limit = format_amount(MOST_ESTIMATED, book.scales.currency_decimals)
    unit = format_amount(MOST_ESTIMATED, UNIT_COST_DECIMALS)
    return Problem(
        "IC173", Severity.ERROR, where, "",
        f"The estimated cost is too large to be kept: all estimates must stay below {limit}, a unit cost below {unit}.",
        "Correct the quantity or the costs before it, or enter the Financial cost amount.", "R0",
    )  # fmt: skip
