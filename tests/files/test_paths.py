"""Which paths may be written and read: every kind of path, tried with every command.

Nothing here names a device of the machine: a device is a node made in the test's own folder.

Source  WORKBOOK "Command line": an --output that is the book itself, or whose ending is no workbook, is exit code 2.
"""

import errno
import os
import socket
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from invclose_xl.files import identity
from invclose_xl.files.faults import sentence
from invclose_xl.files.identity import same_file
from tests.files.commands import ALL, NEW, NOW, OUTPUTS, READING, REPORTS, RESULTS, Command, contents, copy_of

by_name = {"ids": lambda value: value.name if isinstance(value, Command) else None}


# ---- two names of one file


def the_book_by_another_name(kind: str, book: Path) -> Path:
    other = book.with_name("other.xlsx")
    match kind:
        case "hard link":
            os.link(book, other)
        case "symbolic link":
            other.symlink_to(book)
        case "relative link":
            other.symlink_to(book.name)
        case "link in a linked folder":
            book.parent.with_name("alias").symlink_to(book.parent)
            return book.parent.with_name("alias") / book.name
        case "spelling":
            return book.parent / ".." / book.parent.name / "." / book.name
        case "upper case":
            return book.with_name("BOOK.XLSX")
        case "itself":
            return book
    return other


