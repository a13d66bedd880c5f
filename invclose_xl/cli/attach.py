"""The commands attach and detach: buttons for a workbook that somebody has already, and out again.

In      arguments.
Out     another workbook; what was put in or taken out on stdout.
Errors  as in ``cli.main``.
Source  WORKBOOK "Command line".
"""

from pathlib import Path

import click

from invclose_xl.cli.jobs import Answer, job
from invclose_xl.cli.options import BOOK, FORCE

_OUTPUT = click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Workbook to write; BOOK stays as it is."
)


@click.command("attach")
@BOOK
@_OUTPUT
@click.option("--drop-signature", is_flag=True, help="Write a signed workbook or VBA project without its signature.")
@FORCE
@job
def attach_command(ctx: click.Context, /, book: Path, output: Path, drop_signature: bool, force: bool) -> Answer:
    """Write BOOK with our sheet Start, buttons and macros; the output is an .xlsm.

    Missing input sheets are added as in the template. Macros of BOOK's own stay; where a name of ours is taken, nothing
    is written.
    """
    from invclose_xl.api.attaching import attach_buttons

    done = attach_buttons(
        book, output, drop_signature=drop_signature, force=force, now=ctx.obj["now"], landing=ctx.obj["landing"]
    )
    return Answer(done.plain, done.text)


@click.command("detach")
@BOOK
@_OUTPUT
@FORCE
@job
def detach_command(ctx: click.Context, /, book: Path, output: Path, force: bool) -> Answer:
    """Write BOOK without what attach put in: Start, buttons, macros, and added sheets without entries.

    The output is an .xlsx, or an .xlsm where BOOK has macros of its own. Added sheets with entries stay.
    """
    from invclose_xl.api.attaching import detach_buttons

    done = detach_buttons(book, output, force=force, landing=ctx.obj["landing"])
    return Answer(done.plain, done.text)
