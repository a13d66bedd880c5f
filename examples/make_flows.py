"""Make the examples in which costs travel: a loop of two sites, co-products, freight, and three more models.

Source  RULES R5.11, R6.2 to R6.4, R7.4, R8.4. docs/examples.md closes each of them by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from neat_book import Cell, NeatBook, Row

D = Decimal
HEADINGS = (
    "Transaction ID", "Item number", "Reference", "Number", "Site", "Physical date", "Financial date", "Quantity",
    "Physical cost amount", "Financial cost amount", "Transfer ID", "Production number", "Cost share",
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A book: model and cost price by item, transactions, further sheets, the closing date."""

    models: Mapping[str, str]
    rows: Sequence[Row]
    up_to: date = date(2026, 1, 31)
    prices: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, Sequence[Row]] = field(default_factory=dict)


def moved(
    identifier: str, month: int, day: int, quantity: int, cost: str, *, item: str = "BELL", reference: str = "",
    slip: str = "", **cells: Cell,
) -> dict[str, Cell]:  # fmt: skip
    """Return a transaction; ``cost`` "" leaves it to be estimated, ``slip`` is another cost on the packing slip."""
    when, sign = date(2026, month, day), 1 if quantity > 0 else -1
    return {
        "Transaction ID": identifier, "Item number": item,
        "Reference": reference or ("Purchase order" if quantity > 0 else "Sales order"),
        "Physical date": when, "Financial date": when, "Quantity": quantity,
        "Physical cost amount": sign * D(slip or cost) if cost else None,
        "Financial cost amount": sign * D(cost) if cost else None, **cells,
    }  # fmt: skip


def transfer(number: str, day: int, quantity: int, cost: str, *, out: str, into: str) -> list[dict[str, Cell]]:
    """Return both legs of a transfer between sites."""
    return [
        moved(
            f"{number}-{leg}",
            1,
            day,
            sign * quantity,
            cost,
            reference="Transfer",
            **{"Transfer ID": number, "Site": at},
        )
        for leg, sign, at in (("OUT", -1, out), ("IN", 1, into))
    ]


def loop() -> Example:
    """Two sites that send goods to each other in the same month."""
    return Example({"BELL": "Weighted average"}, [
        moved("P1", 1, 5, 10, "100.00", Site="1"),
        moved("P2", 1, 6, 4, "60.00", Site="2"),
        *transfer("T1", 12, 6, "60.00", out="1", into="2"),
        *transfer("T2", 19, 2, "24.00", out="2", into="1"),
        moved("S1", 1, 23, -3, "30.00", Site="1"),
        moved("S2", 1, 26, -5, "60.00", Site="2"),
    ])  # fmt: skip


def co_products() -> Example:
    """Milk becomes cheese and whey; the invoice of the milk is dearer than its packing slip."""
    order = {"Number": "PR-1", "Production number": "PR-1"}
    return Example({"MILK": "FIFO", "CHEESE": "FIFO", "WHEY": "FIFO"}, [
        moved("P1", 1, 5, 100, "60.00", slip="50.00", item="MILK"),
        moved("C1", 1, 7, -100, "50.00", item="MILK", reference="Production line", **order),
        moved("R1", 1, 7, 10, "45.00", item="CHEESE", reference="Production", **order, **{"Cost share": D("0.8")}),
        moved("R2", 1, 7, 80, "10.00", item="WHEY", reference="Production", **order, **{"Cost share": D("0.2")}),
        moved("S1", 1, 20, -4, "18.00", item="CHEESE"),
        moved("S2", 1, 21, -40, "5.00", item="WHEY"),
    ])  # fmt: skip


def freight() -> Example:
    """One bill for two deliveries: spread over them by value."""
    charge: Row = {
        "Date": date(2026, 1, 28), "Amount": D("40.00"), "Spread by": "Value", "Item group": "PARTS",
        "Received from": date(2026, 1, 1), "Received to": date(2026, 1, 31), "Text": "Freight January",
    }  # fmt: skip
    return Example({"BELL": "FIFO", "SADDLE": "FIFO"}, [
        moved("P1", 1, 5, 10, "100.00"),
        moved("P2", 1, 6, 10, "300.00", item="SADDLE"),
        moved("S1", 1, 20, -5, "50.00"),
        moved("S2", 1, 21, -2, "60.00", item="SADDLE"),
    ], further={"Charges": [charge]})  # fmt: skip


def monthly_average() -> Example:
    """One average per calendar month; what is left of January opens February."""
    return Example({"BELL": "Monthly average"}, [
        moved("P1", 1, 5, 10, "100.00"),
        moved("S1", 1, 12, -4, "40.00"),
        moved("P2", 1, 20, 10, "140.00"),
        moved("P3", 2, 3, 4, "68.00"),
        moved("S2", 2, 14, -5, "60.00"),
    ], up_to=date(2026, 2, 28))  # fmt: skip


def moving_average() -> Example:
    """Each posting is costed at once; nothing is settled."""
    return Example({"BELL": "Moving average"}, [
        moved("P1", 1, 5, 10, "100.00"),
        moved("S1", 1, 12, -4, ""),
        moved("P2", 1, 20, 10, "140.00"),
        moved("S2", 1, 25, -8, ""),
    ])  # fmt: skip


def standard_cost() -> Example:
    """Every issue at the item's cost price, whatever the purchases cost."""
    return Example({"BELL": "Standard cost"}, [
        moved("P1", 1, 5, 10, "120.00"),
        moved("S1", 1, 12, -4, ""),
        moved("P2", 1, 20, 10, "120.00"),
        moved("S2", 1, 25, -8, ""),
    ], prices={"BELL": "12.00"})  # fmt: skip


EXAMPLES = {
    "loop": loop, "co_products": co_products, "freight": freight, "monthly_average": monthly_average,
    "moving_average": moving_average, "standard_cost": standard_cost,
}  # fmt: skip


def write(path: Path, example: Example) -> Path:
    """Write a book."""
    book = NeatBook(path)
    items: list[Row] = [
        {"Item number": item, "Item model group": model.upper(), "Item group": "PARTS",
         "Cost price": D(example.prices[item]) if item in example.prices else None}
        for item, model in example.models.items()
    ]  # fmt: skip
    groups: list[Row] = [
        {"Item model group": m.upper(), "Inventory model": m} for m in dict.fromkeys(example.models.values())
    ]
    book.table("Items", tuple(items[0]), items)
    book.table("Item model groups", tuple(groups[0]), groups)
    used = [heading for heading in HEADINGS if any(row.get(heading) is not None for row in example.rows)]
    book.table("Transactions", used, example.rows)
    for name, rows in example.further.items():
        book.table(name, tuple(rows[0]), rows)
    book.table("Parameters", ("Name", "Value"), [{"Name": "Close inventory up to", "Value": example.up_to}])
    book.close()
    return path


def make_flows(folder: Path) -> list[Path]:
    """Write all of them; return their paths."""
    return [write(folder / f"{name}.xlsx", make()) for name, make in EXAMPLES.items()]


if __name__ == "__main__":
    for made in make_flows(Path(__file__).parent):
        print(made.name)
