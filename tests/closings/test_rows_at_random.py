"""Rows change at random between recalculations and closes: the book that ran in between ends like one that never did.

Every column of a row, its date, its deletion, charges, models, and split packing slips; then a close. Costs and ledger
must be those of the same book that only closed. Where issues come without an amount, an estimate of a recalculation is
kept (R8.5) although it saw another average; there the ledger must be what the sheets say.
Source  RULES R8.6, R2.6, R6.4, R7.4, R10.2, R10.4.
"""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest

from invclose_xl.closing.close import execute_run
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.domain.book import Book as DomainBook
from invclose_xl.domain.fingerprint import fingerprint_numbers
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.domain.tables import Tables, make_empty_tables
from invclose_xl.domain.words import ClosingType
from tests.books import MODELS, Book, Cell, Item
from tests.closings.months import book_of
from tests.conftest import in_lengths
from tests.core import order_up_to

BOOKS, AT_A_TIME = 24, 6
Row = dict[str, Cell]


@dataclass
class Life:
    """A book, the result tables with and without recalculations, and what chance does to it."""

    chance: random.Random
    known: bool
    """every issue has its cost"""
    book: Book = field(init=False)
    ran: Tables = field(default_factory=make_empty_tables)
    never: Tables = field(default_factory=make_empty_tables)
    closed: date = date(2025, 12, 31)
    count: int = 0

    def __post_init__(self) -> None:
        models = MODELS if self.known else (*MODELS, "Moving average", "Standard cost")
        self.book = Book([
            Item(n, self.chance.choice(models), f"G{n}", Decimal(7),
                 {"Include physical value": self.chance.choice(["Yes", "No"])}) for n in "AB"
        ])  # fmt: skip
        self.book.posting = [("", "Rounding", "", "6999"), ("", "", "1400", "4000")]

    def day(self) -> date:
        """Return a day of the month."""
        return self.closed + timedelta(days=self.chance.randint(1, 25))

    def amount(self) -> Decimal:
        """Return some amount."""
        return Decimal(self.chance.randint(100, 20_000)) / 100

    def post(self) -> None:
        """Add a document."""
        what = self.chance.choice(["receipt", "receipt", "issue", "issue", "issue", "transfer", "production", "return"])
        day, quantity, amount = self.day(), self.chance.randint(1, 9), self.amount()
        item, site = self.chance.choice("AB"), self.chance.choice("112")
        self.count += 1
        name = f"D{self.count}"
        if what == "receipt":
            self.add("P" + name, item, quantity, day, amount, site)
        elif what == "issue":
            known = self.known or self.chance.random() < 0.5
            self.add("S" + name, item, -quantity, day, -amount if known else None, site, lot_id="L" + name)
        elif what == "return":
            sales = [r for r in self.book.rows if str(r["Transaction ID"])[0] == "S" and r["Item number"] == item]
            if sales:
                lot = self.chance.choice(sales)["Transaction ID"]
                self.add("R" + name, item, 1, day, amount, site, return_lot_id=lot, reference="Return order")
        else:
            key = "transfer_id" if what == "transfer" else "production_number"
            words = ("Transfer", "Transfer") if what == "transfer" else ("Production line", "Production")
            other = (item, self.chance.choice("12")) if what == "transfer" else ("B" if item == "A" else "A", site)
            later = day + timedelta(days=self.chance.choice([0, 0, 4]))
            self.add(f"X{name}", item, -quantity, day, -amount, site, reference=words[0], **{key: name})
            self.add(f"Y{name}", other[0], quantity, later, amount, other[1], reference=words[1], **{key: name})

    def add(self, name: str, item: str, quantity: int, day: date, amount: Decimal | None, site: str,
            **more: Cell) -> None:  # fmt: skip
        """Add a row; some are not invoiced yet."""
        invoiced = str(name)[0] in "RXY" or self.chance.random() < 0.7
        self.book.add(
            item, name, quantity, physical_date=day, financial_date=day if invoiced else None,
            physical_cost_amount=amount, financial_cost_amount=amount if invoiced else None, site=site,
            inventory_account=self.chance.choice(["1410", "1420"]), offset_account=self.chance.choice(["5010", "5020"]),
            ledger_dimension=self.chance.choice(["D1", "D2"]), **more,
        )  # fmt: skip

    def open_rows(self) -> list[Row]:
        """Rows that no close has locked."""
        return [r for r in self.book.rows if all(
            d is None or d > self.closed for d in (r["Physical date"], r["Financial date"]))]  # type: ignore[operator]  # fmt: skip

    def change(self) -> None:
        """Let something happen to a row that is not locked."""
        rows = self.open_rows()
        if rows:
            CHANGES[self.chance.choice(list(CHANGES))](self, self.chance.choice(rows))

    def quantity(self, row: Row) -> None:
        row["Quantity"] = Decimal(str(row["Quantity"])) + (1 if Decimal(str(row["Quantity"])) > 0 else -1)

    def sign(self, row: Row) -> None:
        if str(row["Transaction ID"])[0] not in "PS":
            return
        for heading in ("Quantity", "Physical cost amount", "Financial cost amount"):
            if row[heading] is not None:
                row[heading] = -Decimal(str(row[heading]))
        if Decimal(str(row["Quantity"])) > 0:  # a receipt needs its cost
            for heading in ("Physical cost amount", "Financial cost amount"):
                if heading.startswith("Physical") or row["Financial date"]:
                    row[heading] = row[heading] or self.amount()

    def amounts(self, row: Row) -> None:
        sign = 1 if Decimal(str(row["Quantity"])) > 0 else -1
        row["Physical cost amount"] = sign * self.amount()
        if row["Financial date"]:
            row["Financial cost amount"] = sign * self.amount()

    def move(self, row: Row) -> None:
        row["Site"] = self.chance.choice("123")

    def item(self, row: Row) -> None:
        row["Item number"] = self.chance.choice("AB")

    def reference(self, row: Row) -> None:
        row["Reference"] = self.chance.choice(["Counting", "Sales order", None])

    def dates(self, row: Row) -> None:
        days = self.chance.choice([-3, 5, 40])
        for heading in ("Physical date", "Financial date"):
            if isinstance(row[heading], date):
                row[heading] = max(row[heading] + timedelta(days=days), self.closed + timedelta(days=1))  # type: ignore[operator]

    def delete(self, row: Row) -> None:
        self.book.rows.remove(row)
        gone = row["Transaction ID"]
        self.book.cost_adjustments = [c for c in self.book.cost_adjustments if c["Transaction ID"] != gone]
        for other in self.book.rows:
            if other.get("Marked to") == gone:
                other["Marked to"] = None

    def rename(self, row: Row) -> None:
        old, new = row["Transaction ID"], f"{row['Transaction ID']}x"
        row["Transaction ID"] = new
        for other in (*self.book.rows, *self.book.cost_adjustments):
            for heading in ("Marked to", "Return lot ID"):
                if other.get(heading) == old:
                    other[heading] = new
        for charge in self.book.cost_adjustments:
            if charge["Transaction ID"] == old:
                charge["Transaction ID"] = new

    def account(self, row: Row) -> None:
        heading = self.chance.choice(["Inventory account", "Offset account", "Ledger dimension"])
        row[heading] = {"Inventory account": "1430", "Offset account": "5030", "Ledger dimension": "D3"}[heading]

    def links(self, row: Row) -> None:
        for heading in ("Transfer ID", "Production number", "Return lot ID"):
            row[heading] = None

    def invoice(self, row: Row) -> None:
        sign = 1 if Decimal(str(row["Quantity"])) > 0 else -1
        row["Financial date"] = None if row["Financial date"] else row["Physical date"]
        row["Financial cost amount"] = sign * self.amount() if row["Financial date"] else None

    def charge(self, row: Row) -> None:
        """Add a charge, or correct, move or remove one that is not locked."""
        charges = [c for c in self.book.cost_adjustments if c["Date"] > self.closed]  # type: ignore[operator]
        receipts = [r for r in self.open_rows() if Decimal(str(r["Quantity"])) > 0 and r["Financial date"]]
        if charges and self.chance.random() < 0.6:
            charge = self.chance.choice(charges)
            match self.chance.choice(["amount", "account", "remove", "move"]):
                case "amount":
                    charge["Amount"] = self.amount()
                case "account":
                    charge["Offset account"] = self.chance.choice(["6100", "6200", None])
                case "move" if receipts:
                    charge["Transaction ID"] = self.chance.choice(receipts)["Transaction ID"]
                case _:
                    self.book.cost_adjustments.remove(charge)
        elif receipts:
            self.book.cost_adjustments.append({
                "Transaction ID": self.chance.choice(receipts)["Transaction ID"], "Date": self.day(),
                "Amount": self.amount(), "Offset account": self.chance.choice(["6100", "6200", None]),
            })  # fmt: skip

    def model(self, row: Row) -> None:
        item = self.chance.choice(self.book.items)
        item.model = self.chance.choice(MODELS if self.known else (*MODELS, "Moving average", "Standard cost"))

    def split(self) -> None:
        """Invoice packing slips behind the lock in part."""
        for row in list(self.book.rows):
            quantity = abs(int(Decimal(str(row["Quantity"]))))
            locked = row["Physical date"] <= self.closed and not row["Financial date"]  # type: ignore[operator]
            if not locked or quantity < 2 or not row.get("Lot ID") or self.chance.random() < 0.4:
                continue
            first = self.chance.randint(1, quantity - 1)
            part = deepcopy(row)
            self.count += 1
            part["Transaction ID"] = f"Z{self.count}"
            sign = 1 if Decimal(str(row["Quantity"])) > 0 else -1
            whole = row["Physical cost amount"]
            row["Quantity"], part["Quantity"] = sign * first, sign * (quantity - first)
            if whole is not None:
                share = Decimal(str(whole)) / 2
                part["Physical cost amount"] = round(share, 2)
                row["Physical cost amount"] = Decimal(str(whole)) - round(share, 2)
            if self.chance.random() < 0.5:
                part["Financial date"] = self.day()
                part["Financial cost amount"] = sign * self.amount()
            named = {r.get(h) for r in self.book.rows for h in ("Marked to", "Return lot ID")}
            if self.chance.random() < 0.3 and row["Transaction ID"] not in named:
                self.rename(row)
            self.book.rows.append(part)

    def run(self, tables: Tables, kind: ClosingType, day: date) -> Tables:
        """Run on one of the two histories."""
        return execute_run(self.domain(tables), replace(order_up_to(day), type=kind)).tables

    def domain(self, tables: Tables) -> DomainBook:
        """Return the book as the reader would."""
        book = book_of(self.book, tables)
        t, scales = book.transactions, book.scales
        blank = t.physical_amount == NO_AMOUNT
        signed = [NO_AMOUNT if b else int(a) * (1 if q > 0 else -1) for b, a, q in
                  zip(blank, t.physical_amount, t.quantity, strict=True)]  # fmt: skip
        hashes = dict(book.transaction_hashes) | {
            "quantity": fingerprint_numbers(t.quantity, scales.quantity_scale, NO_AMOUNT),
            "physical_amount": fingerprint_numbers(
                pl.Series(signed, dtype=pl.Int64).to_numpy(), scales.currency_decimals, NO_AMOUNT
            ),
        }  # fmt: skip
        return replace(book, transaction_hashes=hashes)

    def month(self) -> None:
        """Let a month pass: documents, changes, recalculations, and a close of both."""
        for _ in range(self.chance.randint(6, 14)):
            self.post()
        if self.ran["lock"].height:
            self.split()
        for _ in range(self.chance.randint(1, 3)):
            self.ran = self.run(self.ran, ClosingType.RECALCULATION, self.closed + timedelta(days=20))
            for _ in range(self.chance.randint(1, 5)):
                self.change()
        end = self.closed + timedelta(days=28)
        self.ran = self.run(self.ran, ClosingType.CLOSING, end)
        self.never = self.run(self.never, ClosingType.CLOSING, end)
        self.closed = end


