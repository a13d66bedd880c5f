"""A second reading of the rules: what was entered by hand for each receipt and no Closing has posted yet.

In      a Situation whose movements know their posted cost.
Out     per receipt the changes, in cents: rows of *Cost adjustments*, and its shares of *Charges*.
Source  RULES R7.4; WORKBOOK "Optional sheets".
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.books import Cell
from tests.by_the_rules.movements import Movement, Situation, rounded


@dataclass(frozen=True)
class Change:
    """A change of a receipt's cost."""

    day: date
    amount: int
    on_hand: bool


@dataclass(frozen=True)
class _Asked:
    """What a row asks for; with a unit cost, the amount is still to be found."""

    day: date
    amount: int
    on_hand: bool
    unit_cost: Fraction | None


def changes_by_hand(s: Situation) -> dict[str, list[Change]]:
    """Return what this run, or a recalculation since the last Closing, posts for each receipt."""
    asked: dict[str, list[_Asked]] = defaultdict(list)
    for row in s.book.cost_adjustments:
        receipt = s.movements.get(str(row["Transaction ID"]))
        if receipt is None or not receipt.financial or _day(row["Date"]) > s.day:
            continue
        if _day(row["Date"]) <= s.latest_day and receipt.day <= s.latest_day:
            continue  # posted by a Closing
        unit = row.get("New unit cost")
        asked[receipt.key].append(
            _Asked(
                _day(row["Date"]), 0 if unit is not None else int(Decimal(str(row["Amount"])) * 100),
                row.get("Applies to") == "On hand", None if unit is None else Fraction(str(unit)),
            )
        )  # fmt: skip
    for charge in s.book.charges:
        if s.latest_day < _day(charge["Date"]) <= s.day:
            for receipt, share in shares(s, charge):
                asked[receipt.key].append(_Asked(_day(charge["Date"]), share, False, None))
    return {key: _with_amounts(s, s.movements[key], rows) for key, rows in asked.items()}


def shares(s: Situation, charge: dict[str, Cell]) -> list[tuple[Movement, int]]:
    """Spread a charge over the financial receipts that meet all criteria, cents by cumulative rounding in row order."""
    chosen = [m for m in s.movements.values() if m.row and m.receipt and m.financial and _fits(s, m, charge)]
    chosen.sort(key=lambda m: m.place)
    weight = {
        "Value": [max(m.posted, 0) for m in chosen],
        "Quantity": [m.quantity for m in chosen],
        "Equally": [1 for _ in chosen],
    }[str(charge["Spread by"])]
    total, whole = int(Decimal(str(charge["Amount"])) * 100), sum(weight)
    through = [rounded(Fraction(total * sum(weight[:k]), whole)) for k in range(len(chosen) + 1)]
    found = [(m, through[k + 1] - through[k]) for k, m in enumerate(chosen)]
    assert sum(share for _, share in found) == total
    return found


def _fits(s: Situation, m: Movement, charge: dict[str, Cell]) -> bool:
    group = next(i.item_group for i in s.book.items if i.number == m.item)
    received = m.row.get("Physical date") or m.row.get("Financial date")
    same = {
        "Number": m.row.get("Number"), "Lot ID": m.row.get("Lot ID"), "Item number": m.item, "Item group": group,
        "Site": m.row.get("Site"), "Warehouse": m.row.get("Warehouse"),
    }  # fmt: skip
    return (
        all(charge.get(name) in (None, "", value) for name, value in same.items())
        and _day(charge.get("Received from") or date.min) <= _day(received)
        and _day(received) <= _day(charge.get("Received to") or date.max)
    )


def _with_amounts(s: Situation, receipt: Movement, rows: list[_Asked]) -> list[Change]:
    """A new unit cost starts from what the last Closing left, by dates; on one date amounts come first."""
    cost = receipt.posted + sum(
        a[4] for a in s.adjusted if a[1] == receipt.key and a[2] == "Financial" and a[0] <= s.latest
    )
    settled = [x for x in s.settled if x.receipt == receipt.key]
    settled_quantity, settled_amount = sum(x.quantity for x in settled), sum(x.amount for x in settled)
    whole, open_only, found = 0, 0, []
    for row in sorted(rows, key=lambda r: (r.day, r.unit_cost is not None)):
        amount = row.amount
        if row.unit_cost is not None and row.on_hand:
            handed = rounded(Fraction(whole * settled_quantity, receipt.quantity))
            expensed = rounded(Fraction(whole * receipt.prior_quantity, receipt.quantity))
            value = cost - receipt.prior_amount - settled_amount + open_only + whole - handed - expensed
            left = receipt.quantity - receipt.prior_quantity - settled_quantity
            amount = rounded(row.unit_cost * 100 * Fraction(left, 1000)) - value
        elif row.unit_cost is not None:
            amount = rounded(row.unit_cost * 100 * Fraction(receipt.quantity, 1000)) - cost - whole - open_only
        if row.on_hand:
            open_only += amount
        else:
            whole += amount
        found.append(Change(row.day, amount, row.on_hand))
    return found


def _day(value: object) -> date:
    assert isinstance(value, date)
    return value
