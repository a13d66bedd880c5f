"""What a run posted belongs to the row it saw: rows that are changed, moved, deleted or split between two runs.

Source  RULES R8.6, R2.6, R7.4, R10.2.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from invclose_xl.analysis.ledger.differences import find_differences
from invclose_xl.cli.main import main
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.workbook.input.read import read_book
from tests.closings.closed_book import NOW, run
from tests.closings.story import Story, edit, read_story
from tests.results import Results, broken_laws, number, text

START = """
item A FIFO include-physical
item B FIFO
posting * * 1400 4000
receipt P0 2026-01-02 qty 20 amount 200.00 site=1
receipt P2 2026-01-02 qty 20 amount 200.00 site=2
receipt P3 2026-01-02 qty 20 amount 200.00 item=B site=1
receipt P1 2026-01-05 qty 10 amount 120.00 site=1
"""
SALE = "issue S 2026-01-10 qty 4 site=1 lot=LS inventory=1410 offset=5010 dim=D1\n"
GIVEN = SALE.replace("qty 4", "qty 4 posted 48.00")
GIVEN_SLIP = SALE.replace("2026-01-10", "2026-01-10 physical").replace("qty 4", "qty 4 slip 48.00")
EDITS = {
    "fewer": ["set S Quantity=-3"],
    "more": ["set S Quantity=-5"],
    "a receipt": [
        "set S Quantity=4",
        "set S Financial-date=2026-01-10",
        "set S Financial-cost-amount=44",
        "set S Physical-cost-amount=",
    ],
    "another site": ["set S Site=2"],
    "another item": ["set S Item-number=B"],
    "next month": ["set S Physical-date=2026-02-10", "set S Financial-date=2026-02-10"],
    "deleted": ["remove S"],
    "renamed": ["set S Transaction-ID=S9"],
    "another inventory account": ["set S Inventory-account=1420"],
    "another offset account": ["set S Offset-account=5020"],
    "no accounts": ["set S Inventory-account=", "set S Offset-account=", "set S Ledger-dimension="],
    "another dimension": ["set S Ledger-dimension=D2"],
    "another reference": ["set S Reference=Counting"],
    "not invoiced any more": ["set S Financial-date=", "set S Financial-cost-amount="],
    "invoiced": ["set S Financial-date=2026-01-12", "set S Financial-cost-amount=-52"],
    "an amount": ["set S Financial-cost-amount=-52"],
}


def story_book(path: Path, lines: str) -> tuple[Story, Path]:
    """Write the book of some lines."""
    (path / "story.txt").write_text(lines, "utf-8")
    story = read_story(path / "story.txt")
    return story, story.book.write(path / "book.xlsx")


def ledger(book: Path) -> dict[tuple[str, str], Decimal]:
    """All vouchers together, by account and ledger dimension."""
    total: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    if "Vouchers" in Results(book).sheet_names:
        for row in Results(book).result("Vouchers", active=False):
            total[text(row["Account"]), text(row["Ledger dimension"])] += number(row["Debit"]) - number(row["Credit"])
    return {account: amount for account, amount in total.items() if amount}


def costs(book: Path) -> dict[tuple[str, str], Decimal]:
    """What stands of adjustments and estimates, by transaction and sheet."""
    total: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in Results(book).result("Adjustments"):
        total[text(row["Transaction ID"]), text(row["Kind"])] += number(row["Adjustment"])
    for row in Results(book).result("Estimated costs"):
        total[text(row["Transaction ID"]), "Estimate"] += number(row["Amount"])
    return {key: amount for key, amount in total.items() if amount}


def stock_value(book: Path) -> list[dict[str, object]]:
    """*Stock value*, apart from the number of the closing."""
    return [{h: v for h, v in row.items() if h != "Closing"} for row in Results(book).result("Stock value")]


def both(
    tmp_path: Path, before: str, edits: list[str], between: list[list[str]], day: str, first: tuple[str, ...] = ()
) -> tuple[Path, Path]:
    """Play the edits on a book that ran in between, and on one that did not; close both."""
    made = []
    for name, runs in (("ran", between), ("never", [])):
        folder = tmp_path / name
        folder.mkdir()
        _, book = story_book(folder, before)
        edit(book, list(first))
        for arguments in runs:
            assert run(book, *arguments) == 0
        edit(book, edits)
        assert run(book, "close", "--date", day) == 0
        made.append(book)
    return made[0], made[1]


@pytest.mark.parametrize("sale", [SALE, GIVEN_SLIP], ids=["sale", "slip with amount"])
@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
@pytest.mark.sampled(41, long=4)
def test_what_a_recalculation_posted_is_taken_back(tmp_path: Path, sale: str, edits: list[str]) -> None:
    """After the close, costs and ledger are those of a book that was never recalculated."""
    if sale == GIVEN_SLIP and edits == EDITS["an amount"]:
        edits = ["set S Physical-cost-amount=-52"]  # a slip has no other amount (IC346)
    ran, never = both(tmp_path, START + sale, edits, [["recalculate", "--date", "2026-01-15"]], "2026-01-31")
    assert costs(ran) == costs(never)
    assert ledger(ran) == ledger(never)
    assert stock_value(ran) == stock_value(never)
    for book in (ran, never):
        assert run(book, "close", "--date", "2026-02-28") == 0
    assert ledger(ran) == ledger(never)
    while run(ran, "reverse") == 0:
        pass
    assert ledger(ran) == {}


CHARGE = "charge P1 2026-01-12 5.00 account=6100"
CHARGE_EDITS = {
    "another account": ["discharge P1 5", "charge P1 2026-01-12 5.00 account=6200"],
    "another amount": ["discharge P1 5", "charge P1 2026-01-12 7.00 account=6100"],
    "another date": ["discharge P1 5", "charge P1 2026-01-13 5.00 account=6100"],
    "on another receipt": ["discharge P1 5", "charge P0 2026-01-12 5.00 account=6100"],
    "next month": ["discharge P1 5", "charge P1 2026-02-12 5.00 account=6100"],
    "on hand": ["discharge P1 5", "charge P1 2026-01-12 5.00 On hand account=6100"],
    "removed": ["discharge P1 5"],
    "two that add up to it": ["discharge P1 5", "charge P1 2026-01-12 2.00 account=6100",
                              "charge P1 2026-01-12 3.00 account=6100"],
    "receipt moved": ["set P1 Site=2"],
    "receipt of another quantity": ["set P1 Quantity=8"],
    "receipt next month": ["set P1 Physical-date=2026-02-12", "set P1 Financial-date=2026-02-12"],
}  # fmt: skip


@pytest.mark.parametrize("edits", CHARGE_EDITS.values(), ids=CHARGE_EDITS)
@pytest.mark.sampled(11)
def test_a_charge_is_another_one(tmp_path: Path, edits: list[str]) -> None:
    recalculated = [["recalculate", "--date", "2026-01-15"], ["recalculate", "--date", "2026-01-20"]]
    ran, never = both(tmp_path, START + GIVEN, edits, recalculated, "2026-01-31", (CHARGE,))
    assert costs(ran) == costs(never)
    assert ledger(ran) == ledger(never)
    assert broken_laws(Results(never)) == []


SPLIT = ["set Z Quantity=-3", "issue Z2 2026-01-10 invoiced 2026-02-05 qty 1 posted 12.00 lot=L1 site=1"]
SPLIT_NEW_IDS = ["remove Z", "issue Z1 2026-01-10 physical qty 3 lot=L1 site=1", SPLIT[1]]


@pytest.mark.parametrize(
    "model",
    ["FIFO", "FIFO include-physical", "Weighted average", "Standard cost price 10", "Moving average include-physical"],
)
@pytest.mark.parametrize("edits", [SPLIT, SPLIT_NEW_IDS], ids=["old ID", "new IDs"])
@pytest.mark.parametrize("recalculates", [False, True], ids=["close", "recalculation"])
@pytest.mark.sampled(13, long=4)
def test_a_split_packing_slip(tmp_path: Path, model: str, edits: list[str], recalculates: bool) -> None:
    """Four are estimated at 40.00; one is invoiced at 12.00: what is left of the estimate is 30.00."""
    _, book = story_book(
        tmp_path,
        f"item A {model}\nreceipt P1 2026-01-05 qty 10 amount 100.00 site=1\n"
        "issue Z 2026-01-10 physical qty 4 lot=L1 site=1\n",
    )
    assert run(book, "close", "--date", "2026-01-31") == 0
    edit(book, edits)
    if recalculates:
        assert run(book, "recalculate", "--date", "2026-02-20") == 0
        assert standing_estimates(book) == {"30"}
    assert run(book, "close", "--date", "2026-02-28") == 0
    assert standing_estimates(book) == {"30"}
    invoiced_cost = Decimal(12) if model.startswith(("Standard", "Moving")) else Decimal(10)
    before_invoice = Decimal(40)
    assert ledger(book)["Inventory", ""] == -before_invoice + (Decimal(10) - (invoiced_cost - 12))
    for _ in range(2 + recalculates):
        assert run(book, "reverse") == 0
    assert ledger(book) == {}


def standing_estimates(book: Path) -> set[str]:
    """What is left of the estimates of each transaction, apart from those that are none any more."""
    left: dict[str, Decimal] = defaultdict(Decimal)
    for row in Results(book).result("Estimated costs"):
        left[text(row["Transaction ID"])] += number(row["Amount"])
    return {f"{amount.normalize():f}" for amount in left.values() if amount}


@pytest.mark.long
def test_a_split_is_changed_again(tmp_path: Path) -> None:
    """Nothing of a recalculation is locked: the split may be another one at the next run, or none at all."""
    _, book = story_book(
        tmp_path,
        "item A FIFO\nreceipt P1 2026-01-05 qty 10 amount 100.00 site=1\n"
        "issue Z 2026-01-10 physical qty 4 lot=L1 site=1\n",
    )
    assert run(book, "close", "--date", "2026-01-31") == 0
    for edits in (
        SPLIT,
        ["set Z Quantity=-2", "set Z2 Quantity=-2"],
        ["remove Z2", "issue Z3 2026-01-10 physical qty 2 lot=L1 site=1"],
        ["remove Z3", "set Z Quantity=-4"],
    ):
        edit(book, edits)
        assert run(book, "recalculate", "--date", "2026-02-20") == 0
        total = sum(number(row["Amount"]) for row in Results(book).result("Estimated costs"))
        assert total == (30 if "Z2" in str(edits) and edits is SPLIT else 40 if "Z3" in str(edits) else total)
    assert costs(book) == {("Z", "Estimate"): Decimal(40)}
    assert ledger(book)["Inventory", ""] == -40


def test_a_model_that_is_not_settled(tmp_path: Path) -> None:
    """R2.6: an item that becomes standard cost has what a recalculation posted taken back."""
    for model in ("Standard cost", "Moving average"):
        folder = tmp_path / model
        folder.mkdir()
        _, book = story_book(folder, START + GIVEN)
        assert run(book, "recalculate", "--date", "2026-01-15") == 0
        assert ledger(book) != {}
        edit(book, [f"model A {model}"])
        assert run(book, "close", "--date", "2026-01-31") == 0
        assert ledger(book) == {}


@pytest.mark.long
def test_a_feed_that_is_gone(tmp_path: Path) -> None:
    """The receipt of a transfer keeps nothing of it once its legs are no transfer any more."""
    lines = START + (
        "issue X 2026-01-12 qty 2 posted 30.00 site=1 transfer=T1 ref=Transfer\n"
        "receipt X2 2026-01-12 qty 2 amount 30.00 site=2 transfer=T1 ref=Transfer\n"
    )
    for place, edits in enumerate((["set X Transfer-ID="], ["remove X"], ["set X2 Transfer-ID="])):
        folder = tmp_path / str(place)
        folder.mkdir()
        ran, never = both(folder, lines, edits, [["recalculate", "--date", "2026-01-15"]], "2026-01-31")
        assert costs(ran) == costs(never)
        assert ledger(ran) == ledger(never)


def test_the_command_line_names_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, book = story_book(tmp_path, START + SALE)
    assert run(book, "recalculate", "--date", "2026-01-15") == 0
    edit(book, ["remove S"])
    capsys.readouterr()
    assert main(["check", str(book), "--date", "2026-01-31"], NOW, "cfo") == 0
    assert run(book, "close", "--date", "2026-01-31") == 0
    assert "1 row was changed, moved or removed after a recalculation: S." in capsys.readouterr().err


SLIP = "issue Z 2026-01-10 physical qty 4 lot=L1 site=1\n"
PAIRS = {
    **{
        f"{name}, {kind}": (sale, edits, "recalculate", "2026-01-15", "2026-01-31")
        for kind, sale in (("estimate", SALE), ("adjustment", GIVEN))
        for name, edits in EDITS.items()
        if name
        in {"fewer", "a receipt", "another site", "another item", "next month", "deleted", "another inventory account"}
    },
    "split": (SLIP, SPLIT_NEW_IDS, "close", "2026-01-31", "2026-02-28"),
}


@pytest.mark.parametrize(("sale", "edits", "first", "before", "after"), PAIRS.values(), ids=PAIRS)
@pytest.mark.sampled(17, long=4)
def test_the_ledger_has_both_vouchers(
    tmp_path: Path, sale: str, edits: list[str], first: str, before: str, after: str
) -> None:
    """Posted by one run and taken back by the next, each under its own voucher: no difference to stock."""
    _, book = story_book(tmp_path, START + sale)
    assert run(book, first, "--date", before) == 0
    edit(book, edits)
    assert run(book, "close", "--date", after) == 0
    for word, *more in (["status"], ["status", "--compare", "IC-000001", "IC-000002"], ["explain", "IC-000001"]):
        assert main([word, str(book), *more], NOW, "controller") == 0
    _vouchers_to_ledger(book)
    report = tmp_path / "report.xlsx"
    assert main(["reconcile", str(book), "--output", str(report)], NOW, "controller") == 0
    rows = [[str(cell) for cell in row] for row in openpyxl.load_workbook(report)["Differences"].values]
    assert len(rows) > 1  # what was bought is not in this ledger
    assert [row for row in rows if any(cell.startswith("IC-0") for cell in row)] == []
    content = read_book(book).book
    assert content is not None
    assert content.ledger is not None
    day = date.fromisoformat(after)
    entries = value_entries(content)
    found = find_differences(content, entries, content.ledger, (day - date(1970, 1, 1)).days)
    ledger = int(found.lines.filter(pl.col("is_inventory"))["amount"].sum())
    value = int(entries.filter(pl.col("date") <= day)["amount"].sum())
    assert int(found.rows["effect"].sum()) == ledger - value


@pytest.mark.parametrize(("sale", "edits", "first", "before", "after"), PAIRS.values(), ids=PAIRS)
@pytest.mark.sampled(17, long=4)
def test_the_ledger_between_the_two_vouchers(
    tmp_path: Path, sale: str, edits: list[str], first: str, before: str, after: str
) -> None:
    """On a date between the run that posted and the one that took it back, the first voucher is known as what it is."""
    _, book = story_book(tmp_path, START + sale)
    assert run(book, first, "--date", before) == 0
    edit(book, edits)
    assert run(book, "close", "--date", after) == 0
    _vouchers_to_ledger(book)
    day = date.fromisoformat(before) + timedelta(days=2)
    assert main(["reconcile", str(book), "--date", str(day)], NOW, "controller") == 0
    content = read_book(book).book
    assert content is not None
    assert content.ledger is not None
    entries = value_entries(content)
    found = find_differences(content, entries, content.ledger, (day - date(1970, 1, 1)).days)
    names = set(found.rows.filter(pl.col("voucher").str.starts_with("IC-"))["name"])
    assert names <= {"Voucher taken back by a later run"}
    assert names or first == "close", "what was split goes on, nothing is taken back"
    lines = found.lines.filter(pl.col("is_inventory") & (pl.col("date") <= day))
    value = int(entries.filter(pl.col("date") <= day)["amount"].sum())
    assert int(found.rows["effect"].sum()) == int(lines["amount"].sum()) - value


def test_the_value_at_an_earlier_close_after_a_split_under_new_ids(tmp_path: Path) -> None:
    """What the first close estimated for a packing slip stays in the value at its date, whoever stands for it now."""
    _, book = story_book(tmp_path, START + SLIP)
    assert run(book, "close", "--date", "2026-01-31") == 0
    then = _value_on(book, "2026-01-31")
    edit(book, SPLIT_NEW_IDS)
    assert _value_on(book, "2026-01-31") == then
    assert run(book, "close", "--date", "2026-02-28") == 0
    assert _value_on(book, "2026-01-31") == then
    assert run(book, "reverse") == 0
    assert _value_on(book, "2026-01-31") == then


def _value_on(book: Path, day: str) -> dict[tuple[str, str], int]:
    """Inventory value on a day, by costing group and kind."""
    content = read_book(book).book
    assert content is not None
    until = value_entries(content).filter(pl.col("date") <= date.fromisoformat(day))
    sums = until.group_by("group", "kind").agg(pl.col("amount").sum())
    return {(g, k): amount for g, k, amount in sums.rows() if amount}


def _vouchers_to_ledger(book: Path) -> None:
    """Fill the sheet *Ledger* with the lines of all vouchers, as they were written."""
    lines = Results(book).result("Vouchers", active=False)
    workbook = openpyxl.load_workbook(book)
    sheet = workbook.create_sheet("Ledger")
    sheet.append(["Account", "Date", "Voucher", "Amount"])
    for row in lines:
        sheet.append([row["Account"], row["Date"], row["Voucher"], number(row["Debit"]) - number(row["Credit"])])
    workbook.save(book)
