"""Crash safety: whatever fails, and whenever, the book on disk is the old or the new one, whole, with no debris."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.files import replace as module
from invclose_xl.files.replace import replace_file, sole_writer, stamp
from invclose_xl.workbook.package.package import Package
from invclose_xl.workbook.results.write import write_results
from tests.workbook.result_tables import DAY, SCALES, plain_book, tables

ROOT = Path(__file__).parents[2]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return plain_book(tmp_path / "book.xlsx")


def is_whole(path: Path) -> bool:
    with Package.open(path) as package:
        for member in package.archive.members:
            package.archive.read(member)
    return True


class Fault:
    """Counts calls and fails the n-th one."""

    def __init__(self, fail_at: int, number: int = errno.EIO) -> None:
        self.fail_at, self.number, self.calls = fail_at, number, 0

    def around(self, function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            self.calls += 1
            if self.calls == self.fail_at:
                raise OSError(self.number, os.strerror(self.number))
            return function(*arguments, **named)

        return call


class FaultyFile:
    """A file whose writes and flushes can fail."""

    def __init__(self, file: BinaryIO, fault: Fault) -> None:
        self._file = file
        self.write = fault.around(file.write)
        self.flush = fault.around(file.flush)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def run_with_fault(monkeypatch: pytest.MonkeyPatch, book: Path, fault: Fault, *, nameless: bool, backup: Path) -> None:
    real_fdopen = os.fdopen
    with monkeypatch.context() as patch:
        for name in ("fsync", "replace", "link", "fchmod"):
            patch.setattr(module.os, name, fault.around(getattr(os, name)))
        patch.setattr(module.os, "fdopen", lambda *a: FaultyFile(real_fdopen(*a), fault))
        if not nameless:
            patch.setattr(module, "_open_nameless", lambda folder, mode: None)
        write_results(book, tables(), SCALES, "EUR", DAY, backup=backup)


@pytest.mark.parametrize("nameless", [True, False])
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.long
def test_a_fault_at_every_step_leaves_the_old_book_or_the_new_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nameless: bool, number: int
) -> None:
    counting = Fault(0)
    first = plain_book(tmp_path / "count.xlsx")
    run_with_fault(monkeypatch, first, counting, nameless=nameless, backup=tmp_path / "count.before.xlsx")
    new = first.read_bytes()
    assert counting.calls > 20
    every = range(1, counting.calls + 1)
    steps = every if number == errno.EIO else sorted({*every[::7], *every[-8:]})
    for step in steps:
        folder = tmp_path / f"step{step}"
        folder.mkdir()
        book = folder / "book.xlsx"
        book.write_bytes((tmp_path / "count.before.xlsx").read_bytes())
        old = book.read_bytes()
        fault = Fault(step, number)
        try:
            run_with_fault(monkeypatch, book, fault, nameless=nameless, backup=folder / "book.before.xlsx")
        except BookUnusable:
            assert book.read_bytes() == old, f"step {step}"
        else:
            assert book.read_bytes() == new, f"step {step}"
        left = {p.name for p in folder.iterdir()} - {"book.xlsx"}
        assert left <= {"book.before.xlsx"}, f"step {step}: {left}"
        if left:
            assert (folder / "book.before.xlsx").read_bytes() == old


def test_a_full_disk_says_so(monkeypatch: pytest.MonkeyPatch, book: Path) -> None:
    with pytest.raises(BookUnusable, match="disk is full"):
        run_with_fault(monkeypatch, book, Fault(3, errno.ENOSPC), nameless=True, backup=book.with_name("b.xlsx"))


def test_an_interrupt_leaves_no_debris(book: Path) -> None:
    before = book.read_bytes()

    def interrupted(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(book, interrupted, expected=stamp(book), like=book)
    assert book.read_bytes() == before
    assert list(book.parent.iterdir()) == [book]


def test_a_book_replaced_meanwhile_is_not_overwritten(book: Path) -> None:
    seen = stamp(book)

    def meanwhile(file: BinaryIO) -> None:
        file.write(b"new")
        other = book.with_name("other.xlsx")
        other.write_bytes(b"saved by a colleague")
        os.replace(other, book)

    with pytest.raises(BookUnusable, match="changed by someone else"):
        replace_file(book, meanwhile, expected=seen, like=book)
    assert book.read_bytes() == b"saved by a colleague"
    assert list(book.parent.iterdir()) == [book]


def test_a_second_run_is_refused(book: Path) -> None:
    with sole_writer(book), pytest.raises(BookUnusable, match="Another run is writing book"):
        write_results(book, tables(), SCALES, "EUR", DAY)
    write_results(book, tables(), SCALES, "EUR", DAY)


def test_debris_of_a_killed_run_is_cleared_away(book: Path) -> None:
    debris = book.with_name(".book.xlsx.invclose-new")
    debris.write_bytes(b"half")
    write_results(book, tables(), SCALES, "EUR", DAY)
    assert list(book.parent.iterdir()) == [book]


def test_without_hard_links_the_backup_is_a_copy(monkeypatch: pytest.MonkeyPatch, book: Path) -> None:
    before = book.read_bytes()

    def no_links(*_: object, **named: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(module, "_open_nameless", lambda folder, mode: None)
    monkeypatch.setattr(module.os, "link", no_links)
    kept = book.with_name("kept.xlsx")
    write_results(book, tables(), SCALES, "EUR", DAY, backup=kept)
    assert kept.read_bytes() == before
    assert sorted(p.name for p in book.parent.iterdir()) == ["book.xlsx", "kept.xlsx"]


KILLED = """
import sys
from pathlib import Path
from invclose_xl.workbook.results.write import write_results
from tests.workbook.result_tables import DAY, SCALES, tables
book = Path(sys.argv[1])
data = tables(1, 20_000)
print("ready", flush=True)
for number in range(1000):
    write_results(book, data, SCALES, "EUR", DAY, backup=book.with_name(f"kept{number}.xlsx"))
"""


@pytest.mark.long
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that can kill a process outright")
def test_killed_at_any_moment_the_book_is_whole(tmp_path: Path) -> None:
    chance = random.Random(2026)
    for round_number in range(20):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        book = plain_book(folder / "book.xlsx")
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(book)], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ}
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.4))
            process.kill()
        for file in folder.iterdir():  # also one between its naming and its renaming, which the next run clears
            assert file.name.startswith(("book.xlsx", "kept", ".book.xlsx.invclose-new")), file
            assert is_whole(file), file
        write_results(book, tables(), SCALES, "EUR", DAY)
        assert not [file for file in folder.iterdir() if file.name.startswith(".")]


KILLED_BEFORE_RENAMING = """
import os, signal, sys
from pathlib import Path
from invclose_xl.files import replace
from invclose_xl.workbook.results.write import write_results
from tests.workbook.result_tables import DAY, SCALES, tables
replace.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write_results(Path(sys.argv[1]), tables(), SCALES, "EUR", DAY)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a system that can kill a process outright")
def test_killed_between_naming_and_renaming_the_book_is_the_old_one(book: Path) -> None:
    before = book.read_bytes()
    run = subprocess.run([sys.executable, "-c", KILLED_BEFORE_RENAMING, str(book)], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    assert book.read_bytes() == before
    assert is_whole(book.with_name(".book.xlsx.invclose-new"))
    write_results(book, tables(), SCALES, "EUR", DAY)
    assert list(book.parent.iterdir()) == [book]
