"""A folder closed in parts, wherever: the same settlements, adjustments, vouchers, stock and lock as in one piece."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from invclose_xl.api.context.places import read_data
from invclose_xl.api.converting import convert
from invclose_xl.api.runs import close, recalculate, reverse
from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import InputFault, Problem, Refused
from invclose_xl.domain.tables import Tables
from invclose_xl.tables.folder import open_folder
from invclose_xl.tables.parts import messages, stored
from tests.mixed.books import mixed_book
from tests.tables.both import results

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SEEDS = (2, 5)
ACTS: tuple[tuple[Any, ...], ...] = (
    (close, date(2026, 1, 31)),
    (recalculate, date(2026, 2, 10)),
    (reverse, None),
    (close, date(2026, 2, 28)),
)


def run(folder: Path, **how: Any) -> list[str]:
    """Close, recalculate, reverse and close again; return the digests."""
    digests = []
    for act, day in ACTS:
        options = dict(how) if act is not reverse else {}
        arguments: Sequence[Any] = (folder,) if day is None else (folder, day)
        digests.append(act(*arguments, now=NOW, user="auditor", **options).digest)
    return digests


def in_any_order(folder: Path) -> Tables:
    """Return the results; what is locked beside the transactions stands in the order of the parts."""
    tables = results(folder)
    tables["locked_rows"] = tables["locked_rows"].sort(pl.all())
    return tables


def lock_digests(folder: Path) -> list[str]:
    book = read_data(folder).book
    assert book is not None
    return book.history["lock"]["digest"].to_list()


@pytest.fixture(scope="module", params=SEEDS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book that was closed as one, beside its workbook."""
    folder = tmp_path_factory.mktemp(f"seed{request.param}")
    book = mixed_book(request.param, 120).write(folder / "book.xlsx")
    convert(book, folder / "whole")
    run(folder / "whole")
    return folder


@pytest.mark.sampled(2)
def test_parts_come_to_the_same_as_the_whole(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "AT_ONCE", 3)
    monkeypatch.setattr(stored, "AT_ONCE", 50)
    convert(whole / "book.xlsx", tmp_path / "parts")
    run(tmp_path / "parts", memory="1GB", part_rows=40)
    one, other = in_any_order(whole / "whole"), in_any_order(tmp_path / "parts")
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])
    assert lock_digests(whole / "whole") == lock_digests(tmp_path / "parts")
    assert len(open_folder(tmp_path / "parts").manifest.closings) == 4


@pytest.mark.long
def test_every_runner_comes_to_the_same_digests(whole: Path, tmp_path: Path) -> None:
    """The parts follow from the data alone: whoever closes them, and how many at once, changes not one cell."""
    digests = {}
    for runner, how in (("local", {"memory": "1GB"}), ("processes", {"memory": "2GB"})):
        convert(whole / "book.xlsx", tmp_path / runner)
        digests[runner] = run(tmp_path / runner, runner=runner, part_rows=40, **how)
    assert digests["local"] == digests["processes"]
    one, other = results(tmp_path / "local"), results(tmp_path / "processes")
    assert all(frame.equals(other[name]) for name, frame in one.items())


@pytest.mark.long
def test_a_book_of_one_part_has_the_digest_of_the_whole(whole: Path, tmp_path: Path) -> None:
    convert(whole / "book.xlsx", tmp_path / "one")
    run(tmp_path / "one", memory="1GB")
    assert lock_digests(whole / "whole") == lock_digests(tmp_path / "one")


