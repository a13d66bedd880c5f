"""What must hold in every book of moving average items.

In      random books: with and without physical value, two sites, packing slips, late and early invoices, rows out of
        order, given and blank amounts, returns, negative stock, revaluations; one to three closes.
Source  RULES R8.4, R8.5, R9.3, R10.3.
"""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import strategies as st

from invclose_xl.closing.close import execute_run
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.reverse import reverse
from invclose_xl.compiled import kernel
from invclose_xl.domain.book import CostAdjustments, SheetCells
from invclose_xl.domain.fingerprint import fingerprint_numbers
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import ClosingType
from tests.books import Book, Cell, Item
from tests.closing.perpetual import FEBRUARY, JANUARY, MARCH
from tests.core import EPOCH, CoreResults, core_book, order_up_to
from tests.long_runs import tried_on
from tests.results import broken_laws, number, text

FIRST = date(2026, 1, 1)


@st.composite
def row_of(draw: st.DrawFn, identifier: str, earliest: date) -> dict[str, Cell]:
    sign = draw(st.sampled_from([1, 1, -1, -1]))
    slip_day = earliest + timedelta(days=draw(st.integers(0, 9)))
    late = draw(st.sampled_from([0, 0, 0, 3, 30, -2, None]))
    known = sign > 0 or draw(st.integers(0, 4)) == 0
    cents = st.integers(0, 30_000)
    return {
        "Transaction ID": identifier, "Item number": "A",
        "Reference": draw(st.sampled_from(["Purchase order"] if sign > 0 else ["Sales order", "Counting"])),
        "Physical date": slip_day,
        "Financial date": None if late is None else slip_day + timedelta(days=late),
        "Quantity": sign * Decimal(draw(st.integers(1, 12))) / draw(st.sampled_from([1, 1, 1, 4])),
        "Physical cost amount": sign * Decimal(draw(cents)) / 100 if known else None,
        "Financial cost amount": sign * Decimal(draw(cents)) / 100 if known and late is not None else None,
        "Site": draw(st.sampled_from(["1", "1", "2"])),
    }  # fmt: skip


@st.composite
def books(draw: st.DrawFn, in_date_order: bool = False, most: int = 25) -> Book:
    """Rows of one item; in date order the first updates ascend, otherwise some rows are backdated."""
    price = draw(st.none() | st.integers(1, 2000))
    flags = {"Include physical value": draw(st.sampled_from(["Yes", "No"]))}
    book = Book([Item("A", "Moving average", cost_price=None if price is None else Decimal(price) / 100, flags=flags)])
    earliest = FIRST
    for position in range(draw(st.integers(1, most))):
        row = draw(row_of(f"T{position:02d}", earliest))
        given_back = {row.get("Return lot ID") for row in book.rows}
        issues = [
            str(r["Transaction ID"]) for r in book.rows
            if number(r["Quantity"]) < 0 and r["Transaction ID"] not in given_back  # type: ignore[arg-type]
        ]  # fmt: skip
        if issues and draw(st.integers(0, 6)) == 0:
            row |= {"Physical cost amount": None, "Financial cost amount": None, "Reference": "Return order",
                    "Quantity": Decimal("0.25"), "Return lot ID": draw(st.sampled_from(issues))}  # fmt: skip
        book.rows.append(row)
        earliest = max(earliest, first_day(row)) if in_date_order or draw(st.booleans()) else FIRST
    if in_date_order:
        book.rows.sort(key=first_day)
    return book


def first_day(row: dict[str, Cell]) -> date:
    return min(d for d in (row["Physical date"], row["Financial date"]) if isinstance(d, date))


