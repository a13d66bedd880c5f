"""Golden books: every cell of the result sheets against a text that was checked by hand.

In      tests/golden/<book>.txt. First what the book shows: the rules, what to look at, the calculation by hand. Then
        the book and its runs (tests/closings/story.py), from the first ``==`` on the sheets (tests/golden_text.py).
Out     ``pytest tests/test_golden.py --update-golden`` writes the sheets anew: read the difference before committing.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.closings.story import edit, read_story
from tests.golden_text import sheets_as_text
from tests.results import Results, broken_laws

BOOKS = sorted((Path(__file__).parent / "golden").glob("*.txt"))
NOW = datetime(2026, 5, 2, 9, 30, tzinfo=UTC)
TITLE = re.compile(r"# R\d+(\.\d+)?(, R\d+(\.\d+)?)*: \S.*")


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
@pytest.mark.sampled(2)
def test_golden(book: Path, tmp_path: Path, update_golden: bool, capsys: pytest.CaptureFixture[str]) -> None:
    story = read_story(book)
    path = story.book.write(tmp_path / "book.xlsx")
    for step in story.steps:
        edit(path, step.edits)
        assert main(step.arguments(path), NOW, "auditor") == 0, capsys.readouterr().err
    assert broken_laws(Results(path)) == []
    told, *_ = book.read_text("utf-8").partition("\n== ")
    found = f"{told.rstrip()}\n\n{sheets_as_text(path)}"
    if update_golden:
        book.write_text(found, "utf-8")
    assert found.splitlines() == book.read_text("utf-8").splitlines()


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_a_golden_book_says_what_it_shows(book: Path) -> None:
    title, look, *_ = book.read_text("utf-8").splitlines()
    assert TITLE.match(title)
    assert look.startswith("# Look at: ")


def test_there_are_enough_of_them() -> None:
    assert len(BOOKS) >= 40
