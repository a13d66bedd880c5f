"""How far a changed cost reaches: along settlements to issues, along feeds to other receipts, and no further.

Source  RULES R7.4.
"""

import numpy as np
import pytest

from invclose_xl.costflow.affected_receipts import find_affected_receipts

NAMES = ("P1", "S1", "P2", "S2", "P3", "S3", "S4", "P4")
FLOWS = ("P3 pays S3", "P1 pays S1", "S1 feeds P2", "P2 pays S2", "P1 pays S4", "S4 feeds P4", "S2 feeds P4")
"""P1 -> S1 -> P2 -> S2 -> P4 and P1 -> S4 -> P4; beside them P3 -> S3"""
NOTHING = [f"nothing{n}" for n in range(9)]
"""production orders whose products are not there yet"""


def reached_from(changed: str, flows: tuple[str, ...] = FLOWS) -> str:
    """Return what a change of some movements reaches; what feeds one receipt, or one nothing, is one feed."""
    words = [flow.split() for flow in flows]
    number = {name: n for n, name in enumerate((*NAMES, *NOTHING))}
    settled = [(number[a], number[b]) for a, how, b in words if how == "pays"]
    feeds = [(number[a], number[b]) for a, how, b in words if how == "feeds"]
    order = sorted({receipt for _, receipt in feeds}, reverse=True)
    fed = [receipt for receipt in order if receipt < len(NAMES)]
    found = find_affected_receipts(
        np.array([name in changed.split() for name in NAMES]),
        *(np.array([pair[side] for pair in settled], dtype=np.int64) for side in (0, 1)),
        np.array([issue for issue, _ in feeds], dtype=np.int64),
        np.array(fed, dtype=np.int64),
        (
            np.array([order.index(r) for _, r in feeds], dtype=np.int64),
            np.array([order.index(r) for r in fed], dtype=np.int64),
        ),
        len(order),
    )
    return " ".join(name for name, yes in zip(NAMES, found, strict=True) if yes)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("", ""),
        ("P1", "P1 S1 P2 S2 S4 P4"),
        ("P2", "P2 S2 P4"),
        ("P3", "P3 S3"),
        ("P4", "P4"),
        ("S1", "S1 P2 S2 P4"),
        ("P2 P3", "P2 S2 P3 S3 P4"),
    ],
)
def test_a_change_reaches_what_hangs_on_it(changed: str, expected: str) -> None:
    assert reached_from(changed) == expected


def test_a_change_goes_round_a_loop_once() -> None:
    flows = ("P1 pays S1", "S1 feeds P2", "P2 pays S2", "S2 feeds P1", "P3 pays S3")
    assert reached_from("P2", flows) == "P1 S1 P2 S2"


def test_nothing_was_settled_and_nothing_is_fed() -> None:
    assert reached_from("P1 S2", ()) == "P1 S2"


def test_more_feeds_than_movements_of_which_some_hand_on_to_nothing_yet() -> None:
    flows = (*FLOWS, *(f"S1 feeds {name}" for name in NOTHING))
    assert reached_from("P1", flows) == "P1 S1 P2 S2 S4 P4"
    assert reached_from("P1", ("P1 pays S1", *(f"S1 feeds {name}" for name in NOTHING))) == "P1 S1"
