"""Evidence: what a closing keeps of the rows it locks and of the rows it wrote, so that later edits are found.

In      a book with the prints of its input rows (domain.fingerprint), and the rows a run writes.
Out     the rows of *Locked rows*: one per transaction behind the lock, one per cost adjustment and charge, one each
        for the financial dimensions, the currency, its decimals and the flags of each item model group, how changes
        were posted that may be taken back (as_posted), and packed prints of all result rows; and the Digest.
Source  RULES R10.2.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import polars as pl

from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.domain.book import NO_DATE, Book, Bool, Hashes, ItemModelGroup, Scales
from invclose_xl.domain.fingerprint import fingerprint_numbers, fingerprint_texts, pack_hashes, write_character_pairs
from invclose_xl.domain.formats.upgrade import NO, YES, restore_format
from invclose_xl.domain.id_keys import make_key_column
from invclose_xl.domain.money import NO_AMOUNT
from invclose_xl.domain.tables import (
    LOCKED_ROWS,
    QUANTITIES,
    RESULTS,
    SHEETS,
    Tables,
    cast_to_schema,
    is_in_format,
    repeat_value,
)
from invclose_xl.domain.words import LockedKind

TRANSACTION_COLUMNS = (
    "id", "company", "item", "reference", "number", "lot", "physical_date", "financial_date", "quantity",
    "physical_amount", "financial_amount", "prior_adjustment", "site", "warehouse", "location", "license_plate",
    "batch_number", "serial_number", "configuration", "size", "color", "style", "owner", "marked_to",
    "marked_quantity", "return_lot", "transfer", "production", "cost_share", "prior_settled_quantity",
    "prior_settled_amount", "inventory_account", "offset_account", "ledger_dimension", "voucher", "physical_voucher",
)  # fmt: skip
"""the contract's columns in the order of their letters; new ones go to the end"""
INVOICE_COLUMNS = frozenset(
    ("financial_date", "financial_amount", "prior_adjustment", "inventory_account", "offset_account",
     "ledger_dimension", "voucher", "physical_voucher")
)  # fmt: skip
"""what the invoice brings to a transaction that was physical at D"""
ADJUSTMENT_COLUMNS = ("transaction", "date", "amount", "applies_to", "offset_account", "text", "new_unit_cost")
CHARGE_COLUMNS = (
    "date", "amount", "spread_by", "number", "lot", "item", "item_group", "site", "warehouse", "received_from",
    "received_to", "offset_account", "text",
)  # fmt: skip
PHYSICAL = "~"
"""begins the fingerprint of a row that was physical at D"""
RELEASED = "/"
"""the fingerprint of a row for which the parts of a partial invoice stand now: it must stay away"""
FLAGS = {
    "include_physical_value": "Include physical value",
    "fixed_receipt_price": "Fixed receipt price",
    "physical_negative_inventory": "Physical negative inventory",
    "financial_negative_inventory": "Financial negative inventory",
    "post_physical_inventory": "Post physical inventory",
    "post_financial_inventory": "Post financial inventory",
}
"""flags of item model groups that are kept, one letter each; new ones go to the end"""
LONGEST_CELL = 32_000

WITNESSED = (
    "settlements", "value_links", "adjustments", "vouchers", "closing_transactions", "estimated_costs", "log", "lock",
)  # fmt: skip
"""result tables whose rows are kept as prints"""
LINE_END = "\x1e"
"""Between the rows of a table in what the Digest is made of."""
LINES_AT_ONCE = 50_000
FIELDS_WITHOUT_CHECKSUM = frozenset(("status", "digest", "inventory_change", "charge", "account_name"))


def fingerprint_transactions(book: Book, physical: Bool) -> pl.Series:
    """Return the fingerprint of every transaction; ``physical`` rows without what an invoice brings."""
    hashes = book.transaction_hashes
    whole = pack_hashes(hashes, TRANSACTION_COLUMNS)
    if not physical.any():
        return whole
    rows = np.flatnonzero(physical)
    kept = {name: values[rows] for name, values in hashes.items() if name not in INVOICE_COLUMNS}
    return whole.scatter(rows, PHYSICAL + pack_hashes(kept, TRANSACTION_COLUMNS))


