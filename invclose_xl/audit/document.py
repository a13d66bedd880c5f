"""Documents of ``verify`` and ``reconcile --package``.

Source  WORKBOOK "Command line" (verify, reconcile --package).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.audit.verify_close import Check, report
from invclose_xl.reports.documents.document import Document
from invclose_xl.reports.reconciliation.text import ReconciliationDocument


class CheckRow(Document):
    """One check of a closed book."""

    check: str
    holds: bool
    figures: str
    faults: tuple[str, ...] = Field(description="every cell that is not as it must be")
    not_checked: str = Field(description="what could not be checked, and why")


class Verification(Document):
    """A closed book, checked from its sheets alone.

    ``holds`` where every one of ``checks`` does; a check has its figures and the cells that are wrong.
    """

    schema_name: ClassVar[str] = "verification"
    book: Path
    holds: bool
    checks: tuple[CheckRow, ...]

    def text(self) -> str:
        """Return the page that the command prints."""
        return report([Check(c.check, c.figures, list(c.faults), c.not_checked) for c in self.checks])


class PackageDocument(ReconciliationDocument):
    """The auditor's package: the reconciliation, the files, and whether the book holds."""

    schema_name: ClassVar[str] = "audit_package"
    files: tuple[str, ...]
    holds: bool
    checks: tuple[CheckRow, ...]


def verification(book: Path, checks: Sequence[Check]) -> Verification:
    """Return checks as a document."""
    rows = tuple(
        CheckRow(check=c.name, holds=not c.faults, figures=c.figures, faults=tuple(c.faults), not_checked=c.left_out)
        for c in checks
    )
    return Verification(book=book, holds=all(row.holds for row in rows), checks=rows)
