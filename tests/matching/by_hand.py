"""The models read a second time, slowly: plain loops over one costing group, to hold the rules against.

In      movements as (name, day, quantity), in row order.
Out     pairs as ``S1 P1 2`` in order of matching; of averages with ``direct`` or ``summarized`` behind them.
Source  RULES R2.5, R5.4-R5.11.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

Row = tuple[str, int, int]
EPOCH = date(1970, 1, 1)


def sides(rows: list[Row]) -> tuple[list[str], list[str], dict[str, int], dict[str, int]]:
    """Issues and receipts, oldest first, what of each is open, and their days."""
    order = sorted(range(len(rows)), key=lambda k: (rows[k][1], k))
    issues = [rows[k][0] for k in order if rows[k][2] < 0]
    receipts = [rows[k][0] for k in order if rows[k][2] > 0]
    return issues, receipts, {name: abs(q) for name, _, q in rows}, {name: day for name, day, _ in rows}


def take(found: list[str], left: dict[str, int], issue: str, receipts: Iterable[str]) -> None:
    """Let an issue take from receipts in their order."""
    for receipt in receipts:
        taken = min(left[issue], left[receipt])
        if taken:
            found.append(f"{issue} {receipt} {taken}")
            left[issue] -= taken
            left[receipt] -= taken


def fifo(rows: list[Row]) -> list[str]:
    """R5.4."""
    issues, receipts, left, _ = sides(rows)
    found: list[str] = []
    for issue in issues:
        take(found, left, issue, receipts)
    return found


def lifo(rows: list[Row], oldest_issue_first: bool = False) -> list[str]:
    """R5.5."""
    issues, receipts, left, _ = sides(rows)
    found: list[str] = []
    for issue in issues if oldest_issue_first else issues[::-1]:
        take(found, left, issue, receipts[::-1])
    return found


def lifo_date(rows: list[Row]) -> list[str]:
    """R5.6."""
    issues, receipts, left, day = sides(rows)
    row = {name: k for k, (name, _, _) in enumerate(rows)}
    found: list[str] = []
    for issue in sorted(issues, key=lambda name: (day[name], -row[name])):
        take(found, left, issue, [r for r in receipts[::-1] if day[r] <= day[issue]])
    for issue in issues:
        take(found, left, issue, [r for r in receipts if day[r] > day[issue]])
    return found


def averaged(rows: list[Row], unit_of: Callable[[int], int]) -> list[str]:
    """R5.7, R5.8, R5.11 by R5.9."""
    issues, receipts, left, day = sides(rows)
    found: list[str] = []
    candidates: list[str] = []
    waiting: list[str] = []
    transfers = 0
    for unit in sorted({unit_of(d) for d in day.values()}):
        candidates = [r for r in candidates if left[r]] + [r for r in receipts if unit_of(day[r]) == unit]
        waiting = [i for i in waiting if left[i]] + [i for i in issues if unit_of(day[i]) == unit]
        if not waiting or not candidates:
            continue
        direct = len(candidates) == 1
        pairs: list[str] = []
        if not direct:
            transfers += 1
            leg = f"W{transfers}"
            pairs = [f"{leg}/I {receipt} {left[receipt]}" for receipt in candidates]
            left[f"{leg}/R"] = sum(left[receipt] for receipt in candidates)
            candidates = [f"{leg}/R"]
        for issue in waiting:
            take(pairs, left, issue, candidates)
        found += [f"{pair} {'direct' if direct else 'summarized'}" for pair in pairs]
    return found


def month_of(day: int) -> int:
    """Return a number for each calendar month."""
    on = EPOCH + timedelta(days=day)
    return on.year * 12 + on.month
