"""The independent reader finds nothing in any book that another test closes: cases, stories, golden books.

Source  RULES R8.5, R9.3, R10.4; docs/auditor.md.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from invclose_xl.audit.verify_close import verify
from invclose_xl.cli.main import main
from tests.books import append_rows
from tests.closings.story import edit, read_story
from tests.language import parse_case

TESTS = Path(__file__).parent.parent
TOLD = sorted([*TESTS.glob("cases/*.txt"), *TESTS.glob("closings/stories/*.txt"), *TESTS.glob("golden/*.txt")])
NOW = datetime(2027, 1, 15, 9, 30)


def closings(source: Path, book: Path) -> Iterator[tuple[str, int]]:
    """Play a text, and yield the exit code of every run that it tells of."""
    if source.parent.name == "cases":
        case = parse_case(source)
        case.book.write(book)
        for number, step in enumerate(case.steps):
            if number:
                append_rows(book, step.rows)
            yield str(step.day), main(["close", str(book), "--date", str(step.day), "--no-backup"], NOW, "controller")
        return
    story = read_story(source)
    story.book.write(book)
    for told in story.steps:
        edit(book, told.edits)
        yield " ".join(told.run), main(told.arguments(book), NOW, "controller")


@pytest.mark.parametrize("source", TOLD, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.sampled(23, long=2)
def test_nothing_is_found(source: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    for run, code in closings(source, book):
        if code == 0:
            assert [f"{run}: {fault}" for check in verify(book) for fault in check.faults] == []


@pytest.mark.parametrize(
    "name", ["r8_4_a_late_invoice_brings_accounts", "r8_5_posting_estimates_is_switched_off",
             "r8_5_posting_estimates_is_switched_on_again"],
)  # fmt: skip
def test_what_an_earlier_month_estimated_or_expensed_is_known(name: str, tmp_path: Path) -> None:
    """A packing slip of last month that is invoiced; estimates of which some were posted and others not."""
    test_nothing_is_found(TESTS / "closings" / "stories" / f"{name}.txt", tmp_path)
