"""The commands of the audit: verify; and what reconcile says of the package it wrote.

In      arguments.
Out     the table of checks on stdout.
Errors  as in ``cli``; exit code 4 where a check fails.
Source  WORKBOOK "Command line".
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from invclose_xl.cli.jobs import Answer, job
from invclose_xl.cli.options import BOOK

if TYPE_CHECKING:
    from invclose_xl.api.auditing import AuditPackage


@click.command("verify")
@BOOK
@job
def verify_command(ctx: click.Context, /, book: Path) -> Answer:
    """Check a closed book from its sheets alone, by a reader that shares nothing with the rest of this program.

    Settlements add up per receipt and per issue, adjustments are new less old cost, vouchers balance and equal the
    change of inventory value, Stock value adds up, the chain of Digests holds. Exit code 4 where one does not.
    """
    from invclose_xl.api.auditing import verify
    from invclose_xl.domain.problems.problem import Refused

    found = verify(book)
    return Answer(found.plain, found.text, code=0 if found.holds else Refused.exit_code,
                  message="" if found.holds else "The book does not hold: see the checks that failed.")  # fmt: skip


def package_answer(package: "AuditPackage") -> Answer:
    """Say what is in the package; the exit code is 4 where the book does not hold."""
    from invclose_xl.domain.problems.problem import Refused

    verified, problems = package.verification, package.reconciliation.problems

    def text() -> str:
        return (
            f"{package.reconciliation.text()}\n\n{verified.text()}\n"
            f"Written to {package.folder}: {len(package.files)} files"
        )

    if verified.holds:
        return Answer(lambda: package.document().plain(), text, problems)
    wrong = "The package was written, but the book does not hold: see the checks that failed."
    return Answer(lambda: package.document().plain(), text, problems, notes=(wrong,), code=Refused.exit_code,
                  message=wrong, stops=True)  # fmt: skip
