"""Spark closes the same parts to the same digests: on 1, 3 and 16 tasks, with workers killed in the middle."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from invclose_xl.api.converting import convert
from invclose_xl.api.runs import close
from invclose_xl.runners import spark as runner
from tests.tables.every_kind import every_kind
from tests.tables.test_delta import EXAMPLE
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
            for batch in close(batches):
                if not mark.exists():
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
    assert sorted(path.name for path in (tmp_path / "data" / "closings").iterdir()) == [
        ".lock", "IC-000001", "manifest.json",
    ]  # fmt: skip


def test_csv_is_closed_in_spark(session: Any, tmp_path: Path) -> None:
    """Spark hands out files, and ranges of them; our reader reads them, whatever they are."""
    for name in ("whole", "parts"):
        convert(EXAMPLE, tmp_path / name)
        path = tmp_path / name / "transactions.parquet"
        frame = pl.read_parquet(path)
        path.unlink()
        (tmp_path / name / "transactions").mkdir()
        frame.head(5).write_csv(tmp_path / name / "transactions" / "a.csv")
        frame.slice(5).write_csv(tmp_path / name / "transactions" / "b.csv")
    before = session.conf.get(runner.BATCH)
    close(tmp_path / "whole", ACTS[0][1], now=NOW, user="auditor")
    close(tmp_path / "parts", ACTS[0][1], now=NOW, user="auditor", runner="spark", spark=session, part_rows=4)
    assert lock_digests(tmp_path / "whole") == lock_digests(tmp_path / "parts")
    assert session.conf.get(runner.BATCH) == before


CONNECTED = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from pyspark.sql import SparkSession
from invclose_xl.api.runs import close
spark = SparkSession.builder.remote("local[2]").getOrCreate()
assert ".connect." in type(spark).__module__
close(Path(sys.argv[1]), date(2026, 1, 31), now=datetime(2026, 7, 2, 9, 30, tzinfo=UTC), user="auditor",
      runner="spark", spark=spark, part_rows=4)
"""


def test_a_session_of_spark_connect(tmp_path: Path) -> None:
    """A session that is connected to a server: no context, no files of its own, and the same Digest."""
    for package in ("pyspark", "grpc", "grpc_status", "zstandard"):
        pytest.importorskip(package, reason="Spark Connect is not installed: pip install 'pyspark[connect]'")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java 17, and there is none")
    for name in ("whole", "parts"):
        convert(EXAMPLE, tmp_path / name)
    close(tmp_path / "whole", date(2026, 1, 31), now=NOW, user="auditor")
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable}
    command = [sys.executable, "-c", CONNECTED, str(tmp_path / "parts")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert lock_digests(tmp_path / "whole") == lock_digests(tmp_path / "parts")
