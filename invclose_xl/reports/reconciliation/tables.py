"""The tables of a reconciliation, as live formulas: value by account, group, item, costing group; roll-forward; ageing.

In      a ReconciliationData and the workbook.
Out     KeyedTables, from which charts and the checks of the first page are drawn.
Source  WORKBOOK "Command line" (reconcile).
"""

import polars as pl

from invclose_xl.domain.id_keys import make_id_key
from invclose_xl.domain.money import mul_div
from invclose_xl.reports.reconciliation.front import allowed_dates
from invclose_xl.reports.reconciliation.keyed_table import (
    Criterion,
    Derived,
    KeyedTable,
    Label,
    Summed,
    write_keyed_table,
)
from invclose_xl.reports.reconciliation.reconcile import ReconciliationData
from invclose_xl.reports.reconciliation.rows import aged
from invclose_xl.reports.section import Column
from invclose_xl.reports.sheets import ReportBook

ITEM_GROUP: Label = ("item_group", "Item group", 22)
ITEM: Label = ("item", "Item number", 18)
BUCKETS = ((0, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, 99_999))
BESIDE = ("Not invoiced", "Issue not settled", "Taken back by the next close")


def until(report: ReconciliationData) -> Criterion:
    """Rows up to the date on the first page."""
    return Criterion('EntryDate,"<="&AsOf', pl.col("date") <= report.up_to)


def kind(word: str) -> Criterion:
    """Financial or physical entries."""
    return Criterion(f'EntryKind,"{word}"', pl.col("kind") == word)


def _value_columns(report: ReconciliationData) -> list[Summed | Derived]:
    return [
        Summed("financial", "Invoiced", (until(report), kind("Financial"))),
        Summed("physical", "Not invoiced", (until(report), kind("Physical"))),
        Derived("value", "Inventory value", "={financial}+{physical}", pl.col("financial") + pl.col("physical")),
    ]


