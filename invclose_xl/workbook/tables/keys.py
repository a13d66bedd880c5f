"""IDs as keys: equal without regard to case, coded as integers, found again in other columns.

In      columns of trimmed text, null where blank.
Out     codes, positions, rows that repeat an earlier row's ID.
Source  RULES R0 (IDs compare trimmed and without regard to case).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from invclose_xl.domain.book import NO_CODE, Int32
from invclose_xl.domain.id_keys import find_positions, make_id_keys
from invclose_xl.workbook.tables.table import Findings, RawTable
from invclose_xl.workbook.values.values import Fault


def codes(texts: pl.Series) -> tuple[Int32, pl.Series]:
    """Number the different IDs by first appearance; return the codes, -1 where blank, and the first spellings."""
    keys = make_id_keys(texts)
    if texts.null_count() == len(texts):
        return np.full(len(texts), NO_CODE, dtype=np.int32), texts.clear()
    if not keys.null_count() and keys.n_unique() == len(keys):
        return np.arange(len(keys), dtype=np.int32), texts
    frame = pl.DataFrame({"key": keys, "text": texts})
    different = frame.drop_nulls().unique("key", keep="first", maintain_order=True).with_row_index("code")
    found = frame.join(different, on="key", how="left", maintain_order="left")["code"]
    return found.cast(pl.Int32).fill_null(NO_CODE).to_numpy(), different["text"]


def one_spelling(columns: Sequence[pl.Series]) -> list[pl.Series]:
    """Give texts that are equal as IDs the spelling in which they come first, in all columns together."""
    different = pl.concat([c.drop_nulls().unique(maintain_order=True) for c in columns]).unique(maintain_order=True)
    keys = make_id_keys(different)
    if keys.n_unique() == len(different):
        return list(columns)
    first = different.gather(find_positions(different, keys))
    other = (first != different).arg_true()
    old, new = different.gather(other).to_list(), first.gather(other).to_list()
    return [column.replace(old, new) for column in columns]


def has_foreign_letters(columns: Sequence[pl.Series]) -> bool:
    """Say whether any text is not plain ASCII, whose case is more than one letter for another."""
    return any((c.str.len_bytes() != c.str.len_chars()).any() for c in columns)


def name_repeats(table: RawTable, name: str, texts: pl.Series, findings: Findings, code: str, what: str) -> None:
    """Report every row whose ID an earlier row already has, with both cells."""
    keys = make_id_keys(texts)
    if keys.n_unique() == len(keys) - max(keys.null_count() - 1, 0):
        return
    repeated = (~keys.is_first_distinct() & keys.is_not_null()).to_numpy()
    first = find_positions(texts, keys)
    for row in np.flatnonzero(repeated).tolist():
        earlier = table.cells.cell(int(first[row]), name).seen_from(table.cells.cell(row, name))
        findings.cell(
            row, name,
            Fault(code, str(texts[row]), f"The {what} is already used in {earlier}.",
                  f"Give each row its own {what}, or delete the duplicate row."),
        )  # fmt: skip
