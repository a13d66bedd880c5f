"""Changes between two runs, as a page of text and as plain data.

In      RunChanges, amounts in minor units.
Out     RunComparison: amounts are Decimal. Its text has about 100 columns.
Source  WORKBOOK "Command line" (status --compare, compare --runs).
"""

import textwrap
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from invclose_xl.domain.views.changes import RunChanges, RunFacts
from invclose_xl.reports.documents.document import Amount, Document, exact, frame_of, grouped

SHOWN = 25
WIDTH = 100


class ComparedRun(Document):
    """A run as the sheet *Lock* has it."""

    closing: str
    type: str
    up_to: date
    status: str
    settled_amount: Amount
    adjustment_amount: Amount | None = Field(
        description="change of inventory value; null where the sides of an old run are not known any more"
    )


class AccountMoved(Document):
    """An account that the two vouchers post to differently; debit less credit."""

    account: str
    account_name: str = Field("", description="as the sheet Posting gives it; empty where it gives none")
    before: Amount
    after: Amount
    difference: Amount


class ItemMoved(Document):
    """An item whose adjustments and estimates differ."""

    item: str
    before: Amount
    after: Amount
    difference: Amount


class TransactionMoved(Document):
    """A transaction with another adjustment, estimate or settlement."""

    transaction: str
    item: str
    date: date | None
    before: Amount
    after: Amount
    difference: Amount
    why: str = Field(description="one sentence")


class RunComparison(Document):
    """The second run against the first.

    Amounts are Decimal in the currency of the book, quantities in the unit of the item: the second run less the first;
    ``frame`` gives the tables.
    """

    schema_name: ClassVar[str] = "run_comparison"
    one: ComparedRun
    other: ComparedRun
    accounts: tuple[AccountMoved, ...]
    items: tuple[ItemMoved, ...]
    transactions: tuple[TransactionMoved, ...]
    currency: str

    @property
    def nothing(self) -> bool:
        """Both runs came to the same."""
        return not (self.items or self.transactions or self.accounts)

    def text(self) -> str:
        """Return the page that the command prints."""
        return compare_text(self)

    def frame(self, name: Literal["accounts", "items", "transactions"]) -> pl.DataFrame:
        """Return one of the lists as a DataFrame of exact decimals."""
        models: dict[str, type[Document]] = {
            "accounts": AccountMoved,
            "items": ItemMoved,
            "transactions": TransactionMoved,
        }
        rows: Sequence[Document] = getattr(self, name)
        return frame_of(models[name], rows)


def run_comparison(changes: RunChanges) -> RunComparison:
    """Turn integers of minor units into amounts."""
    decimals = changes.currency_decimals
    return RunComparison(
        one=_run(changes.one, decimals),
        other=_run(changes.other, decimals),
        accounts=tuple(AccountMoved(**row) for row in _rows(changes.accounts, decimals)),
        items=tuple(ItemMoved(**row) for row in _rows(changes.items, decimals)),
        transactions=tuple(TransactionMoved(**row) for row in _rows(changes.transactions, decimals)),
        currency=changes.currency,
    )


def _run(run: RunFacts, decimals: int) -> ComparedRun:
    change = run.adjustment_amount
    return ComparedRun(
        closing=run.closing,
        type=run.type,
        up_to=run.up_to,
        status=run.status,
        settled_amount=exact(run.settled_amount, decimals),
        adjustment_amount=None if change is None else exact(change, decimals),
    )


def _rows(frame: pl.DataFrame, decimals: int) -> list[dict[str, Any]]:
    return [
        {field: exact(value, decimals) if isinstance(value, int) else value for field, value in row.items()}
        for row in frame.iter_rows(named=True)
    ]


def compare_text(changes: RunComparison) -> str:
    """Write the page that ``invclose-xl status --compare`` prints."""
    one, other = changes.one, changes.other
    lines = [f"{other.closing} against {one.closing}" + (f", in {changes.currency}" if changes.currency else ""), ""]
    lines += [f"  {'':<15} {one.closing:>16} {other.closing:>16} {'Difference':>16}"]
    for label, before, after in (
        ("Settled", one.settled_amount, other.settled_amount),
        ("Change of value", one.adjustment_amount, other.adjustment_amount),
    ):
        if before is not None and after is not None:
            lines.append(f"  {label:<15} {grouped(before):>16} {grouped(after):>16} {grouped(after - before):>16}")
    lines += [f"  {'Up to':<15} {one.up_to!s:>16} {other.up_to!s:>16}", f"  {'Status':<15} {one.status:>16} "
              f"{other.status:>16}", ""]  # fmt: skip
    return "\n".join([*lines, *compare_lines(changes)]).rstrip()


def compare_lines(changes: RunComparison) -> list[str]:
    """Write what moved: accounts, items, transactions with their reasons."""
    if changes.nothing:
        return ["  Nothing changed: the same settlements, adjustments and voucher lines.", ""]
    accounts = [(f"{a.account} {a.account_name}".rstrip(), a) for a in changes.accounts]
    items = [(i.item, i) for i in changes.items]
    return [
        *_amounts("Accounts (debit - credit)", accounts),
        *_amounts("Items (adjustments and estimates)", items),
        *_transactions(changes.transactions),
    ]


def _amounts(title: str, moved: Sequence[tuple[str, AccountMoved | ItemMoved]]) -> list[str]:
    if not moved:
        return []
    lines = [f"  {title:<40} {'Before':>16} {'After':>16} {'Difference':>16}"]
    for name, row in moved[:SHOWN]:
        lines.append(
            f"  {name[:40]:<40} {grouped(row.before):>16} {grouped(row.after):>16} {grouped(row.difference):>16}"
        )
    return [*lines, *_more(moved), ""]


def _transactions(moved: Sequence[TransactionMoved]) -> list[str]:
    if not moved:
        return []
    lines = [
        f"  {'Transactions (what the run changed their cost by)':<40} {'Before':>7} {'After':>16} {'Difference':>16}"
    ]
    for row in moved[:SHOWN]:
        name = f"{row.transaction} of {row.item}" + (f", {row.date}" if row.date else "")
        lines.append(
            f"  {name[:40]:<40} {grouped(row.before):>16} {grouped(row.after):>16} {grouped(row.difference):>16}"
        )
        lines += textwrap.wrap(row.why, WIDTH - 6, initial_indent="      ", subsequent_indent="      ")
    return [*lines, *_more(moved), ""]


def _more(moved: Sequence[object]) -> list[str]:
    return [f"  … and {len(moved) - SHOWN:,} more; --json lists all of them"] if len(moved) > SHOWN else []
