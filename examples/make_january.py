"""Make january.xlsx and year.xlsx: the bicycle maker's January, and its whole year, as workbooks ready to be closed.

In      the months of bicycle_month.py and the master data of bicycle_maker.py.
Out     the contract's input sheets, and two sheets of the user's own (a note; stock by item with formulas and a chart).
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

from bicycle_maker import INVENTORY, ITEMS, MODEL_GROUPS, OFFSETS, ROUNDING
from bicycle_month import LAST, make_month
from neat_book import Cell, NeatBook, Row

D = Decimal
HEADINGS = (
    "Transaction ID", "Item number", "Reference", "Number", "Lot ID", "Physical date", "Financial date", "Quantity",
    "Physical cost amount", "Financial cost amount", "Site", "Warehouse", "Color", "Marked to", "Return lot ID",
    "Transfer ID", "Production number", "Inventory account", "Offset account", "Ledger dimension",
)  # fmt: skip


def stock_by_item(book: NeatBook, rows: list[dict[str, Cell]]) -> None:
    """A sheet of the user's own, with formulas and a chart: the close must leave it alone."""
    sheet = book.workbook.add_worksheet("Stock by item")
    sheet.set_tab_color("#8AA4C1")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 2, 18)
    for column, heading in enumerate(("Item number", "Pieces at hand", "Value at hand")):
        sheet.write_string(0, column, heading, book.head)
    for number, item in enumerate(ITEMS, start=1):
        mine = [row for row in rows if row["Item number"] == item.number]
        pieces = sum(int(str(row["Quantity"])) for row in mine)
        value = sum(D(str(row["Financial cost amount"] or 0)) for row in mine)
        sheet.write_string(number, 0, item.number)
        where = f"Transactions!$B$2:$B${len(rows) + 1}"
        for column, (letter, result, style) in enumerate(
            (("H", pieces, book.quantity), ("J", value, book.amount)), start=1
        ):
            values = f"Transactions!${letter}$2:${letter}${len(rows) + 1}"
            sheet.write_formula(number, column, f"=SUMIFS({values},{where},$A{number + 1})", style, result)
    chart = book.workbook.add_chart({"type": "bar"})
    last = len(ITEMS)
    chart.add_series(
        {"name": "Value at hand", "categories": ["Stock by item", 1, 0, last, 0], "fill": {"color": "#1F3A5F"},
         "values": ["Stock by item", 1, 2, last, 2]}
    )  # fmt: skip
    chart.set_title({"name": "Value at hand, as posted"})
    chart.set_legend({"none": True})
    chart.set_size({"width": 620, "height": 520})
    sheet.insert_chart("E2", chart)
    sheet.freeze_panes(1, 0)


def write_january(path: Path) -> Path:
    """Write January: some 400 transactions."""
    return _write(path, "January 2026", "month", LAST, make_month().rows, OFFSETS)


def write_year(path: Path) -> Path:
    """Write the whole year: some 5,000 transactions."""
    last = date(2025, 12, 31)
    offsets = OFFSETS | {"Adjustment": "510800"}  # what a return brings back after its stock was counted
    return _write(path, "2025", "year", last, make_month(last, sales_a_day=20).rows, offsets)


def _write(
    path: Path, title: str, period: str, up_to: date, rows: list[dict[str, Cell]], offsets: dict[str, str]
) -> Path:
    book = NeatBook(path)
    book.note("Read me", title, (
        f"Inventory transactions of a small bicycle maker, as they were posted during the {period}.",
        "Issues carry the running average of the day they were posted.",
        f"Closing the {period} replaces it by what the receipts really cost.",
        f"Close it:  invclose-xl {path.name} --output closed.xlsx",
    ))  # fmt: skip
    items: list[Row] = [
        {"Item number": i.number, "Product name": i.name,
         "Item type": "Service" if i.item_group == "SERVICE" else "Item",
         "Item model group": i.model_group, "Item group": i.item_group, "Cost price": D(i.price), "Unit": "pcs"}
        for i in ITEMS
    ]  # fmt: skip
    book.table("Items", tuple(items[0]), items)
    groups: list[Row] = [
        {"Item model group": g, "Name": name, "Inventory model": model, "Include physical value": physical}
        for g, name, model, physical in MODEL_GROUPS
    ]
    book.table("Item model groups", tuple(groups[0]), groups)
    book.table("Transactions", HEADINGS, rows)
    dimensions: list[Row] = [
        {"Dimension": "Site", "Financial inventory": "Yes"}, {"Dimension": "Warehouse", "Financial inventory": "No"},
        {"Dimension": "Color", "Financial inventory": "Yes"},
    ]  # fmt: skip
    book.table("Dimensions", tuple(dimensions[0]), dimensions)
    posting: list[Row] = [
        {"Item group": group, "Reference": reference, "Inventory account": account, "Offset account": offset}
        for group, account in INVENTORY.items() for reference, offset in offsets.items()
    ]  # fmt: skip
    rounding: Row = {"Reference": "Rounding", "Inventory account": ROUNDING[0], "Offset account": ROUNDING[1]}
    book.table("Posting", tuple(posting[0]), [*posting, rounding])
    parameters: list[Row] = [
        {"Name": "Close inventory up to", "Value": up_to}, {"Name": "Specification", "Value": "Item group"},
        {"Name": "Currency", "Value": "EUR"}, {"Name": "Currency decimals", "Value": 2},
    ]  # fmt: skip
    book.table("Parameters", ("Name", "Value"), parameters)
    stock_by_item(book, rows)
    book.close()
    return path


if __name__ == "__main__":
    here = Path(__file__).parent
    for made in (write_january(here / "january.xlsx"), write_year(here / "year.xlsx")):
        print(made.name)
