"""The missing rest of a packing slip that was split and whose parts do not add up to it, in figures.

In      a locked row that was changed or removed, what is left of it, and the late rows that no closing knows.
Out     one sentence; '' where the row is not one that parts can stand for.
Source  RULES R10.2 ("the message says what is missing, in figures").
"""

import json

import polars as pl

from invclose_xl.closing.earlier.partial_invoices import SAME
from invclose_xl.closing.state.ledger_state import list_active_closings
from invclose_xl.closing.state.locked_rows import PHYSICAL, TRANSACTION_COLUMNS
from invclose_xl.domain.book import Book, Int64
from invclose_xl.domain.fingerprint import unpack_hashes, write_characters
from invclose_xl.domain.money import NO_AMOUNT, format_amount, format_quantity
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import LockedKind

MOST_NAMED = 3
NO_LOT = " It has no Lot ID, so no other rows can stand for parts of it."
SHOWN = {"lot": "Lot ID", "reference": "Reference", "physical_date": "physical date", "item": "item"}


def describe_missing_parts(book: Book, name: str, fingerprint: str, row: int | None, late: Int64) -> str:
    """Say what the parts of a locked packing slip come to, and what they should."""
    if not fingerprint.startswith(PHYSICAL):
        return ""
    old = unpack_hashes(fingerprint.removeprefix(PHYSICAL), TRANSACTION_COLUMNS)
    if "lot" not in old:
        return NO_LOT
    of_lot = [r for r in late.tolist() if _print(book, "lot", r) == old["lot"]]
    rest = [] if row is None else [row]
    alike = [r for r in of_lot if not _find_unlike_columns(book, old, r)]
    sentences = [_describe_sums(book, name, [*rest, *alike], bool(rest), len(alike))]
    for other in [r for r in of_lot if r not in alike][:MOST_NAMED]:
        columns = ", ".join(SHOWN.get(c, c.replace("_", " ")) for c in _find_unlike_columns(book, old, other))
        sentences.append(f"{book.transactions.id[other]} has its lot, but another {columns}.")
    return " " + " ".join(sentences)


def _describe_sums(book: Book, name: str, rows: list[int], has_rest: bool, parts: int) -> str:
    transactions, scales = book.transactions, book.scales
    quantity = sum(abs(int(transactions.quantity[r])) for r in rows)
    known = [int(transactions.physical_amount[r]) for r in rows if transactions.physical_amount[r] != NO_AMOUNT]
    text = format_quantity(quantity, scales.quantity_scale)
    worth = f" for {format_amount(sum(known), scales.currency_decimals)}" if known else ""
    others = "1 other row" if parts == 1 else f"{parts} other rows"
    who = f"The row and {others} of its lot" if has_rest else f"{others} of its lot".capitalize()
    come = f"{who} come to {text}{worth}" if parts or has_rest else "No row of its lot stands for it"
    locked = _read_locked(book, name)
    if locked is None:
        return f"{come}; together they must be what was locked."
    then, slip = locked
    parts_of = [f"{format_quantity(then, scales.quantity_scale)}"]
    if slip is not None:
        parts_of.append(f"for {format_amount(slip, scales.currency_decimals)}")
    return f"{come}; {' '.join(parts_of)} was locked, so {_describe_difference(book, then - quantity, slip, known)}."


def _describe_difference(book: Book, quantity: int, slip: int | None, known: list[int]) -> str:
    scales = book.scales
    amount = (slip or 0) - sum(known)
    said = []
    for left, text in (
        (quantity, format_quantity(abs(quantity), scales.quantity_scale)),
        (amount, f"an amount of {format_amount(abs(amount), scales.currency_decimals)}"),
    ):
        if left:
            said.append(f"{text} is {'missing' if left > 0 else 'too much'}")
    return " and ".join(said) or "the rest must be as it was"


def _read_locked(book: Book, name: str) -> tuple[int, int | None] | None:
    """Quantity and physical amount as the last active closing that locked the row kept them."""
    rows = select_locked_rows(book.history, LockedKind.PACKING_SLIP).filter(
        (pl.col("transaction") == name) & pl.col("closing").is_in(list_active_closings(book.history["lock"]).implode())
    )
    if not len(rows):
        return None
    quantity, scale, amount = json.loads(rows.sort("closing")["fingerprint"][-1])
    return quantity * 10**book.scales.quantity_scale // 10**scale, amount


def _find_unlike_columns(book: Book, old: dict[str, str], row: int) -> list[str]:
    """Columns in which a part must agree with the locked row and does not."""
    return [c for c in SAME if c in book.transaction_hashes and _print(book, c, row) != old.get(c)]


def _print(book: Book, column: str, row: int) -> str | None:
    """Return the hash of one cell as a packed row has it; None where it is blank."""
    values = book.transaction_hashes[column][row : row + 1] if column in book.transaction_hashes else None
    if values is None or not values[0]:
        return None
    return write_characters(values, 4).tobytes().decode()
