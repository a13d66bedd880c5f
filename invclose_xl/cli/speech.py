"""Writing to stdout and stderr, whatever these are: a full disk, a closed pipe, nothing at all.

In      text, problems, plain data.
Out     results on stdout, messages on stderr. What a run did and its exit code never depend on whether it was heard;
        only where the result on stdout is all that was asked for, ``lost`` says that it did not arrive.
Errors  none.
Source  WORKBOOK "Command line"; POSIX write(2): ENOSPC, EPIPE; Python, "Note on SIGPIPE".
"""

import contextlib
import errno
import json
import os
import sys
from pathlib import Path
from typing import TextIO

import click

from invclose_xl.domain.problems.printable import escape_controls, escape_controls_in_json
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.faults import sentence
from invclose_xl.files.regular import refuse_irregular

QUIET, VERBOSE = "quiet", "verbose"

_lost: list[str] = []
_level: list[str] = []
_logs: list[Path] = []


def begin() -> None:
    """Forget what an earlier command could not say; give closed standard streams a place to go.

    A file that is opened while descriptor 1 or 2 is closed would get its number, and everything printed with it.
    """
    _lost.clear()
    _level.clear()
    _logs.clear()
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one


def end() -> None:
    """Bring what is still in a stream's buffer out, or give it up: the interpreter would fail on it when it ends."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                _give_up(stream)
            except ValueError:
                pass  # closed by whoever runs us


def lost() -> str:
    """Return why a result on stdout did not arrive; '' where it did, or where nobody listens any more."""
    return _lost[0] if _lost else ""


def be(level: str) -> None:
    """Say less (QUIET) or more (VERBOSE) from now on."""
    _level.append(level)


def is_(level: str) -> bool:
    """Say whether a level was asked for."""
    return level in _level


def result(text: str) -> None:
    """Print a result for a person; nothing where nobody wants to read."""
    if not is_(QUIET):
        _result(text)


def _result(text: str) -> None:
    fault = _echo(escape_controls(text), sys.stdout)
    if fault is not None and fault.errno not in (errno.EPIPE, errno.EINVAL):
        why = "the disk is full" if fault.errno in (errno.ENOSPC, errno.EDQUOT) else fault.strerror or str(fault)
        _lost.append(why)
        message(f"The result could not be printed: {why}.")


def result_json(data: object) -> None:
    """Print a result as JSON."""
    _result(escape_controls_in_json(json.dumps(data, ensure_ascii=False, indent=1)))


def message(text: str, *, matters: bool = True) -> None:
    """Say something on stderr, and in the log file if there is one; where that does not arrive, nobody can be told.

    What does not stop a run does not matter to somebody who asked for QUIET; the log file has it all the same.
    """
    if matters or not is_(QUIET):
        _echo(escape_controls(text), sys.stderr)
    _log(escape_controls(text))


def note(text: str) -> None:
    """Add a line to the log file alone, where a program reads the same as JSON."""
    _log(escape_controls(text))


def log_to(path: Path, first_line: str) -> None:
    """Add every message from now on to a text file, too."""
    _logs.append(path)
    _log(escape_controls(first_line))


def _log(text: str) -> None:
    """Add a line to the log file; one that cannot be written is named and given up, and the run goes on."""
    for path in tuple(_logs):
        try:
            refuse_irregular(path)
            with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{text}\n")
        except (OSError, BookUnusable) as fault:
            _logs.remove(path)
            why = sentence(path, fault) if isinstance(fault, OSError) else str(fault)
            message(f"The messages of this run could not be added to the log file. {why}")


def _echo(text: str, stream: TextIO | None) -> OSError | None:
    """Write a line; return what failed. A stream that failed is given up, so that nothing fails again at the end."""
    if stream is None:
        return None
    try:
        try:
            click.echo(text, file=stream)
        except UnicodeEncodeError:
            click.echo(text.encode(stream.encoding or "ascii", "backslashreplace").decode(stream.encoding), file=stream)
    except OSError as fault:
        _give_up(stream)
        return fault
    except ValueError:
        pass  # closed by whoever runs us
    return None


def _give_up(stream: TextIO) -> None:
    """Let what is still in a stream's buffer go nowhere instead of failing when the interpreter ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
