"""Feeds by themselves: who gives to whom, which shares they get, and what is wrong with them.

Source  RULES R6.2, R4.1.
"""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from invclose_xl.costflow.feeds import SHARE_UNITS, FeedFault, FeedLinks, find_feeds
from invclose_xl.domain.words import Cause
from tests.books import Book, Cell, Item
from tests.core import core_book

DAY = date(2026, 1, 5)
FIELDS = {"ref": "reference", "site": "site", "lot": "lot_id", "back": "return_lot_id", "T": "transfer_id",
          "W": "production_number"}  # fmt: skip


def book_of(lines: list[str]) -> Book:
    """Rows such as ``R1 3 ref=Transfer; T=T1; site=2``; ``cost=12.00`` is invoiced, ``slip=12.00`` is not."""
    book = Book([Item("A", "FIFO"), Item("B", "FIFO")])
    for line in lines:
        key, quantity, *more = line.split(None, 2)
        given = dict(word.split("=", 1) for word in more[0].split("; ")) if more else {}
        sign = -1 if quantity.startswith("-") else 1
        fields: dict[str, Cell] = {name: given[short] for short, name in FIELDS.items() if short in given}
        if "share" in given:
            fields["cost_share"] = Decimal(given["share"])
        if "prior" in given:
            fields["prior_adjustment"] = Decimal(given["prior"])
        is_invoiced = "slip" not in given
        amount = sign * Decimal(given.get("cost", given.get("slip", "0")))
        book.add(
            given.get("item", "A"), key, quantity, physical_date=DAY, financial_date=DAY if is_invoiced else None,
            physical_cost_amount=None if is_invoiced else amount,
            financial_cost_amount=amount if is_invoiced else None, **fields,
        )  # fmt: skip
    return book


def found_in(lines: list[str], **without: list[str]) -> tuple[list[str], list[str]]:
    """Return feeds and faults in words; ``without`` names rows that are not present, not adjustable or settled."""
    transactions = core_book(book_of(lines)).transactions
    names = transactions.id.to_list()
    absent, fixed, settled = (
        np.array([name in without.get(why, []) for name in names]) for why in ("absent", "fixed", "settled")
    )
    links, faults = find_feeds(transactions, ~absent, ~fixed, settled)
    assert [link.cause for link in links] == [Cause.RETURN, Cause.TRANSFER, Cause.PRODUCTION]
    feeds = [text for link in links for text in in_words(link, names)]
    return feeds, [f"{names[f.row]} {f.code} {told(f)}" for f in faults]


def in_words(links: FeedLinks, names: list[str]) -> list[str]:
    """Write feeds as ``I1 -> R1 0-3, R2 3-4 of 4``; quantities and amounts as they are in the book."""
    unit = SHARE_UNITS if links.weight.max(initial=0) >= SHARE_UNITS else 1000
    assert set(links.member_sign.tolist()) <= {1, -1}
    texts = []
    for feed in range(len(links)):
        givers = [
            ("" if links.member_sign[k] > 0 else "less ") + names[links.member[k]]
            for k in np.flatnonzero(links.member_feed == feed)
        ]
        shares = [
            f"{names[links.fed[k]]} {Decimal(int(links.fed_from[k])) / unit}-{Decimal(int(links.fed_to[k])) / unit}"
            for k in np.flatnonzero(links.fed_feed == feed)
        ]
        if shares:
            whole = Decimal(int(links.weight[feed])) / unit
            texts.append(f"{' + '.join(givers)} -> {', '.join(shares)} of {whole}")
    return texts


def told(fault: FeedFault) -> str:
    """Return how the text of a fault begins, and all of it where it has figures."""
    if fault.code in ("IC342", "IC344"):
        return fault.problem.format(*(Decimal(q) / 1000 for q in fault.quantities))
    return " ".join(fault.problem.split()[:3])


