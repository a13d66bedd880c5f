"""A folder of tables on its way through one command: where its input lies, where its results lie, read, written.

In      the folder a person names: one of tables, or one of results, whose manifest says where its tables lie; and the
        folder that results are to go to.
Out     a Reading; new closings in the folder of results.
Errors  BookUnusable, WrongUsage, one sentence, nothing written.
Source  WORKBOOK "Command line" (a folder of tables).
"""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from invclose_xl.domain.book import Scales
from invclose_xl.domain.problems.problem import BookUnusable, Problem, Severity, WrongUsage
from invclose_xl.domain.tables import Tables
from invclose_xl.files.delta_log import is_delta
from invclose_xl.files.faults import sentence
from invclose_xl.files.identity import same_file
from invclose_xl.files.landing import Landing
from invclose_xl.files.target import WORKBOOK_ENDINGS
from invclose_xl.tables.files import CLOSINGS, TableFiles, find_tables
from invclose_xl.tables.frame_table import RowRef
from invclose_xl.tables.on_drive import OnDrive
from invclose_xl.tables.results import COMPRESSION, spec_of, table_of
from invclose_xl.tables.source import FolderSource
from invclose_xl.tables.store import WORKING, Manifest, Staged, read_closings, read_manifest, sole_run
from invclose_xl.workbook.input.read import Reading, read_source
from invclose_xl.workbook.progress import Progress


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the tables lie, and where the results of earlier runs lie."""

    tables: Path
    results: Path
    manifest: Manifest


def open_folder(path: Path) -> Folder:
    """Return where the tables and the results of a folder lie."""
    manifest = read_manifest(path)
    if not manifest.input:
        return Folder(path, path, manifest)
    tables = Path(os.path.normpath(path / manifest.input))
    if not tables.is_dir():
        raise BookUnusable(
            f"{path} holds results of the tables in {tables}, and there is no such folder: put it back there."
        )
    return Folder(tables, path, manifest)


def read_folder(path: Path, progress: Progress | None = None, *, to_compare: bool = False) -> Reading:
    """Read the tables of a folder into the very structures that a workbook is read into."""
    return read_opened(open_folder(path), progress, to_compare=to_compare)


def read_opened(folder: Folder, progress: Progress | None = None, *, to_compare: bool = False) -> Reading:
    """Read tables and results from where they lie."""
    stored = read_closings(folder.results, folder.manifest)
    return read_source(FolderSource(tables_in(folder.tables), stored), progress, to_compare=to_compare)


def tables_in(folder: Path) -> dict[str, TableFiles]:
    """Return the tables of a folder; raise BookUnusable where it has none."""
    tables = find_tables(folder)
    if not tables:
        raise BookUnusable(
            f"{folder} is a folder without tables: name a workbook, or a folder that holds transactions, items "
            "and item_model_groups as Parquet or CSV."
        )
    return tables


def folder_to_write(source: Folder, output: Path | None) -> Folder:
    """Return where a run reads and writes; ``output`` has its own history, or starts with that of the folder."""
    if output is None or same_file(output, source.results):
        return source
    if (output.exists() and not output.is_dir()) or output.suffix.lower() in WORKBOOK_ENDINGS:
        raise WrongUsage(
            f"{output} is no folder, and results of a folder of tables go to a folder: name one (convert makes a "
            "workbook of it)."
        )
    if is_delta(output):
        raise WrongUsage(
            f"{output} is a Delta table, and results are Parquet files in a folder of their own: name another folder."
        )
    if not output.exists() and not output.absolute().parent.is_dir():
        raise BookUnusable(f"There is no folder {output.absolute().parent}: create it, or write to another place.")
    target = read_manifest(output)
    way = _way(source.tables, output)
    if target.is_there:
        if not same_file(output / target.input if target.input else output, source.tables):
            raise BookUnusable(
                f"{output} holds results of other tables ({target.input or output}): choose another folder for these."
            )
        return Folder(source.tables, output, target)
    if (output / CLOSINGS).exists() and any(not name.startswith(".") for name in os.listdir(output / CLOSINGS)):
        raise BookUnusable(f"{output / CLOSINGS} is there already and holds no closings: choose another folder.")
    return Folder(source.tables, output, Manifest((), way))


def _way(tables: Path, results: Path) -> str:
    try:
        return Path(os.path.relpath(tables.resolve(), results.resolve())).as_posix()
    except ValueError:  # another drive
        return str(tables.resolve())


class FolderRun:
    """A folder on its way through a command that writes; no second run gets in while it is at work."""

    def __init__(self, path: Path, output: Path | None, *, dry_run: bool) -> None:
        self.source = open_folder(path)
        tables_in(self.source.tables)
        self.target = folder_to_write(self.source, output)
        self._dry_run = dry_run
        self._stack = contextlib.ExitStack()
        self._staged = Staged(self.target.results, self.target.manifest)
        self.remarks: tuple[Problem, ...] = ()

    def begin(self) -> None:
        """Hold the folder of results, and take away what an interrupted run left there."""
        if self._dry_run:
            return
        self._stack.enter_context(sole_run(self.target.results))
        try:
            self._staged.begin()
        except OSError as fault:
            raise BookUnusable(sentence(self.target.results / CLOSINGS, fault)) from fault
        self.remarks = _left_behind(self._staged)

    def read(self, progress: Progress | None) -> Reading:
        """Read the tables, and the closings of the folder of results; a new one starts with those of the tables."""
        earlier = self.earlier()
        return read_opened(Folder(self.source.tables, earlier.results, earlier.manifest), progress)

    def earlier(self) -> Folder:
        """Return where the closings before this run lie."""
        return self.target if self.target.manifest.is_there else self.source

    def working_folder(self, *, is_shared: bool) -> Path:
        """Return a new folder for what the run lays down, gone at its end: temporary, or one that all machines see."""
        parent = Path(tempfile.gettempdir())
        if is_shared:
            parent = self.source.tables if self._dry_run else self.target.results / CLOSINGS
        folder = parent / f"{WORKING}{uuid.uuid4().hex}"
        try:
            folder.mkdir(mode=0o777 if is_shared else 0o700)
        except OSError as fault:
            raise BookUnusable(sentence(parent, fault)) from fault
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def write(self, runs: tuple[Tables, ...], scales: Scales, landing: Landing | None) -> None:
        """Write the rows of every run into a folder of its own, then let all of them count at once."""
        closings = self.target.results / CLOSINGS
        try:
            if not self.target.manifest.is_there and self.target.results != self.source.results:
                self._staged.take_over(self.source.results, self.source.manifest)
            for new in runs:
                self._staged.add(str(new["lock"]["closing"][0]), _writer(new, scales))
            self._staged.commit(landing)
        except OSError as fault:
            raise BookUnusable(sentence(closings, fault)) from fault
        except pl.exceptions.PolarsError as fault:
            raise BookUnusable(f"{closings} could not be written ({fault}); nothing of this run counts.") from fault

    def end(self) -> None:
        """Take away what was staged and does not count; let other runs in."""
        if not self._dry_run:
            self._staged.abandon()
        self._stack.close()


def _writer(new: Tables, scales: Scales) -> Callable[[Path, str], int]:
    def write(path: Path, table: str) -> int:
        if isinstance(new, OnDrive) and table not in new:
            return new.copy_to(table, path)
        frame = table_of(spec_of(table), new[table], scales)
        frame.write_parquet(path, compression=COMPRESSION)
        return frame.height

    return write


def _left_behind(staged: Staged) -> tuple[Problem, ...]:
    """Say what an interrupted run had left."""
    if not staged.left_behind:
        return ()
    names = ", ".join(staged.left_behind)
    problem = f"An earlier run was interrupted while it wrote {names}; none of it ever counted, and it was removed."
    fix = "No action is needed: this run starts from the last closing that counts."
    return (Problem("IC452", Severity.INFORMATION, RowRef(CLOSINGS), "", problem, fix, "R10.2"),)
