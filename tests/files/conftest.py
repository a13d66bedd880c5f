"""A book that was closed once, made once per test run."""

from pathlib import Path

import pytest

from tests.files.commands import closed_once, copy_of


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return closed_once(tmp_path_factory.mktemp("made") / "book.xlsx")


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Path:
    return copy_of(made, tmp_path / "work")
