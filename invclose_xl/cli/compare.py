"""The command ``compare``: against another system's result, between two runs, or with another inventory model.

In      arguments; the clock from the command line's context.
Out     results on stdout, a workbook where one is asked for.
Errors  as in ``cli``: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line" (compare).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from invclose_xl.cli.jobs import Answer, job
from invclose_xl.cli.options import BOOK, DAY, FORCE

if TYPE_CHECKING:
    from invclose_xl.api.comparing import ComparedModels, ComparedWithExpected


@click.command("compare")
@BOOK
@click.option("--date", "up_to", type=DAY, help="Compare the close up to this date; computed where it was not made.")
@click.option(
    "--closing", help="Compare this close, such as IC-000003; default: the one Expected names, or the latest."
)
@click.option("--runs", nargs=2, metavar="IC-… IC-…", help="Show what changed from one run to another, and why.")
@click.option("--model", help='What if: the closes under this inventory model, such as "Weighted average".')
@click.option("--item", "items", multiple=True, help="With --model: only this item; may be repeated.")
@click.option("--item-group", "item_groups", multiple=True, help="With --model: only items of this group.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the comparison to this workbook.")
@FORCE
@job
def compare_command(
    ctx: click.Context,
    /,
    book: Path,
    runs: tuple[str, str] | None,
    model: str | None,
    output: Path | None,
    **asked: Any,
) -> Answer:
    """Compare a close with the sheet Expected: another system's own result.

    Every difference is named with its likely cause, found by computing the run again as the other system may have done
    it. With --model: what the closes would have left under another inventory model, side by side. BOOK is not changed.
    """
    _refuse_what_does_not_go_together(ctx, runs, model, output, asked)
    if runs:
        return changes(book, *runs)
    compared = _compared(ctx, book, model, output, asked)
    written = f"\nWritten to {output}" if output is not None else ""
    return Answer(lambda: compared.document().plain(), lambda: compared.text() + written, compared.problems)


def _compared(
    ctx: click.Context, book: Path, model: str | None, output: Path | None, asked: Mapping[str, Any]
) -> "ComparedWithExpected | ComparedModels":
    from invclose_xl.api.comparing import compare, compare_model

    how = {"output": output, "now": ctx.obj["now"], "force": asked["force"], "landing": ctx.obj["landing"]}
    if model is None:
        return compare(book, asked["up_to"], closing=asked["closing"], **how)
    which = {"items": asked["items"], "item_groups": asked["item_groups"]}
    return compare_model(book, model, asked["up_to"], **which, **how)


def _refuse_what_does_not_go_together(
    ctx: click.Context, runs: object, model: str | None, output: Path | None, asked: Mapping[str, Any]
) -> None:
    """Two runs, another system's result and another model are three questions, each with options of its own."""
    given = {"--date": asked["up_to"], "--closing": asked["closing"], "--item": asked["items"],
             "--item-group": asked["item_groups"], "--model": model, "--output": output}  # fmt: skip
    names = [name for name, value in given.items() if value]
    if runs and names:
        raise click.UsageError(f"--runs compares two runs of the book and takes no {' or '.join(names)}.", ctx)
    if model is not None and asked["closing"]:
        raise click.UsageError("--model replays all closes up to --date and takes no --closing.", ctx)
    if model is None and (asked["items"] or asked["item_groups"]):
        raise click.UsageError("--item and --item-group say which items have another model: name it with --model.", ctx)


def changes(book: Path, one: str, other: str) -> Answer:
    """Say what changed between two runs."""
    from invclose_xl.api.comparing import compare_runs

    found = compare_runs(book, one, other)
    return Answer(found.plain, found.text)
