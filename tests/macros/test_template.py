"""``invclose-xl new``: a workbook that Excel's own validator has nothing against, with buttons that call what exists.

Source  WORKBOOK "Command line" (new), "Read"; RULES R10.1.
"""

import re
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from invclose_xl.cli.main import main
from invclose_xl.domain.problems.problem import BookUnusable, WrongUsage
from invclose_xl.template_builder.build import CONFIGURATION, new_book, our_source
from invclose_xl.template_builder.start import BUTTONS, START
from invclose_xl.template_builder.words import NOTES, PARAMETERS
from invclose_xl.template_builder.xlwings_module import xlwings_source
from invclose_xl.workbook.input.read import read_book
from invclose_xl.workbook.layout import CLOSED_DATE_NAME, INPUT_SHEETS, OUTPUT_SHEETS
from invclose_xl.workbook.setup.parameters import parse_parameters  # noqa: F401 - the names are read there

TODAY = date(2026, 2, 3)
NOW = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
VALIDATOR = Path(__file__).parents[1] / "tools" / "validate_ooxml.sh"

pytest.importorskip("xlwings", reason="the template's VBA project takes a module from xlwings")
pytest.importorskip("pyopenvba", reason="the template's VBA project is built with pyOpenVBA")


def subs(source: str) -> set[str]:
    return set(re.findall(r"^Public Sub (\w+)\(\)", source, re.MULTILINE))


