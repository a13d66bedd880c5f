"""The sheet *Ledger*: the general ledger's own lines or balances.

In      its raw table, None where the book has no such sheet.
Out     Ledger.
Errors  Findings for every faulty cell; a line without account or amount.
Source  WORKBOOK "Optional sheets" (Ledger).
"""

import numpy as np

from invclose_xl.domain.book import Ledger
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.workbook.layout import LEDGER
from invclose_xl.workbook.tables.columns import dates, ids, numbers, scaled
from invclose_xl.workbook.tables.table import Findings, RawTable, required


def parse_ledger(table: RawTable | None, currency_decimals: int, findings: Findings) -> Ledger | None:
    """Return the lines; a blank date means a balance brought forward."""
    if table is None:
        return None
    account = ids(table, "account", findings)
    required(table, LEDGER.columns[0], account.is_null().to_numpy(), findings)
    amount = scaled(numbers(table, "amount", findings), "amount", currency_decimals, "IC151", findings)
    required(table, LEDGER.columns[3], amount == NO_AMOUNT, findings)
    return Ledger(
        account=account.fill_null(""),
        day=dates(table, "date", findings),
        voucher=ids(table, "voucher", findings).fill_null(""),
        amount=np.where(amount == NO_AMOUNT, 0, amount),
        cells=table.cells,
    )
