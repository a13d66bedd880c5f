"""Random months: postings, invoices, charges, settings, closes, recalculations and reversals in any order.

After every run: the laws hold; the active rows are those of a fresh book that is played the runs that count; after a
close, settlements and costs are those of a fresh book that knows only the closes; and undoing everything leaves a book
that was never closed.
Source  RULES R10.3, R10.4, R7.1-R7.4, R8.5, R9.4.
"""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invclose_xl.closing.compute import compute
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.part import correct_changed_rows
from invclose_xl.closing.record import record
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.domain.book import Book as DomainBook
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import ClosingType
from tests.books import Book, Item
from tests.closings.months import Act, Months, acts, book_of, items
from tests.core import CoreResults
from tests.results import broken_laws

pytestmark = pytest.mark.long

SETTINGS = settings(
    max_examples=12, deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
COMPARED = ("settlements", "value_links", "adjustments", "vouchers", "closing_transactions", "estimated_costs")

CLOSES = (ClosingType.CLOSING.value,)
RUNS = (*CLOSES, ClosingType.RECALCULATION.value)


@SETTINGS
@given(items(), st.booleans(), st.lists(acts(), min_size=8, max_size=24))
def test_random_months(drawn: list[Item], costs_known: bool, plan: list[Act]) -> None:
    play(Months(Book(drawn), costs_known), plan)


def play(months: Months, plan: list[Act]) -> None:
    """Let everything happen, and look at the book after every run."""
    for act in plan:
        outcome = months.do(act)
        if outcome is not None:
            assert broken_laws(CoreResults(months.book, outcome), months.posts_otherwise) == []
            assert_as_played_afresh(months)
            assert_a_recalculation_adds_nothing(months, outcome)
            if outcome.tables["lock"]["type"][-1] == ClosingType.CLOSING:
                assert_only_closes_count(months)
                assert_closed_again_the_same(months)
            assert_all_can_be_undone(months)


def assert_as_played_afresh(months: Months) -> None:
    """The active rows are those of a fresh book that is played the runs that count, each with what it saw."""
    fresh = Months(months.book, months.costs_known)
    for run in months.runs:
        fresh.play(run)
    for name in COMPARED:
        assert active_rows(months.tables, name) == active_rows(fresh.tables, name), name


def assert_a_recalculation_adds_nothing(months: Months, outcome: Outcome) -> None:
    """Repeating the run as a recalculation changes nothing (RULES R10.4, R6.4)."""
    if outcome.tables["lock"]["type"][-1] != ClosingType.RECALCULATION or months.runs[-1].request.items:
        return
    again = rows_of(book_of(months.book, months.tables), months.runs[-1].request)
    assert again["adjustments"].rows() == []
    assert again["estimated_costs"].rows() == []


def assert_only_closes_count(months: Months) -> None:
    """What recalculations did in between leaves no trace, and rows that came later change nothing."""
    if not months.costs_known:
        return  # a recalculation's estimate is kept, and it saw another average
    fresh = Months(months.book, True)
    for run in months.closes:
        seen = replace(run.seen, rows=months.book.rows, cost_adjustments=months.book.cost_adjustments)
        fresh.play(replace(run, seen=seen))
    for name in ("settlements", "closing_transactions"):
        assert active_rows(months.tables, name, CLOSES) == active_rows(fresh.tables, name, CLOSES), name
    assert costs(months.tables) == costs(fresh.tables)


def assert_closed_again_the_same(months: Months) -> None:
    """Reverse and close again: the same cents (RULES R10.3)."""
    again = months.copy()
    run = again.runs[-1]
    again.reverse()
    assert again.runs == months.runs[:-1]
    again.play(run)
    for name in COMPARED:
        assert active_rows(months.tables, name) == active_rows(again.tables, name), name


def assert_all_can_be_undone(months: Months) -> None:
    """Nothing is left of a book whose runs are all reversed, in the ledger neither."""
    undone = months.copy()
    while undone.reverse() is not None:
        pass
    assert undone.runs == []
    balance = undone.tables["vouchers"].group_by("account").agg(pl.col("debit").sum() - pl.col("credit").sum())
    assert set(balance["debit"].to_list()) <= {0}
    order = months.request(ClosingType.CLOSING, months.closed + timedelta(days=40))
    try:
        never = rows_of(book_of(months.book, make_empty_tables()), order)
    except InputFault:
        return  # what is charged on hand was not settled yet when it was
    assert_same(rows_of(book_of(undone.book, undone.tables), order), never)


def rows_of(book: DomainBook, request: RunRequest) -> Tables:
    """What a run would write."""
    now = correct_changed_rows(book, request)
    book, state, corrections = now.book, now.state, now.corrections
    no_voucher = pl.DataFrame(schema=make_empty_tables()["vouchers"].schema)
    return record(compute(book, request, state), no_voucher, corrections)


def assert_same(one: Tables, other: Tables) -> None:
    for name in COMPARED:
        assert neutral(one[name]) == neutral(other[name]), name


def neutral(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Rows without the number of the closing, which depends on how many there were."""
    text = [c for c in ("issue", "receipt", "transaction") if c in frame.columns]
    bare = frame.drop("closing").with_columns(pl.col(text).str.replace(r"^IC-\d+", "IC"))
    return bare.rows()


def active_rows(tables: Tables, name: str, types: tuple[str, ...] = RUNS) -> list[tuple[object, ...]]:
    """Active rows of some types of runs, which are numbered anew."""
    lock = tables["lock"].filter((pl.col("status") == "Active") & pl.col("type").is_in(types))
    numbers = {closing: f"#{k}" for k, closing in enumerate(lock["closing"].to_list())}
    if not numbers:
        return []
    frame = tables[name].filter(pl.col("closing").is_in(list(numbers)))
    text = [c for c in ("closing", "voucher", "text", "issue", "receipt", "transaction") if c in frame.columns]
    renamed = frame.with_columns(pl.col(text).str.replace_many(list(numbers), list(numbers.values())))
    return sorted(renamed.rows(), key=str)


def costs(tables: Tables) -> dict[tuple[str, str], int]:
    """What all active adjustments of a kind changed a transaction's cost by."""
    active = tables["adjustments"].filter(pl.col("status") == "Active")
    total = active.group_by("transaction", "kind").agg(pl.col("adjustment").sum())
    return {(t, k): a for t, k, a in total.rows() if a}
