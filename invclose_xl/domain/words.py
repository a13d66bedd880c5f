"""The fixed vocabulary: causes, kinds, statuses, references. The labels are the sheets' words.

Source  WORKBOOK "Written".
"""

from enum import StrEnum


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
    SETTLED_BEFORE = "Settled before"
    TAKEN_BACK = "Taken back"
    """of a recalculation, because the row is another one now (RULES R8.6)"""


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
    ROLL_FORWARD = "Roll-forward"
    """the book begins here: what closings up to it left is in another book, which is their archive"""


class Specification(StrEnum):
    """How finely voucher lines are split (RULES R9.3)."""

    TOTAL = "Total"
    ITEM_GROUP = "Item group"
    ITEM_NUMBER = "Item number"


class SpreadBy(StrEnum):
    """What decides about the shares of the receipts that a charge belongs to (RULES R7.4)."""

    VALUE = "Value"
    QUANTITY = "Quantity"
    EQUALLY = "Equally"


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

KEPT_COPY = (
    "go back to the copy that was kept before the last run (….before-IC-….xlsx in the folder of the workbook) and run"
    " again."
)
RESTORE = f"Undo the change, or {KEPT_COPY}"
"""What to do where result sheets are not as the runs left them"""

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
