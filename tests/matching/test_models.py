"""Every model by itself, on movements of a few lines, and against a second reading of its rule on random ones.

Source  RULES R2.5, R3.2, R5.4, R5.5, R5.6, R5.7, R5.8, R5.9, R5.10, R5.11.
"""

import random
import re
from collections.abc import Callable

import pytest

from invclose_xl.domain.models import PRINCIPLES, InventoryModel
from invclose_xl.matching import fifo, lifo, lifo_date, monthly_average, weighted_average, weighted_average_date
from invclose_xl.matching.queue import Matched, OpenMovements
from tests.matching import by_hand
from tests.matching.lines import day_number, open_movements, pairs_in_words, transfers_in_words

Rule = Callable[[OpenMovements], Matched]
AVERAGES = {
    "weighted average": (weighted_average.match, InventoryModel.WEIGHTED_AVERAGE, lambda day: 0),
    "weighted average date": (weighted_average_date.match, InventoryModel.WEIGHTED_AVERAGE_DATE, lambda day: day),
    "monthly average": (monthly_average.match, InventoryModel.MONTHLY_AVERAGE, by_hand.month_of),
}
STOCK = ("P1 01-02 +2", "P2 01-05 +3", "S1 01-05 -1", "S2 01-10 -3", "P3 01-20 +2", "S3 02-03 -2")

