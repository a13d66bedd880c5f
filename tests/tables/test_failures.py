"""What can go wrong with a folder of tables: refused or resumed with one clear sentence, nothing lost."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from invclose_xl.api.converting import convert
from invclose_xl.cli.main import main
from invclose_xl.tables import store
from tests.tables.both import results

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "two_months.xlsx"
CLOSE = ["--date", "2026-01-31"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    convert(EXAMPLE, tmp_path / "data")
    return tmp_path / "data"


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    capsys.readouterr()
    code = main([str(a) for a in arguments], NOW, "auditor")
    return code, capsys.readouterr().err.strip()


def _half(folder: Path) -> None:
    path = folder / "transactions.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def _in_progress(folder: Path) -> None:
    (folder / "transactions.parquet").rename(folder / "transactions.parquet.tmp")


def _as_folder(folder: Path) -> Path:
    (folder / "transactions").mkdir()
    return Path(shutil.move(folder / "transactions.parquet", folder / "transactions" / "part-0.parquet")).parent


def _by_spark(folder: Path) -> None:
    (_as_folder(folder) / "_temporary").mkdir()


def _delta(folder: Path) -> None:
    (_as_folder(folder) / "_delta_log").mkdir()


def _partitioned(folder: Path) -> None:
    (_as_folder(folder) / "Year=2026").mkdir()


def _stranger(folder: Path) -> None:
    (_as_folder(folder) / "notes.txt").write_text("x")


def _empty(folder: Path) -> None:
    (_as_folder(folder) / "part-0.parquet").unlink()


def _twice(folder: Path) -> None:
    (folder / "Transactions.csv").write_text("a")


def _not_utf8(folder: Path) -> None:
    (folder / "items.parquet").unlink()
    (folder / "items.csv").write_bytes("Item number,Item model group\nM\xfcller,FIFO\n".encode("latin-1"))


def _ragged(folder: Path) -> None:
    (folder / "items.parquet").unlink()
    (folder / "items.csv").write_text("Item number,Item model group\nA,FIFO,more\nB,FIFO\n")


def _no_table(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _missing(folder: Path) -> None:
    (folder / "items.parquet").unlink()


def _renamed(folder: Path) -> None:
    path = folder / "transactions.parquet"
    pl.read_parquet(path).rename({"Quantity": "Quantities"}).write_parquet(path)


def _floats(folder: Path) -> None:
    path = folder / "transactions.parquet"
    pl.read_parquet(path).with_columns(pl.col("Quantity").cast(pl.Float64)).write_parquet(path)


def _list(folder: Path) -> None:
    path = folder / "items.parquet"
    pl.read_parquet(path).with_columns(pl.concat_list("Item number").alias("Item number")).write_parquet(path)


@pytest.mark.parametrize(
    ("spoil", "code", "sentence"),
    [
        (_half, 5, "transactions.parquet is damaged or only half written"),
        (_in_progress, 5, "transactions.parquet.tmp is only half written"),
        (_by_spark, 5, "transactions is only half written (transactions/_temporary is still there)"),
        (_delta, 5, "transactions is a Delta table"),
        (_partitioned, 5, "transactions holds a folder Year=2026"),
        (_stranger, 5, "transactions/notes.txt is neither Parquet nor CSV"),
        (_empty, 5, "The folder transactions holds no Parquet or CSV file"),
        (_twice, 5, "holds the table Transactions twice, as Transactions.csv and transactions.parquet"),
        (_not_utf8, 5, "items.csv is not written in UTF-8"),
        (_ragged, 5, "items.csv is damaged or only half written"),
        (_no_table, 5, "is a folder without tables"),
        (_missing, 3, "items: The folder has no table items"),
        (_renamed, 3, "transactions.parquet: found 'Quantities'. The file has no column Quantity"),
        (_floats, 3, "transactions.parquet: Quantity, found 'Float64'. The column holds binary floats"),
        (_list, 3, "items.parquet: Item number, found 'List(String)'"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_what_cannot_be_read(
    folder: Path, spoil: Callable[[Path], None], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder)
    before = sorted(p.name for p in folder.iterdir())
    got, err = said(capsys, "close", folder, *CLOSE)
    assert (got, sentence in err) == (code, True), err
    assert sorted(p.name for p in folder.iterdir()) == before


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("at", ["digest_of_file", "replace_file"])
def test_an_interrupted_closing_never_counts_and_is_resumed(
    folder: Path, at: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "close", folder, *CLOSE)[0] == 0
    before = results(folder)
    with monkeypatch.context() as patch:
        patch.setattr(store, at, _die)
        patch.setattr(store.Staged, "abandon", lambda self: None)  # a kill cleans nothing up
        code, err = said(capsys, "close", folder, "--date", "2026-02-28")
    assert (code, "Stopped; nothing was written." in err) == (130, True)
    assert said(capsys, "status", folder)[0] == 0
    assert all(before[name].equals(frame) for name, frame in results(folder).items())
    code, err = said(capsys, "close", folder, "--date", "2026-02-28")
    assert (code, "An earlier run was interrupted" in err) == (0, True)
    assert len(results(folder)["lock"]) == 2
    assert sorted(p.name for p in (folder / "closings").iterdir()) == [
        ".lock",
        "IC-000001",
        "IC-000002",
        "manifest.json",
    ]


def test_a_second_run_waits(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "closings").mkdir()
    with open(folder / "closings" / ".lock", "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, err = said(capsys, "close", folder, *CLOSE)
    assert (code, err) == (5, f"Another run is at work in {folder}: wait for it to finish.")
    assert said(capsys, "close", folder, *CLOSE)[0] == 0


def test_a_run_that_was_overtaken_writes_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the drive knows no locks, the manifest catches a second run."""
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    assert said(capsys, "close", other, *CLOSE)[0] == 0
    staged = store.Staged.add

    def overtaken(self: store.Staged, closing: str, write: Callable[[Path, str], int]) -> None:
        staged(self, closing, write)
        for name in ("manifest.json", "IC-000001"):
            (shutil.copytree if (other / "closings" / name).is_dir() else shutil.copy)(
                other / "closings" / name, folder / "closings" / name
            )

    monkeypatch.setattr(store.Staged, "add", overtaken)
    code, err = said(capsys, "close", folder, *CLOSE)
    assert (code, "was closed by another run meanwhile; nothing was written" in err) == (5, True)
    monkeypatch.undo()
    assert all(frame.equals(results(other)[name]) for name, frame in results(folder).items())


