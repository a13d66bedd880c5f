"""What to do works: where the advice of an input error names a value, that value is entered and the book read again."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.domain.problems.problem import Problem, Severity
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.package.cell_reference import column_number
from tests.errors.raw_book import base, result_sheets, write_book

HERE = Path(__file__).parent
FOLDERS = [
    folder
    for folder in sorted(HERE.glob("IC[13]*"))
    if "run" not in json.loads((folder / "book.json").read_text("utf-8")) and not folder.name.startswith("IC16")
]


def _date(match: re.Match[str]) -> Any:
    return {"date": match[1]}


def _text(match: re.Match[str]) -> Any:
    return match[1]


NAMED: list[tuple[str, Callable[[re.Match[str]], Any]]] = [
    (r"Enter quantity and unit in (\w+)", _text),
    (r"Enter the amounts and the currency in (\w+)", _text),
    (r"Enter at most ([\d.]+\d)", _text),
    (r"in proportion ([\d.]+\d)", _text),
    (r"^Enter ([A-Z].+), or delete the row", _text),
    (r"Enter one of ([^,]+),", _text),
    (r"Enter (\d{4}-\d\d-\d\d)", _date),
    (r"Enter a (?:real )?date such as (\d{4}-\d\d-\d\d)", _date),
    (r"or the text (\d{4}-\d\d-\d\d)", _text),
    (r"text such as ([\d.,]*\d)", _text),
    (r"Rename it to ([^.]+)\.", _text),
    (r"Enter one of: ([^,.]+)", _text),
    (r"Enter a share such as ([\d.]+\d)", lambda match: float(match[1])),
    (r"Enter another ID, such as (\S+)\.$", _text),
    (r"Enter (Yes|No|Item|Service|Transaction|On hand)\b", _text),
    (r"Use one of: ([^,.]+)", _text),
    (r"set Decimal separator to (\S) if", lambda match: match[1]),
    (r"Enter (-?\d[\d,.]*\d|\d)\b", _text),
    (r"empty this cell", lambda match: None),
    (r"or empty the cell", lambda match: None),
    (r"Enter a number\b", lambda match: 5),
]
APPLIED = {"IC104", "IC105", "IC108", "IC109", "IC110", "IC111", "IC120", "IC126", "IC127", "IC136", "IC170", "IC171",
           "IC172", "IC191", "IC192", "IC194", "IC346", "IC347"}  # fmt: skip
"""codes whose advice names a value in every line"""


def advised(problem: Problem) -> tuple[Any] | None:
    """Return the value that an advice names, in a tuple of one; None where it names none."""
    for pattern, value in NAMED:
        match = re.search(pattern, problem.fix)
        if match:
            return (value(match),)
    return None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_advice_that_names_a_value_is_accepted(folder: Path, tmp_path: Path) -> None:
    described = json.loads((folder / "book.json").read_text("utf-8"))
    options = {key: described[key] for key in ("date1904", "merges", "tables", "shared") if key in described}
    sheets: dict[str, Any] = {**base(), **described.get("sheets", {})}
    sheets |= result_sheets(described["results"]) if "results" in described else {}
    problems = read_book(write_book(tmp_path / "before.xlsx", sheets, **options)).problems
    errors = [p for p in problems if p.severity is Severity.ERROR and p.where.row]
    for number, problem in enumerate(errors):
        value = advised(problem)
        if value is None:
            assert folder.name not in APPLIED, f"the advice of {problem.line()} names no value any more"
            continue
        changed = json.loads(json.dumps(sheets))
        where, at = problem.where, column_number(problem.where.column) - 1
        if problem.code == "IC147":
            changed["Parameters"] = [["Name", "Value"], ["Decimal separator", value[0]]]
        else:
            row = changed[where.sheet][where.row - 1]
            row += [None] * (at + 1 - len(row))
            row[at] = value[0]
        after = read_book(write_book(tmp_path / f"after{number}.xlsx", changed, **options)).problems
        left = [p.line() for p in after if p.severity is Severity.ERROR and p.where == where]
        same = [p.line() for p in after if p.where == where and p.code == problem.code]
        assert left == [], f"after {problem.fix!r}"
        assert same == [], f"after {problem.fix!r}"
