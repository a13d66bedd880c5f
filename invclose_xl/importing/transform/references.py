"""Columns of the book that name other rows of it: what they name must be there, in the export or in the book.

In      the rows of the sheets, what the book that is added to holds already, the policy of the mapping.
Out     the rows, and what was lost; a cell that names nothing is blank where the mapping says so.
Errors  IC410 where the mapping refuses, IC430 where it does not.
Source  WORKBOOK "Transactions" (Marked to, Return lot ID, Transfer ID); RULES R0 (IDs), R5.1, R6.2.
"""

import polars as pl

from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.mapping.model import Mapping, Reference
from invclose_xl.importing.mapping.sheets import column_of, sheet_of
from invclose_xl.importing.transform.sheets import Sheets
from invclose_xl.importing.transform.views import EXAMPLES, Lost
from invclose_xl.workbook.layout import TRANSACTIONS

TARGET = "Transactions"


def hold_references(mapping: Mapping, sheets: Sheets, in_book: pl.DataFrame, faults: Faults) -> list[Lost]:
    """Name or refuse what finds nothing; ``in_book`` are the transactions of the book that is added to."""
    lost = []
    for reference in mapping.references:
        frame, field = sheets.get(reference.sheet), _field(reference.sheet, reference.column)
        if frame is None or field not in frame.columns or not frame.height:
            continue
        wrong = _alone(frame, field, in_book) if not reference.finds else _unknown(frame, field, reference, sheets,
                                                                                  in_book)  # fmt: skip
        if wrong.any():
            lost += _said(reference, frame, field, wrong, faults)
            if reference.if_missing == "leave out":
                blank = pl.when(wrong).then(None).otherwise(pl.col(field)).alias(field)
                sheets[reference.sheet] = frame.with_columns(blank)
    return lost


def _unknown(frame: pl.DataFrame, field: str, reference: Reference, sheets: Sheets, in_book: pl.DataFrame) -> pl.Series:
    """Return the rows that name something which is neither in the export nor in the book."""
    known = [
        _keys(rows, _field(TARGET, column)) for rows in (sheets[TARGET], in_book) for column in reference.finds
    ]  # fmt: skip
    names = _keys(frame, field)
    return names.is_not_null() & ~names.is_in(pl.concat(known).drop_nulls().unique().implode())


def _alone(frame: pl.DataFrame, field: str, in_book: pl.DataFrame) -> pl.Series:
    """Return the rows whose name no row of the other sign carries."""
    sides = []
    for rows in (frame, in_book):
        if field in rows.columns and "quantity" in rows.columns:
            sides.append(pl.DataFrame({"key": _keys(rows, field), "receipt": rows.get_column("quantity") > 0}))
    both = pl.concat(sides).group_by("key").agg(pl.col("receipt").n_unique().alias("sides"))
    paired = both.filter(pl.col("sides") > 1).get_column("key").drop_nulls()
    names = _keys(frame, field)
    return names.is_not_null() & ~names.is_in(paired.implode())


def _said(reference: Reference, frame: pl.DataFrame, field: str, wrong: pl.Series, faults: Faults) -> list[Lost]:
    names = frame.get_column(field).filter(wrong)
    examples = listed(names.unique(maintain_order=True).to_list(), EXAMPLES)
    rows, count = format_count(names.len(), "row"), names.len()
    what = "names" if count == 1 else "name"
    if reference.finds:
        text = f"{rows} {what} in {reference.column} what neither the export nor the book holds: {examples}."
    else:
        text = (
            f"{rows} {choose_form(count, 'has', 'have')} a {reference.column} whose other side is missing: {examples}."
        )
    where = CellRef(reference.sheet)
    if reference.if_missing == "refuse":
        faults.add("IC410", where, "", text, reference.then)
        return []
    faults.add("IC430", where, "", f"{text} {reference.then}",
               "Export the rows that are named too, if they should count.", Severity.WARNING)  # fmt: skip
    return [Lost(reference.sheet, count, f"{text} {reference.then}")]


def _field(sheet: str, heading: str) -> str:
    spec = sheet_of(sheet) or TRANSACTIONS
    column = column_of(spec, heading)
    assert column is not None, "held when the mapping was read"
    return column.field


def _keys(rows: pl.DataFrame, field: str) -> pl.Series:
    """Return IDs as they are compared (R0)."""
    if field not in rows.columns:
        return pl.Series(field, [], dtype=pl.String)
    return make_id_keys(rows.get_column(field))
