"""Measure a whole close, by stage and in memory, beside the floor and an earlier version; growth, shapes and peers too.

In      rows; how often to repeat (the fastest run counts); ``--against`` a checkout of an earlier version.
Out     tables on stdout, with --record into benchmarks/README.md and recorded.json; with --compare exit code 1 where
        the ratio to the floor is more than a fifth above the recorded one. CPU seconds of whole processes; only ratios
        within one run mean something on a machine with neighbours. Linux and macOS.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import fastexcel
import feeds
from kernels import table as kernels_table
from make_book import SHAPES, write_book
from peers import table as peers_table

HERE = Path(__file__).parent
RECORDED, NOTES = HERE / "recorded.json", HERE / "README.md"
RESULTS = ("Settlements", "Value links", "Adjustments", "Vouchers", "Closing transactions", "Estimated costs", "Lock",
           "Locked rows", "Log")  # fmt: skip
STAGES = ("start", "read", "compute", "post", "seal", "write", "else")
FEEDING = {"production over 200 levels": (0, 200), "1,000 loops": (1_000,)}
"""Shapes in which costs travel: loops and levels of feeds.Plan."""
CLOSE_DATE = "2026-01-31"
PROGRAM = """
import sys
sys.path.remove("")  # the version that is asked for, not the one in the working directory
try:
    from invclose_xl.entry import run
except ImportError:
    from invclose_xl.cli import main as run
sys.exit(run())
"""
"""The command of any version."""
TOLERATED = 1.2
"""A ratio so many times the recorded one is a regression."""
BEGIN, END = "<!-- measured -->\n", "<!-- end of what is measured -->\n"


@dataclass(frozen=True)
class Measured:
    """What one process took."""

    wall: float
    cpu: float
    peak_mb: float
    stages: dict[str, float] = field(default_factory=dict)


def measure(command: list[str], repeat: int, package: Path, stages: Path | None = None) -> Measured:
    """Run a command as a process of its own with the given package; the fastest of the runs counts."""
    runs = []
    environment = os.environ | {"PYTHONPATH": str(package)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for _ in range(repeat):
        started = time.perf_counter()
        process = os.posix_spawn(command[0], command, environment, file_actions=[
            (os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)
        ])  # fmt: skip
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - started
        if status:
            raise SystemExit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}")
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit
        runs.append(Measured(wall, cpu, peak, json.loads(stages.read_text()) if stages else {}))
    return min(runs, key=lambda run: run.cpu)


def save_results(closed: Path, folder: Path) -> int:
    """Keep the result cells of a real close for the floor; return how many cells."""
    reader = fastexcel.read_excel(closed)
    cells = 0
    for name in (n for n in RESULTS if n in reader.sheet_names):
        frame = reader.load_sheet(name, header_row=None, dtypes="string").to_polars()
        frame.write_ipc(folder / f"{name}.arrow")
        cells += frame.height * frame.width
    return cells


def close(book: Path, folder: Path, package: Path, repeat: int, by_stage: bool) -> Measured:
    """Measure the close of a book into a new file."""
    output, result = folder / "closed.xlsx", folder / "stages.json"
    output.unlink(missing_ok=True)
    what = [str(HERE / "stages.py")] if by_stage else ["-c", PROGRAM]
    tail = [str(output), CLOSE_DATE, str(result)] if by_stage else ["--date", CLOSE_DATE, "--output", str(output)]
    command = [sys.executable, *what, str(book), *tail]
    measured = measure(command, 1, package, result if by_stage else None)
    for _ in range(repeat - 1):
        output.unlink()
        again = measure(command, 1, package, result if by_stage else None)
        measured = min(measured, again, key=lambda run: run.cpu)
    return measured


def of_size(rows: int, repeat: int, against: Path | None, is_first: bool) -> tuple[list[str], float]:
    """Return the lines of the main table for one size, and the ratio of our CPU seconds to the floor's.

    The first size is closed once more before: that compiles what is not compiled yet. So begin with a large one.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        book = write_book(folder / "book.xlsx", rows)
        if is_first:
            close(book, folder, HERE.parent, 1, False)
        now = close(book, folder, HERE.parent, repeat, True)
        with ProcessPoolExecutor(1, get_context("spawn")) as other:  # what is measured begins with this one's memory
            cells = other.submit(save_results, folder / "closed.xlsx", folder).result()
        command = [sys.executable, str(HERE / "floor.py"), str(book), str(folder), str(folder / "floor.bin")]
        floor = measure(command, repeat, HERE.parent)
        lines = [_line(f"floor, {rows:,} rows, {cells:,} result cells", floor, floor), _line("close", now, floor)]
        if against:
            if is_first:
                close(book, folder, against, 1, False)
            before = close(book, folder, against, repeat, False)
            lines.append(_line("close, the version before", before, floor))
    return lines, now.cpu / floor.cpu


