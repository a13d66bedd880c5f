"""The independent reader knows rows as runs saw them: rows that changed sides between two runs raise no false alarm.

Source  RULES R8.6, R9.3, R10.3, R10.4.
"""

import json
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from invclose_xl.audit import verify_close
from invclose_xl.cli.main import main
from tests.audit.edit_cells import edit as edit_cell
from tests.audit.edit_cells import forge_digests
from tests.closings.closed_book import NOW, run
from tests.closings.story import edit
from tests.closings.test_rows_changed import CHARGE, START, story_book

DATED = "inventory=1400 offset=5000"
ESTIMATED = f"issue S 2026-01-10 qty 4 site=1 {DATED}\n"
SOLD = f"issue S 2026-01-10 qty 4 posted 30.00 site=1 {DATED}\n"
MADE = (
    f"issue C 2026-01-11 qty 5 posted 30.00 site=1 production=W ref='Production line' {DATED}\n"
    f"receipt F 2026-01-12 qty 5 amount 30.00 item=B site=1 production=W ref=Production {DATED}\n"
    f"issue SB 2026-01-13 qty 5 posted 30.00 item=B site=1 {DATED}\n"
)
RECEIVED = ["set S Quantity=4", "set S Financial-cost-amount=44"]
PRODUCT_ISSUED = ["set F Quantity=-5", "set F Financial-cost-amount=-40"]
CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "an estimated issue is a receipt": (ESTIMATED, [], RECEIVED),
    "an adjusted issue is a receipt": (SOLD, [], RECEIVED),
    "an adjusted product is an issue": (MADE, [], PRODUCT_ISSUED),
    "a component is a receipt": (MADE, [], ["set C Quantity=5", "set C Financial-cost-amount=60", "set C Reference="]),
    "a charged receipt is an issue": (
        SOLD, [CHARGE],
        ["discharge P1 5", "set P1 Quantity=-10", "set P1 Financial-cost-amount=-120"],
    ),
    "all of them": (
        SOLD + MADE, [CHARGE],
        [*RECEIVED, *PRODUCT_ISSUED, "discharge P1 5", "set P1 Quantity=-10", "set P1 Financial-cost-amount=-120"],
    ),
    "an estimated issue is gone": (ESTIMATED, [], ["remove S"]),
    "the only row of an account is gone": (SOLD.replace("1400", "1410"), [], ["remove S"]),
}  # fmt: skip


def faults(book: Path) -> list[str]:
    return [fault for check in verify_close.verify(book) for fault in check.faults]


def without_what_was_seen(book: Path) -> None:
    """Make it a book of a version that noted nothing of the rows it saw."""
    workbook = load_workbook(book, data_only=True)
    sheet = workbook["Locked rows"]
    for row in range(sheet.max_row, 0, -1):
        if sheet.cell(row, 5).value == "Seen":
            sheet.delete_rows(row)
    workbook.save(book)
    forge_digests(book)


@pytest.mark.parametrize("later", ["2026-01-15", "2026-02-28"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.sampled(7)
def test_a_row_that_changed_sides_is_no_fault(name: str, later: str, tmp_path: Path) -> None:
    lines, first, edits = CASES[name]
    _, book = story_book(tmp_path, START + lines)
    edit(book, first)
    assert run(book, "recalculate", "--date", later) == 0
    assert faults(book) == []
    edit(book, edits)
    assert faults(book) == [], "changed, and no run has seen it yet"
    assert run(book, "close", "--date", "2026-01-31") == 0
    assert main(["verify", str(book)], NOW, "auditor") == 0
    noted = Path(shutil.copy(book, tmp_path / "noted.xlsx"))
    without_what_was_seen(noted)
    if "1410" not in lines:  # then nothing in the book would say that it was an inventory account
        assert faults(noted) == []
    assert run(book, "reverse") == 0
    assert faults(book) == []
    while run(book, "reverse") == 0:  # the close has reversed a recalculation to a later date
        assert faults(book) == []


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize("closing", ["IC-000001", "IC-000002"])
@pytest.mark.parametrize(
    ("name", "sheet", "heading", "row"),
    [
        ("an estimated issue is a receipt", "Estimated costs", "Amount", "S"),
        ("an adjusted issue is a receipt", "Adjustments", "Change of inventory value", "S"),
        ("an adjusted product is an issue", "Adjustments", "Change of inventory value", "F"),
        ("an adjusted product is an issue", "Adjustments", "Adjustment", "F"),
        ("a charged receipt is an issue", "Adjustments", "New cost", "P1"),
    ],
)
@pytest.mark.sampled(11)
def test_a_forged_amount_in_such_a_row_is_found(
    name: str, sheet: str, heading: str, row: str, closing: str, noted: bool, tmp_path: Path
) -> None:
    lines, first, edits = CASES[name]
    _, book = story_book(tmp_path, START + lines)
    edit(book, first)
    assert run(book, "recalculate", "--date", "2026-01-15") == 0
    edit(book, edits)
    assert run(book, "close", "--date", "2026-01-31") == 0
    edit_cell(book, sheet, heading, lambda v: float(str(v)) + 1, Transaction_ID=row, Closing=closing)
    forge_digests(book)
    if not noted:
        without_what_was_seen(book)
    assert main(["verify", str(book)], NOW, "auditor") == 4


@pytest.mark.parametrize("closing", ["IC-000001", "IC-000002"])
def test_a_change_on_the_wrong_side_is_found(closing: str, tmp_path: Path) -> None:
    """Because what the recalculation saw of the row is written down."""
    _, book = story_book(tmp_path, START + MADE)
    assert run(book, "recalculate", "--date", "2026-01-15") == 0
    edit(book, PRODUCT_ISSUED)
    assert run(book, "close", "--date", "2026-01-31") == 0
    where = {"Transaction_ID": "F", "Closing": closing}
    edit_cell(book, "Adjustments", "Change of inventory value", lambda v: -float(str(v)), **where)
    forge_digests(book)
    assert any("Adjustments!P" in fault for fault in faults(book))


def test_the_side_is_where_the_reader_looks_for_it(tmp_path: Path) -> None:
    _, book = story_book(tmp_path, START + ESTIMATED)
    assert run(book, "recalculate", "--date", "2026-01-15") == 0
    rows = load_workbook(book)["Locked rows"].iter_rows(values_only=True)
    text = next(str(row[3]) for row in rows if (row[0], row[4]) == ("S", "Seen"))
    assert json.loads(text)[verify_close.SIDE] == -1


@pytest.mark.parametrize(
    ("units", "amounts", "comes"),
    [(0, [], True), (2, [], False), (2, [4, -2], True), (6, [4, -2], False), (-8, [-4, -4], True), (3, [2, 2], False)],
)
def test_sides_that_nobody_noted(units: int, amounts: list[int], comes: bool) -> None:
    assert verify_close._comes_to(units, amounts) is comes
    many = [2**k for k in range(1, 20)]
    assert verify_close._comes_to(units, many) is (units >= 0 and units % 2 == 0)
