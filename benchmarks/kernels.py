"""What the compiled loops of matching and valuing take, as kernels: the CPU seconds inside them while a book is closed.

In      a book (or how many rows of the usual one).
Out     a table on stdout: rows that each kernel walks, seconds, millions of rows a second and core; and the whole
        computing between reading and writing.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from make_book import write_book

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from invclose_xl.closing.close import execute_run  # noqa: E402 - the package beside this file, installed or not
from invclose_xl.closing.request.run_request import RunRequest  # noqa: E402
from invclose_xl.compiled.kernel import Kernel  # noqa: E402
from invclose_xl.costflow import flow  # noqa: E402
from invclose_xl.domain.words import ClosingType, Specification  # noqa: E402
from invclose_xl.matching import averages, lifo_date, marking, queue  # noqa: E402
from invclose_xl.workbook.input.read import read_book  # noqa: E402

KERNELS: dict[str, tuple[Kernel, Callable[[Any], int]]] = {
    "matching: FIFO, LIFO": (queue._walk, lambda given: len(given[0]) + len(given[2])),
    "matching: LIFO date": (lifo_date._take_newest_before, lambda given: len(given[0]) + len(given[3])),
    "matching: averages": (averages._average_unit_by_unit, lambda given: len(given[0]) + len(given[4])),
    "matching: marks": (marking._take_marks, lambda given: len(given[4])),
    "valuing: in the order of dependency": (flow._advance, lambda given: len(given[0])),
}
"""Name -> the kernel, and how many rows it walks of what it is given."""


def table(book: Path) -> list[str]:
    """Return the lines of the table."""
    content = read_book(book).book
    assert content is not None
    moment = datetime(2026, 12, 1)
    request = RunRequest(ClosingType.CLOSING, date(2026, 1, 31), Specification.ITEM_GROUP, moment, "bench", "0")
    execute_run(content, request)  # compiles
    spent = {name: [0, 0.0] for name in KERNELS}
    for name, (kernel, rows_of) in KERNELS.items():
        kernel._compiled = _timed(kernel._compile(), rows_of, spent[name])
    started = time.process_time()
    execute_run(content, request)
    whole = time.process_time() - started
    rows = len(content.transactions)
    lines = [f"| kernel, {rows:,} rows | rows walked | CPU s | million rows/s |", "|---|---:|---:|---:|"]
    for name, (walked, seconds) in spent.items():
        lines.append(f"| {name} | {walked:,.0f} | {seconds:.3f} | {walked / max(seconds, 1e-9) / 1e6:.1f} |")
    for kind in ("matching", "valuing"):
        of_kind = [s for n, s in spent.items() if n.startswith(kind)]
        walked, seconds = (sum(column) for column in zip(*of_kind, strict=True))
        lines.append(f"| all of {kind} | {walked:,.0f} | {seconds:.3f} | {walked / max(seconds, 1e-9) / 1e6:.1f} |")
    return [*lines, f"| whole computing, findings and sealing | {rows:,} | {whole:.2f} | {rows / whole / 1e6:.2f} |"]


def _timed(run: Callable[..., int], rows_of: Callable[[Any], int], spent: list[float]) -> Callable[..., int]:
    def timed(*given: Any) -> int:
        started = time.process_time()
        result = run(*given)
        spent[1] += time.process_time() - started
        spent[0] += rows_of(given)
        return result

    return timed


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--book", type=Path, help="this book in place of the usual one")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.book or write_book(Path(folder) / "book.xlsx", chosen.rows)
        print("\n".join(table(path)))
