"""What must hold in every book: conservation laws, the same input twice, independence of other items.

In      random books: all five periodic models with and without physical value, two sites, marks, transfers inside a
        costing group, missing costs, partial coverage, two closes.
Source  RULES R2.5, R6.3, R7.1, R7.3, R9.3.
"""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import note
from hypothesis import strategies as st

from invclose_xl.domain.tables import RESULTS
from tests.books import MODELS, Book, Cell, Item
from tests.core import CoreResults, close_core
from tests.long_runs import tried_on
from tests.results import broken_laws, number, open_parts

FIRST = date(2026, 1, 1)
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


@st.composite
def items(draw: st.DrawFn, number_of: str) -> Item:
    flags = {"Include physical value": draw(st.sampled_from(["Yes", "No"]))}
    price = draw(st.none() | st.integers(0, 2000))
    return Item(
        number_of,
        draw(st.sampled_from(MODELS)),
        "G" + number_of,
        None if price is None else Decimal(price) / 100,
        flags,
    )


@st.composite
def row_of(draw: st.DrawFn, item: str, identifier: str) -> dict[str, Cell]:
    sign = draw(st.sampled_from([1, 1, -1, -1, -1]))
    physical = FIRST + timedelta(days=draw(st.integers(0, 55)))
    late = draw(st.sampled_from([0, 0, 0, 3, 30, None]))
    slip = Decimal(draw(st.integers(0, 30_000))) / 100
    invoice = Decimal(draw(st.integers(0, 30_000))) / 100
    known = sign > 0 or draw(st.integers(0, 4)) > 0
    return {
        "Transaction ID": identifier,
        "Item number": item,
        "Reference": draw(st.sampled_from(["Purchase order"] if sign > 0 else ["Sales order", "Counting"])),
        "Physical date": physical,
        "Financial date": None if late is None else physical + timedelta(days=late),
        "Quantity": sign * Decimal(draw(st.integers(1, 12))) / draw(st.sampled_from([1, 1, 1, 4])),
        "Physical cost amount": sign * slip if known else None,
        "Financial cost amount": sign * invoice if known and late is not None else None,
        "Site": draw(st.sampled_from(["1", "1", "2"])),
    }  # fmt: skip


@st.composite
def books(draw: st.DrawFn, names: tuple[str, ...] = ("A", "B"), most: int = 22) -> Book:
    book = Book([draw(items(name)) for name in names])
    for name in names:
        for position in range(draw(st.integers(0, most))):
            book.rows.append(draw(row_of(name, f"{name}{position:03d}")))
        mark(draw, book, [row for row in book.rows if row["Item number"] == name])
        for position in range(draw(st.integers(0, 2))):
            transfer(draw, book, name, position)
    return book


def mark(draw: st.DrawFn, book: Book, rows: list[dict[str, Cell]]) -> None:
    """Mark some issues to receipts of their costing group, wholly or in part."""
    for issue in [row for row in rows if number(row["Quantity"]) < 0]:  # type: ignore[arg-type]
        partners = [r for r in rows if number(r["Quantity"]) > 0 and r["Site"] == issue["Site"]]  # type: ignore[arg-type]
        if partners and draw(st.integers(0, 4)) == 0:
            issue["Marked to"] = draw(st.sampled_from(partners))["Transaction ID"]
            if draw(st.booleans()):
                issue["Marked quantity"] = min(Decimal(1), -Decimal(str(issue["Quantity"])))


def transfer(draw: st.DrawFn, book: Book, item: str, position: int) -> None:
    """Add a transfer inside one costing group."""
    day = FIRST + timedelta(days=draw(st.integers(0, 55)))
    quantity, cost = draw(st.integers(1, 5)), Decimal(draw(st.integers(0, 9_000))) / 100
    for side, sign in (("I", -1), ("R", 1)):
        book.add(item, f"{item}X{position}{side}", sign * quantity, physical_date=day, financial_date=day,
                 physical_cost_amount=sign * cost, financial_cost_amount=sign * cost, site="1", reference="Transfer",
                 transfer_id=f"{item}X{position}")  # fmt: skip


@st.composite
def fed_books(draw: st.DrawFn) -> Book:
    """Books whose costs travel: to the other site, into products, back from customers; loops among them."""
    book = draw(books(most=12))
    for position in range(draw(st.integers(1, 5))):
        item, other = draw(st.sampled_from([("A", "B"), ("B", "A"), ("A", "A")]))
        kind = draw(st.sampled_from(["transfer", "production", "return"]))
        add_feed(draw, book, kind, item, other, f"{kind[0]}{position}")
    return book


def add_feed(draw: st.DrawFn, book: Book, kind: str, item: str, other: str, name: str) -> None:
    """Add an issue and the receipts that it feeds."""
    day = FIRST + timedelta(days=draw(st.integers(0, 50)))
    receipts = draw(st.integers(1, 3))
    quantity = receipts * draw(st.integers(1, 4))
    cost = Decimal(draw(st.integers(0, 20_000))) / 100
    sites = draw(st.sampled_from([("1", "2"), ("2", "1")]))
    references = {
        "transfer": ("Transfer", "Transfer"), "production": ("Production line", "Production"),
        "return": ("Sales order", "Return order"),
    }  # fmt: skip
    link: dict[str, Cell] = {"transfer": {"transfer_id": name}, "production": {"production_number": name}}.get(kind, {})
    book.add(
        item, f"{name}I", -quantity, physical_date=day, financial_date=day, financial_cost_amount=-cost, site=sites[0],
        reference=references[kind][0], lot_id=f"L{name}", **link,
    )  # fmt: skip
    for k in range(receipts):
        later = day + timedelta(days=draw(st.sampled_from([0, 0, 2, 20])))
        book.add(
            other if kind == "production" else item, f"{name}R{k}", quantity // receipts, physical_date=later,
            financial_date=later, financial_cost_amount=(cost / receipts).quantize(Decimal("0.01")),
            site=sites[1] if kind == "transfer" else sites[0], reference=references[kind][1],
            return_lot_id=f"L{name}" if kind == "return" else None, **link,
        )  # fmt: skip


