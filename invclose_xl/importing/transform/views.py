"""Tables made of tables: joins, conditions, sums by group; the expressions of a mapping, done by Polars.

In      the typed tables and earlier views, what a mapping says of a view.
Out     frames.
Errors  IC409 where a table that is joined has two rows for one key; IC410 where a reference that must find a row finds
        none, IC415 where it is blank, IC442 where it has lost zeros in front, IC430 where one that may find none does;
        IC432 where the column that refers to a table is not there.
Source  EXPORTS.
"""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, Severity
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.mapping.expressions import expression
from invclose_xl.importing.mapping.load import ROW
from invclose_xl.importing.mapping.model import Identity, Join, Rows, View
from invclose_xl.importing.transform.typed import NUMBER

EXAMPLES = 5
"""How many of the references that find nothing are shown"""


@dataclass(frozen=True, slots=True)
class Lost:
    """References that find nothing, for the report."""

    table: str
    rows: int
    text: str


@dataclass(slots=True)
class JoinedTables:
    """The tables of one import by their names, with the files that they lie in."""

    frames: dict[str, pl.DataFrame]
    faults: Faults
    files: Map[str, str] = field(default_factory=dict)
    """of the tables that are there"""
    columns: Map[str, Collection[str]] = field(default_factory=dict)
    """table -> the columns that it has in the export"""
    views: set[str] = field(default_factory=set)
    """views of tables that are there"""
    lost: list[Lost] = field(default_factory=list)
    made_ids: int = 0
    """rows that had no ID of their own"""

    def add_view(self, view: View) -> None:
        """Make a view and keep it under its name."""
        frame = self.joined(view)
        if self._is_there(view.source if isinstance(view.source, str) else view.source[0]):
            self.views.add(view.name)
        columns = [expression(text, frame.columns).alias(name) for name, text in view.columns.items()]
        if view.group_by:
            self.frames[view.name] = frame.group_by(view.group_by, maintain_order=True).agg(columns)
            return
        made = frame.with_columns(columns).select([*view.columns])
        if view.identity is not None:
            self.made_ids += made.get_column(view.identity.column).null_count()
            made = with_ids(made, view.identity)
        self.frames[view.name] = made

    def _is_there(self, name: str) -> bool:
        return name in self.files or name in self.views

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
        if join.if_missing == "refuse" and not self._is_said_here(frame, join):
            self._refuse_without_column(join, source, here)
            self._refuse_blank(frame, join, source)
            self._name_lost(joined, join, source, keys)
        elif join.if_missing == "name" and self._is_there(join.table):
            self._name_lost(joined, join, source, keys)
        return joined

    def _is_said_here(self, frame: pl.DataFrame, join: Join) -> bool:
        """Say whether columns of a row take the place of a table that is not there, or that no column refers to."""
        if join.table in self.files and any(frame[column].is_not_null().any() for column in join.on):
            return False
        return any(frame[column].is_not_null().any() for column in join.instead if column in frame.columns)

    def _refuse_without_column(self, join: Join, source: str, here: Sequence[str]) -> None:
        """A table that is there, but that no column leads to, would be left out without a word."""
        there = self.columns.get(source, here)
        for column in here:
            if column not in there and join.table in self.files:
                self.faults.add(
                    "IC432", CellRef(self.files.get(source, source)), "",
                    f"{source} has no column {column}, so no row of {join.table} can be found.",
                    f"Export the column too; if it has another heading, add that to sources.{source}.columns.{column}"
                    ".names in a copy of the mapping (--show-map), and import with --map.",
                )  # fmt: skip

    def _refuse_blank(self, frame: pl.DataFrame, join: Join, source: str) -> None:
        """A row that names no row of a table that every row needs would go on without what stands there."""
        there = self.columns.get(source, ())
        if join.table not in self.files or not all(column in there for column in join.on):
            return
        instead = [pl.col(column).is_null() for column in join.instead if column in there]
        blank = frame.filter(pl.any_horizontal(pl.col(list(join.on)).is_null()), *instead)
        if blank.height:
            names = ", ".join(join.on)
            rows = listed(map(str, blank.get_column(ROW).to_list()), EXAMPLES)
            has = choose_form(blank.height, "has", "have")
            self.faults.add(
                "IC415", CellRef(self.files.get(source, source)), "",
                f"{format_count(blank.height, 'row')} of {source} {has} no {names}, by which {join.table} is found:"
                f" {choose_form(blank.height, 'row', 'rows')} {rows}.",
                "Export the table again, or fill it in.",
            )  # fmt: skip

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

    def _name_lost(self, joined: pl.DataFrame, join: Join, source: str, keys: list[str]) -> None:
        here = list(join.on)
        is_lost = pl.all_horizontal(pl.col(here).is_not_null()) & pl.col(keys[0]).is_null()
        lost = joined.filter(is_lost)
        if join.of and lost.height:
            lost = matching(lost, join.of)
        if not lost.height:
            return
        self._refuse_lost_zeros(lost, join, source)
        names = ", ".join(here)
        shown = lost.select(pl.concat_str([pl.col(c).cast(pl.String) for c in here], separator=", ")).to_series()
        examples = listed(shown.unique(maintain_order=True).to_list(), EXAMPLES)
        refers = choose_form(lost.height, "refers", "refer")
        text = (f"{format_count(lost.height, 'row')} of {source} {refers} by {names} to {join.table}, which has no such"
                f" row: {examples}.")  # fmt: skip
        where = CellRef(self.files.get(source, source))
        advice = f"Export {join.table} whole, at the same time as {source}."
        if join.if_missing == "refuse":
            self.faults.add("IC410", where, "", text, advice)
            return
        then = f" {join.then}" if join.then else ""
        self.lost.append(Lost(source, lost.height, f"{text}{then}"))
        self.faults.add("IC430", where, "", f"{text}{then}", advice, Severity.WARNING)

    def _refuse_lost_zeros(self, lost: pl.DataFrame, join: Join, source: str) -> None:
        """Refuse keys that the other table has with other zeros in front: a spreadsheet program took them."""
        for here, there in join.on.items():
            without = pl.col("key").cast(pl.String).str.extract(r"^0*(\d+)$", 1).alias("number")
            names = lost.select(pl.col(here).alias("key")).unique(maintain_order=True).with_columns(without)
            others = self.frames[join.table].select(pl.col(there).alias("key")).unique().with_columns(without)
            both = names.join(others.drop_nulls(), on="number", maintain_order="left").filter(
                pl.col("key") != pl.col("key_right")
            )
            if both.height:
                examples = listed((f"{key} is {other} there" for key, _, other in both.iter_rows()), EXAMPLES)
                self.faults.add(
                    "IC442", CellRef(self.files.get(source, source)), "",
                    f"IDs of {source} in {here} have other zeros in front than in {join.table}: {examples}.",
                    "Export both tables again, and do not open them in Excel, or read the column there as text.",
                )  # fmt: skip


def with_ids(frame: pl.DataFrame, identity: Identity) -> pl.DataFrame:
    """Give rows without an ID one that follows from what they say, whatever the order that they come in.

    It is what the row belongs to (its lot, else its document), and its number there.
    """
    blank = frame.get_column(identity.column).is_null()
    if not blank.any():
        return frame
    place = pl.int_range(frame.height, eager=True).alias("#place")
    rows = frame.with_columns(place).filter(blank)
    within = pl.coalesce([expression(text, rows.columns) for text in identity.within]).alias("#within")
    first = [expression(text, rows.columns).alias(f"#{k}") for k, text in enumerate(identity.order_by)]
    ordered = rows.with_columns(within, *first).sort(
        ["#within", *(f"#{k}" for k in range(len(first))), *frame.columns], nulls_last=True, maintain_order=True
    )
    number = pl.int_range(1, pl.len() + 1).over("#within").cast(pl.String)
    made = ordered.select("#place", (pl.col("#within") + "-" + number).alias("#made"))
    joined = frame.with_columns(place).join(made, on="#place", how="left", maintain_order="left")
    own = pl.coalesce(pl.col(identity.column), pl.col("#made")).alias(identity.column)
    return joined.with_columns(own).select(frame.columns)


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
