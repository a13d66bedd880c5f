"""Measure what adding results costs beside reading, and how much memory a million result rows take.

In      how many rows the book has.
Out     lines on stdout: CPU seconds of reading and of writing within one close, then within a recalculation of the
        closed book (its result sheets are rewritten); peak memory of writing a million rows, beside the rows.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from make_book import write_book

from invclose_xl.api import places
from invclose_xl.domain.book import Scales
from invclose_xl.domain.tables import RESULTS, make_empty_tables
from invclose_xl.workbook.results.write import write_results

DAY, LATER = date(2026, 1, 31), date(2026, 2, 28)
MILLION = 1_000_000


class Clock:
    """Adds up the CPU seconds of a function."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.seconds = function, 0.0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return self.function(*arguments, **named)
        finally:
            self.seconds += time.process_time() - started


def read_and_write(run: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds that reading and writing took within a run."""
    reading, writing = Clock(places.read_book), Clock(places.write_results)
    places.read_book, places.write_results = reading, writing  # type: ignore[assignment]
    try:
        run()
    finally:
        places.read_book, places.write_results = reading.function, writing.function  # type: ignore[assignment]
    return reading.seconds, writing.seconds


def beside_reading(rows: int) -> None:
    """Print what reading and writing cost in a close and in a recalculation after it."""
    with tempfile.TemporaryDirectory() as name:
        book, closed = Path(name) / "book.xlsx", Path(name) / "closed.xlsx"
        write_book(book, rows)
        size = book.stat().st_size >> 20
        runs = {
            "close": lambda: runs.close(book, DAY, output=closed),
            "recalculation of the closed book": lambda: runs.recalculate(closed, LATER, backup=False),
        }
        for what, run in runs.items():
            read, wrote = read_and_write(run)
            print(
                f"{what}: {rows:,} rows ({size} MB), read {read:.2f} s, written {wrote:.2f} s, {wrote / read:.2f} : 1"
            )
            size = closed.stat().st_size >> 20


def peak_mb() -> float:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def a_million_rows() -> None:
    """Write a million settlements into a small book, twice, and print the memory."""
    number = pl.int_range(MILLION, eager=True)
    text = number.cast(pl.String)
    columns = {
        "closing": pl.lit("IC-000001"), "date": pl.lit(DAY), "item": "ITEM-" + (number // 100).cast(pl.String),
        "group": pl.lit("site=1 / warehouse=11"), "principle": pl.lit("FIFO"), "issue": "ISS-" + text,
        "receipt": "RCP-" + text, "quantity": number + 1, "amount": number * 7, "issue_date": pl.lit(DAY),
        "receipt_date": pl.lit(DAY), "status": pl.lit("Active"),
    }  # fmt: skip
    frame = pl.DataFrame({"number": number}).select(**columns).cast(dict(RESULTS["settlements"]))  # type: ignore[arg-type]
    tables = {**make_empty_tables(), "settlements": frame}
    with tempfile.TemporaryDirectory() as name:
        book = write_book(Path(name) / "book.xlsx", 1_000)
        data = peak_mb()
        for what in ("new sheet", "rewritten sheet"):
            started = time.process_time()
            write_results(book, tables, Scales(2, 3, 2), "EUR", DAY)
            print(
                f"a million rows, {what}: {time.process_time() - started:.1f} CPU s, "
                f"{book.stat().st_size >> 20} MB file, peak {peak_mb():.0f} MB "
                f"(the rows and the program alone: {data:.0f} MB)"
            )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--million", action="store_true", help="only the memory of a million rows")
    chosen = arguments.parse_args()
    if chosen.million:
        a_million_rows()
    else:
        beside_reading(chosen.rows)
        subprocess.run([sys.executable, __file__, "--million"], check=True)
