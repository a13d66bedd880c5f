"""The sheets *Posting* and *Cost adjustments*.

In      their raw tables; the IDs of the transactions, folded, in row order.
Out     PostingRules; CostAdjustments.
Errors  Findings for every faulty cell. Which receipts may be adjusted, and whether a profile is complete, is judged
        by the engine.
Source  WORKBOOK "Optional sheets"; RULES R7.4, R9.1.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, CostAdjustments, PostingRule, Prints
from invclose_xl.domain.fingerprint import number_prints, text_prints
from invclose_xl.domain.id_keys import id_key, id_keys
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.plurals import counted, plural
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.domain.words import REFERENCES
from invclose_xl.workbook.cells.cells import BLANK
from invclose_xl.workbook.layout import COST_ADJUSTMENTS, heading_key
from invclose_xl.workbook.tables.columns import dates, ids, numbers, scaled, texts
from invclose_xl.workbook.tables.keys import positions
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault, shown

ROUNDING = "Rounding"
MOST_NAMES = 5
_SPELLINGS = {reference.casefold(): reference for reference in (*REFERENCES, ROUNDING)}
_APPLIES = {"transaction": False, "on hand": True}


def parse_posting(table: RawTable | None, findings: Findings) -> tuple[PostingRule, ...]:
    """Return the posting profile; blank item group or reference means any."""
    if table is None:
        return ()
    group, inventory, offset = (
        ids(table, name, findings) for name in ("item_group", "inventory_account", "offset_account")
    )
    reference = texts(table, "reference", findings)
    rules = []
    seen: dict[tuple[str, str], int] = {}
    for row in range(len(table)):
        word = reference[row] or ""
        rule = PostingRule(
            group[row] or "", _SPELLINGS.get(word.casefold(), word), inventory[row] or "", offset[row] or ""
        )
        unread = any(findings.is_bad(name)[row] for name in ("item_group", "reference"))
        key = ("" if rule.reference == ROUNDING else id_key(rule.item_group), rule.reference.casefold())
        if key in seen and not unread:
            first = findings.cells.cell(seen[key], "reference")
            meaning = "the rounding account" if rule.reference == ROUNDING else "this item group and reference"
            fault = Fault("IC140", word, f"Row {first.row} already gives {meaning}.", "Delete one of the two rows.")
            findings.cell(row, "reference", fault)
        elif not unread:
            seen[key] = row
        accounts_unread = findings.is_bad("inventory_account")[row] or findings.is_bad("offset_account")[row]
        if not (rule.inventory_account or rule.offset_account or accounts_unread):
            fault = Fault("IC118", "", "The row names no account.", "Enter the accounts, or delete the row.")
            findings.cell(row, "offset_account", fault)
        rules.append(rule)
    return tuple(rules)


def name_unknown_groups(table: RawTable, item_groups: Sequence[str], findings: Findings) -> None:
    """Count in one remark the rules of item groups that no item belongs to."""
    known = {id_key(group) for group in item_groups}
    group = ids(table, "item_group", Findings(table.cells))
    rows = [row for row in range(len(table)) if group[row] and id_key(group[row]) not in known]
    if rows:
        names = ", ".join(list(dict.fromkeys(str(group[row]) for row in rows))[:MOST_NAMES])
        names += " …" if len({group[row] for row in rows}) > MOST_NAMES else ""
        problem = f"No item of the sheet Items belongs to {names}; {counted(len(rows), 'row')} of this sheet"
        problem += f" {plural(len(rows), 'has', 'have')} no effect."
        fix = "Correct the item group. No action is needed if its items are not in this workbook."
        findings.cell(rows[0], "item_group", Fault("IC197", "", problem, fix), Severity.INFORMATION)


def charged_names(table: RawTable | None) -> pl.Series:
    """Return the names in the column Transaction ID of *Cost adjustments*."""
    if table is None:
        return pl.Series([], dtype=pl.String)
    return ids(table, "transaction", Findings(table.cells))


def parse_cost_adjustments(
    table: RawTable | None, transaction_keys: pl.Series, known: bool, currency_decimals: int, findings: Findings
) -> CostAdjustments | None:
    """Return the manual cost adjustments; ``known`` is False where the transactions could not be read."""
    if table is None:
        return None
    transaction = ids(table, "transaction", findings)
    required(table, COST_ADJUSTMENTS.columns[0], transaction.is_null().to_numpy(), findings)
    row_of = positions(transaction, transaction_keys)
    if known:
        for row in np.flatnonzero((row_of < 0) & transaction.is_not_null().to_numpy()).tolist():
            problem = "The sheet Transactions has no such Transaction ID."
            findings.cell(row, "transaction", Fault("IC141", str(transaction[row]), problem, "Correct the ID."))
    day = dates(table, "date", findings)
    required(table, COST_ADJUSTMENTS.columns[1], day == NO_DATE, findings)
    amount = scaled(numbers(table, "amount", findings), "amount", currency_decimals, "IC151", findings)
    new_cost = table.column("new_unit_cost")
    for row in np.flatnonzero(new_cost.kind != BLANK).tolist():
        fault = Fault("IC196", shown(new_cost.cell(row), table.locale), "A New unit cost is not used by this version.",
                      "Enter as Amount: New unit cost times the quantity, less the cost of the receipt; and empty this"
                      " cell.")  # fmt: skip
        findings.cell(row, "new_unit_cost", fault)
    blank = ((amount == NO_AMOUNT) | (amount == 0)) & ~findings.is_bad("amount")
    for row in np.flatnonzero(blank & (new_cost.kind == BLANK)).tolist():
        found = "" if amount[row] == NO_AMOUNT else "0"
        fault = Fault("IC142", found, "A cost adjustment without an amount changes nothing.",
                      "Enter the amount (positive where the cost rises), or delete the row.")  # fmt: skip
        findings.cell(row, "amount", fault)
    return CostAdjustments(
        transaction=row_of,
        day=day,
        amount=amount,
        on_hand=_on_hand(table, findings),
        offset_account=ids(table, "offset_account", findings).fill_null(""),
        text=texts(table, "text", findings).fill_null(""),
        cells=table.cells,
    )


def adjustment_prints(table: RawTable, adjustments: CostAdjustments, currency_decimals: int) -> dict[str, Prints]:
    """Return the fingerprints of the sheet's columns (RULES R10.2)."""
    silent = Findings(table.cells)
    return {
        "transaction": text_prints(id_keys(ids(table, "transaction", silent))),
        "date": number_prints(adjustments.day, 0, NO_DATE),
        "amount": number_prints(adjustments.amount, currency_decimals, NO_AMOUNT),
        "applies_to": number_prints(adjustments.on_hand.astype(np.int64), 0, 0),
        "offset_account": text_prints(id_keys(adjustments.offset_account)),
        "text": text_prints(adjustments.text),
    }


def _on_hand(table: RawTable, findings: Findings) -> np.ndarray:
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
