"""Numbers with a bound, beside the same numbers as fractions: the bound holds, and what it decides is true.

Source  RULES R6.4, R6.5.
"""

import random
from collections.abc import Callable
from fractions import Fraction

import pytest

from invclose_xl.costflow.balls import BITS, Ball, Number, Undecided, is_positive, round_number

BROAD = 1 << (BITS - 3)
"""a radius of an eighth"""


def eighths(number: float, radius: int = 0) -> Ball:
    """Return a ball around a number of eighths, its radius in eighths."""
    return Ball(int(number * 8) << (BITS - 3), radius * BROAD)


OPERATIONS: tuple[Callable[[Number, Number], Number], ...] = (
    lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a / b, lambda a, b: a + 7, lambda a, b: 1 - a,
    lambda a, b: a * -3, lambda a, b: a / 7, lambda a, b: a / -9, lambda a, b: abs(a),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_the_true_number_lies_within_the_bound(seed: int) -> None:
    chance = random.Random(seed)
    numbers = [(Ball.of(n), Fraction(n)) for n in (1, -2, 3, 10**9, -7)]
    for _ in range(60):
        (ball, exact), (other, other_exact) = chance.choices(numbers, k=2)
        operation = chance.choice(OPERATIONS)
        if not other_exact or abs(exact) > 10**15 or abs(other_exact) > 10**15 or abs(other_exact) < Fraction(1, 10**6):
            continue
        made, true = operation(ball, other), operation(exact, other_exact)
        assert abs(true * 2**BITS - made.middle) <= made.radius
        assert made.radius < 2 ** (BITS // 2), "so wide a bound decides nothing"
        assert made.radius >= min(ball.radius, 1), "a bound does not vanish"
        numbers.append((made, true))
        if true:
            assert is_positive(made) == (true > 0) == is_positive(true)
        if true.denominator != 2:
            assert round_number(made) == round_number(true)


def test_an_integer_is_known_exactly() -> None:
    for number in (Ball.of(7), Ball.of(7) + 5, 5 - Ball.of(7), Ball.of(7) * 5, abs(Ball.of(-7))):
        assert number.radius == 0


def test_operations_add_up_bounds() -> None:
    """A product of 3 ± 1/8 and 2 ± 1/4 is between 5.03125 and 7.03125, its quotient between 1.27 and 1.79."""
    three, two = eighths(3, 1), eighths(2, 2)
    for made, lowest, highest in (
        (three + two, Fraction(37, 8), Fraction(43, 8)),
        (three * two, Fraction(161, 32), Fraction(225, 32)),
        (three / two, Fraction(23, 18), Fraction(25, 14)),
        (three * -4, Fraction(-25, 2), Fraction(-23, 2)),
        (three / -4, Fraction(-25, 32), Fraction(-23, 32)),
        (1 - three, Fraction(-17, 8), Fraction(-15, 8)),
        (three + 5, Fraction(63, 8), Fraction(65, 8)),
        (abs(eighths(-3, 1)), Fraction(23, 8), Fraction(25, 8)),
    ):
        assert made.middle - made.radius <= lowest * 2**BITS
        assert made.middle + made.radius >= highest * 2**BITS
        assert made.radius <= (highest - lowest) * 2**BITS, "not wider than twice what it must be"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (eighths(1, 0), True), (eighths(0.25, 1), True), (eighths(-1, 1), False), (Ball.of(0), False),
        (eighths(-0.125, 1), False), (Fraction(0), False),
        (Fraction(1, 9), True), (Fraction(-1, 9), False),
    ],
)  # fmt: skip
def test_what_is_above_nothing(number: Number, expected: bool) -> None:
    assert is_positive(number) is expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (eighths(2.25, 1), 2), (eighths(2.625, 1), 3), (eighths(-2.625, 1), -3), (Ball.of(-4), -4),
        (eighths(2.5), 3), (eighths(-2.5), -3), (Fraction(5, 2), 3), (Fraction(-5, 2), -3), (Fraction(7, 3), 2),
    ],
)  # fmt: skip
def test_a_half_is_rounded_away_from_zero(number: Number, expected: int) -> None:
    assert round_number(number) == expected


def test_what_a_bound_cannot_tell() -> None:
    for number in (eighths(0.125, 1), eighths(0, 1), Ball(0, 1)):
        with pytest.raises(Undecided):
            is_positive(number)
    with pytest.raises(Undecided):
        round_number(eighths(2.375, 1))
