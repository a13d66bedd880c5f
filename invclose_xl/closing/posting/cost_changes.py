"""Changes that go to the ledger: changes of cost, with all that decides about their accounts.

In      a Run; what earlier runs posted and this one takes back.
Out     CostChanges, one element per change and account it is posted to.
Units   minor units, positive: the cost rises.
Source  RULES R9.2, R9.4, R8.5, R7.2, R8.6 (what is taken back is posted as it was).
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from invclose_xl.closing.adjustments.adjust import CAUSES
from invclose_xl.closing.earlier.charges import describe_posting_facts
from invclose_xl.closing.run.computed_run import Run
from invclose_xl.closing.state.earlier_postings import (
    BY_HAND,
    ESTIMATE,
    EXPENSED,
    EXPENSED_INVOICE,
    FINANCIAL,
    NOT_POSTED,
    PHYSICAL,
    SETTLED_BEFORE,
    Accounts,
    PostedByAccount,
    read_active_manual_postings,
)
from invclose_xl.closing.state.ledger_state import format_closing_number
from invclose_xl.closing.state.price_differences import Reason
from invclose_xl.domain.book import NO_CODE, Bool, Int64
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.tables import repeat_value
from invclose_xl.domain.words import Cause


@dataclass(frozen=True, slots=True)
class CostChanges:
    """Changes to be posted: a rise of cost of issues and receipts, or the whole cost where it was estimated."""

    row: Int64
    amount: Int64
    """positive: the cost rises"""
    rounding_difference: Int64
    is_physical: Bool
    by_hand: Bool
    """entered by hand or expensed: posts against an inventory adjustment instead of the transaction's offset"""
    offset_account: pl.Series
    """text; null where the transaction or the posting profile says it"""
    kind: pl.Series
    """what a later run may take it back as (closing.state.earlier_postings); null where none ever does"""
    accounts: pl.Series
    """text; where it takes something back, how that was posted; else null"""
    charge: pl.Series
    """text; of a manual adjustment the facts of its row (closing.earlier.charges); else null"""

    @staticmethod
    def of(row: Int64, amount: Int64, is_physical: Bool, rounding_difference: Int64 | None = None) -> "CostChanges":
        """Return changes that post to the accounts of their transactions."""
        none = np.zeros(len(row), dtype=np.int64)
        rounding = none if rounding_difference is None else rounding_difference
        return CostChanges(row, amount, rounding, is_physical, none > 0, *[_make_blank(len(row))] * 4)

    @staticmethod
    def as_expensed(row: Int64, amount: Int64, is_physical: Bool) -> "CostChanges":
        """Return changes that post against the inventory adjustment, whatever the reference of the transaction."""
        none = np.zeros(len(row), dtype=np.int64)
        return CostChanges(row, amount, none, is_physical, none == 0, *[_make_blank(len(row))] * 4)

    def as_kind(self, kind: str, accounts: Accounts | None = None) -> "CostChanges":
        """Return the same changes, with what a later run may take them back as, and where they are posted."""
        size, text = len(self.row), accounts.text() if accounts else None
        return replace(
            self,
            kind=repeat_value(kind, size),
            accounts=repeat_value(text, size),
        )

    def select(self, which: Bool) -> "CostChanges":
        """Return some of the changes."""
        mask = pl.Series(which, dtype=pl.Boolean)
        return CostChanges(
            self.row[which], self.amount[which], self.rounding_difference[which], self.is_physical[which],
            self.by_hand[which], self.offset_account.filter(mask), self.kind.filter(mask), self.accounts.filter(mask),
            self.charge.filter(mask),
        )  # fmt: skip

    @staticmethod
    def joined(parts: "list[CostChanges]") -> "CostChanges":
        """Return all changes, one part after the other."""
        return CostChanges(
            np.concatenate([p.row for p in parts]),
            np.concatenate([p.amount for p in parts]),
            np.concatenate([p.rounding_difference for p in parts]),
            np.concatenate([p.is_physical for p in parts]),
            np.concatenate([p.by_hand for p in parts]),
            pl.concat([p.offset_account for p in parts]),
            pl.concat([p.kind for p in parts]),
            pl.concat([p.accounts for p in parts]),
            pl.concat([p.charge for p in parts]),
        )


def _make_blank(size: int) -> pl.Series:
    return repeat_value(None, size)


def collect_cost_changes(run: Run) -> CostChanges:
    """Everything of a run that goes to the ledger: adjustments, and estimates unless they are not to be posted."""
    stands = read_active_manual_postings(run.book, format_closing_number(run.state.last_closing))
    changes = CostChanges.joined(
        [
            *_list_adjustments(run, stands),
            *_list_manual_changes(run),
            *_list_expensed_charges(run, stands),
            *_list_estimates(run, stands),
        ]
    )
    if run.request.settles:
        # What a close makes of an invoiced transaction is settled with it; no later run takes it back. What was entered
        # by hand is kept all the same, so that its accounts and its charge can be named.
        keeps = pl.Series(changes.is_physical, dtype=pl.Boolean) | (changes.kind == BY_HAND).fill_null(value=False)
        kind = changes.kind.zip_with(keeps, _make_blank(len(changes.row)))
        return replace(changes, kind=kind)
    return changes


