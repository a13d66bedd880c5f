"""A raw InventTrans pasted into *Transactions*: columns whose meaning is in another table are named.

In      the raw table.
Out     nothing.
Errors  a warning (IC434) for each such column where the sheet does not say the same itself.
Source  WORKBOOK "Transactions".
"""

from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.workbook.layout import heading_key
from invclose_xl.workbook.setup.costing_groups import FIELDS
from invclose_xl.workbook.tables.headings import ORIGIN
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault

FIX = "Import the tables with invclose-xl import, which joins them; or fill in the columns here."


def name_columns_of_other_tables(table: RawTable, findings: Findings) -> None:
    """Warn where dimensions or references are in a table that is not here: the user's own columns show it."""
    keys = {heading_key(heading) for heading in table.own_headings}
    if "inventdimid" in keys and not any(table.has(name) for name in FIELDS.values()):
        _warn(findings, "InventDimId", "The sheet has no dimensions, only their key (InventDimId), whose meaning stands"
              " in the table InventDim: costs are not kept by site or anything else.")  # fmt: skip
    origin = ORIGIN in keys or heading_key(table.cells.columns.get("lot", ("", ""))[1]) == ORIGIN
    if origin and not table.has("reference"):
        problem = (
            "The sheet has no Reference, only a key (InventTransOrigin), whose meaning stands in the table"
            " InventTransOrigin: transfers, production and returns are not told apart."
        )
        _warn(findings, "InventTransOrigin", problem)


def _warn(findings: Findings, found: str, problem: str) -> None:
    where = CellRef(findings.cells.sheet)
    findings.at(where, Fault("IC434", found, problem, FIX), Severity.WARNING)
