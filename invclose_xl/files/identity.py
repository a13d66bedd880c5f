"""Are two paths one file? Decided here and nowhere else, for every command that writes.

In      two paths; either may not be there yet.
Out     True for links of both kinds, other spellings, and names that differ in upper and lower case only.
Source  WORKBOOK "Command line" (an --output that is the book itself).
"""

import os
import unicodedata
from pathlib import Path


def same_file(one: Path, other: Path) -> bool:
    """Say whether two paths are one file: by device and inode, else by the real path without regard to case.

    Names that differ in case only are two files on some drives and one on others. Where one of them is not there yet,
    nobody can tell, and they are taken for one.
    """
    first, second = _identity(one), _identity(other)
    if first and second:
        return first == second
    return _folded(one) == _folded(other)


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode; None where the file is not there, or its drive has no inodes."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", os.path.realpath(path)).casefold()
