"""Faults of an export, as Problems of the family IC4xx; collected, so that one run names all.

In      a table, a row of it, a column, what was found.
Out     Problems with the file and the cell as a spreadsheet program would show them.
Source  WORKBOOK "Command line" (import, exit code 3).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Severity
from invclose_xl.workbook.package.cell_reference import column_letters

MOST_NAMED = 20
"""More rows with one and the same fault are counted, not named."""


@dataclass(slots=True)
class Faults:
    """The faults of one import in the order they are found."""

    problems: list[Problem] = field(default_factory=list)

    def add(
        self, code: str, where: CellRef, found: str, problem: str, fix: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Keep one more."""
        self.problems.append(Problem(code, severity, where, found, problem, fix, CODES[code].rule))

    def stop_if_any(self) -> None:
        """Raise InputFault if anything is an error; errors come first."""
        if any(p.severity is Severity.ERROR for p in self.problems):
            raise InputFault(sorted(self.problems, key=lambda p: p.severity is not Severity.ERROR))


def fault(code: str, place: str, found: str, problem: str, fix: str) -> InputFault:
    """Return one fault to be raised at once."""
    return InputFault([Problem(code, Severity.ERROR, CellRef(place), found, problem, fix, CODES[code].rule)])


def cell_of(file: str, row: int, position: int, heading: str) -> CellRef:
    """Return the place of a cell in an export's file: ``row`` counts the heading, ``position`` columns from 0."""
    return CellRef(file, row, column_letters(position + 1), heading)


def and_more(count: int, named: int = MOST_NAMED, what: str = "row") -> str:
    """Say how many more there are like those that are named, '' where all of them are: for the last one's sentence."""
    return f" ({format_count(count - named, f'more {what}')} like it.)" if count > named else ""


def listed(names: Iterable[str], most: int = 30) -> str:
    """Join names for a sentence, not more than anybody reads."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
