"""A Delta table: a folder of Parquet files with a log that says which of them count.

In      a folder with ``_delta_log``.
Out     DeltaTable: the files that count, the values of columns that are in the log only (partitions), the columns
        with their types and the names that the files have for them.
Errors  DeltaFault: rows deleted by a deletion vector, or a log that cannot be followed; in words.
Source  Delta transaction log protocol (actions add, remove, metaData; checkpoints; column mapping).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

LOG = "_delta_log"
_DECIMAL = re.compile(r"decimal\((\d+),\s*(\d+)\)")
_TYPES: Mapping[str, pl.DataType] = {
    "string": pl.String(), "long": pl.Int64(), "integer": pl.Int32(), "short": pl.Int16(), "byte": pl.Int8(),
    "boolean": pl.Boolean(), "date": pl.Date(), "timestamp": pl.Datetime("us", "UTC"),
    "timestamp_ntz": pl.Datetime("us"), "double": pl.Float64(), "float": pl.Float32(), "binary": pl.Binary(),
}  # fmt: skip


class DeltaFault(Exception):
    """The table cannot be read; what was found, what is wrong, and what to do."""

    def __init__(self, found: str, problem: str, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.found, self.problem, self.fix = found, problem, fix


@dataclass(frozen=True, slots=True)
class DeltaColumn:
    """A column of the table: how the files call it, and its type, None where it is no plain one."""

    physical: str
    dtype: pl.DataType | None


@dataclass(frozen=True, slots=True)
class DeltaTable:
    """The table as the last version of its log has it."""

    version: int
    files: Mapping[str, Mapping[str, str | None]]
    """path inside the folder -> values of its partition columns, by their physical names"""
    columns: Mapping[str, DeltaColumn]
    """by the names that people see"""


@dataclass(slots=True)
class _State:
    files: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    vectors: set[str] = field(default_factory=set)
    columns: dict[str, DeltaColumn] = field(default_factory=dict)
    versions: list[int] = field(default_factory=list)


def is_delta(folder: Path) -> bool:
    """Return whether a folder is a Delta table."""
    return (folder / LOG).is_dir()


def read_delta_log(folder: Path) -> DeltaTable:
    """Follow the log to its last version."""
    state = _follow(folder / LOG)
    marked = sorted(state.vectors & set(state.files))
    if marked:
        raise DeltaFault(
            marked[0],
            f"Rows of {len(marked)} of the files are deleted by deletion vectors, which this version does not read.",
            "Rewrite the table without them (REORG TABLE … APPLY (PURGE), or switch deletion vectors off), and run"
            " again.",
        )
    gone = [path for path in state.files if not (folder / path).is_file()]
    if gone:
        raise DeltaFault(gone[0], "The log names a file that is not there.", "Copy the whole folder.")
    return DeltaTable(max(state.versions), dict(sorted(state.files.items())), state.columns)


def _follow(log: Path) -> _State:
    """Read the last checkpoint, then every version after it."""
    state = _State()
    checkpoint = -1
    checkpoints: dict[int, list[Path]] = {}
    for file in sorted(log.glob("*.checkpoint*.parquet")):
        checkpoints.setdefault(int(file.name[:20]), []).append(file)
    if checkpoints:
        checkpoint = max(checkpoints)
        for file in checkpoints[checkpoint]:
            for action in _checkpoint_actions(file):
                _apply(action, state)
        state.versions.append(checkpoint)
    commits = {int(file.stem): file for file in log.glob("*.json") if file.stem.isdigit()}
    for version in sorted(number for number in commits if number > checkpoint):
        if version != (max(state.versions) if state.versions else -1) + 1:
            raise DeltaFault(
                f"{version}", "Versions of the log before this one are missing.",
                "Copy the whole folder, with its folder _delta_log.",
            )  # fmt: skip
        for line in commits[version].read_text("utf-8").splitlines():
            if line.strip():
                _apply(json.loads(line), state)
        state.versions.append(version)
    if not state.versions or not state.columns:
        raise DeltaFault("", "The log of the table is empty.", "Copy the whole folder.")
    return state


def _checkpoint_actions(file: Path) -> Iterator[dict[str, Any]]:
    frame = pl.read_parquet(file)
    for row in frame.select([c for c in ("add", "metaData", "protocol") if c in frame.columns]).to_dicts():
        yield {kind: _plain(action) for kind, action in row.items() if action and any(_plain(action).values())}


def _plain(action: dict[str, Any]) -> dict[str, Any]:
    """Turn Parquet's lists of key and value into mappings."""
    plain = dict(action)
    for name in ("partitionValues", "configuration"):
        if isinstance(plain.get(name), list):
            plain[name] = {pair["key"]: pair["value"] for pair in plain[name]}
    return plain


def _apply(action: dict[str, Any], state: _State) -> None:
    if add := action.get("add"):
        path = unquote(add["path"])
        state.files[path] = add.get("partitionValues") or {}
        (state.vectors.add if add.get("deletionVector") else state.vectors.discard)(path)
    if remove := action.get("remove"):
        state.files.pop(unquote(remove["path"]), None)
    if described := action.get("metaData"):
        fields = json.loads(described["schemaString"])["fields"]
        state.columns = {
            f["name"]: DeltaColumn(
                f.get("metadata", {}).get("delta.columnMapping.physicalName", f["name"]), _type_of(f.get("type"))
            )
            for f in fields
        }


def _type_of(name: Any) -> pl.DataType | None:
    if not isinstance(name, str):
        return None
    decimal = _DECIMAL.fullmatch(name)
    return pl.Decimal(int(decimal[1]), int(decimal[2])) if decimal else _TYPES.get(name)
