"""An export with one thing wrong: it is named, with what to do, nothing is written; another encoding is found out."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.importing import business_central, dynamics, erpnext, odoo
from tests.importing.closed import imported, refused, run
from tests.importing.dynamics import Tables, as_csv, write_csv
from tests.results import Results

EXPORTS: dict[str, tuple[Callable[[], Tables], str, str, str, str, str]] = {
    "dynamics": (lambda: dynamics.tables(dynamics.company()), "InventTrans", "qty", "recid", "statusissue", "27"),
    "business-central": (
        lambda: business_central.company()[1], business_central.ENTRIES, "Quantity", "Entry No.", "Entry Type", "Gift",
    ),
    "erpnext": (lambda: erpnext.company()[1], "Stock Ledger Entry", "actual_qty", "name", "voucher_type", "Gift Note"),
    "odoo": (
        lambda: odoo.company()[1], "product.category", "property_cost_method", "id", "property_cost_method", "hifo",
    ),
}  # fmt: skip
"""system -> tables, the table that is spoilt, a required column, its key, an enumeration, a word it does not have"""


@pytest.mark.parametrize("system", EXPORTS)
@pytest.mark.parametrize("kind", ["missing table", "dropped column", "doubled row", "changed enumeration"])
def test_one_thing_wrong_is_named(system: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, table, column, key, enumeration, word = EXPORTS[system]
    made = make()
    rows = made[table]
    if kind == "missing table":
        table = {"odoo": "stock.valuation.layer"}.get(system, table)
        del made[table]
        made.pop("stock.move", None)
        code, named = "IC402", ("Export",)
    elif kind == "dropped column":
        made[table] = [{k: v for k, v in row.items() if k != column} for row in rows]
        code, named = "IC403", ("names in a copy of the mapping (--show-map)",)
    elif kind == "doubled row":
        rows.append(dict(rows[0]))
        code, named = "IC409", (f"found {rows[0][key]!r}", f"rows 2, {len(rows) + 1}")
    else:
        rows[0][enumeration] = word
        code, named = "IC408", (f"found {word!r}", "to values.")
    folder = write_csv(made, tmp_path / "export")
    lines = refused(capsys, folder, tmp_path / "book.xlsx", "--system", system)
    assert all(line.endswith(f"({code})") for line in lines), lines
    assert 1 <= len(lines) <= 2  # a join with the doubled row says it, too
    for words in (*named, "What to do:"):
        assert words in lines[0]


@pytest.mark.parametrize("table", ["InventTransOrigin", "InventDim"])
def test_a_table_that_others_refer_to_is_missed(table: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = dynamics.tables(dynamics.company())
    del made[next(name for name in made if name.casefold() == table.casefold())]
    lines = refused(capsys, write_csv(made, tmp_path / "export"), tmp_path / "book.xlsx", "--system", "dynamics")
    assert f" to {table}, which has no such row: " in lines[0]
    assert f"Export {table} whole" in lines[0]


@pytest.mark.parametrize(
    ("encoding", "separator", "said"),
    [("utf-8-sig", "\t", "UTF-8, separator tab"), ("utf-16", ";", "UTF-16, separator semicolon"),
     ("cp1252", "|", "Windows-1252, separator bar")],
)  # fmt: skip
def test_another_encoding_is_found_by_looking(
    encoding: str, separator: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = dynamics.tables(dynamics.company())
    for row in made["InventTable"]:
        row["namealias"] = "Kettenöl für Räder"
    folder = write_csv(made, tmp_path / "export")
    (folder / "InventTable.csv").write_text(as_csv(made["InventTable"], separator), encoding)
    book = imported(folder, tmp_path / "book.xlsx")
    assert f"InventTable.csv (CSV, {said})" in capsys.readouterr().out
    assert Results(book).rows("Items", "Item number")[0]["Product name"] == "Kettenöl für Räder"


@pytest.mark.long
def test_the_map_of_every_system_is_shown_and_can_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for system, (make, *_) in EXPORTS.items():
        capsys.readouterr()
        assert run("import", "--show-map", system) == 0
        mine = tmp_path / f"{system}.toml"
        mine.write_text(capsys.readouterr().out, "utf-8")
        folder = write_csv(make(), tmp_path / system)
        assert run("import", str(folder), "--map", str(mine), "--output", str(tmp_path / f"{system}.xlsx")) == 0
