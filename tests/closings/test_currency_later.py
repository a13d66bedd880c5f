"""The label of the totals names the currency as it is now, whoever saved the book in between."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.books import Book, Item


def closed(path: Path) -> Path:
    made = Book([Item("A", "FIFO")], parameters={"Minimum amount": Decimal(0)})
    made.receive("P", date(2026, 1, 5), 10, "100.00")
    made.issue("S", date(2026, 1, 10), 4, "44.00")
    made.write(path)
    assert main([str(path), "--date", "2026-01-31", "--no-backup"]) == 0
    return path


def labels(path: Path) -> dict[str, object]:
    workbook = openpyxl.load_workbook(path)
    return {name: workbook[name]["A1"].value for name in ("Settlements", "Adjustments", "Vouchers")}


def set_currency(path: Path, currency: str | None, own: str = "") -> None:
    """Saved by another program, which keeps its texts elsewhere; ``own`` is a label of the user's own."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Parameters"]
    row = next((r[0].row for r in sheet.iter_rows() if r[0].value == "Currency"), sheet.max_row + 1)
    sheet.cell(row, 1, "Currency")
    sheet.cell(row, 2).value = currency
    if own:
        workbook["Adjustments"]["A1"] = own
    workbook.save(path)


@pytest.mark.long
def test_a_currency_that_is_entered_later_and_removed(tmp_path: Path) -> None:
    """Once it is known, a blank and other capitals say nothing: the amounts are named as they were recorded."""
    path = closed(tmp_path / "book.xlsx")
    assert set(labels(path).values()) == {"Total"}
    for month, currency in ((2, "EUR"), (3, "eur"), (4, None), (5, None), (6, " Eur ")):
        set_currency(path, currency)
        assert main([str(path), "--date", date(2026, month, 28).isoformat(), "--no-backup"]) == 0
        assert set(labels(path).values()) == {"Total EUR"}
    set_currency(path, "USD")
    assert main([str(path), "--date", "2026-07-31", "--no-backup"]) == 4, "the blanks in between have not forgotten it"


WAYS = {
    "status": ["status"],
    "reconcile": ["reconcile"],
    "explain": ["explain", "S"],
    "reverse": ["reverse", "--no-backup"],
    "dry run": ["reverse", "--dry-run"],
}


@pytest.mark.parametrize("currency", ["USD", "eur", None, "EUR"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.sampled(11, long=2)
def test_amounts_are_named_in_the_currency_they_were_written_in(
    way: str, currency: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = closed(tmp_path / "book.xlsx")
    set_currency(path, "EUR")
    assert main([str(path), "--date", "2026-02-28", "--no-backup"]) == 0
    set_currency(path, currency)
    capsys.readouterr()
    command, *rest = WAYS[way]
    assert main([command, str(path), *rest]) == 0
    said = capsys.readouterr()
    assert "USD" not in said.out
    assert ("(IC230)" in said.err) == (currency == "USD" and way != "explain")
    if way not in ("reconcile", "explain"):
        assert " EUR\n" in said.out or " EUR " in said.out
    if way == "reverse":
        assert set(labels(path).values()) == {"Total EUR"}
    main([command, str(path), *rest, "--json", *(["--force"] if way == "reconcile" else [])])
    found = capsys.readouterr().out
    assert way == "reverse" or '"currency": "EUR"' in found


def test_after_everything_is_reversed_another_currency_is_free(tmp_path: Path) -> None:
    path = closed(tmp_path / "book.xlsx")
    set_currency(path, "EUR")
    assert main([str(path), "--date", "2026-02-28", "--no-backup"]) == 0
    set_currency(path, "USD")
    assert main([str(path), "--date", "2026-03-31", "--no-backup"]) == 4
    assert main(["reverse", str(path), "--no-backup"]) == 0
    assert main([str(path), "--date", "2026-02-28", "--no-backup"]) == 0
    assert set(labels(path).values()) == {"Total USD"}


def test_another_currency_after_a_close_is_refused(tmp_path: Path) -> None:
    path = closed(tmp_path / "book.xlsx")
    set_currency(path, "EUR")
    assert main([str(path), "--date", "2026-02-28", "--no-backup"]) == 0
    set_currency(path, "USD")
    assert main([str(path), "--date", "2026-03-28", "--no-backup"]) == 4
    assert set(labels(path).values()) == {"Total EUR"}


@pytest.mark.parametrize("own", ["Sum of it", "Total of all active rows"])
def test_a_label_of_the_users_own_stays(tmp_path: Path, own: str) -> None:
    path = closed(tmp_path / "book.xlsx")
    set_currency(path, "EUR", own)
    assert main([str(path), "--date", "2026-02-28", "--no-backup"]) == 0
    assert labels(path) == {"Settlements": "Total EUR", "Adjustments": own, "Vouchers": "Total EUR"}
