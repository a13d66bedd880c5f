"""All tables that lie in what the user named: files, folders of files, workbooks, Delta tables.

In      paths.
Out     Tables, files of one table together: ``InventTrans_1.csv`` and ``InventTrans_2.csv``, the parts in one folder.
Errors  BookUnusable (5) for a path that is not there; IC405 for files that are no tables.
Source  EXPORTS; WORKBOOK "Command line" (import).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files.delta_log import is_delta
from invclose_xl.importing.faults import fault
from invclose_xl.importing.sources import parquet, text_files
from invclose_xl.importing.sources.delta import delta_table
from invclose_xl.importing.sources.described import Described, described_in
from invclose_xl.importing.sources.table import ExportTable, name_key
from invclose_xl.importing.sources.workbooks import workbook_tables

TEXT_ENDINGS, PARQUET_ENDINGS, WORKBOOK_ENDINGS = (".csv", ".txt", ".tsv"), (".parquet",), (".xlsx", ".xlsm")
ENDINGS = (*TEXT_ENDINGS, *PARQUET_ENDINGS, *WORKBOOK_ENDINGS)
_NUMBERED = re.compile(r"[\s_.\-]*(?:part|chunk)?[\s_.\-]*\(?\d+\)?$", re.IGNORECASE)
_PART = re.compile(r"(?:part|chunk|data|\d)[\s_.\-]*[\da-f]*", re.IGNORECASE)


def find_tables(paths: Sequence[Path]) -> list[ExportTable]:
    """Return the tables that lie in files and folders."""
    tables: list[ExportTable] = []
    for path in paths:
        described = described_in(path) if path.exists() else {}
        if path.is_dir():
            tables += _of_folder(path, described, is_root=True)
        elif path.is_file():
            if path.suffix.lower() not in ENDINGS:
                raise fault(
                    "IC405", path.name, "", f"Files of this kind are not read (read are {', '.join(ENDINGS)}).",
                    "Export the table as CSV, Parquet or a workbook, or rename a text file to .csv.",
                )  # fmt: skip
            tables += _of_files([path], (), described)
        else:
            raise BookUnusable(f"There is no file or folder {path}: check the name.")
    if not tables:
        raise fault(
            "IC402", paths[0].name, "", f"There are no tables here (read are {', '.join(ENDINGS)}).",
            "Name the folder that holds the exported files.",
        )  # fmt: skip
    return tables


def _of_folder(folder: Path, described: Described, *, is_root: bool) -> list[ExportTable]:
    """Return the tables of a folder: a Delta table, files, and what lies in its folders."""
    if is_delta(folder):
        return [delta_table(folder)]
    entries = sorted(p for p in folder.iterdir() if not p.name.startswith((".", "_", "~$")))
    files = [p for p in entries if p.is_file() and p.suffix.lower() in ENDINGS]
    tables = _of_files(files, () if is_root else (folder.name,), described)
    for entry in entries:
        if entry.is_dir():
            tables += _of_folder(entry, described, is_root=False)
    return tables


def _of_files(files: Iterable[Path], folder: tuple[str, ...], described: Described) -> list[ExportTable]:
    """Return the tables that files hold; those of one stem and kind are one table."""
    tables: list[ExportTable] = []
    groups: dict[tuple[str, str], list[Path]] = {}
    for file in files:
        ending = file.suffix.lower()
        if ending in WORKBOOK_ENDINGS:
            tables += workbook_tables(file)
        else:
            groups.setdefault((_stem(file, folder), ending), []).append(file)
    for (stem, ending), parts in groups.items():
        is_parquet = ending in PARQUET_ENDINGS
        headings = parquet.headings_of if is_parquet else partial(text_files.headings_of, described=described)
        for named, alike in _alike(parts, headings):
            names = tuple(dict.fromkeys((named.stem if len(alike) == 1 else stem, stem, *folder)))
            if is_parquet:
                tables.append(parquet.parquet_table(alike, names))
            else:
                tables.append(text_files.text_table(alike, names, described))
    return tables


def _stem(file: Path, folder: tuple[str, ...]) -> str:
    """Return the name of the table in a file's name: without a number at its end; the folder's for bare parts."""
    if folder and _PART.match(file.stem):
        return folder[0]
    return _NUMBERED.sub("", file.stem) or file.stem


def _alike(files: list[Path], headings: Callable[[Path], tuple[str, ...]]) -> list[tuple[Path, list[Path]]]:
    """Put files with the same headings together, in the order of their names."""
    groups: dict[frozenset[str], list[Path]] = {}
    for file in files:
        key = frozenset(name_key(c) for c in headings(file))
        groups.setdefault(key, []).append(file)
    return [(parts[0], parts) for parts in groups.values()]
