"""Every rule of rounding by itself.

Source  RULES R0, R6.2 (cents by cumulative rounding), R6.3 (half away from zero).
"""

import random
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest

from invclose_xl.domain.money import (
    compute_unit_cost,
    count_decimals_needed,
    format_amount,
    format_decimal,
    format_quantity,
    mul_div,
    round_decimal,
    scale_numbers,
    share_cumulatively,
    to_decimal,
)


def rounded(exact: Fraction) -> int:
    """Half away from zero, by Decimal."""
    return int((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("amount", "part", "whole", "expected"),
    [
        (1000, 1, 3, 333), (2000, 1, 3, 667), (5, 1, 2, 3), (-5, 1, 2, -3), (5, -1, 2, -3), (5, 1, -2, -3),
        (-5, 1, -2, 3), (1, 1, 3, 0), (-1, 1, 3, 0), (0, 5, 7, 0), (7, 7, 7, 7),
        (10**18, 10**18, 10**18, 10**18),        (3, 1, 2, 2), (1, 1, 2, 1),
    ],
)  # fmt: skip
def test_amount_times_part_by_whole(amount: int, part: int, whole: int, expected: int) -> None:
    assert mul_div(amount, part, whole) == expected


def test_it_is_the_exact_quotient_rounded() -> None:
    dice = random.Random(1)
    for _ in range(500):
        amount, part, whole = dice.randint(-(10**6), 10**6), dice.randint(0, 999), dice.choice((1, 2, 3, 4, 7, 8, 1000))
        assert mul_div(amount, part, whole) == rounded(Fraction(amount * part, whole))


@pytest.mark.parametrize(
    ("total", "weights", "expected"),
    [
        (1000, [1, 1, 1], [333, 334, 333]), (100, [1, 3], [25, 75]), (-1000, [1, 1, 1], [-333, -334, -333]),
        (7, [0, 1, 0], [0, 7, 0]), (1, [1, 1], [1, 0]), (0, [1, 2], [0, 0]), (10, [5], [10]),
    ],
)  # fmt: skip
def test_shares_add_up_whatever_the_weights(total: int, weights: list[int], expected: list[int]) -> None:
    shares = share_cumulatively(total, weights)
    assert shares == expected
    assert sum(shares) == total


def test_a_cell_means_its_fifteen_digits() -> None:
    assert to_decimal(0.1 + 0.2) == Decimal("0.3")
    assert to_decimal(123456789012345.6) == Decimal(123456789012346)


@pytest.mark.parametrize(
    ("text", "decimals", "expected"),
    [("1.005", 2, 101), ("-1.005", 2, -101), ("1.004", 2, 100), ("0.5", 0, 1), ("12", 2, 1200), ("1e20", 2, 10**22)],
)
def test_a_decimal_is_rounded_half_away_from_zero(text: str, decimals: int, expected: int) -> None:
    assert round_decimal(Decimal(text), decimals) == expected


@pytest.mark.parametrize(
    ("number", "decimals", "units", "is_rounded", "is_too_large"),
    [
        (1.0, 2, 100, False, False), (0.1 + 0.2, 2, 30, False, False), (1.005, 2, 101, True, False),
        (-1.005, 2, -101, True, False), (2.675, 2, 268, True, False), (0.0, 2, 0, False, False),
        (123456789.01, 2, 12345678901, False, False), (1e15, 2, 10**17, False, False), (1e16, 2, 0, False, True),
        (-1e16, 2, 0, False, True), (9.99e15, 2, 999 * 10**15, False, False), (0.3, 0, 0, True, False),
        (1e18, 0, 0, False, True), (999999999999999.0, 0, 999999999999999, False, False),
        (1234567890123.4567, 2, 123456789012346, False, False),
    ],
)  # fmt: skip
def test_numbers_of_cells(number: float, decimals: int, units: int, is_rounded: bool, is_too_large: bool) -> None:
    scaled = scale_numbers(np.array([1.25, number]), decimals)
    assert scaled.units.tolist()[1] == units
    assert scaled.rounded.tolist() == [decimals < 2, is_rounded]
    assert scaled.too_large.tolist() == [False, is_too_large]


def test_a_number_that_is_too_large_leaves_those_below_it_alone() -> None:
    scaled = scale_numbers(np.array([1e16, 0.1 + 0.2, 1.005]), 2)
    assert scaled.units.tolist() == [0, 30, 101]
    assert scaled.rounded.tolist() == [False, False, True]
    assert scaled.too_large.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("numbers", "most", "expected"),
    [
        ([], 6, 0), ([1.0, 200.0], 6, 0), ([1.5], 6, 1), ([1.5, 0.25], 6, 2), ([0.1 + 0.2], 6, 1), ([1.123], 2, 2),
        ([1e15, 0.5], 6, 1), ([0.0000001], 6, 6), ([1 / 3], 6, 6), ([1.0, 1.0, 0.001], 6, 3), ([1e16], 6, 0),
        ([-2.5], 6, 1),        ([1e15 + 0.5], 3, 0),
    ],
)  # fmt: skip
def test_decimals_that_a_column_needs(numbers: list[float], most: int, expected: int) -> None:
    assert count_decimals_needed(np.array(numbers, dtype=np.float64), most) == expected


def test_a_column_of_which_one_number_among_many_needs_more() -> None:
    """Beyond the first fifty that are looked at one by one."""
    odd = [0.1 + 0.2] * 60
    assert count_decimals_needed(np.array([*odd, 0.25]), 6) == 2
    assert count_decimals_needed(np.array(odd), 6) == 1


@pytest.mark.parametrize(
    ("units", "decimals", "plain", "amount", "quantity"),
    [
        (-123450, 2, "-1234.50", "-1,234.50", "-1234.5"), (5, 2, "0.05", "0.05", "0.05"), (0, 2, "0.00", "0.00", "0"),
        (1234567, 0, "1234567", "1,234,567", "1234567"), (2500, 3, "2.500", "2.500", "2.5"),
        (-7, 3, "-0.007", "-0.007", "-0.007"),
        (100000, 2, "1000.00", "1,000.00", "1000"), (10, 0, "10", "10", "10"),
    ],
)  # fmt: skip
def test_numbers_for_people(units: int, decimals: int, plain: str, amount: str, quantity: str) -> None:
    assert format_decimal(units, decimals) == plain
    assert format_amount(units, decimals) == amount
    assert format_quantity(units, decimals) == quantity


@pytest.mark.parametrize(
    ("value", "quantity", "decimals", "scale", "expected"),
    [
        (1000, 3, 2, 0, 3_333_333), (2000, 3000, 2, 3, 6_666_667), (1000, 4, 0, 0, 250_000_000), (0, 5, 2, 0, 0),
        (1000, 0, 2, 0, None), (-1000, 3, 2, 0, -3_333_333), (10**14, 1, 2, 0, None),
        (10**14 - 1, 1, 2, 0, (10**14 - 1) * 10**4),
        (-(10**14), 1, 2, 0, None), (5, 1, 3, 0, 5000),
    ],
)  # fmt: skip
def test_a_unit_cost(value: int, quantity: int, decimals: int, scale: int, expected: int | None) -> None:
    assert compute_unit_cost(value, quantity, decimals, scale) == expected
