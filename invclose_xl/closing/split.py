"""Partial invoicing: a row that was physical at D may be split, and its parts stand for it.

In      locked rows that were changed or removed, and late rows that no closing knows.
Out     which late rows are parts, and which locked rows they stand for.
Source  RULES R10.2: rows equal in Lot ID, physical date and dimensions whose quantities and physical amounts add up to
        the locked row.
"""

from itertools import combinations

import numpy as np
import polars as pl

from invclose_xl.closing.evidence import PHYSICAL, TRANSACTION_COLUMNS
from invclose_xl.domain.book import Book, Bool, Int64
from invclose_xl.domain.fingerprint import ALPHABET, WIDTH, one_print, packed, unpacked
from invclose_xl.domain.money import NO_AMOUNT

SAME = (
    "item", "lot", "physical_date", "site", "warehouse", "location", "license_plate", "batch_number",
    "serial_number", "configuration", "size", "color", "style", "owner",
)  # fmt: skip
"""columns in which the parts must agree with the locked row"""
MOST_PARTS = 12
"""late rows of one lot that are tried in combination; more are taken all together or not at all"""


def stand_ins(book: Book, locked: pl.DataFrame, suspicious: Bool, late: Int64) -> tuple[Int64, Bool]:
    """Find the late rows that, with what is left of a locked physical row, add up to it.

    ``locked`` has the columns fingerprint and row (null where the row is gone).
    """
    excused = np.zeros(len(locked), dtype=np.bool_)
    parts: list[int] = []
    if not len(late):
        return np.zeros(0, dtype=np.int64), excused
    key_of = packed({n: p for n, p in book.transaction_prints.items() if n in SAME}, TRANSACTION_COLUMNS)
    by_key: dict[str, list[int]] = {}
    for row in late.tolist():
        by_key.setdefault(key_of[row], []).append(row)
    for k in np.flatnonzero(suspicious).tolist():
        fingerprint = locked["fingerprint"][k]
        if not fingerprint.startswith(PHYSICAL):
            continue
        old = unpacked(fingerprint.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
        candidates = by_key.get(_key(fingerprint.removeprefix(PHYSICAL)), [])
        rest = [] if locked["row"][k] is None else [int(locked["row"][k])]
        chosen = _adding_up(book, old, rest, candidates)
        if chosen:
            excused[k] = True
            parts += chosen
            by_key[_key(fingerprint.removeprefix(PHYSICAL))] = [r for r in candidates if r not in chosen]
    return np.array(sorted(parts), dtype=np.int64), excused


def _key(fingerprint: str) -> str:
    """Keep of a packed row the columns in which parts must agree."""
    letters = {letter for letter, name in zip(ALPHABET, TRANSACTION_COLUMNS, strict=False) if name in SAME}
    parts = (fingerprint[at : at + WIDTH] for at in range(0, len(fingerprint), WIDTH))
    return "".join(part for part in parts if part[0] in letters)


def _adding_up(book: Book, old: dict[str, str], rest: list[int], candidates: list[int]) -> list[int]:
    """Return the late rows that make up the locked row together with what is left of it."""
    sizes = range(len(candidates), 0, -1) if len(candidates) <= MOST_PARTS else (len(candidates),)
    for size in sizes:
        for chosen in combinations(candidates, size):
            if _sums_to(book, old, [*rest, *chosen]):
                return list(chosen)
    return []


def _sums_to(book: Book, old: dict[str, str], rows: list[int]) -> bool:
    t, scales = book.transactions, book.scales
    quantity = sum(int(t.quantity[r]) for r in rows)
    if one_print(quantity, scales.quantity_scale) != old.get("quantity"):
        return False
    amounts = [int(t.physical_amount[r]) for r in rows if t.physical_amount[r] != NO_AMOUNT]
    if not amounts:
        return "physical_amount" not in old
    signed = sum(amounts) * (1 if quantity > 0 else -1)
    return one_print(signed, scales.currency_decimals) == old.get("physical_amount")
