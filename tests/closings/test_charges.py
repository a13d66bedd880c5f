"""Charges that belong to many receipts, and new unit costs: through the command line, from the sheet to the voucher.

Source  RULES R7.4, R8.6, R10.2, R10.3; WORKBOOK "Optional sheets" (Charges, Cost adjustments).
"""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.closing.compute import compute
from invclose_xl.closing.invariants import check_charges
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.problems.problem import InvariantBroken
from tests.books import Book, Cell, Item
from tests.core import core_book, order_up_to
from tests.errors.edits import edit_book
from tests.results import Results, number

NOW = datetime(2026, 4, 20, 9, 30)


def day(number: int, month: int = 1) -> date:
    return date(2026, month, number)


def book() -> Book:
    """Two items in two sites; PO-1 brought both items, PO-2 more of the first."""
    made = Book([Item("A", "FIFO", "PARTS"), Item("B", "Weighted average", "TOYS")])
    made.receive("P1", day(5), 10, "100.00", number="PO-1", site="1", reference="Purchase order", lot_id="L1",
                 warehouse="11")  # fmt: skip
    made.receive("P2", day(6), 20, "110.00", "B", number="PO-1", site="1", reference="Purchase order", lot_id="L2")
    made.receive("P3", day(7), 3, "30.00", number="PO-2", site="2", reference="Purchase order")
    made.issue("S1", day(10), 4, "40.00", site="1", reference="Sales order")
    return made


def charge(amount: str, by: str = "Value", on: date | None = None, **criteria: Cell) -> dict[str, Cell]:
    names = {name.replace("_", " ").capitalize(): value for name, value in criteria.items()}
    if "Lot id" in names:
        names["Lot ID"] = names.pop("Lot id")
    return {"Date": on or day(20), "Amount": Decimal(amount), "Spread by": by, **names}


def run(path: Path, *arguments: str) -> int:
    return main([arguments[0], str(path), *arguments[1:], "--no-backup"], NOW, "controller")


def adjusted(path: Path, status: str = "Active") -> dict[str, list[tuple[str, Decimal, str]]]:
    """Per closing: transaction, manual adjustment, the charges that it names."""
    found: dict[str, list[tuple[str, Decimal, str]]] = {}
    for row in Results(path).rows("Adjustments", "Closing"):
        if row["Cause"] == "Manual adjustment" and row["Status"] == status:
            amount = Decimal(str(row["Adjustment"])).quantize(Decimal("0.01"))
            found.setdefault(str(row["Closing"]), []).append((str(row["Transaction ID"]), amount, str(row["Charge"])))
    return found


@pytest.mark.parametrize(
    ("row", "shares"),
    [
        (charge("100.00", number="po-1"), {"P1": "47.62", "P2": "52.38"}),
        (charge("100.00", "Quantity", number="PO-1"), {"P1": "33.33", "P2": "66.67"}),
        (charge("10.00", "Equally"), {"P1": "3.33", "P2": "3.34", "P3": "3.33"}),
        (charge("-10.00", "Equally"), {"P1": "-3.33", "P2": "-3.34", "P3": "-3.33"}),
        (charge("8.00", "Equally", item_number="a"), {"P1": "4.00", "P3": "4.00"}),
        (charge("8.00", item_group="toys"), {"P2": "8.00"}),
        (charge("8.00", site="2"), {"P3": "8.00"}),
        (charge("8.00", warehouse="11"), {"P1": "8.00"}),
        (charge("8.00", lot_id="l2"), {"P2": "8.00"}),
        (charge("8.00", "Equally", received_from=day(6)), {"P2": "4.00", "P3": "4.00"}),
        (charge("8.00", "Equally", received_to=day(6)), {"P1": "4.00", "P2": "4.00"}),
        (charge("8.00", "Equally", received_from=day(6), received_to=day(6)), {"P2": "8.00"}),
        (charge("8.00", "Equally", site="1", item_number="A", number="PO-1"), {"P1": "8.00"}),
        (charge("0.01", "Equally"), {"P2": "0.01"}),
    ],
)
def test_a_charge_is_spread_over_what_it_selects(row: dict[str, Cell], shares: dict[str, str], tmp_path: Path) -> None:
    made = book()
    made.charges = [row]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    found = {name: amount for name, amount, _ in adjusted(path)["IC-000001"]}
    assert found == {name: Decimal(share) for name, share in shares.items()}
    assert sum(found.values()) == row["Amount"]


