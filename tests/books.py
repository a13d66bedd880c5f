"""Test workbooks: a book in plain Python, written as the .xlsx a user would have.

In      items, transactions and settings as text and Decimals, in the words of the workbook contract.
Out     a workbook of the contract's input sheets; ``append_rows`` adds rows to one that was closed already.
Errors  none on purpose: a wrong book is written as it is, the command line shall find the fault.
Source  WORKBOOK "Read".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import xlsxwriter

Cell = str | Decimal | date | int | None

MODELS = ("FIFO", "LIFO", "LIFO date", "Weighted average", "Weighted average date", "Monthly average")

TRANSACTION_HEADINGS = (
    "Transaction ID", "Item number", "Reference", "Number", "Lot ID", "Physical date", "Financial date", "Quantity",
    "Physical cost amount", "Financial cost amount", "Prior adjustment", "Site", "Warehouse", "Location",
    "Batch number", "Serial number", "Color", "Marked to", "Marked quantity", "Return lot ID", "Transfer ID",
    "Production number", "Cost share", "Prior settled quantity", "Prior settled amount", "Inventory account",
    "Offset account", "Ledger dimension", "Voucher", "Physical voucher",
)  # fmt: skip


@dataclass
class Item:
    """An item with its own item model group; ``flags`` are headings of *Item model groups* with Yes or No."""

    number: str
    model: str
    item_group: str = ""
    cost_price: Decimal | None = None
    flags: dict[str, str] = field(default_factory=dict)


@dataclass
class Book:
    """What the input sheets hold; ``rows`` are transactions by heading."""

    items: list[Item] = field(default_factory=list)
    rows: list[dict[str, Cell]] = field(default_factory=list)
    dimensions: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Cell] = field(default_factory=dict)
    posting: list[tuple[str, str, str, str]] = field(default_factory=list)
    cost_adjustments: list[dict[str, Cell]] = field(default_factory=list)
    charges: list[dict[str, Cell]] = field(default_factory=list)
    ledger: list[dict[str, Cell]] = field(default_factory=list)
    references: dict[str, str] = field(default_factory=dict)

    def add(self, item: str, identifier: str, quantity: Decimal | int | str, **fields: Cell) -> None:
        """Add a transaction; other fields by heading in lower case with underscores."""
        known = {heading.lower().replace(" ", "_"): heading for heading in TRANSACTION_HEADINGS}
        row: dict[str, Cell] = {"Transaction ID": identifier, "Item number": item, "Quantity": Decimal(quantity)}
        row.update({known[name]: value for name, value in fields.items()})
        self.rows.append(row)

    def receive(
        self,
        identifier: str,
        day: date,
        quantity: Decimal | int | str,
        amount: Decimal | str,
        item: str = "A",
        **fields: Cell,
    ) -> None:
        """Add a receipt that is received and invoiced on one day."""
        self.add(item, identifier, quantity, physical_date=day, financial_date=day,
                 financial_cost_amount=Decimal(amount), **fields)  # fmt: skip

    def issue(
        self,
        identifier: str,
        day: date,
        quantity: Decimal | int | str,
        posted: Decimal | str | None = None,
        item: str = "A",
        **fields: Cell,
    ) -> None:
        """Add an issue that is delivered and invoiced on one day; quantity and posted cost as magnitudes."""
        self.add(item, identifier, -Decimal(quantity), physical_date=day, financial_date=day,
                 financial_cost_amount=None if posted is None else -Decimal(posted), **fields)  # fmt: skip

    def item_rows(self) -> list[dict[str, Cell]]:
        """Rows of *Items*."""
        return [
            {"Item number": i.number, "Item model group": f"G-{i.number}", "Item group": i.item_group,
             "Cost price": i.cost_price} for i in self.items
        ]  # fmt: skip

    def group_rows(self) -> list[dict[str, Cell]]:
        """Rows of *Item model groups*: one per item, so that every item chooses for itself."""
        return [
            {"Item model group": f"G-{i.number}", "Inventory model": i.model, **i.flags} for i in self.items
        ]  # fmt: skip

    def write(self, path: Path) -> Path:
        """Write the workbook with XlsxWriter; only columns that hold something, optional sheets only when used."""
        workbook = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
        _sheet(workbook, "Items", ("Item number", "Item model group"), self.item_rows())
        _sheet(workbook, "Item model groups", ("Item model group", "Inventory model"), self.group_rows())
        _sheet(workbook, "Transactions", ("Transaction ID", "Item number", "Financial date", "Quantity"), self.rows,
               TRANSACTION_HEADINGS)  # fmt: skip
        if self.dimensions:
            rows: list[dict[str, Cell]] = [
                {"Dimension": d, "Financial inventory": f} for d, f in self.dimensions.items()
            ]
            _sheet(workbook, "Dimensions", (), rows)
        if self.posting:
            headings = ("Item group", "Reference", "Inventory account", "Offset account")
            _sheet(workbook, "Posting", headings, [dict(zip(headings, row, strict=True)) for row in self.posting])
        if self.references:
            means: list[dict[str, Cell]] = [{"Reference": r, "Means": m} for r, m in self.references.items()]
            _sheet(workbook, "References", (), means)
        if self.cost_adjustments:
            _sheet(workbook, "Cost adjustments", ("Transaction ID", "Date", "Amount"), self.cost_adjustments)
        if self.charges:
            _sheet(workbook, "Charges", ("Date", "Amount", "Spread by"), self.charges)
        if self.ledger:
            _sheet(workbook, "Ledger", ("Account", "Date", "Voucher", "Amount"), self.ledger)
        if self.parameters:
            _sheet(workbook, "Parameters", (), [{"Name": n, "Value": v} for n, v in self.parameters.items()])
        workbook.close()
        return path


def _sheet(workbook: xlsxwriter.Workbook, name: str, always: Iterable[str], rows: Iterable[Mapping[str, Cell]],
           order: Iterable[str] = ()) -> None:  # fmt: skip
    rows = list(rows)
    used = {heading for row in rows for heading, value in row.items() if value not in (None, "")}
    seen = [*order, *(h for h in always), *(h for row in rows for h in row)]
    headings = [h for h in dict.fromkeys(seen) if h in used or h in set(always)]
    sheet = workbook.add_worksheet(name)
    bold = workbook.add_format({"bold": True})
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    day_format = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for number, row in enumerate(rows, start=1):
        for column, heading in enumerate(headings):
            value = row.get(heading)
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day_format)
            elif isinstance(value, Decimal | int):
                sheet.write_number(number, column, value)
            elif value:
                sheet.write_string(number, column, value)


def append_rows(path: Path, rows: Iterable[Mapping[str, Cell]], sheet_name: str = "Transactions") -> None:
    """Add transactions below the last row, as a user would, and save with another program than the one under test."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[sheet_name]
    headings = {str(cell.value): cell.column for cell in sheet[1]}
    for row in rows:
        number = sheet.max_row + 1
        for heading, value in row.items():
            if value in (None, ""):
                continue
            if heading not in headings:
                headings[heading] = len(headings) + 1
                sheet.cell(1, headings[heading], heading)
            cell = sheet.cell(number, headings[heading], value)
            if isinstance(value, date):
                cell.number_format = "yyyy-mm-dd"
    workbook.save(path)
