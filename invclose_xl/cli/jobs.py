"""The frame of every command: the flags of a job, and how its answer is given and turned into an exit code.

In      what a command came to (Answer).
Out     lines or JSON on stdout, messages on stderr and in a log file; the exit code.
Errors  as in ``cli``.
Source  WORKBOOK "Command line" (--strict, --log-file, --quiet, --verbose, --json; exit codes).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from invclose_xl import __version__
from invclose_xl.cli import speech
from invclose_xl.cli.options import print_problems
from invclose_xl.cli.speech import message, result, result_json

if TYPE_CHECKING:
    from invclose_xl.domain.problems.problem import Problem

WITH_WARNINGS = 6
"""The exit code of a run that was asked to be strict, and warned"""
LOG_ENDINGS = (".log", ".txt")
LARGE_FILE = 8 << 20
"""Bytes of a workbook from which the memory that is handed out costs a part of the time that is worth saving"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a command."""

    plain: Callable[[], Mapping[str, Any]]
    """the document that ``--json`` prints, made when it is asked for"""
    text: Callable[[], str]
    problems: "Sequence[Problem]" = ()
    notes: Sequence[str] = field(default=())
    """sentences for stderr that are no problems, said after the result"""
    code: int = 0
    message: str = ""
    """one sentence for a program that reads JSON; '' that it is done"""
    stops: bool = False
    """the notes say why the exit code is not 0, so --quiet does not take them away"""


def job(command: Callable[..., Answer]) -> Callable[..., None]:
    """Give a command the flags of every job; say what it comes to."""

    @wraps(command)
    def run(ctx: click.Context, /, *, as_json: bool, strict: bool, log_file: Path | None, **options: Any) -> None:
        _keep_log(log_file, ctx)
        _prepare_for_large(_files(ctx))
        code = _give(command(ctx, **options), strict=strict, as_json=as_json)
        if code:
            ctx.exit(code)

    decorated: Any = click.pass_context(run)
    for option in reversed(_FLAGS):
        decorated = option(decorated)
    return cast("Callable[..., None]", decorated)


def _prepare_for_large(files: Sequence[Path]) -> None:
    """Keep what is freed for reuse where a file is large; what is wrong with a path is said later, by the command."""
    for path in files:
        try:
            is_large = path.is_file() and path.stat().st_size >= LARGE_FILE
        except (OSError, ValueError):
            continue
        if is_large:
            from invclose_xl.workbook.cells.memory import keep_memory

            keep_memory()
            break


def _give(answer: Answer, *, strict: bool, as_json: bool) -> int:
    """Print an answer and return the exit code: what the command says, else that there were warnings."""
    from invclose_xl.domain.problems.groups import write_lines
    from invclose_xl.domain.problems.problem import Severity

    warnings = sum(p.severity is Severity.WARNING for p in answer.problems)
    code = answer.code or (WITH_WARNINGS if strict and warnings else 0)
    if as_json:
        for line in write_lines(answer.problems):
            speech.note(line)
        head = {"exit_code": code, "message": answer.message or _done(warnings)}
        plain = dict(answer.plain())
        result_json({**{k: plain.pop(k) for k in ("schema",) if k in plain}, **head, **plain})
    else:
        print_problems(answer.problems)
        result(answer.text())
    for note in answer.notes:
        message(note, matters=answer.stops)
    return code


def _done(warnings: int) -> str:
    from invclose_xl.domain.problems.plurals import format_count

    return f"Done, with {format_count(warnings, 'warning')}." if warnings else "Done."


def _how_much(ctx: click.Context, param: click.Parameter, asked: bool) -> None:
    """Set how much is said; both at once is wrong usage."""
    if asked:
        speech.be(str(param.name))
    if speech.is_(speech.QUIET) and speech.is_(speech.VERBOSE):
        raise click.UsageError("--quiet and --verbose exclude each other.", ctx)


_FLAGS = (
    click.option("--strict", is_flag=True, help="Exit code 6 where there are warnings; results are written still."),
    click.option(
        "--log-file", type=click.Path(path_type=Path), help="Add every message to this .log or .txt file, too."
    ),
    click.option(
        "--quiet", is_flag=True, expose_value=False, callback=_how_much,
        help="Say only what stops the run; the exit code tells the rest.",
    ),
    click.option(
        "--verbose", is_flag=True, expose_value=False, callback=_how_much,
        help="Name every problem by itself, and each step of the work.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)  # fmt: skip


def _keep_log(path: Path | None, ctx: click.Context) -> None:
    """Let messages go to a log file too; raise WrongUsage where it is one of the run's other files, or no log."""
    if path is None:
        return
    from invclose_xl.domain.problems.problem import WrongUsage
    from invclose_xl.files.identity import same_file
    from invclose_xl.files.target import refuse_ending

    refuse_ending(path, LOG_ENDINGS)
    files = _files(ctx)
    for other in files:
        if same_file(path, other):
            raise WrongUsage(f"{path} is {other} itself: name another file for the messages.")
    now = ctx.obj["now"] or datetime.now(UTC)
    about = " ".join(map(str, files[:1]))
    speech.log_to(path, f"{now:%Y-%m-%d %H:%M:%S} UTC, invclose-xl {__version__}: {ctx.info_name} {about}".rstrip())


def _files(ctx: click.Context) -> list[Path]:
    """Return the files that a command was given, in the order of its parameters; the log file is none of them."""
    given = [ctx.params.get(str(p.name)) for p in ctx.command.params if p.name != "log_file"]
    flat = [one for value in given for one in (value if isinstance(value, tuple) else (value,))]
    return [one for one in flat if isinstance(one, Path)]
