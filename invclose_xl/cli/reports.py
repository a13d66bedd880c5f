"""The commands of what people look at: check, explain, reconcile.

In      arguments; clock and user from the command line's context.
Out     results on stdout, files where one is asked for.
Errors  as in ``cli``: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line".
"""

from datetime import date
from pathlib import Path
from typing import Literal, cast

import click

from invclose_xl.cli.audit import package_answer
from invclose_xl.cli.jobs import Answer, job
from invclose_xl.cli.options import BOOK, DATE, DAY, FORCE


@click.command("check")
@BOOK
@DATE
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write the report to this workbook, with links to cells."
)
@FORCE
@job
def check_command(ctx: click.Context, /, book: Path, up_to: date | None, output: Path | None, force: bool) -> Answer:
    """Report input errors, and what a close would do and warn about.

    What would stay open and why, cost prices that deviate, stock below zero, transfers without partner, and what the
    close would post by account. BOOK is not changed. The exit code is 3 only for input errors.
    """
    from invclose_xl.api.checking import check_report
    from invclose_xl.domain.problems.plurals import format_count
    from invclose_xl.domain.problems.problem import InputFault, Refused, Severity

    report = check_report(book, up_to, output=output, now=ctx.obj["now"], force=force, landing=ctx.obj["landing"])
    errors, refused = len(report.of(Severity.ERROR)), bool(report.of(Severity.REFUSED))
    code = InputFault.exit_code if errors else Refused.exit_code if refused else 0
    said = (
        f"The input has {format_count(errors, 'error')}." if errors else "A close would be refused." if refused else ""
    )
    written = f"\nWritten to {output}" if output is not None else ""
    return Answer(lambda: report.document().plain(), lambda: report.text() + written, report.problems, code=code,
                  message=said)  # fmt: skip


@click.command("explain")
@BOOK
@click.argument("id_", metavar="ID")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw it into this .svg or .png file.")
@click.option(
    "--view", type=click.Choice(["time", "flow"]), help="Time diagram or cost flow; default: by what is explained."
)
@FORCE
@job
def explain_command(
    ctx: click.Context, /, book: Path, id_: str, picture: Path | None, view: str | None, force: bool
) -> Answer:
    """Show where every cent of a cost comes from, and where it went.

    ID is a Transaction ID, an item number, a document number, a Lot ID, a voucher of the ledger, a closing (IC-000001:
    its voucher) or a line of its voucher (IC-000001/3).
    """
    from invclose_xl.api.explaining import explain, refuse_picture

    if picture is not None:
        refuse_picture(picture, book, force=force)
    explained = explain(book, id_)
    if picture is not None:
        explained.picture(
            picture, cast("Literal['time', 'flow'] | None", view), force=force, landing=ctx.obj["landing"]
        )
    notes = () if picture is None else (f"Drawn into {picture}",)
    return Answer(lambda: explained.document().plain(), explained.text, notes=notes)


@click.command("reconcile")
@BOOK
@click.option("--date", "up_to", type=DAY, help="Date; default: the closed date, else the last date in BOOK.")
@click.option("--output", type=click.Path(path_type=Path), help="Workbook to write; default: BOOK.reconciliation.xlsx.")
@click.option(
    "--package", type=click.Path(path_type=Path), help="Write the auditor's package into this folder instead."
)
@FORCE
@job
def reconcile_command(
    ctx: click.Context,
    /,
    book: Path,
    up_to: date | None,
    output: Path | None,
    package: Path | None,
    force: bool,
) -> Answer:
    """Write a reconciliation workbook: stock against the general ledger (sheet Ledger), value, roll-forward, ageing.

    All numbers in it are live formulas over copied rows. BOOK is not changed. The auditor's package has beside it the
    book, vouchers, stock value, lock and warnings as CSV, the largest adjustments explained, and a script that checks
    all of it without this program.
    """
    from invclose_xl.api.reconciling import reconcile

    if package is not None:
        from invclose_xl.api.auditing import audit_package

        if output is not None:
            raise click.UsageError("--package names a folder for everything; leave --output out.", ctx)
        return package_answer(audit_package(book, package, up_to, now=ctx.obj["now"], force=force))

    drawn = reconcile(book, up_to, output=output, now=ctx.obj["now"], force=force, landing=ctx.obj["landing"])
    return Answer(lambda: drawn.document().plain(), lambda: f"{drawn.text()}\nWritten to {drawn.written}",
                  drawn.problems)  # fmt: skip
