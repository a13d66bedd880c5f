"""Ctrl-C at any moment, whatever a library makes of it, and libraries that panic: a sentence and a documented code.

Source  WORKBOOK "Command line" (exit codes); 130 is what shells give a program that was interrupted.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from invclose_xl import entry
from invclose_xl.cli import keyboard
from invclose_xl.cli.main import main
from tests.files.commands import contents

ROOT = Path(__file__).parents[2]
STOPPED = "Stopped; nothing was written."
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def ctrl_c_is_heard() -> Iterator[None]:
    """A shell that starts the tests in the background lets them, and what they start, ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class PanicException(BaseException):
    """As a library in Rust raises it."""


def press() -> None:
    signal.raise_signal(signal.SIGINT)


def turned_into_another() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        press()
    raise TypeError("'<unprintable str object>' is not a Polars data type")


def caused() -> None:
    try:
        press()
    except KeyboardInterrupt as stop:
        raise RuntimeError("callback failed") from stop


def two_deep() -> None:
    try:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise ValueError("one") from None
    except ValueError as error:
        raise OSError("two") from error


def panics_after() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        press()
    raise PanicException("interrupted")


@posix
@pytest.mark.parametrize("what", [press, turned_into_another, caused, two_deep, panics_after])
def test_a_keyboard_interrupt_in_any_guise(
    what: Callable[[], None], book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, handler = contents(book.parent), signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("invclose_xl.api.context.places.read_book", lambda *_: what())
    assert main(["close", str(book), "--date", "2026-02-28"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == STOPPED
    assert contents(book.parent) == before
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PanicException("could not create pipe: Too many open files (os error 24)"), 5, "Too many files are open"),
        (PanicException("index out of bounds"), 70, "has a fault: PanicException: index out of bounds. Nothing was"),
        (TypeError("not a Polars data type"), 70, "has a fault: TypeError"),
    ],
)
def test_a_library_that_panics(
    error: BaseException, code: int, said: str, book: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def panic(*_: object) -> None:
        raise error

    before = contents(book.parent)
    monkeypatch.delenv("INVCLOSE_XL_DEBUG", raising=False)
    monkeypatch.setattr("invclose_xl.api.context.places.read_book", panic)
    assert main(["close", str(book), "--date", "2026-02-28"]) == code
    assert said in capsys.readouterr().err
    assert contents(book.parent) == before


LOADING = """
import builtins, signal, sys
real = builtins.__import__
def slow(name, *rest):
    if name == "click":
        signal.raise_signal(signal.SIGINT)
    return real(name, *rest)
builtins.__import__ = slow
from invclose_xl.entry import run
sys.argv = ["invclose-xl", "--version"]
sys.exit(run())
"""
ENDING = """
import atexit, signal, sys
atexit.register(lambda: signal.raise_signal(signal.SIGINT))
from invclose_xl.entry import run
sys.argv = ["invclose-xl", "--version"]
sys.exit(run())
"""


@posix
@pytest.mark.parametrize(("program", "code", "said"), [(LOADING, 130, STOPPED), (ENDING, 0, "")])
def test_ctrl_c_while_the_program_is_loaded_or_ends(program: str, code: int, said: str) -> None:
    """What is done is done: at the end there is nothing left to stop, and the code of the run stands."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (code, said)


def test_no_more_files_while_the_program_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise OSError(24, "Too many open files", "cli/main.py")

    monkeypatch.setattr(keyboard, "_pressed", [])
    monkeypatch.setattr(keyboard, "heed", fails)
    assert entry.run() == 5
    assert "Too many open files (cli/main.py). Nothing was written. Close other programs" in capsys.readouterr().err


@posix
def test_an_interrupt_is_not_remembered_by_the_next_command(
    book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as pressed:
        pressed.setattr("invclose_xl.api.context.places.read_book", lambda *_, **__: press())
        assert main(["status", str(book)]) == 130
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "abc")
    assert main(["status", str(book)]) == 2
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert main(["status", str(book.with_name("missing.xlsx"))]) == 5
    assert main(["status", str(book)]) == 0
