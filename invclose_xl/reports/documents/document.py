"""A document: a result with named fields that is also JSON, by a schema that is published in docs/schema.

In      values of the door: Decimal amounts, dates, texts.
Out     the model itself; ``plain`` is what ``--json`` prints. Amounts, quantities and percentages are decimal text
        there, with all their decimals, so that no reader rounds them; dates are ISO 8601.
Errors  ValidationError: a fault of this program, found when a document is made.
Source  WORKBOOK "Command line" (--json).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, get_args, get_origin

import polars as pl
from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

VERSION = 1
"""Of all schemas. It rises when a field goes, or means something else; a new field does not raise it."""
DECIMAL_TEXT = r"^-?\d+(\.\d+)?$"


def exact(units: int, decimals: int) -> Decimal:
    """Return an integer of 10**-decimals as a decimal with exactly that many decimals."""
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -decimals))


def _number(description: str) -> Any:
    return WithJsonSchema({"type": "string", "pattern": DECIMAL_TEXT, "description": description}, mode="serialization")


_WRITTEN = PlainSerializer(lambda value: f"{value:f}", return_type=str, when_used="json")
Amount = Annotated[Decimal, _WRITTEN, _number("an amount in the currency of the book, as decimal text")]
Quantity = Annotated[Decimal, _WRITTEN, _number("a quantity in the unit of the item, as decimal text")]
UnitCost = Annotated[Decimal, _WRITTEN, _number("an amount per unit, with six decimals, as decimal text")]
Percent = Annotated[Decimal, _WRITTEN, _number("percent, as decimal text")]


class Document(BaseModel):
    """The base of every result that goes to JSON; frozen, and without fields that no schema names."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # few of them are made in one run
    schema_name: ClassVar[str] = ""
    """of the file in docs/schema, where the document is one of its own"""

    def plain(self) -> dict[str, Any]:
        """Return dictionaries, lists and texts, as ``--json`` prints them."""
        data = self.model_dump(mode="json", exclude_unset=True)
        return {"schema": f"{self.schema_name}/{VERSION}", **data} if self.schema_name else data


def schema_of(document: type[Document]) -> dict[str, Any]:
    """Return the JSON schema of what ``plain`` gives; it is open, so that it still holds where fields were added."""
    schema = document.model_json_schema(mode="serialization")
    name = f"{document.schema_name}/{VERSION}"
    own = {"schema": {"const": name, "description": "which schema this document keeps to"}}
    for part in (schema, *schema.get("$defs", {}).values()):
        if part.get("additionalProperties") is False:
            del part["additionalProperties"]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:invclose-xl:schema:{name}"}
    own |= {
        "exit_code": {"type": "integer", "description": "how the command ended; printed by --json"},
        "message": {"type": "string", "description": "what it came to, in a sentence; printed by --json"},
    }
    fields, always = schema.pop("properties", {}), [n for n, f in document.model_fields.items() if f.is_required()]
    return {**head, **schema, "properties": {**own, **fields}, "required": ["schema", *always]}


def grouped(amount: Decimal) -> str:
    """Write an amount for people, with thousands apart: 1,234.50."""
    return f"{amount:,f}"


def frame_of(model: type[Document], rows: Sequence[Document]) -> pl.DataFrame:
    """Return documents of one kind as a DataFrame, a column per field; amounts stay exact decimals."""
    data = {name: [getattr(row, name) for row in rows] for name in model.model_fields}
    types = {name: _column_type(field.annotation, data[name]) for name, field in model.model_fields.items()}
    return pl.DataFrame(data, schema=types)


def _column_type(annotation: Any, values: Sequence[Any]) -> pl.DataType:
    parts = (annotation, *get_args(annotation))
    kinds = {get_args(part)[0] if get_origin(part) is Annotated else part for part in parts}
    if Decimal in kinds:
        amounts = [value for value in values if isinstance(value, Decimal)]
        return pl.Decimal(38, max((-int(value.as_tuple().exponent) for value in amounts), default=0))
    return next(
        (kind for of, kind in ((datetime, pl.Datetime("ms")), (date, pl.Date()), (int, pl.Int64())) if of in kinds),
        pl.String(),
    )
