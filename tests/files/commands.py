"""The commands that write, each as what is typed, with the place it writes to.

In      a book that was closed once, so that every command has something to do.
Out     Command: arguments for a book and a target.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from invclose_xl.cli.main import main
from tests.books import Book, Item

NOW = datetime(2026, 3, 10, 9, 0)


@dataclass(frozen=True)
class Command:
    name: str
    ending: str
    arguments: Callable[[Path, Path], list[str]]

    def run(self, book: Path, target: Path, *more: str) -> int:
        return main([*self.arguments(book, target), *more], NOW, "controller")


def _writing(name: str, *options: str) -> Command:
    return Command(name, ".xlsx", lambda book, target: [name, str(book), *options, "--output", str(target)])


RESULTS = [
    _writing("close", "--date", "2026-02-28"),
    _writing("recalculate", "--date", "2026-02-28"),
    _writing("reverse"),
]
REPORTS = [
    _writing("check"),
    _writing("reconcile"),
    Command("explain", ".svg", lambda book, target: ["explain", str(book), "S1", "--picture", str(target)]),
]
NEW = Command("new", ".xlsx", lambda book, target: ["new", str(target), "--no-examples"])
OUTPUTS = [*RESULTS, *REPORTS]
ALL = [*OUTPUTS, NEW]
READING = [*OUTPUTS, Command("status", ".xlsx", lambda book, target: ["status", str(book)])]


def closed_once(path: Path) -> Path:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 10, "100.00")
    book.issue("S1", date(2026, 1, 10), 4, "48.00")
    book.receive("P2", date(2026, 2, 5), 10, "110.00")
    book.issue("S2", date(2026, 2, 10), 4, "48.00")
    book.write(path)
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    return path


def copy_of(made: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(shutil.copyfile(made, folder / "book.xlsx"))


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.is_file()}
