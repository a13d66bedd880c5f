"""Texts of the template: notes on the headings, choices of the drop-downs, first rows, examples, instructions.

In      nothing.
Out     texts and rows by the field names of ``layout``; every column that is read has its note.
Source  WORKBOOK "Read"; RULES R0, R3.1.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.words import DIMENSIONS, FINANCIAL_BY_DEFAULT, NEVER_FINANCIAL

Cell = str | Decimal | date | None
Rows = tuple[Mapping[str, Cell], ...]

EXAMPLE = "EXAMPLE"
"""Begins the key of every example row, so that one button can take them away."""

EXPLAINED_NAME = "ExplainedID"
"""Name of the cell that says what the button Explain is to explain."""

MODEL_NAME, ITEM_NAME = "WhatIfModel", "WhatIfItem"
"""Names of the cells that say which inventory model the button What if tries, and for which item."""

EXPORT_NAME = "ExportToImport"
"""Name of the cell that says which file or folder the button Import is to import."""

YES_NO = ("Yes", "No")
NOTES: Mapping[str, Mapping[str, str]] = {
    "Items": {
        "number": "Required. The item's key; text, so leading zeros stay.",
        "name": "For your information; reports show it.",
        "type": "Item or Service. Both are treated alike.",
        "model_group": "Required. One of the sheet Item model groups.",
        "item_group": "Vouchers are split by it.",
        "cost_price": "Unit price: standard cost, fixed receipt price, and the estimate where nothing else is known.",
        "unit": "Shown beside quantities on Stock value.",
    },
    "Item model groups": {
        "name": "Required. The group's key.",
        "description": "For your information.",
        "model": "Required. How issues are matched with receipts: FIFO, LIFO, averages, standard cost.",
        "include_physical_value": "Yes: packing slips without invoice take part (FIFO, LIFO, LIFO date).",
        "fixed_receipt_price": "Yes: receipts keep the item's cost price.",
        "physical_negative_inventory": "No: physical stock below zero stops the close.",
        "financial_negative_inventory": "No: financial stock below zero stops the close.",
        "post_physical_inventory": "No: physical adjustments make no voucher.",
        "post_financial_inventory": "No: the group makes no voucher.",
    },
    "Transactions": {
        "id": "Required, unique. Text, or a whole number of up to 15 digits.",
        "company": "If filled, the same on all rows: one book, one company.",
        "item": "Required. One of the sheet Items.",
        "reference": "Where it comes from; any other text is allowed.",
        "number": "Document number.",
        "lot": "The same on the lines of one document line.",
        "physical_date": "Date of the packing slip, without time. One of the two dates is needed.",
        "financial_date": "Date of the invoice, without time. Blank: not invoiced yet.",
        "quantity": "Required. Receipts +, issues -, never 0.",
        "physical_amount": "Cost of the packing slip, with the sign of the quantity.",
        "financial_amount": "Cost of the invoice, with the sign of the quantity. Blank on an issue: it is estimated.",
        "prior_adjustment": "Adjustments made before this workbook's time.",
        "site": "Dimension; costs are kept apart by site unless the sheet Dimensions says otherwise.",
        "warehouse": "Dimension.",
        "location": "Dimension; never financial.",
        "license_plate": "Dimension; never financial.",
        "batch_number": "Dimension.",
        "serial_number": "Dimension.",
        "configuration": "Dimension.",
        "size": "Dimension.",
        "color": "Dimension.",
        "style": "Dimension.",
        "owner": "Dimension.",
        "marked_to": "On an issue the Transaction ID or Lot ID of its receipt, on a receipt that of its issue.",
        "marked_quantity": "Blank: as much as both have.",
        "return_lot": "Lot ID or Transaction ID of the issue that comes back; on an issue, of the receipt given back.",
        "transfer": "The same on the legs of one transfer.",
        "production": "The same on the components issued and the products received.",
        "cost_share": "Co-products: share of this receipt, 0 to 1, adding up to 1.",
        "prior_settled_quantity": "Settled before this workbook's time.",
        "prior_settled_amount": "Settled before this workbook's time.",
        "unit": "One unit per item: nothing is converted.",
        "currency": "The currency of the book: nothing is converted.",
        "status": "Of an export: rows that are only ordered, reserved or quoted are skipped.",
        "inventory_account": "Account of the original posting.",
        "offset_account": "Account of the original posting.",
        "ledger_dimension": "Dimension of the original posting.",
        "voucher": "Voucher of the invoice.",
        "physical_voucher": "Voucher of the packing slip.",
        "status_receipt": "Of an export: the status of a receipt, where it has a column of its own.",
        "status_issue": "Of an export: the status of an issue, where it has a column of its own.",
    },
    "Dimensions": {
        "dimension": "An inventory dimension.",
        "financial_inventory": "Yes: costs are kept apart by it. Change it only while nothing is open.",
    },
    "Posting": {
        "item_group": "Blank: any.",
        "reference": "Blank: any. Rounding: the account of rounding differences.",
        "inventory_account": "The account that holds the value of stock.",
        "offset_account": "Where the other side of an adjustment goes.",
        "inventory_account_name": "What the account is called: shown beside it on Vouchers and in reports.",
        "offset_account_name": "What the account is called: shown beside it on Vouchers and in reports.",
    },
    "References": {
        "reference": "A word of the column Reference as in your export, in any language.",
        "means": "What it means: a word of this program, such as Sales order.",
    },
    "Cost adjustments": {
        "transaction": "The receipt whose cost changes.",
        "date": "Date of the change, after the closed date.",
        "amount": "What the cost changes by. Positive: it rises. Or enter a New unit cost.",
        "new_unit_cost": "What one unit costs from then on, in place of an Amount.",
        "applies_to": "Transaction: the whole quantity. On hand: only what is open.",
        "offset_account": "Blank: Inventory adjustment.",
        "text": "For your information.",
    },
    "Charges": {
        "date": "Required. Date of the change, after the closed date.",
        "amount": "Required. What is spread over the receipts. Positive: their cost rises.",
        "spread_by": "Required. Value: by posted cost. Quantity, or Equally: the same on each receipt.",
        "number": "Document number of the receipts. All that is filled in must hold; blank: any.",
        "lot": "Lot ID of the receipts. Blank: any.",
        "item": "Blank: any.",
        "item_group": "Blank: any.",
        "site": "Blank: any.",
        "warehouse": "Blank: any.",
        "received_from": "First day on which the goods came. Blank: any.",
        "received_to": "Last day on which the goods came. Blank: any.",
        "offset_account": "Blank: Inventory adjustment.",
        "text": "Names the charge on the sheet Adjustments and in explain.",
    },
    "Ledger": {
        "account": "For the reconciliation: an account of the general ledger.",
        "date": "Date of the posting. Blank: a balance brought forward.",
        "voucher": "The ledger's voucher; differences are found by it.",
        "amount": "Debit +, credit -.",
    },
    "Parameters": {"name": "Do not change the names.", "value": "Blank: the default."},
}

FURTHER_NOTES: Mapping[str, Mapping[str, str]] = {
    "Expected": {
        "transaction": "The transaction whose cost another system adjusted.",
        "adjustment": "By how much: positive where the cost rose.",
        "closing": "The closing to compare with; blank: the latest.",
        "new_cost": "The cost that it had then.",
    },
}
"""Of sheets that a template does not have by itself."""


def _first_rows() -> dict[str, Rows]:
    groups = tuple(
        {"name": model.group_name, "description": model.description, "model": model.label,
         "include_physical_value": "No", "fixed_receipt_price": "No",
         "physical_negative_inventory": "Yes", "financial_negative_inventory": "Yes",
         "post_physical_inventory": "Yes", "post_financial_inventory": "Yes"}
        for model in sorted(InventoryModel, key=lambda model: (not model.is_periodic, model))
    )  # fmt: skip
    dimensions = tuple(
        {"dimension": d, "financial_inventory": "Yes" if d in FINANCIAL_BY_DEFAULT else "No"}
        for d in DIMENSIONS
        if d not in NEVER_FINANCIAL
    )
    return {"Item model groups": groups, "Dimensions": dimensions}


FIRST_ROWS = _first_rows()

PARAMETERS: Mapping[str, tuple[Cell, tuple[str, ...]]] = {
    "Close inventory up to": (None, ()),
    "Recalculate inventory up to": (None, ()),
    "Specification": ("Item group", ("Total", "Item group", "Item number")),
    "Minimum amount": (Decimal(0), ()),
    "Currency": (None, ()),
    "Currency decimals": (Decimal(2), ("0", "1", "2", "3", "4")),
    "LIFO issue order": ("Newest first", ("Newest first", "Oldest first")),
    "Run recalculation after closing": ("No", YES_NO),
    "Post estimated costs": ("Yes", YES_NO),
    "Ledger closed up to": (None, ()),
    "Maximum deviation %": (Decimal(30), ()),
    "Minimum deviation amount": (Decimal(0), ()),
    "Ignore production": ("No", YES_NO),
    "Decimal separator": (None, (".", ",")),
    "Date order": (None, ("DMY", "MDY", "YMD")),
    "Deviation base": (
        "Item cost price or median",
        ("Item cost price", "Median", "Item cost price or median"),
    ),
}
"""Name, value and choices of every parameter; those that end in ``up to`` are dates."""

PARAMETER_NOTES: Mapping[str, tuple[str, str]] = {
    "Close inventory up to": (
        "The closing date of the button Close and of a close without --date. Blank: the end of the first open month.",
        "2026-01-31",
    ),
    "Recalculate inventory up to": ("The date of a recalculation. Blank: today.", "2026-02-15"),
    "Specification": (
        "How vouchers are split: one line per account, per account and item group, or per account and item.",
        "Item number",
    ),
    "Minimum amount": (
        "A smaller adjustment of a settled issue is not posted; it goes to the column Rounding difference.",
        "0.05",
    ),
    "Currency": ("The currency of all amounts, shown beside totals. Recorded by the first close.", "EUR"),
    "Currency decimals": ("Decimals of the currency: amounts are rounded to them.", "0 for yen"),
    "LIFO issue order": ("Under LIFO, which of several issues chooses its receipts first.", "Oldest first"),
    "Run recalculation after closing": (
        "Yes: right after a close a recalculation carries its results into what is dated later.",
        "Yes",
    ),
    "Post estimated costs": ("No: estimates of issues without a cost make no voucher lines.", "No"),
    "Ledger closed up to": ("No voucher may be dated up to this day; a run that would is refused.", "2025-12-31"),
    "Maximum deviation %": ("check lists receipts whose unit cost deviates from the base by more.", "20"),
    "Minimum deviation amount": ("… and whose deviation is worth at least this much.", "5.00"),
    "Ignore production": ("Yes: produced receipts are not listed for their deviation.", "Yes"),
    "Decimal separator": (
        "For numbers that are stored as text: how 1.234,56 is to be read. Blank: only plain 1234.56 is.",
        ", (a comma)",
    ),
    "Date order": (
        "For dates that are stored as text: how 01.02.2026 is to be read. Blank: only 2026-02-01 is.",
        "DMY",
    ),
    "Deviation base": (
        "What a unit cost is compared with: the item's cost price, or the median of its receipts.",
        "Median",
    ),
}
"""What every parameter does, and an example of a value."""


def example_rows(month: date) -> dict[str, Rows]:
    """Return a few rows in a month: two items, their receipts and issues, one of them not invoiced yet."""

    def day(number: int) -> date:
        return month.replace(day=number)

    def row(number: int, item: str, reference: str, on: int, quantity: str, amount: str | None) -> dict[str, Cell]:
        return {
            "id": f"{EXAMPLE}-{number}", "item": f"{EXAMPLE}-{item}", "reference": reference,
            "physical_date": day(on), "financial_date": None if amount is None else day(on),
            "quantity": Decimal(quantity), "financial_amount": None if amount is None else Decimal(amount),
            "physical_amount": Decimal("62.00") if amount is None else None, "site": "1",
        }  # fmt: skip

    items: Rows = (
        {"number": f"{EXAMPLE}-A", "name": "Bicycle bell", "type": "Item", "model_group": "FIFO", "item_group": "PARTS",
         "cost_price": Decimal("10.00"), "unit": "pcs"},
        {"number": f"{EXAMPLE}-B", "name": "Bicycle chain", "type": "Item", "model_group": "AVG", "item_group": "PARTS",
         "cost_price": Decimal("4.00"), "unit": "pcs"},
    )  # fmt: skip
    transactions: Rows = (
        row(1, "A", "Purchase order", 1, "2", "20.00"),
        row(2, "A", "Purchase order", 5, "3", "33.00"),
        row(3, "A", "Sales order", 12, "-3", "-31.80"),
        row(4, "A", "Purchase order", 20, "5", None),
        row(5, "B", "Purchase order", 2, "10", "40.00"),
        row(6, "B", "Purchase order", 9, "10", "44.00"),
        row(7, "B", "Sales order", 15, "-12", "-48.00"),
    )
    return {"Items": items, "Transactions": transactions}


INSTRUCTIONS = (
    (
        "1",
        "Items, Item model groups",
        "List your items, each with a model group. The groups on that sheet suit most books.",
    ),
    ("2", "Transactions", "Paste your ERP's inventory transactions. Point at a heading to see what belongs below it."),
    ("3", "Check", "Lists what is wrong or doubtful on the sheet Log, with a link to each cell."),
    ("4", "Close", "Settles, adjusts, writes the voucher, locks the period. A copy of the book is kept beside it."),
    ("5", "Save", "The result is not saved for you: look at it, then save. Reverse undoes the last closing."),
)
INSTRUCTIONS_WITHOUT_BUTTONS = (
    *INSTRUCTIONS[:2],
    ("3", "Save", "Save and close the workbook: the commands read and write the file."),
    ("4", "check", "Lists what is wrong or doubtful, with its cell."),
    ("5", "close", "Settles, adjusts, writes the voucher, locks the period. The file as it was is kept beside it."),
)
"""The example rows are deleted by hand there."""

COMMANDS = (
    ("Check", "check", "lists what is wrong or doubtful"),
    ("Close", "close", "settles, adjusts, writes the voucher and locks the period"),
    ("Recalculate", "recalculate", "adjusts costs without locking"),
    ("Reverse", "reverse", "undoes the last closing"),
    ("Reconcile", "reconcile", "makes a workbook that compares stock with the ledger"),
    ("Explain", "explain", "shows where every cent of the cost of a transaction, an item or a voucher comes from"),
)
