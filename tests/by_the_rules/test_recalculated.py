"""Recalculations on any dates before a close leave its cents as they would have been without them (RULES R6.4)."""

import pytest

from invclose_xl.domain.problems.problem import InputFault
from tests.by_the_rules.recalculated import close_both_ways

pytestmark = pytest.mark.long

AT_A_TIME = 12
STARTS = (0, 12, 24, 120)
"""in book 125 a loop that is cut open receipt by receipt, from the costs it has, ends a cent beside"""
NOT_TO_BE_RUN = {"IC343", "IC354", "IC182", "IC184", "IC187"}
"""a transfer ID in two steps; nothing on hand of what is charged; a charge or unit cost that no receipt takes yet"""


@pytest.mark.parametrize("first", STARTS)
def test_a_close_does_not_depend_on_recalculations(first: int) -> None:
    closes = loops = 0
    for number in range(first, first + AT_A_TIME):
        try:
            compared = close_both_ways(number)
        except InputFault as fault:
            assert {p.code for p in fault.problems} <= NOT_TO_BE_RUN, f"book {number}: {fault}"  # noqa: PT017
            continue
        for planned, recalculated in compared.closes:
            assert planned == recalculated, f"book {number}"
        closes += len(compared.closes)
        loops += compared.loops
    assert closes >= AT_A_TIME
    assert loops
