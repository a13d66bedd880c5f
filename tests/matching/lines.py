"""Movements and what matching makes of them, one line each, without a workbook: dates and quantities, no amount.

In      lines such as ``P1 01-05 +3`` (day and month of 2026, quantity), with a costing group where it matters:
        ``P1 01-05 +3 north``. Rows stand in the order of the lines.
Out     OpenMovements for the rule of a model; pairs as ``S1 P1 2`` in order of matching, legs of closing transfers as
        ``W1/I`` and ``W1/R``.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.domain.movements import Movements
from invclose_xl.matching.queue import Matched, OpenMovements

YEAR = 2026
EPOCH = date(1970, 1, 1)


def day_number(text: str) -> int:
    """Days since the epoch of ``01-31``."""
    month, day = map(int, text.split("-"))
    return (date(YEAR, month, day) - EPOCH).days


def movements_of(lines: Sequence[str], up_to: str = "12-31") -> Movements:
    """Return movements, all financial, eligible and wholly open."""
    words = [line.split() for line in lines]
    size = len(words)
    groups = sorted({word[3] for word in words if len(word) > 3} | {""})
    quantity = np.array([int(word[2]) for word in words], dtype=np.int64)
    nothing, all_of_them = np.zeros(size, dtype=np.int64), np.ones(size, dtype=np.bool_)
    group = np.array([groups.index(word[3] if len(word) > 3 else "") for word in words], dtype=np.int32)
    return Movements(
        day=day_number(up_to), transactions=size, id=pl.Series([word[0] for word in words], dtype=pl.String),
        item=np.zeros(size, dtype=np.int32), group=group,
        date=np.array([day_number(word[1]) for word in words], dtype=np.int32),
        present=all_of_them, financial=all_of_them, quantity=quantity, posted=nothing, adjusted=nothing,
        settled_quantity=nothing, settled_amount=nothing, uncovered_cost=nothing, eligible=all_of_them,
    )  # fmt: skip


def open_movements(lines: Sequence[str], up_to: str = "12-31", oldest_issue_first: bool = False) -> OpenMovements:
    """Return what the rule of a model gets when all of it is of that model."""
    movements = movements_of(lines, up_to)
    return OpenMovements(
        movements, movements.open_quantity, np.ones(len(movements), dtype=np.bool_), oldest_issue_first
    )


def pairs_in_words(movements: Movements, matched: Matched) -> list[str]:
    """Return the pairs, legs by the number of their transfer."""
    names = movements.id.to_list()
    for transfer in range(len(matched.transfers)):
        names += [f"W{transfer + 1}/I", f"W{transfer + 1}/R"]
    p = matched.pairs
    return [f"{names[i]} {names[r]} {q}" for i, r, q in zip(p.issue, p.receipt, p.quantity, strict=True)]


def transfers_in_words(matched: Matched) -> list[str]:
    """Return the closing transfers: date and quantity."""
    t = matched.transfers
    days = [date.fromordinal(EPOCH.toordinal() + int(day)).isoformat()[5:] for day in t.date]
    return [f"{day} {quantity}" for day, quantity in zip(days, t.quantity, strict=True)]
