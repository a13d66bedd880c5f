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
    """The cost that an adjustment changes (RULES R7.2)."""

    FINANCIAL = "Financial"
    PHYSICAL = "Physical"


class EstimateType(StrEnum):
    """Type of an amount on *Estimated costs*: an estimate, or why a difference is expensed (RULES R8.4)."""

    ESTIMATE = "Estimate"
    BACKDATED = "Backdated"
    NEGATIVE_STOCK = "Negative stock"
    LATE_INVOICE = "Late invoice"


EXPENSED = (EstimateType.BACKDATED, EstimateType.NEGATIVE_STOCK, EstimateType.LATE_INVOICE)
"""why a difference of a moving average item is expensed"""


class EstimateCause(StrEnum):
    """Why a row of *Estimated costs* was written."""

    NEW = "New"
    SUPERSEDED = "Superseded"
    """taken back: the amount is known now, the transaction was invoiced, or later postings changed it (RULES R8.5)"""
    TAKEN_BACK = "Taken back"
    """of a recalculation, because the row is another one now (RULES R8.6)"""
    SPLIT = "Split"
    """taken off a row that was split by partial invoicing (RULES R8.6)"""
    SHARE = "Share"
    """given to a part of such a row"""


class LockedKind(StrEnum):
    """Kind of a row of *Locked rows* without a Sequence; rows with one are transactions and have no kind."""

    COST_ADJUSTMENT = "Cost adjustment"
    CHARGE = "Charge"
    MODEL_GROUP = "Item model group"
    """its flags"""
    DIMENSIONS = "Financial dimensions"
    DECIMALS = "Currency decimals"
    CURRENCY = "Currency"
    PACKING_SLIP = "Packing slip"
    """quantity, its decimals, and amount of a row that was physical at D, for messages about its parts"""
    POSTING = "Posting"
    """how a change was posted that may be taken back"""
    SEEN = "Seen"
    """the facts of a row that a recalculation wrote about"""
    PARTS = "Parts"
    """the parts that stand for a split row"""
    TAKEN_BACK = "Taken back"
    """everything that recalculations after the named Closing wrote about a transaction was taken back"""
    RESULT_ROWS = "Result rows"
    """checksums of the rows of a result table"""


class Status(StrEnum):
    """Status of a result row: active rows count."""

    ACTIVE = "Active"
    REVERSED = "Reversed"
    REPLACED = "Replaced"


class ClosingType(StrEnum):
    """Type of a run, as *Lock* names it."""

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
    """The measure by which a charge is spread over its receipts (RULES R7.4)."""

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
