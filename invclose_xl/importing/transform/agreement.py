"""Every row has the figures of the rows that belong to it in another table, so that none of those is missing.

In      the tables as they were read, the agreements of the mapping.
Out     nothing.
Errors  IC435 for each row, with both figures.
Source  WORKBOOK "Command line" (import).
"""

from collections.abc import Collection
from collections.abc import Mapping as Dictionary

import polars as pl

from invclose_xl.importing.faults import MOST_NAMED, Faults, and_more
from invclose_xl.importing.mapping.load import ROW
from invclose_xl.importing.mapping.model import Agrees
from invclose_xl.importing.transform.passed_over import Read
from invclose_xl.importing.transform.typed import plain


def check_agreement(
    laws: Collection[Agrees], reads: Dictionary[str, Read], columns: Dictionary[str, Collection[str]], faults: Faults
) -> None:
    """Hold the agreements of the tables that are there; ``columns`` are those that each table has."""
    for law in laws:
        if law.column in columns.get(law.table, ()) and law.sum in columns.get(law.with_table, ()):
            _check(law, reads[law.table], reads[law.with_table], faults)


def _check(law: Agrees, here: Read, there: Read, faults: Faults) -> None:
    sums = there.own.group_by(law.by).agg(pl.col(law.sum).sum().alias("#sum"), pl.col(law.sum).count().alias("#filled"))
    rows = here.kept.filter(pl.col(law.column).is_not_null()).join(
        sums, left_on=law.key, right_on=law.by, how="left", maintain_order="left"
    )
    blank = (pl.col("#filled") == 0).fill_null(value=False)
    broken = rows.with_columns(pl.col("#sum").fill_null(0)).filter(~blank & (pl.col(law.column) != pl.col("#sum")))
    for row in broken.head(MOST_NAMED).iter_rows(named=True):
        expected, found = plain(row[law.column]), plain(row["#sum"])
        faults.add(
            "IC435", here.typed.cell(int(row[ROW]), law.column), expected,
            f"{law.table} {row[law.key]} has {here.typed.headings[law.column]} {expected}, but the rows of"
            f" {law.with_table} that belong to it add up to {found}.{and_more(broken.height)}",
            law.fix,
        )  # fmt: skip
