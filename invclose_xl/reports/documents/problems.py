"""Problems and errors as documents: what ``--json`` prints where a run finds something, or stops.

Source  WORKBOOK "Command line" (exit codes).
"""

from typing import Annotated, ClassVar

from pydantic import Field, InstanceOf, PlainSerializer

from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.reports.documents.document import Document


class ProblemDocument(Document):
    """A finding in its parts."""

    code: str = Field(description="stable; explained in docs/problems.md")
    severity: Severity
    rule: str = Field(description="of docs/spec/rules.md, where one is cited")
    cell: str = Field(description="sheet and cell as Excel writes them; Workbook where no sheet is meant")
    sheet: str
    row: int = Field(description="0: the sheet as a whole")
    column: str = Field(description="its letters")
    heading: str
    found: str = Field(description="what the cell shows")
    problem: str = Field(description="one sentence, with its consequence")
    fix: str = Field(description="what to do")
    item: str
    transaction: str


def problem_document(problem: Problem) -> ProblemDocument:
    """Return a problem in its parts."""
    where = problem.where
    return ProblemDocument(
        code=problem.code, severity=problem.severity, rule=problem.rule, cell=str(where), sheet=where.sheet,
        row=where.row, column=where.column, heading=where.heading, found=problem.found, problem=problem.problem,
        fix=problem.fix, item=problem.item, transaction=problem.transaction,
    )  # fmt: skip


Problems = tuple[Annotated[InstanceOf[Problem], PlainSerializer(problem_document, ProblemDocument, "json")], ...]
"""Problem values in Python, their parts in JSON"""


class ErrorDocument(Document):
    """Why a command gave no result; with ``--json`` it is on stdout in the place of the result."""

    schema_name: ClassVar[str] = "error"
    error: str = Field(
        description="InputFault, Refused, WrongUsage, BookUnusable, InvariantBroken, Stopped; or another fault"
    )
    exit_code: int
    message: str = Field(description="what stderr says last")
    problems: Problems = Field(description="every one of them, where the workbook has problems; else empty")
