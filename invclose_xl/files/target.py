"""May this path be written? Asked by every command that writes, before any work.

In      the target, the book that the run is about, the endings that are allowed.
Out     nothing; the target is neither the book nor open elsewhere, and it can be written.
Errors  WrongUsage (2): the book itself, an ending that is none of a workbook. BookUnusable (5): everything else.
Source  WORKBOOK "Command line".
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable, WrongUsage
from invclose_xl.files.faults import ELSEWHERE
from invclose_xl.files.identity import same_file
from invclose_xl.files.regular import refuse_irregular

WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlam")
REPORT_ENDINGS = (".xlsx",)
PICTURE_ENDINGS = (".svg", ".png")


def refuse_output(
    target: Path, book: Path, endings: Sequence[str], *, is_ours: Callable[[], bool], force: bool = False
) -> None:
    """Raise unless a file beside the book may be written under this name.

    ``is_ours`` says whether the file that is there was made by us, from this very book, and not changed since.
    """
    if same_file(target, book):
        raise WrongUsage(f"{target} is the book {book} itself: name another file.")
    refuse_ending(target, endings)
    refuse_unwritable_target(target)
    if target.exists() and not force and not is_ours():
        raise BookUnusable(
            f"{target} is there already, and it was not made from {book.name} as it is now; it was left alone: choose "
            "another name, or replace it with --force."
        )


def refuse_ending(target: Path, endings: Sequence[str]) -> None:
    """Raise WrongUsage where the name does not say that it is of the right kind."""
    if target.suffix.lower() not in endings:
        wanted = " or ".join(endings) if len(endings) < 3 else f"{', '.join(endings[:-1])} or {endings[-1]}"
        raise WrongUsage(f"{target.name} is no name for this file: give a name that ends in {wanted}.")


def workbook_ending(book: Path) -> tuple[str, ...]:
    """Return the endings that a copy of the book may have: its own, because each stands for a kind of workbook."""
    own = book.suffix.lower()
    return (own,) if own in WORKBOOK_ENDINGS else WORKBOOK_ENDINGS


def refuse_unwritable_target(target: Path) -> None:
    """Raise BookUnusable if the target is open elsewhere, no regular file, or may not be written."""
    refuse_irregular(target)
    refuse_open_elsewhere(target)
    real = Path(os.path.realpath(target))
    if not real.parent.is_dir():
        raise BookUnusable(f"There is no folder {real.parent}: create it, or write to another place.")
    if not os.access(real.parent, os.W_OK | os.X_OK):
        raise BookUnusable(f"The folder {real.parent} may not be written: {ELSEWHERE}.")
    if real.exists():
        if not os.access(real, os.W_OK):
            raise BookUnusable(f"{real.name} is read-only: allow writing, or {ELSEWHERE}.")
        try:
            with open(real, "r+b"):
                pass  # on Windows a file that is open in Excel cannot be opened for writing
        except OSError:
            raise BookUnusable(f"{real.name} is open elsewhere: close it and run again.") from None


def refuse_open_elsewhere(target: Path) -> None:
    """Raise BookUnusable where a spreadsheet program has left its lock file beside the target."""
    real = Path(os.path.realpath(target))
    for place in dict.fromkeys((Path(os.path.abspath(target)), real)):
        for lock, program in ((f"~${place.name}", "Excel"), (f".~lock.{place.name}#", "LibreOffice")):
            if os.path.lexists(place.parent / lock):
                raise BookUnusable(
                    f"{place.name} is open in {program}: close it there and run again (if it is not open, delete the "
                    f"file {lock} beside it)."
                )
