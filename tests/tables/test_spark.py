"""Spark closes the same parts to the same digests: on 1, 3 and 16 tasks, with workers killed in the middle."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.api.runs import close
from invclose_xl.runners import spark as runner
from tests.tables.every_kind import every_kind
from tests.tables.test_every_kind import ACTS, NOW, all_acts, part_rows
from tests.tables.test_parts import in_any_order, lock_digests

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("spark")]


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed: pip install 'invclose-xl[spark]'")
    pytest.importorskip("pyarrow", reason="Spark needs pyarrow")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java 17, and there is none")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = sql.SparkSession.builder.master("local[2,3]").appName("tests").config("spark.ui.enabled", "false")
    made = builder.config("spark.sql.shuffle.partitions", "3").config("spark.driver.memory", "1g").getOrCreate()
    yield made
    made.stop()


@pytest.fixture(scope="module", params=[3_000, pytest.param(300_000, marks=pytest.mark.full)])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data, beside the same closed in one piece."""
    desk = tmp_path_factory.mktemp("spark")
    every_kind(request.param, desk / "data", desk)
    shutil.copytree(desk / "data", desk / "whole")
    all_acts(desk / "whole")
    return desk / "data"


@pytest.fixture(scope="module")
def digests(folder: Path) -> list[str]:
    return lock_digests(folder.with_name("whole"))


@pytest.mark.parametrize("tasks", [1, 3, 16])
def test_spark_comes_to_the_same(tasks: int, session: Any, folder: Path, digests: list[str], tmp_path: Path) -> None:
    """Every act, in Spark on so many tasks, comes to the cells, the log and the Digest of a run in one piece."""
    session.conf.set("spark.sql.shuffle.partitions", str(tasks))
    shutil.copytree(folder, tmp_path / "data")
    all_acts(tmp_path / "data", runner="spark", spark=session, part_rows=part_rows(folder.with_name("whole")))
    assert lock_digests(tmp_path / "data") == digests
    one, other = in_any_order(folder.with_name("whole")), in_any_order(tmp_path / "data")
    assert all(frame.equals(other[name]) for name, frame in one.items())


def test_a_killed_worker_is_no_matter(
    session: Any, folder: Path, digests: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt of every task dies with its process; Spark makes another one, and nothing counts twice."""
    died = tmp_path / "died"
    died.mkdir()
    closing = runner._closing

    def dying(*arguments: Any) -> Any:
        close = closing(*arguments)

        def once(batches: Any) -> Any:
            from pathlib import Path as Way

            from pyspark import TaskContext

            context = TaskContext.get()
            mark = Way(str(died)) / f"{context.partitionId()}"
            for count, batch in enumerate(close(batches)):
                if count == 0 and not mark.exists():
                    mark.touch()
                    os._exit(1)
                yield batch

        return once

    monkeypatch.setattr(runner, "_closing", dying)
    session.conf.set("spark.sql.shuffle.partitions", "3")
    shutil.copytree(folder, tmp_path / "data")
    rows = part_rows(folder.with_name("whole"))
    close(tmp_path / "data", ACTS[0][1], now=NOW, user="auditor", runner="spark", spark=session, part_rows=rows)
    assert lock_digests(tmp_path / "data") == digests[:1]
    assert list(died.iterdir())
