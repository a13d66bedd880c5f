"""Explanations: every cent has a source and a place where it went; chains lead down to purchases, rules in words.

Source  WORKBOOK "Command line" (explain); vectors/ax2012_trace.json; RULES R1, R5-R7.
"""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import invclose_xl
from invclose_xl.analysis.trace.trace import trace_costs
from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.domain.views.trace import Trace
from invclose_xl.reports.costs.ends import destinations, origins
from invclose_xl.reports.costs.explanation import UnknownSubject, explain
from invclose_xl.reports.costs.parts import CostParts
from invclose_xl.reports.explain.plain_data import explanation_document
from invclose_xl.reports.explain.text import explain_text
from invclose_xl.workbook.input.read import read_book
from tests.books import Book, Item
from tests.core import close_core, core_book
from tests.long_runs import tried_on
from tests.test_properties import FEBRUARY, JANUARY, fed_books
from tests.test_vectors import book_of, load

EXAMPLE = Path(__file__).parent.parent.parent / "examples" / "january.xlsx"


def traced(book: Book, *days: date) -> Trace:
    """Close a test book on each day and follow its costs."""
    history = None
    for day in days:
        history = close_core(book, day, history).tables
    return trace_costs(core_book(book, history))


def traced_file(path: Path) -> Trace:
    """Follow the costs of a book on disk."""
    content = read_book(path).book
    assert content is not None
    return trace_costs(content)


def does_not_add_up(trace: Trace) -> list[str]:
    parts, p = CostParts(trace), trace.movements
    wrong = []
    for movement in range(len(p)):
        sums = [sum(x.amount for x in step(movement)) for step in (parts.sources, parts.uses)]
        sums += [sum(end.amount for end in step(parts, movement)) for step in (origins, destinations)]
        wrong += (
            [f"{p.id[movement]} costs {p.cost[movement]}, parts {sums}"] if set(sums) != {int(p.cost[movement])} else []
        )
    return wrong


@tried_on(fed_books(), quick=5, whole=20)
def test_every_cent_has_a_source_and_a_place(book: Book) -> None:
    try:
        first = close_core(book, JANUARY).tables
        second = close_core(book, FEBRUARY, first).tables
    except InvCloseError:
        return
    for history in (None, first, second):
        trace = trace_costs(core_book(book, history))
        assert does_not_add_up(trace) == []
        for movement in range(len(trace.movements)):
            explained = explain(trace, trace.movements.id[movement])
            assert explain_text(trace, explained)
            assert explanation_document(trace, explained)


def test_the_published_trace() -> None:
    vector = next(v for v in load("close") if v["id"] == "ax2012.trace")
    trace = traced(book_of(vector), date(2021, 12, 31))
    explained = explain(trace, "so987")
    assert [(e.amount, trace.movements.id[e.movement]) for e in explained.origins] == [(1000, "PO123")]
    assert [(s.what, s.amount) for s in explained.steps] == [("Posted cost", 1250), ("Settlement", -250)]
    went = explain(trace, "PO123")
    assert [(e.amount, trace.movements.id[e.movement], e.what) for e in went.destinations] == [(1000, "SO987", "sold")]
    assert [(n.part.amount, n.part.what) for n in explain(trace, "PO456").uses] == [(1500, "still in stock")]


def chain() -> Book:
    """Two purchases, a transfer to another site, a product made there, sold and partly given back."""
    book = Book([Item("A", "FIFO"), Item("B", "FIFO")])
    d = date(2026, 1, 5)
    book.receive("P1", d, 3, "30.00", site="1", reference="Purchase order")
    book.receive("P2", date(2026, 1, 6), 1, "13.00", site="1", reference="Purchase order")
    book.issue("T-I", date(2026, 1, 7), 4, "40.00", site="1", reference="Transfer", transfer_id="T")
    book.receive("T-R", date(2026, 1, 7), 4, "40.00", site="2", reference="Transfer", transfer_id="T")
    book.issue("C1", date(2026, 1, 8), 4, "40.00", site="2", reference="Production line", production_number="W")
    book.receive("M1", date(2026, 1, 8), 2, "50.00", item="B", site="2", reference="Production", production_number="W")
    book.issue("S1", date(2026, 1, 9), 2, "50.00", item="B", site="2", reference="Sales order", lot_id="L1")
    book.receive("R1", date(2026, 1, 12), 1, "25.00", item="B", site="2", reference="Return order", return_lot_id="L1")
    return book


