"""A reconciliation in a few lines, and as plain data: the three numbers, and the differences by kind.

In      a Reconciliation.
Out     text; a dictionary whose amounts are decimal text.
Source  WORKBOOK "Command line" (reconcile).
"""

import polars as pl

from invclose_xl.domain.money import amount_text, text_of
from invclose_xl.reports.reconciliation.reconcile import Reconciliation
from invclose_xl.reports.summary import problem_json


def values(r: Reconciliation) -> dict[str, int]:
    """Return inventory value, the invoiced part of it, and the ledger's balance where there is a ledger."""
    until = r.entries.filter(pl.col("date") <= r.up_to)
    found = {
        "inventory_value": int(until["amount"].sum()),
        "invoiced": int(until.filter(pl.col("kind") == "Financial")["amount"].sum()),
    }
    if r.lines is not None:
        own = pl.col("is_inventory") & (pl.col("date").is_null() | (pl.col("date") <= r.up_to))
        found["general_ledger"] = int(r.lines.filter(own)["amount"].sum())
    return found


def reconcile_text(r: Reconciliation) -> str:
    """Write what ``invclose-xl reconcile`` prints."""
    found = values(r)

    def amount(units: int) -> str:
        return f"{amount_text(units, r.decimals.currency):>16}"

    lines = [f"Reconciliation up to {r.up_to}", "", f"  Inventory value   {amount(found['inventory_value'])}"]
    lines.append(f"  of it invoiced    {amount(found['invoiced'])}")
    if r.differences is None or "general_ledger" not in found:
        return "\n".join([*lines, "", r.without_ledger])
    difference = found["general_ledger"] - found["inventory_value"]
    lines += [f"  General ledger    {amount(found['general_ledger'])}", f"  Difference        {amount(difference)}", ""]
    if not len(r.differences):
        return "\n".join([*lines, "Stock and general ledger agree."])
    for name, count, effect in _by_kind(r).rows():
        lines.append(f"  {count:>6,}  {name:<52} {amount(effect)}")
    return "\n".join(lines)


def _by_kind(r: Reconciliation) -> pl.DataFrame:
    assert r.differences is not None
    effect = pl.col("effect")
    kinds = r.differences.group_by("name").agg(count=pl.len(), effect=effect.sum(), size=effect.abs().sum())
    return kinds.sort("size", "name", descending=[True, False]).drop("size")


def reconcile_json(r: Reconciliation) -> dict[str, object]:
    """Return the same as plain data, every difference included."""

    def amount(units: int) -> str:
        return text_of(units, r.decimals.currency)

    data: dict[str, object] = {"up_to": r.up_to.isoformat(), "currency": r.currency}
    data["problems"] = [problem_json(p) for p in r.problems]
    if r.differences is None:
        data["without_ledger"] = r.without_ledger
    data |= {name: amount(units) for name, units in values(r).items()}
    if r.differences is not None:
        data["differences"] = [
            {
                **{
                    k: row[k]
                    for k in ("name", "account", "voucher", "transactions", "cause", "fix", "cell", "ledger_cell")
                },
                "date": row["date"].isoformat() if row["date"] else None,
                **{k: amount(row[k]) for k in ("stock", "ledger", "effect")},
            }
            for row in r.differences.iter_rows(named=True)
        ]
    return data
