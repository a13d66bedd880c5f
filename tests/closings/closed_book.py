"""A small book with something in every column of the contract, closed for January and February, recalculated in March.

In      a folder.
Out     the workbook; ``patched`` changes one cell of a copy and nothing else.
Source  WORKBOOK "Read" and "Written".
"""

import string
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from invclose_xl.cli.main import main
from invclose_xl.workbook.layout import COST_ADJUSTMENTS, ITEM_MODEL_GROUPS, ITEMS, TRANSACTIONS, InputSheet

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NOW = datetime(2026, 4, 20, 9, 30)
Row = dict[str, Any]
ElementTree.register_namespace("", MAIN)

FULL: Row = {
    "Company": "DAT", "Number": "PO-1", "Lot ID": "L1", "Warehouse": "11", "Location": "A-1", "License plate": "LP1",
    "Batch number": "B1", "Serial number": "SN1", "Configuration": "C1", "Size": "M", "Color": "Red", "Style": "Sport",
    "Owner": "Us", "Inventory account": "1400", "Offset account": "2000", "Ledger dimension": "D1",
    "Voucher": "V-1", "Physical voucher": "PV-1", "Prior adjustment": 1.5, "Physical cost amount": 98.5,
    "Site": "1",
}  # fmt: skip
PLAIN: Row = {"Company": "DAT", "Site": "1", "Configuration": "C1", "Size": "M", "Color": "Red", "Style": "Sport"}
ACCOUNTS: Row = {"Inventory account": "1400", "Offset account": "5000"}


def _row(key: str, item: str, day: date, quantity: float, amount: float | None, **more: Any) -> Row:
    return {**PLAIN, **ACCOUNTS, "Transaction ID": key, "Item number": item, "Physical date": day,
            "Financial date": day, "Quantity": quantity, "Financial cost amount": amount, **more}  # fmt: skip


def _day(day: int, month: int = 1) -> date:
    return date(2026, month, day)


ROWS: list[Row] = [
    _row("P1", "FRAME", _day(5), 10, 100.0, Reference="Purchase order", **FULL),
    _row("P2", "FRAME", _day(6), 5, 60.0, Reference="Purchase order"),
    {**_row("P3", "FRAME", _day(7), 4, None, Reference="Purchase order"), "Financial date": None,
     "Physical cost amount": 44.0},
    _row("S1", "FRAME", _day(10), -3, -36.0, Reference="Sales order", **{"Marked to": "P2", "Marked quantity": 2}),
    _row("S2", "FRAME", _day(12), -2, None, Reference="Sales order", **{"Lot ID": "SL2"}),
    _row("S3", "FRAME", _day(14), -12, -120.0, Reference="Sales order"),
    _row("R1", "FRAME", _day(15), 1, 9.0, Reference="Return order", **{"Return lot ID": "S2"}),
    _row("T1I", "FRAME", _day(16), -1, -9.0, Reference="Transfer", **{"Transfer ID": "T1"}),
    _row("T1R", "FRAME", _day(16), 1, 9.0, Reference="Transfer", **{"Transfer ID": "T1", "Site": "2"}),
    _row("C1", "FRAME", _day(17), -1, -9.0, Reference="Production line", **{"Production number": "W1"}),
    _row("B1", "BIKE", _day(18), 1, 9.0, Reference="Production", **{"Production number": "W1", "Cost share": 1}),
    _row("O1", "WHEEL", _day(2), 6, 60.0, Reference="Opening",
         **{"Prior settled quantity": 2, "Prior settled amount": 20.0}),
    _row("P4", "WHEEL", _day(3), 3, 36.0, Reference="Purchase order"),
    _row("S4", "WHEEL", _day(20), -4, -40.0, Reference="Sales order"),
    _row("S5", "WHEEL", _day(10, 2), -1, -10.0, Reference="Sales order"),
    _row("P5", "WHEEL", _day(11, 2), 2, 30.0, Reference="Purchase order"),
    _row("S6", "WHEEL", _day(5, 3), -1, -10.0, Reference="Sales order"),
]  # fmt: skip
CHARGES: list[Row] = [
    {"Transaction ID": "P1", "Date": _day(20), "Amount": 5.0, "Applies to": "Transaction", "Offset account": "4711",
     "Text": "Freight"},
    {"Transaction ID": "P4", "Date": _day(12, 2), "Amount": 3.0},
]  # fmt: skip
ITEM_ROWS: list[Row] = [
    {"Item number": "FRAME", "Item model group": "FIFO", "Item group": "PARTS", "Cost price": 10.0},
    {"Item number": "BIKE", "Item model group": "FIFO", "Item group": "BIKES"},
    {"Item number": "WHEEL", "Item model group": "AVG", "Item group": "PARTS"},
]
GROUP_ROWS: list[Row] = [
    {"Item model group": "FIFO", "Inventory model": "FIFO", "Include physical value": "Yes"},
    {"Item model group": "AVG", "Inventory model": "Weighted average"},
]


