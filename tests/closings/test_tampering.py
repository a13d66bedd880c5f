"""Nothing behind the lock changes unseen: every column of each of our sheets, every input column of a locked row.

Source  RULES R10.1, R10.2.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from invclose_xl.closing.lock.verify import verify
from invclose_xl.closing.state.ledger_state import read_state
from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.domain.tables import SHEETS
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.layout import COST_ADJUSTMENTS, OUTPUT_SHEETS, TRANSACTIONS
from tests.closings.closed_book import Place, cells_of, patched, run

WRITTEN_ANEW = ("Vouchers", "Account name")
"""what *Posting* calls the account now: nothing reads it, and every run writes it for all vouchers"""
RESULT_COLUMNS = [
    (sheet.name, column.heading)
    for sheet in OUTPUT_SHEETS
    for column in sheet.columns
    if column.field not in sheet.user_fields and column.field in SHEETS[sheet.table]
    if (sheet.name, column.heading) != WRITTEN_ANEW
]
"""but for formulas that nothing reads and every run writes anew: the total of a voucher"""
USER_COLUMNS = [
    (sheet.name, column.heading)
    for sheet in OUTPUT_SHEETS
    for column in sheet.columns
    if column.field in sheet.user_fields
]
LOCKED = {"P1", "P2", "S1", "S2", "S3", "R1", "T1I", "T1R", "C1", "B1", "O1", "P4", "S4", "S5", "P5"}
ALIKE = {"company", "unit", "currency", "status"}
"""blank in this book, or the same on all rows: one row filled or changed alone is an input error, or moves no stock"""
COLUMNS = [column.heading for column in TRANSACTIONS.columns if column.field not in ALIKE]
AMOUNTS = {column.heading for sheet in OUTPUT_SHEETS for column in sheet.columns if column.kind == "amount"}
ONE_OF_THE_TWO = ("New unit cost",)
"""not beside an amount; changed behind the lock in test_charges"""
AMOUNTS |= {column.heading for sheet in (TRANSACTIONS, COST_ADJUSTMENTS) for column in sheet.columns
            if column.kind == "amount"}  # fmt: skip
AMOUNT_OF_DATE = {"Physical date": "Physical cost amount", "Financial date": "Financial cost amount"}
BOTH_OR_NEITHER = {"Prior settled quantity", "Prior settled amount"}
MUST_BE_FILLED = {"Transaction ID", "Item number", "Quantity"}
OTHER = {"Item number": "BIKE", "Reference": "Counting", "Marked to": "P1", "Return lot ID": "S1",
         "Quantity": 7.0, "Cost share": 0.5, "Applies to": "On hand", "Transaction ID": "P2"}  # fmt: skip


def refusals(path: Path) -> list[Problem]:
    """What stops a run on this book."""
    reading = read_book(path)
    assert [p.line() for p in reading.problems if p.severity is Severity.ERROR] == []
    if reading.book is None:
        return list(reading.problems)
    state = read_state(reading.book)
    return verify(reading.book, state) or list(state.missing)


def changed(value: object, heading: str = "") -> object:
    """Another value of the same kind, as near to it as can be: a cent, a piece, a day."""
    if isinstance(value, datetime):
        return value.date() + timedelta(days=1)
    if isinstance(value, int | float):
        return round(float(value) + (0.01 if heading in AMOUNTS else 1), 2)
    return f"{value}x" if value else "x"


def test_the_book_as_it_is_has_nothing_to_refuse(closed: Path) -> None:
    assert [p.line() for p in refusals(closed)] == []


@pytest.mark.parametrize(("sheet", "heading"), RESULT_COLUMNS)
@pytest.mark.sampled(29, long=3)
def test_an_edited_result_is_refused(closed: Path, tmp_path: Path, sheet: str, heading: str) -> None:
    places = [p for p in cells_of(closed, sheet, "Closing") if p.heading == heading and p.key]
    filled = [p for p in places if p.value not in (None, "")]
    place = (filled or places)[0]
    found = refusals(patched(closed, tmp_path / "book.xlsx", sheet, place.cell, changed(place.value, heading)))
    assert found, f"{sheet}!{place.cell} was changed unseen"
    assert {p.severity for p in found} == {Severity.REFUSED}
    assert all(p.fix for p in found)
    if sheet not in ("Locked rows", "Log") and heading not in ("Closing", "Digest"):
        assert (sheet, place.cell) in {(p.where.sheet, f"{p.where.column}{p.where.row}") for p in found}


@pytest.mark.parametrize(("sheet", "heading"), USER_COLUMNS)
def test_what_the_user_fills_in_is_not_ours(closed: Path, tmp_path: Path, sheet: str, heading: str) -> None:
    place = next(p for p in cells_of(closed, sheet, "Closing") if p.heading == heading)
    assert refusals(patched(closed, tmp_path / "book.xlsx", sheet, place.cell, "CFO")) == []


@pytest.mark.parametrize("value", [date(2026, 3, 31), date(2026, 1, 31), "2026-03-31", 7, None])
def test_the_closed_date_at_the_top_of_the_lock(closed: Path, tmp_path: Path, value: object) -> None:
    found = refusals(patched(closed, tmp_path / "book.xlsx", "Lock", "C1", value))
    assert [(str(p.where), p.code) for p in found] == [("Lock!C1", "IC217")]


def locked_places(book: Path, heading: str) -> list[Place]:
    return [p for p in cells_of(book, "Transactions", "Transaction ID") if p.heading == heading and p.key in LOCKED]


def refused_there(path: Path, place: Place) -> None:
    found = refusals(path)
    assert found, f"{place.sheet}!{place.cell} was changed unseen"
    assert {p.severity for p in found} == {Severity.REFUSED}
    if place.heading != "Transaction ID":
        assert {(p.where.sheet, f"{p.where.column}{p.where.row}") for p in found} == {(place.sheet, place.cell)}


@pytest.mark.parametrize("heading", COLUMNS)
@pytest.mark.sampled(11)
def test_a_changed_input_is_refused(closed: Path, tmp_path: Path, heading: str) -> None:
    places = [p for p in locked_places(closed, heading) if p.value not in (None, "", OTHER.get(heading))]
    place = next(p for p in places if heading != "Transaction ID" or p.key == "S1")
    value = "NEW" if heading == "Transaction ID" else OTHER.get(heading, changed(place.value, heading))
    refused_there(patched(closed, tmp_path / "book.xlsx", "Transactions", place.cell, value), place)


@pytest.mark.parametrize(
    "heading", [c for c in COLUMNS if c not in {*MUST_BE_FILLED, *AMOUNT_OF_DATE, *BOTH_OR_NEITHER}]
)
@pytest.mark.sampled(7)
def test_an_emptied_input_is_refused(closed: Path, tmp_path: Path, heading: str) -> None:
    filled = [p for p in locked_places(closed, heading) if p.value not in (None, "")]
    place = next(p for p in filled if heading != "Financial cost amount" or str(p.key).startswith("S"))
    refused_there(patched(closed, tmp_path / "book.xlsx", "Transactions", place.cell, None), place)


@pytest.mark.parametrize("heading", AMOUNT_OF_DATE)
def test_an_emptied_date_is_an_error_of_its_amount_and_refused_without_it(
    closed: Path, tmp_path: Path, heading: str
) -> None:
    days = {p.key: p for p in locked_places(closed, heading) if p.value}
    amounts = {p.key: p for p in locked_places(closed, AMOUNT_OF_DATE[heading]) if p.value}
    key = min(days.keys() & amounts.keys(), key=lambda k: (not str(k).startswith("S"), str(k)))
    day, amount = days[key], amounts[key]
    without_day = patched(closed, tmp_path / "day.xlsx", "Transactions", day.cell, None)
    found = [
        (p.code, f"{p.where.column}{p.where.row}")
        for p in read_book(without_day).problems
        if p.severity is Severity.ERROR
    ]
    assert found == [("IC346", amount.cell)]
    found_without = refusals(patched(without_day, tmp_path / "both.xlsx", "Transactions", amount.cell, None))
    assert {p.severity for p in found_without} == {Severity.REFUSED}
    assert {f"{p.where.column}{p.where.row}" for p in found_without} == {day.cell, amount.cell}


@pytest.mark.parametrize("heading", sorted(BOTH_OR_NEITHER))
def test_half_a_prior_settlement_is_an_error_and_none_is_refused(closed: Path, tmp_path: Path, heading: str) -> None:
    cells = {name: next(p for p in locked_places(closed, name) if p.value) for name in BOTH_OR_NEITHER}
    half = patched(closed, tmp_path / "half.xlsx", "Transactions", cells[heading].cell, None)
    found = [p.code for p in read_book(half).problems if p.severity is Severity.ERROR]
    assert found == ["IC190"]
    (other,) = BOTH_OR_NEITHER - {heading}
    refused = refusals(patched(half, tmp_path / "none.xlsx", "Transactions", cells[other].cell, None))
    assert {p.severity for p in refused} == {Severity.REFUSED}
    assert {f"{p.where.column}{p.where.row}" for p in refused} == {p.cell for p in cells.values()}


@pytest.mark.parametrize("heading", [c for c in COLUMNS if c not in MUST_BE_FILLED | BOTH_OR_NEITHER])
@pytest.mark.sampled(7)
def test_a_filled_blank_is_refused(closed: Path, tmp_path: Path, heading: str) -> None:
    blank = [p for p in locked_places(closed, heading) if p.value in (None, "")]
    if not blank:
        pytest.skip("filled on every locked row")
    place = blank[0]
    filled = [p for p in locked_places(closed, heading) if p.value not in (None, "")]
    like = next((p.value for p in filled if str(p.key)[0] == str(place.key)[0]), filled[0].value)
    refused_there(patched(closed, tmp_path / "book.xlsx", "Transactions", place.cell, like), place)


@pytest.mark.parametrize("heading", [c.heading for c in COST_ADJUSTMENTS.columns if c.heading not in ONE_OF_THE_TWO])
def test_a_changed_cost_adjustment_is_refused(closed: Path, tmp_path: Path, heading: str) -> None:
    place = next(p for p in cells_of(closed, "Cost adjustments", "Date") if p.heading == heading)
    path = patched(
        closed,
        tmp_path / "book.xlsx",
        "Cost adjustments",
        place.cell,
        OTHER.get(heading, changed(place.value, heading)),
    )
    refused_there(path, place)


def test_another_company_is_refused(closed: Path, tmp_path: Path) -> None:
    path = closed
    for place in cells_of(closed, "Transactions", "Transaction ID"):
        if place.heading == "Company":
            path = patched(path, tmp_path / f"{place.cell}.xlsx", "Transactions", place.cell, "OTHER")
    assert {(p.code, p.where.heading) for p in refusals(path)} == {("IC211", "Company")}


def test_what_was_physical_may_be_invoiced(closed: Path, tmp_path: Path) -> None:
    places = {p.heading: p for p in cells_of(closed, "Transactions", "Transaction ID") if p.key == "P3"}
    path = closed
    for heading, value in (("Financial date", date(2026, 3, 2)), ("Financial cost amount", 48.0), ("Voucher", "V-9"),
                           ("Prior adjustment", 0.5), ("Ledger dimension", "D2"), ("Offset account", "2001"),
                           ("Inventory account", "1401"), ("Physical voucher", "PV-9")):  # fmt: skip
        path = patched(path, tmp_path / f"{heading}.xlsx", "Transactions", places[heading].cell, value)
    assert [p.line() for p in refusals(path)] == []
    too_early = patched(path, tmp_path / "early.xlsx", "Transactions", places["Financial date"].cell, date(2026, 2, 28))
    assert [p.code for p in refusals(too_early)] == ["IC206"]
    other = patched(path, tmp_path / "other.xlsx", "Transactions", places["Quantity"].cell, 5)
    assert [p.code for p in refusals(other)] == ["IC211"]


@pytest.mark.parametrize("command", [("close", "--date", "2026-03-31"), ("recalculate", "--date", "2026-03-31"),
                                     ("check", "--date", "2026-03-31")])  # fmt: skip
def test_every_command_refuses(
    closed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    place = next(p for p in locked_places(closed, "Quantity") if p.key == "S1")
    path = patched(closed, tmp_path / "book.xlsx", "Transactions", place.cell, -2)
    before = path.read_bytes()
    capsys.readouterr()
    assert run(path, *command) == 4
    said = capsys.readouterr().err
    assert [w for w in (f"Transactions!{place.cell}", "It was -3", "reverse IC-000002") if w not in said] == []
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_reversing_is_the_way_out(closed: Path, tmp_path: Path) -> None:
    place = next(p for p in locked_places(closed, "Quantity") if p.key == "S5")
    path = patched(closed, tmp_path / "book.xlsx", "Transactions", place.cell, -2)
    assert run(path, "reverse") == 0
    assert run(path, "reverse") == 0
    assert run(path, "close", "--date", "2026-02-28") == 0


KNOWN = {
    ("S1", "Quantity"): (-2, "-3"), ("S4", "Financial cost amount"): (-41.0, "-40.00"),
    ("S4", "Financial date"): (date(2026, 1, 21), "2026-01-20"), ("S1", "Marked to"): ("P1", "P2"),
    ("S4", "Reference"): ("Counting", "Sales order"), ("S5", "Color"): ("Blue", "Red"),
    ("S5", "Item number"): ("FRAME", "WHEEL"), ("P1", "Financial cost amount"): (99.0, "100.00"),
}  # fmt: skip


@pytest.mark.parametrize(("key", "heading"), KNOWN)
@pytest.mark.sampled(3)
def test_the_old_value_is_told_where_our_sheets_know_it(closed: Path, tmp_path: Path, key: str, heading: str) -> None:
    value, was = KNOWN[key, heading]
    place = next(p for p in locked_places(closed, heading) if p.key == key)
    (problem,) = refusals(patched(closed, tmp_path / "book.xlsx", "Transactions", place.cell, value))
    assert f" It was {was}." in problem.problem
