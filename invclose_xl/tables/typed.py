"""The input tables of a book as typed columns under the user's own headings: what a conversion carries over.

In      a source of sheets or tables that was read without errors.
Out     frames: text, days, decimals, booleans; every value as the reader understood it, rounded nowhere.
Errors  none: what is an error stopped the reading before.
Source  WORKBOOK "Read"; RULES R0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE
from invclose_xl.domain.days import to_day_number
from invclose_xl.domain.money import scale_numbers
from invclose_xl.tables.exact import DIGITS, decimals_of
from invclose_xl.workbook.cells.cells import BLANK, BOOLEAN, DECIMAL, NUMBER
from invclose_xl.workbook.cells.number_formats import DATE
from invclose_xl.workbook.layout import EXPECTED, INPUT_SHEETS, PARAMETERS, InputColumn, InputSheet
from invclose_xl.workbook.setup.parameters import parse_parameters
from invclose_xl.workbook.tables.columns import Numbers, dates, ids, numbers, scale_of, texts
from invclose_xl.workbook.tables.sheet import SheetSource
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Cell, Locale, plain, read_yes_no, shown

EMPTY_DAY = date(1900, 1, 1)
"""what stands for the empty date of another system"""
MOST_DECIMALS = 15
_TWO_MEANINGS = 3
"""so many decimals behind a mark could be thousands as well"""


@dataclass(frozen=True, slots=True)
class TypedTable:
    """One table of the contract; ``parts`` have headings of their own where the sheets had."""

    spec: InputSheet
    parts: tuple[pl.DataFrame, ...]
    left_out: tuple[str, ...]
    """headings of the user's own columns"""


def typed_tables(source: SheetSource, uses_1904: bool) -> tuple[list[TypedTable], Locale]:
    """Return every table of the contract that is there, and how texts of the book are read."""
    locale = Locale(uses_1904=uses_1904)
    sheet = source.find(PARAMETERS.name)
    if sheet is not None:
        table, findings = source.table(sheet, PARAMETERS.columns, locale)
        _, locale = parse_parameters(table, findings, locale)
    found = []
    for spec in (*INPUT_SHEETS, EXPECTED):
        first = source.find(spec.name)
        if first is None:
            continue
        columns = (*spec.columns, *spec.exported)
        parts: list[pl.DataFrame] = []
        left_out: list[str] = []
        for sheet in (first, *source.further(spec.name)):
            table, _ = source.table(sheet, columns, locale)
            if table is not None:
                parts += [_typed(part, columns) for part in table.parts or (table,)]
                left_out += table.own_headings
        if parts:
            found.append(TypedTable(spec, _together(parts), tuple(dict.fromkeys(left_out))))
    return found, locale


def _together(parts: list[pl.DataFrame]) -> tuple[pl.DataFrame, ...]:
    """Join the parts that have the same columns; those that have others stay apart."""
    if all(part.columns == parts[0].columns for part in parts):
        return (pl.concat(parts, how="vertical_relaxed"),)
    return tuple(parts)


def _typed(table: RawTable, columns: Sequence[InputColumn]) -> pl.DataFrame:
    findings = Findings(table.cells)
    return pl.DataFrame(
        [
            typed_column(table, column, findings).alias(table.cells.columns[column.field][1])
            for column in sorted(columns, key=lambda c: table.numbers.get(c.field, 0))
            if column.field in table.numbers
        ]
    )


def typed_column(table: RawTable, column: InputColumn, findings: Findings) -> pl.Series:
    """Return one column as the type that its field has."""
    if column.kind == "id":
        return ids(table, column.field, findings)
    if column.kind == "text":
        return texts(table, column.field, findings)
    if column.kind == "date":
        return _days(table, column.field, findings)
    if column.kind == "yes_no":
        return _booleans(table, column.field)
    if column.kind == "any":
        cells = table.column(column.field)
        written = [_written(cells.cell(row), table.locale) for row in range(len(table))]
        return pl.Series(column.field, written, dtype=pl.String)
    return _decimals(numbers(table, column.field, findings, is_money=column.kind != "quantity"))


def _days(table: RawTable, name: str, findings: Findings) -> pl.Series:
    days = dates(table, name, findings).astype(np.int32)
    empty = np.zeros(len(days), dtype=np.bool_)
    empty[findings.empty_dates.get(name, np.zeros(0, dtype=np.int64))] = True
    days = np.where(empty, to_day_number(EMPTY_DAY), days).astype(np.int32)
    return pl.Series(name, days).replace(NO_DATE, None).cast(pl.Date)


def _booleans(table: RawTable, name: str) -> pl.Series:
    column = table.column(name)
    claims = [read_yes_no(column.cell(row), table.locale) for row in range(len(table))]
    return pl.Series(name, [claim if isinstance(claim, bool) else None for claim in claims], dtype=pl.Boolean)


def _decimals(read: Numbers) -> pl.Series:
    """Return numbers with as many decimals as any of them has."""
    scale = scale_of([read], MOST_DECIMALS)
    result = scale_numbers(read.value, scale)
    filled = pl.Series(read.present)
    if not read.long and not result.too_large.any():
        units = pl.Series(result.units)
        return decimals_of(pl.select(pl.when(filled).then(units)).to_series(), scale)
    values = [Decimal(plain(n)) if there else None for n, there in zip(read.value.tolist(), filled, strict=True)]
    for row, number in read.long.items():
        values[row] = number
    return pl.Series(values, dtype=pl.Decimal(2 * DIGITS, scale))


def _written(cell: Cell, locale: Locale) -> str | None:
    """Return a cell of any kind as text that the reader takes for the same value."""
    if cell.kind == BLANK:
        return None
    if cell.kind == BOOLEAN:
        return "Yes" if cell.number else "No"
    if cell.kind == NUMBER and cell.format == DATE:
        return shown(cell, locale)
    if cell.kind not in (NUMBER, DECIMAL):
        return cell.text
    number = plain(cell.number) if cell.kind == NUMBER else cell.text
    whole, _, part = number.partition(".")
    return f"{whole}{locale.decimal_separator or '.'}{part}{'0' * (len(part) == _TWO_MEANINGS)}" if part else whole
