"""Thirty-six monthly closes of a growing book: what the n-th close costs, beside plain reading of the same file.

In      how many rows are posted per month, how many months.
Out     a table on stdout, one line per sixth month; with --record into benchmarks/months.md. CPU seconds of one
        process, so that the neighbours of the machine count little; a close is taken apart into its steps.
Source  STYLE 6.
"""

import argparse
import random
import re
import sys
import tempfile
import time
import zipfile
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from invclose_xl.closing.close import execute_run  # noqa: E402 - the package beside this file, installed or not
from invclose_xl.closing.lock.sealing import Outcome  # noqa: E402
from invclose_xl.closing.request.run_request import RunRequest  # noqa: E402
from invclose_xl.domain.words import ClosingType, Specification  # noqa: E402
from invclose_xl.workbook.input.read import read_book  # noqa: E402
from invclose_xl.workbook.results.write import stamp, write_results  # noqa: E402

MODELS = ("FIFO", "LIFO", "LIFO date", "Weighted average", "Weighted average date")
HEADINGS = ("Transaction ID", "Item number", "Reference", "Physical date", "Financial date", "Quantity",
            "Physical cost amount", "Financial cost amount", "Site")  # fmt: skip
ITEMS = 50
FIRST_YEAR = 2023
Row = list[str | int | float | date | None]
Seconds = dict[str, float]


def end_of(month: int) -> date:
    """Last day of the n-th month, counted from 0."""
    year = FIRST_YEAR + month // 12
    return date(year, month % 12 + 1, monthrange(year, month % 12 + 1)[1])


def rows_of(month: int, count: int, dice: random.Random, on_hand: list[int]) -> list[Row]:
    """Return a month of receipts and issues; an issue takes at most what is there, so little stays open."""
    rows: list[Row] = []
    last = end_of(month)
    for position in range(count):
        item = dice.randrange(ITEMS)
        day = last.replace(day=1 + position * last.day // count)
        is_receipt = on_hand[item] < 3 or dice.random() < 0.35
        quantity = dice.randint(5, 30) if is_receipt else -dice.randint(1, min(12, on_hand[item]))
        on_hand[item] += quantity
        cost = round(quantity * (10 + item / 7 + dice.random()), 2)
        letter, reference = ("P", "Purchase order") if is_receipt else ("S", "Sales order")
        key = f"{letter}{month:02d}-{position:05d}"
        rows.append([key, f"ITEM{item:03d}", reference, day, day, quantity, None, cost, "1"])
    return rows


def write_first(path: Path, rows: list[Row]) -> None:
    """Write the book before its first close."""
    workbook = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    for name, headings, content in (
        ("Items", ("Item number", "Item model group", "Item group"),
         [[f"ITEM{k:03d}", MODELS[k % len(MODELS)], f"G{k % 4}"] for k in range(ITEMS)]),
        ("Item model groups", ("Item model group", "Inventory model"), [[m, m] for m in MODELS]),
        ("Transactions", HEADINGS, rows),
    ):  # fmt: skip
        sheet = workbook.add_worksheet(name)
        sheet.write_row(0, 0, headings)
        for number, row in enumerate(content, 1):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value)
                else:
                    sheet.write(number, column, value)
    workbook.close()


def append(path: Path, rows: list[Row]) -> None:
    """Add rows below the last one of Transactions, in the XML: another program would take longer than the close."""
    part = "xl/worksheets/sheet3.xml"
    grown = path.with_suffix(".grown")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(grown, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == part:
                first = 1 + max(int(n) for n in re.findall(rb'<row r="(\d+)"', data))
                style = re.search(rb'<c r="D2" s="(\d+)"', data)
                assert style is not None
                added = "".join(_row_xml(first + k, row, style[1].decode()) for k, row in enumerate(rows))
                data = data.replace(b"</sheetData>", added.encode() + b"</sheetData>")
            new.writestr(entry.filename, data)
    grown.replace(path)


def _row_xml(number: int, row: Row, date_style: str) -> str:
    cells = []
    for column, value in enumerate(row):
        ref = f"{chr(65 + column)}{number}"
        if isinstance(value, date):
            cells.append(f'<c r="{ref}" s="{date_style}"><v>{(value - date(1899, 12, 30)).days}</v></c>')
        elif isinstance(value, str):
            cells.append(f'<c r="{ref}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
        elif value is not None:
            cells.append(f'<c r="{ref}"><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


@contextmanager
def timed(seconds: Seconds, name: str) -> Iterator[None]:
    """Measure the CPU seconds of a step."""
    started = time.process_time()
    yield
    seconds[name] = time.process_time() - started


def close_once(path: Path, day: date) -> tuple[Seconds, Outcome]:
    """Close, step by step: read, compute (verification, matching, valuing, laws), write."""
    seconds: Seconds = {}
    seen = stamp(path)
    with timed(seconds, "read"):
        book = read_book(path).book
    assert book is not None
    request = RunRequest(ClosingType.CLOSING, day, Specification.ITEM_GROUP, datetime(2026, 12, 1), "benchmark", "0")
    with timed(seconds, "compute"):
        outcome = execute_run(book, request)
    with timed(seconds, "write"):
        write_results(path, outcome.tables, book.scales, "EUR", outcome.closed_up_to, expected=seen)
    return seconds, outcome


def run(months: int, per_month: int, record: bool) -> None:
    """Play all months and report every sixth."""
    dice, on_hand = random.Random(36), [0] * ITEMS
    lines = []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "book.xlsx"
        for month in range(months):
            rows = rows_of(month, per_month, dice, on_hand)
            if month:
                append(path, rows)
            else:
                write_first(path, rows)
            seconds, outcome = close_once(path, end_of(month))
            if month == 1 or (month + 1) % 6 == 0:
                results = sum(len(frame) for frame in outcome.tables.values())
                settled = len(outcome.new[0]["settlements"])
                lines.append(
                    f"| {month + 1} | {per_month * (month + 1):,} | {results:,} | {settled:,} "
                    f"| {seconds['read']:.2f} | {seconds['compute']:.2f} | {seconds['write']:.2f} "
                    f"| {(seconds['compute'] + seconds['write']) / seconds['read']:.2f} |"
                )
                print(lines[-1], flush=True)
    if record:
        with open(HERE / "months.md", "a", encoding="utf-8") as notes:
            notes.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--months", type=int, default=36)
    arguments.add_argument("--per-month", type=int, default=1_000)
    arguments.add_argument("--record", action="store_true", help="add the lines to benchmarks/months.md")
    chosen = arguments.parse_args()
    run(chosen.months, chosen.per_month, chosen.record)
