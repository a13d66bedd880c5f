"""Like problems are one line with all cells; no kind takes the room of another; ``--json`` lists every one."""

import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

import invclose_xl
from invclose_xl.cli.main import main
from invclose_xl.domain.problems.groups import MOST_LINES, group_problems, name_cells_of_column, write_lines
from invclose_xl.domain.problems.plurals import choose_form, format_count
from invclose_xl.domain.problems.problem import CellRef, InputFault, Problem, Refused, Severity

NOW = datetime(2026, 2, 10, 9, 30)
HEADINGS = ["Transaction ID", "Item number", "Financial date", "Quantity", "Financial cost amount"]


def problem(row: int, *, column: str = "B", code: str = "IC124", found: str = "", text: str = "Wrong.") -> Problem:
    return Problem(code, Severity.ERROR, CellRef("Transactions", row, column, "Item"), found, text, "Correct it.")


def book(path: Path, rows: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, content in {
        "Items": [["Item number", "Item model group"], ["CHAIN", "FIFO"]],
        "Item model groups": [["Item model group", "Inventory model"], ["FIFO", "FIFO"]],
        "Transactions": [HEADINGS, *rows],
    }.items():
        sheet = made.create_sheet(name)
        for row in content:
            sheet.append(row)
    made.save(path)
    return path


def receipt(number: int, item: str = "CHAIN", day: object = datetime(2026, 1, 5)) -> list[object]:
    return [f"P{number}", item, day, 1, 10]


def printed(path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main([str(path), "--date", "2026-01-31"], NOW, "controller") == 3
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ([2], ""),
        ([2, 3], "B2:B3"),
        ([2, 9], "B2, B9"),
        ([2, 4, 5, 9], "B2, B4:B5, B9"),
        (list(range(2, 62)), "B2:B61"),
        ([2, 4, 6, 8, 10, 60], "B2, B4, B6 and 3 more from B8 to B60"),
    ],
)
def test_cells_of_a_group(rows: list[int], cells: str) -> None:
    (group,) = group_problems([problem(row) for row in rows])
    assert group.cells == cells
    assert len(group.problems) == len(rows)


@pytest.mark.parametrize(
    "other",
    [
        problem(3, column="C"),
        problem(3, code="IC125"),
        problem(3, found="X"),
        problem(3, text="Not right."),
        Problem("IC124", Severity.WARNING, CellRef("Transactions", 3, "B", "Item"), "", "Wrong.", "Correct it."),
        Problem("IC124", Severity.ERROR, CellRef("Items", 3, "B", "Item"), "", "Wrong.", "Correct it."),
        Problem("IC124", Severity.ERROR, CellRef("Transactions", 3, "B", "Item"), "", "Wrong.", "Correct it."),
    ],
)
def test_only_what_says_the_same_of_one_column_is_one(other: Problem) -> None:
    alike = other == problem(3)
    assert len(group_problems([problem(2), other])) == (1 if alike else 2)


def test_a_missing_item_on_sixty_rows_is_one_line_beside_every_other_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [receipt(n, "PEDAL") for n in range(60)]
    rows += [receipt(99, day="soon"), [*receipt(98)[:3], 0, 10]]
    shown = printed(book(tmp_path / "book.xlsx", rows), capsys)
    assert shown[-1] == "Nothing was written."
    assert len(shown) == 4
    assert "found 'PEDAL'" in shown[0]
    assert "In 60 rows: B2:B61." in shown[0]
    assert {"(IC124)", "(IC104)", "(IC128)"} == {line.split()[-1] for line in shown[:-1]}


def test_subtotal_rows_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[object]] = []
    for n in range(20):
        rows += [receipt(n), [None, None, None, 1, 10]]
    shown = printed(book(tmp_path / "book.xlsx", rows), capsys)
    assert len(shown) == 2
    assert "In 20 rows: A3, A5, A7 and 17 more from A9 to A41." in shown[0]


def test_json_lists_every_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path / "book.xlsx", [receipt(n, "PEDAL") for n in range(60)])
    assert main([str(path), "--date", "2026-01-31", "--json"], NOW, "controller") == 3
    listed = json.loads(capsys.readouterr().out)["problems"]
    assert [p["cell"] for p in listed] == [f"Transactions!B{row}" for row in range(2, 62)]


