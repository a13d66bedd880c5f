"""The columns of every result: what a closing writes down, one frame per sheet.

Frames hold text as String, days as Date, moments (UTC, whole seconds) as Datetime, amounts as Int64 in minor
units, quantities as Int64 in units of 10**-quantity_scale, unit costs as Int64 in millionths, counts as Int64. Sheet
names and headings live in ``workbook.layout``; here are the fields that the closing computes with.

Fields that a later format of the sheets brought are at the end of their table, with that format in ``ADDED``: the
Digest and the checksums of a run take the fields that the format had which the run wrote in (domain.old_formats).

Source  WORKBOOK "Written", "Formats of our sheets".
"""

from datetime import date

import polars as pl

from invclose_xl.domain.words import LockedKind

Schema = dict[str, pl.DataType]

TEXT, DAY, MOMENT, UNITS = pl.String(), pl.Date(), pl.Datetime("ms"), pl.Int64()

SETTLEMENTS: Schema = {
    "closing": TEXT, "date": DAY, "item": TEXT, "group": TEXT, "principle": TEXT, "issue": TEXT, "receipt": TEXT,
    "quantity": UNITS, "amount": UNITS, "issue_date": DAY, "receipt_date": DAY, "status": TEXT,
}  # fmt: skip
VALUE_LINKS: Schema = dict(SETTLEMENTS)
ADJUSTMENTS: Schema = {
    "closing": TEXT, "date": DAY, "item": TEXT, "group": TEXT, "transaction": TEXT, "transaction_date": DAY,
    "reference": TEXT, "kind": TEXT, "quantity": UNITS, "old_cost": UNITS, "new_cost": UNITS, "adjustment": UNITS,
    "rounding_difference": UNITS, "cause": TEXT, "status": TEXT,
}  # fmt: skip
VOUCHERS: Schema = {
    "closing": TEXT, "voucher": TEXT, "date": DAY, "line": UNITS, "account": TEXT, "ledger_dimension": TEXT,
    "specification": TEXT, "debit": UNITS, "credit": UNITS, "text": TEXT,
}  # fmt: skip
CLOSING_TRANSACTIONS: Schema = {
    "closing": TEXT, "transaction": TEXT, "date": DAY, "item": TEXT, "group": TEXT, "quantity": UNITS,
    "amount": UNITS, "status": TEXT,
}  # fmt: skip
ESTIMATED_COSTS: Schema = {
    "closing": TEXT, "transaction": TEXT, "item": TEXT, "group": TEXT, "date": DAY, "quantity": UNITS,
    "unit_cost": UNITS, "amount": UNITS, "basis": TEXT, "status": TEXT, "kind": TEXT, "type": TEXT, "cause": TEXT,
}  # fmt: skip
LOCK: Schema = {
    "closing": TEXT, "type": TEXT, "up_to": DAY, "status": TEXT, "run_at": MOMENT, "run_by": TEXT, "version": TEXT,
    "specification": TEXT, "items": UNITS, "transactions": UNITS, "settlements": UNITS, "settled_amount": UNITS,
    "adjustment_amount": UNITS, "warnings": UNITS, "voucher": TEXT, "reverses": TEXT, "digest": TEXT,
    "format": UNITS,
}  # fmt: skip
LOCKED_ROWS: Schema = {"transaction": TEXT, "sequence": UNITS, "closing": TEXT, "fingerprint": TEXT, "kind": TEXT}
NOTE: Schema = {name: LOCKED_ROWS[name] for name in ("transaction", "fingerprint", "kind")}
"""what a run keeps of a transaction, before it is a row of *Locked rows*"""
LOG: Schema = {
    "closing": TEXT, "severity": TEXT, "code": TEXT, "rule": TEXT, "item": TEXT, "transaction": TEXT, "cell": TEXT,
    "message": TEXT, "fix": TEXT,
}  # fmt: skip

STOCK_VALUE: Schema = {
    "closing": TEXT, "item": TEXT, "name": TEXT, "item_group": TEXT, "model": TEXT, "group": TEXT, "unit": TEXT,
    "opening_quantity": UNITS, "opening_value": UNITS, "receipts_quantity": UNITS, "receipts_value": UNITS,
    "issues_quantity": UNITS, "issues_value": UNITS, "adjustments": UNITS, "closing_quantity": UNITS,
    "closing_value": UNITS, "unit_cost": UNITS, "not_invoiced_quantity": UNITS, "not_invoiced_value": UNITS,
    "in_transit_quantity": UNITS, "in_transit_value": UNITS, "change": UNITS,
}  # fmt: skip
QUANTITIES = frozenset(("quantity", *(name for name in STOCK_VALUE if name.endswith("_quantity"))))
"""fields that count in units of 10**-quantity_scale"""

RESULTS: dict[str, Schema] = {
    "settlements": SETTLEMENTS,
    "value_links": VALUE_LINKS,
    "adjustments": ADJUSTMENTS,
    "vouchers": VOUCHERS,
    "closing_transactions": CLOSING_TRANSACTIONS,
    "estimated_costs": ESTIMATED_COSTS,
    "lock": LOCK,
    "locked_rows": LOCKED_ROWS,
    "log": LOG,
}
"""What every run adds rows to, by name, in the order of their sheets."""
SHEETS: dict[str, Schema] = {
    **RESULTS,
    "adjustments": {**ADJUSTMENTS, "inventory_change": UNITS, "charge": TEXT},
    "vouchers": {**VOUCHERS, "account_name": TEXT},
    "stock_value": STOCK_VALUE,
}
"""All result tables: *Stock value* is drawn up anew by every run, for the latest active close.

``inventory_change`` is the adjustment as inventory feels it, receipts +, issues -; it follows from the adjustment, so
it is in no fingerprint, and rows of version 0.1.0 get it when they are written again. ``charge`` follows from what
*Locked rows* keeps of the postings, likewise. ``account_name`` is what *Posting* calls the
account at the latest run."""

FORMAT = 2
"""the format of the result sheets that runs write now; the lock says of every run which one it wrote in"""
ADDED: dict[str, dict[str, int]] = {
    "estimated_costs": {"kind": 2, "type": 2, "cause": 2},
    "lock": {"format": 2},
    "locked_rows": {"kind": 2},
}
"""the format that brought a field; all others were there from the first one on"""

Tables = dict[str, pl.DataFrame]


def is_in_format(table: str, field: str, number: int) -> bool:
    """Say whether a field of a result table was there in a format of the sheets."""
    return ADDED.get(table, {}).get(field, 1) <= number


def cast_to_schema(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the columns of a schema, in its order and types; what else the frame holds was only of use on the way."""
    return pl.DataFrame([frame.get_column(name).cast(of) for name, of in schema.items()])


def repeat_value(value: str | date | None, size: int, of: pl.DataType = TEXT) -> pl.Series:
    """Return a column of one value; a tenth of the time of ``pl.repeat``, which a small book is full of."""
    return pl.Series([value], dtype=of).new_from_index(0, size)


def select_locked_rows(history: Tables, kind: LockedKind) -> pl.DataFrame:
    """Return the rows of *Locked rows* of one kind, of all runs, whether they count still or not."""
    rows = history["locked_rows"]
    return rows.filter(pl.col("sequence").is_null() & (pl.col("kind") == kind)) if len(rows) else rows


def make_empty_tables() -> Tables:
    """Return every result table without rows: a book that was never closed."""
    return {name: pl.DataFrame(schema=schema) for name, schema in SHEETS.items()}
