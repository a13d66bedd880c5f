"""A file is replaced whole or not at all, and never under someone's hands.

In      the target path, and a function that writes the new content into an open file.
Out     the target is the new file, whole; or, whatever happened, still the old one, or none if there was none. No half
        file, no debris, and no copy of a book that was not replaced. A process that is killed outright in the moment
        between naming the new file and renaming it leaves it whole under its working name; the next run clears it.
Errors  BookUnusable: changed or opened meanwhile, another run at work, disk full, no permission, no regular file.
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

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.attributes import take_over
from invclose_xl.files.faults import sentence
from invclose_xl.files.landing import Landing
from invclose_xl.files.regular import refuse_irregular
from invclose_xl.files.target import refuse_open_elsewhere

try:
    import fcntl
except ImportError:  # not on Windows, where an open file cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Marks that tell a file from its later self."""

    size: int
    modified_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Replaced:
    """The fate of the old file."""

    backup: Path | None
    unkept: tuple[str, ...]
    """what of it the new one lacks, in words: an owner that only the system's administrator may give"""


def stamp(path: Path) -> FileStamp:
    """Return the stamp of a file as it is now."""
    try:
        status = os.stat(path)
    except OSError as fault:
        raise BookUnusable(sentence(path, fault)) from fault
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
    expected: FileStamp | None = None,
    like: Path | None = None,
    backup: Path | None = None,
    must_be_new: bool = False,
    landing: Landing | None = None,
) -> Replaced:
    """Write a new file and put it in the target's place; the old one may be kept under the name ``backup``.

    ``expected`` is the target's stamp when it was read (None: the target need not exist). The new file takes owner,
    permissions and attributes of ``like`` (None: of the target, if it is there). ``landing`` is told what is about to
    happen. ``must_be_new``: a target that is there by now is left alone.
    """
    refuse_irregular(target)
    target = Path(os.path.realpath(target))
    like = like or (target if target.exists() else None)
    landing = landing or Landing()
    kept = None
    try:
        with sole_writer(target), _NewFile(target, like) as new:
            write(new.file)
            new.settle()
            refuse_open_elsewhere(target)
            if expected is not None and stamp(target) != expected:
                raise BookUnusable(
                    f"{target.name} was changed by someone else while this run was at work; nothing was written. "
                    "Run again."
                )
            try:
                kept = _keep_old(target, backup) if backup is not None else None
                new.publish(landing, must_be_new=must_be_new)
            except BaseException:
                if kept is not None and kept.is_new and not landing.has_landed:
                    with contextlib.suppress(OSError):
                        os.unlink(kept.path)
                raise
        _sync_folder(target.parent)
    except OSError as fault:
        raise BookUnusable(sentence(target, fault)) from fault
    return Replaced(kept.path if kept else None, new.unkept)


class _NewFile:
    """A file in the target's folder, without a name where the system can: then a kill leaves no half file."""

    def __init__(self, target: Path, like: Path | None) -> None:
        self.target, self._like = target, like
        self._name = target.with_name(f".{target.name}.invclose-new")
        self.unkept: tuple[str, ...] = ()

    def __enter__(self) -> "_NewFile":
        _remove_stale(self._name)
        descriptor = _open_nameless(self.target.parent, self._mode)
        self._nameless = descriptor is not None
        self.file = os.fdopen(self._open_named() if descriptor is None else descriptor, "w+b")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with contextlib.suppress(OSError):  # what was written is settled, or given up
            self.file.close()
        if kind is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._name)

    @property
    def _mode(self) -> int:
        """Nobody else reads a file that is to take over another's permissions; else what the user's umask leaves."""
        return 0o666 if self._like is None else 0o600

    def _open_named(self) -> int:
        return os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), self._mode)

    def settle(self) -> None:
        """Bring the content to the disk, with the attributes of the old file."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if self._like is not None:
            self.unkept = take_over(self.file, self._like)

    def publish(self, landing: Landing, *, must_be_new: bool) -> None:
        """Put the file in the target's place."""
        if self._nameless and not self._has_given_name():
            self._copy_to_name()
        landing.expect(self.target, os.fstat(self.file.fileno()))
        if os.name == "nt":
            self.file.close()  # Windows renames no open file
        if must_be_new and self._is_linked_to_free_target():
            return
        os.replace(self._name, self.target)

    def _has_given_name(self) -> bool:
        """Give the nameless file a name; False where the drive cannot."""
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:  # only with a folder given does Python ask the system to follow the link in /proc
            os.link(f"/proc/self/fd/{self.file.fileno()}", self._name, src_dir_fd=folder, follow_symlinks=True)
        except OSError as fault:
            if fault.errno in (errno.EEXIST, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS):
                raise
            return False
        finally:
            os.close(folder)
        return True

    def _is_linked_to_free_target(self) -> bool:
        """Give the file the target's name where that is still free; False where only a rename can."""
        try:
            os.link(self._name, self.target)
        except FileExistsError:
            raise
        except OSError:
            if os.path.lexists(self.target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self.target)) from None
            return False
        os.unlink(self._name)
        return True

    def _copy_to_name(self) -> None:
        with self.file as nameless:
            self.file = os.fdopen(self._open_named(), "w+b")
            nameless.seek(0)
            shutil.copyfileobj(nameless, self.file, _BLOCK)
        self.settle()


def _remove_stale(name: Path) -> None:
    """Remove what a killed run left behind; ``sole_writer`` has made sure that no run is at work."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)


def _open_nameless(folder: Path, mode: int) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None or not os.path.isdir("/proc/self/fd"):
        return None
    try:
        return os.open(folder, flag | os.O_RDWR, mode)
    except OSError as fault:
        if fault.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL):
            return None
        raise


# ---- the old file


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    is_new: bool
    """made by this run; else it is the same book, kept by an earlier run that did not finish"""


def _keep_old(target: Path, backup: Path) -> _Kept:
    """Keep the old file under the backup's name; an older backup of that name is never overwritten."""
    place, number = backup, 1
    while os.path.lexists(place):
        if _is_same(place, target):
            return _Kept(place, is_new=False)
        number += 1
        place = backup.with_name(f"{backup.stem} ({number}){backup.suffix}")
    if os.stat(target).st_nlink == 1:
        try:
            os.link(target, place)
            return _Kept(place, is_new=True)
        except OSError:
            pass  # the drive has no hard links, or does not allow them
    _copy(target, place)  # also of a file that has other names: what is done to it there must not reach the copy
    return _Kept(place, is_new=True)


def _copy(target: Path, place: Path) -> None:
    partial = place.with_name(f".{place.name}.invclose-new")
    try:
        shutil.copy2(target, partial)
        with open(partial, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(partial, place)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _is_same(one: Path, other: Path) -> bool:
    """Return whether two files have the same content; what is no regular file has none."""
    try:
        status, expected = os.lstat(one), os.stat(other)
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode) or status.st_size != expected.st_size:
        return False
    try:
        with open(one, "rb") as left, open(other, "rb") as right:
            while True:
                block = left.read(_BLOCK)
                if block != right.read(_BLOCK):
                    return False
                if not block:
                    return True
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where folders can be synced; the new file is in place anyway."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