CHANGES: dict[str, Callable[[Life, Row], None]] = {
    "quantity": Life.quantity, "sign": Life.sign, "amounts": Life.amounts, "move": Life.move, "item": Life.item,
    "reference": Life.reference, "dates": Life.dates, "delete": Life.delete, "rename": Life.rename,
    "account": Life.account, "links": Life.links, "invoice": Life.invoice, "charge": Life.charge,
    "charge again": Life.charge, "model": Life.model,
}  # fmt: skip


@pytest.mark.parametrize("first", in_lengths(range(0, BOOKS, AT_A_TIME)))
@pytest.mark.parametrize("known", [True, False], ids=["costs known", "estimated"])
@pytest.mark.long
def test_rows_at_random(first: int, known: bool) -> None:
    played = sum(play(seed, known) for seed in range(first, first + AT_A_TIME))
    assert played >= AT_A_TIME // 2, "too many of these books have errors"


def play(seed: int, known: bool) -> int:
    """Play one book; return how many closes were compared."""
    life, compared = Life(random.Random(seed), known), 0
    for _ in range(2):
        try:
            life.month()
        except InputFault as fault:
            assert {p.code for p in fault.problems} <= FAULTS, f"book {seed}: {fault}"  # noqa: PT017
            return compared
        compared += 1
        if known:
            assert costs(life.ran) == costs(life.never), f"book {seed}"
            assert ledger(life.ran) == ledger(life.never), f"book {seed}"
            assert stock(life.domain(life.ran)) == stock(life.domain(life.never)), f"book {seed}"
        for tables in (life.ran, life.never):
            assert inventory(tables) == stands(life.domain(tables)), f"book {seed}"
    return compared


