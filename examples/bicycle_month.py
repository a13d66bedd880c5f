"""Months of a small bicycle maker: some 400 inventory transactions a month, entered day by day.

In      the master data of bicycle_maker.py, a fixed seed and the last day: January, or a whole year; always the same.
Out     rows of *Transactions*. Issues carry the running average of their moment, as an ERP would have posted them; with
        two sites, marks, receipts without an invoice at the end of the month, and a sale that no receipt covers.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from bicycle_maker import INVENTORY, ITEMS, MODEL_GROUPS, OFFSETS, RECIPES, Item
from neat_book import Cell

D = Decimal
CENT = D("0.01")
NOTHING = D(0)
LAST = date(2026, 1, 31)
BY_NUMBER = {item.number: item for item in ITEMS}
WITH_PHYSICAL = {name for name, _, _, physical in MODEL_GROUPS if physical == "Yes"}


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass
class Stock:
    """On hand in one costing group, as the running average sees it."""

    quantity: Decimal = NOTHING
    value: Decimal = NOTHING

    def cost(self, pieces: int, price: Decimal) -> Decimal:
        """Cost of an issue now; the item's price where the average says nothing."""
        average = self.value / self.quantity if self.quantity > 0 and self.value >= 0 else price
        return cents(average * pieces)


@dataclass
class Month:
    """The transactions as they are entered, day by day, up to the last day."""

    last: date = LAST
    dice: random.Random = field(default_factory=lambda: random.Random(202601))
    rows: list[dict[str, Cell]] = field(default_factory=list)
    stock: defaultdict[tuple[str, str, str], Stock] = field(default_factory=lambda: defaultdict(Stock))
    pieces: defaultdict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    invoices: list[tuple[date, tuple[str, str, str], int, Decimal]] = field(default_factory=list)
    documents: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def next_number(self, series: str) -> str:
        self.documents[series] += 1
        return f"{series}-{self.documents[series]:05d}"

    def enter(
        self, item: Item, reference: str, document: str, day: date, quantity: int, site: str, **cells: Cell
    ) -> dict[str, Cell]:
        """Enter one line; accounts as the posting profile has them today."""
        row: dict[str, Cell] = {
            "Transaction ID": f"T{len(self.rows) + 1:04d}", "Item number": item.number, "Reference": reference,
            "Number": document, "Lot ID": f"L{len(self.rows) + 1:05d}", "Physical date": day, "Financial date": day,
            "Quantity": quantity, "Site": site, "Warehouse": "11" if site == "1" else "21",
            "Color": cells.pop("Color", ""), "Inventory account": INVENTORY[item.item_group],
            "Offset account": OFFSETS[reference], "Ledger dimension": f"SITE-{site}", **cells,
        }  # fmt: skip
        self.rows.append(row)
        return row

    def receive(self, row: dict[str, Cell], slip: Decimal, invoice: Decimal | None, invoiced: date | None) -> None:
        """Give a receipt its packing slip and invoice values; the average learns of each on its own day."""
        item, quantity = BY_NUMBER[str(row["Item number"])], int(str(row["Quantity"]))
        key = (item.number, str(row["Site"]), str(row["Color"]))
        row["Physical cost amount"], row["Financial cost amount"], row["Financial date"] = slip, invoice, invoiced
        self.pieces[key] += quantity
        if item.model_group in WITH_PHYSICAL:
            self.stock[key].quantity += quantity
            self.stock[key].value += slip
        if invoice is None or invoiced is None:
            return
        arrival = (0, invoice - slip) if item.model_group in WITH_PHYSICAL else (quantity, invoice)
        if invoiced <= row["Physical date"]:  # type: ignore[operator]
            self._learn(key, *arrival)
        else:
            self.invoices.append((invoiced, key, *arrival))

    def issue(self, row: dict[str, Cell], cost: Decimal | None = None) -> Decimal:
        """Give an issue the running average of its moment (or the cost it is bound to)."""
        item, quantity = BY_NUMBER[str(row["Item number"])], -int(str(row["Quantity"]))
        key = (item.number, str(row["Site"]), str(row["Color"]))
        standard = item.model_group == "STD"
        if cost is None:
            cost = cents(D(item.price) * quantity) if standard else self.stock[key].cost(quantity, D(item.price))
        row["Physical cost amount"] = row["Financial cost amount"] = -cost
        self.pieces[key] -= quantity
        self._learn(key, -quantity, -cost)
        return cost

    def _learn(self, key: tuple[str, str, str], quantity: int, value: Decimal) -> None:
        self.stock[key].quantity += quantity
        self.stock[key].value += value

    def begin_day(self, day: date) -> None:
        """Post the invoices that came today."""
        for arrival in [a for a in self.invoices if a[0] == day]:
            self._learn(*arrival[1:])

    def price(self, item: Item) -> Decimal:
        """A purchase price: near the item's, never the same twice; standard cost stays."""
        drift = 1 if item.model_group == "STD" else D(self.dice.randint(930, 1090)) / 1000
        return D(item.price) * drift

    def on_hand(self, number: str, site: str, color: str = "") -> int:
        return self.pieces[number, site, color]


