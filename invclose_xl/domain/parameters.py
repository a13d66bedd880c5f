"""Parameters that the sheet *Parameters* and the command line may set, checked once, with the contract's defaults.

Source  WORKBOOK "Optional sheets" (Parameters); RULES R0, R2.7, R6.6, R8.5, R9.3, R10.5.
"""

from datetime import date as Date  # noqa: N812 - a type, named like one
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from invclose_xl.domain.words import Specification


class Parameters(BaseModel):
    """One book's settings. Field names are the sheet's names in lower case with underscores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    close_inventory_up_to: Date | None = None
    recalculate_inventory_up_to: Date | None = None
    specification: Specification = Specification.ITEM_GROUP
    minimum_amount: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    currency: str = ""
    currency_decimals: Annotated[int, Field(ge=0, le=6)] = 2
    lifo_issue_order: Literal["Newest first", "Oldest first"] = "Newest first"
    run_recalculation_after_closing: bool = False
    post_estimated_costs: bool = True
    ledger_closed_up_to: Date | None = None
    maximum_deviation: Annotated[Decimal, Field(ge=0)] = Decimal(30)
    minimum_deviation_amount: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    ignore_production: bool = False
    decimal_separator: Literal[".", ","] | None = None
    date_order: Literal["DMY", "MDY", "YMD"] | None = None
    deviation_base: Literal["Item cost price", "Median", "Item cost price or median"] = "Item cost price or median"
