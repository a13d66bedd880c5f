"""Parts of a run, closed by Spark: one shuffle by part, then the same function as everywhere, part by part.

In      the plan; the folder of the run, which driver and workers see, with what the parts need besides; a session, or
        none.
Out     what every part came to, once, in the order of the parts, however often Spark ran a task: each attempt writes
        into a folder of its own, and the driver takes over one of each part.
Errors  BookUnusable: Spark or Java is not there. InvariantBroken: a part is lost.
Cost    the transactions are shuffled once, as Arrow in pieces of some thousand rows; a task holds one part at a time.
Source  WORKBOOK "Command line" (--runner spark); Spark 3.5 and 4, DataFrame.mapInArrow.
"""

import contextlib
import io
import os
import pickle
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from invclose_xl.domain.problems.problem import BookUnusable, InvariantBroken
from invclose_xl.runners.processes import ClosedPart, close_rows
from invclose_xl.tables.parts.links import Facts
from invclose_xl.tables.parts.part_tables import PLACE
from invclose_xl.tables.parts.plan import PIECE, Plan
from invclose_xl.tables.parts.split import no_rows, rows_by_part
from invclose_xl.tables.parts.stored import take_over_part

if TYPE_CHECKING:
    import pyarrow as pa

LAID = "part long, file int, row long, rows binary"
"""transactions of one part, as Arrow, and where the piece of the file begins that they are from"""
OUT = "part long, attempt string, result binary"
PLAN = "plan.pickle"
ROWS_TOGETHER = 20_000
BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
RECORDS_TOGETHER = 16
"""Spark counts records, not bytes: so many of LAID are some ten megabytes."""
Batches = Iterator["pa.RecordBatch"]
Unit = tuple[int, int, int | None]
"""file, first row, rows: what one task reads; None: all rows"""


def in_spark(planned: Plan, folder: Path, session: Any) -> Iterator[ClosedPart]:
    """Close all parts in Spark; ``folder`` has what hand_over laid down there."""
    spark = session if session is not None else _session()
    (folder / PLAN).write_bytes(pickle.dumps(replace(planned, facts=Facts(), ids=planned.ids.clear())))
    units = list(_units(planned))
    tasks = max(1, min(planned.count, _parallelism(spark)))
    laid = spark.range(0, len(units), 1, len(units)).mapInArrow(_laying(units, str(folder)), LAID)
    by_part = laid.repartition(tasks, "part").sortWithinPartitions("part", "file", "row")
    with _small_batches(spark):
        arrived = by_part.mapInArrow(_closing(str(folder)), OUT).collect()
    by_number = {row["part"]: row for row in arrived}
    if len(by_number) < planned.count:
        raise InvariantBroken(f"Spark closed {len(by_number)} of {planned.count} parts. Nothing was written.")
    for number in range(planned.count):
        take_over_part(folder / by_number[number]["attempt"], folder, number)
        yield pickle.loads(bytes(by_number[number]["result"]))


def _units(planned: Plan) -> Iterator[Unit]:
    for number, (file, rows) in enumerate(zip(planned.files, planned.rows, strict=True)):
        if file.columns.separator:
            yield number, 0, None
        else:
            yield from ((number, start, min(PIECE, rows - start)) for start in range(0, max(rows, 1), PIECE))


@contextlib.contextmanager
def _small_batches(spark: Any) -> Iterator[None]:
    """Let a task take few records at a time; the user's session is as it was afterwards."""
    before = spark.conf.get(BATCH)
    spark.conf.set(BATCH, str(RECORDS_TOGETHER))
    try:
        yield
    finally:
        spark.conf.set(BATCH, before)


def _session() -> Any:
    """Return the session that is active, or a local one."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise BookUnusable("Spark is not installed: pip install 'invclose-xl[spark]', and Java 17.") from None
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        builder = SparkSession.builder.master("local[*]").appName("invclose-xl")
        return builder.config("spark.ui.enabled", "false").getOrCreate()
    except Exception as fault:  # whatever a missing or wrong Java makes of it
        said = str(fault).strip().split("\n")[0][:200]
        raise BookUnusable(f"Spark does not start ({said}): it needs Java 17; check JAVA_HOME.") from fault


def _parallelism(spark: Any) -> int:
    """Return how many tasks Spark makes of a shuffle."""
    return int(spark.conf.get("spark.sql.shuffle.partitions", "200"))


def _laying(units: list[Unit], folder: str) -> Callable[[Batches], Batches]:
    def lay(batches: Batches) -> Batches:
        planned: Plan = pickle.loads((Path(folder) / PLAN).read_bytes())
        for number in (number for batch in batches for number in batch.column(0).to_pylist()):
            if number == 0:
                # Every part is closed by a task, one without rows too.
                for part in range(planned.count):
                    yield _record(part, -1, 0, no_rows(planned))
            file, start, count = units[number]
            for part, first, rows in rows_by_part(planned, file, start, count):
                for at, piece in enumerate(rows.iter_slices(ROWS_TOGETHER)):
                    yield _record(part, file, first + at * ROWS_TOGETHER, piece)

    return lay


def _record(part: int, file: int, row: int, rows: pl.DataFrame) -> "pa.RecordBatch":
    import pyarrow as pa

    written = io.BytesIO()
    rows.write_ipc(written)
    columns = [[part], [file], [row], [written.getvalue()]]
    types = (pa.int64(), pa.int32(), pa.int64(), pa.binary())
    arrays = [pa.array(column, dtype) for column, dtype in zip(columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=["part", "file", "row", "rows"])


def _closing(folder: str) -> Callable[[Batches], Batches]:
    def close(batches: Batches) -> Batches:
        import pyarrow as pa

        for part, rows in _by_part(batches):
            attempt = f"attempt-{uuid.uuid4().hex}"
            closed = close_rows(Path(folder), part, rows.sort(PLACE), Path(folder) / attempt)
            columns = {"part": [part], "attempt": [attempt], "result": [pickle.dumps(closed)]}
            yield pa.RecordBatch.from_pydict(columns)

    return close


def _by_part(batches: Batches) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the rows of one part after the other; they arrive sorted by part."""
    current, held = -1, list[pl.DataFrame]()
    for batch in batches:
        for part, rows in zip(batch.column("part").to_pylist(), batch.column("rows"), strict=True):
            if part != current and held:
                yield current, pl.concat(held)
                held = []
            current = part
            held.append(pl.read_ipc(rows.as_buffer().to_pybytes()))
    if held:
        yield current, pl.concat(held)
