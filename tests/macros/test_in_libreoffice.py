"""The buttons in a real spreadsheet application, pressed with the mouse: LibreOffice on a screen without a monitor.

What is tested is the template as ``invclose-xl new`` makes it, but for the VBA module of xlwings, with which no macro
of a library runs in LibreOffice: another module of the same name starts the same command.

Set INVCLOSE_XL_PICTURES to a folder to take the pictures of docs/close-button.md anew.
"""

import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytest.importorskip("xlwings", reason="the macros speak to the open book through xlwings")
pytest.importorskip("pyopenvba", reason="the template's VBA project is built with pyOpenVBA")

from invclose_xl.cli import main
from invclose_xl.templates.build import new_book
from invclose_xl.workbook.cell_reference import Range as Area
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from invclose_xl.workbook.live import LiveBook
from tests.macros.engine import open_book
from tests.macros.libreoffice import LibreOffice
from tests.macros.screen import NOW, Screen, missing

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.xdist_group("libreoffice"),
    pytest.mark.skipif(bool(missing()), reason=f"LibreOffice cannot be driven here; not installed: {missing()}"),
]

AT = datetime.fromtimestamp(NOW, UTC)
SHIM = Path(__file__).with_name("xlwings_for_libreoffice.bas").read_text("utf-8")
TITLE = "Inventory close"
RESULTS = [spec.name for spec in OUTPUT_SHEETS]
PICTURES = os.environ.get("INVCLOSE_XL_PICTURES", "")


def picture(screen: Screen, name: str) -> None:
    if PICTURES:
        screen.picture(Path(PICTURES) / f"{name}.png")


def contents(screen: Screen) -> dict[str, list[list[Any]]]:
    """What the result sheets hold, as LibreOffice shows it: formulas by their results."""
    document = screen.document
    return {name: trimmed(document.get(name, document.used(name))) for name in RESULTS}


def trimmed(rows: list[list[Any]]) -> list[list[Any]]:
    rows = [list(row) for row in rows]
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return [[round(v, 6) if isinstance(v, float) else v for v in row] for row in rows]


def written(path: Path) -> dict[str, list[list[Any]]]:
    """What the command line wrote, formulas by their results."""
    book = openpyxl.load_workbook(path, data_only=True)
    sheets = {}
    for name in RESULTS:
        rows = [
            [openpyxl.utils.datetime.to_excel(v) if isinstance(v, datetime) else float(v) if isinstance(v, int) else v
             for v in row]
            for row in book[name].iter_rows(values_only=True)
        ]  # fmt: skip
        sheets[name] = trimmed(rows)
    return sheets


@pytest.fixture(scope="module")
def screen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("screen")
    book = folder / "month.xlsm"
    new_book(book, AT.date(), modules={"xlwings": SHIM})
    with Screen(book, folder) as made:
        yield made


def test_only_the_module_of_xlwings_is_another(screen: Screen, tmp_path: Path) -> None:
    from pyopenvba import ExcelFile

    new_book(tmp_path / "month.xlsm", AT.date())
    with ExcelFile(tmp_path / "month.xlsm") as one, ExcelFile(screen.book) as other:
        real, tested = one.vba_modules(), other.vba_modules()
    assert real.keys() == tested.keys()
    assert [name for name in real if real[name] != tested[name]] == ["xlwings"]
    with zipfile.ZipFile(tmp_path / "month.xlsm") as one, zipfile.ZipFile(screen.book) as other:
        assert one.namelist() == other.namelist()
        assert [n for n in one.namelist() if one.read(n) != other.read(n)] == ["xl/vbaProject.bin"]


def test_it_opens_without_repair(screen: Screen) -> None:
    assert screen.windows("^(Repair|LibreOffice)$") == []
    assert screen.document.names()[:4] == ["Start", "Items", "Item model groups", "Transactions"]
    picture(screen, "button-start")


def test_a_faulty_row_is_found_and_selected(screen: Screen) -> None:
    """Typed by keyboard: a sale of an item that nobody knows. Its cell turns red; Check names it."""
    for cell, text in (("A9", "SALE-1"), ("C9", "BELL"), ("D9", "Sales order"), ("H9", "2026-01-30"), ("I9", "-1")):
        screen.type("Transactions", cell, text, keep_anyway="Not on the list")
    screen.go("Transactions", "C9")
    picture(screen, "button-red-cell")
    screen.go("Start")
    screen.press_button("Check", TITLE, lambda _: picture(screen, "button-check"))
    assert screen.document.active() == "Transactions"
    selected = screen.document.document.CurrentSelection.AbsoluteName
    assert selected == "$Transactions.$C$9"
    log = contents(screen)["Log"]
    assert log[2][1] == "Error"
    assert log[2][6] == "Transactions!C9"
    screen.go("Log")
    picture(screen, "button-log")


