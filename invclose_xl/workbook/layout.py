"""Sheets, headings and aliases: the only home of the names that people see.

Headings match without regard to case, surrounding and repeated blanks, and underscores (``heading_key``).

Source  WORKBOOK, "Read" and "Written".
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

from invclose_xl.domain.languages.translations import list_other_headings

InputKind = Literal["id", "text", "date", "quantity", "amount", "price", "share", "yes_no", "any"]


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A column that is read: its field in the domain, its headings, and what its cells may hold."""

    field: str
    heading: str
    kind: InputKind
    aliases: tuple[str, ...] = ()
    required: bool = False
    in_grid: tuple[str, ...] = ()
    """further headings, ours only in the headings of a raw export (``tables.headings``)"""
    is_result: bool = False
    """of a sheet of ours that is read back: English only"""

    @property
    def translated(self) -> tuple[str, ...]:
        """Return its headings in other languages."""
        return () if self.is_result else list_other_headings(self.heading)


@dataclass(frozen=True, slots=True)
class InputSheet:
    """A sheet that is read."""

    name: str
    columns: tuple[InputColumn, ...]
    required: bool = False
    exported: tuple[InputColumn, ...] = ()
    """columns that only an export brings along, read like the others"""


def heading_key(text: str) -> str:
    """Return what two headings must share to be the same one."""
    return " ".join(unicodedata.normalize("NFC", text).replace("_", " ").split()).casefold()


