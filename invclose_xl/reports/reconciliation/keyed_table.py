"""A table of live formulas: one row per key, each cell a SUMIFS over the copied rows, with the value that it has.

In      a frame of rows, the keys, and for each column which rows it sums.
Out     cells on a sheet; and the values, so that charts and checks can be drawn from them.
Source  WORKBOOK "Command line" (reconcile).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from invclose_xl.reports.section import Column, ColumnKind, Section
from invclose_xl.reports.sheets import INK, ReportBook


@dataclass(frozen=True, slots=True)
class Criterion:
    """A condition of SUMIFS: as formula text (range, condition), and as an expression over the same rows."""

    formula: str
    rows: pl.Expr


@dataclass(frozen=True, slots=True)
class Summed:
    """A column that sums rows."""

    field: str
    heading: str
    criteria: tuple[Criterion, ...] = ()
    measure: str = "amount"
    """field of the rows"""
    kind: ColumnKind = "amount"
    width: int = 16
    negative: bool = False
    """shown with the opposite sign: issues as a positive number"""
    source: str = "Entry"
    """which rows: the names of their columns begin with it"""


@dataclass(frozen=True, slots=True)
class Derived:
    """A column computed from others of its row: formula with {field} for their cells, and the same over integers."""

    field: str
    heading: str
    formula: str
    value: pl.Expr
    kind: ColumnKind = "amount"
    width: int = 16
    total: bool = True


Label = tuple[str, str, int]
"""field, heading, width"""


@dataclass(frozen=True, slots=True)
class KeyedTable:
    """Where a table stands and what it holds."""

    sheet: str
    first: int
    """row of the first key, counted from 0"""
    last: int
    places: dict[str, int]
    """field -> column"""
    values: pl.DataFrame
    totals_row: int
    section: Section
    """the same as a list, for DataFrames"""

    def cells(self, field: str) -> str:
        """``'By item'!$D$7:$D$30``, for charts and sums."""
        at = self.places[field]
        first, last = (xl_rowcol_to_cell(r, at, row_abs=True, col_abs=True) for r in (self.first, self.last))
        return f"'{self.sheet}'!{first}:{last}"

    def total_cell(self, field: str) -> str:
        """The cell of a column's total."""
        return f"'{self.sheet}'!{xl_rowcol_to_cell(self.totals_row, self.places[field], row_abs=True, col_abs=True)}"

    def total(self, field: str) -> int:
        """The value of a column's total."""
        return int(self.values[field].sum())


def write_keyed_table(
    made: ReportBook,
    sheet: Worksheet,
    at: int,
    key: str,
    labels: Sequence[Label],
    columns: Sequence[Summed | Derived],
    keys: pl.DataFrame,
    rows: dict[str, pl.DataFrame],
) -> KeyedTable:
    """Write headings in row ``at``, totals above them, one row per key below; ``key`` names the key ("Item")."""
    values = _values(key, columns, keys, rows)
    places = {"key": 0, **{f: position + 1 for position, (f, _, _) in enumerate(labels)}}
    places |= {c.field: len(labels) + 1 + position for position, c in enumerate(columns)}
    first, last = at + 1, at + max(len(keys), 1)
    shown = [Column(f, heading) for f, heading, _ in labels]
    shown += [Column(c.field, c.heading, c.kind, total=isinstance(c, Summed) or c.total) for c in columns]
    section = Section(sheet.get_name(), sheet.get_name(), "", tuple(shown), values, "")
    table = KeyedTable(sheet.get_name(), first, last, places, values, at - 1, section)
    _headings(made, sheet, at, labels, columns, places)
    for number, row in enumerate(values.iter_rows(named=True), start=first):
        sheet.write_number(number, 0, row["key"], made.style(font_color="#9CA3AF", num_format="0"))
        for field, _, _ in labels:
            sheet.write_string(
                number, places[field], row[field] or ("" if field.endswith("name") else "(none)"), made.style(indent=1)
            )
        for column in columns:
            position = places[column.field]
            text = (
                _sum_formula(made, column, key, number)
                if isinstance(column, Summed)
                else _derived(column, places, number)
            )
            form = made.style(num_format=made.number_format(Column("", "", column.kind)))
            made.formula(
                sheet, number, position, text, form, made.decimal(row[column.field], Column("", "", column.kind))
            )
    _totals(made, sheet, table, columns)
    sheet.freeze_panes(first, len(labels) + 1)
    return table