TOLD = {
    "R5.4 oldest first, also a receipt dated later": (
        fifo.match, STOCK, ["S1 P1 1", "S2 P1 1", "S2 P2 2", "S3 P2 1", "S3 P3 1"]
    ),
    "R5.5 newest first": (
        lifo.match, STOCK, ["S3 P3 2", "S2 P2 3", "S1 P1 1"]
    ),
    "R5.6 the newest up to its own date": (
        lifo_date.match, STOCK, ["S1 P2 1", "S2 P2 2", "S2 P1 1", "S3 P3 2"]
    ),
    "R5.6 a later receipt at the end, the oldest issue first": (
        lifo_date.match, ("S1 01-01 -1", "S2 01-03 -2", "P1 01-05 +2", "P2 01-04 +2"), ["S1 P2 1", "S2 P2 1", "S2 P1 1"]
    ),
    "R5.6 on one date the last row first, and receipts before issues": (
        lifo_date.match, ("S1 01-05 -1", "S2 01-05 -1", "P1 01-04 +1", "P2 01-05 +1"), ["S2 P2 1", "S1 P1 1"]
    ),
    "R5.7 all of the period is one average": (
        weighted_average.match, STOCK,
        ["W1/I P1 2", "W1/I P2 3", "W1/I P3 2", "S1 W1/R 1", "S2 W1/R 3", "S3 W1/R 2"],
    ),
    "R5.8 day by day; what is left is a candidate of the next": (
        weighted_average_date.match, STOCK,
        ["W1/I P1 2", "W1/I P2 3", "S1 W1/R 1", "S2 W1/R 3", "W2/I W1/R 1", "W2/I P3 2", "S3 W2/R 2"],
    ),
    "R5.11 month by month": (
        monthly_average.match, (*STOCK, "P4 02-01 +1"),
        ["W1/I P1 2", "W1/I P2 3", "W1/I P3 2", "S1 W1/R 1", "S2 W1/R 3", "W2/I W1/R 3", "W2/I P4 1", "S3 W2/R 2"],
    ),
    "R5.9 one receipt only: direct": (
        weighted_average.match, ("P1 01-02 +5", "S1 01-03 -2", "S2 01-04 -1"), ["S1 P1 2", "S2 P1 1"]
    ),
    "R5.9 no issues: nothing": (weighted_average.match, ("P1 01-02 +5", "P2 01-03 +1"), []),
    "R5.9 no receipts: nothing": (weighted_average_date.match, ("S1 01-02 -5",), []),
    "R5.10 what no receipt covers is not there": (
        fifo.match, ("P1 01-02 +1", "S1 01-03 -2", "S2 01-04 -1"), ["S1 P1 1"]
    ),
    "R5.8 an uncovered issue waits for the next day with receipts": (
        weighted_average_date.match, ("S1 01-02 -2", "P1 01-03 +1", "P2 01-05 +4"), ["S1 P1 1", "S1 P2 1"]
    ),
    "R2.5 date before row, row where dates are equal": (
        fifo.match, ("P1 01-09 +1", "P2 01-02 +1", "P3 01-02 +1", "S1 01-10 -2"), ["S1 P2 1", "S1 P3 1"]
    ),
    "R3.2 never across costing groups": (
        fifo.match, ("P1 01-02 +1 north", "S1 01-03 -2 south", "P2 01-04 +5 south", "S2 01-05 -3 north", "S3 01-06 -1"),
        ["S2 P1 1", "S1 P2 2"],
    ),
    "R3.2 averages of every group by itself": (
        weighted_average.match,
        ("P1 01-02 +1 north", "P2 01-03 +1 north", "P3 01-03 +4 south", "S1 01-04 -1 north", "S2 01-05 -1 south",
         "S3 01-05 -1 west"),
        ["W1/I P1 1", "W1/I P2 1", "S1 W1/R 1", "S2 P3 1"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("match", "lines", "expected"), TOLD.values(), ids=TOLD)
def test_as_told(match: Rule, lines: tuple[str, ...], expected: list[str]) -> None:
    given = open_movements(lines)
    assert pairs_in_words(given.movements, match(given)) == expected


def test_lifo_takes_the_oldest_issue_first_where_it_is_set() -> None:
    given = open_movements(STOCK, oldest_issue_first=True)
    assert pairs_in_words(given.movements, lifo.match(given)) == ["S1 P3 1", "S2 P3 1", "S2 P2 2", "S3 P2 1", "S3 P1 1"]


@pytest.mark.parametrize(
    ("match", "up_to", "expected"),
    [
        (weighted_average.match, "02-15", ["02-15 7"]),
        (weighted_average_date.match, "02-15", ["01-05 5", "01-20 3"]),
        (monthly_average.match, "02-15", ["01-31 7", "02-15 4"]),
        (monthly_average.match, "02-28", ["01-31 7", "02-28 4"]),
        (monthly_average.match, "03-10", ["01-31 7", "02-28 4"]),
    ],
)  # fmt: skip
def test_a_leg_is_dated_with_its_unit(match: Rule, up_to: str, expected: list[str]) -> None:
    lines = STOCK if match is not monthly_average.match else (*STOCK, "P4 02-01 +1")
    lines = (*lines, "S4 01-20 -1") if match is weighted_average_date.match else lines
    matched = match(open_movements(lines, up_to))
    assert transfers_in_words(matched) == expected


PLAIN: dict[str, tuple[Rule, Callable[[list[by_hand.Row]], list[str]], InventoryModel]] = {
    "FIFO": (fifo.match, by_hand.fifo, InventoryModel.FIFO),
    "LIFO": (lifo.match, by_hand.lifo, InventoryModel.LIFO),
    "LIFO date": (lifo_date.match, by_hand.lifo_date, InventoryModel.LIFO_DATE),
}


@pytest.mark.parametrize(("match", "slowly", "model"), PLAIN.values(), ids=PLAIN)
def test_random_movements_of_a_model_that_pairs(
    match: Rule, slowly: Callable[[list[by_hand.Row]], list[str]], model: InventoryModel
) -> None:
    for seed in range(60):
        lines, given = random_movements(seed)
        matched = match(given)
        group = {line.split()[0]: line.split()[3] for line in lines}
        found = sorted(pairs_in_words(given.movements, matched), key=lambda pair: group[pair.split()[0]])
        assert found == by_group(lines, slowly), seed
        assert set(matched.pairs.principle.tolist()) <= {model.principle}
        assert len(matched.transfers) == 0


@pytest.mark.parametrize(("match", "model", "unit_of"), AVERAGES.values(), ids=AVERAGES)
def test_random_movements_of_an_average(match: Rule, model: InventoryModel, unit_of: Callable[[int], int]) -> None:
    for seed in range(60):
        lines, given = random_movements(seed)
        matched = match(given)
        principles = [PRINCIPLES[code] for code in matched.pairs.principle.tolist()]
        found = [
            f"{pair} {principle.removeprefix(f'{model.label} (')[:-1]}"
            for pair, principle in zip(pairs_in_words(given.movements, matched), principles, strict=True)
        ]
        assert found == by_group(lines, lambda rows: by_hand.averaged(rows, unit_of)), seed
        totals = [sum(int(pair.split()[2]) for pair in found if pair.startswith(f"W{k + 1}/I "))
                  for k in range(len(matched.transfers))]  # fmt: skip
        assert matched.transfers.quantity.tolist() == totals


def random_movements(seed: int) -> tuple[list[str], OpenMovements]:
    """Some movements of three costing groups over three months, many of them on one date."""
    dice = random.Random(seed)
    lines = []
    for k in range(dice.randint(0, 24)):
        side, sign = dice.choice((("P", "+"), ("S", "-")))
        day = f"{dice.choice(('01', '01', '02', '03'))}-{dice.randint(1, 9):02d}"
        lines.append(f"{side}{k} {day} {sign}{dice.randint(1, 6)} {dice.choice(('east', 'north', 'south'))}")
    return lines, open_movements(lines)


def by_group(lines: list[str], slowly: Callable[[list[by_hand.Row]], list[str]]) -> list[str]:
    """Let the slow reading match each costing group by itself; transfers are numbered through."""
    words = [line.split() for line in lines]
    found: list[str] = []
    transfers = 0
    for group in sorted({word[3] for word in words}):
        pairs = slowly([(word[0], day_number(word[1]), int(word[2])) for word in words if word[3] == group])
        found += [re.sub(r"\bW(\d+)", lambda leg: f"W{int(leg[1]) + transfers}", pair) for pair in pairs]  # noqa: B023
        transfers += len({pair.split()[0] for pair in pairs if "/I " in pair})
    return found
