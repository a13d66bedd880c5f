"""Rows of a table that become rows of a book, and those that are passed over, each for one reason.

In      a typed table, its source in the mapping, the company that is wanted.
Out     Read: the kept rows, and the count, quantity and amount of every reason.
Errors  IC409 a key that occurs twice, IC431 rows without a key that are alike, IC411 more than one company, those of
        cells in kept rows; IC436 counts kept rows that say something odd.
Source  WORKBOOK "Command line" (import: read, kept, passed over).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import polars as pl

from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.importing.faults import MOST_NAMED, Faults, and_more, listed
from invclose_xl.importing.mapping.expressions import expression
from invclose_xl.importing.mapping.load import ROW
from invclose_xl.importing.mapping.model import Mapping, PassedOver, Source
from invclose_xl.importing.transform.no_data import NO_DATA
from invclose_xl.importing.transform.typed import TypedExport
from invclose_xl.importing.transform.views import JoinedTables, holds, matching, total

OTHER_COMPANY = "Row of another company"
SAME_ROW = "The same row once more, alike in every column"
EqualRows = Literal["refuse", "once", "keep"]
"""Rows that are alike in every column are named as a fault, counted once, or, without a key, each of them is kept"""


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

    typed: TypedExport
    kept: pl.DataFrame
    own: pl.DataFrame
    """the rows of the company, each once, kept or passed over"""
    read: Share
    shares: list[Share] = field(default_factory=list)
    """passed over, by reason; the kept rows last"""
    passed_ids: list[tuple[str, pl.Series]] = field(default_factory=list)
    """IDs of transactions that are passed over, by reason; those of other companies and repeated ones are none"""


def companies(mapping: Mapping, tables: Sequence[TypedExport]) -> dict[str, int]:
    """Return the companies of the rows with how many there are, most first."""
    found: dict[str, int] = {}
    for typed in tables:
        if mapping.company in typed.frame.columns and mapping.sources[typed.name].required:
            counts = typed.data.get_column(mapping.company).drop_nulls().value_counts(sort=True)
            for company, count in counts.iter_rows():
                found[company] = found.get(company, 0) + count
    return found


def sort_out(
    mapping: Mapping, typed: TypedExport, company: str, before: JoinedTables, equal_rows: EqualRows = "refuse"
) -> Read:
    """Part the rows of a table; ``before`` are the kept rows of those before it."""
    source, frame = mapping.sources[typed.name], typed.frame
    left = pl.Series([True]).new_from_index(0, frame.height)
    shares = []
    passed_ids = []
    has_ids = source.transaction_id and source.transaction_id_unless not in before.files
    own = left
    rules = [(rule.reason, rule.warn, _rows_of(rule, source, typed, before)) for rule in source.pass_over]
    if company and mapping.company in frame.columns:
        others = (frame.get_column(mapping.company).str.to_lowercase() != company.lower()).fill_null(value=False)
        rules.insert(0, (OTHER_COMPANY, "", others))
        own = ~others
    rules = [(reason, "", rows) for reason, rows in typed.no_data] + rules
    for _, rows in typed.no_data:
        own &= ~rows
    for reason, warn, rows in rules:
        passed = rows & left
        if passed.any():
            shares.append(_share(source, reason, frame.filter(passed), warn))
            if has_ids and reason not in (OTHER_COMPANY, *NO_DATA):
                passed_ids.append((reason, frame.get_column(source.transaction_id).filter(passed)))
        left &= ~rows
    if equal_rows == "once":
        again = _again(typed, left)
        if again.any():
            shares.append(_share(source, SAME_ROW, frame.filter(again)))
            left &= ~again
            own &= ~again
    kept = frame.filter(left)
    typed.name_bad(left, before.faults)
    _count_doubtful(source, typed, kept, before.faults)
    if source.unique:
        if equal_rows == "refuse":
            _name_alike(typed, left, list(source.unique), before.faults)
        _name_twice(typed, kept, list(source.unique), before.faults)
    shares.append(_share(source, "", kept))
    return Read(typed, kept, frame.filter(own), _share(source, "", frame), shares, passed_ids)


def _with_derived(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the columns that follow from others of theirs."""
    return frame.with_columns(expression(text, frame.columns).alias(name) for name, text in source.derived.items())


