"""The input sheets of the template: tables with notes, drop-downs, formats, and rules that show faulty rows.

In      an open XlsxWriter workbook, the layout of a sheet, its rows.
Out     the sheet, with names that its rules need (ItemNumbers, ModelGroupNames).
Errors  none.
Source  WORKBOOK "Read"; RULES R0, R10.1 (no date up to the closed one).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from invclose_xl.domain.days import FIRST_SHEET_DATE
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.references import FIRST_WORDS
from invclose_xl.domain.words import REFERENCES, SpreadBy
from invclose_xl.template_builder.words import FURTHER_NOTES, NOTES, YES_NO, Cell, Rows
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, LEDGER, InputColumn, InputSheet
from invclose_xl.workbook.package.cell_reference import column_letters

LAST_ROW = 100_000
"""Drop-downs and rules reach down to here."""
TABLE_ROWS = {"Transactions": 500, "Items": 100}
"""Empty rows that a table brings along: not every application lets a table grow while you type."""
MANY = LAST_ROW - 1
COLUMNS_OF_A_PAGE = 14
ITEM_NUMBERS, MODEL_GROUP_NAMES = "ItemNumbers", "ModelGroupNames"
INK, INPUT_TAB = "#1F4E78", "#2E75B6"
FAULT = {"bg_color": "#F8CBAD", "font_color": "#9C0006"}
LOCKED = {"font_color": "#7F7F7F", "bg_color": "#EDEDED"}
WIDTHS = {"name": 28, "description": 30, "model": 22, "text": 40, "reference": 16, "value": 26}


class Formats:
    """The cell formats of the input sheets."""

    def __init__(self, workbook: Any) -> None:
        add = workbook.add_format
        self.by_kind = {
            "id": add({"num_format": "@"}),
            "text": add({}),
            "yes_no": add({}),
            "any": add({"align": "left"}),
            "date": add({"num_format": "yyyy-mm-dd", "align": "left"}),
            "quantity": add({"num_format": "#,##0.######"}),
            "amount": add({"num_format": "#,##0.00"}),
            "price": add({"num_format": "#,##0.00####"}),
            "share": add({"num_format": "0.00##"}),
        }
        self.heading = add({"bold": True, "font_color": "white", "bg_color": INK, "valign": "vcenter"})
        self.required = add({"bold": True, "font_color": "white", "bg_color": "#2F5F2F", "valign": "vcenter"})
        self.fault = add(FAULT)
        self.locked = add(LOCKED)


def write_input_sheet(workbook: Any, formats: Formats, spec: InputSheet, rows: Rows) -> Any:
    """Write one input sheet as a table of the sheet's name."""
    sheet = workbook.add_worksheet(spec.name)
    sheet.set_tab_color(INPUT_TAB)
    bottom = max(len(rows), TABLE_ROWS.get(spec.name, 30), 1)
    for number, column in enumerate(spec.columns):
        width = max(WIDTHS.get(column.field, 12), len(column.heading) + 4)
        sheet.set_column(number, number, width, formats.by_kind[column.kind])
    headings = [
        {"header": c.heading, "header_format": formats.required if c.required else formats.heading}
        for c in spec.columns
    ]
    table = {"name": spec.name.replace(" ", "_"), "style": "Table Style Light 1", "columns": headings}
    sheet.add_table(0, 0, bottom, len(spec.columns) - 1, table)
    for number, column in enumerate(spec.columns):
        note = {**NOTES, **FURTHER_NOTES}[spec.name][column.field]
        sheet.write_comment(0, number, note, {"x_scale": 1.6, "y_scale": 0.75, "author": "invclose-xl", "font_size": 9})
    for number, row in enumerate(rows, start=1):
        for position, column in enumerate(spec.columns):
            write_cell(sheet, number, position, row.get(column.field), formats.by_kind[column.kind])
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 22)
    _set_up_print(sheet, spec)
    return sheet


