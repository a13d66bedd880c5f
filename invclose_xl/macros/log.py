"""Findings of a button on the sheet Log of the open book: below the rows of closings, without a closing number.

In      the open book, a copy of it, problems; like ones are one row.
Out     the Log rewritten, the first faulty cell selected, and what to say.
Errors  none of its own.
Source  WORKBOOK "Written" (Log).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from invclose_xl.closing.record import make_log_rows
from invclose_xl.domain.problems.groups import group_problems
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import WHAT_TO_DO, CellRef, Problem, Severity
from invclose_xl.macros.words import kinds
from invclose_xl.workbook.open_book.book import OpenBook
from invclose_xl.workbook.results.earlier_cells import Entry, ResultSheet, Rows, empty_log, result_sheets

LOG = "Log"
MOST_LOGGED = 10_000


@dataclass(frozen=True, slots=True)
class ButtonResult:
    """How a button ends: a message, and whether it is bad news."""

    text: str
    is_bad: bool = False


def logged(open_book: OpenBook, copy: Path, problems: Sequence[Problem]) -> ButtonResult:
    """Write findings to the Log, go to the first faulty cell, and say what was found."""
    before = result_sheets(copy)
    old = before.get(LOG)
    new = _with_findings(old or empty_log(), problems)
    open_book.replace_results({LOG: old} if old else {}, {LOG: new})
    bad = [p for p in problems if p.severity in (Severity.ERROR, Severity.REFUSED)]
    first = next((p for p in bad if p.where.row), None)
    if first is not None:
        open_book.show(first.where)
    elif problems:
        open_book.show(CellRef(LOG))
    if not problems:
        return ButtonResult("Nothing is wrong, and there is nothing to warn about.")
    if not bad:
        count = sum(p.severity is Severity.WARNING for p in problems)
        what = f"{format_count(count, 'warning')}, each on the sheet Log" if count else "Only remarks, on the sheet Log"
        return ButtonResult(f"No errors. {what}:\n\n{kinds(problems)}")
    text = f"{format_count(len(bad), 'problem')} to correct first, each with its cell on the sheet Log:\n\n{kinds(bad)}"
    if first is not None:
        text += f"\n\nThe first is selected: {first.where}. {first.problem} {WHAT_TO_DO}{first.fix}"
    return ButtonResult(f"{text}\n\nNothing but the Log was changed.", is_bad=True)


def _with_findings(log: ResultSheet, problems: Sequence[Problem]) -> ResultSheet:
    """Return the Log with the rows of closings kept, and below them what was found now, without a closing."""
    closing = log.columns["closing"] - 1
    rows: Rows = {line_number: row for line_number, row in log.rows.items() if line_number <= log.heading_row}
    number = log.heading_row
    for line_number, row in sorted(log.rows.items()):
        if line_number > log.heading_row and len(row) > closing and row[closing] not in (None, "'"):
            number += 1
            rows[number] = row
    findings = make_log_rows("", [group.merge() for group in group_problems(problems)[:MOST_LOGGED]])
    width = max(log.columns.values())
    for record in findings.iter_rows(named=True):
        number += 1
        entries: list[Entry] = [None] * width
        for field, value in record.items():
            if value:
                entries[log.columns[field] - 1] = f"'{value}"
        rows[number] = entries
    return log.with_rows(rows)
