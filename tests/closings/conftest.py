"""The closed book, made once per test run."""

from pathlib import Path

import pytest

from tests.closings.closed_book import closed_book


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return closed_book(tmp_path_factory.mktemp("closed") / "book.xlsx")
