"""Random inputs in two lengths: a few in every run, many in the long one.

In      strategies of Hypothesis, and how many inputs the quick run and the long run draw.
Out     a test with two cases: the quick one, and one with the mark ``long``.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy


def tried_on(
    *strategies: SearchStrategy[object], quick: int, whole: int
) -> Callable[[Callable[..., None]], Callable[[int], None]]:
    """Give a test its random inputs."""

    def decorate(check: Callable[..., None]) -> Callable[[int], None]:
        @pytest.mark.parametrize("inputs", [quick, pytest.param(whole, marks=pytest.mark.long)])
        def test(inputs: int) -> None:
            slow = [HealthCheck.too_slow]
            settings(max_examples=inputs, deadline=None, suppress_health_check=slow, print_blob=True)(
                given(*strategies)(check)
            )()

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate
