"""The command ``compare``: against another system's result, between two runs, or with another inventory model.

In      arguments; the clock from the command line's context.
Out     results on stdout, a workbook where one is asked for.
Errors  as in ``cli``: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line" (compare).
"""

from datetime import date
from pathlib import Path

import click

from invclose_xl.cli.options import BOOK, DAY, FORCE, JSON, QUIET, VERBOSE, say
from invclose_xl.cli.speech import result, result_json


@click.command("compare")
@BOOK
@click.option("--date", "up_to", type=DAY, help="Compare the close up to this date; computed where it was not made.")
@click.option(
    "--closing", help="Compare this close, such as IC-000003; default: the one Expected names, or the latest."
)
@click.option("--runs", nargs=2, metavar="IC-… IC-…", help="Show what changed from one run to another, and why.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the comparison to this workbook.")
@FORCE
@QUIET
@VERBOSE
@JSON
@click.pass_context
def compare_command(
    ctx: click.Context,
    book: Path,
    up_to: date | None,
    closing: str | None,
    runs: tuple[str, str] | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Compare a close with the sheet Expected: another system's own result.

    Every difference is named with its likely cause, found by computing the run again as the other system may have done
    it. BOOK is not changed.
    """
    if runs:
        others = {"--date": up_to, "--closing": closing, "--output": output}
        if given := [name for name, value in others.items() if value is not None]:
            raise click.UsageError(f"--runs compares two runs of the book and takes no {' or '.join(given)}.", ctx)
        print_changes(book, *runs, as_json)
        return
    from invclose_xl.api.comparing import compare_expected

    compared = compare_expected(
        book, up_to, closing=closing, output=output, now=ctx.obj["now"], force=force, landing=ctx.obj["landing"]
    )
    if as_json:
        result_json(compared.json())
        return
    say(compared.problems)
    result(compared.text())
    if output is not None:
        result(f"Written to {output}")


def print_changes(book: Path, one: str, other: str, as_json: bool) -> None:
    """Print what changed between two runs."""
    from invclose_xl.api.comparing import changes_between
    from invclose_xl.reports.compare import compare_json, compare_text

    changes = changes_between(book, one, other)
    if as_json:
        result_json(compare_json(changes))
    else:
        result(compare_text(changes))
