"""Marks by themselves: what is taken, what is held for a partner that is not there yet, what a partner no longer has.

Source  RULES R5.1.
"""

import numpy as np
import pytest

from invclose_xl.domain.links.marks import UNLIMITED, Marks
from invclose_xl.domain.models import MARKING
from invclose_xl.matching.marking import match_marked
from tests.matching.lines import movements_of

LINES = ("P1 01-02 +5", "P2 01-03 +2", "S1 01-05 -3", "S2 01-06 -4")


def marked(
    marks: list[str], available: str = "5 2 3 4", not_yet: str = "0 0 0 0", settled: str = "", ignored: str = ""
) -> tuple[list[str], list[str], list[str]]:
    """Match marks such as ``S1 P1 2`` (without a quantity: as much as both have); return pairs, held, exhausted."""
    movements = movements_of(LINES)
    names = movements.id.to_list()
    words = [mark.split() for mark in marks]
    columns = [[names.index(word[side]) for word in words] for side in (0, 1)]
    quantity = [int(word[2]) if len(word) > 2 else UNLIMITED for word in words]
    before = [int(q) for q in settled.split()] or [0] * len(marks)
    found = match_marked(
        movements,
        Marks(*(np.array(column, dtype=np.int64) for column in (*columns, quantity))),
        np.array(available.split(), dtype=np.int64),
        np.array(not_yet.split(), dtype=np.int64),
        np.array(before, dtype=np.int64),
        np.array([name in ignored.split() for name in names], dtype=np.bool_),
    )
    p = found.pairs
    assert set(p.principle.tolist()) <= {MARKING}
    pairs = [f"{names[i]} {names[r]} {q}" for i, r, q in zip(p.issue, p.receipt, p.quantity, strict=True)]
    held = [f"{names[h]} {q}" for h, q in zip(found.holder, found.held, strict=True) if q]
    return pairs, held, [str(q) for q in found.unfulfilled]


