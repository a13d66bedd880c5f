"""Result tables as a closing would hand them to the writer, and small workbooks to write them into."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.tables import RESULTS, Tables, make_empty_tables

DAY = date(2026, 1, 31)
SCALES = Scales(currency_decimals=2, quantity_scale=3, price_scale=2)


def settlements(closings: int = 1, each: int = 3, **changed: object) -> pl.DataFrame:
    rows = [(f"IC-{c:06d}", i) for c in range(1, closings + 1) for i in range(each)]
    columns: dict[str, object] = {
        "closing": [closing for closing, _ in rows],
        "date": DAY,
        "item": [f"ITEM-{i}" for _, i in rows],
        "group": "site=1 / warehouse=11",
        "principle": "FIFO",
        "issue": [f"ISS-{closing[-1]}{i}" for closing, i in rows],
        "receipt": [f"RCP-{closing[-1]}{i}" for closing, i in rows],
        "quantity": [1_500 * (i + 1) for _, i in rows],
        "amount": [1_313 * (i + 1) for _, i in rows],
        "issue_date": DAY,
        "receipt_date": DAY,
        "status": "Active",
    }
    return frame("settlements", len(rows), **{**columns, **changed})


def frame(table: str, height: int, **columns: object) -> pl.DataFrame:
    """A table of one height from columns given as lists, or as one value for all rows; the others are blank."""
    data = {
        name: columns[name] if isinstance(columns.get(name), list) else [columns.get(name)] * height
        for name in RESULTS[table]
    }
    return pl.DataFrame(data, schema=RESULTS[table])


def lock(closings: int = 1) -> pl.DataFrame:
    numbers = [f"IC-{c:06d}" for c in range(1, closings + 1)]
    return frame(
        "lock",
        closings,
        closing=numbers,
        type="Closing",
        up_to=DAY,
        status="Active",
        run_at=datetime(2026, 2, 1, 12, 30, 5),
        run_by="controller",
        version="0.1.0",
        specification="Item group",
        items=2,
        transactions=9,
        settlements=3,
        settled_amount=7_878,
        adjustment_amount=-105,
        warnings=0,
        voucher=numbers,
        digest="0f" * 32,
    )


def log(cells: Iterable[str], **changed: object) -> pl.DataFrame:
    targets = list(cells)
    columns: dict[str, object] = {
        "closing": "IC-000001",
        "severity": "Warning",
        "code": "IC301",
        "rule": "R5.10",
        "cell": targets,
        "message": "Not covered.",
        "fix": "Enter the receipt.",
    }
    return frame("log", len(targets), **{**columns, **changed})


def tables(closings: int = 1, each: int = 3, **changed: pl.DataFrame) -> Tables:
    return {
        **make_empty_tables(),
        "settlements": settlements(closings, each),
        "lock": lock(closings),
        "log": log(["Transactions!F2", "Transactions!F3"]),
        **changed,
    }


def plain_book(path: Path) -> Path:
    """A workbook with a sheet of the user's."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Transactions"
    sheet.append(["Transaction ID", "Quantity"])
    sheet.append(["R1", 10])
    book.save(path)
    return path


def rows_of(path: Path, sheet: str) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
