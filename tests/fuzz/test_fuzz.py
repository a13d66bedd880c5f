"""Thousands of workbooks gone wrong: each is closed or refused in one sentence, quickly, in little memory.

Every case is made from its number alone, the seed of all chance in it: ``python -m tests.fuzz.worker NUMBER 1 SEEDS
FOLDER`` makes it again, where SEEDS is a folder filled by ``python -m tests.fuzz.seeds SEEDS``.
"""

import collections
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import in_lengths
from tests.fuzz.seeds import make_seeds
from tests.fuzz.worker import CLOSED_FIRST, LONGEST_WAIT, MEMORY, SECONDS, Case

ROOT = Path(__file__).parents[2]
FIRST = 260_000
RUNS = 8
CASES = 255
"""per process; RUNS x CASES are more than 2,000"""

ALWAYS = 2
"""So many of the RUNS are in every long run, the others in the full one."""

CLOSED_CASES, CLOSED_AT_ONCE, ALWAYS_CLOSED = 1_000, 125, 125
"""Of those in closed books: how many there are, how many one process runs, how many every long run does."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="limits of a forked process as Linux has them"),
]


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_seeds(tmp_path_factory.mktemp("fuzz") / "seeds")


def cases(first: int, count: int, seeds: Path, folder: Path) -> list[Case]:
    """Run cases in a process of its own and return what became of them."""
    folder.mkdir(exist_ok=True)
    run = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.worker", str(first), str(count), str(seeds), str(folder)],
        capture_output=True, text=True, cwd=ROOT, timeout=count * LONGEST_WAIT, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return [Case(**json.loads(line)) for line in run.stdout.splitlines()]


def faults(case: Case, folder: Path) -> list[str]:
    """What is wrong with how a case ended."""
    book = folder / str(case.number) / f"book{Path(case.seed_book).suffix}"
    found: list[str] = []
    if case.code not in (0, 3, 4, 5):
        found.append(f"exit code {case.code}")
    if "Traceback" in case.said or "has a fault" in case.said:
        found.append("no sentence for an accountant")
    if case.code in (3, 4, 5) and not case.said.strip():
        found.append("refused without a word")
    if case.seconds > SECONDS:
        found.append(f"{case.seconds} seconds")
    if case.memory > MEMORY:
        found.append(f"{case.memory >> 20} MB")
    if not case.wrote and not case.untouched:
        found.append("the file was touched")
    # a bit that was wrong in a part of the user's, which is copied as it is, stays wrong
    if case.wrote and case.kind == "part" and zipfile.ZipFile(book).testzip() is not None:
        found.append("what was written is not whole")
    return [f"case {case.number}, {case.seed_book}, {case.what}, {case.command}: {f}: {case.said}" for f in found]


@pytest.mark.parametrize("first", in_lengths(range(FIRST, FIRST + RUNS * CASES, CASES), quick=0, long=ALWAYS))
def test_a_changed_workbook_is_closed_or_refused(first: int, seeds: Path, tmp_path: Path) -> None:
    print(f"seeds {first} to {first + CASES - 1}")
    done = cases(first, CASES, seeds, tmp_path / "cases")
    assert [fault for case in done for fault in faults(case, tmp_path / "cases")] == []
    kinds = collections.Counter(case.kind for case in done)
    codes = collections.Counter(case.code for case in done)
    assert len(done) == CASES
    assert kinds["part"] > CASES / 2
    assert sum(case.wrote for case in done) > CASES / 10
    assert codes[5] > CASES / 20
    assert codes[3] > 0


@pytest.mark.parametrize(
    "first",
    in_lengths(
        range(CLOSED_FIRST, CLOSED_FIRST + CLOSED_CASES, CLOSED_AT_ONCE), quick=0, long=ALWAYS_CLOSED // CLOSED_AT_ONCE
    ),
)
def test_a_closed_workbook_changed_in_our_parts_is_closed_or_refused(first: int, seeds: Path, tmp_path: Path) -> None:
    done = cases(first, CLOSED_AT_ONCE, seeds, tmp_path / "cases")
    assert [fault for case in done for fault in faults(case, tmp_path / "cases")] == []
    codes = collections.Counter(case.code for case in done)
    assert len(done) == CLOSED_AT_ONCE
    assert sum(case.wrote for case in done) > CLOSED_AT_ONCE / 10
    assert codes[4] + codes[5] > CLOSED_AT_ONCE / 20


def test_the_seed_books_themselves_close(seeds: Path, tmp_path: Path) -> None:
    from invclose_xl.cli.main import main

    for seed in seeds.iterdir():
        assert main([str(seed), "--date", "2026-02-28", "--output", str(tmp_path / seed.name)]) == 0, seed.name


def test_there_are_cases_enough() -> None:
    assert RUNS * CASES >= 2_000
