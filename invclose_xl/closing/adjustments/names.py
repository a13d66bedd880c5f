"""The names of the charges behind manual adjustments: every run keeps with its postings which charge each share is of.

In      the rows of *Locked rows*.
Out     per run and transaction its shares; the column *Charge* of the sheet *Adjustments*, which follows from them.
Units   minor units.
Source  RULES R7.4; WORKBOOK "Written" (Adjustments).
"""

import json

import polars as pl

from invclose_xl.closing.state.earlier_postings import BY_HAND, Posted
from invclose_xl.domain.id_keys import make_id_key, make_key_column
from invclose_xl.domain.money import format_amount
from invclose_xl.domain.tables import select_locked_rows
from invclose_xl.domain.words import Cause, LockedKind

Shares = dict[tuple[str, str], list[tuple[str, int]]]
"""closing, key of the transaction -> name of the charge and share, in the order of posting"""


def find_charge(facts: str) -> str:
    """Return the charge that the facts of a posting name; '' where it was no share of one."""
    found = json.loads(facts) if facts else []
    return str(found[2]) if len(found) > 2 else ""


def read_charge_shares(locked_rows: pl.DataFrame) -> Shares:
    """Return the shares that every run posted or took back."""
    rows = select_locked_rows({"locked_rows": locked_rows}, LockedKind.POSTING).filter(
        pl.col("fingerprint").str.starts_with(json.dumps([BY_HAND])[:-1])
    )
    found: Shares = {}
    for closing, name, text in rows.select("closing", "transaction", "fingerprint").rows():
        posted = Posted.read(text)
        if charge := find_charge(posted.charge):
            key = (closing, make_id_key(name))
            found.setdefault(key, []).append((charge, posted.amount))
    return found


def fill_charge_names(adjustments: pl.DataFrame, locked_rows: pl.DataFrame, decimals: int) -> pl.DataFrame:
    """Fill in the column *Charge*: ``Freight (2026-01-31, 1,000.00): 12.34; Duty …``."""
    texts = {
        key: "; ".join(f"{charge}: {format_amount(amount, decimals)}" for charge, amount in shares)
        for key, shares in read_charge_shares(locked_rows).items()
    }
    if not texts:
        return adjustments.with_columns(charge=pl.lit("", dtype=pl.String))
    known = pl.DataFrame(
        {"closing": [c for c, _ in texts], "key": [k for _, k in texts], "named": list(texts.values())},
    )
    found = adjustments.select(
        "closing", key=make_key_column("transaction"), by_hand=pl.col("cause") == Cause.MANUAL_ADJUSTMENT
    )
    named = found.join(known, on=["closing", "key"], how="left", maintain_order="left")
    return adjustments.with_columns(charge=named.select(pl.when("by_hand").then("named").fill_null("")).to_series())
