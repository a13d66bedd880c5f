"""Transactions that go into next year's book, and as what, so that every later run finds the same costs.

A transaction goes along *as it is*, with all that runs wrote about it, where its cost can still change: it is open as
an issue, not invoiced, part of a transfer, a production order or a return that is not finished, charged later on; or it
takes its cost from one of these. A receipt whose cost is final goes along *folded*: with its cost, and what was settled
of it, as an opening; the open leg of a closing transfer likewise. Whatever is settled and final stays behind. Items of
standard cost and moving average are never settled: their transactions all go along.

In      a closed book.
Out     Carried: classes and figures per movement (domain.movements: transactions, then legs).
Units   quantities in 10**-quantity_scale, amounts in minor units, magnitudes.
Cost    O(movements + settlements), a few times.
Source  RULES R1, R6.2, R7.1, R7.4; WORKBOOK "Command line" (rollforward).
"""

from dataclasses import dataclass

import numpy as np

from invclose_xl.closing.adjustments.charge_receipts import ChargeReceipts
from invclose_xl.closing.estimates.limits import estimate_within_limits
from invclose_xl.closing.state.as_of import derive_movements, get_movement_models
from invclose_xl.closing.state.ledger_state import LedgerState, read_state
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.links.feed_members import select_production, select_transfer_legs
from invclose_xl.domain.links.marks import Marks, resolve_marks
from invclose_xl.domain.links.returns import find_original_issues
from invclose_xl.domain.models import is_periodic
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.movements import Movements


@dataclass(frozen=True, slots=True)
class Carried:
    """Arrays over the movements of the book at its closed date."""

    movements: Movements
    state: LedgerState
    as_it_is: Bool
    """transactions and legs that keep everything that runs wrote about them"""
    folded: Bool
    """receipts and receipt legs that go along with their cost and what was settled of them"""
    settled_quantity: Int64
    """of the folded ones: what was settled with issues that stay behind, and"""
    settled_amount: Int64
    """for how much"""
    unmarked: Bool
    """folded receipts whose mark names nothing that goes along"""

    @property
    def kept(self) -> Bool:
        """Everything that goes along."""
        return np.asarray(self.as_it_is | self.folded)


def sort_transactions(book: Book) -> Carried:
    """Sort the transactions of a closed book."""
    return _Sorting(book).sort()


