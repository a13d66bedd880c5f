"""Findings about matching: issues not settled, marks that could not be followed, later receipts.

In      a Run.
Out     Problems, transaction by transaction.
Source  RULES R11, R5.1, R5.10.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from invclose_xl.closing.findings.columns import select_new_rows
from invclose_xl.closing.findings.wording import name_costing_group, report_transaction, write_quantity
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.domain.book import Int64
from invclose_xl.domain.links.feed_members import select_vendor_returns
from invclose_xl.domain.links.returns import find_original_issues
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER
from invclose_xl.domain.problems.plurals import choose_form
from invclose_xl.domain.problems.problem import Problem, Severity

Stock = dict[int, list[tuple[int, int]]]
"""item -> costing groups with a quantity, largest first"""


def sum_used_quantity(run: Run) -> Int64:
    """Quantity that this run settled or linked, per movement that existed before."""
    pairs, size = run.matching.pairs, len(run.movements)
    used = np.zeros(size, dtype=np.int64)
    for side in (pairs.issue, pairs.receipt):
        old = side < size
        np.add.at(used, side[old], pairs.quantity[old])
    return used


def find_issues_not_settled(run: Run) -> Iterator[Problem]:
    """Issues that stay partly or wholly open (RULES R5.10)."""
    movements, rows = run.movements, run.movements.transactions
    left = np.where(movements.eligible, movements.open_quantity - sum_used_quantity(run), 0)[:rows]
    held = np.zeros(rows, dtype=np.int64)
    chosen = run.matching.marked.held > 0
    np.add.at(held, run.matching.marked.holder[chosen], run.matching.marked.held[chosen])
    physical_receipt = movements.is_receipt & movements.present & ~movements.financial & ~movements.eligible
    slips = np.zeros(len(run.book.groups), dtype=np.int64)
    np.add.at(slips, movements.group[physical_receipt], movements.quantity[physical_receipt])
    not_invoiced, stock = _group_by_item(run, slips), _find_stock_left(run)
    for row in np.flatnonzero((left > 0) & ~movements.is_receipt[:rows]).tolist():
        left_over = write_quantity(run, left[row])
        if held[row] >= left[row]:
            yield _describe_held_for_mark(run, row, left_over)
            continue
        if slips[movements.group[row]]:
            why = "the receipts that could cover it are not invoiced yet"
        else:
            why = "no receipt is left in its costing group"
        elsewhere = _describe_elsewhere(run, stock, not_invoiced, int(movements.group[row]))
        yield report_transaction(
            run, "IC501", row, "quantity",
            f"{name_costing_group(run.book, int(movements.group[row]))}: a quantity of {left_over} of this "
            "issue stays unsettled at"
            f" its posted cost, because {why}.{elsewhere}",
            "Enter or invoice the receipt. If it comes later, no action is needed: the next close settles this issue.",
            "R5.10",
        )  # fmt: skip


def _describe_held_for_mark(run: Run, row: int, left_over: str) -> Problem:
    """An issue that waits for the receipt it is marked to: the mark is what to look at (RULES R5.1)."""
    marked, transactions = run.matching.marked, run.book.transactions
    mark = int(np.flatnonzero((marked.held > 0) & (marked.holder == row))[0])
    carrier = int(run.marks.carrier[mark])
    receipt = int(run.marks.partner[mark]) if carrier == row else carrier
    column = "return_lot" if transactions.marked_to[carrier] is None else "marked_to"
    problem = report_transaction(
        run, "IC501", row, "quantity",
        f"{name_costing_group(run.book, int(run.movements.group[row]))}: a quantity of {left_over} of this "
        "issue stays unsettled at"
        f" its posted cost, because it is held for its mark to {run.movements.id[receipt]}, which cannot be settled up"
        f" to {run.request.up_to}.",
        f"Invoice {run.movements.id[receipt]}, close to a later date, or remove the mark. If the receipt comes later,"
        " no action is needed: the next close settles this issue.",
        "R5.1",
    )  # fmt: skip
    return replace(problem, where=transactions.cells.cell(carrier, column))


def _find_stock_left(run: Run) -> Stock:
    """Item -> costing group and quantity of the receipts that stay open, largest first."""
    movements, new = run.movements, run.matching.transfers
    left = np.where(movements.eligible & movements.is_receipt, movements.open_quantity - sum_used_quantity(run), 0)
    stock = np.zeros(len(run.book.groups), dtype=np.int64)
    np.add.at(stock, movements.group, left)
    pairs, legs = run.matching.pairs, np.zeros(2 * len(new), dtype=np.int64)
    legs[1::2] = new.quantity
    of_leg = pairs.receipt >= new.first_leg
    np.subtract.at(legs, pairs.receipt[of_leg] - new.first_leg, pairs.quantity[of_leg])
    np.add.at(stock, new.group, legs[1::2])
    return _group_by_item(run, stock)


def _group_by_item(run: Run, stock: Int64) -> Stock:
    """Return the costing groups of each item that have a quantity, largest first."""
    found: Stock = {}
    for group in np.argsort(-stock, kind="stable")[: int((stock > 0).sum())].tolist():
        found.setdefault(int(run.book.groups.item[group]), []).append((group, int(stock[group])))
    return found


def _describe_elsewhere(run: Run, stock: Stock, not_invoiced: Stock, group: int) -> str:
    """Name the other costing groups in which the item is still there: often only a site is blank or misspelled."""
    item = int(run.book.groups.item[group])
    advice = "is a site or another dimension blank or misspelled?"
    if others := _list_groups(run, stock.get(item, []), group):
        return f" Other costing groups of the item have stock: {others}; {advice}"
    if others := _list_groups(run, not_invoiced.get(item, []), group):
        return f" Other costing groups of the item have receipts that are not invoiced yet: {others}; {advice}"
    return ""


def _list_groups(run: Run, stock: list[tuple[int, int]], group: int) -> str:
    """Name the largest of some costing groups with their quantities, one group aside."""
    others = [(g, q) for g, q in stock if g != group]
    return " and ".join(
        f"{write_quantity(run, q)} in {run.book.groups.label.item(g) or '(blank)'}" for g, q in others[:3]
    )


def find_marks_not_followed(run: Run) -> Iterator[Problem]:
    """Marks that were held, found nothing left, ask for more than their own row has, or do not count."""
    marked, marks = run.matching.marked, run.marks
    ids = run.book.transactions.id
    for mark in np.flatnonzero(marked.held > 0).tolist():
        holder = int(marked.holder[mark])
        other = int(marks.partner[mark] if marks.carrier[mark] == holder else marks.carrier[mark])
        yield report_transaction(
            run, "IC502", holder, _mark_column(run, holder),
            f"A quantity of {write_quantity(run, marked.held[mark])} is held back for its mark: {ids[other]} cannot be"
            f" settled up to {run.request.up_to}.",
            f"Invoice {ids[other]}, close to a later date, or remove the mark.", "R5.1",
        )  # fmt: skip
    for mark in np.flatnonzero(marked.unfulfilled > 0).tolist():
        row = int(marks.carrier[mark])
        yield report_transaction(
            run, "IC503", row, _mark_column(run, row),
            f"The marked transaction {ids[int(marks.partner[mark])]} does not have enough left;"
            f" a quantity of {write_quantity(run, marked.unfulfilled[mark])} follows the inventory model.",
            "No action is needed, or mark another transaction.", "R5.1",
        )  # fmt: skip
    transactions = run.book.transactions
    too_much = transactions.marked_to.is_not_null().to_numpy() & (
        transactions.marked_quantity > np.abs(transactions.quantity)
    )
    for row in np.flatnonzero(too_much & select_new_rows(run) & run.periodic[: len(transactions)]).tolist():
        yield report_transaction(
            run, "IC577", row, "marked_quantity",
            f"A quantity of {write_quantity(run, transactions.marked_quantity[row])} is marked, but this "
            "transaction has"
            f" {write_quantity(run, abs(int(transactions.quantity[row])))}, so no more than that is settled "
            "by the mark.",
            "Correct the Marked quantity, or empty the cell to mark the whole quantity.", "R5.1",
        )  # fmt: skip
    own = np.zeros(len(run.movements), dtype=np.bool_)
    own[run.matching.non_financial.issue] = own[run.matching.non_financial.receipt] = True
    for mark in np.flatnonzero(own[marks.carrier] | own[marks.partner]).tolist():
        yield report_transaction(
            run, "IC504", int(marks.carrier[mark]), _mark_column(run, int(marks.carrier[mark])),
            "The mark is ignored: issue and receipt of a transfer in one costing group are settled with each other.",
            "Empty the cell.", "R4.1",
        )  # fmt: skip


def find_issues_covered_by_own_returns(run: Run) -> dict[int, list[int]]:
    """Issues that are settled with returns of their own, wholly or in part, and these returns."""
    pairs, originals = run.matching.pairs, find_original_issues(run.book.transactions)
    own = set(zip(originals.issue.tolist(), originals.receipt.tolist(), strict=True))
    found: dict[int, list[int]] = {}
    if own:
        for issue, receipt in zip(pairs.issue.tolist(), pairs.receipt.tolist(), strict=True):
            if (issue, receipt) in own and receipt not in found.get(issue, []):
                found.setdefault(issue, []).append(receipt)
    return dict(sorted(found.items()))


def find_issues_settled_with_own_return(run: Run) -> dict[int, list[int]]:
    """Those of them that are settled with nothing else, so that nothing from outside determines a cost (R6.5)."""
    found = find_issues_covered_by_own_returns(run)
    pairs = run.matching.pairs
    others = (
        {
            issue
            for issue, receipt in zip(pairs.issue.tolist(), pairs.receipt.tolist(), strict=True)
            if issue in found and receipt not in found[issue]
        }
        if found
        else set()
    )
    left = np.abs(run.movements.quantity) - sum_used_quantity(run)
    return {issue: found[issue] for issue in found if issue not in others and not left[issue]}


def find_own_returns(run: Run) -> Iterator[Problem]:
    """Sales that take their cost from their own return, which takes it from the sale."""
    ids, wholly = run.movements.id, find_issues_settled_with_own_return(run)
    for issue, receipts in find_issues_covered_by_own_returns(run).items():
        returns = ", ".join(str(ids[receipt]) for receipt in receipts)
        what = (
            f"This sale is settled with its own return ({returns}), so no other receipt says what the two cost: the"
            f" {choose_form(len(receipts), 'return keeps its', 'returns keep their')} cost, and the sale "
            "takes the same."
            if issue in wholly
            else f"Part of this sale is settled with its own return ({returns}), so both cost what the rest of the sale"
            " costs."
        )
        yield report_transaction(
            run, "IC556", issue, "financial_amount", what,
            "No action is needed if that cost is right. Otherwise, mark the sale to the receipt that it was delivered"
            " from.", "R6.5", Severity.INFORMATION,
        )  # fmt: skip


def _mark_column(run: Run, row: int) -> str:
    """Return the column in which a row carries its mark."""
    transactions = run.book.transactions
    return (
        "return_lot"
        if transactions.marked_to[row] is None and select_vendor_returns(transactions)[row]
        else "marked_to"
    )


def find_unknown_vendor_returns(run: Run) -> Iterator[Problem]:
    """Goods given back to their vendor whose return lot names no receipt: a purchase before the book's time."""
    transactions, marks, rows = run.book.transactions, run.marks, run.movements.transactions
    known = np.zeros(rows, dtype=np.bool_)
    known[marks.carrier] = known[marks.partner] = True
    given_back = select_vendor_returns(transactions) & run.periodic[:rows] & run.movements.present[:rows] & ~known
    for row in np.flatnonzero(given_back & (run.movements.date[:rows] > run.state.closed_up_to)).tolist():
        yield report_transaction(
            run, "IC521", row, "return_lot",
            "No receipt of this item and costing group has this ID, so the inventory model settles this issue.",
            "Correct the Return lot ID. No action is needed if the purchase is older than this workbook.", "R6.2",
        )  # fmt: skip


def find_issues_covered_later(run: Run) -> Iterator[Problem]:
    """Information: issues that a receipt of a later date covers, not their transfer or their own return."""
    pairs, movements = run.matching.pairs, run.movements
    rows = movements.transactions
    both = (pairs.issue < rows) & (pairs.receipt < rows) & (pairs.principle != NON_FINANCIAL_TRANSFER)
    issue, receipt = pairs.issue[both], pairs.receipt[both]
    transactions = run.book.transactions
    one_transfer = (transactions.transfer[issue] >= 0) & (
        transactions.transfer[issue] == transactions.transfer[receipt]
    )
    later = (movements.date[receipt] > movements.date[issue]) & ~one_transfer
    originals = find_original_issues(transactions)
    later &= ~np.isin(issue * rows + receipt, originals.issue * rows + originals.receipt)
    covered, first = np.unique(issue[later], return_index=True)
    for row, other in zip(covered.tolist(), receipt[later][first].tolist(), strict=True):
        yield report_transaction(
            run, "IC513", row, "financial_date",
            f"This issue is covered by the later receipt {movements.id.item(other)}.",
            "No action is needed if the dates are right.", "R11", Severity.INFORMATION,
        )  # fmt: skip
