"""The reconciliation as a workbook that an auditor would keep: live formulas over copied rows, charts, print set-up.

In      a ReconciliationData, where the book lies, when it is made.
Out     an .xlsx file; every formula is written with the value that it has.
Errors  BookUnusable where the file cannot be written.
Source  WORKBOOK "Command line" (reconcile).
"""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from invclose_xl.reports.reconciliation.front import FrontTables, finish_front, start_front
from invclose_xl.reports.reconciliation.keyed_table import KeyedTable
from invclose_xl.reports.reconciliation.reconcile import ReconciliationData
from invclose_xl.reports.reconciliation.rows import write_rows
from invclose_xl.reports.reconciliation.series import adjustments, by_month, dress_chart
from invclose_xl.reports.reconciliation.tables import (
    BESIDE,
    BUCKETS,
    ageing,
    by_account,
    by_costing_group,
    by_group,
    by_item,
    roll_forward,
    since_last_close,
)
from invclose_xl.reports.section import Section
from invclose_xl.reports.sheets import INK, ReportBook, way_to


def write_reconciliation(
    report: ReconciliationData, book: Path, path: Path, file: BinaryIO, created: datetime | None, mark: str
) -> tuple[Section, ...]:
    """Write the workbook that will lie at ``path`` and return its tables; links lead to the book from there."""
    made = ReportBook(file, f"Reconciliation of {report.book}", report.decimals, created, mark)
    front = start_front(made, report)
    tables = FrontTables(
        account=by_account(made, report),
        group=by_group(made, report),
        item=by_item(made, report),
        costing=by_costing_group(made, report),
        roll=roll_forward(made, report),
        ageing=ageing(made, report),
    )
    _ageing_chart(made, tables.ageing)
    beside = (adjustments(made, report), by_month(made, report), since_last_close(made, report))
    rows = write_rows(made, report, way_to(book, path))
    finish_front(made, report, front, tables)
    made.close()
    own = (tables.account, tables.group, tables.item, tables.costing, tables.roll, tables.ageing)
    return (*(table.section for table in (*own, *beside)), *rows)


def _ageing_chart(made: ReportBook, table: KeyedTable) -> None:
    """The totals by age."""
    sheet = made.workbook.get_worksheet_by_name(table.sheet)
    first, last = table.places["bucket0"], table.places[f"beside{len(BESIDE) - 1}"]
    chart = made.workbook.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": "Value",
            "categories": [table.sheet, table.totals_row + 1, first, table.totals_row + 1, last],
            "values": [table.sheet, table.totals_row, first, table.totals_row, last],
            "fill": {"color": INK},
            "gap": 60,
        }
    )
    dress_chart(chart, "Value by age", (860, 320))
    chart.set_legend({"none": True})
    sheet.insert_chart(table.last + 2, 1, chart)
    assert len(BUCKETS) <= last - first
