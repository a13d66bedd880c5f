"""Random months of a book: what a user posts, invoices, charges and sets, and which runs follow, on the pure core.

In      a Plan: acts drawn by Hypothesis, each with a few numbers that are bent to what is possible at its moment.
Out     Months: the book as it has become, its result tables, and the runs that still count with what they saw.
Errors  none: an act that makes no sense at its moment is left out.
Source  RULES R2.1, R2.3, R7.4, R10.1, R10.3, R10.4.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import polars as pl
from hypothesis import strategies as st

from invclose_xl.closing.close import execute_run
from invclose_xl.closing.lock.sealing import Outcome
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.reverse import find_latest_active_run, reverse
from invclose_xl.domain.book import Book as DomainBook
from invclose_xl.domain.fingerprint import fingerprint_texts
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import ClosingType, Specification
from invclose_xl.workbook.layout import TRANSACTIONS
from tests.books import MODELS, Book, Cell, Item
from tests.core import core_book

FIRST = date(2026, 1, 1)
NOW = datetime(2026, 12, 1, 12, 0)
ACTS = (
    "receipt", "receipt", "issue", "issue", "issue", "transfer", "production", "return", "invoice", "charge",
    "setting", "close", "close", "recalculate", "reverse",
)  # fmt: skip
RUNS = ("close", "recalculate", "reverse")
FLAGS = ("Include physical value", "Post physical inventory", "Post financial inventory")


@dataclass(frozen=True)
class Act:
    """One thing that happens: what, to which item, and three numbers."""

    what: str
    item: str
    days: int
    quantity: int
    cents: int
    pick: int


def acts() -> st.SearchStrategy[Act]:
    """Draw one act."""
    return st.builds(
        Act, st.sampled_from(ACTS), st.sampled_from(["A", "B"]), st.integers(0, 25), st.integers(1, 9),
        st.integers(0, 30_000), st.integers(0, 1_000),
    )  # fmt: skip


def items() -> st.SearchStrategy[list[Item]]:
    """Draw two items: model, and whether physical value is included."""
    models, flag = st.sampled_from(MODELS), st.sampled_from(["Yes", "No"])
    return st.tuples(models, flag, models, flag).map(
        lambda drawn: [
            Item("A", drawn[0], "GA", Decimal(5), {"Include physical value": drawn[1]}),
            Item("B", drawn[2], "GB", Decimal(5), {"Include physical value": drawn[3]}),
        ]
    )


@dataclass(frozen=True)
class PlayedRun:
    """A closing or recalculation that counts: its number, what it was told, and the inputs as it found them."""

    closing: str
    request: RunRequest
    seen: Book


@dataclass
class Months:
    """A book that lives."""

    book: Book
    costs_known: bool
    """every issue comes with its posted cost, so nothing is ever estimated"""
    posts_otherwise: bool = False
    """what goes to the ledger was changed, so today's settings do not say what earlier vouchers hold"""
    tables: Tables = field(default_factory=make_empty_tables)
    runs: list[PlayedRun] = field(default_factory=list)

    @property
    def closes(self) -> list[PlayedRun]:
        """The active closings."""
        return [run for run in self.runs if run.request.settles]

    @property
    def closed(self) -> date:
        """The closed date; the day before the first where nothing is closed."""
        return self.closes[-1].request.up_to if self.closes else FIRST - timedelta(days=1)

    def copy(self) -> "Months":
        """Return a second one to be played on; rows are shared."""
        return replace(self, runs=list(self.runs))

    def request(self, kind: ClosingType, day: date) -> RunRequest:
        """Order a run; clock and user are fixed."""
        return RunRequest(kind, day, Specification.ITEM_GROUP, NOW, "tester", "test")

    def do(self, act: Act) -> Outcome | None:
        """Let it happen; a run returns its outcome."""
        day = self.closed + timedelta(days=1 + act.days)
        if act.what in RUNS and not self.book.rows:
            return None
        match act.what:
            case "close":
                return self._run(self.request(ClosingType.CLOSING, day))
            case "recalculate":
                order = self.request(ClosingType.RECALCULATION, day)
                return self._run(replace(order, items=("A",) if act.pick % 4 == 0 else ()))
            case "reverse":
                return self.reverse()
            case _:
                POSTINGS[act.what](self, act, day)
                return None

    def _run(self, request: RunRequest) -> Outcome | None:
        try:
            outcome = self.play(PlayedRun("", request, deepcopy(self.book)))
        except InputFault as fault:
            # What was on hand when it was charged has been settled since; a user takes the charge out again.
            if {p.code for p in fault.problems} != {"IC354"}:
                raise
            charges = self.book.cost_adjustments
            new = [c for c in charges if isinstance(c["Date"], date) and c["Date"] > self.closed]
            self.book.cost_adjustments = [c for c in charges if c not in new or c["Applies to"] != "On hand"]
            return None
        return outcome

    def play(self, run: PlayedRun) -> Outcome:
        """Let a run find the inputs that it is said to have seen."""
        outcome = execute_run(book_of(run.seen, self.tables), run.request)
        self.tables = outcome.tables
        self.runs.append(replace(run, closing=str(outcome.new[outcome.main]["lock"]["closing"][0])))
        self._forget_what_is_reversed()
        return outcome

    def _forget_what_is_reversed(self) -> None:
        lock = self.tables["lock"]
        active = set(lock.filter(lock["status"] == "Active")["closing"])
        self.runs = [run for run in self.runs if run.closing in active]

    def reverse(self) -> Outcome | None:
        """Undo the latest run, if there is one."""
        latest = find_latest_active_run(self.tables)
        if latest is None:
            return None
        outcome = reverse(book_of(self.book, self.tables), None, self.request(ClosingType.REVERSAL, FIRST))
        self.tables = outcome.tables
        self._forget_what_is_reversed()
        return outcome

    def receipt(self, act: Act, day: date) -> None:
        """Receive goods; every third is not invoiced yet."""
        self._row("P", act, day, act.quantity, Decimal(act.cents) / 100)

    def issue(self, act: Act, day: date) -> None:
        """Deliver goods; some are not invoiced yet, some come without a cost."""
        known = self.costs_known or act.pick % 4
        cost = Decimal(act.cents) / 100 if known else None
        self._row("S", act, day, -act.quantity, cost, marked_to=self._mark(act) if act.pick % 5 == 0 else None)

    def _mark(self, act: Act) -> str | None:
        """Choose a receipt of the same costing group."""
        site = "2" if act.pick % 7 == 0 else "1"
        found = [r for r in self.book.rows if r["Item number"] == act.item and r["Site"] == site]
        receipts = [str(r["Transaction ID"]) for r in found if str(r["Transaction ID"])[0] == "P"]
        return receipts[act.cents % len(receipts)] if receipts else None

    def produce(self, act: Act, day: date) -> None:
        """Use a component and receive a product of it, on that day or later."""
        cost, name = Decimal(act.cents) / 100, f"W{len(self.book.rows)}"
        later = day + timedelta(days=act.pick % 12)
        product = "B" if act.item == "A" else "A"
        for item, sign, when, reference in ((act.item, -1, day, "Production line"), (product, 1, later, "Production")):
            self.book.add(
                item, f"{name}{'I' if sign < 0 else 'R'}", sign * act.quantity, physical_date=when, financial_date=when,
                financial_cost_amount=sign * cost, site="1", reference=reference, production_number=name,
            )  # fmt: skip

    def transfer(self, act: Act, day: date) -> None:
        """Send goods to the other site, or inside one."""
        cost, name = Decimal(act.cents) / 100, f"T{len(self.book.rows)}"
        later = day + timedelta(days=0 if act.pick % 2 else 9)
        sites = ("1", "2") if act.pick % 3 else ("1", "1")
        for side, sign, when, site in (("I", -1, day, sites[0]), ("R", 1, later, sites[1])):
            self.book.add(
                act.item, name + side, sign * act.quantity, physical_date=when, financial_date=when,
                financial_cost_amount=sign * cost, site=site, reference="Transfer", transfer_id=name,
            )  # fmt: skip

    def set_up(self, act: Act, day: date) -> None:
        """Change a model, a flag or a parameter; from the next run on it applies (RULES R3.3)."""
        item = next(item for item in self.book.items if item.number == act.item)
        flag = FLAGS[act.cents % len(FLAGS)]
        self.posts_otherwise |= act.pick % 4 in (1, 2)
        match act.pick % 4:
            case 0:
                item.model = MODELS[act.cents % len(MODELS)]
            case 1:
                item.flags[flag] = "No" if item.flags.get(flag) == "Yes" else "Yes"
            case 2:
                self.book.parameters["Post estimated costs"] = act.cents % 2
            case _:
                self.book.parameters["LIFO issue order"] = ("Newest first", "Oldest first")[act.cents % 2]

    def returned(self, row: dict[str, Cell]) -> Decimal:
        """What was given back of an issue."""
        back = [r for r in self.book.rows if r.get("Return lot ID") == row["Transaction ID"]]
        return sum((Decimal(str(r["Quantity"])) for r in back), Decimal(0))

    def _row(self, letter: str, act: Act, day: date, quantity: int, cost: Decimal | None, **more: Cell) -> None:
        sign = 1 if quantity > 0 else -1
        invoiced = act.pick % 3 > 0
        signed = None if cost is None else sign * cost
        self.book.add(
            act.item, f"{letter}{len(self.book.rows)}", quantity, physical_date=day,
            financial_date=day if invoiced else None, physical_cost_amount=signed,
            financial_cost_amount=signed if invoiced else None, site="2" if act.pick % 7 == 0 else "1", **more,
        )  # fmt: skip

    def invoice(self, act: Act, day: date) -> None:
        """Invoice something that was only received or delivered, at another cost."""
        waiting = [r for r in self.book.rows if r["Financial date"] is None]
        if not waiting:
            return
        row = waiting[act.pick % len(waiting)]
        sign = 1 if Decimal(str(row["Quantity"])) > 0 else -1
        physical = row["Physical date"]
        assert isinstance(physical, date)
        row["Financial date"] = max(day, physical)
        if sign > 0 or self.costs_known or act.pick % 4:
            row["Financial cost amount"] = sign * Decimal(act.cents) / 100

    def charge(self, act: Act, day: date) -> None:
        """Adjust the cost of a receipt by hand."""
        settled = set(self.tables["settlements"]["receipt"].to_list())
        on_hand = act.pick % 5 == 0
        receipts = [
            r for r in self.book.rows
            if Decimal(str(r["Quantity"])) > 0 and not (on_hand and r["Transaction ID"] in settled)
        ]  # fmt: skip
        if receipts:
            self.book.cost_adjustments.append(
                {"Transaction ID": receipts[act.pick % len(receipts)]["Transaction ID"], "Date": day,
                 "Amount": Decimal(act.cents - 15_000) / 100, "Applies to": "On hand" if on_hand else ""}
            )  # fmt: skip

    def give_back(self, act: Act, day: date) -> None:
        """Give back a part of an issue."""
        issues = [r for r in self.book.rows if str(r["Transaction ID"])[0] == "S" and r["Item number"] == act.item]
        if not issues:
            return
        row = issues[act.pick % len(issues)]
        if -Decimal(str(row["Quantity"])) - self.returned(row) >= 1:
            invoiced = replace(act, pick=1)
            self._row("R", invoiced, day, 1, Decimal(act.cents) / 100, reference="Return order",
                      return_lot_id=row["Transaction ID"])  # fmt: skip


POSTINGS: dict[str, Callable[[Months, Act, date], None]] = {
    "receipt": Months.receipt, "issue": Months.issue, "transfer": Months.transfer, "production": Months.produce,
    "return": Months.give_back,
    "invoice": Months.invoice, "charge": Months.charge, "setting": Months.set_up,
}  # fmt: skip


def book_of(book: Book, tables: Tables) -> DomainBook:
    """Return the book as the reader would, with a print of every column, so that the lock watches all of them."""
    hashes = {
        column.field: fingerprint_texts(
            pl.Series([str(row.get(column.heading) or "") for row in book.rows], dtype=pl.String)
        )
        for column in TRANSACTIONS.columns
    }
    return replace(core_book(book, tables), transaction_hashes=hashes)
