"""Books of perpetual models, closed through the command line, and what their sheets say afterwards.

In      a tests.books.Book.
Out     Closed: estimates, expensed differences, the voucher and the stock, recomputed from the written file.
Source  RULES R8.4, R8.5, R9.2.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl

from invclose_xl.cli.main import main
from tests.books import Book, Cell, Item
from tests.results import Results, Row, check_laws, number, text

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
PHYSICAL = {"Include physical value": "Yes"}
FINANCIAL = {"Include physical value": "No"}


def day(text_of_day: str) -> date:
    return date.fromisoformat(f"2026-{text_of_day}")


def book_of(model: str = "Moving average", price: str | None = None, flags: dict[str, str] | None = None) -> Book:
    return Book([Item("A", model, cost_price=None if price is None else Decimal(price), flags=flags or PHYSICAL)])


def slip(
    book: Book, identifier: str, quantity: int | str, on: str, amount: str | None, invoiced: str | None = None,
    invoice: str | None = None, **fields: Cell,
) -> None:  # fmt: skip
    """Add a transaction with a packing slip, and an invoice on another day; amounts as magnitudes."""
    sign = 1 if Decimal(quantity) > 0 else -1
    book.add(
        "A", identifier, quantity, physical_date=day(on), financial_date=None if invoiced is None else day(invoiced),
        physical_cost_amount=None if amount is None else sign * Decimal(amount),
        financial_cost_amount=None if invoice is None else sign * Decimal(invoice), **fields,
    )  # fmt: skip


def revalue(book: Book, receipt: str, on: str, amount: str, applies_to: str = "On hand", **more: Cell) -> None:
    book.cost_adjustments.append(
        {"Transaction ID": receipt, "Date": day(on), "Amount": Decimal(amount), "Applies to": applies_to, **more}
    )


@dataclass
class Closed:
    """A closed workbook."""

    path: Path
    results: Results

    def of(self, closing: str | None, expensed: bool) -> list[Row]:
        rows = self.results.result("Estimated costs", closing)
        return [row for row in rows if (text(row["Type"]) != "Estimate") == expensed]

    def estimates(self, closing: str | None = None) -> dict[str, Decimal]:
        return _total(self.of(closing, expensed=False), "Amount")

    def expensed(self, closing: str | None = None) -> dict[str, Decimal]:
        return _total(self.of(closing, expensed=True), "Amount")

    def reasons(self, closing: str | None = None) -> list[tuple[str, str]]:
        rows = self.of(closing, expensed=True)
        return [(text(row["Transaction ID"]), text(row["Type"])) for row in rows]

    def codes(self) -> list[tuple[str, str]]:
        """Code and transaction of what the last run said."""
        rows = self.results.result("Log", self.results.latest(), active=False)
        return [(text(row["Code"]), text(row["Transaction ID"])) for row in rows]

    def voucher(self, closing: str = "IC-000001") -> dict[str, Decimal]:
        """Debit - credit by account."""
        lines: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.results.result("Vouchers", closing):
            lines[text(row["Account"])] += number(row["Debit"]) - number(row["Credit"])
        return {account: amount for account, amount in lines.items() if amount}

    def stock(self, up_to: date, physical: bool = True) -> tuple[Decimal, Decimal]:
        """Quantity and value: receipts' costs, what was expensed and revalued, less issues' costs."""
        quantity = value = Decimal(0)
        changes = _total(self.results.result("Estimated costs"), "Amount")
        for key, amount in _total(self.results.result("Adjustments"), "Adjustment").items():
            changes[key] = changes.get(key, Decimal(0)) + amount
        for row in self.results.transactions():
            slip_day, invoice_day = row.get("Physical date"), row.get("Financial date")
            invoiced = isinstance(invoice_day, date) and invoice_day <= up_to
            if not invoiced and not (physical and isinstance(slip_day, date) and slip_day <= up_to):
                continue
            sign = 1 if number(row["Quantity"]) > 0 else -1
            cost = abs(number(row.get("Financial cost amount" if invoiced else "Physical cost amount")))
            quantity += number(row["Quantity"])
            value += sign * (cost + changes.get(text(row["Transaction ID"]), Decimal(0)))
        return quantity, value


def _total(rows: list[Row], column: str) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        totals[text(row["Transaction ID"])] += number(row[column])
    return {key: amount for key, amount in totals.items() if amount}


def close(book: Book, folder: Path, *days: date, all_posted: bool = True) -> Closed:
    """Write the book and close it, once for each day."""
    return close_again(book.write(folder / "book.xlsx"), *days, all_posted=all_posted)


def close_again(path: Path, *days: date, all_posted: bool = True) -> Closed:
    """Close a written book once for each day; the laws of the voucher hold where estimates are posted."""
    for up_to in days:
        assert main([str(path), "--date", str(up_to), "--no-backup"]) == 0
    assert not all_posted or check_laws(path) == []
    return Closed(path, Results(path))


def enter(path: Path, sheet_name: str, heading: str, value: Cell) -> None:
    """Change the first row below a heading of an input sheet, as a user would."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook[sheet_name]
    sheet.cell(2, next(cell.column for cell in sheet[1] if cell.value == heading), value)
    workbook.save(path)


def amounts(**of: str) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in of.items()}
