"""No text of a result sheet is read back: books whose every sentence says something else go on to the same cents.

Source  WORKBOOK "Formats of our sheets".
"""

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from invclose_xl.audit.verify_close import verify
from invclose_xl.cli.main import main
from invclose_xl.closing import part
from invclose_xl.closing.lock import sealing
from invclose_xl.domain.book import Scales
from invclose_xl.domain.tables import Tables
from tests.closings.story import Story, edit, read_story
from tests.closings.test_stories import ABOUT_SHEETS, last_day
from tests.language import compare
from tests.results import Results, text

STORIES = [read_story(path) for path in sorted((Path(__file__).parent / "stories").glob("*.txt"))]
WITH_SENTENCES = [
    s for s in STORIES if any(word in str(s.steps) for word in ("estimate", "charge", "reverse", "remove"))
]
EVERYDAY = ("r8_5_the_amount_comes_after_a_recalculation", "r8_4_a_late_invoice_brings_accounts")
SENTENCES = {"estimated_costs": ("basis",), "vouchers": ("text",), "log": ("message", "fix", "code", "rule")}
NOW = datetime(2027, 1, 15, 9, 30)


@pytest.fixture(autouse=True)
def other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run write a smile where a sentence would stand."""
    usual = sealing.cast_run_tables

    def smiling(new: Tables, scales: Scales) -> Tables:
        tables = usual(new, scales)
        return {
            name: frame.with_columns(pl.lit(":-)").alias(field) for field in SENTENCES.get(name, ()))
            for name, frame in tables.items()
        }

    for module in (sealing, part):
        monkeypatch.setattr(module, "cast_run_tables", smiling)


def _stories() -> list[object]:
    return [pytest.param(s, id=s.name, marks=() if s.name in EVERYDAY else pytest.mark.long) for s in WITH_SENTENCES]


@pytest.mark.parametrize("story", _stories())
def test_stories_end_the_same(story: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = story.book.write(tmp_path / "book.xlsx")
    for step in story.steps:
        edit(path, step.edits)
        code = main(step.arguments(path), NOW, "controller")
        if any(line.split()[0] in ("error", "refused") for line in step.expected):
            assert code in (3, 4)
            continue
        assert code == 0, capsys.readouterr().err
        results = Results(path)
        assert {text(row["Basis"]) for row in results.result("Estimated costs", active=False)} <= {":-)"}
        lines = [line for line in step.expected if line.split()[0] not in ABOUT_SHEETS]
        expected, actual = compare(lines, results, step.day or last_day(results))
        assert actual == expected
    closed = any(
        row["Type"] == "Closing" and row["Status"] == "Active" for row in Results(path).rows("Lock", "Closing")
    )
    _looked_at(path, closed=closed)


def _looked_at(path: Path, *, closed: bool) -> None:
    """Everything that reads a closed book does."""
    of_rows = ("Lock", "Digests", "Settlements of receipts", "Settlements of issues", "Adjustments")
    assert [check for check in verify(path) if check.name in of_rows and check.faults] == []
    for command in (["status", path], ["explain", path, "S1"]):
        assert main([str(word) for word in command], NOW, "controller") in (0, 2)
    if closed:
        report = path.with_name("reconciliation.xlsx")
        assert main(["reconcile", str(path), "--output", str(report)], NOW, "controller") == 0
