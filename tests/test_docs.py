"""The docs are a contract: every command, option, sheet, column, parameter and code is in them."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from invclose_xl.cli.main import cli
from invclose_xl.domain.models import PRINCIPLES, InventoryModel
from invclose_xl.domain.parameters import Parameters
from invclose_xl.domain.problems.codes import CODES as PROBLEM_CODES
from invclose_xl.domain.words import Cause, Kind
from invclose_xl.template_builder.start import BUTTONS
from invclose_xl.template_builder.words import PARAMETER_NOTES, PARAMETERS
from invclose_xl.workbook.layout import INPUT_SHEETS, OUTPUT_SHEETS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WORKBOOK = (DOCS / "workbook.md").read_text("utf-8")
CODES = re.compile(r"\bIC\d{3}\b")


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def section(name: str) -> str:
    """Return the part of workbook.md that speaks of an input sheet: its section, or its line of the optional ones."""
    if f"### {name}\n" in WORKBOOK:
        return WORKBOOK.split(f"### {name}\n")[1].split("\n### ")[0]
    return WORKBOOK.split(f"* **{name}**")[1].split("\n* **")[0]


def not_named(headings: list[str], text: str) -> list[str]:
    """Return what a text does not name by itself: *Date* is not named by *Date order*."""
    missing = []
    for heading in sorted(headings, key=len, reverse=True):
        if not re.search(rf"(?<!\w){re.escape(heading)}(?!\w)", text):
            missing.append(heading)
        text = text.replace(heading, "")
    return missing


@pytest.mark.parametrize("sheet", INPUT_SHEETS, ids=lambda s: s.name)
def test_every_input_column_is_documented(sheet) -> None:  # type: ignore[no-untyped-def]
    text = section(sheet.name)
    missing = not_named([c.heading for c in sheet.columns], text)
    missing += [
        alias for c in sheet.columns for alias in c.aliases if not re.search(rf"[\[, ]{re.escape(alias)}[\],]", text)
    ]
    assert missing == []


@pytest.mark.parametrize("sheet", OUTPUT_SHEETS, ids=lambda s: s.name)
def test_every_output_column_is_documented(sheet) -> None:  # type: ignore[no-untyped-def]
    line = next(line for line in WORKBOOK.splitlines() if line.startswith(f"| **{sheet.name}**"))
    if line.endswith("| the same |"):  # then they are those of the sheet above
        above = OUTPUT_SHEETS[OUTPUT_SHEETS.index(sheet) - 1]
        assert [c.heading for c in sheet.columns] == [c.heading for c in above.columns]
        return
    assert not_named([c.heading for c in sheet.columns], line.split("|", 2)[2]) == []


def test_every_word_is_documented() -> None:
    words = [*(m.label for m in InventoryModel), *PRINCIPLES, *(c.value for c in Cause), *(k.value for k in Kind)]
    assert [word for word in words if word not in WORKBOOK] == []


def test_every_parameter_is_documented() -> None:
    text = WORKBOOK.casefold()
    assert [name for name in Parameters.model_fields if name.replace("_", " ") not in text] == []


def test_every_parameter_says_what_it_does() -> None:
    assert list(PARAMETER_NOTES) == list(PARAMETERS)
    assert {name.lower().replace(" %", "").replace(" ", "_") for name in PARAMETERS} == set(Parameters.model_fields)


def test_the_page_of_sheets_is_current() -> None:
    assert (DOCS / "sheets.md").read_text("utf-8") == module(ROOT / "tools" / "make_sheets.py").sheets_page(), (
        "run python tools/make_sheets.py"
    )


def test_the_command_line_page_is_current() -> None:
    assert (DOCS / "cli.md").read_text("utf-8") == module(ROOT / "tools" / "make_cli.py").cli_page(), (
        "run python tools/make_cli.py"
    )


def test_the_python_page_is_current() -> None:
    assert (DOCS / "python-api.md").read_text("utf-8") == module(ROOT / "tools" / "make_python_api.py").python_page(), (
        "run python tools/make_python_api.py"
    )


def test_every_command_and_option_is_documented() -> None:
    page = (DOCS / "cli.md").read_text("utf-8")
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        assert f"## {name}\n" in page
        for parameter in command.params:
            for option in parameter.opts:
                assert not option.startswith("--") or option in page, f"{name} {option}"


def test_every_code_is_documented() -> None:
    used = {code for file in (ROOT / "invclose_xl").rglob("*.py") for code in CODES.findall(file.read_text("utf-8"))}
    page = (DOCS / "problems.md").read_text("utf-8")
    assert sorted(code for code in used if code not in page) == []


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
OF_OTHERS = {
    "--help",
    "--upgrade",
    "--from",
    "--python",
    "--platform",
    "--master",
    "--conf",
}
"""options of click, pip, uvx and Spark that the pages name"""


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_no_page_names_what_is_not_there(page: Path) -> None:
    """Commands, options and codes; ``IC100 to IC149`` are bounds of a range."""
    text, context = page.read_text("utf-8"), click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    options = set().union(*(options_of(command) for command in (cli, *commands.values()) if command)) | OF_OTHERS
    named = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", text))
    if page.name != "testing.md":  # it names options of our tools
        assert named <= options, named - options
    after = set(re.findall(r"invclose-xl ([a-z][\w-]*)(?![\w./-])", text))
    assert after <= commands.keys(), after - commands.keys()
    codes = set(CODES.findall(re.sub(r"IC\d{3} (to IC\d{3}|and above)", "", text)))
    assert codes <= PROBLEM_CODES.keys(), codes - PROBLEM_CODES.keys()


def test_every_button_is_documented() -> None:
    page = (DOCS / "close-button.md").read_text("utf-8")
    assert [button.caption for button in BUTTONS if f"\n| {button.caption} |" not in page] == []


def test_the_readme_lists_every_command() -> None:
    rows = re.findall(r"^\| `invclose-xl ([\w-]+).*$", (ROOT / "README.md").read_text("utf-8"), re.M)
    table = (ROOT / "README.md").read_text("utf-8").split("## Commands")[1].split("\n## ")[0]
    missing = {name for name in cli.list_commands(click.Context(cli)) if name not in {*rows, "close"}}
    assert {name for name in missing if f"`{name}`" not in table} == set()


def test_every_exit_code_is_documented() -> None:
    for page in (DOCS / "cli.md", ROOT / "README.md"):
        text = page.read_text("utf-8")
        assert all(f"| {code} |" in text for code in (0, 2, 3, 4, 5, 6, 70)), page.name


@pytest.mark.parametrize(
    "command",
    [
        "pip install . && invclose-xl examples/january.xlsx --output closed.xlsx",
        "pip install -c constraints.txt '.[test]' && pytest",
    ],
)
def test_the_readme_has_its_two_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []


def anchors(page: Path) -> set[str]:
    """Return what a link may name on a page: its headings as MkDocs and GitHub spell them, and ids given by hand."""
    text = page.read_text("utf-8")
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    found = set(re.findall(r'<a id="([^"]+)">', text)) | set(re.findall(r"\{#([\w-]+)\}", text))
    for heading in re.findall(r"^#+ (.+?)\s*$", outside, re.M):
        plain = re.sub(r"\[([^\]]+)\]\([^)]*\)|[*`]", r"\1", heading)
        found.add(re.sub(r"[^\w -]", "", plain).strip().lower().replace(" ", "-"))
        found.add(re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower()))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_anchors_are_there(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)\s]*#[^)\s]+)\)", page.read_text("utf-8")) if "://" not in link]
    targets = [(link, *link.split("#", 1)) for link in links]
    assert [link for link, path, anchor in targets if anchor not in anchors(page.parent / path if path else page)] == []


def test_examples_are_described() -> None:
    page = (DOCS / "examples.md").read_text("utf-8")
    assert [path.name for path in (ROOT / "examples").glob("*.xlsx") if f"## {path.name}" not in page] == []