SALE = ["S1 -4 ref=Sales order; lot=L1", "S2 -2 ref=Sales order; lot=L1", "S3 -5 ref=Sales order; lot=L2"]
RETURNS = {
    "of one transaction": ([*SALE, "B1 1 back=S1"], ["S1 -> B1 0-1 of 4"], []),
    "of all lines of a lot": (
        [*SALE, "B1 3 back=L1", "B2 2 back=L1"], ["S1 + S2 -> B1 0-3, B2 3-5 of 6"], []
    ),
    "each lot by itself": (
        [*SALE, "B1 3 back=L2", "B2 2 back=L1", "B3 1 back=L2"],
        ["S1 + S2 -> B2 0-2 of 6", "S3 -> B1 0-3, B3 3-4 of 5"], [],
    ),
    "all that was issued": ([*SALE, "B1 6 back=L1"], ["S1 + S2 -> B1 0-6 of 6"], []),
    "more than was issued": (
        [*SALE, "B1 4 back=L1", "B2 3 back=L1", "B3 6 back=S3"],
        ["S1 + S2 -> B1 0-4, B2 4-7 of 6", "S3 -> B3 0-6 of 5"],
        ["B2 IC342 More is returned than was issued: 7 up to this row, of 6 that S1 and the other lines of its lot (2)"
         " issued.",
         "B3 IC342 More is returned than was issued: 6 up to this row, of 5 that S3 issued."],
    ),
    "the smallest quantity": (["S1 -0.001 ref=Sales order", "B1 0.001 back=S1"], ["S1 -> B1 0-0.001 of 0.001"], []),
    "of nothing that is known": ([*SALE, "B1 1 back=L9"], [], ["B1 IC521 No issue of"]),
    "of another item": ([*SALE, "B1 1 back=L1; item=B"], [], ["B1 IC521 No issue of"]),
    "of a transfer": (
        ["I1 -4 ref=Transfer; T=T1; lot=L1", "B1 1 back=L1", "R1 4 ref=Transfer; T=T1"],
        ["I1 -> B1 0-1 of 4", "I1 -> R1 0-4 of 4"], ["B1 IC341 This is the"],
    ),
}  # fmt: skip
TRANSFERS = {
    "to one receipt": (["I1 -4 T=T1; site=1", "R1 4 T=T1; site=2"], ["I1 -> R1 0-4 of 4"], []),
    "to several receipts, in row order": (
        ["R1 1 T=T1; site=2", "I1 -4 T=T1; site=1", "R2 3 T=T1; site=2"], ["I1 -> R1 0-1, R2 1-4 of 4"], []
    ),
    "from several issues": (
        ["I1 -1 T=T1; site=1", "I2 -3 T=T1; site=1", "R1 4 T=T1; site=2"], ["I1 + I2 -> R1 0-4 of 4"], []
    ),
    "two transfers and two items": (
        ["I1 -2 T=T1; site=1", "I2 -3 T=T2; site=1", "R2 3 T=T2; site=2", "R1 2 T=T1; site=2",
         "I3 -5 T=T1; site=1; item=B", "R3 5 T=T1; site=2; item=B"],
        ["I1 -> R1 0-2 of 2", "I3 -> R3 0-5 of 5", "I2 -> R2 0-3 of 3"], [],
    ),
    "something got lost": (
        ["I1 -4 T=T1; site=1", "R1 3 T=T1; site=2"], ["I1 -> R1 0-3 of 4"], ["I1 IC522 Issued and received"]
    ),
    "something came besides": (
        ["R1 5 T=T1; site=2", "I1 -4 T=T1; site=1"], ["I1 -> R1 0-5 of 5"], ["R1 IC522 Issued and received"]
    ),
    "nothing was received": (["I1 -4 T=T1; site=1"], [], ["I1 IC522 The receipt of"]),
    "nothing was issued": (["R1 4 T=T1; site=1"], [], ["R1 IC522 The issue of"]),
    "from two groups": (
        ["I1 -2 T=T1; site=1", "I2 -2 T=T1; site=2", "R1 4 T=T1; site=3"],
        ["I1 + I2 -> R1 0-4 of 4"], ["I1 IC343 This Transfer ID"],
    ),
    "into two groups, of the second transfer": (
        ["I0 -4 T=T0; site=1", "R0 4 T=T0; site=2", "R1 2 T=T1; site=2", "I1 -4 T=T1; site=1", "R2 2 T=T1; site=3"],
        ["I0 -> R0 0-4 of 4", "I1 -> R1 0-2, R2 2-4 of 4"], ["R1 IC343 This Transfer ID"],
    ),
    "the smallest quantity": (
        ["I1 -0.001 T=T1; site=1", "R1 0.001 T=T1; site=2"], ["I1 -> R1 0-0.001 of 0.001"], []
    ),
    "the smallest quantity into two groups": (
        ["I1 -0.002 T=T1; site=1", "R1 0.001 T=T1; site=2", "R2 0.001 T=T1; site=3"],
        ["I1 -> R1 0-0.001, R2 0.001-0.002 of 0.002"], ["I1 IC343 This Transfer ID"],
    ),
    "two steps that do not meet": (
        ["I1 -4 T=T1; site=1; ref=Transfer order shipment", "R1 4 T=T1; site=2; ref=Transfer order receive"],
        [], ["I1 IC578 Under this Transfer"],
    ),
    "two steps that do not meet, and a transfer after them": (
        ["I1 -4 T=T1; site=1; ref=Transfer order shipment", "R1 4 T=T1; site=2; ref=Transfer order receive",
         "I2 -4 T=T2; site=1"],
        [], ["I1 IC578 Under this Transfer", "I2 IC522 The receipt of"],
    ),
    "the second of two steps lacks its issue": (
        ["I1 -4 T=T1; site=1; ref=Transfer order shipment", "R1 4 T=T1; site=2; ref=Transfer order shipment",
         "R2 4 T=T1; site=3; ref=Transfer order receive", "I3 -4 T=T2; site=1"],
        ["I1 -> R1 0-4 of 4"], ["R2 IC522 The issue of", "I3 IC522 The receipt of"],
    ),
    "a shipment and a receive of two transfers and two items": (
        ["I1 -4 T=T1; site=1; ref=Transfer order shipment; item=B", "R1 4 T=T2; site=2; ref=Transfer order receive",
         "R2 1 T=T1; site=2; ref=Transfer order receive", "I2 -1 T=T2; site=2; ref=Transfer order shipment; item=B"],
        [], ["I1 IC522 The receipt of", "R2 IC522 The issue of", "I2 IC522 The receipt of", "R1 IC522 The issue of"],
    ),
    "two steps of another transfer and item do": (
        ["I1 -4 T=T1; site=1; ref=Transfer order shipment", "R1 4 T=T2; site=2; ref=Transfer order receive",
         "R2 4 T=T1; site=2; ref=Transfer order receive; item=B"],
        [], ["I1 IC522 The receipt of", "R2 IC522 The issue of", "R1 IC522 The issue of"],
    ),
}  # fmt: skip
PRODUCTION = {
    "by value": (
        ["C1 -2 W=W1; ref=Production line", "F1 1 W=W1; ref=Production; cost=10.00",
         "F2 1 W=W1; ref=Production; cost=30.00"],
        ["C1 -> F1 0-1, F2 1-4 of 4"], [],
    ),
    "by value with what was adjusted before, and of packing slips": (
        ["C1 -2 W=W1; ref=Production line", "F1 1 W=W1; ref=Production; cost=10.00; prior=10.00",
         "F2 1 W=W1; ref=Production; slip=30.00"],
        ["C1 -> F1 0-2, F2 2-5 of 5"], [],
    ),
    "what is worth less than nothing takes nothing": (
        ["C1 -2 W=W1; ref=Production line", "F1 1 W=W1; ref=Production; cost=-5.00",
         "F2 1 W=W1; ref=Production; cost=0.01"],
        ["C1 -> F1 0-0, F2 0-0.001 of 0.001"], [],
    ),
    "by quantity where nothing has a value": (
        ["C1 -2 W=W1; ref=Production line", "F1 1 W=W1; ref=Production", "F2 3 W=W1; ref=Production"],
        ["C1 -> F1 0-1, F2 1-4 of 4"], [],
    ),
    "by cost share": (
        ["C1 -2 W=W1; ref=Production line", "F1 1 W=W1; ref=Production; cost=10.00; share=0.75",
         "F2 1 W=W1; ref=Production; cost=30.00; share=0.25"],
        ["C1 -> F1 0-0.75, F2 0.75-1 of 1"], [],
    ),
    "less what was brought back": (
        ["C1 -2 W=W1; ref=Production line", "C2 1 W=W1; ref=Production line", "F1 4 W=W1; ref=Production"],
        ["C1 + less C2 -> F1 0-4 of 4"], [],
    ),
    "two orders": (
        ["F2 2 W=W2; ref=Production", "C1 -2 W=W1; ref=Production line", "C2 -2 W=W2; ref=Production line",
         "F1 4 W=W1; ref=Production", "F3 1 W=W2; ref=Production"],
        ["C2 -> F2 0-2, F3 2-3 of 3", "C1 -> F1 0-4 of 4"], [],
    ),
    "shares that are no whole": (
        ["F0 1 W=W0; ref=Production; share=1", "F1 1 W=W1; ref=Production; share=0.75",
         "F2 1 W=W1; ref=Production; share=0.5"],
        [" -> F0 0-1 of 1", " -> F1 0-0.75, F2 0.75-1.25 of 1.25"],
        ["F1 IC344 The cost shares of this production number add up to 1.25 instead of 1."],
    ),
    "a share is missing": (
        ["F1 1 W=W1; ref=Production; share=1", "F2 1 W=W1; ref=Production", "C1 -1 W=W1; ref=Production line"], None,
        ["F1 IC344 Some produced receipts of this production number have a cost share and some have none."],
    ),
}  # fmt: skip
KINDS = {"return": RETURNS, "transfer": TRANSFERS, "production": PRODUCTION}
CASES = {f"{kind}: {name}": case for kind, cases in KINDS.items() for name, case in cases.items()}


