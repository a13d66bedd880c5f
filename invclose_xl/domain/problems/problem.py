"""Problems of a user's data, and the errors that carry them.

A Problem is a value, never an exception: functions return all of them, so that one run names every fault
(STYLE 4). Exceptions stand only for a broken environment, a refusal before any work, or a fault of our own.

Source  WORKBOOK "Command line" (exit codes), RULES R11.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

WHAT_TO_DO = "What to do: "


class Severity(StrEnum):
    """How much a problem weighs: an error stops the run before anything is written."""

    ERROR = "Error"
    REFUSED = "Refused"
    WARNING = "Warning"
    INFORMATION = "Information"


@lru_cache(256)
def _write_sheet_name(name: str) -> str:
    """Return the name of a sheet, in quotes where Excel needs them."""
    plain = name.replace("_", "a").isalnum() and name.isascii() and not name[0].isdigit()
    return name if plain else "'" + name.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class CellRef:
    """A place in the workbook; row 0 means the sheet as a whole, an empty sheet the whole book.

    ``row`` counts as the sheet does, ``column`` is its letters, ``heading`` what is above it.
    """

    sheet: str = ""
    row: int = 0
    column: str = ""
    heading: str = ""

    def __str__(self) -> str:
        """Write it as Excel does, and quoted where Excel quotes: ``'Item model groups'!C4``."""
        if not self.sheet:
            return "Workbook"
        sheet = _write_sheet_name(self.sheet)
        return f"{sheet}!{self.column}{self.row}" if self.row else sheet

    @property
    def short(self) -> str:
        """The place inside its sheet: ``C4``."""
        return f"{self.column}{self.row}"

    def seen_from(self, other: "CellRef") -> str:
        """The place as another cell names it: ``C4`` on the same sheet, ``Transactions!C4`` from another one."""
        return self.short if self.sheet == other.sheet else str(self)

    @property
    def letters(self) -> str:
        """Return what is before the number of a row where several rows are named."""
        return self.column


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding, in the parts that text, Log sheet, JSON and documentation show.

    ``code`` is stable and documented in docs/problems.md; ``found`` is what the user sees in the cell; ``problem``
    is one sentence with its consequence; ``fix`` is an instruction, if possible with the text to enter.
    """

    code: str
    severity: Severity
    where: CellRef
    found: str
    problem: str
    fix: str
    rule: str = ""
    item: str = ""
    transaction: str = ""

    def line(self) -> str:
        """One line: ``Transactions!F128: Financial date, found '31.02.2026'. Not a … What to do: Enter … (IC104)``."""
        heading = self.where.heading
        found = f"found {self.found!r}" if self.found else ""
        what = ", ".join(p for p in (heading, found) if p)
        said = f"{self.where}: {what + '. ' if what else ''}{self.problem}"
        return " ".join(f"{said} {WHAT_TO_DO + self.fix if self.fix else ''} ({self.code})".split())


class InvCloseError(Exception):
    """Base of everything this package raises on purpose; ``exit_code`` is the contract's."""

    exit_code = 70


class InputFault(InvCloseError):
    """The input has errors; they are all in ``problems``, nothing was written."""

    exit_code = 3

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(_write_lines(problems))
        self.problems = problems


class Refused(InvCloseError):
    """The run is not allowed now (locked period, edited result sheets, nothing to reverse)."""

    exit_code = 4

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(_write_lines(problems))
        self.problems = problems


class WrongUsage(InvCloseError):
    """The command asks for what cannot be meant: an output that is the book itself, an ending that is none."""

    exit_code = 2


class BookUnusable(InvCloseError):
    """The file cannot be read or written; the message is one sentence that says what to do."""

    exit_code = 5


class InvariantBroken(InvCloseError):
    """A conservation law does not hold: a fault of this program, so nothing is written."""

    exit_code = 70


def _write_lines(problems: list[Problem]) -> str:
    """Write problems as the command line does: like ones together, and not more lines than anybody reads."""
    from invclose_xl.domain.problems.groups import write_lines  # it is about Problems, so it imports this module

    return "\n".join(write_lines(problems, listed_in="the attribute problems"))
