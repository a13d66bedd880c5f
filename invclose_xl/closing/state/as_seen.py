"""Rows as a recalculation saw them when it wrote about them, and what was taken back of it since.

A recalculation locks nothing (R10.4), so its rows may be changed, moved or deleted afterwards. What it posted belongs
to the row as it was (R8.6). *Locked rows* therefore keep of it: the facts of every row it wrote about, the parts that
stood for a split row, and, of later runs, which transactions were taken back.

In      a book and the rows a run writes; or the rows of *Locked rows*.
Out     Seen, by transaction; the result tables without what was taken back.
Source  RULES R8.6, R10.2, R10.4.
"""

import json
from dataclasses import astuple, dataclass

import numpy as np
import polars as pl

from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.id_keys import make_id_key, make_key_column
from invclose_xl.domain.models import InventoryModel
from invclose_xl.domain.money import format_quantity
from invclose_xl.domain.tables import NOTE, Tables, select_locked_rows
from invclose_xl.domain.words import Cause, ClosingType, EstimateCause, LockedKind, Status

WRITTEN_ABOUT = (LockedKind.POSTING, LockedKind.SEEN, LockedKind.PARTS)
"""kinds of *Locked rows* about a transaction as a run saw it"""
NOTES = (*WRITTEN_ABOUT, LockedKind.TAKEN_BACK)
PERIODIC = "Periodic"


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as a run saw it; None where an older version did not write it down."""

    item: str
    item_group: str | None
    model: str | None
    """of standard cost and moving average its name, else Periodic"""
    group: str
    sign: int | None
    """1 for a receipt, -1 for an issue"""
    quantity: str
    """as a magnitude"""
    is_financial: bool | None
    reference: str | None
    inventory: str | None
    offset: str | None
    ledger_dimension: str | None

    def text(self) -> str:
        """Write it for a cell of *Locked rows*."""
        return json.dumps(astuple(self), ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def read(text: str) -> "Seen":
        """Read it back; the Digest has proved that nobody changed it."""
        return Seen(*json.loads(text))

    def is_another(self, now: "Seen") -> bool:
        """Say whether a row is another one than was seen; that it was invoiced since is no such change (R7.2)."""
        if self.is_financial and not now.is_financial:
            return True
        invoiced = self.is_financial is False and now.is_financial
        accounts = () if invoiced else ("inventory", "offset", "ledger_dimension")
        for field in ("item", "model", "group", "sign", "quantity", "reference", *accounts):
            before, after = getattr(self, field), getattr(now, field)
            if before is not None and before != after and make_id_key(str(before)) != make_id_key(str(after)):
                return True
        return False


def describe_rows(book: Book, row: Int64, financial: Bool) -> list[Seen]:
    """Return the facts of some rows of Transactions; ``financial`` is per transaction, as of the date of the run."""
    transactions, items, models = book.transactions, book.items, book.get_item_models()
    labels = book.groups.label.gather(transactions.group[row]).fill_null("").to_list()
    texts = [column.gather(row).fill_null("").to_list() for column in _write_texts(book)]
    found = []
    for position, transaction in enumerate(row.tolist()):
        item, model = int(transactions.item[transaction]), InventoryModel(int(models[transactions.item[transaction]]))
        found.append(
            Seen(
                item=items.number[item],
                item_group=items.item_group[item],
                model=PERIODIC if model.is_periodic else model.label,
                group=labels[position],
                sign=1 if transactions.quantity[transaction] > 0 else -1,
                quantity=format_quantity(abs(int(transactions.quantity[transaction])), book.scales.quantity_scale),
                is_financial=bool(financial[transaction]),
                reference=texts[0][position],
                inventory=texts[1][position],
                offset=texts[2][position],
                ledger_dimension=texts[3][position],
            )
        )
    return found


def _write_texts(book: Book) -> tuple[pl.Series, ...]:
    transactions = book.transactions
    return (
        transactions.reference,
        transactions.inventory_account,
        transactions.offset_account,
        transactions.ledger_dimension,
    )


def make_notes(book: Book, row: Int64, financial: Bool) -> pl.DataFrame:
    """Return the rows of *Locked rows* that keep what a recalculation saw of the rows it wrote about."""
    row = np.unique(row)
    texts = [seen.text() for seen in describe_rows(book, row, financial)]
    names, kinds = book.transactions.id.gather(row), [LockedKind.SEEN.value] * len(row)
    return pl.DataFrame({"transaction": names, "fingerprint": texts, "kind": kinds}, schema=NOTE)


def get_transaction_key(name: str) -> str:
    """Return the key under which a transaction is compared (RULES R0)."""
    return make_id_key(name)


def find_last_active_closing(history: Tables) -> str:
    """Return the number of the last active Closing, '' where there is none."""
    lock = history["lock"]
    closings = lock.filter((pl.col("type") == ClosingType.CLOSING) & (pl.col("status") == Status.ACTIVE))["closing"]
    return str(closings.max()) if len(closings) else ""


def read_notes(history: Tables, kind: LockedKind) -> pl.DataFrame:
    """Return the notes of one kind that active runs left: closing, key, text."""
    rows = select_locked_rows(history, kind)
    if not len(rows):
        return rows.select("closing", key="transaction", text="fingerprint")
    lock = history["lock"]
    active = lock.filter(pl.col("status") == Status.ACTIVE)["closing"]
    rows = rows.filter(pl.col("closing").is_in(active.implode()))
    return rows.select("closing", key=make_key_column("transaction"), text="fingerprint")


def drop_taken_back(history: Tables) -> Tables:
    """Leave out what later runs took back, and the rows by which they did."""
    marks = read_notes(history, LockedKind.TAKEN_BACK)
    if not len(marks):
        return history
    spans = marks.select("key", after="text", until="closing")
    return _drop_between_closings(history, spans)


def drop_recalculated(history: Tables, keys: set[str]) -> Tables:
    """Leave out what active recalculations since the last Closing wrote about some transactions."""
    if not keys:
        return history
    spans = pl.DataFrame({"key": sorted(keys)}).with_columns(
        after=pl.lit(find_last_active_closing(history)), until=pl.lit("~")
    )
    return _drop_between_closings(history, spans)


def _drop_between_closings(history: Tables, spans: pl.DataFrame) -> Tables:
    """Leave out rows about a transaction that runs between two closings wrote."""
    tables = dict(history)
    own = {
        "adjustments": pl.col("cause") == Cause.TAKEN_BACK,
        "estimated_costs": pl.col("cause") == EstimateCause.TAKEN_BACK,
        "locked_rows": pl.lit(value=False),
    }
    for name, takes_back in own.items():
        frame = history[name].with_row_index("place")
        if name == "locked_rows":
            kinds = [kind.value for kind in WRITTEN_ABOUT]
            frame = frame.filter(pl.col("sequence").is_null() & pl.col("kind").is_in(kinds))
        of = frame.with_columns(key=make_key_column("transaction"), own=takes_back).join(spans, on="key", how="inner")
        gone = of.filter(
            (pl.col("closing") > pl.col("after"))
            & ((pl.col("closing") < pl.col("until")) | (pl.col("own") & (pl.col("closing") == pl.col("until"))))
        )["place"]
        if len(gone):
            left = history[name].with_row_index("place")
            tables[name] = left.filter(~pl.col("place").is_in(gone.unique().implode())).drop("place")
    return tables