def test_the_sale_bears_its_part_and_the_charge_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = book()
    made.charges = [charge("100.00", number="PO-1", text="Freight", offset_account="4711"), charge("5.00", site="1")]
    made.cost_adjustments = [{"Transaction ID": "P1", "Date": day(21), "Amount": Decimal("1.00")}]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    (name, amount, named), _ = adjusted(path)["IC-000001"]
    assert (name, amount) == ("P1", Decimal("51.00"))
    assert named == "Freight (2026-01-20, 100.00): 47.62; 2026-01-20, 5.00: 2.38"
    results = Results(path)
    credit = [number(r["Credit"]) for r in results.rows("Vouchers", "Voucher") if r["Account"] == "4711"]
    assert sum(credit) == 100
    sold = next(r for r in results.rows("Adjustments", "Closing") if r["Transaction ID"] == "S1")
    assert Decimal(str(sold["New cost"])) == Decimal("60.40")  # 151.00 x 4 / 10
    capsys.readouterr()
    assert main(["explain", str(path), "P1"], NOW) == 0
    said = capsys.readouterr().out
    assert "47.62  share of the charge Freight (2026-01-20, 100.00) (R7.4)" in said
    assert "1.00  entered by hand on the sheet Cost adjustments (R7.4)" in said


def test_recalculation_close_and_later_receipts(tmp_path: Path) -> None:
    """A recalculation posts the shares; the close finds them posted; a later invoice moves what is not locked."""
    made = book()
    made.add("A", "P4", 10, physical_date=day(8), financial_date=day(25), physical_cost_amount=Decimal("100.00"),
             financial_cost_amount=Decimal("100.00"), number="PO-1", site="1", reference="Purchase order")  # fmt: skip
    made.charges = [charge("31.00", number="PO-1", text="Duty")]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "recalculate", "--date", "2026-01-24") == 0
    assert [row[:2] for row in adjusted(path)["IC-000001"]] == [("P1", Decimal("14.76")), ("P2", Decimal("16.24"))]
    assert run(path, "recalculate", "--date", "2026-01-24") == 0
    assert "IC-000002" not in adjusted(path)
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert adjusted(path)["IC-000003"] == [
        ("P1", Decimal("-4.76"), "Duty (2026-01-20, 31.00): 10.00; Duty (2026-01-20, 31.00): -14.76"),
        ("P4", Decimal("10.00"), "Duty (2026-01-20, 31.00): 10.00"),
        ("P2", Decimal("-5.24"), "Duty (2026-01-20, 31.00): 11.00; Duty (2026-01-20, 31.00): -16.24"),
    ]
    edit_book(path, {"append": {"Transactions": [_like(path, "P1", "P5", day(3, 2))]}})
    assert run(path, "close", "--date", "2026-02-28") == 0
    assert "IC-000004" not in adjusted(path), "what a closing has spread stays"
    assert main(["verify", str(path)], NOW) == 0


def _like(path: Path, key: str, new: str, when: date) -> list[Any]:
    """Return a row like another one, under another ID and dated later."""
    rows = list(openpyxl.load_workbook(path)["Transactions"].iter_rows(values_only=True))
    row = next(r for r in rows if r[0] == key)
    return [
        new if h == "Transaction ID" else {"date": when.isoformat()} if str(h).endswith("date") else v
        for h, v in zip(rows[0], row, strict=True)
    ]


def test_a_reversal_takes_the_shares_back(tmp_path: Path) -> None:
    made = book()
    made.charges = [charge("100.00", number="PO-1", text="Freight")]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert run(path, "reverse") == 0
    assert adjusted(path) == {}
    assert len(adjusted(path, "Reversed")["IC-000001"]) == 2
    net = sum(
        Decimal(str(r["Debit"] or 0)) - Decimal(str(r["Credit"] or 0))
        for r in Results(path).rows("Vouchers", "Voucher") if r["Account"] == "Inventory"
    )  # fmt: skip
    assert net == 0
    edit_book(path, {"cells": {"Charges!B2": 50}})
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert [row[1] for row in adjusted(path)["IC-000003"]] == [Decimal("23.81"), Decimal("26.19")]


