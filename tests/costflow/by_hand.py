"""The rules of the cost flow word by word, as slowly as one reads them: the measure for the real thing.

Everything is looked up again in every step, equations are solved by a dense elimination in rational numbers, and
components are found by walking from every node. Made for flows of some dozen movements.

Source  RULES R6.1, R6.3-R6.5, R6.7, R7.4.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from invclose_xl.domain.money import NO_AMOUNT, mul_div
from tests.costflow.flows import Flow

Node = tuple[str, int]
"""('m', movement) or ('f', feed)"""
Table = tuple[list[Node], list[list[Fraction]], list[Fraction]]
"""unknowns, and per unknown its equation: shares of the unknowns, constant"""
LARGEST = 10**16
"""no book holds larger amounts"""


@dataclass
class Past:
    """What earlier runs left, per movement."""

    kept: list[int]
    """cost that a receipt keeps where there is no solution"""
    closed: list[int]
    """cost the last close left, NO_AMOUNT for what is new since"""
    closed_rounding: list[int]
    rounding: list[int]
    """what the known values of the flow count as handed on"""


@dataclass
class ByHand:
    flow: Flow
    value: dict[Node, int] = field(default_factory=dict)
    piece: dict[int, int] = field(default_factory=dict)
    passed_down: dict[int, int] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    solved: list[int] = field(default_factory=list)
    """first fed receipt of each loop"""
    unsolved: list[int] = field(default_factory=list)

    def run(self, past: Past) -> "ByHand":
        self.value_what_can_be()
        as_closed = self.as_closed(past)
        while (component := self.first_component()) is not None:
            fed = self.fed_in(component)
            if self.is_unchanged(component, past, as_closed):
                self.hold({r: past.closed[r] for r in fed})
                continue
            solution = self.solution(component, past)
            if solution is None:
                self.unsolved.append(min(fed))
                self.hold({r: past.kept[r] for r in fed})
            else:
                self.solved.append(min(fed))
                self.hold({r: _rounded(solution["m", r]) for r in fed})
        return self

    def fed_in(self, component: set[Node]) -> list[int]:
        """Fed receipts; the receipt leg of a closing transfer is none."""
        feeds = [feed for feed in self.flow.feeds if not feed.is_closing_transfer]
        return [r for feed in feeds for r, _ in feed.fed if ("m", r) in component]

    def hold(self, values: dict[int, int]) -> None:
        for receipt, value in values.items():
            self.value["m", receipt] = value
        self.held |= values
        self.value_what_can_be()

    def as_closed(self, past: Past) -> "ByHand":
        """All loops at the costs of the last close."""
        trial = ByHand(self.flow, dict(self.value), dict(self.piece), dict(self.passed_down))
        on_cycles = {node for node in self.nodes() if node not in self.value and node in self.above(node)}
        fed = self.fed_in(on_cycles)
        trial.hold({r: past.kept[r] if past.closed[r] == NO_AMOUNT else past.closed[r] for r in fed})
        return trial

    def is_unchanged(self, component: set[Node], past: Past, trial: "ByHand") -> bool:
        """With the costs of the last close all comes out as that close left it, and no other loop brought a change."""
        legs = {m for feed in self.flow.feeds if feed.is_closing_transfer for m, _ in feed.members + feed.fed}
        there = {m for kind, m in component if kind == "m"} - legs
        if any(past.closed[m] == NO_AMOUNT for m in there):
            return False
        outside = {n for node in component for n, _, _ in self.depends_on(node)} - component
        if any(self.value[n] != trial.value[n] for n in outside):
            return False
        fed = self.fed_in(component)
        return all(trial.value["m", m] == past.closed[m] for m in there) and all(
            trial.share_of(r) + past.rounding[r] - past.closed[r] == past.closed_rounding[r] for r in fed
        )

    def solution(self, component: set[Node], past: Past) -> dict[Node, Fraction] | None:
        """R6.4 or R6.5."""
        table = self.equations(component, past)
        if not self.has_outside_value(component, table[2]) or not self.is_solvable(component, table):
            return None
        solution = self.solve(table)
        return None if max(abs(_rounded(solution["m", r])) for r in self.fed_in(component)) > LARGEST else solution

    def share_of(self, receipt: int) -> int:
        """What the feed of a receipt makes it worth."""
        f, feed = next((f, x) for f, x in enumerate(self.flow.feeds) if receipt in [r for r, _ in x.fed])
        position = [r for r, _ in feed.fed].index(receipt)
        before = sum(s for _, s in feed.fed[:position])
        total = self.value[("f", f)]
        upper = mul_div(total, before + feed.fed[position][1], feed.weight)
        return self.flow.known[receipt] + upper - mul_div(total, before, feed.weight)

    def value_what_can_be(self) -> None:
        """R6.3, again and again until nothing new is found."""
        found = True
        while found:
            found = False
            for node in self.nodes():
                if node not in self.value and all(n in self.value for n, _, _ in self.depends_on(node)):
                    self.value[node] = self.rounded(node)
                    found = True

    def rounded(self, node: Node) -> int:
        flow, (kind, n) = self.flow, node
        if kind == "f":
            feed = flow.feeds[n]
            return feed.constant + sum(sign * self.value[("m", m)] for m, sign in feed.members)
        if flow.is_receipt[n]:
            fed = any(n == r for feed in flow.feeds for r, _ in feed.fed)
            return self.share_of(n) if fed else flow.known[n]
        total = flow.known[n]
        for r in {r for i, r, _ in flow.takes + flow.passed_down if i == n}:
            self.share_pieces(r)
        total += sum(self.piece[p] for p, (i, _, _) in enumerate(flow.takes) if i == n)
        return total + sum(self.passed_down[p] for p, (i, _, _) in enumerate(flow.passed_down) if i == n)

    def share_pieces(self, r: int) -> None:
        flow, value = self.flow, self.value[("m", r)]
        rest, rest_quantity = 0, flow.passed_down_quantity[r]
        if rest_quantity:
            rest = mul_div(value - flow.before[r], rest_quantity, flow.quantity[r])
        left, left_quantity = value - flow.settled[r] - rest, flow.quantity[r] - flow.passed_down_quantity[r]
        for p, (_, receipt, q) in enumerate(flow.passed_down):
            if receipt == r:
                self.passed_down[p] = mul_div(rest, q, rest_quantity)
                rest, rest_quantity = rest - self.passed_down[p], rest_quantity - q
        for p, (_, receipt, q) in enumerate(flow.takes):
            if receipt == r:
                self.piece[p] = mul_div(left, q, left_quantity)
                left, left_quantity = left - self.piece[p], left_quantity - q

    def nodes(self) -> list[Node]:
        return [("m", m) for m in range(len(self.flow.names))] + [("f", f) for f in range(len(self.flow.feeds))]

    def depends_on(self, node: Node) -> list[tuple[Node, Fraction, Fraction]]:
        """What a node takes: from which node, which share of it, and a constant."""
        flow, (kind, n) = self.flow, node
        none = Fraction(0)
        if kind == "f":
            return [(("m", m), Fraction(sign), none) for m, sign in flow.feeds[n].members]
        if flow.is_receipt[n]:
            return [
                (("f", f), Fraction(share, feed.weight), none)
                for f, feed in enumerate(flow.feeds)
                for r, share in feed.fed
                if r == n
            ]
        found = []
        for i, r, q in flow.takes:
            if i == n:
                passed_down = Fraction(flow.passed_down_quantity[r], flow.quantity[r])
                share = Fraction(q, flow.quantity[r] - flow.passed_down_quantity[r])
                constant = (passed_down * flow.before[r] - flow.settled[r]) * share
                found.append((("m", r), (1 - passed_down) * share, constant))
        for i, r, q in flow.passed_down:
            if i == n:
                share = Fraction(q, flow.quantity[r])
                found.append((("m", r), share, -share * flow.before[r]))
        return found

    def above(self, node: Node) -> set[Node]:
        seen, todo = set(), [node]
        while todo:
            for n, _, _ in self.depends_on(todo.pop()):
                if n not in seen and n not in self.value:
                    seen.add(n)
                    todo.append(n)
        return seen

    def first_component(self) -> set[Node] | None:
        """The component of the unvalued that depends on nothing unvalued but itself, lowest movement first."""
        above = {node: self.above(node) for node in self.nodes() if node not in self.value}
        for node, nodes in above.items():
            if node in nodes and all(node in above[n] for n in nodes):
                return nodes
        return None

    def equations(self, component: set[Node], past: Past) -> Table:
        """R6.1: rounding differences have no part in what anything is worth."""
        order = sorted(component)
        rows, constants = [], []
        for node in order:
            row, constant = [Fraction(0)] * len(order), Fraction(0)
            kind, n = node
            if kind == "f":
                constant += self.flow.feeds[n].constant
            else:
                constant += self.flow.known[n] + past.rounding[n]
            for source, share, fixed in self.depends_on(node):
                if source in component:
                    row[order.index(source)] += share
                    constant += fixed
                elif kind == "f":
                    constant += share * self.value[source]
            if kind == "m" and not self.flow.is_receipt[n]:
                constant += self.known_pieces(n)
            rows.append(row)
            constants.append(constant)
        return order, rows, constants

    def known_pieces(self, issue: int) -> int:
        total = 0
        for takes, amounts in ((self.flow.takes, self.piece), (self.flow.passed_down, self.passed_down)):
            for p, (i, r, _) in enumerate(takes):
                if i == issue and ("m", r) in self.value:
                    self.share_pieces(r)
                    total += amounts[p]
        return total

    def has_outside_value(self, component: set[Node], constants: list[Fraction]) -> bool:
        """Anything but zero that does not come from the component."""
        if any(fixed for node in component for source, _, fixed in self.depends_on(node) if source in component):
            return True
        return any(constants)

    def is_solvable(self, component: set[Node], equations: Table) -> bool:
        """Gain < 1 exactly if all pivots are positive; with negative shares, after netting ways."""
        order, rows, _ = equations
        table = [[*row, Fraction(0)] for row in _one_less(rows)]
        if all(x >= 0 for row in rows for x in row):
            return all(p > 0 for p in _eliminate(table))
        ways = [sum(s in component for s, _, _ in self.depends_on(node)) for node in order]
        meeting = [n for n, count in enumerate(ways) if count > 1]
        meeting = meeting or [order.index(("m", min(self.fed_in(component))))]
        sequence = [n for n in range(len(order)) if n not in meeting] + meeting
        table = [[table[n][k] for k in [*sequence, -1]] for n in sequence]
        first = len(order) - len(meeting)
        _eliminate(table, first)
        left = [[Fraction(i == j) - table[i][j] for j in range(first, len(order))] for i in range(first, len(order))]
        left = [[abs(x) for x in row] for row in left]
        return all(p > 0 for p in _eliminate([[*row, Fraction(0)] for row in _one_less(left)]))

    def solve(self, equations: Table) -> dict[Node, Fraction]:
        """Gauss and Jordan, with exchange of rows; a gain below 1 has a solution, and one only."""
        order, rows, constants = equations
        table = [[*row, c] for row, c in zip(_one_less(rows), constants, strict=True)]
        for n in range(len(order)):
            pivot = next(k for k in range(n, len(order)) if table[k][n])
            table[n], table[pivot] = table[pivot], table[n]
            table[n] = [x / table[n][n] for x in table[n]]
            for k, row in enumerate(table):
                if k != n and row[n]:
                    table[k] = [x - row[n] * y for x, y in zip(row, table[n], strict=True)]
        return {node: row[-1] for node, row in zip(order, table, strict=True)}


def _rounded(exact: Fraction) -> int:
    return mul_div(exact.numerator, 1, exact.denominator)


def _one_less(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    return [[Fraction(i == j) - x for j, x in enumerate(row)] for i, row in enumerate(rows)]


def _eliminate(table: list[list[Fraction]], steps: int | None = None) -> list[Fraction]:
    """Gauss without exchange of rows; returns the pivots, up to the first that is 0."""
    pivots = []
    for n in range(len(table) if steps is None else steps):
        pivots.append(table[n][n])
        if table[n][n] == 0:
            break
        for row in table[n + 1 :]:
            if row[n]:
                factor = row[n] / table[n][n]
                for k in range(n, len(row)):
                    row[k] -= factor * table[n][k]
    return pivots
