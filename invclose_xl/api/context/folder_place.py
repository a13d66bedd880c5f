"""A folder of tables on its way through one command: closed as one, or in parts.

In      the folder, and how the run writes.
Out     a BookPlace (places): every closing gets a folder of its own, and nothing that is there is changed.
Errors  BookUnusable (5).
Source  WORKBOOK "Command line" (a folder of tables).
"""

from pathlib import Path

from invclose_xl.api.context.in_parts import FolderInParts, as_one
from invclose_xl.api.context.places import Kept, Wish
from invclose_xl.api.context.run_context import book_or_raise
from invclose_xl.api.context.runner import LOCAL
from invclose_xl.closing.close import execute_run
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.dates import TransactionDays, find_transaction_days
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.currency import fill_currency
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.domain.book import Book, Scales
from invclose_xl.domain.problems.problem import Problem
from invclose_xl.files.landing import Landing
from invclose_xl.tables.folder import FolderRun
from invclose_xl.tables.parts.links import AsOne
from invclose_xl.workbook.input.read import Reading
from invclose_xl.workbook.progress import Progress


class FolderPlace:
    """A folder of tables: every closing gets a folder of its own, and nothing that is there is changed."""

    def __init__(self, path: Path, wish: Wish) -> None:
        self._run = FolderRun(path, wish.output, dry_run=wish.dry_run)
        self._runner = wish.runner
        self._parts: FolderInParts | None = None
        self._as_one: tuple[Problem, ...] = ()
        self._progress: Progress | None = None

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Return what is said about the folder itself."""
        return (*self._run.remarks, *self._as_one)

    def days(self, book: Book) -> TransactionDays | None:
        """Return the dates of the first and the last transaction."""
        return self._parts.days() if self._parts else find_transaction_days(book.transactions)

    def run(self, book: Book, request: RunRequest, said: tuple[Problem, ...], state: LedgerState | None) -> Outcome:
        """Close or recalculate, in parts where that was asked for and can be."""
        if self._parts is None:
            return execute_run(book, request, said, state)
        try:
            return self._parts.run(book, request, said, self._run.working_folder)
        except AsOne as reason:
            self._parts, self._as_one = None, (as_one(str(reason)),)
            whole = self._run.read(self._progress)
            return execute_run(fill_currency(book_or_raise(whole)), request, said)

    def begin(self) -> None:
        """Refuse early what could not be written."""
        self._run.begin()

    def read(self, progress: Progress | None) -> Reading:
        """Read the tables; of a run in parts everything but the transactions."""
        self._progress = progress
        if self._runner.name == LOCAL and not self._runner.memory:
            return self._run.read(progress)
        try:
            self._parts = FolderInParts(self._run.source, self._run.earlier(), self._runner, progress)
            return self._parts.head()
        except AsOne as reason:
            self._as_one = (as_one(str(reason)),)
            return self._run.read(progress)

    def target(self) -> Path:
        """Return the folder of the results."""
        return self._run.target.results

    def write(
        self, outcome: Outcome, scales: Scales, currency: str, landing: Landing, progress: Progress | None
    ) -> Kept:
        """Write the results of each run into a folder of its own."""
        self._run.write(outcome.new, scales, landing)
        return Kept(self.target())

    def end(self) -> None:
        """Let go of the folder."""
        self._run.end()
