"""The voucher as other systems load it: the columns they want, the totals of the sheet, and what is refused.

Source  RULES R9.3, R10.3; WORKBOOK "Command line" (voucher).
"""

import csv
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import InvariantBroken
from invclose_xl.reports.journal.formats import display_value
from invclose_xl.reports.journal.lines import Journal, JournalLine, JournalOptions, prove
from tests.books import Book, Item

NOW = datetime(2026, 4, 20, 9, 30)


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A sale posted 2.00 too low; its accounts and dimensions are those of the ERP."""
    made = Book([Item("A", "FIFO", "PARTS")])
    more = {"inventory_account": "140200", "offset_account": "500100"}
    made.receive("P1", date(2026, 1, 5), 10, "100.00", reference="Purchase order", ledger_dimension="OU1-D7", **more)
    made.issue("S1", date(2026, 1, 10), 4, "38.00", reference="Sales order", ledger_dimension="OU1-D7", **more)
    made.issue("S2", date(2026, 1, 11), 1, "9.00", reference="Sales order", **more)
    made.parameters = {"Currency": "EUR", "Specification": "Total"}
    path = made.write(tmp_path / "book.xlsx")
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup"], NOW, "cfo") == 0
    return path


def export(book: Path, form: str, *more: str, ending: str = "csv") -> tuple[int, Path]:
    target = book.with_name(f"voucher.{ending}")
    return main(["voucher", str(book), "--format", form, "--output", str(target), *more], NOW), target


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(rows: Sequence[dict[str, str]], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_d365(closed: Path) -> None:
    code, target = export(closed, "d365", "--account-format", "{account}-{1}-{2}", "--journal-name", "INV")
    rows = table(target)
    assert code == 0
    assert list(rows[0]) == [
        "JournalBatchNumber", "LineNumber", "JournalName", "Description", "TransDate", "AccountType",
        "AccountDisplayValue", "DebitAmount", "CreditAmount", "CurrencyCode", "Voucher", "Text",
    ]  # fmt: skip
    assert columns(rows, "LineNumber", "AccountDisplayValue", "DebitAmount", "CreditAmount") == [
        ("1", "140200", "0.00", "1.00"), ("2", "140200-OU1-D7", "0.00", "2.00"),
        ("3", "500100", "1.00", "0.00"), ("4", "500100-OU1-D7", "2.00", "0.00"),
    ]  # fmt: skip
    same = columns(rows, "JournalBatchNumber", "JournalName", "TransDate", "AccountType", "CurrencyCode", "Voucher")
    assert set(same) == {("IC-000001", "INV", "2026-01-31", "Ledger", "EUR", "IC-000001")}


def test_the_account_stands_alone_without_dimension(closed: Path) -> None:
    _, target = export(closed, "d365")
    assert [r["AccountDisplayValue"] for r in table(target)] == ["140200", "140200-OU1-D7", "500100", "500100-OU1-D7"]


def test_business_central(closed: Path) -> None:
    code, target = export(closed, "business-central", "--dimensions", "UNIT,DEPARTMENT", "--date-format", "DD.MM.YYYY")
    rows = table(target)
    assert code == 0
    assert list(rows[0])[-3:] == ["Amount", "UNIT", "DEPARTMENT"]
    names = ("Line No.", "Posting Date", "Document No.", "Account Type", "Account No.", "Amount", "UNIT")
    assert columns(rows, *names) == [
        ("10000", "31.01.2026", "IC-000001", "G/L Account", "140200", "-1.00", ""),
        ("20000", "31.01.2026", "IC-000001", "G/L Account", "140200", "-2.00", "OU1"),
        ("30000", "31.01.2026", "IC-000001", "G/L Account", "500100", "1.00", ""),
        ("40000", "31.01.2026", "IC-000001", "G/L Account", "500100", "2.00", "OU1"),
    ]  # fmt: skip


def test_the_plain_table_as_a_workbook(closed: Path) -> None:
    code, target = export(closed, "csv", ending="xlsx")
    assert code == 0
    rows = CalamineWorkbook.from_path(str(target)).get_sheet_by_name("Voucher").to_python()
    assert rows[0] == ["Voucher", "Date", "Account", "Dimension", "Debit", "Credit", "Text"]
    assert rows[2][:6] == ["IC-000001", date(2026, 1, 31), "140200", "OU1-D7", 0.0, 2.0]


def test_a_reversal_has_its_own(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reverse", str(closed), "--no-backup"], NOW, "cfo") == 0
    capsys.readouterr()
    code, target = export(closed, "csv", "--json")
    assert code == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["closing"], said["lines"], said["debit"], said["credit"]) == ("IC-000002", 4, "3.00", "3.00")
    assert columns(table(target), "Account", "Debit", "Credit")[0] == ("140200", "1.00", "0.00")
    assert export(closed, "csv", "--closing", "ic-000001", "--force")[0] == 0
    assert "IC-000001 was reversed: the voucher of IC-000002 takes it back." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("form", "more", "code", "said"),
    [
        ("csv", ("--closing", "IC-000009"), 2, "There is no run IC-000009: the runs are IC-000001."),
        ("business-central", (), 2, "--dimensions names 0 columns, but the ledger dimension OU1-D7 of line 2 has 2"),
        ("business-central", ("--dimensions", "UNIT"), 2, "--dimensions names 1 columns"),
        ("d365", ("--account-format", "{account}"), 2, "has no place for the part OU1"),
        ("d365", ("--account-format", "{dimension}"), 2, "has no place for the account"),
        ("d365", ("--account-format", "{account}{cost}"), 2, "not {cost}"),
        ("csv", ("--date-format", "DD.MM"), 2, "must name year, month and day"),
    ],
)
def test_what_does_not_fit(
    form: str, more: tuple[str, ...], code: int, said: str, closed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, target = export(closed, form, *more)
    assert found == code
    assert said in capsys.readouterr().err
    assert not target.exists()


def test_nothing_to_hand_over(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["close", str(closed), "--date", "2026-02-28", "--no-backup"], NOW, "cfo") == 0
    assert export(closed, "csv", "--closing", "IC-000002")[0] == 4
    assert "IC-000002 made no voucher: it changed no cost." in capsys.readouterr().err
    assert export(closed, "csv")[0] == 0
    assert table(export(closed, "csv", "--force")[1])[0]["Voucher"] == "IC-000001"


def test_an_edited_voucher_is_not_handed_over(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workbook = openpyxl.load_workbook(closed)
    sheet = workbook["Vouchers"]
    row = next(r for r in sheet.iter_rows() if r[0].value == "IC-000001")
    row[8].value = 7
    workbook.save(closed)
    code, target = export(closed, "csv")
    assert code == 4
    assert "(IC215)" in capsys.readouterr().err
    assert not target.exists()


def test_a_file_that_is_there_is_left_alone(closed: Path) -> None:
    target = closed.with_name("voucher.csv")
    target.write_text("mine")
    assert export(closed, "csv")[0] == 5
    assert target.read_text() == "mine"
    assert main(["voucher", str(closed), "--format", "csv", "--output", str(closed.with_suffix(".txt"))], NOW) == 2


@pytest.mark.parametrize("credit", ["1.00", ""])
def test_totals_that_differ_are_never_written(credit: str) -> None:
    line = JournalLine(1, "V", date(2026, 1, 31), "1", "", Decimal("2.00"), Decimal(0), "")
    other = JournalLine(2, "V", date(2026, 1, 31), "2", "", Decimal(0), Decimal("2.00"), "")
    journal = Journal("S", ("D", "C"), (), "D", "C")
    prove(journal, ["D", "C"], [["2.00", "0"], ["0", "2.00"]], [line, other])
    with pytest.raises(InvariantBroken):
        prove(journal, ["D", "C"], [["2.00", "0"], ["0", credit]], [line, other])


@pytest.mark.parametrize(
    ("dimension", "form", "made"),
    [
        ("", "{account}-{1}-{2}", "600160"),
        ("D1", "{account}-{1}-{2}", "600160-D1"),
        ("-D2", "{account}-{1}-{2}", "600160--D2"),
        ("D1-D2", "{account}-{1}-{2}", "600160-D1-D2"),
        ("", "{account} ({dimension})", "600160"),
        ("D1", "{account} ({dimension})", "600160 (D1)"),
        ("", "{1}-{account}", "-600160"),
        ("", "", "600160"),
        ("D1", "", "600160-D1"),
    ],
)
def test_blank_dimensions_keep_their_place_and_leave_no_tail(dimension: str, form: str, made: str) -> None:
    line = JournalLine(1, "IC-000001", date(2026, 1, 31), "600160", dimension, Decimal(1), Decimal(0), "")
    assert display_value(line, JournalOptions(account_format=form)) == made
