"""Two tables whose rows are not keys, each with its chart: value by month and model, adjustments by cause and closing.

In      a ReconciliationData and the workbook.
Out     sheets; where their cells stand, for the first page's charts.
Source  WORKBOOK "Command line" (reconcile).
"""

from dataclasses import dataclass

import polars as pl
from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from invclose_xl.reports.reconciliation.reconcile import ReconciliationData
from invclose_xl.reports.section import Column, Section
from invclose_xl.reports.sheets import GREY, INK, ReportBook

COLOURS = ("#1F4E78", "#4F81BD", "#8AA4C1", "#C98B2B", "#E3C184", "#5B8C5A", "#A6C3A5", "#9C5B6B", "#CFA9B2", GREY)
AMOUNT = Column("", "", "amount")


@dataclass(frozen=True, slots=True)
class Series:
    """A sheet of one row per point and one column per series."""

    sheet: str
    top: int
    """row of the headings"""
    last: int
    names: tuple[str, ...]
    section: Section
    """the same as a list, for DataFrames"""


def by_month(made: ReportBook, report: ReconciliationData) -> Series:
    """Inventory value at the end of each month, by inventory model."""
    sheet = made.workbook.add_worksheet("By month")
    at = made.head(sheet, "Value by month and inventory model", "Inventory value at the end of each month.")
    rows: list[dict[str, object]] = []
    models = tuple(report.entries["model"].unique().sort().to_list())
    _heads(made, sheet, at, ("Up to", *models, "Total"), 14)
    for row, day in enumerate(report.months, start=at + 1):
        sheet.write_datetime(row, 0, day, made.style(num_format="yyyy-mm-dd", align="left", indent=1))
        values = []
        for column, model in enumerate(models, start=1):
            own = report.entries.filter((pl.col("date") <= day) & (pl.col("model") == model))
            values.append(int(own["amount"].sum()))
            heading = xl_rowcol_to_cell(at, column, row_abs=True)
            text = f'SUMIFS(EntryAmount,EntryDate,"<="&$A{row + 1},EntryModel,{heading})'
            _amount(made, sheet, row, column, text, values[-1])
        rows.append({"up_to": day, **dict(zip(models, values, strict=True)), "total": sum(values)})
        first, last = xl_rowcol_to_cell(row, 1), xl_rowcol_to_cell(row, len(models))
        if models:
            _amount(made, sheet, row, len(models) + 1, f"SUM({first}:{last})", sum(values), bold=True)
    section = _section("By month", Column("up_to", "Up to", "date"), models, rows)
    series = Series("By month", at, at + len(report.months), models, section)
    if models:
        chart = made.workbook.add_chart({"type": "column", "subtype": "stacked"})
        _series(chart, series)
        dress_chart(chart, "Inventory value by month and model", (860, 360))
        sheet.insert_chart(series.last + 2, 0, chart)
    if report.summed:
        _period_ends(made, sheet, report, at, len(models) + 3)
    sheet.freeze_panes(at + 1, 1)
    made.print_setup(sheet, "Value by month and inventory model")
    return series


def _period_ends(made: ReportBook, sheet: Worksheet, report: ReconciliationData, at: int, column: int) -> None:
    """List the dates to which entries are added up, for the first page to choose from."""
    days = sorted(
        {
            *report.entries["date"].to_list(),
            *report.closings["up_to"].to_list(),
            *report.months,
            report.before,
            report.up_to,
        }
    )
    sheet.set_column(column, column, 26)
    sheet.write_string(at, column, "Dates that add up", made.heading(Column("", "", "date")))
    for row, day in enumerate(days, start=at + 1):
        sheet.write_datetime(row, column, day, made.style(num_format="yyyy-mm-dd", align="left", indent=1))
    first, last = (xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True) for row in (at + 1, at + len(days)))
    made.workbook.define_name("PeriodEnds", f"='By month'!{first}:{last}")


