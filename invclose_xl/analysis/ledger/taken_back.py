"""Ledger entries of rows that are others now: posted by one run, taken back by a later one under its own voucher.

In      a book with its history, a date D.
Out     entries of the stock ledger (value_entries) up to D; ``row`` is -1. Where D lies between the two runs, what the
        first one posted has nothing against it yet: it is in the ledger and not in the inventory value.
Units   minor units: receipts +, issues -.
Source  RULES R8.6, R9.3; WORKBOOK "Optional sheets" (Ledger).
"""

import polars as pl

from invclose_xl.closing.earlier.gone_splits import find_gone_split_rows
from invclose_xl.closing.posting.voucher import INVENTORY, has_accounts
from invclose_xl.closing.state.as_seen import Seen, drop_taken_back
from invclose_xl.closing.state.earlier_postings import Posted
from invclose_xl.closing.state.inventory_change import fill_inventory_changes
from invclose_xl.closing.stock.stock_ledger import ADJUSTMENT, ENTRIES, find_inventory_accounts
from invclose_xl.domain.book import Book
from invclose_xl.domain.days import to_date
from invclose_xl.domain.id_keys import make_id_keys, make_key_column
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import ClosingType, Kind, LockedKind


def list_taken_back(book: Book, day: int) -> pl.DataFrame:
    """Return what runs posted for rows as they were, and what took it back, as far as it is dated up to D."""
    passed = _list_passed_over(book)
    if passed.is_empty():
        return pl.DataFrame(schema=ENTRIES)
    lock = book.history["lock"]
    dates = book.history["vouchers"].group_by("closing").agg(voucher_date=pl.col("date").first())
    undone = lock.filter(pl.col("type") == ClosingType.REVERSAL).select(closing="reverses", reversal="closing")
    reversed_ = passed.join(undone, on="closing", how="inner").with_columns(
        amount=-pl.col("amount"), closing=pl.col("reversal")
    )
    made = (
        pl.concat([passed, reversed_.drop("reversal")])
        .join(lock.select("closing", date="up_to"), on="closing", how="left", maintain_order="left")
        .join(dates, on="closing", how="left", maintain_order="left")
        .with_columns(ledger_date=pl.coalesce("voucher_date", "date"), voucher=pl.col("closing"))
    )
    last = to_date(day)
    known = made.filter((pl.col("date") <= last) & (pl.col("ledger_date") <= last))
    blank = {
        "row": -1, "quantity": 0, "posts": True, "item_group": "", "group": "", "model": "", "reference": "",
        "type": ADJUSTMENT, "kind": Kind.FINANCIAL.value, "cause": "",
    }  # fmt: skip
    return known.with_columns(**{name: pl.lit(value) for name, value in blank.items()}).select(
        pl.col(name).cast(kind) for name, kind in ENTRIES.items()
    )


def select_not_taken_back(taken_back: pl.DataFrame) -> pl.DataFrame:
    """Return the entries that nothing offsets up to D, of each transaction and account."""
    pair = (make_key_column("transaction"), "account")
    return taken_back.filter(pl.col("amount").sum().over(pair) != 0)


def _list_passed_over(book: Book) -> pl.DataFrame:
    """Adjustments and estimates that are no entries: taken back, or of a transaction that is not there any more."""
    numbered = {
        **book.history,
        **{name: book.history[name].with_row_index("nr") for name in ("adjustments", "estimated_costs")},
    }
    kept = drop_taken_back(numbered)
    gone = pl.Series(list(find_gone_split_rows(book)), dtype=pl.String)
    transactions = pl.concat([make_id_keys(book.transactions.id), gone])
    parts = []
    for name in ("adjustments", "estimated_costs"):
        rows = numbered[name].with_columns(key=make_key_column("transaction"))
        left = pl.col("nr").is_in(kept[name]["nr"].implode()) & pl.col("key").is_in(transactions.implode())
        rows = rows.filter(~left)
        if name == "adjustments":
            rows = fill_inventory_changes(book, rows.drop("nr", "key")).with_columns(key=rows["key"])
            rows = rows.with_columns(amount=pl.col("inventory_change"))
        parts.append(rows.select("closing", "key", "transaction", "item", "amount", signed=name == "adjustments"))
    passed, found = pl.concat(parts), []
    notes = _Notes(book, set(passed["key"].to_list()))
    for closing, key, transaction, item, amount, signed in passed.iter_rows():
        account = notes.find_account(key, closing)
        if account and amount is not None:
            found.append(
                (closing, key, transaction, item, amount if signed else notes.find_sign(key) * amount, account)
            )
    names = ("closing", "key", "transaction", "item", "amount", "account")
    return pl.DataFrame(found, schema={n: pl.Int64() if n == "amount" else pl.String() for n in names}, orient="row")


class _Notes:
    """Notes of runs on some of the rows they wrote about."""

    def __init__(self, book: Book, keys: set[str]) -> None:
        transactions = book.transactions
        own = find_inventory_accounts(book)
        self._default = INVENTORY if not has_accounts(book) else ""
        self._own = dict(zip(make_id_keys(transactions.id), own, strict=True))
        self._clues = {
            key: 1 if q > 0 else -1 for key, q in zip(make_id_keys(transactions.id), transactions.quantity, strict=True)
        }
        self._posted: dict[str, list[tuple[str, Posted]]] = {}
        posted, seen = (_read_notes(book, kind, keys) for kind in (LockedKind.POSTING, LockedKind.SEEN))
        for closing, key, text in posted.iter_rows():
            self._posted.setdefault(key, []).append((closing, Posted.read(text)))
        for _, key, text in seen.iter_rows():
            sign = Seen.read(text).sign
            if sign is not None:
                self._clues[key] = sign

    def find_account(self, key: str, closing: str) -> str:
        """The inventory account that a run posted to for a transaction; '' where it did not post."""
        until = [posted for by, posted in self._posted.get(key, ()) if by <= closing]
        if until:
            return until[-1].accounts.inventory if until[-1].accounts.posts else ""
        return self._own.get(key) or self._default

    def find_sign(self, key: str) -> int:
        """1 for a receipt, -1 for an issue, as the row was."""
        return self._clues.get(key, -1)


def _read_notes(book: Book, kind: LockedKind, keys: set[str]) -> pl.DataFrame:
    rows = select_locked_rows(book.history, kind).sort("closing", maintain_order=True)
    named = rows.select("closing", make_key_column("transaction").alias("key"), "fingerprint")
    return named.filter(pl.col("key").is_in(sorted(keys)))
