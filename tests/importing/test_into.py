"""An export imported into a book that is there: month after month, and never behind the lock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.importing import dynamics
from tests.importing.business import Business
from tests.importing.closed import adjustments, close, imported, run, settlements
from tests.importing.dynamics import Tables
from tests.importing.test_tool_lines import HEADINGS, HOW, ROWS, file_of, line
from tests.results import Results, text

JANUARY, FEBRUARY, MARCH = "2026-01-31", "2026-02-28", "2026-03-31"
END = date(2026, 1, 31)


def at_the_end_of_january(business: Business) -> Business:
    """Return what the system knew then: later invoices were not there yet."""
    known = [
        m if m.financial and m.financial <= END else replace(m, financial=None, financial_amount=None)
        for m in business.movements
        if m.physical <= END
    ]
    return replace(business, movements=known)


@pytest.mark.long
def test_month_after_month_is_the_same_as_all_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    business = dynamics.company()
    known = at_the_end_of_january(business)
    january = dynamics.write_csv(dynamics.tables(known), tmp_path / "january")
    book = imported(january, tmp_path / "book.xlsx")
    close(book, JANUARY)
    later = dynamics.write_csv(dynamics.tables(business), tmp_path / "march")
    assert run("import", str(later), "--into", str(book)) == 0
    assert (tmp_path / "book.before-import.xlsx").exists()

    ids = {m.id for m in known.movements}
    in_order = [m for m in business.movements if m.id in ids] + [m for m in business.movements if m.id not in ids]
    typed = replace(business, movements=in_order).typed().write(tmp_path / "typed.xlsx")
    found, expected = close(book, FEBRUARY, MARCH), close(typed, JANUARY, FEBRUARY, MARCH)
    for closing in ("IC-000002", "IC-000003"):
        assert settlements(found, closing) == settlements(expected, closing)
        assert adjustments(found, closing) == adjustments(expected, closing)

    before, moment = book.read_bytes(), book.stat().st_mtime_ns
    (tmp_path / "book.before-import.xlsx").unlink()
    capsys.readouterr()
    assert run("import", str(later), "--into", str(book)) == 0
    assert f"Nothing is new: {book} was left as it is." in capsys.readouterr().out
    assert book.stat().st_mtime_ns == moment
    assert not (tmp_path / "book.before-import.xlsx").exists()
    rows = Results(book).rows("Transactions", "Transaction ID")
    assert len(rows) == len(business.movements)
    assert book.read_bytes() == before, "nothing was new"
    assert run("check", str(book)) == 0


def _amount(made: Tables) -> None:
    made["InventTrans"][0]["costamountposted"] = "1.00"


def _late_row(made: Tables) -> None:
    made["InventTrans"].append({**made["InventTrans"][0], "recid": "5637999999"})


def _settled(made: Tables) -> None:
    made["InventTrans"][0]["qtysettled"], made["InventTrans"][0]["costamountsettled"] = "1.000000", "1.00"


@pytest.mark.parametrize(
    ("mutate", "found", "advice"),
    [
        (_amount, "found '1' (the book has ", "enter the difference on the sheet Cost adjustments with a later date"),
        (_late_row, "found '5637999999'", "Correct the date in the system and export again"),
        (_settled, "(the book has nothing)", "out of the export, or reverse IC-000001 first and import again"),
    ],
    ids=["changed amount", "row too late", "settled"],
)
@pytest.mark.sampled(5)
def test_what_is_locked_is_refused_by_name(
    mutate: Callable[[Tables], None], found: str, advice: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    business = dynamics.company()
    made = dynamics.tables(at_the_end_of_january(business))
    book = imported(dynamics.write_csv(made, tmp_path / "january"), tmp_path / "book.xlsx")
    close(book, JANUARY)
    before = book.read_bytes()
    mutate(made)
    folder = dynamics.write_csv(made, tmp_path / "again")
    capsys.readouterr()
    assert run("import", str(folder), "--into", str(book)) == 4
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "Nothing was written."
    assert all(line.startswith("Transactions") and advice in line and "estore" not in line for line in said[:-1])
    assert found.replace("'", "") in said[0].replace("'", "")
    assert book.read_bytes() == before
    assert not (tmp_path / "book.before-import.xlsx").exists()


def test_what_the_user_added_stays(tmp_path: Path) -> None:
    """A column of the user's, a mark of the user's, a name of the user's: an import changes none of them."""
    import openpyxl

    made = dynamics.tables(at_the_end_of_january(dynamics.company()))
    folder = dynamics.write_csv(made, tmp_path / "export")
    book = imported(folder, tmp_path / "book.xlsx")
    workbook = openpyxl.load_workbook(book)
    workbook["Items"]["B2"] = "The user's name"
    sheet = workbook["Transactions"]
    sheet.cell(1, sheet.max_column + 1, "My note")
    sheet.cell(2, sheet.max_column, "mine")
    workbook.save(book)
    row = dict(made["InventTrans"][0])
    made["InventTrans"].append({**row, "recid": "5637999998", "datephysical": FEBRUARY, "datefinancial": FEBRUARY})
    assert run("import", str(dynamics.write_csv(made, tmp_path / "more")), "--into", str(book)) == 0
    results = Results(book)
    assert results.rows("Items", "Item number")[0]["Product name"] == "The user's name"
    rows = results.rows("Transactions", "Transaction ID")
    assert rows[0]["My note"] == "mine"
    assert text(rows[-1]["Transaction ID"]) == "5637999998"


