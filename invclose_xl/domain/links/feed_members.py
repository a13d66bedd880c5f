"""Rows of a transfer, of a production number, of a return: by what their Reference means.

A row belongs to one of them at most, a return before a transfer before a production number, so that no cost is handed
on twice. What is in a column that its row has no use for has no effect; it is named (closing.findings.columns).

In      transactions: meaning, quantity, Transfer ID, production number, return lot.
Out     one element per transaction.
Source  RULES R4.1, R6.2; WORKBOOK "Columns on other rows".
"""

import numpy as np

from invclose_xl.domain.book import Bool, Int64, Transactions
from invclose_xl.domain.references import TRANSFERS, Meaning

BRING_NOTHING_BACK = (
    Meaning.PURCHASE_ORDER,
    Meaning.PRODUCTION,
    *TRANSFERS,
    Meaning.COUNTING,
    Meaning.QUARANTINE_ORDER,
    Meaning.QUALITY_ORDER,
    Meaning.OPENING,
    Meaning.OTHER_CLOSING,
)
"""A receipt of these is no issue that came back, whatever its return lot says."""

GIVE_NOTHING_BACK = (
    Meaning.SALES_ORDER,
    Meaning.PRODUCTION_LINE,
    Meaning.PROJECT,
    Meaning.FIXED_ASSETS,
    *TRANSFERS,
    Meaning.COUNTING,
    Meaning.QUARANTINE_ORDER,
    Meaning.QUALITY_ORDER,
    Meaning.OPENING,
    Meaning.OTHER_CLOSING,
)
"""An issue of these is no receipt that goes back to its vendor, whatever its return lot says."""


def _means(transactions: Transactions, *meanings: Meaning) -> Bool:
    is_meant = np.zeros(max(Meaning) + 1, dtype=np.bool_)
    is_meant[list(meanings)] = True
    return is_meant[transactions.meaning]


def _has_return_lot(transactions: Transactions) -> Bool:
    lots = transactions.return_lot
    if lots.null_count() == len(lots):
        return np.zeros(len(lots), dtype=np.bool_)
    return np.asarray(lots.is_not_null().to_numpy())


def select_return_receipts(transactions: Transactions) -> Bool:
    """Receipts whose return lot names the issue that they bring back."""
    return np.asarray(
        _has_return_lot(transactions) & (transactions.quantity > 0) & ~_means(transactions, *BRING_NOTHING_BACK)
    )


def select_vendor_returns(transactions: Transactions) -> Bool:
    """Issues whose return lot works as a mark: goods given back to the vendor, without a mark of their own."""
    unmarked = transactions.marked_to.is_null().to_numpy()
    return np.asarray(
        _has_return_lot(transactions)
        & (transactions.quantity < 0)
        & unmarked
        & ~_means(transactions, *GIVE_NOTHING_BACK)
    )


def select_transfers(transactions: Transactions) -> Bool:
    """Rows of transfers: with a Transfer ID, and a Reference that is Transfer, its words included, or blank."""
    return np.asarray(
        (transactions.transfer >= 0)
        & _means(transactions, *TRANSFERS, Meaning.BLANK)
        & ~select_return_receipts(transactions)
    )


def select_transfer_legs(transactions: Transactions) -> Bool:
    """Rows that send the goods of a transfer or take them in; scrap is goods that left, and feeds nothing."""
    return np.asarray(select_transfers(transactions) & ~_means(transactions, Meaning.TRANSFER_SCRAP))


def select_transfers_without_id(transactions: Transactions) -> Bool:
    """Rows that would be legs, if a Transfer ID said of which transfer."""
    return np.asarray(
        (transactions.transfer < 0) & _means(transactions, *(m for m in TRANSFERS if m != Meaning.TRANSFER_SCRAP))
    )


def number_transfer_steps(transactions: Transactions) -> Int64:
    """Number the steps of transfers, an item at a time; -1 where a row is no leg.

    One Transfer ID is one step, except where it holds both a shipment and a receipt of a transfer order: these are two
    then, and what says neither is a step of its own.
    """
    row = np.flatnonzero(select_transfer_legs(transactions))
    step = np.full(len(transactions), -1, dtype=np.int64)
    if not len(row):
        return step
    transfer, meaning = transactions.transfer[row].astype(np.int64), transactions.meaning[row]
    part = np.zeros(len(row), dtype=np.int64)
    part[meaning == Meaning.TRANSFER_SHIPMENT] = 1
    part[meaning == Meaning.TRANSFER_RECEIPT] = 2
    sent, received = (np.isin(transfer, transfer[meaning == m]) for m in _ORDER)
    part[~(sent & received)] = 0
    key = (transfer * 3 + part) * (int(transactions.item.max()) + 1) + transactions.item[row]
    _, step[row] = np.unique(key, return_inverse=True)
    return step


_ORDER = (Meaning.TRANSFER_SHIPMENT, Meaning.TRANSFER_RECEIPT)


def select_production(transactions: Transactions) -> Bool:
    """Rows with a production number that count for it: Production, Production line, or a blank Reference."""
    counts = _means(transactions, Meaning.PRODUCTION, Meaning.PRODUCTION_LINE, Meaning.BLANK)
    return (transactions.production >= 0) & counts & ~select_transfer_legs(transactions)


def select_produced_receipts(transactions: Transactions) -> Bool:
    """Products: receipts of Production, a blank Reference included."""
    products = (
        select_production(transactions)
        & (transactions.quantity > 0)
        & (transactions.meaning != Meaning.PRODUCTION_LINE)
    )
    return np.asarray(products & ~select_return_receipts(transactions))


def select_component_issues(transactions: Transactions) -> Bool:
    """Components: issues of Production line, a blank Reference included."""
    return np.asarray(
        select_production(transactions) & (transactions.quantity < 0) & (transactions.meaning != Meaning.PRODUCTION)
    )


def select_returned_components(transactions: Transactions) -> Bool:
    """Receipts of Production line: components that came back."""
    return np.asarray(
        select_production(transactions)
        & (transactions.quantity > 0)
        & (transactions.meaning == Meaning.PRODUCTION_LINE)
    )
