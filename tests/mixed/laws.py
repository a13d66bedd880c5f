"""The laws of a closed book, recomputed from its result rows: nothing of the program under test is asked.

In      a book, what its closes wrote, the date of the last close.
Out     a sentence for each law that does not hold: what an issue costs, what a feed hands on, what is left of every
        item, what the vouchers say.
Units   cents, thousandths of a piece.
Source  RULES R1, R4.1, R6.2, R6.7, R7.1, R7.3, R9.2, R9.3.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from tests.books import MODELS, Book
from tests.results import Results, Row, Value, number, text

INVENTORY = {"Inventory", "1400", "1410", "1420"}


def cents(value: Value) -> int:
    return int(number(value) * 100)


def pieces(value: Value) -> int:
    return int(number(value) * 1000)


def rounded(exact: Fraction) -> int:
    """Half away from zero."""
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole


@dataclass(frozen=True)
class Closed:
    """A book after its last close."""

    book: Book
    results: Results
    up_to: date

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Transactions that are there at the date."""
        rows = {text(row["Transaction ID"]): row for row in self.results.transactions()}
        return {key: row for key, row in rows.items() if self.is_financial(row) or self._by(row, "Physical date")}

    def _by(self, row: Row, heading: str) -> bool:
        day = row.get(heading)
        return isinstance(day, date) and day <= self.up_to

    def is_financial(self, row: Row) -> bool:
        return self._by(row, "Financial date")

    @cached_property
    def periodic(self) -> set[str]:
        return {item.number for item in self.book.items if item.model in MODELS}

    @cached_property
    def estimated(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for row in self.results.result("Estimated costs"):
            total[text(row["Transaction ID"])] += cents(row["Amount"])
        return total

    def posted(self, row: Row) -> int:
        """Posted cost: the amount of the state that the transaction is in, or what stands as its estimate."""
        heading = "Financial cost amount" if self.is_financial(row) else "Physical cost amount"
        return abs(cents(row.get(heading))) + self.estimated[text(row["Transaction ID"])]

    def adjusted(self, row: Row, heading: str = "Adjustment", cause: str = "") -> int:
        kind = "Financial" if self.is_financial(row) else "Physical"
        found = self._adjustments[text(row["Transaction ID"])]
        return sum(cents(r[heading]) for r in found if r["Kind"] == kind and cause in ("", r["Cause"]))

    @cached_property
    def _adjustments(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.results.result("Adjustments"):
            found[text(row["Transaction ID"])].append(row)
        return found

    def cost(self, row: Row) -> int:
        return self.posted(row) + self.adjusted(row)

    @cached_property
    def links(self) -> list[Row]:
        """Value links of the last run."""
        return self.results.result("Value links", self.results.latest())

    @cached_property
    def taken(self) -> dict[str, list[Row]]:
        """What was settled with each transaction and leg, and linked by the last run, as issue and as receipt."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in (*self.results.result("Settlements"), *self.links):
            for side in ("Issue", "Receipt"):
                found[text(row[side])].append(row)
        return found

    def uncovered(self, row: Row) -> int:
        """Posted cost of what is neither settled nor linked: closing by closing, settlements before links (R7.1)."""
        rest = self.posted(row) - cents(row.get("Prior settled amount"))
        left = abs(pieces(row["Quantity"])) - pieces(row.get("Prior settled quantity"))
        by_closing: Counter[tuple[str, bool]] = Counter()
        for piece in self.taken[text(row["Transaction ID"])]:
            by_closing[text(piece["Closing"]), any(piece is link for link in self.links)] += pieces(piece["Quantity"])
        for _, quantity in sorted(by_closing.items()):
            if quantity:
                rest -= rounded(Fraction(rest * quantity, left))
                left -= quantity
        return rest

    def amount_taken(self, key: str) -> int:
        return sum(cents(piece["Amount"]) for piece in self.taken[key])


def broken(closed: Closed) -> list[str]:
    """Return a sentence for each law that does not hold."""
    return [*issue_costs(closed), *feeds(closed), *values(closed), *vouchers(closed)]


def issue_costs(closed: Closed) -> Iterator[str]:
    """An issue costs what it took, and the posted cost of what is uncovered."""
    for key, row in closed.rows.items():
        if number(row["Quantity"]) < 0 and row["Item number"] in closed.periodic:
            expected = cents(row.get("Prior settled amount")) + closed.amount_taken(key) + closed.uncovered(row)
            if closed.cost(row) != expected:
                yield f"{key} costs {closed.cost(row)}, took and kept {expected}"


def values(closed: Closed) -> Iterator[str]:
    """Value in = value out + value left, for every item and in total."""
    came, went, left = Counter[str](), Counter[str](), Counter[str]()
    for key, row in closed.rows.items():
        item, prior = text(row["Item number"]), cents(row.get("Prior settled amount"))
        if item not in closed.periodic:
            continue
        if number(row["Quantity"]) > 0:
            came[item] += closed.cost(row) - prior
            left[item] += closed.cost(row) - prior - closed.amount_taken(key)
        else:
            went[item] += closed.cost(row) - prior
            left[item] -= closed.uncovered(row)
    for row in closed.results.result("Closing transactions"):
        key = text(row["Transaction ID"])
        if key.endswith("/R"):
            left[text(row["Item number"])] += closed.amount_taken(key[:-1] + "I") - closed.amount_taken(key)
    for item in sorted(closed.periodic):
        if came[item] != went[item] + left[item]:
            yield f"{item}: {came[item]} came in, {went[item]} went out, {left[item]} is left"
    if came.total() != went.total() + left.total():
        yield f"in total {came.total()} came in, {went.total()} went out, {left.total()} is left"


def feeds(closed: Closed) -> Iterator[str]:
    """A fed receipt has its posted cost, what was entered by hand, and its share, less the rounding difference."""
    fixed = {i.number for i in closed.book.items if i.flags.get("Fixed receipt price") == "Yes"}
    slips = {i.number for i in closed.book.items if i.flags.get("Include physical value") == "Yes"}
    slips &= {i.number for i in closed.book.items if i.model in MODELS[:3]}
    for key, (share, replaces) in _shares(closed).items():
        row = closed.rows[key]
        item = text(row["Item number"])
        if item in fixed or item not in closed.periodic or not (closed.is_financial(row) or item in slips):
            continue
        by_hand = closed.adjusted(row, cause="Manual adjustment")
        expected = (0 if replaces else closed.posted(row)) + by_hand + share
        expected -= closed.adjusted(row, "Rounding difference")
        if closed.cost(row) != expected:
            yield f"{key} costs {closed.cost(row)}, its feed makes it {expected}"


def _shares(closed: Closed) -> dict[str, tuple[int, bool]]:
    """What the feed of each receipt hands on to it, and whether that is its whole cost (returns)."""
    everything = {text(row["Transaction ID"]): row for row in closed.results.transactions()}
    shares: dict[str, tuple[int, bool]] = {}
    for members, fed, weight, by_unit in _production(closed, everything):
        total = sum(sign * (closed.cost(everything[m]) - closed.posted(everything[m])) for m, sign in members)
        shares.update(_split(closed, total, fed, weight, by_unit))
    for members, fed, weight, by_unit in _transfers(closed, everything):
        total = sum(closed.cost(everything[m]) - closed.posted(everything[m]) for m, _ in members)
        shares.update(_split(closed, total, fed, weight, by_unit))
    for members, fed, weight, by_unit in _returns(closed, everything):
        total = sum(closed.cost(everything[m]) for m, _ in members)
        shares.update(_split(closed, total, fed, weight, by_unit))
    return shares


Feed = tuple[list[tuple[str, int]], list[tuple[str, int]], int, bool]
"""members with sign, fed receipts with share, the whole, whether it is the whole cost that is handed on"""


def _split(
    closed: Closed, total: int, fed: list[tuple[str, int]], weight: int, whole_cost: bool
) -> dict[str, tuple[int, bool]]:
    before, shares = 0, {}
    for key, share in fed:
        after = before + share
        part = rounded(Fraction(total * after, weight)) - rounded(Fraction(total * before, weight))
        before = after
        if key in closed.rows:
            shares[key] = (part, whole_cost)
    return shares


def _production(closed: Closed, rows: dict[str, Row]) -> Iterator[Feed]:
    orders: dict[str, list[str]] = defaultdict(list)
    for key, row in rows.items():
        if row.get("Production number"):
            orders[text(row["Production number"])].append(key)
    for keys in orders.values():
        members, fed = [], []
        for key in keys:
            sign = 1 if number(rows[key]["Quantity"]) < 0 else -1
            if sign < 0 and rows[key]["Reference"] == "Production":
                fed.append(key)
            elif key in closed.rows:
                members.append((key, sign))
        given = [int(number(rows[key].get("Cost share")) * 100) for key in fed]
        posted = [abs(cents(_amount(rows[key]))) for key in fed]
        weights = next((w for w in (given, posted) if sum(w)), [pieces(rows[key]["Quantity"]) for key in fed])
        yield members, list(zip(fed, weights, strict=True)), max(sum(weights), 1), False


def _amount(row: Row) -> Value:
    financial = row.get("Financial cost amount")
    return row.get("Physical cost amount") if financial is None else financial


def _transfers(closed: Closed, rows: dict[str, Row]) -> Iterator[Feed]:
    own = {
        text(row[side]) for row in closed.results.result("Settlements") for side in ("Issue", "Receipt")
        if row["Principle"] == "Non-financial transfer"
    }  # fmt: skip
    steps: dict[str, list[str]] = defaultdict(list)
    for key, row in rows.items():
        if row.get("Transfer ID") and key not in own:
            steps[text(row["Transfer ID"])].append(key)
    for keys in steps.values():
        sent = [key for key in keys if number(rows[key]["Quantity"]) < 0]
        fed = [(key, pieces(rows[key]["Quantity"])) for key in keys if key not in sent]
        whole = max(-sum(pieces(rows[key]["Quantity"]) for key in sent), sum(q for _, q in fed))
        if sent:
            yield [(key, 1) for key in sent if key in closed.rows], fed, whole, False


def _returns(closed: Closed, rows: dict[str, Row]) -> Iterator[Feed]:
    back: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key, row in rows.items():
        if row.get("Return lot ID"):
            back[text(row["Return lot ID"])].append((key, pieces(row["Quantity"])))
    for lot, fed in back.items():
        issues = [k for k, r in rows.items() if lot in (k, r.get("Lot ID")) and number(r["Quantity"]) < 0]
        there = [key for key in issues if key in closed.rows]
        if there:
            yield [(key, 1) for key in there], fed, -sum(pieces(rows[key]["Quantity"]) for key in there), True


def vouchers(closed: Closed) -> Iterator[str]:
    """Debit = credit; per item the inventory lines are the change of its value, by every closing."""
    sign = {text(r["Transaction ID"]): 1 if number(r["Quantity"]) > 0 else -1 for r in closed.results.transactions()}
    balance: Counter[str] = Counter()
    inventory: Counter[tuple[str, str]] = Counter()
    change: Counter[tuple[str, str]] = Counter()
    for line in closed.results.result("Vouchers"):
        amount = cents(line["Debit"]) - cents(line["Credit"])
        balance[text(line["Closing"])] += amount
        if line["Account"] in INVENTORY:
            inventory[text(line["Closing"]), text(line["Specification"])] += amount
    for sheet, heading in (("Adjustments", "Adjustment"), ("Estimated costs", "Amount")):
        if sheet == "Estimated costs" and closed.book.parameters.get("Post estimated costs") is False:
            continue
        for row in closed.results.result(sheet, active=False):
            amount = cents(row[heading]) * sign[text(row["Transaction ID"])]
            change[text(row["Closing"]), text(row["Item number"])] += amount
    yield from (f"{closing}: debit - credit = {rest}" for closing, rest in balance.items() if rest)
    for key in sorted(change.keys() | inventory.keys()):
        if change[key] != inventory[key]:
            yield f"{key}: the value changes by {change[key]}, the voucher says {inventory[key]}"
