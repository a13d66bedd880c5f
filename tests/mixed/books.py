"""A random book of hundreds of transactions, everything mixed: all models, feeds, loops, estimates, charges.

The items fall into families that never touch each other. Inside a family goods go round: transfers between three sites
in several pieces, also through transit, production over several levels with co-products, by-products and components
brought back, rework, returns, marks, manual adjustments; slips without invoice, invoices of another month, blank costs.

In      a seed.
Out     Mixed: the book, and the family of each item.
Source  RULES R3-R8.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from tests.books import MODELS, Book, Cell, Item

FIRST = date(2026, 1, 1)
JANUARY, MAY, JUNE = date(2026, 1, 31), date(2026, 5, 31), date(2026, 6, 30)
"""by May everything has come that ever comes"""
FAMILIES = ("A", "B", "C")
SITES = ("1", "2", "3")
Row = dict[str, Cell]
POSTING = [
    ("", "", "1400", "5000"), ("G0", "", "1410", ""), ("", "Sales order", "", "5100"), ("", "Transfer", "", "1490"),
    ("G1", "Production line", "1420", "1600"), ("", "Production", "", "1600"), ("", "Rounding", "", "6900"),
]  # fmt: skip


@dataclass
class Mixed:
    """A book while it is written."""

    dice: random.Random
    book: Book = field(default_factory=Book)
    rows: list[Row] = field(default_factory=list)
    price: dict[str, int] = field(default_factory=dict)
    """cents that a piece of each item usually costs"""

    def items(self, family: str) -> list[Item]:
        return [i for i in self.book.items if i.number[0] == family]

    def chance(self, of: float) -> bool:
        return self.dice.random() < of

    def day(self) -> date:
        return FIRST + timedelta(days=self.dice.randrange(57))

    def cost(self, item: str, quantity: Decimal | int) -> Decimal:
        """What the quantity is posted at: near the usual price, now and then nothing or far off."""
        factor = self.dice.choice((0, 300)) if self.chance(0.04) else self.dice.randint(80, 120)
        return (Decimal(self.price[item]) * abs(quantity) * factor / 10_000).quantize(Decimal("0.01"))

    def add(self, item: str, quantity: Decimal | int, day: date, **fields: Cell) -> Row:
        """Add a row, received or delivered on the day; most are invoiced then, some later, some never."""
        late = self.dice.choice((0, 0, 0, 0, 0, 0, 3, 30, None))
        cost, sign = self.cost(item, quantity), 1 if quantity > 0 else -1
        row: Row = {
            "Transaction ID": f"{item}-{len(self.rows):04d}", "Item number": item, "Quantity": Decimal(quantity),
            "Physical date": day, "Financial date": None if late is None else day + timedelta(days=late),
            "Physical cost amount": sign * cost, "Financial cost amount": None if late is None else sign * cost,
            "Site": self.dice.choice(SITES),
        }  # fmt: skip
        if late and self.chance(0.5):
            row["Financial cost amount"] = sign * self.cost(item, quantity)
        if sign < 0 and self.chance(0.15):
            row["Physical cost amount"] = row["Financial cost amount"] = None
        row.update(fields)
        self.rows.append(row)
        return row

    def purchase(self, family: str) -> None:
        item = self.dice.choice(self.items(family)).number
        row = self.add(item, self.dice.randint(1, 40), self.day(), Reference="Purchase order")
        if self.chance(0.04):
            settled = self.dice.randint(0, int(str(row["Quantity"])) - 1)
            row.update({"Reference": "Opening", "Prior settled quantity": Decimal(settled),
                        "Prior settled amount": self.cost(item, settled)})  # fmt: skip

    def sale(self, family: str) -> None:
        item = self.dice.choice(self.items(family)).number
        quantity = Decimal(self.dice.randint(1, 24)) / self.dice.choice((1, 1, 1, 4))
        self.add(item, -quantity, self.day(), Reference=self.dice.choice(("Sales order", "Counting", "")),
                 **{"Lot ID": f"L{len(self.rows)}"})  # fmt: skip

    def transfer(self, family: str) -> None:
        """Send to another site, sometimes through a third; in pieces, some late, missing or too many."""
        item = self.dice.choice(self.items(family)).number
        way = self.dice.sample(SITES, 2) if self.chance(0.8) else self.dice.sample(SITES, 3)
        if self.chance(0.1):
            way = [way[0], way[0]]
        day, pieces = self.day(), self.dice.choice((1, 1, 1, 2, 3))
        quantity = pieces * self.dice.randint(1, 8)
        for source, target in pairwise(way):
            name = f"T{len(self.rows)}"
            link: Row = {"Transfer ID": name, "Reference": "Transfer"}
            if not self.chance(0.04):
                self.add(item, -quantity, day, Site=source, **link)
            for _ in range(pieces):
                arrives = day + timedelta(days=self.dice.choice((0, 0, 0, 2, 25)))
                received = quantity // pieces + (self.dice.choice((-1, 1)) if self.chance(0.06) else 0)
                if received and not self.chance(0.04):
                    self.add(item, received, arrives, Site=target, **link)

    def production(self, family: str) -> None:
        """Use components, produce one or several items; what is produced may be one of the components: rework."""
        items = [i.number for i in self.items(family)]
        name, day = f"W{len(self.rows)}", self.day()
        components = self.dice.sample(items, self.dice.randint(1, 3))
        rework = self.chance(0.15)
        products = [components[0]] if rework else self.dice.sample(items, self.dice.choice((1, 1, 1, 2, 3)))
        for item in components:
            self.add(item, -self.dice.randint(1, 8), day, Reference="Production line", Site=self.dice.choice(SITES),
                     **{"Production number": name})  # fmt: skip
        if self.chance(0.15):
            self.add(components[0], 1, day, Reference="Production line", **{"Production number": name})
        shares = self._shares(len(products)) if self.chance(0.4) else None
        for k, item in enumerate(products):
            later = day + timedelta(days=self.dice.choice((0, 0, 1, 20)))
            row = self.add(item, self.dice.randint(1, 8), later, Reference="Production", **{"Production number": name})
            if shares:
                row["Cost share"] = shares[k]

    def _shares(self, count: int) -> list[Decimal]:
        """Shares of 1; a by-product may have none of it."""
        cuts = sorted(self.dice.choice((0, 25, 33, 60, 100)) for _ in range(count - 1))
        return [Decimal(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]

    def give_back(self, family: str) -> None:
        """Take back a part of a sale, by its lot or its ID, some without an amount; some of an unknown sale."""
        sales = [
            r for r in self.rows
            if str(r["Item number"])[0] == family and r.get("Lot ID") and not r.get("Given back")
            and Decimal(str(r["Quantity"])) <= -1
        ]  # fmt: skip
        if not sales:
            return
        sale = self.dice.choice(sales)
        sale["Given back"] = "Yes"
        quantity = self.dice.randint(1, int(-Decimal(str(sale["Quantity"]))))
        day = sale["Physical date"]
        assert isinstance(day, date)
        lot = "unknown" if self.chance(0.05) else sale[self.dice.choice(("Lot ID", "Transaction ID"))]
        row = self.add(str(sale["Item number"]), quantity, day + timedelta(days=self.dice.randrange(15)),
                       Reference="Return order", **{"Return lot ID": lot})  # fmt: skip
        if lot != "unknown" and row["Financial date"] == row["Physical date"] and self.chance(0.4):
            row["Physical cost amount"] = row["Financial cost amount"] = None

    def mark(self, family: str) -> None:
        """Mark an issue to a receipt of its costing group, from either side, wholly or in part."""
        mine = [r for r in self.rows if str(r["Item number"])[0] == family and not r.get("Marked")]
        issues = [r for r in mine if Decimal(str(r["Quantity"])) < 0]
        if not issues:
            return
        issue = self.dice.choice(issues)
        receipts = [
            r for r in mine
            if Decimal(str(r["Quantity"])) > 0 and all(r[h] == issue[h] for h in ("Item number", "Site"))
        ]  # fmt: skip
        if receipts:
            receipt = self.dice.choice(receipts)
            carrier, partner = (issue, receipt) if self.chance(0.7) else (receipt, issue)
            carrier["Marked to"] = partner["Transaction ID"]
            carrier["Marked"] = partner["Marked"] = "Yes"
            if self.chance(0.4):
                carrier["Marked quantity"] = Decimal(1)

    def charge(self, family: str) -> None:
        """Adjust a receipt by hand, all of it or what is on hand of it."""
        periodic = {i.number for i in self.items(family) if i.model in MODELS}
        receipts = [r for r in self.rows if r["Item number"] in periodic and Decimal(str(r["Quantity"])) > 0]
        if receipts:
            self.book.cost_adjustments.append({
                "Transaction ID": self.dice.choice(receipts)["Transaction ID"], "Date": self.day(),
                "Amount": Decimal(self.dice.randint(-3_000, 9_000)) / 100,
                "Applies to": "On hand" if self.chance(0.25) else "",
            })  # fmt: skip


ACTS = {
    Mixed.purchase: 30, Mixed.sale: 30, Mixed.transfer: 13, Mixed.production: 9, Mixed.give_back: 6, Mixed.mark: 6,
    Mixed.charge: 4,
}  # fmt: skip


def mixed_book(seed: int, acts: int = 230) -> Book:
    """Make the book of a seed."""
    mixed = Mixed(random.Random(seed))
    dice, book = mixed.dice, mixed.book
    for number in range(12):
        family = FAMILIES[number % len(FAMILIES)]
        model = dice.choice((*MODELS, *MODELS, *MODELS, "Weighted average", "Standard cost", "Moving average"))
        price = dice.randint(1, 4_000)
        flags = {"Include physical value": dice.choice(("Yes", "No", "No"))}
        if model in MODELS and dice.random() < 0.08:
            flags["Fixed receipt price"] = "Yes"
        has_price = dice.random() < 0.8 or model == "Standard cost"
        book.items.append(
            Item(f"{family}{number:02d}", model, f"G{number % 4}", Decimal(price) / 100 if has_price else None, flags)
        )
        mixed.price[book.items[-1].number] = price
    for act in dice.choices(list(ACTS), list(ACTS.values()), k=acts):
        act(mixed, dice.choice(FAMILIES))
    mixed.rows.sort(key=lambda row: (row["Physical date"], dice.randrange(3)))
    book.rows = [{k: v for k, v in row.items() if k not in ("Given back", "Marked")} for row in mixed.rows]
    if dice.random() < 0.3:
        book.parameters["Minimum amount"] = Decimal("0.05")
    if dice.random() < 0.3:
        book.parameters["LIFO issue order"] = "Oldest first"
    if dice.random() < 0.2:
        book.parameters["Post estimated costs"] = False  # type: ignore[assignment]
    if dice.random() < 0.3:
        book.posting = list(POSTING)
    return book


def family_of(row: Row) -> str:
    """Family that a row, of any sheet, belongs to."""
    return str(row.get("Item number") or row["Transaction ID"])[0]


def only(book: Book, families: str, dice: random.Random) -> Book:
    """Return the book of some families alone, the rows of the families mixed anew, each keeping its order."""
    queues = {f: [r for r in book.rows if family_of(r) == f] for f in families}
    rows: list[Row] = []
    while any(queues.values()):
        rows.append(queues[dice.choice([f for f, queue in queues.items() if queue])].pop(0))
    return Book(
        [i for i in book.items if i.number[0] in families], rows, book.dimensions, book.parameters, book.posting,
        [c for c in book.cost_adjustments if family_of(c) in families],
    )  # fmt: skip
