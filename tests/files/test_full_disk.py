"""A small file system that is really full: every command that writes leaves the old file or none, and says why.

Where mounting is not allowed, ``test_writer`` holds the same with faults that stand in for the disk.
Source  WORKBOOK "Command line", exit code 5; POSIX write(2): ENOSPC.
"""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.files.commands import ALL, NEW, OUTPUTS, RESULTS, Command, contents
from tests.files.test_paths import by_name

SIZE = 256 * 1024
BLOCK = 4096


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own in the test's folder, gone after the test."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a file system needs root")
    place = tmp_path / "small"
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={SIZE},mode=700,nosuid,nodev,noexec", "invclose-xl-test", str(place)]
    done = subprocess.run(["mount", *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        assert place.stat().st_dev != tmp_path.stat().st_dev
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> None:
    """Take all the room that is left."""
    with open(place / "filler", "ab", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * BLOCK)
        except OSError as fault:
            assert fault.errno == errno.ENOSPC  # noqa: PT017 (how often it must be written to get there is not known)


def refused(command: Command, book: Path, target: Path, capsys: pytest.CaptureFixture[str], *more: str) -> None:
    folder = target.parent
    before = contents(folder)
    capsys.readouterr()
    assert command.run(book, target, *more) == 5
    assert "The disk is full" in (said := capsys.readouterr()).err
    assert "Traceback" not in said.err
    assert contents(folder) == before
    assert {entry.name for entry in folder.iterdir()} == set(before), "no leftovers"


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("command", ALL, **by_name)
@pytest.mark.sampled(4)
def test_an_output_that_has_no_room(
    command: Command, book: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """First where nothing is there yet, then over what an earlier run wrote; with room again, it is written."""
    target = small / f"out{command.ending}"
    fill(small)
    refused(command, book, target, capsys)
    assert not target.exists()
    (small / "filler").unlink()
    assert command.run(book, target) == 0
    if command is not NEW:
        fill(small)
        refused(command, book, target, capsys, "--force")
        (small / "filler").unlink()
        assert command.run(book, target, "--force") == 0


@pytest.mark.parametrize("room", [0, 1, 3])
@pytest.mark.parametrize("command", ["close", "recalculate", "reverse"])
@pytest.mark.sampled(4)
def test_a_book_that_has_no_room_stays_as_it_is(
    command: str, room: int, book: Path, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With some blocks left, the new file is begun and does not fit. No copy of the book is kept, either."""
    there = Path(shutil.copyfile(book, small / "book.xlsx"))
    days = [] if command == "reverse" else ["--date", "2026-02-28"]
    in_place = Command(command, ".xlsx", lambda book, target: [command, str(book), *days])
    fill(small)
    os.truncate(small / "filler", (small / "filler").stat().st_size - room * BLOCK)
    refused(in_place, there, there, capsys)
    (small / "filler").unlink()
    assert in_place.run(there, there) == 0
    assert len([p for p in small.iterdir() if ".before-" in p.name]) == 1


@pytest.mark.parametrize("command", [c for c in OUTPUTS if c not in RESULTS], **by_name)
def test_a_book_on_a_full_disk_can_be_reported_elsewhere(command: Command, book: Path, small: Path) -> None:
    there = Path(shutil.copyfile(book, small / "book.xlsx"))
    fill(small)
    assert command.run(there, book.with_name(f"out{command.ending}")) == 0
