"""Which date a run takes when none is given, and which dates are refused, each with its sentence.

Source  RULES R2.1, R10.5.
"""

import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import invclose_xl
from invclose_xl.cli.main import main
from tests.books import Book, Cell, Item
from tests.errors.edits import edit_book


def a_book(path: Path, **parameters: Cell) -> Path:
    book = Book([Item("A", "FIFO")], parameters={k.replace("_", " "): v for k, v in parameters.items()})
    book.receive("P1", date(2025, 11, 5), 10, "100.00")
    book.issue("S1", date(2025, 11, 10), 4, "48.00")
    return book.write(path / "book.xlsx")


def day_of(
    path: Path, capsys: pytest.CaptureFixture[str], today: str, *arguments: str, command: str = "close"
) -> tuple[int, str, str]:
    """Run at a day; return exit code, date of the run, and what was said."""
    capsys.readouterr()
    now = datetime.fromisoformat(today).replace(hour=23)
    code = main([command, str(path), "--no-backup", *arguments], now, "cfo")
    said = capsys.readouterr()
    first = said.out.splitlines()[0] if said.out else ""
    return code, first.rpartition(" ")[2], said.err


def test_the_first_close_takes_the_month_of_the_first_transaction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert day_of(a_book(tmp_path), capsys, "2026-03-01")[:2] == (0, "2025-11-30")


def test_a_packing_slip_is_a_first_transaction_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2025, 11, 5), 10, "100.00")
    book.add("A", "S1", -4, physical_date=date(2025, 9, 30), physical_cost_amount=Decimal(-40))
    assert day_of(book.write(tmp_path / "book.xlsx"), capsys, "2026-03-01")[:2] == (0, "2025-09-30")


@pytest.mark.parametrize("today", ["2025-11-11", "2025-11-30"])
def test_a_first_month_that_is_not_over_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], today: str
) -> None:
    code, _, said = day_of(a_book(tmp_path), capsys, today)
    assert code == 4
    assert "The month of the first transaction ends on 2025-11-30, which has not passed yet. What to do: Wait" in said
    assert f"--date {today} (IC205)" in said
    assert day_of(tmp_path / "book.xlsx", capsys, today, "--date", today)[:2] == (0, today)


