"""Sums that could leave 64 bits are refused while reading, so that nothing that is added up later can wrap.

In      columns of integers: quantities in the smallest unit of the book, amounts in minor units.
Out     nothing.
Errors  Findings with the limit: one where the quantities, the amounts, or what could be estimated add up to too much.
Source  RULES R0. Sums of the run are differences and shares of these: the limit leaves three bits for them.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from invclose_xl.domain.book import Int64
from invclose_xl.domain.money import NO_AMOUNT, format_amount, format_quantity
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.setup.items import ParsedItems
from invclose_xl.workbook.tables.table import Findings
from invclose_xl.workbook.values.values import Fault

MOST_IN_ALL = 10**18
"""A column of a book must add up to less, all signs positive."""


def check_sums(
    draft: Draft, units: dict[str, Int64], scale: int, items: ParsedItems | None, decimals: int, findings: Findings
) -> None:
    """Refuse quantities and amounts of *Transactions* that add up to too much."""
    for name, values in units.items():
        _refuse(name, values, format_quantity(MOST_IN_ALL, scale), findings)
    for name in draft.amounts:
        _refuse(name, draft.amounts[name], format_amount(MOST_IN_ALL, decimals), findings)
    if items is not None and not findings.stops():
        _refuse_prices(draft, units["quantity"], scale, items, decimals, findings)


def check_sum(name: str, values: Int64, decimals: int, findings: Findings) -> None:
    """Refuse the amounts of another sheet that add up to too much."""
    _refuse(name, values, format_amount(MOST_IN_ALL, decimals), findings)


def total_of(values: Int64) -> int:
    """Return the sum of magnitudes, exactly, blanks left out."""
    magnitude = np.abs(np.where(values == NO_AMOUNT, 0, values))
    high, low = magnitude >> 31, magnitude & (2**31 - 1)
    return (int(high.sum()) << 31) + int(low.sum())


def _refuse(name: str, values: Int64, limit: str, findings: Findings) -> None:
    """Refuse a column; what other parts of a book have of it is added up with it later."""
    total = total_of(values)
    if not total:
        return
    size = np.abs(np.where(values == NO_AMOUNT, 0, values))
    largest = int(np.argmax(size))
    problem = (
        f"The values of this column add up to {limit} or more, which is too large; this row has the largest value."
    )
    fault = Fault("IC173", "", problem, "Correct the values, or split the workbook.")
    if total >= MOST_IN_ALL:
        findings.cell(largest, name, fault)
    else:
        example = findings.example(largest, name, replace(fault, found=f"{size[largest]:020}"), Severity.ERROR)
        findings.tallies.append(Tally(("IC173", findings.cells.sheet, name), _refuse_in_all, (total,), (example,)))


def _refuse_in_all(tally: Tally) -> Iterator[Problem]:
    (total,) = tally.numbers
    if total >= MOST_IN_ALL:
        yield replace(max(tally.examples, key=lambda example: example.found), found="")


def _refuse_prices(
    draft: Draft, quantity: Int64, scale: int, items: ParsedItems, decimals: int, findings: Findings
) -> None:
    """Refuse quantities that would be worth too much at the cost price of their item (RULES R8.2, R8.4)."""
    price = items.items.cost_price
    if not len(price) or not len(quantity):
        return
    known = draft.item >= 0
    item = np.maximum(draft.item, 0)
    has_price = known & (price[item] != NO_AMOUNT) & (quantity != NO_AMOUNT)
    worth = np.where(has_price, np.abs(quantity.astype(np.float64)) * np.abs(price[item].astype(np.float64)), 0.0)
    worth *= 10.0 ** (decimals - scale - items.price_scale)
    if worth.sum() < MOST_IN_ALL:
        return
    problem = (
        f"At the cost prices of the items, the quantities are worth {format_amount(MOST_IN_ALL, decimals)} "
        "or more, and "
        "this row is worth most; so large a sum is not supported."
    )
    fix = "Correct the quantity, or the cost price on the sheet Items."
    findings.cell(int(np.argmax(worth)), "quantity", Fault("IC173", "", problem, fix))
