"""The status of a book: closed date, history and what is open, as text and as plain data.

In      a BookStatus: the lock's rows and counts of what is open, amounts in minor units.
Out     text of at most 100 columns; a dictionary for JSON, amounts as decimal text.
Source  WORKBOOK "Command line".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl

from invclose_xl.domain.money import amount_text, text_of
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.reports.summary import problem_json


@dataclass(frozen=True, slots=True)
class BookStatus:
    """What a book says of itself."""

    closed_up_to: date | None
    next_date: date
    """what a close without a date would close up to"""
    history: pl.DataFrame
    """the rows of the lock, oldest first (domain.tables.LOCK)"""
    open_receipts: int
    open_receipt_value: int
    open_issues: int
    open_issue_cost: int
    currency: str
    currency_decimals: int
    stock_value: int = 0
    """what the stock is worth on the closed date, invoiced; as *Stock value* and ``reconcile`` say"""
    not_invoiced_value: int = 0
    """what came in less what went out by then with a packing slip alone"""
    problems: tuple[Problem, ...] = ()
    """what is remarkable about the book as it is now"""


def status_text(status: BookStatus) -> str:
    """Write the page that ``invclose-xl status`` prints."""
    money = f" {status.currency}" if status.currency else ""

    def amount(units: int | None) -> str:
        return amount_text(units or 0, status.currency_decimals)

    lines = [
        f"Inventory is closed up to {status.closed_up_to}." if status.closed_up_to else "Inventory was never closed.",
        f"The next close would be up to {status.next_date}.",
        "",
        *_value_lines(status, amount, money),
        f"  Open receipts   {status.open_receipts:>10,}   worth {amount(status.open_receipt_value)}{money}",
        f"  Open issues     {status.open_issues:>10,}   at {amount(status.open_issue_cost)}{money} posted cost",
        "",
    ]
    if len(status.history):
        lines.append(
            f"  {'Closing':<10} {'Type':<14} {'Up to':<10} {'Status':<9} {'Change of value':>16} {'Warnings':>9}"
        )
    for row in status.history.iter_rows(named=True):
        lines.append(
            f"  {row['closing']:<10} {row['type']:<14} {row['up_to']!s:<10} {row['status']:<9}"
            f" {_change(row['adjustment_amount'], amount):>16} {row['warnings'] or 0:>9,}"
        )
    return "\n".join(lines).rstrip()


def _change(change: int | None, amount: Callable[[int | None], str]) -> str:
    """Write the change of value of a run; blank where it is not known any more."""
    return "" if change is None else amount(change)


def _value_lines(status: BookStatus, amount: Callable[[int | None], str], money: str) -> list[str]:
    """What the stock was worth at the last close."""
    if status.closed_up_to is None:
        return []
    lines = [f"  Stock value on {status.closed_up_to}  {amount(status.stock_value):>20}{money}"]
    if status.not_invoiced_value:
        lines.append(f"  Not invoiced on that date  {amount(status.not_invoiced_value):>20}{money}")
    return [*lines, ""]


def status_json(status: BookStatus) -> dict[str, object]:
    """Return the same as plain data; amounts are decimal text."""

    def amount(units: int | None) -> str:
        return text_of(units or 0, status.currency_decimals)

    closings = [
        {
            "closing": row["closing"],
            "type": row["type"],
            "up_to": row["up_to"].isoformat() if row["up_to"] else None,
            "status": row["status"],
            "adjustment_amount": None if row["adjustment_amount"] is None else amount(row["adjustment_amount"]),
            "digest": row["digest"],
        }
        for row in status.history.iter_rows(named=True)
    ]
    return {
        "currency": status.currency,
        "problems": [problem_json(p) for p in status.problems],
        "closed_up_to": status.closed_up_to.isoformat() if status.closed_up_to else None,
        "next_date": status.next_date.isoformat(),
        "stock_value": amount(status.stock_value) if status.closed_up_to else None,
        "not_invoiced_value": amount(status.not_invoiced_value) if status.closed_up_to else None,
        "open_receipts": status.open_receipts,
        "open_receipt_value": amount(status.open_receipt_value),
        "open_issues": status.open_issues,
        "open_issue_cost": amount(status.open_issue_cost),
        "history": closings,
    }
