"""Transfers inside a costing group by themselves: which legs find each other.

Source  RULES R4.1, R4.2, R6.2 (steps).
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from invclose_xl.domain.models import NON_FINANCIAL_TRANSFER
from invclose_xl.matching.transfers import match_non_financial_transfers, select_legs_that_will_pair
from tests.books import Book, Item
from tests.core import core_book
from tests.matching.lines import movements_of

DAY = date(2026, 1, 5)


def legs(lines: list[str]) -> Book:
    """Legs such as ``I1 T1 -3 12.00`` (ID, Transfer ID, quantity, cost), with a site or a Reference behind them."""
    book = Book([Item("A", "FIFO"), Item("B", "FIFO")])
    for line in lines:
        key, transfer, quantity, cost, *more = line.split(None, 4)
        given = dict(word.split("=", 1) for word in more[0].split("; ")) if more else {}
        sign = -1 if quantity.startswith("-") else 1
        book.add(
            given.get("item", "A"), key, quantity, physical_date=DAY, financial_date=DAY, transfer_id=transfer,
            financial_cost_amount=sign * Decimal(cost), site=given.get("site", "1"),
            reference=given.get("ref", "Transfer"),
        )  # fmt: skip
    return book


CASES = {
    "same quantity and cost": (["I1 T1 -3 12.00", "R1 T1 3 12.00"], ["I1 R1 3"]),
    "same quantity": (["I1 T1 -3 12.00", "R1 T1 3 13.00"], ["I1 R1 3"]),
    "same cost before same quantity": (
        ["I1 T1 -3 12.00", "I2 T1 -3 15.00", "R1 T1 3 15.00", "R2 T1 3 12.00"], ["I1 R2 3", "I2 R1 3"]
    ),
    "in row order where all are alike": (
        ["I1 T1 -3 12.00", "I2 T1 -3 12.00", "R1 T1 3 12.00", "R2 T1 3 12.00"], ["I1 R1 3", "I2 R2 3"]
    ),
    "all of the same cost before any of the same quantity": (
        ["I1 T1 -3 12.00", "I2 T1 -3 10.00", "I3 T1 -3 12.00", "R1 T1 3 12.00", "R2 T1 3 12.00", "R3 T1 3 99.00"],
        ["I1 R1 3", "I2 R3 3", "I3 R2 3"],
    ),
    "in row order in each of two transfers": (
        [f"{side}{k} T{k // 3} {sign}3 12.00" for side, sign in (("I", "-"), ("R", "")) for k in range(6)],
        [f"I{k} R{k} 3" for k in range(6)],
    ),
    "the rest in row order": (
        ["I1 T1 -3 10.00", "I2 T1 -3 12.00", "I3 T1 -3 11.00", "R1 T1 3 12.00", "R2 T1 3 98.00", "R3 T1 3 99.00"],
        ["I1 R2 3", "I2 R1 3", "I3 R3 3"],
    ),
    "piece by piece": (
        ["I1 T1 -5 50.00", "R1 T1 2 20.00", "R2 T1 3 30.00"], ["I1 R1 2", "I1 R2 3"]
    ),
    "piece by piece from several": (
        ["I1 T1 -2 20.00", "I2 T1 -5 50.00", "R1 T1 3 30.00", "R2 T1 4 40.00"], ["I1 R1 2", "I2 R1 1", "I2 R2 4"]
    ),
    "piece by piece, each transfer by itself": (
        ["I1 T1 -5 50.00", "R1 T1 2 20.00", "R2 T1 3 30.00", "I2 T2 -7 50.00", "R3 T2 3 20.00", "R4 T2 4 30.00"],
        ["I1 R1 2", "I1 R2 3", "I2 R3 3", "I2 R4 4"],
    ),
    "the smallest quantity": (
        ["I1 T1 -0.001 12.00", "I2 T1 -0.001 15.00", "R1 T1 0.001 15.00", "R2 T1 0.001 12.00"],
        ["I1 R2 0.001", "I2 R1 0.001"],
    ),
    "the smallest piece": (
        ["I1 T1 -0.001 9.00", "I2 T1 -0.003 9.00", "R1 T1 0.001 1.00", "R2 T1 0.001 1.00", "R3 T1 0.002 1.00"],
        ["I1 R1 0.001", "I2 R2 0.001", "I2 R3 0.002"],
    ),
    "pairs first, pieces of what they leave": (
        ["I1 T1 -4 40.00", "I2 T1 -5 50.00", "R1 T1 2 20.00", "R2 T1 5 51.00", "R3 T1 2 20.00"],
        ["I1 R1 2", "I1 R3 2", "I2 R2 5"],
    ),
    "no pieces where the sums differ": (["I1 T1 -5 50.00", "R1 T1 2 20.00", "R2 T1 2 20.00"], []),
    "one leg alone": (["I1 T1 -5 50.00"], []),
    "two issues": (["I1 T1 -5 50.00", "I2 T1 -5 50.00"], []),
    "another transfer": (["I1 T1 -3 12.00", "R1 T2 3 12.00"], []),
    "another item": (["I1 T1 -3 12.00", "R1 T1 3 12.00 item=B"], []),
    "another site is no pre-close": (["I1 T1 -3 12.00", "R1 T1 3 12.00 site=2"], []),
    "another transfer and another site": (
        ["I1 T1 -3 12.00", "R1 T2 3 12.00", "I2 T1 -4 12.00 site=2", "R2 T2 4 12.00", "I3 T2 -5 9.00 site=2",
         "R3 T1 5 9.00", "I4 T2 -6 9.00", "R4 T1 6 9.00 site=2"], []
    ),
    "two sites, each by itself": (
        ["I1 T1 -3 12.00", "I2 T1 -3 12.00 site=2", "R1 T1 3 12.00 site=2", "R2 T1 3 12.00"], ["I1 R2 3", "I2 R1 3"]
    ),
    "shipment and receipt are two steps": (
        ["I1 T1 -3 12.00 ref=Transfer order shipment", "R1 T1 3 12.00 ref=Transfer order receive"], []
    ),
    "a sale is no leg": (["I1 T1 -3 12.00 ref=Sales order", "R1 T1 3 12.00"], []),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "expected"), CASES.values(), ids=CASES)
def test_legs(lines: list[str], expected: list[str]) -> None:
    pairs = found_in(lines)
    assert pairs == expected


def found_in(lines: list[str], **changed: list[str]) -> list[str]:
    """Pre-close the legs; ``changed`` names legs that are not financial, settled before, or of an item without."""
    content = core_book(legs(lines))
    t = content.transactions
    names = t.id.to_list()
    movements = movements_of([f"{name} 01-05 {q}" for name, q in zip(names, t.quantity, strict=True)])
    named = {key: np.array([name in value for name in names]) for key, value in changed.items()}
    none = np.zeros(len(names), dtype=np.bool_)
    movements = replace(
        movements,
        posted=t.financial_amount,
        financial=~named.get("not_financial", none),
        eligible=~named.get("not_eligible", none),
        settled_quantity=named.get("settled", none).astype(np.int64),
    )
    pairs = match_non_financial_transfers(t, movements, ~named.get("not_periodic", none))
    assert set(pairs.principle.tolist()) <= {NON_FINANCIAL_TRANSFER}
    return [
        f"{names[i]} {names[r]} {Decimal(int(q)) / 1000}"
        for i, r, q in zip(pairs.issue, pairs.receipt, pairs.quantity, strict=True)
    ]


TWO = ["I1 T1 -3 12.00", "R1 T1 3 12.00"]


@pytest.mark.parametrize("why", ["not_financial", "not_eligible", "settled", "not_periodic"])
@pytest.mark.parametrize("leg", ["I1", "R1"])
def test_a_leg_that_is_not_free_pairs_with_nothing(why: str, leg: str) -> None:
    assert found_in(TWO) == ["I1 R1 3"]
    assert found_in(TWO, **{why: [leg]}) == []


def test_legs_that_will_pair_have_no_part_in_a_feed() -> None:
    t = core_book(legs([*TWO, "I2 T1 -4 40.00", "I3 T2 -2 9.00", "R3 T2 1 4.00", "R4 T2 1 99.00"])).transactions
    will = select_legs_that_will_pair(t, np.ones(len(t), dtype=np.bool_))
    assert [name for name, yes in zip(t.id, will, strict=True) if yes] == ["I1", "R1", "I3", "R3", "R4"]
    waiting = np.array([name != "R1" for name in t.id])
    will = select_legs_that_will_pair(t, waiting)
    assert [name for name, yes in zip(t.id, will, strict=True) if yes] == ["I3", "R3", "R4"]
