"""What ``--json`` prints keeps to the published schemas: results and errors, judged by an implementation of others."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import click
import jsonschema
import openpyxl
import pytest

from invclose_xl.api import runs
from invclose_xl.api.documents import DOCUMENTS, PRINTED_BY
from invclose_xl.cli.main import cli, main
from invclose_xl.reports.documents.document import VERSION
from tests.errors.raw_book import book_from_json
from tests.importing import dynamics
from tests.test_docs import module

pytestmark = pytest.mark.xdist_group("json")
"""one worker makes what all of these tests look at"""

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "docs" / "schema"
MAKE = module(ROOT / "tools" / "make_schemas.py")
DATE = ("--date", "2026-01-31")
RESULTS = {
    "close": ("summary", "close", "BOOK", *DATE, "--dry-run"),
    "recalculate": ("summary", "recalculate", "CLOSED", "--date", "2026-02-28", "--dry-run"),
    "reverse": ("summary", "reverse", "CLOSED", "--dry-run"),
    "close again": ("summary", "close", "REVERSED", *DATE, "--dry-run"),
    "status": ("status", "status", "CLOSED"),
    "status of a new book": ("status", "status", "BOOK"),
    "status --compare": ("run_comparison", "status", "TWICE", "--compare", "IC-000001", "IC-000003"),
    "compare --runs": ("run_comparison", "compare", "TWICE", "--runs", "IC-000001", "IC-000003"),
    "compare": ("comparison", "compare", "EXPECTED", *DATE),
    "compare --model": ("what_if", "compare", "CLOSED", "--model", "Weighted average"),
    "new": ("new", "new", "FOLDER/empty.xlsx"),
    "attach": ("attach", "attach", "BOOK", "--output", "FOLDER/attached.xlsm"),
    "detach": ("detach", "detach", "ATTACHED", "--output", "FOLDER/detached.xlsx"),
    "install-libreoffice": ("libreoffice", "install-libreoffice", "--uninstall", "--program", "PROGRAM"),
    "check": ("check", "check", "BOOK", *DATE),
    "check of errors": ("check", "check", "WRONG"),
    "explain an issue": ("explanation", "explain", "CLOSED", "T0270"),
    "explain an item": ("explanation", "explain", "CLOSED", "B-RACE"),
    "explain a voucher": ("explanation", "explain", "CLOSED", "IC-000001"),
    "explain a voucher line": ("explanation", "explain", "CLOSED", "IC-000001/1"),
    "explain a leg": ("explanation", "explain", "CLOSED", "IC-000001/W1/I"),
    "reconcile": ("reconciliation", "reconcile", "CLOSED", "--force"),
    "reconcile with a ledger": ("reconciliation", "reconcile", "LEDGER", "--force"),
    "reconcile --package": ("audit_package", "reconcile", "CLOSED", "--package", "FOLDER/package"),
    "verify": ("verification", "verify", "CLOSED"),
    "convert": ("conversion", "convert", "CLOSED", "FOLDER/tables"),
    "rollforward": ("rollforward", "rollforward", "CLOSED", "--output", "FOLDER/next.xlsx"),
    "import": ("import", "import", "EXPORT", "--system", "dynamics", "--model", "FIFO", "--output", "FOLDER/new.xlsx"),
    "import into nothing": ("import", "import", "EXPORT", "--system", "dynamics", "--model", "FIFO", "--dry-run"),
    "import --show-map": ("mapping", "import", "--show-map", "odoo"),
    "voucher": ("voucher", "voucher", "CLOSED", "--format", "csv", "--output", "FOLDER/voucher.csv"),
}
ERRORS = {
    "InputFault": (3, "close", "WRONG", *DATE),
    "Refused": (4, "reverse", "BOOK"),
    "NoVoucher": (4, "voucher", "BOOK", "--format", "csv", "--output", "FOLDER/none.csv"),
    "BookUnusable": (5, "close", "FOLDER/nowhere.xlsx"),
    "WrongUsage": (2, "close", "BOOK", "--output", "BOOK"),
    "UnknownRun": (2, "compare", "CLOSED", "--runs", "IC-000001", "IC-000009"),
    "UnknownSubject": (2, "explain", "BOOK", "nothing"),
}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The example month: as it is, closed, reversed, closed twice; and with sheets of its own, and with an error."""
    folder = tmp_path_factory.mktemp("json")
    paths = {name: folder / f"{name.lower()}.xlsx" for name in ("BOOK", "CLOSED", "REVERSED", "TWICE")}
    shutil.copy(ROOT / "examples" / "january.xlsx", paths["BOOK"])
    close = [main([c, str(paths[a]), *rest]) for c, a, *rest in (
        ("close", "BOOK", *DATE, "--output", str(paths["CLOSED"])),
        ("reverse", "CLOSED", "--output", str(paths["REVERSED"])),
        ("close", "REVERSED", *DATE, "--output", str(paths["TWICE"])),
    )]  # fmt: skip
    assert close == [0, 0, 0]
    paths["EXPECTED"] = with_sheet(paths["CLOSED"], "Expected", [["Transaction ID", "Adjustment"], ["T0270", "1.25"]])
    paths["LEDGER"] = with_sheet(paths["CLOSED"], "Ledger", [["Account", "Amount"], ["130100", "1000.00"]])
    wrong = (ROOT / "tests" / "errors" / "IC104" / "book.json").read_text("utf-8")
    paths["WRONG"] = book_from_json(folder / "wrong.xlsx", wrong)
    paths["ATTACHED"] = folder / "with buttons.xlsm"
    assert main(["attach", str(paths["BOOK"]), "--output", str(paths["ATTACHED"])]) == 0
    paths["EXPORT"] = folder / "export.csv"
    paths["EXPORT"].write_text(dynamics.as_csv(dynamics.flat(dynamics.company())), "utf-8")
    paths["PROGRAM"] = folder / "program"
    paths["PROGRAM"].mkdir()
    (paths["PROGRAM"] / "unopkg").write_text("#!/bin/sh\n", "utf-8")
    (paths["PROGRAM"] / "unopkg").chmod(0o755)
    return {"FOLDER": str(folder), **{name: str(path) for name, path in paths.items()}}


