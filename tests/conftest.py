"""What runs when: the quick tests of every change, the long ones, and the random books of both.

A sweep over many cases is written once and runs in several lengths. ``@pytest.mark.sampled(5)`` leaves every fifth case
of a test among the quick ones and gives the mark ``long`` to the others; with ``long=3`` only every third of those is
long, and the rest ``full``, which runs once a week. ``@tried_on(..., quick=10, whole=50)`` draws ten random inputs in
the quick run and fifty in the long one. Together the runs try everything.
"""

import os
import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import settings

MIXED_BOOKS_SEED = "MIXED_BOOKS_SEED"
USUAL_SEED = 176_577_000
"""The same books in every run, so that a change is judged by what it changes; ``fresh`` takes others."""


def pytest_configure() -> None:
    """Choose the random books of this run once, for all processes."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of the programs that tests start compiles all modules
    fresh = os.environ.get(MIXED_BOOKS_SEED) == "fresh"
    if fresh or MIXED_BOOKS_SEED not in os.environ:
        os.environ[MIXED_BOOKS_SEED] = str(random.SystemRandom().randrange(10**6) * 1000 if fresh else USUAL_SEED)
    settings.register_profile("the same in every run", derandomize=not fresh)
    settings.load_profile("the same in every run")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave a sample of each sweep among the quick tests, before ``-m`` chooses."""
    seen: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is None:
            continue
        test = item.nodeid.split("[")[0]
        beyond_quick = seen[test] - seen[test] // mark.args[0] - 1
        if seen[test] % mark.args[0]:
            is_long = beyond_quick % mark.kwargs.get("long", 1) == 0
            item.add_marker(pytest.mark.long if is_long else pytest.mark.full)
        seen[test] += 1


def mixed_books_seed() -> int:
    """Seed of the first random book."""
    return int(os.environ[MIXED_BOOKS_SEED])


def in_lengths(numbers: Iterable[int], *, quick: int = 1, long: int | None = None) -> list[Any]:
    """Of blocks of random books the first ``quick`` are tried in every run, those up to ``long`` in the long one."""

    def mark(k: int) -> Any:
        return () if k < quick else pytest.mark.full if long is not None and k >= long else pytest.mark.long

    return [pytest.param(number, marks=mark(k)) for k, number in enumerate(numbers)]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name the random books, in the quiet mode too."""
    first = mixed_books_seed()
    terminalreporter.write_line(f"random books: seeds from {first} on; repeat with {MIXED_BOOKS_SEED}={first}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what comes out as what is expected; then read the difference",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