def _set_up_print(sheet: Any, spec: InputSheet) -> None:
    """Print as result sheets do: landscape, as few pages wide as can be read, headings and keys on each of them."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(-(-len(spec.columns) // COLUMNS_OF_A_PAGE), 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0)
    sheet.set_margins(0.25, 0.25, 0.5, 0.6)
    sheet.set_footer("&L&A&R&P / &N")


def write_cell(sheet: Any, row: int, column: int, value: Cell, look: Any) -> None:
    """Write one cell; text stays text."""
    if isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), look)
    elif isinstance(value, Decimal):
        sheet.write_number(row, column, value, look)
    elif value is not None:
        sheet.write_string(row, column, value, look)


# ---- drop-downs and refusals


def add_rules(sheets: Mapping[str, Any], specs: Mapping[str, InputSheet], workbook: Any, formats: Formats) -> None:
    """Add names, drop-downs, refusals and the marks of faulty rows to all input sheets."""
    groups, items = _letters(specs["Item model groups"]), _letters(specs["Items"])
    workbook.define_name(ITEM_NUMBERS, f"=Items!${items['number']}$2:${items['number']}${LAST_ROW}")
    workbook.define_name(MODEL_GROUP_NAMES, f"='Item model groups'!${groups['name']}$2:${groups['name']}${LAST_ROW}")
    for name, spec in specs.items():
        for position, column in enumerate(spec.columns):
            rule = _choices(name, column) or _refusal(name, column)
            if rule:
                sheets[name].data_validation(1, position, MANY, position, rule)
    _mark_transactions(sheets["Transactions"], _letters(specs["Transactions"]), formats)
    _mark_masters(sheets, items, groups, formats)


def _letters(spec: InputSheet) -> dict[str, str]:
    return {c.field: column_letters(i) for i, c in enumerate(spec.columns, 1)}


def _choices(sheet: str, column: InputColumn) -> dict[str, Any] | None:
    """Return the drop-down of a column; choices that may be left are only warned about."""
    if column.kind == "yes_no":
        return _list(list(YES_NO))
    match sheet, column.field:
        case "Item model groups", "model":
            return _list([model.label for model in InventoryModel], "Choose one of the inventory models.")
        case "Items", "type":
            return _list(["Item", "Service"])
        case "Items", "model_group":
            text = "There is no such group on the sheet Item model groups. Keep it?"
            return _list(f"={MODEL_GROUP_NAMES}", text, "warning")
        case "Transactions", "item":
            return _list(f"={ITEM_NUMBERS}", "There is no such item on the sheet Items. Keep it?", "warning")
        case (("Transactions" | "Posting"), "reference"):
            choices = [*REFERENCES, "Rounding"] if sheet == "Posting" else list(REFERENCES)
            return {**_list(choices), "show_error": False}
        case "References", "means":
            return _list(list(FIRST_WORDS))
        case "Cost adjustments", "applies_to":
            return _list(["Transaction", "On hand"])
        case "Charges", "spread_by":
            return _list([word.value for word in SpreadBy])
    return None


def _list(source: list[str] | str, message: str = "Choose from the list.", kind: str = "stop") -> dict[str, Any]:
    return {
        "validate": "list", "source": source, "error_title": "Not on the list", "error_message": message,
        "error_type": kind,
    }  # fmt: skip


def _refusal(sheet: str, column: InputColumn) -> dict[str, Any] | None:
    """Return what a column refuses: dates in a closed period, quantities of zero, text where numbers belong.

    The general ledger's own lines are compared, not closed, and a charge may belong to goods of a closed period: these
    may have any date.
    """
    is_free = sheet == LEDGER.name or column.field in ("received_from", "received_to")
    if is_free and column.kind == "date":
        return {"validate": "date", "criteria": ">", "value": FIRST_SHEET_DATE, "error_message": "Enter a date."}
    if column.kind == "date":
        return {
            "validate": "date", "criteria": ">", "value": f"={CLOSED_DATE_NAME}",
            "error_title": "Closed period",
            "error_message": "Enter a date after the closed date (sheet Lock). For the closed period, reverse the "
            "closing first, or enter a cost adjustment dated after it.",
        }  # fmt: skip
    if sheet == "Transactions" and column.field == "quantity":
        return {
            "validate": "decimal", "criteria": "!=", "value": 0, "error_title": "Quantity",
            "error_message": "Enter a number: receipts +, issues -, never 0.",
        }  # fmt: skip
    if column.kind in ("amount", "price", "quantity"):
        return {
            "validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15,
            "error_title": "Number", "error_message": "Enter a number.",
        }  # fmt: skip
    if column.kind == "share":
        return {
            "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1, "error_title": "Cost share",
            "error_message": "Enter a share between 0 and 1.",
        }  # fmt: skip
    return None


# ---- rows that show their faults while one types


def _mark(sheet: Any, columns: tuple[str, ...], formula: str, look: Any) -> None:
    for letter in columns:
        area = f"{letter}2:{letter}{LAST_ROW}"
        sheet.conditional_format(area, {"type": "formula", "criteria": f"={formula}", "format": look})


def _mark_transactions(sheet: Any, at: dict[str, str], formats: Formats) -> None:
    key, item, quantity = f"${at['id']}2", f"${at['item']}2", f"${at['quantity']}2"
    physical, financial = f"${at['physical_date']}2", f"${at['financial_date']}2"
    dates = (at["physical_date"], at["financial_date"])
    used = f"COUNTA(${at['id']}2:${at['financial_amount']}2)>0"
    sheet.conditional_format(f"{at['id']}2:{at['id']}{LAST_ROW}", {"type": "duplicate", "format": formats.fault})
    _mark(sheet, (at["id"],), f'AND({key}="",{used})', formats.fault)
    _mark(sheet, (at["item"],), f'AND({used},OR({item}="",COUNTIF({ITEM_NUMBERS},{item})=0))', formats.fault)
    _mark(sheet, (at["quantity"],), f"AND({used},IF(ISNUMBER({quantity}),{quantity}=0,TRUE))", formats.fault)
    _mark(sheet, dates, f'AND({used},{physical}="",{financial}="")', formats.fault)
    for letter in dates:
        _mark(sheet, (letter,), f'AND({letter}2<>"",NOT(ISNUMBER({letter}2)))', formats.fault)
    for field in ("physical_amount", "financial_amount"):
        cell = f"${at[field]}2"
        wrong_sign = f'IF(AND(ISNUMBER({cell}),ISNUMBER({quantity})),{cell}*{quantity}<0,{cell}<>"")'
        _mark(sheet, (at[field],), wrong_sign, formats.fault)
    missing = (
        f'AND(ISNUMBER({financial}),ISNUMBER({quantity}),N({quantity})>0,${at["financial_amount"]}2="",'
        f'${at["return_lot"]}2="")'
    )
    _mark(sheet, (at["financial_amount"],), missing, formats.fault)
    closed = (
        f"AND(N({CLOSED_DATE_NAME})>0,MAX({physical},{financial})>0,MAX({physical},{financial})<={CLOSED_DATE_NAME})"
    )
    area = f"{at['id']}2:{at['physical_voucher']}{LAST_ROW}"
    sheet.conditional_format(area, {"type": "formula", "criteria": f"={closed}", "format": formats.locked})


def _mark_masters(sheets: Mapping[str, Any], items: dict[str, str], groups: dict[str, str], formats: Formats) -> None:
    key, group = f"${items['number']}2", f"${items['model_group']}2"
    used = f"COUNTA(${items['number']}2:${items['unit']}2)>0"
    sheet = sheets["Items"]
    area = f"{items['number']}2:{items['number']}{LAST_ROW}"
    sheet.conditional_format(area, {"type": "duplicate", "format": formats.fault})
    _mark(sheet, (items["number"],), f'AND({key}="",{used})', formats.fault)
    unknown = f'AND({used},OR({group}="",COUNTIF({MODEL_GROUP_NAMES},{group})=0))'
    _mark(sheet, (items["model_group"],), unknown, formats.fault)
    model = f"${groups['model']}2"
    names = ",".join(f'{model}="{known.label}"' for known in InventoryModel)
    used = f"COUNTA(${groups['name']}2:${groups['model']}2)>0"
    _mark(sheets["Item model groups"], (groups["model"],), f"AND({used},NOT(OR({names})))", formats.fault)
    area = f"{groups['name']}2:{groups['name']}{LAST_ROW}"
    sheets["Item model groups"].conditional_format(area, {"type": "duplicate", "format": formats.fault})
