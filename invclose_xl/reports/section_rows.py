"""Lists of a report as documents: one model per list, made of its columns, so that they cannot part.

In      a section with its columns, and the decimals of the book.
Out     a model of its rows; the rows. A cell without a value is null.
Source  WORKBOOK "Command line" (--json).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import Field, create_model

from invclose_xl.reports.documents.document import Amount, Document, Percent, Quantity, UnitCost, exact
from invclose_xl.reports.section import Column, Decimals, Section

TYPES: Mapping[str, Any] = {
    "text": str, "cell": str, "date": date, "quantity": Quantity, "amount": Amount, "unit_cost": UnitCost,
    "percent": Percent, "count": int,
}  # fmt: skip
NUMBERS = ("quantity", "amount", "unit_cost", "percent")


def row_model(name: str, columns: Sequence[Column]) -> type[Document]:
    """Return the model of the rows of one list; its fields are those of the columns."""
    fields: dict[str, Any] = {
        column.field: (TYPES[column.kind] | None, Field(description=column.heading)) for column in columns
    }
    return create_model(name, __base__=Document, __doc__=f"A row of the list {name}.", **fields)


def rows_of(model: type[Document], section: Section, decimals: Decimals) -> tuple[Document, ...]:
    """Return the rows of a list."""
    return tuple(
        model(**{c.field: _value(row[c.field], c, decimals) for c in section.columns})
        for row in section.frame.iter_rows(named=True)
    )


def _value(value: Any, column: Column, decimals: Decimals) -> Any:
    if value is None:
        return None
    if column.kind in NUMBERS:
        return exact(value, decimals.of(column.kind))
    return str(value) if column.kind in ("text", "cell") else value
