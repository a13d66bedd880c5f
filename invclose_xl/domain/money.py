"""Money and quantities: every rounding rule of the project, and nothing else rounds.

In      integers in the smallest unit (cents; 10**-scale of a quantity), or the numbers of cells.
Out     integers. No binary float is computed with: a cell's number is turned into the decimal of its
        15 significant digits (RULES R0) and from then on everything is exact.
Errors  ValueError only for what no workbook can hold (not a number).
Source  RULES R0, R6.3.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]

QUANTITY_DECIMALS = 6
"""decimals of a quantity at most"""
UNIT_COST_DECIMALS = 6
"""decimals of a unit cost as it is shown"""
MOST_UNITS = 10**18
"""minor units of an amount or a quantity, at most: less than this"""
UNIT_COST_SCALE = 9
"""Decimals of a unit cost that is entered; more are rounded."""
MOST_MILLIONTHS = 10**18
NO_AMOUNT = -(2**63)
"""Marks a blank amount in an int64 column."""

EXACT_FLOAT = 10**15
"""Below this every integer has at most 15 digits, so a float holds it exactly and Excel shows all of it."""

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


def mul_div(amount: int, part: int, whole: int) -> int:
    """Return amount x part / whole, rounded half away from zero; the product is never cut to 64 bits.

    Compiled kernels use the 128-bit twin of this function in ``compiled.kernel``.
    """
    product = amount * part
    quotient, rest = divmod(abs(product), abs(whole))
    if 2 * rest >= abs(whole):
        quotient += 1
    return quotient if (product < 0) == (whole < 0) else -quotient


def share_cumulatively(total: int, weights: list[int]) -> list[int]:
    """Share an amount by weights of 0 or more, which are not all 0; the shares add up to it (RULES R6.2, R7.4).

    The k-th gets round(total x weights up to k / all) - round(total x weights up to k-1 / all).
    """
    whole, upto, before = sum(weights), 0, 0
    shares = []
    for weight in weights:
        upto += weight
        through = mul_div(total, upto, whole)
        shares.append(through - before)
        before = through
    return shares


@dataclass(frozen=True, slots=True)
class Scaled:
    """Numbers as integers of 10**-decimals; ``rounded`` is True where the number had more decimals than that."""

    units: Int64
    rounded: npt.NDArray[np.bool_]
    too_large: npt.NDArray[np.bool_]


def to_decimal(number: float) -> Decimal:
    """Return the decimal of a cell's 15 significant digits: 0.1 + 0.2 is 0.3 (RULES R0)."""
    return Decimal(format(number, ".15g"))


def round_decimal(value: Decimal, decimals: int) -> int:
    """Return value in units of 10**-decimals, rounded half away from zero."""
    return int(value.scaleb(decimals, _CONTEXT).quantize(Decimal(1), context=_CONTEXT))


def scale_numbers(numbers: npt.NDArray[np.float64], decimals: int) -> Scaled:
    """Turn a float column as read from cells into integers of 10**-decimals (RULES R0).

    A double that is the nearest one to n / 10**decimals, with n of at most 15 digits, is exactly that decimal;
    only the few others are looked at one by one. NaN is not allowed: the caller fills blanks first.
    """
    power = 10.0**decimals
    nearest = np.rint(numbers * power)
    exact = (nearest / power == numbers) & (np.abs(nearest) < EXACT_FLOAT)
    units = np.where(exact, nearest, 0.0).astype(np.int64)
    rounded = np.zeros(len(numbers), dtype=np.bool_)
    too_large = np.zeros(len(numbers), dtype=np.bool_)
    for row in np.flatnonzero(~exact):
        value = to_decimal(float(numbers[row]))
        scaled = round_decimal(value, decimals)
        if abs(scaled) >= 10**18:
            too_large[row] = True
            continue
        units[row] = scaled
        rounded[row] = Decimal(scaled).scaleb(-decimals, _CONTEXT) != value
    return Scaled(units, rounded, too_large)


def count_decimals_needed(numbers: npt.NDArray[np.float64], most: int) -> int:
    """Return how many decimals, at most ``most``, write every number of the column without rounding."""
    for decimals in range(most):
        power = 10.0**decimals
        nearest = np.rint(numbers * power)
        if bool(np.all((nearest / power == numbers) & (np.abs(nearest) < EXACT_FLOAT))):
            return decimals
        rest = numbers[nearest / power != numbers]
        if (
            all(
                to_decimal(float(n)) == Decimal(round_decimal(to_decimal(float(n)), decimals)).scaleb(-decimals)
                for n in rest[:50]
            )
            and not scale_numbers(numbers, decimals).rounded.any()
        ):
            return decimals
    return most


def format_decimal(units: int, decimals: int) -> str:
    """Write an integer of 10**-decimals as a plain decimal with exactly that many decimals: -1234.50."""
    if decimals == 0:
        return str(units)
    digits = str(abs(units)).rjust(decimals + 1, "0")
    return f"{'-' if units < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"


def format_quantity(units: int, scale: int) -> str:
    """Write a quantity for people, without decimals that say nothing: 2.500 is 2.5."""
    text = format_decimal(units, scale)
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_amount(units: int, decimals: int) -> str:
    """Write an amount for people, with thousands apart: 1,234.50."""
    whole, _, part = format_decimal(abs(units), decimals).partition(".")
    return ("-" if units < 0 else "") + f"{int(whole):,}" + (f".{part}" if part else "")


def compute_unit_cost(value: int, quantity: int, currency_decimals: int, quantity_scale: int) -> int | None:
    """Return value by quantity in millionths of the currency, for people to look at: nothing is computed from it.

    None without a quantity, and from 10^12 per unit on: such a number has more digits than a cell can hold.
    """
    if not quantity:
        return None
    millionths = mul_div(value, 10 ** (UNIT_COST_DECIMALS + quantity_scale), quantity * 10**currency_decimals)
    return millionths if abs(millionths) < MOST_MILLIONTHS else None
