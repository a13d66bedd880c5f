"""The button Import: what an export holds goes into the open book, as the command would put it there.

Source  WORKBOOK "Command line" (import --into).
"""

from datetime import date
from pathlib import Path

import pytest

pytest.importorskip("xlwings", reason="the macros speak to the open book through xlwings")
pytest.importorskip("pyopenvba", reason="the template's VBA project is built with pyOpenVBA")

from invclose_xl import macros
from invclose_xl.template_builder.build import new_book
from tests.importing import business_central, dynamics
from tests.importing.closed import close, imported, settlements
from tests.macros.pressing import NOW, opened
from tests.results import Results, text

CELL = "D17"


@pytest.fixture
def template(tmp_path: Path) -> Path:
    new_book(tmp_path / "book.xlsm", date(2026, 1, 1), with_examples=False, interpreter="")
    return tmp_path / "book.xlsm"


@pytest.mark.long
def test_what_is_imported_by_the_button_closes_like_what_the_command_made(template: Path, tmp_path: Path) -> None:
    folder = dynamics.write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    memory = opened(template, "yes")
    memory.book["Start"][CELL] = "export"  # beside the book
    macros.import_export(NOW, "Ann")
    assert memory.said[-1].startswith("Imported: "), memory.said
    memory.book.save(template)
    made = imported(folder, tmp_path / "made.xlsx")
    found, expected = close(template, "2026-01-31"), close(made, "2026-01-31")
    assert settlements(found) == settlements(expected)
    assert settlements(found)
    assert Results(template).rows("Import", "Table")


@pytest.mark.long
def test_the_examples_of_a_fresh_template_make_room(tmp_path: Path) -> None:
    """In the open book as in the file: nothing of the example is left, no blank row stands before the first."""
    book = tmp_path / "book.xlsm"
    new_book(book, date(2026, 1, 1), with_examples=True, interpreter="")
    folder = dynamics.write_csv(dynamics.tables(dynamics.company()), tmp_path / "export")
    memory = opened(book, "yes")
    memory.book["Start"][CELL] = "export"
    macros.import_export(NOW, "Ann")
    assert memory.said[-1].startswith("Imported: "), memory.said
    memory.book.save(book)
    for sheet, column in (("Transactions", "Transaction ID"), ("Items", "Item number")):
        ids = [text(row[column]) for row in Results(book).rows(sheet, column)]
        assert ids
        assert not [one for one in ids if one.startswith("EXAMPLE")]
    made = imported(folder, tmp_path / "made.xlsx")
    assert settlements(close(book, "2026-01-31")) == settlements(close(made, "2026-01-31"))


def test_sheets_that_the_template_lacks_are_added(template: Path, tmp_path: Path) -> None:
    dynamics.write_csv(business_central.company()[1], tmp_path / "export")
    memory = opened(template, "yes")
    memory.book["Start"][CELL] = str(tmp_path / "export")
    macros.import_export(NOW, "Ann")
    memory.book.save(template)
    results = Results(template)
    assert results.rows("Expected", "Adjustment")
    kept = {row["Dimension"]: row["Financial inventory"] for row in results.rows("Dimensions", "Dimension")}
    assert kept["Warehouse"] == "Yes"


def test_no_is_no_and_a_fault_is_named(template: Path, tmp_path: Path) -> None:
    made = dynamics.tables(dynamics.company())
    dynamics.write_csv(made, tmp_path / "export")
    memory = opened(template, "no")
    before = memory.state()
    macros.import_export(NOW, "Ann")
    assert "cell beside the button" in memory.said[-1]
    memory.book["Start"][CELL] = "export"
    before = memory.state()
    macros.import_export(NOW, "Ann")
    assert memory.said[-1] == "Nothing was changed."
    assert memory.state() == before
    made["InventTrans"][0]["qty"] = "ten"
    dynamics.write_csv(made, tmp_path / "export")
    macros.import_export(NOW, "Ann")
    assert any("IC406" in str(cell.value) for row in memory.book["Log"].iter_rows() for cell in row)


def test_what_is_assumed_is_said_before_anything_is_written(template: Path, tmp_path: Path) -> None:
    made = dynamics.tables(dynamics.company())
    made["InventTrans"] = [{k: v for k, v in r.items() if k != "costamountadjustment"} for r in made["InventTrans"]]
    dynamics.write_csv(made, tmp_path / "export")
    memory = opened(template, "no")
    memory.book["Start"][CELL] = "export"
    macros.import_export(NOW, "Ann")
    assert any("Warning: InventTrans has no column CostAmountAdjustment" in said for said in memory.said), memory.said
