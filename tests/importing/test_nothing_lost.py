"""An export that lacks a column, a status or a row: what it says still counts, or what is missing is named."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.importing import business_central, dynamics, odoo
from tests.importing.closed import imported, refused, run
from tests.importing.dynamics import Row, Tables, as_csv, write_csv
from tests.results import Results

STATUS = ("StatusReceipt", "StatusIssue")


def _trans(tmp_path: Path, rows: list[Row]) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "InventTrans.csv").write_text(as_csv(rows), "utf-8")
    return folder


def _row(number: int, quantity: int, receipt: str, issue: str, *days: str) -> Row:
    physical, financial = days or (dynamics.NEVER, dynamics.NEVER)
    cost = str(quantity * 10) if days else "0"
    return {
        "RecId": str(number), "ItemId": "CHAIN", "ReferenceCategory": "3" if quantity > 0 else "0",
        "StatusReceipt": receipt, "StatusIssue": issue, "Qty": str(quantity), "QtySettled": "0",
        "DatePhysical": physical, "DateFinancial": financial, "CostAmountPhysical": cost, "CostAmountPosted":
        cost if financial != dynamics.NEVER else "0", "CostAmountAdjustment": "0", "CostAmountSettled": "0",
    }  # fmt: skip


DAYS = ("2026-01-05", "2026-01-06")
RECEIVED = ("2026-01-05", dynamics.NEVER)
ROWS = [
    _row(1, 10, "1", "0", *DAYS), _row(2, -4, "0", "1", *DAYS), _row(3, 5, "2", "0", *RECEIVED),
    _row(4, -2, "0", "2", *RECEIVED), _row(5, 6, "5", "0"), _row(6, -3, "0", "6"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("dropped", "counted"),
    [((), 0), (("StatusIssue",), 2), (("StatusReceipt",), 2), (STATUS, 4)],
    ids=["nothing", "StatusIssue", "StatusReceipt", "both"],
)
@pytest.mark.parametrize("blank", ["dropped", "0", ""])
@pytest.mark.sampled(5, long=2)
def test_rows_without_a_status_count_by_their_dates(
    blank: str, dropped: tuple[str, ...], counted: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A status that is dropped, or says nothing, loses no row that has a date; open rows stay out; all is counted."""
    rows = [
        {k: blank if k in dropped else v for k, v in row.items() if blank != "dropped" or k not in dropped}
        for row in ROWS
    ]
    folder = _trans(tmp_path, rows)
    code = run("import", str(folder), "--system", "dynamics", "--model", "FIFO", "--strict",
               "--output", str(tmp_path / "book.xlsx"))  # fmt: skip
    said = capsys.readouterr()
    ids = [str(r["Transaction ID"]) for r in Results(tmp_path / "book.xlsx").rows("Transactions", "Transaction ID")]
    assert ids == ["1", "2", "3", "4"]
    assert "passed over 2" in said.out
    assert code == (6 if counted else 0)
    assert (f"{counted} rows of InventTrans (rows " in said.err) == bool(counted)


def test_an_open_row_is_passed_over_whatever_its_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [*ROWS[:2], _row(7, -1, "0", "4", *RECEIVED), _row(8, 1, "4", "0", *RECEIVED)]
    book = imported(_trans(tmp_path, rows), tmp_path / "book.xlsx", "--system", "dynamics", "--model", "FIFO")
    assert [str(r["Transaction ID"]) for r in Results(book).rows("Transactions", "Transaction ID")] == ["1", "2"]
    assert "IC436" not in capsys.readouterr().err


# ---- value entries that are missing


def _entries() -> Tables:
    made = business_central.company()[1]
    totals: dict[str, Decimal] = {}
    for value in made[business_central.VALUES]:
        entry = value["Item Ledger Entry No."]
        totals[entry] = totals.get(entry, Decimal(0)) + Decimal(value["Cost Amount (Actual)"] or 0)
    for row in made[business_central.ENTRIES]:
        row["Cost Amount (Actual)"] = str(totals.get(row["Entry No."], Decimal(0)))
    return made


def test_entries_that_agree_with_their_value_entries_are_imported(tmp_path: Path) -> None:
    imported(write_csv(_entries(), tmp_path / "export"), tmp_path / "book.xlsx", "--system", "business-central")


