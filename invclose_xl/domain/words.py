"""The fixed vocabulary: models, principles, causes, kinds, statuses, references. The labels are the sheets' words.

Source  WORKBOOK "Written" and "Item model groups"; STYLE 7.
"""

from enum import IntEnum, StrEnum


class InventoryModel(IntEnum):
    """How issues find the receipts that pay for them (RULES 5)."""

    FIFO = 0
    LIFO = 1
    LIFO_DATE = 2
    WEIGHTED_AVERAGE = 3
    WEIGHTED_AVERAGE_DATE = 4
    STANDARD_COST = 5
    MOVING_AVERAGE = 6

    @property
    def label(self) -> str:
        """The name as sheets show it."""
        return MODEL_LABELS[self]

    @property
    def is_periodic(self) -> bool:
        """Settled by the close; standard cost and moving average are not (RULES R2.6)."""
        return self <= InventoryModel.WEIGHTED_AVERAGE_DATE

    @property
    def settles_physical(self) -> bool:
        """May take physical-only transactions into its queue (RULES R2.2)."""
        return self <= InventoryModel.LIFO_DATE


MODEL_LABELS: dict[InventoryModel, str] = {
    InventoryModel.FIFO: "FIFO",
    InventoryModel.LIFO: "LIFO",
    InventoryModel.LIFO_DATE: "LIFO date",
    InventoryModel.WEIGHTED_AVERAGE: "Weighted average",
    InventoryModel.WEIGHTED_AVERAGE_DATE: "Weighted average date",
    InventoryModel.STANDARD_COST: "Standard cost",
    InventoryModel.MOVING_AVERAGE: "Moving average",
}


class Principle(IntEnum):
    """By which rule a pair was found; the code is the position in PRINCIPLES."""

    NON_FINANCIAL_TRANSFER = 0
    MARKING = 1
    FIFO = 2
    LIFO = 3
    LIFO_DATE = 4
    WEIGHTED_AVERAGE_DIRECT = 5
    WEIGHTED_AVERAGE_SUMMARIZED = 6
    WEIGHTED_AVERAGE_DATE_DIRECT = 7
    WEIGHTED_AVERAGE_DATE_SUMMARIZED = 8


PRINCIPLES = (
    "Non-financial transfer",
    "Marking",
    "FIFO",
    "LIFO",
    "LIFO date",
    "Weighted average (direct)",
    "Weighted average (summarized)",
    "Weighted average date (direct)",
    "Weighted average date (summarized)",
)


class Cause(StrEnum):
    """Why a cost was adjusted."""

    SETTLEMENT = "Settlement"
    VALUE_LINK = "Value link"
    TRANSFER = "Transfer"
    RETURN = "Return"
    PRODUCTION = "Production"
    NON_FINANCIAL_TRANSFER = "Non-financial transfer"
    MANUAL_ADJUSTMENT = "Manual adjustment"
    BECAME_FINANCIAL = "Became financial"


class Kind(StrEnum):
    """Which cost an adjustment changes (RULES R7.2)."""

    FINANCIAL = "Financial"
    PHYSICAL = "Physical"


EXPENSED = ("Backdated", "Negative stock", "Late invoice")
"""Why a difference of a moving average item is expensed (RULES R8.4); with a colon behind it, it begins the Basis"""


class Status(StrEnum):
    """Whether a row still counts."""

    ACTIVE = "Active"
    REVERSED = "Reversed"
    REPLACED = "Replaced"


class ClosingType(StrEnum):
    """What a row of the lock stands for."""

    CLOSING = "Closing"
    RECALCULATION = "Recalculation"
    REVERSAL = "Reversal"


class Specification(StrEnum):
    """How finely voucher lines are split (RULES R9.3)."""

    TOTAL = "Total"
    ITEM_GROUP = "Item group"
    ITEM_NUMBER = "Item number"


REFERENCES = (
    "Purchase order",
    "Sales order",
    "Transfer",
    "Production",
    "Production line",
    "Return order",
    "Counting",
    "Movement",
    "Adjustment",
    "Opening",
)
"""References that rules speak of; any other text is allowed and posts as an inventory adjustment (RULES R9.1)."""

DIMENSIONS = (
    "Site",
    "Warehouse",
    "Location",
    "License plate",
    "Batch number",
    "Serial number",
    "Configuration",
    "Size",
    "Color",
    "Style",
    "Owner",
)
"""Inventory dimensions in the contract's order, which is also their order in a costing group's name."""

FINANCIAL_BY_DEFAULT = frozenset({"Site", "Configuration", "Size", "Color", "Style"})
NEVER_FINANCIAL = frozenset({"Location", "License plate"})
