"""One column of a table as cells, so that the very same parsers read a sheet and a table.

In      a polars column and what its field holds.
Out     a TableColumn: kinds, numbers, texts. Decimals and integers stay exact, however many digits they have.
Errors  none; ``refused_type`` says which types a field cannot have. No binary float is ever an amount or a quantity.
Cost    O(rows), in bulk; only numbers of more than 15 digits are written as text one by one.
Source  RULES R0; WORKBOOK "Read".
"""

import numpy as np
import polars as pl

from invclose_xl.domain.book import Bool
from invclose_xl.domain.money import EXACT_FLOAT
from invclose_xl.workbook.cells.cells import BLANK, BOOLEAN, DECIMAL, NUMBER, TEXT
from invclose_xl.workbook.cells.number_formats import DATE, PLAIN
from invclose_xl.workbook.layout import InputKind
from invclose_xl.workbook.tables.table import TableColumn
from invclose_xl.workbook.values.values import FIRST_SERIAL, SERIAL_OF_EPOCH

USUAL_DECIMALS = 6
_OTHER = "The column is of a type that cannot hold such values."
NUMBERS = ("amount", "quantity", "price", "share")
WORDS = ("id", "text")
_TEXTS = (pl.String, pl.Categorical, pl.Enum, pl.Null)
_DAYS = (pl.Date, pl.Datetime)


def refused_type(dtype: pl.DataType, kind: InputKind) -> str:
    """Return what is wrong with the type of a column, '' where nothing is."""
    if isinstance(dtype, _TEXTS) or kind == "any":
        return "" if not dtype.is_float() and not dtype.is_nested() else _OTHER
    if dtype.is_float() and kind in NUMBERS:
        return "The column holds binary floats, which cannot hold every cent exactly."
    if kind in NUMBERS and (dtype.is_integer() or dtype.is_decimal()):
        return ""
    if kind in WORDS and dtype.is_integer():
        return ""
    if kind == "date" and isinstance(dtype, _DAYS):
        return ""
    if kind == "yes_no" and (dtype == pl.Boolean or dtype.is_integer()):
        return ""
    return _OTHER


def wanted_type(kind: InputKind) -> str:
    """Return which types a field may have, in words."""
    if kind in NUMBERS:
        return "a decimal column (in SQL: CAST(… AS DECIMAL(28, 6))), an integer column, or text such as 1234.56"
    if kind == "date":
        return "a date column, or text such as 2026-01-31"
    if kind == "yes_no":
        return "a boolean column, or the texts Yes and No"
    return "a text column" if kind != "id" else "a text or integer column"


def column_of(values: pl.Series, kind: InputKind) -> TableColumn:
    """Return the cells of one column."""
    dtype = values.dtype
    if kind in WORDS and dtype.is_integer():
        return _texts(values.cast(pl.String))
    if dtype.is_integer() or dtype.is_decimal():
        return _numbers(values)
    if isinstance(dtype, _DAYS):
        return _days(values)
    if dtype == pl.Boolean:
        return _booleans(values)
    return _texts(values.cast(pl.String))


def blank_column(rows: int) -> TableColumn:
    """Return the cells of a column that the table does not have."""
    return _texts(pl.Series([None], dtype=pl.String).new_from_index(0, rows))


def _texts(values: pl.Series) -> TableColumn:
    trimmed = values.str.strip_chars()
    filled = (trimmed != "").fill_null(value=False).to_numpy()
    return _with_texts(np.where(filled, TEXT, BLANK), np.zeros(len(values)), trimmed, filled)


def _with_texts(
    kind: np.ndarray, number: np.ndarray, texts: pl.Series, has_text: Bool, shown_as: np.ndarray | None = None
) -> TableColumn:
    size = len(texts)
    pool = pl.concat([pl.Series([None], dtype=pl.String), texts.alias("")], rechunk=True)
    at = np.where(has_text, np.arange(1, size + 1), 0).astype(np.int32)
    plain = np.full(size, PLAIN, dtype=np.uint8) if shown_as is None else shown_as.astype(np.uint8)
    return TableColumn(kind.astype(np.uint8), number.astype(np.float64), at, plain, pool)


def _numbers(values: pl.Series) -> TableColumn:
    """Numbers of up to 15 digits are cells like any other; longer ones keep their digits as text."""
    filled = values.is_not_null().to_numpy()
    scale = values.dtype.scale if isinstance(values.dtype, pl.Decimal) else 0
    units = values.to_physical().cast(pl.Int128).fill_null(0)
    if scale > USUAL_DECIMALS:
        power = pl.Series([10 ** (scale - USUAL_DECIMALS)], dtype=pl.Int128)
        if ((units % power) == 0).all():
            units, scale = units // power, USUAL_DECIMALS
    small = ((units < EXACT_FLOAT) & (units > -EXACT_FLOAT)).to_numpy()
    number = pl.Series(units).set(pl.Series(~small), 0).cast(pl.Int64).to_numpy() / 10.0**scale
    long = filled & ~small
    kind = np.where(filled, np.where(small, NUMBER, DECIMAL), BLANK)
    if not long.any():
        none = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
        return _with_texts(kind, number, none, np.zeros(len(values), dtype=np.bool_))
    texts = values.cast(pl.String)
    return _with_texts(kind, number, texts, long)


def _days(values: pl.Series) -> TableColumn:
    """Days that Excel's calendar has are date cells; others, and moments, stay texts, which say what they are."""
    days = values.cast(pl.Date)
    midnight = values.is_null() | (values.cast(pl.Datetime("us")) == days.cast(pl.Datetime("us"))).fill_null(value=True)
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone is not None:
        midnight = values.is_null()
    serial = days.cast(pl.Int32).fill_null(0).cast(pl.Int64).to_numpy() + SERIAL_OF_EPOCH[False]
    filled = values.is_not_null().to_numpy()
    usual = filled & midnight.to_numpy() & (serial >= FIRST_SERIAL[False])
    others = filled & ~usual
    kind = np.where(usual, NUMBER, np.where(others, TEXT, BLANK))
    texts = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    if others.any():
        written = days.cast(pl.String) if values.dtype == pl.Date else values.dt.to_string("iso:strict")
        texts = days.cast(pl.String).zip_with(midnight, written)
    return _with_texts(kind, np.where(usual, serial, 0), texts, others, np.where(usual, DATE, PLAIN))


def _booleans(values: pl.Series) -> TableColumn:
    filled = values.is_not_null().to_numpy()
    number = values.fill_null(value=False).cast(pl.Int8).to_numpy()
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    return _with_texts(np.where(filled, BOOLEAN, BLANK), number, none, np.zeros(len(values), dtype=np.bool_))
