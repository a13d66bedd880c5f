"""The folder of closings: one folder a closing, written completely or not at all, and a manifest that says what counts.

In      a folder of results: ``closings/manifest.json``, ``closings/IC-000001/settlements.parquet`` …
Out     the closings that the manifest lists; or new ones: staged, renamed, and counted from the moment the new manifest
        takes the place of the old one.
Errors  BookUnusable: two runs at once, a folder that is not ours, no room. Problems (IC451) for files that changed.
Source  WORKBOOK "Command line" (a folder of tables); POSIX rename(2), flock(2).
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable, Problem
from invclose_xl.files.faults import sentence
from invclose_xl.files.landing import Landing
from invclose_xl.files.replace import replace_file
from invclose_xl.tables.files import CLOSINGS
from invclose_xl.tables.history import StoredClosings, StoredTable, changed_file
from invclose_xl.tables.results import OtherSchema, fields_of
from invclose_xl.workbook.layout import OUTPUT_SHEETS

try:
    import fcntl
except ImportError:  # Windows: the manifest's digest still catches a second run
    fcntl = None  # type: ignore[assignment]

MANIFEST, STAGING, WORKING, LOCK_FILE = "manifest.json", ".staging", ".invclose-xl-", ".lock"
FORMAT = 1
_CLOSING = re.compile(r"IC-\d{6,}", re.ASCII)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """The closings that count: in their order, with rows and digest of every file."""

    closings: tuple[dict[str, Any], ...] = ()
    input: str = ""
    """where the input tables lie, seen from the folder; '' where they lie in it"""
    is_there: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The closings by name, oldest first."""
        return tuple(str(entry["closing"]) for entry in self.closings)

    def text(self) -> str:
        """Return the manifest as it is written."""
        whole = {"format": FORMAT, "input": self.input, "closings": list(self.closings)}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Return what counts in a folder of results; nothing where no run wrote there yet."""
    path = folder / CLOSINGS / MANIFEST
    if not path.exists():
        if any(_CLOSING.fullmatch(name) for name in _names(folder / CLOSINGS)):
            raise BookUnusable(
                f"{folder / CLOSINGS} holds closings but no {MANIFEST}, which says which of them count: restore it "
                "from your backup."
            )
        return Manifest()
    try:
        whole = json.loads(path.read_text("utf-8"))
        if whole["format"] != FORMAT:
            raise BookUnusable(f"{path} was written by a later version of invclose-xl: use that version.")
        return Manifest(tuple(whole["closings"]), str(whole["input"]), is_there=True)
    except OSError as fault:
        raise BookUnusable(sentence(path, fault)) from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise BookUnusable(f"{path} is damaged: restore it from your backup.") from fault


def _names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder)) if folder.is_dir() else []


def read_closings(folder: Path, manifest: Manifest) -> StoredClosings:
    """Return what every closing that counts wrote, each file compared with its digest; rows are read when asked for."""
    tables: dict[str, list[StoredTable]] = {}
    problems: list[Problem] = []
    for entry in manifest.closings:
        for sheet in OUTPUT_SHEETS:
            said = entry["tables"].get(sheet.table)
            shown = f"{CLOSINGS}/{entry['closing']}/{sheet.table}.parquet"
            if said is None:
                problems.append(changed_file(shown, f"{MANIFEST} does not list it"))
                continue
            path = folder / shown
            if not path.exists():
                problems.append(changed_file(shown, "it is gone"))
            elif digest_of_file(path) != said["sha256"]:
                problems.append(changed_file(shown, "its digest is another"))
            else:
                try:
                    fields = fields_of(sheet, pl.scan_parquet(path, hive_partitioning=False))
                    tables.setdefault(sheet.table, []).append(StoredTable(shown, fields))
                except (OtherSchema, pl.exceptions.PolarsError) as fault:
                    problems.append(changed_file(shown, str(fault)))
    return StoredClosings({} if problems else tables, tuple(problems))


def digest_of_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            sha.update(block)
    return sha.hexdigest()


@contextlib.contextmanager
def sole_run(folder: Path) -> Iterator[None]:
    """Hold a folder of results against a second run; freed by the system even if this process is killed."""
    closings = folder / CLOSINGS
    made = [path for path in (closings, folder) if not path.exists()]
    try:
        closings.mkdir(parents=True, exist_ok=True)
        lock = open(closings / LOCK_FILE, "a+b")  # noqa: SIM115 - closed below, whatever happens
    except OSError as fault:
        raise BookUnusable(sentence(closings, fault)) from fault
    with lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BookUnusable(f"Another run is at work in {folder}: wait for it to finish.") from None
            except OSError:
                pass  # some network drives know no locks; the manifest still catches a second run
        try:
            yield
        finally:
            if made and not (closings / MANIFEST).exists():
                _take_back(made, closings / LOCK_FILE)


def _take_back(made: list[Path], lock: Path) -> None:
    """Leave no empty folders of a run that wrote nothing."""
    with contextlib.suppress(OSError):
        lock.unlink()
        for folder in made:
            folder.rmdir()


class Staged:
    """New closings on their way into a folder of results."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self.manifest = folder, manifest
        self.left_behind: tuple[str, ...] = ()
        """what an interrupted run had left, and is gone now"""
        self._closings = folder / CLOSINGS
        self._entries: list[dict[str, Any]] = []

    def begin(self) -> None:
        """Take away what an interrupted run left: it never counted."""
        left = [name for name in _names(self._closings) if _is_left(name, self.manifest.names)]
        for name in left:
            shutil.rmtree(self._closings / name)
        self.left_behind = tuple(name for name in left)
        (self._closings / STAGING).mkdir(parents=True)

    def path(self, closing: str, table: str) -> Path:
        """Return where a table of a new closing is to be written."""
        folder = self._closings / STAGING / closing
        folder.mkdir(exist_ok=True)
        return folder / f"{table}.parquet"

    def add(self, closing: str, write: Callable[[Path, str], int]) -> None:
        """Write all result tables of one closing; ``write`` returns the number of rows."""
        said: dict[str, dict[str, Any]] = {}
        for sheet in OUTPUT_SHEETS:
            path = self.path(closing, sheet.table)
            rows = write(path, sheet.table)
            _sync(path)
            said[sheet.table] = {"rows": rows, "sha256": digest_of_file(path)}
        self._entries.append({"closing": closing, "tables": said})

    def take_over(self, folder: Path, manifest: Manifest) -> None:
        """Begin with the closings of another folder of results."""
        for entry in manifest.closings:
            name = str(entry["closing"])
            shutil.copytree(folder / CLOSINGS / name, self._closings / STAGING / name)
            self._entries.append(entry)

    def commit(self, landing: Landing | None = None) -> None:
        """Let the new closings count: folders into their place, then the manifest, by the one rename that counts."""
        if read_manifest(self.folder).closings != self.manifest.closings:
            raise BookUnusable(f"{self.folder} was closed by another run meanwhile; nothing was written. Run again.")
        target = self._closings / MANIFEST
        if not target.exists():
            replace_file(target, lambda file: _write(file, self.manifest))
        for entry in self._entries:
            os.rename(self._closings / STAGING / entry["closing"], self._closings / entry["closing"])
        os.rmdir(self._closings / STAGING)
        after = Manifest((*self.manifest.closings, *self._entries), self.manifest.input)
        replace_file(target, lambda file: _write(file, after), landing=landing)

    def abandon(self) -> None:
        """Take away what was staged."""
        shutil.rmtree(self._closings / STAGING, ignore_errors=True)


def _is_left(name: str, counted: tuple[str, ...]) -> bool:
    """Say whether a folder is of a run that never counted; a closing older than the last that counts is not."""
    if name == STAGING or name.startswith(WORKING):
        return True
    return bool(_CLOSING.fullmatch(name)) and _number(name) > max(map(_number, counted), default=0)


def _number(closing: str) -> int:
    return int(closing.removeprefix("IC-"))


def _write(file: Any, manifest: Manifest) -> None:
    file.write(manifest.text().encode())


def _sync(path: Path) -> None:
    with open(path, "r+b") as file:
        os.fsync(file.fileno())
