"""Rolling forward: next year's book from a closed one, which stays untouched as the archive.

In      the path of a closed workbook, and where the next one goes.
Out     NextBook; the next workbook.
Errors  WrongUsage (2), InputFault (3), Refused (4), BookUnusable (5), InvariantBroken (70).
Source  WORKBOOK "Command line" (rollforward).
"""

import hashlib
import tempfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from invclose_xl import __version__
from invclose_xl.api.context.arguments import moment_of, name_of, path_of, refuse_other_than_flags
from invclose_xl.api.context.places import refuse_tables
from invclose_xl.api.context.run_context import RunContext, book_or_raise
from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.reverse import find_latest_active_run
from invclose_xl.closing.rollforward.carried import sort_transactions
from invclose_xl.closing.rollforward.going import decide_rows
from invclose_xl.closing.rollforward.proof import compare_totals
from invclose_xl.closing.rollforward.tables import carry_tables
from invclose_xl.closing.state.ledger_state import format_closing_number, list_active_closings, read_state
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import BookUnusable, CellRef, InvariantBroken, Problem, Refused, Severity
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.views.rollforward import Going, RolledForward
from invclose_xl.domain.words import ClosingType
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file, stamp
from invclose_xl.files.target import refuse_output, workbook_ending
from invclose_xl.reports.rollforward import NextBook, next_book
from invclose_xl.workbook.input.read import Reading, read_book
from invclose_xl.workbook.layout import ROLL_FORWARD
from invclose_xl.workbook.package.compared import compare_packages
from invclose_xl.workbook.results.write import refuse_unwritable, write_results
from invclose_xl.workbook.rollforward.next_book import write_next_book

BLOCK = 1 << 20


def roll_forward(
    book: str | Path,
    output: str | Path,
    *,
    force: bool = False,
    drop_signature: bool = False,
    landing: Landing | None = None,
    now: datetime | None = None,
    user: str | None = None,
) -> NextBook:
    """Make next year's book of a closed one; the book itself is only read.

    book            a closed workbook: the archive
    output          the next workbook
    force           let ``output`` take the place of whatever file is there, except the book
    drop_signature  write a signed workbook without its signature
    landing         knows from the rename on that the next book is there
    now, user       clock (UTC where it has no zone) and login; default: those of this machine

    returns         NextBook: Decimal amounts in the currency of the book, quantities in the unit of the item
    errors          WrongUsage, InputFault, Refused, BookUnusable, InvariantBroken; nothing is written then
    """
    refuse_other_than_flags(force=force, drop_signature=drop_signature)
    path, target = path_of(book), path_of(output, "output")
    refuse_tables(path, "rollforward")
    moment, by = moment_of(now), name_of(user, "user", "ann")
    refuse_output(target, path, workbook_ending(path), is_ours=lambda: False, force=force)
    refuse_unwritable(path, None, drop_signature=drop_signature)
    seen, where = stamp(path), RunContext.here(moment, by)
    reading = read_book(path, to_compare=True)
    content = book_or_raise(reading)
    _refuse(content)
    file_digest = _sha256(path)
    with tempfile.TemporaryDirectory(prefix="invclose-xl-", ignore_cleanup_errors=True) as folder:
        made = _Making(path, Path(folder), reading, content, where)
        result = made.run(file_digest, drop_signature=drop_signature)
        if stamp(path) != seen:
            raise BookUnusable(f"{path.name} was changed after it was read; nothing was written. Run again.")
        if landing is not None:
            landing.what = f"{target} was written, whole."
        finished = made.finished

        def write(file: BinaryIO) -> None:
            file.write(finished.read_bytes())

        replace_file(target, write, like=path, landing=landing)
    return next_book(replace(result, path=str(target)), reading.problems)


