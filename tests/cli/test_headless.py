"""The command line as jobs use it: JSON whatever happens, quiet and verbose, a log, exit codes, completion.

Source  WORKBOOK "Command line".
"""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from invclose_xl.cli.main import cli, main
from tests.errors.raw_book import base, write_book

NOW = datetime(2026, 4, 20, 9, 30)
CLOSE = ("--date", "2026-01-31", "--no-backup")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book without faults; its close warns of nothing and informs of role names."""
    return write_book(tmp_path / "book.xlsx", base())


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A book with a warning on each of 60 rows: they are sold at a cost of 0."""
    sheets = base()
    rows = sheets["Transactions"]
    assert rows is not None
    rows += [[f"F{k}", "SADDLE", {"date": "2026-01-21"}, -1, 0] for k in range(60)]
    return write_book(tmp_path / "doubtful.xlsx", sheets)


def commands() -> list[str]:
    """Every command that reads something and knows --json."""
    known = (name for name, command in cli.commands.items() if any(p.name == "as_json" for p in command.params))
    return sorted(name for name in known if name != "new")


ARGUMENTS = {
    "import": ["--output", "b.xlsx"],
    "rollforward": ["--output", "n.xlsx"],
    "explain": ["P1"],
    "voucher": ["--format", "csv", "--output", "v.csv"],
    "convert": ["folder"],
}


@pytest.mark.parametrize("command", commands())
@pytest.mark.parametrize("wrong", [(), ("--surely-not",)])
def test_json_on_failure(
    command: str, wrong: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A book that is not there, and an option that is not: a sentence for people, the same as JSON."""
    code = main([command, str(tmp_path / "none.xlsx"), *ARGUMENTS.get(command, []), *wrong, "--json"], NOW)
    heard = capsys.readouterr()
    found = json.loads(heard.out)
    assert code == 2 if wrong else code in (2, 5)
    assert (found["exit_code"], found["problems"]) == (code, [])
    assert found["message"] in heard.err


def test_json_of_errors_and_refusals(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reverse", str(book), "--json"], NOW) == 4
    found = json.loads(capsys.readouterr().out)
    assert (found["exit_code"], found["message"], len(found["problems"])) == (4, "Nothing was written.", 1)
    assert main(["close", str(book), "--date", "2026-01-31", "--item", "X", "--json"], NOW) == 2
    assert json.loads(capsys.readouterr().out)["exit_code"] == 2


def test_json_of_a_fault(book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr("invclose_xl.api.runs.close", broken)
    monkeypatch.delenv("INVCLOSE_XL_DEBUG", raising=False)
    assert main(["close", str(book), *CLOSE, "--json"], NOW) == 70
    found = json.loads(capsys.readouterr().out)
    assert found["exit_code"] == 70
    assert "RuntimeError: out of order. Nothing was written." in found["message"]


def test_quiet(doubtful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = doubtful.with_suffix(".log")
    assert main(["close", str(doubtful), *CLOSE, "--quiet", "--strict", "--log-file", str(log)], NOW) == 6
    assert capsys.readouterr() == ("", "")
    assert "(IC508)" in log.read_text()
    assert main(["close", str(doubtful), *CLOSE, "--quiet"], NOW) == 4
    heard = capsys.readouterr()
    assert heard.out == ""
    assert "(IC202)" in heard.err
    assert main(["reverse", str(doubtful), "--no-backup", "--quiet", "--json"], NOW) == 0
    heard = capsys.readouterr()
    assert json.loads(heard.out)["closing"] == "IC-000002"
    assert heard.err == ""


def test_verbose(doubtful: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["close", str(doubtful), *CLOSE, "--verbose", "--dry-run"], NOW) == 0
    lines = capsys.readouterr().err.splitlines()
    assert sum("(IC508)" in line for line in lines) == 60
    assert "Reading Transactions" in lines
    assert main(["close", str(doubtful), *CLOSE, "--dry-run"], NOW) == 0
    assert sum("(IC508)" in line for line in capsys.readouterr().err.splitlines()) == 1


def test_quiet_and_verbose_exclude_each_other(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["close", str(book), "--quiet", "--verbose"], NOW) == 2
    assert "--quiet and --verbose exclude each other." in capsys.readouterr().err
    assert main(["status", str(book)], NOW) == 0, "the next command of a process says what it always says"
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "at", "offered"),
    [
        ("invclose-xl rec", 1, {"plain,recalculate", "plain,reconcile"}),
        ("invclose-xl close book.xlsx --str", 3, {"plain,--strict"}),
        ("invclose-xl close b", 2, {"file,b"}),
        ("invclose-xl b", 1, {"file,b"}),
    ],
)
def test_completion(words: str, at: int, offered: set[str]) -> None:
    asked = {"_INVCLOSE_XL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(at)}
    done = subprocess.run(
        [sys.executable, "-m", "invclose_xl"], env={**os.environ, **asked}, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == offered


def test_memory_is_kept_for_a_large_file_only(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bool] = []
    monkeypatch.setattr("invclose_xl.workbook.cells.memory.keep_memory", lambda: kept.append(True))
    main(["status", str(book), "--quiet"])
    main(["status", str(book.with_name("gone.xlsx")), "--quiet"])
    assert not kept
    monkeypatch.setattr("invclose_xl.cli.jobs.LARGE_FILE", 1)
    main(["status", str(book), "--quiet"])
    assert kept == [True]
