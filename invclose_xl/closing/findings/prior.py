"""Findings about what a former system settled: value without quantity, charges in part expensed.

In      a Run.
Out     Problems, transaction by transaction.
Source  WORKBOOK "Transactions" (Prior settled quantity, Prior settled amount); RULES R7.4, R11.
"""

from collections.abc import Iterator

import numpy as np

from invclose_xl.closing.findings.wording import report_transaction, write_amount, write_quantity
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.problem import Problem


def find_prior_settlements_with_value_left(run: Run) -> Iterator[Problem]:
    """Wholly settled receipts that keep a value, and issues of which more was settled than they cost."""
    movements, rows, transactions = run.movements, run.movements.transactions, run.book.transactions
    concerned = movements.financial[:rows] & movements.present[:rows] & (transactions.prior_settled_quantity != 0)
    concerned &= movements.date[:rows] > run.state.closed_up_to
    cost, settled, receipt = run.costs.cost[:rows], transactions.prior_settled_amount, movements.is_receipt[:rows]
    whole = transactions.prior_settled_quantity == np.abs(transactions.quantity)
    for row in np.flatnonzero(concerned & whole & receipt & (cost != settled)).tolist():
        yield report_transaction(
            run, "IC546", row, "prior_settled_amount",
            f"The whole quantity of {write_quantity(run, transactions.quantity[row])} of this receipt was "
            "settled before, for"
            f" {write_amount(run, settled[row])}, but it costs {write_amount(run, cost[row])}:"
            f" {write_amount(run, cost[row] - settled[row])} stays in the stock value without a quantity.",
            f"Enter {write_amount(run, cost[row])} as Prior settled amount, if nothing of its value is "
            "left.", CODES["IC546"].rule,
        )  # fmt: skip
    more = concerned & ~whole & ~receipt & (settled > movements.posted[:rows])
    for row in np.flatnonzero(more).tolist():
        yield report_transaction(
            run, "IC548", row, "prior_settled_amount",
            f"{write_amount(run, settled[row])} were settled before, for "
            f"{write_quantity(run, transactions.prior_settled_quantity[row])} of"
            f" {write_quantity(run, abs(int(transactions.quantity[row])))}, but the whole issue was posted at"
            f" {write_amount(run, movements.posted[row])}.",
            "Check the Prior settled amount and the Financial cost amount.", CODES["IC548"].rule,
        )  # fmt: skip


def find_prior_settlements_at_another_cost(run: Run) -> Iterator[Problem]:
    """Issues of which something was settled at another amount than it was posted at: the close adjusts them by that.

    A share of the posted cost may be rounded either way. Where only a part was settled and there is a prior
    adjustment, nothing says which part that belongs to.
    """
    movements, rows, transactions = run.movements, run.movements.transactions, run.book.transactions
    settled, posted, quantities = (
        transactions.prior_settled_amount,
        movements.posted[:rows],
        np.abs(transactions.quantity),
    )
    whole = transactions.prior_settled_quantity == quantities
    found = movements.financial[:rows] & movements.present[:rows] & ~movements.is_receipt[:rows] & run.periodic[:rows]
    found &= (transactions.prior_settled_quantity != 0) & (movements.date[:rows] > run.state.closed_up_to)
    found &= np.where(
        whole, settled != posted, (transactions.prior_adjustment == 0) & (settled <= posted)
    )  # more: IC548
    for row in np.flatnonzero(found).tolist():
        before, part, of = int(settled[row]), int(transactions.prior_settled_quantity[row]), int(quantities[row])
        if abs(before * of - int(posted[row]) * part) < of:
            continue
        share = mul_div(int(posted[row]), part, of)
        what = "the issue was" if whole[row] else f"{write_quantity(run, part)} of {write_quantity(run, of)} were"
        yield report_transaction(
            run, "IC586", row, "prior_settled_amount",
            f"{write_amount(run, before)} were settled before for {write_quantity(run, part)} of this "
            f"issue, but {what} posted at"
            f" {write_amount(run, share)}: its cost is adjusted by {write_amount(run, before - share)} for that.",
            f"Enter {write_amount(run, share)} as Prior settled amount if nothing is to be adjusted, or as "
            "Prior adjustment"
            " what the former system adjusted. No action is needed if you expected the adjustment.",
            CODES["IC586"].rule,
        )  # fmt: skip


def find_charges_on_settled_receipts(run: Run) -> Iterator[Problem]:
    """Charges on receipts that a former system settled in part (RULES R7.4)."""
    manual, transactions = run.manual, run.book.transactions
    for row in np.flatnonzero(manual.settled_before).tolist():
        share = -int(manual.settled_before[row])
        yield report_transaction(
            run, "IC547", row, "prior_settled_quantity",
            f"{write_quantity(run, transactions.prior_settled_quantity[row])} of "
            f"{write_quantity(run, transactions.quantity[row])} of this receipt were"
            f" settled before this workbook, so {write_amount(run, share)} of its cost adjustment cannot be "
            "handed down and"
            " is expensed against the inventory adjustment.",
            "No action is needed, or enter On hand under Applies to if the whole amount belongs to what is left.",
            "R7.4",
        )  # fmt: skip
