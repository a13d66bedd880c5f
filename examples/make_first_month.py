"""Make first_month.xlsx, the book that docs/tutorial.md closes: two items, two inventory models, a ledger."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from neat_book import Cell, NeatBook

D = Decimal
INVENTORY, SALES_COST, VENDORS = "1400", "5000", "2000"
MOVEMENTS: tuple[tuple[str, str, int, int, str], ...] = (
    ("P1", "LAMP", 3, 20, "200.00"),
    ("P2", "BELL", 5, 100, "400.00"),
    ("S1", "LAMP", 8, -10, "-100.00"),
    ("P3", "BELL", 12, 50, "245.00"),
    ("S2", "BELL", 14, -120, "-516.00"),
    ("P4", "LAMP", 20, 20, "260.00"),
    ("S3", "LAMP", 28, -10, "-120.00"),
)
"""ID, item, day of January, quantity, cost as it was posted: issues at the running average of their day"""


def make_first_month(path: Path) -> None:
    """Write the book."""
    book = NeatBook(path)
    items: list[dict[str, Cell]] = [
        {"Item number": "BELL", "Product name": "Bicycle bell", "Item model group": "FIFO", "Item group": "BELLS"},
        {"Item number": "LAMP", "Product name": "Bicycle lamp", "Item model group": "AVERAGE", "Item group": "LAMPS"},
    ]
    groups: list[dict[str, Cell]] = [
        {"Item model group": "FIFO", "Inventory model": "FIFO"},
        {"Item model group": "AVERAGE", "Inventory model": "Weighted average"},
    ]
    transactions: list[dict[str, Cell]] = []
    ledger: list[dict[str, Cell]] = []
    for identifier, item, day, quantity, cost in MOVEMENTS:
        on = date(2026, 1, day)
        transactions.append(
            {
                "Transaction ID": identifier,
                "Item number": item,
                "Reference": "Purchase order" if quantity > 0 else "Sales order",
                "Physical date": on,
                "Financial date": on,
                "Quantity": quantity,
                "Financial cost amount": D(cost),
                "Voucher": f"V-{identifier}",
            }
        )
        other = VENDORS if quantity > 0 else SALES_COST
        ledger.append({"Account": INVENTORY, "Date": on, "Voucher": f"V-{identifier}", "Amount": D(cost)})
        ledger.append({"Account": other, "Date": on, "Voucher": f"V-{identifier}", "Amount": -D(cost)})
    posting: list[dict[str, Cell]] = [
        {"Item group": "", "Reference": "", "Inventory account": INVENTORY, "Offset account": SALES_COST}
    ]
    parameters: list[dict[str, Cell]] = [{"Name": "Currency", "Value": "EUR"}]
    book.table("Items", tuple(items[0]), items)
    book.table("Item model groups", tuple(groups[0]), groups)
    book.table("Transactions", tuple(transactions[0]), transactions)
    book.table("Posting", tuple(posting[0]), posting)
    book.table("Ledger", tuple(ledger[0]), ledger)
    book.table("Parameters", ("Name", "Value"), parameters)
    book.close()


if __name__ == "__main__":
    made = Path(__file__).parent / "first_month.xlsx"
    make_first_month(made)
    print(made.name)
