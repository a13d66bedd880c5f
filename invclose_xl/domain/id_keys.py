"""Key of an ID: that that IDs, accounts, dimensions and names of items are compared by.

In      IDs as text, trimmed or not; null where blank.
Out     keys: without surrounding blanks, in Unicode normal form C, in one case (``ß`` and ``SS`` are one, too);
        where the IDs of one column are in another.
Cost    plain ASCII, which is nearly all, in bulk; other texts one by one.
Source  RULES R0 (IDs compare trimmed, in Unicode normal form C and without regard to case; accounts likewise).
"""

import unicodedata

import numpy as np
import numpy.typing as npt
import polars as pl

FEW = 200
"""Texts that are sooner done one by one than by calls in bulk."""
FEWER = 4
"""So many times fewer IDs than keys, and the keys that nobody asks for are left out first."""
NOWHERE = -1


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


def find_positions(texts: pl.Series, keys: pl.Series) -> npt.NDArray[np.int32]:
    """Return for each ID its first position among keys, -1 where it is blank or unknown."""
    if not len(keys) or texts.null_count() == len(texts):
        return np.full(len(texts), NOWHERE, dtype=np.int32)
    known = keys.to_frame("key").with_row_index("at").drop_nulls()
    wanted = make_id_keys(texts).to_frame("key")
    if FEWER * len(wanted) < len(known):
        known = known.join(wanted.unique(), on="key", how="semi", maintain_order="left")
    found = wanted.join(known, on="key", how="left", maintain_order="left")
    if len(found) > len(wanted):  # some keys are there twice
        first = known.unique("key", keep="first", maintain_order=True)
        found = wanted.join(first, on="key", how="left", maintain_order="left")
    return found["at"].cast(pl.Int32).fill_null(NOWHERE).to_numpy()


def make_key_column(column: str) -> pl.Expr:
    """Return the keys of a column of a frame."""
    return pl.col(column).map_batches(make_id_keys, return_dtype=pl.String)
