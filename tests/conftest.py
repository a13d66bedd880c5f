"""Options of the test run."""

import os
import random
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
    fresh = os.environ.get(MIXED_BOOKS_SEED) == "fresh"
    if fresh or MIXED_BOOKS_SEED not in os.environ:
        os.environ[MIXED_BOOKS_SEED] = str(random.SystemRandom().randrange(10**6) * 1000 if fresh else USUAL_SEED)
    settings.register_profile("the same in every run", derandomize=not fresh)
    settings.load_profile("the same in every run")


def mixed_books_seed() -> int:
    """Seed of the first random book."""
    return int(os.environ[MIXED_BOOKS_SEED])


def first_one_quick(numbers: Iterable[int]) -> list[Any]:
    """Of random books in blocks the first is tried in every run, the others in the long one."""
    return [pytest.param(number, marks=pytest.mark.long if k else ()) for k, number in enumerate(numbers)]


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
