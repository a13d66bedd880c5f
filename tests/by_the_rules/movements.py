"""A second reading of the rules: what stands in a book on a day, in plain lists and whole numbers, one row at a time.

Written from RULES alone and slow on purpose, so that the program and this module can only agree by both being right.

In      a test book and the rows of its result sheets before the run.
Out     Situation: every transaction and every leg as of the day, with what earlier closings did to it.
Source  RULES R1, R2.2, R2.3, R2.5, R3.1, R7.2.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.books import Book, Cell
from tests.results import Results, number, text

MIXED = ("FIFO", "LIFO", "LIFO date")
SHIPMENT, RECEIPT, SCRAP = "Transfer order shipment", "Transfer order receive", "Transfer order scrap"
LEGS = ("", "Transfer", SHIPMENT, RECEIPT)
"""References of legs (R6.2); scrap is none"""


def rounded(value: Fraction) -> int:
    """Round half away from zero."""
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def thousandths(value: Cell) -> int:
    """Return a quantity as a whole number, without its sign."""
    return int(abs(Decimal(str(value))) * 1000)


def cents(value: Cell) -> int:
    """Return an amount as a whole number, without its sign."""
    return int(abs(Decimal(str(value))) * 100)


@dataclass(eq=False)
class Movement:
    """A transaction, or a leg of a closing transfer, as of the day; amounts are magnitudes in cents."""

    key: str
    place: int
    item: str
    site: str
    receipt: bool
    quantity: int
    day: date
    financial: bool
    row: dict[str, Cell] = field(default_factory=dict)
    posted: int = 0
    prior_quantity: int = 0
    prior_amount: int = 0
    earlier: dict[str, int] = field(default_factory=dict)
    """active adjustments by kind"""

    @property
    def group(self) -> tuple[str, str]:
        """Costing group: item and site."""
        return self.item, self.site

    @property
    def kind(self) -> str:
        """Kind of an adjustment of its cost (R7.2)."""
        return "Financial" if self.financial else "Physical"

    @property
    def cost(self) -> int:
        """Cost before the run (R1)."""
        return self.posted + self.earlier.get(self.kind, 0)


@dataclass
class Settled:
    """A settlement of an earlier closing."""

    closing: str
    issue: str
    receipt: str
    quantity: int
    amount: int
    principle: str


@dataclass
class Situation:
    """What a run finds."""

    day: date
    closing: bool
    movements: dict[str, Movement]
    settled: list[Settled]
    models: dict[str, str]
    mixed: dict[str, bool]
    """item: packing slips take part in the matching (R2.2)"""
    counted: dict[str, bool]
    """item: packing slips count in its running average (R8.1)"""
    prices: dict[str, int | None]
    book: Book
    latest: str
    """the last active Closing"""
    latest_day: date
    scope: set[str]
    adjusted: list[tuple[str, str, str, str, int]]
    """active adjustments: closing, transaction, kind, cause, amount"""
    kept_back: list[tuple[str, str, int, str]]
    """active rounding differences: transaction, kind, amount, closing (R6.7)"""
    estimated: dict[str, list[tuple[str, int, str, str]]]
    """active estimates of a transaction: closing, amount, cause, kind"""
    days: dict[str, date]
    """closing: up to date"""

    def open_quantity(self, movement: Movement) -> int:
        """Quantity that neither a system before the workbook nor an active closing settled."""
        return (
            movement.quantity
            - movement.prior_quantity
            - sum(s.quantity for s in self.settled if movement.key in (s.issue, s.receipt))
        )

    def eligible(self, movement: Movement) -> bool:
        """Say whether it takes part (R2.2), open or not."""
        return movement.financial or self.mixed[movement.item]

    def step(self, row: dict[str, Cell]) -> tuple[str, str, str]:
        """Transfer ID, step and item of a leg (R6.2); blanks for rows that are none."""
        name = row.get("Transfer ID")
        if not name or text(row.get("Reference")) not in LEGS or self.brings_back(row):
            return "", "", ""
        words = {text(r.get("Reference")) for r in self.book.rows if r.get("Transfer ID") == name}
        word = text(row.get("Reference")) if {SHIPMENT, RECEIPT} <= words else ""
        return (
            str(name),
            {SHIPMENT: "shipment", RECEIPT: "receipt"}.get(word, ""),
            str(row["Item number"]),
        )

    def brings_back(self, row: dict[str, Cell]) -> bool:
        """Say whether a row is a return receipt (R6.2)."""
        word = text(row.get("Reference"))
        fits = word not in (*LEGS[1:], SCRAP) and word not in ("Purchase order", "Production", "Counting", "Opening")
        return bool(row.get("Return lot ID")) and fits and Decimal(str(row["Quantity"])) > 0

    def in_production(self, row: dict[str, Cell]) -> bool:
        """Say whether a row is a component or a product of its production number (R6.2)."""
        word = text(row.get("Reference"))
        return (
            bool(row.get("Production number"))
            and word in ("", "Production", "Production line")
            and not any(self.step(row))
        )

    def in_order(self, movements: Iterable[Movement]) -> list[Movement]:
        """Sort by queue order (R2.5)."""
        return sorted(movements, key=lambda m: (m.day, self.models[m.item] == "LIFO date" and not m.receipt, m.place))


def find_situation(book: Book, before: Results, day: date, closing: bool, items: tuple[str, ...]) -> Situation:
    """Read what stands in the book as of the day."""
    lock = [r for r in before.rows("Lock", "Closing") if r["Status"] == "Active" and r["Type"] != "Reversal"]
    undone = {text(r["Closing"]) for r in lock if r["Type"] == "Recalculation" and _day(r["Up to date"]) > day}
    closes = [r for r in lock if r["Type"] == "Closing"]
    models = {i.number: i.model for i in book.items}
    situation = Situation(
        day, closing, {}, [], models,
        {i.number: i.flags.get("Include physical value") == "Yes" and i.model in MIXED for i in book.items},
        {i.number: i.flags.get("Include physical value") == "Yes" for i in book.items},
        {i.number: None if i.cost_price is None else cents(i.cost_price) for i in book.items}, book,
        text(closes[-1]["Closing"]) if closes else "", _day(closes[-1]["Up to date"]) if closes else date.min,
        set(items) or set(models), [], [], defaultdict(list), {text(r["Closing"]): _day(r["Up to date"]) for r in lock},
    )  # fmt: skip
    _add_history(situation, before, undone)
    for place, row in enumerate(book.rows):
        financial, physical = row.get("Financial date"), row.get("Physical date")
        is_financial = isinstance(financial, date) and financial <= day
        when = financial if is_financial else physical
        if isinstance(when, date) and when <= day:
            key = str(row["Transaction ID"])
            situation.movements[key] = Movement(
                key, place, str(row["Item number"]), str(row.get("Site") or ""), Decimal(str(row["Quantity"])) > 0,
                thousandths(row["Quantity"]), when, is_financial, row, 0,
                thousandths(row.get("Prior settled quantity") or 0), cents(row.get("Prior settled amount") or 0),
            )  # fmt: skip
    _add_legs(situation, before)
    for _closing, key, kind, _cause, amount in situation.adjusted:
        earlier = situation.movements[key].earlier
        earlier[kind] = earlier.get(kind, 0) + amount
    return situation


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value


def _add_history(situation: Situation, before: Results, undone: set[str]) -> None:
    for row in before.result("Settlements"):
        situation.settled.append(
            Settled(text(row["Closing"]), text(row["Issue"]), text(row["Receipt"]), int(number(row["Quantity"]) * 1000),
                    int(number(row["Amount"]) * 100), text(row["Principle"]))
        )  # fmt: skip
    for row in before.result("Adjustments"):
        if text(row["Closing"]) not in undone:
            situation.adjusted.append(
                (text(row["Closing"]), text(row["Transaction ID"]), text(row["Kind"]), text(row["Cause"]),
                 int(number(row["Adjustment"]) * 100))
            )  # fmt: skip
            kept_back = int(number(row["Rounding difference"]) * 100)
            closing = text(row["Closing"])
            situation.kept_back.append((text(row["Transaction ID"]), text(row["Kind"]), kept_back, closing))
    for row in before.result("Estimated costs"):
        if text(row["Closing"]) not in undone:
            estimate = (text(row["Closing"]), int(number(row["Amount"]) * 100), text(row["Cause"]), text(row["Kind"]))
            situation.estimated[text(row["Transaction ID"])].append(estimate)


def _add_legs(situation: Situation, before: Results) -> None:
    for place, row in enumerate(before.result("Closing transactions")):
        key = text(row["Transaction ID"])
        taken = sum(s.amount for s in situation.settled if s.issue == key.removesuffix("R").removesuffix("I") + "I")
        situation.movements[key] = Movement(
            key, len(situation.book.rows) + place, text(row["Item number"]),
            text(row["Costing group"]).removeprefix("site="), key.endswith("/R"), int(number(row["Quantity"]) * 1000),
            _day(row["Date"]), True, posted=taken,
        )  # fmt: skip
