"""What a message says is true of the book it is about: one small book for each way a message could be wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item


def day(number: int, month: int = 1) -> date:
    return date(2026, month, number)


def lines(made: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str], up_to: str = "2026-01-31") -> list[str]:
    main([str(made.write(tmp_path / "book.xlsx")), "--date", up_to, "--no-backup"])
    return capsys.readouterr().err.splitlines()


def transfer(received: str, *, charged: str = "", arrives: int = 10, leaves: int = 10, model: str = "FIFO") -> Book:
    made = Book([Item("A", model)])
    made.receive("P", day(5), 10, "100.00", reference="Purchase order", site="1")
    made.issue("TI", day(leaves), 4, "40.00", reference="Transfer", transfer_id="T1", site="1")
    made.receive("TR", day(arrives), 4, received, reference="Transfer", transfer_id="T1", site="1")
    if charged:
        made.cost_adjustments = [{"Transaction ID": "TR", "Date": day(20), "Amount": Decimal(charged)}]
    return made


def fed(model: str, **flags: str) -> Book:
    """The issue of a transfer between sites is adjusted; the receipt's item keeps its cost for a reason of its own."""
    made = Book([Item("C", "FIFO"), Item("A", model, cost_price=Decimal(10), flags=flags)])
    made.receive("P", day(5), 10, "120.00", "C", reference="Purchase order")
    made.issue("I", day(10), 4, "40.00", "C", reference="Production line", production_number="W1")
    made.receive("F", day(10), 4, "40.00", "A", reference="Production", production_number="W1")
    return made


def sale_and_return(model: str, **lot: str) -> Book:
    made = Book([Item("A", model)])
    made.receive("P", day(5), 10, "100.00", reference="Purchase order")
    made.issue("S", day(10), 4, "44.00", reference="Sales order")
    made.receive("R", day(20), 4, "44.00", reference="Return order", **lot)
    return made


def two_returns(model: str) -> Book:
    """Each return costs half of what both together cost: any cost would do."""
    made = Book([Item("A", model)])
    made.receive("P", day(5), 10, "100.00", reference="Purchase order")
    made.issue("S", day(10), 4, "44.00", reference="Sales order")
    for number, amount in ((1, "20.00"), (2, "24.00")):
        made.receive(f"R{number}", day(20), 2, amount, reference="Return order", return_lot_id="S")
    return made


def part_of_it(model: str) -> Book:
    """Half of the sale comes back; the other half is settled with the purchase, which gives both halves their cost."""
    made = Book([Item("A", model)])
    made.receive("P", day(5), 10, "100.00", reference="Purchase order")
    made.issue("S", day(10), 4, "44.00", reference="Sales order")
    made.receive("R", day(20), 2, "22.00", reference="Return order", return_lot_id="S")
    return made


def unfinished(month: int, *, received: bool = True) -> Book:
    made = Book([Item("A", "FIFO")])
    made.receive("P", day(5), 10, "100.00", reference="Purchase order", site="1")
    made.issue("TI", day(10, month), 4, "40.00", reference="Transfer", transfer_id="T1", site="1")
    if received:
        made.receive("TR", day(10, month), 3, "30.00", reference="Transfer", transfer_id="T1", site="2")
    return made


def charged_without_account(*, posting: bool = True) -> Book:
    made = Book([Item("A", "FIFO", "PARTS")])
    made.receive("P", day(5), 10, "100.00", reference="Purchase order", inventory_account="1", offset_account="2")
    made.cost_adjustments = [{"Transaction ID": "P", "Date": day(20), "Amount": Decimal("5.00")}]
    if not posting:
        made.posting = [("", "Adjustment", "", "7")]
    return made


def nothing_moved(amount: str | None) -> Book:
    made = Book([Item("A", "FIFO")])
    given = None if amount is None else Decimal(amount)
    made.add("A", "Z", 0, physical_date=day(5), financial_date=day(5), financial_cost_amount=given)
    made.receive("P", day(5), 1, "1.00")
    return made