def words(number: int) -> str:
    """Return another word for each number, without figures in it."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (5, 5), (6, 1), (70, 1)])
def test_many_values_are_one_line_with_examples(count: int, lines: int) -> None:
    """Seventy quantities that are text: up to five have a line each, more are one."""
    texts = [f"{10 + n},5" for n in range(count)]
    found = [problem(2 + n, found=t, text=f"{t} is text.") for n, t in enumerate(texts)]
    shown = write_lines(found)
    assert len(shown) == lines
    if count == 70:
        assert (
            "found '10,5'. 10,5 is text. In 70 rows, with 70 values ('10,5', '11,5', '12,5' and 67 more): B2:B71"
            in shown[0]
        )
    other = problem(99, found="1,5", text="The sheet is gone.")
    assert len(write_lines([*found, other])) == lines + 1, "another sentence has a line of its own"


def test_figures_of_a_sentence_are_one_line() -> None:
    said = [problem(n, text=f"{n}.00 were settled before, but posted at {n}.50.") for n in range(2, 12)]
    (line,) = write_lines(said)
    assert "In 10 rows, each with its own figures: B2:B11." in line


def test_no_kind_pushes_another_out() -> None:
    many = [problem(row, text=f"Wrong {words(row)}.") for row in range(2, 1000)]
    few = [problem(row, column="C", code="IC104", found=str(row)) for row in range(2, 5)]
    shown = write_lines([*many, *few])
    assert len(shown) == 10 + 1 + 3
    assert "988 more messages of this kind: B12:B999" in shown[10]
    assert all("IC104" in line for line in shown[11:])


def test_the_more_kinds_the_fewer_lines_of_each() -> None:
    every = [problem(row, column=c, text=f"Wrong {words(row)}.") for c in "ABCDEFGHIJKLM" for row in range(2, 99)]
    shown = write_lines(every)
    assert len(shown) == 13 * 3 <= MOST_LINES
    assert {line.split("!")[1][0] for line in shown} == set("ABCDEFGHIJKLM")


def test_what_does_not_fit_is_counted() -> None:
    kinds = [problem(2, column=f"{a}{b}") for a in "ABCDEF" for b in "ABCDEFGHIJ"]
    shown = write_lines(kinds)
    assert shown[-1] == "… and 10 more lines; --json lists every problem."
    assert len(shown) == MOST_LINES + 1


def test_the_python_api_groups_as_the_command_line_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = book(tmp_path / "book.xlsx", [receipt(n, "PEDAL") for n in range(60)])
    with pytest.raises(InputFault) as caught:
        invclose_xl.close(path, up_to=date(2026, 1, 31), now=NOW, user="controller")
    assert str(caught.value).splitlines() == printed(path, capsys)[:-1]
    assert len(caught.value.problems) == 60


def test_cells_on_several_sheets_are_named_with_their_sheet() -> None:
    """A table that goes on in further sheets has the same cells again."""
    places = [CellRef("Transactions", row, "G") for row in (3, 4)] + [CellRef("Transactions (2)", 3, "G")]
    assert name_cells_of_column(places) == "Transactions: G3:G4; 'Transactions (2)': G3"
    assert name_cells_of_column(places[:2]) == "G3:G4"


@pytest.mark.parametrize("kind", [InputFault, Refused])
def test_an_exception_says_where_all_problems_are(kind: type[InputFault | Refused]) -> None:
    error = kind([problem(2, column=f"{a}{b}") for a in "ABCDEF" for b in "ABCDEFGHIJ"])
    assert str(error).splitlines()[-1] == "… and 10 more lines; the attribute problems lists every problem."


@pytest.mark.parametrize(
    ("count", "word", "many", "text"),
    [
        (0, "warning", "", "0 warnings"),
        (1, "warning", "", "1 warning"),
        (1200, "warning", "", "1,200 warnings"),
        (2, "entry", "", "2 entries"),
        (2, "day", "", "2 days"),
        (2, "loss", "", "2 losses"),
        (2, "more line", "", "2 more lines"),
        (2, "that is", "that are", "2 that are"),
    ],
)
def test_plurals(count: int, word: str, many: str, text: str) -> None:
    assert format_count(count, word, many) == text
    assert choose_form(count, word, many) == text.split(" ", 1)[1]
