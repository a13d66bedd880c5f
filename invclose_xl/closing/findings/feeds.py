"""Findings about transfers and production: legs without counterpart, products that are missing or come late.

In      a Run.
Out     Problems, transaction by transaction.
Source  RULES R4.1, R6.2, R11.
"""

from collections.abc import Iterator

import numpy as np

from invclose_xl.closing.findings.columns import select_new_rows
from invclose_xl.closing.findings.wording import report_transaction, write_amount, write_quantity
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.costflow.feeds import FeedLinks
from invclose_xl.domain.book import NO_DATE, Bool, Int64
from invclose_xl.domain.links.feed_members import (
    number_transfer_steps,
    select_component_issues,
    select_produced_receipts,
    select_returned_components,
    select_transfers_without_id,
)
from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER, PRINCIPLES
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.problems.groups import name_cells_of_column
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.domain.words import Cause

MOST_NAMES = 6


def find_transfers_not_linked(run: Run) -> Iterator[Tally]:
    """Transfers without a Transfer ID: nothing says which receipt belongs to which issue (R6.2); one problem a book."""
    transactions, rows = run.book.transactions, run.movements.transactions
    found = np.flatnonzero(
        select_transfers_without_id(transactions) & select_new_rows(run) & run.periodic[:rows]
    ).tolist()
    fix = "Enter one Transfer ID on the issue and the receipt of each transfer."
    if found:
        examples = [
            report_transaction(run, "IC576", row, "transfer", transactions.reference[row], fix, "R6.2") for row in found
        ]
        yield Tally(("IC576",), _count_transfers, (), tuple(examples))


def _count_transfers(tally: Tally) -> Iterator[Problem]:
    count, reference = len(tally.examples), tally.examples[0].problem
    others = name_cells_of_column([example.where for example in tally.examples])
    yield tally.first(
        f"{format_count(count, 'row')} of Reference {reference} {choose_form(count, 'has', 'have')} no"
        f" Transfer ID ({others}), so no cost is handed from the issue to the receipt: each receipt keeps its"
        " posted cost."
    )


def find_legs_without_counterpart(run: Run) -> Iterator[Problem]:
    """Legs in one costing group that could not be settled with each other, one problem per step and group (R4.1)."""
    transactions, movements, rows = run.book.transactions, run.movements, run.movements.transactions
    step = number_transfer_steps(transactions)
    leg = np.flatnonzero((step >= 0) & run.periodic[:rows] & ~_select_settled_as_transfer(run))
    place = step[leg] * (int(transactions.group.max(initial=0)) + 1) + transactions.group[leg]
    by_side = [np.unique(place[side]) for side in (transactions.quantity[leg] < 0, transactions.quantity[leg] > 0)]
    ready = movements.financial & movements.eligible & (movements.settled_quantity == 0)
    named = ready[leg] & np.isin(place, by_side[0]) & np.isin(place, by_side[1])
    leg, place = leg[named], place[named]
    order = np.argsort(place, kind="stable")
    bounds = np.flatnonzero(np.diff(place[order])) + 1
    for own in np.split(leg[order], bounds) if len(leg) else []:
        names = ", ".join(
            f"{transactions.id[row]} ({write_quantity(run, transactions.quantity[row])})"
            for row in own[:MOST_NAMES].tolist()
        )
        more = f" and {len(own) - MOST_NAMES} more" if len(own) > MOST_NAMES else ""
        which, them = (
            (f"the row {names} has", "it is") if len(own) == 1 else (f"the rows {names}{more} have", "they are")
        )
        yield report_transaction(
            run, "IC535", int(own[0]), "transfer",
            f"In this transfer, {which} no opposite row of the same quantity in the costing group up to"
            f" {run.request.up_to}, so {them} settled by the inventory model like any other transaction.",
            "Enter or invoice the missing row, or correct the quantities or the Transfer ID.", "R4.1",
        )  # fmt: skip


