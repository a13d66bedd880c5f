"""Moving average through the command line: published examples, and one hand-made book for each sentence of the rule.

Source  RULES R8.1, R8.2, R8.4, R8.5, R7.4; Dynamics AX 2012, "About moving average"; Business Central's examples.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import invclose_xl
from invclose_xl.cli.main import main
from tests.books import append_rows
from tests.closing.perpetual import (
    FEBRUARY,
    FINANCIAL,
    JANUARY,
    MARCH,
    PHYSICAL,
    amounts,
    book_of,
    close,
    close_again,
    day,
    enter,
    revalue,
    slip,
)
from tests.results import check_laws, number, text
from tests.test_peers import book_of as book_of_peer
from tests.test_peers import closes_of, final_costs

VECTORS = Path(__file__).parent.parent / "vectors"


def vector(name: str) -> dict[str, Any]:
    found = [v for v in json.loads((VECTORS / "moving_average.json").read_text("utf-8")) if v["id"] == name]
    return dict(found[0]["expected"])


def peers() -> list[dict[str, Any]]:
    found = json.loads((VECTORS / "peers" / "bc.json").read_text("utf-8"))
    return [p for p in found if p["ax_model"] == "Moving average"]


def stock(expected: list[float]) -> tuple[Decimal, Decimal]:
    quantity, unit = (Decimal(str(v)) for v in expected)
    return quantity, quantity * unit


# Published examples


@pytest.mark.parametrize("flags", [PHYSICAL, FINANCIAL], ids=["with physical value", "without"])
def test_an_invoice_that_differs(flags: dict[str, str], tmp_path: Path) -> None:
    """4.00 more on 2, one of them sold: 2.00 stay, 2.00 are expensed; without physical value it covers the sale."""
    expected = vector("ma.po_price_difference")
    book = book_of(flags=flags)
    slip(book, "P1", 2, "01-05", "20.00", "01-20", "24.00")
    book.issue("S1", day("01-10"), 1, "10.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.expensed() == {"P1": -Decimal(str(expected["expensed"]))}
    assert closed.reasons() == [("P1", "Late invoice" if flags is PHYSICAL else "Negative stock")]
    assert closed.stock(JANUARY, physical=flags is PHYSICAL) == stock(expected["on_hand"])
    assert closed.voucher() == {"Inventory": Decimal("-2.00"), "Inventory adjustment": Decimal("2.00")}


def test_a_revaluation(tmp_path: Path) -> None:
    expected = vector("ma.revaluation")
    book = book_of()
    book.receive("P1", day("01-05"), 1, "12.00")
    revalue(book, "P1", "01-20", str(expected["adjustment"]))
    closed = close(book, tmp_path, JANUARY)
    assert closed.stock(JANUARY) == stock(expected["on_hand"])
    rows = closed.results.result("Adjustments")
    assert [(r["Transaction ID"], r["Cause"], r["Old cost"], r["New cost"]) for r in rows] == [
        ("P1", "Manual adjustment", Decimal(12), Decimal(16))
    ]
    assert closed.voucher() == {"Inventory": Decimal("4.00"), "Inventory adjustment": Decimal("-4.00")}


def test_a_backdated_receipt(tmp_path: Path) -> None:
    expected = vector("ma.backdated")
    book = book_of()
    book.receive("P1", day("01-10"), 1, "16.00")
    book.receive("P2", day("01-08"), 1, "20.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.expensed() == {"P2": -Decimal(str(expected["expensed"]))}
    assert closed.reasons() == [("P2", "Backdated")]
    assert closed.stock(JANUARY) == (Decimal(expected["on_hand"][0]), Decimal(str(expected["on_hand"][1])))
    assert ("IC528", "P2") in closed.codes()


def test_the_report_of_all_of_it(tmp_path: Path) -> None:
    """Receipt, sale, invoice, revaluation and a backdated receipt, one after the other, month after month the same."""
    expected = vector("ma.report")
    book = book_of()
    slip(book, "P1", 2, "01-02", "20.00", "01-06", "24.00")
    book.issue("S1", day("01-05"), 1)
    revalue(book, "P1", "01-10", "4.00")
    book.issue("S2", day("01-12"), "0.001", "0.02")  # only its date matters: the next row is backdated
    book.receive("P2", day("01-08"), 1, "20.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00")
    assert closed.expensed() == amounts(P1="-2.00", P2="-4.00")
    quantity, value, _ = (Decimal(str(v)) for v in expected["total"])
    assert closed.stock(JANUARY) == (quantity - Decimal("0.001"), value - Decimal("0.02"))


def test_two_prices(tmp_path: Path) -> None:
    expected = vector("ma.hylke")
    book = book_of()
    for position, event in enumerate(expected["events"]):
        amount = Decimal(str(event["qty"])) * Decimal(str(event["unit"]))
        book.receive(f"P{position}", day(f"01-0{position + 1}"), event["qty"], amount)
    book.issue("S1", day("01-10"), 1)
    assert close(book, tmp_path, JANUARY).estimates() == {"S1": Decimal(str(expected["issue_cost"]))}


@pytest.mark.parametrize("peer", [p for p in peers() if not {"charge", "revaluation"} & set(p["tags"])],
                         ids=lambda p: str(p["id"]))  # fmt: skip
def test_peers(peer: dict[str, Any], tmp_path: Path) -> None:
    path = book_of_peer(peer).write(tmp_path / "book.xlsx")
    closed = close_again(path, closes_of(peer)[-1])
    assert closed.estimates() == {key: Decimal(value) for key, value in peer["expected"]["issue_costs"].items()}
    assert closed.stock(closes_of(peer)[-1]) == (
        Decimal(peer["expected"]["onhand_qty"]), Decimal(peer["expected"]["onhand_value"]),
    )  # fmt: skip


@pytest.mark.parametrize("peer", [p for p in peers() if {"charge", "revaluation"} & set(p["tags"])],
                         ids=lambda p: str(p["id"]))  # fmt: skip
def test_what_peers_recompute_is_refused_here(
    peer: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issued costs stay in a moving average; the peer's figures are those of our periodic weighted average."""
    book = book_of_peer(peer)
    path = book.write(tmp_path / "book.xlsx")
    before = path.read_bytes()
    assert main([str(path), "--date", str(closes_of(peer)[-1])]) == 3
    assert "IC352" in capsys.readouterr().err
    assert path.read_bytes() == before
    book.items[0].model = "Weighted average"
    closed = close_again(book.write(path), closes_of(peer)[-1])
    costs = final_costs(closed.results)
    assert {k: costs[k] for k in peer["expected"]["issue_costs"]} == amounts(**peer["expected"]["issue_costs"])


