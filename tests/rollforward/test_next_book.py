"""What stands in next year's book: the user's sheets, openings with what was settled of them, the lock, the proof.

Source  WORKBOOK "Command line" (rollforward), "Transactions" (prior settlements); RULES R10.1, R10.3.
"""

import hashlib
import json
import shutil
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from invclose_xl.audit.verify_close import verify
from invclose_xl.cli.main import main
from tests.books import Book, Item, append_rows
from tests.results import Results, Row, number, text
from tests.rollforward.side_by_side import NOW, run, written

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "january.xlsx"
JANUARY = "2026-01-31"


def day(number_of: int, month: int = 1) -> date:
    return date(2026, month, number_of)


def book() -> Book:
    """FIFO settled in part, an average with an open leg, an uncovered sale, a transfer that is under way."""
    made = Book([Item("A", "FIFO"), Item("B", "Weighted average"), Item("C", "FIFO"), Item("M", "Moving average")])
    made.receive("P1", day(5), 10, "100.00")
    made.receive("P2", day(6), 10, "120.00")
    made.issue("S1", day(10), 12, "130.00")
    made.receive("Q1", day(5), 3, "10.00", "B", site="1")
    made.receive("Q2", day(6), 1, "20.00", "B", site="1")
    made.issue("T1", day(10), 2, "12.00", "B", site="1")
    made.receive("R1", day(5), 4, "40.00", "C", site="1")
    made.issue("U1", day(10), 2, "20.00", "C", site="1", reference="Transfer", transfer_id="TR")
    made.issue("U2", day(12), 3, "25.00", "C", site="1")
    made.receive("M1", day(5), 4, "40.00", "M")
    made.issue("M2", day(6), 1, None, "M")
    return made


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    path = book().write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", JANUARY) == 0
    return path


