"""Standard cost through the command line: issues without an amount cost quantity x cost price.

Source  RULES R8.4, R8.5, R2.6; Business Central's examples.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.closing.perpetual import FEBRUARY, FINANCIAL, JANUARY, amounts, book_of, close, close_again, day, enter, slip
from tests.results import number, text
from tests.test_peers import book_of as book_of_peer
from tests.test_peers import closes_of

PEERS = Path(__file__).parent.parent / "vectors" / "peers" / "bc.json"


def peers() -> list[dict[str, Any]]:
    return [p for p in json.loads(PEERS.read_text("utf-8")) if p["ax_model"] == "Standard cost"]


@pytest.mark.parametrize("peer", peers(), ids=lambda p: str(p["id"]))
def test_peers(peer: dict[str, Any], tmp_path: Path) -> None:
    """The standard is the price that the peer's receipts carry; the actual purchase price is the ledger's affair."""
    book = book_of_peer(peer)
    book.items[0].cost_price = Decimal(peer["transactions"][0]["unit_cost"])
    closed = close(book, tmp_path, closes_of(peer)[-1])
    assert closed.estimates() == amounts(**peer["expected"]["issue_costs"])
    assert closed.stock(closes_of(peer)[-1]) == (
        Decimal(peer["expected"]["onhand_qty"]), Decimal(peer["expected"]["onhand_value"]),
    )  # fmt: skip


def test_rounded_once(tmp_path: Path) -> None:
    """1.5 x 3.333 = 4.9995: 5.00, and not 1.5 x 3.33."""
    book = book_of("Standard cost", "3.333")
    book.issue("S1", day("01-05"), "1.5")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="5.00")
    assert [text(r["Basis"]) for r in closed.results.result("Estimated costs")] == ["Standard cost"]
    assert closed.voucher() == {"Cost of goods sold": Decimal("5.00"), "Inventory": Decimal("-5.00")}


def test_the_price_and_not_the_average(tmp_path: Path) -> None:
    book = book_of("Standard cost", "10.00")
    book.receive("P1", day("01-02"), 5, "60.00")
    book.issue("S1", day("01-05"), 2)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="20.00")
    assert ("IC510", "P1") in closed.codes()


def test_without_a_cost_price(tmp_path: Path) -> None:
    book = book_of("Standard cost")
    book.receive("P1", day("01-02"), 5, "60.00")
    book.issue("S1", day("01-05"), 2)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == {}
    assert [number(r["Amount"]) for r in closed.results.result("Estimated costs")] == [0]
    assert ("IC506", "S1") in closed.codes()


def test_given_amounts_stay(tmp_path: Path) -> None:
    book = book_of("Standard cost", "10.00")
    book.issue("S1", day("01-05"), 2, "19.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == {}
    assert ("IC510", "S1") in closed.codes()


def test_a_packing_slip_and_a_return(tmp_path: Path) -> None:
    """Physical-only issues are estimated as well; a return comes back at the cost price like everything else."""
    book = book_of("Standard cost", "10.00", FINANCIAL)
    slip(book, "S1", -3, "01-05", None)
    book.add("A", "R1", 1, physical_date=day("01-06"), financial_date=day("01-06"), return_lot_id="S1")
    assert close(book, tmp_path, JANUARY).estimates() == amounts(S1="30.00", R1="10.00")


def test_a_new_price_leaves_what_was_estimated(tmp_path: Path) -> None:
    book = book_of("Standard cost", "10.00")
    book.issue("S1", day("01-05"), 1)
    book.issue("S2", day("02-05"), 1)
    closed = close(book, tmp_path, JANUARY)
    enter(closed.path, "Items", "Cost price", Decimal(12))
    closed = close_again(closed.path, FEBRUARY)
    assert closed.estimates() == amounts(S1="10.00", S2="12.00")
    assert len(closed.of("IC-000002", expensed=False)) == 1


def test_amounts_that_nobody_entered_are_not_compared_with_the_price(tmp_path: Path) -> None:
    """Neither a receipt with a packing slip alone nor the share of an estimate at a former price deviates (IC510)."""
    book = book_of("Standard cost", "10.00", FINANCIAL)
    slip(book, "R1", 4, "01-04", None)
    slip(book, "R2", 4, "01-04", "44.00")
    slip(book, "S1", -3, "01-05", None)
    closed = close(book, tmp_path, JANUARY)
    assert [key for code, key in closed.codes() if code == "IC510"] == ["R2"]
    enter(closed.path, "Items", "Cost price", Decimal(12))
    closed = close_again(closed.path, FEBRUARY)
    assert [key for code, key in closed.codes() if code == "IC510"] == ["R2"]
