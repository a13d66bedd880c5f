"""A book closed by an earlier version, made a folder of tables, goes on as the book does, in one piece and in parts."""

import shutil
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from tests.closings.story import edit, read_story
from tests.old_books.test_old_books import BOOKS, CLOSED
from tests.tables.both import Both
from tests.tables.test_parts import in_any_order, lock_digests


@pytest.mark.parametrize("closed", CLOSED, ids=lambda path: f"{path.stem}-{path.parent.name}")
@pytest.mark.sampled(59, long=2)
def test_it_goes_on(closed: Path, tmp_path: Path) -> None:
    story = read_story(BOOKS / f"{closed.stem}.txt")
    both = Both.of(Path(shutil.copy(closed, tmp_path)))
    edit(both.book, story.steps[-1].edits)
    both.follow()
    parts = Path(shutil.copytree(both.folder, tmp_path / "parts"))
    command, _, no_backup, *options = story.steps[-1].arguments(both.book)
    code = both.run(command, options, [no_backup])
    both.compare()
    in_parts = Both(both.book, parts)
    assert in_parts.run_folder(command, [*options, *(["--memory", "1GB"] if command != "reverse" else [])]) == code
    assert lock_digests(both.folder) == lock_digests(parts)
    one, other = in_any_order(both.folder), in_any_order(parts)
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])
