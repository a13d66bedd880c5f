"""The pages cannot lie: every command in a block of ``console`` is run, and what the page shows must come out.

In a block, a line that begins with ``$ `` is a command; the lines below it are what it prints, in this order. A line of
``…`` stands for any lines, ``…`` inside a line for any characters. Commands of one page run one after another in a
folder that holds copies of the examples. A block of ``text`` titled ``BOOK, sheet NAME`` is what a reader pastes there:
its first line are headings of the sheet, the others go below the last row. A block titled with the name of a file is
that file.
"""

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
STEP = re.compile(
    r'^```(?:console|text title="(?P<book>[^",]+), sheet (?P<sheet>[^"]+)"|\w+ title="(?P<file>[^",]+)")\n'
    r"(?P<rows>.*?)^```$",
    re.M | re.S,
)
FAILS = re.compile(r"#\s*exit code (\d+)\s*$")


@dataclass
class Command:
    words: list[str]
    exit_code: int
    shown: list[str] = field(default_factory=list)


@dataclass
class Paste:
    book: str
    sheet: str
    rows: list[list[str]]


@dataclass
class File:
    name: str
    text: str


def steps(page: str) -> Iterator[Command | Paste | File]:
    """Every command of a page with what it is said to print; the files shown, and what is pasted, between them."""
    for block in STEP.finditer(page):
        if block["file"]:
            yield File(block["file"], block["rows"])
            continue
        if block["book"]:
            yield Paste(block["book"], block["sheet"], [line.split("\t") for line in block["rows"].splitlines()])
            continue
        command: Command | None = None
        for line in block["rows"].splitlines():
            if line.startswith("$ "):
                if command:
                    yield command
                code = FAILS.search(line)
                command = Command(shlex.split(line[2:], comments=True), int(code.group(1)) if code else 0)
            elif command:
                command.shown.append(line.rstrip())
        if command:
            yield command


def paste(what: Paste) -> None:
    """Put rows below the last one of a sheet, numbers and dates as a spreadsheet program reads them."""
    workbook = openpyxl.load_workbook(what.book)
    sheet = workbook[what.sheet]
    headings, *rows = what.rows
    assert headings == [cell.value for cell in sheet[1]][: len(headings)], "not what stands from cell A1 on"
    columns = {cell.value: cell.column for cell in sheet[1]}
    last = max(cell.row for row in sheet.iter_rows() for cell in row if cell.value is not None)
    for number, row in enumerate(rows, last + 1):
        for heading, text in zip(headings, row, strict=True):
            if text:
                sheet.cell(number, columns[heading]).value = as_typed(heading, text)
    workbook.save(what.book)


def as_typed(heading: str, text: str) -> str | float | date:
    if heading.lower().endswith("date"):
        return date.fromisoformat(text)
    return float(text) if heading.lower().endswith(("amount", "quantity")) else text


def pattern(shown: list[str]) -> re.Pattern[str]:
    """The lines of a page as an expression: … is anything."""
    lines = [r"(?:.*\n)*?" if line.strip() == "…" else _line(line) for line in shown]
    return re.compile("".join(lines))


def _line(line: str) -> str:
    return ".*?".join(re.escape(part) for part in line.split("…")) + r"[ ]*\n"


def run(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.words[0] == "invclose-xl", f"a page shows a program that is not ours: {command.words[0]}"
    exit_code = main(command.words[1:])
    said = "".join(capsys.readouterr())
    assert exit_code == command.exit_code, f"{' '.join(command.words)}: exit code {exit_code}\n{said}"
    shown = list(command.shown)
    while shown and not shown[-1]:
        shown.pop()
    if shown:
        page = "\n".join(shown)
        assert pattern(shown).search(said), f"{' '.join(command.words)} printed\n{said}\nthe page shows\n{page}"


WITH_COMMANDS = [page for page in PAGES if BLOCK.search(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_comes_out(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for step in steps(page.read_text("utf-8")):
        if isinstance(step, Paste):
            paste(step)
        elif isinstance(step, File):
            Path(step.name).write_text(step.text, "utf-8")
        else:
            run(step, capsys)


def test_a_wrong_figure_is_found() -> None:
    assert pattern(["  Adjustments   3", "…", "Total 8.00"]).search("  Adjustments   3\nmore\nTotal 8.00\n")
    assert not pattern(["  Adjustments   3", "…", "Total 8.00"]).search("  Adjustments   3\nmore\nTotal 8.01\n")
