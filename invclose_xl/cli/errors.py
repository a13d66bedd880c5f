"""How an error is said: lines for an accountant on stderr, its exit code, and with ``--json`` a document on stdout.

In      whatever left a command, and what was typed.
Out     the exit code.
Errors  what is no error of ours goes on; ``last_resort`` is behind it.
Source  WORKBOOK "Command line" (exit codes); docs/schema/error.json.
"""

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from invclose_xl import __version__
from invclose_xl.cli import keyboard
from invclose_xl.cli.options import print_problems
from invclose_xl.cli.speech import message, result_json
from invclose_xl.files.landing import Landing

if TYPE_CHECKING:
    from invclose_xl.domain.problems.problem import Problem

CANNOT_READ_OR_WRITE, FAULT_OF_THE_TOOL, STOPPED = 5, 70, 130


def _told(arguments: Sequence[str], error: str, code: int, text: str, problems: "Sequence[Problem]" = ()) -> int:
    """Say why a command failed, in lines, and where JSON was asked for as a document, too; return the exit code."""
    if problems:
        print_problems(problems)
    message(text)
    if "--json" in arguments:
        from invclose_xl.reports.documents.problems import ErrorDocument

        document = ErrorDocument(error=error, exit_code=code, message=text, problems=tuple(problems))
        result_json(document.plain())
    return code


def failed(error: BaseException, arguments: Sequence[str]) -> int:
    """Put an error of ours into lines, and its exit code."""
    from invclose_xl.domain.problems.problem import InputFault, InvCloseError, Refused

    if isinstance(error, OSError) or _lacks_files(error):
        return _told(arguments, "BookUnusable", CANNOT_READ_OR_WRITE, _refused_by_the_system(error))
    if not isinstance(error, InvCloseError):
        raise error
    name, code = type(error).__name__, error.exit_code
    if isinstance(error, InputFault | Refused):
        return _told(arguments, name, code, "Nothing was written.", error.problems)
    return _told(arguments, name, code, str(error))


def _lacks_files(error: BaseException) -> bool:
    """Return whether a part of the program could not be loaded because no more files may be open."""
    return any(os.strerror(number) in str(error) for number in (errno.EMFILE, errno.ENFILE))


def _refused_by_the_system(error: BaseException) -> str:
    from invclose_xl.files.faults import sentence, too_many_files

    if _lacks_files(error):
        return too_many_files()
    assert isinstance(error, OSError)
    if isinstance(error.filename, str):
        return sentence(Path(error.filename), error)
    what = error.strerror or error
    return f"The operating system reported an error: {what}. Check disk, memory and rights, and run again."


def wrong_usage(usage: click.ClickException, arguments: Sequence[str]) -> int:
    """Say what is wrong with what was typed, and where help is; nothing typed at all is answered with the help."""
    text = usage.format_message()
    if isinstance(usage, click.UsageError) and usage.ctx and not text.startswith("Usage: "):
        text = f"{usage.ctx.get_usage()}\nError: {text}\nAll options: {usage.ctx.command_path} --help"
    return _told(arguments, "WrongUsage", usage.exit_code, text)


def stopped(landing: Landing, arguments: Sequence[str]) -> int:
    """Say, whatever else the keyboard sends, what is on the disk now."""
    with keyboard.deaf():
        text = f"Stopped, but {landing.what}" if landing.has_landed else "Stopped; nothing was written."
        return _told(arguments, "Stopped", STOPPED, text)


def last_resort(error: BaseException, arguments: Sequence[str], landing: Landing) -> int:
    """Say any error; a fault of this program is a sentence, too, with what is on the disk now."""
    try:
        return failed(error, arguments)
    except BaseException as fault:
        if os.environ.get("INVCLOSE_XL_DEBUG"):
            raise
        stands = landing.what if landing.has_landed else "Nothing was written."
        text = (
            f"invclose-xl {__version__} has a fault: {type(fault).__name__}: {fault}. {stands} Please report this with"
            " the workbook, or with the output of the same command with INVCLOSE_XL_DEBUG=1 set."
        )
        return _told(arguments, type(fault).__name__, FAULT_OF_THE_TOOL, text)
