"""The template's first sheet: where the book stands, the buttons, what to do.

In      an open XlsxWriter workbook, where the result sheets will stand, whether it is to have buttons.
Out     the sheet *Start*.
Errors  none.
Source  WORKBOOK "Command line" (new); RULES R10.5 (the next date).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.template_builder.sheets import INK, LAST_ROW
from invclose_xl.template_builder.words import (
    COMMANDS,
    EXPLAINED_NAME,
    EXPORT_NAME,
    INSTRUCTIONS,
    INSTRUCTIONS_WITHOUT_BUTTONS,
    ITEM_NAME,
    MODEL_NAME,
)
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, OUTPUT_SHEETS, TRANSACTIONS
from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.results.new_sheet import heading_row_of

START = "Start"
MOST_RUNS = 5_000
"""How many rows of the Lock the sheet looks at."""


BUTTON_ROW, LOOK_ROW, COMPARE_ROW, IMPORT_ROW, INSTRUCTIONS_ROW, EXAMPLES_ROW = 9, 12, 13, 16, 18, 25
EXPLAINED_CELL, MODEL_CELL, ITEM_CELL = (LOOK_ROW, 5), (COMPARE_ROW, 5), (COMPARE_ROW, 7)
EXPORT_CELL = (IMPORT_ROW, 3)


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the sheet Start, the Sub it calls, and the function of ``macros`` that this calls."""

    caption: str
    macro: str
    function: str
    row: int
    column: int
    width: int = 150


BUTTONS = (
    Button("Check", "CheckInventory", "check", BUTTON_ROW, 1),
    Button("Close", "CloseInventory", "close", BUTTON_ROW, 3),
    Button("Recalculate", "RecalculateInventory", "recalculate", BUTTON_ROW, 5),
    Button("Reverse", "ReverseClosing", "reverse", BUTTON_ROW, 7),
    Button("Reconcile", "ReconcileInventory", "reconcile", BUTTON_ROW, 9),
    Button("Preview a close", "PreviewClosing", "preview", LOOK_ROW, 1),
    Button("Explain", "ExplainCost", "explain", LOOK_ROW, 3),
    Button("Voucher", "WriteVoucher", "voucher", LOOK_ROW, 9),
    Button("Compare with Expected", "CompareWithExpected", "compare", COMPARE_ROW, 1, 184),
    Button("What if", "WhatIf", "what_if", COMPARE_ROW, 3),
    Button("Import", "ImportExport", "import_export", IMPORT_ROW, 1),
    Button("Remove the example rows", "RemoveExamples", "remove_examples", EXAMPLES_ROW, 1, 210),
)
_COLUMNS = ((0, 2.5), (1, 24), (2, 1.5), (3, 24), (4, 1.5), (5, 24), (6, 1.5), (7, 24), (8, 1.5), (9, 24), (10, 2.5))


def write_start(workbook: Any, today: date, *, with_buttons: bool, book_name: str, waiting: int) -> Any:
    """Write the sheet; ``today`` and ``waiting`` are what its formulas show until an application recalculates them."""
    sheet = workbook.add_worksheet(START)
    sheet.hide_gridlines(2)
    sheet.set_tab_color(INK)
    for column, width in _COLUMNS:
        sheet.set_column(column, column, width)
    title = workbook.add_format({"bold": True, "font_size": 22, "font_color": "white", "bg_color": INK, "indent": 1,
                                 "align": "left", "valign": "vcenter"})  # fmt: skip
    below = workbook.add_format(
        {"font_size": 11, "font_color": "#DCE6F1", "bg_color": INK, "indent": 1, "align": "left", "valign": "top"}
    )
    sheet.set_row(0, 40, title)
    sheet.set_row(1, 24, below)
    sheet.write_string(0, 1, "Inventory close", title)
    sheet.write_string(1, 1, "Settlements, adjustments, vouchers and a locked period, exact to the cent.", below)
    _glance(workbook, sheet, today, waiting)
    if with_buttons:
        for button in BUTTONS:
            sheet.insert_button(
                button.row, button.column,
                {"macro": button.macro, "caption": button.caption, "width": button.width, "height": 34, "y_offset": 5,
                 "description": button.caption},
            )  # fmt: skip
        for row in (BUTTON_ROW, LOOK_ROW, COMPARE_ROW, IMPORT_ROW, EXAMPLES_ROW):
            sheet.set_row(row, 34)
        _looking(workbook, sheet)
    else:
        _commands(workbook, sheet, book_name)
    if with_buttons:
        _instructions(workbook, sheet, INSTRUCTIONS_ROW, INSTRUCTIONS)
    else:
        _instructions(workbook, sheet, BUTTON_ROW + len(COMMANDS) + 1, INSTRUCTIONS_WITHOUT_BUTTONS)
    sheet.activate()
    sheet.set_first_sheet()
    sheet.set_selection(0, 0, 0, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 1)
    sheet.set_paper(9)
    return sheet


