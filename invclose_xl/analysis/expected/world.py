"""A book as somebody else might see it, and what a run of it would adjust: computed in memory, never written.

In      a book, an order, and for a run that was made already its number.
Out     World; Trial: adjustment and cost per transaction of the book as it was read, in its row order.
Units   minor units; positive = the cost rises.
Source  WORKBOOK "Command line" (compare); RULES R2.4.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.adjust import CAUSES
from invclose_xl.closing.close import reverse_later_recalculations
from invclose_xl.closing.compute import compute
from invclose_xl.closing.lock.sealing import compute_status, read_closing_states
from invclose_xl.closing.part import correct_changed_rows
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.ledger_state import LedgerState, read_state
from invclose_xl.domain.book import Book, Int64, SheetCells
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.domain.words import Cause


@dataclass(frozen=True, slots=True)
class World:
    """A supposed book. ``place`` leads from its rows to those of the book that was read."""

    book: Book
    request: RunRequest
    place: Int64
    state: LedgerState

    @staticmethod
    def of(book: Book, request: RunRequest) -> "World":
        """Return the world as it is, with what the run finds taken back already (RULES R2.3, R8.6)."""
        book, _ = reverse_later_recalculations(book, request)
        now = correct_changed_rows(book, request)
        return World(now.book, request, np.arange(len(now.book.transactions), dtype=np.int64), now.state)

    def find_row(self, original: int) -> int:
        """Return the row of a transaction of the book that was read."""
        return int(np.flatnonzero(self.place == original)[0])

    def reorder(self, order: Int64) -> "World":
        """Return the world with its transactions in another row order."""
        transactions, sheet = self.book.transactions, self.book.cost_adjustments
        columns: dict[str, Any] = {}
        for name in transactions.__slots__:
            column = getattr(transactions, name)
            if isinstance(column, SheetCells):
                columns[name] = column.take_rows(order)
            elif isinstance(column, pl.Series):
                columns[name] = (
                    column.gather(order) if len(column) == len(transactions) and name != "lot_ids" else column
                )
            else:
                columns[name] = column[order]
        if sheet is not None:
            sheet = replace(sheet, transaction=np.argsort(order)[sheet.transaction].astype(np.int32))
        hashes = {name: column[order] for name, column in self.book.transaction_hashes.items()}
        book = replace(
            self.book, transactions=replace(transactions, **columns), cost_adjustments=sheet, transaction_hashes=hashes
        )
        state = read_state(book) if len(book.history["lock"]) else self.state
        return World(book, self.request, self.place[order], state)


@dataclass(frozen=True, slots=True)
class Trial:
    """Result of a run of a world; columns over the transactions of the book that was read."""

    world: World
    run: Run
    adjustment: Int64
    cost: Int64
    charged: Int64
    """what of the adjustment the sheets *Cost adjustments* and *Charges* say"""

    def to_book_order(self, column: Int64) -> Int64:
        """Put a column over the transactions of the world into the row order of the book that was read."""
        out = np.zeros(len(self.world.place), dtype=np.int64)
        out[self.world.place] = column[: len(out)]
        return out


def compute_trial(world: World) -> Trial | None:
    """Compute the run of a world; None where it cannot be computed (a mark that leads nowhere, an account below…)."""
    try:
        run = compute(world.book, world.request, world.state)
    except InvCloseError:
        return None
    empty = np.zeros(len(world.place), dtype=np.int64)
    tried = Trial(world, run, empty, empty, empty)
    own, charged = empty.copy(), empty.copy()
    adjustments = run.adjustments
    # what is taken back of a packing slip is another cost
    same = adjustments.is_physical != run.movements.financial[adjustments.row]
    np.add.at(own, adjustments.row[same], adjustments.amount[same])
    by_hand = same & (adjustments.cause == CAUSES.index(Cause.MANUAL_ADJUSTMENT))
    np.add.at(charged, adjustments.row[by_hand], adjustments.amount[by_hand])
    own, cost, charged = map(tried.to_book_order, (own, run.costs.cost, charged))
    return replace(tried, adjustment=own, cost=cost, charged=charged)


def rewind_book(book: Book, closing: str) -> Book:
    """Return the book as a closing found it: the result tables without what that and later runs wrote."""
    kept = {name: frame.filter(pl.col("closing") < closing) for name, frame in book.history.items()}
    lock = kept["lock"]
    states = read_closing_states(lock)
    kept = {
        name: frame.with_columns(status=compute_status(frame, name, lock, states))
        if "status" in frame.columns
        else frame
        for name, frame in kept.items()
    }
    return replace(book, history=kept)
