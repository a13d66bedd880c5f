"""IDs of rows that have none: from what they say, whatever their order; rows that are alike are named, or once."""

import random
from pathlib import Path

import pytest

from tests.importing import dynamics
from tests.importing.closed import refused, run
from tests.importing.dynamics import NEVER, Row, as_csv
from tests.results import Results, number, text


def grid(*without: str) -> list[Row]:
    """Return the grid without some of its columns."""
    return [{k: v for k, v in row.items() if k not in without} for row in dynamics.flat(dynamics.company())]


def written(rows: list[Row], folder: Path, name: str = "grid") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.csv"
    file.write_text(as_csv(rows), "utf-8")
    return file


def book_of(file: Path, *options: str, into: Path | None = None) -> Path:
    book = into or file.with_suffix(".xlsx")
    where = "--into" if into else "--output"
    how = ("--system", "dynamics", "--model", "FIFO", *options)
    assert run("import", str(file), where, str(book), *how) == 0
    return book


def contents(book: Path) -> dict[str, tuple[object, ...]]:
    """Return what stands under each ID."""
    rows = Results(book).rows("Transactions", "Transaction ID")
    kept = ("Item number", "Lot ID", "Financial date", "Quantity", "Financial cost amount", "Warehouse")
    found = {text(r["Transaction ID"]): tuple(r.get(k) for k in kept) for r in rows}
    assert len(found) == len(rows), "two rows have one ID"
    assert "" not in found
    return found


@pytest.mark.parametrize("without", [("RecId",), ("RecId", "InventTransId"),
                                     ("RecId", "InventTransId", "ReferenceId")], ids=len)  # fmt: skip
@pytest.mark.sampled(3)
def test_the_order_of_the_rows_changes_no_id(without: tuple[str, ...], tmp_path: Path) -> None:
    rows = grid(*without)
    one = book_of(written(rows, tmp_path), "--equal-rows", "keep")
    random.Random(3).shuffle(rows)
    other = book_of(written(rows, tmp_path, "other"), "--equal-rows", "keep")
    assert contents(one) == contents(other)
    assert list(contents(one)) == list(contents(other)), "the order of the book follows from the rows, too"
    before = one.read_bytes()
    book_of(tmp_path / "other.csv", "--equal-rows", "keep", into=one)
    assert one.read_bytes() == before, "nothing was new"


def test_an_invoice_for_a_part_keeps_the_ids(tmp_path: Path) -> None:
    """Ten received; then six of them invoiced, so that there are two rows; then the rest, and a second receipt."""
    ten = {"ItemId": "A", "InventTransId": "L", "ReferenceCategory": "Purch", "StatusReceipt": "Received",
           "StatusIssue": "None", "DatePhysical": "2026-01-05", "DateFinancial": NEVER, "Qty": "10.00",
           "CostAmountPosted": "0.00", "CostAmountPhysical": "100.00"}  # fmt: skip
    six = {**ten, "Qty": "6.00", "CostAmountPhysical": "60.00", "CostAmountPosted": "66.00", "StatusReceipt":
           "Purchased", "DateFinancial": "2026-01-09"}  # fmt: skip
    four = {**ten, "Qty": "4.00", "CostAmountPhysical": "40.00"}
    rest = {**four, "StatusReceipt": "Purchased", "DateFinancial": "2026-01-20", "CostAmountPosted": "44.00"}
    later = {**ten, "DatePhysical": "2026-01-07"}
    book = book_of(written([ten], tmp_path))
    for k, rows in enumerate([[four, six], [later, rest, six]]):
        book_of(written(rows, tmp_path, str(k)), into=book)
    found = {k: number(v[3]) for k, v in contents(book).items()}
    assert found == {"L-1": 6, "L-2": 4, "L-3": 10}


def test_rows_that_are_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = grid("RecId")
    file = written([*rows, rows[3]], tmp_path)
    lines = refused(capsys, file, tmp_path / "no.xlsx", "--system", "dynamics", "--model", "FIFO")
    assert [line.endswith("(IC437)") for line in lines[1:]] == [True] * len(lines[1:])
    assert f"A{len(rows) + 2}" in lines[0]
    assert "--equal-rows once" in lines[0]
    whole = contents(book_of(written(rows, tmp_path, "whole")))
    once = book_of(file, "--equal-rows", "once")
    assert contents(once) == whole
    said = [r for r in Results(once).rows("Import", "What") if text(r["What"]) == "Passed over"]
    assert any("alike in every column" in text(r["Text"]) and number(r["Rows"]) == 1 for r in said)
    kept = contents(book_of(written([*rows, rows[3]], tmp_path, "kept"), "--equal-rows", "keep"))
    assert len(kept) == len(whole) + 1


def test_rows_that_only_an_unread_column_tells_apart_are_two(tmp_path: Path) -> None:
    rows = grid("RecId")
    rows = [{**row, "InvoiceId": str(k)} for k, row in enumerate([*rows, rows[3]])]
    assert len(contents(book_of(written(rows, tmp_path)))) == len(contents(book_of(written(grid("RecId"), tmp_path,
                                                                                           "plain")))) + 1  # fmt: skip


def test_overlapping_exports_with_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """January and February in one folder, a week in both: refused by ID, or each row once."""
    rows = grid()
    folder = tmp_path / "export"
    written(rows[:150], folder, "InventTrans_1")
    written(rows[120:], folder, "InventTrans_2")
    lines = refused(capsys, folder, tmp_path / "no.xlsx", "--system", "dynamics", "--model", "FIFO")
    assert lines[0].startswith("'InventTrans_2.csv'!A2: RecId")
    assert "--equal-rows once" in lines[0]
    book = tmp_path / "book.xlsx"
    how = ("--system", "dynamics", "--model", "FIFO", "--equal-rows", "once")
    assert run("import", str(folder), "--output", str(book), *how) == 0
    assert contents(book) == contents(book_of(written(rows, tmp_path, "whole")))