@pytest.mark.parametrize("command", ["close", "check"])
def test_before_the_first_transaction_there_is_nothing_to_close(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = a_book(tmp_path)
    code, _, said = day_of(path, capsys, "2025-10-31") if command == "close" else _checked(path, capsys)
    assert code == 4
    assert "The first transaction is dated 2025-11-05, after today, 2025-10-31: there is nothing to close yet." in said
    assert "What to do: Wait until 2025-11-30 has passed" in said
    assert "--date" not in said


def _checked(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(["check", str(path)], datetime(2025, 10, 31, 23), "cfo")
    return code, "", capsys.readouterr().err


def test_a_book_without_transactions_takes_the_last_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Book([Item("A", "FIFO")]).write(tmp_path / "book.xlsx")
    assert day_of(path, capsys, "2026-03-15")[:2] == (0, "2026-02-28")


@pytest.mark.parametrize(
    ("zone", "utc", "accepted"),
    [
        ("America/New_York", "2026-02-01T03:00", False),  # 31 January 22:00: January is not over
        ("America/New_York", "2026-02-01T05:00", True),  # 1 February 00:00
        ("Pacific/Auckland", "2026-01-31T19:00", True),  # 1 February 08:00: January is over
        ("Pacific/Auckland", "2026-01-31T10:59", False),  # 31 January 23:59
        ("UTC", "2026-01-31T23:59", False),
        ("UTC", "2026-02-01T00:00", True),
    ],
)
@pytest.mark.sampled(5)
def test_today_is_the_day_of_the_users_calendar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, zone: str, utc: str,
    accepted: bool,
) -> None:  # fmt: skip
    """And *Run at* is UTC all the same; the same day decides about warnings and recalculations."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process can be set on POSIX systems only")
    book = Book([Item("A", "FIFO")])
    book.receive("P1", date(2026, 1, 5), 10, "100.00")
    path = book.write(tmp_path / "book.xlsx")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        now = datetime.fromisoformat(utc)
        assert main(["recalculate", str(path), "--no-backup", "--output", str(tmp_path / "r.xlsx")], now, "cfo") == 0
        assert f"up to {'2026-02-01' if accepted else '2026-01-31'}\n" in capsys.readouterr().out
        assert main(["close", str(path), "--date", "2026-02-01", "--dry-run"], now, "cfo") == 0
        assert ("is after today, 2026-01-31" in capsys.readouterr().err) is not accepted
        assert main(["close", str(path), "--no-backup"], now, "cfo") == (0 if accepted else 4)
        assert ("--date 2026-01-31 (IC205)" in capsys.readouterr().err) is not accepted
        if accepted:
            run_at = invclose_xl.status(path).history[0].run_at
            assert run_at == now
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.long
def test_later_closes_take_the_next_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "2025-12-31")[:2] == (0, "2025-12-31")
    assert [day_of(path, capsys, "2026-04-15")[:2] for _ in range(3)] == [
        (0, "2026-01-31"), (0, "2026-02-28"), (0, "2026-03-31")
    ]  # fmt: skip
    code, _, said = day_of(path, capsys, "2026-04-15")
    assert code == 4
    assert said == (
        "Workbook: Inventory is closed up to 2026-03-31 by IC-000004, and the next month has not"
        " ended yet. What to do: Wait until 2026-04-30 has passed, or enter the date: --date 2026-04-15 (IC205)\n"
        "Nothing was written.\n"
    )
    assert day_of(path, capsys, "2026-04-30")[0] == 4, "the last day is not over yet"
    assert day_of(path, capsys, "2026-05-01")[:2] == (0, "2026-04-30")


def test_in_the_middle_of_a_month_the_same_month_ends_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "2026-01-15")[:2] == (0, "2026-01-15")
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-01-31")


def test_the_sheet_parameters_comes_before_the_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path, Close_inventory_up_to=date(2026, 1, 20))
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-01-20")
    code, _, said = day_of(path, capsys, "2026-04-15")
    assert code == 4
    assert said == (
        "Parameters: Close inventory up to, found '2026-01-20'. Inventory is closed up to 2026-01-20 already"
        " (IC-000001). What to do: Enter the next date, 2026-01-31. (IC223)\nNothing was written.\n"
    )
    edit_book(path, {"cells": {"Parameters!B2": {"date": "2026-01-31"}}})
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-01-31"), "what the message says works"
    edit_book(path, {"cells": {"Parameters!B2": None}})
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-02-28"), "and so does an empty cell"
    assert day_of(path, capsys, "2026-04-15", "--date", "2026-03-10")[:2] == (0, "2026-03-10")


def test_a_future_date_that_was_asked_for_is_warned_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place, arguments in (("given", ("--date", "2026-04-30")), ("parameter", ())):
        folder = tmp_path / place
        folder.mkdir()
        parameters: dict[str, Cell] = {} if arguments else {"Close_inventory_up_to": date(2026, 4, 30)}
        code, day, said = day_of(a_book(folder, **parameters), capsys, "2026-04-15", *arguments)
        assert (code, day) == (0, "2026-04-30")
        assert "is after today, 2026-04-15" in said


@pytest.mark.parametrize("day", ["2026-01-31", "2026-01-30", "2020-01-01"])
@pytest.mark.parametrize("command", ["close", "recalculate"])
@pytest.mark.sampled(5)
def test_a_date_behind_the_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, day: str) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "2026-01-31")[0] == 0
    code, _, said = day_of(path, capsys, "2026-04-15", "--date", day, command=command)
    assert code == 4
    assert "Inventory is already closed up to 2026-01-31. What to do: Enter a date after 2026-01-31, or reverse" in said


def test_a_recalculation_takes_the_parameter_else_today(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", command="recalculate")[:2] == (0, "2026-04-15")
    (tmp_path / "other").mkdir()
    path = a_book(tmp_path / "other", Recalculate_inventory_up_to=date(2026, 2, 2))
    assert day_of(path, capsys, "2026-04-15", command="recalculate")[:2] == (0, "2026-02-02")


def test_a_reversed_date_is_free_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2025-11-30")
    assert day_of(path, capsys, "2026-04-15", command="reverse")[0] == 0
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2025-11-30")


def test_the_calendar_ends_without_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "9999-12-31")[:2] == (0, "9999-12-31")
    code, _, said = day_of(path, capsys, "2026-04-15")
    assert code == 4
    assert "by IC-000001, and the calendar ends there: nothing is left to close. What to do: Reverse the last" in said
    assert "--date" not in said
    assert main(["status", str(path)]) == 0
    status = capsys.readouterr().out
    assert "The calendar ends there: nothing is left to close." in status
    assert "The next close" not in status
    late = Book([Item("A", "FIFO")], parameters={"Ledger closed up to": date(9999, 12, 31)})
    late.receive("P1", date(9999, 12, 31), 1, "1.00")
    code, _, said = day_of(late.write(tmp_path / "late.xlsx"), capsys, "2026-04-15", "--date", "9999-12-31")
    assert code == 4
    assert "Correct Ledger closed up to on the sheet Parameters: the calendar has no later date." in said


def test_no_recalculation_follows_the_last_day_of_the_calendar(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does advice name a day after it."""
    path = a_book(tmp_path, Run_recalculation_after_closing="Yes", Close_inventory_up_to=date(9999, 12, 31))
    code, day, said = day_of(path, capsys, "2026-04-15")
    assert (code, day) == (0, "9999-12-31")
    assert "The calendar ends on 9999-12-31, so no recalculation followed" in said
    assert invclose_xl.status(path).history[-1].type == "Closing"
    for arguments in ([], ["--date", "9999-12-31"]):
        code, _, said = day_of(path, capsys, "2026-04-15", *arguments)
        assert code == 4
        assert "Reverse the last closing first: the calendar has no later date." in said


@pytest.mark.parametrize("entered", [True, False])
def test_only_a_date_that_is_entered_has_a_cell(
    entered: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parameters = {"Close inventory up to": date(2026, 5, 31)} if entered else {}
    book = Book([Item("A", "FIFO")], parameters=parameters)
    book.receive("P", date(2026, 1, 5), 10, "100.00")
    path = book.write(tmp_path / "book.xlsx")
    asked = () if entered else ("--date", "2026-05-31")
    assert main(["close", str(path), "--no-backup", *asked], datetime(2026, 4, 15, 9, 0)) == 0
    line = next(x for x in capsys.readouterr().err.splitlines() if "IC515" in x)
    assert line.startswith(
        "Parameters: Close inventory up to, found '2026-05-31'. " if entered else "Workbook: The date"
    )
