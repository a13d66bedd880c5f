"""Stock against ledger: planted differences of every kind are found, named, and add up to the whole difference.

Source  WORKBOOK "Optional sheets" (Ledger); RULES R9.1, R9.3, R9.4.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

import invclose_xl
from invclose_xl.analysis.ledger.differences import find_differences
from invclose_xl.cli.main import main
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.workbook.input.read import read_book
from tests.books import Book, Cell, Item, append_rows
from tests.reports.ledgers import COGS, INVENTORY, OTHER, D, Line, line, trading_book, true_ledger

JANUARY = date(2026, 1, 31)
Change = Callable[[Book, list[Line]], None]


def found(path: Path, up_to: date = JANUARY) -> list[tuple[str, str, str, Decimal]]:
    """Name, account, voucher and effect of all differences, which must add up to the whole."""
    book = read_book(path).book
    assert book is not None
    assert book.ledger is not None
    day = (up_to - date(1970, 1, 1)).days
    entries = value_entries(book)
    differences = find_differences(book, entries, book.ledger, day)
    lines = differences.lines.filter(pl.col("is_inventory") & (pl.col("date").is_null() | (pl.col("date") <= up_to)))
    value = int(entries.filter(pl.col("date") <= up_to)["amount"].sum())
    assert int(differences.rows["effect"].sum()) == int(lines["amount"].sum()) - value
    return [
        (n, a, v, D(e).scaleb(-2))
        for n, a, v, e in differences.rows.select("name", "account", "voucher", "effect").rows()
    ]


def planted(tmp_path: Path, *changes: Change) -> Path:
    book, ledger = trading_book(), true_ledger()
    for change in changes:
        change(book, ledger)
    book.ledger = [dict(row) for row in ledger]
    return book.write(tmp_path / "book.xlsx")


def of(ledger: list[Line], voucher: str, account: str = INVENTORY) -> Line:
    return next(row for row in ledger if row["Voucher"] == voucher and row["Account"] == account)


def missing(_: Book, ledger: list[Line]) -> None:
    ledger.remove(of(ledger, "V1"))
    ledger.remove(of(ledger, "V1", "2000"))


def manual(_: Book, ledger: list[Line]) -> None:
    ledger.append(line(INVENTORY, date(2026, 1, 15), "GJ-7", "33.00"))


def other_period(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V2")["Date"] = date(2026, 2, 3)


def other_account(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V3")["Account"] = OTHER


def not_inventory(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V4")["Account"] = "6000"


def twice(_: Book, ledger: list[Line]) -> None:
    ledger.append(dict(of(ledger, "V5")))


def wrong_sign(_: Book, ledger: list[Line]) -> None:
    row = of(ledger, "V6")
    row["Amount"] = -D(str(row["Amount"]))


def decimal_point(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V7")["Amount"] = D("1075.00")


def digits(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V8")["Amount"] = D("180.50")


def rounding(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V9")["Amount"] = D("109.52")


def amount(_: Book, ledger: list[Line]) -> None:
    of(ledger, "V10")["Amount"] = D("77.77")


def slip_not_posted(_: Book, ledger: list[Line]) -> None:
    ledger.remove(of(ledger, "PV1"))


def slip_amount(book: Book, ledger: list[Line]) -> None:
    row = next(r for r in book.rows if r["Transaction ID"] == "P11")
    row["Physical cost amount"] = D("99.10")
    of(ledger, "V11")["Amount"] = D("99.10")


def no_account(book: Book, _: list[Line]) -> None:
    book.receive("N1", date(2026, 1, 8), 1, "12.34", item="C", voucher="V40", reference="Counting")


def other_number(_: Book, ledger: list[Line]) -> None:
    for row in ledger:
        if row["Voucher"] == "V12":
            row["Voucher"] = "X12"


def group_does_not_post(book: Book, _: list[Line]) -> None:
    book.items.append(Item("X", "FIFO", "GX", flags={"Post financial inventory": "No"}))
    book.receive("X1", date(2026, 1, 8), 1, "9.99", item="X", voucher="V50", inventory_account=INVENTORY)


def group_posted(book: Book, ledger: list[Line]) -> None:
    group_does_not_post(book, ledger)
    ledger.append(line(INVENTORY, date(2026, 1, 8), "V50", "9.99"))


KINDS: list[tuple[Change, list[tuple[str, str, str, str]]]] = [
    (missing, [("Missing in the ledger", INVENTORY, "V1", "-101.50")]),
    (manual, [("Manual ledger entry", INVENTORY, "GJ-7", "33.00")]),
    (other_period, [("Posted in another period", INVENTORY, "V2", "-102.50")]),
    (other_account, [("Posted to another inventory account", INVENTORY, "V3", "-103.50"),
                     ("Posted to another inventory account", OTHER, "V3", "103.50")]),
    (not_inventory, [("Posted to an account that is not inventory", INVENTORY, "V4", "-104.50")]),
    (twice, [("Posted twice", INVENTORY, "V5", "105.50")]),
    (wrong_sign, [("Posted with the wrong sign", INVENTORY, "V6", "-213.00")]),
    (decimal_point, [("Decimal point moved", INVENTORY, "V7", "967.50")]),
    (digits, [("Digits transposed", INVENTORY, "V8", "72.00")]),
    (rounding, [("Rounding", INVENTORY, "V9", "0.02")]),
    (amount, [("Different amount", INVENTORY, "V10", "-32.73")]),
    (slip_not_posted, [("Physical value not posted", INVENTORY, "PV1", "-41.00")]),
    (slip_amount, [("Posted at the packing slip's amount", INVENTORY, "V11", "-12.40")]),
    (no_account, [("No inventory account", "", "V40", "-12.34")]),
    (other_number, [("Posted under another voucher number", INVENTORY, "X12", "0.00")]),
    (group_does_not_post, [("Item model group does not post", INVENTORY, "V50", "-9.99")]),
    (group_posted, [("Item model group does not post", INVENTORY, "V50", "-9.99"),
                    ("Posted although the item model group does not post", INVENTORY, "V50", "9.99")]),
]  # fmt: skip


def test_a_true_ledger_agrees(tmp_path: Path) -> None:
    assert found(planted(tmp_path)) == []


@pytest.mark.parametrize(("change", "expected"), KINDS, ids=lambda x: getattr(x, "__name__", ""))
def test_one_planted_difference(tmp_path: Path, change: Change, expected: list[tuple[str, str, str, str]]) -> None:
    assert sorted(found(planted(tmp_path, change))) == sorted((n, a, v, D(e)) for n, a, v, e in expected)


CANCELLING: dict[str, tuple[list[tuple[str, str, int, str]], list[tuple[str, str, str, str]]]] = {
    "a pair": ([("GJ-7", INVENTORY, 15, "50.00"), ("GJ-7", INVENTORY, 15, "-50.00")], []),
    "three": ([("GJ-7", INVENTORY, 15, a) for a in ("30.00", "20.00", "-50.00")], []),
    "a pair and one more": (
        [("GJ-7", INVENTORY, 15, a) for a in ("50.00", "-50.00", "20.00")],
        [("Manual ledger entry", INVENTORY, "GJ-7", "20.00")],
    ),
    "a known voucher": ([("V5", INVENTORY, 10, "50.00"), ("V5", INVENTORY, 10, "-50.00")], []),
    "twice and taken back": ([("V5", INVENTORY, 10, "105.50"), ("V5", INVENTORY, 10, "-105.50")], []),
    "a known voucher and one more": (
        [("V5", INVENTORY, 10, a) for a in ("50.00", "-50.00", "7.77")],
        [("Manual ledger entry", INVENTORY, "V5", "7.77")],
    ),
    "two vouchers": (
        [("GJ-7", INVENTORY, 15, "50.00"), ("GJ-8", INVENTORY, 15, "-50.00")],
        [("Manual ledger entry", INVENTORY, "GJ-7", "50.00"), ("Manual ledger entry", INVENTORY, "GJ-8", "-50.00")],
    ),
    "two accounts": (
        [("GJ-7", INVENTORY, 15, "50.00"), ("GJ-7", OTHER, 15, "-50.00")],
        [("Manual ledger entry", INVENTORY, "GJ-7", "50.00"), ("Manual ledger entry", OTHER, "GJ-7", "-50.00")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CANCELLING)
def test_lines_that_cancel_each_other_are_no_difference(name: str, tmp_path: Path) -> None:
    lines, expected = CANCELLING[name]

    def post(_: Book, ledger: list[Line]) -> None:
        ledger += [line(account, date(2026, 1, day), v, a) for v, account, day, a in lines]

    assert sorted(found(planted(tmp_path, post))) == sorted((n, a, v, D(e)) for n, a, v, e in expected)


def test_all_planted_differences_at_once(tmp_path: Path) -> None:
    kinds = KINDS[:15]
    expected = [(n, a, v, D(e)) for _, rows in kinds for n, a, v, e in rows]
    assert len({row[0] for row in expected}) == 15
    assert sorted(found(planted(tmp_path, *(change for change, _ in kinds)))) == sorted(expected)


def test_the_voucher_of_a_close(tmp_path: Path) -> None:
    path = planted(tmp_path)
    invclose_xl.close(path, JANUARY, backup=False)
    assert found(path) == [("Voucher of a close not posted", INVENTORY, "IC-000001", D("-2.50"))]
    append_rows(
        path, [line(INVENTORY, JANUARY, "IC-000001", "2.50"), line(COGS, JANUARY, "IC-000001", "-2.50")], "Ledger"
    )
    assert found(path) == []
    invclose_xl.reverse(path, backup=False)
    assert found(path) == [("Voucher of a close not posted", INVENTORY, "IC-000002", D("2.50"))]


def test_the_voucher_of_a_close_over_packing_slips(tmp_path: Path) -> None:
    book, ledger = trading_book(), true_ledger()
    book.items.append(Item("S", "FIFO", "GS", flags={"Include physical value": "Yes"}))
    accounts: dict[str, Cell] = {"inventory_account": "1320", "offset_account": COGS}
    for name, quantity, cost in (("SL1", 2, "20.00"), ("SL2", -1, "-12.00")):
        book.add("S", name, quantity, physical_date=date(2026, 1, 9), physical_cost_amount=D(cost),
                 physical_voucher=name, **accounts)  # fmt: skip
        ledger.append(line("1320", date(2026, 1, 9), name, cost))
    book.ledger = [dict(row) for row in ledger]
    path = book.write(tmp_path / "book.xlsx")
    invclose_xl.close(path, JANUARY, backup=False)
    assert ("Voucher of a close not posted", "1320", "IC-000001", D("-2.00")) in found(path)


def test_a_voucher_dated_later(tmp_path: Path) -> None:
    path = planted(tmp_path)
    invclose_xl.close(path, JANUARY, posting_date=date(2026, 2, 2), backup=False)
    append_rows(path, [line(INVENTORY, date(2026, 2, 2), "IC-000001", "2.50")], "Ledger")
    assert found(path) == [("Voucher of a close dated later", INVENTORY, "IC-000001", D("-2.50"))]
    assert found(path, date(2026, 2, 28)) == []


def test_a_ledger_of_balances(tmp_path: Path) -> None:
    book = trading_book()
    book.ledger = [{"Account": INVENTORY, "Date": JANUARY, "Amount": D("1000.00")},
                   {"Account": OTHER, "Date": JANUARY, "Amount": D("57.31")}]  # fmt: skip
    assert found(book.write(tmp_path / "book.xlsx")) == [("Balance without vouchers", INVENTORY, "", D("-15.00"))]


def test_without_vouchers_days_and_amounts_pair(tmp_path: Path) -> None:
    book, ledger = trading_book(), true_ledger()
    for row in book.rows:
        row["Voucher"] = row["Physical voucher"] = None
    missing(book, ledger)
    manual(book, ledger)
    book.ledger = ledger
    assert sorted(found(book.write(tmp_path / "book.xlsx"))) == [
        ("Manual ledger entry", INVENTORY, "GJ-7", D("33.00")), ("Missing in the ledger", INVENTORY, "", D("-101.50")),
    ]  # fmt: skip


def shared_vouchers() -> tuple[Book, list[Line]]:
    """Twelve vouchers V0.. of three transactions each, on three inventory accounts, a ledger line for each."""
    book, ledger = Book([Item("A", "FIFO", "G")]), []
    for k in range(36):
        day, voucher, account = date(2026, 1, 1 + k // 3), f"V{k // 3}", ("1300", "1310", "1320")[k * 5 % 7 % 3]
        cost = D(10_000 + 1_237 * k) / 100
        other = "5000" if k % 4 == 3 else "2000"
        if k % 4 == 3:
            book.issue(f"T{k}", day, 1, cost, voucher=voucher, inventory_account=account, offset_account=other)
            cost = -cost
        else:
            book.receive(f"T{k}", day, 2, cost, voucher=voucher, inventory_account=account, offset_account=other)
        ledger += [line(account, day, voucher, cost), line(other, day, voucher, -cost)]
    return book, ledger


def test_ten_kinds_two_or_three_in_one_voucher(tmp_path: Path) -> None:
    book, ledger = shared_vouchers()

    def row(k: int) -> Line:
        return ledger[2 * k]

    def value(k: int) -> Decimal:
        return D(str(row(k)["Amount"]))

    expected = [
        ("Missing in the ledger", row(0)["Account"], "V0", -value(0)),
        ("Manual ledger entry", row(1)["Account"], "V0", D("77.77")),
        ("Decimal point moved", row(2)["Account"], "V0", 9 * value(2)),
        ("Posted in another period", row(6)["Account"], "V2", -value(6)),
        ("Posted with the wrong sign", row(7)["Account"], "V2", -2 * value(7)),
        ("Posted to another inventory account", row(9)["Account"], "V3", -value(9)),
        ("Posted to another inventory account", "1399", "V3", value(9)),
        ("Posted twice", row(10)["Account"], "V3", value(10)),
        ("Posted to an account that is not inventory", row(12)["Account"], "V4", -value(12)),
        ("Digits transposed", row(13)["Account"], "V4", D("-54.00")),
        ("Different amount", row(14)["Account"], "V4", D("13.13")),
    ]
    assert value(13) == D("260.81")
    book.posting = [("H", "", "1399", "2000")]
    extra = [line(str(row(1)["Account"]), date(2026, 1, 1), "V0", "77.77"), dict(row(10)), dict(ledger[21])]
    row(2)["Amount"] = 10 * value(2)
    row(6)["Date"] = ledger[13]["Date"] = date(2026, 2, 3)
    row(7)["Amount"] = -value(7)
    ledger[15]["Amount"] = -D(str(ledger[15]["Amount"]))
    row(9)["Account"] = "1399"
    row(12)["Account"] = "6000"
    row(13)["Amount"] = D("206.81")
    row(14)["Amount"] = value(14) + D("13.13")
    book.ledger = [dict(r) for r in (*ledger[2:], *extra)]
    assert sorted(found(book.write(tmp_path / "book.xlsx"))) == sorted(expected)


def test_one_line_for_a_whole_voucher(tmp_path: Path) -> None:
    book, ledger = shared_vouchers()
    for row in book.rows:
        row["Inventory account"] = "1300"
    sums: dict[tuple[object, object], Decimal] = {}
    for row in ledger:
        account = "1300" if str(row["Account"]).startswith("13") else row["Account"]
        key = (account, row["Voucher"])
        sums[key] = sums.get(key, D(0)) + D(str(row["Amount"]))
    days = {row["Voucher"]: row["Date"] for row in ledger}
    first = D(str(ledger[0]["Amount"]))
    sums["1300", "V0"] -= first
    book.ledger = [line(str(a), days[v], str(v), amount) for (a, v), amount in sums.items()]  # type: ignore[arg-type]
    assert found(book.write(tmp_path / "book.xlsx")) == [("Missing in the ledger", "1300", "V0", -first)]


SLIP, INVOICE = "PS1", "IN1"


def invoiced_after_its_slip(slip: str, invoice: str, amount: str, *, vouchers: bool = True) -> tuple[Book, list[Line]]:
    """P1 is received on the 5th at 100.00 and invoiced on the 10th; everything else is in the ledger."""
    book, ledger = Book([Item("A", "FIFO", "G")]), []
    for k in range(8):
        day = date(2026, 1, 11 + k)
        book.receive(f"Q{k}", day, 10, f"{200 + k}.00", voucher=f"W{k}" if vouchers else "",
                     inventory_account=INVENTORY, offset_account="2000")  # fmt: skip
        ledger.append(line(INVENTORY, day, f"W{k}" if vouchers else "", f"{200 + k}.00"))
    book.add("A", "P1", 10, physical_date=date(2026, 1, 5), financial_date=date(2026, 1, 10),
             physical_cost_amount=D("100.00"), financial_cost_amount=D(amount), physical_voucher=slip, voucher=invoice,
             inventory_account=INVENTORY, offset_account="2000")  # fmt: skip
    return book, ledger


@pytest.mark.parametrize(
    ("has_slip", "invoice_lines", "amount", "expected"),
    [
        (True, ["-100.00", "101.00"], "101.00", []),
        (True, ["1.00"], "101.00", []),
        (True, [], "101.00", [("Missing in the ledger", INVOICE, "-1.00")]),
        (False, [], "101.00", [("Missing in the ledger", INVOICE, "-101.00")]),
        (False, [], "100.00", [("Missing in the ledger", INVOICE, "-100.00")]),
        (True, [], "100.00", []),
        (False, ["101.00"], "101.00", []),
        (False, ["-100.00", "101.00"], "101.00", [("Physical value not posted", SLIP, "-100.00")]),
    ],
)
@pytest.mark.parametrize("vouchers", [True, False], ids=["vouchers", "no vouchers"])
def test_a_slip_and_its_invoice(
    tmp_path: Path,
    has_slip: bool,
    invoice_lines: list[str],
    amount: str,
    expected: list[tuple[str, str, str]],
    vouchers: bool,
) -> None:
    """A missing invoice is called so, and a slip that it took back is no difference where the ledger has neither."""
    slip, invoice = (SLIP, INVOICE) if vouchers else ("", "")
    book, ledger = invoiced_after_its_slip(slip, invoice, amount, vouchers=vouchers)
    if has_slip:
        ledger.append(line(INVENTORY, date(2026, 1, 5), slip, "100.00"))
    ledger += [line(INVENTORY, date(2026, 1, 10), invoice, units) for units in invoice_lines]
    book.ledger = [dict(row) for row in ledger]
    assert found(book.write(tmp_path / "book.xlsx")) == [
        (name, INVENTORY, voucher if vouchers else "", D(effect)) for name, voucher, effect in expected
    ]


def test_a_slip_whose_invoice_is_dated_later(tmp_path: Path) -> None:
    book, ledger = invoiced_after_its_slip(SLIP, INVOICE, "101.00")
    book.ledger = [dict(row) for row in ledger]
    path = book.write(tmp_path / "book.xlsx")
    assert ("Physical value not posted", INVENTORY, SLIP, D("-100.00")) in found(path, date(2026, 1, 8))


def test_an_empty_sheet_ledger_is_said_to_be_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = trading_book().write(tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Ledger")
    sheet.append(["Account", "Date", "Voucher", "Amount"])
    workbook.save(path)
    drawn = invclose_xl.reconcile(path, JANUARY)
    assert "Differences" not in drawn.tables
    assert main(["reconcile", str(path), "--date", "2026-01-31"]) == 0
    assert "The sheet Ledger is empty" in capsys.readouterr().out
    made = openpyxl.load_workbook(path.with_name("book.reconciliation.xlsx"))
    assert "Differences" not in made.sheetnames
    shown = [cell.value for row in made.worksheets[0].iter_rows() for cell in row if isinstance(cell.value, str)]
    assert any(text.startswith("The sheet Ledger is empty") for text in shown)
