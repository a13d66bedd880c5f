"""One computed run, before it is written down: the seam between computing and recording.

Source  RULES R2.4.
"""

from dataclasses import dataclass

import polars as pl

from invclose_xl.closing.adjustments.adjust import Adjustments
from invclose_xl.closing.adjustments.manual import ManualChanges
from invclose_xl.closing.estimates.estimate import Estimates
from invclose_xl.closing.request.run_request import RunRequest
from invclose_xl.closing.state.ledger_state import LedgerState
from invclose_xl.costflow.feeds import FeedFault, FeedLinks
from invclose_xl.costflow.value import ValuationResult
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.links.marks import Marks
from invclose_xl.domain.models import is_periodic
from invclose_xl.domain.movements import Movements
from invclose_xl.matching.registry import Matching


@dataclass(frozen=True, slots=True)
class Run:
    """Everything computed; movement numbers refer to ``movements`` and, after them, the legs made by this run."""

    book: Book
    request: RunRequest
    chosen: Bool
    """which items the run takes"""
    name: str
    """``IC-000001``"""
    state: LedgerState
    movements: Movements
    model: Int64
    marks: Marks
    matching: Matching
    estimates: Estimates
    feeds: list[FeedLinks]
    feed_faults: list[FeedFault]
    manual: ManualChanges
    costs: ValuationResult
    adjustments: Adjustments

    @property
    def periodic(self) -> Bool:
        """Movements of items that the close settles."""
        return is_periodic(self.model)

    @property
    def new_leg_ids(self) -> pl.Series:
        """``IC-000001/W1/I``, ``IC-000001/W1/R``, ``IC-000001/W2/I``, … (WORKBOOK "Written")."""
        count = len(self.matching.transfers)
        ids = [f"{self.name}/W{k}/{side}" for k in range(1, count + 1) for side in "IR"]
        return pl.Series(ids, dtype=pl.String)
