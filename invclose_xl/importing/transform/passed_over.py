"""Which rows of a table become rows of a book, and which are passed over, each for one reason.

In      a typed table, its source in the mapping, the company that is wanted.
Out     Read: the kept rows, and the count, quantity and amount of every reason.
Errors  IC409 a key that occurs twice, IC411 more than one company, those of cells in kept rows.
Source  WORKBOOK "Command line" (import: read, kept, passed over).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from invclose_xl.importing.faults import MOST_NAMED, Faults, listed
from invclose_xl.importing.mapping.expressions import expression
from invclose_xl.importing.mapping.load import ROW
from invclose_xl.importing.mapping.model import Mapping, PassedOver, Source
from invclose_xl.importing.transform.typed import TypedTable
from invclose_xl.importing.transform.views import Tables, holds, total

OTHER_COMPANY = "Row of another company"


@dataclass(frozen=True, slots=True)
class Share:
    """Some rows of a table, with what they add up to."""

    reason: str
    """'' the kept rows"""
    rows: int | None
    quantity: Decimal | None
    amount: Decimal | None
    warn: str = ""


@dataclass(slots=True)
class Read:
    """One table of the system as it was read."""

    typed: TypedTable
    kept: pl.DataFrame
    read: Share
    shares: list[Share] = field(default_factory=list)
    """passed over, by reason; the kept rows last"""


def companies(mapping: Mapping, tables: Sequence[TypedTable]) -> dict[str, int]:
    """Return the companies of the rows with how many there are, most first."""
    found: dict[str, int] = {}
    for typed in tables:
        if mapping.company in typed.frame.columns and mapping.sources[typed.name].required:
            counts = typed.frame.get_column(mapping.company).drop_nulls().value_counts(sort=True)
            for company, count in counts.iter_rows():
                found[company] = found.get(company, 0) + count
    return found


def sort_out(mapping: Mapping, typed: TypedTable, company: str, before: Tables) -> Read:
    """Part the rows of a table; ``before`` are the kept rows of those before it."""
    source, frame = mapping.sources[typed.name], typed.frame
    left = pl.Series([True]).new_from_index(0, frame.height)
    shares = []
    rules = [(rule.reason, rule.warn, _rows_of(rule, typed, before)) for rule in source.pass_over]
    if company and mapping.company in frame.columns:
        own = frame.get_column(mapping.company).str.to_lowercase()
        rules.insert(0, (OTHER_COMPANY, "", (own != company.lower()).fill_null(value=False)))
    for reason, warn, rows in rules:
        passed = rows & left
        if passed.any():
            shares.append(_share(source, reason, frame.filter(passed), warn))
        left &= ~rows
    kept = frame.filter(left)
    typed.name_bad(left, before.faults)
    if source.unique:
        _name_twice(typed, kept, list(source.unique), before.faults)
    shares.append(_share(source, "", kept))
    return Read(typed, kept, _share(source, "", frame), shares)


def _rows_of(rule: PassedOver, typed: TypedTable, before: Tables) -> pl.Series:
    """Return which rows a rule passes over; never one of which it cannot be told."""
    frame = typed.frame
    for join in rule.joins:
        frame = before.join(frame, join, typed.name)
    columns = expression(rule.when, frame.columns).meta.root_names()
    return holds(frame, rule.when) & ~typed.unreadable(columns)


def _share(source: Source, reason: str, rows: pl.DataFrame, warn: str = "") -> Share:
    quantity = total(rows, source.quantity) if source.quantity else None
    amount = total(rows, source.amount) if source.amount else None
    return Share(reason, rows.height, quantity, amount, warn)


def _name_twice(typed: TypedTable, kept: pl.DataFrame, key: list[str], faults: Faults) -> None:
    """Name rows that carry one key: which of them counts is not known."""
    filled = kept.filter(pl.all_horizontal(pl.col(key).is_not_null()))
    twice = filled.filter(filled.select(key).is_duplicated())
    groups = twice.group_by(key, maintain_order=True).agg(pl.col(ROW))
    for group in groups.head(MOST_NAMED).iter_rows(named=True):
        rows = group[ROW]
        found = ", ".join(str(group[c]) for c in key)
        more = f" ({groups.height:,} keys are like it.)" if groups.height > MOST_NAMED else ""
        faults.add(
            "IC409", typed.cell(rows[1], key[-1]), found,
            f"{' and '.join(key)} occurs in rows {listed(map(str, rows), 5)}, so it would count twice.{more}",
            "Export the table again, each row once; of a copy that keeps old versions, export the present ones only.",
        )  # fmt: skip
