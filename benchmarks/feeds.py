"""What costs that travel cost: valuing a book with transfers, production and loops, beside the same without feeds.

The book: an opening stock per item and site, then purchases and sales; one row in five belongs to a transfer between
two sites or to a production order. Items stand on five levels: those of level k are made from two items of level k - 1.
Weighted average items whose transfers go both ways are the loops; all others send in one direction only.

In      how many rows, how many loops; the seed is fixed.
Out     a table on stdout, with --record into benchmarks/feeds.md. CPU seconds of one process; the fastest of several
        runs of each book, in turns. Without feeds: the same rows, Transfer ID and Production number blank.
Source  RULES R6.2-R6.4; STYLE 6.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from invclose_xl.closing import close, compute  # noqa: E402 - the package beside this file, installed or not
from invclose_xl.closing.request.run_request import RunRequest  # noqa: E402
from invclose_xl.domain.book import Book  # noqa: E402
from invclose_xl.domain.words import ClosingType, Specification  # noqa: E402
from invclose_xl.workbook.input.read import read_book  # noqa: E402

HEADINGS = ("Transaction ID", "Item number", "Reference", "Physical date", "Financial date", "Quantity",
            "Financial cost amount", "Site", "Transfer ID", "Production number")  # fmt: skip
MODELS = ("FIFO", "LIFO", "LIFO date", "Weighted average date")
FIRST = datetime(2026, 1, 1)
DAYS, LEVELS, SEED = 31, 5, 2026
STEPS = {"match": "matching", "_feeds": "finding feeds", "value_pairs": "valuing", "adjust": "adjusting"}
Row = tuple[str, str, int, int, float, str, str, str]
"""item, reference, day, quantity, amount, site, transfer, production"""


@dataclass
class Plan:
    """How many rows of which kind."""

    rows: int
    loops: int
    levels: int = LEVELS

    @property
    def items(self) -> int:
        """A hundred rows each, and a multiple of the levels."""
        return max(2 * self.levels, self.loops, self.rows // 100) // self.levels * self.levels

    def model(self, item: int) -> str:
        """Loops are weighted average items, spread over all levels."""
        return "Weighted average" if item < self.loops else MODELS[item % len(MODELS)]


def make_rows(plan: Plan) -> list[Row]:
    """Draw the rows, in the order of their dates."""
    dice = np.random.default_rng(SEED)
    rows: list[Row] = []
    for item in range(plan.items):
        for site in ("1", "2"):
            rows.append((name(item), "Purchase order", 0, 900, price(item, dice) * 900, site, "", ""))
    fed = plan.rows // 5
    transfers, orders = fed // 4, fed // 6
    for n in range(transfers):
        rows += transfer(plan, n, dice)
    for n in range(orders):
        rows += production(plan, n, dice)
    while len(rows) < plan.rows:
        item, day, site = int(dice.integers(plan.items)), int(dice.integers(DAYS)), str(dice.integers(1, 3))
        quantity = int(dice.integers(5, 60)) if dice.random() < 0.4 else -int(dice.integers(1, 30))
        reference = "Purchase order" if quantity > 0 else "Sales order"
        rows.append((name(item), reference, day, quantity, price(item, dice) * quantity, site, "", ""))
    return sorted(rows, key=lambda row: row[2])


def name(item: int) -> str:
    """Item number."""
    return f"I{item:05d}"


def price(item: int, dice: np.random.Generator) -> float:
    """What one piece is posted at."""
    return round((5 + item * 7919 % 20_000 / 100) * (0.9 + 0.2 * float(dice.random())), 2)


def transfer(plan: Plan, n: int, dice: np.random.Generator) -> list[Row]:
    """Send a few pieces to the other site; the first transfers give every loop one in each direction."""
    item = n // 2 if n < 2 * plan.loops else int(dice.integers(plan.items))
    back = n % 2 if item < plan.loops else item % 2
    day, quantity = int(dice.integers(DAYS)), int(dice.integers(1, 12))
    amount = round(price(item, dice) * quantity, 2)
    sites = ("2", "1") if back else ("1", "2")
    return [
        (name(item), "Transfer", day, -quantity, -amount, sites[0], f"T{n}", ""),
        (name(item), "Transfer", day, quantity, amount, sites[1], f"T{n}", ""),
    ]


def production(plan: Plan, n: int, dice: np.random.Generator) -> list[Row]:
    """Use two components of the level below."""
    levels = plan.levels
    product = int(dice.integers(plan.items)) // levels * levels + 1 + n % (levels - 1)
    day, quantity = int(dice.integers(DAYS)), int(dice.integers(1, 12))
    rows, total = [], 0.0
    for component in (product - 1, (product - 1 + levels * int(dice.integers(1, 50))) % plan.items):
        amount = round(price(component, dice) * quantity, 2)
        total += amount
        rows.append((name(component), "Production line", day, -quantity, -amount, "1", "", f"W{n}"))
    return [*rows, (name(product), "Production", day, quantity, round(total, 2), "1", "", f"W{n}")]


def write_book(path: Path, plan: Plan) -> None:
    """Write the workbook."""
    workbook = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    dates = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet("Items")
    for number in range(-1, plan.items):
        row = ("Item number", "Item model group") if number < 0 else (name(number), plan.model(number))
        sheet.write_row(number + 1, 0, row)
    sheet = workbook.add_worksheet("Item model groups")
    sheet.write_row(0, 0, ("Item model group", "Inventory model"))
    for number, model in enumerate(("Weighted average", *MODELS), start=1):
        sheet.write_row(number, 0, (model, model))
    sheet = workbook.add_worksheet("Transactions")
    sheet.write_row(0, 0, HEADINGS)
    for at, (item, reference, day, quantity, amount, *links) in enumerate(make_rows(plan), start=1):
        sheet.write_row(at, 0, (f"T{at:07d}", item, reference))
        for column in (3, 4):
            sheet.write_datetime(at, column, FIRST + timedelta(days=day), dates)
        sheet.write_row(at, 5, (quantity, round(amount, 2), *links))
    workbook.close()


def without_feeds(book: Book) -> Book:
    """Return the same rows, no one feeding another."""
    nothing = np.full(len(book.transactions), -1, dtype=np.int32)
    return replace(book, transactions=replace(book.transactions, transfer=nothing, production=nothing))


def measure(book: Book, request: RunRequest) -> tuple[Counter[str], int]:
    """Close once; CPU seconds per step and of the whole computation, and how many loops were solved."""
    seconds: Counter[str] = Counter()
    originals = {step: getattr(compute, step) for step in STEPS}
    for step, what in STEPS.items():
        setattr(compute, step, _timed(originals[step], seconds, what))
    started = time.process_time()
    outcome = close.execute_run(book, request)
    seconds["the whole close, without reading and writing"] = time.process_time() - started
    for step, original in originals.items():
        setattr(compute, step, original)
    return seconds, int((outcome.new[0]["log"]["code"] == "IC523").sum())


def _timed(function: Callable[..., Any], seconds: Counter[str], what: str) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        started = time.process_time()
        result = function(*arguments)
        seconds[what] += time.process_time() - started
        return result

    return run


def run(plan: Plan, repeat: int, record: bool) -> None:
    """Make the book and close it with and without its feeds, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write_book(path, plan)
        book = read_book(path).book
    assert book is not None
    t = book.transactions
    fed = int(((t.transfer >= 0) | (t.production >= 0)).sum())
    month_end, run_at = date(2026, 1, 31), datetime(2026, 12, 1)
    request = RunRequest(ClosingType.CLOSING, month_end, Specification.ITEM_GROUP, run_at, "bench", "0")
    best: list[Counter[str]] = [Counter(), Counter()]
    loops = 0
    for _ in range(repeat):
        for at, variant in enumerate((book, without_feeds(book))):
            seconds, found = measure(variant, request)
            loops = max(loops, found)
            best[at] = Counter({k: min(v, best[at].get(k, v)) for k, v in seconds.items()})
    for both in best:
        both["finding feeds and valuing"] = both["finding feeds"] + both["valuing"]
    head = f"| {date.today()} | {len(t):,} | {fed / len(t):.0%} | {loops:,} "
    lines = [
        f"{head}| {what} | {best[0][what]:.3f} | {best[1][what]:.3f} | {best[0][what] / best[1][what]:.2f} |"
        for what in (*STEPS.values(), "finding feeds and valuing", "the whole close, without reading and writing")
    ]
    print("\n".join(lines))
    if record:
        with open(HERE / "feeds.md", "a", encoding="utf-8") as notes:
            notes.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--loops", type=int, default=1_000)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--record", action="store_true", help="add the lines to benchmarks/feeds.md")
    chosen = arguments.parse_args()
    run(Plan(chosen.rows, chosen.loops), chosen.repeat, chosen.record)