def adjustments(made: ReportBook, report: ReconciliationData) -> Series:
    """Change of inventory value by each closing, by cause; estimates beside them."""
    sheet = made.workbook.add_worksheet("Adjustments")
    explains = "Change of inventory value: receipts with their sign, issues with the opposite sign; every closing up to"
    explains += " the date."
    at = made.head(sheet, "Adjustments by cause", explains)
    made_by = report.entries.filter(pl.col("type").is_in(["Adjustment", "Estimate"]) & (pl.col("date") <= report.up_to))
    closings = made_by.filter(pl.col("closing") != "")["closing"].unique().sort().to_list()
    causes = (
        made_by.filter((pl.col("type") == "Adjustment") & (pl.col("closing") != ""))["cause"].unique().sort().to_list()
    )
    names = (*causes, "Estimates")
    rows: list[dict[str, object]] = []
    _heads(made, sheet, at, ("Closing", *names, "Total"), 16)
    for row, closing in enumerate(closings, start=at + 1):
        sheet.write_string(row, 0, closing, made.style(indent=1))
        own = made_by.filter(pl.col("closing") == closing)
        values = []
        for column, name in enumerate(names, start=1):
            is_estimate = name == "Estimates"
            chosen = own.filter(pl.col("type") == "Estimate") if is_estimate else own.filter(
                (pl.col("type") == "Adjustment") & (pl.col("cause") == name)
            )  # fmt: skip
            values.append(int(chosen["amount"].sum()))
            heading = xl_rowcol_to_cell(at, column, row_abs=True)
            which = 'EntryType,"Estimate"' if is_estimate else f'EntryType,"Adjustment",EntryCause,{heading}'
            text = f'SUMIFS(EntryAmount,EntryClosing,$A{row + 1},EntryDate,"<="&AsOf,{which})'
            _amount(made, sheet, row, column, text, values[-1])
        rows.append({"closing": closing, **dict(zip(names, values, strict=True)), "total": sum(values)})
        first, last = xl_rowcol_to_cell(row, 1), xl_rowcol_to_cell(row, len(names))
        _amount(made, sheet, row, len(names) + 1, f"SUM({first}:{last})", sum(values), bold=True)
    if not closings:
        sheet.write_string(at + 1, 0, "No closing up to the date.", made.style(font_color=GREY, indent=1))
    section = _section("Adjustments", Column("closing", "Closing"), names, rows)
    series = Series("Adjustments", at, at + max(len(closings), 1), names, section)
    if closings:
        chart = made.workbook.add_chart({"type": "column", "subtype": "stacked" if len(closings) > 1 else "clustered"})
        _series(chart, series)
        dress_chart(chart, "Adjustments by cause", (860, 360))
        sheet.insert_chart(series.last + 2, 0, chart)
    sheet.freeze_panes(at + 1, 1)
    made.print_setup(sheet, "Adjustments by cause")
    return series


def _section(name: str, first: Column, names: tuple[str, ...], rows: list[dict[str, object]]) -> Section:
    columns = (
        first,
        *(Column(n, n, "amount", total=True) for n in names),
        Column("total", "Total", "amount"),
    )
    kinds = {c.field: pl.Int64 if c.kind == "amount" else pl.Date if c.kind == "date" else pl.String for c in columns}
    return Section(name, name, "", columns, pl.DataFrame(rows, schema=kinds), "")


def _heads(made: ReportBook, sheet: Worksheet, at: int, names: tuple[str, ...], width: int) -> None:
    for column, name in enumerate(names):
        sheet.set_column(column, column, max(width, len(name) + 3))
        sheet.write_string(at, column, name, made.heading(Column("", "", "amount" if column else "text")))


def _amount(
    made: ReportBook, sheet: Worksheet, row: int, column: int, text: str, value: int, bold: bool = False
) -> None:
    form = made.style(num_format=made.number_format(AMOUNT), bold=bold)
    made.formula(sheet, row, column, f"=ROUND({text},{made.decimals.currency})", form, made.decimal(value, AMOUNT))


def _series(chart: Chart, series: Series) -> None:
    for column, _ in enumerate(series.names, start=1):
        chart.add_series(
            {
                "name": [series.sheet, series.top, column],
                "categories": [series.sheet, series.top + 1, 0, series.last, 0],
                "values": [series.sheet, series.top + 1, column, series.last, column],
                "fill": {"color": COLOURS[(column - 1) % len(COLOURS)]},
                "gap": 60,
            }
        )


def dress_chart(chart: Chart, title: str, size: tuple[int, int]) -> None:
    """Give a chart the looks that all of them share."""
    chart.set_title({"name": title, "name_font": {"size": 12, "color": INK}})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": size[0], "height": size[1]})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E5E7EB"}}})
    chart.set_x_axis({"label_position": "low", "date_axis": False, "num_format": "yyyy-mm"})
    chart.set_chartarea({"border": {"color": "#E5E7EB"}})