@pytest.mark.long
def test_some_items_are_recalculated_in_parts(whole: Path, tmp_path: Path) -> None:
    """Items that were not asked for keep what they have, in their parts and in those that have others."""
    digests = {}
    for name, how in (("whole", {}), ("parts", {"memory": "1GB", "part_rows": 40})):
        convert(whole / "book.xlsx", tmp_path / name)
        items = pl.read_parquet(tmp_path / name / "items.parquet")["Item number"].to_list()[::3]
        close(tmp_path / name, ACTS[0][1], now=NOW, user="auditor", **how)
        said = recalculate(tmp_path / name, ACTS[1][1], items=items, now=NOW, user="auditor", **how)
        digests[name] = (said.digest, [problem for problem in said.problems if problem.code == "IC453"])
    assert digests["parts"] == digests["whole"]
    assert digests["parts"][1] == []


def test_of_each_kind_so_many_messages_are_listed_and_all_are_on_the_log(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(messages, "MOST_LISTED", 1)
    convert(whole / "book.xlsx", tmp_path / "parts")
    assert main(["close", str(tmp_path / "parts"), "--date", "2026-01-31", "--memory", "1GB"], NOW, "auditor") == 0
    log = results(tmp_path / "parts")["log"]
    assert log["code"].is_duplicated().any()
    more = len(log) - log["code"].n_unique()
    assert f"{more} more messages, of kinds that are listed above, stand on Log alone." in capsys.readouterr().err


OF_CHARGES: tuple[dict[str, Any], ...] = (
    {"Number": "PO1"},
    {"Item number": "a", "Site": "2"},
    {"Site": "1", "Received from": date(2026, 1, 6)},
    {"Number": "PO1", "Site": "9"},
    {"Item number": "b", "Site": "1"},
    {"Item group": "Raw"},
    {},
)


@pytest.mark.long
@pytest.mark.parametrize("criteria", OF_CHARGES, ids=lambda criteria: "-".join(criteria) or "nothing")
def test_a_charge_finds_its_receipts_in_parts_or_says_the_same(criteria: dict[str, Any], tmp_path: Path) -> None:
    """One that finds none is refused in the words of the whole; so is one that is another one after the close."""
    rows = [(item, site, day) for item in "abcd" for site, day in (("1", 5), ("2", 8))]
    transactions = pl.DataFrame(
        {
            "Transaction ID": [f"T{k}" for k in range(len(rows))],
            "Item number": [item for item, _, _ in rows],
            "Number": [f"PO{k % 3}" for k in range(len(rows))],
            "Site": [site for _, site, _ in rows],
            "Reference": "Purchase order",
            "Financial date": [date(2026, 1, day) for _, _, day in rows],
            "Quantity": range(1, len(rows) + 1),
            "Financial cost amount": range(10, len(rows) + 10),
        }
    )
    said = {}
    for name, how in (("whole", {}), ("parts", {"memory": "1GB", "part_rows": 2})):
        folder = tmp_path / name / "data"
        folder.mkdir(parents=True)
        transactions.write_parquet(folder / "transactions.parquet")
        items = pl.DataFrame({"Item number": list("abcd"), "Item group": ["Raw", "Raw", "Goods", "Goods"]})
        items.with_columns(pl.lit("F").alias("Item model group")).write_parquet(folder / "items.parquet")
        groups = pl.DataFrame({"Item model group": "F", "Inventory model": "FIFO", "Include physical value": "No"})
        groups.write_parquet(folder / "item_model_groups.parquet")
        told = list[list[Problem]]()
        for amount, month in (("10", 1), ("11", 2)):
            charge = {"Date": date(2026, 1, 20), "Amount": amount, "Spread by": "Value", **criteria}
            pl.DataFrame(charge).write_parquet(folder / "charges.parquet")
            try:
                summary = close(folder, date(2026, month, 28), now=NOW, user="auditor", **how)
                assert "IC453" not in summary.informations
                told.append(list(summary.problems))
            except (InputFault, Refused) as fault:
                told.append(fault.problems)
        said[name] = told
    assert said["whole"] == said["parts"]
    first, second = ({problem.code for problem in told} for told in said["whole"])
    assert "IC182" in first & second or second == {"IC213"}
    assert lock_digests(tmp_path / "whole" / "data") == lock_digests(tmp_path / "parts" / "data")
