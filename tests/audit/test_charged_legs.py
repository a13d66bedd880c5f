"""The independent reader and `explain` know what was charged on the stock of average items.

Source  RULES R7.4 (On hand may name the receipt leg of a closing transfer).
"""

from datetime import datetime
from pathlib import Path

import pytest

from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from tests.closings.story import edit, read_story

NOW = datetime(2027, 1, 15, 9, 30)
STORY = Path(__file__).parents[1] / "closings" / "stories" / "r7_4_on_hand_of_a_leg.txt"


@pytest.mark.long
def test_a_charged_leg_holds_at_every_close(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = read_story(STORY)
    book = story.book.write(tmp_path / "book.xlsx")
    verified = 0
    for step in story.steps:
        edit(book, step.edits)
        if main(step.arguments(book), NOW, "controller") == 0:
            assert [check.faults for check in verify_close.verify(book) if check.faults] == []
            verified += 1
    assert verified > 4
    capsys.readouterr()
    assert main(["explain", str(book), "IC-000001/W1/R"], NOW, "controller") == 0
    said = capsys.readouterr().out
    assert "entered by hand on the sheet Cost adjustments (R7.4, IC-000002)" in said
    assert "         46.00" in said
    assert main(["explain", str(book), "IC-000003"], NOW, "controller") == 2
    assert "IC-000003 is a recalculation up to 2026-02-15; it posted no voucher" in capsys.readouterr().err
    assert main(["reverse", str(book), "--no-backup"], NOW, "controller") == 0
    assert [check.faults for check in verify_close.verify(book) if check.faults] == []
