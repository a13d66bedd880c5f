"""Findings about costs: estimates, zero costs, loops, rounding, prices that deviate, what is not posted.

In      a Run.
Out     Problems, transaction by transaction.
Source  RULES R11, R2.6, R2.8, R6.4-R6.7, R7.5, R8, R9.4.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.adjust import CAUSES
from invclose_xl.closing.findings.matching import (
    find_issues_covered_by_own_returns,
    find_issues_settled_with_own_return,
)
from invclose_xl.closing.findings.wording import report_transaction, write_amount
from invclose_xl.closing.posting.voucher import has_accounts
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import compute_posted_cost
from invclose_xl.closing.state.estimate_basis import Basis
from invclose_xl.closing.state.price_differences import Reason
from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT, format_amount, mul_div
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.problems.tally import Finding, Tally
from invclose_xl.domain.words import Cause


def find_estimated_costs(run: Run) -> Iterator[Finding]:
    """Fallback prices one by one, and one line for all that was estimated."""
    estimates, standard = run.estimates, run.model == InventoryModel.STANDARD_COST
    for position in np.flatnonzero(np.isin(estimates.basis, (Basis.COST_PRICE, Basis.NO_PRICE))).tolist():
        row = int(estimates.row[position])
        if estimates.basis[position] == Basis.COST_PRICE:
            yield report_transaction(
                run, "IC505", row, "financial_amount",
                f"There is no running average before this transaction, so its cost was estimated at the item's cost"
                f" price: {write_amount(run, estimates.amount[position])}.",
                "Enter the amount, or the receipts that came before it.", "R8.2",
            )  # fmt: skip
        else:
            yield report_transaction(
                run, "IC506", row, "financial_amount",
                ("" if standard[row] else "There is no running average before this transaction. ")
                + "The item has no cost price, so the cost is taken as 0.",
                "Enter the amount, or a cost price on the sheet Items.", "R8.2",
            )  # fmt: skip
    if len(estimates):
        describe = partial(_count_estimates, run.book.scales.currency_decimals)
        yield Tally(("IC507",), describe, (len(estimates), int(estimates.amount.sum())))


def _count_estimates(decimals: int, tally: Tally) -> Iterator[Problem]:
    count, total = tally.numbers
    yield Problem(
        "IC507", Severity.WARNING, CellRef("Estimated costs"), "",
        f"The cost of {format_count(count, 'transaction')} without an amount was estimated and posted, "
        f"{format_amount(total, decimals)} in all.",
        "If the ledger already has their cost, reverse, set Post estimated costs to No on the sheet Parameters,"
        " and close again.", "R8.5",
    )  # fmt: skip


def find_backdated_postings(run: Run) -> Iterator[Problem]:
    """Postings of moving average items whose date lies before one that was posted already (RULES R8.4)."""
    moving, transactions = run.estimates.moving, run.book.transactions
    expensed = dict.fromkeys(moving.backdated_row.tolist(), 0)
    entered = moving.differences.reason != Reason.LATE_INVOICE
    for row, change in zip(
        moving.differences.row[entered].tolist(), moving.differences.amount[entered].tolist(), strict=True
    ):
        if row in expensed:
            expensed[row] += change
    days = pl.Series(moving.backdated_after, dtype=pl.Int64).cast(pl.Int32).cast(pl.Date).to_list()
    for row, day in zip(moving.backdated_row.tolist(), days, strict=True):
        if transactions.quantity[row] < 0:
            what = "its cost is the moving average at that time, or the amount given."
        elif expensed[row]:
            what = f"it takes the moving average at that time, and {write_amount(run, -expensed[row])} is expensed."
        else:
            what = "nothing is expensed."
        date = "physical_date" if transactions.physical_date[row] != NO_DATE else "financial_date"
        yield report_transaction(
            run, "IC528", row, date, f"This row comes after a row dated {day}, so it was posted later: {what}",
            "No action is needed if that is right. Otherwise, sort the rows in the order of posting.", "R8.4",
            Severity.INFORMATION,
        )  # fmt: skip


def find_zero_costs(run: Run) -> Iterator[Problem]:
    """Issues that cost nothing although they were not estimated."""
    movements, rows = run.movements, run.movements.transactions
    estimated = np.zeros(rows, dtype=np.bool_)
    estimated[run.estimates.row] = True
    zero = movements.present[:rows] & ~movements.is_receipt[:rows] & (run.costs.cost[:rows] == 0)
    for row in np.flatnonzero(zero & movements.eligible[:rows] & ~estimated).tolist():
        yield report_transaction(
            run, "IC508", row, "financial_amount", "This issue has a cost of 0.",
            "Check the cost of the receipts it was settled with.", "R11",
        )  # fmt: skip


def find_adjusted_transfers(run: Run) -> Iterator[Problem]:
    """Receipts of non-financial transfers that cost something else than their issue, and since when (RULES R4.1)."""
    adjustments, movements, own = run.adjustments, run.movements, run.matching.non_financial
    charged = movements.adjusted.copy()
    charged[: movements.transactions] += run.manual.sum_per_transaction(movements.transactions)
    for position in np.flatnonzero(adjustments.cause == CAUSES.index(Cause.NON_FINANCIAL_TRANSFER)).tolist():
        row = int(adjustments.row[position])
        issues = own.issue[own.receipt == row]
        posted, wanted = int(movements.posted[row]), int(adjustments.new_cost[position])
        what = (
            "Issue and receipt of a transfer inside one costing group have the same cost, so this receipt was adjusted"
            f" by {write_amount(run, adjustments.amount[position])} to the cost of its issue."
        )
        if charged[row] and (posted == wanted or len(issues) > 1):
            what += f" It was posted with {write_amount(run, posted)}; a cost adjustment has changed its cost since."
            fix = "Enter the charge for the receipt that brought the goods in, not for the transfer."
        elif len(issues) == 1:
            what += f" It was posted with {write_amount(run, posted)}, the issue with {write_amount(run, wanted)}."
            fix = "Check why issue and receipt were posted with different amounts."
        else:
            what += f" It was posted with {write_amount(run, posted)}."
            fix = "Check why issues and receipts were posted with different amounts."
        yield report_transaction(run, "IC509", row, "financial_amount", what, fix, "R4.1")


def find_costs_below_zero(run: Run) -> Iterator[Problem]:
    """Receipts and issues whose cost this run, or a row that is new to it, leaves below zero (RULES R11, R7.4)."""
    movements, rows = run.movements, run.movements.transactions
    concerned = movements.present[:rows] & (movements.date[:rows] > run.state.closed_up_to)
    concerned[run.adjustments.row] = True
    cost = run.costs.cost[:rows].copy()
    own, leg = run.state.legs.find_charged(run.book.transactions)
    cost[own] = run.costs.cost[leg]
    for row in np.flatnonzero(concerned & (cost < 0)).tolist():
        side = "receipt" if movements.is_receipt[row] else "issue"
        yield report_transaction(
            run, "IC538", row, "financial_amount",
            f"This {side} costs {write_amount(run, cost[row])}, which is below zero.",
            "Check its amount, its Prior adjustment and cost adjustments, and those of the transactions before it.",
            "R11",
        )  # fmt: skip


def find_loops(run: Run) -> Iterator[Problem]:
    """Cycles of the cost flow, solved or without solution (RULES R6.4, R6.5)."""
    ids, rows = run.movements.id, run.movements.transactions
    own, covered = find_issues_settled_with_own_return(run), find_issues_covered_by_own_returns(run)
    for loop in run.costs.loops:
        path = [ids[m] for m in loop.movements if m < rows]
        shown = " → ".join([*path[:8], *(["…"] if len(path) > 8 else []), *path[:1]])
        row = next((m for m in loop.movements if m < rows), 0)
        if loop.solved and _is_own_return(loop.movements, covered):
            continue
        if loop.solved:
            yield report_transaction(
                run, "IC523", row, "id",
                f"The costs of these transactions depend on each other in a circle, and were solved exactly: {shown}.",
                "No action is needed if the goods were really moved in this circle.", "R6.4", Severity.INFORMATION,
            )  # fmt: skip
        elif not own.keys() & set(loop.movements):
            yield report_transaction(
                run, "IC524", row, "id",
                f"The costs of these transactions depend on each other in a circle that gives no finite cost: {shown}."
                " Its receipts keep their present cost.",
                "Check the quantities and posted costs in the circle: it needs a receipt with a cost from"
                " outside, and must not pass on more cost than it received.",
                "R6.5",
            )  # fmt: skip


def _is_own_return(movements: Iterable[int], covered: dict[int, list[int]]) -> bool:
    """Return whether a circle is nothing but sales and their own returns, which is said of the sale."""
    members = set(movements)
    own = {m for sale in covered.keys() & members for m in (sale, *covered[sale])}
    return members <= own


def find_rounding_differences(run: Run) -> Iterator[Problem]:
    """Name what a feed could not hand on (RULES R6.7)."""
    adjustments = run.adjustments
    for position in np.flatnonzero(adjustments.rounding_difference != 0).tolist():
        yield report_transaction(
            run, "IC525", int(adjustments.row[position]), "id",
            f"A difference of {write_amount(run, adjustments.rounding_difference[position])} could not be "
            "assigned to this "
            "receipt and was"
            " posted as a rounding difference.",
            "No action is needed.", "R6.7", Severity.INFORMATION,
        )  # fmt: skip


def find_price_deviations(run: Run) -> Iterator[Problem]:
    """Amounts entered for standard cost items and fixed price receipts that are not the cost price."""
    book, movements, rows = run.book, run.movements, run.movements.transactions
    transactions, scales = book.transactions, book.scales
    price = book.items.cost_price[transactions.item]
    standard = run.model[:rows] == InventoryModel.STANDARD_COST
    fixed = (
        book.get_item_flags("fixed_receipt_price")[transactions.item]
        & (transactions.quantity > 0)
        & run.periodic[:rows]
    )
    decimals = scales.price_scale + scales.quantity_scale - scales.currency_decimals
    asked = movements.present[:rows] & (standard | fixed) & (price != NO_AMOUNT)
    for row in np.flatnonzero(asked & (compute_posted_cost(book, run.request.day) != NO_AMOUNT)).tolist():
        wanted = abs(int(transactions.quantity[row])) * int(price[row])
        posted = int(movements.posted[row])
        agrees = posted * 10**decimals == wanted if decimals >= 0 else posted == wanted * 10**-decimals
        if agrees or _is_rounded_from(wanted, decimals, posted):
            continue
        code, rule, what = (
            ("IC510", "R2.6", "standard cost") if standard[row] else ("IC511", "R7.5", "fixed receipt price")
        )
        yield report_transaction(
            run, code, row, "financial_amount",
            f"The posted amount {write_amount(run, posted)} is not quantity x {what} (the cost price of the item).",
            "Check the amount, or the cost price on the sheet Items.", rule,
        )  # fmt: skip


def _is_rounded_from(wanted: int, decimals: int, posted: int) -> bool:
    return decimals > 0 and mul_div(wanted, 1, 10**decimals) == posted


def find_receipts_not_fed(run: Run) -> Iterator[Problem]:
    """Receipts that a feed does not change: fixed receipt price, standard cost, moving average (RULES R2.6, R7.5)."""
    transactions, movements = run.book.transactions, run.movements
    rows = movements.transactions
    fixed = run.book.get_item_flags("fixed_receipt_price")[transactions.item]
    kept = movements.present[:rows] & (transactions.quantity > 0) & (fixed | ~run.periodic[:rows])
    moved = np.zeros(len(movements), dtype=np.bool_)
    moved[run.adjustments.row[run.adjustments.amount != 0]] = True
    for code in (transactions.production, transactions.transfer):
        feeding = np.unique(code[moved[:rows] & (transactions.quantity < 0) & (code >= 0)])
        for row in np.flatnonzero(kept & np.isin(code, feeding)).tolist():
            why, fix, rule = _explain_not_fed(InventoryModel(int(run.model[row])), fixed=bool(fixed[row]))
            yield report_transaction(
                run, "IC526", row, "id",
                f"The issues that give this receipt its cost were adjusted, but {why}; the difference stays in the"
                " offset account.",
                fix, rule,
            )  # fmt: skip


def _explain_not_fed(model: InventoryModel, *, fixed: bool) -> tuple[str, str, str]:
    """Why a feed does not change a receipt, what to do about it, and the rule."""
    if model is InventoryModel.MOVING_AVERAGE:
        fix = "No action is needed, or enter a cost adjustment with On hand under Applies to."
        return "a close does not change the cost of moving average items", fix, "R2.6"
    fix = "No action is needed, or correct the cost price on the sheet Items."
    if model is InventoryModel.STANDARD_COST:
        return "its item is valued at standard cost", fix, "R2.6"
    assert fixed
    return "its item model group has a fixed receipt price", fix, "R7.5"


def find_long_averages(run: Run) -> Iterator[Finding]:
    """A weighted average over more than a month (RULES R2.8)."""
    weighted = (run.model == InventoryModel.WEIGHTED_AVERAGE) & run.movements.eligible
    if not weighted.any():
        return
    first = run.state.closed_up_to if run.state.closed_up_to != NO_DATE else int(run.movements.date[weighted].min())
    months = pl.Series([first, run.request.day], dtype=pl.Int32).cast(pl.Date).to_list()
    start, end = months
    if run.state.closed_up_to == NO_DATE:
        longer = (start.year, start.month) != (end.year, end.month)
    else:
        longer = (end.year * 12 + end.month) - (start.year * 12 + start.month) > 1
    if longer:
        example = Problem(
            "IC512", Severity.WARNING, CellRef("Transactions"), str(start),
            f"Weighted average items take one average from {start} to {run.request.up_to}, more than a month.",
            "Close month by month if each month is to have its own average.", "R2.8",
        )  # fmt: skip
        yield Tally(("IC512",), _tell_earliest, (), (example,))


def _tell_earliest(tally: Tally) -> Iterator[Problem]:
    yield replace(min(tally.examples, key=lambda example: example.found), found="")


def find_role_names(run: Run) -> Iterator[Problem]:
    """Information: no account is filled in anywhere, so vouchers speak of roles (RULES R9.1)."""
    if len(run.adjustments) + len(run.estimates) and not has_accounts(run.book):
        yield Problem(
            "IC529", Severity.INFORMATION, CellRef("Posting"), "",
            "No account is filled in anywhere in the book, so the voucher has names such as Inventory in place of"
            " accounts.",
            "Fill in the accounts of the transactions, or the sheet Posting, if the voucher goes to a ledger.", "R9.1",
        )  # fmt: skip


def find_groups_not_posted(run: Run) -> Iterator[Problem]:
    """Model groups that keep adjustments out of the ledger, once per group (RULES R9.4)."""
    book, adjustments = run.book, run.adjustments
    groups = book.items.model_group[book.transactions.item[adjustments.row]]
    for code in np.unique(groups).tolist():
        group = book.model_groups[code]
        own = groups == code
        physical = bool((adjustments.is_physical & own).any())
        if not group.post_financial_inventory or (physical and not group.post_physical_inventory):
            what = "financial" if not group.post_financial_inventory else "physical"
            yield Problem(
                "IC527", Severity.INFORMATION, CellRef("Item model groups"), group.name,
                f"The item model group {group.name} does not post {what} inventory, so its adjustments are not in the"
                " voucher.",
                "No action is needed if that is intended.", "R9.4",
            )  # fmt: skip
