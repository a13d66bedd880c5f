"""The command line: what a person types, told apart from what the program does.

In      arguments; clock and user may be handed in by tests.
Out     results on stdout, messages on stderr, and one of the contract's exit codes.
Errors  none leave this module: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line".
"""

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from invclose_xl import __version__
from invclose_xl.cli_options import BOOK, DATE, DAY, JSON, say
from invclose_xl.cli_reports import check_command, explain_command, reconcile_command

if TYPE_CHECKING:
    from invclose_xl.api import How, Progress
    from invclose_xl.reports.summary import Summary

FAULT_OF_THE_TOOL = 70


class _DefaultCommand(click.Group):
    """``invclose-xl BOOK`` means ``invclose-xl close BOOK``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h", "--version"):
            args = ["close", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_DefaultCommand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="invclose-xl")
def cli() -> None:
    """Close the inventory of an Excel workbook: settle, adjust, post, lock.

    `invclose-xl BOOK` is the same as `invclose-xl close BOOK`.
    """


Command = Callable[..., None]

_POSTING_DATE = click.option(
    "--posting-date", type=DAY, help="Date of the voucher and nothing else, where the ledger is closed at its own date."
)


def _writes(command: Command) -> Command:
    """Give a command the options of every command that writes (WORKBOOK "Command line")."""
    options = (
        click.option("--output", type=click.Path(path_type=Path), help="Write to this file and leave BOOK untouched."),
        click.option("--dry-run", is_flag=True, help="Compute and report everything, write nothing."),
        click.option("--no-backup", is_flag=True, help="Keep no copy of the book as it was."),
        click.option("--drop-signature", is_flag=True, help="Write a signed workbook without its signature."),
        JSON,
        click.pass_context,
    )
    for option in reversed(options):
        command = option(command)
    return command


def _how(ctx: click.Context, progress: "Progress | None", no_backup: bool, **options: Any) -> "How":
    """Turn the options of every command that writes into what the Python API takes."""
    return cast("How", {**options, "backup": not no_backup, "progress": progress, **ctx.obj})


def _print_summary(summary: "Summary", as_json: bool) -> None:
    from invclose_xl.reports.summary import summary_json, summary_text

    if as_json:
        click.echo(json.dumps(summary_json(summary), ensure_ascii=False, indent=1))
    else:
        say(summary.problems)
        click.echo(summary_text(summary))


@cli.command("close")
@BOOK
@DATE
@click.option(
    "--specification",
    type=click.Choice(["Total", "Item group", "Item number"], case_sensitive=False),
    help="How finely voucher lines are split; default: the sheet Parameters, else Item group.",
)
@_POSTING_DATE
@_writes
def close_command(
    ctx: click.Context,
    book: Path,
    up_to: date | None,
    specification: str | None,
    posting_date: date | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Close inventory up to a date and write the results into BOOK."""
    from invclose_xl.api import close
    from invclose_xl.progress import shown_progress

    with shown_progress() as progress:
        summary = close(
            book, up_to, specification=specification, posting_date=posting_date, **_how(ctx, progress, **how)
        )
    _print_summary(summary, as_json)


