"""The reconciliation workbook: three numbers, every sum foots to the cent, every formula gives its stored value.

Source  WORKBOOK "Command line" (reconcile).
"""

import json
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

import invclose_xl
from invclose_xl.analysis.stock_ages import compute_stock_ages
from invclose_xl.cli.main import main
from invclose_xl.closing.stock.stock_ledger import value_entries
from invclose_xl.domain.problems.problem import InvCloseError
from invclose_xl.reports.reconciliation import reconcile as reports
from tests.books import Book, Item, append_rows
from tests.core import close_core, core_book
from tests.long_runs import tried_on
from tests.reports.ledgers import line, trading_book, true_ledger
from tests.reports.recalculated import recalculated
from tests.reports.test_differences import KINDS
from tests.test_properties import FEBRUARY, JANUARY, fed_books

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "january.xlsx"
VALIDATOR = ROOT.parent / "shared" / "tools" / "validate_ooxml.sh"


@tried_on(fed_books(), quick=3, whole=25)
def test_ages_are_the_value_of_every_date(book: Book) -> None:
    try:
        first = close_core(book, JANUARY).tables
        second = close_core(book, FEBRUARY, first).tables
    except InvCloseError:
        return
    for history in (None, first, second):
        content = core_book(book, history)
        entries = value_entries(content)
        for day in (date(2026, 1, 15), JANUARY, FEBRUARY, date(2026, 4, 1)):
            ages = compute_stock_ages(content, (day - date(1970, 1, 1)).days, entries)
            until = entries.filter(pl.col("date") <= day)
            assert int(ages["value"].sum()) == int(until["amount"].sum())
            assert int(ages["quantity"].sum()) == int(until["quantity"].sum())


