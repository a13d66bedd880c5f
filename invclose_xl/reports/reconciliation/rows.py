"""The copied rows of a reconciliation: entries, ledger lines, differences, open receipts, with the names of formulas.

In      a ReconciliationData.
Out     sheets whose columns carry names: EntryAmount, LineAmount, GapEffect, AgeValue, …
Source  WORKBOOK "Command line" (reconcile).
"""

import polars as pl

from invclose_xl.reports.reconciliation.reconcile import ReconciliationData
from invclose_xl.reports.section import Column, Section
from invclose_xl.reports.sheets import ReportBook

ENTRY_COLUMNS = (
    Column("date", "Date", "date", 12),
    Column("transaction", "Transaction ID", width=16),
    Column("item", "Item number", width=16),
    Column("group", "Costing group", width=22),
    Column("item_group", "Item group", width=14),
    Column("account", "Inventory account", width=17),
    Column("model", "Inventory model", width=22),
    Column("reference", "Reference", width=16),
    Column("kind", "Kind", width=11),
    Column("type", "Type", width=15),
    Column("cause", "Cause", width=18),
    Column("closing", "Closing", width=12),
    Column("voucher", "Voucher", width=14),
    Column("posts", "In the ledger", width=13),
    Column("quantity", "Quantity", "quantity", 12, total=True),
    Column("amount", "Amount", "amount", 15, total=True),
    Column("account_key", "Account no.", "count", 11),
    Column("item_group_key", "Group no.", "count", 10),
    Column("item_key", "Item no.", "count", 10),
    Column("costing_key", "Costing no.", "count", 11),
)
ENTRY_NAMES = {
    "date": "EntryDate", "kind": "EntryKind", "type": "EntryType", "cause": "EntryCause", "closing": "EntryClosing",
    "model": "EntryModel", "posts": "EntryPosts", "quantity": "EntryQuantity", "amount": "EntryAmount",
    "account_key": "EntryAccount", "item_group_key": "EntryItemGroup", "item_key": "EntryItem",
    "costing_key": "EntryCosting",
}  # fmt: skip

LINE_COLUMNS = (
    Column("date", "Date", "date", 12),
    Column("account", "Account", width=16),
    Column("voucher", "Voucher", width=16),
    Column("amount", "Amount", "amount", 15, total=True),
    Column("state", "State", width=34),
    Column("cell", "Cell", "cell", 18),
    Column("account_key", "Account no.", "count", 11),
)
LINE_NAMES = {"date": "LineDate", "amount": "LineAmount", "account_key": "LineAccount"}

GAP_COLUMNS = (
    Column("name", "Kind", width=40),
    Column("account", "Account", width=12),
    Column("voucher", "Voucher", width=14),
    Column("date", "Date", "date", 12),
    Column("transactions", "Transactions", width=24),
    Column("item", "Item number", width=14),
    Column("stock", "In stock", "amount", 14),
    Column("ledger", "In the ledger", "amount", 14),
    Column("effect", "Difference", "amount", 14, total=True),
    Column("cause", "Likely cause", width=44),
    Column("fix", "What to do", width=44),
    Column("cell", "Transaction", "cell", 18),
    Column("ledger_cell", "Ledger line", "cell", 16),
    Column("account_key", "Account no.", "count", 11),
)
GAP_NAMES = {"name": "GapKind", "effect": "GapEffect", "account_key": "GapAccount"}

AGE_COLUMNS = (
    Column("transaction", "Transaction ID", width=18),
    Column("item", "Item number", width=16),
    Column("group", "Costing group", width=22),
    Column("item_group", "Item group", width=14),
    Column("model", "Inventory model", width=22),
    Column("reference", "Reference", width=16),
    Column("date", "Date", "date", 12),
    Column("days", "Days", "count", 9),
    Column("state", "State", width=28),
    Column("quantity", "Quantity", "quantity", 12, total=True),
    Column("value", "Value", "amount", 15, total=True),
    Column("item_group_key", "Group no.", "count", 10),
)
AGE_NAMES = {"days": "AgeDays", "state": "AgeState", "value": "AgeValue", "item_group_key": "AgeItemGroup"}


def write_rows(made: ReportBook, report: ReconciliationData, book: str) -> list[Section]:
    """Add the sheets of copied rows and return them; ``book`` is where links lead."""
    made_of: list[Section] = []
    if report.differences is not None and report.lines is not None:
        gaps = Section(
            "Differences", "Stock against general ledger", "Each difference, with its likely cause; the largest"
            " first. Together they are the whole difference at the date.", GAP_COLUMNS, report.differences,
            "Stock and general ledger agree.",
        )  # fmt: skip
        made.section(gaps, book, GAP_NAMES)
        made_of.append(gaps)
    ages = Section(
        "Open receipts", "What the stock consists of", f"Drawn up for {report.up_to}: open receipts, and what stands"
        " in the value beside them.", AGE_COLUMNS, aged(report), "There is no stock.",
    )  # fmt: skip
    made.section(ages, None, AGE_NAMES, {"days": "=DrawnUp-G{row}"})
    explains = "Every change of the inventory value, receipts +, issues -; all formulas add these rows up."
    if report.summed:
        explains += " There are very many, so they are added up to the ends of months and to closing dates."
    entries = report.entries.with_columns(posts=pl.when("posts").then(pl.lit("Yes")).otherwise(pl.lit("No")))
    ledger = Section("Entries", "Stock ledger", explains, ENTRY_COLUMNS, entries, "Nothing.")
    made.section(ledger, None, ENTRY_NAMES)
    made_of += [ages, ledger]
    if report.lines is not None:
        only = " Lines on other accounts than inventory's are left out." if report.lines["is_inventory"].all() else ""
        lines = Section(
            "Ledger lines", "General ledger", f"As the sheet Ledger has them, and whether stock agrees.{only}",
            LINE_COLUMNS, report.lines, "The sheet Ledger is empty.",
        )  # fmt: skip
        made.section(lines, book, LINE_NAMES)
        made_of.append(lines)
    return made_of


def aged(report: ReconciliationData) -> pl.DataFrame:
    """Return the open receipts with their age in days."""
    return report.ages.with_columns(days=(pl.lit(report.up_to) - pl.col("date")).dt.total_days())