@pytest.mark.parametrize("what", ["gone", "changed", "unlisted", "manifest"])
def test_a_changed_closing_is_refused(folder: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "close", folder, *CLOSE)[0] == 0
    closing, manifest = folder / "closings" / "IC-000001", folder / "closings" / "manifest.json"
    if what == "gone":
        (closing / "vouchers.parquet").unlink()
    elif what == "changed":
        shutil.copy(closing / "log.parquet", closing / "vouchers.parquet")
    elif what == "unlisted":
        listed = json.loads(manifest.read_text())
        del listed["closings"][0]["tables"]["vouchers"]
        manifest.write_text(json.dumps(listed))
    else:
        manifest.unlink()
    code, err = said(capsys, "close", folder, "--date", "2026-02-28")
    assert code == (5 if what == "manifest" else 4)
    assert ("manifest.json" if what == "manifest" else "closings/IC-000001/vouchers.parquet") in err
    assert closing.is_dir()


def test_results_of_other_tables_are_left_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    assert said(capsys, "close", folder, *CLOSE, "--output", tmp_path / "out")[0] == 0
    assert not (folder / "closings").exists()
    code, err = said(capsys, "close", other, *CLOSE, "--output", tmp_path / "out")
    assert (code, "holds results of other tables" in err) == (5, True)
    assert said(capsys, "close", folder, "--date", "2026-02-28", "--output", tmp_path / "out")[0] == 0
    assert len(results(tmp_path / "out")["lock"]) == 2
    shutil.move(folder, tmp_path / "moved")
    code, err = said(capsys, "status", tmp_path / "out")
    assert (code, "there is no such folder: put it back there" in err) == (5, True)


def test_results_go_to_a_folder_and_to_no_delta_table(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "delta" / "_delta_log").mkdir(parents=True)
    code, err = said(capsys, "close", folder, *CLOSE, "--output", tmp_path / "delta")
    assert (code, "is a Delta table, and results are Parquet files in a folder of their own" in err) == (2, True)
    assert [path.name for path in (tmp_path / "delta").iterdir()] == ["_delta_log"]


@pytest.mark.parametrize("option", ["", "--output"])
def test_an_object_store_is_refused_by_name(folder: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    for address in ("s3://bucket/data", "abfss://container@account.dfs.core.windows.net/data", "gs://bucket/data"):
        code, err = said(capsys, "close", *([folder, option, address] if option else [address]), *CLOSE)
        assert (code, "is in an object store, and only file systems are read and written" in err) == (5, True)


def test_a_dry_run_leaves_no_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(p.name for p in folder.iterdir())
    assert said(capsys, "close", folder, *CLOSE, "--dry-run")[0] == 0
    assert sorted(p.name for p in folder.iterdir()) == before


def test_a_folder_that_is_there_is_not_converted_into(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = said(capsys, "convert", EXAMPLE, folder)
    assert (code, err) == (5, f"{folder} is there already and was left alone: choose another name, or remove it.")


def test_no_room_for_results(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("an administrator may write everywhere")
    folder.chmod(0o500)
    with contextlib.ExitStack() as stack:
        stack.callback(folder.chmod, 0o700)
        assert said(capsys, "close", folder, *CLOSE)[0] == 5