FAULTS = {"IC341", "IC342", "IC343", "IC351", "IC352", "IC354"}
"""what chance makes of returns, transfers and charges"""


def costs(tables: Tables) -> dict[tuple[str, str], int]:
    """What all active adjustments of a kind changed a transaction's cost by."""
    active = tables["adjustments"].filter(pl.col("status") == "Active")
    total = active.group_by("transaction", "kind").agg(pl.col("adjustment").sum())
    return {(t, k): a for t, k, a in total.rows() if a}


def ledger(tables: Tables) -> dict[tuple[str, str], int]:
    """All vouchers together, by account and dimension."""
    net = tables["vouchers"].group_by("account", "ledger_dimension").agg(pl.col("debit").sum() - pl.col("credit").sum())
    return {(a, d): n for a, d, n in net.rows() if n}


def stock(book: DomainBook) -> dict[tuple[str, str, str], int]:
    """What all entries of the stock ledger come to, by item, costing group and kind."""
    total = value_entries(book).group_by("item", "group", "kind").agg(pl.col("amount").sum())
    return {(i, g, k): amount for i, g, k, amount in total.rows() if amount}


def inventory(tables: Tables) -> int:
    """What all vouchers together changed inventory by."""
    return sum(amount for (account, _), amount in ledger(tables).items() if account.startswith("14"))


def stands(book: DomainBook) -> int:
    """What the rows that stand say of inventory."""
    state = read_state(book)
    assert not state.missing
    t = book.transactions
    a, e, x = state.adjusted, state.estimated, state.expensed
    return sum(
        int(amount) * (1 if t.quantity[row] > 0 else -1)
        for rows, amounts in ((a.row, a.amount), (e.row, e.amount), (x.row, x.amount))
        for row, amount in zip(rows, amounts, strict=True)
    )
