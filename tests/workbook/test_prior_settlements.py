"""What a system before this workbook settled: refused with its figures, or used, and every page shows one value of it.

Source  WORKBOOK "Transactions" (Prior settled quantity, Prior settled amount); RULES R1, R7.1, R7.4.
"""

import json
import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item
from tests.results import Results, check_laws, number, text

DAY = date(2026, 1, 31)


def opening(settled: Any = None, amount: Any = None, *, quantity: int = 10, cost: str = "1200.00") -> Book:
    """A receipt of January that a former system settled in part."""
    book = Book([Item("F", "FIFO")])
    fields = {"prior_settled_quantity": settled, "prior_settled_amount": amount}
    book.receive(
        "P", date(2026, 1, 2), quantity, cost, item="F", reference="Opening",
        **{name: value for name, value in fields.items() if value is not None},
    )  # fmt: skip
    return book


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(w) for w in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(
    ("settled", "amount", "code", "figures"),
    [
        (4, None, "IC190", ("4 of 10", "1,200.00", "480.00")),
        (4, 0, "IC190", ("4 of 10", "1,200.00", "480.00")),
        (None, 480, "IC190", ("480.00", "10")),
        (0, 480, "IC190", ("480.00", "10")),
        (4, 5000, "IC191", ("5,000.00", "1,200.00")),
        (4, Decimal("1200.01"), "IC191", ("1,200.01", "1,200.00")),
        (11, 1200, "IC132", ("11", "10")),
        (-4, 480, "IC132", ("-4",)),
        (4, -480, "IC132", ("-480",)),
    ],
)
def test_what_cannot_have_been_settled_is_named_with_its_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settled: Any, amount: Any, code: str, figures: tuple[str, ...]
) -> None:
    book = opening(settled, amount)
    book.issue("S", date(2026, 1, 20), 6, "720.00", item="F")
    path = book.write(tmp_path / "book.xlsx")
    before = path.read_bytes()
    for command in (("close", path, "--date", DAY, "--no-backup"), ("check", path, "--date", DAY)):
        result, _, err = run(capsys, *command)
        named = [line for line in err.splitlines() if code in line]
        assert result == 3, err
        assert len(named) == 1
        assert all(figure in named[0] for figure in figures), named[0]
        assert "Transactions!" in named[0]
    assert path.read_bytes() == before


def values(path: Path, capsys: pytest.CaptureFixture[str]) -> set[Decimal]:
    """The stock value of the closed date as the sheet, ``status`` and ``reconcile`` say it."""
    sheet = sum((number(r["Closing value"]) for r in Results(path).result("Stock value")), Decimal(0))
    status = json.loads(run(capsys, "status", path, "--json")[1])
    _, out, _ = run(capsys, "reconcile", path, "--date", DAY, "--json", "--force")
    return {sheet, Decimal(status["stock_value"]), Decimal(json.loads(out)["inventory_value"])}


@pytest.mark.parametrize(
    ("settled", "amount", "sale", "left", "warns"),
    [
        (4, 480, 6, "720.00", False),
        (4, 500, 6, "700.00", False),
        (4, 1200, 6, "0.00", False),
        (10, 1200, 0, "0.00", False),
        (10, 1000, 0, "200.00", True),
        (None, None, 6, "720.00", False),
        (0, 0, 6, "720.00", False),
    ],
)
@pytest.mark.sampled(3)
def test_what_is_left_costs_what_was_not_settled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settled: Any, amount: Any, sale: int, left: str, warns: bool
) -> None:
    book = opening(settled, amount)
    if sale:
        book.issue("S", date(2026, 1, 20), sale, "1.00", item="F")
    path = book.write(tmp_path / "book.xlsx")
    code, _, err = run(capsys, "close", path, "--date", DAY, "--no-backup")
    assert code == 0, err
    results = Results(path)
    assert check_laws(path) == (["P: wholly settled but 200 of its cost is not"] if warns else [])
    if sale:
        (adjustment,) = results.result("Adjustments")
        assert number(adjustment["New cost"]) == Decimal(left)
    named = [line for line in err.splitlines() if "IC546" in line]
    assert bool(named) == warns
    if warns:
        assert "200.00" in named[0]
    (value,) = values(path, capsys)
    rest = Decimal(480) if settled in (None, 0) else Decimal(0)
    assert value == (Decimal(left) if not sale else rest)


