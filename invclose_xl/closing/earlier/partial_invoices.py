"""Partial invoicing: a row that was physical at D may be split, and its parts stand for it.

In      locked rows that were changed or removed, and late rows that no closing knows.
Out     which late rows are parts, and which locked rows they stand for.
Source  RULES R10.2: rows equal in Lot ID (filled), Reference, physical date and dimensions whose quantities and
        physical amounts add up to the locked row.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from invclose_xl.closing.state.locked_rows import (
    INVOICE_COLUMNS,
    PHYSICAL,
    TRANSACTION_COLUMNS,
    read_locked_transactions,
    select_dated_up_to,
)
from invclose_xl.domain.book import NO_CODE, Book, Bool, Int64
from invclose_xl.domain.fingerprint import ALPHABET, WIDTH, fingerprint_number, pack_hashes, unpack_hashes
from invclose_xl.domain.id_keys import find_positions, make_id_keys
from invclose_xl.domain.money import NO_AMOUNT

SAME = (
    "item", "reference", "lot", "physical_date", "site", "warehouse", "location", "license_plate", "batch_number",
    "serial_number", "configuration", "size", "color", "style", "owner",
)  # fmt: skip
"""columns in which the parts must agree with the locked row"""
OF_PHYSICAL = pl.col("fingerprint").str.starts_with(PHYSICAL)
MOST_PARTS = 12
"""late rows of one lot that are tried in combination; more are taken all together or not at all"""


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A locked row, and the rows of Transactions that stand for it, in row order."""

    name: str
    rows: tuple[int, ...]


def split_rows(book: Book, closed_up_to: int) -> list[SplitRow]:
    """Return the rows behind the lock that were split since."""
    if not book.transaction_hashes or not book.history["locked_rows"].select(OF_PHYSICAL.any()).item():
        return []
    keys = make_id_keys(book.transactions.id)
    found = read_locked_transactions(book, OF_PHYSICAL).filter(OF_PHYSICAL)
    found = found.with_columns(row=pl.Series(find_positions(found["key"], keys), dtype=pl.Int64).replace(NO_CODE, None))
    row = found["row"].fill_null(0).to_numpy()
    hashes = {n: p[row] for n, p in book.transaction_hashes.items() if n not in INVOICE_COLUMNS}
    now = PHYSICAL + pack_hashes(hashes, TRANSACTION_COLUMNS)
    suspicious = (found["row"].is_null() | (now != found["fingerprint"])).to_numpy()
    if not suspicious.any():
        return []
    known = keys.is_in(read_locked_transactions(book)["key"].implode()).fill_null(value=False).to_numpy()
    return find_replacements(book, found, suspicious, np.flatnonzero(select_dated_up_to(book, closed_up_to) & ~known))[
        2
    ]


def find_replacements(
    book: Book, locked: pl.DataFrame, suspicious: Bool, late: Int64
) -> tuple[Int64, Bool, list[SplitRow]]:
    """Find the late rows that, with what is left of a locked physical row, add up to it.

    ``locked`` has the columns transaction, fingerprint and row (null where the row is gone). Returns the late rows that
    are parts, which locked rows they excuse, and who stands for whom.
    """
    excused = np.zeros(len(locked), dtype=np.bool_)
    splits: list[SplitRow] = []
    if not len(late):
        return np.zeros(0, dtype=np.int64), excused, splits
    key_of = pack_hashes({n: p for n, p in book.transaction_hashes.items() if n in SAME}, TRANSACTION_COLUMNS)
    by_key: dict[str, list[int]] = {}
    for row in late.tolist():
        by_key.setdefault(key_of[row], []).append(row)
    parts: list[int] = []
    for locked_row in np.flatnonzero(suspicious).tolist():
        fingerprint = locked["fingerprint"][locked_row]
        if not fingerprint.startswith(PHYSICAL):
            continue
        old = unpack_hashes(fingerprint.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
        key = _select_key_columns(fingerprint.removeprefix(PHYSICAL))
        rest = [] if locked["row"][locked_row] is None else [int(locked["row"][locked_row])]
        if "lot" not in old or any(key_of[r] != key for r in rest):
            continue
        candidates = by_key.get(key, [])
        chosen = _find_parts_adding_up(book, old, rest, candidates)
        if chosen:
            excused[locked_row] = True
            parts += chosen
            by_key[key] = [r for r in candidates if r not in chosen]
            splits.append(SplitRow(locked["transaction"][locked_row], tuple(sorted([*rest, *chosen]))))
    return np.array(sorted(parts), dtype=np.int64), excused, splits


def _select_key_columns(fingerprint: str) -> str:
    """Keep of a packed row the columns in which parts must agree."""
    letters = {letter for letter, name in zip(ALPHABET, TRANSACTION_COLUMNS, strict=False) if name in SAME}
    parts = (fingerprint[at : at + WIDTH] for at in range(0, len(fingerprint), WIDTH))
    return "".join(part for part in parts if part[0] in letters)


def _find_parts_adding_up(book: Book, old: dict[str, str], rest: list[int], candidates: list[int]) -> list[int]:
    """Return the late rows that make up the locked row together with what is left of it."""
    sizes = range(len(candidates), 0, -1) if len(candidates) <= MOST_PARTS else (len(candidates),)
    for size in sizes:
        for chosen in combinations(candidates, size):
            if _adds_up_to(book, old, [*rest, *chosen]):
                return list(chosen)
    return []


def _adds_up_to(book: Book, old: dict[str, str], rows: list[int]) -> bool:
    transactions, scales = book.transactions, book.scales
    quantity = sum(int(transactions.quantity[r]) for r in rows)
    if fingerprint_number(quantity, scales.quantity_scale) != old.get("quantity"):
        return False
    amounts = [int(transactions.physical_amount[r]) for r in rows if transactions.physical_amount[r] != NO_AMOUNT]
    if not amounts:
        return "physical_amount" not in old
    signed = sum(amounts) * (1 if quantity > 0 else -1)
    return fingerprint_number(signed, scales.currency_decimals) == old.get("physical_amount")
