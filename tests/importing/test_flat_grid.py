"""The flat grid of Dynamics: as a file, as a workbook, and pasted as it is into *Transactions*."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from tests.books import _sheet
from tests.importing import dynamics
from tests.importing.business import Business
from tests.importing.closed import adjustments, close, equal, imported, run, settlements
from tests.importing.dynamics import Row
from tests.results import Results

pytestmark = pytest.mark.xdist_group("flat grid")
"""one worker makes what all of these tests look at"""

DAYS = ("2026-02-28", "2026-03-31")


@pytest.fixture(scope="module")
def business() -> Business:
    made = dynamics.company()
    for m in made.movements:
        m.inventory = m.offset = ""
    return made


@pytest.fixture(scope="module")
def typed(business: Business, tmp_path_factory: pytest.TempPathFactory) -> Path:
    book = business.typed().write(tmp_path_factory.mktemp("typed") / "typed.xlsx")
    close(book, *DAYS)
    return book


def masters(business: Business) -> str:
    return dynamics.as_csv(
        [{"Item number": i, "Item model group": f"G-{i}"} for i in business.models]
    ), dynamics.as_csv([{"Item model group": f"G-{i}", "Inventory model": m} for i, m in business.models.items()])  # type: ignore[return-value]


@pytest.mark.parametrize("labels", [False, True], ids=["entity", "labels of the grid"])
@pytest.mark.sampled(2)
def test_a_grid_closes_like_the_template(labels: bool, business: Business, typed: Path, tmp_path: Path) -> None:
    rows = dynamics.flat(business, labels=labels)
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Export 2026-04-01.csv").write_text(dynamics.as_csv(rows, ";", ","), "cp1252")
    items, groups = masters(business)
    (folder / "Released products.csv").write_text(items, "utf-8-sig")
    (folder / "Item model groups.csv").write_text(groups, "utf-8")
    equal(close(imported(folder, tmp_path / "book.xlsx"), *DAYS), Results(typed))


def test_a_grid_in_a_workbook_without_record_ids(business: Business, typed: Path, tmp_path: Path) -> None:
    """Every row gets the ID of its lot and its line in it; all items have the model that the user names."""
    rows = [{k: v for k, v in row.items() if k != "RecId"} for row in dynamics.flat(business)]
    workbook = xlsxwriter.Workbook(str(tmp_path / "grid.xlsx"), {"default_date_format": "yyyy-mm-dd"})
    _sheet(workbook, "Sheet1", (), [_typed(row) for row in rows])
    workbook.close()
    book = imported(tmp_path / "grid.xlsx", tmp_path / "book.xlsx", "--system", "dynamics", "--model", "FIFO")
    ids = [str(r["Transaction ID"]) for r in Results(book).rows("Transactions", "Transaction ID")]
    first = business.movements[0]
    assert len(ids) == len(business.movements)
    assert f"{first.lot}-1" in ids
    partial = next(m for m in business.movements if m.financial is None)
    assert f"{partial.lot}-2" in ids


def _typed(row: Row) -> dict[str, object]:
    numbers = ("Qty", "CostAmountPosted", "CostAmountPhysical")
    return {
        k: Decimal(v) if k in numbers else date.fromisoformat(v) if k.startswith("Date") else v for k, v in row.items()
    }


def test_a_raw_grid_pasted_into_transactions(business: Business, typed: Path, tmp_path: Path) -> None:
    """Headings are the field names of the export; what is ordered or quoted is passed over, 1900-01-01 is blank."""
    book = tmp_path / "pasted.xlsx"
    workbook = xlsxwriter.Workbook(str(book), {"default_date_format": "yyyy-mm-dd"})
    made = business.typed()
    _sheet(workbook, "Items", (), made.item_rows())
    _sheet(workbook, "Item model groups", (), made.group_rows())
    rows = []
    transfers = {m.id: m for m in business.movements}
    for row in dynamics.flat(business):
        m = transfers.get(row["RecId"])
        more = {"Transfer ID": m.transfer, "Production number": m.production, "Marked to": m.marked_to} if m else {}
        rows.append({**_typed(row), "InventBatchId": "", **more})
    _sheet(workbook, "Transactions", (), rows)  # type: ignore[arg-type]
    workbook.close()
    equal(close(book, *DAYS), Results(typed))


def _pasted(book: Path, business: Business, rows: list[dict[str, object]]) -> Results:
    workbook = xlsxwriter.Workbook(str(book), {"default_date_format": "yyyy-mm-dd"})
    made = business.typed()
    _sheet(workbook, "Items", (), made.item_rows())
    _sheet(workbook, "Item model groups", (), made.group_rows())
    _sheet(workbook, "Transactions", (), rows)  # type: ignore[arg-type]
    workbook.close()
    return close(book, *DAYS)


def test_the_labels_of_the_grid_pasted_into_transactions(business: Business, typed: Path, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = []
    movements = {m.id: m for m in business.movements}
    for row in dynamics.flat(business):
        m = movements.get(row["RecId"])
        more = {"Transfer ID": m.transfer, "Production number": m.production} if m else {}
        rows.append({**{dynamics.LABELS.get(k, k): v for k, v in _typed(row).items()}, **more})
    equal(_pasted(tmp_path / "labels.xlsx", business, rows), Results(typed))


def test_a_raw_table_pasted_into_transactions_keeps_marks_and_returns(
    business: Business, typed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """InventTrans without the tables around it: its origins are the lots; what stands elsewhere is named."""
    names = {"recid": "RecId", "itemid": "ItemId", "statusissue": "StatusIssue", "statusreceipt": "StatusReceipt",
             "inventtransorigin": "InventTransOrigin", "inventdimid": "InventDimId", "qty": "Qty",
             "datephysical": "DatePhysical", "datefinancial": "DateFinancial", "costamountposted": "CostAmountPosted",
             "costamountphysical": "CostAmountPhysical", "markingrefinventtransorigin": "MarkingRefInventTransOrigin",
             "returninventtransorigin": "ReturnInventTransOrigin"}  # fmt: skip
    numbers = ("Qty", "CostAmountPosted", "CostAmountPhysical")
    movements = {m.id: m for m in business.movements}
    rows: list[dict[str, object]] = []
    for raw in dynamics.tables(business)["InventTrans"]:
        if raw["isdelete"] == "1":
            continue
        row: dict[str, object] = {names[k]: v for k, v in raw.items() if k in names}
        row |= {n: Decimal(str(row[n])) for n in numbers}
        row |= {n: date.fromisoformat(str(row[n])) for n in ("DatePhysical", "DateFinancial")}
        m = movements.get(raw["recid"])
        if m is not None:
            row |= {"Reference": m.reference, "Site": m.site, "Transfer ID": m.transfer,
                    "Production number": m.production}  # fmt: skip
        rows.append(row)
    equal(_pasted(tmp_path / "raw.xlsx", business, rows), Results(typed))
    assert "IC434" not in capsys.readouterr().err
    alone = [{k: v for k, v in row.items() if k not in ("Reference", "Site", "Transfer ID", "Production number")}
             for row in rows]  # fmt: skip
    _pasted(tmp_path / "alone.xlsx", business, alone)
    said = capsys.readouterr().err
    assert "only their key (InventDimId)" in said
    assert "only a key (InventTransOrigin)" in said


@pytest.mark.parametrize("heading", ["Receipt", "Issue", "Cost amount", "Adjustment", "InventRefTransId"])
def test_outside_a_grid_such_a_column_is_the_users_own(heading: str) -> None:
    from invclose_xl.workbook.layout import TRANSACTIONS
    from invclose_xl.workbook.tables.headings import match_headings

    columns = (*TRANSACTIONS.columns, *TRANSACTIONS.exported)
    own = dict(enumerate(["Transaction ID", "Item number", "Financial date", "Quantity", heading], 1))
    assert 5 not in match_headings(1, own, columns).columns.values()
    grid = dict(enumerate(dict.fromkeys([*own.values(), "Receipt", "Issue"]), 1))
    assert 5 in match_headings(1, grid, columns).columns.values()


def test_a_pasted_grid_with_one_cost_amount_closes_and_goes_on(tmp_path: Path) -> None:
    """Of what is not invoiced the amount is the physical one; when the invoice comes, it is the financial one."""
    headings = ("Record-ID", "Item number", "Reference", "Receipt", "Issue", "Physical date", "Financial date",
                "Quantity", "Cost amount")  # fmt: skip
    fifth, seventh, later = date(2026, 1, 5), date(2026, 1, 7), date(2026, 2, 3)
    rows: list[tuple[object, ...]] = [
        ("1", "A", "Purchase order", "Purchased", None, fifth, fifth, 10, 100),
        ("2", "A", "Purchase order", "Received", None, seventh, None, 5, 55),
        ("3", "A", "Sales order", None, "Sold", seventh, seventh, -4, -40),
        ("4", "A", "Sales order", None, "Deducted", seventh, None, -2, -20),
    ]
    book = tmp_path / "book.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.title = "Transactions"
    for row in (headings, *rows):
        workbook["Transactions"].append(row)
    setups = {
        "Items": (("Item number", "Item model group"), ("A", "FIFO")),
        "Item model groups": (("Item model group", "Inventory model"), ("FIFO", "FIFO")),
    }
    for name, setup in setups.items():
        sheet = workbook.create_sheet(name)
        for row in setup:
            sheet.append(row)
    workbook.save(book)
    assert settlements(close(book, "2026-01-31"), "IC-000001") == [
        ("A", "FIFO", "3", "1", Decimal(4), Decimal(40)),
    ]  # fmt: skip
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Transactions"]
    for row, status, amount in ((3, ("Purchased", None), 57), (5, (None, "Sold"), -21)):
        for column, value in zip((4, 5, 7, 9), (*status, later, amount), strict=True):
            sheet.cell(row, column, value)
    workbook.save(book)
    found = close(book, "2026-02-28")
    assert settlements(found, "IC-000002") == [("A", "FIFO", "4", "1", Decimal(2), Decimal(20))]
    assert adjustments(found, "IC-000002") == [("4", "Settlement", Decimal(-1))]
    assert run("verify", str(book)) == 0, "the auditor's file reads the same amounts"