@pytest.mark.parametrize(("settled", "amount"), [(-4, "-480.00"), (4, "480.00"), (-4, "480.00"), (4, "-480.00")])
@pytest.mark.sampled(3)
def test_an_issue_takes_both_signs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settled: int, amount: str
) -> None:
    book = Book([Item("F", "FIFO")])
    book.receive("P", date(2026, 1, 2), 6, "900.00", item="F")
    book.issue("S", date(2026, 1, 20), 10, "1200.00", item="F", prior_settled_quantity=settled,
               prior_settled_amount=Decimal(amount))  # fmt: skip
    path = book.write(tmp_path / "book.xlsx")
    assert run(capsys, "close", path, "--date", DAY, "--no-backup")[0] == 0
    (adjustment,) = Results(path).result("Adjustments")
    assert number(adjustment["New cost"]) == Decimal("1380.00")
    assert values(path, capsys) == {Decimal(0)}


@pytest.mark.parametrize(("applies_to", "expensed", "sale"), [(None, "-40.00", "780.00"), ("On hand", None, "820.00")])
def test_a_charge_on_what_was_settled_before_is_expensed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], applies_to: str | None, expensed: str | None, sale: str
) -> None:
    """10 pieces, 4 of them settled before: of a charge of 100.00 the 6 sold take 60.00."""
    book = opening(4, 480)
    book.issue("S", date(2026, 1, 20), 6, "720.00", item="F")
    book.cost_adjustments.append(
        {"Transaction ID": "P", "Date": date(2026, 1, 25), "Amount": Decimal(100), "Applies to": applies_to}
    )
    path = book.write(tmp_path / "book.xlsx")
    code, _, err = run(capsys, "close", path, "--date", DAY, "--no-backup")
    assert code == 0, err
    results = Results(path)
    assert check_laws(path) == []
    found = {
        (text(r["Transaction ID"]), text(r["Cause"])): number(r["Adjustment"]) for r in results.result("Adjustments")
    }
    assert found["P", "Manual adjustment"] == Decimal(100)
    assert found.get(("P", "Settled before")) == (Decimal(expensed) if expensed else None)
    assert found["S", "Settlement"] == Decimal(sale) - 720
    assert ("IC547" in err) == bool(expensed)
    assert values(path, capsys) == {Decimal(0)}


def test_a_charge_on_a_receipt_settled_before_and_in_part_by_a_close(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4 settled before, 3 by the first close, 3 on hand: 40.00 expensed, 30.00 handed down, 30.00 stays."""
    book = opening(4, 480)
    book.issue("S", date(2026, 1, 20), 3, "360.00", item="F")
    path = book.write(tmp_path / "book.xlsx")
    assert run(capsys, "close", path, "--date", DAY, "--no-backup")[0] == 0
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.create_sheet("Cost adjustments")
    sheet.append(["Date", "Transaction ID", "Amount"])
    sheet.append([date(2026, 2, 10), "P", 100])
    workbook.save(path)
    for words in (("recalculate", path, "--date", "2026-02-28"), ("close", path, "--date", "2026-02-28")):
        code, _, err = run(capsys, *words, "--no-backup")
        assert code == 0, err
    results = Results(path)
    assert check_laws(path) == []
    rows = [r for r in results.rows("Adjustments", "Closing") if text(r["Status"]) == "Active"]
    found = {(text(r["Transaction ID"]), text(r["Cause"])): number(r["Adjustment"]) for r in rows}
    assert found == {
        ("P", "Manual adjustment"): Decimal(100), ("P", "Settled before"): Decimal(-40),
        ("S", "Settlement"): Decimal(30),
    }  # fmt: skip
    assert sum(number(r["Closing value"]) for r in results.result("Stock value")) == Decimal(390)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.sampled(4)
def test_the_pages_agree_over_random_openings(tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    dice = random.Random(seed)
    models = ("FIFO", "LIFO", "LIFO date", "Weighted average", "Weighted average date", "Moving average")
    book = Book([Item(name, dice.choice(models)) for name in "AB"])
    for k in range(12):
        item, quantity, day = (
            dice.choice("AB"),
            dice.randint(1, 9),
            date(2026, 1, 1) + timedelta(days=dice.randrange(31)),
        )
        cost = Decimal(dice.randint(100, 90_000)) / 100
        prior: dict[str, Any] = {}
        if dice.random() < 0.5:
            settled = dice.randint(1, quantity)
            prior = {"prior_settled_quantity": settled,
                     "prior_settled_amount": Decimal(dice.randint(1, int(cost * 100))) / 100}  # fmt: skip
        if k < 7:
            book.receive(f"P{k}", day, quantity, str(cost), item=item, reference="Opening" if prior else None, **prior)
        else:
            book.issue(f"S{k}", day, quantity, str(cost), item=item, **prior)
    path = book.write(tmp_path / "book.xlsx")
    code, _, err = run(capsys, "close", path, "--date", DAY, "--no-backup")
    assert code == 0, err
    assert len(values(path, capsys)) == 1
