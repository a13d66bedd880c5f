"""Make the benchmark's book: as many transactions as asked, all models, two sites, marks, partial coverage.

In      number of rows; the seed is fixed, so the same number of rows is always the same book.
Out     a workbook of the contract's three required sheets and Parameters.
Cost    about 10 s for 200,000 rows, most of it XlsxWriter.
"""

import argparse
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xlsxwriter

MODELS = (
    ("FIFO", "FIFO", "No"),
    ("FIFO-P", "FIFO", "Yes"),
    ("LIFO", "LIFO", "No"),
    ("LIFO-D", "LIFO date", "No"),
    ("AVG", "Weighted average", "No"),
    ("AVG-D", "Weighted average date", "No"),
    ("STD", "Standard cost", "No"),
    ("MOV", "Moving average", "No"),
)
HEADINGS = (
    "Transaction ID", "Item number", "Reference", "Number", "Lot ID", "Physical date", "Financial date", "Quantity",
    "Physical cost amount", "Financial cost amount", "Site", "Warehouse", "Marked to", "Marked quantity",
)  # fmt: skip
DAYS = 31
FIRST_DAY = datetime(2026, 1, 1)
SEED = 2026


@dataclass(frozen=True)
class Columns:
    """The transactions, one element per row."""

    item: npt.NDArray[np.int64]
    site: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    quantity: npt.NDArray[np.int64]
    cents: npt.NDArray[np.int64]
    invoiced: npt.NDArray[np.bool_]
    marked_to: npt.NDArray[np.int64]


SHAPES = ("even", "skewed", "one item has half")
"""How transactions spread over items: alike, by Zipf's law, or half of them on the first item."""


def make_columns(rows: int, items: int, shape: str = "even") -> Columns:
    """Draw the transactions: opening stock, then two fifths receipts; every eleventh item sells more than it has."""
    dice = np.random.default_rng(SEED)
    item = dice.integers(0, items, rows)
    if shape == "skewed":
        item = np.minimum(dice.zipf(1.3, rows) - 1, items - 1)
    elif shape == "one item has half":
        item = np.where(dice.random(rows) < 0.5, 0, item)
    site = dice.integers(1, 3, rows)
    day = np.sort(dice.integers(0, DAYS, rows))
    is_receipt = dice.random(rows) < 0.4
    received = dice.integers(5, 60, rows)
    most = np.where(item % 11 == 0, 80, 38)
    quantity = np.where(is_receipt, received, -dice.integers(1, most))
    opening = min(2 * items, rows)
    item[:opening], site[:opening] = np.arange(opening) // 2, np.arange(opening) % 2 + 1
    day[:opening], quantity[:opening], is_receipt[:opening] = 0, 150, True
    price = 500 + (item * 7919) % 20_000
    drift = dice.normal(1.0, 0.06, rows)
    unit = np.where(item % len(MODELS) == 6, price, np.maximum(1, price * drift)).astype(np.int64)
    invoiced = is_receipt & (dice.random(rows) < 0.97) | ~is_receipt
    marked_to = np.full(rows, -1)
    wants = np.flatnonzero(~is_receipt & (dice.random(rows) < 0.02))
    group = item * 2 + site
    receipts = np.flatnonzero(is_receipt)
    order = receipts[np.argsort(group[receipts], kind="stable")]
    start = np.searchsorted(group[order], group[wants])
    has_one = (start < len(order)) & (group[order[np.minimum(start, len(order) - 1)]] == group[wants])
    marked_to[wants[has_one]] = order[start[has_one]]
    return Columns(item, site, day, quantity, unit * quantity, invoiced, marked_to)


def write_book(path: Path, rows: int, shape: str = "even") -> Path:
    """Write the workbook."""
    items = max(10, rows // 100)
    columns = make_columns(rows, items, shape)
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    workbook.set_properties({"created": FIRST_DAY})
    day_format = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet("Items")
    sheet.write_row(0, 0, ("Item number", "Item model group", "Item group", "Cost price"))
    for number in range(items):
        price = (500 + (number * 7919) % 20_000) / 100
        sheet.write_row(
            number + 1, 0, (f"I{number:05d}", MODELS[number % len(MODELS)][0], f"G{number % 12:02d}", price)
        )
    sheet = workbook.add_worksheet("Item model groups")
    sheet.write_row(0, 0, ("Item model group", "Inventory model", "Include physical value"))
    for number, group in enumerate(MODELS, start=1):
        sheet.write_row(number, 0, group)
    sheet = workbook.add_worksheet("Transactions")
    sheet.write_row(0, 0, HEADINGS)
    for row in range(rows):
        _write_row(sheet, row, columns, day_format)
    sheet = workbook.add_worksheet("Parameters")
    sheet.write_row(0, 0, ("Name", "Value"))
    sheet.write_row(1, 0, ("Specification", "Item group"))
    workbook.close()
    return path


def _write_row(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, c: Columns, day_format: xlsxwriter.format.Format
) -> None:
    at, is_receipt = row + 1, bool(c.quantity[row] > 0)
    day = FIRST_DAY + timedelta(days=int(c.day[row]))
    sheet.write_string(at, 0, f"T{row:07d}")
    sheet.write_string(at, 1, f"I{int(c.item[row]):05d}")
    sheet.write_string(at, 2, "Purchase order" if is_receipt else "Sales order")
    sheet.write_string(at, 3, f"{'PO' if is_receipt else 'SO'}-{row // 4:06d}")
    sheet.write_string(at, 4, f"L{row:07d}")
    sheet.write_datetime(at, 5, day, day_format)
    if c.invoiced[row]:
        sheet.write_datetime(at, 6, day, day_format)
    sheet.write_number(at, 7, int(c.quantity[row]))
    sheet.write_number(at, 8, int(c.cents[row]) / 100)
    if c.invoiced[row]:
        sheet.write_number(at, 9, int(c.cents[row]) / 100)
    sheet.write_string(at, 10, str(int(c.site[row])))
    sheet.write_string(at, 11, f"{int(c.site[row])}{row % 3}")
    if c.marked_to[row] >= 0:
        sheet.write_string(at, 12, f"T{int(c.marked_to[row]):07d}")
        sheet.write_number(at, 13, 1)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--rows", type=int, default=200_000)
    chosen = arguments.parse_args()
    write_book(chosen.path, chosen.rows)
