"""Measure a whole close beside the floor: rows per second, wall and CPU seconds, peak memory. Linux and macOS.

In      how many rows; how often to repeat (the fastest run counts).
Out     lines on stdout, and with --record a row in benchmarks/README.md. Ratios compare runs of one session only.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import fastexcel
from make_book import write_book

HERE = Path(__file__).parent
RESULTS = ("Settlements", "Value links", "Adjustments", "Vouchers", "Closing transactions", "Estimated costs", "Lock",
           "Locked rows", "Log")  # fmt: skip
CLOSE_DATE = "2026-01-31"


@dataclass(frozen=True)
class Measured:
    """What one process took."""

    wall: float
    cpu: float
    peak_mb: float


def measure(command: list[str], repeat: int) -> Measured:
    """Run a command as a process of its own; the fastest of the runs counts."""
    runs = []
    for _ in range(repeat):
        started = time.perf_counter()
        process = os.posix_spawn(command[0], command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)
        ])  # fmt: skip
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - started
        if status:
            raise SystemExit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        runs.append(Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit))
    return min(runs, key=lambda run: run.cpu)


def save_results(closed: Path, folder: Path) -> int:
    """Keep the result cells of a real close for the floor; return how many cells."""
    reader = fastexcel.read_excel(closed)
    cells = 0
    for name in RESULTS:
        frame = reader.load_sheet(name, header_row=None, dtypes="string").to_polars()
        frame.write_ipc(folder / f"{name}.arrow")
        cells += frame.height * frame.width
    return cells


def run(rows: int, repeat: int, record: bool) -> None:
    """Make the book, close it, run the floor, report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = write_book(folder / "book.xlsx", rows)
        closed = folder / "closed.xlsx"
        close = measure(
            [sys.executable, "-m", "invclose_xl", str(book), "--date", CLOSE_DATE, "--output", str(closed)],
            repeat,
        )
        cells = save_results(closed, folder)
        floor = measure(
            [sys.executable, str(HERE / "floor.py"), str(book), str(folder), str(folder / "floor.bin")], repeat
        )
    line = (
        f"| {date.today()} | {rows:,} | {cells:,} | {rows / close.wall:,.0f} | {close.wall:.1f} | {close.cpu:.1f} | "
        f"{close.peak_mb:.0f} | {floor.wall:.1f} | {floor.cpu:.1f} | {floor.peak_mb:.0f} | "
        f"{close.cpu / floor.cpu:.1f} |"
    )
    print(line)
    if record:
        with open(HERE / "README.md", "a", encoding="utf-8") as notes:
            notes.write(line + "\n")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}", file=sys.stderr)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[1_000, 200_000])
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--record", action="store_true", help="add the lines to benchmarks/README.md")
    chosen = arguments.parse_args()
    for count in chosen.rows:
        run(count, chosen.repeat, chosen.record)
