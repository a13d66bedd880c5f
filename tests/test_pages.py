"""The pages cannot lie: every command in a block of ``console`` is run, and what the page shows must come out.

In a block, a line that begins with ``$ `` is a command; the lines below it are what it prints, in this order. A line of
``…`` stands for any lines, ``…`` inside a line for any characters. Commands of one page run one after another in a
folder that holds copies of the examples; so do the commands between the blocks that name a workbook. A block of
``text`` titled ``BOOK, sheet NAME`` is what a reader pastes there: its first line are headings of the sheet, the others
go below the last row. A block titled with the name of a file is that file.

And every figure of the README, the tutorials and the how-to pages between these blocks must come from somewhere: a
command of the page printed it, a cell of a book that the page made holds it, or ``CALCULATED`` says how it follows.
A line of arithmetic (``a + b = c``) must be right.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from tests.page_figures import as_number, figures, in_cells, printed, without_source, wrong_sums

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
STEP = re.compile(
    r"`(?P<inline>invclose-xl (?![^`]*\b[A-Z]{3,}\b)[^`\n]*\.xlsx[^`\n]*)`|"
    r"^pip install \. && (?P<first>invclose-xl [^\n]*)$|"
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
        if between := block["inline"] or block["first"]:
            yield Command(shlex.split(between), 0)
            continue
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
    """Put rows below the last one of a sheet, a new one where the page has one added, as a spreadsheet program does."""
    workbook = openpyxl.load_workbook(what.book)
    headings, *rows = what.rows
    if what.sheet not in workbook.sheetnames:
        workbook.create_sheet(what.sheet).append(headings)
    sheet = workbook[what.sheet]
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
    return float(text) if heading.lower().endswith(("amount", "quantity", "adjustment", "new cost")) else text


def pattern(shown: list[str]) -> re.Pattern[str]:
    """The lines of a page as an expression: … is anything."""
    lines = [r"(?:.*\n)*?" if line.strip() == "…" else _line(line) for line in shown]
    return re.compile("".join(lines))


def _line(line: str) -> str:
    return ".*?".join(re.escape(part) for part in line.split("…")) + r"[ ]*\n"


def run(command: Command, capsys: pytest.CaptureFixture[str]) -> str:
    """Run a command, compare what it prints with what the page shows, and return it."""
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
    return said


WITH_COMMANDS = [page for page in PAGES if BLOCK.search(page.read_text("utf-8")) or page.name == "README.md"]
HELD = {"README.md", "tutorial.md", "tutorial-export.md", "compare.md", "vouchers.md"}
FIGURES_ARE_HELD = [page for page in WITH_COMMANDS if page.parent.name == "how-to" or page.name in HELD]
CALCULATED = {
    "README.md": {"3.33": "10.00 / 3", "3.34": "10.00 - 3.33 - 3.33"},
    "faq.md": {"1,048,576": "1,048,575 + 1"},
    "tutorial.md": {"360.00": "200.00 - 100.00 + 260.00"},
}
"""page -> a figure of it -> how it follows from figures that were printed or stand in a cell"""


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=pytest.mark.long if p.name == "examples.md" else ()) for p in WITH_COMMANDS],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_what_a_page_shows_comes_out(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    text = page.read_text("utf-8")
    said = []
    for step in steps(text):
        if isinstance(step, Paste):
            paste(step)
        elif isinstance(step, File):
            Path(step.name).write_text(step.text, "utf-8")
        else:
            said.append(run(step, capsys))
    if page in FIGURES_ARE_HELD:
        known = {*printed(said), *(number for book in tmp_path.glob("*.xlsx") for number in in_cells(book))}
        if page.name == "README.md":
            known |= {Decimal(n) for n in (*corpus_counts().values(), 0, 2, 3, 4, 5, 6, 70)}
        assert without_source(text, known, CALCULATED.get(page.name, {})) == set()


def corpus_counts() -> dict[str, int]:
    """Return what came of the real workbooks, as tests/corpus counted it."""
    corpus = json.loads((ROOT / "tests" / "corpus" / "refused.json").read_text("utf-8"))
    counts = {kind: len(names) for kind, names in corpus["refused"].items()}
    return {"tried": corpus["tried"], "closed": corpus["tried"] - sum(counts.values()), **counts}


def test_the_readme_counts_the_real_workbooks() -> None:
    of = corpus_counts()
    protected, password, damaged, attack = (
        of[kind] for kind in ("protected structure", "password for opening", "damaged package", "attack")
    )
    rows = [
        f"| workbooks | {of['tried']} tried |",
        f"| {of['closed']} closed |",
        f"| {of['other format (.xls, .xlsb, .ods, text, pre-release)']} refused | .xls,",
        f"| {protected + password} refused | structure protected ({protected}), password for opening ({password}) |",
        f"| {damaged + attack} refused | damaged package ({damaged}), XML or archive made as an attack ({attack}) |",
    ]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [row for row in rows if row not in readme] == []
    for page in (readme, (ROOT / "docs" / "faq.md").read_text("utf-8")):
        assert set(re.findall(r"(\d+) real workbooks", page)) == {str(of["tried"])}


def test_the_figures_of_the_questions_stand_on_other_pages() -> None:
    """faq.md has no commands of its own: what it says must stand in the README or on a page that it leads to."""
    page = (ROOT / "docs" / "faq.md").read_text("utf-8")
    linked = ["../README.md", "import.md", *re.findall(r"\]\(([\w/-]+\.md)\)", page)]
    known = set(printed((ROOT / "docs" / link).read_text("utf-8") for link in linked))
    assert without_source(page, known, CALCULATED["faq.md"]) == set()


def test_no_page_calculates_wrongly() -> None:
    assert {page.name: wrong for page in PAGES if (wrong := wrong_sums(page.read_text("utf-8")))} == {}


@pytest.mark.parametrize("figure", ["−18.00", "498.00", "11.50", "4.90", "360.00", "377.00"])
def test_a_wrong_figure_between_the_blocks_is_found(figure: str) -> None:
    """What tutorial.md says of each, one digit changed; and a sum that does not add up any more."""
    text = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    known = {as_number(number) for number in figures(text)}
    spoilt = figure[:-1] + "7"
    assert without_source(text.replace(figure, spoilt), known, {}) == {spoilt}
    assert wrong_sums(text) == []
    assert wrong_sums(text.replace("= 11.50", "= 11.60")) == ["(200.00 + 260.00) / 40 = 11.60"]


def test_a_wrong_figure_is_found() -> None:
    assert pattern(["  Adjustments   3", "…", "Total 8.00"]).search("  Adjustments   3\nmore\nTotal 8.00\n")
    assert not pattern(["  Adjustments   3", "…", "Total 8.00"]).search("  Adjustments   3\nmore\nTotal 8.01\n")
