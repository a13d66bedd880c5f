"""What a run must say: every warning of R11, and the input errors that only matching can see.

In      a book and a Run.
Out     Problems in the order of the transactions, errors first.
Source  RULES R11, R5.1, R5.10; STYLE 4.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from invclose_xl.closing.adjust import CAUSES
from invclose_xl.closing.estimate import Basis
from invclose_xl.closing.run import Run
from invclose_xl.domain.book import NO_DATE, Book, Int64
from invclose_xl.domain.marks import MarkFault
from invclose_xl.domain.money import NO_AMOUNT, amount_text, mul_div, quantity_text
from invclose_xl.domain.problem import CellRef, Problem, Severity
from invclose_xl.domain.words import Cause, InventoryModel


def mark_errors(book: Book, faults: list[MarkFault]) -> list[Problem]:
    """Turn faulty marks into input errors that name their cells."""
    t = book.transactions
    return [
        Problem(
            f.code,
            Severity.ERROR,
            t.cells.cell(f.row, "marked_quantity" if f.code == "IC306" else "marked_to"),
            str(t.marked_to[f.row]),
            f.problem,
            "Correct the mark or empty the cell.",
            rule="R5.1",
            item=_item(book, f.row),
            transaction=t.id[f.row],
        )
        for f in faults
    ]


def negative_stock(run: Run) -> list[Problem]:
    """Stock below zero at D: a warning, or an error where the model group forbids it."""
    book, movements, rows = run.book, run.movements, run.movements.transactions
    financial = np.zeros(len(book.groups), dtype=np.int64)
    physical = np.zeros(len(book.groups), dtype=np.int64)
    group, quantity = movements.group[:rows], movements.quantity[:rows]
    is_financial = movements.financial[:rows] & movements.present[:rows]
    np.add.at(financial, group[is_financial], quantity[is_financial])
    np.add.at(physical, group[movements.present[:rows]], quantity[movements.present[:rows]])
    problems = []
    for kind, stock, flag, code in (
        ("financial", financial, "financial_negative_inventory", "IC331"),
        ("physical", physical, "physical_negative_inventory", "IC332"),
    ):
        allowed = book.flag_of_item(flag)
        for g in np.flatnonzero(stock < 0).tolist():
            item = int(book.groups.item[g])
            severity = Severity.WARNING if allowed[item] else Severity.ERROR
            last = int(np.flatnonzero((group == g) & movements.present[:rows] & (quantity < 0))[-1])
            problems.append(
                Problem(
                    code if severity is Severity.ERROR else code.replace("IC33", "IC53"),
                    severity,
                    book.transactions.cells.cell(last, "quantity"),
                    "",
                    f"{_place(book, g)} has a {kind} stock of {_quantity(run, stock[g])} at {run.order.up_to}.",
                    "Enter the missing receipts"
                    + (
                        "."
                        if severity is Severity.WARNING
                        else f", or allow {kind} negative inventory in the item model group."
                    ),
                    rule="R11",
                    item=book.items.number[item],
                    transaction=book.transactions.id[last],
                )
            )
    return problems  # fmt: skip


def warnings(run: Run) -> list[Problem]:
    """Everything that a run reports and that does not stop it (RULES R11)."""
    found: list[Problem] = []
    for part in (_not_settled, _marks, _estimates, _zero_cost, _transfers_adjusted, _prices, _long_average, _later):
        found += part(run)
    return found


def _item(book: Book, row: int) -> str:
    return str(book.items.number[int(book.transactions.item[row])])


def _place(book: Book, group: int) -> str:
    """``Item BIKE, site=1``."""
    label = book.groups.label[group]
    return f"Item {book.items.number[int(book.groups.item[group])]}" + (f", {label}" if label else "")


def _quantity(run: Run, units: int) -> str:
    return quantity_text(int(units), run.book.scales.quantity_scale)


def _amount(run: Run, units: int) -> str:
    return amount_text(int(units), run.book.scales.currency_decimals)


def _about(
    run: Run, code: str, row: int, field: str, problem: str, fix: str, rule: str, severity: Severity = Severity.WARNING
) -> Problem:
    t = run.book.transactions
    return Problem(code, severity, t.cells.cell(row, field), "", problem, fix, rule, _item(run.book, row), t.id[row])


def _used(run: Run) -> Int64:
    """Quantity that this run settled or linked, per movement that existed before."""
    pairs, size = run.matching.pairs, len(run.movements)
    used = np.zeros(size, dtype=np.int64)
    for side in (pairs.issue, pairs.receipt):
        old = side < size
        np.add.at(used, side[old], pairs.quantity[old])
    return used


def _not_settled(run: Run) -> Iterator[Problem]:
    """Issues that stay partly or wholly open (RULES R5.10)."""
    movements, rows = run.movements, run.movements.transactions
    left = np.where(movements.eligible, movements.open_quantity - _used(run), 0)[:rows]
    held = np.zeros(rows, dtype=np.int64)
    chosen = run.matching.marked.held > 0
    np.add.at(held, run.matching.marked.holder[chosen], run.matching.marked.held[chosen])
    physical_receipt = movements.is_receipt & movements.present & ~movements.financial & ~movements.eligible
    waiting = np.bincount(movements.group[physical_receipt], minlength=len(run.book.groups)) > 0
    for row in np.flatnonzero((left > 0) & ~movements.is_receipt[:rows]).tolist():
        quantity = _quantity(run, left[row])
        if held[row] >= left[row]:
            why = "it is held for its mark"
        elif waiting[movements.group[row]]:
            why = "the receipts that could cover it are not invoiced yet"
        else:
            why = "no receipt is left in its costing group"
        yield _about(
            run, "IC501", row, "quantity",
            f"{_place(run.book, int(movements.group[row]))}: {quantity} of this issue stay unsettled at their posted"
            f" cost, because {why}.",
            "Enter or invoice the receipt, or leave it: the next close settles it.", "R5.10",
        )  # fmt: skip


def _marks(run: Run) -> Iterator[Problem]:
    """Marks that were held, found nothing left, or do not count."""
    marked, marks = run.matching.marked, run.marks
    ids = run.book.transactions.id
    for k in np.flatnonzero(marked.held > 0).tolist():
        holder = int(marked.holder[k])
        other = int(marks.partner[k] if marks.carrier[k] == holder else marks.carrier[k])
        yield _about(
            run, "IC502", holder, "marked_to",
            f"{_quantity(run, marked.held[k])} are held: the marked transaction {ids[other]} cannot be"
            f" settled up to {run.order.up_to}.",
            f"Invoice {ids[other]}, close to a later date, or remove the mark.", "R5.1",
        )  # fmt: skip
    for k in np.flatnonzero(marked.exhausted > 0).tolist():
        row = int(marks.carrier[k])
        yield _about(
            run, "IC503", row, "marked_to",
            f"The marked transaction {ids[int(marks.partner[k])]} has not enough left;"
            f" {_quantity(run, marked.exhausted[k])} go by the inventory model.",
            "Mark another transaction, or leave it.", "R5.1",
        )  # fmt: skip
    own = np.zeros(len(run.movements), dtype=np.bool_)
    own[run.matching.non_financial.issue] = own[run.matching.non_financial.receipt] = True
    for k in np.flatnonzero(own[marks.carrier] | own[marks.partner]).tolist():
        yield _about(
            run, "IC504", int(marks.carrier[k]), "marked_to",
            "The mark is ignored: a transfer inside one costing group settles with its own other leg.",
            "Empty the cell.", "R4.1",
        )  # fmt: skip


def _estimates(run: Run) -> Iterator[Problem]:
    """Fallback prices one by one, and one line for all that was estimated."""
    e = run.estimates
    for k in np.flatnonzero(e.basis >= Basis.COST_PRICE).tolist():
        row = int(e.row[k])
        if e.basis[k] == Basis.COST_PRICE:
            yield _about(
                run, "IC505", row, "financial_amount",
                f"There is no running average before this transaction; {_amount(run, e.amount[k])} is the"
                " item's cost price.",
                "Enter the amount, or the receipts that came before.", "R8.2",
            )  # fmt: skip
        else:
            yield _about(
                run, "IC506", row, "financial_amount",
                "There is neither a running average before this transaction nor a cost price; its cost is taken as 0.",
                "Enter the amount, or a cost price on the sheet Items.", "R8.2",
            )  # fmt: skip
    if len(e):
        total = _amount(run, e.amount.sum())
        yield Problem(
            "IC507", Severity.WARNING, CellRef("Estimated costs"), "",
            f"{len(e)} transactions without an amount were estimated and posted, {total} together.",
            "If the ledger already has their cost, reverse, set Post estimated costs to No on the sheet Parameters,"
            " and close again.", "R8.5",
        )  # fmt: skip


def _zero_cost(run: Run) -> Iterator[Problem]:
    movements, rows = run.movements, run.movements.transactions
    estimated = np.zeros(rows, dtype=np.bool_)
    estimated[run.estimates.row] = True
    zero = movements.present[:rows] & ~movements.is_receipt[:rows] & (run.costs.cost[:rows] == 0)
    for row in np.flatnonzero(zero & movements.eligible[:rows] & ~estimated).tolist():
        yield _about(
            run, "IC508", row, "financial_amount", "This issue costs 0.",
            "Check the cost of the receipts it was settled with.", "R11",
        )  # fmt: skip


def _transfers_adjusted(run: Run) -> Iterator[Problem]:
    a = run.adjustments
    for k in np.flatnonzero(a.cause == CAUSES.index(Cause.NON_FINANCIAL_TRANSFER)).tolist():
        yield _about(
            run, "IC509", int(a.row[k]), "financial_amount",
            f"Both legs of a transfer inside one costing group cost the same; this receipt was adjusted by"
            f" {_amount(run, a.amount[k])} to its issue.",
            "Check why the two legs were posted with different amounts.", "R4.1",
        )  # fmt: skip


def _prices(run: Run) -> Iterator[Problem]:
    """Receipts of standard cost and fixed receipt price items that were not posted at the cost price."""
    book, movements, rows = run.book, run.movements, run.movements.transactions
    t, scales = book.transactions, book.scales
    price = book.items.cost_price[t.item]
    standard = run.model[:rows] == InventoryModel.STANDARD_COST
    fixed = book.flag_of_item("fixed_receipt_price")[t.item] & (t.quantity > 0) & run.periodic[:rows]
    decimals = scales.price_scale + scales.quantity_scale - scales.currency_decimals
    for row in np.flatnonzero(movements.present[:rows] & (standard | fixed) & (price != NO_AMOUNT)).tolist():
        wanted = abs(int(t.quantity[row])) * int(price[row])
        posted = int(movements.posted[row])
        agrees = posted * 10**decimals == wanted if decimals >= 0 else posted == wanted * 10**-decimals
        if agrees or _rounds_to(wanted, decimals, posted):
            continue
        code, rule, what = (
            ("IC510", "R2.6", "standard cost") if standard[row] else ("IC511", "R7.5", "fixed receipt price")
        )
        yield _about(
            run, code, row, "financial_amount",
            f"The posted amount {_amount(run, posted)} is not the quantity at the item's {what}.",
            "Check the amount, or the cost price on the sheet Items.", rule,
        )  # fmt: skip


def _rounds_to(wanted: int, decimals: int, posted: int) -> bool:
    return decimals > 0 and mul_div(wanted, 1, 10**decimals) == posted


def _long_average(run: Run) -> Iterator[Problem]:
    """A weighted average over more than a month (RULES R2.8)."""
    weighted = (run.model == InventoryModel.WEIGHTED_AVERAGE) & run.movements.eligible
    if not weighted.any():
        return
    first = (
        run.standing.closed_up_to if run.standing.closed_up_to != NO_DATE else int(run.movements.date[weighted].min())
    )
    months = pl.Series([first, run.order.day], dtype=pl.Int32).cast(pl.Date).to_list()
    start, end = months
    if run.standing.closed_up_to == NO_DATE:
        longer = (start.year, start.month) != (end.year, end.month)
    else:
        longer = (end.year * 12 + end.month) - (start.year * 12 + start.month) > 1
    if longer:
        yield Problem(
            "IC512", Severity.WARNING, CellRef("Transactions"), "",
            f"Weighted average items take one average from {start} to {run.order.up_to}, more than a month.",
            "Close month by month if each month is to have its own average.", "R2.8",
        )  # fmt: skip


def _later(run: Run) -> Iterator[Problem]:
    """Information: issues that a receipt of a later date covers."""
    pairs, movements = run.matching.pairs, run.movements
    rows = movements.transactions
    both = (pairs.issue < rows) & (pairs.receipt < rows)
    issue, receipt = pairs.issue[both], pairs.receipt[both]
    later = movements.date[receipt] > movements.date[issue]
    covered, first = np.unique(issue[later], return_index=True)
    for row, other in zip(covered.tolist(), receipt[later][first].tolist(), strict=True):
        yield _about(
            run, "IC513", row, "financial_date",
            f"This issue is covered by the later receipt {movements.id[other]}.",
            "Nothing, unless the dates are wrong.", "R11", Severity.INFORMATION,
        )  # fmt: skip