def write_book(path: Path) -> Path:
    """Write the book before its first close, every column of the contract there."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for spec, rows in ((ITEMS, ITEM_ROWS), (ITEM_MODEL_GROUPS, GROUP_ROWS), (TRANSACTIONS, ROWS),
                       (COST_ADJUSTMENTS, CHARGES)):  # fmt: skip
        _fill(workbook.create_sheet(spec.name), spec, rows)
    rows: list[list[Any]] = [["Item group", "Reference", "Inventory account", "Offset account"],
                             [None, None, "1400", "4000"], [None, "Rounding", None, "6999"]]  # fmt: skip
    for name, content in (
        ("Posting", rows),
        ("Parameters", [["Name", "Value"], ["Specification", "Item number"], ["Currency decimals", 2]]),
        ("Dimensions", [["Dimension", "Financial inventory"], ["Warehouse", "No"]]),
    ):
        sheet = workbook.create_sheet(name)
        for row in content:
            sheet.append(row)
    workbook.save(path)
    return path


def _fill(sheet: Worksheet, spec: InputSheet, rows: list[Row]) -> None:
    headings = [column.heading for column in spec.columns]
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])


def run(book: Path, *arguments: str) -> int:
    """Run a command on the book; clock and user are fixed."""
    return main(
        [arguments[0], str(book), *arguments[1:], *(() if "check" in arguments else ("--no-backup",))], NOW, "cfo"
    )


def closed_book(path: Path) -> Path:
    """Write the book, close January and February, recalculate up to 15 March."""
    write_book(path)
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert run(path, "close", "--date", "2026-02-28") == 0
    assert run(path, "recalculate", "--date", "2026-03-15") == 0
    return path


@dataclass(frozen=True)
class Place:
    """A cell of a sheet, and what it holds."""

    sheet: str
    cell: str
    heading: str
    value: object
    key: object
    """what the first column of its row holds"""


def cells_of(book: Path, sheet: str, first_heading: str) -> list[Place]:
    """Return all cells below the headings."""
    page = openpyxl.load_workbook(book)[sheet]
    top = next(row[0].row for row in page.iter_rows() if first_heading in [cell.value for cell in row])
    headings = {cell.column: str(cell.value) for cell in page[top] if cell.value}
    return [
        Place(
            sheet, f"{get_column_letter(column)}{row}", heading, page.cell(row, column).value, page.cell(row, 1).value
        )
        for row in range(top + 1, page.max_row + 1)
        for column, heading in headings.items()
    ]


def patched(book: Path, copy: Path, sheet: str, cell: str, value: object) -> Path:
    """Change one cell in the XML of a copy, and nothing else: text, number, date or None; the format stays."""
    part = _part_of(book, sheet)
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry, _with_cell(data, cell, value) if entry.filename == part else data)
    return copy


def _part_of(book: Path, sheet: str) -> str:
    with zipfile.ZipFile(book) as file:
        workbook = ElementTree.fromstring(file.read("xl/workbook.xml"))
        links = ElementTree.fromstring(file.read("xl/_rels/workbook.xml.rels"))
    relation = next(s.get(f"{{{RELATION}}}id") for s in workbook.iter(f"{{{MAIN}}}sheet") if s.get("name") == sheet)
    target = next(str(link.get("Target")) for link in links if link.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _with_cell(data: bytes, ref: str, value: object) -> bytes:
    root = ElementTree.fromstring(data)
    row = next(r for r in root.iter(f"{{{MAIN}}}row") if r.get("r") == ref.lstrip(string.ascii_uppercase))
    found = [c for c in row if c.get("r") == ref]
    cell = found[0] if found else ElementTree.Element(f"{{{MAIN}}}c", r=ref)
    if not found:
        after = [c for c in row if column_index_from_string(str(c.get("r")).rstrip(string.digits))
                 < column_index_from_string(ref.rstrip(string.digits))]  # fmt: skip
        row.insert(len(after), cell)
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", None)
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        ElementTree.SubElement(ElementTree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t").text = value
    elif isinstance(value, date):
        day = value if not isinstance(value, datetime) else value.date()
        ElementTree.SubElement(cell, f"{{{MAIN}}}v").text = str((day - date(1899, 12, 30)).days)
    elif value is not None:
        ElementTree.SubElement(cell, f"{{{MAIN}}}v").text = str(value)
    return ElementTree.tostring(root)
