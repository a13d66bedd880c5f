"""A second reading of the rules: what everything costs, each amount asked for when it is needed.

In      a Situation and its Matching.
Out     what the run writes: settlements, value links, adjustments, estimates, legs, as sums by what they are about.
Errors  Circular where costs run in a circle; those are proved elsewhere, against rational numbers.
Source  RULES R4.1, R6.1-R6.3, R7, R8.1-R8.3, R8.5.
"""

from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from tests.by_the_rules.by_hand import Change, changes_by_hand
from tests.by_the_rules.matching import Matching, Piece
from tests.by_the_rules.movements import Movement, Settled, Situation, cents, rounded, thousandths


class Circular(Exception):
    """Costs run in a circle."""


class Costing:
    """The costs of one run; every amount is found once, from what it depends on."""

    def __init__(self, situation: Situation) -> None:
        self.s = situation
        self.taken_back: dict[str, int] = {}
        self.new_estimates: dict[str, int] = {}
        self._values: dict[str, int | None] = {}
        self._costs: dict[str, int | None] = {}
        self._split: dict[str, tuple[dict[int, int], dict[int, int]]] = {}
        self.earlier: dict[str, list[Settled]] = defaultdict(list)
        for settled in situation.settled:
            self.earlier[settled.issue].append(settled)
            self.earlier[settled.receipt].append(settled)
        self.closed_pairs = {
            k for s in situation.settled if s.principle == "Non-financial transfer" for k in (s.issue, s.receipt)
        }
        self._post()

    def follow(self, matching: Matching) -> None:
        """Go by what was matched."""
        self.m = matching
        self.pieces_of: dict[str, list[Piece]] = defaultdict(list)
        for piece in matching.pieces:
            self.pieces_of[piece.receipt.key].append(piece)
            self.pieces_of[piece.issue.key].append(piece)
        self.paired = {r.key for _i, r, _q in matching.pairs}
        self.paired_issues = {i.key for i, _r, _q in matching.pairs}

    # What is posted: amounts of the book, estimates (R8)

    def _post(self) -> None:
        for movement in self.s.movements.values():
            if movement.row:
                heading = "Financial cost amount" if movement.financial else "Physical cost amount"
                given = movement.row.get(heading)
                movement.posted = 0 if given is None else cents(given)
                if movement.financial:
                    prior = int(Decimal(str(movement.row.get("Prior adjustment") or 0)) * 100)
                    movement.posted += prior if movement.receipt else -prior
        for item, site in {m.group for m in self.s.movements.values()}:
            before: list[Movement] = []
            for movement in self.s.in_order(m for m in self.s.movements.values() if m.group == (item, site)):
                if movement.row and not movement.receipt:
                    self._estimate(movement, before)
                before.append(movement)

    def _estimate(self, issue: Movement, before: list[Movement]) -> None:
        """R8.1, R8.2, R8.3, R8.5."""
        rows = self.s.estimated.get(issue.key, [])
        taken_back = sum(r[2] != "New" for r in rows)
        standing = [r for r in rows if r[2] == "New"][taken_back:]
        heading = "Financial cost amount" if issue.financial else "Physical cost amount"
        blank = issue.row.get(heading) is None
        if issue.item not in self.s.scope:
            issue.posted += sum(r[1] for r in standing)
            return
        if standing:
            was_financial = standing[-1][3] == "Financial"
            if blank and was_financial == issue.financial:
                issue.posted = standing[-1][1]
                return
            self.taken_back[issue.key] = -standing[-1][1]
        if blank:
            issue.posted = self.new_estimates[issue.key] = self._running_average(issue, before)

    def _running_average(self, issue: Movement, before: list[Movement]) -> int:
        marked = self._marked_receipts(issue)
        if marked is not None:
            return rounded(marked)
        known = [m for m in before if m.financial or self.s.counted[m.item]]
        value = sum((m.cost - m.prior_amount) * (1 if m.receipt else -1) for m in known)
        quantity = sum((m.quantity - m.prior_quantity) * (1 if m.receipt else -1) for m in known)
        if value >= 0 and quantity > 0:
            return rounded(Fraction(value * issue.quantity, quantity))
        price = self.s.prices[issue.item]
        return 0 if price is None else rounded(Fraction(price * issue.quantity, 1000))

    def _marked_receipts(self, issue: Movement) -> Fraction | None:
        """Cost of the marked receipts where they had enough for the whole issue, whatever others took (R8.3)."""
        marks = [r for r in self.s.book.rows if r.get("Marked to") == issue.key]
        pairs = [(r, r) for r in marks]
        if issue.row.get("Marked to"):
            pairs.append((issue.row, {"Transaction ID": issue.row["Marked to"]}))
        total, cost = 0, Fraction(0)
        for carrier, other in pairs:
            receipt = self.s.movements.get(str(other["Transaction ID"]))
            if receipt is None:
                continue
            quantity = min(receipt.quantity, issue.quantity)
            if carrier.get("Marked quantity"):
                quantity = min(quantity, thousandths(carrier["Marked quantity"]))
            total += quantity
            cost += rounded(Fraction(receipt.cost * quantity, receipt.quantity))
        return cost if total == issue.quantity else None

    # What receipts are worth (R6)

    def value(self, receipt: Movement) -> int:
        """Cost of a receipt after the run."""
        return self._once(self._values, receipt, self._value)

    def _once(self, known: dict[str, int | None], movement: Movement, find: object) -> int:
        if movement.key in known:
            found = known[movement.key]
            if found is None:
                raise Circular
            return found
        known[movement.key] = None
        result = find(movement)  # type: ignore[operator]
        known[movement.key] = result
        return int(result)

    def _value(self, receipt: Movement) -> int:
        if "/" in receipt.key:
            own = receipt.earlier.get("Financial", 0) + self.new_charges(receipt)
            return self.cost(self._issue_leg(receipt)) + own
        if receipt.item not in self.s.scope:
            return receipt.cost
        if receipt.key in self.paired:
            return sum(self._of_transfer(p) for p in self.pieces_of[receipt.key])
        return receipt.cost + self.new_charges(receipt) + self.expensed_now(receipt) + self.fed_now(receipt)

    def _of_transfer(self, piece: Piece) -> int:
        """R4.1: cents by cumulative rounding; what a recalculation adjusted never enters (R7.1)."""
        through, issue = 0, piece.issue
        for other in self.pieces_of[issue.key]:
            before, through = through, through + other.quantity
            if other is piece:
                break
        cost = [rounded(Fraction(issue.posted * q, issue.quantity)) for q in (before, through)]
        return cost[1] - cost[0]

    def _issue_leg(self, leg: Movement) -> Movement:
        new = [i for i, r in self.m.legs if r is leg]
        return new[0] if new else self.s.movements[leg.key[:-1] + "I"]

    @cached_property
    def by_hand(self) -> dict[str, list[Change]]:
        """R7.4: what was entered by hand and no Closing has posted yet."""
        return changes_by_hand(self.s)

    def charges(self, receipt: Movement, on_hand_only: bool = False) -> int:
        """R7.4: what the sheets say since the last Closing."""
        rows = self.by_hand.get(receipt.key, [])
        return sum(c.amount for c in rows if not on_hand_only or (c.on_hand and c.day > self.s.latest_day))

    def new_charges(self, receipt: Movement) -> int:
        """What of them no run has posted yet."""
        done = [a for a in self.s.adjusted if a[1] == receipt.key and a[3] == "Manual adjustment"]
        return self.charges(receipt) - sum(a[4] for a in done if a[0] > self.s.latest)

    def expensed(self, receipt: Movement) -> int:
        """R7.4: share of the charges since the last Closing that belongs to what a former system settled."""
        if not receipt.financial or not receipt.prior_quantity:
            return 0
        whole = sum(c.amount for c in self.by_hand.get(receipt.key, []) if not c.on_hand)
        return -rounded(Fraction(whole * receipt.prior_quantity, receipt.quantity))

    def expensed_now(self, receipt: Movement) -> int:
        """What of it no recalculation since the last Closing has posted yet."""
        own = [a for a in self.s.adjusted if a[1] == receipt.key and a[3] == "Settled before"]
        return self.expensed(receipt) - sum(a[4] for a in own if a[0] > self.s.latest)

    @cached_property
    def feeds(self) -> dict[str, str]:
        """Cause of the feed of each fed receipt."""
        found = {}
        fixed = {i.number for i in self.s.book.items if i.flags.get("Fixed receipt price") == "Yes"}
        for row in self.s.book.rows:
            key = str(row["Transaction ID"])
            if Decimal(str(row["Quantity"])) < 0 or key in self.paired or key in self.closed_pairs:
                continue
            if str(row["Item number"]) in fixed:
                continue  # R7.5
            if self.s.brings_back(row):
                found[key] = "Return"
            elif any(self.s.step(row)):
                found[key] = "Transfer"
            elif self.s.in_production(row) and row.get("Reference") != "Production line":
                found[key] = "Production"
        return found

    def fed_now(self, receipt: Movement) -> int:
        """R6.2: what is still missing."""
        cause = self.feeds.get(receipt.key)
        if cause is None or not self.s.eligible(receipt):
            return 0
        missing = self.missing(receipt, cause)
        return 0 if abs(missing) < self.minimum else missing

    def missing(self, receipt: Movement, cause: str) -> int:
        """What the feed has not handed on yet; what was kept back counts as handed on (R6.7)."""
        done = sum(a[4] for a in self.s.adjusted if a[1:4] == (receipt.key, receipt.kind, cause))
        return self._due(receipt, cause) - done - self._kept_back(receipt)

    def _kept_back(self, receipt: Movement, since: bool = False) -> int:
        """R6.4: what recalculations since the last Closing kept back has no part in what a run finds."""
        own = [k for k in self.s.kept_back if k[:2] == (receipt.key, receipt.kind)]
        return sum(k[2] for k in own if (k[3] > self.s.latest) is since)

    @property
    def minimum(self) -> int:
        """R6.6."""
        return cents(self.s.book.parameters.get("Minimum amount") or 0)

    def kept_back_now(self, receipt: Movement) -> int:
        """R6.6: what is too small to be handed on."""
        cause = self.feeds.get(receipt.key)
        if cause is None or not self.s.eligible(receipt) or receipt.item not in self.s.scope:
            return 0
        return self.missing(receipt, cause) - self.fed_now(receipt) - self._kept_back(receipt, since=True)

    def _due(self, receipt: Movement, cause: str) -> int:
        row = receipt.row
        if cause == "Return":
            return self._returned(receipt)
        if cause == "Transfer":
            rows = [r for r in self.s.book.rows if self.s.step(r) == self.s.step(row) and self._is_left(r)]
        else:
            number = row["Production number"]
            rows = [r for r in self.s.book.rows if r.get("Production number") == number and self.s.in_production(r)]
        line = "Production line"
        ins = [r for r in rows if Decimal(str(r["Quantity"])) > 0 and r.get("Reference") != line]
        if cause == "Production":
            ins = [r for r in ins if not self.s.brings_back(r)]
            rows = [r for r in rows if r in ins or r.get("Reference") in (None, "", line)]
        outs = [r for r in rows if r not in ins]
        total = 0
        for out in outs:
            movement = self.s.movements.get(str(out["Transaction ID"]))
            if movement is not None:
                total += self.change(movement) * (-1 if movement.receipt else 1)
        if cause == "Transfer":
            whole = max(sum(thousandths(r["Quantity"]) for r in side) for side in (ins, outs))
            weights = [Fraction(thousandths(r["Quantity"]), whole) for r in ins]
        else:
            weights = self._production_shares(ins)
        place = ins.index(row)
        return rounded(total * sum(weights[: place + 1])) - rounded(total * sum(weights[:place], Fraction(0)))

    def _is_left(self, row: dict[str, object]) -> bool:  # type: ignore[type-arg]
        """R4.1 left the leg: it has settled with no other, and is none of two that both wait to do so."""
        key = str(row["Transaction ID"])
        return key not in {*self.paired, *self.paired_issues, *self.closed_pairs, *self._will_pair}

    @cached_property
    def _will_pair(self) -> set[str]:
        """Legs that take no part yet, in one group and step: of one quantity, and where the rest adds up all of it."""
        places: dict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
        for row in self.s.book.rows:
            movement = self.s.movements.get(str(row["Transaction ID"]))
            if any(self.s.step(row)) and (movement is None or not self.s.eligible(movement)):
                places[(*self.s.step(row), str(row.get("Site") or ""))].append(row)  # type: ignore[arg-type]
        found: set[str] = set()
        for rows in places.values():
            left = [(str(r["Transaction ID"]), Decimal(str(r["Quantity"]))) for r in rows]
            for key, quantity in list(left):
                other = next((o for o in left if (key, quantity) in left and o[1] == -quantity), None)
                if quantity < 0 and other is not None:
                    found |= {key, other[0]}
                    left = [o for o in left if o[0] not in found]
            if not sum(quantity for _key, quantity in left):
                found |= {key for key, _quantity in left}
        return found

    @staticmethod
    def _production_shares(ins: list[dict[str, object]]) -> list[Fraction]:  # type: ignore[type-arg]
        if any(r.get("Cost share") is not None for r in ins):
            return [Fraction(Decimal(str(r["Cost share"]))) for r in ins]
        worth = [cents(r.get("Financial cost amount") or r.get("Physical cost amount") or 0) for r in ins]  # type: ignore[arg-type]
        if not sum(worth):
            worth = [thousandths(r["Quantity"]) for r in ins]  # type: ignore[arg-type]
        return [Fraction(w, sum(worth)) for w in worth]

    def _returned(self, receipt: Movement) -> int:
        lot = receipt.row["Return lot ID"]
        lines = [
            m for m in self.s.movements.values()
            if m.row and not m.receipt and lot in (m.row.get("Lot ID"), m.key)
        ]  # fmt: skip
        quantity = sum(m.quantity for m in lines)
        if not quantity:
            return 0
        cost = sum(self.cost(m) for m in lines)
        returns = [r for r in self.s.book.rows if r.get("Return lot ID") == lot]
        place = returns.index(receipt.row)
        through = [sum(thousandths(r["Quantity"]) for r in returns[:k]) for k in (place, place + 1)]
        before, after = (rounded(Fraction(cost * q, quantity)) for q in through)
        return after - before - receipt.posted

    def change(self, movement: Movement) -> int:
        """What all active adjustments changed its cost by, this run's included."""
        now = self.value(movement) if movement.receipt else self.cost(movement)
        return now - movement.posted

    # What issues took (R6.3, R7.1, R7.4)

    def split(self, receipt: Movement) -> tuple[dict[int, int], dict[int, int]]:
        """Amounts taken out of a receipt: handed down earlier settlements, and by the pieces of this run."""
        if receipt.key not in self._split:
            self._split[receipt.key] = self._share_out(receipt)
        return self._split[receipt.key]

    def _share_out(self, receipt: Movement) -> tuple[dict[int, int], dict[int, int]]:
        value = self.value(receipt)
        earlier = self.earlier[receipt.key]
        quantity = sum(s.quantity for s in earlier)
        rest = rounded(Fraction(self.change_since_close(receipt, value) * quantity, receipt.quantity))
        open_value = value - receipt.prior_amount - sum(s.amount for s in earlier) - rest
        handed = {}
        left = quantity
        for s in sorted([s for s in earlier if s.quantity], key=self._when_matched):
            handed[id(s)] = rounded(Fraction(rest * s.quantity, left))
            rest, left = rest - handed[id(s)], left - s.quantity
        taken = {}
        open_quantity = receipt.quantity - receipt.prior_quantity - quantity
        pieces = self.pieces_of[receipt.key]
        if receipt.key in self.paired:
            return handed, {id(p): self._of_transfer(p) for p in pieces}
        for piece in sorted(pieces, key=lambda p: p.link):
            taken[id(piece)] = rounded(Fraction(open_value * piece.quantity, open_quantity))
            open_value, open_quantity = open_value - taken[id(piece)], open_quantity - piece.quantity
        return handed, taken

    def _when_matched(self, settled: Settled) -> tuple[object, ...]:
        """Closing; transfers and marks before the model; the model's own order of issues."""
        issue, receipt = self.s.movements[settled.issue], self.s.movements[settled.receipt]
        first = {"Non-financial transfer": 0, "Marking": 1}.get(settled.principle, 2)
        day, place = issue.day.toordinal(), issue.place
        if settled.principle == "LIFO" and self.s.book.parameters.get("LIFO issue order") != "Oldest first":
            day, place = -day, -place
        late = settled.principle == "LIFO date" and receipt.day > issue.day
        if settled.principle == "LIFO date" and not late:
            place = -place
        return settled.closing, first, late, day, place

    def change_since_close(self, receipt: Movement, value: int) -> int:
        """R7.4: change of its cost since the last active Closing."""
        if not self.earlier[receipt.key]:
            return 0
        if "/" in receipt.key:
            return value - receipt.posted - receipt.earlier.get("Financial", 0) - self.new_charges(receipt)
        then = sum(a[4] for a in self.s.adjusted if a[1] == receipt.key and a[0] <= self.s.latest)
        return value - receipt.posted - then - self.charges(receipt, on_hand_only=True) - self.expensed(receipt)

    def cost(self, issue: Movement) -> int:
        """Cost of an issue after the run."""
        return self._once(self._costs, issue, self._cost)

    def _cost(self, issue: Movement) -> int:
        if issue.item not in self.s.scope:
            return issue.cost
        total, rest = issue.prior_amount, issue.posted - issue.prior_amount
        quantity = issue.quantity - issue.prior_quantity
        if "/" in issue.key:
            rest = 0
        through: Counter[str] = Counter()
        for s in self.earlier[issue.key]:
            receipt = self.s.movements[s.receipt]
            total += s.amount + self.split(receipt)[0].get(id(s), 0)
            through[s.closing] += s.quantity
        for piece in sorted(self.pieces_of[issue.key], key=lambda p: p.link):
            total += self.split(piece.receipt)[1][id(piece)]
            through["linked now" if piece.link else "settled now"] += piece.quantity
        for settled in through.values():
            if settled:
                rest -= rounded(Fraction(rest * settled, quantity))
                quantity -= settled
        return total + rest
