"""The stock ledger as entries: everything that ever changed the value of inventory, with its date and its account.

In      a book with its history.
Out     one row per change: transactions at their dates, adjustments and estimates at the date of their closing, the
        opposite of both where a closing was reversed. Summed up to any date they are the inventory value of that date.
Units   signed: receipts +, issues -; amounts in minor units, quantities in 10**-quantity_scale.
Cost    O(rows).
Source  RULES R1, R7.2, R8.5, R9.1, R9.4, R10.3; issue: value report by account, item group, item, costing group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from invclose_xl.closing.earlier.gone_splits import find_gone_split_rows
from invclose_xl.closing.posting.voucher import INVENTORY, find_account, has_accounts
from invclose_xl.closing.state.as_seen import drop_taken_back
from invclose_xl.closing.state.estimate_kinds import is_physical
from invclose_xl.closing.state.ledger_state import TAKES_BACK
from invclose_xl.closing.state.price_differences import IS_EXPENSED
from invclose_xl.domain.book import NO_DATE, Book, Bool, Int32, Int64
from invclose_xl.domain.id_keys import NOWHERE, find_positions, make_id_keys
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.tables import cast_to_schema, repeat_value
from invclose_xl.domain.words import ClosingType, Kind

RECEIPT, ISSUE, ADJUSTMENT, ESTIMATE, BEFORE = "Receipt", "Issue", "Adjustment", "Estimate", "Settled before"
PRIOR = "Prior adjustment"
EXPENSED_DIFFERENCE = "Expensed difference"
DAY, UNITS, TEXT = pl.Date(), pl.Int64(), pl.String()
ENTRIES: dict[str, pl.DataType] = {
    "date": DAY, "ledger_date": DAY, "row": UNITS, "transaction": TEXT, "item": TEXT, "item_group": TEXT, "group": TEXT,
    "model": TEXT, "account": TEXT, "reference": TEXT, "type": TEXT, "kind": TEXT, "cause": TEXT, "closing": TEXT,
    "voucher": TEXT, "quantity": UNITS, "amount": UNITS, "posts": pl.Boolean(),
}  # fmt: skip


def value_entries(book: Book) -> pl.DataFrame:
    """Return all entries of a book, by date, transaction, and the order of their making."""
    named = _add_names(book, list_unnamed_entries(book)).filter((pl.col("quantity") != 0) | (pl.col("amount") != 0))
    return cast_to_schema(named, ENTRIES).sort("date", "row", maintain_order=True)


def list_unnamed_entries(book: Book) -> pl.DataFrame:
    """Return all entries by the row of their transaction, whatever their amount, without accounts."""
    book = replace(book, history=drop_taken_back(book.history))
    postings = _list_postings(book)
    if not len(book.history["adjustments"]) and not len(book.history["estimated_costs"]):
        return postings
    written = _LookupTables.in_book(book)
    made = pl.concat([_list_adjustments(written), _list_estimates(written)])
    return pl.concat([postings, made, _list_reversals(book, made)])


def sum_amounts(book: Book, up_to: date) -> int:
    """Add up all entries up to a date: what all stock is worth, what is not invoiced yet included."""
    return int(list_unnamed_entries(book).select(pl.col("amount").filter(pl.col("date") <= up_to).sum()).item())


def _make_entries(
    book: Book,
    row: Int64,
    day: Int32,
    kind: Kind,
    sign: int,
    quantity: Int64,
    amount: Int64,
    type_: str | None,
    cause: str,
) -> pl.DataFrame:
    """Return entries of transactions at one of their dates; ``sign`` -1: the invoice takes the packing slip back."""
    transactions = book.transactions
    side = np.sign(transactions.quantity[row])
    texts = transactions.physical_voucher if kind is Kind.PHYSICAL and sign > 0 else transactions.voucher
    voucher = texts.gather(row) if len(texts) else repeat_value(None, len(row))
    days = pl.Series(day, dtype=pl.Int32).cast(DAY)
    return pl.DataFrame(
        {
            "row": row,
            "date": days,
            "ledger_date": days,
            "type": pl.Series([RECEIPT, ISSUE], dtype=TEXT).gather((side <= 0).astype(np.int64))
            if type_ is None
            else repeat_value(type_, len(row)),
            "kind": repeat_value(kind.value, len(row)),
            "cause": repeat_value(cause, len(row)),
            "closing": repeat_value("", len(row)),
            "voucher": voucher.fill_null(""),
            "quantity": sign * side * quantity,
            "amount": sign * side * amount,
        }
    )


def _list_postings(book: Book) -> pl.DataFrame:
    """Transactions: the invoice at its date; the packing slip from its date until the invoice comes."""
    transactions = book.transactions
    size = np.abs(transactions.quantity)

    slip = (transactions.physical_date != NO_DATE) & (
        (transactions.financial_date == NO_DATE) | (transactions.physical_date < transactions.financial_date)
    )
    has_invoice = transactions.financial_date != NO_DATE
    settled_before = (transactions.prior_settled_quantity != 0) | (transactions.prior_settled_amount != 0)
    physical, financial, none = Kind.PHYSICAL, Kind.FINANCIAL, np.zeros(len(transactions), dtype=np.int64)
    made = (
        (slip, transactions.physical_date, physical, 1, size, transactions.physical_amount, None, ""),
        (slip & has_invoice, transactions.financial_date, physical, -1, size, transactions.physical_amount, None, ""),
        (has_invoice, transactions.financial_date, financial, 1, size, transactions.financial_amount, None, ""),
        (has_invoice & (transactions.prior_adjustment != 0), transactions.financial_date, financial, 1, none,
         transactions.prior_adjustment, ADJUSTMENT, PRIOR),
        (has_invoice & settled_before, transactions.financial_date, financial, -1, transactions.prior_settled_quantity,
         transactions.prior_settled_amount, BEFORE, ""),
    )  # fmt: skip
    parts = [pl.DataFrame(schema={name: ENTRIES[name] for name in _COLUMNS})]
    for chosen, days, kind, sign, quantity, amount, type_, cause in made:
        row = np.flatnonzero(chosen)
        if len(row):
            known = np.where(amount[row] == NO_AMOUNT, 0, amount[row])
            parts.append(_make_entries(book, row, days[row], kind, sign, quantity[row], known, type_, cause))
    return pl.concat(parts)


@dataclass(frozen=True, slots=True)
class _LookupTables:
    """Tables that the lines of result sheets are looked up in."""

    book: Book
    keys: pl.Series
    """of all transactions"""
    gone: Mapping[str, int]
    """what stood for a row that was split under new IDs was in the stock of its parts (RULES R8.6)"""
    closed: Mapping[str, date]
    voucher_date: Mapping[str, date]

    @classmethod
    def in_book(cls, book: Book) -> "_LookupTables":
        lock, vouchers = book.history["lock"], book.history["vouchers"]
        dates = vouchers.group_by("closing").agg(pl.col("date").first())
        closed = lock.unique("closing", keep="first").select("closing", "up_to")
        return cls(
            book,
            make_id_keys(book.transactions.id),
            find_gone_split_rows(book),
            dict(closed.rows()),
            dict(dates.rows()),
        )

    def read_lines(self, name: str, fields: Sequence[str]) -> pl.DataFrame:
        """Return lines of a sheet with row and sign of their transaction, and the dates of their closing's voucher.

        Lines of transactions that are not there drop out.
        """
        frame = self.book.history[name]
        row = find_positions(frame["transaction"], self.keys).astype(np.int64)
        if self.gone and (row < 0).any():
            lost = np.flatnonzero(row < 0)
            row[lost] = [
                self.gone.get(key, NOWHERE) for key in make_id_keys(frame["transaction"].gather(lost)).to_list()
            ]
        sign = np.sign(self.book.transactions.quantity)[row] if len(row) else row
        frame = frame.select(*fields, row=pl.Series(row), sign=pl.Series(sign)).filter(pl.col("row") >= 0)
        days_of = {
            column: frame["closing"].replace_strict(days, default=None, return_dtype=DAY)
            for column, days in (("closed", self.closed), ("voucher_date", self.voucher_date))
        }
        return frame.with_columns(**days_of)


_COLUMNS = ["row", "date", "ledger_date", "type", "kind", "cause", "closing", "voucher", "quantity", "amount"]


def _list_adjustments(written: _LookupTables) -> pl.DataFrame:
    frame = written.read_lines("adjustments", ("closing", "kind", "cause", "adjustment"))
    return frame.with_columns(
        date="closed", ledger_date=pl.coalesce("voucher_date", "closed"), type=pl.lit(ADJUSTMENT), voucher="closing",
        quantity=pl.lit(0, dtype=UNITS), amount=pl.col("adjustment") * pl.col("sign"),
    ).select(_COLUMNS)  # fmt: skip


def _list_estimates(written: _LookupTables) -> pl.DataFrame:
    frame = written.read_lines("estimated_costs", ("closing", "kind", "type", "cause", "status", "amount"))
    kind = (
        pl.when(_is_financial(written.book, frame))
        .then(pl.lit(Kind.FINANCIAL.value))
        .otherwise(pl.lit(Kind.PHYSICAL.value))
    )
    return frame.with_columns(
        date="closed", ledger_date=pl.coalesce("voucher_date", "closed"), type=pl.lit(ESTIMATE), voucher="closing",
        kind=kind,
        cause=pl.when(IS_EXPENSED).then(pl.lit(EXPENSED_DIFFERENCE)).otherwise(pl.lit("")),
        quantity=pl.lit(0, dtype=UNITS), amount=pl.col("amount") * pl.col("sign"),
    ).select(_COLUMNS)  # fmt: skip


def _is_financial(book: Book, frame: pl.DataFrame) -> pl.Series:
    """Return whether the transaction was financial when the estimate was made that a row writes down or takes back."""
    financial = pl.Series("financial", book.transactions.financial_date[frame["row"].to_numpy()], dtype=pl.Int32)
    by = ("row", "status", IS_EXPENSED.alias("expensed"))
    known = (
        frame.select("row", "status", "kind", "type", "closing", pl.col("closed").cast(pl.Int32), back=TAKES_BACK)
        .with_columns(financial, place=pl.int_range(pl.len()))
        .sort("row", "closing", "back", descending=[False, False, True], maintain_order=True)
        .with_columns(made=pl.when(~pl.col("back")).then("closed").forward_fill().over(by))
        .sort("place")
    )
    day = known.select(pl.coalesce("made", "closed")).to_series().to_numpy()
    return pl.Series(~is_physical(known["kind"], known["financial"].to_numpy(), day), dtype=pl.Boolean)


def _list_reversals(book: Book, made: pl.DataFrame) -> pl.DataFrame:
    """Return what closings made and a Reversal took back, dated as the original."""
    lock = book.history["lock"].filter(pl.col("type") == ClosingType.REVERSAL)
    undone = lock.select(closing="reverses", reversal="closing")
    return (
        made.join(undone, on="closing", how="inner", maintain_order="left")
        .with_columns(closing="reversal", voucher="reversal", amount=-pl.col("amount"))
        .select(_COLUMNS)
    )


def _add_names(book: Book, entries: pl.DataFrame) -> pl.DataFrame:
    """Add what is known of the transaction, its account, and whether the change goes to the ledger (RULES R9.4)."""
    transactions, row = book.transactions, entries["row"].to_numpy().astype(np.int64)
    item = transactions.item[row]
    labels = pl.Series([m.label for m in sorted(InventoryModel)], dtype=TEXT).gather(
        book.get_item_models()[item].astype(np.int64)
    )
    posts_financial = book.get_item_flags("post_financial_inventory")[item]
    posts_physical: Bool = posts_financial & book.get_item_flags("post_physical_inventory")[item]
    is_physical = (entries["kind"] == Kind.PHYSICAL).to_numpy()
    silent = (entries["type"] == ESTIMATE).to_numpy() & (not book.parameters.post_estimated_costs)
    return entries.with_columns(
        transaction=transactions.id.gather(row),
        item=book.items.number.gather(item),
        item_group=book.items.item_group.gather(item),
        group=book.groups.label.gather(transactions.group[row]).fill_null(""),
        model=labels,
        account=find_inventory_accounts(book).gather(row),
        reference=transactions.reference.gather(row),
        posts=pl.Series(np.where(is_physical, posts_physical, posts_financial) & ~silent),
    )


def find_inventory_accounts(book: Book) -> pl.Series:
    """Inventory account of every transaction: its own, else the posting profile's, else '' (RULES R9.1)."""
    transactions = book.transactions
    if not has_accounts(book):
        return repeat_value(INVENTORY, len(transactions))
    kind = ["item_group", "reference", "meaning"]
    keys = pl.DataFrame(
        [
            book.items.item_group.gather(transactions.item).alias(kind[0]),
            transactions.reference.alias(kind[1]),
            pl.Series(kind[2], transactions.meaning),
        ]
    )
    kinds = keys.unique().sort(kind)
    accounts = [find_account(book, g, r, m, "inventory_account") for g, r, m in kinds.rows()]
    profile = keys.join(
        kinds.with_columns(account=pl.Series(accounts, dtype=TEXT)), on=kind, how="left",
        maintain_order="left",
    )["account"]  # fmt: skip
    return pl.select(pl.coalesce(transactions.inventory_account, profile, pl.lit(""))).to_series()
