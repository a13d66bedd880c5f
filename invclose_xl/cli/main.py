"""The command line: what a person types, told apart from what the program does.

In      arguments; clock and user may be handed in by tests.
Out     results on stdout, messages on stderr, and one of the contract's exit codes.
Errors  none leave this module: every InvCloseError becomes lines for an accountant and its exit code.
Source  WORKBOOK "Command line".
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from click.shell_completion import CompletionItem

from invclose_xl import __version__
from invclose_xl.cli import keyboard, speech
from invclose_xl.cli.attach import attach_command, detach_command
from invclose_xl.cli.audit import verify_command
from invclose_xl.cli.compare import changes, compare_command
from invclose_xl.cli.errors import CANNOT_READ_OR_WRITE, last_resort, stopped, wrong_usage
from invclose_xl.cli.import_export import import_command
from invclose_xl.cli.jobs import WITH_WARNINGS, Answer, job
from invclose_xl.cli.journal import voucher_command
from invclose_xl.cli.libreoffice import install_libreoffice_command
from invclose_xl.cli.options import BOOK, DATE, DAY, FORCE
from invclose_xl.cli.reports import check_command, explain_command, reconcile_command
from invclose_xl.cli.rollforward import rollforward_command
from invclose_xl.files.landing import Landing

if TYPE_CHECKING:
    from invclose_xl.reports.summary import Summary
    from invclose_xl.workbook.progress import Progress

END_OF_TIME = 253_402_214_400
"""9999-12-31 00:00 UTC, in seconds since 1970: the last day that every zone has"""


class _DefaultCommand(click.Group):
    """``invclose-xl BOOK`` means ``invclose-xl close BOOK``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h", "--version"):
            if _is_no_book(args[0]):
                raise click.UsageError(self._no_command(args[0]), ctx)
            args = ["close", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands; where none begins so, files, because a book may come first."""
        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their whole first sentences; click would cut them off."""
        rows = [(name, self.commands[name].get_short_help_str(1_000)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _no_command(self, word: str) -> str:
        like = get_close_matches(word.lower(), self.commands, 1)
        advice = f"did you mean {like[0]}?" if like else f"the commands are {', '.join(sorted(self.commands))}."
        return f"There is no command {word!r}{';' if like else ', and no file of that name:'} {advice}"


def _is_no_book(word: str) -> bool:
    """Say whether a first word is meant as a command: a plain word, and no file is called so."""
    return word.replace("-", "a").isalpha() and not word.startswith("-") and not os.path.lexists(word)


@click.group(cls=_DefaultCommand, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="invclose-xl")
def cli() -> None:
    """Close the inventory of an Excel workbook: settle, adjust, post, lock.

    `invclose-xl BOOK` is the same as `invclose-xl close BOOK`.
    """


Command = Callable[..., "Summary"]

_POSTING_DATE = click.option(
    "--posting-date", type=DAY, help="Date of the voucher, where the ledger is closed at the date of the run."
)


_RUNNERS = (
    click.option(
        "--runner",
        type=click.Choice(["local", "processes", "spark"]),
        default="local",
        help="Where a folder of tables is closed: here, part by part in several processes, or in Spark.",
    ),
    click.option("--memory", default="", help="What a run in parts may take, such as 8GB; for folders of tables."),
)


def _writes(command: Command) -> Callable[..., None]:
    """Give a command the options of every run that writes into a book (WORKBOOK "Command line")."""

    @wraps(command)
    def run(ctx: click.Context, /, **options: Any) -> Answer:
        summary = command(ctx, **options)
        more = sum(summary.warnings.values()) + sum(summary.informations.values()) - len(summary.problems)
        notes = [f"{more:,} more messages, of kinds that are listed above, stand on Log alone."] if more else []
        return Answer(summary.plain, summary.text, summary.problems, notes)

    options = (
        click.option("--output", type=click.Path(path_type=Path), help="Write to this file and leave BOOK untouched."),
        click.option("--dry-run", is_flag=True, help="Compute and report everything, write nothing."),
        click.option("--no-backup", is_flag=True, help="Keep no copy of the book as it was."),
        click.option("--drop-signature", is_flag=True, help="Write a signed workbook without its signature."),
        FORCE,
        *(_RUNNERS if command.__name__ != "reverse_command" else ()),
        job,
    )
    decorated: Any = run
    for option in reversed(options):
        decorated = option(decorated)
    return cast("Callable[..., None]", decorated)


def _how(ctx: click.Context, progress: "Progress | None", no_backup: bool, **options: Any) -> dict[str, Any]:
    """Turn the options of every command that writes into what Python takes."""
    return {**options, "backup": not no_backup, "progress": progress, **ctx.obj}


@cli.command("close")
@BOOK
@DATE
@click.option(
    "--specification",
    type=click.Choice(["Total", "Item group", "Item number"], case_sensitive=False),
    help="Detail of the voucher lines; default: the sheet Parameters, else Item group.",
)
@_POSTING_DATE
@_writes
def close_command(
    ctx: click.Context,
    book: Path,
    up_to: date | None,
    specification: str | None,
    posting_date: date | None,
    **how: Any,
) -> "Summary":
    """Close inventory up to a date and write the results into BOOK."""
    from invclose_xl.api.runs import close
    from invclose_xl.cli.progress import shown_progress

    with shown_progress() as progress:
        return close(book, up_to, specification=specification, posting_date=posting_date, **_how(ctx, progress, **how))


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
    **how: Any,
) -> "Summary":
    """Adjust costs without settling or locking."""
    from invclose_xl.api.runs import recalculate
    from invclose_xl.cli.progress import shown_progress

    with shown_progress() as progress:
        return recalculate(
            book, up_to, items=items, item_groups=item_groups, posting_date=posting_date, **_how(ctx, progress, **how)
        )


@cli.command("reverse")
@BOOK
@click.option("--closing", help="The closing to reverse, such as IC-000003; it must be the latest.")
@_POSTING_DATE
@_writes
def reverse_command(
    ctx: click.Context, book: Path, closing: str | None, posting_date: date | None, **how: Any
) -> "Summary":
    """Undo the latest closing or recalculation."""
    from invclose_xl.api.runs import reverse
    from invclose_xl.cli.progress import shown_progress

    with shown_progress() as progress:
        return reverse(book, closing, posting_date=posting_date, **_how(ctx, progress, **how))


@cli.command("status")
@BOOK
@click.option("--compare", nargs=2, metavar="IC-… IC-…", help="Show what changed from one run to another, and why.")
@job
def status_command(ctx: click.Context, /, book: Path, compare: tuple[str, str] | None) -> Answer:
    """Show the closed date, the history of closings and what is open."""
    if compare:
        return changes(book, *compare)
    from invclose_xl.api.book_status import status

    found = status(book, now=ctx.obj["now"])
    return Answer(found.plain, found.text, found.problems)


@cli.command("new")
@BOOK
@click.option("--no-examples", is_flag=True, help="Without the example rows.")
@job
def new_command(ctx: click.Context, /, book: Path, no_examples: bool) -> Answer:
    """Make an empty workbook to start from; named .xlsm it has buttons."""
    from invclose_xl.api.attaching import new_book

    done = new_book(book, with_examples=not no_examples, now=ctx.obj["now"], landing=ctx.obj["landing"])
    return Answer(done.plain, done.text)


@cli.command("convert")
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@FORCE
@job
def convert_command(ctx: click.Context, /, source: Path, target: Path, force: bool) -> Answer:
    """Write a workbook as a folder of tables (Parquet), or a folder of tables as a workbook."""
    from invclose_xl.api.converting import convert

    done = convert(source, target, force=force, landing=ctx.obj["landing"])
    return Answer(done.plain, done.text)


cli.add_command(attach_command)
cli.add_command(detach_command)
cli.add_command(check_command)
cli.add_command(compare_command)
cli.add_command(explain_command)
cli.add_command(reconcile_command)
cli.add_command(rollforward_command)
cli.add_command(verify_command)
cli.add_command(voucher_command)
cli.add_command(import_command)
cli.add_command(install_libreoffice_command)


def main(arguments: Sequence[str] | None = None, now: datetime | None = None, user: str | None = None) -> int:
    """Run the command line and return its exit code; ``now`` (UTC) and ``user`` stand for clock and login."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    speech.begin()
    landing = Landing()
    try:
        with keyboard.heeded(), without_garbage_collection():
            clock = {"now": now or _given_clock(), "user": user, "landing": landing}
            returned = cli.main(given, prog_name="invclose-xl", standalone_mode=False, obj=clock)
        code = returned if isinstance(returned, int) else 0
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as usage:
        return wrong_usage(usage, given)
    except SystemExit:
        code = 0  # how click ends where nobody reads its help any more
    except BaseException as error:  # the last resort, also for the panic of a library: a sentence, never a traceback
        if isinstance(error, click.Abort) or keyboard.stopped_by(error):
            return stopped(landing, given)
        return last_resort(error, given, landing)
    finally:
        speech.end()
    is_done = code in (0, WITH_WARNINGS)
    return CANNOT_READ_OR_WRITE if speech.lost() and is_done and not landing.has_landed else code


def _given_clock() -> datetime | None:
    """Return the moment of SOURCE_DATE_EPOCH, for runs that are to give the same bytes; None: now."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 12 and int(text) < END_OF_TIME:
        return datetime.fromtimestamp(int(text), UTC)
    from invclose_xl.domain.problems.problem import WrongUsage

    raise WrongUsage(
        f"SOURCE_DATE_EPOCH is {text[:40]!r}: it must be a whole number of seconds since 1970, before the year 9999; "
        "correct it or remove it from the environment."
    )


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """One short run makes none worth looking for, and looking costs a tenth of its time."""
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


if __name__ == "__main__":
    sys.exit(main())
