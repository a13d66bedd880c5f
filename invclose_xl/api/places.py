"""Where a book lies and where its results go: a workbook, or a folder of tables. Decided here and nowhere else.

In      the path a person names.
Out     a Reading; and for a run that writes, a Place: refused early, read, written whole or not at all.
Errors  BookUnusable (5), WrongUsage (2).
Source  WORKBOOK "Command line".
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.files.landing import Landing
from invclose_xl.tables.files import is_folder
from invclose_xl.tables.folder import FolderRun, read_folder
from invclose_xl.workbook.input.read import Progress, Reading, read_book
from invclose_xl.workbook.results.write import refuse_unwritable, stamp, write_results


def read_data(path: Path, progress: Progress | None = None) -> Reading:
    """Read a workbook, or a folder of tables."""
    return read_folder(path, progress) if is_folder(path) else read_book(path, progress)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of what was there before."""

    target: Path
    backup: Path | None = None
    unkept: tuple[str, ...] = ()
    parts: PartChanges | None = None
    """what became of the parts of a workbook's file"""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run writes."""

    output: Path | None
    dry_run: bool
    backup: bool
    drop_signature: bool
    force: bool
    notes_parts: bool
    """*Log* says which parts of the file were touched"""


class Place(Protocol):
    """Data on its way through one command."""

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """What is said about the place itself, and belongs to no result."""

    def begin(self) -> None:
        """Refuse early what could not be written."""

    def read(self, progress: Progress | None) -> Reading:
        """Read the data and what earlier runs left."""

    def target(self) -> Path:
        """Return where the results go."""

    def write(self, outcome: Outcome, book: Book, landing: Landing, progress: Progress | None) -> Kept:
        """Write what a run left behind."""

    def end(self) -> None:
        """Let go of the place."""


def place_of(path: Path, wish: Wish) -> Place:
    """Return the place that a path stands for."""
    return _Tables(path, wish) if is_folder(path) else _Workbook(path, wish)


class _Workbook:
    """A workbook: its result sheets are replaced, everything else in it stays."""

    def __init__(self, path: Path, wish: Wish) -> None:
        self._path, self._wish = path, wish
        self.remarks: tuple[Problem, ...] = ()

    def begin(self) -> None:
        wish = self._wish
        if not wish.dry_run:
            refuse_unwritable(self._path, wish.output, drop_signature=wish.drop_signature, force=wish.force)
        self._seen = stamp(self._path)

    def read(self, progress: Progress | None) -> Reading:
        return read_book(self._path, progress)

    def target(self) -> Path:
        return self._wish.output or self._path

    def write(self, outcome: Outcome, book: Book, landing: Landing, progress: Progress | None) -> Kept:
        wish = self._wish
        written = write_results(
            self._path,
            outcome.tables,
            book.scales,
            book.parameters.currency,
            outcome.closed_up_to,
            output=wish.output,
            backup=_backup_path(self._path, outcome.closing) if wish.backup else None,
            drop_signature=wish.drop_signature,
            expected=self._seen,
            landing=landing,
            progress=progress,
            notes_parts=wish.notes_parts,
        )
        return Kept(self.target(), written.backup, written.unkept, written.parts)

    def end(self) -> None:
        return None


class _Tables:
    """A folder of tables: every closing gets a folder of its own, and nothing that is there is changed."""

    def __init__(self, path: Path, wish: Wish) -> None:
        self._run = FolderRun(path, wish.output, dry_run=wish.dry_run)

    @property
    def remarks(self) -> tuple[Problem, ...]:
        return self._run.remarks

    def begin(self) -> None:
        self._run.begin()

    def read(self, progress: Progress | None) -> Reading:
        return self._run.read(progress)

    def target(self) -> Path:
        return self._run.target.results

    def write(self, outcome: Outcome, book: Book, landing: Landing, progress: Progress | None) -> Kept:
        self._run.write(outcome.new, book.scales, landing)
        return Kept(self.target())

    def end(self) -> None:
        self._run.end()


def _backup_path(book: Path, closing: str) -> Path:
    """``book.before-IC-000001.xlsx``; a kept book is never overwritten, ``(2)`` is added then."""
    return book.with_name(f"{book.stem}.before-{closing}{book.suffix}")
