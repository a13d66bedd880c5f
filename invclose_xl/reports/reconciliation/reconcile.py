"""Data that a reconciliation is drawn from: the entries of the stock ledger at a date, with keys for live formulas.

In      frames that the closing side hands in (value_entries, stock_ages, find_differences), dates, the lock.
Out     ReconciliationData: frames with integer keys. Formulas sum by key, because SUMIFS takes texts such as ``00123``,
        ``A*`` or ``>5`` for numbers, patterns and comparisons.
Units   amounts in minor units, quantities in 10**-quantity_scale.
Cost    O(n log n); more than MOST_ENTRIES entries are added up by period first, without changing any sum at a month end
        or closing date.
Source  WORKBOOK "Command line" (reconcile).
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.views.account_names import AccountNames
from invclose_xl.reports.section import Decimals, Section

MOST_ENTRIES = 60_000
MOST_MONTHS = 24
NO_LEDGER = "The book has no sheet Ledger to compare with."
EMPTY_LEDGER = (
    "The sheet Ledger is empty, so there is nothing to compare with: copy the lines or balances of the inventory"
    " accounts there."
)
KEYED = {"account": ("account",), "item_group": ("item_group",), "item": ("item",), "costing": ("item", "group")}
"""key -> the fields that it stands for"""


@dataclass(frozen=True, slots=True)
class ReconciliationData:
    """Everything that the workbook is drawn from; amounts in minor units, quantities in 10**-quantity_scale."""

    book: str
    up_to: date
    before: date
    """the last closing before it, or the day before the first entry: where the roll-forward starts"""
    closed: date | None
    entries: pl.DataFrame
    """with account_key, item_group_key, item_key, costing_key"""
    keys: dict[str, pl.DataFrame]
    """per key: its number and the fields that it stands for"""
    ages: pl.DataFrame
    differences: pl.DataFrame | None
    """None: the book has no ledger to compare with"""
    lines: pl.DataFrame | None
    closings: pl.DataFrame
    """active closings and recalculations up to the date: closing, type, up_to"""
    item_names: dict[str, str]
    account_names: AccountNames
    decimals: Decimals
    currency: str
    without_ledger: str
    """what is said where there is no ledger to compare with"""
    summed: bool
    """entries were added up by period, because there are too many"""
    sections: tuple[Section, ...] = ()
    """what the workbook shows, sheet by sheet"""
    problems: tuple[Problem, ...] = ()
    """what is remarkable about the book as it is now"""

    @property
    def months(self) -> list[date]:
        """Ends of the months from the first entry to the date, the last MOST_MONTHS of them, and the date itself."""
        first = self.entries["date"].min()
        start = first if isinstance(first, date) else self.up_to
        return month_ends(start, self.up_to)[-MOST_MONTHS:]


def month_ends(first: date, last: date) -> list[date]:
    """Return the ends of all months from one day to another, the last day itself at the end."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month - 1)
    return [*(date(m // 12, m % 12 + 1, monthrange(m // 12, m % 12 + 1)[1]) for m in months), last]


def collect_reconciliation(
    book: str,
    up_to: date,
    entries: pl.DataFrame,
    ages: pl.DataFrame,
    differences: pl.DataFrame | None,
    lines: pl.DataFrame | None,
    closings: pl.DataFrame,
    item_names: dict[str, str],
    account_names: AccountNames,
    decimals: Decimals,
    currency: str,
    without_ledger: str,
) -> ReconciliationData:
    """Put a reconciliation together; ``closings`` are the active ones of the whole book."""
    counted = closings.filter(pl.col("up_to") <= up_to)
    first = entries["date"].min()
    earlier = [d for d in counted.filter(pl.col("type") == "Closing")["up_to"].to_list() if d < up_to]
    before = max(earlier) if earlier else (first if isinstance(first, date) else up_to) - timedelta(days=1)
    closed = counted.filter(pl.col("type") == "Closing")["up_to"].max()
    summed = len(entries) > MOST_ENTRIES
    if summed:
        entries = _by_period(entries, [*closings["up_to"].to_list(), up_to])
    if lines is not None and len(lines) > MOST_ENTRIES:
        lines = lines.filter("is_inventory")
    keys = {name: _keys(entries, ages, lines, differences, name, fields) for name, fields in KEYED.items()}
    for name, fields in KEYED.items():
        entries = entries.join(
            keys[name].select(*fields, pl.col("key").alias(f"{name}_key")), on=list(fields), how="left",
            maintain_order="left",
        )  # fmt: skip
    return ReconciliationData(
        book, up_to, before, closed if isinstance(closed, date) else None, entries, keys,
        _with_group_key(ages, keys), _with_account_key(differences, keys), _with_account_key(lines, keys), counted,
        item_names, account_names, decimals, currency, without_ledger, summed,
    )  # fmt: skip


def _keys(
    entries: pl.DataFrame, ages: pl.DataFrame, lines: pl.DataFrame | None, differences: pl.DataFrame | None, name: str,
    fields: Sequence[str],
) -> pl.DataFrame:  # fmt: skip
    """Number the different values, in their order."""
    parts = [entries.select(fields)]
    if name != "account":
        parts.append(ages.select(fields))
    else:
        parts += [lines.filter("is_inventory").select(fields)] if lines is not None else []
        parts += [differences.select(fields)] if differences is not None else []
    different = pl.concat(parts).unique().sort(*fields)
    return different.with_columns(key=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))


def _with_group_key(ages: pl.DataFrame, keys: dict[str, pl.DataFrame]) -> pl.DataFrame:
    key = keys["item_group"].select("item_group", item_group_key="key")
    return ages.join(key, on="item_group", how="left", maintain_order="left")


def _with_account_key(frame: pl.DataFrame | None, keys: dict[str, pl.DataFrame]) -> pl.DataFrame | None:
    if frame is None:
        return None
    key = keys["account"].select("account", account_key="key")
    return frame.join(key, on="account", how="left", maintain_order="left")


def _by_period(entries: pl.DataFrame, dates: list[date]) -> pl.DataFrame:
    """Add entries up to the next month end or closing date, so that every sum at such a date stays what it is."""
    first, last = entries["date"].min(), entries["date"].max()
    assert isinstance(first, date)
    assert isinstance(last, date)
    ends = sorted({*month_ends(first, max(last, *dates)), *dates})
    period = pl.DataFrame({"period": ends}).with_columns(date=pl.col("period"))
    same = ["account", "item_group", "item", "group", "model", "type", "kind", "cause", "closing", "posts"]
    columns = entries.columns
    summed = (
        entries.sort("date")
        .join_asof(period.sort("date"), on="date", strategy="forward")
        .group_by("period", *same, maintain_order=True)
        .agg(pl.col("quantity").sum(), pl.col("amount").sum(), count=pl.len())
        .with_columns(
            date="period", ledger_date="period", transaction=pl.format("{} transactions", "count"),
            row=pl.lit(-1, dtype=pl.Int64), reference=pl.lit(""), voucher=pl.lit(""),
        )
    )  # fmt: skip
    return summed.select(columns)