@pytest.mark.parametrize(
    ("edit", "code", "said"),
    [
        ({"cells": {"Charges!B2": 90}}, "IC213", "The charge was Freight (2026-01-20, 100.00)."),
        ({"cells": {"Charges!C2": "Quantity"}}, "IC213", "Charges!C2: Spread by."),
        ({"cells": {"Charges!D2": "PO-2"}}, "IC213", "Charges!D2: Number."),
        ({"cells": {"Charges!E2": "Carriage"}}, "IC213", "Charges!E2: Text."),
        ({"remove": {"Charges": [2]}}, "IC214", "The charge Freight (2026-01-20, 100.00) was locked"),
        ({"drop": {"Charges": True}}, "IC214", "The charge Freight (2026-01-20, 100.00) was locked"),
        ({"append": {"Charges": [[{"date": "2026-01-30"}, 7, "Value", "PO-2", "Duty"]]}}, "IC207", "Charges!A3: Date."),
        ({"cells": {"Adjustments!Q3": "Nothing: 1.00"}}, "IC215", "Adjustments!Q3: Charge"),
    ],
)
@pytest.mark.sampled(3)
def test_behind_the_lock(
    edit: dict[str, Any], code: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = book()
    made.charges = [charge("100.00", number="PO-1", text="Freight")]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    edit_book(path, edit)
    capsys.readouterr()
    assert run(path, "close", "--date", "2026-02-28") == 4
    lines = [line for line in capsys.readouterr().err.splitlines() if f"({code})" in line]
    assert len(lines) == 1
    assert said in lines[0]
    assert "reverse" in lines[0] or ".before-IC-" in lines[0]


def test_a_new_unit_cost_behind_the_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = book()
    made.cost_adjustments = [{"Transaction ID": "P1", "Date": day(21), "New unit cost": Decimal(12)}]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    edit_book(path, {"cells": {"Cost adjustments!D2": 13}})
    capsys.readouterr()
    assert run(path, "close", "--date", "2026-02-28") == 4
    assert "'Cost adjustments'!D2: New unit cost" in capsys.readouterr().err


def test_a_charge_without_account_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = book()
    made.posting = [("", "Purchase order", "1400", "2000"), ("", "Sales order", "1400", "4000")]
    made.charges = [charge("100.00")]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 3
    assert capsys.readouterr().err.count("The charge has no Offset account") == 1


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        ([("P1", "12.345", "")], {"P1": "23.45"}),
        ([("P3", "0", "")], {"P3": "-30.00"}),
        ([("P3", "3.333333333", "")], {"P3": "-20.00"}),
        ([("P1", "11", "On hand")], {"P1": "10.00"}),
    ],
)
def test_a_new_unit_cost(rows: list[tuple[str, str, str]], changes: dict[str, str], tmp_path: Path) -> None:
    made = book()
    made.cost_adjustments = [
        {"Transaction ID": key, "Date": day(21), "New unit cost": Decimal(cost), "Applies to": applies}
        for key, cost, applies in rows
    ]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "recalculate", "--date", "2026-01-31") == 0
    assert run(path, "close", "--date", "2026-01-31") == 0
    found = adjusted(path)
    assert {name: amount for name, amount, _ in found["IC-000001"]} == {k: Decimal(v) for k, v in changes.items()}
    assert "IC-000002" not in found, "a close finds what the recalculation found"


def test_a_new_unit_cost_of_what_is_left(tmp_path: Path) -> None:
    """On hand: 6 of P1 are left at 60.00; at 12.00 each they are worth 72.00, and the sale keeps its cost."""
    made = book()
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    made.cost_adjustments = [
        {"Transaction ID": "P1", "Date": day(10, 2), "New unit cost": Decimal(12), "Applies to": "On hand"}
    ]
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Cost adjustments")
    sheet.append(["Transaction ID", "Date", "New unit cost", "Applies to"])
    sheet.append(["P1", day(10, 2), 12, "On hand"])
    sheet["B2"].number_format = "yyyy-mm-dd"
    workbook.save(path)
    assert run(path, "close", "--date", "2026-02-28") == 0
    assert adjusted(path)["IC-000002"] == [("P1", Decimal("12.00"), "None")]
    rows = Results(path).rows("Adjustments", "Closing")
    assert [r["Transaction ID"] for r in rows] == ["P1"]


