"""Pairs that matching hands to valuing: who pays for whom, in the order in which it was decided. No amounts.

Source  RULES R1 (settlement, value link), R5.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from invclose_xl.domain.book import Bool, Int32, Int64


@dataclass(frozen=True, slots=True)
class Pairs:
    """Issue and receipt (movement numbers), the quantity between them, and the principle, in order of matching."""

    issue: Int64
    receipt: Int64
    quantity: Int64
    principle: npt.NDArray[np.int8]

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.issue)

    @staticmethod
    def none() -> "Pairs":
        """Return no pairs."""
        empty = np.zeros(0, dtype=np.int64)
        return Pairs(empty, empty, empty, np.zeros(0, dtype=np.int8))

    @staticmethod
    def of(issue: Int64, receipt: Int64, quantity: Int64, principle: int) -> "Pairs":
        """Return pairs that all have one principle."""
        return Pairs(issue, receipt, quantity, np.full(len(issue), principle, dtype=np.int8))

    @staticmethod
    def joined(parts: "list[Pairs]") -> "Pairs":
        """Return the pairs of all parts, one part after the other."""
        if not parts:
            return Pairs.none()
        return Pairs(
            np.concatenate([p.issue for p in parts]),
            np.concatenate([p.receipt for p in parts]),
            np.concatenate([p.quantity for p in parts]),
            np.concatenate([p.principle for p in parts]),
        )

    def where(self, chosen: Bool) -> "Pairs":
        """Return the chosen pairs."""
        return Pairs(self.issue[chosen], self.receipt[chosen], self.quantity[chosen], self.principle[chosen])


@dataclass(frozen=True, slots=True)
class ClosingTransfers:
    """Summarized averages: one transfer per unit, numbered by item, group, date (RULES R5.9).

    Transfer k has the issue leg ``first_leg + 2k`` and the receipt leg ``first_leg + 2k + 1``.
    """

    first_leg: int
    group: Int32
    date: Int32
    quantity: Int64

    def __len__(self) -> int:
        """Number of transfers; there are twice as many legs."""
        return len(self.group)

    @staticmethod
    def none() -> "ClosingTransfers":
        """Return no transfers."""
        none = np.zeros(0, dtype=np.int32)
        return ClosingTransfers(0, none, none, none.astype(np.int64))