def read_locked_transactions(book: Book, having: pl.Expr | None = None) -> pl.DataFrame:
    """The rows of *Locked rows* that count: per transaction the one of the latest active closing.

    Columns key (ID in lower case), transaction, sequence, closing, fingerprint. ``having``: only of
    transactions of which some row is so.
    """
    rows, active = book.history["locked_rows"], list_active_closings(book.history["lock"])
    rows = rows.filter(pl.col("closing").is_in(active.implode()) & pl.col("sequence").is_not_null())
    rows = rows.with_columns(key=make_key_column("transaction"))
    if having is not None:
        rows = rows.filter(pl.col("key").is_in(rows.filter(having)["key"].implode()))
    return rows.sort("sequence", "closing").unique("key", keep="last", maintain_order=True)


def select_dated_up_to(book: Book, day: int) -> Bool:
    """Transactions with a physical or a financial date up to D: behind a lock at D (RULES R10.1)."""
    transactions = book.transactions
    physical = (transactions.physical_date != NO_DATE) & (transactions.physical_date <= day)
    return np.asarray(physical | ((transactions.financial_date != NO_DATE) & (transactions.financial_date <= day)))


def make_locked_rows(book: Book, closing: str, day: int, financial: Bool) -> pl.DataFrame:
    """Return what a closing at D adds to *Locked rows* for the inputs it locks."""
    locked = read_locked_transactions(book)
    dated = select_dated_up_to(book, day)
    now = pl.DataFrame(
        {
            "transaction": book.transactions.id,
            "fingerprint": fingerprint_transactions(book, dated & ~financial),
            "dated": dated,
            "row": np.arange(len(dated), dtype=np.int64),
        }
    ).with_columns(key=make_key_column("transaction"))
    known = now.join(
        locked.select("key", "sequence", before="fingerprint"), on="key", how="left", maintain_order="left"
    )
    last = locked["sequence"].max()
    first_free = (last if isinstance(last, int) else 0) + 1
    is_new = pl.col("before").is_null()
    changed = known.with_columns(
        sequence=pl.when(is_new & pl.col("dated"))
        .then(first_free - 1 + (is_new & pl.col("dated")).cast(pl.Int64).cum_sum())
        .otherwise("sequence")
    ).filter(pl.col("dated") & (is_new | (pl.col("before") != pl.col("fingerprint"))))
    rows = changed.select("transaction", "sequence", pl.lit(closing).alias("closing"), "fingerprint", "row")
    split = (
        locked.join(now, on="key", how="anti", maintain_order="left")
        .filter(pl.col("fingerprint") != RELEASED)
        .select("transaction", "sequence", pl.lit(closing).alias("closing"), fingerprint=pl.lit(RELEASED))
    )
    slips = _make_slip_rows(book, closing, rows)
    locked = cast_to_schema(pl.concat([rows.drop("row"), split]).with_columns(kind=pl.lit("")), LOCKED_ROWS)
    by_hand = [_make_adjustment_rows(book, closing, day), _make_charge_rows(book, closing, day)]
    return pl.concat([locked, slips, *by_hand, _make_setting_rows(book, closing)])