def _values(
    key: str, columns: Sequence[Summed | Derived], keys: pl.DataFrame, rows: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """Compute every cell; a key without rows has 0."""
    values = keys
    field = f"{key}_key"
    for source in dict.fromkeys(c.source for c in columns if isinstance(c, Summed)):
        own = [c for c in columns if isinstance(c, Summed) and c.source == source]
        sums = [_filtered(c).sum().alias(c.field) * (-1 if c.negative else 1) for c in own]
        grouped = rows[source].group_by(field).agg(sums)
        values = values.join(grouped, left_on="key", right_on=field, how="left", maintain_order="left")
    values = values.with_columns(pl.col(c.field).fill_null(0) for c in columns if isinstance(c, Summed))
    for column in columns:
        if isinstance(column, Derived):
            values = values.with_columns(column.value.alias(column.field))
    return values


def _filtered(column: Summed) -> pl.Expr:
    """Return the measure of the rows that all criteria of a column choose."""
    chosen = pl.lit(True)
    for criterion in column.criteria:
        chosen = chosen & criterion.rows
    return pl.col(column.measure).filter(chosen) if column.criteria else pl.col(column.measure)


def _sum_formula(made: ReportBook, column: Summed, key: str, row: int) -> str:
    name = (
        column.source
        + {"amount": "Amount", "quantity": "Quantity", "value": "Value", "effect": "Effect"}[column.measure]
    )
    keyed = f"{column.source}{key.title().replace('_', '')},$A{row + 1}"
    conditions = ",".join([keyed, *(c.formula for c in column.criteria)])
    sign = "-" if column.negative else ""
    return f"=ROUND({sign}SUMIFS({name},{conditions}),{made.decimals.of(column.kind)})"


def _derived(column: Derived, places: dict[str, int], row: int) -> str:
    return column.formula.format(**{field: xl_rowcol_to_cell(row, k) for field, k in places.items()})


def _headings(
    made: ReportBook, sheet: Worksheet, at: int, labels: Sequence[Label], columns: Sequence[Summed | Derived],
    places: dict[str, int],
) -> None:  # fmt: skip
    sheet.set_column(0, 0, 5)
    sheet.write_string(at, 0, "No.", made.heading(Column("", "")))
    for field, heading, width in labels:
        sheet.set_column(places[field], places[field], width)
        sheet.write_string(at, places[field], heading, made.heading(Column("", "")))
    for column in columns:
        position = places[column.field]
        sheet.set_column(position, position, max(column.width, len(column.heading) + 3))
        sheet.write_string(at, position, column.heading, made.heading(Column("", "", column.kind)))
    sheet.set_row(at, 18)


def _totals(made: ReportBook, sheet: Worksheet, table: KeyedTable, columns: Sequence[Summed | Derived]) -> None:
    label = made.style(bold=True, font_color=INK, indent=1, top=0)
    sheet.write_string(table.totals_row, 1, "Total", label)
    for column in columns:
        if isinstance(column, Derived) and not column.total:
            continue
        shown = Column("", "", column.kind)
        at = table.places[column.field]
        first, last = xl_rowcol_to_cell(table.first, at), xl_rowcol_to_cell(table.last, at)
        form = made.style(bold=True, num_format=made.number_format(shown))
        text = f"=ROUND(SUM({first}:{last}),{made.decimals.of(column.kind)})"
        made.formula(sheet, table.totals_row, at, text, form, made.decimal(table.total(column.field), shown))
