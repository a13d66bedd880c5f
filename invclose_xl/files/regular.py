"""Only regular files are read and written: no device, pipe, folder, socket or link that leads nowhere.

In      a path.
Out     nothing, or the file opened for reading; it is looked at before it is opened, so that nothing can hang.
Errors  BookUnusable, one sentence.
Source  POSIX open(2): a pipe blocks its reader, O_NONBLOCK does not.
"""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from invclose_xl.domain.problems.problem import BookUnusable

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def refuse_irregular(path: Path) -> None:
    """Raise BookUnusable if something other than a regular file is there; nothing there is no fault."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        if os.path.lexists(path):
            raise BookUnusable(
                f"{path} is a link to a file that is not there: name the file itself, or repair the link."
            ) from None
        return
    except OSError as fault:
        raise BookUnusable(f"{path} cannot be used ({fault.strerror or fault}): check the name.") from None
    _refuse_kind(path, status.st_mode)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; raises OSError like ``open``, BookUnusable for what is no regular file."""
    refuse_irregular(path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        _refuse_kind(path, os.fstat(descriptor).st_mode)  # what was there a moment ago may be something else now
        return open(descriptor, "rb")  # the descriptor is closed with the file
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_kind(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "no regular file")
    raise BookUnusable(f"{path} is {kind}, not a workbook or other file: name a file.")
