"""Columns of cells into columns of values: days, scaled integers, IDs, texts, yes and no.

In      a RawTable and the name of a field.
Out     arrays with one element per row; blanks as ``domain.book`` marks them.
Errors  Findings, one per faulty cell; more decimals than can be kept are rounded with a warning per cell.
Cost    the usual cell is read in bulk; ``values`` looks at the others one by one and is the rule for all.
Source  RULES R0.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool, Int32, Int64
from invclose_xl.domain.id_keys import FEW
from invclose_xl.domain.money import (
    EXACT_FLOAT,
    MOST_UNITS,
    NO_AMOUNT,
    count_decimals_needed,
    format_decimal,
    round_decimal,
    scale_numbers,
)
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.problems.tally import Tally
from invclose_xl.workbook.cells.cells import BLANK, LONGEST_TEXT, NUMBER, TEXT
from invclose_xl.workbook.cells.number_formats import DATE, PLAIN
from invclose_xl.workbook.tables.table import Findings, RawTable, TableColumn
from invclose_xl.workbook.values.dates import EmptyDate, read_date
from invclose_xl.workbook.values.numbers import LIMIT, currency_mark, read_number, too_large
from invclose_xl.workbook.values.values import (
    FIRST_SERIAL,
    SERIAL_OF_EPOCH,
    Cell,
    Fault,
    Locale,
    plain,
    read_id,
    read_text,
    read_yes_no,
)

Value = TypeVar("Value")

MOST_WARNINGS = 20
"""So many cells of a column are warned about one by one; the others are counted."""
LAST_SERIAL = 2_957_003
"""9999-12-31 in the 1904 date system, which ends four years earlier"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers before its scale is known; 0.0 where blank."""

    value: npt.NDArray[np.float64]
    present: Bool
    long: dict[int, Decimal]
    """rows of numbers given as text with more digits than a float holds"""


def dates(table: RawTable, name: str, findings: Findings) -> Int32:
    """Return days since 1970-01-01, NO_DATE where blank or faulty."""
    column = table.column(name)
    days = np.full(len(table), NO_DATE, dtype=np.int32)
    first = FIRST_SERIAL[table.locale.uses_1904]
    usual = (column.kind == NUMBER) & (column.format == DATE) & (column.number >= first)
    usual &= (column.number <= LAST_SERIAL) & (np.floor(column.number) == column.number)
    days[usual] = column.number[usual].astype(np.int32) - SERIAL_OF_EPOCH[table.locale.uses_1904]
    empty = (column.kind == NUMBER) & (column.number == 0)
    usual |= empty

    for row in np.flatnonzero(~usual & (column.kind != BLANK)).tolist():
        day = read_date(column.cell(row), table.locale)
        if isinstance(day, Fault):
            findings.cell(row, name, day)
        elif isinstance(day, EmptyDate):
            empty[row] = True
        elif day is not None:
            days[row] = day
    if empty.any():
        findings.empty_dates[name] = np.flatnonzero(empty)
    return days


def numbers(table: RawTable, name: str, findings: Findings, *, is_money: bool = True) -> Numbers:
    """Return the numbers of a column; ``scaled`` makes them integers."""
    column = table.column(name)
    usual = (column.kind == NUMBER) & (column.format == PLAIN) & (np.abs(column.number) < LIMIT)
    value = np.where(usual, column.number, 0.0)
    long: dict[int, Decimal] = {}

    def keep(row: int, number: Decimal) -> None:
        usual[row] = True
        value[row] = float(number)
        if len(number.as_tuple().digits) > 15:
            long[row] = number

    others = ~usual
    _one_by_one(table, name, findings, column, others, partial(read_number, is_money=is_money), keep)
    if table.locale.decimal_separator and not table.locale.currency:
        _name_mixed_currencies(name, findings, column, others & usual)
    return Numbers(value, usual, long)


def _name_mixed_currencies(name: str, findings: Findings, column: TableColumn, rows: Bool) -> None:
    """Name the amounts whose text carries another currency than the first that carries any."""
    first = ""
    for row in np.flatnonzero(rows & (column.kind == TEXT)).tolist():
        mark = currency_mark(column.cell(row).text)
        first = first or mark
        if mark and mark != first:
            problem = f"The amounts above are in {first}; amounts are not converted."
            fix = "Enter the amount in the currency of the book, and that currency on the sheet Parameters."
            findings.cell(row, name, Fault("IC148", column.cell(row).text, problem, fix))


def scaled(read: Numbers, name: str, decimals: int, code: str, findings: Findings, blank: int = NO_AMOUNT) -> Int64:
    """Return integers of 10**-decimals, ``blank`` where blank; rounding is warned about, overflow an error."""
    result = scale_numbers(read.value, decimals)
    units = np.where(read.present, result.units, blank)
    rounded, overflow = result.rounded, result.too_large
    for row, number in read.long.items():
        exact = round_decimal(number, decimals)
        overflow[row] = abs(exact) >= MOST_UNITS
        rounded[row] = Decimal(exact).scaleb(-decimals) != number
        units[row] = 0 if overflow[row] else exact
    for row in np.flatnonzero(overflow).tolist():
        cell = Cell(NUMBER, float(read.value[row]))
        findings.cell(row, name, too_large(cell, Locale(), f"{MOST_UNITS // 10**decimals:,}"))
    _warn_of_rounding(read, name, decimals, code, findings, rounded & ~overflow, units)
    return units


