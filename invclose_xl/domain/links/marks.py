"""Marks as the user wrote them, resolved to rows; and what is wrong with them.

In      the columns *Marked to* and *Marked quantity* of the transactions; and *Return lot ID* on issues that give goods
        back to their vendor, which works as a mark to the lot of the receipt (WORKBOOK "Columns on other rows").
Out     Marks: one element per marked pair of rows, in row order of the rows that carry them; a Lot ID stands for
        the lot's lines in row order. A pair marked from both sides is one mark.
Errors  MarkFault values: unknown ID, across items or groups, to itself, same side, different quantities (RULES R5.1).
Source  RULES R5.1.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_CODE, Bool, Int64, Transactions
from invclose_xl.domain.id_keys import make_key_column
from invclose_xl.domain.links.feed_members import select_vendor_returns
from invclose_xl.domain.money import NO_AMOUNT

UNLIMITED = 2**62


@dataclass(frozen=True, slots=True)
class Marks:
    """One element per pair; pairs of one carrier share its marked quantity."""

    carrier: Int64
    partner: Int64
    quantity: Int64
    """of the carrier, UNLIMITED where blank: as much as both have"""

    def __len__(self) -> int:
        """Number of marked pairs."""
        return len(self.carrier)


@dataclass(frozen=True, slots=True)
class MarkFault:
    """A mark that is an input error: the row that carries it and what is wrong, in words."""

    row: int
    code: str
    problem: str


def resolve_marks(transactions: Transactions, periodic: Bool) -> tuple[Marks, list[MarkFault]]:
    """Find the rows that each mark means; ``periodic`` says per row whether its item's marks count (RULES R2.6)."""
    marked, given_back = transactions.marked_to.is_not_null().to_numpy(), select_vendor_returns(transactions)
    carriers = np.flatnonzero((marked | given_back) & periodic)
    if not len(carriers):
        empty = np.zeros(0, dtype=np.int64)
        return Marks(empty, empty, empty), []
    names = pl.select(pl.coalesce(transactions.marked_to, transactions.return_lot)).to_series()
    named = _find_named_rows(transactions, names.gather(carriers), carriers)
    carrier, partner = named["carrier"].to_numpy(), named["partner"].to_numpy()
    faults = _find_faults(transactions, carriers[marked[carriers]], carrier, partner)
    fits = _fits(transactions, carrier, partner)
    carrier, partner = carrier[fits], partner[fits]
    quantity = transactions.marked_quantity[carrier]
    quantity = np.where(quantity == NO_AMOUNT, UNLIMITED, quantity)
    marks, doubled = _drop_doubled_pairs(transactions, Marks(carrier, partner, quantity))
    return marks, faults + doubled


def _find_named_rows(transactions: Transactions, names: pl.Series, carriers: Int64) -> pl.DataFrame:
    """Rows each name stands for: the transaction of that ID, else all lines of that lot, in row order."""
    key = make_key_column("name")
    wanted = pl.DataFrame({"carrier": carriers, "name": names}).with_columns(key=key)
    row = np.arange(len(transactions), dtype=np.int64)
    ids = pl.DataFrame({"partner": row, "name": transactions.id}).select("partner", key=key)
    by_id = wanted.join(ids, on="key", how="inner")
    others = wanted.join(by_id, on="carrier", how="anti")
    in_lot = transactions.lot != NO_CODE
    lots = pl.DataFrame(
        {"partner": row[in_lot], "name": transactions.lot_ids.gather(transactions.lot[in_lot])},
        schema_overrides={"name": pl.String},
    ).select("partner", key=key)
    by_lot = others.join(lots, on="key", how="inner")
    return pl.concat([by_id, by_lot]).select("carrier", "partner").sort("carrier", "partner")


def _fits(transactions: Transactions, carrier: Int64, partner: Int64) -> Bool:
    """Return whether the pair is an issue and a receipt of one item and costing group."""
    same_group = transactions.group[carrier] == transactions.group[partner]
    return np.asarray(same_group & ((transactions.quantity[carrier] > 0) != (transactions.quantity[partner] > 0)))


def _find_faults(transactions: Transactions, carriers: Int64, carrier: Int64, partner: Int64) -> list[MarkFault]:
    """Marks of which not one named row fits, each with the reason of the first named row."""
    good = set(carrier[_fits(transactions, carrier, partner)].tolist())
    first = dict(zip(reversed(carrier.tolist()), reversed(partner.tolist()), strict=True))
    faults = []
    for row in carriers.tolist():
        if row in good:
            continue
        if row not in first:
            faults.append(MarkFault(row, "IC301", "No transaction and no lot has this ID."))
        elif first[row] == row:
            faults.append(MarkFault(row, "IC302", "The transaction is marked to itself."))
        elif transactions.item[row] != transactions.item[first[row]]:
            faults.append(MarkFault(row, "IC303", "The marked transaction is of another item."))
        elif transactions.group[row] != transactions.group[first[row]]:
            faults.append(MarkFault(row, "IC304", "The marked transaction is in another costing group."))
        else:
            side = "receipts" if transactions.quantity[row] > 0 else "issues"
            faults.append(MarkFault(row, "IC305", f"Both transactions are {side}."))
    return faults


def _drop_doubled_pairs(transactions: Transactions, marks: Marks) -> tuple[Marks, list[MarkFault]]:
    """Keep the first of two marks that name each other; they must not say different quantities."""
    low, high = np.minimum(marks.carrier, marks.partner), np.maximum(marks.carrier, marks.partner)
    _, first, pair = np.unique(low * len(transactions) + high, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[pair] != np.arange(len(marks)))
    quantity, faults = marks.quantity.copy(), []
    for position in again.tolist():
        before = first[pair[position]]
        one, other = int(quantity[before]), int(marks.quantity[position])
        if one != other and UNLIMITED not in (one, other):
            row = int(marks.carrier[position])
            partner = transactions.id[int(marks.carrier[before])]
            faults.append(
                MarkFault(row, "IC306", f"The mark on {partner} has another quantity for the same two transactions.")
            )
        quantity[before] = min(one, other)
    kept = np.sort(first)
    return Marks(marks.carrier[kept], marks.partner[kept], quantity[kept]), faults