def test_close_gives_the_cells_of_the_command_line(screen: Screen, tmp_path: Path) -> None:
    screen.type("Transactions", "C9", "EXAMPLE-A")
    file = tmp_path / "month.xlsm"
    screen.document.save_copy(file)
    assert main(["close", str(file)], AT, "Ann") == 0
    screen.go("Start")
    names = {1: "button-question", 2: "button-closed"}
    screen.press_button("Close", TITLE, lambda dialog: picture(screen, names[dialog]))
    assert contents(screen) == written(file)
    assert (screen.book.parent / "month.before-IC-000001.xlsm").exists()
    screen.go("Settlements")
    picture(screen, "button-settlements")
    screen.go("Vouchers")
    picture(screen, "button-vouchers")


def test_a_date_in_the_closed_period_is_refused(screen: Screen) -> None:
    """By validation alone: no macro runs."""
    screen.type("Transactions", "H10", "2026-01-31")
    screen.dialog("Closed period")
    picture(screen, "button-closed-period")
    screen.answer("Closed period", "Escape")
    screen.press("Escape")
    assert screen.document.get("Transactions", Area(8, 10, 8, 10)) == [[None]]
    screen.type("Transactions", "H10", "2026-02-01")
    assert screen.document.get("Transactions", Area(8, 10, 8, 10)) == [[46054.0]]
    screen.document.clear("Transactions", Area(8, 10, 8, 10))


def test_reverse_asks_and_opens_the_period_again(screen: Screen) -> None:
    screen.go("Start")
    names = {1: "button-reverse", 2: "button-reversed"}
    screen.press_button("Reverse", TITLE, lambda dialog: picture(screen, names[dialog]))
    sheets = contents(screen)
    assert [row[1] for row in sheets["Lock"][3:]] == ["Closing", "Reversal"]
    assert {row[11] for row in sheets["Settlements"][2:]} == {"Reversed"}
    assert sheets["Lock"][0] == ["Inventory is closed up to"]
    assert all("done" in line for line in screen.pressed()), screen.pressed()


def test_ten_thousand_transactions(tmp_path: Path) -> None:
    """The same cells as the command line, in a time that one waits for."""
    book = tmp_path / "month.xlsm"
    new_book(book, AT.date(), modules={"xlwings": SHIM})
    file = tmp_path / "file" / "month.xlsm"
    file.parent.mkdir()
    with Screen(book, tmp_path) as screen:
        fill(screen.document, 10_000)
        LiveBook(open_book(screen.document)).fit_input_tables()
        screen.document.save_copy(file)
        assert main(["close", str(file)], AT, "Ann") == 0
        screen.go("Start")
        seconds = screen.press_button("Close", TITLE)
        found = contents(screen)
        assert found == written(file)
        assert len(found["Settlements"]) > 5_000
        print(f"10,000 transactions: {seconds:.1f} s; {screen.pressed()[-1]}")
    assert seconds < float(os.environ.get("INVCLOSE_XL_PATIENCE", "60"))


def fill(document: LibreOffice, count: int) -> None:
    """Put so many transactions of 50 items in the place of the example rows."""
    items, first = 50, 46023.0
    groups = ("FIFO", "LIFO", "LIFO-D", "AVG", "AVG-D")
    rows = [[f"'I{k:02}", "'Item", "'Item", f"'{groups[k % 5]}", "'PARTS", 10.0] for k in range(items)]
    document.put("Items", Area(1, 2, 6, items + 1), rows)
    lines = []
    for i in range(count):
        is_receipt = i % 3 == 0
        quantity = 6.0 if is_receipt else -2.0
        amount = quantity * (10 + i % 7) if is_receipt else quantity * 11
        line: list[Any] = [None] * 13
        line[0], line[2], line[3] = (
            f"'T{i:05}",
            f"'I{i // 3 % items:02}",
            "'Purchase order" if is_receipt else "'Sales order",
        )
        line[7], line[8], line[10], line[12] = first + i * 30 // count, quantity, amount, "'1"
        lines.append(line)
    document.put("Transactions", Area(1, 2, 13, count + 1), lines)