@cli.command("recalculate")
@BOOK
@click.option("--date", "up_to", type=DAY, help="Date; default: the sheet Parameters, else today.")
@click.option("--item", "items", multiple=True, help="Only this item; may be repeated.")
@click.option("--item-group", "item_groups", multiple=True, help="Only items of this group; may be repeated.")
@_POSTING_DATE
@_writes
def recalculate_command(
    ctx: click.Context,
    book: Path,
    up_to: date | None,
    items: tuple[str, ...],
    item_groups: tuple[str, ...],
    posting_date: date | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Adjust costs without settling or locking."""
    from invclose_xl.api import recalculate
    from invclose_xl.progress import shown_progress

    with shown_progress() as progress:
        summary = recalculate(
            book, up_to, items=items, item_groups=item_groups, posting_date=posting_date, **_how(ctx, progress, **how)
        )
    _print_summary(summary, as_json)


@cli.command("reverse")
@BOOK
@click.option("--closing", help="The closing that is meant, as IC-000003, to be sure which.")
@_POSTING_DATE
@_writes
def reverse_command(
    ctx: click.Context, book: Path, closing: str | None, posting_date: date | None, as_json: bool, **how: Any
) -> None:
    """Undo the latest closing or recalculation."""
    from invclose_xl.api import reverse
    from invclose_xl.progress import shown_progress

    with shown_progress() as progress:
        summary = reverse(book, closing, posting_date=posting_date, **_how(ctx, progress, **how))
    _print_summary(summary, as_json)


@cli.command("status")
@BOOK
@click.option("--compare", nargs=2, metavar="IC-… IC-…", help="Show what changed from one run to another, and why.")
@JSON
@click.pass_context
def status_command(ctx: click.Context, book: Path, compare: tuple[str, str] | None, as_json: bool) -> None:
    """Show the closed date, the history of closings and what is open."""
    if compare:
        return _print_changes(book, *compare, as_json)
    from invclose_xl.api import status
    from invclose_xl.reports.status import status_json, status_text

    result = status(book, now=ctx.obj["now"])
    if as_json:
        click.echo(json.dumps(status_json(result), ensure_ascii=False, indent=1))
    else:
        click.echo(status_text(result))


def _print_changes(book: Path, one: str, other: str, as_json: bool) -> None:
    from invclose_xl.api import changes_between
    from invclose_xl.reports.compare import compare_json, compare_text

    changes = changes_between(book, one, other)
    if as_json:
        click.echo(json.dumps(compare_json(changes), ensure_ascii=False, indent=1))
    else:
        click.echo(compare_text(changes))


@cli.command("new")
@BOOK
@click.option("--no-examples", is_flag=True, help="Without the example rows.")
@click.pass_context
def new_command(ctx: click.Context, book: Path, no_examples: bool) -> None:
    """Make an empty workbook to start from; named .xlsm it has buttons."""
    from invclose_xl.opening import Circumstances
    from invclose_xl.templates.build import new_book

    new_book(book, Circumstances.here(ctx.obj["now"], "").today, with_examples=not no_examples)
    click.echo(f"Written to {book}")


cli.add_command(check_command)
cli.add_command(explain_command)
cli.add_command(reconcile_command)


def _fail(error: Exception, arguments: Sequence[str]) -> int:
    """Put an error of ours into lines, and its exit code."""
    from invclose_xl.domain.problem import InputFault, InvCloseError, Refused

    if not isinstance(error, InvCloseError):
        raise error
    if isinstance(error, InputFault | Refused):
        if "--json" in arguments:
            from invclose_xl.reports.summary import problem_json

            found = {"problems": [problem_json(p) for p in error.problems]}
            click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        say(error.problems)
        click.echo("Nothing was written.", err=True)
    else:
        click.echo(str(error), err=True)
    return error.exit_code


def main(arguments: Sequence[str] | None = None, now: datetime | None = None, user: str | None = None) -> int:
    """Run the command line and return its exit code; ``now`` (UTC) and ``user`` stand for clock and login."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if now is None and os.environ.get("SOURCE_DATE_EPOCH", "").isdigit():
        now = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    try:
        with _no_looking_for_cycles():
            code = cli.main(given, prog_name="invclose-xl", standalone_mode=False, obj={"now": now, "user": user})
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as usage:
        usage.show()
        return usage.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; nothing was written.", err=True)
        return 130
    except Exception as error:  # the last resort: an accountant gets a sentence, never a traceback
        return _last_resort(error, given)


@contextmanager
def _no_looking_for_cycles() -> Iterator[None]:
    """One short run makes none worth looking for, and looking costs a tenth of its time."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


def _last_resort(error: Exception, arguments: Sequence[str]) -> int:
    try:
        return _fail(error, arguments)
    except Exception as fault:
        if os.environ.get("INVCLOSE_XL_DEBUG"):
            raise
        click.echo(
            f"invclose-xl {__version__} has a fault: {type(fault).__name__}: {fault}. The workbook is either as it was"
            " or whole with the new results: `invclose-xl status BOOK` tells. Please report this with the workbook, or"
            " with the output of the same command with INVCLOSE_XL_DEBUG=1 set.",
            err=True,
        )
        return FAULT_OF_THE_TOOL


if __name__ == "__main__":
    sys.exit(main())