@tried_on(fed_books(), quick=5, whole=25)
def test_laws_hold_where_costs_travel(book: Book) -> None:
    first = close_core(book, JANUARY)
    assert broken_laws(CoreResults(book, first)) == []
    second = close_core(book, FEBRUARY, first.tables)
    assert broken_laws(CoreResults(book, second)) == []


@tried_on(books(), quick=5, whole=25)
def test_laws_hold_over_two_closes(book: Book) -> None:
    first = close_core(book, JANUARY)
    assert broken_laws(CoreResults(book, first)) == []
    second = close_core(book, FEBRUARY, first.tables)
    results = CoreResults(book, second)
    assert broken_laws(results) == []
    note(str(open_parts(results, FEBRUARY)))


@tried_on(books(), quick=5, whole=25)
def test_value_in_is_value_out_and_value_left(book: Book) -> None:
    """Per item: what the receipts cost = what the issues cost + what is left, uncovered issues counted as negative."""
    results = CoreResults(book, close_core(book, JANUARY))
    parts = {key: part for key, part in open_parts(results, JANUARY).items() if "/" not in key or key.endswith("/R")}
    for item in ("A", "B"):
        rows = [r for r in results.transactions() if r["Item number"] == item and str(r["Transaction ID"]) in parts]
        legs = [str(r["Transaction ID"]) for r in results.result("Closing transactions") if r["Item number"] == item]
        signs = {str(r["Transaction ID"]): 1 if number(r["Quantity"]) > 0 else -1 for r in rows}
        costs = final_costs(results, set(signs))
        left = sum((parts[key].value * sign for key, sign in signs.items()), Decimal(0))
        left += sum((parts[key].value for key in legs if key.endswith("/R")), Decimal(0))
        assert sum((costs[key] * sign for key, sign in signs.items()), Decimal(0)) == left


def final_costs(results: CoreResults, keys: set[str]) -> dict[str, Decimal]:
    costs = {str(r["Transaction ID"]): abs(number(r.get("Financial cost amount"))) for r in results.transactions()}
    for row in results.result("Estimated costs"):
        costs[str(row["Transaction ID"])] += number(row["Amount"])
    for row in results.result("Adjustments"):
        if row["Kind"] == "Financial":
            costs[str(row["Transaction ID"])] += number(row["Adjustment"])
    return {key: cost for key, cost in costs.items() if key in keys}


@tried_on(books(), quick=5, whole=25)
def test_the_same_input_gives_the_same_result(book: Book) -> None:
    once, again = close_core(book, JANUARY), close_core(book, JANUARY)
    for name in RESULTS:
        assert once.tables[name].equals(again.tables[name], null_equal=True)


COMPARED = ("settlements", "value_links", "adjustments", "closing_transactions", "estimated_costs")


@tried_on(books(("A", "B", "Z")), st.randoms(use_true_random=False), quick=5, whole=25)
def test_other_items_change_nothing(book: Book, dice: random.Random) -> None:
    """Leaving out an item, or mixing its rows among the others, leaves every row of the others as it was."""
    alone = Book([i for i in book.items if i.number != "Z"], [r for r in book.rows if r["Item number"] != "Z"])
    mixed = Book(book.items, shuffled(book.rows, dice))
    expected = close_core(alone, JANUARY)
    for other in (book, mixed):
        outcome = close_core(other, JANUARY)
        for name in COMPARED:
            frame = outcome.tables[name]
            assert frame.filter(frame["item"] != "Z").equals(expected.tables[name], null_equal=True)


def shuffled(rows: list[dict[str, Cell]], dice: random.Random) -> list[dict[str, Cell]]:
    """Interleave the items at random; the rows of one item keep their order."""
    queues = {name: [r for r in rows if r["Item number"] == name] for name in ("A", "B", "Z")}
    mixed = []
    while any(queues.values()):
        name = dice.choice([name for name, queue in queues.items() if queue])
        mixed.append(queues[name].pop(0))
    return mixed


@pytest.mark.parametrize("model", MODELS)
def test_a_large_random_book(model: str) -> None:
    """Hundreds of transactions of one item: the laws again, where queues are long."""
    dice = random.Random(7)
    book = Book([Item("A", model)])
    for position in range(600):
        day = FIRST + timedelta(days=dice.randrange(55))
        quantity, cost = dice.randint(1, 30), Decimal(dice.randint(1, 50_000)) / 100
        if dice.random() < 0.45:
            book.receive(f"P{position}", day, quantity, cost)
        else:
            book.issue(f"S{position}", day, quantity, cost)
    first = close_core(book, JANUARY)
    second = close_core(book, FEBRUARY, first.tables)
    assert broken_laws(CoreResults(book, second)) == []
