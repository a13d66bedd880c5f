"""The sheet *Expected*: another system's own result for a close, to be compared with ours.

In      its raw table, None where the book has no such sheet.
Out     Expected.
Errors  Findings for every faulty cell; a row without a Transaction ID, or without any figure.
Source  WORKBOOK "Optional sheets" (Expected).
"""

from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.views.expected import Expected
from invclose_xl.workbook.layout import EXPECTED
from invclose_xl.workbook.tables.columns import ids, numbers, scaled
from invclose_xl.workbook.tables.table import Findings, RawTable, required


def parse_expected(table: RawTable | None, currency_decimals: int, findings: Findings) -> Expected | None:
    """Return the rows; of Adjustment and New cost one is enough."""
    if table is None:
        return None
    transaction = ids(table, "transaction", findings)
    required(table, EXPECTED.columns[0], transaction.is_null().to_numpy(), findings)
    adjustment = scaled(numbers(table, "adjustment", findings), "adjustment", currency_decimals, "IC151", findings)
    new_cost = scaled(numbers(table, "new_cost", findings), "new_cost", currency_decimals, "IC151", findings)
    required(table, EXPECTED.columns[1], (adjustment == NO_AMOUNT) & (new_cost == NO_AMOUNT), findings)
    return Expected(
        transaction.fill_null(""), ids(table, "closing", findings).fill_null(""), adjustment, new_cost, table.cells
    )