def test_a_chain_leads_down_to_purchases() -> None:
    trace = traced(chain(), JANUARY)
    sold = explain(trace, "S1")
    assert sold.cost == 5300
    assert [(e.amount, trace.movements.id[e.movement]) for e in sold.origins] == [
        (3000, "P1"),
        (1300, "P2"),
        (1000, "M1"),
    ]
    given_back = explain(trace, "R1")
    assert [(e.amount, trace.movements.id[e.movement]) for e in given_back.origins] == [
        (1500, "P1"),
        (650, "P2"),
        (500, "M1"),
    ]
    went = explain(trace, "P2")
    assert [(e.amount, trace.movements.id[e.movement], e.what) for e in went.destinations] == [
        (650, "S1", "sold"), (650, "R1", "still in stock"),
    ]  # fmt: skip
    page = explain_text(trace, sold)
    assert "It comes from" in page
    assert "FIFO: the oldest open receipt is settled with the oldest issue" in page
    assert "transfers, production and returns pass cost on" in page


def test_what_no_receipt_covers_and_what_was_estimated() -> None:
    book = Book([Item("A", "FIFO", cost_price=Decimal("7.00"))])
    book.receive("P1", date(2026, 1, 2), 1, "10.00")
    book.issue("S1", date(2026, 1, 3), 3, "33.00")
    book.issue("S2", date(2026, 1, 4), 1)
    trace = traced(book, JANUARY)
    assert [(n.part.amount, n.part.rule) for n in explain(trace, "S1").sources] == [(1000, "R5.4"), (2200, "R5.10")]
    assert [n.part.rule for n in explain(trace, "S2").sources] == ["R8.1"]


