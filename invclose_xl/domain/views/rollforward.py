"""Rows that go along into next year's book, in the words of its input sheets.

Units   quantities in 10**-quantity_scale, amounts in minor units, magnitudes; days since 1970-01-01.
Source  WORKBOOK "Transactions" (prior settlements), "Command line" (rollforward).
"""

from dataclasses import dataclass
from datetime import date

from invclose_xl.domain.book import Bool
from invclose_xl.domain.views.part_changes import PartChanges


@dataclass(frozen=True, slots=True)
class FoldedRow:
    """A receipt whose cost is final; None where a cell stays as it is."""

    row: int
    financial_amount: int | None
    prior_adjustment: int | None
    settled_quantity: int | None
    settled_amount: int | None
    is_opening: bool
    """its Reference becomes Opening, and what it belonged to (a transfer, a production order) is left behind"""
    is_unmarked: bool
    """what it is marked to stays behind"""


@dataclass(frozen=True, slots=True)
class Opening:
    """The open leg of a closing transfer, as a row of its own."""

    id: str
    leg: str
    like: int
    """a transaction of the same costing group, whose dimensions it has"""
    day: int
    quantity: int
    amount: int
    settled_quantity: int
    settled_amount: int


@dataclass(frozen=True, slots=True)
class Going:
    """Rows of Transactions and of Cost adjustments that go along; and how."""

    transactions: Bool
    folded: tuple[FoldedRow, ...]
    openings: tuple[Opening, ...]
    charges: Bool
    """of the sheet Cost adjustments; empty where there is none"""
    unlinked: Bool
    """transactions that go along as they are, but not the rest of their production number, which they lose"""


@dataclass(frozen=True, slots=True)
class RolledForward:
    """Rows and sums that went into the next book."""

    path: str
    closing: str
    """the row of the Lock that says so"""
    up_to: date
    transactions: int
    """of the old book, and"""
    kept: int
    openings: int
    """open legs of closing transfers that became rows"""
    folded: int
    """receipts that became openings, with what was settled of them"""
    groups: int
    """items and costing groups that were compared"""
    value: int
    """of both books alike"""
    archive: str
    digest: str
    file_digest: str
    currency: str
    currency_decimals: int
    values_kept: tuple[str, ...]
    """cells whose formula could only be kept as its value"""
    parts: PartChanges
    """of the archive's file, in the next book's"""
