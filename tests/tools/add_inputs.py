"""Give a real workbook the three input sheets of a tiny FIFO book, without disturbing anything else in it.

For workbooks that the independent script beside the corpus gives up on (parts in UTF-16, odd prefixes, no formats).
"""

from pathlib import Path
from xml.sax.saxutils import escape

from invclose_xl.workbook.package.cell_reference import column_letters
from invclose_xl.workbook.package.edit import DECLARATION, PackageEdit
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.package.styles import Look, Styles
from invclose_xl.workbook.results.workbook_part import WORKSHEET_TYPE, WorkbookEdit

SHEETS: dict[str, list[list[str | int]]] = {
    "Items": [["Item number", "Item model group", "Cost price"], ["I1", "F", 10]],
    "Item model groups": [["Item model group", "Inventory model"], ["F", "FIFO"]],
    "Transactions": [
        ["Transaction ID", "Item number", "Financial date", "Quantity", "Financial cost amount"],
        ["R1", "I1", 46030, 10, 100],
        ["R2", "I1", 46031, 10, 120],
        ["S1", "I1", 46032, -12, -130],
    ],
}
DATES = "Financial date"


def add_inputs(before: Path, after: Path) -> None:
    """Write a copy of a workbook with the input sheets as its last tabs."""
    with Package.open(before) as package, open(after, "wb") as file:
        edit = PackageEdit(package)
        workbook, styles = WorkbookEdit(edit), Styles(edit)
        date_style = styles.index(Look("yyyy\\-mm\\-dd"))
        for name, rows in SHEETS.items():
            part = edit.free_name(f"{edit.folder_of_workbook()}/worksheets", "sheet")
            body = _sheet(package, rows, date_style).encode()
            edit.add(part, WORKSHEET_TYPE, lambda body=body: [body])
            workbook.add_sheet(name, part, hidden=False)
        styles.finish()
        edit.save(file)


def _sheet(package: Package, rows: list[list[str | int]], date_style: int) -> str:
    shift = 1462 if package.uses_1904 else 0
    lines: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, (heading, value) in enumerate(zip(rows[0], row, strict=False), 1):
            place = f'r="{column_letters(column)}{number}"'
            if isinstance(value, str):
                cells.append(f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>')
            elif heading == DATES:
                cells.append(f'<c {place} s="{date_style}"><v>{value - shift}</v></c>')
            else:
                cells.append(f"<c {place}><v>{value}</v></c>")
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'{DECLARATION}<worksheet xmlns="{package.main_space}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
