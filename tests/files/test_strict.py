"""--strict and --log-file: what they change, and that they change nothing else.

Source  WORKBOOK "Command line": --strict, --log-file, exit codes.
"""

import os
from datetime import date, datetime
from pathlib import Path

import pytest

import invclose_xl
from invclose_xl.cli.main import main
from tests.errors.edits import edit_book
from tests.files.commands import NOW, RESULTS, Command, contents, copy_of
from tests.files.test_paths import KINDS, by_name, irregular, needs_posix

EARLY = datetime(2026, 2, 10, 9, 0)
"""before 2026-02-28, so that a close up to that day warns"""
STRICT = "--strict"


def run(book: Path, command: str, *more: str, now: datetime = NOW) -> int:
    day = [] if command == "reverse" else ["--date", "2026-02-28"]
    kept = [] if command == "check" else ["--no-backup"]
    return main([command, str(book), *day, *kept, *more], now, "controller")


# ---- strict


@pytest.mark.parametrize("command", ["close", "recalculate"])
def test_warnings_are_exit_code_6_and_the_results_are_there(command: str, book: Path, tmp_path: Path) -> None:
    relaxed = copy_of(book, tmp_path / "relaxed")
    assert run(relaxed, command, now=EARLY) == 0
    assert run(book, command, STRICT, "--dry-run", now=EARLY) == 6
    assert run(book, command, STRICT, now=EARLY) == 6
    assert book.read_bytes() == relaxed.read_bytes()
    assert invclose_xl.status(book).history[-1].closing == "IC-000002"


def test_a_check_that_warns_is_exit_code_6(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(book.parent)
    for more in ([], ["--json"]):
        assert run(book, "check", *more, now=EARLY) == 0
        relaxed = capsys.readouterr()
        assert run(book, "check", *more, STRICT, now=EARLY) == 6
        strict = capsys.readouterr()
        assert strict.out.replace('"exit_code": 6', '"exit_code": 0') == relaxed.out
        assert strict.err == relaxed.err
    assert contents(book.parent) == before


@pytest.mark.parametrize("command", ["close", "recalculate", "reverse"])
def test_without_warnings_strict_is_exit_code_0(command: str, book: Path) -> None:
    assert run(book, command, STRICT) == 0


@pytest.mark.parametrize("command", ["close", "recalculate", "check"])
def test_errors_and_refusals_go_before_warnings(command: str, book: Path) -> None:
    assert run(book, command, "--date", "2026-01-15", STRICT) == 4
    edit_book(book, {"append": {"Transactions": [["S9", "NOBODY", date(2026, 2, 3)]]}})
    assert run(book, command, STRICT, now=EARLY) == 3


# ---- a log file


@pytest.mark.parametrize("name", ["run.log", "run.TXT"])
@pytest.mark.parametrize("command", ["close", "recalculate", "reverse", "check"])
def test_what_is_said_is_added_to_the_log(
    command: str, name: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = book.with_name(name)
    log.write_text("mine\n", encoding="utf-8")
    assert run(book, command, "--log-file", str(log), now=EARLY) == 0
    said = capsys.readouterr().err
    mine, first, *lines = log.read_text("utf-8").splitlines()
    assert (mine, lines) == ("mine", said.splitlines())
    assert first == f"2026-02-10 09:00:00 UTC, invclose-xl {invclose_xl.__version__}: {command} {book}"
    if command in ("close", "check"):
        assert any("IC515" in line for line in lines)


@pytest.mark.parametrize("command", ["close", "check"])
def test_the_log_has_what_json_says(command: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoken, read = book.with_name("spoken.log"), book.with_name("read.log")
    more = ("--dry-run",) if command == "close" else ()
    assert run(book, command, "--log-file", str(spoken), *more, now=EARLY) == 0
    assert run(book, command, "--log-file", str(read), "--json", *more, now=EARLY) == 0
    capsys.readouterr()
    assert spoken.read_text("utf-8").splitlines()[1:] == read.read_text("utf-8").splitlines()[1:] != []


def test_errors_are_added_to_the_log(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = book.with_name("run.log")
    assert run(book, "close", "--date", "2026-01-15", "--log-file", str(log)) == 4
    assert log.read_text("utf-8").splitlines()[1:] == capsys.readouterr().err.splitlines()
    assert "Nothing was written." in log.read_text("utf-8")
    assert run(book, "close") == 0
    assert len(log.read_text("utf-8").splitlines()) == 3, "a later run without the option adds nothing"


@pytest.mark.parametrize("command", RESULTS, **by_name)
def test_a_log_is_neither_the_book_nor_the_output_nor_another_kind_of_file(command: Command, book: Path) -> None:
    target = book.with_name("out.xlsx")
    os.link(book, book.with_name("book.log"))
    before = contents(book.parent)
    for name in ("book.xlsx", "book.log", "out.xlsx", "report.xlsx", "picture.svg", "run"):
        assert command.run(book, target, "--log-file", str(book.with_name(name))) == 2
    assert contents(book.parent) == before


@needs_posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(3)
def test_a_log_that_is_no_file_is_said_and_changes_nothing(
    kind: str, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = irregular(kind, book.with_name("odd.log"))
    before = os.lstat(odd)
    assert run(book, "close", "--log-file", str(odd)) == 0
    assert capsys.readouterr().err.count("could not be added to the log file") == 1
    after = os.lstat(odd)
    assert (after.st_ino, after.st_mode, after.st_rdev) == (before.st_ino, before.st_mode, before.st_rdev)
    assert invclose_xl.status(book).closed_up_to == date(2026, 2, 28)


def test_a_log_in_a_folder_that_is_not_there(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(book, "close", "--log-file", str(book.parent / "nowhere" / "run.log")) == 0
    assert capsys.readouterr().err.count("could not be added to the log file") == 1
    assert invclose_xl.status(book).closed_up_to == date(2026, 2, 28)
