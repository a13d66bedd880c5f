"""The result tables as Parquet: the columns and headings of the result sheets, amounts and quantities as decimals.

In      a frame of ``domain.tables`` and the scales of the book; or a file that a closing wrote.
Out     a frame with the contract's headings; or the frame of ``domain.tables`` again.
Errors  OtherSchema: the file is none that a closing wrote.
Source  WORKBOOK "Written".
"""

from collections.abc import Mapping
from typing import Literal

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.money import UNIT_COST_DECIMALS
from invclose_xl.domain.tables import SHEETS
from invclose_xl.tables.exact import decimals_of, units_of
from invclose_xl.workbook.layout import OUTPUT_SHEETS, OutputColumn, OutputSheet
from invclose_xl.workbook.results.write_plan import arranged

COMPRESSION: Literal["zstd"] = "zstd"
_COUNTED = ("quantity", "amount", "unit_cost")


class OtherSchema(Exception):
    """A Parquet file that no closing wrote."""


def columns_of(sheet: OutputSheet) -> tuple[OutputColumn, ...]:
    """Return the columns of a result table: those of its sheet, without what the user fills in there."""
    return tuple(column for column in sheet.columns if column.field not in sheet.user_fields)


def kept_columns(sheet: OutputSheet) -> tuple[OutputColumn, ...]:
    """Return the columns that are read back; others follow from them."""
    return tuple(column for column in sheet.columns if column.field in SHEETS[sheet.table])


def decimals_by_kind(scales: Scales) -> Mapping[str, int]:
    """Return how many decimals the integers of each kind of column stand for."""
    return {"quantity": scales.quantity_scale, "amount": scales.currency_decimals, "unit_cost": UNIT_COST_DECIMALS}


def table_of(sheet: OutputSheet, frame: pl.DataFrame, scales: Scales) -> pl.DataFrame:
    """Return a result table as it is written: headings for fields, decimals for integers."""
    decimals = decimals_by_kind(scales)
    frame = arranged(sheet, frame)
    written = []
    for column in columns_of(sheet):
        values = frame[column.field]
        if column.kind in _COUNTED:
            values = decimals_of(values, decimals[column.kind])
        written.append(values.alias(column.heading))
    return pl.DataFrame(written)


def fields_of(sheet: OutputSheet, table: pl.LazyFrame) -> pl.LazyFrame:
    """Return the columns of a file under their fields, still decimals; raise where one is missing or another."""
    schema = table.collect_schema()
    missing = [c for c in kept_columns(sheet) if c.heading not in schema]
    if needed := [c.heading for c in missing if not c.added]:
        raise OtherSchema(f"it has no column {needed[0]}")
    for column in kept_columns(sheet):
        dtype = schema.get(column.heading)
        is_right = dtype is None or (
            dtype.is_decimal() if column.kind in _COUNTED else dtype == SHEETS[sheet.table][column.field]
        )
        if not is_right:
            raise OtherSchema(f"its column {column.heading} is of the type {dtype}")
    table = table.with_columns(_blank(sheet, column).alias(column.heading) for column in missing)
    return table.select(pl.col(c.heading).alias(c.field) for c in kept_columns(sheet))


def _blank(sheet: OutputSheet, column: OutputColumn) -> pl.Expr:
    """Return a column that files of earlier formats do not have."""
    if column.kind in _COUNTED:
        return pl.lit(None, dtype=pl.Decimal(38, 0))
    dtype = SHEETS[sheet.table][column.field]
    return pl.lit("") if dtype == pl.String else pl.lit(None, dtype=dtype)


def engine_frame(sheet: OutputSheet, fields: pl.DataFrame, scales: Scales) -> pl.DataFrame:
    """Return a result table with integers again."""
    decimals = decimals_by_kind(scales)
    try:
        columns = [
            units_of(fields[c.field], decimals[c.kind]) if c.kind in _COUNTED else fields[c.field]
            for c in kept_columns(sheet)
        ]
    except ValueError as fault:
        raise OtherSchema(str(fault)) from fault
    return pl.DataFrame(columns).select(list(SHEETS[sheet.table]))


def spec_of(table: str) -> OutputSheet:
    """Return the sheet that a result table is written to."""
    return next(sheet for sheet in OUTPUT_SHEETS if sheet.table == table)