def _looking(workbook: Any, sheet: Any) -> None:
    """Write what is around the buttons that only look: the cell that says what to explain, and what it takes."""
    section = workbook.add_format({"bold": True, "font_size": 12, "font_color": INK})
    entry = workbook.add_format({"num_format": "@", "bg_color": "#FFF9E5", "border": 1, "border_color": "#BFBFBF",
                                 "valign": "vcenter", "indent": 1, "font_size": 12})  # fmt: skip
    hint = workbook.add_format({"font_size": 10, "font_color": "#595959", "valign": "vcenter", "text_wrap": True})
    sheet.write_string(LOOK_ROW - 1, 1, "Preview, explain, compare, hand over", section)
    row, column = EXPLAINED_CELL
    sheet.write_blank(row, column, None, entry)
    sheet.write_string(row, column + 2, "ID; blank: the row selected on Transactions", hint)
    for name, cell in ((EXPLAINED_NAME, EXPLAINED_CELL), (MODEL_NAME, MODEL_CELL), (ITEM_NAME, ITEM_CELL)):
        workbook.define_name(name, f"='{START}'!{xl_rowcol_to_cell(*cell, row_abs=True, col_abs=True)}")
    row, column = MODEL_CELL
    sheet.write_string(row, column, InventoryModel.WEIGHTED_AVERAGE.label, entry)
    models = [model.label for model in InventoryModel]
    sheet.data_validation(row, column, row, column, {"validate": "list", "source": models})
    sheet.write_blank(*ITEM_CELL, None, entry)
    sheet.write_string(row, ITEM_CELL[1] + 2, "What if: model and item; blank: all", hint)
    sheet.write_string(IMPORT_ROW - 1, 1, "From another system", section)
    at, first = EXPORT_CELL
    sheet.merge_range(at, first, at, first + 2, "", entry)
    sheet.write_string(at, first + 4, "File or folder of the export; blank: the button asks", hint)
    workbook.define_name(EXPORT_NAME, f"='{START}'!{xl_rowcol_to_cell(at, first, row_abs=True, col_abs=True)}")


def _not_closed(closed: str) -> str:
    """Return how many transactions are dated after the closed date."""
    at = {c.field: column_letters(i) for i, c in enumerate(TRANSACTIONS.columns, 1)}
    physical, financial = (
        f"Transactions!${at[field]}$2:${at[field]}${LAST_ROW}" for field in ("physical_date", "financial_date")
    )
    late = f'COUNTIF({financial},">"&{closed})'
    return f'{late}+COUNTIFS({financial},"",{physical},">"&{closed})'


