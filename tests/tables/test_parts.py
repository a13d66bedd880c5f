"""A folder closed in parts, wherever: the same settlements, adjustments, vouchers, stock and lock as in one piece."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from invclose_xl.api.context.places import read_data
from invclose_xl.api.converting import convert
from invclose_xl.api.runs import close, recalculate, reverse
from invclose_xl.domain.tables import Tables
from invclose_xl.tables.folder import open_folder
from tests.mixed.books import mixed_book
from tests.tables.both import results

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SEEDS = (2, 5)
ACTS: tuple[tuple[Any, ...], ...] = (
    (close, date(2026, 1, 31)),
    (recalculate, date(2026, 2, 10)),
    (reverse, None),
    (close, date(2026, 2, 28)),
)


def run(folder: Path, **how: Any) -> list[str]:
    """Close, recalculate, reverse and close again; return the digests."""
    digests = []
    for act, day in ACTS:
        options = dict(how) if act is not reverse else {}
        arguments: Sequence[Any] = (folder,) if day is None else (folder, day)
        digests.append(act(*arguments, now=NOW, user="auditor", **options).digest)
    return digests


def in_any_order(folder: Path) -> Tables:
    """Return the results; what is locked beside the transactions stands in the order of the parts."""
    tables = results(folder)
    tables["locked_rows"] = tables["locked_rows"].sort(pl.all())
    return tables


def lock_digests(folder: Path) -> list[str]:
    book = read_data(folder).book
    assert book is not None
    return book.history["lock"]["digest"].to_list()


@pytest.fixture(scope="module", params=SEEDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book that was closed as one, beside its workbook."""
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    book = mixed_book(request.param, 120).write(folder / "book.xlsx")
    convert(book, folder / "whole")
    run(folder / "whole")
    return folder


@pytest.mark.sampled(2)
def test_parts_come_to_the_same_as_the_whole(whole: Path, tmp_path: Path) -> None:
    convert(whole / "book.xlsx", tmp_path / "parts")
    run(tmp_path / "parts", memory="1GB", part_rows=40)
    one, other = in_any_order(whole / "whole"), in_any_order(tmp_path / "parts")
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])
    assert lock_digests(whole / "whole") == lock_digests(tmp_path / "parts")
    assert len(open_folder(tmp_path / "parts").manifest.closings) == 4


@pytest.mark.long
def test_every_runner_comes_to_the_same_digests(whole: Path, tmp_path: Path) -> None:
    """The parts follow from the data alone: whoever closes them, and how many at once, changes not one cell."""
    digests = {}
    for runner, how in (("local", {"memory": "1GB"}), ("processes", {"memory": "2GB"})):
        convert(whole / "book.xlsx", tmp_path / runner)
        digests[runner] = run(tmp_path / runner, runner=runner, part_rows=40, **how)
    assert digests["local"] == digests["processes"]
    one, other = results(tmp_path / "local"), results(tmp_path / "processes")
    assert all(frame.equals(other[name]) for name, frame in one.items())


@pytest.mark.long
def test_a_book_of_one_part_has_the_digest_of_the_whole(whole: Path, tmp_path: Path) -> None:
    convert(whole / "book.xlsx", tmp_path / "one")
    run(tmp_path / "one", memory="1GB")
    assert lock_digests(whole / "whole") == lock_digests(tmp_path / "one")


@pytest.mark.long
def test_some_items_are_recalculated_in_parts(whole: Path, tmp_path: Path) -> None:
    """Items that were not asked for keep what they have, in their parts and in those that have others."""
    digests = {}
    for name, how in (("whole", {}), ("parts", {"memory": "1GB", "part_rows": 40})):
        convert(whole / "book.xlsx", tmp_path / name)
        items = pl.read_parquet(tmp_path / name / "items.parquet")["Item number"].to_list()[::3]
        close(tmp_path / name, ACTS[0][1], now=NOW, user="auditor", **how)
        said = recalculate(tmp_path / name, ACTS[1][1], items=items, now=NOW, user="auditor", **how)
        digests[name] = (said.digest, [problem for problem in said.problems if problem.code == "IC453"])
    assert digests["parts"] == digests["whole"]
    assert digests["parts"][1] == []
