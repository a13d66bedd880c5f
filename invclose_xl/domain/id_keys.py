"""What equal IDs have in common: the key that IDs, accounts, dimensions and names of items are compared by.

In      IDs as text, trimmed or not; null where blank.
Out     keys: without surrounding blanks, in Unicode normal form C, in one case (``ß`` and ``SS`` are one, too).
Cost    plain ASCII, which is nearly all, in bulk; other texts one by one.
Source  RULES R0 (IDs compare trimmed, in Unicode normal form C and without regard to case; accounts likewise).
"""

import unicodedata

import polars as pl

FEW = 200
"""Texts that are sooner done one by one than by calls in bulk."""


def make_id_key(text: str) -> str:
    """Return the key of one ID."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def make_id_keys(texts: pl.Series) -> pl.Series:
    """Return the keys of a column; null stays null."""
    if len(texts) <= FEW:
        return pl.Series(texts.name, [None if t is None else make_id_key(t) for t in texts.to_list()], dtype=pl.String)
    lower = texts.str.strip_chars().str.to_lowercase()
    foreign = (lower.str.len_bytes() != lower.str.len_chars()).fill_null(value=False).arg_true()
    return lower.scatter(foreign, [make_id_key(text) for text in texts.gather(foreign)]) if len(foreign) else lower


def make_key_column(column: str) -> pl.Expr:
    """Return the keys of a column of a frame."""
    return pl.col(column).map_batches(make_id_keys, return_dtype=pl.String)