def _list_adjustments(run: Run, stands: PostedByAccount) -> list[CostChanges]:
    adjustments = run.adjustments
    changes = CostChanges.of(
        adjustments.row, adjustments.amount, adjustments.is_physical, adjustments.rounding_difference
    )
    back = adjustments.cause == CAUSES.index(Cause.BECAME_FINANCIAL)
    own = ~back & ~np.isin(
        adjustments.cause, [CAUSES.index(c) for c in (Cause.MANUAL_ADJUSTMENT, Cause.SETTLED_BEFORE)]
    )
    return [
        changes.select(own & ~adjustments.is_physical).as_kind(FINANCIAL),
        changes.select(own & adjustments.is_physical).as_kind(PHYSICAL),
        _split_by_posting(run, stands, changes.select(back).as_kind(PHYSICAL)),
    ]


def _list_manual_changes(run: Run) -> list[CostChanges]:
    manual, sheet = run.manual, run.manual.entries
    if not len(manual.row):
        return []
    changes = CostChanges.as_expensed(manual.row, manual.amount, np.zeros(len(manual.row), dtype=np.bool_))
    named: list[str | None] = []
    accounts: list[str | None] = []
    facts: list[str] = []
    for entry in manual.sheet_row[manual.sheet_row != NO_CODE].tolist():
        assert sheet is not None
        named.append(sheet.offset_account[entry] or None)
        accounts.append(None)
        facts.append(describe_posting_facts(sheet, entry))
    for charge in manual.taken_back:
        named.append(None)
        accounts.append(charge.accounts.text())
        facts.append(charge.facts)
    texts = (pl.Series(column, dtype=pl.String) for column in (named, accounts, facts))
    offset, posted_to, charge_facts = texts
    changes = changes.as_kind(BY_HAND)
    return [replace(changes, offset_account=offset, accounts=posted_to, charge=charge_facts)]


def _list_expensed_charges(run: Run, stands: PostedByAccount) -> list[CostChanges]:
    """The share of charges that is expensed (RULES R7.4): what stands of it is taken back, and the whole posted."""
    manual = run.manual
    row = np.flatnonzero(manual.settled_before)
    whole, financial = manual.settled_before_since[row], np.zeros(len(row), dtype=np.bool_)
    new = CostChanges.as_expensed(row, whole, financial).as_kind(SETTLED_BEFORE)
    back = CostChanges.as_expensed(row, manual.settled_before[row] - whole, financial).as_kind(SETTLED_BEFORE)
    return [new.select(whole != 0), _split_by_posting(run, stands, back)]


def _list_estimates(run: Run, stands: PostedByAccount) -> list[CostChanges]:
    estimates = run.estimates
    accounts = None if run.book.parameters.post_estimated_costs else NOT_POSTED
    new = CostChanges.of(estimates.row, estimates.amount, ~run.movements.financial[estimates.row])
    back = CostChanges.of(estimates.back_row, -estimates.back_amount, estimates.back_is_physical)
    parts = [new.as_kind(ESTIMATE, accounts), _split_by_posting(run, stands, back.as_kind(ESTIMATE, accounts))]
    expensed = CostChanges.as_expensed(estimates.expense.row, estimates.expense.amount, estimates.expense.is_physical)
    late, undone = (
        estimates.expense.reason == Reason.LATE_INVOICE,
        (estimates.expense.difference < 0) & ~estimates.expense.repeated,
    )
    for which, kind in ((late, EXPENSED_INVOICE), (~late, EXPENSED)):
        parts.append(expensed.select(which & ~undone).as_kind(kind, accounts))
        parts.append(_split_by_posting(run, stands, expensed.select(which & undone).as_kind(kind, accounts)))
    return parts


def _split_by_posting(run: Run, stands: PostedByAccount, back: CostChanges) -> CostChanges:
    """Split what is taken back by the accounts it was posted to; what nobody noted is posted as today's rules say."""
    position, amounts, roundings, accounts = [], [], [], []
    ids = make_id_keys(run.book.transactions.id.gather(back.row)).to_list()
    for change, name in enumerate(ids):
        amount, rounding = int(back.amount[change]), int(back.rounding_difference[change])
        for posted_to, (posted, rounded) in stands.get(
            (name, back.kind[change], bool(back.is_physical[change])), {}
        ).items():
            position.append(change)
            amounts.append(-posted)
            roundings.append(-rounded)
            accounts.append(posted_to.text())
            amount, rounding = amount + posted, rounding + rounded
        position.append(change)
        amounts.append(amount)
        roundings.append(rounding)
        accounts.append(back.accounts[change])
    at = np.array(position, dtype=np.int64)
    parts = CostChanges(
        back.row[at],
        np.array(amounts, dtype=np.int64),
        np.array(roundings, dtype=np.int64),
        back.is_physical[at],
        back.by_hand[at],
        back.offset_account.gather(at),
        back.kind.gather(at),
        pl.Series(accounts, dtype=pl.String),
        back.charge.gather(at),
    )
    return parts.select((parts.amount != 0) | (parts.rounding_difference != 0))
