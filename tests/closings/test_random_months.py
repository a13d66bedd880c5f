"""Random months: postings, invoices, charges, closes, recalculations and reversals in any order.

After every run the laws hold, and the state is that of a book which never saw what was reversed; in the end a fresh
book with the same inputs, closed at the same dates, has the same settlements and costs, and undoing everything leaves a
book that was never closed.
Source  RULES R10.3, R10.4, R7.1-R7.4.
"""

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invclose_xl.closing.close import run_order
from invclose_xl.closing.compute import compute
from invclose_xl.closing.order import Order
from invclose_xl.closing.outcome import Outcome
from invclose_xl.closing.record import record
from invclose_xl.closing.standing import read_standing
from invclose_xl.domain.book import Book as DomainBook
from invclose_xl.domain.problem import InputFault
from invclose_xl.domain.tables import Tables, empty_tables
from invclose_xl.domain.words import ClosingType
from tests.books import Book, Item
from tests.closings.months import Act, Months, acts, items
from tests.core import CoreResults, core_book
from tests.results import broken_laws

SETTINGS = settings(
    max_examples=25, deadline=None, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
COMPARED = ("settlements", "value_links", "adjustments", "closing_transactions", "estimated_costs")


@SETTINGS
@given(items(), st.booleans(), st.lists(acts(), min_size=5, max_size=30))
def test_random_months(drawn: list[Item], costs_known: bool, plan: list[Act]) -> None:
    play(Months(Book(drawn), costs_known), plan)


def play(months: Months, plan: list[Act]) -> None:
    """Let everything happen, and look at the book after every run."""
    for act in plan:
        outcome = months.do(act)
        if outcome is not None:
            assert broken_laws(CoreResults(months.book, outcome)) == []
            assert_reversed_rows_count_for_nothing(months)
            assert_a_recalculation_adds_nothing(months, outcome)
    months_again(months)
    undo_everything(months)


def assert_reversed_rows_count_for_nothing(months: Months) -> None:
    """The next close finds the same with and without the rows of what was reversed."""
    order = months.order(ClosingType.CLOSING, months.closed + timedelta(days=12))
    book = core_book(months.book, months.tables)
    status = pl.col("status") == "Active"
    active = {
        name: frame.filter(status) if name != "lock" and "status" in frame.columns else frame
        for name, frame in months.tables.items()
    }
    try:
        found = rows_of(book, order)
    except InputFault:
        return  # what was on hand when it was charged has been settled since
    assert_same(found, rows_of(replace(book, history=active), order))


def assert_a_recalculation_adds_nothing(months: Months, outcome: Outcome) -> None:
    """Repeating the run as a recalculation changes nothing (RULES R10.4, R6.4)."""
    lock = outcome.new[outcome.main]["lock"].row(0, named=True)
    if lock["type"] != ClosingType.RECALCULATION or months.limited:
        return
    again = rows_of(core_book(months.book, months.tables), months.order(ClosingType.RECALCULATION, lock["up_to"]))
    assert again["adjustments"].rows() == []
    assert again["estimated_costs"].rows() == []


def months_again(months: Months) -> None:
    """A fresh book closed at the same dates has the same settlements and costs, if it estimated nothing differently."""
    if not months.closes or not months.costs_known:
        return
    again = Months(months.book, True)
    for day in months.closes:
        again.tables = run_order(core_book(again.book, again.tables), again.order(ClosingType.CLOSING, day)).tables
    for name in ("settlements", "closing_transactions"):
        assert active_rows(months.tables, name) == active_rows(again.tables, name), name
    up_to = months.closes[-1]
    then = months.tables["lock"].filter(pl.col("status") == "Active")["up_to"].to_list()
    if max(then) == up_to:
        assert costs(months.tables) == costs(again.tables)


def undo_everything(months: Months) -> None:
    """Nothing is left of a book whose runs are all reversed, in the ledger neither."""
    if not months.book.rows:
        return
    while months.reverse() is not None:
        pass
    balance = months.tables["vouchers"].group_by("account").agg(pl.col("debit").sum() - pl.col("credit").sum())
    assert set(balance["debit"].to_list()) <= {0}
    order = months.order(ClosingType.CLOSING, months.closed + timedelta(days=40))
    touched = rows_of(core_book(months.book, months.tables), order)
    assert_same(touched, rows_of(core_book(months.book, empty_tables()), order))


def rows_of(book: DomainBook, order: Order) -> Tables:
    """What a run would write."""
    standing, gone = read_standing(book)
    assert gone == []
    return record(compute(book, order, standing), pl.DataFrame(schema=empty_tables()["vouchers"].schema), [])


def assert_same(one: Tables, other: Tables) -> None:
    for name in COMPARED:
        assert neutral(one[name]) == neutral(other[name]), name


def neutral(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Rows without the number of the closing, which depends on how many there were."""
    text = [c for c in ("issue", "receipt", "transaction") if c in frame.columns]
    bare = frame.drop("closing").with_columns(pl.col(text).str.replace(r"^IC-\d+", "IC"))
    return bare.rows()


def active_rows(tables: Tables, name: str) -> list[tuple[object, ...]]:
    """Active rows, closings numbered anew."""
    frame = tables[name].filter(pl.col("status") == "Active")
    lock = tables["lock"].filter((pl.col("status") == "Active") & (pl.col("type") == "Closing"))
    numbers = {closing: f"#{k}" for k, closing in enumerate(lock["closing"].to_list())}
    text = [c for c in ("closing", "issue", "receipt", "transaction") if c in frame.columns]
    renamed = frame.with_columns(pl.col(text).str.replace_many(list(numbers), list(numbers.values())))
    return sorted(renamed.rows(), key=str)


def costs(tables: Tables) -> dict[tuple[str, str], int]:
    """What all active adjustments of a kind changed a transaction's cost by."""
    active = tables["adjustments"].filter(pl.col("status") == "Active")
    total = active.group_by("transaction", "kind").agg(pl.col("adjustment").sum())
    return {(t, k): a for t, k, a in total.rows() if a}
