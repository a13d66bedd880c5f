"""The buttons that look: Preview a close, Explain, Compare with Expected, What if, Reconcile.

Each makes a workbook beside the book and opens it.

Source  WORKBOOK "Command line" (check, explain, compare, reconcile).
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

pytest.importorskip("xlwings", reason="the macros speak to the open book through xlwings")
pytest.importorskip("pyopenvba", reason="the template's VBA project is built with pyOpenVBA")

from invclose_xl import macros
from invclose_xl.workbook.package.cell_reference import Range as Area
from tests.macros.memory import Injected
from tests.macros.pressing import NOW, opened


def test_preview_says_what_a_close_would_do_and_links_to_the_book(book: Path) -> None:
    memory = opened(book)
    before = memory.state()
    macros.preview(NOW, "Ann")
    made = book.with_name("month.check.xlsx")
    assert memory.said[-1].startswith("The preview of a close up to 2026-01-31 is in a workbook of its own")
    assert memory.opened == [made]
    assert memory.state() == before
    links_out = {
        c.hyperlink.target for s in openpyxl.load_workbook(made) for r in s.iter_rows() for c in r if c.hyperlink
    }
    assert {target for target in links_out if target} <= {"month.xlsm"}


@pytest.mark.parametrize(
    ("button", "what"),
    [(macros.preview, "check"), (macros.explain, "explanation"), (macros.reconcile, "reconciliation")],
)
@pytest.mark.sampled(2)
def test_a_file_of_somebody_else_is_left_alone(button: Any, what: str, book: Path) -> None:
    taken, second = book.with_name(f"month.{what}.xlsx"), book.with_name(f"month.{what} (2).xlsx")
    taken.write_bytes(b"minutes of the meeting")
    for _ in range(2):
        memory = opened(book)
        memory.book["Start"]["F13"] = "EXAMPLE-B"
        button(NOW, "Ann")
        assert memory.opened[-1] == second
    assert taken.read_bytes() == b"minutes of the meeting"
    assert not book.with_name(f"month.{what} (3).xlsx").exists(), "a report of ours is replaced"


def test_preview_of_what_stops_a_close(book: Path) -> None:
    memory = opened(book)
    memory.book["Transactions"]["I3"] = 0
    macros.preview(NOW, "Ann")
    assert memory.said[-1].startswith("The list of what stops a close is in a workbook of its own")


def test_explain_takes_the_row_selected_on_transactions(book: Path) -> None:
    memory = opened(book, "yes")
    macros.close(NOW, "Ann")
    memory.select("Transactions", Area(9, 4, 9, 4))
    before = memory.state()
    macros.explain(NOW, "Ann")
    made = book.with_name("month.explanation.xlsx")
    assert memory.said[-1].startswith("Issue EXAMPLE-3: 3 of EXAMPLE-A (site=1), 2026-01-12, Sales order")
    assert memory.active() == "Start"
    assert memory.state() == before
    sheet = openpyxl.load_workbook(made)["Explanation"]
    assert "In the end, it comes from" in [c.value for c in sheet["A"]]
    assert {c.hyperlink.target for row in sheet.iter_rows() for c in row if c.hyperlink} == {"month.xlsm"}


def test_explain_takes_what_the_cell_beside_it_names(book: Path) -> None:
    memory = opened(book)
    memory.book["Start"]["F13"] = "EXAMPLE-B"
    macros.explain(NOW, "Ann")
    assert memory.said[-1].startswith("Item EXAMPLE-B, Bicycle chain")
    memory.book["Start"]["F13"] = "EXAMPLE-77"
    macros.explain(NOW, "Ann")
    assert memory.said[-1].startswith("Nothing in the workbook is called 'EXAMPLE-77'")


def test_explain_without_anything_selected_says_what_to_select(book: Path) -> None:
    memory = opened(book)
    macros.explain(NOW, "Ann")
    assert memory.said[-1].startswith("Row 1 of Transactions holds no transaction. Select a cell")


def test_compare_names_what_differs_from_the_other_system(book: Path) -> None:
    workbook = openpyxl.load_workbook(book, keep_vba=True)
    sheet = workbook.create_sheet("Expected")
    for row in (("Transaction ID", "Adjustment"), ("EXAMPLE-3", 1)):
        sheet.append(row)
    workbook.save(book)
    memory = opened(book)
    before = memory.state()
    macros.compare(NOW, "Ann")
    assert memory.said[-1].startswith("2 differences up to 2026-01-31: the comparison is in a workbook of its own")
    assert memory.opened == [book.with_name("month.comparison.xlsx")]
    assert memory.state() == before


def test_compare_without_the_sheet_says_what_to_fill_in(book: Path) -> None:
    memory = opened(book)
    macros.compare(NOW, "Ann")
    assert memory.opened == []
    assert "1 " in memory.said[-1]
    assert memory.book["Log"]["C3"].value == "IC483"


def test_what_if_takes_model_and_item_from_the_cells_beside_it(book: Path) -> None:
    memory = opened(book)
    before = memory.state()
    macros.what_if(NOW, "Ann")
    assert memory.said[-1].startswith("1 close up to 2026-01-31, with Weighted average for all items: what the closes")
    assert memory.opened == [book.with_name("month.what-if.xlsx")]
    assert memory.state() == before
    memory.book["Start"]["F14"], memory.book["Start"]["H14"] = "LIFO", "EXAMPLE-A"
    macros.what_if(NOW, "Ann")
    assert "with LIFO for 1 of 2 items" in memory.said[-1]
    memory.book["Start"]["F14"] = "HIFO"
    macros.what_if(NOW, "Ann")
    assert memory.said[-1].startswith("There is no inventory model 'HIFO'")
    memory.book["Start"]["F14"] = None
    macros.what_if(NOW, "Ann")
    assert memory.said[-1].startswith("Enter an inventory model in the cell beside the button")


@pytest.mark.parametrize("button", [macros.explain, macros.reconcile])
def test_a_faulty_book_is_not_reported_on(button: Any, book: Path) -> None:
    memory = opened(book)
    memory.book["Transactions"]["I3"] = 0
    button(NOW, "Ann")
    assert memory.book["Log"]["B3"].value == "Error"
    assert memory.selected() == "Transactions!I3"
    assert memory.opened == []


def test_an_explanation_that_is_still_open_is_left_alone(book: Path) -> None:
    memory = opened(book)
    memory.select("Transactions", Area(1, 4, 1, 4))
    macros.explain(NOW, "Ann")
    macros.explain(NOW, "Ann")
    assert [path.name for path in memory.opened] == ["month.explanation.xlsx", "month.explanation (2).xlsx"]


def test_a_report_that_cannot_be_opened_is_there_all_the_same(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = opened(book)

    def refuse(path: Path) -> None:
        raise Injected("The application is busy.")

    monkeypatch.setattr(memory, "open_beside", refuse)
    macros.reconcile(NOW, "Ann")
    assert "which you can open: month.reconciliation.xlsx" in memory.said[-1]


def test_voucher_makes_a_workbook_beside_the_book_and_opens_it(book: Path) -> None:
    memory = opened(book)
    macros.voucher(NOW, "Ann")
    assert memory.said[-1] == "There is no voucher to write: the book was never closed. Nothing was written."
    macros.close(NOW, "Ann")
    made = book.with_name("month.voucher.xlsx")
    for _ in range(2):
        macros.voucher(NOW, "Ann")
        assert memory.said[-1].startswith("The voucher of IC-000001, ")
        assert memory.opened[-1] == made, "one of ours is replaced"
        memory.opened.clear()
    sheet = openpyxl.load_workbook(made)["Voucher"]
    assert [c.value for c in sheet[1]] == ["Voucher", "Date", "Account", "Dimension", "Debit", "Credit", "Text"]
    debit, credit = (sum(c.value for c in sheet[column][1:]) for column in "EF")
    assert debit == pytest.approx(credit)


def test_reconcile_makes_a_workbook_beside_the_book_and_opens_it(book: Path) -> None:
    memory = opened(book)
    for column, value in enumerate(("Inventory", datetime(2026, 1, 31), "GJ-1", 12.5), start=1):
        memory.book["Ledger"].cell(2, column).value = value
    macros.close(NOW, "Ann")
    macros.reconcile(NOW, "Ann")
    made = book.with_name("month.reconciliation.xlsx")
    assert made.name in memory.said[-1]
    assert memory.opened == [made]
    links_out = {
        c.hyperlink.target for s in openpyxl.load_workbook(made) for r in s.iter_rows() for c in r if c.hyperlink
    }
    assert {target for target in links_out if target} == {"month.xlsm"}, "links lead to the book, not to its copy"
