"""The command ``rollforward``: next year's book.

In      arguments; clock and user from the command line's context.
Out     the next book; what went into it on stdout.
Errors  as in ``cli``: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line" (rollforward).
"""

from pathlib import Path

import click

from invclose_xl.cli.jobs import Answer, job
from invclose_xl.cli.options import BOOK, FORCE


@click.command("rollforward")
@BOOK
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="The next book; BOOK itself is only read."
)
@click.option("--drop-signature", is_flag=True, help="Write a signed workbook without its signature.")
@FORCE
@job
def rollforward_command(ctx: click.Context, /, book: Path, output: Path, drop_signature: bool, force: bool) -> Answer:
    """Make next year's book of a closed one.

    What is settled and final stays behind; what is open goes along, with what was settled of it. The period stays
    locked. BOOK is the archive: the sheet Roll-forward names it and proves that both hold the same stock.
    """
    from invclose_xl.api.rolling_forward import roll_forward

    made = roll_forward(book, output, force=force, drop_signature=drop_signature, **ctx.obj)
    return Answer(made.plain, made.text, made.problems)
