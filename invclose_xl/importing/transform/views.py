"""Tables made of tables: joins, conditions, sums by group; the expressions of a mapping, done by Polars.

In      the typed tables and earlier views, what a mapping says of a view.
Out     frames.
Errors  IC409 where a table that is joined has two rows for one key, IC410 where a required one has none.
Source  EXPORTS.
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef
from invclose_xl.importing.faults import Faults
from invclose_xl.importing.mapping.expressions import expression
from invclose_xl.importing.mapping.model import Join, Rows, View
from invclose_xl.importing.transform.typed import NUMBER


@dataclass(slots=True)
class Tables:
    """The tables of one import by their names, with the files that they lie in."""

    frames: dict[str, pl.DataFrame]
    faults: Faults
    files: Map[str, str] = field(default_factory=dict)

    def add_view(self, view: View) -> None:
        """Make a view and keep it under its name."""
        frame = self.joined(view)
        columns = [expression(text, frame.columns).alias(name) for name, text in view.columns.items()]
        if view.group_by:
            self.frames[view.name] = frame.group_by(view.group_by, maintain_order=True).agg(columns)
        else:
            self.frames[view.name] = frame.with_columns(columns).select([*view.columns])

    def rows(self, rows: Rows) -> pl.DataFrame:
        """Return the rows of a sheet that a mapping makes of a table."""
        frame = self.joined(rows)
        columns = [expression(text, frame.columns).alias(name) for name, text in rows.columns.items()]
        return frame.with_columns(columns).select([*rows.columns])

    def joined(self, view: View | Rows) -> pl.DataFrame:
        """Return the rows that a view looks at."""
        sources = (view.source,) if isinstance(view.source, str) else view.source
        frame = pl.concat([self.frames[source] for source in sources], how="diagonal")
        for join in view.joins:
            frame = self.join(frame, join, sources[0])
        if view.where:
            frame = matching(frame, view.where)
        if view.order_by:
            keys = [expression(text, frame.columns) for text in view.order_by]
            frame = frame.sort(keys, maintain_order=True, nulls_last=True)
        return frame

    def join(self, frame: pl.DataFrame, join: Join, source: str) -> pl.DataFrame:
        """Return rows with the columns of another table beside them, named ``as.Column``."""
        other = self.frames[join.table]
        if join.where:
            other = matching(other, join.where)
        here, there = list(join.on), list(join.on.values())
        keyed = other.filter(pl.all_horizontal(pl.col(there).is_not_null()))
        self._refuse_twice(keyed, join, there)
        renamed = keyed.rename({c: f"{join.alias}.{c}" for c in keyed.columns})
        keys = [f"{join.alias}.{c}" for c in there]
        joined = frame.join(renamed, left_on=here, right_on=keys, how="left", maintain_order="left", coalesce=False)
        if join.required and not self._is_said_here(frame, join):
            self._name_lost(joined, join, source, here, keys)
        return joined

    def _is_said_here(self, frame: pl.DataFrame, join: Join) -> bool:
        """Say whether a table that is not there is made up for by columns that are."""
        if join.table in self.files:
            return False
        return any(frame[column].is_not_null().any() for column in join.instead if column in frame.columns)

    def _refuse_twice(self, keyed: pl.DataFrame, join: Join, there: list[str]) -> None:
        twice = keyed.filter(keyed.select(there).is_duplicated())
        if twice.height:
            key = ", ".join(f"{c} {twice[c][0]}" for c in there)
            self.faults.add(
                "IC409", CellRef(self.files.get(join.table, join.table)), "",
                f"{join.table} has more than one row for {key}, so it is not known which of them counts.",
                "Export the table again; if rows of one key differ in another column, name that column too in the"
                " join of a mapping of your own.",
            )  # fmt: skip
            self.faults.stop_if_any()

    def _name_lost(self, joined: pl.DataFrame, join: Join, source: str, here: list[str], keys: list[str]) -> None:
        lost = joined.filter(pl.all_horizontal(pl.col(here).is_not_null()) & pl.col(keys[0]).is_null())
        if lost.height:
            first = ", ".join(f"{c} {lost[c][0]}" for c in here)
            self.faults.add(
                "IC410", CellRef(self.files.get(source, source)), "",
                f"{format_count(lost.height, 'row')} of {source} "
                f"{choose_form(lost.height, 'refers', 'refer')} to {join.table}, "
                f"which has no such row (the first: {first}).",
                f"Export {join.table} whole, at the same time as {source}.",
            )  # fmt: skip


def matching(frame: pl.DataFrame, condition: str) -> pl.DataFrame:
    """Return the rows for which a condition holds; unknown is no."""
    return frame.filter(expression(condition, frame.columns).fill_null(value=False))


def holds(frame: pl.DataFrame, condition: str) -> pl.Series:
    """Return for which rows a condition holds; unknown is no."""
    wanted = expression(condition, frame.columns).fill_null(value=False).alias("#holds")
    return frame.with_columns(wanted).get_column("#holds")


def total(frame: pl.DataFrame, text: str, condition: str = "") -> Decimal:
    """Return the exact sum of an expression over the rows for which a condition holds."""
    if condition:
        frame = matching(frame, condition)
    values = frame.with_columns(expression(text, frame.columns).alias("#sum")).get_column("#sum")
    return Decimal(values.cast(NUMBER).sum() or 0)