def colors_of(item: Item) -> tuple[str, ...]:
    return ("Red", "Blue") if item.number == "A-HELMET" else ("",)


def opening(month: Month) -> None:
    for item in ITEMS:
        for site, pieces in zip(("1", "2"), item.opening, strict=True):
            for color in colors_of(item) if pieces else ():
                first = month.last.replace(month=1, day=1)
                row = month.enter(item, "Opening", f"OPEN-{first.year}", first, pieces, site, Color=color)
                value = cents(month.price(item) * pieces)
                month.receive(row, value, value, first)


def purchase(month: Month, day: date, item: Item) -> None:
    document = month.next_number("PO")
    for color in colors_of(item):
        site = "2" if item.item_group == "ACCESS" and month.dice.random() < 0.5 else "1"
        row = month.enter(item, "Purchase order", document, day, item.bought, site, Color=color)
        slip = cents(month.price(item) * item.bought)
        change = 1 if item.model_group == "STD" else D(month.dice.choice((1000, 1000, 985, 1012, 1030))) / 1000
        invoiced = day + timedelta(days=month.dice.choice((0, 1, 3, 5)))
        is_invoiced = invoiced <= month.last
        month.receive(row, slip, cents(slip * change) if is_invoiced else None, invoiced if is_invoiced else None)


def produce(month: Month, day: date, bike: Item, pieces: int) -> None:
    """Take the components, report the bikes finished, end the order: all on one day."""
    order = month.next_number("PR")
    cost = D(0)
    for number, each in RECIPES[bike.number].items():
        row = month.enter(BY_NUMBER[number], "Production line", order, day, -each * pieces, "1")
        row["Production number"] = order
        cost += month.issue(row)
    row = month.enter(bike, "Production", order, day, pieces, "1")
    row["Production number"] = order
    value = cents(cost + D("48.00") * pieces)
    month.receive(row, value, value, day)


def sell(month: Month, day: date, item: Item, site: str) -> None:
    color = month.dice.choice(colors_of(item))
    pieces = min(month.dice.randint(1, item.sold), month.on_hand(item.number, site, color))
    if pieces > 0:
        month.issue(month.enter(item, "Sales order", month.next_number("SO"), day, -pieces, site, Color=color))


def transfer(month: Month, day: date, item: Item, pieces: int, to_site: str) -> None:
    """Move stock: to the shop (another costing group), or to the other warehouse of the factory (the same group)."""
    color = colors_of(item)[0]
    if month.on_hand(item.number, "1", color) < pieces:
        return
    document = month.next_number("TO")
    out = month.enter(item, "Transfer", document, day, -pieces, "1", Color=color)
    cost = month.issue(out)
    into = month.enter(item, "Transfer", document, day, pieces, to_site, Color=color)
    if to_site == "1":
        into["Warehouse"] = "12"
    out["Transfer ID"] = into["Transfer ID"] = document
    month.receive(into, cost, cost, day)


