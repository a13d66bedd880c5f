"""Mappings from TOML: those of the package, or a user's own, checked whole before anything is read.

In      the name of a system, or a file.
Out     Mapping.
Errors  IC401 for each wrong line, with its key, what is wrong, and what may be there; BookUnusable for a file that
        cannot be read.
Source  WORKBOOK "Command line" (import --map, --show-map).
"""

import tomllib
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from invclose_xl.domain.problems.problem import BookUnusable, CellRef
from invclose_xl.importing.faults import Faults, listed
from invclose_xl.importing.mapping.expressions import BadExpression, expression
from invclose_xl.importing.mapping.model import AddsUp, Join, Mapping, Missed, Rows, SourceColumn, View
from invclose_xl.importing.mapping.sheets import column_of, sheet_of

SYSTEMS = ("dynamics", "business-central", "erpnext", "odoo")
ROW = "#row"
"""the number of a row in its file, a column of every table"""


def text_of_system(system: str) -> str:
    """Return the TOML of a system as the package has it."""
    return resources.files("invclose_xl.importing.systems").joinpath(f"{system}.toml").read_text("utf-8")


def system_mapping(system: str) -> Mapping:
    """Return the mapping of a system of the package."""
    return parse_mapping(text_of_system(system), f"{system}.toml")


def file_mapping(file: Path) -> Mapping:
    """Return the mapping in a user's file."""
    try:
        return parse_mapping(file.read_text("utf-8"), file.name)
    except OSError as reason:
        raise BookUnusable(f"The mapping {file} cannot be read ({reason.strerror}): check the name.") from None
    except UnicodeDecodeError:
        raise BookUnusable(f"The mapping {file} is no UTF-8 text: save it as UTF-8.") from None


def parse_mapping(text: str, name: str) -> Mapping:
    """Return the mapping that a text states, or raise all that is wrong with it."""
    faults = Faults()
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        faults.add("IC401", CellRef(name), "", f"The file is no TOML: {reason}.", "Correct the line.")
        faults.stop_if_any()
    try:
        mapping = Mapping.model_validate(data)
    except ValidationError as wrong:
        for error in wrong.errors():
            key, found, problem = _said(error)
            faults.add("IC401", CellRef(name), key, problem, "Correct the line." if found else "Correct the key.")
        faults.stop_if_any()
        raise
    for key, problem in _wrong_lines(mapping):
        faults.add("IC401", CellRef(name), key, f"{problem}.", "Correct the line.")
    faults.stop_if_any()
    return mapping


def _said(error: Any) -> tuple[str, bool, str]:
    """Return key, whether it may exist, and what is wrong, of an error of pydantic's."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return key, False, f"A mapping has no key {error['loc'][-1]} here."
    return key, True, f"{error['msg']} (found {str(error['input'])[:60]!r})."


def _wrong_lines(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """Name every line that cannot be meant, by its key."""
    tables: dict[str, set[str]] = {}
    for name, source in mapping.sources.items():
        columns = {*source.columns, ROW}
        tables[name] = columns
        key = f"sources.{name}"
        for column, spec in source.columns.items():
            if spec.values and spec.values not in mapping.values:
                yield f"{key}.columns.{column}.values", _no(spec.values, "list of values", mapping.values)
            yield from _others(f"{key}.columns.{column}", spec, source.columns, mapping.sources)
        for column in (source.transaction_id,) if source.transaction_id else ():
            if column not in source.columns:
                yield f"{key}.transaction_id", _no(column, "column", columns)
        if source.transaction_id_unless and source.transaction_id_unless not in mapping.sources:
            yield f"{key}.transaction_id_unless", _no(source.transaction_id_unless, "table", mapping.sources)
        for column in source.unique:
            if column not in columns:
                yield f"{key}.unique", _no(column, "column", columns)
        for at, text in (("quantity", source.quantity), ("amount", source.amount)):
            yield from _expression(f"{key}.{at}", text, columns)
        for column, text in source.derived.items():
            yield from _expression(f"{key}.derived.{column}", text, columns)
        for number, rule in enumerate(source.pass_over):
            seen = {*columns, *source.derived}
            for place, join in enumerate(rule.joins):
                yield from _join(f"{key}.pass_over.{number}.joins.{place}", join, seen, tables)
                seen |= {f"{join.alias}.{c}" for c in tables.get(join.table, ())}
            yield from _expression(f"{key}.pass_over.{number}.when", rule.when, seen)
        for number, odd in enumerate(source.doubtful):
            yield from _expression(f"{key}.doubtful.{number}.when", odd.when, {*columns, *source.derived})
    yield from _agreements(mapping)
    for number, view in enumerate(mapping.views):
        yield from _view(f"views.{number}", view, tables)
        tables[view.name] = {*view.columns, *view.group_by}
    for name, source in mapping.sources.items():
        if source.missed is not None:
            yield from _missed(f"sources.{name}.missed", source.missed, tables)
    for number, rows in enumerate(mapping.rows):
        yield from _view(f"rows.{number}", rows, tables)
        for column in rows.columns:
            yield from _sheet_column(f"rows.{number}.columns", rows.sheet, column)
    for number, constant in enumerate(mapping.constants):
        for row in constant.rows:
            for column in row:
                yield from _sheet_column(f"constants.{number}.rows", constant.sheet, column)
    for number, reference in enumerate(mapping.references):
        yield from _sheet_column(f"references.{number}", reference.sheet, reference.column)
        for column in reference.finds:
            yield from _sheet_column(f"references.{number}.finds", "Transactions", column)
    for name in mapping.either:
        if name not in mapping.sources:
            yield "either", _no(name, "table", mapping.sources)
    for number, law in enumerate(mapping.adds_up):
        yield from _law(f"adds_up.{number}", law, tables)


def _others(key: str, spec: SourceColumn, columns: Iterable[str], tables: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name what a column refers to that is not there."""
    for at, names, those in (
        ("only_with", spec.only_with, {*columns, *tables}),
        ("unless", spec.unless, {*columns, *tables}),
        ("never_without", (spec.never_without,) if spec.never_without else (), set(columns)),
    ):
        for name in names:
            if name not in those:
                yield f"{key}.{at}", _no(name, "column", those)