CASES = {
    "no marks": ([], {}, ([], [], [])),
    "as much as both have": (["S1 P1"], {}, (["S1 P1 3"], [], ["0"])),
    "the partner has less": (["S2 P2"], {}, (["S2 P2 2"], [], ["0"])),
    "a marked quantity": (["S1 P1 2"], {}, (["S1 P1 2"], [], ["0"])),
    "carried by the receipt": (["P1 S1 2"], {}, (["S1 P1 2"], [], ["0"])),
    "two marks on one receipt, in their order": (
        ["S1 P2", "S2 P2 1"], {}, (["S1 P2 2"], [], ["0", "1"])
    ),
    "what earlier closings settled counts": (["S1 P1 3"], {"settled": "2"}, (["S1 P1 1"], [], ["0"])),
    "more was settled than is marked": (["S1 P1 1"], {"settled": "2"}, ([], [], ["0"])),
    "a mark without a quantity is not lowered by it": (["S1 P1"], {"settled": "2"}, (["S1 P1 3"], [], ["0"])),
    "the partner has nothing left": (["S1 P1 2"], {"available": "0 2 3 4"}, ([], [], ["2"])),
    "no more than the carrier has is missed": (["S1 P1 9"], {"available": "0 2 3 4"}, ([], [], ["3"])),
    "a blank quantity and nothing there": (["S1 P1"], {"available": "0 2 3 4"}, ([], [], ["3"])),
    "a blank quantity, and as much is taken as was settled before": (
        ["S1 P1"], {"available": "1 2 3 4", "settled": "1"}, (["S1 P1 1"], [], ["0"])
    ),
    "a blank quantity, and as much is held as was settled before": (
        ["S1 P1"], {"available": "0 2 3 4", "not_yet": "1 0 0 0", "settled": "1"}, ([], ["S1 1"], ["0"])
    ),
    "a blank quantity, and something was settled before": (
        ["S1 P1"], {"available": "0 2 3 4", "settled": "1"}, ([], [], ["0"])
    ),
    "held for a partner that is not there yet": (
        ["S1 P1 2"], {"available": "0 2 3 4", "not_yet": "5 0 0 0"}, ([], ["S1 2"], ["0"])
    ),
    "no more is held than the partner will have": (
        ["S2 P2 4"], {"available": "5 0 3 4", "not_yet": "0 2 0 0"}, ([], ["S2 2"], ["2"])
    ),
    "no more is held than the carrier has": (
        ["S1 P1 4"], {"available": "0 2 3 4", "not_yet": "5 0 0 0"}, ([], ["S1 3"], ["0"])
    ),
    "a blank quantity is held": (["S1 P1"], {"available": "0 2 3 4", "not_yet": "5 0 0 0"}, ([], ["S1 3"], ["0"])),
    "the partner is held where the carrier is not there yet": (
        ["S1 P1 2"], {"available": "5 2 0 4", "not_yet": "0 0 3 0"}, ([], ["P1 2"], ["0"])
    ),
    "no more of the partner is held than the carrier will have": (
        ["S1 P1 4"], {"available": "5 2 0 4", "not_yet": "0 0 3 0"}, ([], ["P1 3"], ["0"])
    ),
    "one of the partner is held": (
        ["S1 P1 1"], {"available": "5 2 0 4", "not_yet": "0 0 3 0"}, ([], ["P1 1"], ["0"])
    ),
    "one is held": (["S1 P1 1"], {"available": "0 2 3 4", "not_yet": "5 0 0 0"}, ([], ["S1 1"], ["0"])),
    "no more of a lot's lines is held than the carrier will have": (
        ["S2 P1 6", "S2 P2 6"], {"available": "5 2 3 0", "not_yet": "0 0 0 4"}, ([], ["P1 4"], ["0", "0"])
    ),
    "what is held is held once": (
        ["S1 P1 2", "S2 P1 4"], {"available": "0 2 3 4", "not_yet": "3 0 0 0"}, ([], ["S1 2", "S2 1"], ["0", "3"])
    ),
    "what a partner holds is not held again": (
        ["S1 P1 3", "S2 P1 4"], {"available": "4 2 0 4", "not_yet": "0 0 3 0"}, (["S2 P1 1"], ["P1 3"], ["0", "3"])
    ),
    "a lot's lines share the quantity of their carrier": (
        ["S2 P1 6", "S2 P2 6"], {"available": "3 2 3 4"}, (["S2 P1 3", "S2 P2 1"], [], ["0", "0"])
    ),
    "a lot's second line gives what the first lacks": (
        ["S2 P1 3", "S2 P2 3"], {"available": "2 2 3 4"}, (["S2 P1 2", "S2 P2 1"], [], ["0", "0"])
    ),
    "what the lines of a lot lack is missed once, with the last": (
        ["S2 P1 4", "S2 P2 4", "S1 P1 1"], {"available": "0 1 3 4"}, (["S2 P2 1"], [], ["0", "3", "1"])
    ),
    "a blank mark to a lot of which one line is there": (
        ["S2 P1", "S2 P2"], {"available": "0 2 3 4"}, (["S2 P2 2"], [], ["0", "0"])
    ),
    "the next carrier starts anew": (
        ["S1 P1 1", "S2 P1 2"], {}, (["S1 P1 1", "S2 P1 2"], [], ["0", "0"])
    ),
    "marks of legs that are settled already do not count": (["S1 P1 2"], {"ignored": "P1"}, ([], [], ["0"])),
    "nor those that such a leg carries": (["S1 P1 2"], {"ignored": "S1"}, ([], [], ["0"])),
}  # fmt: skip


@pytest.mark.parametrize(("marks", "given", "expected"), CASES.values(), ids=CASES)
def test_marks(marks: list[str], given: dict[str, str], expected: tuple[list[str], list[str], list[str]]) -> None:
    assert marked(marks, **given) == expected