@pytest.mark.parametrize("column", ["Invoiced Quantity", "Cost Amount (Actual)"])
def test_a_missing_value_entry_is_named(column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Either figure of the entry tells, also where the other is not exported."""
    made = _entries()
    values = made[business_central.VALUES]
    gone = next(v for v in values if v["Invoiced Quantity"] not in ("", "0") and v["Cost Amount (Actual)"] != "0")
    values.remove(gone)
    other = {"Invoiced Quantity": "Cost Amount (Actual)", "Cost Amount (Actual)": "Invoiced Quantity"}[column]
    for row in made[business_central.ENTRIES]:
        row[other] = "" if other.startswith("Cost") else row[other]
    if column.startswith("Cost"):
        for value in values:
            value["Invoiced Quantity"] = ""
    lines = refused(
        capsys, write_csv(made, tmp_path / "export"), tmp_path / "book.xlsx", "--system", "business-central"
    )
    named = [line for line in lines if line.endswith("(IC435)")]
    assert len(named) == 1
    assert f"Item Ledger Entry {gone['Item Ledger Entry No.']} has {column} " in named[0]
    assert "add up to " in named[0]


# ---- columns that costs depend on


def _dynamics() -> Tables:
    return dynamics.tables(dynamics.company())


EXPORTS: dict[str, Callable[[], Tables]] = {
    "dynamics": _dynamics, "business-central": lambda: business_central.company()[1], "odoo": lambda: odoo.company()[1],
}  # fmt: skip
DROPPED = [
    ("dynamics", "InventTrans", ("costamountadjustment",), "CostAmountAdjustment"),
    ("dynamics", "InventTrans", ("datephysical",), "DatePhysical"),
    ("dynamics", "InventTrans", ("qtysettled", "costamountsettled"), "QtySettled"),
    ("dynamics", "InventTrans", ("costamountphysical",), "CostAmountPhysical"),
    ("dynamics", "InventTrans", ("returninventtransorigin",), "ReturnInventTransOrigin"),
    ("dynamics", "InventTrans", ("markingrefinventtransorigin",), "MarkingRefInventTransOrigin"),
    ("business-central", business_central.ENTRIES, ("Location Code",), "location (it may be called Location Code)"),
    ("odoo", "stock.valuation.layer", ("stock_move_id",), "stock_move_id"),
]


def _without(made: Tables, table: str, columns: tuple[str, ...]) -> Tables:
    """Drop columns, which must be there, whatever ending they have; and the settlements that would say the same."""
    made.pop("InventSettlement", None)
    gone = [c for c in made[table][0] if c.split("/")[0] in columns]
    assert len(gone) == len(columns)
    made[table] = [{k: v for k, v in row.items() if k not in gone} for row in made[table]]
    return made


@pytest.mark.parametrize(("system", "table", "columns", "named"), DROPPED, ids=[d[3].split()[0] for d in DROPPED])
@pytest.mark.sampled(3)
def test_what_is_assumed_of_costs_is_a_warning(
    system: str, table: str, columns: tuple[str, ...], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_csv(_without(EXPORTS[system](), table, columns), tmp_path / "export")
    code = run("import", str(folder), "--system", system, "--strict", "--output", str(tmp_path / "book.xlsx"))
    said = capsys.readouterr().err
    assert f" has no column {named}" in said
    assert "(IC437)" in said
    assert code == 6


@pytest.mark.parametrize(
    ("column", "other"), [("QtySettled", "CostAmountSettled"), ("CostAmountSettled", "QtySettled")]
)
def test_a_settled_quantity_and_its_amount_come_together(
    column: str, other: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{k: v for k, v in row.items() if k != column} for row in ROWS]
    options = ("--system", "dynamics", "--model", "FIFO")
    lines = refused(capsys, _trans(tmp_path, rows), tmp_path / "book.xlsx", *options)
    assert len(lines) == 1
    assert f"InventTrans has no column {column} " in lines[0]
    assert f", but it has {other}: one says nothing without the other." in lines[0]


# ---- one cost amount for both


def test_the_one_cost_amount_of_a_grid_is_physical_where_nothing_is_invoiced(tmp_path: Path) -> None:
    head = (
        "Item number",
        "Reference",
        "Receipt",
        "Issue",
        "Quantity",
        "Physical date",
        "Financial date",
        "Cost amount",
    )
    grid = [
        ("A", "Purchase order", "Purchased", "", "10", "2026-01-02", "2026-01-03", "40"),
        ("A", "Purchase order", "Received", "", "5", "2026-01-05", "", "25"),
        ("A", "Sales order", "", "Sold", "-4", "2026-01-07", "2026-01-08", "-16"),
        ("A", "Sales order", "", "Deducted", "-1", "2026-01-09", "", "-4"),
    ]
    folder = _trans(tmp_path, [dict(zip(head, row, strict=True)) for row in grid])
    book = imported(folder, tmp_path / "book.xlsx", "--system", "dynamics", "--model", "FIFO")
    rows = Results(book).rows("Transactions", "Transaction ID")
    amounts = sorted(
        (int(str(r["Quantity"])), str(r["Physical cost amount"] or ""), str(r["Financial cost amount"] or ""))
        for r in rows
    )
    assert amounts == [(-4, "", "-16"), (-1, "-4", ""), (5, "25", ""), (10, "", "40")]
