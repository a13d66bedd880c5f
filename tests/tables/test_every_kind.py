"""Transactions of every kind, three closings with a reversal between: the same cells, log and Digest everywhere."""

import json
import multiprocessing
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from invclose_xl.api.converting import convert
from invclose_xl.api.runs import close, recalculate, reverse
from tests.tables.both import assert_same, results
from tests.tables.every_kind import every_kind
from tests.tables.test_parts import in_any_order, lock_digests

pytestmark = pytest.mark.long
NOW = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
ACTS: tuple[tuple[Any, date | None], ...] = (
    (close, date(2026, 1, 31)),
    (recalculate, date(2026, 2, 10)),
    (close, date(2026, 2, 20)),
    (reverse, None),
    (close, date(2026, 2, 28)),
    (close, date(2026, 4, 30)),
)
SIZES = (500, 4_000, pytest.param(300_000, marks=pytest.mark.full))


def all_acts(path: Path, of_reverse: dict[str, Any] | None = None, **how: Any) -> list[str]:
    """Run all acts, what reverse does in one piece; return the summaries."""
    told = []
    for act, day in ACTS:
        days = () if day is None else (day,)
        summary = act(path, *days, now=NOW, user="auditor", **(how if act is not reverse else of_reverse or {}))
        told.append(summary.model_dump_json(exclude={"written"}))
    return told


@pytest.fixture(scope="module", params=SIZES)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the data, and the same closed in one piece."""
    desk = tmp_path_factory.mktemp(f"rows{request.param}")
    every_kind(request.param, desk / "data", desk)
    shutil.copytree(desk / "data", desk / "whole")
    (desk / "told.json").write_text(json.dumps(all_acts(desk / "whole")))
    return desk


def part_rows(folder: Path) -> int:
    """Return so many rows that there are several parts, and not too many."""
    transactions = results(folder)["lock"]["transactions"].max()
    assert isinstance(transactions, int)
    return max(60, transactions // 8)


@pytest.mark.parametrize("runner", ["local", "processes"])
def test_in_parts(whole: Path, runner: str, tmp_path: Path) -> None:
    shutil.copytree(whole / "data", tmp_path / "data")
    told = all_acts(tmp_path / "data", runner=runner, memory="2GB", part_rows=part_rows(whole / "whole"))
    assert told == json.loads((whole / "told.json").read_text())
    assert lock_digests(whole / "whole") == lock_digests(tmp_path / "data")
    one, other = in_any_order(whole / "whole"), in_any_order(tmp_path / "data")
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])


def test_as_a_workbook(whole: Path, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    convert(whole / "data", book)
    all_acts(book, {"backup": False}, backup=False)
    assert_same(results(book), results(whole / "whole"))


def test_a_process_killed_in_the_middle(whole: Path, tmp_path: Path) -> None:
    """Its part is closed anew by another process, and nothing counts twice."""
    killed = []

    def kill(step: str, done: int, count: int) -> None:
        if step == "Closing" and done == 1 and not killed:
            worker = multiprocessing.active_children()[0]
            worker.kill()
            killed.append(worker.pid)

    shutil.copytree(whole / "data", tmp_path / "data")
    how = {"runner": "processes", "memory": "2GB", "part_rows": part_rows(whole / "whole")}
    close(tmp_path / "data", ACTS[0][1], now=NOW, user="auditor", progress=kill, **how)
    assert killed
    assert lock_digests(tmp_path / "data") == lock_digests(whole / "whole")[:1]
