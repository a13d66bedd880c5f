"""How old the stock is: open receipts at a date, and everything else that is in the inventory value beside them.

Closing transfers are looked through: what their receipt leg still holds is taken to be the newest of what went in.
Items that are never settled (standard cost, moving average) are taken to have given out their oldest receipts first.

In      a book and a date D; closings up to D count.
Out     rows that add up to the inventory value of D to the last cent: transaction, date, state, quantity, value.
Units   signed; amounts in minor units, quantities in 10**-quantity_scale.
Cost    O(n log n) + the candidates of open closing transfers.
Source  RULES R1 (open value), R5.9, R2.6.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from invclose_xl.closing.state.as_of import compute_posted_cost, derive_movements, get_movement_models
from invclose_xl.closing.state.ledger_state import LedgerState, read_state
from invclose_xl.domain.book import NO_DATE, Book, Bool
from invclose_xl.domain.models import InventoryModel, is_periodic
from invclose_xl.domain.money import NO_AMOUNT, mul_div
from invclose_xl.domain.movements import Movements

IN_STOCK, NOT_INVOICED = "In stock", "Not invoiced"
NOT_SETTLED, TAKEN_BACK_NEXT = "Issue not settled", "Taken back by the next close"


@dataclass(slots=True)
class _Rows:
    """Rows as they are found."""

    movement: list[int] = field(default_factory=list)
    state: list[str] = field(default_factory=list)
    quantity: list[int] = field(default_factory=list)
    value: list[int] = field(default_factory=list)

    def add(self, movement: int, state: str, quantity: int, value: int) -> None:
        if quantity or value:
            self.movement.append(movement)
            self.state.append(state)
            self.quantity.append(quantity)
            self.value.append(value)


def select_book_at(book: Book, day: int) -> Book:
    """Return the book with only the closings up to D."""
    lock = book.history["lock"]
    until = lock.filter(pl.col("up_to").cast(pl.Int32) <= day)["closing"]
    history = {name: frame.filter(pl.col("closing").is_in(until.implode())) for name, frame in book.history.items()}
    return replace(book, history=history)


def compute_stock_ages(book: Book, day: int, entries: pl.DataFrame) -> pl.DataFrame:
    """Return what the inventory value of D consists of; ``entries`` are those of ``value_entries``."""
    then = select_book_at(book, day)
    state = read_state(then)
    movements = _derive_movements(then, state, day)
    periodic = is_periodic(get_movement_models(then, movements.item))
    rows = _Rows()
    _add_settled_items(movements, state, np.asarray(periodic), rows)
    _add_other_items(movements, np.asarray(periodic), rows)
    _add_beside(then, movements, entries.filter(pl.col("date").cast(pl.Int32) <= day), rows)
    return _add_names(then, movements, rows)


def _derive_movements(book: Book, state: LedgerState, day: int) -> Movements:
    posted = compute_posted_cost(book, day)
    estimated, expensed = state.estimated, state.expensed
    posted[estimated.row] = np.where(posted[estimated.row] == NO_AMOUNT, estimated.amount, posted[estimated.row])
    posted = np.where(posted == NO_AMOUNT, 0, posted)
    np.add.at(posted, expensed.row, expensed.amount)
    return derive_movements(book, state, day, posted)


def _add_settled_items(movements: Movements, state: LedgerState, periodic: Bool, rows: _Rows) -> None:
    counts = periodic & movements.present & movements.financial
    left, value = movements.open_quantity, movements.cost - movements.settled_amount
    first = movements.transactions
    candidates = _find_candidates(movements, state)
    for movement in np.flatnonzero(counts & movements.is_receipt & ((left != 0) | (value != 0))).tolist():
        if movement < first:
            rows.add(movement, IN_STOCK, int(left[movement]), int(value[movement]))
        else:
            _look_through(movement, int(left[movement]), int(value[movement]), candidates, movements, rows)
    issues = counts & ~movements.is_receipt & (np.arange(len(movements)) < first)
    for movement in np.flatnonzero(issues & ((left != 0) | (value != 0))).tolist():
        rows.add(movement, NOT_SETTLED, -int(left[movement]), -int(value[movement]))


def _find_candidates(movements: Movements, state: LedgerState) -> dict[int, list[tuple[int, int]]]:
    """Per receipt leg: what went into its transfer, newest first, with its quantity."""
    settled, first = state.settled, movements.transactions
    found: dict[int, list[tuple[int, int]]] = {}
    into = np.flatnonzero((settled.issue >= first) & (settled.quantity > 0))
    for settlement in into.tolist():
        leg = int(state.legs.partner[settled.issue[settlement] - first])
        found.setdefault(leg, []).append((int(settled.receipt[settlement]), int(settled.quantity[settlement])))
    for went_in in found.values():
        went_in.sort(key=lambda pair: (int(movements.date[pair[0]]), pair[0]), reverse=True)
    return found


def _look_through(
    leg: int, left: int, value: int, candidates: dict[int, list[tuple[int, int]]], movements: Movements, rows: _Rows
) -> None:
    """Give what a receipt leg still holds to the newest of what went in; the last piece takes the rest."""
    waiting = [(leg, left, value)]
    while waiting:
        place, quantity, value_on_hand = waiting.pop()
        went_in = candidates.get(place)
        if place < movements.transactions or not went_in or not quantity:
            rows.add(place, IN_STOCK, quantity, value_on_hand)
            continue
        taken, before = 0, 0
        for receipt, size in went_in:
            piece = min(size, quantity - taken)
            taken += piece
            upto = mul_div(value_on_hand, taken, quantity)
            waiting.append((receipt, piece, upto - before))
            before = upto
            if taken == quantity:
                break


def _add_other_items(movements: Movements, periodic: Bool, rows: _Rows) -> None:
    """Standard cost and moving average: the newest receipts up to what is there, at the group's average."""
    own = np.flatnonzero(~periodic & movements.present & movements.financial)
    by_group: dict[int, list[int]] = {}
    for movement in own.tolist():
        by_group.setdefault(int(movements.group[movement]), []).append(movement)
    size = np.abs(movements.quantity) - movements.settled_quantity
    value = movements.cost - movements.settled_amount
    for members in by_group.values():
        members.sort(key=lambda movement: (int(movements.date[movement]), movement))
        sign = [1 if movements.quantity[movement] > 0 else -1 for movement in members]
        stock = sum(s * int(size[movement]) for s, movement in zip(sign, members, strict=True))
        value_on_hand = sum(s * int(value[movement]) for s, movement in zip(sign, members, strict=True))
        receipts = [movement for movement in reversed(members) if movements.quantity[movement] > 0]
        if stock <= 0 or sum(int(size[movement]) for movement in receipts) < stock:
            rows.add(members[-1], IN_STOCK, stock, value_on_hand)
            continue
        taken, before = 0, 0
        for movement in receipts:
            piece = min(int(size[movement]), stock - taken)
            taken += piece
            upto = mul_div(value_on_hand, taken, stock)
            rows.add(movement, IN_STOCK, piece, upto - before)
            before = upto
            if taken == stock:
                break


