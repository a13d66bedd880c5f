"""A made-up company: three months of purchases, sales, transfers, production and returns, told without any system.

In      a seed; what the system can express.
Out     Movements in the order of posting, and the same business as the template has it (``typed``).
Source  WORKBOOK "Transactions".
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from tests.books import Book, Item

FIRST = date(2026, 1, 1)
CENT = Decimal("0.01")


@dataclass
class Movement:
    """One posting; quantities and amounts signed like the goods."""

    id: str
    item: str
    reference: str
    number: str
    lot: str
    quantity: Decimal
    physical: date
    financial: date | None
    physical_amount: Decimal
    financial_amount: Decimal | None
    site: str = "1"
    warehouse: str = "11"
    transfer: str = ""
    production: str = ""
    return_lot: str = ""
    marked_to: str = ""
    inventory: str = ""
    offset: str = ""


@dataclass
class Business:
    """What happened."""

    models: dict[str, str]
    """item -> inventory model"""
    movements: list[Movement] = field(default_factory=list)
    dimensions: dict[str, str] = field(default_factory=dict)
    charges: list[tuple[str, date, Decimal]] = field(default_factory=list)
    """transaction, date, amount"""

    def typed(self) -> Book:
        """Return the same business as somebody would type it into the template."""
        book = Book(items=[Item(item, model) for item, model in self.models.items()], dimensions=self.dimensions)
        for m in self.movements:
            book.add(
                m.item, m.id, m.quantity, reference=m.reference, number=m.number, lot_id=m.lot,
                physical_date=m.physical, financial_date=m.financial, physical_cost_amount=m.physical_amount or None,
                financial_cost_amount=m.financial_amount, site=m.site, warehouse=m.warehouse,
                transfer_id=m.transfer, production_number=m.production, return_lot_id=m.return_lot,
                marked_to=m.marked_to, inventory_account=m.inventory, offset_account=m.offset,
            )  # fmt: skip
        book.cost_adjustments = [{"Transaction ID": t, "Date": d, "Amount": a} for t, d, a in self.charges]
        return book


class Company:
    """Makes a business, one event after the other."""

    def __init__(self, seed: int, models: dict[str, str], first_id: int = 1, days: int = 85) -> None:
        self.random = random.Random(seed)
        self.business = Business(models)
        self._next, self._days = first_id, days
        self.prices = {item: Decimal(self.random.randrange(300, 4000)) / 100 for item in models}

    def day(self, share: float) -> date:
        """Return a day some way through the time."""
        return FIRST + timedelta(days=int(share * self._days))

    def amount(self, item: str, quantity: Decimal) -> Decimal:
        """Return what so many cost today, to the cent."""
        price = self.prices[item] * Decimal(self.random.randrange(90, 115)) / 100
        return (price * quantity).quantize(CENT)

    def post(
        self, item: str, reference: str, number: str, quantity: Decimal, physical: date, **more: object
    ) -> Movement:
        """Post one movement."""
        identifier = str(self._next)
        self._next += 1
        cost = self.amount(item, quantity)
        plain = Movement(
            identifier, item, reference, number, f"LOT-{identifier}", quantity, physical, physical, cost, cost
        )
        movement = replace(plain, **more)  # type: ignore[arg-type]
        self.business.movements.append(movement)
        return movement

    def purchase(self, share: float, item: str, number: int, **more: object) -> Movement:
        """Receive goods; the invoice comes a few days later."""
        physical = self.day(share)
        quantity = Decimal(self.random.randrange(20, 400)) / (4 if self.random.random() < 0.3 else 1)
        return self.post(item, "Purchase order", f"PO-{number:04}", quantity, physical,
                         **{"financial": physical + timedelta(days=self.random.randrange(3)), **more})  # fmt: skip

    def sale(self, share: float, item: str, number: int, **more: object) -> Movement:
        """Sell goods."""
        quantity = -Decimal(self.random.randrange(5, 60))
        return self.post(item, "Sales order", f"SO-{number:04}", quantity, self.day(share), **more)

    def shares(self, count: int) -> Iterator[tuple[int, float]]:
        """Yield numbers with the part of the time that is over."""
        for k in range(count):
            yield k, k / count

    def choose(self, items: Sequence[str]) -> str:
        """Return an item."""
        return self.random.choice(items)
