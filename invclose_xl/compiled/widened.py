"""The compiled twin of ``money.mul_div``: the product in 128 bits, so that no amount is too large for it.

Loaded only when a kernel is compiled. The product of two 63-bit magnitudes is kept as two 64-bit halves and
divided by long division, bit by bit; the usual small product takes the short way.

Source  RULES R6.3 ("products widened").
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba.extending import overload

from invclose_xl.domain import money
from invclose_xl.domain.machine_code import compile_kept

_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_63 = np.uint64(63)
_1 = np.uint64(1)
_0 = np.uint64(0)
_LARGEST = np.uint64(2**63 - 1)
_SMALL = 1 << 31
"""of two numbers below it the product fits 63 bits"""


@compile_kept
def _get_magnitude(value: int) -> Any:
    return np.uint64(-value) if value < 0 else np.uint64(value)


@compile_kept
def _mul_div_wide(amount: int, part: int, whole: int) -> int:
    """Return amount x part / whole, half away from zero; OverflowError unless the quotient fits 63 bits."""
    amount_size, part_size, divisor = _get_magnitude(amount), _get_magnitude(part), _get_magnitude(whole)
    low_low, low_high = (amount_size & _LOW) * (part_size & _LOW), (amount_size & _LOW) * (part_size >> _32)
    high_low, high_high = (amount_size >> _32) * (part_size & _LOW), (amount_size >> _32) * (part_size >> _32)
    middle = (low_low >> _32) + (low_high & _LOW) + (high_low & _LOW)
    low = (low_low & _LOW) | (middle << _32)
    high = high_high + (low_high >> _32) + (high_low >> _32) + (middle >> _32)
    if high >= divisor:
        raise OverflowError("the quotient leaves 64 bits")
    if high == _0:
        quotient, rest = low // divisor, low % divisor
    else:
        quotient, rest = _0, high  # below the divisor, or the quotient would not fit
        for _ in range(64):
            rest = (rest << _1) | (low >> _63)
            low = low << _1
            quotient = quotient << _1
            if rest >= divisor:
                rest = rest - divisor
                quotient = quotient | _1
    if rest >= divisor - rest:
        quotient = quotient + _1
    if quotient > _LARGEST:
        raise OverflowError("the quotient leaves 64 bits")
    negative = ((amount < 0) != (part < 0)) != (whole < 0)
    return -np.int64(quotient) if negative else np.int64(quotient)  # type: ignore[return-value] # a machine integer


@overload(money.mul_div)
def _compile_mul_div(amount: int, part: int, whole: int) -> Callable[[int, int, int], int]:
    def mul_div(amount: int, part: int, whole: int) -> int:
        if -_SMALL < amount < _SMALL and -_SMALL < part < _SMALL:
            product = abs(amount * part)
            divisor = abs(whole)
            quotient = product // divisor
            rest = product - quotient * divisor
            if rest >= divisor - rest:
                quotient += 1
            negative = ((amount < 0) != (part < 0)) != (whole < 0)
            return -quotient if negative else quotient
        return _mul_div_wide(amount, part, whole)

    return mul_div


def compile_kernel(function: Callable[..., int]) -> Callable[..., int]:
    """Compile a kernel's plain function, or load what an earlier run compiled."""
    return compile_kept(function)
