"""Report of a roll-forward: what went into next year's book, as a page of text and as plain data.

In      RolledForward, amounts in minor units.
Out     NextBook: amounts are Decimal.
Source  WORKBOOK "Command line" (rollforward).
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from invclose_xl.domain.problems.plurals import format_count
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.views.rollforward import RolledForward
from invclose_xl.reports.documents.document import Amount, Document, exact, grouped
from invclose_xl.reports.documents.problems import Problems
from invclose_xl.reports.summary import Parts, part_lines

SHOWN = 10


class NextBook(Document):
    """Next year's book, and what went into it.

    Amounts are Decimal in the currency of the book, quantities in the unit of the item; ``sha256`` is that of the
    archive, ``digest`` that of its last run.
    """

    schema_name: ClassVar[str] = "rollforward"
    closing: str = Field(description="the run that the next book begins with")
    up_to: date
    transactions: int = Field(description="of the archive")
    kept: int = Field(description="transactions that went along")
    folded: int = Field(description="of these, those that were folded into openings")
    openings: int = Field(description="rows for what averages left")
    groups_compared: int = Field(description="items and costing groups of which both books hold the same")
    value: Amount = Field(description="what both books hold")
    currency: str
    archive: str = Field(description="the file that was closed")
    digest: str = Field(description="of its last run")
    sha256: str = Field(description="of its file")
    formulas_kept_as_values: tuple[str, ...] = Field(description="cells whose formulas led to rows left behind")
    parts: Parts | None = Field(default=None, description="of the archive's file, in the file that was written")
    written: Path
    problems: Problems = Field(description="what reading the archive remarked")

    def text(self) -> str:
        """Return the page that the command prints."""
        return rollforward_text(self)


def next_book(made: RolledForward, problems: Sequence[Problem]) -> NextBook:
    """Turn integers of minor units into amounts."""
    return NextBook(
        closing=made.closing,
        up_to=made.up_to,
        transactions=made.transactions,
        kept=made.kept,
        folded=made.folded,
        openings=made.openings,
        groups_compared=made.groups,
        value=exact(made.value, made.currency_decimals),
        currency=made.currency,
        archive=made.archive,
        digest=made.digest,
        sha256=made.file_digest,
        formulas_kept_as_values=made.values_kept,
        parts=made.parts,
        written=Path(made.path),
        problems=tuple(problems),
    )


def rollforward_text(made: NextBook) -> str:
    """Write the page that the command prints."""
    value = f"{grouped(made.value)} {made.currency}".strip()
    groups = format_count(made.groups_compared, "item and costing group", "items and costing groups")
    behind = made.transactions - made.kept
    lines = [
        f"{made.closing}: rolled forward up to {made.up_to}",
        "",
        f"  {'Transactions of ' + made.archive:<44} {made.transactions:>10,}",
        f"  {'Settled and final, left behind':<44} {behind:>10,}",
        f"  {'Gone along':<44} {made.kept:>10,}",
        f"  {'of these folded into openings':<44} {made.folded:>10,}",
        f"  {'Openings for what averages left':<44} {made.openings:>10,}",
        "",
        f"  Both books hold the same: {groups} compared, {value} in all (sheet Roll-forward).",
        f"  The archive is {made.archive}, SHA-256 {made.sha256}",
    ]
    if made.formulas_kept_as_values:
        shown = ", ".join(made.formulas_kept_as_values[:SHOWN]) + (
            " …" if len(made.formulas_kept_as_values) > SHOWN else ""
        )
        lines.append(f"  Formulas that lead to rows left behind are values now: {shown}")
    return "\n".join([*lines, f"Written to {made.written}", *(part_lines(made.parts) if made.parts else [])])
