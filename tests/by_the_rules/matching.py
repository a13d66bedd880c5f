"""A second reading of the rules: which issue settles from which receipt.

In      a Situation.
Out     Matching: pieces in the order in which they were found, and the closing transfers that a weighted average makes.
Source  RULES R2.4, R2.5, R4, R5.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.by_the_rules.movements import Movement, Situation, thousandths


@dataclass(eq=False)
class Piece:
    """This quantity of the issue takes from the receipt; ``link`` = only its value (R5.2)."""

    issue: Movement
    receipt: Movement
    quantity: int
    principle: str
    link: bool


@dataclass
class Matching:
    """What a run settles and links."""

    situation: Situation
    left: dict[str, int] = field(default_factory=dict)
    """quantity that may still be matched"""
    pieces: list[Piece] = field(default_factory=list)
    pairs: list[tuple[Movement, Movement, int]] = field(default_factory=list)
    """pre-closed transfers: issue, receipt, quantity"""
    legs: list[tuple[Movement, Movement]] = field(default_factory=list)
    """closing transfers: issue leg, receipt leg"""

    def take(self, issue: Movement, receipt: Movement, quantity: int, principle: str) -> None:
        """Write one piece down."""
        if quantity:
            self.left[issue.key] -= quantity
            self.left[receipt.key] -= quantity
            link = not (issue.financial and receipt.financial)
            self.pieces.append(Piece(issue, receipt, quantity, principle, link))


def match(situation: Situation) -> Matching:
    """Match everything that is open (R2.4)."""
    matching = Matching(situation)
    for m in situation.movements.values():
        if m.item in situation.scope:
            matching.left[m.key] = situation.open_quantity(m)
    _transfers(matching)
    _marks(matching)
    for item in sorted(situation.scope, key=str.casefold):
        groups = sorted({m.site for m in situation.movements.values() if m.item == item})
        for site in groups:
            _by_model(matching, item, site)
    return matching


def _transfers(matching: Matching) -> None:
    """R4.1: of the legs of a step in one group, invoiced and wholly open: alike, of one quantity, in pieces."""
    situation = matching.situation
    legs: dict[tuple[object, ...], list[Movement]] = defaultdict(list)
    for m in situation.movements.values():
        step = situation.step(m.row)
        if any(step) and m.item in situation.scope and m.financial and matching.left[m.key] == m.quantity:
            legs[(*step, *m.group)].append(m)
    for found in legs.values():
        issues, receipts = [m for m in found if not m.receipt], [m for m in found if m.receipt]
        for alike in (lambda m: (m.quantity, m.posted), lambda m: m.quantity):
            for issue in list(issues):
                same = [r for r in receipts if alike(r) == alike(issue)]
                if same:
                    _pair(matching, issue, same[0], issue.quantity)
                    issues.remove(issue)
                    receipts.remove(same[0])
        if sum(m.quantity for m in issues) != sum(m.quantity for m in receipts):
            continue
        left = {m.key: m.quantity for m in (*issues, *receipts)}
        for issue in issues:
            for receipt in receipts:
                quantity = min(left[issue.key], left[receipt.key])
                if quantity:
                    left[issue.key] -= quantity
                    left[receipt.key] -= quantity
                    _pair(matching, issue, receipt, quantity)


def _pair(matching: Matching, issue: Movement, receipt: Movement, quantity: int) -> None:
    matching.take(issue, receipt, quantity, "Non-financial transfer")
    matching.pairs.append((issue, receipt, quantity))


def _marks(matching: Matching) -> None:
    """R5.1."""
    situation = matching.situation
    paired = {m.key for issue, receipt, _quantity in matching.pairs for m in (issue, receipt)}
    everything = {str(r["Transaction ID"]): r for r in situation.book.rows}
    free: dict[str, int] = dict(matching.left)
    for key, row in everything.items():
        other_key = row.get("Marked to")
        if not other_key or str(row["Item number"]) not in situation.scope or {key, str(other_key)} & paired:
            continue
        keys = (key, str(other_key))
        marked = thousandths(row["Marked quantity"]) if row.get("Marked quantity") else None
        done = sum(s.quantity for s in situation.settled if {s.issue, s.receipt} == set(keys))
        for k in keys:
            settled = thousandths(everything[k].get("Prior settled quantity") or 0)
            free.setdefault(k, thousandths(everything[k]["Quantity"]) - settled)
        wanted = min(free[k] for k in keys)
        if marked is not None:
            wanted = min(wanted, max(marked - done, 0))
        both = [situation.movements.get(k) for k in keys]
        able = [m for m in both if m is not None and situation.eligible(m)]
        for k in keys if able else ():
            free[k] -= wanted
        if len(able) == 2:
            issue, receipt = sorted(able, key=lambda m: m.receipt)
            matching.take(issue, receipt, wanted, "Marking")
        else:
            for m in able:
                matching.left[m.key] -= wanted


def _by_model(matching: Matching, item: str, site: str) -> None:
    situation = matching.situation
    model = situation.models[item]
    members = [
        m for m in situation.movements.values()
        if m.group == (item, site) and situation.eligible(m) and matching.left[m.key] > 0
    ]  # fmt: skip
    queue = situation.in_order(members)
    issues, receipts = [m for m in queue if not m.receipt], [m for m in queue if m.receipt]
    match model:
        case "FIFO":
            _queue(matching, issues, receipts, model)
        case "LIFO":
            oldest = situation.book.parameters.get("LIFO issue order") == "Oldest first"
            _queue(matching, issues if oldest else issues[::-1], receipts[::-1], model)
        case "LIFO date":
            _lifo_date(matching, issues, receipts)
        case "Weighted average":
            _average(matching, issues, receipts, situation.day, model)
        case "Weighted average date":
            _average_of_units(matching, issues, receipts, model, lambda day: day, lambda day: day)
        case "Monthly average":
            last_days = {m.day.replace(day=1): min(_month_end(m.day), situation.day) for m in members}
            _average_of_units(matching, issues, receipts, model, lambda day: day.replace(day=1), last_days.__getitem__)


def _queue(matching: Matching, issues: list[Movement], receipts: list[Movement], principle: str) -> None:
    for issue in issues:
        for receipt in receipts:
            matching.take(issue, receipt, min(matching.left[issue.key], matching.left[receipt.key]), principle)


def _lifo_date(matching: Matching, issues: list[Movement], receipts: list[Movement]) -> None:
    """R5.6."""
    for day in sorted({i.day for i in issues}):
        for issue in [i for i in issues if i.day == day][::-1]:
            _queue(matching, [issue], [r for r in receipts if r.day <= day][::-1], "LIFO date")
    _queue(matching, issues, receipts, "LIFO date")


def _average(
    matching: Matching, issues: list[Movement], receipts: list[Movement], day: date, model: str
) -> Movement | None:
    """R5.9: one unit; return the receipt leg where there is one."""
    receipts = [r for r in receipts if matching.left[r.key] > 0]
    issues = [i for i in issues if matching.left[i.key] > 0]
    if not issues or not receipts:
        return None
    if len(receipts) == 1:
        _queue(matching, issues, receipts, f"{model} (direct)")
        return None
    total, first = sum(matching.left[r.key] for r in receipts), receipts[0]
    place = 10**6 + 2 * len(matching.legs)
    legs = [
        Movement(f"W{len(matching.legs) + 1}/{side}", place + k, first.item, first.site, side == "R", total, day, True)
        for k, side in enumerate("IR")
    ]
    for leg in legs:
        matching.left[leg.key] = total
    matching.legs.append((legs[0], legs[1]))
    for takers, givers in ((legs[:1], receipts), (issues, legs[1:])):
        _queue(matching, takers, givers, f"{model} (summarized)")
    return legs[1]


def _average_of_units(
    matching: Matching,
    issues: list[Movement],
    receipts: list[Movement],
    model: str,
    unit_of: Callable[[date], date],
    leg_day: Callable[[date], date],
) -> None:
    """R5.8, R5.11."""
    units = sorted({unit_of(m.day) for m in (*issues, *receipts)})
    stock: list[Movement] = []
    for unit in units:
        stock += [r for r in receipts if unit_of(r.day) == unit]
        waiting = [i for i in issues if unit_of(i.day) <= unit]
        leg = _average(matching, waiting, stock, leg_day(unit), model)
        stock = [r for r in (*stock, *([leg] if leg else [])) if matching.left[r.key] > 0]


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
