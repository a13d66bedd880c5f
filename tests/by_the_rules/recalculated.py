"""A small book closed as planned, and closed with recalculations in between: both must say the same.

In      the number of a small book.
Out     Compared: what stands after each close of either way, and how many loops the closes solved.
Source  RULES R2.3, R6.4.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from invclose_xl.closing.close import execute_run
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import ClosingType
from tests.books import Book
from tests.by_the_rules.small_books import SmallBook
from tests.core import TableResults, core_book, order_up_to
from tests.results import number, text

UNIT_COST = Decimal("3.00")
Standing = dict[tuple[str, str, str], int]
"""what, transaction, kind or principle: minor units"""


@dataclass
class Compared:
    """After each close: as planned, and with recalculations before it."""

    closes: list[tuple[Standing, Standing]]
    loops: int


def close_both_ways(book_number: int) -> Compared:
    """Close a book at the days of its runs, once with one or two recalculations on any days before each close."""
    small = SmallBook(book_number)
    book, dice = _without_estimates_and_minimum(small.book), random.Random(book_number)
    planned, recalculated = make_empty_tables(), make_empty_tables()
    compared = Compared([], 0)
    first = min(run.day for run in small.runs) - timedelta(days=9)
    for day in sorted({run.day for run in small.runs}):
        for _ in range(dice.randint(1, 2)):
            on = first + timedelta(days=dice.randint(1, (day - first).days + 20))
            recalculated = _run(book, recalculated, on, ClosingType.RECALCULATION).tables
        outcome = _run(book, planned, day, ClosingType.CLOSING)
        planned, recalculated = outcome.tables, _run(book, recalculated, day, ClosingType.CLOSING).tables
        compared.closes.append((_standing(book, planned), _standing(book, recalculated)))
        compared.loops += sum(problem.code == "IC523" for problem in outcome.problems)
        first = day
    return compared


def _without_estimates_and_minimum(book: Book) -> Book:
    """Estimates (R8.5) and what the minimum amount kept back (R6.7) are kept by later runs, by rules of their own."""
    book.parameters.pop("Minimum amount", None)
    for row in book.rows:
        for heading, dated in (("Physical cost amount", "Physical date"), ("Financial cost amount", "Financial date")):
            if row.get(heading) is None and row.get(dated):
                row[heading] = Decimal(str(row["Quantity"])) * UNIT_COST
    return book


def _run(book: Book, tables: Tables, day: date, kind: ClosingType) -> Outcome:
    return execute_run(core_book(book, tables), replace(order_up_to(day), type=kind))


def _standing(book: Book, tables: Tables) -> Standing:
    """Sum up all active rows, whichever run wrote them."""
    results, standing = TableResults(book, tables), Counter[tuple[str, str, str]]()
    for row in results.result("Adjustments"):
        key = (text(row["Transaction ID"]), text(row["Kind"]))
        standing["adjusted", *key] += int(number(row["Adjustment"]) * 100)
        standing["kept back", *key] += int(number(row["Rounding difference"]) * 100)
    for row in results.result("Settlements"):
        issue, receipt = (text(row[heading]).rsplit("/", 2)[-2:] for heading in ("Issue", "Receipt"))
        standing["settled", "/".join(issue), "/".join(receipt)] += int(number(row["Amount"]) * 100)
    return {key: amount for key, amount in standing.items() if amount}