WAYS = ["itself", "hard link", "symbolic link", "relative link", "link in a linked folder", "spelling", "upper case"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", OUTPUTS, **by_name)
@pytest.mark.sampled(3)
def test_the_book_itself_is_refused(command: Command, way: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = the_book_by_another_name(way, book)
    before = contents(book.parent)
    assert command.run(book, target) == 2
    assert "itself: name another file" in capsys.readouterr().err
    assert command.run(book, target, "--force") == 2, "not even with --force"
    assert contents(book.parent) == before


def test_a_picture_named_like_its_book(book: Path) -> None:
    odd = book.rename(book.with_suffix(".svg"))
    before = odd.read_bytes()
    assert REPORTS[2].run(odd, odd) == 2
    assert odd.read_bytes() == before


def test_where_a_drive_has_no_inodes_the_real_path_decides(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_identity", lambda path: None)
    assert same_file(book, book.parent / "x" / ".." / "Book.XLSX")
    assert not same_file(book, book.with_name("book2.xlsx"))


# ---- endings


@pytest.mark.parametrize("ending", ["", ".txt", ".xls", ".csv", ".xlsb", ".ods", ".xlsx.bak"])
@pytest.mark.parametrize("command", ALL, **by_name)
@pytest.mark.sampled(3)
def test_an_ending_that_is_none_of_its_kind(command: Command, ending: str, book: Path) -> None:
    target = book.with_name(f"out{ending}")
    assert command.run(book, target) == 2
    assert not target.exists()


@pytest.mark.parametrize("command", RESULTS, **by_name)
def test_a_copy_has_the_ending_of_its_book(command: Command, book: Path) -> None:
    """An .xlsx under the name of an .xlsm is a file that Excel does not open."""
    assert command.run(book, book.with_name("out.xlsm")) == 2
    assert command.run(book, book.with_name("OUT.XLSX")) == 0


# ---- what is there already


@pytest.mark.parametrize("command", OUTPUTS, **by_name)
@pytest.mark.sampled(5)
def test_another_file_is_replaced_only_with_force(
    command: Command, book: Path, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = book.with_name(f"mine{command.ending}")
    target.write_bytes(b"a file of mine")
    assert command.run(book, target) == 5
    assert "was left alone: choose another name, or replace it with --force" in capsys.readouterr().err
    assert target.read_bytes() == b"a file of mine"
    assert command.run(book, target, "--force") == 0
    assert target.read_bytes() != b"a file of mine"
    assert book.read_bytes() == made.read_bytes()


@pytest.mark.parametrize("command", OUTPUTS, **by_name)
@pytest.mark.sampled(5)
def test_what_we_made_of_the_same_book_is_replaced(command: Command, book: Path, tmp_path: Path) -> None:
    target = book.with_name(f"made{command.ending}")
    assert command.run(book, target) == 0
    assert command.run(book, target) == 0
    elsewhere = copy_of(book, tmp_path / "elsewhere")
    if command in REPORTS:
        before = target.read_bytes()
        assert command.run(elsewhere, target) == 5, "it is about a book in another folder"
        assert target.read_bytes() == before


def test_a_result_that_was_closed_further_is_left_alone(book: Path) -> None:
    close, target = RESULTS[0], book.with_name("next.xlsx")
    assert close.run(book, target) == 0
    assert main(["recalculate", str(target), "--no-backup"], NOW + timedelta(days=1), "controller") == 0
    before = target.read_bytes()
    assert close.run(book, target) == 5
    assert target.read_bytes() == before


@pytest.mark.parametrize("command", [c for c in REPORTS if c.ending == ".xlsx"], **by_name)
def test_a_report_that_somebody_saved_is_theirs(command: Command, book: Path) -> None:
    import openpyxl

    target = book.with_name("report.xlsx")
    assert command.run(book, target) == 0
    openpyxl.load_workbook(target).save(target)
    before = target.read_bytes()
    assert command.run(book, target) == 5
    assert target.read_bytes() == before


def test_new_never_replaces(book: Path) -> None:
    before = book.read_bytes()
    assert NEW.run(book, book) == 5
    assert book.read_bytes() == before


@pytest.mark.parametrize("lock", ["~$out{0}", ".~lock.out{0}#"])
@pytest.mark.parametrize("command", ALL, **by_name)
@pytest.mark.sampled(3)
def test_a_file_that_is_open_in_a_spreadsheet_program(
    command: Command, lock: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = book.with_name(f"out{command.ending}")
    book.with_name(lock.format(command.ending)).write_bytes(b"")
    assert command.run(book, target) == 5
    assert f"{target.name} is open in " in capsys.readouterr().err
    assert not target.exists()


# ---- not a file


def irregular(kind: str, path: Path) -> Path:
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "socket":
            with socket.socket(socket.AF_UNIX) as made:
                here = Path.cwd()
                os.chdir(path.parent)  # the path of a socket is short
                try:
                    made.bind(path.name)
                finally:
                    os.chdir(here)
        case "dangling link":
            path.symlink_to(path.with_name("nowhere.xlsx"))
        case "link in a circle":
            path.symlink_to(path)
        case "link to a pipe":
            os.mkfifo(path.with_name("pipe"))
            path.symlink_to(path.with_name("pipe"))
        case "device":
            try:
                os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
            except OSError as fault:
                if fault.errno not in (errno.EPERM, errno.EACCES):
                    raise
                pytest.skip("making a device needs more rights")
    return path


KINDS = ["pipe", "folder", "socket", "dangling link", "link in a circle", "link to a pipe", "device"]
needs_posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs the files of POSIX")


@needs_posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ALL, **by_name)
@pytest.mark.sampled(3)
def test_what_is_no_file_is_not_written(
    command: Command, kind: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = irregular(kind, book.with_name(f"odd{command.ending}"))
    before = os.lstat(target)
    force = [] if command is NEW else ["--force"]
    assert command.run(book, target, *force) == 5
    assert "Traceback" not in (said := capsys.readouterr().err)
    assert target.name in said
    after = os.lstat(target)
    assert (after.st_ino, after.st_mode, after.st_rdev) == (before.st_ino, before.st_mode, before.st_rdev)
    assert not target.with_name("nowhere.xlsx").exists()


@needs_posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", READING, **by_name)
@pytest.mark.sampled(3)
def test_what_is_no_file_is_not_read(
    command: Command, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = irregular(kind, tmp_path / "odd.xlsx"), tmp_path / f"out{command.ending}"
    assert command.run(source, target) == 5
    assert source.name in capsys.readouterr().err
    assert not target.exists()


@needs_posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(3)
def test_nor_is_a_copy_of_the_book_kept_over_it(kind: str, book: Path, made: Path) -> None:
    odd = irregular(kind, book.with_name("book.before-IC-000002.xlsx"))
    before = os.lstat(odd)
    assert main(["close", str(book), "--date", "2026-02-28"]) == 0
    assert os.lstat(odd).st_ino == before.st_ino
    assert book.with_name("book.before-IC-000002 (2).xlsx").read_bytes() == made.read_bytes()


# ---- names that are no text

BESIDE = Command("reconcile beside", ".xlsx", lambda book, _: ["reconcile", str(book)])


@pytest.mark.skipif(os.name != "posix", reason="names are bytes only on POSIX")
@pytest.mark.parametrize("command", [*ALL, BESIDE], **by_name)
@pytest.mark.sampled(3)
def test_names_that_are_not_utf_8(command: Command, book: Path) -> None:
    """Book and target are named in bytes that are no UTF-8; whatever is written names them printed out."""
    try:
        odd = book.rename(book.with_name(os.fsdecode(b"b\xffook.xlsx")))
    except OSError:
        pytest.skip("this drive only takes names in UTF-8")
    target = book.with_name(os.fsdecode(b"t\x80\xff") + command.ending)
    assert command.run(odd, target) == 0
    written = target if target.exists() else odd.with_name(f"{odd.stem}.reconciliation.xlsx")
    assert written.stat().st_size
    assert command is NEW or command.run(odd, target) == 0, "its own mark is known again"


# ---- reports of another kind


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0)])
def test_a_report_of_another_kind_is_left_alone(
    first: int, second: int, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only the same command makes its report anew; another's takes --force."""
    target = book.with_name("report.xlsx")
    assert REPORTS[first].run(book, target) == 0
    before = target.read_bytes()
    assert REPORTS[second].run(book, target) == 5
    assert "is there already" in capsys.readouterr().err
    assert target.read_bytes() == before
    assert REPORTS[first].run(book, target) == 0
    assert REPORTS[second].run(book, target, "--force") == 0


# ---- advice that can be followed


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EBUSY])
def test_the_advice_holds_for_commands_without_output(number: int, tmp_path: Path) -> None:
    said = sentence(tmp_path / "book.xlsx", OSError(number, os.strerror(number)))
    assert "write to another place (--output, or another name where the command has no such option)" in said
