"""Two hundred random books in which everything is mixed; other ones in every run.

The seeds stand at the end of the test run and in every failure; MIXED_BOOKS_SEED=<first seed> repeats a run.

Source  RULES R2.5, R6.1-R6.7, R7.1, R7.3, R7.4, R8, R9.3.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from invclose_xl.closing import close
from invclose_xl.closing.lock.sealing import append_run
from invclose_xl.closing.stock.stock_value import compute_stock_value
from invclose_xl.domain import book as domain
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import Specification
from tests.books import Book
from tests.conftest import in_lengths, mixed_books_seed
from tests.core import TableResults, core_book, order_up_to
from tests.mixed.books import FAMILIES, JANUARY, JUNE, MAY, family_of, mixed_book, only
from tests.mixed.laws import Closed, broken

BOOKS, BLOCK = 200, 4
COMPARED = ("settlements", "value_links", "adjustments", "closing_transactions", "estimated_costs", "vouchers")


@pytest.fixture(autouse=True)
def _unsealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fingerprints take most of the time of a small close and have tests of their own."""
    monkeypatch.setattr(close, "seal", _with_stock_value)
    monkeypatch.setattr(close, "verify", lambda *_: [])


def _with_stock_value(new: Tables, book: domain.Book) -> Tables:
    return {**new, "stock_value": compute_stock_value(book, append_run(book, new))}


@pytest.mark.parametrize("block", in_lengths(range(BOOKS // BLOCK), long=10))
def test_everything_mixed(block: int) -> None:
    for seed in range(mixed_books_seed() + block * BLOCK, mixed_books_seed() + (block + 1) * BLOCK):
        print("seed", seed)
        assert faults(seed) == [], f"seed {seed}"


def faults(seed: int) -> list[str]:
    """Close a random book in January, in May and once more, whole and in parts; say what is wrong."""
    book, january, may = closable(mixed_book(seed))
    said = [f"January: {fault}" for fault in broken(Closed(book, TableResults(book, january), JANUARY))]
    said += [f"May: {fault}" for fault in broken(Closed(book, TableResults(book, may), MAY))]
    said += [f"June: nothing is new, but {row}" for row in moved(run(book, JUNE, may), may)]
    dice = random.Random(seed)
    for families, part in parts(book, dice):
        tables = run(part, MAY, run(part, JANUARY, make_empty_tables()))
        said += different(tables, may, families)
    return said + different(run(shuffled(book, dice), JANUARY, make_empty_tables()), january, FAMILIES[0])


def different(one: Tables, other: Tables, families: str) -> list[str]:
    """Compare what two runs say of some families."""
    said = []
    for name in COMPARED:
        if rows_of(one, name, families) != rows_of(other, name, families):
            said.append(f"{name} of {families} differ")
    return said


def moved(after: Tables, before: Tables) -> list[tuple[object, ...]]:
    """What a close settles, estimates or adjusts."""
    names = ("settlements", "estimated_costs", "adjustments")
    return [row for name in names for row in after[name].slice(len(before[name])).rows()]


def closable(book: Book) -> tuple[Book, Tables, Tables]:
    """Close in January and May; leave out what is charged to stock that is gone by then, as a user would."""
    while True:
        try:
            january = run(book, JANUARY, make_empty_tables())
            return book, january, run(book, MAY, january)
        except InputFault as fault:
            if {p.code for p in fault.problems} != {"IC354"}:
                raise
            gone = {p.transaction for p in fault.problems}
            kept = [c for c in book.cost_adjustments if c["Transaction ID"] not in gone or not c["Applies to"]]
            book = replace(book, cost_adjustments=kept)


def run(book: Book, day: date, history: Tables) -> Tables:
    """Close; vouchers say how much of each item."""
    return close.execute_run(
        core_book(book, history), replace(order_up_to(day), specification=Specification.ITEM_NUMBER)
    ).tables


def parts(book: Book, dice: random.Random) -> Iterator[tuple[str, Book]]:
    """Split a book; the rows of different families in another order."""
    first, *others = FAMILIES
    for families in (first, "".join(others)):
        yield families, only(book, families, dice)


def shuffled(book: Book, dice: random.Random) -> Book:
    """Return the book with the rows of the first family in their order, and those of all others in any."""
    mine = [row for row in book.rows if family_of(row) == FAMILIES[0]]
    strangers = [row for row in book.rows if family_of(row) != FAMILIES[0]]
    dice.shuffle(strangers)
    rows = []
    while mine or strangers:
        rows.append((mine if dice.randrange(len(mine) + len(strangers)) < len(mine) else strangers).pop(0))
    return replace(book, rows=rows)


def rows_of(tables: Tables, name: str, families: str) -> list[tuple[object, ...]]:
    """Rows of the families, in their order; closing transfers by what they are, as their number counts all items."""
    frame = tables[name]
    number = {text: k for k, text in enumerate(_transfers(tables, families))}
    item = pl.col("specification" if name == "vouchers" else "item")
    own = frame.filter(item.str.slice(0, 1).is_in(list(families))).drop("line", strict=False)
    return [tuple(_without_number(cell, number) for cell in row) for row in own.rows()]


def _transfers(tables: Tables, families: str) -> list[str]:
    legs = tables["closing_transactions"]
    return legs.filter(pl.col("item").str.slice(0, 1).is_in(list(families)))["transaction"].to_list()


def _without_number(cell: object, number: dict[str, int]) -> object:
    return number[cell] if isinstance(cell, str) and re.fullmatch(r"IC-\d+/W\d+/[IR]", cell) else cell
