"""Rows of an export that are neither received nor invoiced: ordered, reserved, quoted. They are skipped.

In      the raw table of *Transactions* with the columns Status, StatusReceipt, StatusIssue, any of them or none.
Out     the table without these rows, and Findings for it.
Errors  a remark that counts what was skipped; a warning for each status that is not known, whose rows count.
Source  WORKBOOK "Transactions" (Status); Dynamics' enumerations StatusReceipt and StatusIssue.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Bool
from invclose_xl.domain.languages.translations import index_in_all_languages
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.problems.tally import Tally
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
    return kept, Findings(kept.cells, findings.problems, tallies=findings.tallies)


def _name_unknown(name: str, words: pl.Series, unknown: Bool, findings: Findings) -> None:
    if not unknown.any():
        return
    for word in words.filter(pl.Series(unknown)).unique(maintain_order=True).to_list():
        rows = np.flatnonzero((words == word).fill_null(value=False).to_numpy())
        fix = "No action is needed if these rows are posted. Otherwise, delete them or enter Ordered."
        example = findings.example(int(rows[0]), name, Fault("IC562", str(word), "", fix))
        findings.tallies.append(Tally(("IC562", name, word), _count_unknown, (len(rows),), (example,)))


def _count_unknown(tally: Tally) -> Iterator[Problem]:
    (count,) = tally.numbers
    number = format_count(count, "row")
    yield tally.first(f"The status is not known, so only the dates decide whether a row is included ({number}).")


def _count(table: RawTable, left_out: Bool, findings: Findings) -> None:
    """Say how many rows are skipped, and warn where one carries a date nevertheless."""
    name = next(name for name in MEANINGS if table.has(name))
    dated = left_out & _is_dated(table)
    silent = Fault("IC157", "", "", "No action is needed.")
    warning = Fault("IC157", "", "", "Check the status of these rows; empty it where the row is posted.")
    examples = [findings.example(int(np.flatnonzero(left_out)[0]), name, silent, Severity.INFORMATION)]
    if dated.any():
        examples.append(findings.example(int(np.flatnonzero(dated)[0]), name, warning))
    numbers = int(left_out.sum()), int(dated.sum())
    findings.tallies.append(Tally(("IC157",), _count_unposted, numbers, tuple(examples)))


def _count_unposted(tally: Tally) -> Iterator[Problem]:
    count, dated = tally.numbers
    problem = (
        f"{format_count(count, 'row')} {choose_form(count, 'is', 'are')} neither physically nor financially posted"
        f" (ordered, reserved or quoted), and {choose_form(count, 'is', 'are')} skipped."
    )
    if dated:
        problem += f" {dated:,} of these {choose_form(dated, 'has', 'have')} a date as if posted."
    first = min(tally.examples, key=lambda example: example.severity is not Severity.WARNING)
    yield replace(first, problem=problem)


def _is_dated(table: RawTable) -> Bool:
    """Say which rows carry a date, the empty dates of other systems aside."""
    silent = Findings(table.cells)
    physical, financial = (dates(table, name, silent) for name in ("physical_date", "financial_date"))
    return np.asarray((physical != NO_DATE) | (financial != NO_DATE))