def _glance(workbook: Any, sheet: Any, today: date, waiting: int) -> None:
    """Five cards: closed date, next date, last run, warnings, what waits."""
    spec = next(s for s in OUTPUT_SHEETS if s.table == "lock")
    at = {c.field: column_letters(i) for i, c in enumerate(spec.columns, 1)}
    first = heading_row_of(spec) + 1

    def rows(field: str) -> str:
        return f"Lock!${at[field]}${first}:${at[field]}${first + MOST_RUNS}"

    runs = f"COUNTA({rows('closing')})"
    closed = f"N({CLOSED_DATE_NAME})"
    asked = 'N(IFERROR(VLOOKUP("Close inventory up to",Parameters!$A:$B,2,FALSE),0))'
    end = f"IF({closed}<EOMONTH({closed},0),EOMONTH({closed},0),EOMONTH({closed},1))"
    following = f"IF({asked}>{closed},{asked},IF({closed}=0,EOMONTH(TODAY(),-1),{end}))"
    last_month = today.replace(day=1) - timedelta(days=1)
    serial = (last_month - date(1899, 12, 30)).days

    def last(field: str) -> str:
        """The row of the last run, wherever it stands: runs are numbered without gaps."""
        return f'INDEX({rows(field)},MATCH("IC-"&TEXT({runs},"000000"),{rows("closing")},0))'

    latest = f'IF({runs}=0,"none yet",{last("closing")}&" "&{last("type")})'
    day = last("run_at")
    on = f'", "&YEAR({day})&"-"&TEXT(MONTH({day}),"00")&"-"&TEXT(DAY({day}),"00")'  # date codes differ by language
    log = next(s for s in OUTPUT_SHEETS if s.table == "log")
    severity = column_letters([c.field for c in log.columns].index("severity") + 1)
    cells = f"Log!${severity}$2:${severity}$100001"
    open_errors = f'COUNTIF({cells},"Error")+COUNTIF({cells},"Refused")'
    warned = f'IF({open_errors}>0,{open_errors}&" to correct, see Log",IF({runs}=0,"none yet",{last("warnings")}))'
    cards = (
        (1, "Closed up to", f'=IF({closed}=0,"never",{CLOSED_DATE_NAME})', "never"),
        (3, "Next close up to", f"={following}", serial),
        (5, f'="Last run"&IF({runs}=0,"",{on})', f"={latest}", "none yet"),
        (7, "Warnings", f"={warned}", "none yet"),
        (9, "Transactions not closed yet", f"={_not_closed(closed)}", waiting),
    )
    label = workbook.add_format({"font_size": 10, "font_color": "#595959", "bg_color": "#EEF3F8", "indent": 1,
                                 "top": 5, "top_color": INK})  # fmt: skip
    value = workbook.add_format({"font_size": 14, "bold": True, "font_color": INK, "bg_color": "#EEF3F8", "indent": 1,
                                 "num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})  # fmt: skip
    plain = workbook.add_format({"font_size": 14, "bold": True, "font_color": INK, "bg_color": "#EEF3F8", "indent": 1,
                                 "num_format": "#,##0", "align": "left", "valign": "top", "shrink": True})  # fmt: skip
    section = workbook.add_format({"bold": True, "font_size": 12, "font_color": INK})
    sheet.write_string(3, 1, "At a glance", section)
    sheet.set_row(4, 20)
    sheet.set_row(5, 28)
    for column, text, formula, shown in cards:
        if text.startswith("="):
            sheet.write_formula(4, column, text, label, "Last run")
        else:
            sheet.write_string(4, column, text, label)
        sheet.write_formula(5, column, formula, value if column < 5 else plain, shown)
    links = ((1, "Lock"), (3, "Parameters"), (5, "Vouchers"), (7, "Log"), (9, "Transactions"))
    small = workbook.add_format({"font_size": 9, "font_color": "#0563C1", "underline": 1, "indent": 1,
                                 "bg_color": "#EEF3F8"})  # fmt: skip
    for column, target in links:
        sheet.write_url(6, column, f"internal:'{target}'!A1", small, f"sheet {target}")
    sheet.write_string(8, 1, "What do you want to do?", section)


def _commands(workbook: Any, sheet: Any, book_name: str) -> None:
    """A workbook without macros names the commands instead."""
    code = workbook.add_format({"font_name": "Consolas", "font_size": 10})
    for row, (_, command, text) in enumerate(COMMANDS, start=9):
        subject = " ID" if command == "explain" else ""
        sheet.write_string(row, 1, f"invclose-xl {command} {escape_controls(book_name)}{subject}", code)
        sheet.write_string(row, 5, text)


def _instructions(workbook: Any, sheet: Any, first: int, steps: tuple[tuple[str, str, str], ...]) -> None:
    section = workbook.add_format({"bold": True, "font_size": 12, "font_color": INK})
    number = workbook.add_format({"bold": True, "font_color": "white", "bg_color": INK, "align": "center",
                                  "valign": "vcenter"})  # fmt: skip
    link = workbook.add_format({"bold": True, "font_color": "#0563C1", "indent": 1, "valign": "vcenter"})
    text = workbook.add_format({"valign": "vcenter"})
    bold = workbook.add_format({"bold": True, "indent": 1, "valign": "vcenter"})
    sheet.write_string(first, 1, "How it goes", section)
    for row, (step, what, how) in enumerate(steps, start=first + 1):
        sheet.set_row(row, 20)
        sheet.write_string(row, 0, step, number)
        target = what.split(",")[0]
        if target in ("Items", "Transactions"):
            sheet.write_url(row, 1, f"internal:'{target}'!A2", link, what)
        else:
            sheet.write_string(row, 1, what, bold)
        sheet.write_string(row, 3, how, text)