def special_sales(month: Month, day: date) -> None:
    """A road bike sold from a certain delivery, a bag the shop does not have, a lock that came back."""
    if day.day == 21:
        made = [r for r in month.rows if r["Item number"] == "B-RACE" and r["Reference"] == "Production"][-1]
        row = month.enter(BY_NUMBER["B-RACE"], "Sales order", month.next_number("SO"), day, -1, "1")
        row["Marked to"] = made["Transaction ID"]
        bound = D(str(made["Financial cost amount"])) / int(str(made["Quantity"]))
        month.issue(row, cents(bound))
    if day.day == 22:
        bought = [r for r in month.rows if r["Item number"] == "P-TYRE" and r["Reference"] == "Purchase order"][-1]
        row = month.enter(BY_NUMBER["P-TYRE"], "Sales order", month.next_number("SO"), day, -10, "1")
        row["Marked to"] = bought["Lot ID"]
        month.issue(row)
    if day.day == 30:
        row = month.enter(BY_NUMBER["P-TYRE"], "Sales order", month.next_number("SO"), day, -6, "1")
        month.issue(row)
        row["Financial date"] = row["Financial cost amount"] = None
    if (day.month, day.day) == (1, 29):
        bag = BY_NUMBER["A-BAG"]
        pieces = month.on_hand("A-BAG", "2") + 4
        month.issue(month.enter(bag, "Sales order", month.next_number("SO"), day, -pieces, "2"))
    if day.day == 27:
        sold = [r for r in month.rows if r["Item number"] == "A-LOCK" and r["Reference"] == "Sales order"][
            3 * day.month
        ]
        site = str(sold["Site"])
        row = month.enter(BY_NUMBER["A-LOCK"], "Return order", month.next_number("RO"), day, 1, site)
        row["Return lot ID"] = sold["Lot ID"]
        cost = cents(-D(str(sold["Financial cost amount"])) / -int(str(sold["Quantity"])))
        month.receive(row, cost, cost, day)


def last_day(day: date) -> date:
    """Return the last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def count(month: Month, day: date) -> None:
    document = month.next_number("CNT")
    for number, found in (("P-BELL", -3), ("P-PEDAL", 2), ("A-PUMP", -1), ("P-TYRE", -2)):
        item = BY_NUMBER[number]
        row = month.enter(item, "Counting", document, day, found, "1")
        if found < 0:
            month.issue(row)
        else:
            value = cents(month.stock[number, "1", ""].cost(found, D(item.price)))
            month.receive(row, value, value, day)


def make_month(last: date = LAST, sales_a_day: int = 7) -> Month:
    """Return the transactions from 1 January to the last day of a month; the shop may sell more a day."""
    month = Month(last)
    opening(month)
    bought, sold = [i for i in ITEMS if i.bought], [i for i in ITEMS if i.sold]
    days = (date(last.year, 1, 1) + timedelta(days=n) for n in range(1, last.timetuple().tm_yday))
    workdays = [day for day in days if day.weekday() < 6]
    plan = {day: [i for n, i in enumerate(bought) if n % 9 == number % 9] for number, day in enumerate(workdays)}
    for number, day in enumerate(workdays):
        month.begin_day(day)
        for item in plan[day]:
            purchase(month, day, item)
        if number % 2 == 1 and number > 2:
            bike = BY_NUMBER[tuple(RECIPES)[(number // 2) % len(RECIPES)]]
            produce(month, day, bike, 2 if bike.number == "B-RACE" else month.dice.randint(3, 5))
        if day.weekday() in (1, 4):
            transfer(month, day, BY_NUMBER[month.dice.choice(("B-CITY", "B-TOUR", "B-KIDS", "A-HELMET"))], 2, "2")
        if day.weekday() == 2:
            transfer(month, day, BY_NUMBER[month.dice.choice(("P-CHAIN", "P-LIGHT", "P-GEAR"))], 10, "1")
        for _ in range(sales_a_day):
            sell(month, day, month.dice.choice(sold), month.dice.choice(("1", "2", "2")))
        special_sales(month, day)
        if number + 1 == len(workdays) or workdays[number + 1].month != day.month:
            count(month, last_day(day))
    return month
