"""Make one tiny book per inventory model: the worked examples of the vendor's documentation.

Source  Dynamics AX 2012: "About FIFO with physical value and marking", "About LIFO …", "About LIFO date …",
        "About weighted average with physical value and marking", "About weighted average date".
        docs/examples.md closes each of them by hand.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from neat_book import Cell, NeatBook

D = Decimal
HEADINGS = (
    "Transaction ID", "Item number", "Reference", "Physical date", "Financial date", "Quantity",
    "Physical cost amount", "Financial cost amount", "Marked to",
)  # fmt: skip


@dataclass(frozen=True)
class Movement:
    """A line of an example: day of January, quantity, cost; ``slip`` = only the packing slip was posted."""

    identifier: str
    day: int
    quantity: int
    cost: str
    slip: bool = False
    marked_to: str = ""

    def row(self) -> dict[str, Cell]:
        """Return the cells of *Transactions*."""
        day = date(2026, 1, self.day)
        cost = D(self.cost) * (1 if self.quantity > 0 else -1)
        return {
            "Transaction ID": self.identifier,
            "Item number": "BELL",
            "Reference": "Purchase order" if self.quantity > 0 else "Sales order",
            "Physical date": day,
            "Financial date": None if self.slip else day,
            "Quantity": self.quantity,
            "Physical cost amount": cost,
            "Financial cost amount": None if self.slip else cost,
            "Marked to": self.marked_to,
        }


FOUR_RECEIPTS = (
    Movement("P1", 1, 1, "10.00"),
    Movement("P2", 2, 1, "20.00"),
    Movement("P3", 3, 1, "25.00", slip=True),
    Movement("P4", 4, 1, "30.00"),
)
BOOKS: dict[str, tuple[str, bool, tuple[Movement, ...]]] = {
    "fifo": ("FIFO", False, (*FOUR_RECEIPTS, Movement("S1", 5, -1, "20.00"))),
    "fifo_physical_value": (
        "FIFO", True, (*FOUR_RECEIPTS, Movement("S1", 5, -1, "21.25"), Movement("S2", 6, -1, "21.25", slip=True)),
    ),
    "marking": (
        "FIFO", True,
        (*FOUR_RECEIPTS, Movement("S1", 5, -1, "20.00", marked_to="P2"), Movement("S2", 6, -1, "21.25", slip=True)),
    ),
    "lifo": ("LIFO", False, (*FOUR_RECEIPTS, Movement("S1", 5, -1, "20.00"))),
    "lifo_date": (
        "LIFO date", False, (*FOUR_RECEIPTS[:3], Movement("S1", 4, -1, "15.00"), Movement("P5", 5, 1, "30.00")),
    ),
    "weighted_average": (
        "Weighted average", False,
        (Movement("P1", 1, 2, "28.00"), Movement("P2", 2, 1, "16.00"), Movement("S1", 3, -1, "14.67"),
         Movement("P3", 4, 1, "16.00")),
    ),
    "weighted_average_date": (
        "Weighted average date", False,
        (Movement("P1", 1, 3, "45.00"), Movement("S1", 1, -1, "15.00"), Movement("S2", 2, -1, "15.00"),
         Movement("S3", 3, -1, "15.00"), Movement("P2", 3, 1, "17.00")),
    ),
}  # fmt: skip


def make_small(folder: Path) -> list[Path]:
    """Write all of them; return their paths."""
    paths = []
    for name, (model, physical, movements) in BOOKS.items():
        paths.append(folder / f"{name}.xlsx")
        book = NeatBook(paths[-1])
        items: list[dict[str, Cell]] = [
            {
                "Item number": "BELL",
                "Product name": "Bicycle bell",
                "Item model group": "PERIODIC",
                "Item group": "PARTS",
            }
        ]
        group: dict[str, Cell] = {
            "Item model group": "PERIODIC", "Inventory model": model,
            "Include physical value": "Yes" if physical else "No",
        }  # fmt: skip
        book.table("Items", ("Item number", "Product name", "Item model group", "Item group"), items)
        book.table("Item model groups", ("Item model group", "Inventory model", "Include physical value"), [group])
        book.table("Transactions", HEADINGS, [movement.row() for movement in movements])
        up_to: dict[str, Cell] = {"Name": "Close inventory up to", "Value": date(2026, 1, 31)}
        book.table("Parameters", ("Name", "Value"), [up_to])
        book.close()
    return paths


if __name__ == "__main__":
    for made in make_small(Path(__file__).parent):
        print(made.name)