class _Sorting:
    """The classes while they grow: what changes draws along what depends on it, until nothing is added."""

    def __init__(self, book: Book) -> None:
        self._book = book
        state = read_state(book)
        self._state, day = state, state.closed_up_to
        none = np.zeros(0, dtype=np.int64)
        everything = np.ones(len(book.items), dtype=np.bool_)
        posted, _ = estimate_within_limits(book, state, day, Marks(none, none, none), everything)
        movements = self._movements = derive_movements(book, state, day, posted)
        self._periodic = is_periodic(get_movement_models(book, movements.item))
        self._final = self._periodic & movements.present & movements.financial
        """there, invoiced, and settled by a close: only such a row can stay behind"""
        self._changes = (
            self._periodic
            & movements.present
            & (~movements.financial | (~movements.is_receipt & (movements.open_quantity > 0)))
        )
        self._along = ~self._final
        """as it is, without being able to change the cost of others: later rows, items that are never settled"""
        marks, _ = resolve_marks(book.transactions, self._periodic[: movements.transactions])
        self._carrier, self._partner = marks.carrier, marks.partner
        self._clusters = self._find_feeds()
        self._carry_later_charges()

    def sort(self) -> Carried:
        size = -1
        while size != int(self._changes.sum() + self._along.sum()):
            size = int(self._changes.sum() + self._along.sum())
            self._draw_feeds()
            self._draw_settlements()
            self._draw_marks()
            if size == int(self._changes.sum() + self._along.sum()):
                self._changes |= self._select_not_foldable()
        quantity, amount = self._sum_settled_behind()
        return Carried(
            self._movements, self._state, self._changes | self._along, self._select_folded(), quantity, amount,
            self._select_unmarked(),
        )  # fmt: skip

    # ---- what hangs together

    def _find_feeds(self) -> list[Int64]:
        """Rows of each transfer, production number, and original issue with its returns."""
        transactions = self._book.transactions
        found = []
        for code, which in (
            (transactions.transfer, select_transfer_legs(transactions)),
            (transactions.production, select_production(transactions)),
        ):
            rows = np.flatnonzero(which)
            rows = rows[np.argsort(code[rows], kind="stable")]
            found += np.split(rows, np.flatnonzero(np.diff(code[rows])) + 1) if len(rows) else []
        originals = find_original_issues(transactions)
        for lot in np.unique(originals.lot):
            own = originals.lot == lot
            found.append(np.unique(np.concatenate([originals.receipt[own], originals.issue[own]])))
        return [rows for rows in found if len(rows)]

    def _is_finished(self, rows: Int64) -> bool:
        """All there and invoiced; what was sent was received, what was used was made into something."""
        transactions = self._book.transactions
        quantity = transactions.quantity[rows]
        both = bool((quantity > 0).any() and (quantity < 0).any())
        balanced = not select_transfer_legs(transactions)[rows].all() or int(quantity.sum()) == 0
        return both and balanced and bool((self._movements.present & self._movements.financial)[rows].all())

    def _carry_later_charges(self) -> None:
        movements, charges = self._movements, self._book.charges
        if charges is not None:
            receipts = (movements.is_receipt & self._final)[: movements.transactions]
            selects = ChargeReceipts(self._book, charges, receipts)
            for charge in np.flatnonzero(charges.day > movements.day).tolist():
                self._changes[selects.of(charge)] = True
        sheet = self._book.cost_adjustments
        if sheet is None:
            return
        later = sheet.transaction[(sheet.day > movements.day) & (sheet.transaction >= 0)]
        self._changes[later[later < movements.transactions]] = True
        legs = {name: movements.transactions + charge for charge, name in enumerate(self._state.legs.id.to_list())}
        transactions = self._book.transactions
        for row in np.flatnonzero(transactions.stands_for_leg).tolist():
            if transactions.id[row] in legs:  # a charge is on it: it goes on as the leg it is
                self._changes[legs[transactions.id[row]]] = True

    def _draw_feeds(self) -> None:
        for rows in self._clusters:
            if not self._changes[rows].all() and (self._changes[rows].any() or not self._is_finished(rows)):
                self._changes[rows] = True

    def _draw_settlements(self) -> None:
        """A receipt whose cost changes hands the change down to its issues; so do the two legs of a transfer."""
        settled, legs, first = self._state.settled, self._state.legs, self._movements.transactions
        self._changes[settled.issue[self._changes[settled.receipt]]] = True
        if len(legs):
            pair = self._changes[first:] | self._changes[legs.partner]
            self._changes[first:] = pair
            self._changes[settled.issue[self._changes[settled.receipt]]] = True

    def _draw_marks(self) -> None:
        """A mark must lead somewhere; one that still holds something keeps both its ends as they are."""
        movements, kept = self._movements, self._changes | self._along
        issue = ~movements.is_receipt
        self._changes[self._partner[kept[self._carrier] & issue[self._partner] & self._final[self._partner]]] = True
        open_receipt = self._final & movements.is_receipt & (movements.open_quantity > 0)
        alive = open_receipt[self._carrier] & kept[self._partner]
        self._changes[self._carrier[alive]] = True

    # ---- receipts whose cost is final

    def _select_folded(self) -> Bool:
        """Open receipts; and those that something which goes along was settled with or is marked to."""
        movements, settled, kept = self._movements, self._state.settled, self._changes | self._along
        needed = movements.is_receipt & (movements.open_quantity > 0)
        needed[settled.receipt[kept[settled.issue]]] = True
        named = self._partner[kept[self._carrier]]
        needed[named[movements.is_receipt[named]]] = True
        return np.asarray(needed & self._final & ~kept)

    def _sum_settled_behind(self) -> tuple[Int64, Int64]:
        settled, kept = self._state.settled, self._changes | self._along
        quantity, amount = np.zeros((2, len(self._movements)), dtype=np.int64)
        behind = ~kept[settled.issue]
        np.add.at(quantity, settled.receipt[behind], settled.quantity[behind])
        np.add.at(amount, settled.receipt[behind], settled.amount[behind])
        return quantity, amount

    def _select_not_foldable(self) -> Bool:
        """Receipts whose figures no opening could have: they go along as they are (WORKBOOK, prior settlements)."""
        movements, transactions = self._movements, self._book.transactions
        quantity, amount = self._sum_settled_behind()
        quantity[: movements.transactions] += transactions.prior_settled_quantity
        amount[: movements.transactions] += transactions.prior_settled_amount
        wrong = (movements.cost < 0) | (amount > movements.cost) | (amount < 0) | ((quantity == 0) & (amount != 0))
        for row in np.flatnonzero(
            self._select_folded() & (quantity > 0) & (amount == 0) & (movements.cost != 0)
        ).tolist():
            wrong[row] = mul_div(int(movements.cost[row]), int(quantity[row]), abs(int(movements.quantity[row]))) != 0
        return np.asarray(self._select_folded() & wrong)

    def _select_unmarked(self) -> Bool:
        movements = self._movements
        unmarked = np.zeros(len(movements), dtype=np.bool_)
        unmarked[self._carrier] = True
        return np.asarray(unmarked & self._select_folded())


def find_posted_cost(carried_: Carried, book: Book, row: int) -> int | None:
    """Return the Financial cost amount that a folded row needs where its cell is blank: what was estimated."""
    transactions = book.transactions
    if transactions.financial_amount[row] != NO_AMOUNT:
        return None
    return int(carried_.movements.posted[row] - transactions.prior_adjustment[row])
