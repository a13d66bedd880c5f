"""Result sheets as text that a person reads: cell by cell, as Excel shows it.

In      a closed workbook.
Out     one block per sheet: what stands above the headings, what is the same on every row, and the rows. A column that
        is blank on all rows is left out; a formula stands above the rows once, and in them its result behind ``=``.
        A number is written as its number format shows it; where that would hide a part of it, or the format is not the
        usual one of its kind, value and format both stand there.
Source  WORKBOOK "Written".
"""

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

SHEETS = ("Settlements", "Value links", "Adjustments", "Closing transactions", "Estimated costs", "Vouchers",
          "Stock value", "Lock", "Log")  # fmt: skip
DIFFERS = {"Lock": {"Version", "Digest", "Format"}, "Log": {"Message", "What to do"}}
"""Columns of every version its own; only their headings are compared."""
NUMBERS = re.compile(r"#,##0(?:\.(?P<always>0*)(?P<perhaps>#*))?(?:;\[Red\]\\-#,##0(?:\.0*#*)?(?P<no_zero>;)?)?$")
DAYS = ("yyyy\\-mm\\-dd_-", "yyyy\\-mm\\-dd")
MOMENT = "yyyy\\-mm\\-dd\\ hh:mm:ss_-"


def sheets_as_text(path: Path) -> str:
    """Return all result sheets."""
    workbook, computed = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    blocks, empty = [], []
    for name in SHEETS:
        lines = _sheet(workbook[name], computed[name]) if name in workbook.sheetnames else []
        if lines:
            blocks.append("\n".join([f"== {name}", *lines]))
        else:
            empty.append(name)
    if empty:
        blocks.append(f"== without rows: {', '.join(empty)}")
    return "\n\n".join(blocks) + "\n"


def _sheet(sheet: Worksheet, computed: Worksheet) -> list[str]:
    top = next(row[0].row for row in sheet.iter_rows() if any(cell.value == "Closing" for cell in row))
    headings = {cell.column: str(cell.value) for cell in sheet[top] if cell.value is not None}
    rows: list[dict[int, str]] = []
    formulas: dict[str, None] = {}
    for number in range(top + 1, sheet.max_row + 1):
        row = {}
        for column, heading in headings.items():
            cell = sheet.cell(number, column)
            row[column] = "…" if cell.value is not None and heading in DIFFERS.get(sheet.title, ()) else shown(cell)
            if cell.data_type == "f":
                formula = re.sub(rf"(?<=[A-Z]){number}\b", "{row}", str(cell.value))
                formulas[f"{heading}: {formula}"] = None
                row[column] = f"={shown(computed.cell(number, column))}"
        if any(row.values()):
            rows.append(row)
    if not rows:
        return []
    above = [*_above(sheet, top, headings), *formulas]
    filled = [column for column in headings if any(row[column] for row in rows)]
    same = [c for c in filled if len(rows) > 1 and len({row[c] for row in rows}) == 1]
    if same:
        above.append(f"every row: {', '.join(f'{headings[c]} = {rows[0][c]}' for c in same)}")
    left = [column for column in filled if column not in same]
    return above + _aligned([[headings[c] for c in left], *([row[c] for c in left] for row in rows)])


def _aligned(table: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def _above(sheet: Worksheet, top: int, headings: dict[int, str]) -> list[str]:
    """What stands above the headings; the columns that are plainly summed up in one line."""
    lines, summed = [], []
    for row in sheet.iter_rows(max_row=top - 1):
        for cell in row:
            column = cell.column_letter
            if cell.value == f"=SUBTOTAL(109,{column}{top + 1}:{column}{sheet.max_row})":
                summed.append(headings[cell.column])
            elif cell.value not in (None, "Total"):
                lines.append(f"{cell.coordinate}: {shown(cell)}")
    return ([f"summed up: {', '.join(summed)}"] if summed else []) + lines


def _aligned(table: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]


def shown(cell: Cell) -> str:
    """Return a cell as its format shows it; with its format where that is not the usual one."""
    value, how = cell.value, cell.number_format
    if value is None or cell.data_type == "f":
        return str(value or "")
    if isinstance(value, datetime):
        whole_day = value == datetime.combine(value.date(), datetime.min.time())
        usual = str(value.date()) if how in DAYS and whole_day else str(value) if how == MOMENT else ""
        return usual or f"{value} {{{how}}}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        exact = Decimal(format(value, ".15g"))
        return _as_formatted(exact, how) or f"{exact:f} {{{how}}}"
    text = str(value) if how in ("@", "General") else f"{value} {{{how}}}"
    return f"'{text}" if re.fullmatch(r"[-\d.,]+", text) else text


def _as_formatted(exact: Decimal, how: str) -> str:
    """A number as its format shows it; empty where the format is another one, or would hide decimals."""
    found = NUMBERS.match(how)
    if not found:
        return ""
    if not exact and found["no_zero"]:
        return "–"
    always = len(found["always"] or "")
    places = max(always, -int(exact.normalize().as_tuple().exponent))
    return f"{exact:.{places}f}" if places <= always + len(found["perhaps"] or "") else ""
