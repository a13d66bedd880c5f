"""What a run must say: the input errors that only the engine can see, negative stock, and every warning of R11.

In      a book and a Run.
Out     Problems; warnings in the order of the rules.
Source  RULES R11, R5.1, R6.2; STYLE 4.
"""

import numpy as np

from invclose_xl.closing.findings.charges import charges_spread, new_unit_costs
from invclose_xl.closing.findings.columns import columns_without_effect, marks_without_effect, unknown_words
from invclose_xl.closing.findings.costs import (
    backdated_postings,
    costs_below_zero,
    estimated_costs,
    groups_not_posted,
    long_averages,
    loops,
    price_deviations,
    receipts_not_fed,
    role_names,
    rounding_differences,
    transfers_adjusted,
    zero_costs,
)
from invclose_xl.closing.findings.days import dates_far_ahead
from invclose_xl.closing.findings.feeds import (
    late_products,
    legs_without_counterpart,
    production_without_product,
    transfers_not_linked,
)
from invclose_xl.closing.findings.matching import (
    covered_later,
    issues_not_settled,
    marks_not_followed,
    own_returns,
    unknown_vendor_returns,
)
from invclose_xl.closing.findings.models import flags_changed, models_changed
from invclose_xl.closing.findings.prior import (
    charges_expensed,
    settled_before_at_another_cost,
    settled_before_with_value_left,
)
from invclose_xl.closing.findings.wording import item_of, place, quantity
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.costflow.feeds import FeedFault
from invclose_xl.domain.book import Book
from invclose_xl.domain.links.marks import MarkFault
from invclose_xl.domain.money import quantity_text
from invclose_xl.domain.problems.problem import Problem, Severity

FEED_FIXES = {
    "IC341": "Enter the lot of the sale that was returned, or empty the cell.",
    "IC342": "Correct the quantity or the Return lot ID.",
    "IC343": "Give each of these transfers its own Transfer ID.",
    "IC344": "Enter shares that add up to 1 on all produced receipts, or none at all.",
    "IC521": "Correct the Return lot ID. No action is needed if the sale is older than this workbook.",
    "IC522": "Enter the missing issue or receipt, or correct the quantities.",
    "IC578": "Enter the missing rows, or make it one step: enter Transfer as the Reference of its rows.",
}


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
            item=item_of(book, f.row),
            transaction=t.id[f.row],
        )
        for f in faults
    ]


def feed_problems(book: Book, faults: list[FeedFault]) -> list[Problem]:
    """Turn what is wrong with transfers, returns and production into errors and warnings that name their cells."""
    t = book.transactions
    return [
        Problem(
            f.code,
            Severity.ERROR if f.code.startswith("IC3") else Severity.WARNING,
            t.cells.cell(f.row, f.field),
            "",
            _with_quantities(book, f),
            FEED_FIXES[f.code],
            rule="R6.2",
            item=item_of(book, f.row),
            transaction=t.id[f.row],
        )
        for f in faults
    ]


def _with_quantities(book: Book, fault: FeedFault) -> str:
    """Write the quantities of a fault into its sentence; IDs in it may hold braces of their own."""
    said = fault.problem
    for units in fault.quantities:
        said = said.replace("{}", quantity_text(units, book.scales.quantity_scale), 1)
    return said


def negative_stock(run: Run) -> list[Problem]:
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
        allowed = book.flag_of_item(flag)
        for g in np.flatnonzero(stock < 0).tolist():
            item = int(book.groups.item[g])
            severity = Severity.WARNING if allowed[item] else Severity.ERROR
            last = int(last_issue[g])
            problems.append(
                Problem(
                    code if severity is Severity.ERROR else code.replace("IC33", "IC53"),
                    severity,
                    book.transactions.cells.cell(last, "quantity"),
                    "",
                    f"{place(book, g)} has a {kind} stock of {quantity(run, stock[g])} at {run.request.up_to}.",
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
    found = [p for p in feed_problems(run.book, run.feed_faults) if p.severity is Severity.WARNING]
    for part in (
        columns_without_effect,
        unknown_words,
        dates_far_ahead,
        transfers_not_linked,
        legs_without_counterpart,
        production_without_product,
        late_products,
        issues_not_settled,
        marks_not_followed,
        marks_without_effect,
        unknown_vendor_returns,
        estimated_costs,
        backdated_postings,
        zero_costs,
        costs_below_zero,
        settled_before_with_value_left,
        settled_before_at_another_cost,
        charges_expensed,
        charges_spread,
        new_unit_costs,
        transfers_adjusted,
        loops,
        own_returns,
        rounding_differences,
        price_deviations,
        receipts_not_fed,
        long_averages,
        models_changed,
        flags_changed,
        groups_not_posted,
        role_names,
        covered_later,
    ):
        found += part(run)
    return found