@st.composite
def revaluations(draw: st.DrawFn, book: Book) -> CostAdjustments:
    """Change the value of what is on hand some days after a receipt was invoiced."""
    receipts = [
        (n, row["Financial date"]) for n, row in enumerate(book.rows)
        if number(row["Quantity"]) > 0 and isinstance(row["Financial date"], date)  # type: ignore[arg-type]
    ]  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(receipts), max_size=2)) if receipts else []
    size = len(chosen)
    days = [(invoiced - EPOCH).days + draw(st.integers(0, 20)) for _, invoiced in chosen]
    return CostAdjustments(
        transaction=np.array([n for n, _ in chosen], dtype=np.int32), day=np.array(days, dtype=np.int32),
        amount=np.array([draw(st.integers(1, 5000)) for _ in chosen], dtype=np.int64),
        on_hand=np.ones(size, dtype=np.bool_), offset_account=pl.Series([""] * size, dtype=pl.String),
        text=pl.Series([""] * size, dtype=pl.String),
        cells=SheetCells("Cost adjustments", {}, np.arange(size, dtype=np.int32) + 2),
    )  # fmt: skip


def close_at(book: Book, day: date, history: Tables | None = None, revalued: CostAdjustments | None = None) -> Outcome:
    content = core_book(book, history)
    if revalued is not None:
        hashes = {"transaction": fingerprint_numbers(revalued.transaction.astype(np.int64), 0, -1)}
        content = replace(content, cost_adjustments=revalued, adjustment_hashes=hashes)
    return execute_run(content, order_up_to(day))


def totals(results: CoreResults) -> dict[str, Decimal]:
    """Estimates, differences and revaluations of each transaction, over all closings."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for row in results.result("Estimated costs"):
        kind = "estimated" if text(row["Type"]) == "Estimate" else "expensed"
        total[f"{row['Transaction ID']} {kind}"] += number(row["Amount"])
    for row in results.result("Adjustments"):
        total[f"{row['Transaction ID']} revalued"] += number(row["Adjustment"])
    return {key: value for key, value in total.items() if value}


def stock(book: Book, results: CoreResults, day: date) -> dict[str, tuple[Decimal, Decimal]]:
    """Quantity and value of each site: receipts and what was expensed and revalued, less issues."""
    physical = book.items[0].flags["Include physical value"] == "Yes"
    changes: dict[str, Decimal] = defaultdict(Decimal)
    for key, value in totals(results).items():
        changes[key.split()[0]] += value
    left: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in book.rows:
        slip_day, invoice_day = row["Physical date"], row["Financial date"]
        invoiced = isinstance(invoice_day, date) and invoice_day <= day
        if not invoiced and not (physical and isinstance(slip_day, date) and slip_day <= day):
            continue
        amount = row.get("Financial cost amount" if invoiced else "Physical cost amount")
        cost = abs(number(amount)) + changes[str(row["Transaction ID"])]  # type: ignore[arg-type]
        moved = number(row["Quantity"])  # type: ignore[arg-type]
        quantity, value = left[str(row["Site"])]
        left[str(row["Site"])] = (quantity + moved, value + (cost if moved > 0 else -cost))
    return left


@tried_on(st.data(), quick=3, whole=20)
def test_laws_hold_over_three_closes(data: st.DataObject) -> None:
    """The program's own laws (stock = receipts + expensed - issues), and those recomputed from the tables."""
    book = data.draw(books())
    revalued = data.draw(revaluations(book))
    tables: Tables | None = None
    for day in (JANUARY, FEBRUARY, MARCH):
        try:
            outcome = close_at(book, day, tables, revalued)
        except InputFault as fault:
            if {problem.code for problem in fault.problems} == {"IC354"}:
                return
            raise
        tables = outcome.tables
        assert broken_laws(CoreResults(book, outcome)) == []


