"""Which files of a folder are which table: ``items.parquet``, or all files of a folder ``transactions/``.

In      a folder.
Out     the files of every table of the contract that is there, in the order of their names.
Errors  BookUnusable, one sentence: a table that is there twice, files that somebody is still writing or that are none
        of a table, a table that another program keeps the list of (Delta).
Source  WORKBOOK "Command line" (a folder of tables).
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.faults import sentence
from invclose_xl.workbook.layout import EXPECTED, INPUT_SHEETS, heading_key

ENDINGS = (".parquet", ".csv")
CLOSINGS = "closings"
"""the folder of the results, beside the tables"""
_HALF_WRITTEN = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".inprogress")


@dataclass(frozen=True, slots=True)
class TableFiles:
    """The files of one table."""

    sheet: str
    """the contract's name of the table"""
    folder: Path
    files: tuple[Path, ...]

    def shown(self, file: Path) -> str:
        """Return how a file is called in messages."""
        return file.relative_to(self.folder).as_posix()


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
            files = _files_in(entry) if entry.is_dir() else (entry,)
            found[spec.name] = TableFiles(spec.name, folder, files)
    return found


def _stem(entry: Path) -> str:
    """Return the name without its endings: ``items.parquet.tmp`` is the table items, half written."""
    name = entry.name
    while not entry.is_dir() and Path(name).suffix.lower() in (*ENDINGS, *_HALF_WRITTEN):
        name = Path(name).stem
    return name


def _files_in(folder: Path) -> tuple[Path, ...]:
    """Return the files of a table that has a folder of its own, in natural order of their names."""
    entries = sorted(folder.iterdir(), key=lambda e: natural(e.name))
    names = {e.name for e in entries}
    where = folder.name
    if "_delta_log" in names:
        raise BookUnusable(
            f"{where} is a Delta table, whose folder also holds rows that were deleted: run with --runner spark, or "
            "write it out as Parquet files first."
        )
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
    return tuple(entries)


def _refuse_half_written(folder: Path, entries: Iterable[Path]) -> None:
    for entry in entries:
        if entry.suffix.lower() in _HALF_WRITTEN:
            shown = entry.relative_to(folder).as_posix()
            raise BookUnusable(f"{shown} is only half written: wait until it is written, or remove it.")


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts ``part-10`` behind ``part-9``."""
    parts = re.split(r"([0-9]+)", name)
    return tuple((1, int(p), "") if p.isascii() and p.isdigit() else (0, 0, p) for p in parts)


def is_folder(path: Path) -> bool:
    """Say whether a path is a folder of tables and not a workbook."""
    return os.path.isdir(path)
