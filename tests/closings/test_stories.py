"""The rules that only time shows: every story is a book that lives for months, through the command line."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.closings.story import Story, edit, read_story
from tests.language import compare
from tests.results import Results, broken_laws

STORIES = [read_story(path) for path in sorted((Path(__file__).parent / "stories").glob("*.txt"))]
ABOUT_SHEETS = ("said", "silent", "state", "scope")
CHANGES_ACCOUNTS = ("flag", "parameter Post estimated costs")
NOW = datetime(2027, 1, 15, 9, 30)


@pytest.mark.parametrize("story", STORIES, ids=str)
@pytest.mark.sampled(5)
def test_story(story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = story.book.write(tmp_path / "book.xlsx")
    accounts_changed = "Post estimated costs" in story.book.parameters
    for step in story.steps:
        edit(path, step.edits)
        before = path.read_bytes()
        code = main(step.arguments(path), NOW, "controller")
        said = capsys.readouterr()
        told = " ".join(step.run)
        faults = [line.split()[0] for line in step.expected if line.split()[0] in ("error", "refused")]
        if faults:
            assert path.read_bytes() == before, "a failing run must not write"
            assert code == {"error": 3, "refused": 4}[faults[0]], (told, said.err)
            words = [word.strip('"') for line in step.expected for word in line.split()[1:]]
            assert [word for word in words if word not in said.err] == [], (told, said.err)
            continue
        assert code == 0, (told, said.err)
        results = Results(path)
        about_sheets = [line for line in step.expected if line.split()[0] in ABOUT_SHEETS]
        assert [line for line in about_sheets if not holds(results, line)] == [], told
        lines = [line for line in step.expected if line not in about_sheets]
        expected, actual = compare(lines, results, step.day or last_day(results))
        assert actual == expected, told
        accounts_changed |= any(line.startswith(CHANGES_ACCOUNTS) or "account" in line for line in step.edits)
        assert broken_laws(results, accounts_changed) == [], told


def holds(results: Results, line: str) -> bool:
    """``said CODE``, ``silent CODE``: in the log of the run; ``state SHEET CLOSING STATUS``: every row of a closing;
    ``scope ITEMS TRANSACTIONS``: what the run's row of the lock counts."""
    word, *rest = line.split()
    if word == "scope":
        row = results.rows("Lock", "Closing")[-1]
        return [row["Items"], row["Transactions"]] == [Decimal(part) for part in rest]
    if word == "state":
        rows = results.result(rest[0].replace("-", " "), rest[1], active=False)
        return bool(rows) and {row["Status"] for row in rows} == {rest[2]}
    logged = {row["Code"] for row in results.result("Log", results.latest())}
    return (rest[0] in logged) == (word == "said")


def last_day(results: Results) -> date:
    days = [row["Up to date"] for row in results.rows("Lock", "Closing")]
    return max(day for day in days if isinstance(day, date))


def test_there_are_enough_stories() -> None:
    assert len(STORIES) >= 30
