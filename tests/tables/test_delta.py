"""Tables that are Delta: what their log counts is closed, wherever; what it took out is not."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from invclose_xl.api.converting import convert
from invclose_xl.cli.main import main
from tests.tables.both import NOW, assert_same, results
from tests.tables.test_identity import EXAMPLES

EXAMPLE = next(path for path in EXAMPLES if path.stem == "two_months")
TYPES = {pl.String: "string", pl.Date: "date", pl.Boolean: "boolean"}


def as_delta(table: Path) -> None:
    """Make a Delta table of a Parquet file.

    Its first version holds a file with rows twice, which the second takes out; *Site* stands in the log only; the
    column *Quantity* was renamed; a file of the first version is older than the column *Warehouse*.
    """
    frame = pl.read_parquet(table)
    table.unlink()
    folder = table.with_suffix("")
    (folder / "_delta_log").mkdir(parents=True)
    frame = frame.rename({"Quantity": "col-7"})
    fields = [_field(name, dtype) for name, dtype in frame.schema.items()]
    first: list[dict[str, Any]] = [
        {"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}},
        {"metaData": {"id": "t", "schemaString": json.dumps({"type": "struct", "fields": fields}),
                      "partitionColumns": ["Site"]}},
        {"add": {"path": "old.parquet", "partitionValues": {"Site": "1"}, "dataChange": True}},
    ]  # fmt: skip
    pl.concat([frame, frame.head(2)]).drop("Site").write_parquet(folder / "old.parquet")
    second: list[dict[str, Any]] = [{"remove": {"path": "old.parquet", "dataChange": True}}]
    for number, (site,) in enumerate(frame.select("Site").unique(maintain_order=True).rows()):
        own = frame.filter(pl.col("Site").eq_missing(pl.lit(site))).drop("Site")
        if own["Warehouse"].null_count() == len(own):
            own = own.drop("Warehouse")
        path = f"Site={site}/part {number}.parquet"
        (folder / path).parent.mkdir()
        own.write_parquet(folder / path)
        second.append({"add": {"path": path.replace(" ", "%20"), "partitionValues": {"Site": site}}})
    for version, actions in enumerate((first, second)):
        (folder / "_delta_log" / f"{version:020}.json").write_text("\n".join(map(json.dumps, actions)))


def _field(name: str, dtype: pl.DataType) -> dict[str, Any]:
    known = TYPES.get(type(dtype)) or f"decimal({dtype.precision},{dtype.scale})"  # type: ignore[attr-defined]
    shown = "Quantity" if name == "col-7" else name
    return {"name": shown, "type": known, "metadata": {"delta.columnMapping.physicalName": name}}


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Return the example in the order in which the files of its sites follow each other."""
    convert(EXAMPLE, tmp_path / "plain")
    path = tmp_path / "plain" / "transactions.parquet"
    frame = pl.read_parquet(path).with_columns(Warehouse=pl.when(pl.col("Site") == "1").then(pl.lit("11")))
    frame.sort("Site", nulls_last=True, maintain_order=True).write_parquet(path)
    return tmp_path / "plain"


@pytest.mark.parametrize("how", [[], ["--memory", "1GB"]], ids=["one", "parts"])
@pytest.mark.sampled(2)
def test_what_the_log_counts_is_closed(how: list[str], plain: Path, tmp_path: Path) -> None:
    convert(EXAMPLE, tmp_path / "delta")
    (tmp_path / "delta" / "transactions.parquet").write_bytes((plain / "transactions.parquet").read_bytes())
    as_delta(tmp_path / "delta" / "transactions.parquet")
    for day in ("2026-01-31", "2026-02-28"):
        assert main(["close", str(plain), "--date", day], NOW, "auditor") == 0
        assert main(["close", str(tmp_path / "delta"), "--date", day, *how], NOW, "auditor") == 0
    assert_same(results(plain), results(tmp_path / "delta"))


def test_rows_deleted_by_a_vector_are_refused(plain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    as_delta(plain / "transactions.parquet")
    log = plain / "transactions" / "_delta_log" / f"{2:020}.json"
    add = json.loads((log.parent / f"{1:020}.json").read_text().splitlines()[-1])
    add["add"]["deletionVector"] = {"storageType": "u", "pathOrInlineDv": "x", "sizeInBytes": 1, "cardinality": 1}
    log.write_text(json.dumps(add))
    assert main(["close", str(plain), "--date", "2026-01-31"], NOW, "auditor") == 5
    said = capsys.readouterr().err
    assert "transactions is a Delta table that cannot be read" in said
    assert "REORG TABLE" in said
