"""How a finding is worded: which cell, which item and group, quantities and amounts for people.

Source  STYLE 4; RULES R11.
"""

from invclose_xl.closing.run.computed_run import Run
from invclose_xl.domain.book import NO_DATE, Book
from invclose_xl.domain.money import format_amount, format_quantity
from invclose_xl.domain.problems.problem import CellRef, Problem, Severity


def get_item_number(book: Book, row: int) -> str:
    """Item number of a transaction."""
    return str(book.items.number.item(int(book.transactions.item[row])))


def name_costing_group(book: Book, group: int) -> str:
    """``Item BIKE, site=1``."""
    label = book.groups.label.item(group)
    return f"Item {book.items.number.item(int(book.groups.item[group]))}" + (f", {label}" if label else "")


def write_quantity(run: Run, units: int) -> str:
    """Write a quantity of the run's book."""
    return format_quantity(int(units), run.book.scales.quantity_scale)


def write_amount(run: Run, units: int) -> str:
    """Write an amount of the run's book."""
    return format_amount(int(units), run.book.scales.currency_decimals)


def report_transaction(
    run: Run, code: str, row: int, field: str, problem: str, fix: str, rule: str, severity: Severity = Severity.WARNING
) -> Problem:
    """Return a problem about one field of one transaction."""
    transactions = run.book.transactions
    # A leg of a closing transfer is on no sheet of the user's; only a cost adjustment names it.
    is_leg = transactions.physical_date[row] == NO_DATE and transactions.financial_date[row] == NO_DATE
    where = CellRef("Cost adjustments") if is_leg else transactions.cells.cell(row, field)
    item, transaction = get_item_number(run.book, row), transactions.id.item(row)
    return Problem(code, severity, where, "", problem, fix, rule, item, transaction)
