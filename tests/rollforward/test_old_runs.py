"""What runs of the old book wrote is told by the old book alone: the next one has only their rows of the lock.

Source  WORKBOOK "Command line" (rollforward, compare, voucher, explain, reconcile --package).
"""

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

import invclose_xl
from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from tests.books import append_rows
from tests.rollforward.side_by_side import NOW, rolled, run
from tests.rollforward.test_next_book import JANUARY, book, day

pytestmark = pytest.mark.xdist_group("old runs")
"""one worker makes what all of these tests look at"""

ELSEWHERE = "What runs up to IC-000002 wrote is in the book that this one was rolled forward from"
ASKED = {
    "a close beside Expected": ("compare", "--closing", "IC-000001"),
    "a close of that day": ("compare", "--date", JANUARY, "--closing", "IC-000001"),
    "two runs": ("compare", "--runs", "IC-000001", "IC-000002"),
    "two runs of the status": ("status", "--compare", "IC-000001", "IC-000002"),
    "its voucher": ("voucher", "--format", "csv", "--output", "voucher.csv", "--closing", "IC-000001"),
    "its explanation": ("explain", "IC-000001"),
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The archive and the next book, which has a sheet Expected."""
    folder = tmp_path_factory.mktemp("rolled")
    path = book().write(folder / "book.xlsx")
    assert run(path, "close", "--date", JANUARY) == 0
    target = rolled(path, folder)
    workbook = openpyxl.load_workbook(target)
    sheet = workbook.create_sheet("Expected")
    for row in (("Transaction ID", "Adjustment"), ("P1", 1)):
        sheet.append(row)
    workbook.save(target)
    return path, target


@pytest.mark.parametrize("words", ASKED.values(), ids=ASKED)
def test_a_run_of_the_old_book_is_asked_for_there(
    words: tuple[str, ...], books: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *options = words
    options = [str(tmp_path / word) if word.endswith(".csv") else word for word in options]
    assert main([command, str(books[1]), *options], NOW, "tester") == 2
    assert ELSEWHERE in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_its_rows_are_there_too(books: tuple[Path, Path]) -> None:
    with pytest.raises(invclose_xl.UnknownRun, match=ELSEWHERE):
        invclose_xl.run_tables(books[1], "IC-000001")


def test_the_status_says_what_the_old_book_says_of_its_runs(books: tuple[Path, Path]) -> None:
    archive, book = (invclose_xl.status(path).history for path in books)
    assert archive[0].adjustment_amount == book[0].adjustment_amount == Decimal("-0.33")


def test_expected_is_for_the_next_close(books: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Not for the latest one of the old book; what stayed behind is not to be added."""
    assert main(["compare", str(books[1])], NOW, "tester") == 0
    said = capsys.readouterr()
    assert "up to 2026-02-28 against the sheet Expected" in said.out
    assert "It may be in the book that this one was rolled forward from. (IC480)" in said.err
    assert main(["explain", str(books[1]), "P1"], NOW, "tester") == 2
    assert "It may be in the book that this one was rolled forward from." in capsys.readouterr().err


def test_a_package_speaks_of_the_roll_forward_until_a_close(books: tuple[Path, Path], tmp_path: Path) -> None:
    """Saved by a program that leaves out what formulas come to, as openpyxl does."""
    folder = tmp_path / "package"
    assert main(["reconcile", str(books[1]), "--package", str(folder)], NOW, "tester") == 0
    readme = (folder / "README.md").read_text("utf-8")
    assert readme.startswith("# IC-000002: inventory closed up to 2026-01-31")
    assert "| Inventory value at 2026-01-31, invoiced | 132.67 |" in readme
    assert verify_close.main([str(folder)]) == 0


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("a row", "saved again or changed, its last run still the one stated"),
        ("a close", "its last run is another"),
    ],
)
def test_an_archive_that_went_on_is_named(since: str, said: str, tmp_path: Path) -> None:
    path = book().write(tmp_path / "book.xlsx")
    assert run(path, "close", "--date", JANUARY) == 0
    target = rolled(path, tmp_path)
    if since == "a row":
        append_rows(path, [{"Transaction ID": "S9", "Item number": "A", "Quantity": -1, "Financial date": day(3, 2)}])
    else:
        assert run(path, "close", "--date", "2026-02-28") == 0
    faults = [fault for check in verify_close.verify(target) for fault in check.faults]
    assert len(faults) == 1
    assert faults[0].endswith(said)
