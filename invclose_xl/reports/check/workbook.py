"""The check as a workbook: a first page that says how it stands, a sheet per list, links to the cells of the book.

In      a CheckData and where the book lies.
Out     an .xlsx file.
Source  RULES R12.
"""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.groups import group_problems
from invclose_xl.domain.problems.printable import escape_controls
from invclose_xl.domain.problems.problem import Severity
from invclose_xl.reports.check.check import CheckData
from invclose_xl.reports.section import Column, Section
from invclose_xl.reports.sheets import GREEN, GREY, INK, RED, ReportBook, way_to

PROBLEMS = (
    Column("severity", "Severity", width=12),
    Column("code", "Code", width=8),
    Column("rule", "Rule", width=10),
    Column("item", "Item number", width=16),
    Column("transaction", "Transaction ID", width=16),
    Column("cell", "Cell", "cell", 22),
    Column("found", "Found", width=20),
    Column("problem", "Message", width=60),
    Column("fix", "What to do", width=48),
)


def write_check(report: CheckData, book: Path, path: Path, file: BinaryIO, created: datetime | None, mark: str) -> None:
    """Write the workbook that will lie at ``path``; links lead to the book by its place relative to it."""
    title = f"Check of {escape_controls(book.name)}"
    made = ReportBook(file, title, report.decimals, created, mark)
    away = way_to(book, path)
    _front(made, report, title)
    for section in (_problems(report), *report.sections):
        made.section(section, away)
    made.close()


def _front(made: ReportBook, report: CheckData, title: str) -> None:
    sheet = made.workbook.add_worksheet("Check")
    errors, refused = report.of(Severity.ERROR), report.of(Severity.REFUSED)
    stops = bool(errors or refused or report.up_to is None)
    made.head(sheet, title, f"As a close up to {report.up_to} would run." if report.up_to else "No close can run.")
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 2, 60)
    sign = made.style(bold=True, font_size=14, font_color="white", bg_color=RED if stops else GREEN, align="center")
    sheet.merge_range(3, 0, 3, 1, "A close would stop" if stops else "A close can run", sign)
    lines = [("Input errors", len(errors)), ("Refusals", len(refused)),
             ("Warnings", len(report.of(Severity.WARNING))),
             ("Information", len(report.of(Severity.INFORMATION)))]  # fmt: skip
    at = 5
    for name, count in [*lines, *((s.title, len(s)) for s in report.sections)]:
        if name in dict(lines):
            sheet.write_string(at, 0, name, made.style())
        else:
            target = next(s.name for s in report.sections if s.title == name)
            sheet.write_url(at, 0, f"internal:'{target}'!A1", made.style(font_color="#0563C1", underline=1), name)
            sheet.write_string(
                at,
                2,
                next(s.explains for s in report.sections if s.title == name),
                made.style(font_color=GREY, indent=1),
            )
        sheet.write_number(at, 1, count, made.style(num_format="#,##0", bold=True, font_color=INK))
        at += 1
    at += 1
    for code, count in sorted(Counter(p.code for p in report.problems).items()):
        sheet.write_string(at, 0, f"{code}  {CODES[code].title}", made.style())
        sheet.write_number(at, 1, count, made.style(num_format="#,##0"))
        at += 1
    made.print_setup(sheet, title)


def _problems(report: CheckData) -> Section:
    shown = [group.merge() for group in group_problems(report.problems)]
    rows = {
        "severity": [p.severity.value for p in shown],
        "code": [p.code for p in shown],
        "rule": [p.rule for p in shown],
        "item": [p.item for p in shown],
        "transaction": [p.transaction for p in shown],
        "cell": [str(p.where) if p.where.row else "" for p in shown],
        "found": [p.found for p in shown],
        "problem": [p.problem for p in shown],
        "fix": [p.fix for p in shown],
    }
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))
    return Section("Problems", "Problems and remarks", "Each with its cell in the workbook.", PROBLEMS, frame, "None.")
