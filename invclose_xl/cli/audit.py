"""The commands of the audit: verify; and what reconcile says of the package it wrote.

In      arguments.
Out     the table of checks on stdout.
Errors  as in ``cli``; exit code 4 where a check fails.
Source  WORKBOOK "Command line".
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from invclose_xl.cli.options import BOOK, JSON
from invclose_xl.cli.speech import message, result, result_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from invclose_xl.api.auditing import Handed
    from invclose_xl.audit.verify_close import Check


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
    from invclose_xl.audit.verify_close import report
    from invclose_xl.domain.problems.problem import Refused

    checks = verify(book)
    if as_json:
        result_json({"book": str(book), **checks_json(checks)})
    else:
        result(report(checks))
    ctx.exit(Refused.exit_code if any(check.faults for check in checks) else 0)


def checks_json(checks: "Sequence[Check]") -> dict[str, Any]:
    """Return checks as plain data."""
    return {
        "holds": not any(check.faults for check in checks),
        "checks": [
            {
                "check": check.name,
                "holds": not check.faults,
                "figures": check.figures,
                "faults": check.faults,
                "not_checked": check.left_out,
            }
            for check in checks
        ],
    }


def say_handed(handed: "Handed", as_json: bool, drawn: dict[str, Any], text: str) -> int:
    """Say what stands in the package, and return the exit code: 4 where the book does not hold."""
    from invclose_xl.audit.verify_close import report
    from invclose_xl.domain.problems.problem import Refused

    failed = any(check.faults for check in handed.checks)
    if as_json:
        result_json({**drawn, "written": str(handed.folder), "files": handed.files, **checks_json(handed.checks)})
    else:
        result(f"{text}\n\n{report(handed.checks)}\nWritten to {handed.folder}: {len(handed.files)} files")
    if failed:
        message("The package was written, but the book does not hold: see the checks that failed.")
    return Refused.exit_code if failed else 0
