"""What stdout, stderr, clock, login and names can be like: the result stands, the exit code is a documented one.

Run as programs of their own, because descriptors and the end of the interpreter are part of it.
"""

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from invclose_xl.domain.problems.printable import escape_controls, escape_controls_in_json
from tests.files.commands import contents

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
CLOSE = "close {book} --date 2026-02-28 --no-backup"
CHECK = "check {book}"
LINUX_FULL = (1, 7)
"""Linux, devices.txt: major and minor number of the device that is always full"""


@pytest.fixture
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node of the device that is always full, in a folder of the test's own."""
    node = tmp_path_factory.mktemp("device") / "full"
    if sys.platform != "linux":
        pytest.skip("needs the device that is always full")
    try:
        os.mknod(node, stat.S_IFCHR | 0o600, os.makedev(*LINUX_FULL))
        with open(node, "wb", buffering=0) as opened:
            opened.write(b"x")
    except PermissionError:
        pytest.skip("needs the right to make a device")
    except OSError as fault:
        if fault.errno != errno.ENOSPC:
            pytest.skip("devices cannot be opened here")
    return node


def shell(line: str, book: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = f"set -o pipefail; {line.format(run=f'{sys.executable} -m invclose_xl', book=book)}"
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    variables.pop("PYTHONUNBUFFERED", None)  # users have buffers
    return subprocess.run(["bash", "-c", command], capture_output=True, env=variables, timeout=120, check=False)


def is_closed(book: Path) -> bool:
    import invclose_xl

    return str(invclose_xl.status(book).closed_up_to) == "2026-02-28"


@posix
@pytest.mark.parametrize(
    "streams", ["> FULL", "2> FULL", "> FULL 2>&1", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "| true"]
)
@pytest.mark.sampled(3)
def test_a_close_is_done_whoever_listens(streams: str, book: Path, full: Path) -> None:
    """The shell opens the device for writing, as for any program; it is never renamed or replaced."""
    streams = streams.replace("FULL", str(full))
    done = shell("{run} " + CLOSE + f" {streams}", book)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert is_closed(book)
    assert list(book.parent.iterdir()) == [book]


@pytest.mark.long
@posix
def test_a_result_that_nobody_can_read_is_exit_code_5(book: Path, full: Path) -> None:
    done = shell("{run} " + CHECK + f" > {full}", book)
    assert done.returncode == 5
    assert b"The result could not be printed: the disk is full." in done.stderr
    assert shell("{run} --help > " + str(full), book).returncode == 5
    assert shell("{run} " + CHECK + " | true", book).returncode == 0


@posix
@pytest.mark.parametrize("text", ["1e5", "-5", "abc", "99999999999999", "²", "1.5"])
def test_a_clock_that_is_none(text: str, book: Path) -> None:
    before = contents(book.parent)
    done = shell("{run} " + CLOSE, book, SOURCE_DATE_EPOCH=text)
    assert done.returncode == 2
    assert b"SOURCE_DATE_EPOCH is " in done.stderr
    assert contents(book.parent) == before


@posix
@pytest.mark.parametrize("name", ["\x1b[31mred", "\x9b31m", "x" * 5000, " ", "a\nb", "\x07"])
@pytest.mark.sampled(3)
def test_a_login_name_of_any_kind(name: str, book: Path) -> None:
    done = shell("{run} " + CLOSE, book, LOGNAME=name)
    assert done.returncode == 0
    import invclose_xl

    said = invclose_xl.status(book).history[-1].run_by
    assert 0 < len(said) <= 100
    assert said.isprintable()


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="file names are Unicode there")
@pytest.mark.parametrize("command", [CLOSE, CHECK, CHECK + " --json", CHECK + " --output {book}.check.xlsx",
                                     "reconcile {book} --json", "status {book}"])  # fmt: skip
@pytest.mark.sampled(3)
def test_a_name_that_is_no_text(command: str, book: Path) -> None:
    odd = os.path.join(os.fsencode(book.parent), b"b\xff\x1b[31m.xlsx")
    os.rename(book, odd)
    line = "cd " + str(book.parent) + "; {run} " + command.replace("{book}", "b*.xlsx")
    done = shell(line.replace("b*.xlsx.check", "check"), book)
    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"\xff" not in done.stdout + done.stderr


@posix
def test_few_open_files(book: Path) -> None:
    before = contents(book.parent)
    done = shell("ulimit -n 7; {run} " + CLOSE, book)
    assert done.returncode in (0, 5)
    assert b"Traceback" not in done.stderr
    if done.returncode:
        assert b"Too many files are open" in done.stderr
        assert contents(book.parent) == before


@posix
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.sampled(3)
def test_a_terminal_that_lacks_letters(encoding: str, book: Path) -> None:
    named = book.rename(book.with_name("Lagerabschluß 在庫.xlsx"))
    done = shell("{run} " + CLOSE.replace("{book}", f"'{named}'"), book, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert is_closed(named)


def test_without_any_stream(book: Path) -> None:
    """pythonw has neither stdout nor stderr."""
    program = (
        "import sys; sys.stdout = sys.stderr = sys.stdin = None\n"
        "from invclose_xl.cli.main import main\n"
        f"raise SystemExit(main(['close', {str(book)!r}, '--date', '2026-02-28', '--no-backup']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert is_closed(book)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\x1b[2J", "\\x1b[2J"), ("\x9b1m", "\\x9b1m"), ("a\tb\n", "a\tb\n"), ("\udcff", "\\udcff"), ("a\rb", "a\\x0db"),
     ("\u202etxt", "\\u202etxt"), ("é 在 🚲", "é 在 🚲")],
)  # fmt: skip
def test_what_would_steer_a_terminal_is_written_out(text: str, shown: str) -> None:
    import json

    assert escape_controls(text) == shown
    told = escape_controls_in_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(told) == text
    assert escape_controls(told) == told


def test_escapes_in_a_book_reach_no_terminal(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from invclose_xl.cli.main import main
    from tests.errors.edits import edit_book

    edit_book(book, {"append": {"Transactions": [["S\x9b31m9", "\u202eA"]]}})
    for command in (["check"], ["check", "--json"], ["close", "--date", "2026-02-28"]):
        main([command[0], str(book), *command[1:]])
        said = capsys.readouterr()
        assert "\x9b" not in said.out + said.err
        assert "\u202e" not in said.out + said.err
        assert "u202eA" in said.out + said.err
