"""Make the worked examples of closings over time: two_months.xlsx (weighted average) and three_months.xlsx (FIFO).

All months stand in the book from the beginning; a close at the end of a month sees what was there by then.
Source  docs/months.md closes both of them by hand.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from neat_book import Cell, NeatBook, Row

D = Decimal
HEADINGS = (
    "Transaction ID", "Item number", "Reference", "Site", "Physical date", "Financial date", "Quantity",
    "Physical cost amount", "Financial cost amount", "Transfer ID",
)  # fmt: skip


def moved(
    identifier: str, day: date, quantity: int, cost: str, *, site: str = "1", invoice: tuple[date, str] | None = None,
    transfer: str = "",
) -> dict[str, Cell]:  # fmt: skip
    """Return a transaction; with ``invoice`` the cost is that of the packing slip, and the invoice comes later."""
    sign = 1 if quantity > 0 else -1
    reference = "Transfer" if transfer else "Purchase order" if quantity > 0 else "Sales order"
    financial_day, amount = invoice or (day, cost)
    return {
        "Transaction ID": identifier, "Item number": "BELL", "Reference": reference, "Site": site, "Physical date": day,
        "Financial date": financial_day, "Quantity": quantity, "Physical cost amount": sign * D(cost),
        "Financial cost amount": sign * D(amount), "Transfer ID": transfer,
    }  # fmt: skip


def write(path: Path, model: str, physical: str, rows: Sequence[Row], adjustments: Sequence[Row] = ()) -> Path:
    """Write one book with one item."""
    book = NeatBook(path)
    item: Row = {"Item number": "BELL", "Product name": "Bicycle bell", "Item model group": "BELLS",
                 "Item group": "PARTS"}  # fmt: skip
    group: Row = {"Item model group": "BELLS", "Inventory model": model, "Include physical value": physical}
    book.table("Items", ("Item number", "Product name", "Item model group", "Item group"), [item])
    book.table("Item model groups", ("Item model group", "Inventory model", "Include physical value"), [group])
    book.table("Transactions", HEADINGS, rows)
    if adjustments:
        book.table("Cost adjustments", ("Transaction ID", "Date", "Amount", "Text"), adjustments)
    book.close()
    return path


def two_months(folder: Path) -> Path:
    """Weighted average: January's rest opens February; freight for a January receipt comes in February."""
    rows = [
        moved("P1", date(2026, 1, 5), 10, "100.00"),
        moved("S1", date(2026, 1, 12), -8, "80.00"),
        moved("P2", date(2026, 1, 20), 10, "140.00"),
        moved("S2", date(2026, 1, 25), -4, "53.33"),
        moved("P3", date(2026, 2, 3), 12, "180.00"),
        moved("S3", date(2026, 2, 14), -15, "207.00"),
    ]
    freight: Row = {"Transaction ID": "P2", "Date": date(2026, 2, 10), "Amount": D("20.00"), "Text": "Freight"}
    return write(folder / "two_months.xlsx", "Weighted average", "No", rows, [freight])


def three_months(folder: Path) -> Path:
    """FIFO with physical value: a late invoice, a transfer on its way at month end, an issue covered bit by bit."""
    rows = [
        moved("P1", date(2026, 1, 8), 10, "100.00", invoice=(date(2026, 2, 5), "120.00")),
        moved("P2", date(2026, 1, 15), 10, "130.00"),
        moved("S1", date(2026, 1, 20), -6, "69.00"),
        moved("T1-OUT", date(2026, 1, 30), -5, "57.50", transfer="T1"),
        moved("T1-IN", date(2026, 2, 2), 5, "57.50", site="2", transfer="T1"),
        moved("S2", date(2026, 2, 10), -3, "34.50", site="2"),
        moved("S3", date(2026, 3, 5), -4, "46.00"),
        moved("S4", date(2026, 3, 12), -4, "48.00", site="2"),
        moved("P3", date(2026, 3, 20), 2, "30.00", site="2"),
    ]
    return write(folder / "three_months.xlsx", "FIFO", "Yes", rows)


if __name__ == "__main__":
    here = Path(__file__).parent
    for made in (two_months(here), three_months(here)):
        print(made.name)
