"""Accounts and ledger dimensions compare without regard to case; the first spelling is written.

In      what was read of the sheets that name accounts, and the vouchers of earlier closings.
Out     the same, each account in one spelling: that of the vouchers, else of the first row that names it.
Errors  none.
Source  RULES R0.
"""

from dataclasses import dataclass, replace

import polars as pl

from invclose_xl.domain.book import Charges, CostAdjustments, Ledger, PostingRule
from invclose_xl.domain.tables import Tables
from invclose_xl.workbook.input.transactions import Draft
from invclose_xl.workbook.tables.keys import one_spelling


@dataclass(frozen=True, slots=True)
class Spellings:
    """How accounts and ledger dimensions are spelled already."""

    accounts: pl.Series
    dimensions: pl.Series


def collect_spellings(history: Tables) -> Spellings:
    """Return the spellings of the vouchers of earlier closings."""
    vouchers = history["vouchers"]
    return Spellings(vouchers["account"], vouchers["ledger_dimension"])


def spelled_alike(
    draft: Draft,
    posting: tuple[PostingRule, ...],
    adjustments: CostAdjustments | None,
    charges: Charges | None,
    ledger: Ledger | None,
    known: Spellings,
) -> tuple[tuple[PostingRule, ...], CostAdjustments | None, Charges | None, Ledger | None]:
    """Return posting profile, cost adjustments, charges and ledger in one spelling; the draft is changed in place."""
    _, inventory, offset, rule_inventory, rule_offset, by_hand, of_charges, of_ledger = one_spelling(
        [
            known.accounts,
            draft.texts["inventory_account"],
            draft.texts["offset_account"],
            _texts([rule.inventory_account for rule in posting]),
            _texts([rule.offset_account for rule in posting]),
            _texts([]) if adjustments is None else adjustments.offset_account,
            _texts([]) if charges is None else charges.offset_account,
            _texts([]) if ledger is None else ledger.account,
        ]
    )
    draft.texts.update(inventory_account=inventory, offset_account=offset)
    _, dimension = one_spelling([known.dimensions, draft.texts["ledger_dimension"]])
    draft.texts["ledger_dimension"] = dimension
    if adjustments is not None:
        adjustments = replace(adjustments, offset_account=by_hand)
    if charges is not None:
        charges = replace(charges, offset_account=of_charges)
    if ledger is not None:
        ledger = replace(ledger, account=of_ledger)
    rules = tuple(
        replace(rule, inventory_account=rule_inventory[k], offset_account=rule_offset[k])
        for k, rule in enumerate(posting)
    )
    return rules, adjustments, charges, ledger


def _texts(values: list[str]) -> pl.Series:
    return pl.Series(values, dtype=pl.String)
