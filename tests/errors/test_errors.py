"""Every code has a folder with a book that shows it and the lines that come out; the docs are made of these folders.

``book.json`` is described in raw_book.py. With ``run`` the lines are those of the command line, of this code only;
``before`` holds what comes first, in order: runs, and edits by the user (edits.py). Without ``run`` the lines are all
that reading the book finds. With ``"as": "tables"`` the book is made a folder of tables first (tables.py). ``files``
are written into a folder of their own, EXPORT, for runs of import; what these make goes to NEW.
"""

import contextlib
import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from invclose_xl.domain.problems.codes import CODES
from invclose_xl.workbook.input.read import read_book
from tests.errors.edits import edit_book
from tests.errors.raw_book import book_from_json
from tests.errors.tables import lines_of_tables
from tools.make_problems import problems_page

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NOW = datetime(2026, 2, 10, 9, 30)
FOLDERS = sorted(folder for folder in HERE.iterdir() if folder.name.startswith("IC"))


def lines_of(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    text = (folder / "book.json").read_text("utf-8")
    described = json.loads(text)
    book = book_from_json(tmp_path / "book.xlsx", text)
    if described.pop("as", "") == "tables":
        return [line for line in lines_of_tables(book, described, capsys) if folder.name in line]
    if "run" not in described:
        return [problem.line() for problem in read_book(book).problems]
    from invclose_xl.cli.main import main

    for step in [*described.get("before", []), described["run"]]:
        if isinstance(step, dict):
            edit_book(book, step)
            continue
        export = tmp_path / "export"
        export.mkdir(exist_ok=True)
        for name, content in described.get("files", {}).items():
            (export / name).parent.mkdir(parents=True, exist_ok=True)
            (export / name).write_text(content if isinstance(content, str) else "\n".join(content) + "\n", "utf-8")
        places = {"BOOK": str(book), "EXPORT": str(export), "NEW": str(tmp_path / "new.xlsx")}
        capsys.readouterr()
        with contextlib.suppress(SystemExit):
            main([_placed(a, places) for a in step], NOW, "controller")
    return [line for line in capsys.readouterr().err.splitlines() if folder.name in line]


def _placed(argument: str, places: dict[str, str]) -> str:
    """Put a path in the place of its name: ``EXPORT/my.toml``."""
    first, slash, rest = argument.partition("/")
    return places.get(first, first) + slash + rest


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_error(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], update_golden: bool) -> None:
    lines = lines_of(folder, tmp_path, capsys)
    assert all(folder.name in line for line in lines), "the book shows more than its code"
    assert lines, "the book does not show its code"
    expected = folder / "expected.txt"
    if update_golden:
        expected.write_text("\n".join(lines) + "\n", "utf-8")
    assert expected.read_text("utf-8").splitlines() == lines


def test_every_code_in_the_package_has_a_folder_and_a_title() -> None:
    used = {
        code
        for file in (ROOT / "invclose_xl").rglob("*.py")
        for code in re.findall(r'"(IC\d{3})"', file.read_text("utf-8"))
    }
    assert used - set(CODES) == set(), "codes without a title"
    assert used - {folder.name for folder in FOLDERS} == set(), "codes without a folder"
    assert {folder.name for folder in FOLDERS} - used == set(), "folders of codes that nothing reports"


def test_the_docs_are_made_of_the_folders() -> None:
    assert (ROOT / "docs" / "problems.md").read_text("utf-8") == problems_page(), "run python tools/make_problems.py"
