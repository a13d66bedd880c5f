"""Runs the command line over changed workbooks: one forked process each, with little memory and little time.

``python -m tests.fuzz.worker FIRST COUNT SEEDS FOLDER`` prints one line of JSON per case. Nothing may use threads
before the fork, so this process only imports and forks.
"""

import json
import os
import random
import signal
import sys
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy.ma

import invclose_xl.api.book_status
import invclose_xl.api.checking
import invclose_xl.api.runs
import invclose_xl.cli.progress
import invclose_xl.reports.check.check
import invclose_xl.reports.status
import invclose_xl.reports.summary
from invclose_xl.cli.main import main
from tests.fuzz.mutate import closed_mutant, mutant

SECONDS = 10
"""Of computing, so that a busy machine fails nobody; a case that only waits is stopped after a minute."""
LONGEST_WAIT = 60
MEMORY = 1 << 30
CLOSED_FIRST = 500_000
"""From this number on, one thing is changed in what a close has left in a closed book."""
CLOSED_SEEDS = ("closed", "arranged", "pivot")
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
COMMANDS = (
    *[("close", "--date", "2026-02-28")] * 8,
    ("close", "--date", "2026-02-28", "--no-backup", "--json"),
    ("recalculate", "--date", "2026-02-28"),
    ("reverse",),
    ("check", "--date", "2026-02-28"),
)
WARM = (
    numpy.ma,
    invclose_xl.api.book_status,
    invclose_xl.api.checking,
    invclose_xl.api.runs,
    invclose_xl.cli.progress,
    invclose_xl.reports.check.check,
    invclose_xl.reports.status,
)


@dataclass(frozen=True, slots=True)
class Case:
    """What became of one changed workbook."""

    number: int
    seed_book: str
    kind: str
    what: str
    command: str
    code: int
    """exit code; negative: killed by that signal"""
    seconds: float
    """of computing"""
    memory: int
    said: str
    untouched: bool
    """the file still has its bytes, and nothing lies beside it"""

    @property
    def wrote(self) -> bool:
        """Whether a run of this kind puts results into the book."""
        return self.code == 0 and not self.command.startswith("check")


def run_case(number: int, seeds: list[Path], folder: Path) -> Case:
    """Make the changed workbook of a number and run a command on it, in a process of its own."""
    chance = random.Random(number)
    closed = number >= CLOSED_FIRST
    seed = chance.choice([book for book in seeds if book.stem in CLOSED_SEEDS] if closed else seeds)
    changed = (closed_mutant if closed else mutant)(seed.read_bytes(), chance)
    command, *options = chance.choice(COMMANDS)
    desk = folder / str(number)
    desk.mkdir()
    book, said = desk / f"book{seed.suffix}", folder / f"{number}.said"
    book.write_bytes(changed.data)
    child = os.fork()
    if not child:
        _in_the_child([command, str(book), *options], said)
    _, status, usage = os.wait4(child, 0)
    seconds = usage.ru_utime + usage.ru_stime
    untouched = [p.name for p in desk.iterdir()] == [book.name] and book.read_bytes() == changed.data
    text = said.read_text(errors="replace")
    said.unlink()
    return Case(
        number, seed.name, changed.kind, changed.what, " ".join((command, *options)), os.waitstatus_to_exitcode(status),
        round(seconds, 3), usage.ru_maxrss * 1024, text[-2000:], untouched,
    )  # fmt: skip


def _in_the_child(arguments: list[str], said: Path) -> None:
    """Run the command and end this process, whatever happens."""
    import resource  # only where processes fork

    code = 99
    try:
        signal.alarm(LONGEST_WAIT)
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        words = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(words, 1)
        os.dup2(words, 2)
        code = main(arguments, now=NOW, user="fuzz")
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def run(first: int, count: int, seeds: Path, folder: Path) -> None:
    """Run cases and print them."""
    os.environ["POLARS_MAX_THREADS"] = "1"
    books = sorted(seeds.iterdir())
    for number in range(first, first + count):
        case = run_case(number, books, folder)
        print(json.dumps(asdict(case)), flush=True)
        if case.untouched and case.code in (3, 4, 5):
            (folder / str(number) / f"book{Path(case.seed_book).suffix}").unlink()
            (folder / str(number)).rmdir()


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
