"""Numbers with a proven bound: what is computed with them lies within the bound of the true result.

Exact fractions of a long loop grow to hundreds of thousands of digits, of which only the minor unit is wanted. A Ball
keeps a middle in 2**-BITS and how far off it may be; every operation rounds the bound up. So the sign of a ball, and
the minor unit it rounds to, are either proven or not known, and then Undecided says so: rational numbers decide.

In      integers.
Out     Ball, with the operators of a number; ``is_positive`` and ``round_number``, which work on fractions too.
Units   2**-BITS of whatever the number counts.
Errors  Undecided.
Source  RULES R6.4, R6.5; R. Moore, "Interval Analysis".
"""

from typing import Any, TypeAlias

from invclose_xl.domain.money import mul_div

BITS = 192
"""an amount of 63 bits, handed on 2**20 times in a loop that keeps 2**-30 of it, is known to 2**-70 of a minor unit"""
_UNIT = 1 << BITS


class Undecided(Exception):
    """The bound is too wide to tell: no fault, the caller computes again in fractions."""


class Ball:
    """All numbers from ``middle - radius`` to ``middle + radius``."""

    __slots__ = ("middle", "radius")

    def __init__(self, middle: int, radius: int) -> None:
        self.middle, self.radius = middle, radius

    @staticmethod
    def of(number: int) -> "Ball":
        """Return the ball that holds an integer and nothing else."""
        return Ball(number << BITS, 0)

    def __add__(self, other: "Ball | int") -> "Ball":
        if isinstance(other, int):
            return Ball(self.middle + (other << BITS), self.radius)
        return Ball(self.middle + other.middle, self.radius + other.radius)

    def __rsub__(self, other: int) -> "Ball":
        return Ball((other << BITS) - self.middle, self.radius)

    def __mul__(self, other: "Ball | int") -> "Ball":
        if isinstance(other, int):
            return Ball(self.middle * other, self.radius * abs(other))
        off = abs(self.middle) * other.radius + (abs(other.middle) + other.radius) * self.radius
        return Ball(self.middle * other.middle >> BITS, (off >> BITS) + 2)

    def __truediv__(self, other: "Ball | int") -> "Ball":
        if isinstance(other, int):
            return Ball(self.middle // other, -(-self.radius // abs(other)) + 1)
        middle = (self.middle << BITS) // other.middle
        off = (self.radius << BITS) + (abs(middle) + 1) * other.radius
        return Ball(middle, off // (abs(other.middle) - other.radius) + 2)

    def __abs__(self) -> "Ball":
        return Ball(abs(self.middle), self.radius)


Number: TypeAlias = Any
"""Ball or Fraction; what is written with their operators works on both, but never on a mixture"""


def _bound(number: Number) -> tuple[int, int, int]:
    """Return the lowest and the highest that a number can be, both over the third."""
    if isinstance(number, Ball):
        return number.middle - number.radius, number.middle + number.radius, _UNIT
    return number.numerator, number.numerator, number.denominator


def is_positive(number: Number) -> bool:
    """Tell whether a number is above 0."""
    low, high, _ = _bound(number)
    if low > 0 or high <= 0:
        return low > 0
    raise Undecided


def round_number(number: Number) -> int:
    """Return the integer that a number rounds to, half away from zero."""
    low, high, unit = _bound(number)
    value = mul_div(low, 1, unit)
    if low != high and mul_div(high, 1, unit) != value:
        raise Undecided
    return value
