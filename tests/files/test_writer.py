"""Faults at every step of the one writer, with every command: the old file or the new one, the true reason, exit 5.

Source  WORKBOOK "Written": a run that fails writes nothing; docs/architecture.md "From the file to the file".
"""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.cli.main import main
from invclose_xl.files import attributes, replace
from tests.files.commands import ALL, NEW, NOW, OUTPUTS, RESULTS, Command, contents

by_name = {"ids": lambda value: value.name if isinstance(value, Command) else None}

STEPS = {
    "the folder does not take a file": ("open", errno.EACCES, "may not be written"),
    "the drive can only be read": ("open", errno.EROFS, "can only be read"),
    "the disk is full": ("fsync", errno.ENOSPC, "The disk is full"),
    "the quota is used up": ("fsync", errno.EDQUOT, "The disk is full"),
    "the drive fails": ("fsync", errno.EIO, "check the drive"),
    "no more files": ("open", errno.EMFILE, "Too many files are open"),
    "the name is taken by the system": ("publish", errno.EBUSY, "in use by the system"),
    "the name may not be given": ("publish", errno.EACCES, "may not be written"),
    "the name may not be given, EPERM": ("publish", errno.EPERM, "may not be written"),
    "another drive": ("publish", errno.EXDEV, "could not be written"),
    "the drive fails at the end": ("publish", errno.EIO, "check the drive"),
}


def fail(patch: pytest.MonkeyPatch, step: str, number: int) -> None:
    """Let one step of the writer fail with an error of the system."""

    def refuse(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number))

    match step:
        case "open":
            patch.setattr(replace, "_open_nameless", refuse)
        case "fsync":
            patch.setattr(os, "fsync", refuse)
        case "publish":
            patch.setattr(os, "replace", refuse)
            patch.setattr(replace._NewFile, "_is_linked_to_free_target", refuse)


@pytest.mark.parametrize("fault", STEPS)
@pytest.mark.parametrize("command", ALL, **by_name)
@pytest.mark.sampled(29, long=4)
def test_a_fault_leaves_what_was_there_and_says_why(
    command: Command, fault: str, book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step, number, sentence = STEPS[fault]
    target = book.with_name(f"out{command.ending}")
    for there in (False, True):
        if there and command is NEW:
            continue
        if there:
            assert command.run(book, target) == 0
        before = contents(book.parent)
        capsys.readouterr()
        with monkeypatch.context() as patch:
            fail(patch, step, number)
            assert command.run(book, target) == 5
        said = capsys.readouterr().err
        assert sentence in said
        assert "open elsewhere?" not in said
        assert contents(book.parent) == before
        assert len(list(book.parent.iterdir())) == len(before), "no debris"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.EBUSY, errno.EXDEV, errno.EPERM])
@pytest.mark.parametrize("command", ["close", "recalculate", "reverse"])
@pytest.mark.sampled(7)
def test_a_failed_run_leaves_no_copy_of_the_book_however_often_it_is_tried(
    command: str, number: int, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [command, str(book), *(["--date", "2026-02-28"] if command != "reverse" else [])]
    before = contents(book.parent)
    with monkeypatch.context() as patch:
        fail(patch, "publish", number)
        for _ in range(3):
            assert main(arguments, NOW, "controller") == 5
            assert contents(book.parent) == before
    assert main(arguments, NOW, "controller") == 0
    kept = [p for p in book.parent.iterdir() if ".before-" in p.name]
    assert [p.read_bytes() for p in kept] == [before[book.name]]


def test_a_copy_that_a_killed_run_left_is_not_made_again(book: Path) -> None:
    left = book.with_name("book.before-IC-000002.xlsx")
    os.link(book, left)
    old = book.read_bytes()
    assert main(["close", str(book), "--date", "2026-02-28"], NOW, "controller") == 0
    assert {p.name for p in book.parent.iterdir()} == {book.name, left.name}
    assert left.read_bytes() == old


def test_where_links_are_not_allowed_the_file_gets_its_name_another_way(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the new file without a name, and of the copy of the book that is kept."""
    old = book.read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    assert main(["close", str(book), "--date", "2026-02-28"], NOW, "controller") == 0
    kept = book.with_name("book.before-IC-000002.xlsx")
    assert kept.read_bytes() == old
    assert sorted(p.name for p in book.parent.iterdir()) == [kept.name, book.name]
    assert NEW.run(book, book.with_name("new.xlsx")) == 0
    assert NEW.run(book, book.with_name("new.xlsx")) == 5


def test_what_is_done_to_a_book_under_another_name_does_not_reach_the_kept_copy(book: Path, tmp_path: Path) -> None:
    alias = tmp_path / "alias.xlsx"
    os.link(book, alias)
    old = book.read_bytes()
    assert main(["close", str(book), "--date", "2026-02-28"], NOW, "controller") == 0
    alias.write_bytes(b"changed")
    assert book.with_name("book.before-IC-000002.xlsx").read_bytes() == old


@pytest.mark.parametrize("command", OUTPUTS, **by_name)
@pytest.mark.sampled(3)
def test_an_interrupt_tells_what_is_on_the_disk(
    command: Command, book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C right before the rename, right after it, and while the result is printed."""
    target = book.with_name(f"out{command.ending}")
    rename = os.replace

    def stop(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    def renamed_then_stopped(*paths: Any) -> None:
        rename(*paths)
        raise KeyboardInterrupt

    def stopped_at(module: Any, name: str, function: Callable[..., Any]) -> tuple[int, str]:
        target.unlink(missing_ok=True)
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(module, name, function)
            code = command.run(book, target)
        return code, capsys.readouterr().err.lstrip()

    assert stopped_at(os, "replace", stop) == (130, "Stopped; nothing was written.\n")
    assert not target.exists()
    for module, name, function in ((os, "replace", renamed_then_stopped), (replace, "_sync_folder", stop)):
        code, said = stopped_at(module, name, function)
        assert code == 130
        assert f"Stopped, but {target} was written" in said
        if command in RESULTS:
            assert "IC-000002 up to 2026-0" in said
        assert target.exists()


def test_an_interrupt_while_printing_says_that_the_book_is_closed(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("invclose_xl.cli.jobs.result", stop)
    assert main(["close", str(book), "--date", "2026-02-28", "--no-backup"], NOW, "controller") == 130
    assert "was written: Closing IC-000002 up to 2026-02-28 is in it." in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="needs extended attributes")
def test_permissions_and_attributes_stay(book: Path) -> None:
    book.chmod(0o640)
    try:
        os.setxattr(book, "user.origin", b"ledger")
    except OSError:
        pytest.skip("this drive has no extended attributes")
    assert main(["close", str(book), "--date", "2026-02-28"], NOW, "controller") == 0
    assert stat.S_IMODE(book.stat().st_mode) == 0o640
    assert os.getxattr(book, "user.origin") == b"ledger"


@pytest.mark.skipif(not hasattr(os, "fchown"), reason="needs owners")
def test_an_owner_that_cannot_be_kept_is_said(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "not the owner")

    real = os.fstat

    def of_somebody_else(descriptor: int) -> Any:
        status = real(descriptor)
        return os.stat_result([*status[:4], status.st_uid + 1, *status[5:10]])

    monkeypatch.setattr(attributes.os, "fchown", refuse)
    monkeypatch.setattr(attributes.os, "fstat", of_somebody_else)
    assert main(["close", str(book), "--date", "2026-02-28"], NOW, "controller") == 0
    assert "Not kept, because you may not set it here: its owner\n" in capsys.readouterr().out
