"""A random month, and one thing that the other system sees otherwise: compare names that one for every difference.

What is planted moves cents elsewhere in the item, in other items through transfers, or on many rows at once; all of it
has the one cause. The other system's figures come from closing the book as it sees it, or from the arithmetic that the
cause says.
Source  docs/compare.md; WORKBOOK "Command line" (compare).
"""

import random
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from tests.books import Book, Cell, Item
from tests.comparison.expecting import DAY, Figures, adjustments_of, causes, compared, with_expected

CENT = Decimal("0.01")
Row = dict[str, Cell]
Plant = Callable[[random.Random, Book, Path], Figures]


def month(dice: random.Random) -> Book:
    """Five items of a month: several receipts and issues a week, some on one date, two sites and two warehouses."""
    models = ["FIFO", "FIFO", "LIFO", "Weighted average", "FIFO"]
    book = Book([Item(name, model) for name, model in zip("ABCDE", models, strict=True)])
    for item in "ABCDE":
        price = dice.randint(700, 9000)

        def worth(quantity: int, price: int = price) -> Decimal:
            return Decimal(quantity * price * dice.randint(80, 125) // 100) / 100

        stock = {(s, w): 0 for s in "12" for w in ("11", "12")}
        for number in range(26):
            day = date(2026, 1, 1) + timedelta(days=number + dice.choice((0, 0, 1)))
            place = dice.choice(list(stock))
            fields: dict[str, Cell] = {"site": place[0], "warehouse": place[1]}
            if stock[place] < 3 or dice.random() < 0.3:
                quantity = dice.randint(3, 15)
                book.receive(f"{item}P{number}", day, quantity, worth(quantity), item,
                             reference="Purchase order", **fields)  # fmt: skip
                stock[place] += quantity
            else:
                quantity = dice.randint(1, stock[place])
                book.issue(f"{item}S{number}", day, quantity, worth(quantity), item,
                           reference="Sales order", **fields)  # fmt: skip
                stock[place] -= quantity
        if item in "AE":
            _transfer(dice, book, item, stock, worth)
    return book


def _transfer(dice: random.Random, book: Book, item: str, stock: dict[tuple[str, str], int],
              worth: Callable[[int], Decimal]) -> None:  # fmt: skip
    """Send goods from one site to the other near the month's end, and sell some of them there."""
    book.receive(f"{item}PT", date(2026, 1, 24), 20, worth(20), item, site="1", warehouse="11")
    stock["1", "11"] += 20
    for number, quantity in enumerate((7, 5)):
        day, cost = date(2026, 1, 25 + number), worth(quantity)
        for sign, site in ((-1, "1"), (1, "2")):
            book.add(item, f"{item}T{number}{site}", sign * quantity, physical_date=day, financial_date=day, site=site,
                     warehouse="11", financial_cost_amount=sign * cost, reference="Transfer",
                     transfer_id=f"{item}{number}")  # fmt: skip
    book.issue(f"{item}ST", date(2026, 1, 29), 4, worth(4), item, reference="Sales order", site="2", warehouse="11")


def rows_of(book: Book, item: str, side: int) -> list[Row]:
    return [r for r in book.rows if r["Item number"] == item and int(str(r["Quantity"])) * side > 0]


def as_closed(change: Callable[[random.Random, Book], None]) -> Plant:
    """Return the figures of a close of the book after a change that only the other system knows of."""

    def plant(dice: random.Random, book: Book, folder: Path) -> Figures:
        other = deepcopy(book)
        change(dice, other)
        return adjustments_of(other, folder)

    return plant


def mark_all(dice: random.Random, book: Book) -> None:
    """Mark an issue of two items to a later receipt of its site that has as much."""
    for item in dice.sample("ABCD", 2):
        pairs = [
            (s, p) for s in rows_of(book, item, -1) for p in rows_of(book, item, 1)
            if s["Site"] == p["Site"] and -int(str(s["Quantity"])) <= int(str(p["Quantity"]))
            and not s.get("Transfer ID") and not p.get("Transfer ID")
        ]  # fmt: skip
        issue, receipt = dice.choice(pairs)
        issue["Marked to"] = receipt["Transaction ID"]


def unmark(_: random.Random, other: Book) -> None:
    for row in other.rows:
        row.pop("Marked to", None)


def charge(dice: random.Random, book: Book) -> None:
    for item in dice.sample("ABCDE", 2):
        receipt = dice.choice([r for r in rows_of(book, item, 1) if not r.get("Transfer ID")])
        amount = Decimal(dice.randint(300, 9000)) / 100
        book.cost_adjustments.append(
            {"Transaction ID": receipt["Transaction ID"], "Date": date(2026, 1, 30), "Amount": amount}
        )


def uncharge(_: random.Random, other: Book) -> None:
    other.cost_adjustments.clear()


def no_sites(_: random.Random, other: Book) -> None:
    other.dimensions = {"Site": "No"}


def warehouses(_: random.Random, other: Book) -> None:
    other.dimensions = {"Warehouse": "Yes"}


def later(dice: random.Random, other: Book) -> None:
    """Book the first receipt of an item in the next month."""
    row = rows_of(other, dice.choice("ABCDE"), 1)[0]
    row["Financial date"] = row["Physical date"] = date(2026, 2, 1)


def model(name: str) -> Callable[[random.Random, Book], None]:
    def change(dice: random.Random, other: Book) -> None:
        for item in dice.sample([i for i in other.items if i.model != name], 2):
            item.model = name

    return change


def reverse_dates(_: random.Random, other: Book) -> None:
    """Take the rows of one date in the opposite order, in every item."""
    days: dict[object, list[Row]] = {}
    for row in other.rows:
        days.setdefault(row["Financial date"], []).append(row)
    other.rows = [row for day in sorted(days, key=str) for row in reversed(days[day])]


def minimum(_: random.Random, book: Book, folder: Path) -> Figures:
    """Hand on nothing below the round amount that the smallest change of a transfer does not reach."""
    handed_on = [abs(f) for name, f in adjustments_of(book, folder).items() if name[1] == "T" and name[-1] == "2" and f]
    other = deepcopy(book)
    other.parameters["Minimum amount"] = next(Decimal(m) for m in (1, 5, 10, 50, 100, 1000) if m > min(handed_on))
    return adjustments_of(other, folder)


def early(dice: random.Random, book: Book, folder: Path) -> Figures:
    return adjustments_of(book, folder, f"2026-01-{dice.randint(20, 29)}")


def flip(dice: random.Random, book: Book, folder: Path) -> Figures:
    figures, item = adjustments_of(book, folder), dice.choice("ABCD")
    return {name: -figure if name[0] == item else figure for name, figure in figures.items()}


def round_prices(dice: random.Random, book: Book, folder: Path) -> Figures:
    """Round every unit cost of the issues of an item to cents before it is multiplied."""
    figures, item = adjustments_of(book, folder), dice.choice("BCD")
    for row in rows_of(book, item, -1):
        name, quantity = str(row["Transaction ID"]), -Decimal(str(row["Quantity"]))
        old = -Decimal(str(row["Financial cost amount"]))
        unit = ((old + figures.get(name, Decimal(0))) / quantity).quantize(CENT, ROUND_HALF_UP)
        figures[name] = unit * quantity - old
    return figures


def whole_issue(dice: random.Random, book: Book, folder: Path) -> Figures:
    """Value what nothing covers like what is covered; the issue is the item's only one."""
    book.items.append(Item("U", "FIFO"))
    have = dice.randint(3, 9)
    price = dice.randint(500, 5000)
    book.receive("UP", date(2026, 1, 3), have, Decimal(have * price) / 100, "U")
    book.issue("US", date(2026, 1, 9), have + dice.randint(1, 9), Decimal(have * price + 777) / 100, "U")
    quantity = -Decimal(str(book.rows[-1]["Quantity"]))
    figures = adjustments_of(book, folder)
    figures["US"] = (Decimal(price) / 100 * quantity - Decimal(have * price + 777) / 100).quantize(CENT)
    return figures


def nothing(dice: random.Random, book: Book, folder: Path) -> Figures:
    figures = adjustments_of(book, folder)
    name = dice.choice([str(r["Transaction ID"]) for r in rows_of(book, "B", -1)])
    figures[name] = figures.get(name, Decimal(0)) + Decimal("1234.56")
    return figures


def nothing_yet(_: random.Random, _book: Book) -> None:
    """The book has nothing that the other system lacks."""


PLANTS: dict[str, tuple[Callable[[random.Random, Book], None], Plant, str]] = {
    "a mark it does not have": (mark_all, as_closed(unmark), "Mark"),
    "a charge it does not know": (charge, as_closed(uncharge), "Charge not known"),
    "sites not tracked": (nothing_yet, as_closed(no_sites), "Other costing group"),
    "warehouses tracked": (nothing_yet, as_closed(warehouses), "Other costing group"),
    "an early close": (nothing_yet, early, "Other date"),
    "a receipt booked later": (nothing_yet, as_closed(later), "Other date"),
    "another model": (nothing_yet, as_closed(model("LIFO")), "Other model"),
    "an average": (nothing_yet, as_closed(model("Weighted average")), "Other model"),
    "another order on one date": (nothing_yet, as_closed(reverse_dates), "Order on one date"),
    "a minimum amount": (nothing_yet, minimum, "Minimum amount"),
    "the other sign": (nothing_yet, flip, "Other sign"),
    "unit costs rounded first": (nothing_yet, round_prices, "Rounding"),
    "the uncovered part valued": (nothing_yet, whole_issue, "Uncovered quantity"),
    "nothing known": (nothing_yet, nothing, "Nothing found"),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PLANTS)
@pytest.mark.sampled(14)
def test_the_planted_cause_is_the_named_one(
    name: str, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare, plant, cause = PLANTS[name]
    dice = random.Random(f"{name} {seed}")
    for attempt in range(6):  # now and then a plant changes no figure: then another month
        (folder := tmp_path / str(attempt)).mkdir()
        book = month(dice)
        prepare(dice, book)
        figures = plant(dice, book, folder)
        found = compared(with_expected(book.write(folder / "book.xlsx"), figures), capsys, "--date", DAY)
        if found["differences"]:
            break
    assert set(causes(found).values()) == {cause}, {r["transaction"]: r["why"] for r in found["differences"]}
