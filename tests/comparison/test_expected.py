"""Another system's result beside ours: planted differences of every kind are named, in one book and alone.

The other system's figures come from closing the book as it sees it, or are worked out by hand beside the plant.
Source  WORKBOOK "Command line" (compare).
"""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Cell, Item
from tests.comparison.expecting import DAY, Figures, adjustments_of, causes, compared, with_expected
from tests.test_vectors import CLOSES, book_of

Row = dict[str, Cell]


def day(number: int) -> date:
    return date(2026, 1, number)


def moved(book: Book, item: str, name: str, number: int, quantity: int, cost: str, site: str, transfer: str) -> None:
    sign = 1 if quantity > 0 else -1
    book.add(item, name, quantity, physical_date=day(number), financial_date=day(number), site=site,
             financial_cost_amount=sign * Decimal(cost), reference="Transfer", transfer_id=transfer)  # fmt: skip


def ours() -> Book:
    """One item for every kind of difference; none of them touches another."""
    models = {"R": "Weighted average", "L": "Weighted average", "X": "FIFO"}
    book = Book([Item(name, models.get(name, "FIFO")) for name in "CDGKLMNORSUX"])
    for item in "CDKNOSX":
        book.receive(f"{item}P1", day(5), 10, "100.00", item)
        book.receive(f"{item}P2", day(6), 10, "120.00", item)
        book.issue(f"{item}S1", day(20), 12, "125.00", item)
    book.rows[-1]["Quantity"] = Decimal(-5)
    book.receive("DP3", day(4), 4, "90.00", "D")
    book.receive("DP4", day(10), 6, "150.00", "D")
    book.issue("DS2", day(30), 8, "100.00", "D")
    book.receive("OP3", day(6), 4, "80.00", "O")
    next(r for r in book.rows if r["Transaction ID"] == "KS1")["Marked to"] = "KP2"
    book.cost_adjustments.append({"Transaction ID": "CP1", "Date": day(28), "Amount": Decimal("7.00")})
    book.receive("RP1", day(5), 3, "10.00", "R")
    book.receive("RP2", day(6), 4, "15.01", "R")
    book.issue("RS1", day(20), 2, "7.00", "R")
    book.receive("UP1", day(5), 6, "60.00", "U")
    book.issue("US1", day(20), 10, "90.00", "U")
    for number, warehouse, cost in ((5, "11", "50.00"), (6, "12", "70.00"), (7, "11", "35.00"), (8, "12", "95.00")):
        book.receive(f"GP{number}", day(number), 5, cost, "G", warehouse=warehouse)
    book.issue("GS1", day(20), 7, "70.00", "G", warehouse="12")
    book.receive("MP1", day(5), 10, "100.40", "M", site="1")
    moved(book, "M", "MT1", 8, -10, "100.00", "1", "M1")
    moved(book, "M", "MT2", 9, 10, "100.00", "2", "M1")
    book.issue("MS1", day(20), 10, "100.00", "M", site="2")
    book.receive("LP1", day(2), 10, "100.00", "L", site="1")
    for number, (source, target) in enumerate((("1", "2"), ("2", "1"))):
        moved(book, "L", f"L{number}I", 10 + number, -5, "45.00", source, f"L{number}")
        moved(book, "L", f"L{number}R", 10 + number, 5, "45.00", target, f"L{number}")
    return book


def theirs(book: Book) -> Book:
    """The same book as another system sees it: no mark, no charge, another order, date, group, model, a minimum."""
    other = deepcopy(book)
    rows = {str(row["Transaction ID"]): row for row in other.rows}
    rows["KS1"]["Marked to"] = None
    other.cost_adjustments.clear()
    for row in (rows["OP2"], rows["OP3"]):
        other.rows.remove(row)
    other.rows += [rows["OP3"], rows["OP2"]]
    rows["DP3"]["Financial date"] = rows["DP3"]["Physical date"] = date(2026, 2, 1)
    other.dimensions = {"Warehouse": "Yes"}
    next(item for item in other.items if item.number == "X").model = "LIFO"
    other.parameters["Minimum amount"] = Decimal(1)
    return other


def planted(figures: Figures) -> Figures:
    """What is planted by hand on top of it."""
    figures["RS1"] += Decimal("0.01")  # 25.01 / 7 = 3.5728…, times 2 is 7.15: 0.15
    figures["SS1"] = -figures["SS1"]
    figures["US1"] = Decimal("10.00")  # all ten at the 10.00 of the six covered; here 60.00 + 4/10 of 90.00 = 96.00
    figures["NS1"] = Decimal("1.23")
    # One round: the first transfer takes (100.00 + 45.00) / 3 and hands it on; the second still costs 45.00.
    figures |= {"L0I": Decimal("3.33"), "L0R": Decimal("3.33"), "L1I": Decimal(0), "L1R": Decimal(0)}
    return figures


