"""Findings about charges and new unit costs that a run follows.

In      a Run.
Out     Problems, row by row of the sheets.
Source  RULES R7.4, R11.
"""

from collections.abc import Iterator

import numpy as np

from invclose_xl.closing.adjustments.charge_receipts import ChargeReceipts
from invclose_xl.closing.adjustments.charge_shares import find_charges_since
from invclose_xl.closing.adjustments.manual import find_rows_since
from invclose_xl.closing.adjustments.new_unit_cost import compute_cost_at
from invclose_xl.closing.findings.wording import get_item_number, write_amount, write_quantity
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.as_of import select_chargeable
from invclose_xl.domain.book import NO_CODE, Bool, Charges, Int64
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity
from invclose_xl.domain.words import SpreadBy

MOST_UNITS_NAMED = 4


def find_spread_charges(run: Run) -> Iterator[Problem]:
    """Charges that leave receipts out, take receipts in that nobody may have meant, or add up what cannot be added."""
    charges, movements, rows = run.book.charges, run.movements, run.movements.transactions
    due = [] if charges is None else find_charges_since(charges, run.state, run.request.day)
    if charges is None or not due:
        return
    receipts, financial = movements.is_receipt[:rows], movements.financial[:rows]
    selects = ChargeReceipts(run.book, charges, receipts & financial & movements.present[:rows])
    waiting = ChargeReceipts(run.book, charges, receipts & ~financial & movements.present[:rows])
    fed = _select_fed_receipts(run)
    for charge in due:
        chosen = selects.of(charge)
        yield from _find_not_invoiced(charges, charge, len(waiting.of(charge)))
        yield from _find_taken_along(charges, charge, int(fed[chosen].sum()))
        yield from _find_units(run, charges, charge, chosen)
        if charges.names_nothing(charge):
            what = f"The charge names nothing that it belongs to, so it is spread over all receipts: {len(chosen):,}."
            fix = "Enter what it belongs to. No action is needed if it belongs to everything."
            yield Problem("IC594", Severity.WARNING, charges.cells.cell(charge, "date"), "", what, fix, "R7.4")


def find_amounts_that_cancel(run: Run) -> Iterator[Problem]:
    """New charges and cost adjustments of one receipt that add up to 0: *Adjustments* has no row that names them."""
    manual = run.manual
    new = np.flatnonzero(manual.sheet_row != NO_CODE)
    if manual.entries is None or not len(new):
        return
    entry, row, amount = manual.sheet_row[new], manual.row[new], manual.amount[new]
    total = manual.sum_per_transaction(len(run.book.transactions))
    by_cell: dict[CellRef, list[int]] = {}
    for place in np.flatnonzero((total[row] == 0) & (amount != 0)).tolist():
        by_cell.setdefault(manual.entries.cells.cell(int(entry[place]), "amount"), []).append(int(row[place]))
    for where, receipts in by_cell.items():
        these = "receipt of it" if len(receipts) == 1 else "receipts of it"
        what = (
            f"For {len(receipts):,} {these}, such as {run.book.transactions.id[receipts[0]]}, this and other amounts of"
            " the run add up to 0: the cost stays as it was and has no row on Adjustments; the accounts are posted."
        )
        yield Problem("IC595", Severity.INFORMATION, where, "", what, "No action is needed if this is meant.", "R7.4")


def _select_fed_receipts(run: Run) -> Bool:
    """Receipts that take their cost from an issue: of transfers, returns and production."""
    fed = np.zeros(len(run.movements), dtype=np.bool_)
    for links in run.feeds:
        fed[links.fed] = True
    fed[run.matching.non_financial.receipt] = True
    return fed[: run.movements.transactions]


def _find_not_invoiced(charges: Charges, charge: int, waiting: int) -> Iterator[Problem]:
    if waiting:
        what = (
            f"{format_count(waiting, 'receipt')} of the charge {choose_form(waiting, 'is', 'are')} not invoiced yet and"
            f" {choose_form(waiting, 'takes', 'take')} no share: the invoiced ones share the whole amount."
        )
        fix = "Date the charge when all are invoiced, or split its amount. No action is needed if this is meant."
        yield Problem("IC590", Severity.WARNING, charges.cells.cell(charge, "date"), "", what, fix, "R7.4")


def _find_taken_along(charges: Charges, charge: int, fed: int) -> Iterator[Problem]:
    if fed:
        what = (
            f"{format_count(fed, 'receipt')} of the charge {choose_form(fed, 'comes', 'come')} from a "
            "transfer, a return or"
            f" production; {choose_form(fed, 'its share is', 'their shares are')} added to the cost that these hand on."
        )
        fix = "Name the purchases alone, by Number or Lot ID. No action is needed if these shall share the charge."
        yield Problem("IC591", Severity.WARNING, charges.cells.cell(charge, "date"), "", what, fix, "R7.4")


def _find_units(run: Run, charges: Charges, charge: int, chosen: Int64) -> Iterator[Problem]:
    items = run.book.items
    if charges.spread_by[charge] is not SpreadBy.QUANTITY or not len(items.unit):
        return
    units = items.unit.gather(np.unique(run.book.transactions.item[chosen])).drop_nulls()
    names = units.unique(maintain_order=True).to_list()
    if len(names) > 1:
        listed = ", ".join(names[:MOST_UNITS_NAMED]) + (" …" if len(names) > MOST_UNITS_NAMED else "")
        what = f"The charge is spread by quantity over items of different units: {listed}."
        fix = "Enter Value under Spread by, or one row per unit. No action is needed if this is meant."
        yield Problem("IC593", Severity.WARNING, charges.cells.cell(charge, "spread_by"), "Quantity", what, fix, "R7.4")


def find_new_unit_costs(run: Run) -> Iterator[Problem]:
    """Receipts that cost something else after the run than their new unit cost says; and those that cost it already."""
    entries = run.manual.entries
    if entries is None or not entries.has_unit_cost().any():
        return
    since = find_rows_since(run.book, entries, run.state, run.request.day, select_chargeable(run.book, run.request.day))
    asked = since[entries.has_unit_cost()[since]]
    order = np.lexsort((since, entries.has_unit_cost()[since], entries.day[since]))
    last = dict(zip(entries.transaction[since[order]].tolist(), since[order].tolist(), strict=True))
    for entry in asked.tolist():
        receipt = int(entries.transaction[entry])
        size = int(run.movements.quantity[receipt])
        cost, wanted = int(run.costs.cost[receipt]), compute_cost_at(run.book, entries, entry, size)
        where = entries.cells.cell(entry, "new_unit_cost")
        about = (get_item_number(run.book, receipt), run.book.transactions.id[receipt])
        if run.periodic[receipt] and not entries.on_hand[entry] and last[receipt] == entry and cost != wanted:
            what = (
                f"At this unit cost, the {write_quantity(run, size)} of this receipt cost "
                f"{write_amount(run, wanted)}; after this"
                f" run they cost {write_amount(run, cost)}: {write_amount(run, cost - wanted)} came from elsewhere,"
                " such as a transfer, a return or production, or was expensed for what a former system settled."
            )
            fix = "No action is needed if this is right; otherwise correct the cost where it comes from."
            yield Problem("IC592", Severity.WARNING, where, "", what, fix, "R7.4", *about)
        elif not entries.amount[entry]:
            what = "The receipt has this unit cost already, so the row changes nothing."
            yield Problem("IC592", Severity.INFORMATION, where, "", what, "No action is needed.", "R7.4", *about)