@dataclass(frozen=True)
class Case:
    """A book, the code it is about, what its line says and does not say; no words at all: no such line."""

    book: Callable[[], Book]
    code: str
    says: tuple[str, ...]
    never: tuple[str, ...] = ()


CASES = {
    "legs posted with two amounts": Case(
        lambda: transfer("44.00"), "IC509", ("posted with 44.00, the issue with 40.00", "different amounts"), ("since",)
    ),
    "a leg charged since": Case(
        lambda: transfer("40.00", charged="5.00"),
        "IC509",
        (
            "adjusted by -5.00",
            "posted with 40.00; a cost adjustment has changed its cost since",
            "brought the goods in",
        ),
        ("different amounts",),
    ),
    "legs alike": Case(lambda: transfer("40.00"), "IC509", ()),
    "legs of one transfer on two days": Case(lambda: transfer("40.00", arrives=12), "IC513", ()),
    "fixed receipt price": Case(
        lambda: fed("FIFO", **{"Fixed receipt price": "Yes"}), "IC526", ("fixed receipt price", "cost price")
    ),
    "standard cost": Case(lambda: fed("Standard cost"), "IC526", ("standard cost", "cost price"), ("fixed",)),
    "moving average": Case(
        lambda: fed("Moving average"), "IC526", ("moving average", "On hand"), ("fixed", "cost price")
    ),
    "a LIFO sale and its return": Case(
        lambda: sale_and_return("LIFO", return_lot_id="S"), "IC556", ("settled with its own return (", "mark the sale")
    ),
    "two returns": Case(
        lambda: two_returns("LIFO"), "IC556", ("its own return (R2, R1)", "the returns keep their cost")
    ),
    "two returns are no circle to complain of": Case(lambda: two_returns("LIFO"), "IC524", ()),
    "part of a sale comes back": Case(lambda: part_of_it("LIFO"), "IC556", ("settled with its own return (R)",)),
    "no circle to complain of": Case(lambda: sale_and_return("LIFO", return_lot_id="S"), "IC524", ()),
    "a FIFO sale and its return": Case(lambda: sale_and_return("FIFO", return_lot_id="S"), "IC556", ()),
    "a LIFO sale and a return without lot": Case(lambda: sale_and_return("LIFO"), "IC556", ()),
    "a transfer that has begun": Case(lambda: unfinished(1), "IC522", ("quantity",)),
    "a transfer that lacks a leg": Case(lambda: unfinished(1, received=False), "IC522", ("receipt",)),
    "a transfer of next month": Case(lambda: unfinished(2), "IC522", ()),
    "half a transfer of next month": Case(lambda: unfinished(2, received=False), "IC522", ()),
    "a cost adjustment without account": Case(
        charged_without_account,
        "IC320",
        ("'Cost adjustments'!", "cost adjustment has no Offset account", "Item group PARTS and Reference Adjustment"),
        ("reference (blank)",),
    ),
    "a cost adjustment with an account": Case(lambda: charged_without_account(posting=False), "IC320", ()),
    "an amount without quantity": Case(
        lambda: nothing_moved("12.00"), "IC128", ("enter it on the sheet Cost adjustments", "delete the row here")
    ),
    "neither quantity nor amount": Case(
        lambda: nothing_moved(None), "IC128", ("or delete the row",), ("Cost adjustments",)
    ),
    "no quantity and an amount of nothing": Case(
        lambda: nothing_moved("0.00"), "IC128", ("or delete the row",), ("Cost adjustments",)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_said(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = [line for line in lines(case.book(), tmp_path, capsys) if case.code in line]
    assert len(said) == (1 if case.says else 0), said
    for line in said:
        assert all(words in line for words in case.says), line
        assert not any(words in line for words in case.never), line


def test_a_later_receipt_that_is_no_leg_is_still_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Book([Item("A", "FIFO")])
    made.issue("S", day(5), 4, "40.00", reference="Sales order")
    made.receive("P", day(10), 4, "40.00", reference="Purchase order")
    assert sum("IC513" in line for line in lines(made, tmp_path, capsys)) == 1
