"""What happens to a folder of tables between two runs.

In      a workbook, and a description with the steps ``before`` and the ``run``: arguments, in which FOLDER stands for
        the folder of its tables; or what somebody does to the folder: {"as_float": [table, heading]},
        {"changed": file}, {"interrupted": closing}.
Out     the lines of the last run.
"""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from invclose_xl.api.converting import convert
from invclose_xl.cli.main import main

NOW = datetime(2026, 2, 10, 9, 30)


def lines_of_tables(book: Path, described: Mapping[str, Any], capsys: pytest.CaptureFixture[str]) -> list[str]:
    folder = book.with_name("data")
    convert(book, folder)
    for step in [*described.get("before", []), described["run"]]:
        if isinstance(step, dict):
            for what, about in step.items():
                ACTS[what](folder, about)
            continue
        capsys.readouterr()
        with contextlib.suppress(SystemExit):
            main([a if a != "FOLDER" else str(folder) for a in step], NOW, "controller")
    return capsys.readouterr().err.splitlines()


def _as_float(folder: Path, about: list[str]) -> None:
    table, heading = about
    path = folder / f"{table}.parquet"
    pl.read_parquet(path).with_columns(pl.col(heading).cast(pl.Float64)).write_parquet(path)


def _changed(folder: Path, file: str) -> None:
    path = folder / file
    frame = pl.read_parquet(path)
    frame.head(len(frame) - 1).write_parquet(path)


def _interrupted(folder: Path, closing: str) -> None:
    left = folder / "closings" / closing
    left.mkdir()
    (left / "settlements.parquet").write_bytes(b"PAR1")


ACTS = {"as_float": _as_float, "changed": _changed, "interrupted": _interrupted}
