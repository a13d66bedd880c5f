"""Two runs, the later one going on from the earlier one: a transaction is the matter of one of them, or of both.

In      the rows that the two runs wrote, and their rows of the lock.
Out     one sentence per transaction; None where the later run did the earlier one again (``reasons``).
Source  WORKBOOK "Command line" (status --compare); RULES R2.3, R10.3.
"""

from dataclasses import dataclass

import polars as pl

from invclose_xl.analysis.compare.reasons import RunRows
from invclose_xl.domain.tables import Tables
from invclose_xl.domain.views.changes import RunFacts
from invclose_xl.domain.words import ClosingType


@dataclass(frozen=True, slots=True)
class Following:
    """The later run found what the earlier one had settled, or took it back."""

    earlier: RunFacts
    later: RunFacts
    taken_back: bool
    """the later run is the reversal of the earlier one"""
    forwards: bool
    """the earlier run is the first of the comparison"""

    def explain_why(self, name: str, of_earlier: RunRows, of_later: RunRows) -> str:
        """Say in one sentence which of the two runs a transaction belongs to."""
        earlier, later = self.earlier.closing, self.later.closing
        if self.taken_back:
            return f"{later} took back what {earlier} did."
        if name not in of_later.places:
            return f"Settled or adjusted by {earlier}; {later} had nothing to change."
        day = (of_later.find_item_and_date(name) or ("", None))[1]
        if name not in of_earlier.places:
            if day is not None and day > self.earlier.up_to:
                return f"Dated after {earlier}."
            return f"{earlier} left it open or as it was; {later} settled or adjusted it."
        return f"Settled or adjusted by {earlier} in part, by {later} again."


def find_following(history: Tables, one: RunFacts, other: RunFacts) -> Following | None:
    """Return how two runs follow each other, whichever is named first; None where one replaced the other."""
    earlier, later = sorted((one, other), key=lambda run: run.closing)
    lock = history["lock"]
    undone = lock.filter((pl.col("type") == ClosingType.REVERSAL) & (pl.col("reverses") == earlier.closing))
    if earlier.type != ClosingType.CLOSING or earlier.closing == later.closing:
        return None
    if later.closing in undone["closing"].to_list():
        return Following(earlier, later, taken_back=True, forwards=earlier is one)
    stood = undone.filter(pl.col("closing") < later.closing).is_empty()
    return Following(earlier, later, taken_back=False, forwards=earlier is one) if stood else None
