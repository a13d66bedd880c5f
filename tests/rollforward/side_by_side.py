"""Two books: one goes on, the other is rolled forward first. What later runs write must be the same.

In      a closed workbook.
Out     what a run wrote, transaction by transaction, with the IDs of openings for the legs that they stand for.
Source  WORKBOOK "Command line" (rollforward).
"""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

from invclose_xl.api import rolling_forward
from invclose_xl.cli.main import main
from tests.results import Results, Row, text

NOW = datetime(2026, 12, 1, 12, 0)
OPENING = re.compile(r"OPEN-(IC-\d+)-(W\d+)$")
COLUMNS = {
    "Settlements": ("Principle", "Issue", "Receipt", "Quantity", "Amount", "Issue date", "Receipt date"),
    "Value links": ("Principle", "Issue", "Receipt", "Quantity", "Amount"),
    "Adjustments": ("Transaction ID", "Kind", "Old cost", "New cost", "Adjustment", "Rounding difference", "Cause"),
    "Vouchers": ("Account", "Ledger dimension", "Specification", "Debit", "Credit"),
    "Closing transactions": ("Transaction ID", "Date", "Quantity", "Amount"),
    "Estimated costs": ("Transaction ID", "Date", "Quantity", "Amount"),
}
STOCK = ("Item number", "Costing group", "Closing quantity", "Closing value", "Unit cost", "Not invoiced quantity",
         "Not invoiced value", "Change of inventory value")  # fmt: skip


def run(path: Path, *words: str) -> int:
    return main([words[0], str(path), *words[1:], "--no-backup"], NOW, "tester")


def rolled(path: Path, folder: Path) -> Path:
    target = folder / f"next{path.suffix}"
    rolling_forward.roll_forward(path, target, now=NOW, user="tester", force=True)
    return target


def written(path: Path) -> dict[str, Counter[tuple[str, ...]]]:
    """Return what the latest run wrote, and the stock after it."""
    results = Results(path)
    lock = sorted(results.rows("Lock", "Closing"), key=lambda row: text(row["Closing"]))
    closing = text(lock[-1]["Closing"])
    found = {
        sheet: Counter(
            _texts(row, columns, closing) for row in results.rows(sheet, "Closing") if row["Closing"] == closing
        )
        for sheet, columns in COLUMNS.items()
    }
    # After a reversal the sheet speaks of the close before, whose movements are in the old book.
    stock = STOCK if lock[-1]["Type"] == "Closing" else STOCK[:-1]
    values = [_texts(row, stock, closing) for row in results.rows("Stock value", "Closing")]
    found["Stock value"] = Counter(row for row in values if stock is STOCK or set(row[2:]) - {"0", ""})
    found["Lock"] = Counter([_texts(lock[-1], ("Type", "Up to date", "Adjustment amount"), closing)])
    return {sheet: rows for sheet, rows in found.items() if rows}


def _texts(row: Row, columns: tuple[str, ...], closing: str) -> tuple[str, ...]:
    return tuple(_shown(row[name], closing) for name in columns)


def _shown(value: object, closing: str) -> str:
    shown = format(value.normalize(), "f") if hasattr(value, "normalize") else str(value or "")
    opened = OPENING.fullmatch(shown)
    if opened:
        return f"{opened[1]}/{opened[2]}/R"
    return shown.replace(closing, "this run")