@pytest.mark.long
def test_more_rows_than_a_sheet_has_go_on_in_further_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new book, the same again, a changed row on the second sheet, and new rows: as on one sheet."""
    business = dynamics.company()
    made = dynamics.tables(business)
    whole = close(imported(dynamics.write_csv(made, tmp_path / "export"), tmp_path / "whole.xlsx"), MARCH)
    monkeypatch.setattr("invclose_xl.importing.book.fill.LAST_ROW", 100)
    first = {**made, "InventTrans": made["InventTrans"][:150]}
    book = imported(dynamics.write_csv(first, tmp_path / "first"), tmp_path / "book.xlsx")
    assert len(Results(book).rows("Transactions", "Transaction ID")) == 99
    assert len(Results(book).rows("Transactions (2)", "Transaction ID")) == 51
    assert run("import", str(tmp_path / "first"), "--into", str(book)) == 0
    row = made["InventTrans"][120]
    amount, row["costamountposted"] = row["costamountposted"], "1.00"
    assert run("import", str(dynamics.write_csv(first, tmp_path / "changed")), "--into", str(book)) == 0
    row["costamountposted"] = amount
    assert run("import", str(tmp_path / "export"), "--into", str(book)) == 0
    sheets = ("Transactions", "Transactions (2)", "Transactions (3)")
    assert sum(len(Results(book).rows(sheet, "Transaction ID")) for sheet in sheets) == len(business.movements)
    found = close(book, MARCH)
    assert settlements(found) == settlements(whole)
    assert adjustments(found) == adjustments(whole)


def test_the_books_own_items_and_models_count_as_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The next month's grid needs no model again; where the export has another one, it is named, the book's stands."""
    lines = [line(HEADINGS), *map(line, ROWS)]
    book = imported(file_of(tmp_path / "first", lines), tmp_path / "book.xlsx", *HOW)
    more = file_of(tmp_path / "more", [*lines, line(("1003", *ROWS[1][1:-1], "L3"))])
    assert run("import", str(more), "--into", str(book)) == 0
    assert len(Results(book).rows("Transactions", "Transaction ID")) == 3
    other = file_of(tmp_path / "other", [*lines, line(("1003", "SEAT", *ROWS[0][2:-1], "L4"))])
    assert run("import", str(other), "--into", str(book)) == 3
    assert "of 1 item: SEAT." in capsys.readouterr().err
    (more / "InventModelGroupItem.csv").write_text("ItemId,ModelGroupId\nCHAIN,L\n", "utf-8")
    (more / "InventModelGroup.csv").write_text("ModelGroupId,InventModel\nL,LIFO\nFIFO,Moving average\n", "utf-8")
    assert run("import", str(more), "--into", str(book), "--strict") == 6
    said = capsys.readouterr().err
    assert "CHAIN (FIFO, in the export L)" in said
    assert "FIFO (FIFO, in the export Moving average)" in said
    assert Results(book).rows("Items", "Item number")[0]["Item model group"] == "FIFO"