def test_averages_are_aged_by_the_newest_of_what_went_in() -> None:
    book = Book([Item("A", "Weighted average")])
    for day, cost in ((2, "10.00"), (9, "20.00"), (16, "33.00")):
        book.receive(f"P{day}", date(2026, 1, day), 4, cost)
    book.issue("S", date(2026, 1, 20), 6, "30.00")
    book.receive("P40", date(2026, 2, 3), 2, "12.00")
    book.issue("S2", date(2026, 2, 5), 1, "5.00")
    history = close_core(book, JANUARY).tables
    content = core_book(book, history)
    ages = compute_stock_ages(content, (JANUARY - date(1970, 1, 1)).days, value_entries(content))
    assert ages.select("transaction", "quantity", "value").rows() == [("P9", 2000, 1050), ("P16", 4000, 2100)]
    content = core_book(book, close_core(book, FEBRUARY, history).tables)
    ages = compute_stock_ages(content, (FEBRUARY - date(1970, 1, 1)).days, value_entries(content))
    assert ages.select("transaction", "quantity").rows() == [("P9", 1000), ("P16", 4000), ("P40", 2000)]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed book with fourteen planted differences of different kinds."""
    book, ledger = trading_book(), true_ledger()
    for change, _ in KINDS[:14]:
        change(book, ledger)
    ledger.append(line("1300", date(2026, 1, 31), "", "0.00"))
    book.ledger = [dict(row) for row in ledger]
    path = book.write(tmp_path_factory.mktemp("planted") / "book.xlsx")
    invclose_xl.close(path, date(2026, 1, 31), backup=False)
    return path


def written(book: Path, folder: Path, *options: str) -> Path:
    path = folder / "made.xlsx"
    assert main(["reconcile", str(book), "--output", str(path), *options]) == 0
    return path


def test_planted_differences_are_on_the_page(planted: Path, tmp_path: Path) -> None:
    path = written(planted, tmp_path)
    made = openpyxl.load_workbook(path, data_only=True)
    front = made["Reconciliation"]
    assert front["B7"].value == "Stock and ledger differ"
    value, ledger, difference = (Decimal(str(front[f"{c}10"].value)) for c in "BCD")
    assert ledger - value == difference != 0
    names = {row[0].value for row in made["Differences"].iter_rows(min_row=6)}
    assert {n for _, rows in KINDS[:14] for n, *_ in rows} <= names
    texts = [cell.value for row in front.iter_rows() for cell in row]
    assert "does not hold" not in texts
    assert texts.count("holds") == 6


def test_a_ledger_that_agrees_is_green(tmp_path: Path) -> None:
    book = trading_book()
    book.ledger = [dict(row) for row in true_ledger()]
    path = book.write(tmp_path / "book.xlsx")
    made = openpyxl.load_workbook(written(path, tmp_path), data_only=True)
    assert made["Reconciliation"]["B7"].value == "Stock and ledger agree"
    assert made["Reconciliation"]["D10"].value == 0


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("january") / "closed.xlsx"
    assert main([str(EXAMPLE), "--output", str(path)]) == 0
    return path


def two_months(folder: Path) -> Path:
    """A book with odd names, closed twice, with a ledger whose first line is a balance brought forward."""
    book = Book([Item("00123", "FIFO", "A*"), Item("123", "Weighted average", "AB"), Item(">5", "Moving average", "")])
    for k, item in enumerate(("00123", "123", ">5")):
        book.receive(f"P{k}", date(2026, 1, 3), 3, "10.00", item=item)
        book.receive(f"Q{k}", date(2026, 1, 9), 4, "17.00", item=item)
        book.issue(f"S{k}", date(2026, 1, 20), 5, "20.00", item=item)
    path = book.write(folder / "book.xlsx")
    invclose_xl.close(path, JANUARY, backup=False)
    append_rows(path, [{"Transaction ID": "N", "Item number": "123", "Quantity": 2, "Financial date": date(2026, 2, 4),
                        "Financial cost amount": Decimal("9.99")}])  # fmt: skip
    invclose_xl.close(path, FEBRUARY, backup=False)
    return path


@pytest.mark.long
@pytest.mark.parametrize("which", ["january", "planted", "two months", "never closed"])
def test_every_formula_gives_its_stored_value(which: str, january: Path, planted: Path, tmp_path: Path) -> None:
    books: dict[str, Callable[[], Path]] = {
        "january": lambda: january, "planted": lambda: planted, "two months": lambda: two_months(tmp_path),
        "never closed": lambda: EXAMPLE,
    }  # fmt: skip
    path = written(books[which](), tmp_path)
    formulas = list(recalculated(path, tmp_path))
    assert len(formulas) > 100
    assert [f for f in formulas if f.stored != f.computed] == []
    assert [f for f in formulas if f.computed is None or str(f.computed).startswith("#")] == []


@pytest.mark.skipif(not VALIDATOR.exists(), reason="the Open XML validator is not beside this checkout")
@pytest.mark.parametrize("kind", ["reconcile", "check"])
@pytest.mark.long
def test_the_validator_finds_nothing(kind: str, january: Path, planted: Path, tmp_path: Path) -> None:
    for book in (january, planted):
        path = tmp_path / f"{book.stem}.xlsx"
        assert (
            main([kind, str(book), "--output", str(path), *(["--date", "2026-02-28"] if kind == "check" else [])]) == 0
        )
        done = subprocess.run([str(VALIDATOR), str(path)], capture_output=True, text=True, timeout=300, check=False)
        if done.returncode == 2:
            pytest.skip(f"the validator cannot run: {done.stderr}")
        assert done.stdout == ""


def test_earlier_dates_and_json(january: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(january, tmp_path, "--date", "2026-01-15", "--json")
    data = json.loads(capsys.readouterr().out)
    assert (data["up_to"], data["inventory_value"]) == ("2026-01-15", "110435.20")


def test_very_many_entries_are_added_up(january: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = invclose_xl.reconcile(january, output=tmp_path / "a.xlsx")
    monkeypatch.setattr(reports, "MOST_ENTRIES", 10)
    summed = invclose_xl.reconcile(january, output=tmp_path / "b.xlsx")
    few, all_entries = summed.frame("Entries"), whole.frame("Entries")
    assert len(few) < len(all_entries)
    assert few["amount"].sum() == all_entries["amount"].sum()
    made = openpyxl.load_workbook(tmp_path / "b.xlsx", data_only=True)["Reconciliation"]
    assert made["B7"].value == "All sums agree"


def test_month_ends() -> None:
    assert reports.month_ends(date(2026, 1, 5), date(2026, 3, 10)) == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 10),
    ]  # fmt: skip
    assert reports.month_ends(date(2026, 1, 31), date(2026, 1, 31) + timedelta(days=0)) == [date(2026, 1, 31)]


@pytest.mark.parametrize("command", ["check", "reconcile"])
def test_a_report_that_cannot_be_written(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book.xlsx"
    book.write_bytes(EXAMPLE.read_bytes())
    assert main([command, str(book), "--output", str(book)]) == 2
    assert "is the book" in capsys.readouterr().err
    assert main([command, str(book), "--output", str(tmp_path / "nowhere" / "report.xlsx")]) == 5
    assert book.read_bytes() == EXAMPLE.read_bytes()


def test_an_empty_book(tmp_path: Path) -> None:
    path = Book([Item("A", "FIFO")]).write(tmp_path / "book.xlsx")
    made = openpyxl.load_workbook(written(path, tmp_path, "--date", "2026-01-31"), data_only=True)
    assert made["Reconciliation"]["B7"].value == "All sums agree"
    assert main(["check", str(path), "--date", "2026-01-31", "--output", str(tmp_path / "check.xlsx")]) == 0


SHEETS = ("By account", "By item group", "By item", "By costing group", "Roll-forward")


@pytest.mark.long
def test_another_date_entered_gives_the_report_of_that_date(tmp_path: Path) -> None:
    book = two_months(tmp_path)
    (tmp_path / "then").mkdir()
    then = openpyxl.load_workbook(written(book, tmp_path / "then", "--date", str(JANUARY)), data_only=True)
    path = written(book, tmp_path)
    made = openpyxl.load_workbook(path)
    made["Reconciliation"]["C4"].value = JANUARY
    made["Roll-forward"]["C3"].value = then["Roll-forward"]["C3"].value
    made.save(path)
    computed = {f.cell: f.computed for f in recalculated(path, tmp_path)}
    values = {
        f"{name}!{cell.coordinate}": cell.value
        for name in SHEETS
        for row in then[name].iter_rows()
        for cell in row
        if f"{name}!{cell.coordinate}" in computed
    }
    assert len(values) > 90
    assert {at: computed[at] for at in values} == values


def test_every_sum_is_the_sum_of_its_cells(january: Path, planted: Path, tmp_path: Path) -> None:
    for book in (january, planted):
        made = invclose_xl.reconcile(book, output=tmp_path / "made.xlsx", force=True)
        frames = {name: made.frame(name) for name in made.tables}
        whole = frames["Entries"].filter(pl.col("date") <= made.up_to)["amount"].sum()
        ages = frames["Ageing"]
        for row in ages.rows():
            assert sum(row[1:-1]) == row[-1]
        assert sum(ages["Inventory value" if "Inventory value" in ages.columns else "total"]) == whole
        for name in ("By account", "By item group", "By item", "By costing group"):
            assert sum(frames[name]["value"]) == whole
        roll = frames["Roll-forward"]
        assert sum(roll["closing"]) == sum(roll["stands"]) == whole
        assert sum(frames["By month"]["total"][-1:]) == whole
        assert sum(frames["Open receipts"]["value"]) == whole
        cells = openpyxl.load_workbook(tmp_path / "made.xlsx", data_only=True)
        for name in ("By item", "Ageing", "Roll-forward"):
            _columns_foot(cells[name])


def _columns_foot(sheet: Worksheet) -> None:
    """Totals above the headings are the sums of the cells below them, as exact decimals."""
    head = next(cell.row for cell in sheet["A"] if cell.value == "No.")
    for cell in sheet[head - 1][2:]:
        if cell.value is not None and cell.column_letter != "B":
            column = sheet.iter_rows(head + 1, sheet.max_row, cell.column, cell.column, values_only=True)
            below = [Decimal(str(value)) for (value,) in column if value is not None]
            assert sum(below) == Decimal(str(cell.value)), f"{sheet.title}!{cell.coordinate}"


def test_of_very_many_ledger_lines_those_on_inventory_accounts_are_kept(
    planted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_ENTRIES", 10)
    made = invclose_xl.reconcile(planted, output=tmp_path / "made.xlsx")
    lines = made.frame("Ledger lines")
    assert 0 < len(lines) <= len(lines.filter(pl.col("account").is_in(made.frame("By account")["account"].implode())))
    front = openpyxl.load_workbook(tmp_path / "made.xlsx", data_only=True)["Reconciliation"]
    assert "does not hold" not in [cell.value for row in front.iter_rows() for cell in row]


def test_dates_of_a_very_long_book_are_chosen_from_a_list(
    january: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MOST_ENTRIES", 10)
    made = openpyxl.load_workbook(written(january, tmp_path))
    rule = made["Reconciliation"].data_validations.dataValidation[0]
    assert (rule.type, rule.formula1) == ("list", "PeriodEnds")
    place = made.defined_names["PeriodEnds"].attr_text.replace("$", "").replace("'", "").split("!")
    days = [row[0].value.date() for row in made[place[0]][place[1]]]
    assert {date(2025, 12, 31), JANUARY} <= set(days)