def _select_settled_as_transfer(run: Run) -> Bool:
    """Legs that this run or an active closing settles with each other."""
    settled = np.zeros(len(run.movements), dtype=np.bool_)
    before = run.state.settled
    own = (before.principle == PRINCIPLES[NON_FINANCIAL_TRANSFER]).to_numpy()
    pairs = run.matching.non_financial
    for legs in (pairs.issue, pairs.receipt, before.issue[own], before.receipt[own]):
        settled[legs] = True
    return settled[: run.movements.transactions]


def find_production_without_product(run: Run) -> Iterator[Problem]:
    """Production numbers with components and no product in the sheet: their cost stays in work in process (R6.2)."""
    transactions, movements, rows = run.book.transactions, run.movements, run.movements.transactions
    with_product = np.unique(transactions.production[select_produced_receipts(transactions)])
    component = select_component_issues(transactions)
    counts = (
        (component | select_returned_components(transactions))
        & movements.present[:rows]
        & ~np.isin(transactions.production, with_product)
    )
    row = np.flatnonzero(counts)
    numbers, number = np.unique(transactions.production[row], return_inverse=True)
    cost = np.zeros(len(numbers), dtype=np.int64)
    np.add.at(cost, number, np.where(component[row], 1, -1) * run.costs.cost[row])
    first = np.full(len(numbers), rows, dtype=np.int64)
    np.minimum.at(first, number, row)
    for feed in np.flatnonzero(cost != 0).tolist():
        yield report_transaction(
            run, "IC536", int(first[feed]), "production",
            f"This production number has components of {write_amount(run, cost[feed])} but no product, so "
            "their cost stays in"
            " work in process.",
            "Enter the product with Reference Production and this number, or correct the number of the components.",
            "R6.2",
        )  # fmt: skip


def find_late_products(run: Run) -> Iterator[Problem]:
    """Products that came after a close which had shared the cost of their production number without them (R6.2)."""
    if run.state.closed_up_to == NO_DATE:
        return
    for links in run.feeds:
        if links.cause is Cause.PRODUCTION:
            yield from _describe_late_products(run, links)


def _describe_late_products(run: Run, links: FeedLinks) -> Iterator[Problem]:
    shared, given, is_late = _sum_shared_before(run, links)
    for share in np.flatnonzero(is_late & (shared != 0)[links.fed_feed] & (shared == given)[links.fed_feed]).tolist():
        feed, row = int(links.fed_feed[share]), int(links.fed[share])
        total, weight = int(shared[feed]), int(links.weight[feed])
        moved = mul_div(total, int(links.fed_to[share]), weight) - mul_div(total, int(links.fed_from[share]), weight)
        if moved:
            yield report_transaction(
                run, "IC537", row, "production",
                f"The closing up to {_write_day(run)} distributed the adjustments of this production number,"
                f" {write_amount(run, total)}, to its earlier products only; {write_amount(run, moved)} of "
                "it now moves from them"
                " to this product.",
                "Check that the product belongs to this production number; if it does, no action is needed.", "R6.2",
            )  # fmt: skip


def _sum_shared_before(run: Run, links: FeedLinks) -> tuple[Int64, Int64, Bool]:
    """Per feed what closings adjusted its components by and gave its products; and which products are late."""
    adjusted, movements, last = run.state.adjusted, run.movements, run.state.last_closing
    of_row, fed_of_row = (np.zeros(len(movements), dtype=np.int64) for _ in range(2))
    closed = adjusted.closing <= last
    np.add.at(of_row, adjusted.row[closed], adjusted.amount[closed])
    fed = closed & (adjusted.cause == Cause.PRODUCTION.value).to_numpy()
    np.add.at(fed_of_row, adjusted.row[fed], adjusted.amount[fed])
    np.add.at(fed_of_row, adjusted.row[closed], adjusted.rounding_difference[closed])
    shared, given = (np.zeros(len(links), dtype=np.int64) for _ in range(2))
    np.add.at(shared, links.member_feed, links.member_sign * of_row[links.member])
    np.add.at(given, links.fed_feed, fed_of_row[links.fed])
    return shared, given, movements.date[links.fed] > run.state.closed_up_to


def _write_day(run: Run) -> str:
    return str(np.datetime64(run.state.closed_up_to, "D"))
