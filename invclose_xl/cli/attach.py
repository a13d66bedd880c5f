"""The commands attach and detach: buttons for a workbook that somebody has already, and out again.

In      arguments.
Out     another workbook; what was put in or taken out on stdout.
Errors  as in ``cli.main``.
Source  WORKBOOK "Command line".
"""

from pathlib import Path

import click

from invclose_xl.cli.options import BOOK, FORCE, JSON
from invclose_xl.cli.speech import result, result_json

_OUTPUT = click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Workbook to write; BOOK stays as it is."
)


@click.command("attach")
@BOOK
@_OUTPUT
@click.option("--drop-signature", is_flag=True, help="Write a signed workbook or VBA project without its signature.")
@FORCE
@JSON
@click.pass_context
def attach_command(
    ctx: click.Context, book: Path, output: Path, drop_signature: bool, force: bool, as_json: bool
) -> None:
    """Write BOOK with our sheet Start, buttons and macros; the output is an .xlsm.

    Missing input sheets are added as in the template. Macros of BOOK's own stay; where a name of ours is taken, nothing
    is written.
    """
    from invclose_xl.api.context.run_context import RunContext
    from invclose_xl.attach.attach import attach
    from invclose_xl.reports.summary import part_lines

    today = RunContext.here(ctx.obj["now"], "").today
    done = attach(book, output, today, drop_signature=drop_signature, force=force, landing=ctx.obj["landing"])
    if as_json:
        from invclose_xl.reports.attached import AttachedDocument

        result_json(
            AttachedDocument(
                written=done.path, sheets=done.sheets, own_macros=done.has_own_macros, parts=done.parts
            ).plain()
        )
        return
    macros = "Our macros stand beside the workbook's own." if done.has_own_macros else "Our macros were added."
    lines = [f"Sheets added: {', '.join(done.sheets)}", macros, f"Written to {done.path}", *part_lines(done.parts)]
    result("\n".join(lines))


@click.command("detach")
@BOOK
@_OUTPUT
@FORCE
@JSON
@click.pass_context
def detach_command(ctx: click.Context, book: Path, output: Path, force: bool, as_json: bool) -> None:
    """Write BOOK without what attach put in: Start, buttons, macros, and added sheets without entries.

    The output is an .xlsx, or an .xlsm where BOOK has macros of its own. Added sheets with entries stay.
    """
    from invclose_xl.attach.detach import detach
    from invclose_xl.reports.summary import part_lines

    done = detach(book, output, force=force, landing=ctx.obj["landing"])
    if as_json:
        from invclose_xl.reports.attached import DetachedDocument

        result_json(DetachedDocument(written=done.path, sheets=done.sheets, kept=done.kept, parts=done.parts).plain())
        return
    lines = [f"Sheets taken out: {', '.join(done.sheets)}"]
    if done.kept:
        lines.append(f"Kept, because something was entered: {', '.join(done.kept)}")
    result("\n".join([*lines, f"Written to {done.path}", *part_lines(done.parts)]))