ITEMS = InputSheet(
    "Items",
    (
        InputColumn("number", "Item number", "id", ("ItemId", "Item"), required=True),
        InputColumn("name", "Product name", "text", ("ItemName", "Name")),
        InputColumn("type", "Item type", "text"),
        InputColumn("model_group", "Item model group", "id", ("ModelGroupId",), required=True),
        InputColumn("item_group", "Item group", "id", ("ItemGroupId",)),
        InputColumn("cost_price", "Cost price", "price", ("Price",)),
        InputColumn("unit", "Unit", "id"),
    ),
    required=True,
)
ITEM_MODEL_GROUPS = InputSheet(
    "Item model groups",
    (
        InputColumn("name", "Item model group", "id", ("ModelGroupId",), required=True),
        InputColumn("description", "Name", "text"),
        InputColumn("model", "Inventory model", "text", ("InventModel",), required=True),
        InputColumn("include_physical_value", "Include physical value", "yes_no"),
        InputColumn("fixed_receipt_price", "Fixed receipt price", "yes_no"),
        InputColumn("physical_negative_inventory", "Physical negative inventory", "yes_no", ("NegativePhysical",)),
        InputColumn("financial_negative_inventory", "Financial negative inventory", "yes_no", ("NegativeFinancial",)),
        InputColumn("post_physical_inventory", "Post physical inventory", "yes_no"),
        InputColumn("post_financial_inventory", "Post financial inventory", "yes_no"),
    ),
    required=True,
)
TRANSACTIONS = InputSheet(
    "Transactions",
    (
        InputColumn(
            "id",
            "Transaction ID",
            "id",
            ("RecId", "InventTransId + line"),
            required=True,
            in_grid=("Record-ID", "Record ID"),
        ),
        InputColumn("company", "Company", "id", ("DataAreaId",), in_grid=("dataArea",)),
        InputColumn("item", "Item number", "id", ("ItemId",), required=True, in_grid=("ItemNumber",)),
        InputColumn("reference", "Reference", "text", ("ReferenceCategory",)),
        InputColumn("number", "Number", "id", ("ReferenceId",), in_grid=("Reference number",)),
        InputColumn("lot", "Lot ID", "id", ("InventTransId",), in_grid=("InventTransOrigin",)),
        InputColumn("physical_date", "Physical date", "date", ("DatePhysical",)),
        InputColumn("financial_date", "Financial date", "date", ("DateFinancial",)),
        InputColumn("quantity", "Quantity", "quantity", ("Qty",), required=True),
        InputColumn("physical_amount", "Physical cost amount", "amount", ("CostAmountPhysical",)),
        InputColumn(
            "financial_amount", "Financial cost amount", "amount", ("CostAmountPosted",), in_grid=("Cost amount",)
        ),
        InputColumn(
            "prior_adjustment", "Prior adjustment", "amount", ("CostAmountAdjustment",), in_grid=("Adjustment",)
        ),
        InputColumn("site", "Site", "id", ("InventSiteId",)),
        InputColumn("warehouse", "Warehouse", "id", ("InventLocationId",)),
        InputColumn("location", "Location", "id", ("WMSLocationId",)),
        InputColumn("license_plate", "License plate", "id", ("LicensePlateId",)),
        InputColumn("batch_number", "Batch number", "id", ("InventBatchId",)),
        InputColumn("serial_number", "Serial number", "id", ("InventSerialId",)),
        InputColumn("configuration", "Configuration", "id", ("ConfigId",)),
        InputColumn("size", "Size", "id", ("InventSizeId",)),
        InputColumn("color", "Color", "id", ("InventColorId",)),
        InputColumn("style", "Style", "id", ("InventStyleId",)),
        InputColumn("owner", "Owner", "id", ("InventOwnerId",)),
        InputColumn(
            "marked_to", "Marked to", "id", in_grid=("InventRefTransId", "Reference lot", "MarkingRefInventTransOrigin")
        ),
        InputColumn("marked_quantity", "Marked quantity", "quantity"),
        InputColumn(
            "return_lot", "Return lot ID", "id", ("InventTransIdReturn",), in_grid=("ReturnInventTransOrigin",)
        ),
        InputColumn("transfer", "Transfer ID", "id"),
        InputColumn("production", "Production number", "id"),
        InputColumn("cost_share", "Cost share", "share"),
        InputColumn(
            "prior_settled_quantity",
            "Prior settled quantity",
            "quantity",
            ("QtySettled",),
            in_grid=("Settled quantity",),
        ),
        InputColumn(
            "prior_settled_amount",
            "Prior settled amount",
            "amount",
            ("CostAmountSettled",),
            in_grid=("Settled cost amount", "Settled amount"),
        ),
        InputColumn("unit", "Unit", "id"),
        InputColumn("currency", "Currency", "id"),
        InputColumn("status", "Status", "text"),
        InputColumn("inventory_account", "Inventory account", "id"),
        InputColumn("offset_account", "Offset account", "id"),
        InputColumn("ledger_dimension", "Ledger dimension", "id"),
        InputColumn("voucher", "Voucher", "id", in_grid=("Financial voucher",)),
        InputColumn("physical_voucher", "Physical voucher", "id", ("VoucherPhysical",)),
    ),
    required=True,
    exported=(
        InputColumn("status_receipt", "StatusReceipt", "text", in_grid=("Receipt", "Receipt status")),
        InputColumn("status_issue", "StatusIssue", "text", in_grid=("Issue", "Issue status")),
    ),
)
DIMENSIONS = InputSheet(
    "Dimensions",
    (
        InputColumn("dimension", "Dimension", "text", required=True),
        InputColumn("financial_inventory", "Financial inventory", "yes_no", required=True),
    ),
)
POSTING = InputSheet(
    "Posting",
    (
        InputColumn("item_group", "Item group", "id", required=True),
        InputColumn("reference", "Reference", "text", ("ReferenceCategory",), required=True),
        InputColumn("inventory_account", "Inventory account", "id", required=True),
        InputColumn("offset_account", "Offset account", "id", required=True),
        InputColumn("inventory_account_name", "Inventory account name", "text", ("Name of inventory account",)),
        InputColumn("offset_account_name", "Offset account name", "text", ("Name of offset account",)),
    ),
)
REFERENCES = InputSheet(
    "References",
    (
        InputColumn("reference", "Reference", "text", required=True),
        InputColumn("means", "Means", "text", required=True),
    ),
)
COST_ADJUSTMENTS = InputSheet(
    "Cost adjustments",
    (
        InputColumn("transaction", "Transaction ID", "id", required=True),
        InputColumn("date", "Date", "date", required=True),
        InputColumn("amount", "Amount", "amount"),
        InputColumn("new_unit_cost", "New unit cost", "price"),
        InputColumn("applies_to", "Applies to", "text"),
        InputColumn("offset_account", "Offset account", "id"),
        InputColumn("text", "Text", "text"),
    ),
)
CHARGES = InputSheet(
    "Charges",
    (
        InputColumn("date", "Date", "date", required=True),
        InputColumn("amount", "Amount", "amount", required=True),
        InputColumn("spread_by", "Spread by", "text", required=True),
        InputColumn("number", "Number", "id"),
        InputColumn("lot", "Lot ID", "id"),
        InputColumn("item", "Item number", "id"),
        InputColumn("item_group", "Item group", "id"),
        InputColumn("site", "Site", "id"),
        InputColumn("warehouse", "Warehouse", "id"),
        InputColumn("received_from", "Received from", "date"),
        InputColumn("received_to", "Received to", "date"),
        InputColumn("offset_account", "Offset account", "id"),
        InputColumn("text", "Text", "text"),
    ),
)
LEDGER = InputSheet(
    "Ledger",
    (
        InputColumn("account", "Account", "id", required=True),
        InputColumn("date", "Date", "date"),
        InputColumn("voucher", "Voucher", "id"),
        InputColumn("amount", "Amount", "amount", required=True),
    ),
)
EXPECTED = InputSheet(
    "Expected",
    (
        InputColumn("transaction", "Transaction ID", "id", required=True),
        InputColumn("adjustment", "Adjustment", "amount", required=True),
        InputColumn("closing", "Closing", "id"),
        InputColumn("new_cost", "New cost", "amount"),
    ),
)
"""read only to be compared; a close does not look at it"""
PARAMETERS = InputSheet(
    "Parameters",
    (
        InputColumn("name", "Name", "text", required=True),
        InputColumn("value", "Value", "any", required=True),
    ),
)
INPUT_SHEETS = (
    ITEMS, ITEM_MODEL_GROUPS, TRANSACTIONS, DIMENSIONS, POSTING, REFERENCES,
    COST_ADJUSTMENTS, CHARGES, LEDGER, PARAMETERS,
)  # fmt: skip

