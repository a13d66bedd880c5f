"""The status of a book: closed date, history and what is open, as text and as plain data.

In      BookStatus.
Out     text of at most 100 columns; ``BookStatus.plain`` for JSON.
Units   amounts are Decimal, in the currency of the book.
Source  WORKBOOK "Command line".
"""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

import polars as pl
from pydantic import Field

from invclose_xl.reports.documents.document import Amount, Document, frame_of, grouped
from invclose_xl.reports.documents.problems import Problems


class RunRow(Document):
    """A run as the sheet *Lock* has it."""

    closing: str
    type: str = Field(description="Closing, Recalculation or Reversal")
    up_to: date | None
    status: str = Field(description="Active or Reversed")
    adjustment_amount: Amount | None = Field(
        description="change of inventory value; null where the sides of an old run are not known any more"
    )
    warnings: int
    run_at: datetime | None = Field(description="UTC")
    run_by: str
    version: str = Field(description="of invclose-xl")
    digest: str


class BookStatus(Document):
    """The status of a book.

    Amounts are Decimal in the currency of the book, quantities in the unit of the item; ``history`` has a row per run,
    ``frame`` the same as a DataFrame.
    """

    schema_name: ClassVar[str] = "status"
    currency: str = Field(description="empty where the book names none")
    problems: Problems = Field(description="what is remarkable about the book as it is now")
    closed_up_to: date | None
    next_date: date = Field(description="what a close without a date would close up to")
    stock_value: Amount | None = Field(
        description="what the stock is worth on the closed date, invoiced; null where the book was never closed"
    )
    not_invoiced_value: Amount | None = Field(
        description="what came in less what went out by then with a packing slip alone"
    )
    open_receipts: int
    open_receipt_value: Amount
    open_issues: int
    open_issue_cost: Amount = Field(description="posted cost of the open part of issues")
    history: tuple[RunRow, ...] = Field(description="every run, oldest first")

    def text(self) -> str:
        """Return the page that the command prints."""
        return status_text(self)

    def frame(self) -> pl.DataFrame:
        """Return the history as a DataFrame of exact decimals, one row per run."""
        return frame_of(RunRow, self.history)


def status_text(status: BookStatus) -> str:
    """Write the page that ``invclose-xl status`` prints."""
    money = f" {status.currency}" if status.currency else ""
    receipts, issues = grouped(status.open_receipt_value), grouped(status.open_issue_cost)
    lines = [
        f"Inventory is closed up to {status.closed_up_to}." if status.closed_up_to else "No period is closed.",
        "The calendar ends there: nothing is left to close."
        if status.closed_up_to == date.max
        else f"The next close would be up to {status.next_date}.",
        "",
        *_value_lines(status, money),
        f"  Open receipts   {status.open_receipts:>10,}   worth {receipts}{money}",
        f"  Open issues     {status.open_issues:>10,}   at {issues}{money} posted cost",
        "",
    ]
    if status.history:
        lines.append(
            f"  {'Closing':<10} {'Type':<14} {'Up to':<10} {'Status':<9} {'Change of value':>16} {'Warnings':>9}"
        )
    for run in status.history:
        lines.append(
            f"  {run.closing:<10} {run.type:<14} {run.up_to!s:<10} {run.status:<9}"
            f" {_change(run.adjustment_amount):>16} {run.warnings:>9,}"
        )
    return "\n".join(lines).rstrip()


def _change(change: Decimal | None) -> str:
    """Write the change of value of a run; blank where it is not known any more."""
    return "" if change is None else grouped(change)


def _value_lines(status: BookStatus, money: str) -> list[str]:
    """Return what the stock was worth at the last close."""
    if status.closed_up_to is None or status.stock_value is None:
        return []
    lines = [f"  Stock value on {status.closed_up_to}  {grouped(status.stock_value):>20}{money}"]
    if status.not_invoiced_value:
        lines.append(f"  Not invoiced on that date  {grouped(status.not_invoiced_value):>20}{money}")
    return [*lines, ""]