@tried_on(books(in_date_order=True), quick=3, whole=20)
def test_value_in_is_value_out_and_value_left(book: Book) -> None:
    """Whoever takes all that is left takes its whole value, so then nothing is left: not a cent too much or too few.

    That holds wherever the average is one: not where given amounts took out more value than there was, or are posted
    behind the last one, as an invoice of that very day is.
    """
    results = CoreResults(book, close_at(book, MARCH))
    for site, (quantity, value) in stock(book, results, MARCH).items():
        if any(given_at_the_end(row) for row in book.rows if row["Site"] == site):
            continue
        if quantity > 0 and value >= 0:
            book.add("A", f"ALL{site}", -quantity, physical_date=MARCH, financial_date=MARCH, site=site)
        elif quantity < 0:
            book.add("A", f"ALL{site}", -quantity, physical_date=MARCH, financial_date=MARCH, site=site,
                     financial_cost_amount=Decimal("12.34"))  # fmt: skip
    ends = stock(book, CoreResults(book, close_at(book, MARCH)), MARCH)
    for row in book.rows:
        if str(row["Transaction ID"]).startswith("ALL"):
            assert ends[str(row["Site"])] == (0, 0)


def given_at_the_end(row: dict[str, Cell]) -> bool:
    """An issue whose invoice brings its own amount on the last day."""
    given = number(row["Quantity"]) < 0 and row.get("Financial cost amount") is not None  # type: ignore[arg-type]
    return given and row["Financial date"] == MARCH


@tried_on(st.data(), quick=3, whole=20)
def test_closing_in_steps_changes_no_cent(data: st.DataObject) -> None:
    """In posting order, three monthly closes and one close at the end find the same costs and differences."""
    book = data.draw(books(in_date_order=True))
    revalued = data.draw(revaluations(book))
    try:
        once = close_at(book, MARCH, None, revalued)
        steps = close_at(book, JANUARY, None, revalued)
        for day in (FEBRUARY, MARCH):
            steps = close_at(book, day, steps.tables, revalued)
    except InputFault:
        return
    assert totals(CoreResults(book, steps)) == totals(CoreResults(book, once))


@tried_on(books(), quick=3, whole=20)
def test_closing_again_or_recalculating_adds_nothing(book: Book) -> None:
    first = close_at(book, MARCH)
    later = replace(order_up_to(date(2026, 4, 30)), type=ClosingType.RECALCULATION)
    once = execute_run(core_book(book, first.tables), later)
    again = execute_run(core_book(book, once.tables), later)
    assert len(again.new[-1]["estimated_costs"]) == 0
    assert len(again.new[-1]["vouchers"]) == 0


@tried_on(books(), quick=3, whole=20)
def test_a_reversed_close_leaves_no_trace(book: Book) -> None:
    january = close_at(book, JANUARY)
    february = close_at(book, FEBRUARY, january.tables)
    undone = reverse(core_book(book, february.tables), None, order_up_to(FEBRUARY))
    assert totals(CoreResults(book, undone)) == totals(CoreResults(book, january))
    again = close_at(book, FEBRUARY, undone.tables)
    assert totals(CoreResults(book, again)) == totals(CoreResults(book, february))


@pytest.mark.long
def test_compiled_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long random book, walked in plain Python and compiled."""
    dice = random.Random(8)
    book = Book([Item("A", "Moving average", flags={"Include physical value": "Yes"})])
    for position in range(400):
        on = FIRST + timedelta(days=position // 8 - 3 * (dice.random() < 0.1))
        moved = dice.choice([-1, 1]) * dice.randint(1, 9)
        slip, change = Decimal(dice.randint(1, 9_000)) / 100, dice.randint(0, 3)
        book.add("A", f"T{position}", moved, physical_date=on, site=str(dice.randint(1, 5)),
                 financial_date=on + timedelta(days=dice.choice([0, 0, 4, 40])),
                 physical_cost_amount=slip if moved > 0 else None,
                 financial_cost_amount=slip + change if moved > 0 else None)  # fmt: skip
    plain = close_at(book, FEBRUARY)
    monkeypatch.setattr(kernel, "COMPILE_FROM", 0)
    compiled = close_at(book, FEBRUARY)
    assert len(plain.tables["estimated_costs"]) > 200
    for name, frame in plain.tables.items():
        assert frame.equals(compiled.tables[name], null_equal=True)
