"""Integers of the engine as decimal columns of a table, and back: the same digits, no float in between.

In      int64 in units of 10**-decimals, nulls where blank; or a decimal column.
Out     Decimal(19, decimals); or int64.
Errors  ValueError for a column that has more decimals than are asked for.
Source  RULES R0; WORKBOOK "Command line" (a folder of tables).
"""

from decimal import Decimal

import polars as pl

DIGITS = 19
"""as many as 64 bits can need"""


def decimals_of(units: pl.Series, decimals: int) -> pl.Series:
    """Return integers of 10**-decimals as a decimal column."""
    whole = units.cast(pl.Decimal(38, decimals))
    return (whole * Decimal(1).scaleb(-decimals)).cast(pl.Decimal(DIGITS, decimals)).alias(units.name)


def units_of(column: pl.Series, decimals: int) -> pl.Series:
    """Return a decimal or integer column as integers of 10**-decimals."""
    scale = column.dtype.scale if isinstance(column.dtype, pl.Decimal) else 0
    units = column.to_physical().cast(pl.Int128)
    if scale <= decimals:
        return (units * _power(decimals - scale)).cast(pl.Int64)
    power = _power(scale - decimals)
    if not (units % power == 0).fill_null(value=True).all():
        raise ValueError(f"{column.name} has more than {decimals} decimals")
    return (units // power).cast(pl.Int64)


def _power(decimals: int) -> pl.Series:
    return pl.Series([10**decimals], dtype=pl.Int128)


def scale_needed(column: pl.Series) -> int:
    """Return how many decimals write every number of a decimal column."""
    scale = column.dtype.scale if isinstance(column.dtype, pl.Decimal) else 0
    units = column.drop_nulls().to_physical().cast(pl.Int128)
    ten = _power(1)
    while scale and (units % ten == 0).all():
        units, scale = units // ten, scale - 1
    return scale
