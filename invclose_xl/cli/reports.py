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

from invclose_xl.cli.audit import print_package
from invclose_xl.cli.options import (
    BOOK,
    DATE,
    DAY,
    FORCE,
    JSON,
    LOG_FILE,
    QUIET,
    STRICT,
    VERBOSE,
    WITH_WARNINGS,
    keep_log,
    note_problems,
    say,
)
from invclose_xl.cli.speech import message, result, result_json


@click.command("check")
@BOOK
@DATE
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write the report to this workbook, with links to cells."
)
@FORCE
@STRICT
@LOG_FILE
@QUIET
@VERBOSE
@JSON
@click.pass_context
def check_command(
    ctx: click.Context,
    book: Path,
    up_to: date | None,
    output: Path | None,
    force: bool,
    strict: bool,
    log_file: Path | None,
    as_json: bool,
) -> None:
    """Report input errors, and what a close would do and warn about.

    What would stay open and why, cost prices that deviate, stock below zero, transfers without partner, and what the
    close would post by account. BOOK is not changed. The exit code is 3 only for input errors.
    """
    from invclose_xl.api.checking import check_report
    from invclose_xl.domain.problems.problem import InputFault, Refused, Severity

    keep_log(log_file, ctx, book, output)
    report = check_report(book, up_to, output=output, now=ctx.obj["now"], force=force, landing=ctx.obj["landing"])
    warned = WITH_WARNINGS if strict and report.of(Severity.WARNING) else 0
    refused = Refused.exit_code if report.of(Severity.REFUSED) else warned
    code = InputFault.exit_code if report.of(Severity.ERROR) else refused
    if as_json:
        note_problems(report.problems)
        result_json(report.document().plain())
        ctx.exit(code)
    say(report.problems)
    result(report.text())
    if output is not None:
        result(f"Written to {output}")
    ctx.exit(code)


@click.command("explain")
@BOOK
@click.argument("id_")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw it into this .svg or .png file.")
@click.option(
    "--view", type=click.Choice(["time", "flow"]), help="Time diagram or cost flow; default: by what is explained."
)
@FORCE
@JSON
@click.pass_context
def explain_command(
    ctx: click.Context, book: Path, id_: str, picture: Path | None, view: str | None, force: bool, as_json: bool
) -> None:
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
    if as_json:
        result_json(explained.document().plain())
    else:
        result(explained.text())
    if picture is not None:
        message(f"Drawn into {picture}")


@click.command("reconcile")
@BOOK
@click.option("--date", "up_to", type=DAY, help="Date; default: the closed date, else the last date in BOOK.")
@click.option("--output", type=click.Path(path_type=Path), help="Workbook to write; default: BOOK.reconciliation.xlsx.")
@click.option(
    "--package", type=click.Path(path_type=Path), help="Write the auditor's package into this folder instead."
)
@FORCE
@QUIET
@VERBOSE
@JSON
@click.pass_context
def reconcile_command(
    ctx: click.Context,
    book: Path,
    up_to: date | None,
    output: Path | None,
    package: Path | None,
    force: bool,
    as_json: bool,
) -> None:
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
        ctx.exit(print_package(audit_package(book, package, up_to, now=ctx.obj["now"], force=force), as_json))

    drawn = reconcile(book, up_to, output=output, now=ctx.obj["now"], force=force, landing=ctx.obj["landing"])
    if as_json:
        result_json(drawn.document().plain())
    else:
        say(drawn.problems)
        result(f"{drawn.text()}\nWritten to {drawn.written}")
