"""The explanation as a workbook: it adds up, its links lead to the cells of the book, Excel's validator is content.

Source  WORKBOOK "Command line" (explain).
"""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.api import explaining
from invclose_xl.cli.main import main
from invclose_xl.reports.costs.explanation import UnknownSubject

pytestmark = pytest.mark.xdist_group("explain")
"""one worker makes what all of these tests look at"""

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explained") / "closed.xlsx"
    assert main([str(ROOT / "examples" / "january.xlsx"), "--output", str(path)], NOW, "Ann") == 0
    return path


@pytest.fixture(scope="module")
def made(closed: Path) -> Path:
    """An issue that took a weighted average and went into production."""
    path = closed.with_name("explained.xlsx")
    explaining.explain(closed, "Transactions!C275").workbook(path, closed, NOW)
    return path


def test_every_sum_is_the_cost(made: Path) -> None:
    formulas, values = (openpyxl.load_workbook(made, data_only=d)["Explanation"] for d in (False, True))
    sums = 0
    for row in range(1, formulas.max_row + 1):
        formula = formulas.cell(row, 2).value
        if isinstance(formula, str) and formula.startswith("=SUM(B"):
            first, last = (int(part.lstrip("B")) for part in formula[5:-1].split(":"))
            total = round(sum(values.cell(r, 2).value for r in range(first, last + 1)), 2)
            assert total == values.cell(row, 2).value == 234.80
            sums += 1
    assert sums == 3


def test_links_lead_to_the_cells_of_the_book(made: Path, closed: Path) -> None:
    links = {}
    for row in openpyxl.load_workbook(made)["Explanation"].iter_rows():
        for cell in row:
            if cell.hyperlink is not None:
                assert cell.hyperlink.target == closed.name
                links[cell.value] = cell.hyperlink.location
    assert links["Transactions!A275"] == "Transactions!A275"
    assert len(links) > 4


def test_the_picture_is_in_it(made: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py draws PNG pictures")
    book = openpyxl.load_workbook(made)
    assert book.sheetnames == ["Explanation", "Picture"]


@pytest.mark.parametrize("name", ["P-CHAIN", "IC-000001", "IC-000001/1"])
def test_items_and_vouchers_have_tables(name: str, closed: Path, tmp_path: Path) -> None:
    path = tmp_path / "made.xlsx"
    explaining.explain(closed, name).workbook(path, closed, NOW)
    sheet = openpyxl.load_workbook(path)["Explanation"]
    assert any(isinstance(c.value, int | float) for row in sheet.iter_rows() for c in row)


def test_a_row_without_a_transaction_is_nobody(closed: Path) -> None:
    with pytest.raises(UnknownSubject):
        explaining.explain(closed, "Transactions!C1")


def test_the_validator_has_nothing_against_it(made: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("Node.js is not installed, so the Open XML SDK validator cannot run")
    command = ["bash", str(ROOT / "tests" / "tools" / "validate_ooxml.sh"), str(made)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode == 2:
        pytest.skip(f"the Open XML SDK validator could not be installed: {run.stderr[-200:]}")
    assert (run.returncode, run.stdout) == (0, "")
