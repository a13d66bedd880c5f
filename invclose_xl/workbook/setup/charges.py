"""The sheet *Charges*: freight, duty, a balance of the ledger, to be spread over the receipts they belong to.

In      the raw table.
Out     Charges, with the fingerprints of its columns.
Errors  Findings for every faulty cell. Whether a row selects any receipt is judged by the engine, as of a date.
Source  WORKBOOK "Optional sheets"; RULES R7.4, R10.2.
"""

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Charges, Hashes, Int32
from invclose_xl.domain.fingerprint import fingerprint_numbers, fingerprint_texts
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.words import SpreadBy
from invclose_xl.workbook.layout import CHARGES, heading_key
from invclose_xl.workbook.tables.columns import dates, ids, numbers, scaled, texts
from invclose_xl.workbook.tables.table import Findings, RawTable, required
from invclose_xl.workbook.values.values import Fault

CRITERIA = ("number", "lot", "item", "item_group", "site", "warehouse")
_WORDS = index_in_all_languages({word.value: word for word in SpreadBy}, heading_key)
_DATE, _AMOUNT = CHARGES.columns[:2]


def parse_charges(table: RawTable | None, currency_decimals: int, findings: Findings) -> Charges | None:
    """Return the rows of the sheet."""
    if table is None:
        return None
    day = dates(table, "date", findings)
    required(table, _DATE, day == NO_DATE, findings)
    amount = scaled(numbers(table, "amount", findings), "amount", currency_decimals, "IC151", findings)
    required(table, _AMOUNT, amount == NO_AMOUNT, findings)
    for row in np.flatnonzero((amount == 0) & ~findings.is_bad("amount")).tolist():
        fault = Fault("IC181", "0", "The amount is 0, so the charge changes nothing.",
                      "Enter the amount (positive where the cost rises), or delete the row.")  # fmt: skip
        findings.cell(row, "amount", fault)
    criteria = {name: ids(table, name, findings) for name in CRITERIA}
    received_from, received_to = (dates(table, name, findings) for name in ("received_from", "received_to"))
    _name_impossible_days(received_from, received_to, findings)
    account = ids(table, "offset_account", findings)
    text = texts(table, "text", findings).fill_null("")
    spread_by = _spread_by(table, findings)
    hashes: dict[str, Hashes] = {
        "date": fingerprint_numbers(day, 0, NO_DATE),
        "amount": fingerprint_numbers(amount, currency_decimals, NO_AMOUNT),
        "spread_by": fingerprint_texts(pl.Series([word.value for word in spread_by], dtype=pl.String)),
        **{name: fingerprint_texts(make_id_keys(names)) for name, names in criteria.items()},
        "received_from": fingerprint_numbers(received_from, 0, NO_DATE),
        "received_to": fingerprint_numbers(received_to, 0, NO_DATE),
        "offset_account": fingerprint_texts(make_id_keys(account)),
        "text": fingerprint_texts(text),
    }
    return Charges(
        day=day,
        amount=amount,
        spread_by=spread_by,
        criteria=criteria,
        received_from=received_from,
        received_to=received_to,
        offset_account=account.fill_null(""),
        text=text,
        hashes=hashes,
        cells=table.cells,
    )


def _spread_by(table: RawTable, findings: Findings) -> tuple[SpreadBy, ...]:
    words = texts(table, "spread_by", findings)
    fix = f"Enter {SpreadBy.VALUE}, {SpreadBy.QUANTITY} or {SpreadBy.EQUALLY}."
    unread = findings.is_bad("spread_by").copy()
    found = []
    for row, word in enumerate(words.to_list()):
        known = None if word is None else _WORDS.get(heading_key(word))
        if known is None and not unread[row]:
            problem = "Nothing says how the amount is spread." if word is None else "There is no such way to spread."
            findings.cell(row, "spread_by", Fault("IC180", word or "", problem, fix))
        found.append(known or SpreadBy.VALUE)
    return tuple(found)


def _name_impossible_days(received_from: Int32, received_to: Int32, findings: Findings) -> None:
    both = (received_from != NO_DATE) & (received_to != NO_DATE) & (received_from > received_to)
    for row in np.flatnonzero(both).tolist():
        problem = "Received to lies before Received from, so the row selects nothing."
        findings.cell(row, "received_to", Fault("IC183", "", problem, "Correct one of the two dates."))
