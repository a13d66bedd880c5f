"""Answers of the buttons of a workbook: short, for the person who pressed.

In      the summary of a run, problems.
Out     text of a few lines.
Source  WORKBOOK "Command line".
"""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.importing.book.report import ImportReport
from invclose_xl.reports.documents.document import grouped
from invclose_xl.reports.summary import Summary

KINDS_SHOWN = 6


def done(summary: Summary, kept: Path) -> str:
    """Say what a run did, and where the book as it was is kept."""
    money = f" {summary.currency}" if summary.currency else ""

    def amount(value: Decimal) -> str:
        return grouped(value) + money

    match summary.type:
        case "Closing":
            head = f"Inventory is closed up to {summary.up_to} ({summary.closing})."
        case "Recalculation":
            head = f"Costs are recalculated up to {summary.up_to} ({summary.closing})."
        case _:
            head = f"Done: {summary.closing} reverses the latest run; its period is open again."
    lines = [head, ""]
    if summary.type == "Closing":
        lines.append(f"{format_count(summary.settlements, 'settlement')}, {amount(summary.settled_amount)}")
    if summary.type != "Reversal":
        changed = f"change of inventory value {amount(summary.adjustment_amount)}"
        lines.append(f"{format_count(summary.adjustments, 'adjustment')}, {changed}")
    if summary.estimated_costs:
        lines.append(f"{format_count(summary.estimated_costs, 'estimated cost')}, {amount(summary.estimated_amount)}")
    count = sum(summary.warnings.values())
    lines.append(f"{format_count(count, 'warning')}, each on the sheet Log" if count else "No warnings")
    lines += ["", "The workbook is not saved yet: save it to keep the result.", f"The book as it was: {beside(kept)}"]
    return "\n".join(lines)


def imported_rows(report: ImportReport) -> str:
    """Count what is new and what changed: ``216 Transactions, 7 Items, 3 rows changed``."""
    parts = [f"{count:,} {sheet}" for sheet, count in report.new_rows.items() if count]
    changed = sum(report.changed_rows.values())
    return ", ".join([*parts, *([f"{format_count(changed, 'row')} changed"] if changed else [])]) or "nothing new"


def passed_over(report: ImportReport) -> str:
    """Say which rows of the export are passed over, and why, which references find nothing, and all other warnings."""
    lines = [f"  {rows:,} x {reason}" for reason, rows in report.passed_over.items()]
    lost = [f"Finds nothing: {text}" for text in report.not_found]
    said = [p.problem for p in report.problems if p.code != "IC430"]
    more = [f"and {format_count(len(said) - KINDS_SHOWN, 'more warning')}"] if len(said) > KINDS_SHOWN else []
    warned = [*(f"Warning: {text}" for text in said[:KINDS_SHOWN]), *more]
    return "\n".join([*(["Passed over:", *lines] if lines else ["No row is passed over."]), *lost, *warned])


def beside(kept: Path) -> str:
    """Name a file that is beside the book."""
    return f"{kept.name}, in the same folder"


def kinds(problems: Sequence[Problem]) -> str:
    """Count problems by kind, the most frequent first; remarks only where there is nothing else."""
    weighty = [p for p in problems if p.severity is not Severity.INFORMATION] or list(problems)
    counts: dict[str, int] = {}
    for problem in weighty:
        counts[problem.code] = counts.get(problem.code, 0) + 1
    kinds = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = [f"  {count} x {CODES[code].title} ({code})" for code, count in kinds[:KINDS_SHOWN]]
    if len(kinds) > KINDS_SHOWN:
        lines.append(f"  and {format_count(len(kinds) - KINDS_SHOWN, 'more kind')}")
    return "\n".join(lines)
