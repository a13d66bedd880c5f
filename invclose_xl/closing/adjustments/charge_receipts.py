"""The receipts that a row of the sheet *Charges* selects.

In      a book, and which of its transactions are receipts that are financial as of D.
Out     rows of Transactions in row order; which criteria find nothing.
Cost    per charge the receipts that its rarest criterion names; the names are looked up once for all charges.
Source  RULES R7.4; WORKBOOK "Optional sheets" (blank = any, all that are filled in must hold).
"""

from functools import cached_property

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_DATE, Book, Bool, Charges, Int64
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.tables import repeat_value

HEADINGS = {
    "number": "Number", "lot": "Lot ID", "item": "Item number", "item_group": "Item group", "site": "Site",
    "warehouse": "Warehouse", "received_from": "Received from", "received_to": "Received to",
}  # fmt: skip
NOTHING = np.zeros(0, dtype=np.int64)


class ChargeReceipts:
    """Selects among some receipts of a book."""

    def __init__(self, book: Book, charges: Charges, receipts: Bool) -> None:
        self._book, self._charges = book, charges
        self._wanted = {name: make_id_keys(names) for name, names in charges.criteria.items()}
        self._all = np.flatnonzero(receipts)
        self._rows: dict[str, dict[str, Int64]] = {}

    def of(self, charge: int) -> Int64:
        """Return the receipts of one row of the sheet."""
        chosen = self._all
        named = [self._find_named(name, key) for name, key in self._list_filled(charge)]
        for position, rows in enumerate(sorted(named, key=len)):
            chosen = rows if not position else np.intersect1d(chosen, rows, assume_unique=True)
        for name in ("received_from", "received_to"):
            chosen = chosen[self._select_in_time(name, charge)[chosen]]
        return chosen

    def find_criteria_without_receipts(self, charge: int) -> list[str]:
        """Return the fields of the criteria that no receipt meets, whatever the others say."""
        found = [name for name, key in self._list_filled(charge) if not len(self._find_named(name, key))]
        days = ("received_from", "received_to")
        return found + [name for name in days if not self._select_in_time(name, charge)[self._all].any()]

    def _list_filled(self, charge: int) -> list[tuple[str, str]]:
        return [(name, keys[charge]) for name, keys in self._wanted.items() if keys[charge] is not None]

    def _find_named(self, name: str, key: str) -> Int64:
        """Return the receipts that bear a name, in row order."""
        if name not in self._rows:
            wanted = self._wanted[name].drop_nulls().unique()
            frame = pl.DataFrame({"key": make_id_keys(self._names(name)).gather(self._all), "row": self._all})
            groups = frame.filter(pl.col("key").is_in(wanted.implode())).group_by("key").agg("row")
            self._rows[name] = {k: np.array(rows, dtype=np.int64) for k, rows in groups.rows()}
        return self._rows[name].get(key, NOTHING)

    def _names(self, name: str) -> pl.Series:
        """Return a name of every transaction."""
        book, transactions = self._book, self._book.transactions
        match name:
            case "item":
                return book.items.number.gather(transactions.item)
            case "item_group":
                return book.items.item_group.gather(transactions.item)
            case "lot":
                known = pl.Series(transactions.lot).replace(-1, None)
                return (
                    transactions.lot_ids.gather(known)
                    if len(transactions.lot_ids)
                    else repeat_value(None, len(transactions))
                )
        names: pl.Series = getattr(transactions, name)
        return names if len(names) else repeat_value(None, len(transactions))

    @cached_property
    def _received(self) -> Int64:
        """Day on which the goods came: that of the packing slip, where there is none that of the invoice."""
        transactions = self._book.transactions
        return np.where(
            transactions.physical_date == NO_DATE, transactions.financial_date, transactions.physical_date
        ).astype(np.int64)

    def _select_in_time(self, name: str, charge: int) -> Bool:
        """Return which transactions meet one end of the days between which goods were received."""
        limit = int(getattr(self._charges, name)[charge])
        if limit == NO_DATE:
            return np.ones(len(self._received), dtype=np.bool_)
        return np.asarray(self._received >= limit if name == "received_from" else self._received <= limit)
