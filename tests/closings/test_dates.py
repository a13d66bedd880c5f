"""Which date a run takes when none is given, and which dates are refused, each with its sentence.

Source  RULES R2.1, R10.5.
"""

from datetime import date, datetime
from pathlib import Path

import pytest

from invclose_xl.cli import main
from tests.books import Book, Cell, Item


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


def test_the_first_close_takes_the_month_before_today(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert day_of(a_book(tmp_path), capsys, "2026-03-01")[:2] == (0, "2026-02-28")


def test_later_closes_take_the_next_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "2025-12-31")[:2] == (0, "2025-12-31")
    assert [day_of(path, capsys, "2026-04-15")[:2] for _ in range(3)] == [
        (0, "2026-01-31"), (0, "2026-02-28"), (0, "2026-03-31")
    ]  # fmt: skip
    code, _, said = day_of(path, capsys, "2026-04-15")
    assert code == 4
    assert said == (
        "Parameters: found '2026-04-30'. Inventory is closed up to 2026-03-31 by IC-000004, and the next month is not"
        " over. Wait until 2026-04-30 has passed, or give the date: --date 2026-04-15 (IC205)\nNothing was written.\n"
    )
    assert day_of(path, capsys, "2026-04-30")[:2] == (0, "2026-04-30")


def test_in_the_middle_of_a_month_the_same_month_ends_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "2026-01-15")[:2] == (0, "2026-01-15")
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-01-31")


def test_the_sheet_parameters_comes_before_the_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path, Close_inventory_up_to=date(2026, 1, 20))
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-01-20")
    code, day, said = day_of(path, capsys, "2026-04-15")
    assert (code, day) == (0, "2026-01-31")
    assert "found '2026-01-20'. The date is already closed, so the next period is taken." in said
    assert day_of(path, capsys, "2026-04-15", "--date", "2026-02-10")[:2] == (0, "2026-02-10")


def test_a_future_date_that_was_asked_for_is_warned_about(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for place, arguments in (("given", ("--date", "2026-04-30")), ("parameter", ())):
        folder = tmp_path / place
        folder.mkdir()
        parameters: dict[str, Cell] = {} if arguments else {"Close_inventory_up_to": date(2026, 4, 30)}
        code, day, said = day_of(a_book(folder, **parameters), capsys, "2026-04-15", *arguments)
        assert (code, day) == (0, "2026-04-30")
        assert "The date lies after today, 2026-04-15" in said


@pytest.mark.parametrize("day", ["2026-01-31", "2026-01-30", "2020-01-01"])
@pytest.mark.parametrize("command", ["close", "recalculate"])
def test_a_date_behind_the_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, day: str) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", "--date", "2026-01-31")[0] == 0
    code, _, said = day_of(path, capsys, "2026-04-15", "--date", day, command=command)
    assert code == 4
    assert "Inventory is already closed up to 2026-01-31. Take a date after 2026-01-31, or reverse" in said


def test_a_recalculation_takes_the_parameter_else_today(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15", command="recalculate")[:2] == (0, "2026-04-15")
    (tmp_path / "other").mkdir()
    path = a_book(tmp_path / "other", Recalculate_inventory_up_to=date(2026, 2, 2))
    assert day_of(path, capsys, "2026-04-15", command="recalculate")[:2] == (0, "2026-02-02")


def test_a_reversed_date_is_free_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = a_book(tmp_path)
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-03-31")
    assert day_of(path, capsys, "2026-04-15", command="reverse")[0] == 0
    assert day_of(path, capsys, "2026-04-15")[:2] == (0, "2026-03-31")
