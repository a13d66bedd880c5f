"""The auditor's file knows every heading of Transactions that a close knows, also those that only an export has."""

import pytest

from invclose_xl.audit.verify_close import GRID, INPUTS
from invclose_xl.workbook.layout import TRANSACTIONS, InputColumn

NAMES = {name for names in INPUTS["Transactions"].values() for name in names}
READ = [column for column in TRANSACTIONS.columns if column.heading in NAMES]


@pytest.mark.parametrize("column", READ, ids=lambda c: c.field)
def test_every_name_of_a_column_that_is_verified_is_known(column: InputColumn) -> None:
    """A column of one name alone would be verified in one book and missed in another."""
    field = next(field for field, names in INPUTS["Transactions"].items() if column.heading in names)
    aliases = set(column.aliases) - {"ReferenceCategory"}  # a field of its own there
    assert aliases <= set(INPUTS["Transactions"][field])
    assert set(column.in_grid) <= set(GRID.get(field, ()))
