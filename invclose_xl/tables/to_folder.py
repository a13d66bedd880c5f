"""A workbook becomes a folder of tables: its input as Parquet, each of its closings as a folder of its own.

In      a workbook without errors; a folder that is not there yet, or is empty.
Out     the folder, whole or not at all.
Errors  InputFault, Refused: as any reading of the workbook. BookUnusable, one sentence: the folder is there already.
Source  WORKBOOK "Command line" (convert).
"""

import os
import shutil
import tempfile
from pathlib import Path

import polars as pl

from invclose_xl.closing.lock.sealing import fill_added_columns
from invclose_xl.domain.book import Book
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.tables import Tables
from invclose_xl.files.faults import sentence
from invclose_xl.files.landing import Landing
from invclose_xl.tables.files import table_name
from invclose_xl.tables.results import COMPRESSION, spec_of, table_of
from invclose_xl.tables.store import Manifest, Staged
from invclose_xl.tables.typed import TypedTable

_IN_ALL_RUNS = "stock_value"
"""of this table only the last run's rows are kept"""


def refuse_folder(folder: Path) -> None:
    """Raise BookUnusable unless a new folder may come to lie here."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BookUnusable(f"{folder} is there already and was left alone: choose another name, or remove it.")
    if not folder.absolute().parent.is_dir():
        raise BookUnusable(f"There is no folder {folder.absolute().parent}: create it, or write to another place.")


def write_folder(folder: Path, tables: list[TypedTable], book: Book, landing: Landing | None) -> None:
    """Write tables and closings beside the target, then give the new folder its name."""
    refuse_folder(folder)
    target = folder.absolute()
    try:
        staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            os.chmod(staged, 0o777 & ~_umask())
            for table in tables:
                _write_table(staged, table)
            _write_closings(staged, book)
            if target.exists():
                os.rmdir(target)
            if landing is not None:
                landing.expect(target, os.stat(staged))
            os.rename(staged, target)
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
    except OSError as fault:
        raise BookUnusable(sentence(folder, fault)) from fault


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _write_table(folder: Path, table: TypedTable) -> None:
    name = table_name(table.spec.name)
    if len(table.parts) == 1:
        table.parts[0].write_parquet(folder / f"{name}.parquet", compression=COMPRESSION)
        return
    (folder / name).mkdir()
    for number, part in enumerate(table.parts, 1):
        part.write_parquet(folder / name / f"part-{number:05}.parquet", compression=COMPRESSION)


def _write_closings(folder: Path, book: Book) -> None:
    """Give every run the rows that it wrote, in the present columns; the stock value is the last run's."""
    closings = book.history["lock"]["closing"].to_list()
    if not closings:
        return
    history = fill_added_columns(book, book.history)
    staged = Staged(folder, Manifest())
    staged.begin()
    for closing in closings:
        own = rows_of(history, closing, is_last=closing == closings[-1])

        def write(path: Path, table: str, own: Tables = own) -> int:
            frame = table_of(spec_of(table), own[table], book.scales)
            frame.write_parquet(path, compression=COMPRESSION)
            return frame.height

        staged.add(closing, write)
    staged.commit()


def rows_of(history: Tables, closing: str, *, is_last: bool) -> Tables:
    """Return the rows that one run wrote."""
    return {
        name: (frame if is_last else frame.clear())
        if name == _IN_ALL_RUNS
        else frame.filter(pl.col("closing") == closing)
        for name, frame in history.items()
    }
