"""Every run of random books against a second reading of the rules, written from the page alone and slow on purpose.

The books are made from numbers, so a failure names the number that brings it back. Costs that run in a circle are left
to tests/costflow, which hold them against rational numbers.
Source  RULES R2-R8.
"""

from dataclasses import replace

import pytest

from invclose_xl.closing.close import execute_run
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.tables import make_empty_tables
from invclose_xl.domain.words import ClosingType
from tests.by_the_rules.costing import Circular
from tests.by_the_rules.run import as_written, by_the_rules
from tests.by_the_rules.small_books import SmallBook
from tests.core import CoreResults, TableResults, core_book, order_up_to

BOOKS, AT_A_TIME = 160, 20


@pytest.mark.parametrize("first", range(0, BOOKS, AT_A_TIME))
@pytest.mark.sampled(8)
def test_random_books_by_the_rules(first: int) -> None:
    compared = sum(play(number) for number in range(first, first + AT_A_TIME))
    assert compared >= AT_A_TIME // 2, "too many of these books go round in circles"


def play(number: int) -> int:
    """Play one book; return how many of its runs were compared."""
    small = SmallBook(number)
    book, tables, compared = small.book, make_empty_tables(), 0
    for run in small.runs:
        before = TableResults(book, tables)
        small.charge_stock(before, run.day)
        kind = ClosingType.CLOSING if run.closes else ClosingType.RECALCULATION
        try:
            outcome = execute_run(core_book(book, tables), replace(order_up_to(run.day), type=kind, items=run.items))
        except InputFault as fault:
            # Nothing is on hand of what is charged; legs of two steps under one ID cannot be told apart yet; beside
            # that, a charge finds no receipt, or only such as have no value.
            codes = {p.code for p in fault.problems} - {"IC182", "IC184"}
            assert codes in (set(), {"IC354"}, {"IC343"}), f"book {number}: {fault}"  # noqa: PT017
            return compared
        closing = outcome.new[outcome.main]["lock"]["closing"][0]
        try:
            expected = by_the_rules(book, before, run.day, run.closes, run.items)
        except Circular:
            return compared
        assert as_written(CoreResults(book, outcome), closing).nonzero() == expected.nonzero(), f"book {number}"
        tables, compared = outcome.tables, compared + 1
    return compared
