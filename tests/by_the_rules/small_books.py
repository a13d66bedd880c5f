"""Small random books with a little of everything, and the runs they live through.

In      a number.
Out     a book of three items, two or three sites and some twenty rows, and its runs.
Source  RULES R2-R8.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

from tests.books import MODELS, Book, Cell, Item
from tests.results import Results, number, text

FIRST = date(2026, 1, 1)
ITEMS = "ABC"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class PlannedRun:
    """A close, or a recalculation of everything or of some items."""

    day: date
    closes: bool
    items: tuple[str, ...]


class SmallBook:
    """A book while it is written."""

    def __init__(self, number: int) -> None:
        self.dice = random.Random(number)
        self.book = Book([self._item(name) for name in ITEMS])
        if self._chance(0.3):
            self.book.parameters["LIFO issue order"] = "Oldest first"
        if self._chance(0.3):
            self.book.parameters["Minimum amount"] = Decimal(self.dice.choice((1, 5, 50)))
        self._purchases()
        self._sales()
        for k in range(self.dice.randint(0, 5)):
            self._transfer(f"T{k}")
        for k in range(self.dice.randint(0, 2)):
            self._order_through_transit(f"O{k}")
        for k in range(self.dice.randint(0, 4)):
            self._production(f"W{k}")
        for k in range(self.dice.randint(0, 3)):
            self._return(f"R{k}")
        self._marks()
        if self._chance(0.5):
            self.dice.shuffle(self.book.rows)
        self._charges()
        self._further_charges(random.Random(f"by hand {number}"))
        self.runs = self._runs()

    def _chance(self, of: float) -> bool:
        return self.dice.random() < of

    def _item(self, name: str) -> Item:
        price = Decimal(self.dice.randint(0, 900)) / 100 if self._chance(0.7) else None
        flags = {"Include physical value": self.dice.choice(("Yes", "No")),
                 "Fixed receipt price": self.dice.choice(("No",) * 6 + ("Yes",))}  # fmt: skip
        return Item(name, self.dice.choice(MODELS), f"G{name}", price, flags)

    def _day(self) -> date:
        return FIRST + timedelta(days=self.dice.randrange(85))

    def _quantity(self) -> Decimal:
        return Decimal(self.dice.randint(1, 9)) / self.dice.choice((1, 1, 1, 2, 4))

    def _add(self, item: str, key: str, quantity: Decimal | int, day: date, **fields: Cell) -> None:
        """Add a row; some are invoiced later, at another cost, or never, and some issues come without a cost."""
        late = self.dice.choice((0, 0, 0, 0, 2, 20, None))
        unit = self.dice.randint(0, 4000) if self._chance(0.9) else self.dice.randint(0, 90_000)
        slip: Decimal | None = (Decimal(quantity) * unit / 100).quantize(CENT)
        invoice: Decimal | None = Decimal(str(slip)) * (100 if self._chance(0.6) else self.dice.randint(80, 120)) / 100
        if quantity < 0:
            slip, invoice = (None if self._chance(0.2) else amount for amount in (slip, invoice))
        if late is None:  # what is not invoiced was never settled
            fields = {name: value for name, value in fields.items() if not name.startswith("prior")}
        elif "prior_settled_amount" in fields and quantity > 0:
            assert invoice is not None
            cost = (invoice + Decimal(str(fields.get("prior_adjustment", 0)))).quantize(CENT, ROUND_FLOOR)
            fields["prior_settled_amount"] = min(Decimal(str(fields["prior_settled_amount"])), cost)
        self.book.add(
            item, key, quantity, physical_date=day, financial_date=None if late is None else day + timedelta(days=late),
            physical_cost_amount=slip,
            financial_cost_amount=None if late is None else invoice, **fields,
        )  # fmt: skip

    def _prior(self, quantity: Decimal, of: float) -> dict[str, Cell]:
        if not self._chance(of):
            return {}
        amount = Decimal(self.dice.randint(1, 500)) / 100
        return {"prior_settled_quantity": (quantity / 2).quantize(CENT), "prior_settled_amount": amount}

    def _purchases(self) -> None:
        for k in range(self.dice.randint(3, 14)):
            quantity = self._quantity()
            more = self._prior(quantity, 0.1)
            if self._chance(0.1):
                more["prior_adjustment"] = Decimal(self.dice.randint(0, 300)) / 100
            self._add(self.dice.choice(ITEMS), f"P{k}", quantity, self._day(), site=self.dice.choice("112"), **more)

    def _sales(self) -> None:
        for k in range(self.dice.randint(2, 14)):
            quantity = self._quantity()
            more = self._prior(quantity, 0.06)
            site = self.dice.choice("112")
            self._add(self.dice.choice(ITEMS), f"S{k}", -quantity, self._day(), site=site, lot_id=f"L{k}", **more)

    def _transfer(self, name: str) -> None:
        """One issue, one to three receipts, now and then fewer pieces; inside a site or between sites."""
        item, day, pieces = self.dice.choice(ITEMS), self._day(), self.dice.choice((1, 1, 1, 2, 3))
        source, target = self.dice.choice((("1", "2"), ("2", "1"), ("1", "1"), ("2", "3")))
        each = self.dice.randint(1, 4)
        legs = [("I", -pieces * each, day, source)]
        for k in range(pieces):
            lost = 1 if each > 1 and self._chance(0.1) else 0
            legs.append((f"R{k}", each - lost, day + timedelta(days=self.dice.choice((0, 0, 0, 5, 30))), target))
        if self._chance(0.2):
            self.dice.shuffle(legs)
        for side, quantity, when, site in legs:
            self._add(item, name + side, quantity, when, site=site, transfer_id=name, reference="Transfer")

    def _order_through_transit(self, name: str) -> None:
        """Two steps under one ID, the first inside a site, the second perhaps out of it; of one line or two."""
        item, day, inside = self.dice.choice(ITEMS), self._day(), self._chance(0.6)
        words = self.dice.choice((("Transfer", "Transfer"), ("", "Transfer"),
                                  ("Transfer order shipment", "Transfer order receive")))  # fmt: skip
        lines = [self.dice.randint(1, 4) for _ in range(self.dice.choice((1, 1, 2)))]
        target = "1" if inside else "2"
        legs = [(-q, 0, "1", words[0]) for q in lines] + [(sum(lines), 0, "1", words[0])]
        legs += [(-sum(lines), 3, "1", words[1])] + [(q, 3, target, words[1]) for q in lines]
        if self._chance(0.5):
            self.dice.shuffle(legs)
        for k, (quantity, later, site, word) in enumerate(legs):
            self._add(item, f"{name}L{k}", quantity, day + timedelta(days=later), site=site, transfer_id=name,
                      reference=word)  # fmt: skip

    def _production(self, name: str) -> None:
        """One to three components, perhaps one brought back, one to three products, by cost share or by value."""
        day = self._day()
        products = self.dice.choice((1, 1, 2, 3))
        cuts = sorted([0, 100, *(self.dice.randint(0, 100) for _ in range(products - 1))])
        shares = [Decimal(b - a) / 100 if self._by_share(name) else None for a, b in pairwise(cuts)]
        for k in range(self.dice.choice((1, 1, 2, 3))):
            item, quantity = self.dice.choice(ITEMS), self.dice.randint(1, 5)
            self._add(item, f"{name}C{k}", -quantity, day, site=self.dice.choice("12"), production_number=name,
                      reference="Production line")  # fmt: skip
        if self._chance(0.2):
            self._add(self.dice.choice(ITEMS), f"{name}B", 1, day, site="1", production_number=name,
                      reference="Production line")  # fmt: skip
        for k, share in enumerate(shares):
            self._add(self.dice.choice(ITEMS), f"{name}P{k}", self.dice.randint(1, 5),
                      day + timedelta(days=self.dice.choice((0, 3, 30))), site=self.dice.choice("12"),
                      production_number=name, reference="Production", cost_share=share)  # fmt: skip

    @staticmethod
    def _by_share(name: str) -> bool:
        return int(name[1:]) % 2 == 1

    def _return(self, name: str) -> None:
        issue = self.dice.choice([r for r in self.book.rows if str(r["Transaction ID"])[0] == "S"])
        quantity = min(Decimal(1), -Decimal(str(issue["Quantity"])) / 4)
        self._add(str(issue["Item number"]), name, quantity, self._day(), site=self.dice.choice((issue["Site"], "1")),
                  return_lot_id=self.dice.choice((issue["Transaction ID"], issue["Lot ID"])),
                  reference="Return order")  # fmt: skip

    def _marks(self) -> None:
        """Mark some rows, issues and receipts, wholly or in part."""
        free = [r for r in self.book.rows if not r.get("Transfer ID")]
        for row in free:
            partners = [
                r for r in free
                if (r["Item number"], r["Site"]) == (row["Item number"], row["Site"])
                and (Decimal(str(r["Quantity"])) > 0) != (Decimal(str(row["Quantity"])) > 0)
                and r.get("Marked to") != row["Transaction ID"]
            ]  # fmt: skip
            if not partners or not self._chance(0.1):
                continue
            other = self.dice.choice(partners)
            row["Marked to"] = other["Transaction ID"]
            if self._chance(0.5):
                both = (abs(Decimal(str(r["Quantity"]))) for r in (row, other))
                row["Marked quantity"] = min(*both, Decimal(self.dice.randint(1, 4)))

    def _charges(self) -> None:
        receipts = [r for r in self.book.rows if Decimal(str(r["Quantity"])) > 0]
        for _ in range(self.dice.randint(0, 3)):
            self.book.cost_adjustments.append(
                {"Transaction ID": self.dice.choice(receipts)["Transaction ID"],
                 "Date": self._day() + timedelta(days=self.dice.choice((0, 0, 40))),
                 "Amount": Decimal(self.dice.randint(-500, 1500)) / 100,
                 "Applies to": self.dice.choice(("", "", "Transaction", "On hand"))}
            )  # fmt: skip

    def _further_charges(self, dice: random.Random) -> None:
        """Now and then charges of many receipts, and new unit costs; other dice, so that the book stays what it was."""
        receipts = [r for r in self.book.rows if Decimal(str(r["Quantity"])) > 0]
        days = [FIRST + timedelta(days=k) for k in range(120)]
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
            criteria: dict[str, Cell] = {}
            if dice.random() < 0.6:
                criteria["Item number"] = dice.choice(ITEMS)
            if dice.random() < 0.2:
                criteria["Item group"] = f"G{dice.choice(ITEMS)}"
            if dice.random() < 0.3:
                criteria["Site"] = dice.choice("12")
            if dice.random() < 0.3:
                criteria["Received from"] = dice.choice(days[:40])
            if dice.random() < 0.3:
                criteria["Received to"] = dice.choice(days[30:])
            self.book.charges.append(
                {"Date": dice.choice(days), "Amount": Decimal(dice.randint(-400, 2500) or 1) / 100,
                 "Spread by": dice.choice(("Value", "Quantity", "Equally")), **criteria}
            )  # fmt: skip
        for _ in range(dice.choice((0, 0, 0, 1, 2))):
            self.book.cost_adjustments.append(
                {"Transaction ID": dice.choice(receipts)["Transaction ID"], "Date": dice.choice(days),
                 "New unit cost": Decimal(dice.randint(0, 400_000)) / 10_000,
                 "Applies to": dice.choice(("", "", "On hand"))}
            )  # fmt: skip

    def charge_stock(self, before: Results, day: date) -> None:
        """Charge what a closing transfer left, now and then."""
        settled = [(r["Receipt"], number(r["Quantity"])) for r in before.result("Settlements")]
        legs = [
            text(leg["Transaction ID"]) for leg in before.result("Closing transactions")
            if text(leg["Transaction ID"]).endswith("/R")
            and sum(q for name, q in settled if name == leg["Transaction ID"]) < number(leg["Quantity"])
        ]  # fmt: skip
        if legs and self._chance(0.5):
            row: dict[str, Cell] = {
                "Transaction ID": self.dice.choice(legs), "Date": day,
                "Amount": Decimal(self.dice.randint(-300, 900)) / 100, "Applies to": "On hand",
            }  # fmt: skip
            dice = random.Random(f"leg {day} {row['Transaction ID']}")
            if dice.random() < 0.4:
                row |= {"Amount": None, "New unit cost": Decimal(dice.randint(0, 400_000)) / 10_000}
            self.book.cost_adjustments.append(row)

    def _runs(self) -> list[PlannedRun]:
        runs, day = [], FIRST
        for _ in range(self.dice.randint(1, 4)):
            day += timedelta(days=self.dice.randint(8, 45))
            closes = self._chance(0.75)
            runs.append(PlannedRun(day, closes, () if closes or self._chance(0.7) else ("A",)))
        return runs
