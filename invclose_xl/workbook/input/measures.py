"""One unit per item, one currency per book: nothing is converted, so another one is an input error.

In      the Draft of the transactions, the item master, the currency of *Parameters*.
Out     the currency of the book.
Errors  Findings, one per other unit of an item and per other currency, with the number of rows.
Source  WORKBOOK "Transactions" (Unit, Currency).
"""

import numpy as np
import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.setup.items import ParsedItems
from invclose_xl.workbook.tables.table import Findings
from invclose_xl.workbook.values.values import Fault


def check_measures(draft: Draft, items: ParsedItems | None, currency: str, findings: Findings) -> None:
    """Name every other unit of an item, and every other currency."""
    _check_units(draft, items, findings)
    _check_currency(draft, currency, findings)


def currency_of(draft: Draft, currency: str) -> str:
    """Return the currency of *Parameters*, or the one that the transactions name."""
    named = draft.texts["currency"].drop_nulls()
    return currency or (str(named[0]) if len(named) else "")


def _check_units(draft: Draft, items: ParsedItems | None, findings: Findings) -> None:
    """The unit of an item is that of the sheet Items, or else of its first row."""
    units = draft.texts["unit"]
    if units.null_count() == len(units) or items is None:
        return
    master = items.items.unit.gather(pl.Series(np.maximum(draft.item, 0))) if len(items.items.unit) else units
    known = pl.Series(draft.item >= 0)
    frame = pl.DataFrame(
        {"item": draft.item, "unit": units, "key": make_id_keys(units), "master": master}
    ).with_row_index()
    frame = frame.filter(known & pl.col("key").is_not_null()).with_columns(
        usual=pl.coalesce("master", pl.col("unit").first().over("item"))
    )
    other = frame.filter(pl.Series(make_id_keys(frame["usual"])) != pl.col("key"))
    groups = other.group_by("item", "key", maintain_order=True).agg(
        pl.col("index").first(), pl.len().alias("rows"), pl.col("unit").first(), pl.col("usual").first()
    )
    for row in groups.iter_rows(named=True):
        number = "" if row["rows"] == 1 else f" (as in {row['rows']:,} rows)"
        item = draft.texts["item"][row["index"]]
        problem = f"Item {item} is kept in {row['usual']}; quantities are not converted{number}."
        fix = f"Enter quantity and unit in {row['usual']}."
        findings.cell(row["index"], "unit", Fault("IC170", row["unit"], problem, fix))


def _check_currency(draft: Draft, currency: str, findings: Findings) -> None:
    named = draft.texts["currency"]
    usual = currency_of(draft, currency)
    if not usual or named.null_count() == len(named):
        return
    keys = make_id_keys(named)
    other = (keys != make_id_keys(pl.Series([usual]))[0]).fill_null(value=False)
    whose = "The book" if currency else "The first amount"
    for key in keys.filter(other).unique(maintain_order=True).to_list():
        rows = np.flatnonzero((keys == key).fill_null(value=False).to_numpy())
        number = "" if len(rows) == 1 else f" (as in {len(rows):,} rows)"
        problem = f"{whose} is in {usual}; amounts are not converted{number}."
        fix = f"Enter the amounts and the currency in {usual}, or correct Currency on the sheet Parameters."
        findings.cell(int(rows[0]), "currency", Fault("IC171", str(named[int(rows[0])]), problem, fix))
