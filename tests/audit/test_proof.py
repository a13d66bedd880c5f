"""What stands beside the figures is checked, too: Status, the proof of a roll-forward, names of items, the Lock.

Source  RULES R10.2, R10.3; WORKBOOK "Written", "Command line" (verify, rollforward).
"""

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from invclose_xl.workbook.layout import OUTPUT_SHEETS
from tests.audit.edit_cells import delete_row, edit
from tests.books import Item
from tests.rollforward.side_by_side import NOW, run
from tests.rollforward.test_next_book import book as book_of_january

pytestmark = pytest.mark.xdist_group("proof")
"""one worker makes what all of these tests look at"""

HERE = "Roll-forward"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: old.xlsx closed twice and once more in vain, next.xlsx that goes on from it."""
    folder = tmp_path_factory.mktemp("proof")
    january = book_of_january()
    january.items.append(Item("P", "FIFO", flags={"Include physical value": "Yes"}))
    january.add("P", "V1", 10, physical_date=date(2026, 1, 5), physical_cost_amount=Decimal("100.00"))
    january.issue("V2", date(2026, 1, 6), 4, "30.00", "P")
    january.receive("U3", date(2026, 1, 10), 2, "20.00", "C", site="2", reference="Transfer", transfer_id="TR")
    old = january.write(folder / "old.xlsx")
    for words in (("close", "--date", "2026-01-31"), ("close", "--date", "2026-02-28")):
        assert run(old, *words) == 0
    shutil.copy(old, folder / "reversed.xlsx")
    assert run(folder / "reversed.xlsx", "reverse") == 0
    assert main(["rollforward", str(old), "--output", str(folder / "next.xlsx")], NOW, "tester") == 0
    return folder


def copied(made: Path, folder: Path, *names: str) -> Path:
    for name in names:
        shutil.copy(made / name, folder / name)
    return folder / names[0]


def failed(path: Path) -> dict[str, list[str]]:
    return {check.name: check.faults for check in verify_close.verify(path) if check.faults}


@pytest.mark.parametrize("name", ["old.xlsx", "reversed.xlsx", "next.xlsx"])
def test_honest_books_hold(name: str, made: Path) -> None:
    assert failed(made / name) == {}


def test_the_sheets_with_a_status_are_those_that_are_read() -> None:
    with_status = {s.name for s in OUTPUT_SHEETS if "status" in {c.field for c in s.columns}}
    assert with_status == {*verify_close.STATED, "Lock"}


@pytest.mark.parametrize("name", ["old.xlsx", "reversed.xlsx"])
@pytest.mark.parametrize("sheet", verify_close.STATED)
@pytest.mark.parametrize("word", ["Active", "Reversed", "Replaced", "active", None])
@pytest.mark.sampled(7)
def test_a_changed_status_is_named_by_cell(name: str, sheet: str, word: str | None, made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, name)
    row = verify_close.Book(path).results[sheet][0]
    edit(path, sheet, "Status", lambda was: word if word != was else "Reversed" if was == "Active" else "Active")
    assert any(fault.startswith(row.cell("Status")) for fault in failed(path)["Status"])


def test_a_row_of_a_run_that_never_was(made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "old.xlsx")
    edit(path, "Settlements", "Closing", lambda _: "IC-000077")
    assert any("no run IC-000077" in fault for fault in failed(path)["Status"])


def more(value: object) -> object:
    return float(str(value)) + 1


FIGURES = [f"{figure}{side}" for side in (" in the old book", " here")
           for figure in ("Quantity", "Value", "Not invoiced quantity", "Not invoiced value")]  # fmt: skip
PROOF: dict[str, tuple[str, Callable[[object], object]]] = {
    **{heading: (heading, more) for heading in [*FIGURES, "Difference"]},
    "another run": ("Closing", lambda _: "IC-000001"),
    "another date": ("Up to date", lambda _: None),
    "another item": ("Item number", lambda _: "Z"),
    "another group": ("Costing group", lambda _: "site=9"),
    "another archive": ("Old book", lambda _: "other.xlsx"),
    "a Digest that is none": ("Digest of its last run", lambda _: "0" * 64),
    "another Digest": ("Digest of its last run", lambda was: str(was)[::-1]),
    "a SHA-256 that is short": ("SHA-256 of its file", lambda was: str(was)[:-1]),
    "another SHA-256": ("SHA-256 of its file", lambda was: str(was)[::-1]),
}


@pytest.mark.parametrize("name", PROOF)
@pytest.mark.sampled(4)
def test_a_changed_proof_is_named_by_cell(name: str, made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "next.xlsx", "old.xlsx")
    heading, change = PROOF[name]
    edit(path, HERE, heading, change)
    assert any(fault.startswith(f"{HERE}!") for fault in failed(path)[HERE])


@pytest.mark.parametrize("heading", ["Digest of its last run", "SHA-256 of its file", "Old book"])
@pytest.mark.parametrize("value", ["0" * 64, "", "../x"])
@pytest.mark.sampled(4)
def test_of_an_archive_that_is_elsewhere_the_shape_is_checked(
    heading: str, value: str, made: Path, tmp_path: Path
) -> None:
    path = copied(made, tmp_path, "next.xlsx")
    assert failed(path) == {}
    _set_all(path, heading, value)
    assert (HERE in failed(path)) == (heading != "Old book" or not value or "/" in value)


@pytest.mark.parametrize("heading", ["Digest of its last run", "SHA-256 of its file"])
def test_the_archive_beside_it_is_the_one_that_is_named(heading: str, made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "next.xlsx", "old.xlsx")
    _set_all(path, heading, "0123456789abcdef" * 4)
    assert any("old.xlsx" in fault for fault in failed(path)[HERE])


def test_an_archive_that_was_changed(made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "next.xlsx", "old.xlsx")
    with (tmp_path / "old.xlsx").open("ab") as file:
        file.write(b"\0")
    assert any("beside this book" in fault for fault in failed(path)[HERE])


def _set_all(path: Path, heading: str, value: str) -> None:
    workbook = load_workbook(path, data_only=True)
    rows = verify_close.Book(path).results[HERE]
    for row in rows:
        workbook[HERE].cell(row.number, row.columns[heading] + 1).value = value or None
    workbook.save(path)


@pytest.mark.parametrize("heading", [h for h in [*FIGURES, "Difference"] if "uantity" not in h])
@pytest.mark.sampled(3)
def test_a_changed_total_is_named(heading: str, made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "next.xlsx")
    total = verify_close.Book(path).totals[heading]["cell"]
    workbook = load_workbook(path, data_only=True)
    cell = workbook[HERE][total.split("!")[1]]
    cell.value = more(cell.value)
    workbook.save(path)
    assert [fault.partition(":")[0] for fault in failed(path)[HERE]] == [total]


def test_totals_of_what_a_filter_shows_are_no_fault(made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "next.xlsx")
    book = verify_close.Book(path)
    hidden = book.results[HERE][0]
    workbook = load_workbook(path, data_only=True)
    workbook[HERE].row_dimensions[hidden.number].hidden = True
    for heading, total in book.totals.items():
        if isinstance(total["value"], int | float):
            cell = workbook[HERE][total["cell"].split("!")[1]]
            cell.value = round(float(total["value"]) - float(hidden[heading]), 2)
    workbook.save(path)
    assert failed(path) == {}


def _without_sheet(path: Path) -> None:
    workbook = load_workbook(path, data_only=True)
    del workbook[HERE]
    workbook.save(path)


def _without_heading(path: Path) -> None:
    workbook = load_workbook(path, data_only=True)
    _cell_of_heading(workbook, HERE, "Value here").value = "Value there"
    workbook.save(path)


def _cell_of_heading(workbook: Any, sheet: str, heading: str) -> Any:
    return next(c for row in workbook[sheet].iter_rows() for c in row if c.value == heading)


@pytest.mark.parametrize(
    "spoil", [_without_sheet, _without_heading, lambda path: delete_row(path, HERE, Item_number="A")]
)
def test_a_proof_that_is_not_whole(spoil: Callable[[Path], None], made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, "next.xlsx")
    spoil(path)
    assert HERE in failed(path)


@pytest.mark.parametrize("heading", ["Product name", "Item group", "Inventory model", "Unit"])
@pytest.mark.parametrize("name", ["old.xlsx", "reversed.xlsx", "next.xlsx"])
@pytest.mark.sampled(5)
def test_a_changed_name_on_stock_value(name: str, heading: str, made: Path, tmp_path: Path) -> None:
    path = copied(made, tmp_path, name)
    edit(path, "Stock value", heading, lambda was: f"{was or ''}X")
    assert any("is not what IC-" in fault for fault in failed(path)["Stock value"])


@pytest.mark.parametrize(
    ("sheet", "heading"), [("Items", "Item model group"), ("Item model groups", "Inventory model")]
)
def test_what_the_master_data_says_since_is_no_fault_of_the_close(
    sheet: str, heading: str, made: Path, tmp_path: Path
) -> None:
    path = copied(made, tmp_path, "old.xlsx")
    workbook = load_workbook(path, data_only=True)
    top = _cell_of_heading(workbook, sheet, heading)
    cell = workbook[sheet].cell(top.row + 1, top.column)
    cell.value = "LIFO" if sheet == "Item model groups" else workbook[sheet].cell(top.row + 2, top.column).value
    workbook.save(path)
    assert "Stock value" not in failed(path)


NEEDED = [h for h in verify_close.RESULTS["Lock"].split(",") if h != "Format"]


@pytest.mark.parametrize("heading", NEEDED)
@pytest.mark.sampled(4)
def test_a_damaged_heading_of_the_lock_is_named(
    heading: str, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copied(made, tmp_path, "old.xlsx")
    workbook = load_workbook(path, data_only=True)
    cell = _cell_of_heading(workbook, "Lock", heading)
    cell.value = "Other"
    workbook.save(path)
    for check in (verify_close.main, lambda words: main(["verify", *words])):
        assert check([str(path)]) == 5
        error = capsys.readouterr().err
        assert f"row {cell.row} of the sheet Lock lacks the heading {heading}" in error
        assert "never closed" not in error


def test_a_lock_that_is_gone(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copied(made, tmp_path, "old.xlsx")
    workbook = load_workbook(path, data_only=True)
    del workbook["Lock"]
    workbook.save(path)
    for check in (verify_close.main, lambda words: main(["verify", *words])):
        assert check([str(path)]) == 5
        assert "the sheet Lock is missing" in capsys.readouterr().err


def test_a_book_that_was_never_closed_is_the_same_to_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book_of_january().write(tmp_path / "book.xlsx")
    assert verify_close.main([str(path)]) == 4
    assert "never closed" in capsys.readouterr().err
    assert main(["verify", str(path)]) == 4
    assert "IC231" in capsys.readouterr().err
