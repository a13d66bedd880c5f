"""A Delta table: a folder of Parquet files with a log that says which of them count.

In      a folder with ``_delta_log``.
Out     an ExportTable of the rows that are there now: files that the log removed are left out, columns that it keeps
        in the file names (partitions) are put back, columns that it renamed have their names.
Errors  IC416 where rows are deleted by a deletion vector, or the log cannot be followed.
Source  Delta transaction log protocol (actions add, remove, metaData, protocol; checkpoints).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from invclose_xl.importing.faults import fault
from invclose_xl.importing.sources.parquet import read_parquet
from invclose_xl.importing.sources.table import ExportTable, as_text

LOG = "_delta_log"


@dataclass(slots=True)
class _State:
    """What the log says after its last version."""

    files: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    """path -> values of the partition columns, by their physical names"""
    vectors: set[str] = field(default_factory=set)
    columns: dict[str, str] = field(default_factory=dict)
    """name -> physical name in the files"""
    versions: list[int] = field(default_factory=list)


def is_delta(folder: Path) -> bool:
    """Whether a folder is a Delta table."""
    return (folder / LOG).is_dir()


def delta_table(folder: Path) -> ExportTable:
    """Return the table as the log's last version has it."""
    state = _follow(folder)
    marked = sorted(state.vectors & set(state.files))
    if marked:
        raise fault(
            "IC416", folder.name, marked[0],
            f"Rows of {len(marked)} of the files are deleted by deletion vectors, which this version does not read.",
            "Rewrite the table without them (REORG TABLE … APPLY (PURGE), or switch deletion vectors off), and import"
            " again.",
        )  # fmt: skip

    def read(wanted: Sequence[str]) -> pl.DataFrame:
        parts = [_part(folder, path, values, state.columns, wanted) for path, values in sorted(state.files.items())]
        empty = pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
        return pl.concat([empty, *parts])

    how = f"Delta, version {max(state.versions)}"
    return ExportTable((folder.name,), folder.name, how, tuple(state.columns), read, 2, len(state.files))


def _part(
    folder: Path, path: str, values: Mapping[str, str | None], columns: Mapping[str, str], wanted: Sequence[str]
) -> pl.DataFrame:
    """Read one file; partition columns have one value in all its rows."""
    file = folder / path
    if not file.is_file():
        raise fault("IC416", folder.name, path, "The log names a file that is not there.", "Copy the whole folder.")
    physical = {name: columns[name] for name in wanted}
    stored = [p for p in physical.values() if p not in values]
    if stored:
        frame = as_text(read_parquet(file, stored))
    else:
        frame = pl.DataFrame({"": range(pl.scan_parquet(file).select(pl.len()).collect().item())})
    fixed = {p: values[p] for p in physical.values() if p in values}
    frame = frame.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in fixed.items())
    return frame.select(pl.col(p).alias(name) for name, p in physical.items())


def _follow(folder: Path) -> _State:
    """Read the log: the last checkpoint, then every version after it."""
    log, state = folder / LOG, _State()
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
    commits = {int(f.stem): f for f in log.glob("*.json") if f.stem.isdigit()}
    for version in sorted(v for v in commits if v > checkpoint):
        if version != (max(state.versions) if state.versions else -1) + 1:
            raise fault(
                "IC416", folder.name, f"{version}", "Versions of the log before this one are missing.",
                "Copy the whole folder, with its folder _delta_log.",
            )  # fmt: skip
        for line in commits[version].read_text("utf-8").splitlines():
            if line.strip():
                _apply(json.loads(line), state)
        state.versions.append(version)
    if not state.versions or not state.columns:
        raise fault("IC416", folder.name, "", "The log of the table is empty.", "Copy the whole folder.")
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
            f["name"]: f.get("metadata", {}).get("delta.columnMapping.physicalName", f["name"]) for f in fields
        }
