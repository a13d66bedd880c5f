"""A folder of files that appears whole or not at all.

In      the target, and a function that fills a folder.
Out     the folder, with SHA256SUMS of its files. With ``force`` it takes the place of one that was made like it.
Errors  BookUnusable (5): something else is there, or the system refuses.
Source  sha256sum(1).
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.faults import sentence

SUMS = "SHA256SUMS"


def refuse_folder(target: Path, *, force: bool) -> None:
    """Raise unless the folder may be written: nothing there, an empty folder, or with ``force`` one made like it."""
    parent = Path(os.path.abspath(target)).parent
    if not parent.is_dir():
        raise BookUnusable(f"There is no folder {parent}: create it, or write to another place.")
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise BookUnusable(f"{target} is there already and is no folder: choose another name.")
    if not any(target.iterdir()):
        return
    if not force:
        raise BookUnusable(f"{target} is there already: choose another name, or replace it with --force.")
    if others := _foreign(target):
        raise BookUnusable(
            f"{target} holds files that belong to no package ({others[0]}): it was left alone. Choose another name."
        )


def _foreign(folder: Path) -> list[str]:
    """Return the files that the folder's SHA256SUMS does not name."""
    sums = folder / SUMS
    listed = sums.read_text("utf-8", errors="replace").splitlines() if sums.is_file() else []
    named = {line.split("  ", 1)[-1] for line in listed} | {SUMS}
    there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for name in there if name not in named)


def write_folder(target: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """Fill a new folder beside the target, add the sums, and put it in the target's place."""
    refuse_folder(target, force=force)
    beside = Path(os.path.abspath(target))
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{beside.name}.", dir=beside.parent))
    except OSError as fault:
        raise BookUnusable(sentence(target, fault)) from fault
    try:
        fill(made)
        (made / SUMS).write_text(_sums(made), "utf-8", newline="\n")
        made.chmod(0o755)
        _put(made, beside)
    except OSError as fault:
        raise BookUnusable(sentence(target, fault)) from fault
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put(made: Path, target: Path) -> None:
    """Rename; what was there steps aside first, and comes back where the rename fails."""
    if not os.path.lexists(target):
        os.rename(made, target)
        return
    aside = made.with_name(f"{made.name}.old")
    os.rename(target, aside)
    try:
        os.rename(made, target)
    except BaseException:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside)


def _sums(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    )