def _missed(key: str, missed: Missed, tables: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    if missed.table not in tables:
        yield f"{key}.table", _no(missed.table, "table", tables)
        return
    yield from _expression(f"{key}.when", missed.when, tables[missed.table])


def _agreements(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for number, law in enumerate(mapping.agrees):
        for at, table, columns in (
            ("table", law.table, (law.key, law.column)), ("with_table", law.with_table, (law.by, law.sum)),
        ):  # fmt: skip
            if table not in mapping.sources:
                yield f"agrees.{number}.{at}", _no(table, "table", mapping.sources)
                continue
            for column in columns:
                if column not in mapping.sources[table].columns:
                    yield f"agrees.{number}", _no(column, "column", mapping.sources[table].columns)


def _law(key: str, law: AddsUp, tables: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    if law.table not in tables:
        yield f"{key}.table", _no(law.table, "table", tables)
        return
    if law.with_table and law.with_table not in tables:
        yield f"{key}.with_table", _no(law.with_table, "table", tables)
    yield from _expression(f"{key}.sum", law.sum, tables[law.table])
    yield from _expression(f"{key}.of", law.of, tables[law.table])
    for number, term in enumerate(law.equals):
        if term.sheet:
            yield from _sheet_column(f"{key}.equals.{number}", term.sheet, term.column)
        elif term.view not in tables:
            yield f"{key}.equals.{number}.view", _no(term.view, "table", tables)
        else:
            yield from _expression(f"{key}.equals.{number}.column", term.column, tables[term.view])


def _view(key: str, view: View | Rows, tables: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    sources = (view.source,) if isinstance(view.source, str) else view.source
    columns: set[str] = set()
    for source in sources:
        if source not in tables:
            yield f"{key}.from", _no(source, "table", tables)
            return
        columns |= tables[source]
    for number, join in enumerate(view.joins):
        yield from _join(f"{key}.joins.{number}", join, columns, tables)
        columns |= {f"{join.alias}.{c}" for c in tables.get(join.table, ())}
    yield from _expression(f"{key}.where", view.where, columns)
    for text in view.order_by:
        yield from _expression(f"{key}.order_by", text, columns)
    if isinstance(view, View):
        for text in view.group_by:
            if text not in columns:
                yield f"{key}.group_by", _no(text, "column", columns)
        if view.identity is not None:
            own = set(view.columns)
            if view.identity.column not in own:
                yield f"{key}.identity.column", _no(view.identity.column, "column", own)
            for text in (*view.identity.within, *view.identity.order_by):
                yield from _expression(f"{key}.identity", text, own)
    for column, text in view.columns.items():
        yield from _expression(f"{key}.columns.{column}", text, columns)


def _join(key: str, join: Join, columns: set[str], tables: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    if join.table not in tables:
        yield f"{key}.table", _no(join.table, "table", tables)
        return
    for here, there in join.on.items():
        if here not in columns:
            yield f"{key}.on", _no(here, "column", columns)
        if there not in tables[join.table]:
            yield f"{key}.on", _no(there, "column", tables[join.table])
    yield from _expression(f"{key}.where", join.where, tables[join.table])
    yield from _expression(f"{key}.of", join.of, columns)


def _expression(key: str, text: str, columns: set[str]) -> Iterator[tuple[str, str]]:
    if text:
        try:
            expression(text, columns)
        except BadExpression as reason:
            yield key, str(reason)[0].upper() + str(reason)[1:].rstrip(".")


def _sheet_column(key: str, sheet: str, column: str) -> Iterator[tuple[str, str]]:
    spec = sheet_of(sheet)
    if spec is None:
        yield key, f"There is no sheet {sheet} to be written"
    elif column_of(spec, column) is None:
        yield f"{key}.{column}", _no(column, f"column on the sheet {sheet}", [c.heading for c in spec.columns])


def _no(name: str, what: str, those: Iterable[str]) -> str:
    return f"There is no {what} {name}; there are {listed(sorted(those), 60)}"
