"""Settlements of a system before this workbook: the two cells of a transaction together, against its quantity and cost.

In      the Draft of the sheet, quantities in units of the book's scale.
Out     nothing; ``row_order`` keeps both as magnitudes.
Errors  Findings; a cell that has a problem already is not judged again.
Source  WORKBOOK "Transactions" (Prior settled quantity, Prior settled amount).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from invclose_xl.domain.book import NO_DATE, Bool, Int64
from invclose_xl.domain.money import NO_AMOUNT, format_amount, format_decimal, format_quantity, mul_div
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.tables.table import Findings
from invclose_xl.workbook.values.values import Fault, Locale, shown

QUANTITY, AMOUNT = "prior_settled_quantity", "prior_settled_amount"


@dataclass(frozen=True, slots=True)
class _Prior:
    """Both cells of every row; magnitudes, NO_AMOUNT where the cost is not known yet."""

    draft: Draft
    quantity_scale: int
    currency_decimals: int
    quantity: Int64
    """of the transaction, signed"""
    settled: Int64
    amount: Int64
    cost: Int64
    """posted cost, the prior adjustment included"""

    def in_proportion(self, row: int) -> int:
        """Share of the cost that belongs to the settled quantity."""
        return mul_div(int(self.cost[row]), int(self.settled[row]), abs(int(self.quantity[row])))

    def of_quantity(self, row: int) -> str:
        return self._pieces(abs(int(self.quantity[row])))

    def settled_text(self, row: int) -> str:
        return self._pieces(int(self.settled[row]))

    def money(self, units: int) -> str:
        return format_amount(int(units), self.currency_decimals)

    def _pieces(self, units: int) -> str:
        return format_quantity(units, self.quantity_scale)


def check_prior_settlements(
    draft: Draft, units: dict[str, Int64], quantity_scale: int, currency_decimals: int, findings: Findings
) -> None:
    """Name what cannot have been settled: signs, one cell without the other, more than there was."""
    given = {name: ~np.isin(column, (0, NO_AMOUNT)) for name, column in (
        (QUANTITY, units[QUANTITY]), (AMOUNT, draft.amounts[AMOUNT]),
    )}  # fmt: skip
    if not (given[QUANTITY] | given[AMOUNT]).any():
        return
    quantity = np.where(units["quantity"] == NO_AMOUNT, 0, units["quantity"])
    prior = _Prior(
        draft, quantity_scale, currency_decimals, quantity, _magnitude(units[QUANTITY]),
        _magnitude(draft.amounts[AMOUNT]), _posted_cost(draft, quantity),
    )  # fmt: skip
    judged = (quantity != 0) & ~findings.is_bad("quantity") & ~findings.is_bad(QUANTITY) & ~findings.is_bad(AMOUNT)
    _check_signs(prior, units, judged, findings)
    _check_sizes(prior, judged & ~findings.is_bad(QUANTITY) & ~findings.is_bad(AMOUNT), findings)
    judged &= ~findings.is_bad(QUANTITY) & ~findings.is_bad(AMOUNT) & ~findings.is_bad("financial_date")
    _check_invoiced(prior, judged & (given[QUANTITY] | given[AMOUNT]), findings)
    judged &= ~findings.is_bad(QUANTITY) & ~findings.is_bad(AMOUNT) & ~findings.is_bad("financial_amount")
    judged &= ~findings.is_bad("prior_adjustment")
    _check_both(prior, given, judged, findings)
    _check_cost(prior, judged & ~findings.is_bad(QUANTITY) & ~findings.is_bad(AMOUNT), findings)


def _each(
    prior: _Prior, findings: Findings, name: str, rows: Bool, said: Callable[[int], tuple[str, str, str]]
) -> None:
    """Report each of some rows: code, what is wrong and what to do depend on its figures."""
    faulty = np.flatnonzero(rows & ~findings.is_bad(name)).tolist()
    column = prior.draft.table.column(name) if faulty else None
    for row in faulty:
        code, problem, fix = said(row)
        findings.cell(row, name, Fault(code, shown(column.cell(row), Locale()) if column else "", problem, fix))


def _always(fault: tuple[str, str, str]) -> Callable[[int], tuple[str, str, str]]:
    return lambda _row: fault


def _magnitude(column: Int64) -> Int64:
    return np.where(column == NO_AMOUNT, 0, np.abs(np.where(column == NO_AMOUNT, 0, column)))


def _posted_cost(draft: Draft, quantity: Int64) -> Int64:
    sign = np.where(quantity > 0, 1, -1)
    financial, before = draft.amounts["financial_amount"], draft.amounts["prior_adjustment"]
    known = financial != NO_AMOUNT
    cost = sign * (np.where(known, financial, 0) + np.where(before == NO_AMOUNT, 0, before))
    return np.where(known, cost, NO_AMOUNT)


def _check_signs(prior: _Prior, units: dict[str, Int64], judged: Bool, findings: Findings) -> None:
    """Negative on a receipt; on an issue both signs mean the same."""
    for name, column, what in (
        (QUANTITY, units[QUANTITY], "quantity"),
        (AMOUNT, prior.draft.amounts[AMOUNT], "amount"),
    ):
        negative = judged & (prior.quantity > 0) & (column != NO_AMOUNT) & (column < 0)
        problem = f"What was settled of a receipt is positive, like its {what}."
        _each(prior, findings, name, negative, _always(("IC132", problem, "Enter it as a positive number.")))


def _check_sizes(prior: _Prior, judged: Bool, findings: Findings) -> None:
    def said(row: int) -> tuple[str, str, str]:
        most = prior.of_quantity(row)
        return (
            "IC132",
            f"More was settled than there was: {prior.settled_text(row)} of a quantity of {most}.",
            f"Enter at most {most}, or correct the Quantity.",
        )

    _each(prior, findings, QUANTITY, judged & (prior.settled > np.abs(prior.quantity)), said)


def _check_invoiced(prior: _Prior, rows: Bool, findings: Findings) -> None:
    """Name what is settled and not invoiced: no system settles before the invoice (RULES R2.2)."""
    for name in (QUANTITY, AMOUNT):
        given = _magnitude_of(prior, name) != 0
        fault = (
            "IC192",
            "The transaction has no Financial date, and what is not invoiced was never settled.",
            "Enter the Financial date, or empty this cell.",
        )
        _each(prior, findings, name, rows & given & (prior.draft.dates["financial_date"] == NO_DATE), _always(fault))


def _magnitude_of(prior: _Prior, name: str) -> Int64:
    return prior.settled if name == QUANTITY else prior.amount


def _check_both(prior: _Prior, given: dict[str, Bool], judged: Bool, findings: Findings) -> None:
    """Both or neither; an amount of 0 was meant where the settled part of the cost is 0."""
    known = prior.cost != NO_AMOUNT
    blank = prior.draft.amounts[AMOUNT] == NO_AMOUNT
    no_amount = judged & given[QUANTITY] & ~given[AMOUNT] & (prior.cost != 0)
    for row in np.flatnonzero(no_amount & known).tolist():
        no_amount[row] = bool(blank[row]) or prior.in_proportion(row) != 0

    def without_amount(row: int) -> tuple[str, str, str]:
        settled, whole = prior.settled_text(row), prior.of_quantity(row)
        fix = "Enter the amount that was settled, or empty the Prior settled quantity."
        if known[row]:
            share = format_decimal(prior.in_proportion(row), prior.currency_decimals)
            fix = f"Enter the amount that was settled (in proportion {share}), or empty the Prior settled quantity."
        return (
            "IC190",
            f"{settled} of {whole} were settled, but for no amount, so all of"
            + (f" its cost of {prior.money(int(prior.cost[row]))}" if known[row] else " its cost")
            + " would stay on the rest.",
            fix,
        )

    def without_quantity(row: int) -> tuple[str, str, str]:
        return (
            "IC190",
            f"{prior.money(int(prior.amount[row]))} were settled, but of no quantity, so all of its quantity of"
            f" {prior.of_quantity(row)} would stay open, for less than it cost.",
            "Enter the quantity that was settled, or empty the Prior settled amount.",
        )

    _each(prior, findings, AMOUNT if prior.draft.table.has(AMOUNT) else QUANTITY, no_amount, without_amount)
    name = QUANTITY if prior.draft.table.has(QUANTITY) else AMOUNT
    _each(prior, findings, name, judged & given[AMOUNT] & ~given[QUANTITY], without_quantity)


def _check_cost(prior: _Prior, judged: Bool, findings: Findings) -> None:
    """A receipt cannot have given more than it cost."""

    def said(row: int) -> tuple[str, str, str]:
        cost = prior.money(int(prior.cost[row]))
        return (
            "IC191",
            f"More was settled than this receipt cost: {prior.money(int(prior.amount[row]))} of {cost}.",
            f"Enter at most {format_decimal(int(prior.cost[row]), prior.currency_decimals)}, or correct the "
            "Financial cost amount.",
        )

    _each(
        prior,
        findings,
        AMOUNT,
        judged & (prior.quantity > 0) & (prior.cost != NO_AMOUNT) & (prior.amount > prior.cost),
        said,
    )