PLANTED = {
    "RS1": "Rounding", "SS1": "Other sign", "US1": "Uncovered quantity", "NS1": "Nothing found",
    "L0I": "Loop stopped early", "L0R": "Loop stopped early", "L1I": "Loop stopped early", "L1R": "Loop stopped early",
    "KS1": "Mark", "CS1": "Charge not known", "CP1": "Charge not known", "OS1": "Order on one date",
    "DS1": "Other date", "DS2": "Other date", "GS1": "Other costing group", "XS1": "Other model",
    "MT2": "Minimum amount", "MS1": "Minimum amount",
}  # fmt: skip


@pytest.fixture
def book_with_plants(tmp_path: Path) -> Path:
    book = ours()
    figures = planted(adjustments_of(theirs(book), tmp_path))
    return with_expected(book.write(tmp_path / "book.xlsx"), figures)


def test_planted_differences_of_every_kind_are_named(
    book_with_plants: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = compared(book_with_plants, capsys, "--date", DAY)
    assert causes(found) == PLANTED
    by_cause = {row["cause"]: (row["count"], row["difference"]) for row in found["by_cause"]}
    assert by_cause["Uncovered quantity"] == (1, "4.00")
    assert by_cause["Rounding"] == (1, "0.01")
    assert by_cause["Charge not known"][0] == 2
    assert sum(Decimal(row["difference"]) for row in found["by_account"]) == 0
    account = {"account": "Cost of goods sold", "account_name": ""}
    assert {**account, "cause": "Uncovered quantity", "difference": "4.00"} in found["by_account"]
    # The other system's close wrote down only what it adjusts: what it leaves alone is no row of its result.
    named = sum("not on the sheet Expected" not in row["why"] for row in found["differences"])
    assert found["agreeing"] == found["listed"] - named > 0


PRINTED: dict[str, tuple[str, Figures, dict[str, str]]] = {
    "the sign of issue 5 on the LIFO page": (
        "ax2012.lifo.ipv", {"5": Decimal("-3.75"), "6": Decimal("8.75")}, {"5": "Other sign"},
    ),
    # A printed average stands for the cost of the issue that would leave it: 85.00 came in, two are left.
    "20.00 after the LIFO close: 6 would cost 85.00 - 25.00 - 2 x 20.00": (
        "ax2012.lifo.ipv", {"5": Decimal("3.75"), "6": Decimal("-1.25")}, {"6": "Nothing found"},
    ),
    "27.50 after the marked LIFO close, the figure of the FIFO page: 6 would cost 85.00 - 20.00 - 2 x 27.50": (
        "ax2012.lifo.marking", {"6": Decimal("-11.25")}, {"6": "Other model"},
    ),
    "15.00 after the LIFO date close: 4 would cost 60.00 - 2 x 15.00": (
        "ax2012.lifodate.no_ipv", {"4": Decimal("15.00")}, {"4": "Other model"},
    ),
    "27.50 after the marked LIFO date close": (
        "ax2012.lifodate.marking", {"6": Decimal("-11.25")}, {"6": "Other model"},
    ),
    "27.50 after the marked weighted average close": (
        "ax2012.wa.marking", {"6": Decimal("-11.25")}, {"6": "Other model"},
    ),
    "27.50 after the marked weighted average date close": (
        "ax2012.wad.marking", {"6": Decimal("-11.25")}, {"6": "Other model"},
    ),
    "an amount signed like the issue, not a cost": (
        "ax2012.wa.summarized.no_ipv", {"3": Decimal("-0.33")}, {"3": "Other sign"},
    ),
    "likewise": ("ax2012.wa.direct.ipv", {"3": Decimal("2.50")}, {"3": "Other sign"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_printed_errors_of_the_vendor_are_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identifier, printed, expected = PRINTED[name]
    vector = next(v for v in CLOSES if v["id"] == identifier)
    path = with_expected(book_of(vector).write(tmp_path / "book.xlsx"), printed)
    found = compared(path, capsys, "--date", vector["settings"]["close_date"])
    assert causes(found) == expected


@pytest.mark.parametrize("vector", [v for v in CLOSES if not v["discrepancies"]], ids=lambda v: str(v["id"]))
def test_what_is_printed_right_agrees(vector: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = {**vector["expected"]["adjustments"], **vector["expected"].get("receipt_adjustments", {})}
    right = {name: Decimal(str(figure)) for name, figure in figures.items()}
    path = with_expected(book_of(vector).write(tmp_path / "book.xlsx"), right)
    found = compared(path, capsys, "--date", vector["settings"]["close_date"])
    assert (found["differences"], found["agreeing"]) == ([], len(right))


@pytest.fixture
def closed_twice(tmp_path: Path) -> Path:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", day(5), 10, "100.00")
    book.receive("P2", day(6), 10, "140.00")
    book.issue("S1", day(20), 4, "46.00", marked_to="P2")
    book.issue("S2", date(2026, 2, 3), 8, "100.00")
    path = book.write(tmp_path / "book.xlsx")
    for up_to in (DAY, "2026-02-28"):
        assert main([str(path), "--date", up_to, "--no-backup"]) == 0
    return path


def test_a_close_that_was_made_is_compared_as_it_was(closed_twice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """S1 took 56.00 of P2 by its mark, without it 40.00 of P1; in February S2 took 80.00."""
    figures = {"S1": Decimal(-6), "S2": Decimal(-20)}
    with_expected(closed_twice, figures, Closing={"S1": "IC-000001", "S2": "ic-000002"})
    january = compared(closed_twice, capsys, "--closing", "ic-000001")
    assert (january["closing"], january["up_to"], causes(january)) == ("IC-000001", DAY, {"S1": "Mark"})
    assert [p["code"] for p in january["problems"]] == ["IC482"]
    february = compared(closed_twice, capsys)
    assert (february["closing"], february["differences"], february["agreeing_amount"]) == ("IC-000002", [], "-20.00")
    assert compared(closed_twice, capsys, "--date", DAY)["closing"] == "IC-000001"
    assert main(["compare", str(closed_twice), "--closing", "IC-000009"]) == 2
    assert "The workbook has no close IC-000009" in capsys.readouterr().err


def test_a_new_cost_stands_for_an_adjustment(closed_twice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other system has the same new cost of S2, from 99.00 on; and the same of S1 as this book."""
    columns = {"New cost": {"S1": Decimal(56), "S2": Decimal(80)}, "Closing": {"S1": "IC-000001", "S2": "IC-000002"}}
    workbook = openpyxl.load_workbook(closed_twice)
    sheet = workbook.create_sheet("Expected")
    sheet.append(["Transaction ID", "Adjustment", *columns])
    for name, adjustment in (("S1", None), ("S2", -19)):
        sheet.append([name, adjustment, *(column[name] for column in columns.values())])
    workbook.save(closed_twice)
    assert compared(closed_twice, capsys, "--closing", "IC-000001")["differences"] == []
    assert causes(compared(closed_twice, capsys)) == {"S2": "Other posted cost"}


@pytest.mark.long
def test_the_page_and_the_workbook(book_with_plants: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = tmp_path / "comparison.xlsx"
    assert main(["compare", str(book_with_plants), "--date", DAY, "--output", str(report)]) == 0
    page = capsys.readouterr().out
    for name, cause in PLANTED.items():
        assert cause in page
        assert f"{name} of {name[0]}" in page
    assert "Under LIFO instead of FIFO both say the same." in page
    assert "Without the mark of KS1 to KP2" in page or "Without the marks of the item" in page
    workbook = openpyxl.load_workbook(report)
    assert workbook.sheetnames == ["Comparison", "By cause", "By account", "Differences"]
    rows = {row[0]: row[11] for row in workbook["Differences"].iter_rows(min_row=6, values_only=True)}
    assert rows == PLANTED


@pytest.mark.long
def test_a_folder_of_tables_is_compared_like_the_workbook(
    book_with_plants: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "tables"
    assert main(["convert", str(book_with_plants), str(folder)]) == 0
    capsys.readouterr()
    said = []
    for place in (book_with_plants, folder):
        assert main(["compare", str(place), "--date", DAY, "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert len(said[0]["differences"]) == len(PLANTED)
    for one, other in zip(*(s["differences"] for s in said), strict=True):
        assert {k: v for k, v in one.items() if k != "cell"} == {k: v for k, v in other.items() if k != "cell"}
    assert said[0]["by_cause"] == said[1]["by_cause"]


def test_two_runs_are_compared_by_the_same_command(closed_twice: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    pages = []
    for command in (["compare", "BOOK", "--runs"], ["status", "BOOK", "--compare"]):
        words = [str(closed_twice) if word == "BOOK" else word for word in command]
        assert main([*words, "IC-000001", "IC-000002"]) == 0
        pages.append(capsys.readouterr().out)
    assert pages[0] == pages[1]
    assert main(["compare", str(closed_twice), "--runs", "IC-000001", "IC-000002", "--date", DAY]) == 2
    assert "takes no --date" in capsys.readouterr().err
