"""A section of a report: one list with its headings, shown as text, as a DataFrame, as documents or on a sheet.

In      a frame whose integers are minor units, quantities in 10**-quantity_scale, unit costs in millionths and
        percentages in tenths, and the kind of each column.
Out     text, a frame of exact decimals; its documents are made in ``section_rows``.
Source  RULES R12; WORKBOOK "Command line".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import polars as pl

from invclose_xl.domain.money import format_amount, format_quantity
from invclose_xl.domain.problems.problem import WrongUsage

ColumnKind = Literal["text", "date", "quantity", "amount", "unit_cost", "percent", "count", "cell"]
MOST_SHOWN = 25
WIDEST = 44


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its field in the frame, its heading, what it holds."""

    field: str
    heading: str
    kind: ColumnKind = "text"
    width: int = 14
    total: bool = False
    is_optional: bool = False
    """left out of pages and sheets where no row has anything in it"""


ACCOUNT = (
    Column("account", "Account", width=24),
    Column("account_name", "Account name", width=28, is_optional=True),
)
"""an account, and what the sheet Posting calls it"""


@dataclass(frozen=True, slots=True)
class Decimals:
    """Decimals of the integers of a book."""

    currency: int
    quantity: int

    def of(self, kind: ColumnKind) -> int:
        """Decimals of one kind of column."""
        return {"amount": self.currency, "quantity": self.quantity, "unit_cost": 6, "percent": 1}.get(kind, 0)


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a report."""

    name: str
    """of the sheet, and of the list in plain data"""
    title: str
    explains: str
    """a sentence: what stands here, and what to do about it"""
    columns: tuple[Column, ...]
    frame: pl.DataFrame
    nothing: str
    """what is said where there are no rows"""

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.frame)

    def without_blank_columns(self) -> "Section":
        """Leave out optional columns that no row fills in."""
        shown = [c for c in self.columns if not c.is_optional or (self.frame[c.field].fill_null("") != "").any()]
        return replace(self, columns=tuple(shown))


def section_named(sections: Sequence[Section], name: str) -> Section:
    """Return the list of one name; WrongUsage says which there are."""
    for section in sections:
        if section.name == name:
            return section
    there = f"it has: {', '.join(section.name for section in sections)}" if sections else "an error stopped it"
    raise WrongUsage(f"The report has no list {name!r}; {there}.")


def section_text(section: Section, decimals: Decimals) -> list[str]:
    """Write a section as lines: the first rows of it, aligned, and its totals."""
    section, lines = section.without_blank_columns(), [section.title]
    if not len(section):
        return [*lines, f"  {section.nothing}", ""]
    lines.append(f"  {section.explains}")
    rows = [
        [_shown(row[c.field], c, decimals) for c in section.columns] for row in _dicts(section.frame.head(MOST_SHOWN))
    ]
    totals = ["" for _ in section.columns]
    for number, column in enumerate(section.columns):
        if column.total:
            totals[number] = _shown(int(section.frame[column.field].sum()), column, decimals)
    if not section.columns[0].total:
        totals[0] = "Total"
    summed = any(c.total for c in section.columns) and len(section) > 1
    table = [[c.heading for c in section.columns], *rows, *([totals] if summed else [])]
    widths = [min(WIDEST, max(len(row[number]) for row in table)) for number in range(len(section.columns))]
    for row in table:
        cells = [
            _cut(t, w).rjust(w) if c.kind not in ("text", "date", "cell") else _cut(t, w).ljust(w)
            for t, w, c in zip(row, widths, section.columns, strict=True)
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    if len(section) > MOST_SHOWN:
        lines.append(f"  … and {len(section) - MOST_SHOWN:,} more (--json and --output have all)")
    return [*lines, ""]


def section_frame(section: Section, decimals: Decimals) -> pl.DataFrame:
    """Return the rows as a DataFrame of exact decimals."""
    columns = []
    for column in section.columns:
        series = section.frame[column.field]
        places = decimals.of(column.kind)
        if column.kind in ("amount", "quantity", "unit_cost", "percent"):
            values = [None if v is None else Decimal(v).scaleb(-places) for v in series.to_list()]
            series = pl.Series(column.field, values, dtype=pl.Decimal(38, places))
        columns.append(series.alias(column.field))
    return pl.DataFrame(columns)


def _dicts(frame: pl.DataFrame) -> list[dict[str, object]]:
    return frame.to_dicts()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _shown(value: object, column: Column, decimals: Decimals) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, int):
        return str(value)
    writers: dict[ColumnKind, Callable[[int], str]] = {
        "amount": lambda v: format_amount(v, decimals.currency),
        "quantity": lambda v: format_quantity(v, decimals.quantity),
        "unit_cost": lambda v: format_amount(v, 6).rstrip("0").rstrip("."),
        "percent": lambda v: format_amount(v, 1) + " %",
        "count": lambda v: f"{v:,}",
    }
    return writers.get(column.kind, str)(value)
