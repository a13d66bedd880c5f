"""The independent reader: it finds nothing in books that were closed, and every edit by the law that it breaks."""

import ast
import json
import random
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from invclose_xl.api.runs import close, recalculate, reverse
from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import InputFault, Refused
from tests.audit.edit_cells import delete_row, edit, forge_digests
from tests.books import Book, Item
from tests.conftest import mixed_books_seed
from tests.mixed.books import JANUARY, MAY, mixed_book
from tests.mixed.test_mixed import closable

ROOT = Path(__file__).parent.parent.parent
SCRIPT = Path(verify_close.__file__)
MONTH = ROOT / "examples" / "january.xlsx"
NOW = datetime(2026, 2, 2, 8, 15, tzinfo=UTC)
MARCH = date(2026, 3, 31)


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("january") / "closed.xlsx"
    assert main([str(MONTH), "--output", str(path)], NOW, "controller") == 0
    return path


@pytest.fixture
def book(january: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(january, tmp_path / "closed.xlsx"))


def failed(book: Path) -> dict[str, list[str]]:
    return {check.name: check.faults for check in verify_close.verify(book) if check.faults}


def test_the_file_imports_only_the_standard_library_and_openpyxl() -> None:
    modules = set()
    for node in ast.walk(ast.parse(SCRIPT.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").split(".")[0])
    assert modules - set(sys.stdlib_module_names) == {"openpyxl"}


def test_texts_that_look_like_escaped_ones_are_read_as_they_are(tmp_path: Path) -> None:
    """A fingerprint of a large book may hold ``_xC3de_`` by chance, and a user's ID may."""
    told = Book([Item("A_x0042_C", "FIFO")])
    told.receive("P_x000D_1", date(2026, 1, 5), 10, "100.00", item="A_x0042_C")
    told.issue("S_xC3de_", date(2026, 1, 9), 3, "31.00", item="A_x0042_C")
    closed = told.write(tmp_path / "book.xlsx")
    assert main([str(closed), "--date", "2026-01-31", "--no-backup"], NOW, "controller") == 0
    with zipfile.ZipFile(closed) as package:
        texts = b"".join(package.read(name) for name in package.namelist() if name.startswith("xl/"))
    assert texts.count(b"_x005F_xC3de_") > 2  # also in the shared texts of the input sheets
    assert failed(closed) == {}


def test_the_file_alone_checks_january(book: Path, tmp_path: Path) -> None:
    alone = shutil.copy(SCRIPT, tmp_path / "verify_close.py")
    command = [sys.executable, "-I", str(alone), str(book)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "89 receipts gave 133,634.84 for a quantity of 2,139; 57 of them wholly settled" in run.stdout
    assert "closing value 128,144.00" in run.stdout
    assert run.stdout.endswith("All 10 checks hold.\n")


def test_the_command_says_the_same_and_leaves_the_book_alone(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = book.read_bytes()
    assert main(["verify", str(book)]) == 0
    assert capsys.readouterr().out == verify_close.report(verify_close.verify(book)) + "\n"
    assert book.read_bytes() == before


def test_json(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(book, "Stock value", "Unit cost", lambda value: float(str(value)) + 1, Item_number="A-BAG")
    assert main(["verify", str(book), "--json"]) == 4
    said = json.loads(capsys.readouterr().out)
    assert said["holds"] is False
    assert [check["check"] for check in said["checks"] if not check["holds"]] == ["Stock value"]


def test_what_is_no_closed_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(MONTH)]) == 4
    assert "IC231" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "nowhere.xlsx")]) == 5
    (tmp_path / "text.xlsx").write_text("no workbook")
    assert main(["verify", str(tmp_path / "text.xlsx")]) == 5
    assert verify_close.main([str(tmp_path / "text.xlsx")]) == 5
    assert verify_close.main([]) == 2


def more(value: object) -> object:
    return round(float(str(value)) + 0.01, 2)


