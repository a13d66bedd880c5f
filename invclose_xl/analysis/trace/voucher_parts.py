"""Parts of the lines of earlier vouchers: the adjustments and estimates of every transaction in them.

In      a book; its result tables keep what each closing posted.
Out     VoucherParts: transaction, account line and amount. Where accounts were changed since the closing, the parts of
        a line no longer add up to it; nothing is forced.
Source  RULES R9.1-R9.4, R10.3.
"""

import numpy as np
import polars as pl

from invclose_xl.closing.posting.cost_changes import CostChanges
from invclose_xl.closing.posting.voucher import list_account_entries
from invclose_xl.closing.state.earlier_postings import (
    BY_HAND,
    ESTIMATE,
    EXPENSED,
    EXPENSED_INVOICE,
    FINANCIAL,
    NOT_POSTED,
    PHYSICAL,
    SETTLED_BEFORE,
    read_postings,
)
from invclose_xl.closing.state.estimate_kinds import is_physical
from invclose_xl.closing.state.price_differences import IS_EXPENSED
from invclose_xl.domain.book import Book
from invclose_xl.domain.id_keys import make_id_keys
from invclose_xl.domain.views.trace import VoucherParts
from invclose_xl.domain.words import Cause, ClosingType, EstimateType, Kind, Specification

ROUNDING = "Rounding difference"
KEY = ["specification", "account", "ledger_dimension"]


def list_voucher_parts(book: Book) -> VoucherParts:
    """Return what is behind every voucher line of the book."""
    found: dict[str, pl.DataFrame] = {}
    for row in book.history["lock"].iter_rows(named=True):
        if row["type"] == ClosingType.REVERSAL:
            undone = found.get(row["reverses"])
            if undone is not None:
                found[row["closing"]] = undone.with_columns(closing=pl.lit(row["closing"]), net=-pl.col("net"))
            continue
        parts = _list_parts(book, row["closing"], Specification(row["specification"]))
        if len(parts):
            found[row["closing"]] = parts
    if not found:
        none, text = np.zeros(0, dtype=np.int64), pl.Series([], dtype=pl.String)
        return VoucherParts(text, none, none, none, text)
    everything = pl.concat(list(found.values()))
    line = book.history["vouchers"].select("closing", "line", *KEY).with_columns(pl.col(KEY).fill_null(""))
    placed = everything.join(line, on=["closing", *KEY], how="left", maintain_order="left")
    return VoucherParts(
        placed["closing"],
        placed["line"].fill_null(0).to_numpy().astype(np.int64),
        placed["row"].to_numpy().astype(np.int64),
        placed["net"].to_numpy(),
        placed["what"],
    )


def _list_parts(book: Book, closing: str, specification: Specification) -> pl.DataFrame:
    """Return closing, row, specification, account, ledger_dimension, net, what of one closing."""
    rows = _replace_by_postings(
        book, closing, pl.concat([_list_adjustments(book, closing), _list_estimates(book, closing)])
    )
    if not len(rows):
        return rows.with_columns(net=pl.lit(0, dtype=pl.Int64))
    row = rows["row"].to_numpy().astype(np.int64)
    changes = CostChanges(
        row,
        rows["amount"].to_numpy(),
        rows["rounding"].to_numpy(),
        rows["physical"].to_numpy(),
        rows["by_hand"].to_numpy(),
        rows["offset"],
        rows["kind"],
        rows["accounts"],
        pl.repeat(None, len(rows), dtype=pl.String, eager=True),
    )
    entries = list_account_entries(book, changes, specification)
    position = entries["change"]
    return entries.select(
        closing=pl.lit(closing),
        row=rows["row"].gather(position),
        specification=pl.col("specification").fill_null(""),
        account=pl.col("account").fill_null(""),
        ledger_dimension=pl.col("ledger_dimension").fill_null(""),
        net="net",
        what=pl.when(pl.col("what") == "rounding").then(pl.lit(ROUNDING)).otherwise(rows["what"].gather(position)),
    )