def _warn_of_rounding(
    read: Numbers, name: str, decimals: int, code: str, findings: Findings, rounded: Bool, units: Int64
) -> None:
    rows = np.flatnonzero(rounded).tolist()
    examples = []
    for row in dict.fromkeys((*rows[: MOST_WARNINGS + 1], *rows[-1:])):
        number = read.long.get(row)
        found = plain(float(read.value[row])) if number is None else str(number)
        said = f"More than {decimals} decimals, so {format_decimal(int(units[row]), decimals)} was used."
        fault = Fault(code, found, said, f"Round the number to {decimals} decimals.")
        examples.append(findings.example(row, name, fault))
    if rows:
        kind = (code, findings.cells.sheet, name)
        findings.tallies.append(Tally(kind, partial(_count_rounded, decimals), (len(rows),), tuple(examples)))


def _count_rounded(decimals: int, tally: Tally) -> Iterator[Problem]:
    """Tell the first of them one by one, the others in one sentence."""
    (count,) = tally.numbers
    yield from tally.examples[:MOST_WARNINGS]
    if count > MOST_WARNINGS:
        next_one, last = tally.examples[MOST_WARNINGS], tally.examples[-1].where
        yield replace(
            next_one,
            found="",
            problem=f"{count - MOST_WARNINGS} more cells of this column, down to {last.seen_from(next_one.where)}, have"
            f" more than {decimals} decimals and were rounded.",
            fix=f"Round the column to {decimals} decimals.",
        )


def scale_of(columns: list[Numbers], most: int) -> int:
    """Return how many decimals, at most ``most``, write all numbers of the columns."""
    scale = max((count_decimals_needed(c.value, most) for c in columns if len(c.value)), default=0)
    for column in columns:
        for number in column.long.values():
            scale = max(scale, min(most, -int(number.normalize().as_tuple().exponent)))
    return scale


def ids(table: RawTable, name: str, findings: Findings) -> pl.Series:
    """Return IDs as trimmed text, null where blank or faulty."""
    return in_normal_form(_texts(table, name, findings, read_id))


def in_normal_form(texts: pl.Series) -> pl.Series:
    """Return IDs in Unicode normal form C, in which they compare (RULES R0)."""
    if len(texts) <= FEW:
        is_plain = all(text is None or text.isascii() for text in texts.to_list())
    else:
        is_plain = texts.str.len_bytes().sum() == texts.str.len_chars().sum()  # each letter is one byte
    return texts if is_plain else texts.str.normalize("NFC")


def texts(table: RawTable, name: str, findings: Findings) -> pl.Series:
    """Return trimmed texts, null where blank or faulty."""
    return _texts(table, name, findings, read_text)


def _texts(
    table: RawTable, name: str, findings: Findings, reader: Callable[[Cell, Locale], str | Fault | None]
) -> pl.Series:
    if not table.has(name):
        return table.blank_texts
    column = table.column(name)
    text = column.text()
    usual = column.kind == TEXT
    if table.has_long_texts:
        usual &= text.str.len_bytes().fill_null(0).to_numpy() <= LONGEST_TEXT
    whole = column.kind == NUMBER
    if whole.any():
        whole &= (column.format == PLAIN) & (np.abs(column.number) < EXACT_FLOAT)
        whole &= np.floor(column.number) == column.number
    if whole.any():
        digits = pl.Series(np.where(whole, column.number, 0).astype(np.int64)).cast(pl.String)
        text = pl.select(pl.when(pl.Series(whole)).then(digits).otherwise(text)).to_series()
    others: dict[int, str] = {}
    _one_by_one(table, name, findings, column, ~(usual | whole), reader, others.__setitem__)
    keep = usual | whole | (column.kind == BLANK)
    if not keep.all():
        text = pl.select(pl.when(pl.Series(keep)).then(text)).to_series()
    if others:
        text = text.scatter(list(others), list(others.values()))
    return text.alias(name)


def yes_no(table: RawTable, name: str, findings: Findings, default: bool) -> list[bool]:
    """Return claims, ``default`` where blank or faulty."""
    column = table.column(name)
    claims = [default] * len(table)
    _one_by_one(table, name, findings, column, np.ones(len(table), dtype=np.bool_), read_yes_no, claims.__setitem__)
    return claims


def _one_by_one(
    table: RawTable,
    name: str,
    findings: Findings,
    column: TableColumn,
    rows: Bool,
    reader: Callable[[Cell, Locale], Value | Fault | None],
    keep: Callable[[int, Value], None],
) -> None:
    """Read the cells of some rows with the rule of ``values``; keep values, report faults."""
    for row in np.flatnonzero(rows & (column.kind != BLANK)).tolist():
        value = reader(column.cell(row), table.locale)
        if isinstance(value, Fault):
            findings.cell(row, name, value)
        elif value is not None:
            keep(row, value)