def test_before_any_close_a_cost_is_the_posted_cost() -> None:
    trace = traced(chain())
    assert "nothing was closed yet" in explain_text(trace, explain(trace, "C1"))
    assert does_not_add_up(trace) == []


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("january") / "closed.xlsx"
    assert main([str(EXAMPLE), "--output", str(path)]) == 0
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("T0270", ["Marking (R5.1)", "closing transfer IC-000001/W10/R", "Purchase order PO-00004", "706.79"]),
        ("t0339", ["Return (R6.2)", "It went to"]),
        ("A-LOCK", ["Stock and value", "Settlement"]),
        ("IC-000001", ["Lines; explain one"]),
        ("IC-000001/2", ["13.32", "T0362"]),
        ("IC-000001/W7/R", ["It comes from"]),
    ],
)
@pytest.mark.sampled(3)
def test_the_page(january: Path, name: str, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(january), name]) == 0
    page = capsys.readouterr().out
    assert [word for word in words if word not in page] == []
    assert main(["explain", str(january), name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"]


def test_every_voucher_line_is_explained(january: Path) -> None:
    trace = traced_file(january)
    for row in trace.vouchers.iter_rows(named=True):
        explained = explain(trace, f"IC-000001/{row['line']}")
        assert explained.cost == row["debit"] - row["credit"]
        assert "Not explained" not in dict(explained.facts)


def test_as_a_data_frame(january: Path) -> None:
    frame = invclose_xl.explain(january, "T0270").frame()
    assert {"direction", "depth", "amount", "transaction", "rule"} <= set(frame.columns)
    assert "T0179" in frame["transaction"]


def test_an_unknown_name_is_wrong_usage(january: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(january), "T0271x"]) == 2
    assert "Do you mean T0271" in capsys.readouterr().err
    assert main(["explain", str(january), "IC-000001/99"]) == 2


def test_names_that_come_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book([Item("Bolt", "FIFO")])
    for k in range(20):
        book.receive(f"ORD-{k:05}", date(2026, 1, 5), 1, "1.00", item="Bolt")
    path = book.write(tmp_path / "book.xlsx")
    for most in (20_000, 5):
        monkeypatch.setattr("invclose_xl.reports.costs.explanation.MOST_COMPARED", most)
        for name, near in (("bold", "Bolt"), ("ord-0001", "ORD-000"), ("Ord-00099", "ORD-0000")):
            with pytest.raises(UnknownSubject, match=f"Do you mean .*{near}"):
                invclose_xl.explain(path, name)


def test_what_a_recalculation_handed_down_comes_from_the_receipt(tmp_path: Path) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P", date(2026, 1, 2), 4, "40.00")
    book.issue("S1", date(2026, 1, 5), 2, "20.00")
    book.issue("S2", date(2026, 1, 6), 2, "20.00", lot_id="L")
    book.receive("R", date(2026, 1, 9), 1, "10.00", return_lot_id="L", reference="Return order")
    book.issue("S3", date(2026, 1, 12), 1, "10.00")
    book.cost_adjustments = [{"Transaction ID": "P", "Date": date(2026, 2, 5), "Amount": Decimal("3.00")}]
    path = book.write(tmp_path / "book.xlsx")
    invclose_xl.close(path, JANUARY, backup=False)
    invclose_xl.recalculate(path, date(2026, 2, 10), backup=False)
    text = invclose_xl.explain(path, "S3").text()
    assert "since" not in text
    assert "10.75  1 A, receipt R, 2026-01-09, Return order: FIFO, and what IC-000002 passed on" in text
    ends = explain(traced_file(path), "P").destinations
    assert [(e.amount, e.what) for e in ends] == [(2150, "left the stock"), (1075, "left the stock"),
                                                  (1075, "left the stock")]  # fmt: skip


def shared() -> Book:
    """A purchase of two items on one document, a sale in two lines of one lot, vouchers of the ledger."""
    book = Book([Item("A", "FIFO"), Item("B", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 10, "100.00", "A", lot_id="L 1", voucher="V1")
    book.receive("P2", date(2026, 1, 5), 5, "60.00", "B", lot_id="L2", voucher="V1")
    book.issue("S1", date(2026, 1, 10), 2, "30.00", "A", lot_id="L3", voucher="V2", physical_voucher="PS2")
    book.issue("S2", date(2026, 1, 11), 1, "10.00", "A", lot_id="L3", voucher="V3", physical_voucher="PS2")
    for row, number in zip(book.rows, ("PO-1", "PO-1", "SO 1", "SO 1"), strict=True):
        row["Number"] = number
    return book


def read(book: Book, folder: Path) -> Trace:
    """Close January of a workbook, and follow its costs."""
    path = book.write(folder / "book.xlsx")
    invclose_xl.close(path, JANUARY, backup=False)
    content = read_book(path).book
    assert content is not None
    return trace_costs(content)


@pytest.mark.parametrize(
    ("name", "subject", "title", "ids", "cost"),
    [
        ("po-1", "document", "Document PO-1: 2 transactions", ["P1", "P2"], 16000),
        ("SO 1", "document", "Document SO 1: 2 transactions", ["S1", "S2"], -3000),
        ("l3", "lot", "Lot L3: 2 transactions", ["S1", "S2"], -3000),
        ("V1", "voucher", "Voucher V1: 2 transactions", ["P1", "P2"], 16000),
        ("ps2", "voucher", "Packing slip voucher PS2: 2 transactions", ["S1", "S2"], -3000),
    ],
)
def test_what_transactions_share(
    tmp_path: Path, name: str, subject: str, title: str, ids: list[str], cost: int
) -> None:
    trace = read(shared(), tmp_path)
    explained = explain(trace, name)
    assert (explained.subject, explained.title, explained.cost) == (subject, title, cost)
    assert [row[0] for row in explained.tables[0].rows] == ids
    assert all(i in explain_text(trace, explained) for i in ids)
    assert explanation_document(trace, explained)


@pytest.mark.parametrize(("name", "transaction"), [("l 1", "P1"), ("V2", "S1"), ("v3", "S2")])
def test_what_stands_alone_is_explained_itself(tmp_path: Path, name: str, transaction: str) -> None:
    trace = read(shared(), tmp_path)
    assert explain(trace, name) == explain(trace, transaction)


def test_a_transaction_goes_before_a_document_of_its_name(tmp_path: Path) -> None:
    book = shared()
    for row in book.rows:
        row["Number"] = "P1"
    assert explain(read(book, tmp_path), "P1").subject == "receipt"


def test_documents_through_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = shared().write(tmp_path / "book.xlsx")
    assert main(["explain", str(path), "PO-1"]) == 0
    assert "Document PO-1: 2 transactions" in capsys.readouterr().out
    assert main(["explain", str(path), "PO-1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["subject"] == "document"
    invclose_xl.explain(path, "PO-1").workbook(tmp_path / "out.xlsx", path)
    assert len(invclose_xl.explain(path, "PO-1").frame()) >= 0
    assert main(["explain", str(path), "PO-2"]) == 2
    assert "Do you mean PO-1" in capsys.readouterr().err