def _add_beside(book: Book, movements: Movements, entries: pl.DataFrame, rows: _Rows) -> None:
    """Return what the entries hold beyond invoiced transactions: packing slips, and what the next close takes back."""
    first = movements.transactions
    value, quantity = np.zeros(first, dtype=np.int64), np.zeros(first, dtype=np.int64)
    row = entries["row"].to_numpy()
    np.add.at(value, row, entries["amount"].to_numpy())
    np.add.at(quantity, row, entries["quantity"].to_numpy())
    sign = np.where(movements.is_receipt[:first], 1, -1)
    invoiced = movements.financial[:first] & movements.present[:first]
    own = np.where(invoiced, sign * (movements.cost[:first] - book.transactions.prior_settled_amount), 0)
    size = np.where(invoiced, movements.quantity[:first] - sign * book.transactions.prior_settled_quantity, 0)
    for movement in np.flatnonzero((value != own) | (quantity != size)).tolist():
        state = TAKEN_BACK_NEXT if invoiced[movement] else NOT_INVOICED
        rows.add(movement, state, int(quantity[movement] - size[movement]), int(value[movement] - own[movement]))


def _add_names(book: Book, movements: Movements, rows: _Rows) -> pl.DataFrame:
    movement = np.array(rows.movement, dtype=np.int64)
    date = movements.date[movement] if len(movement) else np.zeros(0, dtype=np.int32)
    item = movements.item[movement] if len(movement) else np.zeros(0, dtype=np.int32)
    labels = pl.Series([x.label for x in InventoryModel], dtype=pl.String)
    references = pl.concat([book.transactions.reference, pl.repeat("", len(movements), dtype=pl.String, eager=True)])
    return pl.DataFrame(
        {
            "row": movement,
            "transaction": movements.id.gather(movement),
            "item": book.items.number.gather(item),
            "item_group": book.items.item_group.gather(item),
            "group": book.groups.label.gather(movements.group[movement]).fill_null(""),
            "model": labels.gather(book.get_item_models()[item].astype(np.int64)),
            "reference": references.gather(movement),
            "date": pl.Series(np.where(date == NO_DATE, 0, date).astype(np.int32)).cast(pl.Date),
            "state": pl.Series(rows.state, dtype=pl.String),
            "quantity": pl.Series(rows.quantity, dtype=pl.Int64),
            "value": pl.Series(rows.value, dtype=pl.Int64),
        }
    ).sort("item", "group", "date", "row", maintain_order=True)