def by_account(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Inventory value by account, beside the ledger where there is one."""
    sheet = made.workbook.add_worksheet("By account")
    explains = "Inventory value by inventory account; change the date on the first page and it follows."
    at = made.head(sheet, "Value by account", explains)
    columns = _value_columns(report)
    rows = {"Entry": report.entries}
    if report.lines is not None and report.differences is not None:
        dated = Criterion('LineDate,"<="&AsOf', pl.col("date") <= report.up_to)
        ledger: Summed | Derived = Summed("ledger", "General ledger", (dated,), source="Line")
        if report.lines["date"].null_count():
            undated = Criterion('LineDate,"="', pl.col("date").is_null())
            columns += [
                Summed("brought", "Ledger, undated", (undated,), source="Line"),
                Summed("dated", "Ledger, dated", (dated,), source="Line"),
            ]
            ledger = Derived("ledger", "General ledger", "={brought}+{dated}", pl.col("brought") + pl.col("dated"))
        columns += [
            ledger,
            Derived("difference", "Difference", "=ROUND({ledger}-{value},6)", pl.col("ledger") - pl.col("value")),
            Summed("explained", "Explained", (), "effect", source="Gap"),
            Derived("open", "Not explained", "=ROUND({difference}-{explained},6)",
                    pl.col("difference") - pl.col("explained")),
        ]  # fmt: skip
        rows |= {"Line": report.lines.filter("is_inventory"), "Gap": report.differences}
    labels: list[Label] = [("account", "Account", 18)]
    keys = report.keys["account"]
    names = [report.account_names.get(make_id_key(account or ""), "") for account in keys["account"].to_list()]
    if any(names):
        labels, keys = [*labels, ("account_name", "Account name", 30)], keys.with_columns(account_name=pl.Series(names))
    table = write_keyed_table(made, sheet, at, "account", labels, columns, keys, rows)
    made.print_setup(sheet, "Value by account", at)
    return table


def by_group(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Inventory value by item group."""
    return _by(
        made, report, "By item group", "item_group", [ITEM_GROUP], report.keys["item_group"], _value_columns(report)
    )


def by_item(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Quantity, value and average by item."""
    names = report.item_names
    keys = report.keys["item"].with_columns(
        name=pl.col("item").replace_strict(names, default="", return_dtype=pl.String) if names else pl.lit("")
    )
    columns: list[Summed | Derived] = [
        Summed("quantity", "Invoiced quantity", (until(report), kind("Financial")), "quantity", "quantity", 17),
        Summed("financial", "Invoiced", (until(report), kind("Financial"))),
        Derived(
            "average",
            "Average",
            "=IF({quantity}=0,0,ROUND({financial}/{quantity},4))",
            _average(report),
            "unit_cost",
            13,
            total=False,
        ),
        Summed("slips", "Not invoiced qty", (until(report), kind("Physical")), "quantity", "quantity", 16),
        *_value_columns(report)[1:],
    ]
    return _by(made, report, "By item", "item", [ITEM, ("name", "Product name", 30)], keys, columns)


def _average(report: ReconciliationData) -> pl.Expr:
    """Unit cost in millionths, rounded to four decimals; in 128 bits, as a small quantity can be worth much."""
    power = 10 ** (4 + report.decimals.quantity)

    def of(row: dict[str, int]) -> int:
        quantity = row["quantity"] * 10**report.decimals.currency
        return mul_div(row["financial"], power, quantity) * 100 if quantity else 0

    return pl.struct("quantity", "financial").map_elements(of, return_dtype=pl.Int128)


def by_costing_group(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Quantity and value by costing group."""
    columns: list[Summed | Derived] = [
        Summed("quantity", "Invoiced quantity", (until(report), kind("Financial")), "quantity", "quantity", 17),
        *_value_columns(report),
    ]
    labels = [ITEM, ("group", "Costing group", 30)]
    return _by(made, report, "By costing group", "costing", labels, report.keys["costing"], columns)


def _by(
    made: ReportBook, report: ReconciliationData, name: str, key: str, labels: list[Label], keys: pl.DataFrame,
    columns: list[Summed | Derived],
) -> KeyedTable:  # fmt: skip
    sheet = made.workbook.add_worksheet(name)
    title = f"Value {name[0].lower()}{name[1:]}"
    at = made.head(sheet, title, "Change the date on the first page and it follows.")
    table = write_keyed_table(made, sheet, at, key, labels, columns, keys, {"Entry": report.entries})
    made.print_setup(sheet, title, at)
    return table


def roll_forward(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Opening + receipts - issues ± adjustments = closing, by item group."""
    sheet = made.workbook.add_worksheet("Roll-forward")
    at = made.head(sheet, "Roll-forward", "From the first date (not included) to the date on the first page.") + 1
    sheet.write_string(2, 1, "From", made.style(indent=1))
    sheet.write_datetime(2, 2, report.before, made.style(num_format="yyyy-mm-dd", bg_color="#FFF8E1", border=1))
    sheet.data_validation(2, 2, 2, 2, allowed_dates(report))
    made.workbook.define_name("FromDate", "='Roll-forward'!$C$3")
    before = Criterion('EntryDate,"<="&FromDate', pl.col("date") <= report.before)
    since = Criterion('EntryDate,">"&FromDate', pl.col("date") > report.before)
    moved = (since, until(report), kind("Financial"))
    types = [
        ("receipts", "Receipts", "Receipt", False), ("issues", "Issues", "Issue", True),
        ("adjustments", "Adjustments", "Adjustment", False), ("estimates", "Estimates", "Estimate", False),
        ("settled", "Settled before", "Settled before", False),
    ]  # fmt: skip
    columns: list[Summed | Derived] = [Summed("opening", "Opening", (before,))]
    for field, heading, word, negative in types:
        of_type = Criterion(f'EntryType,"{word}"', pl.col("type") == word)
        columns.append(Summed(field, heading, (*moved, of_type), negative=negative, width=15))
    sum_of = pl.col("opening") + pl.col("receipts") - pl.col("issues") + pl.col("adjustments") + pl.col("estimates")
    columns += [
        Summed("slips", "Change of not invoiced", (since, until(report), kind("Physical")), width=21),
        Derived("closing", "Closing",
                "=ROUND({opening}+{receipts}-{issues}+{adjustments}+{estimates}+{settled}+{slips},6)",
                sum_of + pl.col("settled") + pl.col("slips")),
        Summed("stands", "Inventory value", (until(report),)),
        Derived("check", "Check", "=ROUND({closing}-{stands},6)", pl.col("closing") - pl.col("stands"), width=12),
    ]  # fmt: skip
    keys, rows = report.keys["item_group"], {"Entry": report.entries}
    table = write_keyed_table(made, sheet, at, "item_group", [ITEM_GROUP], columns, keys, rows)
    made.print_setup(sheet, "Roll-forward", at)
    return table


def ageing(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Value of open receipts by age, and what else is in the inventory value."""
    sheet = made.workbook.add_worksheet("Ageing")
    explains = (
        f"Drawn up for {report.up_to}. Limits in days can be changed; averages count as the newest of what went in."
    )
    at = made.head(sheet, "Ageing of stock", explains) + 3
    columns: list[Summed | Derived] = []
    limit = made.style(num_format="0", bg_color="#FFF8E1", border=1, align="right")
    for row, word in ((2, "From day"), (3, "to day")):
        sheet.write_string(row, 1, word, made.style(indent=1))
    for number, (low, high) in enumerate(BUCKETS):
        letter = "CDEFGH"[number]
        sheet.write_number(2, 2 + number, low, limit)
        sheet.write_number(3, 2 + number, high, limit)
        in_bucket = (
            Criterion('AgeState,"In stock"', pl.col("state") == "In stock"),
            Criterion(f'AgeDays,">="&{letter}$3', pl.col("days") >= low),
            Criterion(f'AgeDays,"<="&{letter}$4', pl.col("days") <= high),
        )
        heading = f"{low} to {high} days" if high < 9999 else f"over {low - 1} days"
        columns.append(Summed(f"bucket{number}", heading, in_bucket, "value", source="Age", width=15))
    for number, word in enumerate(BESIDE):
        own = (Criterion(f'AgeState,"{word}"', pl.col("state") == word),)
        columns.append(Summed(f"beside{number}", word, own, "value", source="Age", width=15))
    fields = [c.field for c in columns]
    total = "=ROUND(" + "+".join("{" + f + "}" for f in fields) + ",6)"
    columns.append(Derived("total", "Inventory value", total, pl.sum_horizontal(fields)))
    keys, rows = report.keys["item_group"], {"Age": aged(report)}
    table = write_keyed_table(made, sheet, at, "item_group", [ITEM_GROUP], columns, keys, rows)
    for number, (low, high) in enumerate(BUCKETS):
        letter, last = "CDEFGH"[number], number == len(BUCKETS) - 1
        text = f'="over "&({letter}3-1)&" days"' if last else f'={letter}3&" to "&{letter}4&" days"'
        words = f"over {low - 1} days" if last else f"{low} to {high} days"
        made.formula(sheet, at, 2 + number, text, made.heading(Column("", "", "amount")), words)
    made.print_setup(sheet, "Ageing of stock", at)
    return table


def since_last_close(made: ReportBook, report: ReconciliationData) -> KeyedTable:
    """Return what changed since the first date of the roll-forward, item by item, the largest change first."""
    sheet = made.workbook.add_worksheet("Since last close")
    at = made.head(
        sheet, "What changed since the last close", "From the date of the roll-forward to the date on the first page."
    )
    before = Criterion('EntryDate,"<="&FromDate', pl.col("date") <= report.before)
    since = Criterion('EntryDate,">"&FromDate', pl.col("date") > report.before)
    adjusted = Criterion('EntryType,"Adjustment"', pl.col("type") == "Adjustment")
    columns: list[Summed | Derived] = [
        Summed("quantity", "Change of quantity", (since, until(report), kind("Financial")), "quantity", "quantity", 18),
        Summed("old", "Value then", (before,)),
        Summed("new", "Value now", (until(report),)),
        Derived("change", "Change", "=ROUND({new}-{old},6)", pl.col("new") - pl.col("old")),
        Summed("adjusted", "of it by closings", (since, until(report), adjusted)),
    ]
    changes = (
        report.entries.filter((pl.col("date") > report.before) & (pl.col("date") <= report.up_to))
        .group_by("item_key")
        .agg(moved=pl.col("amount").sum().abs())
    )
    keys = report.keys["item"].join(changes, left_on="key", right_on="item_key", how="left")
    keys = keys.sort(pl.col("moved").fill_null(-1), "key", descending=[True, False]).drop("moved")
    table = write_keyed_table(made, sheet, at, "item", [ITEM], columns, keys, {"Entry": report.entries})
    made.print_setup(sheet, "What changed since the last close", at)
    return table
