"""From classes to rows: which cells of the input sheets change, and which openings are added.

In      a closed book and what goes along (``carried``).
Out     Going.
Source  WORKBOOK "Transactions" (Reference = Opening, prior settlements); RULES R5.9 (legs), R7.4 (charges).
"""

import numpy as np

from invclose_xl.closing.rollforward.carried import Carried, find_posted_cost
from invclose_xl.domain.book import NO_CODE, Book, Bool, Transactions
from invclose_xl.domain.id_keys import make_id_key, make_id_keys
from invclose_xl.domain.links.feed_members import select_production
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.views.rollforward import FoldedRow, Going, Opening


def decide_rows(book: Book, carried: Carried) -> Going:
    """Say of every row of the input sheets what becomes of it."""
    rows = carried.movements.transactions
    transactions = carried.kept[:rows] & ~book.transactions.stands_for_leg
    folded = tuple(_fold_row(book, carried, r) for r in np.flatnonzero(carried.folded[:rows]).tolist())
    changed = tuple(f for f in folded if _differs(f))
    openings, charges = _make_openings(book, carried), _select_charges(book, carried)
    return Going(transactions, changed, openings, charges, _select_unlinked(book.transactions, carried.as_it_is[:rows]))


def _fold_row(book: Book, carried: Carried, row: int) -> FoldedRow:
    transactions, movements = book.transactions, carried.movements
    posted, adjusted = find_posted_cost(carried, book, row), int(movements.adjusted[row])
    quantity, amount = int(carried.settled_quantity[row]), int(carried.settled_amount[row])
    fed = (
        transactions.transfer[row] != NO_CODE
        or transactions.production[row] != NO_CODE
        or transactions.return_lot[row] is not None
    )
    return FoldedRow(
        row,
        posted,
        int(transactions.prior_adjustment[row]) + adjusted if adjusted else None,
        int(transactions.prior_settled_quantity[row]) + quantity if quantity else None,
        int(transactions.prior_settled_amount[row]) + amount if quantity or amount else None,
        bool(posted is not None or adjusted or quantity or fed or transactions.cost_share[row] != NO_AMOUNT),
        bool(carried.unmarked[row]),
    )


def _select_unlinked(transactions: Transactions, as_it_is: Bool) -> Bool:
    """Rows of finished production numbers that only go along because nothing of their item is ever settled.

    Alone they would be components without a product, or shares that no longer add up.
    """
    produced = select_production(transactions)
    ended = np.unique(transactions.production[produced & ~as_it_is])
    return np.asarray(produced & as_it_is & np.isin(transactions.production, ended))


def _differs(row: FoldedRow) -> bool:
    return row.is_opening or row.is_unmarked


def _make_openings(book: Book, carried: Carried) -> tuple[Opening, ...]:
    movements, legs, transactions = carried.movements, carried.state.legs, book.transactions
    taken, found = set(make_id_keys(transactions.id).to_list()), []
    real = np.flatnonzero(~transactions.stands_for_leg)
    like = {int(g): int(r) for g, r in zip(transactions.group[real][::-1], real[::-1], strict=True)}
    for leg_number in np.flatnonzero(carried.folded[movements.transactions :]).tolist():
        at, leg = movements.transactions + leg_number, str(legs.id[leg_number])
        found.append(
            Opening(
                _find_free_id(f"OPEN-{leg.rsplit('/', 1)[0].replace('/', '-')}", taken), leg,
                like[int(legs.group[leg_number])], int(legs.date[leg_number]), int(legs.quantity[leg_number]),
                int(movements.cost[at]), int(carried.settled_quantity[at]), int(carried.settled_amount[at]),
            )
        )  # fmt: skip
    return tuple(found)


def _find_free_id(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while make_id_key(free) in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(make_id_key(free))
    return free


def _select_charges(book: Book, carried: Carried) -> Bool:
    """Charges that go along: those to come, and those that are on something that goes along as it is."""
    sheet, movements = book.cost_adjustments, carried.movements
    if sheet is None:
        return np.zeros(0, dtype=np.bool_)
    whole = carried.as_it_is[: movements.transactions].copy()
    legs = {
        str(name): bool(carried.as_it_is[movements.transactions + k]) for k, name in enumerate(carried.state.legs.id)
    }
    transactions = book.transactions
    for row in np.flatnonzero(transactions.stands_for_leg).tolist():
        whole[row] = legs.get(str(transactions.id[row]), False)
    return np.asarray((sheet.day > movements.day) | whole[sheet.transaction])
