"""Every table and column of every system with one thing wrong: refused by name, or named in the report; never silent.

The tables are imported in memory; what the command line makes of it is in ``test_mutations``.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from invclose_xl.domain.problems.problem import InputFault
from invclose_xl.importing.book.report import report_rows
from invclose_xl.importing.mapping.load import system_mapping
from invclose_xl.importing.mapping.recognise import headings_for
from invclose_xl.importing.sources.table import ExportTable, name_key
from invclose_xl.importing.transform.run import import_tables
from tests.importing import business_central, dynamics, erpnext, odoo
from tests.importing.closed import refused
from tests.importing.dynamics import Row, Tables

Capsys = pytest.CaptureFixture[str]

MAKE: dict[str, Callable[[], Tables]] = {
    "dynamics": lambda: dynamics.tables(dynamics.company()),
    "business-central": lambda: business_central.company()[1],
    "erpnext": lambda: erpnext.company()[1],
    "odoo": lambda: odoo.company()[1],
}


@cache
def made(system: str) -> Tables:
    """Return the export of a system; nobody changes it."""
    return MAKE[system]()


def table(name: str, rows: list[Row]) -> ExportTable:
    columns = tuple(dict.fromkeys(c for row in rows for c in row))
    frame = pl.DataFrame({c: [row.get(c) for row in rows] for c in columns}, schema=dict.fromkeys(columns, pl.String))
    return ExportTable((name,), f"{name}.csv", "CSV", columns, lambda wanted: frame.select(wanted))


def said(system: str, tables: Tables) -> list[str]:
    """Import and return what is said: the faults, or the statements of the report and its warnings."""
    try:
        done = import_tables(system_mapping(system), [table(n, rows) for n, rows in tables.items()])
    except InputFault as reason:
        return [problem.line() for problem in reason.problems]
    rows = [f"{row['table']} {row['what']}: {row['text']}" for row in report_rows(done)]
    return [*rows, *(p.line() for p in done.problems)]


def source_of(system: str, name: str, rows: list[Row]) -> str:
    """Return what the mapping calls a table."""
    key = name_key(name)
    sources = system_mapping(system).sources
    return next(n for n, s in sources.items() if key in {name_key(x) for x in (n, *s.names)})


ALL_TABLES = [(system, name) for system in MAKE for name, rows in made(system).items() if rows]
ALL_COLUMNS = [
    (system, name, column, heading)
    for system, name in ALL_TABLES
    for column, heading in headings_for(
        system_mapping(system).sources[source_of(system, name, made(system)[name])], table(name, made(system)[name])
    ).items()
]


@pytest.mark.long
@pytest.mark.parametrize(("system", "name"), ALL_TABLES)
def test_a_table_that_is_missing(system: str, name: str) -> None:
    source = source_of(system, name, made(system)[name])
    lines = said(system, {n: rows for n, rows in made(system).items() if n != name})
    assert any(source in line or name in line for line in lines)


@pytest.mark.long
@pytest.mark.parametrize(("system", "name"), ALL_TABLES)
def test_a_row_that_is_there_twice(system: str, name: str) -> None:
    rows = made(system)[name]
    lines = said(system, {**made(system), name: [*rows, dict(rows[0])]})
    assert any("(IC409)" in line or "(IC431)" in line for line in lines), lines


@pytest.mark.long
@pytest.mark.parametrize(("system", "name", "column", "heading"), ALL_COLUMNS)
def test_a_column_that_is_missing(system: str, name: str, column: str, heading: str) -> None:
    rows = [{k: v for k, v in row.items() if k != heading} for row in made(system)[name]]
    lines = said(system, {**made(system), name: rows})
    assert any(column in line for line in lines)


@pytest.mark.long
@pytest.mark.parametrize(("system", "name", "column", "heading"), ALL_COLUMNS)
def test_a_value_that_the_mapping_does_not_know(system: str, name: str, column: str, heading: str) -> None:
    spec = system_mapping(system).sources[source_of(system, name, made(system)[name])].columns[column]
    if not spec.values and spec.kind not in ("number", "date", "yes_no"):
        pytest.skip("any text may stand there")
    rows = [dict(row) for row in made(system)[name]]
    rows[0][heading] = "31.02.x"
    lines = said(system, {**made(system), name: rows})
    assert any("31.02.x" in line and line.endswith(("(IC406)", "(IC407)", "(IC408)")) for line in lines)


@pytest.mark.parametrize("system", [s for s in MAKE if any(t.missed for t in system_mapping(s).sources.values())])
def test_a_missing_table_that_rows_need_is_a_warning(system: str) -> None:
    for source, spec in system_mapping(system).sources.items():
        if spec.missed is not None:
            lines = said(system, {n: r for n, r in made(system).items() if source_of(system, n, r) != source})
            assert any(f"The table {source} is missing, and" in line and "(IC444)" in line for line in lines), source


@pytest.mark.parametrize("column", ["inventdimid", "inventtransorigin"])
def test_a_row_that_names_nothing_where_every_row_must(column: str) -> None:
    rows = [dict(row) for row in made("dynamics")["InventTrans"]]
    kept = next(row for row in rows if row["datefinancial"][:4] > "1900")
    kept[column] = ""
    [line] = said("dynamics", {**made("dynamics"), "InventTrans": rows})
    assert f"1 row of inventtrans has no {column}" in line.lower()
    assert line.endswith("(IC415)")


def test_the_default_of_stock_settings_is_not_known() -> None:
    rows = [{**row, "valuation_method": ""} for row in made("erpnext")["Item"]]
    lines = said("erpnext", {**made("erpnext"), "Item": rows})
    assert any("no valuation method" in line and "(IC436)" in line for line in lines)


def test_accounts_without_vouchers() -> None:
    rows = [{k: v for k, v in row.items() if k != "voucher"} for row in made("dynamics")["InventTrans"]]
    lines = said("dynamics", {**made("dynamics"), "InventTrans": rows})
    assert any("no column Voucher" in line and "(IC437)" in line for line in lines)


def test_a_system_is_known_by_its_tables_where_a_column_is_missing(tmp_path: Path, capsys: Capsys) -> None:
    """The column is named at once; the message that no system is known would hide it."""
    rows = [{k: v for k, v in row.items() if k != "referencecategory"} for row in made("dynamics")["InventTransOrigin"]]
    folder = dynamics.write_csv({**made("dynamics"), "InventTransOrigin": rows}, tmp_path / "export")
    [line] = refused(capsys, folder, tmp_path / "book.xlsx")
    assert "InventTransOrigin has no column ReferenceCategory" in line
    folder = dynamics.write_csv({n: r for n, r in made("dynamics").items() if n != "InventTrans"}, tmp_path / "other")
    [line] = refused(capsys, folder, tmp_path / "book.xlsx")
    assert "The table InventTrans is missing" in line
