"""Subtotal rows that an export left between its rows: named in one line, and judged no further.

In      the raw table of *Transactions*.
Out     the table without them.
Errors  IC193 for each of them, all alike, so that they are one line.
Source  WORKBOOK "Command line" (each input error is one line); RULES R11.
"""

import re

import numpy as np

from invclose_xl.domain.book import Bool
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault

_SAYS_TOTAL = re.compile(
    r"\b((sub|grand)?[ -]?totals?|sums?|(zwischen)?summe|gesamt(ergebnis|summe)?|ergebnis|totaa?le?|suma)\b",
    re.IGNORECASE,
)
_LABELS = ("id", "item", "reference", "number", "lot")
_FIGURES = ("quantity", "physical_amount", "financial_amount")
_DATES = ("physical_date", "financial_date")
FAULT = Fault(
    "IC193", "", "The row is a subtotal: it has figures and no date, and says that it is a total.",
    "Delete the subtotal rows: the rows above them count already.",
)  # fmt: skip


def without_subtotals(table: RawTable, findings: Findings) -> tuple[RawTable, Findings]:
    """Name the subtotal rows and leave them out, so that nothing else is said of them."""
    is_total = _subtotals(table)
    rows = np.flatnonzero(is_total).tolist()
    if not rows:
        return table, findings
    for row in rows:
        findings.cell(row, "id", FAULT)
    kept = table.without_rows(is_total)
    return kept, Findings(kept.cells, findings.problems, tallies=findings.tallies)


def _subtotals(table: RawTable) -> Bool:
    """Rows with figures and no date, whose ID, item, reference, number or lot says that they are a total.

    A row with an ID and an item is a transaction, whatever its item is called, unless its ID says that it is a total.
    """
    filled = {name: table.filled(name) for name in (*_LABELS, *_FIGURES, *_DATES)}
    candidates = ~np.logical_or.reduce([filled[name] for name in _DATES])
    candidates &= np.logical_or.reduce([filled[name] for name in _FIGURES])
    named = filled["id"] & filled["item"]
    found = np.zeros(len(table), dtype=np.bool_)
    if candidates.any():
        for name in _LABELS:
            words = table.column(name).text()
            asked = candidates & filled[name] & (~named if name != "id" else filled["id"])
            for row in np.flatnonzero(asked).tolist():
                found[row] |= _SAYS_TOTAL.search(str(words[row] or "")) is not None
    return found