def _replace_by_postings(book: Book, closing: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Put what the closing kept of its postings in the place of the rows they come from."""
    ids, kept = make_id_keys(book.transactions.id), read_postings(book, closing)
    if not kept:
        return rows
    keys = [(ids[int(r)], k, p) for r, k, p in rows.select("row", "kind", "physical").rows()]
    known = pl.Series([key in kept for key in keys], dtype=pl.Boolean)
    instead = []
    for key, row in dict(zip(keys, rows.iter_rows(named=True), strict=True)).items():
        for posted in kept.get(key, ()):
            changed = {"amount": posted.amount, "rounding": posted.rounding_difference}
            instead.append({**row, **changed, "accounts": posted.accounts.text()})
    return pl.concat([rows.filter(~known), pl.DataFrame(instead, schema=rows.schema)])


def _find_rows(book: Book, ids: pl.Series) -> pl.Series:
    known = pl.DataFrame({"key": make_id_keys(book.transactions.id)}).with_row_index("row")
    key = make_id_keys(ids).to_frame("key")
    return key.join(known, on="key", how="left", maintain_order="left")["row"].cast(pl.Int64)


def _list_adjustments(book: Book, closing: str) -> pl.DataFrame:
    frame = book.history["adjustments"].filter(pl.col("closing") == closing)
    frame = frame.with_columns(row=_find_rows(book, frame["transaction"])).filter(pl.col("row").is_not_null())
    by_hand, before = pl.col("cause") == Cause.MANUAL_ADJUSTMENT, pl.col("cause") == Cause.SETTLED_BEFORE
    accounts = _find_manual_accounts(book)
    offset = frame["row"].replace_strict(accounts, default=None, return_dtype=pl.String)
    return frame.select(
        "row",
        amount="adjustment",
        rounding=pl.col("rounding_difference").fill_null(0),
        physical=pl.col("kind") == Kind.PHYSICAL,
        by_hand=by_hand | before,
        offset=pl.when(by_hand).then(offset).otherwise(None),
        what="cause",
        kind=pl.when(by_hand)
        .then(pl.lit(BY_HAND))
        .when(before)
        .then(pl.lit(SETTLED_BEFORE))
        .when(pl.col("kind") == Kind.PHYSICAL)
        .then(pl.lit(PHYSICAL))
        .otherwise(pl.lit(FINANCIAL)),
        accounts=pl.lit(None, dtype=pl.String),
    )


def _find_manual_accounts(book: Book) -> dict[int, str | None]:
    """Offset account of each transaction's rows on the sheet *Cost adjustments*, where they have one in common."""
    sheet = book.cost_adjustments
    accounts: dict[int, str | None] = {}
    if sheet is None:
        return accounts
    for row, account in zip(sheet.transaction.tolist(), sheet.offset_account.fill_null("").to_list(), strict=True):
        same = row not in accounts or accounts[row] == (account or None)
        accounts[row] = (account or None) if same else None
    return accounts


def _list_estimates(book: Book, closing: str) -> pl.DataFrame:
    frame = book.history["estimated_costs"].filter(pl.col("closing") == closing)
    frame = frame.with_columns(row=_find_rows(book, frame["transaction"])).filter(pl.col("row").is_not_null())
    up_to = book.history["lock"].filter(pl.col("closing") == closing)["up_to"].cast(pl.Int32)[0]
    financial = book.transactions.financial_date[frame["row"].to_numpy().astype(np.int64)]
    physical = is_physical(frame["kind"], financial, np.full(len(frame), up_to, dtype=np.int32))
    return frame.select(
        "row",
        amount="amount",
        rounding=pl.lit(0, dtype=pl.Int64),
        physical=pl.Series(physical, dtype=pl.Boolean),
        by_hand=IS_EXPENSED,
        offset=pl.lit(None, dtype=pl.String),
        what=pl.lit(ESTIMATE),
        kind=pl.when(~IS_EXPENSED)
        .then(pl.lit(ESTIMATE))
        .when(pl.col("type") == EstimateType.LATE_INVOICE)
        .then(pl.lit(EXPENSED_INVOICE))
        .otherwise(pl.lit(EXPENSED)),
        accounts=pl.lit(None if book.parameters.post_estimated_costs else NOT_POSTED.text(), dtype=pl.String),
    )
