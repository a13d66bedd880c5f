"""Where a book lies and where its results go: a workbook, or a folder of tables. Decided here and nowhere else.

In      the path a person names.
Out     a Reading; and for a run that writes, a BookPlace: refused early, read, written whole or not at all.
Errors  BookUnusable (5), WrongUsage (2).
Cost    what only a folder needs is loaded for one.
Source  WORKBOOK "Command line".
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from invclose_xl.api.context.runner import LOCAL, Runner
from invclose_xl.closing.close import execute_run
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.dates import TransactionDays, find_transaction_days
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import Book, Scales
from invclose_xl.domain.problems.problem import BookUnusable, Problem, WrongUsage
from invclose_xl.domain.views.part_changes import PartChanges
from invclose_xl.files.landing import Landing
from invclose_xl.tables.files import is_folder
from invclose_xl.workbook.input.read import Reading, read_book
from invclose_xl.workbook.progress import Progress
from invclose_xl.workbook.results.write import refuse_unwritable, stamp, write_results


def read_data(path: Path, progress: Progress | None = None, *, to_compare: bool = False) -> Reading:
    """Read a workbook, or a folder of tables; ``to_compare``: what another system says as well."""
    if not is_folder(path):
        return read_book(path, progress, to_compare=to_compare)
    from invclose_xl.tables.folder import read_folder

    return read_folder(path, progress, to_compare=to_compare)


def refuse_tables(path: Path, command: str) -> None:
    """Refuse a folder where a command works on a workbook's own sheets; say how to make a workbook of it."""
    if is_folder(path):
        raise BookUnusable(
            f"{path} is a folder, and {command} works on a workbook. Of a folder of tables, make one first: "
            f"`invclose-xl convert {path} BOOK.xlsx`"
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """The fate of the file that was there before."""

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
    runner: Runner


class BookPlace(Protocol):
    """Data on its way through one command."""

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Return what is said about the place itself, and belongs to no result."""

    def begin(self) -> None:
        """Refuse early what could not be written."""

    def read(self, progress: Progress | None) -> Reading:
        """Read the data and what earlier runs left."""

    def days(self, book: Book) -> TransactionDays | None:
        """Return the dates of the first and the last transaction."""

    def run(self, book: Book, request: RunRequest, said: tuple[Problem, ...], state: LedgerState | None) -> Outcome:
        """Close or recalculate the data; ``state`` is what earlier runs left, where it is read already."""

    def target(self) -> Path:
        """Return where the results go."""

    def write(
        self, outcome: Outcome, scales: Scales, currency: str, landing: Landing, progress: Progress | None
    ) -> Kept:
        """Write what a run left behind."""

    def end(self) -> None:
        """Let go of the place."""


def place_of(path: Path, wish: Wish) -> BookPlace:
    """Return the place that a path stands for."""
    if not is_folder(path):
        return _Workbook(path, wish)
    from invclose_xl.api.context.folder_place import FolderPlace

    return FolderPlace(path, wish)


class _Workbook:
    """A workbook: its result sheets are replaced, everything else in it stays."""

    def __init__(self, path: Path, wish: Wish) -> None:
        self._path, self._wish = path, wish
        self.remarks: tuple[Problem, ...] = ()
        if wish.runner.name != LOCAL:
            raise WrongUsage(
                f"--runner {wish.runner.name} is for folders of tables: make one of {path.name} with convert."
            )

    def days(self, book: Book) -> TransactionDays | None:
        return find_transaction_days(book.transactions)

    def run(self, book: Book, request: RunRequest, said: tuple[Problem, ...], state: LedgerState | None) -> Outcome:
        return execute_run(book, request, said, state)

    def begin(self) -> None:
        wish = self._wish
        if not wish.dry_run:
            refuse_unwritable(self._path, wish.output, drop_signature=wish.drop_signature, force=wish.force)
        self._seen = stamp(self._path)

    def read(self, progress: Progress | None) -> Reading:
        reading = read_book(self._path, progress)
        self._formats_named = reading.formats_named
        return reading

    def target(self) -> Path:
        return self._wish.output or self._path

    def write(
        self, outcome: Outcome, scales: Scales, currency: str, landing: Landing, progress: Progress | None
    ) -> Kept:
        wish = self._wish
        written = write_results(
            self._path,
            outcome.tables,
            scales,
            currency,
            outcome.closed_up_to,
            output=wish.output,
            backup=_backup_path(self._path, outcome.closing) if wish.backup else None,
            drop_signature=wish.drop_signature,
            expected=self._seen,
            landing=landing,
            progress=progress,
            notes_parts=wish.notes_parts,
            formats_named=self._formats_named,
        )
        return Kept(self.target(), written.backup, written.unkept, written.parts)

    def end(self) -> None:
        return None


def _backup_path(book: Path, closing: str) -> Path:
    """``book.before-IC-000001.xlsx``; a kept book is never overwritten, ``(2)`` is added then."""
    return book.with_name(f"{book.stem}.before-{closing}{book.suffix}")
