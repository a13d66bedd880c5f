"""Rows of an export that are neither received nor invoiced: ordered, reserved, quoted. They are skipped.

In      the raw table of *Transactions* with the columns Status, StatusReceipt, StatusIssue, any of them or none.
Out     the table without these rows, and Findings for it.
Errors  a remark that counts what was skipped; a warning for each status that is not known, whose rows count.
Source  WORKBOOK "Transactions" (Status); Dynamics' enumerations StatusReceipt and StatusIssue.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.problems.plurals import choose_form
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.workbook.layout import heading_key
from invclose_xl.workbook.tables.columns import dates, texts
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault

POSTED, UNPOSTED, SILENT = 1, 2, 0
"""What a status says of its row."""

_RECEIPT = ("None", "Purchased", "Received", "Registered", "Arrived", "Ordered", "QuotationReceipt")
_ISSUE = ("None", "Sold", "Deducted", "Picked", "ReservPhysical", "ReservOrdered", "OnOrder", "QuotationIssue")
_OTHER_WORDS = {
    "Financial": POSTED, "Physical": POSTED, "Invoiced": POSTED, "Posted": POSTED, "Reserved": UNPOSTED,
    "ReservedPhysical": UNPOSTED, "ReservedOrdered": UNPOSTED, "Quotation": UNPOSTED,
}  # fmt: skip


def _key(word: str) -> str:
    return heading_key(word).replace(" ", "")


def _by_word(said: Mapping[str, int]) -> dict[str, int]:
    return index_in_all_languages(said, _key)


def _meanings(enumeration: tuple[str, ...], *, numbered: bool) -> dict[str, int]:
    """Return what the words of an enumeration say; its first two values after None are postings."""
    said = [SILENT, POSTED, POSTED, *(UNPOSTED for _ in enumeration[3:])]
    words = _by_word(dict(zip(enumeration, said, strict=True)))
    return words | ({str(number): meaning for number, meaning in enumerate(said)} if numbered else {})


_WORDS = _by_word(_OTHER_WORDS)
MEANINGS: Mapping[str, Mapping[str, int]] = {
    "status": _WORDS | _meanings(_RECEIPT, numbered=False) | _meanings(_ISSUE, numbered=False),
    "status_receipt": _WORDS | _meanings(_RECEIPT, numbered=True),
    "status_issue": _WORDS | _meanings(_ISSUE, numbered=True),
}


def without_unposted(table: RawTable, findings: Findings) -> tuple[RawTable, Findings]:
    """Leave out the rows whose status says that nothing was posted."""
    posted, unposted = np.zeros(len(table), dtype=np.bool_), np.zeros(len(table), dtype=np.bool_)
    for name, known in MEANINGS.items():
        if not table.has(name):
            continue
        words = texts(table, name, findings)
        said_by = {word: known.get(_key(word), -1) for word in words.drop_nulls().unique().to_list()}
        said = words.replace_strict(said_by, default=SILENT, return_dtype=pl.Int8).to_numpy()
        posted |= said == POSTED
        unposted |= said == UNPOSTED
        _name_unknown(name, words, said == -1, findings)
    left_out = unposted & ~posted
    if not left_out.any():
        return table, findings
    _count(table, left_out, findings)
    kept = table.without_rows(left_out)
    return kept, Findings(kept.cells, findings.problems)


def _name_unknown(name: str, words: pl.Series, unknown: Bool, findings: Findings) -> None:
    if not unknown.any():
        return
    for word in words.filter(pl.Series(unknown)).unique(maintain_order=True).to_list():
        rows = np.flatnonzero((words == word).fill_null(value=False).to_numpy())
        number = f"{len(rows):,} rows" if len(rows) > 1 else "1 row"
        problem = f"The status is not known, so only the dates decide whether a row is included ({number})."
        fix = "No action is needed if these rows are posted. Otherwise, delete them or enter Ordered."
        findings.cell(int(rows[0]), name, Fault("IC562", str(word), problem, fix), Severity.WARNING)


def _count(table: RawTable, left_out: Bool, findings: Findings) -> None:
    """Say how many rows are skipped, and warn where one carries a date nevertheless."""
    rows = np.flatnonzero(left_out)
    name = next(name for name in MEANINGS if table.has(name))
    dated = left_out & _is_dated(table)
    problem = "1 row is" if len(rows) == 1 else f"{len(rows):,} rows are"
    problem += " neither physically nor financially posted (ordered, reserved or quoted), and"
    problem += " is skipped." if len(rows) == 1 else " are skipped."
    if dated.any():
        count = int(dated.sum())
        problem += f" {count:,} of these {choose_form(count, 'has', 'have')} a date as if posted."
        fix = "Check the status of these rows; empty it where the row is posted."
    else:
        fix = "No action is needed."
    first = int(np.flatnonzero(dated if dated.any() else left_out)[0])
    severity = Severity.WARNING if dated.any() else Severity.INFORMATION
    findings.cell(first, name, Fault("IC157", "", problem, fix), severity)


def _is_dated(table: RawTable) -> Bool:
    """Say which rows carry a date, the empty dates of other systems aside."""
    silent = Findings(table.cells)
    physical, financial = (dates(table, name, silent) for name in ("physical_date", "financial_date"))
    return np.asarray((physical != NO_DATE) | (financial != NO_DATE))
