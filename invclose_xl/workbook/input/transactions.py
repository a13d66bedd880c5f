"""The sheet *Transactions*: its cells become columns, in the order of the sheet.

In      the raw table; the items and model groups it names.
Out     Draft: every column read and scaled where its scale is known; quantities wait for the scale of the book.
Errors  Findings for every faulty cell. What several cells say together is checked in ``transaction_checks``.
Source  WORKBOOK "Transactions"; RULES R0.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Int32, Int64
from invclose_xl.domain.id_keys import find_positions
from invclose_xl.domain.leg_rows import LEG
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.words import REFERENCES
from invclose_xl.workbook.layout import TRANSACTIONS, heading_key
from invclose_xl.workbook.tables.columns import Numbers, dates, ids, numbers, scaled, texts
from invclose_xl.workbook.tables.headings import ORIGIN
from invclose_xl.workbook.tables.keys import has_foreign_letters, name_repeats, one_spelling
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault

SHARE_DECIMALS = 15
AMOUNTS = ("physical_amount", "financial_amount", "prior_adjustment", "prior_settled_amount")
QUANTITIES = ("quantity", "marked_quantity", "prior_settled_quantity")
NAMES = ("id", "lot", "marked_to", "return_lot")
"""columns that name transactions or lots"""
_COLUMNS = {column.field: column for column in TRANSACTIONS.columns}
_REFERENCES = {reference.casefold(): reference for reference in REFERENCES}


@dataclass(frozen=True, slots=True)
class Draft:
    """The columns of the sheet, by field."""

    table: RawTable
    texts: dict[str, pl.Series]
    """IDs and texts, null where blank"""
    dates: dict[str, Int32]
    quantities: dict[str, Numbers]
    amounts: dict[str, Int64]
    """as the cells have them, signed; NO_AMOUNT where blank"""
    cost_share: Int64
    item: Int32
    """position in Items, NO_CODE where unknown"""


def parse_transactions(
    table: RawTable, item_keys: pl.Series | None, currency_decimals: int, findings: Findings
) -> Draft:
    """Read all columns; without item numbers (their sheet has errors) unknown items are not named."""
    words = {
        column.field: (ids if column.kind == "id" else texts)(table, column.field, findings)
        for column in TRANSACTIONS.columns
        if column.kind in ("id", "text")
    }
    _blank_references_to_nothing(table, words)
    names = [words[name] for name in NAMES]
    if has_foreign_letters(names):
        words |= dict(zip(NAMES, one_spelling(names), strict=True))
    _name_legs(words["id"], findings)
    name_repeats(table, "id", words["id"], findings, "IC121", "Transaction ID")
    days = {name: dates(table, name, findings) for name in ("physical_date", "financial_date")}
    _name_total_rows(words, days, findings)
    for name in ("id", "item"):
        required(table, _COLUMNS[name], words[name].is_null().to_numpy(), findings)
    words["reference"] = _references(words["reference"])
    quantities = {name: numbers(table, name, findings, is_money=False) for name in QUANTITIES}
    required(table, _COLUMNS["quantity"], ~quantities["quantity"].present, findings)
    amounts = {
        name: scaled(numbers(table, name, findings), name, currency_decimals, "IC151", findings) for name in AMOUNTS
    }
    _part_one_amount(table, days, amounts)
    share = numbers(table, "cost_share", findings, is_money=False)
    shares = scaled(share, "cost_share", SHARE_DECIMALS, "IC152", findings)
    if item_keys is None:
        item = np.zeros(len(table), dtype=np.int32)
    else:
        item = find_positions(words["item"], item_keys)
        for row in np.flatnonzero((item < 0) & words["item"].is_not_null().to_numpy()).tolist():
            findings.cell(
                row, "item",
                Fault("IC124", str(words["item"][row]), "The sheet Items has no such item.",
                      "Correct the item number, or add the item there."),
            )  # fmt: skip
    return Draft(table, words, days, quantities, amounts, shares, item)


def _blank_references_to_nothing(table: RawTable, words: dict[str, pl.Series]) -> None:
    """In columns of the raw table InventTrans, 0 names nothing."""
    for name in NAMES:
        heading = table.cells.columns.get(name, ("", ""))[1]
        if heading_key(heading).endswith(ORIGIN):
            words[name] = words[name].set(words[name] == "0", None)


def _part_one_amount(table: RawTable, days: dict[str, Int32], amounts: dict[str, Int64]) -> None:
    """In a grid with one column Cost amount, that of what is not invoiced is the physical one."""
    heading = heading_key(table.cells.columns.get("financial_amount", ("", ""))[1])
    if heading in map(heading_key, _COLUMNS["financial_amount"].in_grid) and not table.has("physical_amount"):
        waits = days["financial_date"] == NO_DATE
        amounts["physical_amount"] = np.where(waits, amounts["financial_amount"], NO_AMOUNT)
        amounts["financial_amount"] = np.where(waits, NO_AMOUNT, amounts["financial_amount"])


def _name_legs(names: pl.Series, findings: Findings) -> None:
    """An ID reserved for closing transfers leg would be taken for one (RULES R0, R5.9)."""
    for row in names.str.contains("(?i)" + LEG).fill_null(value=False).arg_true().to_list():
        problem = "IDs of this form are reserved for the closing transfers that the close creates."
        fix = f"Enter another ID, such as T-{names[row]}."
        findings.cell(row, "id", Fault("IC172", names[row], problem, fix))


def _name_total_rows(words: dict[str, pl.Series], days: dict[str, Int32], findings: Findings) -> None:
    """A row with numbers but neither ID, item nor date is a total; one problem says it all."""
    no_words = (words["id"].is_null() & words["item"].is_null()).to_numpy()
    total = no_words & (days["physical_date"] == NO_DATE) & (days["financial_date"] == NO_DATE)
    for name in ("id", "item", "physical_date", "financial_date"):
        total &= ~findings.is_bad(name)
    for row in np.flatnonzero(total).tolist():
        fault = Fault("IC118", "", "The row has data but no Transaction ID, item number and date: is it a total?",
                      "Move totals above the headings, or delete the row.")  # fmt: skip
        findings.cell(row, "id", fault)
    for name in ("item", "quantity", "financial_date"):
        findings.is_bad(name)[total] = True


def _references(texts: pl.Series) -> pl.Series:
    """Give the contract's references the contract's spelling; any other text stays as it is."""
    spelled = texts.str.to_lowercase().replace_strict(_REFERENCES, default=None, return_dtype=pl.String)
    return pl.select(pl.coalesce(spelled, texts)).to_series()
