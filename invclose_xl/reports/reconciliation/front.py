"""The first page of a reconciliation: a sign, three numbers, the checks behind the sign, the differences by kind.

In      a ReconciliationData, the tables of the other sheets.
Out     the sheet *Reconciliation*.
Source  WORKBOOK "Command line" (reconcile).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
from xlsxwriter.worksheet import Worksheet

from invclose_xl.reports.reconciliation.keyed_table import KeyedTable
from invclose_xl.reports.reconciliation.reconcile import ReconciliationData
from invclose_xl.reports.reconciliation.series import dress_chart
from invclose_xl.reports.section import Column
from invclose_xl.reports.sheets import GREEN, GREY, INK, RED, ReportBook

NAME = "Reconciliation"
AMOUNT = Column("", "", "amount")
CHECKS_AT = 13
CHART = (620, 310)


@dataclass(frozen=True, slots=True)
class FrontTables:
    """The tables that the first page draws together."""

    account: KeyedTable
    group: KeyedTable
    item: KeyedTable
    costing: KeyedTable
    roll: KeyedTable
    ageing: KeyedTable


def start_front(made: ReportBook, report: ReconciliationData) -> Worksheet:
    """Add the sheet and the dates that all formulas depend on; the rest comes when the tables stand."""
    sheet = made.workbook.add_worksheet(NAME)
    made.head(sheet, f"Reconciliation of {report.book}", "Stock against general ledger. All numbers are live formulas.")
    sheet.set_column(0, 0, 3)
    sheet.set_column(1, 1, 44)
    sheet.set_column(2, 3, 22)
    sheet.set_column(4, 4, 3)
    field = made.style(num_format="yyyy-mm-dd", bg_color="#FFF8E1", border=1, bold=True, align="center")
    sheet.write_string(3, 1, "Date (any closing date can be entered)", made.style(indent=1))
    sheet.write_datetime(3, 2, report.up_to, field)
    sheet.data_validation(3, 2, 3, 2, {**allowed_dates(report), "input_title": "Date", "error_title": "Date"})
    sheet.write_string(4, 1, "Differences and ageing are drawn up for", made.style(indent=1))
    sheet.write_datetime(4, 2, report.up_to, made.style(num_format="yyyy-mm-dd", align="center"))
    closed = f"Inventory is closed up to {report.closed}." if report.closed else "No closing up to this date."
    sheet.write_string(2, 1, closed, made.style(indent=1))
    made.workbook.define_name("AsOf", f"='{NAME}'!$C$4")
    made.workbook.define_name("DrawnUp", f"='{NAME}'!$C$5")
    return sheet


def allowed_dates(report: ReconciliationData) -> dict[str, object]:
    """Return which dates can be entered: any; where entries are added up by period, the ends of periods."""
    if report.summed:
        told = "The end of a month, or a closing date: the rows are added up to these dates."
        return {"validate": "list", "source": "=PeriodEnds", "input_message": told, "error_message": told}
    told = "Any date: all values follow."
    bounds = {"criteria": "between", "minimum": date(1901, 1, 1), "maximum": date(9999, 12, 31)}
    return {"validate": "date", **bounds, "input_message": told, "error_message": "Enter a date."}


def finish_front(made: ReportBook, report: ReconciliationData, sheet: Worksheet, tables: FrontTables) -> None:
    """Write the sign, the three numbers, the checks and the differences by kind."""
    value = tables.account.total("value")
    has_ledger = report.lines is not None
    if has_ledger:
        ledger = tables.account.total("ledger")
        numbers = [("Inventory value", tables.account.total_cell("value"), value),
                   ("General ledger", tables.account.total_cell("ledger"), ledger),
                   ("Difference", tables.account.total_cell("difference"), ledger - value)]  # fmt: skip
    else:
        numbers = [("Inventory value", tables.account.total_cell("value"), value),
                   ("of it invoiced", tables.account.total_cell("financial"), tables.account.total("financial")),
                   ("not invoiced", tables.account.total_cell("physical"),
                    tables.account.total("physical"))]  # fmt: skip
    for row, (name, cell, units) in enumerate(numbers):
        _number(made, sheet, 1 + row, name, cell, units)
    checks = _checks(report, tables)
    _sign(made, sheet, has_ledger, numbers[2][2], checks)
    at = _write_checks(made, sheet, checks)
    if report.differences is not None:
        _kinds(made, report, sheet, at + 1)
    else:
        sheet.write_string(at + 1, 1, report.without_ledger, made.style(indent=1))
    _charts(made, sheet, tables)
    made.print_setup(sheet, f"Reconciliation of {report.book}", one_page=True)
    sheet.set_first_sheet()
    sheet.activate()


def _number(made: ReportBook, sheet: Worksheet, column: int, name: str, cell: str, units: int) -> None:
    pale = "#EEF3F8"
    sheet.write_string(
        8, column, name, made.style(font_color=GREY, bg_color=pale, align="center", top=1, top_color=INK)
    )
    big = made.style(bold=True, font_size=16, font_color=INK, bg_color=pale, align="center",
                     num_format=made.number_format(AMOUNT))  # fmt: skip
    made.formula(sheet, 9, column, f"={cell}", big, made.decimal(units, AMOUNT))
    sheet.set_row(9, 30)


Check = tuple[str, str, int]
"""what must agree, formula of what it differs by, that value"""


def _checks(report: ReconciliationData, tables: FrontTables) -> list[Check]:
    value = f"{tables.account.total_cell('value')}"
    total = tables.account.total("value")
    pairs = [
        ("By item group", tables.group, "value"), ("By item", tables.item, "value"),
        ("By costing group", tables.costing, "value"),
        ("Roll-forward", tables.roll, "closing"), ("Ageing", tables.ageing, "total"),
    ]  # fmt: skip
    checks = [
        (
            f"{name} adds up to the inventory value",
            f"ROUND({table.total_cell(field)}-{value},6)",
            table.total(field) - total,
        )
        for name, table, field in pairs
    ]
    if report.lines is not None:
        checks.append(
            ("Every difference is explained", tables.account.total_cell("open"), tables.account.total("open"))
        )
    return checks


def _write_checks(made: ReportBook, sheet: Worksheet, checks: list[Check]) -> int:
    _heading(made, sheet, CHECKS_AT - 1, ("Checks", "Differs by", ""))
    last = CHECKS_AT + len(checks) - 1
    for row, (name, text, units) in enumerate(checks, start=CHECKS_AT):
        sheet.write_string(row, 1, name, made.style(indent=1))
        only_then = name.startswith(("Ageing", "Every"))
        formula = f"=IF(AsOf=DrawnUp,{text},0)" if only_then else f"={text}"
        made.formula(
            sheet, row, 2, formula, made.style(num_format=made.number_format(AMOUNT)), made.decimal(units, AMOUNT)
        )
        holds = "holds" if units == 0 else "does not hold"
        made.formula(sheet, row, 3, f'=IF(C{row + 1}=0,"holds","does not hold")', made.style(indent=1), holds)
    _colours(made, sheet, f"D{CHECKS_AT + 1}:D{last + 1}", "holds")
    return last + 1


def _sign(made: ReportBook, sheet: Worksheet, has_ledger: bool, difference: int, checks: list[Check]) -> None:
    """Green where nothing differs, red where something does."""
    good, bad = (
        ("Stock and ledger agree", "Stock and ledger differ") if has_ledger else ("All sums agree", "Sums differ")
    )
    holds = all(units == 0 for _, _, units in checks) and (not has_ledger or difference == 0)
    last = CHECKS_AT + len(checks)
    test = f'COUNTIF(D{CHECKS_AT + 1}:D{last},"holds")={len(checks)}'
    formula = f'=IF(AND({test},D10=0),"{good}","{bad}")' if has_ledger else f'=IF({test},"{good}","{bad}")'
    big = made.style(bold=True, font_size=14, font_color="white", bg_color=RED, align="center", valign="vcenter")
    sheet.merge_range(6, 1, 6, 3, "", big)
    made.formula(sheet, 6, 1, formula, big, good if holds else bad)
    sheet.set_row(6, 28)
    green = made.workbook.add_format({"bg_color": GREEN, "font_color": "white"})
    rule = {"type": "cell", "criteria": "==", "value": f'"{good}"', "format": green}
    sheet.conditional_format("B7:D7", rule)


def _colours(made: ReportBook, sheet: Worksheet, cells: str, good: str) -> None:
    for criteria, colour in (("==", GREEN), ("!=", RED)):
        form = made.workbook.add_format({"font_color": colour, "bold": True})
        sheet.conditional_format(cells, {"type": "cell", "criteria": criteria, "value": f'"{good}"', "format": form})


def _kinds(made: ReportBook, report: ReconciliationData, sheet: Worksheet, at: int) -> int:
    """Differences by kind, by what they come to."""
    assert report.differences is not None
    kinds = report.differences.group_by("name").agg(
        pl.len().cast(pl.Int64), pl.col("effect").sum(), size=pl.col("effect").abs().sum()
    )
    kinds = kinds.sort("size", "name", descending=[True, False])
    _heading(made, sheet, at, ("Differences by kind", "Number", "Ledger − stock"))
    if not len(kinds):
        sheet.write_string(at + 1, 1, "None.", made.style(indent=1))
        return at + 2
    row = at
    for name, count, effect, _ in kinds.rows():
        row += 1
        sheet.write_url(
            row, 1, "internal:'Differences'!A1", made.style(font_color="#0563C1", underline=1, indent=1), name
        )
        made.formula(sheet, row, 2, f"=COUNTIFS(GapKind,B{row + 1})", made.style(num_format="#,##0"), Decimal(count))
        text = f"=ROUND(SUMIFS(GapEffect,GapKind,B{row + 1}),{made.decimals.currency})"
        made.formula(
            sheet, row, 3, text, made.style(num_format=made.number_format(AMOUNT)), made.decimal(effect, AMOUNT)
        )
    return row + 1


def _heading(made: ReportBook, sheet: Worksheet, row: int, texts: tuple[str, str, str]) -> None:
    for column, text in enumerate(texts, start=1):
        sheet.write_string(
            row,
            column,
            text,
            made.heading(Column("", "", "amount" if column == 2 or (column == 3 and text) else "text")),
        )


def _charts(made: ReportBook, sheet: Worksheet, tables: FrontTables) -> None:
    """Value by item group and by age, to the right of the numbers."""
    group, ages = tables.group, tables.ageing
    first, last = ages.places["bucket0"], ages.places["total"] - 1
    bar = made.workbook.add_chart({"type": "bar"})
    bar.add_series(
        {"categories": f"={group.cells('item_group')}", "values": f"={group.cells('value')}",
         "fill": {"color": INK}, "gap": 60}
    )  # fmt: skip
    dress_chart(bar, "Inventory value by item group", CHART)
    bar.set_y_axis({"reverse": True})
    bar.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E5E7EB"}}})
    column = made.workbook.add_chart({"type": "column"})
    heads, totals = ages.totals_row + 1, ages.totals_row
    column.add_series(
        {"categories": [ages.sheet, heads, first, heads, last], "values": [ages.sheet, totals, first, totals, last],
         "fill": {"color": INK}, "gap": 60}
    )  # fmt: skip
    dress_chart(column, "Value by age", CHART)
    for chart, row in ((bar, 2), (column, 16)):
        chart.set_legend({"none": True})
        sheet.insert_chart(row, 5, chart)
