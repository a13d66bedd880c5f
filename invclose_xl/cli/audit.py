"""The commands of the audit: verify; and what reconcile says of the package it wrote.

In      arguments.
Out     the table of checks on stdout.
Errors  as in ``cli``; exit code 4 where a check fails.
Source  WORKBOOK "Command line".
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from invclose_xl.cli.options import BOOK, JSON, say
from invclose_xl.cli.speech import message, result, result_json

if TYPE_CHECKING:
    from invclose_xl.api.auditing import AuditPackage


@click.command("verify")
@BOOK
@JSON
@click.pass_context
def verify_command(ctx: click.Context, book: Path, as_json: bool) -> None:
    """Check a closed book from its sheets alone, by a reader that shares nothing with the rest of this program.

    Settlements add up per receipt and per issue, adjustments are new less old cost, vouchers balance and equal the
    change of inventory value, Stock value adds up, the chain of Digests holds. Exit code 4 where one does not.
    """
    from invclose_xl.api.auditing import verify
    from invclose_xl.domain.problems.problem import Refused

    found = verify(book)
    if as_json:
        result_json(found.plain())
    else:
        result(found.text())
    ctx.exit(0 if found.holds else Refused.exit_code)


def print_package(package: "AuditPackage", as_json: bool) -> int:
    """Say what stands in the package, and return the exit code: 4 where the book does not hold."""
    from invclose_xl.domain.problems.problem import Refused

    verified = package.verification
    if as_json:
        result_json(package.document().plain())
    else:
        say(package.reconciliation.problems)
        result(
            f"{package.reconciliation.text()}\n\n{verified.text()}\n"
            f"Written to {package.folder}: {len(package.files)} files"
        )
    if not verified.holds:
        message("The package was written, but the book does not hold: see the checks that failed.")
    return 0 if verified.holds else Refused.exit_code
