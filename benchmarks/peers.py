"""FIFO as others do it, on the same data and with the same cents: what each takes for the settled cost of every issue.

In      how many rows. Receipts cost whole cents per unit, so that every way of sharing gives the same cents.
Out     a table on stdout: seconds of CPU, rows a second; every peer's cents are compared with ours. Peers that are not
        installed are left out: a loop over a queue as ERPNext has it, pandas, DuckDB, accfifo.
"""

import argparse
import importlib.util
import time
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Columns = dict[str, npt.NDArray[np.int64]]
Costs = npt.NDArray[np.int64]
ROWS_PER_ITEM = 100


def make(rows: int) -> Columns:
    """Receipts and issues of each item in the order of their dates; an issue never takes more than there is."""
    dice = np.random.default_rng(2026)
    items = max(1, rows // ROWS_PER_ITEM)
    item = np.repeat(np.arange(items), ROWS_PER_ITEM)
    position = np.tile(np.arange(ROWS_PER_ITEM), items)
    is_receipt = position % 2 == 0
    quantity = np.where(is_receipt, dice.integers(20, 60, len(item)), 0)
    quantity = np.where(is_receipt, quantity, -dice.integers(1, 20, len(item)))
    price = np.where(is_receipt, dice.integers(100, 10_000, len(item)), 0)
    return {"item": item.astype(np.int64), "quantity": quantity.astype(np.int64), "price": price.astype(np.int64)}


def ours(columns: Columns) -> Costs:
    """The matching kernel that FIFO walks its queues with, and the prices of its pairs."""
    from invclose_xl.matching.queue import _walk

    item, quantity, price = columns["item"], columns["quantity"], columns["price"]
    issues, receipts = np.flatnonzero(quantity < 0), np.flatnonzero(quantity > 0)
    size = len(quantity)
    issue, receipt, settled = _walk.run(
        item[issues], -quantity[issues], item[receipts], quantity[receipts], size=size, columns=3, work=1 << 40
    )
    costs = np.zeros(size, dtype=np.int64)
    np.add.at(costs, issues[issue], settled * price[receipts[receipt]])
    return costs


def queue(columns: Columns) -> Costs:
    """A queue of [quantity, rate] per item, worked off row by row, as ERPNext's FIFO valuation does."""
    costs = np.zeros(len(columns["item"]), dtype=np.int64)
    bins: dict[int, deque[list[int]]] = {}
    rows = zip(columns["item"].tolist(), columns["quantity"].tolist(), columns["price"].tolist(), strict=True)
    for row, (item, quantity, price) in enumerate(rows):
        stock = bins.setdefault(item, deque())
        if quantity > 0:
            stock.append([quantity, price])
            continue
        wanted, cost = -quantity, 0
        while wanted:
            first = stock[0]
            taken = min(wanted, first[0])
            cost += taken * first[1]
            wanted -= taken
            first[0] -= taken
            if not first[0]:
                stock.popleft()
        costs[row] = cost
    return costs


def with_pandas(columns: Columns) -> Costs:
    """Cumulated quantities as intervals, joined where they overlap."""
    import pandas as pd

    frame = pd.DataFrame(columns)
    frame["row"] = np.arange(len(frame))
    receipts, issues = frame[frame.quantity > 0].copy(), frame[frame.quantity < 0].copy()
    for side in (receipts, issues):
        side["upto"] = side.quantity.abs().groupby(side.item).cumsum()
        side["since"] = side["upto"] - side.quantity.abs()
    pairs = issues.merge(receipts, on="item", suffixes=("", "_receipt"))
    shared = np.minimum(pairs.upto, pairs.upto_receipt) - np.maximum(pairs.since, pairs.since_receipt)
    pairs["cost"] = shared.clip(lower=0) * pairs.price_receipt
    return pairs.groupby("row").cost.sum().reindex(frame.row, fill_value=0).to_numpy().astype(np.int64)


def with_duckdb(columns: Columns) -> Costs:
    """The same intervals in SQL."""
    import duckdb
    import pandas as pd

    frame = pd.DataFrame(columns)  # noqa: F841 - DuckDB finds it by its name
    found = duckdb.sql(
        """
        WITH t AS (SELECT *, row_number() OVER () - 1 AS row FROM frame),
        s AS (SELECT *, sum(abs(quantity)) OVER (PARTITION BY item, quantity > 0 ORDER BY row) AS upto FROM t)
        SELECT i.row, sum((least(i.upto, r.upto) - greatest(i.upto - abs(i.quantity), r.upto - r.quantity)) * r.price)
        FROM s i JOIN s r ON i.item = r.item AND r.quantity > 0 AND i.quantity < 0
         AND r.upto - r.quantity < i.upto AND i.upto - abs(i.quantity) < r.upto GROUP BY i.row
        """
    ).fetchnumpy()
    row, cost = list(found.values())
    costs = np.zeros(len(columns["item"]), dtype=np.int64)
    costs[np.asarray(row, dtype=np.int64)] = np.asarray(cost, dtype=np.int64)
    return costs


def with_accfifo(columns: Columns) -> Costs:
    """One FIFO of entries per item."""
    from accfifo import FIFO, Entry

    costs = np.zeros(len(columns["item"]), dtype=np.int64)
    quantity, price = columns["quantity"].tolist(), columns["price"].tolist()
    starts = np.append(np.flatnonzero(np.diff(columns["item"], prepend=-1)), len(quantity)).tolist()
    for first, end in pairwise(starts):
        entries = [Entry(quantity[row], price[row], row=row) for row in range(first, end)]
        for taken, issue in FIFO(entries).trace:
            costs[issue.data["row"]] += abs(taken.quantity) * taken.price
    return costs


PEERS: dict[str, tuple[str, Callable[[Columns], Costs]]] = {
    "invclose-xl, the kernel": ("numba", ours),
    "queue per item (ERPNext)": ("", queue),
    "pandas, intervals": ("pandas", with_pandas),
    "DuckDB, intervals": ("duckdb", with_duckdb),
    "accfifo": ("accfifo", with_accfifo),
}


def table(rows: int) -> list[str]:
    """Return the lines of the table."""
    columns = make(rows)
    expected = queue(columns)
    lines = [f"| FIFO of {rows:,} rows | CPU s | rows/s |", "|---|---:|---:|"]
    for name, (needs, run) in PEERS.items():
        if needs and importlib.util.find_spec(needs) is None:
            lines.append(f"| {name} | not installed | |")
            continue
        run(make(1_000))
        started = time.process_time()
        costs = run(columns)
        seconds = time.process_time() - started
        same = "" if (costs == expected).all() else " (other cents)"
        lines.append(f"| {name}{same} | {seconds:.2f} | {rows / seconds:,.0f} |")
    return lines


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    print("\n".join(table(arguments.parse_args().rows)))
