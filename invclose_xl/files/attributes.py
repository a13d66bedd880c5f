"""A file that takes another's place keeps its owner, permissions, access list and extended attributes.

In      the new file, open; the old one.
Out     what could not be kept, in words; an ordinary user may not give files away.
Source  POSIX chown(2), chmod(2); Linux xattr(7), acl(5) (an access list is an extended attribute).
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_NOT_ALLOWED = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.ENODATA}
_OF_THE_SYSTEM = ("security.", "trusted.")
"""labels that the system gives by itself, and that only it may set"""


def take_over(file: BinaryIO, like: Path) -> tuple[str, ...]:
    """Give the new file what the old one has; return what it lacks afterwards."""
    status = os.stat(like)
    unkept = [*_owner(file, status), *_permissions(file, status), *_extended(file, like)]
    return tuple(unkept)


def _owner(file: BinaryIO, wanted: os.stat_result) -> list[str]:
    if not hasattr(os, "fchown"):
        return []
    unkept = []
    for name, uid, gid in (("owner", wanted.st_uid, -1), ("group", -1, wanted.st_gid)):
        try:
            os.fchown(file.fileno(), uid, gid)
        except OSError as fault:
            if fault.errno not in _NOT_ALLOWED:
                raise
            has = os.fstat(file.fileno())
            if (has.st_uid if name == "owner" else has.st_gid) != (uid if name == "owner" else gid):
                unkept.append(f"its {name}")
    return unkept


def _permissions(file: BinaryIO, wanted: os.stat_result) -> list[str]:
    if not hasattr(os, "fchmod"):
        return []
    try:
        os.fchmod(file.fileno(), stat.S_IMODE(wanted.st_mode))
    except OSError as fault:
        if fault.errno not in _NOT_ALLOWED:
            raise
        return ["its permissions"]
    return []


def _extended(file: BinaryIO, like: Path) -> list[str]:
    if not hasattr(os, "listxattr"):
        return []
    try:
        names = os.listxattr(like)
    except OSError:
        return []  # the drive has none
    unkept = []
    for name in names:
        try:
            os.setxattr(file.fileno(), name, os.getxattr(like, name))
        except OSError as fault:
            if fault.errno not in (*_NOT_ALLOWED, errno.ENOSPC, errno.E2BIG):
                raise
            if not name.startswith(_OF_THE_SYSTEM):
                unkept.append("its access list" if "posix_acl" in name else f"its attribute {name}")
    return unkept
