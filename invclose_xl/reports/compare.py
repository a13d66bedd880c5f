"""What changed between two runs, as a page of text and as plain data.

In      RunChanges, amounts in minor units.
Out     text of about 100 columns; a dictionary for JSON, amounts as decimal text.
Source  WORKBOOK "Command line" (status --compare).
"""

import textwrap
from collections.abc import Callable

import polars as pl

from invclose_xl.domain.money import amount_text, text_of
from invclose_xl.domain.views.changes import RunChanges, RunFacts

SHOWN = 25
WIDTH = 100
Write = Callable[[int], str]


def compare_text(changes: RunChanges) -> str:
    """Write the page that ``invclose-xl status --compare`` prints."""

    def amount(units: int) -> str:
        return amount_text(units, changes.currency_decimals)

    one, other = changes.one, changes.other
    lines = [f"{other.closing} against {one.closing}" + (f", in {changes.currency}" if changes.currency else ""), ""]
    lines += [f"  {'':<15} {one.closing:>16} {other.closing:>16} {'Difference':>16}"]
    for label, before, after in (
        ("Settled", one.settled_amount, other.settled_amount),
        ("Change of value", one.adjustment_amount, other.adjustment_amount),
    ):
        if before is not None and after is not None:
            lines.append(f"  {label:<15} {amount(before):>16} {amount(after):>16} {amount(after - before):>16}")
    lines += [f"  {'Up to':<15} {one.up_to!s:>16} {other.up_to!s:>16}", f"  {'Status':<15} {one.status:>16} "
              f"{other.status:>16}", ""]  # fmt: skip
    return "\n".join([*lines, *compare_lines(changes)]).rstrip()


def compare_lines(changes: RunChanges) -> list[str]:
    """Write what moved: accounts, items, transactions with their reasons."""

    def amount(units: int) -> str:
        return amount_text(units, changes.currency_decimals)

    if changes.nothing:
        return ["  Nothing changed: the same settlements, adjustments and voucher lines.", ""]
    return [
        *_amounts("Accounts (debit - credit)", "account", changes.accounts, amount),
        *_amounts("Items (adjustments and estimates)", "item", changes.items, amount),
        *_transactions(changes.transactions, amount),
    ]


def _amounts(title: str, key: str, frame: pl.DataFrame, amount: Write) -> list[str]:
    if frame.is_empty():
        return []
    lines = [f"  {title:<40} {'Before':>16} {'After':>16} {'Difference':>16}"]
    for row in frame.head(SHOWN).iter_rows(named=True):
        lines.append(
            f"  {row[key][:40]:<40} {amount(row['before']):>16} {amount(row['after']):>16}"
            f" {amount(row['difference']):>16}"
        )
    return [*lines, *_more(frame), ""]


def _transactions(frame: pl.DataFrame, amount: Write) -> list[str]:
    if frame.is_empty():
        return []
    lines = [
        f"  {'Transactions (what the run changed their cost by)':<40} {'Before':>7} {'After':>16} {'Difference':>16}"
    ]
    for row in frame.head(SHOWN).iter_rows(named=True):
        name = f"{row['transaction']} of {row['item']}" + (f", {row['date']}" if row["date"] else "")
        lines.append(
            f"  {name[:40]:<40} {amount(row['before']):>16} {amount(row['after']):>16} {amount(row['difference']):>16}"
        )
        lines += textwrap.wrap(row["why"], WIDTH - 6, initial_indent="      ", subsequent_indent="      ")
    return [*lines, *_more(frame), ""]


def _more(frame: pl.DataFrame) -> list[str]:
    return [f"  … and {len(frame) - SHOWN:,} more; --json lists all of them"] if len(frame) > SHOWN else []


def compare_json(changes: RunChanges) -> dict[str, object]:
    """Return the same as plain data; amounts are decimal text."""
    decimals = changes.currency_decimals
    return {
        "one": _run(changes.one, decimals),
        "other": _run(changes.other, decimals),
        "accounts": _rows(changes.accounts, decimals),
        "items": _rows(changes.items, decimals),
        "transactions": _rows(changes.transactions, decimals),
    }


def _run(run: RunFacts, decimals: int) -> dict[str, object]:
    return {
        "closing": run.closing,
        "type": run.type,
        "up_to": run.up_to.isoformat(),
        "status": run.status,
        "settled_amount": text_of(run.settled_amount, decimals),
        "adjustment_amount": None if run.adjustment_amount is None else text_of(run.adjustment_amount, decimals),
    }


def _rows(frame: pl.DataFrame, decimals: int) -> list[dict[str, object]]:
    rows = []
    for row in frame.iter_rows(named=True):
        plain = {k: text_of(v, decimals) if isinstance(v, int) else v for k, v in row.items()}
        rows.append({k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in plain.items()})
    return rows
