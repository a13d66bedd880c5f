"""A folder of tables of any size, closed in parts: time and peak memory.

``python benchmarks/tables.py make ROWS DIR`` writes it (fixed seed): 100 transactions per item, five inventory models,
two sites, every eighth item fed by the item before it (production). ``run DIR [options of close]`` closes it and says
wall and CPU seconds and the peak memory of all processes together, what they share counted once (Linux).
"""

import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

PER_ITEM = 100
FILE = 1_000_000
MODELS = ("FIFO", "LIFO", "LIFO date", "Weighted average", "Weighted average date")
FIRST = date(2026, 1, 1)
ROUND = 20
"""transactions of an item come in rounds: one receipt, then issues"""


def make(rows: int, folder: Path) -> None:
    """Write the folder."""
    (folder / "transactions").mkdir(parents=True)
    items = rows // PER_ITEM
    names = pl.Series([f"ITEM-{k:07}" for k in range(items)])
    group = pl.Series([MODELS[k % len(MODELS)] for k in range(items)])
    pl.DataFrame({"Item number": names, "Item model group": group}).write_parquet(folder / "items.parquet")
    pl.DataFrame(
        {"Item model group": MODELS, "Inventory model": MODELS, "Include physical value": [False] * len(MODELS)}
    ).write_parquet(folder / "item_model_groups.parquet")
    dice = np.random.default_rng(7)
    for number, start in enumerate(range(0, rows, FILE)):
        piece(start, min(FILE, rows - start), names, dice).write_parquet(
            folder / "transactions" / f"part-{number:05}.parquet"
        )


def piece(start: int, size: int, names: pl.Series, dice: np.random.Generator) -> pl.DataFrame:
    """Return transactions of some items, all of January, in the order of their items."""
    row = np.arange(start, start + size)
    item, step = row // PER_ITEM, row % PER_ITEM
    is_receipt = step % ROUND == 0
    quantity = np.where(is_receipt, (ROUND + 2) * 10, -dice.integers(1, 11, size))
    price = 1000 + item % 500 + dice.integers(0, 100, size)
    amount = quantity * price
    day = np.minimum(step * 31 // PER_ITEM, 30)
    made = is_receipt & (item % 8 == 7) & (step == 0)
    used = (step == 1) & (item % 8 == 6)
    days = pl.Series([FIRST + timedelta(days=int(d)) for d in range(31)])
    return pl.DataFrame(
        {
            "Transaction ID": pl.Series(row).cast(pl.String).str.zfill(10),
            "Item number": names.gather(item),
            "Reference": pl.Series(
                np.where(made, "Production", np.where(used, "Production line",
                         np.where(is_receipt, "Purchase order", "Sales order")))
            ),
            "Financial date": days.gather(day),
            "Quantity": pl.Series(quantity).cast(pl.Decimal(18, 0)),
            "Financial cost amount": pl.Series(amount).cast(pl.Decimal(20, 2)),
            "Site": pl.Series(np.where(step < PER_ITEM // 2, "1", "2")),
            "Production number": pl.Series(np.where(made | used, (item // 8).astype(str), "")).replace("", None),
        }
    )  # fmt: skip


def run(folder: Path, options: list[str]) -> None:
    """Close the folder in a process of its own."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "invclose_xl", "close", str(folder), "--date", "2026-01-31", "--json", *options]
    peak = 0
    with tempfile.TemporaryFile("w+") as said:
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        while running.poll() is None:
            peak = max(peak, sum(map(memory_of, family_of(running.pid))))
            time.sleep(2)
        wall = time.perf_counter() - started
        said.seek(0)
        print(said.read()[-2000:] if running.returncode else "", f"exit {running.returncode}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"wall {wall:.0f} s, CPU {used.ru_utime + used.ru_stime:.0f} s, peak {peak / 1e6:.1f} GB of all processes")


def family_of(process: int) -> list[int]:
    """Return a process and all that it started, and that those did."""
    started: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            started.setdefault(int(status.read_text().rpartition(")")[2].split()[1]), []).append(
                int(status.parent.name)
            )
    found = [process]
    for one in found:
        found += started.get(one, [])
    return found


def memory_of(process: int) -> int:
    """Return the kilobytes of a process, its share of what it shares with others."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        run(Path(sys.argv[2]), sys.argv[3:])
