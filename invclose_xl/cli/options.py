"""Arguments and options that several commands share, and how problems are said.

Source  WORKBOOK "Command line".
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from invclose_xl import __version__
from invclose_xl.cli import speech
from invclose_xl.cli.speech import message

if TYPE_CHECKING:
    from invclose_xl.domain.problems.problem import Problem


class _Day(click.ParamType[date]):
    """A date as 2026-01-31."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-01-31", param, ctx)


DAY = _Day()
BOOK = click.argument("book", type=click.Path(path_type=Path))
DATE = click.option(
    "--date", "up_to", type=DAY, help="Closing date; default: the sheet Parameters, else the next month end."
)
FORCE = click.option(
    "--force", is_flag=True, help="Replace a file that is there already; never BOOK, never one that is open."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
WITH_WARNINGS = 6
"""The exit code of a run that was asked to be strict, and warned"""
STRICT = click.option("--strict", is_flag=True, help="Exit code 6 where there are warnings; results are written still.")
LOG_FILE = click.option(
    "--log-file", type=click.Path(path_type=Path), help="Add every message to this .log or .txt file, too."
)
LOG_ENDINGS = (".log", ".txt")


def _how_much(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    """Set how much is said; both at once is wrong usage."""
    if asked:
        speech.be(str(param.name))
    if speech.is_(speech.QUIET) and speech.is_(speech.VERBOSE):
        raise click.UsageError("--quiet and --verbose exclude each other.", ctx)


QUIET = click.option(
    "--quiet", is_flag=True, expose_value=False, callback=_how_much,
    help="Say only what stops the run; the exit code tells the rest.",
)  # fmt: skip
VERBOSE = click.option(
    "--verbose", is_flag=True, expose_value=False, callback=_how_much,
    help="Name every problem by itself, and each step of the work.",
)  # fmt: skip


def keep_log(path: Path | None, ctx: click.Context, *others: Path | None) -> None:
    """Let messages go to a log file too; raise WrongUsage where it is one of the run's other files, or no log."""
    if path is None:
        return
    from invclose_xl.domain.problems.problem import WrongUsage
    from invclose_xl.files.identity import same_file
    from invclose_xl.files.target import refuse_ending

    refuse_ending(path, LOG_ENDINGS)
    for other in others:
        if other is not None and same_file(path, other):
            raise WrongUsage(f"{path} is {other} itself: name another file for the messages.")
    now = ctx.obj["now"] or datetime.now(UTC)
    book = ctx.params["book"]
    speech.log_to(path, f"{now:%Y-%m-%d %H:%M:%S} UTC, invclose-xl {__version__}: {ctx.info_name} {book}")


def note_problems(problems: "Sequence[Problem]") -> None:
    """Add problems to the log file, where the result itself goes to stdout as JSON with all of them."""
    from invclose_xl.domain.problems.groups import write_lines

    for line in write_lines(problems):
        speech.note(line)


def say(problems: "Sequence[Problem]") -> None:
    """Print problems to stderr, like ones as one line; each by itself where --verbose asks for it."""
    from invclose_xl.domain.problems.groups import write_lines
    from invclose_xl.domain.problems.problem import Severity

    if speech.is_(speech.VERBOSE):
        for problem in problems:
            message(problem.line())
        return
    stops = [p for p in problems if p.severity in (Severity.ERROR, Severity.REFUSED)]
    if speech.is_(speech.QUIET):
        for line in write_lines(stops):
            message(line)
        problems = [p for p in problems if p not in stops]
    for line in write_lines(problems):
        message(line, matters=False)
