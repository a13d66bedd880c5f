"""Everything adds up: what was read is kept or passed over, and what was kept arrived, to the last digit.

In      the tables as they were read, the rows of the sheets, the sums that the mapping says must agree.
Out     the sums, for the report.
Errors  IC413 with both figures.
Source  WORKBOOK "Command line" (import).
"""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.importing.faults import Faults
from invclose_xl.importing.mapping.model import Mapping, Term
from invclose_xl.importing.mapping.sheets import column_of, sheet_of
from invclose_xl.importing.transform.passed_over import Read
from invclose_xl.importing.transform.sheets import Sheets
from invclose_xl.importing.transform.views import total


@dataclass(frozen=True, slots=True)
class Agreed:
    """A sum that came back."""

    table: str
    what: str
    arrived: str
    """where it came back"""
    total: Decimal


Frames = dict[str, pl.DataFrame]


def check_read(read: Read, faults: Faults) -> None:
    """Hold that the kept rows and those passed over are the rows that were read."""
    whole = read.read
    for name, of_all, parts in (
        ("rows", Decimal(whole.rows or 0), [Decimal(s.rows or 0) for s in read.shares]),
        ("quantity", whole.quantity, [s.quantity or Decimal(0) for s in read.shares]),
        ("amount", whole.amount, [s.amount or Decimal(0) for s in read.shares]),
    ):
        if of_all is not None and sum(parts) != of_all:
            _broken(read.typed.name, f"{name} read", of_all, "kept and passed over", Decimal(sum(parts)), faults)


def check_arrived(
    mapping: Mapping, frames: Frames, sheets: Sheets, faults: Faults, there: Collection[str]
) -> list[Agreed]:
    """Hold the sums of the mapping; ``there`` are the tables that the export has."""
    agreed = []
    for law in mapping.adds_up:
        if law.with_table and law.with_table not in there:
            continue
        expected = total(frames[law.table], law.sum, law.of)
        arrived = sum((_arrived(term, frames, sheets) for term in law.equals), Decimal(0))
        where = " + ".join(
            f"{term.column} on {f'the sheet {term.sheet}' if term.sheet else term.view}" for term in law.equals
        )
        if expected != arrived:
            _broken(law.table, law.sum, expected, where, arrived, faults, law.fix)
        agreed.append(Agreed(law.table, law.sum, where, arrived))
    return agreed


def _arrived(term: Term, frames: Frames, sheets: Sheets) -> Decimal:
    if not term.sheet:
        return total(frames[term.view], term.column, term.where)
    spec = sheet_of(term.sheet)
    column = column_of(spec, term.column) if spec else None
    frame = sheets.get(term.sheet)
    if frame is None or column is None or column.field not in frame.columns:
        return Decimal(0)
    return total(frame, column.field, term.where)


def _broken(
    table: str, what: str, expected: Decimal, other: str, arrived: Decimal, faults: Faults, fix: str = ""
) -> None:
    first, second, apart = (format(n.normalize(), "f") for n in (expected, arrived, expected - arrived))
    faults.add(
        "IC413", CellRef(table), "",
        f"The sums do not agree: {what} adds up to {first}, {other} to {second}; {apart} is missing.",
        fix or "A row lacks the date or the reference that would let it count: look for rows of this amount, or, with a"
        " mapping of your own, correct the line that loses them.",
    )  # fmt: skip