def with_sheet(book: Path, name: str, rows: list[list[str]]) -> Path:
    """Return a copy of a book with one more sheet."""
    workbook = openpyxl.load_workbook(book)
    sheet = workbook.create_sheet(name)
    for row in rows:
        sheet.append(row)
    path = book.with_name(f"{name.lower()}.xlsx")
    workbook.save(path)
    return path


def printed(
    books: dict[str, str], capsys: pytest.CaptureFixture[str], *command: str
) -> tuple[int, dict[str, Any], str]:
    """Run a command with ``--json``; return its exit code, the document, and what went to stderr."""
    names = re.compile("|".join(books))
    capsys.readouterr()
    code = main([*(names.sub(lambda found: books[found[0]], word) for word in command), "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def fault_in(document: dict[str, Any], name: str) -> str:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(document))
    return "" if fault is None else f"{fault.json_path}: {fault.message[:300]}"


def floats_in(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(floats_in, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


@pytest.mark.parametrize("case", RESULTS)
@pytest.mark.sampled(5)
def test_a_result_keeps_to_its_schema(case: str, books: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Strict, so that warnings have an exit code of their own: that is in the document too, with a sentence."""
    name, *command = RESULTS[case]
    code, document, _ = printed(books, capsys, *command, "--strict")
    warned = {"warning", "Warning"} & {str(p["severity"]) for p in document.get("problems", ())}
    assert code == (3 if case == "check of errors" else 6 if warned else 0)
    assert document["exit_code"] == code
    assert re.fullmatch(r"Done\.|Done, with [\d,]+ warnings?\.|The input has [\d,]+ errors?\.", document["message"])
    assert bool(warned) == ("warning" in document["message"]) or code == 3
    assert document["schema"] == f"{name}/{VERSION}"
    assert fault_in(document, name) == ""
    assert not floats_in(document)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_a_document_too(error: str, books: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    code, *command = ERRORS[error]
    ended, document, err = printed(books, capsys, *command)
    assert (ended, document["exit_code"], document["error"]) == (code, code, error)
    assert fault_in(document, "error") == ""
    assert bool(document["problems"]) == (error in ("InputFault", "Refused"))
    assert document["message"].splitlines()[0] in err
    assert len(document["problems"]) in (0, 1, 3)


@pytest.mark.parametrize(
    "words", [("close", "BOOK", "--nonsense"), ("close", "BOOK", "--date", "2026-02-31"), ("clsoe",)]
)
def test_wrong_words_are_a_document_too(
    words: tuple[str, ...], books: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, document, err = printed(books, capsys, *words)
    assert (code, document["error"], document["message"]) == (2, "WrongUsage", err.strip())
    assert fault_in(document, "error") == ""


def test_a_fault_of_the_program_is_a_document_too(
    books: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.delenv("INVCLOSE_XL_DEBUG", raising=False)
    monkeypatch.setattr(runs, "choose_close_date", fails)
    code, document, err = printed(books, capsys, "close", "BOOK", *DATE, "--dry-run")
    assert (code, document["error"], document["exit_code"]) == (70, "ZeroDivisionError", 70)
    assert fault_in(document, "error") == ""
    assert document["message"] == err.strip()


def test_the_schemas_are_in_step() -> None:
    assert {file.name for file in SCHEMAS.glob("*.json")} == {f"{name}.json" for name in DOCUMENTS}
    for name, text in MAKE.schemas().items():
        published = json.loads((SCHEMAS / name).read_text("utf-8"))
        assert published == json.loads(text), f"{name}: run python tools/make_schemas.py"


def test_a_schema_finds_what_is_not_in_step(books: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """The judge is no formality: a number for an amount, a field that is missing, another date, each is found."""
    _, document, _ = printed(books, capsys, "status", "CLOSED")
    assert fault_in({**document, "open_receipt_value": 12.5}, "status").startswith("$.open_receipt_value")
    assert "'history' is a required" in fault_in({k: v for k, v in document.items() if k != "history"}, "status")
    assert fault_in({**document, "schema": "status/0"}, "status").startswith("$.schema")


def test_every_command_with_json_is_tried_here() -> None:
    with_json = {name for name, command in cli.commands.items() if "--json" in _options(command)}
    assert with_json == {command[1] for command in RESULTS.values()}
    assert {schema for schema, *_ in RESULTS.values()} | {"error"} == set(DOCUMENTS)
    listed = {
        word for by in PRINTED_BY.values() for word in re.findall(r"[a-z]+(?:-[a-z]+)*", by.replace("--compare", ""))
    }
    assert with_json <= listed


def _options(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts}