def _rows_of(rule: PassedOver, source: Source, typed: TypedExport, before: JoinedTables) -> pl.Series:
    """Return which rows a rule passes over; never one of which it cannot be told."""
    frame = _with_derived(source, typed.frame)
    for join in rule.joins:
        frame = before.join(frame, join, typed.name)
    columns = set(expression(rule.when, frame.columns).meta.root_names())
    for name in columns & source.derived.keys():
        columns |= set(expression(source.derived[name], frame.columns).meta.root_names())
    return holds(frame, rule.when) & ~typed.unreadable(columns)


def _count_doubtful(source: Source, typed: TypedExport, kept: pl.DataFrame, faults: Faults) -> None:
    """Count the kept rows that say something odd, and say what is done with them."""
    for odd in source.doubtful:
        rows = matching(_with_derived(source, kept), odd.when).get_column(ROW).to_list()
        if rows:
            these = f" ({_rows(typed, rows)})" if len(rows) > 1 else ""
            faults.add(
                "IC436", typed.cell(rows[0], next(iter(typed.headings))), "",
                f"{format_count(len(rows), 'row')} of {typed.name}{these}: {odd.problem}", odd.fix,
                Severity.WARNING,
            )  # fmt: skip


def _share(source: Source, reason: str, rows: pl.DataFrame, warn: str = "") -> Share:
    quantity = total(rows, source.quantity) if source.quantity else None
    amount = total(rows, source.amount) if source.amount else None
    return Share(reason, rows.height, quantity, amount, warn)


def _name_twice(typed: TypedExport, kept: pl.DataFrame, key: list[str], faults: Faults) -> None:
    """Name rows that carry one key: which of them counts is not known."""
    filled = kept.filter(pl.all_horizontal(pl.col(key).is_not_null()))
    twice = filled.filter(filled.select(key).is_duplicated())
    groups = twice.group_by(key, maintain_order=True).agg(pl.col(ROW))
    for group in groups.head(MOST_NAMED).iter_rows(named=True):
        rows = group[ROW]
        found = ", ".join(str(group[c]) for c in key)
        faults.add(
            "IC409", typed.cell(rows[1], key[-1]), found,
            f"{' and '.join(key)} occurs in {_rows(typed, rows)}, so it would count twice."
            f"{and_more(groups.height, what='key')}",
            "Export the table again, each row once; of a copy that keeps old versions, export the present ones only."
            " Where exports overlap, --equal-rows once counts rows that are alike in every column once.",
        )  # fmt: skip


def _again(typed: TypedExport, rows: pl.Series) -> pl.Series:
    """Return which of some rows are, in every column of the file, what an earlier one of them is."""
    seen = typed.frame.drop(ROW).with_columns(rows.alias("#kept"))
    maybe = seen.is_duplicated() & rows
    if not maybe.any() or typed.table is None:
        return maybe
    place = maybe.arg_true()
    whole = typed.table.read(list(typed.table.columns))[place]
    is_first = whole.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    later = (~is_first).arg_true()
    return pl.Series([False]).new_from_index(0, rows.len()).scatter(place.gather(later), values=True)


def _name_alike(typed: TypedExport, rows: pl.Series, key: list[str], faults: Faults) -> None:
    """Name rows without a key that are alike in every column: whether they are one row or two is not known."""
    no_key = rows & typed.frame.select(pl.any_horizontal(pl.col(key).is_null())).to_series()
    if not no_key.any():
        return
    again = _again(typed, no_key)
    for place in again.arg_true().head(MOST_NAMED).to_list():
        row = int(typed.frame[ROW][place])
        faults.add(
            "IC431", typed.cell(row, key[0]), "",
            f"The row is alike in every column to one above it, and neither has a {' and '.join(key)}: it may be one"
            f" row that was exported twice, or two.{and_more(int(again.sum()))}",
            f"Export the table with the column {key[0]}. Or say what they are: --equal-rows once counts such rows once,"
            " --equal-rows keep counts each of them.",
        )  # fmt: skip


def _rows(typed: TypedExport, rows: Sequence[int]) -> str:
    """Name rows; with their files where the table comes in several."""
    if typed.table is None or len(typed.table.files) < 2:
        return f"rows {listed(map(str, rows), 5)}"
    return listed((f"{file} row {row}" for file, row in map(typed.table.place, rows)), 5)