def rolled(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[Path, dict[str, Any]]:
    target = path.with_name("next.xlsx")
    capsys.readouterr()
    before = path.read_bytes()
    assert main(["rollforward", str(path), "--output", str(target), "--json", *options], NOW, "tester") == 0
    assert path.read_bytes() == before
    return target, json.loads(capsys.readouterr().out)


def transactions(path: Path) -> dict[str, Row]:
    return {text(row["Transaction ID"]): row for row in Results(path).transactions()}


def test_what_is_settled_stays_behind_and_what_is_open_goes_along(
    closed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, said = rolled(closed, capsys)
    rows = transactions(target)
    assert list(rows) == ["P2", "R1", "U1", "U2", "M1", "M2", "OPEN-IC-000001-W1"]
    p2 = rows["P2"]
    assert (p2["Reference"], p2["Prior settled quantity"], p2["Prior settled amount"]) == ("Opening", 2, 24)
    leg = rows["OPEN-IC-000001-W1"]  # 4 for 30.00, of which T1 took 2
    figures = ("Quantity", "Financial cost amount", "Prior settled quantity", "Prior settled amount")
    assert [leg[name] for name in figures] == [4, 30, 2, 15]
    assert (leg["Item number"], leg["Site"], leg["Financial date"], leg["Reference"]) == ("B", "1", day(31), "Opening")
    # The transfer is under way, and the sale is not covered: their costs may change, so they go along as they are.
    for name in ("U1", "U2"):
        assert rows[name] == {**rows[name], **transactions(closed)[name]}
    assert [text(row["Issue"]) for row in Results(target).result("Settlements")] == ["U1", "U2"]
    assert (said["transactions"], said["kept"], said["folded"], said["openings"]) == (11, 6, 1, 1)
    assert said["value"] == "132.67"  # A 220.00 - 124.00, B 30.00 - 15.00, C 40.00 - 20.00 - 28.33, M 40.00 - 10.00


def test_both_books_hold_the_same(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, said = rolled(closed, capsys)
    rows = Results(target).rows("Roll-forward", "Closing")
    old = {(text(r["Item number"]), text(r["Costing group"])): r for r in Results(closed).result("Stock value")}
    assert {(text(r["Item number"]), text(r["Costing group"])) for r in rows} == {
        key for key, row in old.items() if row["Closing quantity"] or row["Closing value"]
    }
    for row in rows:
        stood = old[text(row["Item number"]), text(row["Costing group"])]
        assert row["Quantity here"] == row["Quantity in the old book"] == stood["Closing quantity"]
        assert row["Value here"] == row["Value in the old book"] == stood["Closing value"]
        assert row["Difference"] == 0
    assert {text(row["Old book"]) for row in rows} == {"book.xlsx"}
    digest = hashlib.sha256(closed.read_bytes()).hexdigest()
    assert {text(row["SHA-256 of its file"]) for row in rows} == {digest} == {said["sha256"]}
    lock = Results(closed).rows("Lock", "Closing")
    assert {text(row["Digest of its last run"]) for row in rows} == {text(lock[0]["Digest"])}
    assert sum(number(row["Value here"]) for row in rows) == Decimal(said["value"])


@pytest.mark.long
def test_the_period_stays_locked(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, _ = rolled(closed, capsys)
    kept = target.read_bytes()
    append_rows(target, [{"Transaction ID": "LATE", "Item number": "A", "Quantity": 1, "Financial date": day(31),
                          "Financial cost amount": 10}])  # fmt: skip
    assert run(target, "close", "--date", "2026-02-28") == 4
    assert "IC204" in capsys.readouterr().err
    target.write_bytes(kept)
    workbook = openpyxl.load_workbook(target)
    sheet = workbook["Transactions"]
    column = next(c.column for c in sheet[1] if c.value == "Prior settled amount")
    sheet.cell(2, column, 23)
    workbook.save(target)
    assert run(target, "close", "--date", "2026-02-28") == 4
    assert "IC211" in capsys.readouterr().err
    target.write_bytes(kept)
    for command in ("close", "recalculate"):
        assert run(target, command, "--date", JANUARY) == 4
        assert "Inventory is already closed up to 2026-01-31" in capsys.readouterr().err
    assert run(target, "reverse") == 4
    assert "IC225" in capsys.readouterr().err
    assert run(target, "close", "--date", "2026-02-28") == 0
    assert run(target, "reverse") == 0


def test_an_auditor_finds_it_whole(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The independent reading of the sheets holds at once, after a close, after its reversal."""
    target, _ = rolled(closed, capsys)
    for words in ((), ("close", "--date", "2026-02-28"), ("reverse",)):
        if words:
            assert run(target, *words) == 0
        faults = [fault for check in verify(target) for fault in check.faults]
        assert faults == [], words


@pytest.mark.long
def test_next_year_s_book_can_be_rolled_forward_itself(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, _ = rolled(closed, capsys)
    append_rows(target, [{"Transaction ID": "S9", "Item number": "B", "Quantity": -1, "Financial date": day(3, 2),
                          "Financial cost amount": -7, "Site": "1"}])  # fmt: skip
    assert run(target, "close", "--date", "2026-02-28") == 0
    year = target.with_name("year.xlsx")
    assert main(["rollforward", str(target), "--output", str(year)], NOW, "tester") == 0
    leg = transactions(year)["OPEN-IC-000001-W1"]
    assert (leg["Prior settled quantity"], leg["Prior settled amount"]) == (3, Decimal("22.5"))
    sheets = Results(year).rows("Roll-forward", "Closing")
    assert {text(row["Closing"]) for row in sheets} == {"IC-000004"}
    assert {text(row["Old book"]) for row in sheets} == {"next.xlsx"}
    assert run(year, "close", "--date", "2026-03-31") == 0


@pytest.mark.long
def test_the_user_s_own_sheets_keep_their_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the example month, only Transactions, its table and our own sheets are other parts afterwards."""
    path = tmp_path / "january.xlsx"
    shutil.copy(EXAMPLE, path)
    assert run(path, "close", "--date", JANUARY) == 0
    target, said = rolled(path, capsys)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target) as new:
        assert set(old.namelist()) <= set(new.namelist())
        changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
        names = {sheet.title: f"xl/worksheets/sheet{k}.xml" for k, sheet in
                 enumerate(openpyxl.load_workbook(path).worksheets, 1)}  # fmt: skip
    user = {"Items", "Item model groups", "Dimensions", "Posting", "Parameters", "Cost adjustments"}
    assert not changed & {names[s] for s in user & set(names)}
    assert names["Transactions"] in changed
    assert said["folded"] > 20
    assert said["openings"] == 8


def test_formulas_follow_their_rows(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A formula of a row leads to its row; a sum to what is left; what led to a row left behind is a value now."""
    workbook = openpyxl.load_workbook(closed)
    sheet = workbook["Transactions"]
    heads = {c.value: c.column_letter for c in sheet[1]}
    last, column = sheet.max_row, sheet.max_column + 2
    amount, quantity = heads["Financial cost amount"], heads["Quantity"]
    letter = openpyxl.utils.get_column_letter(column)
    sheet.cell(1, column, "Unit cost")
    for row in range(2, last + 1):
        sheet.cell(row, column, f"={amount}{row}/{quantity}{row}")
    sheet.cell(3, column + 1, f"={quantity}2")
    sheet.cell(last + 3, column + 1, "Total")
    sheet.cell(last + 3, column, f"=SUM({quantity}2:{quantity}{last})")
    workbook.save(closed)
    target, said = rolled(closed, capsys)
    sheet = openpyxl.load_workbook(target)["Transactions"]
    rows = {sheet.cell(r, 1).value: r for r in range(1, sheet.max_row + 1)}
    for name in ("P2", "R1", "U2", "M2"):
        row = rows[name]
        assert sheet[f"{letter}{row}"].value == f"={amount}{row}/{quantity}{row}"
    last = rows["OPEN-IC-000001-W1"]
    following = openpyxl.utils.get_column_letter(column + 1)
    assert sheet[f"{letter}{last + 3}"].value == f"=SUM({quantity}2:{quantity}{last})"
    assert sheet[f"{following}{last + 3}"].value == "Total"
    assert said["formulas_kept_as_values"] == [f"Transactions!{following}3"]


@pytest.mark.long
def test_a_table_is_fitted(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workbook = openpyxl.load_workbook(closed)
    sheet = workbook["Transactions"]
    sheet.add_table(Table(displayName="Transactions", ref=sheet.dimensions))
    workbook.save(closed)
    target, _ = rolled(closed, capsys)
    sheet = openpyxl.load_workbook(target)["Transactions"]
    table = sheet.tables["Transactions"]
    assert table.ref == sheet.dimensions
    assert [c.name for c in table.tableColumns] == [c.value for c in sheet[1]]
    assert run(target, "close", "--date", "2026-02-28") == 0


def test_what_hangs_on_a_row_that_would_move_is_refused(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workbook = openpyxl.load_workbook(closed)
    workbook["Transactions"]["A4"].comment = Comment("late", "me")
    workbook.save(closed)
    target = closed.with_name("next.xlsx")
    assert main(["rollforward", str(closed), "--output", str(target)], NOW, "tester") == 5
    assert "has a comment in A4" in capsys.readouterr().err
    assert not target.exists()


def test_a_recalculation_behind_the_close_is_refused(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(closed, "recalculate", "--date", "2026-02-10") == 0
    assert main(["rollforward", str(closed), "--output", str(closed.with_name("next.xlsx"))], NOW, "tester") == 4
    assert "The recalculation IC-000002 stands behind the last close IC-000001" in capsys.readouterr().err


@pytest.mark.long
def test_a_charge_on_what_stayed_open_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Charged and closed: the opening has it in its cost, and the sheet Cost adjustments names it no more."""
    made = book()
    made.cost_adjustments += [
        {"Transaction ID": "P2", "Date": day(20), "Amount": Decimal("10.00")},
        {"Transaction ID": "P1", "Date": day(21), "Amount": Decimal("5.00")},
        {"Transaction ID": "P2", "Date": day(10, 2), "Amount": Decimal("3.00"), "Applies to": "On hand"},
    ]
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", JANUARY) == 0
    target, _ = rolled(path, capsys)
    left = Results(target).rows("Cost adjustments", "Transaction ID")
    assert {text(row["Transaction ID"]) for row in left} == {"P2"}
    assert run(target, "close", "--date", "2026-02-28") == 0
    assert run(path, "close", "--date", "2026-02-28") == 0
    stock = [
        {text(r["Item number"]): r["Closing value"] for r in Results(p).result("Stock value")} for p in (path, target)
    ]
    assert stock[0] == stock[1]


def test_of_a_finished_order_what_is_never_settled_goes_along_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It loses the production number: without the rest it would be an order without product, or half of its shares."""
    made = Book([Item("F", "FIFO"), Item("S", "Standard cost", cost_price=Decimal(5)), Item("M", "Moving average")])
    made.receive("P1", day(5), 10, "50.00", "S")
    for order in ("W1", "W2"):
        made.issue(f"{order}S", day(6), 4, "20.00", "S", reference="Production line", production_number=order)
        made.receive(f"{order}F", day(7), 2, "17.00", "F", reference="Production", production_number=order,
                     cost_share=Decimal("0.85"))  # fmt: skip
        made.receive(f"{order}M", day(7), 1, "3.00", "M", reference="Production", production_number=order,
                     cost_share=Decimal("0.15"))  # fmt: skip
    made.rows[-1]["Financial date"] = made.rows[-1]["Financial cost amount"] = None  # so W2 is not finished
    made.rows[-1]["Physical cost amount"] = Decimal("3.00")
    made.issue("SOLD", day(8), 4, "34.00", "F")
    path = made.write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", JANUARY) == 0
    target, _ = rolled(path, capsys)
    assert {name: (row["Production number"], row["Cost share"]) for name, row in transactions(target).items()} == {
        "P1": (None, None), "W1S": (None, None), "W1M": (None, None), "W2S": ("W2", None), "SOLD": (None, None),
        "W1F": (None, None), "W2F": ("W2", Decimal("0.85")), "W2M": ("W2", Decimal("0.15")),
    }  # fmt: skip
    for book_of in (path, target):
        assert run(book_of, "close", "--date", "2026-02-28") == 0
    assert "IC536" not in capsys.readouterr().err
    assert written(target) == written(path)


@pytest.mark.long
def test_spread_charges_stay_as_they_were_spread(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One is posted, over receipts of which one stays behind; one is entered already and dated later."""
    path = book().write(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Charges")
    for row in (("Date", "Amount", "Spread by", "Item number"), (day(20), 11, "Value", "A"),
                (day(10, 2), 7, "Quantity", "B")):  # fmt: skip
        sheet.append(row)
    workbook.save(path)
    assert run(path, "close", "--date", JANUARY) == 0
    target, _ = rolled(path, capsys)
    assert len(Results(target).rows("Charges", "Date")) == 2
    for book_of in (path, target):
        assert run(book_of, "close", "--date", "2026-02-28") == 0
    assert written(target) == written(path)


@pytest.mark.parametrize("command", ["rollforward", "verify", "attach", "detach"])
@pytest.mark.sampled(3)
def test_of_a_folder_of_tables_a_workbook_is_to_be_made(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The advice is followed."""
    folder, book = tmp_path / "tables", tmp_path / "book.xlsx"
    assert main(["convert", str(EXAMPLE.with_name("fifo.xlsx")), str(folder)], NOW, "tester") == 0
    assert main(["close", str(folder), "--date", "2026-02-28"], NOW, "tester") == 0
    output = ["--output", str(tmp_path / ("made.xlsm" if command == "attach" else "made.xlsx"))]
    capsys.readouterr()
    assert main([command, str(folder), *(output if command != "verify" else [])], NOW, "tester") == 5
    said = capsys.readouterr().err
    assert f"make one first: `invclose-xl convert {folder} BOOK.xlsx`" in said
    assert main(["convert", str(folder), str(book)], NOW, "tester") == 0
    if command != "detach":
        assert main([command, str(book), *(output if command != "verify" else [])], NOW, "tester") == 0