INVENTORY = "Vouchers = change of inventory value"
SOLD = {"Issue": "T0388"}
EDITS = {
    "a settlement's amount": (("Settlements", "Amount", more, SOLD), "Settlements of issues"),
    "a settlement's receipt": (("Settlements", "Receipt", lambda _: "T9999", SOLD), "Settlements of receipts"),
    "a settlement's quantity": (("Settlements", "Quantity", lambda _: 900, SOLD), "Settlements of receipts"),
    "an adjustment": (("Adjustments", "Adjustment", more, {"Transaction_ID": "T0388"}), "Adjustments"),
    "an old cost": (("Adjustments", "Old cost", more, {"Transaction_ID": "T0388"}), "Adjustments"),
    "a voucher line": (("Vouchers", "Debit", more, {"Line": 2}), "Vouchers balance"),
    "a line's account": (("Vouchers", "Account", lambda _: "510100", {"Line": 2}), INVENTORY),
    "a leg of an average": (
        ("Closing transactions", "Amount", more, {"Transaction_ID": "IC-000001/W1/R"}),
        "Settlements of receipts",
    ),
    "a stock value": (("Stock value", "Closing value", more, {"Item_number": "A-BAG"}), "Stock value"),
    "an opening": (("Stock value", "Opening value", more, {"Item_number": "A-BAG"}), "Stock value"),
    "the lock's figure": (("Lock", "Adjustment amount", more, {"Closing": "IC-000001"}), "Lock"),
    "a posted cost": (("Transactions", "Financial cost amount", more, {"Transaction_ID": "T0001"}), "Stock value"),
    "a quantity": (("Transactions", "Quantity", lambda q: -2, {"Transaction_ID": "T0388"}), "Settlements of issues"),
    "an invoice date": (
        ("Transactions", "Financial date", lambda _: datetime(2026, 3, 1), {"Transaction_ID": "T0388"}),
        "Stock value",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.sampled(13)
def test_an_edit_is_found_by_its_law_even_when_the_digests_are_forged(name: str, book: Path) -> None:
    (sheet, heading, change, where), law = EDITS[name]
    edit(book, sheet, heading, change, **where)
    if sheet not in ("Transactions", "Stock value"):
        assert "Digests" in failed(book)
    forge_digests(book)
    found = failed(book)
    assert "Digests" not in found
    assert law in found
    assert any(sheet in fault for faults in found.values() for fault in faults) or law != sheet


@pytest.mark.parametrize(("sheet", "where"), [("Settlements", {"Issue": "T0388"}), ("Log", {"Code": "IC501"}),
                                              ("Adjustments", {"Transaction_ID": "T0388"}), ("Vouchers", {"Line": 3}),
                                              ("Locked rows", {"Transaction_ID": "T0001"})])  # fmt: skip
@pytest.mark.sampled(2)
def test_a_row_that_is_gone_is_missed(sheet: str, where: dict[str, object], book: Path) -> None:
    delete_row(book, sheet, **where)
    assert "Digests" in failed(book)


def test_a_book_saved_by_another_program_holds(book: Path) -> None:
    edit(book, "Transactions", "Number", lambda value: value, Transaction_ID="T0001")
    assert failed(book) == {}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_random_books_hold_after_every_run(seed: int, tmp_path: Path) -> None:
    """Closed, recalculated, closed again, reversed: whatever the sheets say fits together."""
    dice = random.Random(seed)
    path = closable(mixed_book(mixed_books_seed() + seed, 60))[0].write(tmp_path / "book.xlsx")
    runs = [lambda: close(path, JANUARY, backup=False), lambda: recalculate(path, MARCH, backup=False)]
    runs += [lambda: close(path, MARCH, backup=False)] if dice.random() < 0.5 else []
    runs += [lambda: close(path, MAY, backup=False), lambda: reverse(path, backup=False)]
    for run in runs:
        try:
            run()
        except (InputFault, Refused):
            continue  # an invoice that is older than the recalculation's packing slip; the others go on
        assert failed(path) == {}
