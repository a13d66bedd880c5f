"""All findings of a run: the input errors that only the engine can see, negative stock, and every warning of R11.

In      a book and a Run.
Out     Problems and tallies; warnings in the order of the rules, one list per finder.
Source  RULES R11, R5.1, R6.2; STYLE 4.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from invclose_xl.closing.findings.charges import find_amounts_that_cancel, find_new_unit_costs, find_spread_charges
from invclose_xl.closing.findings.columns import (
    find_columns_without_effect,
    find_marks_without_effect,
    find_unknown_words,
)
from invclose_xl.closing.findings.costs import (
    find_adjusted_transfers,
    find_backdated_postings,
    find_costs_below_zero,
    find_estimated_costs,
    find_groups_not_posted,
    find_long_averages,
    find_loops,
    find_price_deviations,
    find_receipts_not_fed,
    find_role_names,
    find_rounding_differences,
    find_zero_costs,
)
from invclose_xl.closing.findings.days import find_dates_far_ahead
from invclose_xl.closing.findings.feeds import (
    find_late_products,
    find_legs_without_counterpart,
    find_production_without_product,
    find_transfers_not_linked,
)
from invclose_xl.closing.findings.matching import (
    find_issues_covered_later,
    find_issues_not_settled,
    find_marks_not_followed,
    find_own_returns,
    find_unknown_vendor_returns,
)
from invclose_xl.closing.findings.models import find_changed_flags, find_changed_models
from invclose_xl.closing.findings.prior import (
    find_charges_on_settled_receipts,
    find_prior_settlements_at_another_cost,
    find_prior_settlements_with_value_left,
)
from invclose_xl.closing.findings.wording import get_item_number, name_costing_group, write_quantity
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.costflow.feeds import FeedFault
from invclose_xl.domain.book import Book
from invclose_xl.domain.links.marks import MarkFault
from invclose_xl.domain.money import format_quantity
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.problems.tally import Finding

FEED_FIXES = {
    "IC341": "Enter the lot of the sale that was returned, or empty the cell.",
    "IC342": "Correct the quantity or the Return lot ID.",
    "IC343": "Give each of these transfers its own Transfer ID.",
    "IC344": "Enter shares that add up to 1 on all produced receipts, or none at all.",
    "IC521": "Correct the Return lot ID. No action is needed if the sale is older than this workbook.",
    "IC522": "Enter the missing issue or receipt, or correct the quantities.",
    "IC578": "Enter the missing rows, or make it one step: enter Transfer as the Reference of its rows.",
}


MARKED_TWICE = "Enter the same Marked quantity in both rows, or empty Marked to and Marked quantity in one of them."


def mark_errors(book: Book, faults: list[MarkFault]) -> list[Problem]:
    """Turn faulty marks into input errors that name their cells."""
    transactions = book.transactions
    return [
        Problem(
            f.code,
            Severity.ERROR,
            transactions.cells.cell(f.row, "marked_quantity" if f.code == "IC306" else "marked_to"),
            _show_mark(book, f),
            f.problem,
            MARKED_TWICE if f.code == "IC306" else "Correct the mark or empty the cell.",
            rule="R5.1",
            item=get_item_number(book, f.row),
            transaction=transactions.id[f.row],
        )
        for f in faults
    ]


def _show_mark(book: Book, fault: MarkFault) -> str:
    """Return what the cell of a faulty mark holds: the quantity where that is the fault, else the ID."""
    if fault.code == "IC306":
        return format_quantity(int(book.transactions.marked_quantity[fault.row]), book.scales.quantity_scale)
    return str(book.transactions.marked_to[fault.row])


def find_feed_problems(book: Book, faults: list[FeedFault]) -> list[Problem]:
    """Turn what is wrong with transfers, returns and production into errors and warnings that name their cells."""
    transactions = book.transactions
    return [
        Problem(
            f.code,
            Severity.ERROR if f.code.startswith("IC3") else Severity.WARNING,
            transactions.cells.cell(f.row, f.field),
            "",
            _fill_quantities(book, f),
            FEED_FIXES[f.code],
            rule="R6.2",
            item=get_item_number(book, f.row),
            transaction=transactions.id[f.row],
        )
        for f in faults
    ]


def _fill_quantities(book: Book, fault: FeedFault) -> str:
    """Write the quantities of a fault into its sentence; IDs in it may hold braces of their own."""
    said = fault.problem
    for units in fault.quantities:
        said = said.replace("{}", format_quantity(units, book.scales.quantity_scale), 1)
    return said


def find_negative_stock(run: Run) -> list[Problem]:
    """Stock below zero at D: a warning, or an error where the model group forbids it.

    What was settled before the workbook's time counts on neither side: the other side of it need not be in the book.
    """
    book, movements, rows = run.book, run.movements, run.movements.transactions
    financial = np.zeros(len(book.groups), dtype=np.int64)
    physical = np.zeros(len(book.groups), dtype=np.int64)
    group, quantity_moved = movements.group[:rows], movements.quantity[:rows]
    moved = quantity_moved - np.sign(quantity_moved) * book.transactions.prior_settled_quantity
    is_financial = movements.financial[:rows] & movements.present[:rows]
    np.add.at(financial, group[is_financial], moved[is_financial])
    np.add.at(physical, group[movements.present[:rows]], moved[movements.present[:rows]])
    issues = np.flatnonzero(movements.present[:rows] & (quantity_moved < 0))
    last_issue = np.zeros(len(book.groups), dtype=np.int64)
    last_issue[group[issues]] = issues
    problems = []
    for kind, stock, flag, code in (
        ("financial", financial, "financial_negative_inventory", "IC331"),
        ("physical", physical, "physical_negative_inventory", "IC332"),
    ):
        allowed = book.get_item_flags(flag)
        for own_group in np.flatnonzero(stock < 0).tolist():
            item = int(book.groups.item[own_group])
            severity = Severity.WARNING if allowed[item] else Severity.ERROR
            last = int(last_issue[own_group])
            problems.append(
                Problem(
                    code if severity is Severity.ERROR else code.replace("IC33", "IC53"),
                    severity,
                    book.transactions.cells.cell(last, "quantity"),
                    "",
                    f"{name_costing_group(book, own_group)} has a {kind} stock of "
                    f"{write_quantity(run, stock[own_group])} "
                    f"at {run.request.up_to}{'' if allowed[item] else ', which its item model group does not allow'}.",
                    "Enter the missing receipts"
                    + (
                        "."
                        if severity is Severity.WARNING
                        else f", or Yes under {kind.capitalize()} negative inventory on the sheet Item model groups."
                    ),
                    rule="R11",
                    item=book.items.number.item(item),
                    transaction=book.transactions.id.item(last),
                )
            )
    return problems  # fmt: skip


def find_warnings(run: Run) -> list[Sequence[Finding]]:
    """Everything that a run reports and that does not stop it, finder by finder (RULES R11)."""
    of_feeds = [p for p in find_feed_problems(run.book, run.feed_faults) if p.severity is Severity.WARNING]
    finders: tuple[Callable[[Run], Iterable[Finding]], ...] = (
        find_columns_without_effect,
        find_unknown_words,
        find_dates_far_ahead,
        find_transfers_not_linked,
        find_legs_without_counterpart,
        find_production_without_product,
        find_late_products,
        find_issues_not_settled,
        find_marks_not_followed,
        find_marks_without_effect,
        find_unknown_vendor_returns,
        find_estimated_costs,
        find_backdated_postings,
        find_zero_costs,
        find_costs_below_zero,
        find_prior_settlements_with_value_left,
        find_prior_settlements_at_another_cost,
        find_charges_on_settled_receipts,
        find_spread_charges,
        find_amounts_that_cancel,
        find_new_unit_costs,
        find_adjusted_transfers,
        find_loops,
        find_own_returns,
        find_rounding_differences,
        find_price_deviations,
        find_receipts_not_fed,
        find_long_averages,
        find_changed_models,
        find_changed_flags,
        find_groups_not_posted,
        find_role_names,
        find_issues_covered_later,
    )
    return [of_feeds, *(list(find(run)) for find in finders)]
