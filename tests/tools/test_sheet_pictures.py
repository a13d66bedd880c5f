"""The pictures of sheets show what a close writes today: they are drawn again and compared."""

from pathlib import Path

import pytest

from tools.make_sheet_pictures import ROOT, pictures


@pytest.mark.long
def test_pictures_of_sheets_show_what_is_written(tmp_path: Path) -> None:
    for name, svg in pictures(tmp_path).items():
        committed = (ROOT / "docs" / "pictures" / name).read_text("utf-8")
        assert svg == committed, f"{name} is another one now: python tools/make_sheet_pictures.py, and look at it"
