"""Real workbooks with everything Excel can hold: closed with nothing lost, or refused for one of the stated reasons.

Each batch is closed once; what came out is compared with what went in, opened by LibreOffice, and (a fixed sample in
every run, everything with ``pytest -m full``) judged by the Open XML SDK validator of Microsoft.
"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.corpus.attempt import CORPUS, RECORD, Attempt, attempt, books, opened_by_libreoffice
from tests.tools import validator

RECORDED = json.loads(RECORD.read_text("utf-8"))
BATCHES = 14
SAMPLE = 108
"""A few of them are refused, and a hundred are to be validated."""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus ../shared/corpus is not beside this checkout"),
]
EVERY_BATCH = pytest.mark.parametrize("number", range(BATCHES), ids=[f"batch{n}" for n in range(BATCHES)])


def batch(number: int) -> list[str]:
    return books()[number::BATCHES]


@EVERY_BATCH
def test_closed_with_nothing_lost_or_refused_with_a_reason(number: int, tmp_path: Path) -> None:
    """One test a batch, because closing it takes the time: preserved, opened by LibreOffice, a sample validated."""
    attempts = [attempt(name, tmp_path) for name in batch(number)]
    assert_nothing_is_lost(attempts)
    without = shutil.which("soffice") is None
    if not without:
        assert_libreoffice_opens(attempts, tmp_path)
    chosen = set(sample())
    closed = [a for a in attempts if a.name in chosen and a.output is not None]
    assert closed
    assert new_complaints(closed) == {}
    if without:
        pytest.skip("LibreOffice is not installed; nothing was lost, and the validator found nothing")


def assert_nothing_is_lost(attempts: list[Attempt]) -> None:
    assert len(attempts) > 40
    assert sum(not a.refused for a in attempts) > 30
    recorded = {name: reason for reason, names in RECORDED["refused"].items() for name in names}
    tried = {a.name for a in attempts}
    assert {a.name: a.reason for a in attempts if a.refused} == {n: r for n, r in recorded.items() if n in tried}
    assert {a.name: a.losses for a in attempts if a.losses} == {}


def assert_libreoffice_opens(attempts: list[Attempt], folder: Path) -> None:
    written = [a for a in attempts if a.output is not None]
    opened = opened_by_libreoffice([a.output for a in written if a.output], folder / "after")
    assert len(opened) > 30
    closed = [a for a in written if a.output not in opened]
    before = opened_by_libreoffice([a.input for a in closed if a.input], folder / "before")
    assert [a.name for a in closed if a.input in before] == []


def test_the_whole_corpus_is_in_the_batches() -> None:
    assert sorted(name for number in range(BATCHES) for name in batch(number)) == books()
    assert len(books()) > 600
    assert len(set(sample())) == SAMPLE


def test_as_many_were_tried_as_the_record_says() -> None:
    """The README's table is compared with the record by tests/test_pages.py."""
    assert RECORDED["tried"] == len(books())
    assert {name for names in RECORDED["refused"].values() for name in names} <= set(books())


def new_complaints(closed: list[Attempt]) -> dict[str, list[str]]:
    """Return what Microsoft's validator says about each closed workbook that it did not say about it before."""
    found: dict[str, list[str]] = {}
    for result in closed:
        assert result.output is not None
        assert result.input is not None
        if new := validator.new_complaints(result.output, result.input):
            found[result.name] = new
    return found


def sample() -> list[str]:
    """A fixed choice of workbooks, the same on every machine."""
    packages = [name for name in books() if name.endswith((".xlsx", ".xlsm"))]
    return sorted(packages, key=lambda name: hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())[:SAMPLE]


@pytest.mark.full
@EVERY_BATCH
def test_the_validator_finds_nothing_new_anywhere(number: int, tmp_path: Path) -> None:
    attempts = [attempt(name, tmp_path) for name in batch(number)]
    assert new_complaints([a for a in attempts if a.output is not None]) == {}
