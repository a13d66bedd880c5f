"""Expensed differences of moving average items: what stands of them, and what a run has to add or take back.

They are on the sheet *Estimated costs*, told apart from estimates by their Type. A receipt's first
update can expense one difference (backdated, negative stock), its later invoice another one.

In      rows of the sheet of active closings; the differences that today's walk through the postings finds.
Out     Expensed: what stands. Expense: the rows to write, so that sheet and walk agree, and the total per receipt.
Units   minor units; positive: the receipt is worth more in inventory than it cost.
Source  RULES R8.4, R8.5, R7.2 (physical differences are taken back and made anew once the receipt is financial).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import polars as pl

from invclose_xl.closing.state.estimate_kinds import is_physical
from invclose_xl.domain.book import Bool, Int32, Int64
from invclose_xl.domain.words import EXPENSED, EstimateCause, EstimateType


class Reason(IntEnum):
    """Why a difference is expensed: the position in EXPENSED."""

    BACKDATED = 0
    NEGATIVE_STOCK = 1
    LATE_INVOICE = 2

    @property
    def label(self) -> str:
        """The word of the sheet."""
        return EXPENSED[self].value


IS_EXPENSED = pl.col("type") != EstimateType.ESTIMATE
"""Rows of the sheet that are expensed differences; the others are estimates"""
IS_SHARE = pl.col("cause").is_in([EstimateCause.SPLIT.value, EstimateCause.SHARE.value])
"""Rows by which the parts of a split row have what stood for it (RULES R8.6)"""


@dataclass(frozen=True, slots=True)
class Expensed:
    """Active rows, one element each; rows that take back are negative."""

    row: Int64
    reason: Int64
    amount: Int64
    is_physical: Bool
    """made while the transaction was physical-only"""
    closing: Int64


@dataclass(frozen=True, slots=True)
class PriceDifferences:
    """Price differences that are expensed, one element per receipt and update; amount = taken - own."""

    row: Int64
    reason: Int64
    taken: Int64
    """what the inventory took"""
    own: Int64
    """what the receipt, or the change that its invoice brought, is worth by itself"""
    part: Int64
    """quantity that covered negative stock, or that was on hand when the invoice came"""
    whole: Int64
    cost: Int64
    """cost of the whole quantity after this update, for the unit cost"""

    @property
    def amount(self) -> Int64:
        """Amount that is expensed."""
        return self.taken - self.own


@dataclass(frozen=True, slots=True)
class Expense:
    """Rows to write: what is taken back (``difference`` is -1), and what is expensed."""

    row: Int64
    reason: Int64
    amount: Int64
    is_physical: Bool
    difference: Int64
    """position in ``differences``; -1 where an earlier amount is taken back or repeated"""
    repeated: Bool
    """what was expensed as physical is now financial"""
    differences: PriceDifferences
    total_row: Int64
    total: Int64
    """per receipt, all that is expensed once these rows are written"""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.row)

    @property
    def cost(self) -> Int64:
        """Cost of the whole quantity for the unit cost; what is taken back or repeated stands for itself."""
        cost, new = self.amount.copy(), self.difference >= 0
        cost[new] = self.differences.cost[self.difference[new]]
        return cost


def read_expensed(frame: pl.DataFrame, row: Int64, closing: Int64, up_to: Int32, financial_date: Int32) -> Expensed:
    """Read rows of the sheet; ``up_to`` is the date of each row's closing, ``financial_date`` of its transaction."""
    reasons = {label.value: number for number, label in enumerate(EXPENSED)}
    reason = frame["type"].replace_strict(reasons, default=0, return_dtype=pl.Int64).to_numpy()
    physical = is_physical(frame["kind"], financial_date, up_to)
    # A share goes on from what the last Closing expensed; no walk finds it again.
    closing = np.where(frame.select(IS_SHARE).to_series().to_numpy(), 0, closing)
    return Expensed(row, reason, frame["amount"].to_numpy(), physical, closing)


def find_price_differences(
    state: Expensed, last_closing: int, differences: PriceDifferences, walked: Bool, financial: Bool
) -> Expense:
    """Compare what is with what the walk finds.

    ``walked`` says of each transaction whether the walk had its item: then rows written since the last Closing stand
    only as far as the walk finds them again; everything else stands as it is.
    """
    if not len(state.row) and not len(differences.row):
        none = np.zeros(0, dtype=np.int64)
        return Expense(none, none, none, none > 0, none, none > 0, differences, none, none)
    frame = pl.DataFrame(
        {
            "row": state.row,
            "late": state.reason == Reason.LATE_INVOICE,
            "reason": state.reason,
            "physical": np.where(state.is_physical, state.amount, 0),
            "financial": np.where(state.is_physical, 0, state.amount),
            "kept": np.where(walked[state.row] & (state.closing > last_closing), 0, state.amount),
        }
    )
    stood = frame.group_by("row", "late").agg(
        pl.col("reason").last(), pl.col("physical").sum(), pl.col("financial").sum(), pl.col("kept").sum()
    )
    found = pl.DataFrame(
        {
            "row": differences.row,
            "late": differences.reason == Reason.LATE_INVOICE,
            "found": differences.amount,
            "position": np.arange(len(differences.row), dtype=np.int64),
        }
    )
    both = stood.join(found, on=["row", "late"], how="full", coalesce=True).sort("row", "late")
    both = both.with_columns(
        pl.col("physical", "financial").fill_null(0),
        wanted=pl.coalesce("found", "kept"),
        position=pl.col("position").fill_null(-1),
        reason=pl.coalesce("reason", pl.lit(0, dtype=pl.Int64)),
    )
    both = both.with_columns(is_financial=pl.Series(financial[both["row"].to_numpy()], dtype=pl.Boolean))
    both = both.with_columns(
        wanted_physical=pl.when("is_financial").then(0).otherwise("wanted"),
        wanted_financial=pl.when("is_financial").then("wanted").otherwise(0),
    )
    totals = both.group_by("row").agg(pl.col("wanted").sum()).sort("row")
    return _make_rows(both, differences, totals)


def _make_rows(both: pl.DataFrame, differences: PriceDifferences, totals: pl.DataFrame) -> Expense:
    changed = both.filter(
        (pl.col("physical") != pl.col("wanted_physical")) | (pl.col("financial") != pl.col("wanted_financial"))
    )
    no, none = pl.lit(False), pl.lit(-1, dtype=pl.Int64)
    back = [
        changed.filter(pl.col(kind) != 0).select(
            "row", "late", "reason", amount=-pl.col(kind), physical=pl.lit(kind == "physical"), position=none,
            repeated=no, step=pl.lit(step),
        )
        for step, kind in enumerate(("physical", "financial"))
    ]  # fmt: skip
    new = changed.filter(pl.col("wanted") != 0).select(
        "row", "late", "reason", amount="wanted", physical=~pl.col("is_financial"), position="position",
        repeated=pl.col("position") < 0, step=pl.lit(2),
    )  # fmt: skip
    rows = pl.concat([*back, new]).sort("row", "late", "step")
    position = rows["position"].to_numpy()
    reason = rows["reason"].to_numpy().copy()
    reason[position >= 0] = differences.reason[position[position >= 0]]
    return Expense(
        row=rows["row"].to_numpy(),
        reason=reason,
        amount=rows["amount"].to_numpy(),
        is_physical=rows["physical"].to_numpy(),
        difference=position,
        repeated=rows["repeated"].to_numpy(),
        differences=differences,
        total_row=totals["row"].to_numpy(),
        total=totals["wanted"].to_numpy(),
    )
