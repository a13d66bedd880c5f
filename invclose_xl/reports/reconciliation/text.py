"""A reconciliation in a few lines, and as plain data: the three numbers, and the differences by kind.

In      a ReconciliationData.
Out     text; ReconciliationDocument, its amounts Decimal.
Source  WORKBOOK "Command line" (reconcile).
"""

from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from pydantic import Field

from invclose_xl.domain.money import format_amount
from invclose_xl.reports.documents.document import Amount, Document, exact
from invclose_xl.reports.documents.problems import Problems
from invclose_xl.reports.reconciliation.reconcile import ReconciliationData


def values(report: ReconciliationData) -> dict[str, int]:
    """Return inventory value, the invoiced part of it, and the ledger's balance where there is a ledger."""
    until = report.entries.filter(pl.col("date") <= report.up_to)
    found = {
        "inventory_value": int(until["amount"].sum()),
        "invoiced": int(until.filter(pl.col("kind") == "Financial")["amount"].sum()),
    }
    if report.lines is not None:
        own = pl.col("is_inventory") & (pl.col("date").is_null() | (pl.col("date") <= report.up_to))
        found["general_ledger"] = int(report.lines.filter(own)["amount"].sum())
    return found


def reconcile_text(report: ReconciliationData) -> str:
    """Write what ``invclose-xl reconcile`` prints."""
    found = values(report)

    def amount(units: int) -> str:
        return f"{format_amount(units, report.decimals.currency):>16}"

    lines = [f"Reconciliation up to {report.up_to}", "", f"  Inventory value   {amount(found['inventory_value'])}"]
    lines.append(f"  of it invoiced    {amount(found['invoiced'])}")
    if report.differences is None or "general_ledger" not in found:
        return "\n".join([*lines, "", report.without_ledger])
    difference = found["general_ledger"] - found["inventory_value"]
    lines += [f"  General ledger    {amount(found['general_ledger'])}", f"  Difference        {amount(difference)}", ""]
    if not len(report.differences):
        return "\n".join([*lines, "Stock and general ledger agree."])
    for name, count, effect in _by_kind(report).rows():
        lines.append(f"  {count:>6,}  {name:<52} {amount(effect)}")
    return "\n".join(lines)


def _by_kind(report: ReconciliationData) -> pl.DataFrame:
    assert report.differences is not None
    effect = pl.col("effect")
    kinds = report.differences.group_by("name").agg(count=pl.len(), effect=effect.sum(), size=effect.abs().sum())
    return kinds.sort("size", "name", descending=[True, False]).drop("size")


class DifferenceRow(Document):
    """A difference between stock and ledger."""

    name: str | None
    account: str | None
    voucher: str | None
    transactions: str | None
    cause: str | None
    fix: str | None
    cell: str | None
    ledger_cell: str | None
    date: date | None
    stock: Amount
    ledger: Amount
    effect: Amount = Field(description="what the ledger has more than the stock by this difference")


class ReconciliationDocument(Document):
    """Stock against the general ledger at a date."""

    schema_name: ClassVar[str] = "reconciliation"
    up_to: date
    currency: str
    problems: Problems
    without_ledger: str | None = Field(None, description="why there is nothing to compare with; missing otherwise")
    inventory_value: Amount
    invoiced: Amount = Field(description="the part of the inventory value that is invoiced")
    general_ledger: Amount | None = Field(None, description="missing where there is no ledger to compare with")
    differences: tuple[DifferenceRow, ...] | None = Field(
        None, description="missing where there is no ledger to compare with"
    )
    written: str | None = Field(None, description="the workbook, or the folder of the package, that was written")


def reconcile_document(report: ReconciliationData, written: Path) -> ReconciliationDocument:
    """Return the same as a document, every difference included."""
    data: dict[str, Any] = {"up_to": report.up_to, "currency": report.currency, "problems": report.problems}
    if report.differences is None:
        data["without_ledger"] = report.without_ledger
    data |= {name: exact(units, report.decimals.currency) for name, units in values(report).items()}
    if report.differences is not None:
        data["differences"] = tuple(
            _difference(row, report.decimals.currency) for row in report.differences.iter_rows(named=True)
        )
    data["written"] = str(written)
    return ReconciliationDocument(**data)


def _difference(row: dict[str, Any], decimals: int) -> DifferenceRow:
    amounts: dict[str, Any] = {name: exact(row[name], decimals) for name in ("stock", "ledger", "effect")}
    texts = ("name", "account", "voucher", "transactions", "cause", "fix", "cell", "ledger_cell")
    return DifferenceRow(**{name: row[name] for name in texts}, date=row["date"], **amounts)
