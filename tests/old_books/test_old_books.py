"""Books closed by versions 0.1.0 and 0.2.0 open, verify, explain, reconcile, reverse and go on.

Source  tests/old_books/README.md; RULES R10.2, R10.3.
"""

import json
import re
import shutil
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.closings.story import Story, edit, read_story
from tests.closings.test_stories import last_day
from tests.language import compare
from tests.old_books.make_books import stories_of
from tests.results import Results, Row, broken_laws, number, text

BOOKS = Path(__file__).parent / "books"
FIRST = BOOKS / "0.1.0"
NOW = datetime(2026, 7, 20, 9, 30)
TAMPERING = re.compile(r"IC2\d\d")


CLOSED = sorted(BOOKS.glob("*/*.xls?"))


@pytest.fixture(params=CLOSED, ids=lambda path: f"{path.stem}-{path.parent.name}")
def closed(request: pytest.FixtureRequest) -> Path:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def story(closed: Path) -> Story:
    return read_story(BOOKS / f"{closed.stem}.txt")


@pytest.fixture
def book(closed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(closed, tmp_path))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*arguments: object, code: int = 0) -> str:
        capsys.readouterr()
        got = main([str(word) for word in arguments], NOW, "controller")
        said = capsys.readouterr()
        assert got == code, (arguments, said.err)
        assert code or not TAMPERING.search(said.out + said.err), said.err
        return said.out

    return run


def _next_close(story: Story, book: Path) -> list[str]:
    """What the story's last run is, after what the user does before it."""
    edit(book, story.steps[-1].edits)
    return story.steps[-1].arguments(book)


@pytest.mark.sampled(5)
def test_it_opens(book: Path, run) -> None:  # type: ignore[no-untyped-def]
    before = book.read_bytes()
    assert re.search(r"IC-00000\d", run("status", book))
    run("verify", book)
    assert book.read_bytes() == before


@pytest.mark.sampled(13)
def test_nothing_is_taken_for_tampering(story: Story, book: Path, run) -> None:  # type: ignore[no-untyped-def]
    arguments = _next_close(story, book)
    before = book.read_bytes()
    run(*arguments, "--dry-run", "--json")
    run("check", book, "--date", story.steps[-1].day, "--json")
    assert book.read_bytes() == before


@pytest.mark.sampled(13)
def test_every_transaction_explains_itself(book: Path, run) -> None:  # type: ignore[no-untyped-def]
    results = Results(book)
    seen = {text(row["Transaction ID"]) for row in results.rows("Locked rows", "Sequence") if row["Sequence"]}
    assert len(seen) >= 2
    for key in sorted({text(row["Transaction ID"]) for row in results.transactions()} & seen):
        assert key in run("explain", book, key)


@pytest.mark.sampled(9)
def test_it_reconciles(book: Path, run) -> None:  # type: ignore[no-untyped-def]
    run("reconcile", book, "--output", book.with_name("reconciliation.xlsx"))
    assert (book.with_name("reconciliation.xlsx")).is_file()


@pytest.mark.sampled(11)
def test_the_next_month_comes_out_as_it_did(story: Story, book: Path, run) -> None:  # type: ignore[no-untyped-def]
    run(*_next_close(story, book))
    results = Results(book)
    expected, actual = compare(story.steps[-1].expected, results, last_day(results))
    assert actual == expected
    assert broken_laws(results, accounts_changed=True) == []


@pytest.mark.sampled(11)
def test_reversed_and_closed_again(story: Story, book: Path, run) -> None:  # type: ignore[no-untyped-def]
    """What the old version did is undone, and done again by the new one to the same cent."""
    latest = max(_standing(book), key=lambda row: text(row["Closing"]))
    was = _state(Results(book))
    run("reverse", book, "--closing", latest["Closing"], "--no-backup")
    word = "close" if latest["Type"] == "Closing" else "recalculate"
    more = ["--posting-date", "2026-04-01"] if story.name == "three_months" else []
    run(word, book, "--date", latest["Up to date"], *more, "--no-backup")
    assert _state(Results(book)) == was


@pytest.mark.parametrize(("name", "before", "again"), [("marks", "-12.00", "-12.00"), ("return", "-3.25", "-3.25")])
def test_the_change_of_value_has_its_side(name: str, before: str, again: str, tmp_path: Path, run) -> None:  # type: ignore[no-untyped-def]
    """Version 0.1.0 added issues and receipts up alike on its lock; no figure of ours repeats that."""
    book = Path(shutil.copy(FIRST / f"{name}.xlsx", tmp_path))
    assert _changes(run("status", book, "--json")) == [before]
    said = json.loads(run("reverse", book, "--no-backup", "--json"))
    opposite = before.removeprefix("-")
    assert said["change_of_inventory_value"] == opposite
    run("close", book, "--date", "2026-01-31", "--no-backup")
    assert _changes(run("status", book, "--json")) == [before, opposite, again]
    rows = Results(book).rows("Lock", "Closing")
    assert sorted(number(row["Adjustment amount"]) for row in rows)[:1] == [Decimal(again)]
    compared = run("status", book, "--compare", "IC-000001", "IC-000003")
    (line,) = [line for line in compared.splitlines() if "Change of value" in line]
    assert line.split()[-3:] == [before, again, "0.00"]


def _changes(said: str) -> list[str]:
    return [run["adjustment_amount"] for run in json.loads(said)["history"]]


def _standing(book: Path) -> list[Row]:
    rows = Results(book).rows("Lock", "Closing")
    return [row for row in rows if row["Status"] == "Active" and row["Type"] != "Reversal"]


def _state(results: Results) -> list[str]:
    """Every active row of the settlements, links, adjustments and estimates, apart from its closing's number."""
    rows = [row if sheet != "Estimated costs" else {**row, "Cause": ""}  # version 0.1.0 wrote none
            for sheet in ("Settlements", "Value links", "Adjustments", "Estimated costs")
            for row in results.result(sheet)]  # fmt: skip
    kept = [" ".join(str(row.get(h, "")) for h in
                     ("Transaction ID", "Issue", "Receipt", "Quantity", "Amount", "Adjustment", "Principle", "Cause"))
            for row in rows]  # fmt: skip
    return sorted(re.sub(r"IC-\d{6}", "IC", line) for line in kept)


@pytest.mark.sampled(14)
def test_reversed_to_the_beginning(story: Story, book: Path, run) -> None:  # type: ignore[no-untyped-def]
    if any("Ledger closed up to" in line for step in story.steps for line in step.edits):
        edit(book, ["parameter Ledger closed up to = 2025-12-31"])
    for _ in _standing(book):
        run("reverse", book, "--no-backup")
    run("reverse", book, "--no-backup", code=4)
    assert _state(Results(book)) == []


@pytest.mark.parametrize(("version", "its_format", "least"), [("0.1.0", None, 24), ("0.2.0", 2, 28)])
def test_every_version_has_its_books(version: str, its_format: int | None, least: int) -> None:
    """Every story of a version's time, and the sheets of its own format."""
    books = {path.stem: path for path in CLOSED if path.parent.name == version}
    assert books.keys() == {path.stem for path in stories_of(version)}
    assert len(books) >= least
    assert {path.suffix for path in books.values()} == {".xlsx", ".xlsm"}
    rows = Results(books["fifo"]).rows("Lock", "Closing")
    assert {row.get("Format") for row in rows} == {its_format}
