"""A file is replaced whole or not at all, and never under someone's hands.

In      the target path, and a function that writes the new content into an open file.
Out     the target is the new file, whole; or, whatever happened, still the old one. No half file, no debris.
Errors  BookUnusable: changed or opened meanwhile, another run at work, disk full, no permission.
Cost    one extra copy's worth of disk space while writing.
Source  POSIX rename(2), fsync(2); Linux open(2) O_TMPFILE.
"""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from invclose_xl.domain.problem import BookUnusable

try:
    import fcntl
except ImportError:  # not on Windows, where an open file cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells a file from its later self."""

    size: int
    modified_ns: int
    inode: int


def stamp(path: Path) -> FileStamp:
    """Return the stamp of a file as it is now."""
    try:
        status = os.stat(path)
    except OSError as fault:
        raise BookUnusable(_sentence(path, fault)) from fault
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)


@contextlib.contextmanager
def sole_writer(target: Path) -> Iterator[None]:
    """Hold the target against a second run; freed by the system even if this process is killed."""
    if fcntl is None or not target.exists():
        yield
        return
    with open(target, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BookUnusable(f"Another run is writing {target.name} right now: wait for it to finish.") from None
        except OSError:
            pass  # some network drives know no locks; the stamp still catches a second run
        yield


def replace_file(
    target: Path,
    write: Callable[[BinaryIO], None],
    *,
    expected: FileStamp | None,
    like: Path,
    backup: Path | None = None,
) -> Path | None:
    """Write a new file and put it in the target's place; return where the old one was kept.

    ``expected`` is the target's stamp when it was read (None: the target need not exist). The new file takes the
    permissions of ``like``.
    """
    target = Path(os.path.realpath(target))
    try:
        with sole_writer(target), _new_file(target) as (file, publish):
            write(file)
            file.flush()
            os.fsync(file.fileno())
            _take_permissions(file, like)
            if expected is not None and stamp(target) != expected:
                raise BookUnusable(
                    f"{target.name} was changed by someone else while this run was at work; nothing was written. "
                    "Run again."
                )
            kept = _keep_old(target, backup) if backup is not None else None
            publish()
        _sync_folder(target.parent)
        return kept
    except OSError as fault:
        raise BookUnusable(_sentence(target, fault)) from fault


@contextlib.contextmanager
def _new_file(target: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    """Open a new file in the target's folder, without a name where the system can (a kill leaves nothing)."""
    name = _temporary_name(target)
    _remove_stale(name)
    descriptor = _open_nameless(target.parent)
    nameless = descriptor is not None
    if descriptor is None:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    file = os.fdopen(descriptor, "w+b")

    def publish() -> None:
        if nameless:
            folder = os.open(target.parent, os.O_RDONLY)
            try:  # only with a folder given does Python ask the system to follow the link in /proc
                os.link(f"/proc/self/fd/{file.fileno()}", name, src_dir_fd=folder, follow_symlinks=True)
            finally:
                os.close(folder)
        else:
            file.close()
        os.replace(name, target)

    try:
        yield file, publish
    except BaseException:
        file.close()
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    file.close()


def _temporary_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.invclose-new")


def _remove_stale(name: Path) -> None:
    """What a killed run left behind; ``sole_writer`` has made sure that no run is at work."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)


def _open_nameless(folder: Path) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, flag | os.O_RDWR, 0o600)
    except OSError as fault:
        if fault.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
            return None
        raise


def _take_permissions(file: BinaryIO, like: Path) -> None:
    status = os.stat(like)
    if hasattr(os, "fchmod"):
        os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
    if hasattr(os, "fchown"):
        with contextlib.suppress(OSError):  # only the owner's own group can be kept by an ordinary user
            os.fchown(file.fileno(), status.st_uid, status.st_gid)


def _keep_old(target: Path, backup: Path) -> Path:
    """Keep the old file under the backup's name; an older backup of that name is never overwritten."""
    place, number = backup, 1
    while place.exists():
        if place.read_bytes() == target.read_bytes():
            return place
        number += 1
        place = backup.with_name(f"{backup.stem} ({number}){backup.suffix}")
    try:
        os.link(target, place)
    except OSError:
        partial = place.with_name(f".{place.name}.invclose-new")
        try:
            shutil.copy2(target, partial)
            with open(partial, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(partial, place)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)
    return place


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be synced."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # the new file is in place; some file systems cannot sync a folder
    finally:
        os.close(descriptor)


def _sentence(path: Path, fault: OSError) -> str:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full, so {path.name} could not be written and is as before: free some space and run again."
    if fault.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{path.name} may not be written (no permission for it or its folder, or it is open elsewhere): close it, "
            "or use --output to write to another place."
        )
    if fault.errno == errno.ENOENT:
        return f"There is no file {path}, or its folder is gone: check the name."
    return f"{path.name} could not be written ({fault.strerror or fault}) and is as before: check the drive, run again."