def _line(name: str, run: Measured, floor: Measured) -> str:
    stages = " | ".join(f"{run.stages[s]:.2f}" if run.stages else "" for s in STAGES)
    return f"| {name} | {run.cpu:.2f} | {run.cpu / floor.cpu:.2f} | {run.peak_mb:.0f} | {run.wall:.1f} | {stages} |"


HEAD = [
    f"| | CPU s | : floor | peak MB | wall s | {' | '.join(STAGES)} |",
    f"|---|{'---:|' * (4 + len(STAGES))}",
]


def shapes(rows: int) -> list[str]:
    """Return what the close of books of other shapes takes, beside the usual one."""
    lines = [f"| shape, {rows:,} rows | CPU s | : usual | peak MB |", "|---|---:|---:|---:|"]
    usual = 0.0
    books: dict[str, Callable[[Path], object]] = {s: partial(write_book, rows=rows, shape=s) for s in SHAPES}
    for shape, plan in FEEDING.items():
        books[shape] = partial(feeds.write_book, plan=feeds.Plan(rows, *plan))
    for shape, write in books.items():
        with tempfile.TemporaryDirectory() as name:
            book = Path(name) / "book.xlsx"
            write(book)
            run = close(book, Path(name), HERE.parent, 1, False)
        usual = usual or run.cpu
        lines.append(f"| {shape} | {run.cpu:.2f} | {run.cpu / usual:.2f} | {run.peak_mb:.0f} |")
    return lines


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, nargs="+", default=[200_000, 1_000, 10_000, 100_000])
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--against", type=Path, help="checkout of an earlier version, measured in the same run")
    arguments.add_argument("--shapes", type=int, metavar="ROWS", help="books of other shapes as well")
    arguments.add_argument("--peers", type=int, metavar="ROWS", help="FIFO as others compute it as well")
    arguments.add_argument("--kernels", type=int, metavar="ROWS", help="the compiled loops by themselves as well")
    arguments.add_argument("--record", action="store_true", help="write the tables into benchmarks/README.md")
    arguments.add_argument("--compare", action="store_true", help="fail where a ratio is a fifth above the recorded")
    chosen = arguments.parse_args()
    text = [
        f"{date.today()}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}.",
        "",
        *HEAD,
    ]
    ratios = {}
    for rows in chosen.rows:
        lines, ratios[str(rows)] = of_size(rows, chosen.repeat, chosen.against, not ratios)
        print("\n".join(lines), flush=True)
        text += lines
    text += ["", *shapes(chosen.shapes)] if chosen.shapes else []
    text += ["", *peers_table(chosen.peers)] if chosen.peers else []
    if chosen.kernels:
        with tempfile.TemporaryDirectory() as name:
            text += ["", *kernels_table(write_book(Path(name) / "book.xlsx", chosen.kernels))]
    print("\n".join(text))
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    if chosen.record:
        notes = NOTES.read_text("utf-8")
        before, after = notes.split(BEGIN)[0], notes.split(END)[1]
        NOTES.write_text(before + BEGIN + "\n".join(text) + "\n" + END + after, encoding="utf-8")
        RECORDED.write_text(json.dumps(recorded | ratios, indent=2) + "\n")
    worse = {n: r for n, r in ratios.items() if n in recorded and r > TOLERATED * recorded[n]}
    for rows, ratio in worse.items():
        print(f"{rows} rows: {ratio:.2f} times the floor, recorded were {recorded[rows]:.2f}", file=sys.stderr)
    return 1 if chosen.compare and worse else 0


if __name__ == "__main__":
    sys.exit(main())