OutputKind = Literal["text", "date", "moment", "quantity", "amount", "unit_cost", "count", "link"]


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column that is written. ``total`` puts a formula over the active rows above the heading.

    ``formula`` is what a cell computes from others of its row, named by their fields, as in ``{debit}-{credit}``, or
    from a whole column, as in ``{debit:}``. ``added``: sheets of earlier versions lack the column, and get it where
    there is room.
    """

    field: str
    heading: str
    kind: OutputKind = "text"
    width: int = 14
    total: bool = False
    formula: str = ""
    added: bool = False


@dataclass(frozen=True, slots=True)
class OutputSheet:
    """A sheet of ours, for one result table of ``domain.tables``."""

    table: str
    name: str
    columns: tuple[OutputColumn, ...]
    hidden: bool = False
    newest_first: bool = False
    """rows of the latest run are on top"""
    user_fields: tuple[str, ...] = ()
    """columns that the user fills in; no result table has them, and a rewrite keeps their cells as they are"""


_CLOSING = OutputColumn("closing", "Closing", width=12)
_ITEM = OutputColumn("item", "Item number", width=16)
_GROUP = OutputColumn("group", "Costing group", width=26)
_STATUS = OutputColumn("status", "Status", width=10)
_CLOSING_QUANTITY = "{opening_quantity}+{receipts_quantity}-{issues_quantity}"
_SETTLEMENT_COLUMNS = (
    _CLOSING,
    OutputColumn("date", "Date", "date", 12),
    _ITEM,
    _GROUP,
    OutputColumn("principle", "Principle", width=34),
    OutputColumn("issue", "Issue", width=18),
    OutputColumn("receipt", "Receipt", width=18),
    OutputColumn("quantity", "Quantity", "quantity", 12),
    OutputColumn("amount", "Amount", "amount", 14, total=True),
    OutputColumn("issue_date", "Issue date", "date", 15),
    OutputColumn("receipt_date", "Receipt date", "date", 15),
    _STATUS,
)
OUTPUT_SHEETS = (
    OutputSheet("settlements", "Settlements", _SETTLEMENT_COLUMNS),
    OutputSheet("value_links", "Value links", _SETTLEMENT_COLUMNS),
    OutputSheet(
        "adjustments",
        "Adjustments",
        (
            _CLOSING,
            OutputColumn("date", "Date", "date", 12),
            _ITEM,
            _GROUP,
            OutputColumn("transaction", "Transaction ID", width=18),
            OutputColumn("transaction_date", "Transaction date", "date", 20),
            OutputColumn("reference", "Reference", width=16),
            OutputColumn("kind", "Kind", width=10),
            OutputColumn("quantity", "Quantity", "quantity", 12),
            OutputColumn("old_cost", "Old cost", "amount"),
            OutputColumn("new_cost", "New cost", "amount"),
            OutputColumn("adjustment", "Adjustment", "amount"),
            OutputColumn("rounding_difference", "Rounding difference", "amount", 20, total=True),
            OutputColumn("cause", "Cause", width=22),
            _STATUS,
            OutputColumn("inventory_change", "Change of inventory value", "amount", 16, total=True, added=True),
            OutputColumn("charge", "Charge", width=46, added=True),
        ),
    ),
    OutputSheet(
        "vouchers",
        "Vouchers",
        (
            _CLOSING,
            OutputColumn("voucher", "Voucher", width=12),
            OutputColumn("date", "Date", "date", 12),
            OutputColumn("line", "Line", "count", 7),
            OutputColumn("account", "Account", width=24),
            OutputColumn("ledger_dimension", "Ledger dimension", width=20),
            OutputColumn("specification", "Specification", width=18),
            OutputColumn("debit", "Debit", "amount", total=True),
            OutputColumn("credit", "Credit", "amount", total=True),
            OutputColumn("text", "Text", width=46),
            OutputColumn(
                "voucher_total",
                "Voucher total",
                "amount",
                18,
                formula="SUMIFS({debit:},{voucher:},{voucher})",
                added=True,
            ),
            OutputColumn("account_name", "Account name", width=30, added=True),
        ),
        newest_first=True,
    ),
    OutputSheet(
        "closing_transactions",
        "Closing transactions",
        (
            _CLOSING,
            OutputColumn("transaction", "Transaction ID", width=20),
            OutputColumn("date", "Date", "date", 12),
            _ITEM,
            _GROUP,
            OutputColumn("quantity", "Quantity", "quantity", 12),
            OutputColumn("amount", "Amount", "amount"),
            _STATUS,
        ),
    ),
    OutputSheet(
        "estimated_costs",
        "Estimated costs",
        (
            _CLOSING,
            OutputColumn("transaction", "Transaction ID", width=18),
            _ITEM,
            _GROUP,
            OutputColumn("date", "Date", "date", 12),
            OutputColumn("quantity", "Quantity", "quantity", 12),
            OutputColumn("unit_cost", "Unit cost", "unit_cost", 14),
            OutputColumn("amount", "Amount", "amount", total=True),
            OutputColumn("basis", "Basis", width=46),
            _STATUS,
            OutputColumn("kind", "Kind", width=10, added=True),
            OutputColumn("type", "Type", width=14, added=True),
            OutputColumn("cause", "Cause", width=12, added=True),
        ),
    ),
    OutputSheet(
        "lock",
        "Lock",
        (
            _CLOSING,
            OutputColumn("type", "Type", width=14),
            OutputColumn("up_to", "Up to date", "date", 12),
            _STATUS,
            OutputColumn("run_at", "Run at (UTC)", "moment", 20),
            OutputColumn("run_by", "Run by", width=12),
            OutputColumn("version", "Version", width=9),
            OutputColumn("specification", "Specification", width=14),
            OutputColumn("items", "Items", "count", 10),
            OutputColumn("transactions", "Transactions", "count", 14),
            OutputColumn("settlements", "Settlements", "count", 13),
            OutputColumn("settled_amount", "Settled amount", "amount", 14),
            OutputColumn("adjustment_amount", "Adjustment amount", "amount", 14),
            OutputColumn("warnings", "Warnings", "count", 11),
            OutputColumn("voucher", "Voucher", width=12),
            OutputColumn("reverses", "Reverses", width=12),
            OutputColumn("digest", "Digest", width=12),
            OutputColumn("reviewed_by", "Reviewed by", width=12),
            OutputColumn("reviewed_on", "Reviewed on", "date", 12),
            OutputColumn("note", "Note", width=26),
            OutputColumn("format", "Format", "count", 8, added=True),
        ),
        newest_first=True,
        user_fields=("reviewed_by", "reviewed_on", "note"),
    ),
    OutputSheet(
        "locked_rows",
        "Locked rows",
        (
            OutputColumn("transaction", "Transaction ID", width=18),
            OutputColumn("sequence", "Sequence", "count", 10),
            _CLOSING,
            OutputColumn("fingerprint", "Fingerprint", width=60),
            OutputColumn("kind", "Kind", width=18, added=True),
        ),
        hidden=True,
    ),
    OutputSheet(
        "stock_value",
        "Stock value",
        (
            _CLOSING,
            OutputColumn("item", "Item number", width=14),
            OutputColumn("name", "Product name", width=28),
            OutputColumn("item_group", "Item group", width=12),
            OutputColumn("model", "Inventory model", width=20),
            OutputColumn("group", "Costing group", width=22),
            OutputColumn("unit", "Unit", width=7),
            OutputColumn("opening_quantity", "Opening quantity", "quantity", 12),
            OutputColumn("opening_value", "Opening value", "amount", total=True),
            OutputColumn("receipts_quantity", "Receipts quantity", "quantity", 12),
            OutputColumn("receipts_value", "Receipts value", "amount", total=True),
            OutputColumn("issues_quantity", "Issues quantity", "quantity", 12),
            OutputColumn("issues_value", "Issues value", "amount", total=True),
            OutputColumn("adjustments", "Adjustments", "amount", total=True),
            OutputColumn("closing_quantity", "Closing quantity", "quantity", 12, formula=_CLOSING_QUANTITY),
            OutputColumn(
                "closing_value",
                "Closing value",
                "amount",
                total=True,
                formula="{opening_value}+{receipts_value}-{issues_value}+{adjustments}",
            ),
            OutputColumn("unit_cost", "Unit cost", "unit_cost", 13),
            OutputColumn("not_invoiced_quantity", "Not invoiced quantity", "quantity", 12),
            OutputColumn("not_invoiced_value", "Not invoiced value", "amount", total=True),
            OutputColumn("in_transit_quantity", "In transit quantity", "quantity", 12),
            OutputColumn("in_transit_value", "In transit value", "amount", total=True),
            OutputColumn("change", "Change of inventory value", "amount", total=True),
        ),
    ),
    OutputSheet(
        "log",
        "Log",
        (
            _CLOSING,
            OutputColumn("severity", "Severity", width=12),
            OutputColumn("code", "Code", width=8),
            OutputColumn("rule", "Rule", width=12),
            _ITEM,
            OutputColumn("transaction", "Transaction ID", width=18),
            OutputColumn("cell", "Cell", "link", 20),
            OutputColumn("message", "Message", width=80),
            OutputColumn("fix", "What to do", width=60),
        ),
        newest_first=True,
    ),
)

ROLL_FORWARD = OutputSheet(
    "roll_forward",
    "Roll-forward",
    (
        _CLOSING,
        OutputColumn("up_to", "Up to date", "date", 12),
        _ITEM,
        _GROUP,
        OutputColumn("quantity_there", "Quantity in the old book", "quantity", 12),
        OutputColumn("quantity_here", "Quantity here", "quantity", 12),
        OutputColumn("value_there", "Value in the old book", "amount", 14, total=True),
        OutputColumn("value_here", "Value here", "amount", 14, total=True),
        OutputColumn("not_invoiced_quantity_there", "Not invoiced quantity in the old book", "quantity", 12),
        OutputColumn("not_invoiced_quantity_here", "Not invoiced quantity here", "quantity", 12),
        OutputColumn("not_invoiced_value_there", "Not invoiced value in the old book", "amount", 14, total=True),
        OutputColumn("not_invoiced_value_here", "Not invoiced value here", "amount", 14, total=True),
        OutputColumn("difference", "Difference", "amount", 14, total=True),
        OutputColumn("book", "Old book", width=20),
        OutputColumn("digest", "Digest of its last run", width=12),
        OutputColumn("file_digest", "SHA-256 of its file", width=12),
    ),
)
"""written once, when a book is rolled forward; from then on it is a sheet of the user's"""
LOCK_CAPTION = "Inventory is closed up to"
CLOSED_DATE_NAME = "ClosedDate"
