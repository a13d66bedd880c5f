"""The check before a close: what stays open and why, prices that deviate, stock below zero, transfers; exit codes.

Source  RULES R12; vectors/ax2012_check_cost_price.json, vectors/ax2012_open_quantity.json.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest

import invclose_xl
from invclose_xl.cli.main import main
from invclose_xl.reports.book_link import BookLink
from invclose_xl.reports.check.check import CheckReport
from tests.books import Book, Item
from tests.test_vectors import day, load

JANUARY = date(2026, 1, 31)
EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "january.xlsx"


def checked(book: Book, tmp_path: Path, up_to: date = JANUARY) -> CheckReport:
    path = book.write(tmp_path / "book.xlsx")
    before = path.read_bytes()
    report = invclose_xl.check_report(path, up_to, now=datetime(2026, 2, 1))
    assert path.read_bytes() == before
    return report


def rows(report: CheckReport, name: str, *fields: str) -> list[tuple[object, ...]]:
    return report.frame(name).select(fields).rows()


def test_the_published_open_quantity(tmp_path: Path) -> None:
    vector = load("report")[1]
    assert vector["id"] == "ax2012.open_quantity"
    book = Book([Item("ITEM", "FIFO")])
    for row in vector["transactions"]:
        cost = Decimal(0) if row["qty"] < 0 else None
        book.add("ITEM", row["id"], Decimal(row["qty"]), physical_date=day(row["physical_date"]),
                 financial_date=day(row["financial_date"]), financial_cost_amount=cost)  # fmt: skip
    report = checked(book, tmp_path, date(2021, 12, 31))
    assert rows(report, "Open quantities", "transaction", "open", "reason") == [
        ("2", Decimal(3), "its receipts are not invoiced yet")
    ]
    assert rows(report, "Covering receipts", "transaction", "quantity", "state") == [
        ("1", Decimal(10), "received, not invoiced")
    ]


def test_the_published_cost_price(tmp_path: Path) -> None:
    expected = load("report")[0]["expected"]
    book = Book([Item("ITEM", "FIFO", cost_price=Decimal(str(expected["base_price"])))])
    book.parameters["Maximum deviation %"] = Decimal(str(expected["max_deviation_pct"]))
    book.receive("R1", date(2026, 1, 5), 2, Decimal(str(expected["receipt_price"])) * 2, item="ITEM")
    book.receive("R2", date(2026, 1, 6), 2, Decimal("13.00"), item="ITEM")
    report = checked(book, tmp_path)
    assert rows(report, "Cost prices", "transaction", "unit_cost", "base", "deviation", "amount") == [
        ("R1", Decimal(15), Decimal(5), Decimal(200), Decimal(20))
    ]


@pytest.mark.parametrize(
    ("parameters", "listed"),
    [
        ({}, ["R4", "W1"]),
        ({"Ignore production": "Yes"}, ["R4"]),
        ({"Minimum deviation amount": Decimal(50)}, ["R4"]),
        ({"Maximum deviation %": Decimal(1000)}, []),
        ({"Deviation base": "Item cost price"}, []),
        ({"Deviation base": "Median", "Maximum deviation %": Decimal(5)}, ["R4", "W1", "R3"]),
    ],
)
def test_the_base_is_the_median_without_a_price(tmp_path: Path, parameters: dict, listed: list[str]) -> None:
    book = Book([Item("A", "FIFO")], parameters=parameters)
    book.receive("R1", date(2026, 1, 5), 1, "10.00")
    book.receive("R2", date(2026, 1, 6), 1, "10.00")
    book.receive("R3", date(2026, 1, 7), 1, "11.00")
    book.receive("R4", date(2026, 1, 8), 1, "100.00")
    book.receive("W1", date(2026, 1, 9), 1, "5.00", reference="Production")
    assert [row[0] for row in rows(checked(book, tmp_path), "Cost prices", "transaction")] == listed


def test_why_an_issue_stays_open(tmp_path: Path) -> None:
    book = Book([Item(n, "FIFO") for n in "ABCD"])
    book.issue("A1", date(2026, 1, 5), 2, "20.00")
    book.issue("B1", date(2026, 1, 5), 2, "20.00", item="B")
    book.receive("B2", date(2026, 2, 5), 5, "50.00", item="B")
    book.receive("C2", date(2026, 2, 6), 5, "50.00", item="C")
    book.issue("C1", date(2026, 1, 5), 2, "20.00", item="C", marked_to="C2")
    book.receive("D2", date(2026, 1, 1), 1, "9.00", item="D")
    book.issue("D1", date(2026, 1, 5), 2, "20.00", item="D")
    report = checked(book, tmp_path)
    assert rows(report, "Open quantities", "transaction", "open", "posted_cost", "reason") == [
        ("A1", Decimal(2), Decimal(20), "no receipt is left in its costing group"),
        ("B1", Decimal(2), Decimal(20), "its receipts come later"),
        ("C1", Decimal(2), Decimal(20), "held for its mark"),
        ("D1", Decimal(1), Decimal(10), "no receipt is left in its costing group"),
    ]
    assert rows(report, "Covering receipts", "transaction", "state", "needed") == [
        ("B2", "dated after the closing date", Decimal(2)), ("C2", "dated after the closing date", Decimal(2)),
    ]  # fmt: skip


def test_stock_below_zero_from_when_to_when(tmp_path: Path) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 2), 5, "50.00")
    book.issue("S1", date(2026, 1, 3), 6, "60.00")
    book.issue("S2", date(2026, 1, 4), 3, "30.00")
    book.receive("P2", date(2026, 1, 9), 4, "40.00")
    book.issue("S3", date(2026, 1, 12), 1, "10.00")
    report = checked(book, tmp_path)
    chains = rows(report, "Negative stock", "kind", "transaction", "began", "ended", "lowest")
    assert [c for c in chains if c[0] == "financial"] == [
        ("financial", "S1", date(2026, 1, 3), date(2026, 1, 9), Decimal(-4)),
        ("financial", "S3", date(2026, 1, 12), None, Decimal(-1)),
    ]
    assert len(chains) == 4


def test_a_transfer_without_partner(tmp_path: Path) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 2), 9, "90.00", site="1")
    book.issue("T1", date(2026, 1, 3), 2, "20.00", site="1", transfer_id="X")
    book.issue("T2", date(2026, 1, 3), 2, "20.00", site="1", transfer_id="Y")
    book.receive("T3", date(2026, 1, 3), 1, "10.00", site="2", transfer_id="Y")
    report = checked(book, tmp_path)
    assert rows(report, "Transfers", "transaction", "transfer_issued", "received", "what") == [
        ("T1", Decimal(2), Decimal(0), "the receipt is missing"),
        ("T2", Decimal(2), Decimal(1), "the quantities differ"),
    ]


def test_what_the_close_would_post_is_what_it_posts(tmp_path: Path) -> None:
    report = invclose_xl.check_report(EXAMPLE)
    done = invclose_xl.close(EXAMPLE, output=tmp_path / "closed.xlsx")
    frame = report.frame("By account")
    assert frame.select("account", "debit", "credit").rows() == [(a.account, a.debit, a.credit) for a in done.accounts]
    assert report.frame("By cause")["change"].sum() == done.adjustment_amount


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(EXAMPLE), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["open_quantities"][0]["open"] == "4"
    assert data["open_quantities"][0]["cell"] == "Transactions!A363"
    book = Book([Item("A", "FIFO")])
    book.issue("S1", date(2026, 1, 3), 6, "60.00", marked_to="nowhere")
    path = book.write(tmp_path / "book.xlsx")
    assert main(["check", str(path), "--date", "2026-01-31", "--output", str(tmp_path / "report.xlsx")]) == 3
    said = capsys.readouterr()
    assert "IC301" in said.err
    assert "A close would stop: 1 input error; no warnings." in said.out
    assert openpyxl.load_workbook(tmp_path / "report.xlsx")["Check"]["A4"].value == "A close would stop"


def test_the_report_is_a_workbook_with_links(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "report.xlsx"
    path.parent.mkdir()
    book = tmp_path / "book & more.xlsx"
    book.write_bytes(EXAMPLE.read_bytes())
    assert main(["check", str(book), "--output", str(path)]) == 0
    made = openpyxl.load_workbook(path)
    assert made.sheetnames[:3] == ["Check", "Problems", "Open quantities"]
    sheet = made["Open quantities"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == "Transactions!A363")
    assert cell.hyperlink.target == "../book%20&%20more.xlsx"
    assert cell.hyperlink.location == "Transactions!A363"
    assert made["Check"]["A4"].value == "A close can run"


@pytest.mark.parametrize("name", ["Jän'ner & #2 {a}+b.xlsx", "100% [neu] x%41.xlsx", "a;b,c=d é.xlsx"])
def test_links_lead_to_the_book_whatever_its_name(name: str, tmp_path: Path) -> None:
    book = tmp_path / name
    book.write_bytes(EXAMPLE.read_bytes())
    folder = tmp_path / "reports #1"
    folder.mkdir()
    for command in ("check", "reconcile"):
        path = folder / f"{command}.xlsx"
        assert main([command, str(book), "--output", str(path)]) == 0
        links = [
            cell.hyperlink
            for sheet in openpyxl.load_workbook(path)
            for row in sheet.iter_rows()
            for cell in row
            if cell.hyperlink and cell.hyperlink.target
        ]
        assert command == "reconcile" or links
        for link in links:
            assert (folder / unquote(link.target)).resolve() == book
            assert link.location.startswith("Transactions!")


def test_a_book_on_another_drive_is_linked_by_its_whole_path() -> None:
    assert BookLink("D:/stock/book 1.xlsx", "Items!A2")._target() == "file:///D:/stock/book%201.xlsx"
    assert BookLink("//server/stock/book.xlsx", "Items!A2")._target() == r"file:///\\server\stock\book.xlsx"


def test_check_and_close_count_warnings_and_informations_alike(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What check calls a warning is one for the close, too; the rest is for information, in both."""
    book = Book([Item("A", "FIFO"), Item("S", "Standard cost")])
    book.receive("P1", date(2026, 1, 3), 6, "60.00")
    book.issue("S1", date(2026, 1, 4), 9, "95.00")
    path = book.write(tmp_path / "book.xlsx")
    assert main(["check", str(path), "--date", "2026-01-31"]) == 0
    checked = capsys.readouterr().out
    assert main(["close", str(path), "--date", "2026-01-31", "--no-backup", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    warnings, informations = (sum(found[name].values()) for name in ("warnings", "informations"))
    assert warnings + informations == len(found["problems"])
    assert warnings
    plural = "" if warnings == 1 else "s"
    more = f", {informations} for information" if informations else ""
    assert checked.startswith(f"No input errors; {warnings} warning{plural}{more}.\n")
    assert main(["reverse", str(path), "--no-backup"]) == 0
    reversed_ = capsys.readouterr().out
    assert "Change of inventory value" in reversed_
    assert "  Adjustments " not in reversed_, "a reversal adds none"