# Issues


def test_no_cent_is_lost(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-01"), 3, "10.00")
    for position in (1, 2, 3):
        book.issue(f"S{position}", day(f"01-1{position}"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="3.33", S2="3.34", S3="3.33")
    assert closed.stock(JANUARY) == (0, 0)


def test_posting_order_is_row_order(tmp_path: Path) -> None:
    """The sale stands before the second receipt, so it does not know it, although it is dated after it."""
    book = book_of()
    book.receive("P1", day("01-01"), 1, "10.00")
    book.issue("S1", day("01-20"), 1)
    book.receive("P2", day("01-05"), 1, "20.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00")
    assert closed.expensed() == {}, "there is no average to take: the stock is empty"
    assert ("IC528", "P2") in closed.codes()


def test_given_amounts_are_taken_as_they_are(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-01"), 4, "40.00")
    book.issue("S1", day("01-02"), 1, "13.00")
    book.issue("S2", day("01-03"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S2="9.00")
    assert closed.expensed() == {}


def test_issues_beyond_stock_go_at_the_average(tmp_path: Path) -> None:
    book = book_of(price="99.00")
    book.receive("P1", day("01-01"), 2, "20.00")
    book.issue("S1", day("01-02"), 5)
    book.issue("S2", day("01-03"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="50.00", S2="10.00")


@pytest.mark.parametrize(("price", "cost", "code"), [("7.00", "14.00", "IC505"), (None, "0", "IC506")])
def test_without_an_average(price: str | None, cost: str, code: str, tmp_path: Path) -> None:
    book = book_of(price=price)
    book.issue("S1", day("01-02"), 2)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == ({} if cost == "0" else amounts(S1=cost))
    assert (code, "S1") in closed.codes()


def test_a_backdated_issue_takes_the_average_of_its_posting(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-01"), 1, "10.00")
    book.receive("P2", day("01-20"), 1, "20.00")
    book.issue("S1", day("01-05"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="15.00")
    assert closed.expensed() == {}
    assert ("IC528", "S1") in closed.codes()


def test_a_return_comes_back_at_the_cost_of_its_issue(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-01"), 2, "20.00")
    book.issue("S1", day("01-02"), 1)
    book.receive("P2", day("01-03"), 1, "30.00")
    book.add("A", "R1", 1, physical_date=day("01-04"), financial_date=day("01-04"), return_lot_id="S1")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00", R1="10.00")
    assert closed.stock(JANUARY) == (3, Decimal("50.00"))


# Negative stock


def test_a_receipt_that_covers_all_that_is_missing(tmp_path: Path) -> None:
    """-3 at 10.00; 5 come for 75.00: 3 at the average (30.00 instead of 45.00), 2 at their own 30.00."""
    book = book_of()
    book.receive("P1", day("01-01"), 2, "20.00")
    book.issue("S1", day("01-02"), 5)
    book.receive("P2", day("01-03"), 5, "75.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.expensed() == amounts(P2="-15.00")
    assert closed.reasons() == [("P2", "Negative stock")]
    assert closed.stock(JANUARY) == (2, Decimal("30.00"))
    assert closed.voucher() == {
        "Cost of goods sold": Decimal(50), "Inventory": Decimal(-65), "Inventory adjustment": Decimal(15),
    }  # fmt: skip


def test_a_receipt_that_leaves_the_stock_negative(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-01"), 2, "20.00")
    book.issue("S1", day("01-02"), 5)
    book.receive("P2", day("01-03"), 1, "8.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.expensed() == amounts(P2="2.00"), "cheaper than the average: the receipt is worth more than it cost"
    assert closed.stock(JANUARY) == (-2, Decimal("-20.00"))


def test_nothing_stays_when_the_stock_is_covered_exactly(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-01"), 3, "10.00")
    book.issue("S1", day("01-02"), 4)
    book.receive("P2", day("01-03"), 1, "5.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="13.33")
    assert closed.expensed() == amounts(P2="-1.67")
    assert closed.stock(JANUARY) == (0, 0)


# Invoices


def test_a_late_invoice_shares_by_what_is_on_hand(tmp_path: Path) -> None:
    """Three of ten are on hand when the invoice comes; the row dated after it comes later."""
    book = book_of()
    slip(book, "P1", 10, "01-02", "100.00", "01-20", "101.00")
    book.issue("S1", day("01-05"), 7)
    book.issue("S2", day("01-25"), 3)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="70.00", S2="30.30")
    assert closed.expensed() == amounts(P1="-0.70")
    assert closed.stock(JANUARY) == (0, 0)


def test_a_row_of_the_same_day_comes_before_the_invoice(tmp_path: Path) -> None:
    book = book_of()
    slip(book, "P1", 2, "01-02", "20.00", "01-20", "24.00")
    book.issue("S1", day("01-20"), 2)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="20.00")
    assert closed.expensed() == amounts(P1="-4.00")


def test_more_on_hand_than_was_received(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P0", day("01-01"), 5, "50.00")
    slip(book, "P1", 2, "01-02", "20.00", "01-20", "17.00")
    closed = close(book, tmp_path, JANUARY)
    assert closed.expensed() == {}
    assert closed.stock(JANUARY) == (7, Decimal("67.00"))


def test_an_invoice_after_the_closing_date_waits(tmp_path: Path) -> None:
    """In January the packing slip counts; the invoice of February is shared by what is on hand then."""
    book = book_of()
    slip(book, "P1", 4, "01-02", "40.00", "02-10", "48.00")
    book.issue("S1", day("01-05"), 1)
    book.issue("S2", day("02-05"), 1)
    book.issue("S3", day("02-15"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.expensed() == {}
    assert closed.stock(JANUARY) == (3, Decimal("30.00"))
    closed = close_again(closed.path, FEBRUARY)
    assert closed.estimates() == amounts(S1="10.00", S2="10.00", S3="12.00")
    assert closed.expensed() == amounts(P1="-4.00")
    assert closed.stock(FEBRUARY) == (1, Decimal("12.00"))
    closed = close_again(closed.path, MARCH)
    assert closed.of("IC-000003", expensed=True) == []
    assert closed.voucher("IC-000003") == {}


def test_without_physical_value_only_invoices_count(tmp_path: Path) -> None:
    """S2 is not invoiced: it gets an estimate, but takes nothing out of the average."""
    book = book_of(flags=FINANCIAL)
    slip(book, "P1", 1, "01-02", "10.00", "01-03", "10.00")
    slip(book, "P2", 1, "01-04", "30.00")
    slip(book, "S2", -1, "01-05", None)
    book.issue("S1", day("01-06"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00", S2="10.00")
    assert closed.stock(JANUARY, physical=False) == (0, 0)


def test_an_estimate_of_a_packing_slip_is_taken_back(tmp_path: Path) -> None:
    """Without physical value the sale leaves at the average of its invoice; with it, at that of its packing slip."""
    for flags, final in ((FINANCIAL, "15.00"), (PHYSICAL, "10.00")):
        book = book_of(flags=flags)
        book.receive("P1", day("01-02"), 2, "20.00")
        slip(book, "S1", -1, "01-05", None, "02-10", None)
        book.receive("P2", day("02-03"), 2, "40.00")
        closed = close(book, tmp_path, JANUARY)
        assert closed.estimates() == amounts(S1="10.00")
        closed = close_again(closed.path, FEBRUARY)
        back = -Decimal("10.00")
        rows = [(number(r["Amount"]), text(r["Cause"])) for r in closed.of("IC-000002", expensed=False)]
        assert [row[0] for row in rows] == [back, Decimal(final)]
        assert rows[0][1] == "Superseded"


# What was expensed is not expensed again


@pytest.mark.long
def test_twelve_months_are_as_one(tmp_path: Path) -> None:
    """The same rows closed every month, and once at the end of the year: the same cents."""
    book = book_of()
    for month in range(1, 13):
        later = f"{month + 1:02d}-01" if month < 12 else "12-28"
        slip(book, f"P{month}", 7, f"{month:02d}-02", str(60 + month), later, str(61 + 3 * month))
        book.issue(f"S{month}", day(f"{month:02d}-10"), 8 if month != 5 else 11)
        book.receive(f"Q{month}", day(f"{month:02d}-15"), 1, str(11 + month))
    ends = [date(2026, month + 1, 1) for month in range(1, 12)]
    ends = [date.fromordinal(end.toordinal() - 1) for end in ends] + [date(2026, 12, 31)]
    (tmp_path / "months").mkdir()
    monthly = close(book, tmp_path / "months", *ends)
    yearly = close(book, tmp_path, ends[-1])
    assert monthly.estimates() == yearly.estimates()
    assert monthly.expensed() == yearly.expensed()
    assert monthly.stock(ends[-1]) == yearly.stock(ends[-1])
    assert {reason for _, reason in yearly.reasons()} == {"Late invoice", "Negative stock"}


def test_a_recalculation_first_changes_nothing(tmp_path: Path) -> None:
    book = book_of()
    slip(book, "P1", 2, "01-02", "20.00", "01-20", "24.00")
    book.issue("S1", day("01-05"), 1)
    path = book.write(tmp_path / "book.xlsx")
    for _ in range(2):
        assert main(["recalculate", str(path), "--date", str(JANUARY), "--no-backup"]) == 0
    closed = close_again(path, JANUARY)
    assert closed.reasons() == [("P1", "Late invoice")], "the recalculation wrote it, nothing after it did again"
    assert closed.of("IC-000002", expensed=True) == closed.of("IC-000003", expensed=True) == []


def test_a_recalculation_too_early_is_made_good(tmp_path: Path) -> None:
    """When the invoice came in the recalculation, one was on hand; a row of the same day follows and takes it."""
    book = book_of()
    slip(book, "P1", 2, "01-02", "20.00", "01-20", "24.00")
    book.issue("S1", day("01-05"), 1)
    path = book.write(tmp_path / "book.xlsx")
    assert main(["recalculate", str(path), "--date", "2026-01-25", "--no-backup"]) == 0
    append_rows(path, [{"Transaction ID": "S2", "Item number": "A", "Quantity": Decimal(-1),
                        "Physical date": day("01-20"), "Financial date": day("01-20")}])  # fmt: skip
    closed = close_again(path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00", S2="10.00")
    assert closed.expensed() == amounts(P1="-4.00")
    assert [number(r["Amount"]) for r in closed.of("IC-000002", expensed=True)] == [2, -4]
    assert closed.stock(JANUARY) == (0, 0)


def test_a_reversal_gives_it_back(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-10"), 1, "16.00")
    book.receive("P2", day("01-08"), 1, "20.00")
    closed = close(book, tmp_path, JANUARY)
    first = closed.voucher()
    assert main(["reverse", str(closed.path), "--no-backup"]) == 0
    closed = close_again(closed.path)
    assert closed.expensed() == {}
    closed = close_again(closed.path, JANUARY)
    assert closed.expensed() == amounts(P2="-4.00")
    assert closed.voucher("IC-000003") == first


def test_a_physical_difference_becomes_a_financial_one(tmp_path: Path) -> None:
    """Packing slips do not post here: the difference reaches the ledger when the invoice does."""
    book = book_of(flags=PHYSICAL | {"Post physical inventory": "No"})
    book.receive("P1", day("01-10"), 1, "16.00")
    slip(book, "P2", 1, "01-08", "20.00", "02-08", "20.00")
    closed = close(book, tmp_path, JANUARY, FEBRUARY, all_posted=False)
    assert closed.voucher() == {}
    assert closed.voucher("IC-000002") == {"Inventory": Decimal("-4.00"), "Inventory adjustment": Decimal("4.00")}
    assert closed.expensed() == amounts(P2="-4.00")


def test_not_posted_where_estimates_are_not(tmp_path: Path) -> None:
    book = book_of()
    book.parameters["Post estimated costs"] = "No"
    book.receive("P1", day("01-10"), 1, "16.00")
    book.receive("P2", day("01-08"), 1, "20.00")
    closed = close(book, tmp_path, JANUARY, all_posted=False)
    assert closed.expensed() == amounts(P2="-4.00")
    assert closed.voucher() == {}


# Revaluation


def test_averages_after_a_revaluation_include_it(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-02"), 4, "40.00")
    book.issue("S1", day("01-10"), 1)
    revalue(book, "P1", "01-10", "6.00", **{"Offset account": "8200"})
    book.issue("S2", day("01-11"), 1)
    book.issue("S3", day("02-11"), 2)
    closed = close(book, tmp_path, JANUARY, FEBRUARY, MARCH)
    assert closed.estimates() == amounts(S1="10.00", S2="12.00", S3="24.00")
    assert closed.voucher()["8200"] == Decimal("-6.00")
    assert closed.stock(MARCH) == (0, 0)
    assert len(closed.results.result("Adjustments")) == 1


def test_a_revaluation_in_the_next_month(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-02"), 2, "20.00")
    revalue(book, "P1", "02-10", "-4.00")
    book.issue("S1", day("02-05"), 1)
    book.issue("S2", day("02-15"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.results.result("Adjustments") == []
    closed = close_again(closed.path, FEBRUARY)
    assert closed.estimates() == amounts(S1="10.00", S2="6.00")
    assert closed.stock(FEBRUARY) == (0, 0)


@pytest.mark.parametrize(
    ("on", "applies_to", "code"), [("01-01", "On hand", "IC354"), ("01-20", "Transaction", "IC352")]
)
def test_revaluations_that_cannot_be(
    on: str, applies_to: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = book_of()
    book.receive("P1", day("01-02"), 2, "20.00")
    revalue(book, "P1", on, "4.00", applies_to)
    path = book.write(tmp_path / "book.xlsx")
    assert main([str(path), "--date", str(JANUARY)]) == 3
    said = capsys.readouterr().err
    assert code in said
    assert "'Cost adjustments'!" in said


# Costing groups, and other models


def test_every_costing_group_has_its_average(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-20"), 2, "20.00", site="1")
    book.receive("P2", day("01-05"), 2, "30.00", site="2")
    book.issue("S1", day("01-21"), 1, site="1")
    book.issue("S2", day("01-06"), 1, site="2")
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00", S2="15.00")
    assert closed.expensed() == {}, "a date of another costing group is no date seen"
    assert check_laws(closed.path) == []


def test_the_model_changes_from_moving_average_to_fifo(tmp_path: Path) -> None:
    """What was expensed of a receipt stays: 16.00 of the 20.00 are in inventory, and issues take them."""
    book = book_of()
    book.receive("P1", day("01-10"), 1, "16.00")
    book.receive("P2", day("01-08"), 1, "20.00")
    book.issue("S1", day("02-05"), 2, "30.00")
    closed = close(book, tmp_path, JANUARY)
    enter(closed.path, "Item model groups", "Inventory model", "FIFO")
    closed = close_again(closed.path, FEBRUARY)
    assert [(text(r["Transaction ID"]), number(r["Adjustment"])) for r in closed.results.result("Adjustments")] == [
        ("S1", Decimal("2.00"))
    ]
    assert closed.stock(FEBRUARY) == (0, 0)


def test_the_model_changes_from_fifo_to_moving_average(tmp_path: Path) -> None:
    """January's adjustment stands in the opening stock, and January's order of posting is no longer looked at."""
    book = book_of("FIFO")
    book.receive("P1", day("01-10"), 1, "16.00")
    book.receive("P2", day("01-08"), 2, "40.00")
    book.issue("S1", day("01-12"), 1, "15.00")
    book.issue("S2", day("02-05"), 1)
    closed = close(book, tmp_path, JANUARY)
    enter(closed.path, "Item model groups", "Inventory model", "Moving average")
    closed = close_again(closed.path, FEBRUARY)
    assert closed.estimates() == amounts(S2="18.00")
    assert closed.expensed() == {}
    assert closed.stock(FEBRUARY) == (1, Decimal("18.00"))


# What the workbook did not see


def test_what_was_settled_before_is_gone(tmp_path: Path) -> None:
    """Four of ten were settled before the workbook's time: six for 60.00 are there."""
    book = book_of()
    book.receive("P1", day("01-02"), 10, "100.00", prior_settled_quantity=4, prior_settled_amount=Decimal(40))
    book.receive("P2", day("01-03"), 2, "28.00")
    book.issue("S1", day("01-05"), 4)
    book.issue("S2", day("01-06"), 4)
    closed = close(book, tmp_path, JANUARY, FEBRUARY)
    assert closed.estimates() == amounts(S1="44.00", S2="44.00")


def test_the_amount_of_an_estimated_slip_arrives(tmp_path: Path) -> None:
    """The estimate is taken back, and the amount is taken as it is."""
    book = book_of()
    book.receive("P1", day("01-02"), 3, "30.00")
    slip(book, "S1", -1, "01-05", None, "02-10", "12.00")
    book.issue("S2", day("02-15"), 1)
    closed = close(book, tmp_path, JANUARY)
    assert closed.estimates() == amounts(S1="10.00")
    closed = close_again(closed.path, FEBRUARY)
    assert closed.estimates("IC-000002") == amounts(S1="-10.00", S2="9.00")
    assert closed.stock(FEBRUARY) == (1, Decimal("9.00"))


def test_the_invoice_of_an_issue_that_finds_nothing_on_hand_is_expensed(tmp_path: Path) -> None:
    """9.00 in place of 10.00: the 1.00 is no value of an empty stock; with something on hand it is."""
    for left, value, expensed in ((0, "0.00", {"S1": "1.00"}), (2, "21.00", {})):
        book = book_of()
        book.receive("P1", day("01-05"), 1 + left, Decimal(10) * (1 + left))
        slip(book, "S1", -1, "01-10", "10.00", "01-20", "9.00")
        (tmp_path / str(left)).mkdir()
        closed = close(book, tmp_path / str(left), JANUARY)
        assert closed.expensed() == amounts(**expensed)
        assert closed.stock(JANUARY) == (left, Decimal(value))
        assert closed.voucher() == ({"Inventory": Decimal(-1), "Inventory adjustment": Decimal(1)} if expensed else {})


def test_the_summary_says_what_inventory_lost_by_it(tmp_path: Path) -> None:
    book = book_of()
    book.receive("P1", day("01-05"), 1, "10.00")
    slip(book, "S1", -1, "01-10", "10.00", "01-20", "9.00")
    summary = invclose_xl.close(book.write(tmp_path / "book.xlsx"), up_to=JANUARY)
    assert (summary.expensed_differences, summary.expensed_amount) == (1, Decimal("1.00"))
