"""Rows of an import that the lock of a book does not let in: the book needs no correction, the export does.

In      the refusals that a close of the new book would give, what the import adds and changes.
Out     the same refusals with what the export has, what the book has, and what to do about an export.
Source  WORKBOOK "Command line" (import --into); RULES R10.1, R10.2, R7.4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from invclose_xl.domain.problems.problem import CellRef, Problem
from invclose_xl.importing.book.fill import Changes, SheetRows

SETTLED_BEFORE = ("prior_settled_quantity", "prior_settled_amount", "prior_adjustment")
ADDED = ("IC204", "IC206", "IC207")
"""What is dated in the closed period"""


@dataclass(frozen=True, slots=True)
class LockedBook:
    """Rows behind the lock, and what a close of the new book would refuse."""

    problems: Sequence[Problem]
    closing: str
    """the latest one"""
    transactions: frozenset[str] = frozenset()
    """keys of the IDs that are locked"""


@dataclass(frozen=True, slots=True)
class Edits:
    """Edits that an import makes to a sheet."""

    place: SheetRows
    changes: Changes
    old: Mapping[int, Mapping[str, str | None]]
    """row -> field -> what is there"""


def refusals_of_an_import(locked: LockedBook, edits: Mapping[str, Edits]) -> list[Problem]:
    """Say each refusal as one of the export."""
    return [_said(problem, locked.closing, edits.get(problem.where.sheet)) for problem in locked.problems]


def _said(problem: Problem, closing: str, edits: Edits | None) -> Problem:
    if edits is None:
        return problem
    where, way = problem.where, f"or reverse {closing} first and import again"
    if where.row > edits.place.last_row:
        where = CellRef(where.sheet, heading=where.heading)
    if problem.code in ADDED:
        fix = f"Correct the date in the system and export again, leave the row out of the export, {way}."
        return replace(problem, where=where, found=problem.transaction or problem.found, fix=fix)
    field = next((f for f, text in edits.place.headings.columns.items()
                  if edits.place.headings.texts[text].strip() == where.heading), "")  # fmt: skip
    changed = edits.changes.get(where.row, {})
    if field not in changed:
        return problem
    new, old = changed[field] or "nothing", edits.old[where.row].get(field) or "nothing"
    if field in SETTLED_BEFORE:
        text = "The export has another value than this locked row: the system has closed what the book closed itself."
        fix = f"Leave the column {where.heading} out of the export, {way}."
    else:
        text = "The export has another value than this locked row."
        fix = (
            "Leave the row out of the export; where a cost changed, enter the difference on the sheet Cost adjustments"
            f" with a later date; {way}."
        )
    return replace(problem, found=f"{new} (the book has {old})", problem=text, fix=fix)