def test_moving_average_is_revalued_to_a_unit_cost(tmp_path: Path) -> None:
    """5 left at 10.00 each; 11.333 each make 56.67."""
    made = Book([Item("M", "Moving average")])
    made.receive("M1", day(3), 7, "70.00", "M")
    made.issue("M2", day(12), 2, "20.00", "M")
    made.issue("M3", day(28), 5, None, "M")
    made.cost_adjustments = [
        {"Transaction ID": "M1", "Date": day(25), "New unit cost": Decimal("11.333"), "Applies to": "On hand"}
    ]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "recalculate", "--date", "2026-01-26") == 0
    assert run(path, "close", "--date", "2026-01-31") == 0
    assert adjusted(path)["IC-000001"] == [("M1", Decimal("6.67"), "None")]
    estimated = Results(path).rows("Estimated costs", "Closing")
    assert [Decimal(str(r["Amount"])) for r in estimated] == [Decimal("56.67")]


def test_reconcile_finds_the_accounts_of_every_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two charges of one receipt with accounts of their own: each line of the voucher is found in the ledger."""
    made = book()
    for row in made.rows:
        row |= {"Inventory account": "1400", "Offset account": "2000", "Voucher": f"V-{row['Transaction ID']}"}
    made.charges = [
        charge("10.00", lot_id="L1", offset_account="4711"),
        charge("6.00", lot_id="L1", offset_account="4712"),
    ]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", "2026-01-31") == 0
    ledger = [["Account", "Date", "Voucher", "Amount"]]
    for row in made.rows:
        amount = row["Financial cost amount"]
        ledger.append(["1400", row["Financial date"], row["Voucher"], amount])  # type: ignore[list-item]
    for row in Results(path).rows("Vouchers", "Voucher"):
        net = Decimal(str(row["Debit"] or 0)) - Decimal(str(row["Credit"] or 0))
        ledger.append([str(row["Account"]), row["Date"], row["Voucher"], net])  # type: ignore[list-item]
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Ledger")
    for line in ledger:
        sheet.append(line)
    for cell in sheet["B"][1:]:
        cell.number_format = "yyyy-mm-dd"
    workbook.save(path)
    capsys.readouterr()
    assert (
        main(["reconcile", str(path), "--date", "2026-01-31", "--output", str(tmp_path / "r.xlsx"), "--json"], NOW) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["differences"] == []
    assert found["invoiced"] == found["general_ledger"] == "209.60"


@pytest.mark.parametrize("lost", [0, 1])
def test_shares_that_do_not_add_up_stop_the_run(lost: int) -> None:
    """A conservation law of every run: it would be a fault of the program."""
    made = book()
    made.charges = [charge("100.00")]
    request = order_up_to(day(31))
    content = core_book(made)
    state = read_state(content)
    run = compute(content, request, state)
    entries = run.manual.entries
    assert entries is not None
    short = replace(run, manual=replace(run.manual, entries=replace(entries, amount=entries.amount - lost)))
    if lost:
        with pytest.raises(InvariantBroken, match=r"Shares of a charge = its amount .*2026-01-20, 100.00"):
            check_charges(short)
    else:
        check_charges(short)


def test_json_and_check_know_charges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = book()
    made.charges = [charge("8.00", number="PO-9"), charge("8.00", "Weight")]
    path = made.write(tmp_path / "book.xlsx")
    assert main(["check", str(path), "--date", "2026-01-31", "--json"], NOW) == 3
    found = json.loads(capsys.readouterr().out)
    assert [p["code"] for p in found["problems"]] == ["IC180"]
    made.charges = [charge("8.00", number="PO-9"), charge("8.00", item_number="B")]
    path = made.write(tmp_path / "book.xlsx")
    assert main(["check", str(path), "--date", "2026-01-31", "--json"], NOW) == 3
    assert [p["code"] for p in json.loads(capsys.readouterr().out)["problems"]] == ["IC182"]
