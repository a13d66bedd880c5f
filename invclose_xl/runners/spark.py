"""Parts of a run, closed by Spark: one shuffle by part, then the same function as everywhere, part by part.

In      the plan, what all parts have in common, what each has of its own, the order; a session, or none.
Out     what every part came to, once, in the order of the parts, however often Spark ran a task.
Errors  BookUnusable: Spark or Java is not there, files that Spark cannot number the rows of, rows lost on the way.
Cost    the transactions are shuffled once; a task holds one part at a time.
Source  WORKBOOK "Command line" (--runner spark); Spark 3.5 and 4, DataFrame.mapInArrow.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.domain.problems.problem import BookUnusable
from invclose_xl.runners.processes import ClosedPart, Own, closed_part
from invclose_xl.tables.parts.part_tables import FILE, PLACE, ROW, PartTables, SharedTables
from invclose_xl.tables.parts.plan import Plan, TransactionFile
from invclose_xl.tables.parts.split import part_of

if TYPE_CHECKING:
    import pyarrow as pa

PART = "_part"
OUT = "part long, payload binary"
Batches = Iterator["pa.RecordBatch"]


def in_spark(
    planned: Plan, shared: SharedTables, request: RunRequest, own: Sequence[Own], session: Any, folder: Path
) -> Iterator[ClosedPart]:
    """Close all parts in Spark; a part whose task ran twice counts once, and one without rows is closed here.

    ``folder`` is the driver's, where the rows of the parts are put together.
    """
    spark = session if session is not None else _session()
    rows = _transactions(spark, planned)
    tagged = rows.mapInArrow(_tagging(planned.parts), _schema_with_part(rows))
    tasks = max(1, min(planned.count, _parallelism(spark)))
    by_part = tagged.repartition(tasks, PART).sortWithinPartitions(PART, PLACE)
    closed = by_part.mapInArrow(_closing(shared, request, list(own)), OUT)
    done: dict[int, ClosedPart] = {}
    arrived = closed.collect()
    while arrived:
        row = arrived.pop()
        done[row["part"]] = pickle.loads(bytes(row["payload"])).stored(folder, row["part"])
    none = _no_rows(planned)
    for number in range(planned.count):
        if number not in done:
            done[number] = closed_part(PartTables(none, *own[number]), shared, request).stored(folder, number)
        yield done[number]


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


def _transactions(spark: Any, planned: Plan) -> Any:
    """Return the transactions of all files, each row with file, row and place."""
    from pyspark.sql import functions as f

    whole, before = None, 0
    for number, file in enumerate(planned.files):
        if file.columns.separator:
            raise BookUnusable(f"{file.shown} is CSV, whose rows Spark cannot number: write it as Parquet.")
        index = f.col("_metadata.row_index")
        own = spark.read.parquet(str(file.source.path.absolute())).select(
            *(_column(file, file.columns.headings[n - 1]).alias(field) for field, n in file.fields().items()),
            f.lit(number).cast("int").alias(FILE),
            (index + file.columns.first_row).alias(ROW),
            (index + before).alias(PLACE),
        )
        whole = own if whole is None else whole.unionByName(own)
        before += planned.rows[number]
    return whole


def _column(file: TransactionFile, heading: str) -> Any:
    """Return a column by the name that people see; of a Delta table its log knows how the file calls it."""
    from pyspark.sql import functions as f

    source = file.source
    if source.columns is None:
        return f.col(f"`{heading}`")
    column = source.columns[heading]
    if column.physical in source.fixed:
        return f.lit(source.fixed[column.physical]).cast("string")
    if column.physical not in pl.read_parquet_schema(source.path):
        raise BookUnusable(
            f"{file.shown} has no column {heading}, which its Delta table got later: rewrite the table (OPTIMIZE), or "
            "use the runner processes."
        )
    return f.col(f"`{column.physical}`")


def _schema_with_part(rows: Any) -> Any:
    from pyspark.sql.types import LongType, StructField, StructType

    return StructType([*rows.schema.fields, StructField(PART, LongType())])


def _tagging(parts: pl.DataFrame) -> Callable[[Batches], Batches]:
    def tag(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            items = pl.Series(pl.from_arrow(batch.column("item")))
            part = part_of(items, parts).cast(pl.Int64).to_arrow()
            columns = [*batch.columns, part]
            yield pa.RecordBatch.from_arrays(columns, names=[*batch.schema.names, PART])

    return tag


def _closing(shared: SharedTables, request: RunRequest, own: list[Own]) -> Callable[[Batches], Batches]:
    def close(batches: Batches) -> Batches:
        import pyarrow as pa

        for number, rows in _by_part(batches):
            payload = pickle.dumps(closed_part(PartTables(rows, *own[number]), shared, request))
            yield pa.RecordBatch.from_pydict({"part": pa.array([number], pa.int64()), "payload": pa.array([payload])})

    return close


def _by_part(batches: Batches) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the rows of one part after the other; they arrive sorted by part and place."""
    current, held = -1, list[pl.DataFrame]()
    for batch in batches:
        frame = pl.DataFrame(pl.from_arrow(batch))
        for (part,), own in frame.partition_by(PART, as_dict=True, maintain_order=True).items():
            number = int(str(part))
            if number != current and held:
                yield current, pl.concat(held)
                held = []
            current = number
            held.append(own.drop(PART))
    if held:
        yield current, pl.concat(held)


def _no_rows(planned: Plan) -> pl.DataFrame:
    file = planned.files[0]
    types = {field: file.columns.types[n - 1] for field, n in file.fields().items()}
    return pl.DataFrame(schema={**types, FILE: pl.Int32, ROW: pl.Int64, PLACE: pl.Int64})
