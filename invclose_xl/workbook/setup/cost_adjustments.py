"""The sheet *Cost adjustments*: receipts whose cost is changed by an amount, or to a new unit cost.

In      the raw table; the IDs of the transactions, folded, in row order.
Out     CostAdjustments, with the fingerprints of its columns.
Errors  Findings for every faulty cell. Which receipts may be adjusted is judged by the engine.
Source  WORKBOOK "Optional sheets"; RULES R7.4, R10.2.
"""

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool, CostAdjustments, Hashes, Int64
from invclose_xl.domain.fingerprint import fingerprint_numbers, fingerprint_texts
from invclose_xl.domain.id_keys import find_positions, make_id_keys
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.money import NO_AMOUNT, UNIT_COST_SCALE
from invclose_xl.workbook.layout import COST_ADJUSTMENTS, heading_key
from invclose_xl.workbook.tables.columns import dates, ids, numbers, scale_of, scaled, texts
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault, shown

_APPLIES = index_in_all_languages({"Transaction": False, "On hand": True}, heading_key)
_TRANSACTION, _DATE = COST_ADJUSTMENTS.columns[:2]


def charged_names(table: RawTable | None) -> pl.Series:
    """Return the names in the column Transaction ID."""
    if table is None:
        return pl.Series([], dtype=pl.String)
    return ids(table, "transaction", Findings(table.cells))


def parse_cost_adjustments(
    table: RawTable | None, transaction_keys: pl.Series, known: bool, currency_decimals: int, findings: Findings
) -> CostAdjustments | None:
    """Return the manual cost adjustments; ``known`` is False where the transactions could not be read."""
    if table is None:
        return None
    if not (table.has("amount") or table.has("new_unit_cost")):
        problem = "The sheet has neither an Amount nor a New unit cost, so nothing says what a cost changes to."
        findings.at(table.cells.cell(0, "transaction"), Fault("IC102", "", problem, "Add one of the two columns."))
        return None
    transaction = ids(table, "transaction", findings)
    required(table, _TRANSACTION, transaction.is_null().to_numpy(), findings)
    row_of = find_positions(transaction, transaction_keys)
    if known:
        for row in np.flatnonzero((row_of < 0) & transaction.is_not_null().to_numpy()).tolist():
            problem = "The sheet Transactions has no such Transaction ID."
            findings.cell(
                row, "transaction", Fault("IC141", str(transaction[row]), problem, "Correct the ID, or delete the row.")
            )
    day = dates(table, "date", findings)
    required(table, _DATE, day == NO_DATE, findings)
    amount = scaled(numbers(table, "amount", findings), "amount", currency_decimals, "IC151", findings)
    read = numbers(table, "new_unit_cost", findings)
    scale = max(scale_of([read], UNIT_COST_SCALE), currency_decimals)
    unit_cost = scaled(read, "new_unit_cost", scale, "IC152", findings)
    _one_of_the_two(table, amount, unit_cost, findings)
    return CostAdjustments(
        transaction=row_of,
        day=day,
        amount=amount,
        on_hand=_on_hand(table, findings),
        offset_account=ids(table, "offset_account", findings).fill_null(""),
        text=texts(table, "text", findings).fill_null(""),
        cells=table.cells,
        new_unit_cost=unit_cost,
        unit_cost_scale=scale,
    )


def _one_of_the_two(table: RawTable, amount: Int64, unit_cost: Int64, findings: Findings) -> None:
    """Name the rows that give both an amount and a new unit cost, neither of them, or an impossible one."""
    is_bad = findings.is_bad("amount") | findings.is_bad("new_unit_cost")
    has_amount, has_unit_cost = amount != NO_AMOUNT, unit_cost != NO_AMOUNT
    cells = table.column("new_unit_cost")
    for row in np.flatnonzero(has_amount & has_unit_cost & ~is_bad).tolist():
        problem = "The row gives both an Amount and a New unit cost."
        fix = (
            "Empty one of the two: Amount is what the cost changes by, New unit cost what one unit costs from then on."
        )
        fault = Fault("IC186", shown(cells.cell(row), table.locale), problem, fix)
        findings.cell(row, "new_unit_cost", fault)
    for row in np.flatnonzero(has_unit_cost & (unit_cost < 0) & ~is_bad & ~has_amount).tolist():
        fault = Fault("IC187", shown(cells.cell(row), table.locale), "A receipt cannot cost less than nothing.",
                      "Enter a New unit cost of 0 or more.")  # fmt: skip
        findings.cell(row, "new_unit_cost", fault)
    for row in np.flatnonzero((~has_amount | (amount == 0)) & ~has_unit_cost & ~is_bad).tolist():
        fault = Fault("IC142", "0" if has_amount[row] else "", "A cost adjustment without an amount changes nothing.",
                      "Enter an Amount (positive where the cost rises) or a New unit cost, or delete the row."
                      )  # fmt: skip
        findings.cell(row, "amount", fault)


def adjustment_hashes(table: RawTable, adjustments: CostAdjustments, currency_decimals: int) -> dict[str, Hashes]:
    """Return the fingerprints of the sheet's columns (RULES R10.2)."""
    silent = Findings(table.cells)
    return {
        "transaction": fingerprint_texts(make_id_keys(ids(table, "transaction", silent))),
        "date": fingerprint_numbers(adjustments.day, 0, NO_DATE),
        "amount": fingerprint_numbers(adjustments.amount, currency_decimals, NO_AMOUNT),
        "applies_to": fingerprint_numbers(adjustments.on_hand.astype(np.int64), 0, 0),
        "offset_account": fingerprint_texts(make_id_keys(adjustments.offset_account)),
        "text": fingerprint_texts(adjustments.text),
        "new_unit_cost": fingerprint_numbers(adjustments.new_unit_cost, adjustments.unit_cost_scale, NO_AMOUNT),
    }


def _on_hand(table: RawTable, findings: Findings) -> Bool:
    applies = texts(table, "applies_to", findings)
    claims = np.zeros(len(table), dtype=np.bool_)
    for row in np.flatnonzero(applies.is_not_null().to_numpy()).tolist():
        known = _APPLIES.get(heading_key(applies[row]))
        if known is None:
            fault = Fault("IC143", applies[row], "An adjustment applies to the transaction or to what is on hand.",
                          "Enter Transaction or On hand.")  # fmt: skip
            findings.cell(row, "applies_to", fault)
        claims[row] = bool(known)
    return claims
