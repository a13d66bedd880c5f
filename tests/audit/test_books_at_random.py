"""The independent reader is quiet about every honest book: rows that change at random between all kinds of runs.

Whatever a user may do to a row that no close has locked, and whatever runs do about it: the sheets fit together before
and after, so a fault that is named would be a false alarm.

Source  RULES R8.6, R10.2, R10.3, R10.4; the life of the books is that of ``tests.closings.test_rows_at_random``.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.audit import verify_close
from invclose_xl.closing.lock.sealing import read_closed_date
from invclose_xl.closing.reverse import reverse
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.words import ClosingType
from invclose_xl.workbook.results.write import write_results
from tests.books import Cell
from tests.closings.test_rows_at_random import FAULTS, Life
from tests.conftest import in_lengths
from tests.core import order_up_to

AT_A_TIME = 3
FIRST = in_lengths(range(0, 24, AT_A_TIME), long=1)


@pytest.mark.long
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("known", [True, False], ids=["costs known", "estimated"])
def test_books_at_random(first: int, known: bool, tmp_path: Path) -> None:
    assert [fault for seed in range(first, first + AT_A_TIME) for fault in play(seed, known, tmp_path)] == []


class Busy(Life):
    """A book whose setup changes as well; half of its rows leave the accounts to the posting profile."""

    def add(self, *fields: Any, **more: Cell) -> None:
        super().add(*fields, **more)
        if self.chance.random() < 0.5:
            for heading in ("Inventory account", "Offset account", "Ledger dimension"):
                self.book.rows[-1][heading] = None

    def setup(self) -> None:
        """Let something happen to what is free at any time (R10.2): posting profile, flags, prices."""
        match self.chance.choice(["posting", "flag", "price"]):
            case "posting":
                account = self.chance.choice(["1400", "1401", "1402"])
                self.book.posting = [
                    ("", "Rounding", "", "6999"),
                    ("", "", account, self.chance.choice(["4000", "4001"])),
                ]
            case "flag":
                flag = self.chance.choice(
                    ["Post physical inventory", "Post financial inventory", "Include physical value"]
                )
                self.chance.choice(self.book.items).flags[flag] = self.chance.choice(["Yes", "No"])
            case "price":
                self.chance.choice(self.book.items).cost_price = self.amount()

    def undo(self) -> None:
        """Reverse the latest run."""
        request = replace(order_up_to(self.closed), type=ClosingType.REVERSAL)
        self.ran = reverse(self.domain(self.ran), None, request).tables
        self.closed = read_closed_date(self.ran) or date(2025, 12, 31)


def play(seed: int, known: bool, folder: Path) -> Iterator[str]:
    """Let three months pass; yield the faults that are named."""
    life, path = Busy(random.Random(seed), known), folder / "book.xlsx"
    try:
        for month in range(3):
            for what in steps(life):
                for check in verify_close.verify(written(life, path)):
                    yield from (f"book {seed}, month {month}, {what}: {check.name}: {f}" for f in check.faults)
    except InputFault as fault:
        assert {p.code for p in fault.problems} <= FAULTS, f"book {seed}: {fault}"  # noqa: PT017


def steps(life: Busy) -> Iterator[str]:
    """Let a month pass and stop after every run, and after every change behind one."""
    for _ in range(life.chance.randint(6, 14)):
        life.post()
    if life.ran["lock"].height:
        life.split()
        yield "split"
    for _ in range(life.chance.randint(1, 3)):
        life.ran = life.run(life.ran, ClosingType.RECALCULATION, life.closed + timedelta(days=20))
        yield "recalculated"
        for _ in range(life.chance.randint(1, 3)):
            life.change()
            yield "changed"
        if life.chance.random() < 0.3:
            life.undo()
            yield "reversed"
    end = life.closed + timedelta(days=28)
    life.ran, life.closed = life.run(life.ran, ClosingType.CLOSING, end), end
    yield "closed"
    life.setup()
    yield "set up anew"
    if life.chance.random() < 0.3:
        life.undo()
        life.change()
        yield "opened again"


def written(life: Busy, path: Path) -> Path:
    """Write the book with its result sheets."""
    life.book.write(path)
    domain = life.domain(life.ran)
    write_results(path, life.ran, domain.scales, "", read_closed_date(life.ran))
    return path
