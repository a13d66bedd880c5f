"""A first word that is neither a command nor a file; and the contract names as there only what is there.

Source  WORKBOOK "Command line".
"""

import re
from pathlib import Path

import pytest

from invclose_xl.cli.main import cli, main

CONTRACT = Path(__file__).parents[2] / "docs" / "spec" / "workbook.md"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("chek", "There is no command 'chek'; did you mean check?"),
        ("Reverse", "There is no command 'Reverse'; did you mean reverse?"),
        ("audit", "There is no command 'audit', and no file of that name: the commands are"),
    ],
)
def test_a_word_that_is_no_command(word: str, said: str, book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word, str(book)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "close [OPTIONS]" not in told


def test_a_file_of_that_name_is_a_book(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(book.parent)
    book.rename("chek")
    assert main(["chek", "--dry-run", "--date", "2026-02-28"]) == 0


def test_a_book_that_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["missing.xlsx"]) == 5
    assert "missing.xlsx" in capsys.readouterr().err


def test_the_contract_marks_the_commands_that_are_not_there_yet() -> None:
    text = CONTRACT.read_text("utf-8").partition("## Command line")[2]
    rows = re.findall(r"^\| (`[^|]+) \| (.+) \|$", text, re.MULTILINE)
    named = {}
    for commands, does in rows:
        for written in re.findall(r"`(?:invclose-xl )?([^`]+)`", commands):
            word = written.split()[0]
            named["close" if word == "BOOK" else word] = does.startswith("*planned:*")
    assert {word for word, planned in named.items() if not planned} == set(cli.commands)
    assert not {word for word, planned in named.items() if planned} & set(cli.commands)
