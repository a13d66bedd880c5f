"""What to do works for what a run refuses, too: each advice is followed as it reads, and the run does not say it again.

The advice is taken from the line that came out, word for word; what cannot be followed by anybody who does not know the
goods ("Correct the mark") has a second half that can ("or empty the cell"). Codes whose advice nobody but the user can
follow are listed, so that a new one has to be thought about.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from invclose_xl.cli.main import main
from tests.errors.edits import edit_book
from tests.errors.raw_book import book_from_json

HERE = Path(__file__).parent
NOW = datetime(2026, 2, 10, 9, 30)
LINE = re.compile(
    r"^'?([^'!:]+)'?(?:!([A-Z]+)(\d+))?: (?:([^.]*?)(?:, found .*?)?\. )?.*? What to do: (.*) \((IC\d+)\)$"
)
FOLDERS = [
    folder
    for folder in sorted(HERE.glob("IC[1235]*"))
    if folder.name < "IC500" or folder.name >= "IC580"
    if "run" in json.loads((folder / "book.json").read_text("utf-8"))
]
ONLY_THE_USER = {
    "IC220": "No action is needed",
    "IC342": "the quantity, or the lot, that was really returned",
    "IC351": "which receipt it was",
    "IC185": "which part of the charge is whose",
    "IC225": "the book it came from is another file; tests/rollforward reverses there",
    "IC586": "what the former system really settled",
    "IC590": "No action is needed if this is meant",
    "IC591": "No action is needed if these shall share the charge",
    "IC592": "No action is needed if this is right",
    "IC593": "No action is needed if this is meant",
    "IC594": "No action is needed if it belongs to everything",
    "IC595": "No action is needed if this is meant",
    "IC596": "No action is needed if that month had no transactions",
    "IC165": "the later version that wrote the book is not there to be installed",
    "IC164": "the copy from before the run is the book that was never closed; tested with IC161",
}
"""codes whose advice takes more than the line says"""


@dataclass
class Followed:
    """The book, the run that is tried again, and the line that is followed."""

    book: Path
    run: list[str]
    sheet: str
    row: int
    column: str
    line: str

    @property
    def cell(self) -> str:
        return f"{self.column}{self.row}"

    def put(self, value: Any, cell: str = "", sheet: str = "") -> None:
        edit_book(self.book, {"cells": {f"{sheet or self.sheet}!{cell or self.cell}": value}})

    def say(self, *options: str) -> None:
        """Run with other options."""
        for name, value in zip(options[::2], options[1::2], strict=True):
            if name in self.run:
                self.run[self.run.index(name) + 1] = value
            else:
                self.run += [name, value]

    def worksheet(self, name: str) -> Worksheet:
        return openpyxl.load_workbook(self.book)[name]


def _later(of: Followed, match: re.Match[str]) -> None:
    day = str(date.fromisoformat(match[1]) + timedelta(days=1))
    if of.row:
        of.put({"date": day})
    else:
        of.say("--date", day)


def _option(of: Followed, match: re.Match[str]) -> None:
    of.say(match[1], match[2])


def _reverse(of: Followed, match: re.Match[str]) -> None:
    assert main(["reverse", str(of.book), "--closing", match[1]], NOW, "controller") == 0


def _parameter(of: Followed, match: re.Match[str]) -> None:
    _set_parameter(of, match[1], int(match[2]) if match[2].isdigit() else match[2])


def _next_date(of: Followed, match: re.Match[str]) -> None:
    _set_parameter(of, "Close inventory up to", {"date": match[1]})


def _set_parameter(of: Followed, name: str, value: Any) -> None:
    row = next(r[0].row for r in of.worksheet("Parameters").iter_rows() if r[0].value == name)
    of.put(value, f"B{row}", "Parameters")


def _dimensions(of: Followed, match: re.Match[str]) -> None:
    names = re.search(r"dimensions were (.*?) at the last", of.line)
    assert names
    rows = [(r[0].value, r[1].row) for r in of.worksheet("Dimensions").iter_rows(min_row=2)]
    for name, row in rows:
        of.put("Yes" if name in names[1].split(", ") else "No", f"B{row}", "Dimensions")


def _remove(of: Followed, match: re.Match[str]) -> None:
    edit_book(of.book, {"remove": {of.sheet: [of.row]}})


def _empty(of: Followed, match: re.Match[str]) -> None:
    of.put(None)


def _empty_both(of: Followed, match: re.Match[str]) -> None:
    for heading in match.groups():
        _by_heading(of, heading, None)


def _by_heading(of: Followed, heading: str, value: Any, sheet: str = "", row: int = 0) -> None:
    name = sheet or of.sheet
    first = of.worksheet(name)[1]
    column = next((c.column_letter for c in first if c.value == heading), None)
    if column is None:
        column = openpyxl.utils.get_column_letter(len(first) + 1)
        of.put(heading, f"{column}1", name)
    of.put(value, f"{column}{row or of.row}", name)


def _on_hand(of: Followed, match: re.Match[str]) -> None:
    _by_heading(of, match[2], match[1])


def _posting(of: Followed, match: re.Match[str]) -> None:
    if "Posting" not in openpyxl.load_workbook(of.book).sheetnames:
        workbook = openpyxl.load_workbook(of.book)
        workbook.create_sheet("Posting").append(["Item group", "Reference", "Inventory account", "Offset account"])
        workbook.save(of.book)
    both = {"Inventory account": ["1400", None], "Offset account": [None, "5000"]}[match[3]]
    words = [None if word == "(blank)" else word for word in match.groups()[:2]]
    edit_book(of.book, {"append": {"Posting": [[*words, *both]]}})


def _allow(of: Followed, match: re.Match[str]) -> None:
    for row in range(2, of.worksheet("Item model groups").max_row + 1):
        _by_heading(of, match[1].capitalize(), "Yes", "Item model groups", row)


def _own_transfer(of: Followed, match: re.Match[str]) -> None:
    _by_heading(of, "Transfer ID", "ANOTHER")


def _no_shares(of: Followed, match: re.Match[str]) -> None:
    for row in range(2, of.worksheet(of.sheet).max_row + 1):
        of.put(None, f"{of.column}{row}")


def _leave_out(of: Followed, match: re.Match[str]) -> None:
    found = re.search(r"found '(\w+)'", of.line)
    assert found
    at = of.run.index(found[1])
    del of.run[at - 1 : at + 1]


def _kept_copy(of: Followed, match: re.Match[str]) -> None:
    """Go back to the copy kept before the last run and run again what ran then."""
    copies = sorted(of.book.parent.glob("*.before-IC-*.xlsx"))
    shutil.copy(copies[-1], of.book)
    assert main(["close", str(of.book), "--date", "2026-01-31"], NOW, "controller") == 0


def _account(of: Followed, match: re.Match[str]) -> None:
    _by_heading(of, "Offset account", "7000")


def _close_first(of: Followed, match: re.Match[str]) -> None:
    assert main(["close", str(of.book), "--date", "2026-01-31"], NOW, "controller") == 0


def _under(of: Followed, match: re.Match[str]) -> None:
    _by_heading(of, match[2], match[1])


WAYS: list[tuple[str, Callable[[Followed, re.Match[str]], None]]] = [
    (r"go back to the copy that was kept before the last run", _kept_copy),
    (r"Enter (?:a|an invoice) date after (\d{4}-\d\d-\d\d)", _later),
    (r"(--\w[\w-]*) (\d{4}-\d\d-\d\d)", _option),
    (r"Enter the next date, (\d{4}-\d\d-\d\d)", _next_date),
    (r"Set (Currency(?: decimals)?) back to (\w+)", _parameter),
    (r"Set them back to Site, ", _dimensions),
    (r"[Rr]everse (IC-\d+) first", _reverse),
    (r"Enter (On hand|Transaction) under (Applies to)", _on_hand),
    (r"Add a row with Item group (\S+), Reference (\S+) and (\w+ account) to the sheet Posting", _posting),
    (r"Enter the Offset account on the sheet Cost adjustments", _account),
    (r"Yes under (\w+ negative inventory) on the sheet Item model groups", _allow),
    (r"Give each of these transfers its own Transfer ID", _own_transfer),
    (r"or none at all", _no_shares),
    (r"or leave it out", _leave_out),
    (r"Enter (\w+)(?: or \w+)? under (Spread by)", _under),
    (r"Close it first", _close_first),
    (r"[Rr]emove the row|[Dd]elete the row", _remove),
    (r"empty (Marked to) and (Marked quantity) in one of them", _empty_both),
    (r"empty the cell", _empty),
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
@pytest.mark.sampled(9)
def test_what_to_do_works(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    described = json.loads((folder / "book.json").read_text("utf-8"))
    book = book_from_json(tmp_path / "book.xlsx", json.dumps(described))
    for step in described.get("before", []):
        if isinstance(step, dict):
            edit_book(book, step)
        else:
            _run(book, [word for word in step if word != "--no-backup"])
    capsys.readouterr()
    _run(book, described["run"])
    lines = [line for line in capsys.readouterr().err.splitlines() if f"({folder.name})" in line]
    assert lines
    if folder.name in ONLY_THE_USER:
        return
    run = [*described["run"]]
    for line in reversed(lines):  # rows are removed from the last one up
        found = LINE.match(line)
        assert found, line
        of = Followed(book, run, found[1], int(found[3] or 0), found[2] or "", line)
        match, way = next(
            ((m, way) for pattern, way in WAYS if (m := re.search(pattern, found[5]))), (None, None)
        )  # fmt: skip
        assert match, f"say in WAYS how to follow {found[5]!r}"
        assert way
        way(of, match)
        if way in (_kept_copy, _reverse):
            break
    capsys.readouterr()
    _run(book, run)
    said = capsys.readouterr().err
    assert [line for line in said.splitlines() if f"({folder.name})" in line] == []


def _run(book: Path, words: list[str]) -> None:
    with contextlib.suppress(SystemExit):
        places = {"BOOK": str(book), "NEW": str(book.with_name("new.xlsx"))}
        main([places.get(word, word) for word in words], NOW, "controller")
