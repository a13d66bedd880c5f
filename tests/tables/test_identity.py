"""A book and the same data as tables give identical cells: every example, every golden book, chains of months."""

import shutil
from pathlib import Path

import pytest

from invclose_xl.api.converting import convert
from tests.books import append_rows
from tests.closings.story import edit, read_story
from tests.language import parse_case
from tests.mixed.books import mixed_book
from tests.tables.both import Both, assert_same, results

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.xlsx"))
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.txt"))
CASES = sorted((ROOT / "tests" / "cases").glob("*.txt"))[::12]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.sampled(4)
def test_an_example(example: Path, tmp_path: Path) -> None:
    both = Both.of(Path(shutil.copy(example, tmp_path / "book.xlsx")))
    both.run("close", of_book=["--no-backup"])
    both.compare()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
@pytest.mark.sampled(5)
def test_a_case(case: Path, tmp_path: Path) -> None:
    parsed = parse_case(case)
    both = Both.of(parsed.book.write(tmp_path / "book.xlsx"))
    for step in parsed.steps:
        if step is not parsed.steps[0]:
            append_rows(both.book, step.rows)
            both.follow()
        both.run("close", ["--date", str(step.day)], ["--no-backup"])
    both.compare()


@pytest.mark.sampled(29, long=3)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_book(golden: Path, tmp_path: Path) -> None:
    story = read_story(golden)
    both = Both.of(story.book.write(tmp_path / "book.xlsx"))
    for step in story.steps:
        if step.edits and step is not story.steps[0]:
            edit(both.book, step.edits)
            both.follow()
        command, _, no_backup, *options = step.arguments(both.book)
        assert both.run(command, options, [no_backup]) == 0
    both.compare()


@pytest.mark.long
def test_three_closings_with_a_reversal_between(tmp_path: Path) -> None:
    both = Both.of(mixed_book(2, 100).write(tmp_path / "book.xlsx"))
    for command, *options in (
        ("close", "--date", "2026-01-31"),
        ("recalculate", "--date", "2026-02-20"),
        ("close", "--date", "2026-02-10"),
        ("reverse",),
        ("close", "--date", "2026-02-28"),
    ):
        assert both.run(command, options, ["--no-backup"]) == 0
        both.compare()


@pytest.mark.long
def test_there_and_back(tmp_path: Path) -> None:
    both = Both.of(mixed_book(8, 60).write(tmp_path / "book.xlsx"))
    assert both.run("close", ["--date", "2026-01-31"], ["--no-backup"]) == 0
    convert(both.folder, tmp_path / "back.xlsx")
    assert_same(results(both.folder), results(tmp_path / "back.xlsx"))
    convert(tmp_path / "back.xlsx", tmp_path / "again")
    again = Both(tmp_path / "back.xlsx", tmp_path / "again")
    assert again.run("close", ["--date", "2026-02-28"], ["--no-backup"]) == 0
    assert both.run("close", ["--date", "2026-02-28"], ["--no-backup"]) == 0
    assert_same(results(both.folder), results(again.folder))
    again.compare()
