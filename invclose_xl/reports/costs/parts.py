"""What a cost consists of, and what became of it: one step back, one step on.

In      a Trace.
Out     parts of a place: amounts that add up to its cost exactly. A part leads to another place, or ends here.
Units   minor units; quantities in 10**-quantity_scale.
Cost    the indexes O(links + feeds) once; a place O(its own links and feeds).
Source  RULES R4.1, R5.2, R5.10, R6.1, R6.2, R7.1, R7.4, R8.1.
"""

from dataclasses import dataclass, replace

from invclose_xl.domain.book import Int64
from invclose_xl.domain.money import mul_div
from invclose_xl.domain.views.trace import Trace, group_rows_by
from invclose_xl.domain.words import Cause, ClosingType, Status
from invclose_xl.reports.costs.rules_in_words import OF_CAUSE, OF_PRINCIPLE

NOWHERE = -1
LEFT_BY = {"Sales order": "sold", "Counting": "written off in counting"}
NON_FINANCIAL = Cause.NON_FINANCIAL_TRANSFER.value


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a cost."""

    amount: int
    quantity: int
    """0 where quantity says nothing"""
    place: int
    """where it leads; NOWHERE where it ends"""
    what: str
    """in a few words"""
    rule: str = ""
    closing: str = ""


class CostParts:
    """The Trace with its indexes; ``sources`` looks back, ``uses`` looks on."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        size = len(trace.places)
        self._by_issue = group_rows_by(trace.links.issue, size)
        self._by_receipt = group_rows_by(trace.links.receipt, size)
        self._feeding = group_rows_by(trace.feeds.issue, size)
        self._fed = group_rows_by(trace.feeds.receipt, size)
        self._steps = group_rows_by(trace.steps.place, size)
        lock = trace.closings
        counts = {c: t for c, t, s in lock.select("closing", "type", "status").rows() if s == Status.ACTIVE}
        self.last_closing = max((c for c, t in counts.items() if t == ClosingType.CLOSING), default="")
        self.recalculations = {c for c, t in counts.items() if t == ClosingType.RECALCULATION}
        self.since = {c for c in self.recalculations if c > self.last_closing}
        self._handed: dict[int, dict[int, int]] = {}

    def _of(self, index: tuple[Int64, Int64], place: int) -> list[int]:
        rows, start = index
        found: list[int] = rows[start[place] : start[place + 1]].tolist()
        return found

    def links_of_issue(self, place: int) -> list[int]:
        """Links by which an issue takes its cost."""
        return self._of(self._by_issue, place)

    def links_of_receipt(self, place: int) -> list[int]:
        """Links by which a receipt gives its cost."""
        return self._of(self._by_receipt, place)

    def steps_of(self, place: int) -> list[int]:
        """Adjustments of a transaction."""
        return self._of(self._steps, place)

    # ---- one step back

    def sources(self, place: int) -> list[Part]:
        """Return what the cost of a place consists of."""
        if self.trace.places.is_receipt(place):
            return self._receipt_sources(place)
        return self._issue_sources(place)

    def _issue_sources(self, place: int) -> list[Part]:
        trace, p = self.trace, self.trace.places
        parts = []
        for k in self.links_of_issue(place):
            if trace.links.principle[k] == NON_FINANCIAL:
                what = "its own posted cost: issue and receipt of the transfer are settled with each other"
                return [Part(int(p.cost[place]), self._quantity(place), NOWHERE, what, "R4.1", trace.links.closing[k])]
            parts.append(self._with_handed(k, self._taken(k, int(trace.links.receipt[k]))))
        if p.prior_settled_amount[place]:
            quantity = int(p.prior_settled_quantity[place])
            parts.append(Part(int(p.prior_settled_amount[place]), quantity, NOWHERE, "settled before this workbook"))
        if p.uncovered[place]:
            parts.append(self._uncovered(place))
        rest = int(p.cost[place]) - sum(part.amount for part in parts)
        if rest:
            names = {trace.steps.closing[k] for k in self.steps_of(place)} & self.recalculations
            what = f"adjusted by {', '.join(sorted(names))} since" if names else "adjusted since the last close"
            parts.append(Part(rest, 0, NOWHERE, what, "R10.4"))
        return parts

    def _uncovered(self, place: int) -> Part:
        p = self.trace.places
        open_quantity = self._quantity(place) - int(p.settled_quantity[place])
        linked = sum(
            int(self.trace.links.quantity[k]) for k in self.links_of_issue(place) if not self.trace.links.settles[k]
        )
        what, rule = "posted cost, no receipt covers it", "R5.10"
        if p.basis[place]:
            what, rule = f"estimated cost, no receipt covers it ({p.basis[place]})", "R8.1"
        elif not self.last_closing:
            what, rule = "posted cost, nothing was closed yet", "R7.1"
        return Part(int(p.uncovered[place]), open_quantity - linked, NOWHERE, what, rule)

    def _taken(self, link: int, leads_to: int) -> Part:
        """Return what a link carries; ``leads_to`` is its other end."""
        links = self.trace.links
        rule, _ = OF_PRINCIPLE.get(links.principle[link], ("", ""))
        what = links.principle[link]
        if not links.settles[link]:
            what, rule = f"{what}, value only", "R5.2"
        elif not links.quantity[link]:
            what, rule = f"{what}, passed on later", "R7.4"
        return Part(int(links.amount[link]), int(links.quantity[link]), leads_to, what, rule, links.closing[link])

    # ---- what recalculations since the last close handed down (RULES R7.4): it stands in no settlement yet

    def _with_handed(self, link: int, part: Part) -> Part:
        issue = int(self.trace.links.issue[link])
        amount = self._handed_to(issue).get(link, 0)
        if not amount:
            return part
        names = ", ".join(sorted({self.trace.steps.closing[k] for k in self.steps_of(issue)} & self.since))
        return replace(part, amount=part.amount + amount, what=f"{part.what}, and what {names} passed on")

    def _handed_to(self, issue: int) -> dict[int, int]:
        """Return per link what an issue was handed down; nothing where it does not explain the change exactly."""
        p, trace = self.trace.places, self.trace
        if not self.since or p.is_leg(issue):
            return {}
        if issue not in self._handed:
            links = self.links_of_issue(issue)
            found = {k: self._handed_by(int(trace.links.receipt[k])).get(k, 0) for k in links}
            known = sum(int(trace.links.amount[k]) for k in links)
            rest = int(p.cost[issue]) - known - int(p.prior_settled_amount[issue]) - int(p.uncovered[issue])
            self._handed[issue] = found if sum(found.values()) == rest else {}
        return self._handed[issue]

    def _handed_by(self, receipt: int) -> dict[int, int]:
        """Split the change of a receipt over the settlements it took part in, as R6.3 does."""
        trace = self.trace
        steps = [k for k in self.steps_of(receipt) if trace.steps.closing[k] in self.since]
        change = sum(int(trace.steps.amount[k]) for k in steps)
        links = [k for k in self.links_of_receipt(receipt) if trace.links.settles[k] and trace.links.quantity[k]]
        left = sum(int(trace.links.quantity[k]) for k in links)
        if not change or not left:
            return {}
        rest, found = mul_div(change, left, self._quantity(receipt)), {}
        for k in links:
            quantity = int(trace.links.quantity[k])
            found[k] = mul_div(rest, quantity, left)
            rest, left = rest - found[k], left - quantity
        return found

    def _receipt_sources(self, place: int) -> list[Part]:
        trace, p = self.trace, self.trace.places
        if p.is_leg(place):
            links = self.links_of_issue(int(p.partner[place]))
            return [self._taken(k, int(trace.links.receipt[k])) for k in links] + self._by_hand(place)
        own = [k for k in self.links_of_receipt(place) if trace.links.principle[k] == NON_FINANCIAL]
        if own:
            return self._of_transfer(place, own, trace.links.issue)
        feeds = self._of(self._fed, place)
        parts = self._fed_parts(feeds) + self._by_hand(place)
        rest = int(p.cost[place]) - sum(part.amount for part in parts)
        if rest or not parts:
            parts.append(self._own_cost(place, rest, feeds))
        return parts

    def _by_hand(self, place: int) -> list[Part]:
        """Return what was entered by hand, the shares of charges each by itself, less what of it was expensed."""
        steps, parts = self.trace.steps, []
        by_hand: dict[str, int] = {}
        for k in self.steps_of(place):
            if steps.cause[k] == Cause.MANUAL_ADJUSTMENT:
                by_hand[steps.closing[k]] = by_hand.get(steps.closing[k], 0) + int(steps.amount[k])
        for k in self.steps_of(place):
            closing, rest = steps.closing[k], int(steps.amount[k])
            if steps.cause[k] == Cause.MANUAL_ADJUSTMENT:
                if closing not in by_hand:
                    continue
                rest = by_hand.pop(closing)
                for charge, amount in steps.charges[k]:
                    parts.append(Part(amount, 0, NOWHERE, f"share of the charge {charge}", "R7.4", closing))
                    rest -= amount
                if rest or not steps.charges[k]:
                    what = "entered by hand on the sheet Cost adjustments"
                    parts.append(Part(rest, 0, NOWHERE, what, "R7.4", closing))
            elif steps.cause[k] == Cause.SETTLED_BEFORE:
                what = "expensed: a former system settled that part of the receipt"
                parts.append(Part(rest, 0, NOWHERE, what, "R7.4", closing))
        return parts

    def _own_cost(self, place: int, rest: int, feeds: list[int]) -> Part:
        """Return what stands in a receipt's cost and came from nowhere else."""
        p = self.trace.places
        if not feeds:
            if p.basis[place] is None:
                return Part(rest, self._quantity(place), NOWHERE, "no cost is known yet")
            what = f"estimated ({p.basis[place]})" if p.basis[place] else "posted cost"
            return Part(rest, self._quantity(place), NOWHERE, what, "R8.1" if p.basis[place] else "")
        cause = self.trace.feeds.cause[feeds[0]]
        if cause == Cause.PRODUCTION:
            what = "posted on the receipt itself, beyond its components: work, overhead" if rest > 0 else (
                "posted on the receipt itself below what its components cost"
            )  # fmt: skip
            return Part(rest, 0, NOWHERE, what)
        small = abs(rest) <= len(feeds) + 1
        what = "rounding" if small else "posted on the receipt itself, apart from where it came from"
        return Part(rest, 0, NOWHERE, what, "R6.7" if small else "")

    def _fed_parts(self, feeds: list[int]) -> list[Part]:
        """Return a fed receipt's share of what each issue behind it costs; cents by cumulative rounding."""
        if not feeds:
            return []
        f, p = self.trace.feeds, self.trace.places
        costs = [int(f.sign[k]) * int(p.cost[f.issue[k]]) for k in feeds]
        whole, first = sum(costs), feeds[0]
        weight = int(f.weight[first])
        total = mul_div(whole, int(f.share_to[first]), weight) - mul_div(whole, int(f.share_from[first]), weight)
        parts, before, so_far = [], 0, 0
        for k, cost in zip(feeds, costs, strict=True):
            so_far += cost
            upto = mul_div(total, so_far, whole) if whole else 0
            rule, _ = OF_CAUSE[f.cause[k]]
            what = f.cause[k] if f.sign[k] > 0 else f"{f.cause[k]}, brought back"
            parts.append(Part(upto - before, 0, int(f.issue[k]), what, rule))
            before = upto
        return parts

    # ---- one step on

    def uses(self, place: int) -> list[Part]:
        """Return what became of the cost of a place."""
        if self.trace.places.is_receipt(place):
            return self._receipt_uses(place)
        return self._issue_uses(place)

    def _receipt_uses(self, place: int) -> list[Part]:
        trace, p = self.trace, self.trace.places
        parts = []
        for k in self.links_of_receipt(place):
            if trace.links.principle[k] == NON_FINANCIAL:
                what = "settled with the issue of its own transfer"
                return [Part(int(p.cost[place]), self._quantity(place), NOWHERE, what, "R4.1", trace.links.closing[k])]
            issue = int(trace.links.issue[k])
            parts.append(self._with_handed(k, self._taken(k, int(p.partner[issue]) if p.is_leg(issue) else issue)))
        if p.prior_settled_amount[place]:
            quantity = int(p.prior_settled_quantity[place])
            parts.append(Part(int(p.prior_settled_amount[place]), quantity, NOWHERE, "settled before this workbook"))
        rest = int(p.cost[place]) - sum(part.amount for part in parts)
        linked = sum(int(trace.links.quantity[k]) for k in self.links_of_receipt(place) if not trace.links.settles[k])
        left = self._quantity(place) - int(p.settled_quantity[place]) - linked
        if left:
            parts.append(Part(rest, left, NOWHERE, "still in stock"))
        elif rest:
            names = ", ".join(sorted({trace.steps.closing[k] for k in self.steps_of(place)} & self.since))
            what = f"changed by {names}; the next close passes it on" if names else "left without quantity"
            parts.append(Part(rest, 0, NOWHERE, what, "R7.4" if names else ""))
        return parts

    def _issue_uses(self, place: int) -> list[Part]:
        trace, p, f = self.trace, self.trace.places, self.trace.feeds
        if p.is_leg(place):
            what = "passed on by its receipt"
            return [Part(int(p.cost[place]), self._quantity(place), int(p.partner[place]), what, "R5.9")]
        own = [k for k in self.links_of_issue(place) if trace.links.principle[k] == NON_FINANCIAL]
        if own:
            return self._of_transfer(place, own, trace.links.receipt)
        parts = []
        for k in self._of(self._feeding, place):
            fed = self._of(self._fed, int(f.receipt[k]))
            share = next(part for row, part in zip(fed, self._fed_parts(fed), strict=True) if row == k)
            parts.append(Part(share.amount, 0, int(f.receipt[k]), share.what, share.rule))
        rest = int(p.cost[place]) - sum(part.amount for part in parts)
        if rest or not parts:
            waits = p.meaning[place] in ("Transfer", "Production line")
            word = p.meaning[place] or "issue"
            what = f"{word}: not received or not invoiced yet" if waits else LEFT_BY.get(word, "left the stock")
            parts.append(Part(rest, 0 if parts else self._quantity(place), NOWHERE, what))
        return parts

    def _of_transfer(self, place: int, links: list[int], other: Int64) -> list[Part]:
        """Return what a leg that was settled with legs of its own transfer has from them, or gave them (RULES R4.1)."""
        found, trace = self.trace.links, self.trace
        parts = [
            Part(int(found.amount[k]), int(found.quantity[k]), int(other[k]), NON_FINANCIAL, "R4.1", found.closing[k])
            for k in links
            if found.quantity[k]
        ]
        rest = int(trace.places.cost[place]) - sum(part.amount for part in parts)
        if rest:
            parts.append(Part(rest, 0, NOWHERE, "changed since it was settled with its own transfer", "R7.4"))
        return parts

    def _quantity(self, place: int) -> int:
        return abs(int(self.trace.places.quantity[place]))