class _Making:
    """The next book while it is made, in a folder that goes afterwards."""

    def __init__(self, path: Path, folder: Path, reading: Reading, old: Book, where: RunContext) -> None:
        self._path, self._reading, self._old = path, reading, old
        self._staged, self.finished = folder / f"inputs{path.suffix}", folder / f"finished{path.suffix}"
        closed = list_active_closings(old.history["lock"])
        lock = old.history["lock"].filter(pl.col("closing").is_in(closed.implode()))
        self._up_to: date = lock["up_to"].max()  # type: ignore[assignment]
        self._request = RunRequest(
            ClosingType.ROLL_FORWARD, self._up_to, old.parameters.specification, where.now, where.user, __version__
        )

    def run(self, file_digest: str, *, drop_signature: bool) -> RolledForward:
        sorted_ = sort_transactions(self._old)
        plan = decide_rows(self._old, sorted_)
        values = self._write_inputs(plan)
        new = book_or_raise(read_book(self._staged))
        renamed = {opening.leg: opening.id for opening in plan.openings}
        tables = carry_tables(self._old, new, sorted_, renamed, self._request)
        name = format_closing_number(sorted_.state.last_number + 1)
        digest = str(self._old.history["lock"]["digest"][-1])
        archive = (self._path.name, digest, file_digest)
        frame = compare_totals(self._old, replace(new, history=tables), self._up_to, name, archive)
        self._write_results(new, tables, frame, drop_signature=drop_signature)
        self._check_what_was_written(name, archive)
        worth = int(frame["value_here"].sum()) + int(frame["not_invoiced_value_here"].sum())
        return RolledForward(
            str(self._path), name, self._up_to, int((~self._old.transactions.stands_for_leg).sum()),
            int(plan.transactions.sum()), len(plan.openings), sum(f.is_opening for f in plan.folded), len(frame), worth,
            *archive, self._old.parameters.currency, self._old.scales.currency_decimals, tuple(values),
            compare_packages(self._path, self.finished),
        )  # fmt: skip

    def _write_inputs(self, plan: Going) -> list[str]:
        compared, charges = self._reading.compared, self._old.cost_adjustments
        assert compared is not None
        texts = {**compared.dimensions, **compared.texts}
        with self._staged.open("wb") as file:
            return write_next_book(self._path, file, self._old, plan, texts, charges.cells if charges else None)

    def _write_results(self, new: Book, tables: Tables, frame: pl.DataFrame, *, drop_signature: bool) -> None:
        write_results(
            self._staged, tables, new.scales, new.parameters.currency, self._up_to, output=self.finished,
            drop_signature=drop_signature, further=[(ROLL_FORWARD, frame)],
        )  # fmt: skip

    def _check_what_was_written(self, name: str, archive: tuple[str, str, str]) -> None:
        """Read the next book as the next run will, before it takes its place: locked, whole, of the same value."""
        written = book_or_raise(read_book(self.finished))
        problems = verify(written, read_state(written))
        if problems:
            first = "; ".join(p.line() for p in problems[:3])
            raise InvariantBroken(f"The next book would be refused ({first}). Nothing was written; please report this.")
        compare_totals(self._old, written, self._up_to, name, archive)


def _refuse(book: Book) -> None:
    """A book goes on from a close that nothing was done behind."""
    state = read_state(book)
    refused = verify(book, state)
    closed = list_active_closings(book.history["lock"])
    if not len(closed):
        refused.append(_cannot("The book was never closed, so there is nothing to go on from.", "Close it first."))
    elif (latest := find_latest_active_run(book.history)) != closed[-1] and not _is_roll_forward(book, latest):
        refused.append(
            _cannot(f"The recalculation {latest} stands behind the last close {closed[-1]}.",
                    "Reverse it, or close the period that it is in, and roll the book forward then.", latest or "")
        )  # fmt: skip
    if refused:
        raise Refused(refused)


def _is_roll_forward(book: Book, closing: str | None) -> bool:
    kinds = dict(book.history["lock"].select("closing", "type").rows())
    return closing is not None and kinds[closing] == ClosingType.ROLL_FORWARD


def _cannot(problem: str, fix: str, found: str = "") -> Problem:
    return Problem("IC226", Severity.REFUSED, CellRef("Lock"), found, problem, fix)


def _sha256(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            sha.update(block)
    return sha.hexdigest()