@pytest.mark.parametrize(("lines", "feeds", "faults"), CASES.values(), ids=CASES)
def test_feeds(lines: list[str], feeds: list[str] | None, faults: list[str]) -> None:
    found = found_in(lines)
    assert found[1] == faults
    assert feeds is None or found[0] == feeds


LEGS = ["I1 -1 T=T1; site=1", "I2 -3 T=T1; site=1", "R1 1 T=T1; site=2", "R2 3 T=T1; site=2"]


def test_what_is_not_there_keeps_its_share() -> None:
    """Shares are of the whole step, whatever the dates: a leg that arrives later finds its own."""
    assert found_in(LEGS, absent=["I2"])[0] == ["I1 -> R1 0-1, R2 1-4 of 4"]
    assert found_in(LEGS, fixed=["R1"])[0] == ["I1 + I2 -> R2 1-4 of 4"]
    assert found_in(LEGS, absent=["I1", "I2"]) == ([" -> R1 0-1, R2 1-4 of 4"], [])
    assert found_in([*SALE, "B1 3 back=L1"], absent=["S2"])[0] == ["S1 -> B1 0-3 of 4"]
    assert found_in([*SALE, "B1 1 back=L1", "B2 2 back=L1"], fixed=["B1"])[0] == ["S1 + S2 -> B2 1-3 of 6"]
    assert found_in([*SALE, "B1 3 back=S1"], absent=["S1"])[0] == []
    order = ["C1 -2 W=W1; ref=Production line", "C2 -1 W=W1; ref=Production line", "F1 1 W=W1; ref=Production",
             "F2 3 W=W1; ref=Production"]  # fmt: skip
    assert found_in(order, absent=["C1"], fixed=["F1"])[0] == ["C2 -> F2 1-4 of 4"]


def test_legs_that_settle_with_each_other_have_no_part() -> None:
    assert found_in(LEGS, settled=["I1", "R1"])[0] == ["I2 -> R2 0-3 of 3"]


def test_a_transfer_that_has_not_begun_lacks_nothing() -> None:
    assert found_in(["I1 -4 T=T1; site=1"], absent=["I1"]) == ([], [])
    assert found_in(["I1 -4 T=T1; site=1", "R1 3 T=T1; site=2"], absent=["I1"])[1] == ["I1 IC522 Issued and received"]
