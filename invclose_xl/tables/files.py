"""Files of a folder by table: ``items.parquet``, or all files of a folder ``transactions/``.

In      a folder.
Out     the files of every table of the contract that is there, in the order of their names.
Errors  BookUnusable, one sentence: a table that is there twice, files that somebody is still writing or that are none
        of a table, a Delta table whose log cannot be followed.
Source  WORKBOOK "Command line" (a folder of tables).
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.domain.problems.tally import make_natural_key
from invclose_xl.files.delta_log import DeltaColumn, DeltaFault, is_delta, read_delta_log
from invclose_xl.files.faults import sentence
from invclose_xl.workbook.layout import EXPECTED, INPUT_SHEETS, heading_key

ENDINGS = (".parquet", ".csv")
CLOSINGS = "closings"
"""the folder of the results, beside the tables"""
_HALF_WRITTEN = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".inprogress")


@dataclass(frozen=True, slots=True)
class TableFile:
    """One file of a table."""

    path: Path
    columns: Mapping[str, DeltaColumn] | None = None
    """of a Delta table: what its log says of its columns; None: the file says it itself"""
    fixed: Mapping[str, str | None] = field(default_factory=dict)
    """columns that are in the log alone, by the names that files would have for them: one value for all rows"""


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one table."""

    sheet: str
    """the contract's name of the table"""
    folder: Path
    files: tuple[TableFile, ...]

    def shown(self, file: TableFile) -> str:
        """Return how a file is called in messages."""
        return file.path.relative_to(self.folder).as_posix()


def table_name(sheet: str) -> str:
    """Return the name that a table has as a file: ``Item model groups`` is ``item_model_groups``."""
    return sheet.lower().replace(" ", "_")


def find_tables(folder: Path) -> dict[str, TableFiles]:
    """Return the tables of a folder by the contract's names."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as fault:
        raise BookUnusable(sentence(folder, fault)) from fault
    found: dict[str, TableFiles] = {}
    for spec in (*INPUT_SHEETS, EXPECTED):
        named = [e for e in entries if not e.name.startswith(".") and heading_key(_stem(e)) == heading_key(spec.name)]
        _refuse_half_written(folder, [e for e in named if e.is_file()])
        named = [e for e in named if e.is_dir() or e.suffix.lower() in ENDINGS]
        if len(named) > 1:
            both = " and ".join(e.name for e in named)
            raise BookUnusable(f"{folder} holds the table {spec.name} twice, as {both}: move one of them away.")
        for entry in named:
            files = _files_in(entry) if entry.is_dir() else (TableFile(entry),)
            found[spec.name] = TableFiles(spec.name, folder, files)
    return found


def _stem(entry: Path) -> str:
    """Return the name without its endings: ``items.parquet.tmp`` is the table items, half written."""
    name = entry.name
    while not entry.is_dir() and Path(name).suffix.lower() in (*ENDINGS, *_HALF_WRITTEN):
        name = Path(name).stem
    return name


def _files_in(folder: Path) -> tuple[TableFile, ...]:
    """Return the files of a table that has a folder of its own, in natural order of their names."""
    if is_delta(folder):
        return _files_of_delta(folder)
    entries = sorted(folder.iterdir(), key=lambda e: make_natural_key(e.name))
    names = {e.name for e in entries}
    where = folder.name
    if "_temporary" in names:
        raise BookUnusable(
            f"{where} is only half written ({where}/_temporary is still there): wait until it is written, or write it "
            "again."
        )
    entries = [e for e in entries if not e.name.startswith((".", "_"))]
    _refuse_half_written(folder.parent, entries)
    for entry in entries:
        if entry.is_dir():
            raise BookUnusable(
                f"{where} holds a folder {entry.name}: all files of a table lie side by side, and every value stands "
                "in a column; write it without partition folders."
            )
        if entry.suffix.lower() not in ENDINGS:
            raise BookUnusable(f"{where}/{entry.name} is neither Parquet nor CSV: move it out of the folder.")
    if not entries:
        raise BookUnusable(f"The folder {where} holds no Parquet or CSV file: write the table, or remove the folder.")
    return tuple(TableFile(entry) for entry in entries)


def _files_of_delta(folder: Path) -> tuple[TableFile, ...]:
    """Return the files that the log of a Delta table counts; others in its folder hold rows that were deleted."""
    try:
        delta = read_delta_log(folder)
    except DeltaFault as fault:
        found = f" ({fault.found})" if fault.found else ""
        raise BookUnusable(f"{folder.name} is a Delta table that cannot be read{found}. {fault}") from fault
    plain = {name: column for name, column in delta.columns.items() if column.dtype is not None}
    paths = sorted(delta.files, key=make_natural_key)
    if not paths:
        raise BookUnusable(f"The Delta table {folder.name} has no rows: write the table, or remove the folder.")
    return tuple(TableFile(folder / path, plain, delta.files[path]) for path in paths)


def _refuse_half_written(folder: Path, entries: Iterable[Path]) -> None:
    for entry in entries:
        if entry.suffix.lower() in _HALF_WRITTEN:
            shown = entry.relative_to(folder).as_posix()
            raise BookUnusable(f"{shown} is only half written: wait until it is written, or remove it.")


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder of tables and not a workbook."""
    return os.path.isdir(path)
