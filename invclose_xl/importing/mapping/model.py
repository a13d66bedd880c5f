"""A mapping: what the tables and columns of a system are, and how its rows become rows of a book. Data, checked here.

In      what a TOML file says.
Out     Mapping. Expressions are SQL over the names of columns, ``join.Column`` for a joined one.
Errors  pydantic's, which ``load`` turns into a Problem that names the key.
Source  EXPORTS; WORKBOOK "Read".
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

SourceKind = Literal["id", "record", "text", "number", "date", "yes_no"]
"""``record``: an ID that the system counts, a whole number however a tool has written it"""
Expression = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceColumn(_Strict):
    """One column that is read."""

    kind: SourceKind = "text"
    names: tuple[str, ...] = ()
    """other headings that it may have; its own name is always one"""
    required: bool = False
    filled: bool = False
    """blank is a fault"""
    values: str = ""
    """the list of ``[values]`` that translates it"""
    blank: tuple[str, ...] = ()
    """texts that mean nothing, such as "0" in a reference"""
    default: str | None = None
    """where the column is not there"""
    assumed: str = ""
    """what it means that the column is not there, for the report"""
    changes: str = ""
    """what comes out otherwise by what is assumed, such as Costs: a warning where the column is not there"""
    only_with: tuple[str, ...] = ()
    """only where one of these columns, or tables, is there it is missed; none: always"""
    unless: tuple[str, ...] = ()
    """columns of the table, or other tables, that say the same: where one of them is there it is not missed"""
    never_without: str = ""
    """a column that means nothing without this one: refused where that one alone is there"""


class Join(_Strict):
    """Columns of another table, found by equal columns."""

    table: str
    alias: str = Field(alias="as")
    on: dict[str, str]
    """here = there"""
    if_missing: Literal["refuse", "name", "fine"]
    """where a filled reference finds no row: the import is refused; it is named in the report; not every row has one"""
    then: str = ""
    """what becomes of the row where it is named, for the report"""
    of: str = ""
    """only for these rows it is a reference at all; '' all"""
    instead: tuple[str, ...] = ()
    """columns of this table that say the same where the other table is not there at all: then nothing is lost"""
    where: str = ""
    """only these rows of the other table take part"""


class PassedOver(_Strict):
    """Rows that do not become rows of a book, and why."""

    reason: str
    when: Expression
    warn: str = ""
    """what to do about it, where somebody should"""
    joins: tuple[Join, ...] = ()
    """columns of tables that are before this one in the mapping"""


class Doubtful(_Strict):
    """Kept rows that say something odd, which are counted in a warning."""

    when: Expression
    problem: str
    """what is odd, and what is done: after "3 rows of the table: " """
    fix: str


class Missed(_Strict):
    """Rows for which a table is needed: a warning where it is not there, after what is assumed ``without`` it."""

    table: str
    """a table or a view"""
    when: Expression
    changes: str
    """what comes out otherwise, such as Costs"""


class Agrees(_Strict):
    """A figure of every row that must be what the rows of another table that belong to it add up to."""

    table: str
    key: str
    column: str
    with_table: str
    by: str
    """the column there that names the row here"""
    sum: str
    """the column there; only where both columns are there, and where it is filled"""
    fix: str


class Term(_Strict):
    """A sum that must come back: a column of a sheet, or an expression over a view."""

    sheet: str = ""
    view: str = ""
    column: Expression
    where: str = ""
    """only these rows, by the sheet's fields or the view's columns; '' all"""


class AddsUp(_Strict):
    """A sum over the kept rows of a table, or a view, that must come back, to the last digit."""

    table: str
    sum: Expression
    of: str = ""
    """only the rows for which this holds; '' all"""
    equals: tuple[Term, ...]
    with_table: str = ""
    """only where this table is there"""
    fix: str = ""
    """what to do where they do not agree; '' the usual advice"""


class Identity(_Strict):
    """IDs for rows that have none: what a row belongs to, and its number there, counted by what it says."""

    column: str
    within: tuple[Expression, ...]
    """what a row belongs to: the first that is filled"""
    order_by: tuple[Expression, ...]
    """then by everything else that a row says, so that the order of the file counts for nothing"""


class Reference(_Strict):
    """A column of the book that names other rows: what is done where the export, and the book, hold none."""

    sheet: str
    column: str
    finds: tuple[str, ...] = ()
    """columns of *Transactions* that it may name; none: receipts and issues that carry the same name find each other"""
    if_missing: Literal["refuse", "leave out", "keep"]
    """the import is refused; the cell stays blank, and the report says so; it stays as it is, and the report says so"""
    then: str
    """what becomes of the row, or what to do where it is refused"""


class Source(_Strict):
    """One table of the system."""

    names: tuple[str, ...] = ()
    required: bool = False
    without: str = ""
    """what is assumed where an optional table is not there, for the report"""
    missed: Missed | None = None
    export: str = ""
    """how it is exported, for the message that it is missing"""
    unique: tuple[str, ...] = ()
    quantity: str = ""
    amount: str = ""
    """expressions of what the report adds up"""
    transaction_id: str = ""
    """the column whose values are the IDs of transactions of a book: what is passed over is looked for there"""
    transaction_id_unless: str = ""
    """a table: where it is there, its IDs are those of transactions, and not those of this one"""
    columns: dict[str, SourceColumn]
    derived: dict[str, Expression] = {}
    """columns that follow from others of the row, for pass_over and doubtful"""
    pass_over: tuple[PassedOver, ...] = ()
    doubtful: tuple[Doubtful, ...] = ()


class View(_Strict):
    """A table made of others; of several, their rows one below the other."""

    name: str
    source: str | tuple[str, ...] = Field(alias="from")
    joins: tuple[Join, ...] = ()
    where: str = ""
    group_by: tuple[str, ...] = ()
    order_by: tuple[str, ...] = ()
    identity: Identity | None = None
    columns: dict[str, Expression]


class Rows(_Strict):
    """Rows of one sheet of the book, made from a table."""

    sheet: str
    source: str | tuple[str, ...] = Field(alias="from")
    joins: tuple[Join, ...] = ()
    where: str = ""
    order_by: tuple[str, ...] = ()
    once: str = ""
    """rows that share this column of the sheet are one; the first stands"""
    columns: dict[str, Expression]


class Constant(_Strict):
    """Rows of a sheet that are the same in every import, such as what the costing groups are."""

    sheet: str
    rows: tuple[dict[str, str], ...]


class Test(_Strict):
    """An example of the mapping itself: these rows in, those rows out."""

    name: str
    given: dict[str, tuple[dict[str, str], ...]]
    expect: dict[str, tuple[dict[str, str], ...]] = {}
    passed_over: dict[str, int] = {}


class Mapping(_Strict):
    """Everything that is known about one system."""

    system: str
    title: str
    models_from: str = "a column of the items"
    """the tables that say which item has which inventory model, for the message that they are missing"""
    company: str = ""
    """the column by which rows belong to a company"""
    decimal_separator: Literal["", ".", ","] = ""
    date_order: Literal["", "year first", "day first", "month first"] = ""
    values: dict[str, dict[str, str]] = {}
    sources: dict[str, Source]
    either: tuple[str, ...] = ()
    """sources of which at least one must be there"""
    views: tuple[View, ...] = ()
    rows: tuple[Rows, ...]
    constants: tuple[Constant, ...] = ()
    references: tuple[Reference, ...] = ()
    agrees: tuple[Agrees, ...] = ()
    adds_up: tuple[AddsUp, ...] = ()
    tests: tuple[Test, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_columns(cls, data: Any) -> Any:
        """Let ``Column = "number"`` stand for ``Column = {kind = "number"}``."""
        if not isinstance(data, dict):
            return data
        for source in (data.get("sources") or {}).values():
            if isinstance(source, dict) and isinstance(source.get("columns"), dict):
                source["columns"] = {
                    name: {"kind": column} if isinstance(column, str) else column
                    for name, column in source["columns"].items()
                }
        return data