@pytest.mark.parametrize("name", ["month.xlsm", "month.xlsx"])
def test_the_validator_has_nothing_against_it(name: str, tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("Node.js is not installed, so the Open XML SDK validator cannot run")
    assert main(["new", str(tmp_path / name)], now=NOW) == 0
    run = subprocess.run(["bash", str(VALIDATOR), str(tmp_path / name)], capture_output=True, text=True, check=False)
    if run.returncode == 2:
        pytest.skip(f"the Open XML SDK validator could not be installed: {run.stderr[-200:]}")
    assert run.stdout == ""
    assert run.returncode == 0


def test_olevba_lists_the_modules(template: Path) -> None:
    olevba = pytest.importorskip("oletools.olevba", reason="oletools lists VBA modules")
    parser = olevba.VBA_Parser(str(template))
    sources = {name.rpartition("/")[2]: code for _, name, _, code in parser.extract_macros()}
    parser.close()
    names = {name.removesuffix(".bas").removesuffix(".cls") for name in sources}
    assert {"ThisWorkbook", "InvCloseXL", "Dictionary", "xlwings", "LibreOffice"} <= names
    assert subs(sources["InvCloseXL"]) >= {button.macro for button in BUTTONS}


def test_every_button_calls_a_sub_that_calls_a_function(template: Path) -> None:
    """Button -> Sub -> Press -> macros/buttons.py, each by its name in the file."""
    from invclose_xl import macros

    with zipfile.ZipFile(template) as package:
        drawings = [package.read(n).decode() for n in package.namelist() if n.endswith(".vml")]
    bound = {m for d in drawings for m in re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", d)}
    assert bound == {button.macro for button in BUTTONS}
    source = our_source("InvCloseXL.bas")
    for button in BUTTONS:
        body = source.split(f"Public Sub {button.macro}()")[1].split("End Sub")[0]
        assert body.strip() == f'Press "{button.function}"'
        assert callable(getattr(macros, button.function))


def test_the_modules_are_those_of_the_sources(template: Path) -> None:
    from pyopenvba import ExcelFile

    with ExcelFile(template) as file:
        modules = {name: file.get_module(name).replace("\r\n", "\n").strip() for name in file.vba_modules()}
    assert modules["xlwings"] == xlwings_source().strip()
    for name in ("InvCloseXL", "LibreOffice"):
        assert modules[name] == our_source(f"{name}.bas").strip()


def test_no_binary_is_kept_among_the_sources() -> None:
    folder = Path(our_source.__code__.co_filename).parent
    assert {path.suffix for path in folder.iterdir() if path.is_file()} == {".bas", ".cls", ".py"}


def test_it_holds_every_sheet_and_heading(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    for spec in INPUT_SHEETS:
        sheet = book[spec.name]
        headings = sheet[1][: len(spec.columns)]
        assert [c.value for c in sheet[1] if c.value] == [c.heading for c in spec.columns]
        assert all(c.comment is not None and c.comment.text for c in headings), spec.name
        assert [t.displayName for t in sheet.tables.values()] == [spec.name.replace(" ", "_")]
    assert book.sheetnames[0] == START
    assert {spec.name for spec in OUTPUT_SHEETS} <= set(book.sheetnames)
    assert CLOSED_DATE_NAME in book.defined_names


def test_the_drop_down_of_a_parameter_offers_what_the_parameter_accepts(template: Path) -> None:
    """In a list of words the comma only parts the words, so a choice that is a comma stands in cells."""
    sheet = openpyxl.load_workbook(template)["Parameters"]
    rows = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    for name, (_, choices) in PARAMETERS.items():
        if not choices:
            continue
        source = lists[f"B{rows[name]}"]
        cells = [c.value for row in sheet[source.replace("$", "")] for c in row] if source[0] == "$" else None
        assert (cells or source.strip('"').split(",")) == list(choices), name


def test_every_column_has_a_note() -> None:
    columns = {sheet.name: [c.field for c in (*sheet.columns, *sheet.exported)] for sheet in INPUT_SHEETS}
    assert columns == {name: list(notes) for name, notes in NOTES.items()}


def test_dates_up_to_the_closed_date_are_refused(template: Path) -> None:
    """By data validation, which every spreadsheet application knows: no macro has to run."""
    book = openpyxl.load_workbook(template)
    for spec in INPUT_SHEETS:
        refused = set()
        for rule in book[spec.name].data_validations.dataValidation:
            if rule.type == "date" and CLOSED_DATE_NAME in (rule.formula1 or ""):
                assert rule.operator == "greaterThan"
                assert rule.showErrorMessage
                refused |= {str(area).split(":")[0].rstrip("0123456789") for area in rule.sqref.ranges}
        letters = {openpyxl.utils.get_column_letter(i) for i, c in enumerate(spec.columns, 1) if c.kind == "date"}
        looking_back = {"Ledger": letters, "Charges": letters - {"A"}}.get(spec.name, set())
        assert refused == letters - looking_back, spec.name


def test_it_closes_as_it_is(template: Path, tmp_path: Path) -> None:
    book = tmp_path / "month.xlsm"
    shutil.copy(template, book)
    assert read_book(book).problems == ()
    assert main(["close", str(book)], now=NOW, user="Ann") == 0
    assert main(["status", str(book)], now=NOW) == 0
    closed = openpyxl.load_workbook(book, keep_vba=True)
    assert closed["Lock"]["C1"].value == datetime(2026, 1, 31)


def test_without_examples_it_has_no_transactions(tmp_path: Path) -> None:
    book = tmp_path / "month.xlsx"
    assert main(["new", str(book), "--no-examples"], now=NOW) == 0
    reading = read_book(book)
    assert [p.line() for p in reading.problems] == []
    assert reading.book is not None
    assert len(reading.book.transactions) == 0


def test_the_same_day_gives_the_same_sheets(tmp_path: Path) -> None:
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        new_book(tmp_path / name / "month.xlsm", TODAY)
        with zipfile.ZipFile(tmp_path / name / "month.xlsm") as package:
            contents.append({n: package.read(n) for n in package.namelist()})
    assert contents[0] == contents[1]


def test_the_buttons_of_one_computer_know_its_python(tmp_path: Path) -> None:
    new_book(tmp_path / "month.xlsm", TODAY, interpreter="C:\\Python\\python.exe")
    sheet = openpyxl.load_workbook(tmp_path / "month.xlsm")[CONFIGURATION]
    assert [sheet["A1"].value, sheet["B1"].value] == ["INTERPRETER_WIN", "C:\\Python\\python.exe"]
    assert sheet.sheet_state == "hidden"


def test_without_buttons_the_commands_are_named(tmp_path: Path) -> None:
    new_book(tmp_path / "month.xlsx", TODAY)
    texts = {c.value for row in openpyxl.load_workbook(tmp_path / "month.xlsx")[START].iter_rows() for c in row}
    assert {"invclose-xl close month.xlsx", "invclose-xl explain month.xlsx ID"} <= texts
    assert not any("Nothing is saved for you" in str(text) for text in texts)


def test_a_file_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "month.xlsx"
    book.write_bytes(b"mine")
    assert main(["new", str(book)], now=NOW) == 5
    assert "left alone" in capsys.readouterr().err
    assert book.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("name", "error"), [("month.xls", WrongUsage), ("month", WrongUsage), ("nowhere/month.xlsx", BookUnusable)]
)
def test_other_names_are_refused(name: str, error: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(error):
        new_book(tmp_path / name, TODAY)