def _make_slip_rows(book: Book, closing: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is kept of the rows that are physical at D: quantity and amount in figures."""
    transactions, scale = book.transactions, book.scales.quantity_scale
    rows = rows.filter(pl.col("fingerprint").str.starts_with(PHYSICAL))
    names, row = rows["transaction"], rows["row"].to_numpy()
    amounts = [None if a == NO_AMOUNT else int(a) for a in transactions.physical_amount[row]]
    texts = [json.dumps([abs(int(q)), scale, a]) for q, a in zip(transactions.quantity[row], amounts, strict=True)]
    return _make_rows(LockedKind.PACKING_SLIP, names, closing, pl.Series(texts, dtype=pl.String))


def _make_adjustment_rows(book: Book, closing: str, day: int) -> pl.DataFrame:
    sheet = book.cost_adjustments
    if sheet is None:
        return pl.DataFrame(schema=LOCKED_ROWS)
    dated = np.flatnonzero(sheet.day <= day)
    names = book.transactions.id.gather(sheet.transaction[dated])
    return _make_rows(LockedKind.COST_ADJUSTMENT, names, closing, fingerprint_adjustments(book).gather(dated))


def _make_charge_rows(book: Book, closing: str, day: int) -> pl.DataFrame:
    charges = book.charges
    if charges is None:
        return pl.DataFrame(schema=LOCKED_ROWS)
    dated = np.flatnonzero(charges.day <= day)
    names = pl.Series([charges.label(k, book.scales.currency_decimals) for k in dated.tolist()], dtype=pl.String)
    return _make_rows(LockedKind.CHARGE, names, closing, fingerprint_charges(book).gather(dated))


def fingerprint_charges(book: Book) -> pl.Series:
    """Return the fingerprint of every row of the sheet *Charges*."""
    return (
        pack_hashes(book.charges.hashes, CHARGE_COLUMNS) if book.charges is not None else pl.Series([], dtype=pl.String)
    )


def fingerprint_adjustments(book: Book) -> pl.Series:
    """Return the fingerprint of every row of the sheet *Cost adjustments*."""
    return pack_hashes(book.adjustment_hashes, ADJUSTMENT_COLUMNS)


def _make_setting_rows(book: Book, closing: str) -> pl.DataFrame:
    dimensions = _make_book_row(LockedKind.DIMENSIONS, ", ".join(book.financial_dimensions), closing)
    names = pl.Series([group.name for group in book.model_groups], dtype=pl.String)
    flags = pl.Series([write_flags(group) for group in book.model_groups], dtype=pl.String)
    groups = _make_rows(LockedKind.MODEL_GROUP, names, closing, flags)
    return pl.concat([dimensions, make_currency_rows(book, closing), groups])


def write_flags(group: ItemModelGroup) -> str:
    """Return what an item model group says beside its model: a letter per flag."""
    return "".join(YES if getattr(group, name) else NO for name in FLAGS)


def make_currency_rows(book: Book, closing: str) -> pl.DataFrame:
    """Return the rows of *Locked rows* that say what the amounts of a run mean."""
    decimals = _make_book_row(LockedKind.DECIMALS, str(book.scales.currency_decimals), closing)
    currency = book.parameters.currency.strip()
    return pl.concat([decimals, _make_book_row(LockedKind.CURRENCY, currency, closing)]) if currency else decimals


def _make_book_row(kind: LockedKind, text: str, closing: str) -> pl.DataFrame:
    return _make_rows(kind, pl.Series([""]), closing, pl.Series([text]))


def _make_rows(kind: LockedKind, names: pl.Series, closing: str, fingerprints: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "transaction": names,
            "sequence": pl.Series([None] * len(names), dtype=pl.Int64),
            "closing": repeat_value(closing, len(names)),
            "fingerprint": fingerprints,
            "kind": repeat_value(kind.value, len(names)),
        },
        schema=LOCKED_ROWS,
    )


def make_locked_row(closing: str, notes: pl.DataFrame) -> pl.DataFrame:
    """Return rows of *Locked rows* for what a run keeps of transactions: columns of NOTE."""
    rows = notes.with_columns(sequence=pl.lit(None, dtype=pl.Int64), closing=pl.lit(closing, dtype=pl.String))
    return cast_to_schema(rows, LOCKED_ROWS)


def make_checksum_rows(new: Tables, closing: str, scales: Scales) -> pl.DataFrame:
    """Return rows of *Locked rows* that keep the prints of a run's result rows, many to a cell."""
    number = get_format(new)
    return pl.concat([make_table_checksums(name, new[name], closing, scales, number) for name in WITNESSED])


def make_table_checksums(name: str, frame: pl.DataFrame, closing: str, scales: Scales, number: int) -> pl.DataFrame:
    """Return the rows of *Locked rows* that keep the prints of one table, as a run of some format keeps them."""
    table = TableChecksums(name, scales, number)
    table.add(frame)
    return make_checksum_row(name, table.cells(), closing)


def make_checksum_row(name: str, cells: Sequence[str], closing: str) -> pl.DataFrame:
    """Return rows of *Locked rows* for cells full of prints."""
    names = pl.Series([name] * len(cells), dtype=pl.String)
    return _make_rows(LockedKind.RESULT_ROWS, names, closing, pl.Series(cells, dtype=pl.String))


class TableChecksums:
    """The prints of one table, whose rows come piece by piece."""

    def __init__(self, name: str, scales: Scales, number: int) -> None:
        self.name, self._scales, self._number = name, scales, number
        width = 2 * len(list_checked_fields(name, number))
        self._per_cell = LONGEST_CELL // width * width
        self._full: list[str] = []
        self._rest = ""

    def add(self, frame: pl.DataFrame) -> None:
        """Take the rows that follow."""
        hashes = self._rest + fingerprint_rows(frame, self.name, self._scales, self._number)
        end = len(hashes) // self._per_cell * self._per_cell
        self._full += [hashes[at : at + self._per_cell] for at in range(0, end, self._per_cell)]
        self._rest = hashes[end:]

    def take_full(self) -> list[str]:
        """Return the cells that are full, and let go of them."""
        full, self._full = self._full, []
        return full

    def cells(self) -> list[str]:
        """Return the prints, as many to a cell as fit into one."""
        return [*self._full, self._rest] if self._rest else self._full


def get_format(new: Tables) -> int:
    """Return the format of the sheets that a run writes in, or wrote in; ``new`` holds its rows alone."""
    return int(new["lock"]["format"][0])


def list_checked_fields(name: str, number: int) -> list[str]:
    """Return the fields that prints cover of a table in some format, in order; each has two characters."""
    return [f for f in SHEETS[name] if f not in FIELDS_WITHOUT_CHECKSUM and is_in_format(name, f, number)]


def fingerprint_rows(frame: pl.DataFrame, name: str, scales: Scales, number: int) -> str:
    """Return two characters for every field of every row, row after row."""
    if frame.is_empty():
        return ""
    return write_character_pairs(
        [_fingerprint_field(frame[field], field, scales) for field in list_checked_fields(name, number)]
    )


def _fingerprint_field(column: pl.Series, field: str, scales: Scales) -> Hashes:
    if column.dtype == pl.String:
        return fingerprint_texts(column)
    decimals = scales.quantity_scale if field in QUANTITIES else 0
    units = column.cast(pl.Int64)
    units = units.fill_null(0) if units.null_count() else units
    return fingerprint_numbers(units.to_numpy(), decimals, -(2**63))


def compute_digest(rows: Tables, previous: str, scales: Scales) -> str:
    """SHA-256 over all values a closing wrote, whatever order the sheets have them in, and the Digest before it."""
    number = get_format(rows)
    return compute_digest_of_tables(
        lambda name: _sort_lines(write_row_texts(rows[name], name, scales, number)), previous
    )


def compute_digest_of_tables(lines: Callable[[str], Iterable[bytes]], previous: str) -> str:
    """Return the Digest of every table and the Digest before it; ``lines`` gives a table's sorted lines in pieces."""
    sha = hashlib.sha256(previous.encode())
    for name in RESULTS:
        sha.update(f"\x1d{name}{LINE_END}".encode())
        for piece in lines(name):
            sha.update(piece)
    return sha.hexdigest()


def _sort_lines(texts: pl.Series) -> Iterator[bytes]:
    """Yield sorted lines put together, some thousands at a time: all of a large table would be held thrice."""
    texts = texts.sort()
    for start in range(0, len(texts), LINES_AT_ONCE):
        piece: bytes = texts.slice(start, LINES_AT_ONCE).str.join(LINE_END).cast(pl.Binary).item()
        yield LINE_END.encode() + piece if start else piece


def write_row_texts(frame: pl.DataFrame, name: str, scales: Scales, number: int) -> pl.Series:
    """Return every row of a result table as one text, for the Digest of a run that wrote in some format."""
    if frame.is_empty():
        return pl.Series([], dtype=pl.String)
    frame = restore_format(name, frame, number)
    fields = [f for f in RESULTS[name] if f not in FIELDS_WITHOUT_CHECKSUM and is_in_format(name, f, number)]
    columns = [_write_text(frame[f], f, scales).alias(f) for f in fields]
    return pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator="\x1f")).to_series()


def _write_text(column: pl.Series, field: str, scales: Scales) -> pl.Series:
    """Write values so that they read the same in every later run, whatever decimals quantities need by then."""
    text = column.cast(pl.String)
    text = text.fill_null("") if text.null_count() else text
    if field == "quantity":
        zeros = "0" * (6 - scales.quantity_scale)
        return text.zip_with(text.is_in(["", "0"]), text + zeros)
    return text
