"""Numbers of Reference on the sheets that Transactions goes on in: each sheet is read by its own heading."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from invclose_xl.cli.main import main
from invclose_xl.domain.references import Meaning
from invclose_xl.workbook.input.read import read_book
from tests.errors.raw_book import TRANSACTIONS, base, write_book
from tests.results import Results

NOW = datetime(2026, 2, 10, 9, 30)
PAIRS = [("Reference", "ReferenceCategory"), ("ReferenceCategory", "Reference")]


def _book(path: Path, first: str, second: str, word: str, **further: list[list[Any]]) -> Path:
    """Two sheets with one issue each, of the same word under another heading; cost 12.00, posted 10.00."""
    sheets = base() | {
        "Transactions": [
            [*TRANSACTIONS, first],
            ["P", "CHAIN", {"date": "2026-01-05"}, 10, 120, "Opening"],
            ["FIRST", "CHAIN", {"date": "2026-01-10"}, -1, -10, word],
        ],
        "Transactions (2)": [
            [second, *TRANSACTIONS],
            [word, "SECOND", "CHAIN", {"date": "2026-01-11"}, -1, -10],
        ],
    }
    return write_book(path, sheets | further)


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize(
    ("word", "meaning"),
    [("0", Meaning.SALES_ORDER), ("4", Meaning.MOVEMENT), ("8", Meaning.PRODUCTION_LINE),
     ("27", Meaning.PRODUCTION_LINE)],
)  # fmt: skip
def test_a_number_is_a_word_where_its_own_heading_says_so(
    first: str, second: str, word: str, meaning: Meaning, tmp_path: Path
) -> None:
    book = read_book(_book(tmp_path / "book.xlsx", first, second, word)).book
    assert book is not None
    expected = {first: Meaning.UNKNOWN, second: Meaning.UNKNOWN, "ReferenceCategory": meaning}
    assert book.transactions.meaning.tolist()[1:] == [expected[first], expected[second]]
    assert book.transactions.reference.to_list()[1:] == [word, word]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_rows_of_blocking_are_passed_over_only_there(first: str, second: str, tmp_path: Path) -> None:
    book = read_book(_book(tmp_path / "book.xlsx", first, second, "26")).book
    assert book is not None
    assert book.transactions.id.to_list() == ["P", "SECOND" if first == "ReferenceCategory" else "FIRST"]


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("with_accounts", [False, True])
def test_each_posts_by_what_it_means(
    first: str, second: str, with_accounts: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posting = [["Item group", "Reference", "Inventory account", "Offset account"],
               [None, "Sales order", "1400", "5100"], [None, None, "1400", "6999"]]  # fmt: skip
    further = {"Posting": posting} if with_accounts else {}
    path = _book(tmp_path / "book.xlsx", first, second, "0", **further)
    assert main([str(path), "--date", "2026-01-31", "--json"], NOW, "controller") == 0
    said = [p for p in json.loads(capsys.readouterr().out)["problems"] if p["code"] == "IC534"]
    accounts = ("5100", "6999") if with_accounts else ("Cost of goods sold", "Inventory adjustment")
    assert len(said) == 1
    assert f"on 1 row; its adjustment is posted to {accounts[1]}" in said[0]["problem"]
    lines = Results(path).result("Vouchers", "IC-000001", active=False)
    debits = {line["Account"]: float(line["Debit"]) for line in lines if line["Debit"]}
    assert debits == dict.fromkeys(accounts, 2.0)
