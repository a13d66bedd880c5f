"""A second reading of the rules: what a run must write, and what the program wrote, in the same words.

In      a test book, its result rows before the run, the run's date and kind.
Out     Written: settlements, value links, adjustments, estimates and closing transfers of the run, summed up.
Errors  Circular where costs run in a circle.
Source  RULES R7.2, R7.4, R10.4; WORKBOOK "Written".
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from tests.books import Book
from tests.by_the_rules.costing import Costing
from tests.by_the_rules.matching import match
from tests.by_the_rules.movements import Movement, find_situation
from tests.results import Results, number, text

Pair = tuple[str, str, str]


@dataclass
class Written:
    """Rows of one run, as sums; nothing that is zero."""

    settled: Counter[Pair] = field(default_factory=Counter)
    """issue, receipt, principle: quantity"""
    amounts: Counter[Pair] = field(default_factory=Counter)
    linked: Counter[Pair] = field(default_factory=Counter)
    link_amounts: Counter[Pair] = field(default_factory=Counter)
    adjusted: Counter[Pair] = field(default_factory=Counter)
    """transaction, kind, cause: adjustment"""
    kept_back: Counter[tuple[str, str]] = field(default_factory=Counter)
    """transaction, kind: rounding difference"""
    estimated: Counter[str] = field(default_factory=Counter)

    def nonzero(self) -> dict[str, dict[object, int]]:
        """Return everything without zeros."""
        return {name: {k: v for k, v in sums.items() if v} for name, sums in vars(self).items()}


def as_written(results: Results, closing: str) -> Written:
    """Sum up what the program wrote for a closing."""
    written = Written()
    for sheet, quantities, amounts in (
        ("Settlements", written.settled, written.amounts), ("Value links", written.linked, written.link_amounts),
    ):  # fmt: skip
        for row in results.result(sheet, closing, active=False):
            key = (_bare(row["Issue"], closing), _bare(row["Receipt"], closing), text(row["Principle"]))
            quantities[key] += int(number(row["Quantity"]) * 1000)
            amounts[key] += int(number(row["Amount"]) * 100)
    for row in results.result("Adjustments", closing, active=False):
        key = (text(row["Transaction ID"]), text(row["Kind"]), text(row["Cause"]))
        written.adjusted[key] += int(number(row["Adjustment"]) * 100)
        written.kept_back[key[:2]] += int(number(row["Rounding difference"]) * 100)
    for row in results.result("Estimated costs", closing, active=False):
        written.estimated[text(row["Transaction ID"])] += int(number(row["Amount"]) * 100)
    return written


def _bare(key: object, closing: str) -> str:
    return str(key).removeprefix(f"{closing}/")


def by_the_rules(book: Book, before: Results, day: date, closing: bool, items: tuple[str, ...] = ()) -> Written:
    """Work out what a close, or a recalculation, must write."""
    situation = find_situation(book, before, day, closing, items)
    costing = Costing(situation)
    matching = match(situation)
    costing.follow(matching)
    written = Written()
    legs = {leg.key: leg for pair in matching.legs for leg in pair}
    for m in situation.movements.values():
        if m.row and m.item in situation.scope:
            _adjust(written, costing, m)
        elif m.receipt and m.item in situation.scope:
            written.adjusted[m.key, m.kind, "Manual adjustment"] += costing.new_charges(m)
    for key in {*costing.taken_back, *costing.new_estimates}:
        written.estimated[key] = costing.taken_back.get(key, 0) + costing.new_estimates.get(key, 0)
    for piece in matching.pieces:
        key = (piece.issue.key, piece.receipt.key, piece.principle)
        amount = costing.split(piece.receipt)[1][id(piece)]
        if not piece.link and closing:
            written.settled[key] += piece.quantity
            written.amounts[key] += amount
        if piece.link and closing:
            written.linked[key] += piece.quantity
            written.link_amounts[key] += amount
    for s in situation.settled if closing else ():
        written.amounts[s.issue, s.receipt, s.principle] += costing.split(situation.movements[s.receipt])[0].get(
            id(s), 0
        )
    assert not set(legs) & set(situation.movements)
    return written


def _adjust(written: Written, costing: Costing, m: Movement) -> None:
    if m.financial and m.earlier.get("Physical"):
        written.adjusted[m.key, "Physical", "Became financial"] -= m.earlier["Physical"]
    if m.financial:
        written.kept_back[m.key, "Physical"] -= sum(k[2] for k in costing.s.kept_back if k[:2] == (m.key, "Physical"))
    if not m.receipt:
        written.adjusted[m.key, m.kind, _cause(costing, m)] += costing.cost(m) - m.cost
        return
    value = costing.value(m)
    charged = costing.new_charges(m)
    written.adjusted[m.key, m.kind, "Manual adjustment"] += charged
    expensed = costing.expensed_now(m)
    written.adjusted[m.key, m.kind, "Settled before"] += expensed
    written.kept_back[m.key, m.kind] += costing.kept_back_now(m)
    cause = "Non-financial transfer" if m.key in costing.paired else costing.feeds.get(m.key, "none")
    written.adjusted[m.key, m.kind, cause] += value - m.cost - charged - expensed


def _cause(costing: Costing, issue: Movement) -> str:
    """A run that settles something says Settlement; one that only links, or loses what was only linked, Value link."""
    new = costing.pieces_of[issue.key]
    handed = any(costing.split(costing.s.movements[s.receipt])[0].get(id(s)) for s in costing.earlier[issue.key])
    if handed or any(not p.link for p in new):
        return "Settlement"
    linked = [a for a in costing.s.adjusted if a[1] == issue.key and a[3] == "Value link"]
    return "Value link" if new or linked else "Settlement"
