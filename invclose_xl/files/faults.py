"""Refusals of the operating system, in a sentence that says what is wrong and what to do.

In      a path and an OSError about it.
Out     one sentence.
Source  POSIX errno.
"""

import errno
import os
from pathlib import Path

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM)
ELSEWHERE = "write to another place (--output, or another name where the command has no such option)"
TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


def sentence(path: Path, fault: OSError) -> str:
    """Say why a file could not be written."""
    state = "is as before" if os.path.lexists(path) else "is not there"
    number = fault.errno
    if number in _FULL:
        return f"The disk is full, so {path.name} could not be written and {state}: free some space and run again."
    if number in _FORBIDDEN:
        return (
            f"{path.name} may not be written (no permission for it or its folder, or it is open elsewhere): close it, "
            f"or {ELSEWHERE}."
        )
    if number == errno.EROFS:
        return f"The drive of {path.name} can only be read: {ELSEWHERE}."
    if number == errno.EBUSY:
        return f"{path.name} is in use by the system and {state}: {ELSEWHERE}."
    if number == errno.EEXIST:
        return f"{path} is there already and was left alone: choose another name."
    if number == errno.ENAMETOOLONG:
        return f"The name {path.name} is too long for a new file beside it: use a shorter one."
    if number in TOO_MANY_FILES:
        return too_many_files()
    if number == errno.ENOENT:
        return f"There is no file {path}, or its folder is gone: check the name."
    return f"{path.name} could not be written ({fault.strerror or fault}) and {state}: check the drive, run again."


def too_many_files() -> str:
    """Say that the system gives no more open files."""
    return "Too many files are open: close other programs and run again."
