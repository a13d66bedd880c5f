"""Inputs that a run saw: the fingerprints that were locked with it, and which cells of a transaction differ.

In      the result tables of a book.
Out     Inputs: fingerprint by transaction, as of one run.
Source  RULES R10.2.
"""

from dataclasses import dataclass

import polars as pl

from invclose_xl.closing.state.locked_rows import PHYSICAL, TRANSACTION_COLUMNS
from invclose_xl.domain.fingerprint import unpack_hashes
from invclose_xl.domain.id_keys import make_id_key, make_key_column
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.words import ClosingType

WORDS = (
    (("item", "site", "warehouse", "location", "license_plate", "batch_number", "serial_number", "configuration",
      "size", "color", "style", "owner"), "another item or other dimensions"),
    (("quantity",), "another quantity"),
    (("marked_to", "marked_quantity"), "another mark"),
    (("financial_amount", "physical_amount", "prior_adjustment"), "another cost amount"),
    (("physical_date", "financial_date"), "another date"),
    (("prior_settled_quantity", "prior_settled_amount"), "another prior settlement"),
    (("transfer", "production", "return_lot", "cost_share"), "another transfer, production or return"),
)  # fmt: skip
"""what a changed cell means for costs; all other columns mean nothing"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Transactions behind the lock as a run left it."""

    locked: dict[str, str]
    """ID in lower case -> fingerprint"""

    def __contains__(self, name: str) -> bool:
        """Return whether the transaction was there."""
        return make_id_key(name) in self.locked

    def describe_changes(self, name: str, later: "Inputs") -> list[str]:
        """Say what a transaction has for a later run: another quantity, another mark, …"""
        one, other = self.locked.get(make_id_key(name)), later.locked.get(make_id_key(name))
        if one is None or other is None or one == other:
            return []
        old = unpack_hashes(one.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
        new = unpack_hashes(other.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
        if one.startswith(PHYSICAL) != other.startswith(PHYSICAL):
            return ["been invoiced since" if one.startswith(PHYSICAL) else "lost its invoice"]
        return [words for columns, words in WORDS if any(old.get(c) != new.get(c) for c in columns)]


def read_inputs(history: Tables, closing: str) -> Inputs:
    """Return the inputs that count at the end of a run: per transaction the row of the latest closing active then."""
    lock = history["lock"].filter(pl.col("closing") <= closing)
    undone = lock.filter(pl.col("type") == ClosingType.REVERSAL)["reverses"].to_list()
    active = lock.filter((pl.col("type") == ClosingType.CLOSING) & ~pl.col("closing").is_in(undone))["closing"]
    rows = history["locked_rows"].filter(pl.col("sequence").is_not_null() & pl.col("closing").is_in(active.implode()))
    latest = (
        rows.with_columns(key=make_key_column("transaction"))
        .sort("closing")
        .unique("key", keep="last", maintain_order=True)
    )
    return Inputs(dict(latest.select("key", "fingerprint").rows()))
