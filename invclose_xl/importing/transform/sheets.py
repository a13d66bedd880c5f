"""The rows of a book's sheets, as an import has them before they are written.

In      the tables of an import and the rows that its mapping makes of them.
Out     one frame per sheet, columns by the fields of the layout: exact numbers, dates, texts.
Errors  none of its own.
Source  WORKBOOK "Read".
"""

import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.importing.mapping.model import Mapping
from invclose_xl.importing.mapping.sheets import column_of, sheet_of
from invclose_xl.importing.transform.typed import NUMBER
from invclose_xl.importing.transform.views import JoinedTables
from invclose_xl.workbook.layout import InputColumn

Sheets = dict[str, pl.DataFrame]
NUMBERS = ("quantity", "amount", "price", "share")


def type_of(column: InputColumn) -> pl.DataType:
    """Return what the cells of a column are."""
    if column.kind in NUMBERS:
        return NUMBER
    return pl.Date() if column.kind == "date" else pl.String()


def sheets_of(mapping: Mapping, tables: JoinedTables) -> Sheets:
    """Return the rows of every sheet that the mapping fills."""
    parts: dict[str, list[pl.DataFrame]] = {}
    keys: dict[str, str] = {}
    for constant in mapping.constants:
        rows = pl.DataFrame(list(constant.rows), infer_schema_length=None)
        parts.setdefault(constant.sheet, []).append(_as_sheet(constant.sheet, rows))
    for rows_of in mapping.rows:
        parts.setdefault(rows_of.sheet, []).append(_as_sheet(rows_of.sheet, tables.rows(rows_of)))
        if rows_of.once:
            keys[rows_of.sheet] = rows_of.once
    sheets = {sheet: pl.concat(frames, how="diagonal") for sheet, frames in parts.items()}
    return {sheet: _once(sheet, frame, keys[sheet]) if sheet in keys else frame for sheet, frame in sheets.items()}


def _once(sheet: str, frame: pl.DataFrame, heading: str) -> pl.DataFrame:
    """Keep the first of the rows that share a key, and none without one."""
    spec = sheet_of(sheet)
    column = column_of(spec, heading) if spec else None
    assert column is not None
    filled = frame.filter(pl.col(column.field).is_not_null())
    return filled.filter(make_id_keys(filled.get_column(column.field)).is_first_distinct())


def _as_sheet(sheet: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Name the columns by the fields of the layout and give them their types."""
    spec = sheet_of(sheet)
    assert spec is not None
    columns = []
    for heading in frame.columns:
        column = column_of(spec, heading)
        assert column is not None
        columns.append(frame.get_column(heading).cast(type_of(column)).alias(column.field))
    return pl.DataFrame(columns)
