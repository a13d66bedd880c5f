"""Parts of a cost, and their uses: one step back, one step on.

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
from invclose_xl.reports.costs.rules_in_words import COSTED_AT_POSTING, OF_CAUSE, OF_PRINCIPLE

NOWHERE = -1
LEFT_BY = {"Sales order": "sold", "Counting": "written off in counting"}
NON_FINANCIAL = Cause.NON_FINANCIAL_TRANSFER.value


@dataclass(frozen=True, slots=True)
class CostPart:
    """A part of a cost."""

    amount: int
    quantity: int
    """0 where quantity says nothing"""
    movement: int
    """where it leads; NOWHERE where it ends"""
    what: str
    """in a few words"""
    rule: str = ""
    closing: str = ""


class CostParts:
    """The Trace with its indexes; ``sources`` looks back, ``uses`` looks on."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        size = len(trace.movements)
        self._by_issue = group_rows_by(trace.links.issue, size)
        self._by_receipt = group_rows_by(trace.links.receipt, size)
        self._feeding = group_rows_by(trace.feeds.issue, size)
        self._fed = group_rows_by(trace.feeds.receipt, size)
        self._steps = group_rows_by(trace.steps.movement, size)
        lock = trace.closings
        counts = {c: t for c, t, s in lock.select("closing", "type", "status").rows() if s == Status.ACTIVE}
        self.last_closing = max((c for c, t in counts.items() if t == ClosingType.CLOSING), default="")
        self.recalculations = {c for c, t in counts.items() if t == ClosingType.RECALCULATION}
        self.since = {c for c in self.recalculations if c > self.last_closing}
        self._passed_down_amount: dict[int, dict[int, int]] = {}

    def _of(self, index: tuple[Int64, Int64], movement: int) -> list[int]:
        rows, start = index
        found: list[int] = rows[start[movement] : start[movement + 1]].tolist()
        return found

    def links_of_issue(self, movement: int) -> list[int]:
        """Links by which an issue takes its cost."""
        return self._of(self._by_issue, movement)

    def links_of_receipt(self, movement: int) -> list[int]:
        """Links by which a receipt gives its cost."""
        return self._of(self._by_receipt, movement)

    def steps_of(self, movement: int) -> list[int]:
        """Adjustments of a transaction."""
        return self._of(self._steps, movement)

    # ---- one step back

    def sources(self, movement: int) -> list[CostPart]:
        """Return what the cost of a place consists of."""
        if self.trace.movements.is_receipt(movement):
            return self._receipt_sources(movement)
        return self._issue_sources(movement)

    def _issue_sources(self, movement: int) -> list[CostPart]:
        trace, movements = self.trace, self.trace.movements
        parts = []
        for link in self.links_of_issue(movement):
            if trace.links.principle[link] == NON_FINANCIAL:
                what = "its own posted cost: issue and receipt of the transfer are settled with each other"
                return [self._whole_of_transfer(movement, link, what)]
            parts.append(self._with_handed(link, self._taken(link, int(trace.links.receipt[link]))))
        parts += self._settled_before(movement)
        if movements.uncovered[movement]:
            parts.append(self._uncovered(movement))
        rest = int(movements.cost[movement]) - sum(part.amount for part in parts)
        if rest:
            names = {trace.steps.closing[link] for link in self.steps_of(movement)} & self.recalculations
            what = f"adjusted by {', '.join(sorted(names))} since" if names else "adjusted since the last close"
            parts.append(CostPart(rest, 0, NOWHERE, what, "R10.4"))
        return parts

    def _whole_of_transfer(self, movement: int, link: int, what: str) -> CostPart:
        """Return all of a transfer inside one costing group, whose issue and receipt are settled with each other."""
        movements, closing = self.trace.movements, self.trace.links.closing[link]
        return CostPart(int(movements.cost[movement]), self._quantity(movement), NOWHERE, what, "R4.1", closing)

    def _settled_before(self, movement: int) -> list[CostPart]:
        """Return what another system settled of a place."""
        movements = self.trace.movements
        amount, quantity = movements.prior_settled_amount[movement], movements.prior_settled_quantity[movement]
        return [CostPart(int(amount), int(quantity), NOWHERE, "settled before this workbook")] if amount else []

    def _uncovered(self, movement: int) -> CostPart:
        movements = self.trace.movements
        open_quantity = self._quantity(movement) - int(movements.settled_quantity[movement])
        linked = sum(
            int(self.trace.links.quantity[k]) for k in self.links_of_issue(movement) if not self.trace.links.settles[k]
        )
        what, rule = "posted cost, no receipt covers it", "R5.10"
        if movements.model[movement] in COSTED_AT_POSTING:
            what, rule = movements.basis[movement] or "posted cost", "R8.4"
        elif movements.basis[movement]:
            what, rule = f"estimated cost, no receipt covers it ({movements.basis[movement]})", "R8.1"
        elif not self.last_closing:
            what, rule = "posted cost, nothing was closed yet", "R7.1"
        return CostPart(int(movements.uncovered[movement]), open_quantity - linked, NOWHERE, what, rule)

    def _taken(self, link: int, leads_to: int) -> CostPart:
        """Return what a link carries; ``leads_to`` is its other end."""
        links = self.trace.links
        rule, _ = OF_PRINCIPLE.get(links.principle[link], ("", ""))
        what = links.principle[link]
        if not links.settles[link]:
            what, rule = f"{what}, value only", "R5.2"
        elif not links.quantity[link]:
            what, rule = f"{what}, passed on later", "R7.4"
        return CostPart(int(links.amount[link]), int(links.quantity[link]), leads_to, what, rule, links.closing[link])

    # ---- what recalculations since the last close handed down (RULES R7.4): it is in no settlement yet

    def _with_handed(self, link: int, part: CostPart) -> CostPart:
        issue = int(self.trace.links.issue[link])
        amount = self._handed_to(issue).get(link, 0)
        if not amount:
            return part
        names = ", ".join(sorted({self.trace.steps.closing[k] for k in self.steps_of(issue)} & self.since))
        return replace(part, amount=part.amount + amount, what=f"{part.what}, and what {names} passed on")

    def _handed_to(self, issue: int) -> dict[int, int]:
        """Return per link what an issue was handed down; nothing where it does not explain the change exactly."""
        movements, trace = self.trace.movements, self.trace
        if not self.since or movements.is_leg(issue):
            return {}
        if issue not in self._passed_down_amount:
            links = self.links_of_issue(issue)
            found = {k: self._handed_by(int(trace.links.receipt[k])).get(k, 0) for k in links}
            known = sum(int(trace.links.amount[k]) for k in links)
            rest = (
                int(movements.cost[issue])
                - known
                - int(movements.prior_settled_amount[issue])
                - int(movements.uncovered[issue])
            )
            self._passed_down_amount[issue] = found if sum(found.values()) == rest else {}
        return self._passed_down_amount[issue]

    def _handed_by(self, receipt: int) -> dict[int, int]:
        """Split the change of a receipt over the settlements it took part in, as R6.3 does."""
        trace = self.trace
        steps = [link for link in self.steps_of(receipt) if trace.steps.closing[link] in self.since]
        change = sum(int(trace.steps.amount[link]) for link in steps)
        links = [
            link for link in self.links_of_receipt(receipt) if trace.links.settles[link] and trace.links.quantity[link]
        ]
        left = sum(int(trace.links.quantity[link]) for link in links)
        if not change or not left:
            return {}
        rest, found = mul_div(change, left, self._quantity(receipt)), {}
        for link in links:
            quantity = int(trace.links.quantity[link])
            found[link] = mul_div(rest, quantity, left)
            rest, left = rest - found[link], left - quantity
        return found

    def _receipt_sources(self, movement: int) -> list[CostPart]:
        trace, movements = self.trace, self.trace.movements
        if movements.is_leg(movement):
            links = self.links_of_issue(int(movements.partner[movement]))
            return [self._taken(k, int(trace.links.receipt[k])) for k in links] + self._by_hand(movement)
        own = [k for k in self.links_of_receipt(movement) if trace.links.principle[k] == NON_FINANCIAL]
        if own:
            return self._of_transfer(movement, own, trace.links.issue)
        feeds = self._of(self._fed, movement)
        parts = self._fed_parts(feeds) + self._by_hand(movement)
        rest = int(movements.cost[movement]) - sum(part.amount for part in parts)
        if rest or not parts:
            parts.append(self._own_cost(movement, rest, feeds))
        return parts

    def _by_hand(self, movement: int) -> list[CostPart]:
        """Return what was entered by hand, the shares of charges each by itself, less what of it was expensed."""
        steps, parts = self.trace.steps, []
        by_hand: dict[str, int] = {}
        for step in self.steps_of(movement):
            if steps.cause[step] == Cause.MANUAL_ADJUSTMENT:
                by_hand[steps.closing[step]] = by_hand.get(steps.closing[step], 0) + int(steps.amount[step])
        for step in self.steps_of(movement):
            closing, rest = steps.closing[step], int(steps.amount[step])
            if steps.cause[step] == Cause.MANUAL_ADJUSTMENT:
                if closing not in by_hand:
                    continue
                rest = by_hand.pop(closing)
                for charge, amount in steps.charges[step]:
                    parts.append(CostPart(amount, 0, NOWHERE, f"share of the charge {charge}", "R7.4", closing))
                    rest -= amount
                if rest or not steps.charges[step]:
                    what = "entered by hand on the sheet Cost adjustments"
                    parts.append(CostPart(rest, 0, NOWHERE, what, "R7.4", closing))
            elif steps.cause[step] == Cause.SETTLED_BEFORE:
                what = "expensed: a former system settled that part of the receipt"
                parts.append(CostPart(rest, 0, NOWHERE, what, "R7.4", closing))
        return parts

    def _own_cost(self, movement: int, rest: int, feeds: list[int]) -> CostPart:
        """Return what is in a receipt's cost and came from nowhere else."""
        movements = self.trace.movements
        if not feeds:
            if movements.basis[movement] is None:
                return CostPart(rest, self._quantity(movement), NOWHERE, "no cost is known yet")
            what = f"estimated ({movements.basis[movement]})" if movements.basis[movement] else "posted cost"
            return CostPart(rest, self._quantity(movement), NOWHERE, what, "R8.1" if movements.basis[movement] else "")
        cause = self.trace.feeds.cause[feeds[0]]
        if cause == Cause.PRODUCTION:
            what = "posted on the receipt itself, beyond its components: work, overhead" if rest > 0 else (
                "posted on the receipt itself below what its components cost"
            )  # fmt: skip
            return CostPart(rest, 0, NOWHERE, what)
        small = abs(rest) <= len(feeds) + 1
        what = "rounding" if small else "posted on the receipt itself, apart from where it came from"
        return CostPart(rest, 0, NOWHERE, what, "R6.7" if small else "")

    def _fed_parts(self, feeds: list[int]) -> list[CostPart]:
        """Return a fed receipt's share of what each issue behind it costs; cents by cumulative rounding."""
        if not feeds:
            return []
        paths, movements = self.trace.feeds, self.trace.movements
        costs = [int(paths.sign[feed]) * int(movements.cost[paths.issue[feed]]) for feed in feeds]
        whole, first = sum(costs), feeds[0]
        weight = int(paths.weight[first])
        total = mul_div(whole, int(paths.share_to[first]), weight) - mul_div(
            whole, int(paths.share_from[first]), weight
        )
        parts, before, so_far = [], 0, 0
        for feed, cost in zip(feeds, costs, strict=True):
            so_far += cost
            upto = mul_div(total, so_far, whole) if whole else 0
            rule, _ = OF_CAUSE[paths.cause[feed]]
            what = paths.cause[feed] if paths.sign[feed] > 0 else f"{paths.cause[feed]}, brought back"
            parts.append(CostPart(upto - before, 0, int(paths.issue[feed]), what, rule))
            before = upto
        return parts

    # ---- one step on

    def uses(self, movement: int) -> list[CostPart]:
        """Return what became of the cost of a place."""
        if self.trace.movements.is_receipt(movement):
            return self._receipt_uses(movement)
        return self._issue_uses(movement)

    def _receipt_uses(self, movement: int) -> list[CostPart]:
        trace, movements = self.trace, self.trace.movements
        parts = []
        for link in self.links_of_receipt(movement):
            if trace.links.principle[link] == NON_FINANCIAL:
                what = "settled with the issue of its own transfer"
                return [self._whole_of_transfer(movement, link, what)]
            issue = int(trace.links.issue[link])
            parts.append(
                self._with_handed(
                    link, self._taken(link, int(movements.partner[issue]) if movements.is_leg(issue) else issue)
                )
            )
        parts += self._settled_before(movement)
        rest = int(movements.cost[movement]) - sum(part.amount for part in parts)
        linked = sum(
            int(trace.links.quantity[link]) for link in self.links_of_receipt(movement) if not trace.links.settles[link]
        )
        left = self._quantity(movement) - int(movements.settled_quantity[movement]) - linked
        if left:
            parts.append(CostPart(rest, left, NOWHERE, "still in stock"))
        elif rest:
            names = ", ".join(sorted({trace.steps.closing[link] for link in self.steps_of(movement)} & self.since))
            what = f"changed by {names}; the next close passes it on" if names else "left without quantity"
            parts.append(CostPart(rest, 0, NOWHERE, what, "R7.4" if names else ""))
        return parts

    def _issue_uses(self, movement: int) -> list[CostPart]:
        trace, movements, paths = self.trace, self.trace.movements, self.trace.feeds
        if movements.is_leg(movement):
            what = "passed on by its receipt"
            return [
                CostPart(
                    int(movements.cost[movement]),
                    self._quantity(movement),
                    int(movements.partner[movement]),
                    what,
                    "R5.9",
                )
            ]
        own = [feed for feed in self.links_of_issue(movement) if trace.links.principle[feed] == NON_FINANCIAL]
        if own:
            return self._of_transfer(movement, own, trace.links.receipt)
        parts = []
        for feed in self._of(self._feeding, movement):
            fed = self._of(self._fed, int(paths.receipt[feed]))
            share = next(part for row, part in zip(fed, self._fed_parts(fed), strict=True) if row == feed)
            parts.append(CostPart(share.amount, 0, int(paths.receipt[feed]), share.what, share.rule))
        rest = int(movements.cost[movement]) - sum(part.amount for part in parts)
        if rest or not parts:
            waits = movements.meaning[movement] in ("Transfer", "Production line")
            word = movements.meaning[movement] or "issue"
            what = f"{word}: not received or not invoiced yet" if waits else LEFT_BY.get(word, "left the stock")
            parts.append(CostPart(rest, 0 if parts else self._quantity(movement), NOWHERE, what))
        return parts

    def _of_transfer(self, movement: int, links: list[int], other: Int64) -> list[CostPart]:
        """Return what a leg that was settled with legs of its own transfer has from them, or gave them (RULES R4.1)."""
        found, trace = self.trace.links, self.trace
        parts = [
            CostPart(
                int(found.amount[k]), int(found.quantity[k]), int(other[k]), NON_FINANCIAL, "R4.1", found.closing[k]
            )
            for k in links
            if found.quantity[k]
        ]
        rest = int(trace.movements.cost[movement]) - sum(part.amount for part in parts)
        if rest:
            parts.append(CostPart(rest, 0, NOWHERE, "changed since it was settled with its own transfer", "R7.4"))
        return parts

    def _quantity(self, movement: int) -> int:
        return abs(int(self.trace.movements.quantity[movement]))
