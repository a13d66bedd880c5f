"""Spark closes the same parts to the same digests: on 1, 3 and 16 tasks, with workers killed in the middle."""

import os
import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.api.converting import convert
from invclose_xl.api.runs import close
from invclose_xl.runners import spark as runner
from tests.mixed.books import mixed_book
from tests.tables.both import results
from tests.tables.test_parts import NOW, run

DAY = date(2026, 2, 28)
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("spark") / "book.xlsx"
    return mixed_book(5, 120).write(made)


@pytest.fixture(scope="module")
def digest(folder: Path) -> str:
    convert(folder, folder.with_name("local"))
    return close(folder.with_name("local"), DAY, now=NOW, user="auditor", memory="1GB", part_rows=40).digest


def close_in(session: Any, data: Path) -> str:
    return close(data, DAY, now=NOW, user="auditor", runner="spark", spark=session, part_rows=40).digest


@pytest.mark.parametrize("tasks", [1, 3, 16])
def test_spark_comes_to_the_same_digest(tasks: int, session: Any, folder: Path, digest: str, tmp_path: Path) -> None:
    session.conf.set("spark.sql.shuffle.partitions", str(tasks))
    convert(folder, tmp_path / "data")
    assert close_in(session, tmp_path / "data") == digest
    one, other = results(folder.with_name("local")), results(tmp_path / "data")
    assert all(frame.equals(other[name]) for name, frame in one.items())


def test_a_killed_worker_is_no_matter(
    session: Any, folder: Path, digest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    convert(folder, tmp_path / "data")
    assert close_in(session, tmp_path / "data") == digest
    assert list(died.iterdir())


@pytest.mark.full
def test_closings_recalculations_and_reversals_in_spark(session: Any, folder: Path, tmp_path: Path) -> None:
    for name, how in (("one", {"memory": "1GB"}), ("other", {"runner": "spark", "spark": session})):
        convert(folder, tmp_path / name)
        run(tmp_path / name, part_rows=40, **how)
    one, other = results(tmp_path / "one"), results(tmp_path / "other")
    assert all(frame.equals(other[name]) for name, frame in one.items())
