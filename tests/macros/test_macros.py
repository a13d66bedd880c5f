"""The buttons, pressed in a workbook in memory: the same cents as the command line.

Source  WORKBOOK "Command line", "Written"; RULES R10.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

pytest.importorskip("xlwings", reason="the macros speak to the open book through xlwings")
pytest.importorskip("pyopenvba", reason="the template's VBA project is built with pyOpenVBA")

from invclose_xl import macros
from invclose_xl.api import runs
from invclose_xl.cli.main import main
from tests.macros.pressing import JANUARY, LATER, NOW, dressed, dump, links, opened

# ---- the same as the command line


@pytest.mark.parametrize("source", ["template", "january"])
@pytest.mark.sampled(2)
def test_close_gives_the_cells_of_the_command_line(source: str, template: Path, tmp_path: Path) -> None:
    """january.xlsx has no result sheets yet: they are added, dressed and named as well."""
    original = template if source == "template" else JANUARY
    live, file = tmp_path / f"live{original.suffix}", tmp_path / f"file{original.suffix}"
    shutil.copy(original, live)
    shutil.copy(original, file)
    memory = opened(live, "yes")
    macros.close(NOW, "Ann")
    runs.close(file, now=NOW, user="Ann", notes_parts=False)
    assert list(dump(memory.book)) == list(dump(file))
    assert dressed(memory.book) == dressed(file)
    assert links(memory.book) == links(openpyxl.load_workbook(file))
    assert "ClosedDate" in memory.book.defined_names


@pytest.mark.long
def test_three_buttons_in_a_row_as_three_commands(book: Path, tmp_path: Path) -> None:
    file = tmp_path / "file.xlsm"
    shutil.copy(book, file)
    memory = opened(book, "yes", "yes", "yes")
    macros.close(NOW, "Ann")
    macros.recalculate(LATER, "Ann")
    macros.reverse(LATER, "Ann")
    for command, at in ((runs.close, NOW), (runs.recalculate, LATER), (runs.reverse, LATER)):
        command(file, now=at, user="Ann", notes_parts=False)
    assert list(dump(memory.book)) == list(dump(file))
    kept = sorted(p.name for p in book.parent.iterdir())
    assert [f"month.before-IC-00000{n}.xlsm" for n in (1, 2, 3)] == [n for n in kept if n.startswith("month.before")]


def test_what_is_not_saved_counts(book: Path) -> None:
    memory = opened(book, "yes")
    memory.book["Transactions"]["A9"] = "00123"
    for heading, value in {"Item number": "EXAMPLE-A", "Reference": "Sales order", "Quantity": -1, "Site": "1",
                           "Financial date": datetime(2026, 1, 30)}.items():  # fmt: skip
        at = next(c.column for c in memory.book["Transactions"][1] if c.value == heading)
        memory.book["Transactions"].cell(9, at).value = value
    on_disk = book.read_bytes()
    macros.close(NOW, "Ann")
    issues = [c.value for c in memory.book["Settlements"]["F"]]
    assert "00123" in issues, "an ID keeps its zeros in the application too"
    assert book.read_bytes() == on_disk, "the book is not saved for the user"
    kept = openpyxl.load_workbook(book.with_name("month.before-IC-000001.xlsm"))
    assert kept["Transactions"]["A9"].value == "00123", "the copy holds what was not saved"
    assert kept["Settlements"]["A3"].value is None


def test_the_message_says_what_happened_and_where_the_copy_is(book: Path) -> None:
    memory = opened(book)
    macros.close(NOW, "Ann")
    said = memory.said[-1]
    assert said.startswith("Inventory is closed up to 2026-01-31 (IC-000001).")
    assert "5 settlements, 81.40" in said
    assert "save it to keep the result" in said
    assert "month.before-IC-000001.xlsm, in the same folder" in said
    assert any("Settlements" in text for text in memory.shown), "the status bar says how far it is"


# ---- questions


def test_no_to_the_warnings_changes_nothing(book: Path) -> None:
    memory = opened(book, "no")
    memory.book["Transactions"]["I4"] = -30
    memory.book["Transactions"]["K4"] = -318
    before = memory.state()
    macros.close(NOW, "Ann")
    assert memory.said[0].startswith("Close inventory up to 2026-01-31?\n\nThere ")
    assert "warning" in memory.said[0]
    assert memory.said[-1] == "Nothing was changed."
    assert memory.state() == before
    assert [p.name for p in book.parent.iterdir()] == [book.name]


@pytest.mark.parametrize("press", [macros.close, macros.recalculate])
def test_the_period_is_named_and_asked_for_also_without_warnings(book: Path, press: Callable[..., None]) -> None:
    memory = opened(book, "no")
    before = memory.state()
    press(NOW, "Ann")
    period = "2026-01-31" if press is macros.close else "2026-02-03"
    assert memory.said[0].splitlines()[0].endswith(f"up to {period}?")
    assert memory.said[1:] == ["Nothing was changed."]
    assert memory.state() == before


def test_reverse_asks_and_names_what_it_undoes(book: Path) -> None:
    memory = opened(book, "yes", "no")
    macros.close(NOW, "Ann")
    before = memory.state()
    macros.reverse(LATER, "Ann")
    assert memory.said[2].startswith("Reverse the closing IC-000001 up to 2026-01-31?")
    assert memory.state() == before


def test_nothing_to_reverse_is_said(book: Path) -> None:
    memory = opened(book)
    macros.reverse(NOW, "Ann")
    assert "IC220" in memory.said[-1]


# ---- findings


def test_errors_go_to_the_log_with_links_and_the_first_cell_is_selected(book: Path) -> None:
    memory = opened(book)
    memory.book["Transactions"]["I3"] = 0
    memory.book["Transactions"]["C5"] = "NOBODY"
    macros.close(NOW, "Ann")
    log = memory.book["Log"]
    assert [log.cell(row, 2).value for row in (3, 4)] == ["Error", "Error"]
    assert [log.cell(row, 7).value for row in (3, 4)] == ["Transactions!I3", "Transactions!C5"]
    assert links(memory.book) == {"G3": "Transactions!I3", "G4": "Transactions!C5"}
    assert memory.selected() == "Transactions!I3"
    assert memory.active() == "Transactions"
    assert "2 problems to correct first" in memory.said[-1]
    assert memory.book["Settlements"]["A3"].value is None
    assert [p.name for p in book.parent.iterdir()] == [book.name], "no copy is left where nothing was closed"


def test_findings_leave_the_log_when_they_are_gone(book: Path) -> None:
    memory = opened(book)
    memory.book["Transactions"]["I3"] = 0
    macros.check(NOW, "Ann")
    memory.book["Transactions"]["I3"] = 3
    macros.check(NOW, "Ann")
    assert [c.value for c in memory.book["Log"]["B"][2:] if c.value] == ["Information"]
    assert links(memory.book) == {}


def test_findings_of_a_check_are_not_results_of_a_closing(book: Path, tmp_path: Path) -> None:
    """Rows of the Log without a closing are no edit of a result sheet; the next run takes them away."""
    memory = opened(book, "yes")
    macros.close(NOW, "Ann")
    memory.book["Transactions"]["I9"] = 5
    macros.check(LATER, "Ann")
    assert "Error" in [c.value for c in memory.book["Log"]["B"]]
    memory.book["Transactions"]["I9"] = None
    saved = tmp_path / "saved.xlsm"
    memory.save_copy(saved)
    assert main(["reverse", str(saved)], LATER, "Ann") == 0
    assert {c.value for c in openpyxl.load_workbook(saved)["Log"]["A"][2:]} <= {"IC-000001", "IC-000002", None}


def test_a_book_that_was_never_saved(book: Path) -> None:
    memory = opened(book)
    memory.path = Path("Book1")
    macros.close(NOW, "Ann")
    assert "save it to a local folder" in memory.said[-1]


# ---- the rest


def test_remove_the_example_rows(book: Path) -> None:
    memory = opened(book, "yes")
    memory.book["Transactions"]["A9"] = "MINE"
    macros.remove_examples(NOW, "Ann")
    assert memory.said[-1].startswith("9 example rows removed")
    assert memory.said[-2] == "Empty all rows of Items and Transactions whose key begins with EXAMPLE?"
    assert [c.value for c in memory.book["Transactions"]["A"][1:] if c.value] == ["MINE"]
    assert not any(c.value for c in memory.book["Items"]["A"][1:])


@pytest.mark.long
def test_examples_that_were_closed_stay(book: Path) -> None:
    memory = opened(book)
    macros.close(NOW, "Ann")
    macros.remove_examples(NOW, "Ann")
    assert "press Reverse first" in memory.said[-1]
    assert memory.book["Transactions"]["A2"].value == "EXAMPLE-1"


def test_rows_typed_below_a_table_belong_to_it(book: Path) -> None:
    """Excel lets a table grow while one types; other applications do not."""
    memory = opened(book)
    table = next(iter(memory.book["Transactions"].tables.values()))
    table.ref = table.ref.replace("501", "7")
    macros.close(NOW, "Ann")
    assert table.ref.endswith("8")
    assert "EXAMPLE-7" in [c.value for c in memory.book["Settlements"]["F"]]


def test_filters_are_taken_off_before_rows_are_written(book: Path) -> None:
    memory = opened(book)
    macros.close(NOW, "Ann")
    assert {"Settlements", "Adjustments", "Vouchers"} <= set(memory.unfiltered)
    assert "Transactions" not in memory.unfiltered


def test_text_is_never_taken_for_a_number_or_a_formula(book: Path) -> None:
    memory = opened(book, "yes")
    for row, name in ((2, "=1+1"), (3, "1E5"), (4, "2026-01-05")):
        memory.book["Transactions"].cell(row, 1).value = name
        memory.book["Transactions"].cell(row, 1).data_type = "s"
    macros.close(NOW, "Ann")
    names = {c.value: c.data_type for column in "FG" for c in memory.book["Settlements"][column][2:] if c.value}
    assert {"=1+1", "1E5", "2026-01-05"} <= names.keys()
    assert set(names.values()) == {"s"}


def test_examples_go_once_their_closing_is_reversed(book: Path) -> None:
    memory = opened(book, "yes", "yes")
    macros.close(NOW, "Ann")
    macros.reverse(NOW, "Ann")
    macros.remove_examples(NOW, "Ann")
    assert memory.said[-1].startswith("9 example rows removed")


def test_examples_that_are_gone_are_not_asked_about(book: Path) -> None:
    memory = opened(book, "yes")
    macros.remove_examples(NOW, "Ann")
    macros.remove_examples(NOW, "Ann")
    assert memory.said[-1].startswith("There are no example rows any more.")
